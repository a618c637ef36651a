"""Credits by hand: lines of issued documents given back, prepared by one and released by another."""

from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Query, Request
from pydantic import BaseModel, ConfigDict, Field, TypeAdapter

from api.access.roles import Permission
from api.http.dependencies import StatedCall, needs
from api.http.paging import asked, page
from api.http.work_route import WorkRoute
from api.operations import credit_notes
from billing.credits.credit_query import CreditQuery, CreditState
from billing.credits.store import KnownCredit
from billing.records.credit import AskedCredit
from billing.records.record import Shown
from quantities.money import Amount

router = APIRouter(prefix="/v1", tags=["billing"], route_class=WorkRoute)


class CreditIn(BaseModel):
    """What of an issued document is given back, and why; of each line one of the ways to say how much."""

    model_config = ConfigDict(extra="forbid")

    lines: Annotated[list[AskedCredit], Field(min_length=1, max_length=1000)]
    reason: Annotated[str, Field(min_length=1, max_length=2000)]


class CreditOut(BaseModel):
    """A credit as it stands; once it is issued, with the numbers of its documents, of which the credit note is one."""

    credit: int
    state: CreditState
    contract: str
    number: str
    supplier: str
    reason: str
    lines: list[Shown[AskedCredit]]
    currency: str
    net: Amount
    prepared_by: str
    prepared_at: datetime
    released_by: str | None
    released_at: datetime | None
    withdrawn_by: str | None
    withdrawn_at: datetime | None
    documents: list[str]


CreditNumber = Annotated[int, Field(ge=1, lt=2**31)]
Supplier = Annotated[
    str | None, Query(description="Whose invoice, where several suppliers have one of that number.", max_length=200)
]


@router.post("/invoices/{number}/credits", status_code=201)
def prepare_credit(
    call: Annotated[StatedCall, needs(Permission.CREDITS_PREPARE)],
    number: str,
    body: CreditIn,
    supplier: Supplier = None,
) -> CreditOut:
    """Prepare a credit of lines of an issued document; another person releases it, and it is issued with that.

    Of each line an amount, a quantity at the line's price, a percentage, the rest, or at most an amount is given back,
    and never more than is still billed of it. Without four eyes it is issued at once.
    """
    prepared = credit_notes.prepare_credit(
        call.session, number, body.lines, supplier=supplier, reason=body.reason, who=call.caller.name, at=call.now
    )
    return _shown(prepared)


_CREDITS = TypeAdapter(list[CreditOut])


@router.get("/credits")
def list_credits(
    call: Annotated[StatedCall, needs(Permission.CREDITS_READ)],
    request: Request,
    query: Annotated[CreditQuery, asked(CreditQuery)],
) -> list[CreditOut]:
    """List credits in pages, oldest first: those that wait, are issued, or were withdrawn."""
    return page(request, _CREDITS, credit_notes.list_credits(call.session, query), _shown)  # type: ignore[return-value] # with a header


@router.post("/credits/{credit}/release")
def release_credit(call: Annotated[StatedCall, needs(Permission.CREDITS_RELEASE)], credit: CreditNumber) -> CreditOut:
    """Release a credit that another has prepared: the credit note is issued, and never changes again."""
    return _shown(credit_notes.release_credit(call.session, credit, who=call.caller.name, at=call.now))


@router.post("/credits/{credit}/withdraw")
def withdraw_credit(call: Annotated[StatedCall, needs(Permission.CREDITS_PREPARE)], credit: CreditNumber) -> CreditOut:
    """Withdraw a credit that waits: nothing of it is issued."""
    return _shown(credit_notes.withdraw_credit(call.session, credit, who=call.caller.name, at=call.now))


def _shown(known: KnownCredit) -> CreditOut:
    return CreditOut(
        credit=known.id,
        state=known.state,
        contract=known.contract,
        number=known.number,
        supplier=known.supplier,
        reason=known.reason,
        lines=list(known.asked),
        currency=known.currency,
        net=known.net,
        prepared_by=known.prepared_by,
        prepared_at=known.prepared_at,
        released_by=known.released_by,
        released_at=known.released_at,
        withdrawn_by=known.withdrawn_by,
        withdrawn_at=known.withdrawn_at,
        documents=list(known.documents),
    )
