"""The pages of refusals and of faults, as they were generated, by the names that stand in the types of both."""

import json
from collections.abc import Mapping
from difflib import get_close_matches
from enum import StrEnum
from functools import cache
from pathlib import Path
from typing import Annotated, ClassVar

from pydantic import BaseModel, ConfigDict, Field

from quantities.errors import NotFound
from quantities.listing import ListPage, ListQuery, cut

FOLDER = Path(__file__).parent
_NEAREST = 3


class ProblemRoom(StrEnum):
    """The rooms of the program in which refusals arise."""

    QUANTITIES = "quantities"
    METERING = "metering"
    SAVINGS = "savings"
    CONTRACTS = "contracts"
    BILLING = "billing"
    API = "api"


#: The rooms in which refusals arise, in the order of the imports, and what is asked about there.
ROOMS: Mapping[str, str] = {
    "quantities": "Quantities, money, times and documents",
    "metering": "The fleet and its readings",
    "savings": "Baselines and savings",
    "contracts": "Contracts, prices and indices",
    "billing": "Invoices, disputes and statements",
    "api": "Requests, people and keys, the command line and the server",
}


#: The codes of faults within a document or a request, which are no refusals by themselves; in files of their own.
FAULTS = "faults_of_"


class UnknownProblem(NotFound):
    """There is no problem of that name."""


class ProblemPage(BaseModel):
    """What there is to know of a refusal, or of the code of a fault.

    Attributes:
        type: as in the problem that a refused request is answered.
        meaning: more about the fault than its title says; often empty.
        status: of the answer over HTTP; of a fault, that of the document or the request that has it.
        exit_code: of a refused command.
        to_do: how the fault is mended.
        before: requests and commands that succeed, and after which the example is refused.
        example: a request or a command that is refused so; empty where none can bring it about.
        answer: what the example is answered, or what the command prints.
        from_within: why no request and no command brings it about at will.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str
    type: str
    room: str
    title: str
    meaning: str
    status: int
    exit_code: int
    to_do: str
    before: tuple[str, ...]
    example: str
    answer: str
    from_within: str


@cache
def problem_pages() -> Mapping[str, ProblemPage]:
    """All pages by name, room after room."""
    pages = dict[str, ProblemPage]()
    for room in ROOMS:
        for file in (f"{room}.json", f"{FAULTS}{room}.json"):
            listed = json.loads((FOLDER / file).read_text(encoding="utf-8"))
            pages |= {page["name"]: ProblemPage.model_validate(page) for page in listed}
    return pages


def problem_page(name: str) -> ProblemPage:
    """The page of a refusal.

    Raises:
        UnknownProblem: there is none of that name.
    """
    pages = problem_pages()
    if name not in pages:
        nearest = get_close_matches(name, pages, n=_NEAREST)
        raise UnknownProblem(f"there is no problem {name[:100]!r}", found=name[:100], expected=nearest)
    return pages[name]


class ListedProblem(BaseModel):
    """A problem in the list of all."""

    name: str
    type: str
    room: str
    title: str
    status: int


class ProblemQuery(ListQuery):
    """Problems by the room that refuses, by name."""

    SORTS: ClassVar[tuple[str, ...]] = ("name",)

    room: Annotated[ProblemRoom | None, Field(description="Of one room of the program alone.")] = None


def listed_problems() -> list[ListedProblem]:
    """All problems, each with what a list says of it."""
    return [
        ListedProblem(name=page.name, type=page.type, room=page.room, title=page.title, status=page.status)
        for page in problem_pages().values()
    ]


def asked_problems(query: ProblemQuery) -> ListPage[ListedProblem]:
    """List problems in pages.

    Raises:
        UnknownSort, UnknownPage: there is no such order, or place in it.
    """
    return cut(listed_problems(), query, {"name": lambda row: row.name}, {"room": lambda row, room: row.room == room})
