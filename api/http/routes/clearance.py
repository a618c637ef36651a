"""Clearances by states: files of what is due, the states' answers, and red letters."""

from typing import Annotated, Literal

from fastapi import APIRouter, Query, Request, Response
from pydantic import BaseModel, ConfigDict, Field, TypeAdapter

from api.access.roles import Permission
from api.http.dependencies import StatedCall, needs
from api.http.interface.problem import problems
from api.http.media import schema_of_media
from api.http.paging import asked, page
from api.http.routes.invoices import Supplier
from api.http.routes.receivables import RowNumber
from api.http.work_route import Body, WorkRoute, takes
from api.operations import clearance
from billing.clearance.clearance_query import ClearanceQuery, RedQuery
from billing.clearance.fapiao.red_letter import RedReason, RedStep
from billing.clearance.fapiao.store import RedAsked
from billing.clearance.life import Authority
from billing.clearance.port import XLSX, XML
from billing.clearance.views import (
    AskedOfStateOut,
    ClearanceOut,
    RecordedAnswersOut,
    RedOut,
    RedsOut,
    WithdrawnClearancesOut,
)
from quantities.money import Amount

router = APIRouter(prefix="/v1", tags=["clearance"], route_class=WorkRoute)

ANSWER_BYTES_MAX = 32 << 20
_Quota = Annotated[
    Amount, Field(max_digits=24, decimal_places=2, ge=0, description="What the month allows in all, without tax.")
]
_FileName = Annotated[str, Query(max_length=200, description="The name under which the answer is kept.")]
_CLEARANCES = TypeAdapter(list[ClearanceOut])
_REDS = TypeAdapter(list[RedOut])


class AskStateIn(BaseModel):
    """How a state is asked: offline of KSeF alone; by customer, and within which quota of the month, of China alone."""

    model_config = ConfigDict(extra="forbid")

    offline: Annotated[bool, Field(description="Issued offline, and handed in by the next working day.")] = False
    by_customer: Annotated[bool, Field(description="Documents to one customer become one fapiao.")] = False
    quota: _Quota | None = None


class AskRedIn(BaseModel):
    """Which credit note takes something back, why, and who asked."""

    model_config = ConfigDict(extra="forbid")

    document: Annotated[str, Field(min_length=1, max_length=200)]
    reason: RedReason
    deducted: Annotated[bool, Field(description="Whether the customer has deducted or booked the fapiao.")]
    by_buyer: Annotated[bool, Field(description="Whether the customer asked.")] = False
    number: Annotated[str, Field(max_length=50, description="Of the confirmation, as the portal gives it.")] = ""


class RedStepIn(BaseModel):
    """What is done about a confirmation; with its number, where the portal gives it now."""

    model_config = ConfigDict(extra="forbid")

    step: Literal["confirm", "refuse", "withdraw"]
    number: Annotated[str, Field(max_length=50)] = ""


@router.get("/invoices/{number}/clearances")
def list_clearances_of_invoice(
    call: Annotated[StatedCall, needs(Permission.INVOICES_READ)], number: str, supplier: Supplier = None
) -> list[ClearanceOut]:
    """List what states say of an invoice: their own numbers beside ours. Steps and files are the supplier's alone."""
    return clearance.list_clearances_of(call.session, number, supplier, as_customer=call.caller.is_customer)


@router.get("/clearances/{authority}")
def list_clearances(
    call: Annotated[StatedCall, needs(Permission.CLEARANCES_READ)],
    request: Request,
    authority: Authority,
    query: Annotated[ClearanceQuery, asked(ClearanceQuery)],
) -> list[ClearanceOut]:
    """List what a state was asked and what it says, in pages, oldest first."""
    listed = clearance.list_clearances(call.session, authority, query)
    return page(request, _CLEARANCES, listed)  # type: ignore[return-value] # with a header


@router.post("/clearances/{authority}/files", status_code=201)
def ask_state(
    call: Annotated[StatedCall, needs(Permission.CLEARANCES_WRITE)], authority: Authority, body: AskStateIn
) -> AskedOfStateOut:
    """Make the files of all documents that the state has to clear and was not asked about; each goes out once.

    What cannot be written is held with its reason, and the rest goes out. The files are read by their numbers.
    """
    return clearance.ask_state(
        call.session,
        authority,
        offline=body.offline,
        by_customer=body.by_customer,
        quota=body.quota,
        who=call.caller.name,
        at=call.now,
    )


@router.get(
    "/clearances/{authority}/files/{file}",
    response_class=Response,
    responses={200: {"content": {media: schema_of_media(media) for media in (XML, XLSX)}}, **problems(404)},
)
def get_clearance_file(
    call: Annotated[StatedCall, needs(Permission.CLEARANCES_READ)], authority: Authority, file: RowNumber
) -> Response:
    """Read a file as it was made, or as the state sent it, to the byte."""
    _, media_type, content = clearance.clearance_file(call.session, authority, file)
    return Response(content, media_type=media_type)


@router.post("/clearances/{authority}/files/{file}/withdraw")
def withdraw_clearance_file(
    call: Annotated[StatedCall, needs(Permission.CLEARANCES_WRITE)], authority: Authority, file: RowNumber
) -> WithdrawnClearancesOut:
    """Say that a file was not handed in: the next one asks for its documents anew."""
    return clearance.withdraw_file(call.session, authority, file, who=call.caller.name, at=call.now)


@router.post("/clearances/{authority}/answers")
@takes(body_bytes=ANSWER_BYTES_MAX, document=bytes, media_types=(XML, XLSX, "text/csv", "application/json"))
def read_clearance_answers(
    call: Annotated[StatedCall, needs(Permission.CLEARANCES_WRITE)],
    authority: Authority,
    body: Body,
    name: _FileName = "answer",
) -> RecordedAnswersOut:
    """Record what a state answered: KSeF's receipt (UPO) or list of a session, or the e-tax portal's list.

    The file is recorded as a whole or not at all; sent again, it adds nothing.
    """
    return clearance.read_answers(call.session, authority, name, body, who=call.caller.name, at=call.now)


@router.post("/clearances/fapiao/reds", status_code=201)
def ask_red(
    call: Annotated[StatedCall, needs(Permission.CLEARANCES_WRITE)], body: AskRedIn, supplier: Supplier = None
) -> RedsOut:
    """Ask for what a credit note takes back to be confirmed: one for each fapiao, never more than it has."""
    wanted = RedAsked(body.reason, deducted=body.deducted, by_buyer=body.by_buyer, number=body.number)
    return clearance.ask_red(call.session, body.document, supplier, wanted, who=call.caller.name, at=call.now)


@router.get("/clearances/fapiao/reds")
def list_reds(
    call: Annotated[StatedCall, needs(Permission.CLEARANCES_READ)],
    request: Request,
    query: Annotated[RedQuery, asked(RedQuery)],
) -> list[RedOut]:
    """List red-letter confirmations as they stand by now, in pages, oldest first."""
    listed = clearance.list_reds(call.session, query, call.now)
    return page(request, _REDS, listed)  # type: ignore[return-value] # with a header


@router.post("/clearances/fapiao/reds/{red}/steps")
def step_red(
    call: Annotated[StatedCall, needs(Permission.CLEARANCES_WRITE)], red: RowNumber, body: RedStepIn
) -> RedOut:
    """Record that a confirmation was confirmed, refused or withdrawn; after 72 hours without a word it is void."""
    step = RedStep(body.step)
    return clearance.step_red(call.session, red, step, number=body.number, who=call.caller.name, at=call.now)
