"""Files that are written into a folder as a whole or not at all, after it was seen that they can be."""

import os
from contextlib import suppress
from pathlib import Path
from tempfile import NamedTemporaryFile

from api.cli.context import UnwritablePath, WrittenFile

_EXPECTED = "a folder in which files can be written"


def writable_folder(folder: Path) -> Path:
    """Make a folder, if it is not there, and see that files can be written into it.

    Raises:
        UnwritablePath: it cannot be made, is no folder, or is not theirs to write to.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with NamedTemporaryFile(dir=folder, prefix=".usufruct-"):
            pass
    except OSError as error:
        raise _unwritable(folder, error) from error
    return folder


def write_whole(what: str, path: Path, content: bytes) -> WrittenFile:
    """Write a file beside its place and move it there: whoever looks sees all of it or, after a failure, none.

    Raises:
        UnwritablePath: the folder is not there, or not theirs to write to, or has no room.
    """
    part = path.with_name(f".{path.name}.part")
    try:
        with part.open("wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        part.replace(path)
    except OSError as error:
        with suppress(OSError):
            part.unlink(missing_ok=True)
        raise _unwritable(path, error) from error
    return WrittenFile(what, path)


def _unwritable(path: Path, error: OSError) -> UnwritablePath:
    return UnwritablePath(f"{path}: {error.strerror}", found=str(path), expected=_EXPECTED)
