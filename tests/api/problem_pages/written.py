"""What people write about refusals in docs/problems/: a file a room, read strictly, as documents of the product are."""

from collections.abc import Mapping
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any, Self

from pydantic import BaseModel, ConfigDict, model_validator

from quantities.document import YesOrNo, parse, read, write

FOLDER = Path(__file__).parents[3] / "docs" / "problems"
#: What is written of the codes of faults, by the same rooms.
FAULTS = FOLDER / "faults"
PARTS = ("place", "found", "expected")
_DOCUMENTS = "documents.yaml"


class Strict(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Changed(Strict):
    """A document of documents.yaml with some of it replaced; what is empty in ``but`` is left out."""

    of: str
    but: dict[str, Any] = {}

    def text(self) -> str:
        return write(_merged(documents()[self.of], self.but))


class Step(Strict):
    """A request or a command. What an earlier step keeps stands in braces: ``/v1/invoices/{draft}/issue``."""

    request: str = ""
    command: str = ""
    caller: str = "anna"
    headers: dict[str, str] = {}
    body: str | Changed = ""
    files: dict[str, str | Changed] = {}
    stdin: str = ""
    environment: dict[str, str | None] = {}
    at: datetime | None = None
    keep: dict[str, str] = {}
    refused: YesOrNo = False
    times: int = 1

    @model_validator(mode="after")
    def _one_of_both(self) -> Self:
        if bool(self.request) == bool(self.command):
            raise ValueError("a step is a request or a command")
        return self

    @property
    def content(self) -> str:
        return _text(self.body)

    def contents(self) -> dict[str, str]:
        return {name: _text(content) for name, content in self.files.items()}


class Written(Strict):
    """A refusal's page as far as it is written by hand."""

    do: str
    before: tuple[Step, ...] = ()
    provoked_by: Step | None = None
    from_within: str = ""
    in_words: dict[str, str] = {}
    without: dict[str, str] = {}

    @model_validator(mode="after")
    def _provoked_or_excused(self) -> Self:
        if (self.provoked_by is None) != bool(self.from_within):
            raise ValueError("a refusal is provoked, or comes from within")
        if unknown := {*self.in_words, *self.without} - {*PARTS}:
            raise ValueError(f"an answer names no {sorted(unknown)}")
        return self


class WrittenFault(Written):
    """A fault's page: no class has a docstring that could say what its code means."""

    says: str


class Room(Strict):
    problems: dict[str, Written] = {}


class RoomOfFaults(Strict):
    faults: dict[str, WrittenFault] = {}


def written_pages(room: str) -> Mapping[str, Written]:
    """What is written of a room, in the order in which it is asked."""
    path = FOLDER / f"{room}.yaml"
    return parse(Room, {"problems": read(path.read_bytes())}).problems if path.exists() else {}


def written_faults(room: str) -> Mapping[str, WrittenFault]:
    """What is written of the codes of a room's faults, in the order in which they are asked."""
    path = FAULTS / f"{room}.yaml"
    return parse(RoomOfFaults, {"faults": read(path.read_bytes())}).faults if path.exists() else {}


@cache
def documents() -> Mapping[str, Any]:
    documents: Mapping[str, Any] = read((FOLDER / _DOCUMENTS).read_bytes())
    return documents


def _text(content: str | Changed) -> str:
    return content.text() if isinstance(content, Changed) else content


def _merged(document: Any, changes: Any) -> Any:
    if not isinstance(document, dict) or not isinstance(changes, dict):
        return changes
    changed = {key: _merged(document.get(key), changes[key]) for key in changes}
    return {key: value for key, value in (document | changed).items() if value is not None}
