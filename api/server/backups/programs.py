"""PostgreSQL's own programs for dumps: which of the wheel's fit a server, and how they are told where it is.

An address with its password stands in a file that only we read, for as long as the program runs: neither among the
arguments of a process nor in its environment, which others of the machine may see.
"""

import os
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO

from sqlalchemy import URL

from api.server.backups.conninfo import libpq_parts
from api.server.embedded import binaries
from quantities.errors import Invalid, Unavailable

_SERVICE = "usufruct"
#: Dumps of newer programs set what servers before 17 do not know, and a dump is read by no older program.
_OF_OLDER_SERVERS, _OLDER_UP_TO = 16, 16
_TOLD_MAX = 2000


class ProgramFailed(Unavailable):
    """PostgreSQL's program for dumps has failed."""


class UnspeakableAddress(Invalid):
    """The address of the database has a line break in it."""


@contextmanager
def running(name: str, major: int, address: URL, *options: str, stream: str) -> Iterator[IO[bytes]]:
    """Run ``pg_dump`` or ``pg_restore``; inside, its output is read, or its input written.

    Args:
        name: of the program.
        major: of the server.
        address: of the database, as whoever may see all of it.
        options: beside how to connect.
        stream: ``stdout`` or ``stdin``, which is handed out.

    Raises:
        ProgramFailed: it ended with an error; the refusal has what it said.
        NoBinaries: the wheel is not installed.
    """
    program = binaries(_OF_OLDER_SERVERS if major <= _OLDER_UP_TO else 18) / name
    with tempfile.TemporaryDirectory(prefix="usufruct-") as folder, tempfile.TemporaryFile() as complaints:
        service = Path(folder) / "service.conf"
        service.touch(mode=0o600)
        service.write_text(_service(address), encoding="utf-8")
        command = [str(program), *options, "--no-password", f"--dbname=service={_SERVICE}"]
        environment = {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ}
        environment |= {"PGSERVICEFILE": str(service), "LC_ALL": "C"}
        pipes = {"stdin": subprocess.DEVNULL, "stdout": subprocess.DEVNULL, stream: subprocess.PIPE}
        with subprocess.Popen(command, stderr=complaints, env=environment, cwd="/", **pipes) as process:  # type: ignore[call-overload]
            piped: IO[bytes] = getattr(process, stream)
            try:
                with suppress(BrokenPipeError):  # it has ended; what it said is the reason
                    yield piped
            except BaseException:
                process.kill()
                raise
            finally:
                with suppress(BrokenPipeError):  # what was buffered is wanted no more
                    piped.close()
        if process.returncode:
            complaints.seek(0)
            told = complaints.read().decode(errors="replace").strip()
            raise ProgramFailed(f"{name}: {told[-_TOLD_MAX:]}", found=process.returncode, expected=0)


def _service(address: URL) -> str:
    """Write an address as libpq's file of services."""
    lines = [f"{name}={value}" for name, value in libpq_parts(address).items()]
    if any("\n" in line or "\r" in line for line in lines):
        raise UnspeakableAddress(place="DATABASE_URL", found="a line break", expected="an address on one line")
    return "\n".join([f"[{_SERVICE}]", *lines, ""])
