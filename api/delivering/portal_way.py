"""A portal's folder: the rows of a document as one file, which whoever fetches for the portal takes from there.

The file is written beside and then named, so that nobody fetches half of one; the same file once more is the same
sending, and another one of that name is never overwritten.
"""

import os
import time
from contextlib import suppress
from pathlib import Path
from tempfile import NamedTemporaryFile

from billing.delivery.outgoing import Outgoing, OutgoingFile
from billing.delivery.way import SendingAttempt, SendingFailed, SendingReceipt, SendingRefused

#: A file that is written beside has had its name long before; after this, whoever wrote it was killed.
_LEFT_AFTER_S = 3600.0


class PortalWay:
    """Files in folders: ``FOLDER/TENANT/PORTAL/NUMBER.KEY.csv``, with the original of the same name beside it."""

    def __init__(self, folder: Path) -> None:
        """Write below a folder."""
        self._folder = folder

    def send(self, outgoing: Outgoing, to: tuple[str, ...], attempt: SendingAttempt) -> SendingReceipt:
        """Write the rows and the original; the rows last, so that whoever sees them finds the original.

        Raises:
            SendingFailed: the folder cannot be written to now.
            SendingRefused: other files have the names.
        """
        if outgoing.order_rows is None:
            raise SendingRefused(f"there are no rows of {outgoing.number}")
        folder = self._folder / str(attempt.tenant) / to[0]
        name = f"{outgoing.order_rows.name.removesuffix('.csv')}.{attempt.key}"
        files = (
            (f"{name}.{_suffix(outgoing.original)}", outgoing.original.content),
            (f"{name}.csv", outgoing.order_rows.content),
        )
        try:
            folder.mkdir(parents=True, exist_ok=True)
            _clear_what_was_left(folder)
            for file, content in files:
                _write_once(folder / file, content)
        except OSError as broken:
            raise SendingFailed(f"{to[0]}: {broken.strerror or broken}") from broken
        return SendingReceipt(taken_by=f"the folder of {to[0]}", number=files[-1][0])


def _suffix(file: OutgoingFile) -> str:
    return file.name.rpartition(".")[2]


def _clear_what_was_left(folder: Path) -> None:
    """Remove what processes wrote beside that were killed before they could: nobody else knows of it."""
    for left in folder.glob(".*.part"):
        with suppress(FileNotFoundError):  # somebody else is at it
            if time.time() - left.stat().st_mtime > _LEFT_AFTER_S:
                left.unlink()


def _write_once(path: Path, content: bytes) -> None:
    """Write a file of that name; one that is there must be the same.

    Raises:
        SendingRefused: it is another one.
    """
    with NamedTemporaryFile(dir=path.parent, prefix=".", suffix=".part", delete=False) as beside:
        beside.write(content)
        beside.flush()
        os.fsync(beside.fileno())
    try:
        os.link(beside.name, path)
    except FileExistsError:
        if path.read_bytes() != content:
            raise SendingRefused(f"another file has the name {path.name}") from None
    finally:
        with suppress(OSError):
            Path(beside.name).unlink()
