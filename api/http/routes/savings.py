"""Savings: baselines fitted to stored readings, what a period saved, and the statements that the parties agree on."""

from datetime import date, datetime
from decimal import Decimal
from typing import Annotated, Any

from fastapi import APIRouter, Response
from pydantic import BaseModel, ConfigDict, Field

from api.http.dependencies import Anyone, Maker, Office, StatedCall
from api.http.problems import Forbidden
from api.http.work_route import Body, WorkRoute
from api.operations.baselines import FitAsked, SavingsAsked, fit_stored, savings_stored
from billing.documents.verification_report import facts, report
from billing.statements import prepare as statement_preparing_store
from billing.statements import store as statement_store
from contracts import store as contracts
from contracts.statement import StatementStep
from quantities.document import parse, read
from quantities.names import Name
from quantities.quantity import Magnitude
from savings.report import facts_of_savings

router = APIRouter(prefix="/v1", tags=["savings"], route_class=WorkRoute)

_OF_THE_CUSTOMER = frozenset({StatementStep.AGREED, StatementStep.DISPUTED})


class StatementIn(BaseModel):
    """A day of the window to be stated, and who prepares its statement."""

    model_config = ConfigDict(extra="forbid")

    day: date
    prepared_by: Name


class StepIn(BaseModel):
    """What a party does with a statement, who signs, and of a dispute the charges and why."""

    model_config = ConfigDict(extra="forbid")

    step: StatementStep
    person: Name
    charges: tuple[Name, ...] = ()
    note: Annotated[str, Field(max_length=2000)] = ""


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


@router.post("/baselines")
def post_baseline(call: Maker, body: Body) -> dict[str, Any]:
    """Fit a baseline to stored readings, and answer it frozen: the document that a contract's M&V plan holds."""
    return fit_stored(call.session, parse(FitAsked, read(body))).model_dump(mode="json", exclude_none=True)


@router.post("/savings")
def post_savings(call: Office, body: Body, confidence: Magnitude = Decimal("0.9")) -> dict[str, Any]:
    """Hold stored readings against a frozen baseline: expected, measured, avoided, and how sure that is."""
    asked = parse(SavingsAsked, read(body))
    return facts_of_savings(asked.baseline, savings_stored(call.session, asked), confidence)


@router.get("/contracts/{reference}/statements")
def get_statements(call: Anyone, reference: str) -> list[StatementHead]:
    """List the savings statements of a contract, oldest window first."""
    if call.caller.is_customer:
        contracts.versions(call.session, reference, released_only=True)  # refused as on the contract's own route
    found = statement_store.of_contract(call.session, reference, call.now)
    return [StatementHead.model_validate(facts(each)) for each in found]


@router.post("/contracts/{reference}/statements", status_code=201)
def post_statement(call: Office, reference: str, asked: StatementIn) -> StatementOut:
    """Prepare the savings statement of a window from what is stored."""
    made = statement_preparing_store.prepare(call.session, reference, asked.day, by=asked.prepared_by, at=call.now)
    return StatementOut.model_validate(facts(made))


@router.get("/statements/{number}")
def get_statement(call: Anyone, number: int) -> StatementOut:
    """Show a savings statement: plan, data, model, figures, adjustments, uncertainty and money."""
    return StatementOut.model_validate(facts(statement_store.find(call.session, number, call.now)))


@router.get(
    "/statements/{number}/report.pdf", response_class=Response, responses={200: {"content": {"application/pdf": {}}}}
)
def get_report(call: Anyone, number: int) -> Response:
    """Show its verification report, in the order of the clauses of EN 17669:2022."""
    found = statement_store.find(call.session, number, call.now)
    return Response(report(found), media_type="application/pdf")


@router.post("/statements/{number}/replay")
def post_statement_replay(call: Office, number: int) -> ReplayedOut:
    """Measure a statement's window once more, from the readings and terms that it knew."""
    return ReplayedOut(statement=number, proves=statement_store.proves(call.session, number))


@router.post("/statements/{number}/steps")
def post_step(call: Anyone, number: int, asked: StepIn) -> StatementOut:
    """Submit a statement, verify it, agree to it, or dispute charges of it; a customer agrees and disputes."""
    _may_take(call, asked.step)
    found = statement_store.take(
        call.session,
        number,
        asked.step,
        person=asked.person,
        by=call.caller.label,
        at=call.now,
        charges=asked.charges,
        note=asked.note,
    )
    return StatementOut.model_validate(facts(found))


def _may_take(call: StatedCall, step: StatementStep) -> None:
    is_customer = call.caller.is_customer
    if is_customer is not (step in _OF_THE_CUSTOMER):
        raise Forbidden(f"a {call.caller.role} key does not include {step.value}", found=step.value)
