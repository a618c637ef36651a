"""Savings statements: prepared, submitted, agreed or disputed, and their documents."""

from datetime import date, datetime
from typing import Annotated, Any

from fastapi import APIRouter, Request
from pydantic import BaseModel, ConfigDict, Field, TypeAdapter

from api.access.roles import Permission
from api.http.dependencies import StatedCall, needs
from api.http.documents import serve_document
from api.http.json_types import JsonBoolean, WrittenDay
from api.http.paging import asked, page
from api.http.work_route import WorkRoute
from api.operations import statements
from api.operations.short_lists import STATEMENTS, StatementQuery
from api.operations.statements import STEPS
from billing.documents.document import StatementDocument
from billing.documents.registry import DOCUMENTS
from billing.documents.views import statement_facts
from billing.statements.store import Statement
from contracts.statement import StatementStep
from quantities.errors import Invalid
from quantities.names import Name

router = APIRouter(prefix="/v1", tags=["savings"], route_class=WorkRoute)


class StatementIn(BaseModel):
    """A day of the window to be stated; who prepares it is whoever calls, and is named for old clients alone."""

    model_config = ConfigDict(extra="forbid")

    day: WrittenDay
    prepared_by: Name | None = None


class StepIn(BaseModel):
    """What a party does with a statement, who signs, and of a dispute the charges and why.

    Whoever calls signs. What somebody has signed ``on_paper`` is entered by one of the supplier, and counts once
    another enters the same.
    """

    model_config = ConfigDict(extra="forbid")

    step: StatementStep
    person: Name
    charges: tuple[Name, ...] = ()
    note: Annotated[str, Field(max_length=2000)] = ""
    on_paper: JsonBoolean = False


class NamesAnother(Invalid):
    """The request names somebody else than who calls."""


class StatementHead(BaseModel):
    """A statement's window, and where it stands."""

    id: int
    contract: str
    first: date
    after_last: date
    prepared_by: str
    prepared_at: datetime
    stands: str


class StatementOut(StatementHead):
    """A statement: what it says, and who did what with it."""

    watermark: int
    steps: list[dict[str, Any]]
    content: dict[str, Any]


class ReplayedOut(BaseModel):
    """Whether a statement's energies come out as they were stated."""

    statement: int
    proves: bool


_STATEMENTS = TypeAdapter(list[StatementHead])


@router.get("/contracts/{reference}/statements")
def list_statements(
    call: Annotated[StatedCall, needs(Permission.STATEMENTS_READ)],
    reference: str,
    request: Request,
    query: Annotated[StatementQuery, asked(StatementQuery)],
) -> list[StatementHead]:
    """List the savings statements of a contract in pages, oldest window first."""
    stated = statements.list_statements(call.session, reference, call.now, as_customer=call.caller.is_customer)
    return page(request, _STATEMENTS, STATEMENTS.page(stated, query), _head)  # type: ignore[return-value] # with a header


def _head(statement: Statement) -> StatementHead:
    return StatementHead.model_validate(statement_facts(statement))


@router.post("/contracts/{reference}/statements", status_code=201)
def prepare_statement(
    call: Annotated[StatedCall, needs(Permission.STATEMENTS_PREPARE)], reference: str, asked: StatementIn
) -> StatementOut:
    """Prepare the savings statement of a window from what is stored."""
    who = call.caller.name
    if asked.prepared_by is not None and asked.prepared_by.lower() != who.lower():
        raise NamesAnother(f"{who} prepares it, and not {asked.prepared_by}", found=asked.prepared_by, expected=who)
    return _shown(statements.prepare_statement(call.session, reference, asked.day, who=who, at=call.now))


@router.get("/statements/{number}")
def get_statement(call: Annotated[StatedCall, needs(Permission.STATEMENTS_READ)], number: int) -> StatementOut:
    """Show a savings statement: plan, data, model, figures, adjustments, uncertainty and money."""
    return _shown(statements.find_statement(call.session, number, call.now, as_customer=call.caller.is_customer))


def _write(
    call: Annotated[StatedCall, needs(Permission.STATEMENTS_READ)], number: int, document: StatementDocument
) -> bytes:
    return statements.write_statement(call.session, number, document, call.now, as_customer=call.caller.is_customer)


#: The operation of each document: two of them have addresses that begin alike.
_OPERATIONS = {
    "pdf": "get_report",
    "html": "get_report_page",
    "statement_pdf": "get_statement_pdf",
    "statement_html": "get_statement_page",
}
for _kind in DOCUMENTS.statement.values():
    serve_document(router, "/statements/{number}", _kind, _write, name=_OPERATIONS[_kind.name])


@router.post("/statements/{number}/replay")
def replay_statement(call: Annotated[StatedCall, needs(Permission.INVOICES_REPLAY)], number: int) -> ReplayedOut:
    """Measure a statement's window once more, from the readings and terms that it knew."""
    return ReplayedOut(statement=number, proves=statements.statement_proves(call.session, number))


@router.post("/statements/{number}/steps")
def take_statement_step(
    call: Annotated[StatedCall, needs(*STEPS.values())], number: int, asked: StepIn
) -> StatementOut:
    """Submit a statement, verify it, agree to it, or dispute charges of it; a customer agrees and disputes.

    What was signed on paper is entered by two of the supplier, one after the other.
    """
    call.caller.needs(Permission.STATEMENTS_SUBMIT if asked.on_paper else STEPS[asked.step])
    return _shown(
        statements.take_step(
            call.session,
            number,
            asked.step,
            person=asked.person,
            who=call.caller.name,
            at=call.now,
            charges=asked.charges,
            note=asked.note,
            on_paper=asked.on_paper,
            as_customer=call.caller.is_customer,
        )
    )


def _shown(statement: Statement) -> StatementOut:
    return StatementOut.model_validate(statement_facts(statement))
