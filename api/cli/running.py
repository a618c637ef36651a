"""Which command runs: its name, what it is done to, and a hash of the files that it reads; the audit has them."""

import hashlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from functools import wraps
from pathlib import PurePath
from typing import TYPE_CHECKING, Any

from quantities.errors import UsufructError, says

if TYPE_CHECKING:
    from hashlib import _Hash


@dataclass(slots=True)
class RunningCommand:
    """A command while it runs.

    Attributes:
        name: without ``usufruct``.
        arguments: by name, as they were typed.
        files: the hash of the files that it has read so far, one after the other.
    """

    name: str
    arguments: Mapping[str, object]
    files: "_Hash | None" = field(default=None)

    def reads(self, content: bytes) -> None:
        """Note a file that it reads."""
        if self.files is None:
            self.files = hashlib.sha256()
        self.files.update(content)

    @property
    def files_sha256(self) -> bytes | None:
        """The hash of what it has read; None where it has read nothing."""
        return None if self.files is None else self.files.digest()

    def written(self, personal: frozenset[tuple[str, str]]) -> str:
        """Its arguments as a short text, without those that are a person's name; of a file its name alone."""
        shown = ((name, value) for name, value in self.arguments.items() if value not in (None, (), []))
        return ", ".join(f"{name}={_short(value)}" for name, value in shown if (self.name, name) not in personal)


def _short(value: object) -> str:
    if isinstance(value, list | tuple):
        return " ".join(map(_short, value))
    return value.name if isinstance(value, PurePath) else str(value)


_RUNNING: ContextVar[RunningCommand | None] = ContextVar("running", default=None)


def running() -> RunningCommand | None:
    """The command that runs; None where none does."""
    return _RUNNING.get()


@contextmanager
def _run(command: RunningCommand) -> Iterator[None]:
    token = _RUNNING.set(command)
    try:
        yield
    finally:
        _RUNNING.reset(token)


def noting(command: Any, path: str) -> None:
    """Let a command, or each of a group, be known while it runs."""
    if hasattr(command, "commands"):
        for name, inner in command.commands.items():
            noting(inner, f"{path} {name}")
        return
    command.callback = _known(command.callback, path, command.params)


def _known(callback: Callable[..., object], name: str, parameters: Sequence[Any]) -> Callable[..., object]:
    arguments = [parameter.name for parameter in parameters if parameter.param_type_name == "argument"]

    @wraps(callback)
    def run(**given: object) -> object:
        with _run(RunningCommand(name, {argument: given.get(argument) for argument in arguments})):
            try:
                return callback(**given)
            except UsufructError as error:
                _place(error, {_typed_as(parameter): given.get(parameter.name) for parameter in parameters})
                raise

    return run


def _place(error: UsufructError, given: Mapping[str, object]) -> None:
    """Say at which option or argument a fault was found, where one alone was typed as what was found."""
    if error.members.get("found") is not None:
        wrong = error.members["found"]
        places = [
            place
            for place, value in given.items()
            if any(says(item, wrong) for item in (value if isinstance(value, list | tuple) else [value]))
        ]
        if len(places) == 1 and str(error.members.get("place", "")) in places[0]:
            error.members["place"] = places[0]  # a rule below knows the name alone


def _typed_as(parameter: Any) -> str:
    is_argument = parameter.param_type_name == "argument"
    return str(parameter.name).upper() if is_argument else str(max(parameter.opts, key=len))
