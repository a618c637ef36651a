"""Disputes: charges held apart over some days while the rest is billed."""

from datetime import date, datetime
from typing import Annotated, Literal

from fastapi import APIRouter, Request
from pydantic import BaseModel, ConfigDict, Field, TypeAdapter

from api.access.roles import Permission
from api.http.dependencies import StatedCall, needs
from api.http.json_types import WrittenDay
from api.http.paging import asked, page
from api.http.work_route import WorkRoute
from api.operations import disputes
from billing.disputes.dispute_query import ContractDisputeQuery, DisputeQuery
from billing.disputes.store import KnownDispute
from quantities.names import Name

router = APIRouter(prefix="/v1", tags=["contracts"], route_class=WorkRoute)


class DisputeIn(BaseModel):
    """A charge to be held apart over some days, and why."""

    model_config = ConfigDict(extra="forbid")

    charge: Name
    first: WrittenDay
    after_last: WrittenDay
    reason: Annotated[str, Field(min_length=1, max_length=2000)]


class SettleIn(BaseModel):
    """How a dispute ends: the charge is due after all, or waived."""

    model_config = ConfigDict(extra="forbid")

    outcome: Literal["due", "waived"]


class DisputeOut(BaseModel):
    """A dispute as it stands: ``raised``, ``accepted``, ``declined``, or settled as ``due`` or ``waived``."""

    dispute: int
    contract: str
    state: Literal["raised", "accepted", "declined", "due", "waived"]
    charge: str
    first: date
    after_last: date
    reason: str
    raised_by: str
    raised_at: datetime
    accepted_by: str | None
    accepted_at: datetime | None
    waiver_by: str | None
    waiver_at: datetime | None
    outcome: str | None
    settled_by: str | None
    settled_at: datetime | None
    why_two: Annotated[
        str, Field(exclude_if=lambda why: not why, description="Why a limit lets no one person waive it.")
    ] = ""
    invoiced: Annotated[
        list[str],
        Field(exclude_if=lambda numbers: not numbers, description="Of what is raised: where days of it are billed."),
    ] = []


DisputeNumber = Annotated[int, Field(ge=1, lt=2**31)]


@router.post("/contracts/{reference}/disputes", status_code=201)
def raise_dispute(
    call: Annotated[StatedCall, needs(Permission.DISPUTES_RAISE)], reference: str, body: DisputeIn
) -> DisputeOut:
    """Dispute a charge over some days.

    The supplier's own holds it apart at once: what is not billed of it waits, the rest goes on. A customer's waits
    until the supplier accepts it. Days are issued, or of a period that has begun. Of a charge that is not priced by
    days (a peak, a minimum, a fee without proration) they are taken to whole lines; the answer says which are meant.
    """
    raised = disputes.raise_dispute(
        call.session,
        reference,
        body.charge,
        first=body.first,
        after_last=body.after_last,
        reason=body.reason,
        who=call.caller.name,
        at=call.now,
        accepted=not call.caller.is_customer,
    )
    return _shown(raised).model_copy(update={"invoiced": disputes.issued_documents(call.session, raised)})


_DISPUTES = TypeAdapter(list[DisputeOut])


@router.get("/contracts/{reference}/disputes")
def list_contract_disputes(
    call: Annotated[StatedCall, needs(Permission.DISPUTES_READ)],
    reference: str,
    request: Request,
    query: Annotated[ContractDisputeQuery, asked(ContractDisputeQuery)],
) -> list[DisputeOut]:
    """List the disputes over a contract in pages, oldest first."""
    is_customer = call.caller.is_customer
    listed = disputes.list_contract_disputes(call.session, reference, query, as_customer=is_customer)
    return page(request, _DISPUTES, listed, _shown)  # type: ignore[return-value] # with a header


@router.get("/disputes")
def list_waiting_disputes(
    call: Annotated[StatedCall, needs(Permission.DISPUTES_READ)],
    request: Request,
    query: Annotated[DisputeQuery, asked(DisputeQuery)],
) -> list[DisputeOut]:
    """List disputes in pages, oldest first: unless asked otherwise those that wait for a decision."""
    listed = disputes.list_disputes(call.session, query, as_customer=call.caller.is_customer)
    return page(request, _DISPUTES, listed, _shown)  # type: ignore[return-value] # with a header


@router.post("/disputes/{number}/accept")
def accept_dispute(call: Annotated[StatedCall, needs(Permission.DISPUTES_SETTLE)], number: DisputeNumber) -> DisputeOut:
    """Accept a dispute for the supplier: what is not billed yet of its charge and days is held apart from now on."""
    return _shown(disputes.accept_dispute(call.session, number, who=call.caller.name, at=call.now))


@router.post("/disputes/{number}/settle")
def settle_dispute(
    call: Annotated[StatedCall, needs(Permission.DISPUTES_SETTLE)], number: DisputeNumber, body: SettleIn
) -> DisputeOut:
    """Settle a dispute: the contract's next bill carries what follows. One that waits is declined, or waived.

    Two people of the supplier waive: whoever accepted it and another, or one after the other. After the first, the
    dispute is as it was, with ``waiver_by``.
    """
    due = body.outcome == "due"
    settled = disputes.settle_dispute(call.session, number, due=due, who=call.caller.name, at=call.now)
    return _shown(settled).model_copy(update={"why_two": disputes.why_two(call.session, settled)})


def _shown(dispute: KnownDispute) -> DisputeOut:
    return DisputeOut(
        dispute=dispute.id,
        contract=dispute.contract,
        state=dispute.state,
        charge=dispute.dispute.charge,
        first=dispute.dispute.first,
        after_last=dispute.dispute.after_last,
        reason=dispute.reason,
        raised_by=dispute.raised_by,
        raised_at=dispute.raised_at,
        accepted_by=dispute.accepted_by,
        accepted_at=dispute.accepted_at,
        waiver_by=dispute.waiver_by,
        waiver_at=dispute.waiver_at,
        outcome=dispute.outcome,
        settled_by=dispute.settled_by,
        settled_at=dispute.settled_at,
    )
