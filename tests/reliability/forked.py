"""Commands and clients that are killed, each a process of its own, forked from one that has imported the product.

A process that begins with the interpreter imports for a second or two before it does anything, so that a kill at random
would mostly hit an import. These begin with their work.
"""

import contextlib
import multiprocessing
import os
import sys
from collections.abc import Callable, Mapping
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

from api.cli.main import main
from api.server.database import Database
from api.server.embedded import EmbeddedServer
from quantities.errors import Unavailable
from tests.build import a_reading, delivered

ROOT = Path(__file__).parents[2]
_CONTEXT = multiprocessing.get_context("forkserver")
_CONTEXT.set_forkserver_preload([
    "tests.reliability.forked", "api.cli.billing", "api.cli.metering", "api.cli.serving", "api.http.app",
    "api.operations.billing", "api.operations.readings", "billing.documents.views", "tests.reliability.money_house",
    "uvicorn",
])  # fmt: skip


class Client:
    """A process that is doing something, and what it says."""

    def __init__(self, work: Callable[..., None], *arguments: Any) -> None:
        said, says = _CONTEXT.Pipe(duplex=False)
        complained, complains = _CONTEXT.Pipe(duplex=False)
        self.process = _CONTEXT.Process(target=_works, args=(says, complains, work, arguments))
        self.process.start()
        says.close()
        complains.close()
        self.stdout, self.stderr = (os.fdopen(os.dup(end.fileno()), encoding="utf-8") for end in (said, complained))
        said.close()
        complained.close()

    def ends_within(self, seconds: float | None) -> bool:
        """Wait for its end, without a limit if there is none; say whether it has come."""
        self.process.join(seconds)
        return self.process.exitcode is not None

    def kill(self) -> None:
        self.process.kill()
        self.process.join()

    def everything(self) -> tuple[str, str]:
        """What it has said since it was last read, and its complaints; it has ended."""
        self.process.join()
        with self.stdout, self.stderr:
            return self.stdout.read(), self.stderr.read()


def _works(says: Connection, complains: Connection, work: Callable[..., None], arguments: tuple[Any, ...]) -> None:
    os.dup2(says.fileno(), 1)
    os.dup2(complains.fileno(), 2)
    says.close()
    complains.close()
    work(*arguments)


def usufruct(words: list[str], environment: Mapping[str, str], log: Path | None = None, folder: Path = ROOT) -> None:
    """A command, as its script runs it in a folder; what it says goes to a file if one is named."""
    os.environ.clear()
    os.environ.update(environment)
    os.chdir(folder)
    if log is not None:
        with log.open("ab") as file:
            os.dup2(file.fileno(), 1)
            os.dup2(file.fileno(), 2)
    sys.argv = ["usufruct", *words]
    main()


def write(home: Path, series: int) -> None:
    """Store one reading after another, and say of each that it is stored, until the server or the process is killed."""
    print("started", flush=True)
    with contextlib.suppress(Unavailable), EmbeddedServer(home=home) as server:
        database = Database(server.url("usufruct"))
        for at in range(100_000):
            with database.transaction(1) as session:
                number = delivered(session, a_reading(series, at))
            print(number, flush=True)
