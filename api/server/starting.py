"""What is looked at before anything starts that is to run for long: settings, folder and ports, every fault at once."""

import errno
import os
import socket
from collections.abc import Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from api.server.embedded import default_home
from api.server.settings import Settings, read_environment
from quantities.errors import Invalid


class CannotStart(Invalid):
    """The program cannot start as it is set up."""


@dataclass(frozen=True, slots=True)
class Listening:
    """Where a program is to listen.

    Attributes:
        option: by which that is said.
        host: its name or address.
        port: 0: whichever is free.
    """

    option: str
    host: str
    port: int


def settings_to_start(listening: Sequence[Listening] = ()) -> Settings:
    """Read the settings, and see that the folder can be used and that the ports are free.

    Raises:
        CannotStart: with every fault at once, each as a sentence that begins with the variable or option at fault.
    """
    settings, faults = read_environment()
    if settings is not None and settings.database_url is None:
        faults += _of_folder("USUFRUCT_HOME", settings.home or default_home())
    for place in listening:
        faults += _of_place(place)
    if settings is None or faults:
        raise CannotStart("; ".join(faults), faults=faults)
    return settings


def _of_folder(name: str, folder: Path) -> Iterator[str]:
    nearest = next(place for place in (folder, *folder.absolute().parents) if place.exists())
    if not nearest.is_dir():
        yield f"{name}: {nearest} is no folder"
    elif not os.access(nearest, os.W_OK | os.X_OK):
        yield f"{name}: {nearest} cannot be written to"


_PORT_MAX = 65535
#: What a bind that fails is told as; anything else by the system's own words.
_REASONS = {errno.EADDRINUSE: "is in use", errno.EACCES: "needs more rights than this account has"}


def _of_place(place: Listening) -> Iterator[str]:
    """Try to listen there, for a moment; whoever takes the port right after is told by the bind that counts."""
    if not 0 <= place.port <= _PORT_MAX:  # the resolver would take the remainder
        yield f"{place.option}: {place.port} is no port; there are 0 to {_PORT_MAX}"
        return
    try:
        (family, kind, protocol, _, address), *_ = socket.getaddrinfo(place.host, place.port, type=socket.SOCK_STREAM)
        with closing(socket.socket(family, kind, protocol)) as trial:
            trial.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            trial.bind(address)
            trial.listen(1)
    except socket.gaierror:
        yield f"{place.option}: the host {place.host} is not known"
    except OSError as error:
        why = _REASONS.get(error.errno or 0, error.strerror)
        yield f"{place.option}: port {place.port} of {place.host} {why}"
