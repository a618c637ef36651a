"""What moves prices and what is held apart: indices and disputes."""

from datetime import date, datetime
from typing import Annotated, Literal

from fastapi import APIRouter
from pydantic import BaseModel, ConfigDict, Field

from api.http.dependencies import Anyone, Maker, Office
from api.http.work_route import Body, WorkRoute
from billing.disputes import store as dispute_store
from billing.disputes.store import KnownDispute
from contracts import store as contracts
from contracts.indexation import store as index_store
from contracts.indexation.store import Index
from contracts.release.store import releasing
from quantities.document import parse, read
from quantities.names import Name
from quantities.quantity import Magnitude

router = APIRouter(prefix="/v1", tags=["contracts"], route_class=WorkRoute)


class RecordedOut(BaseModel):
    """What a document changed of an index: values new, revised, and waiting for another to release them."""

    index: str
    new: int
    revised: int
    waiting: int


class IndexValueOut(BaseModel):
    """A value that an index has or had."""

    month: str
    value: Magnitude
    provisional: bool
    published_on: date
    recorded_by: str
    recorded_at: datetime
    released_by: str | None


class ReleasedOut(BaseModel):
    """How many values were released."""

    index: str
    released: int


class DisputeIn(BaseModel):
    """A charge to be held apart over some days, and why."""

    model_config = ConfigDict(extra="forbid")

    charge: Name
    first: date
    after_last: date
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
    outcome: str | None
    settled_by: str | None
    settled_at: datetime | None


DisputeNumber = Annotated[int, Field(ge=1, lt=2**31)]


@router.post("/indices", status_code=201)
def post_index(call: Maker, body: Body) -> RecordedOut:
    """Record an index and its values, as YAML or JSON; they count once another has released them."""
    index = parse(Index, read(body))
    done = index_store.record(call.session, index, recorded_by=call.caller.label, recorded_at=call.now)
    return RecordedOut(index=done.index, new=done.new, revised=done.revised, waiting=done.waiting)


@router.post("/indices/{name}/release")
def release_index(call: Office, name: str) -> ReleasedOut:
    """Release the values of an index that another has recorded."""
    count = index_store.release(call.session, name, releasing(call.session, call.caller.label, call.now))
    return ReleasedOut(index=name, released=count)


@router.get("/indices")
def get_indices(call: Office) -> list[str]:
    """List the indices that are recorded."""
    return list(index_store.names(call.session))


@router.get("/indices/{name}")
def get_index(call: Office, name: str) -> list[IndexValueOut]:
    """List every value that an index ever had, in the order of months and of recording."""
    return [
        IndexValueOut(
            month=each.month,
            value=each.value,
            provisional=each.provisional,
            published_on=each.published_on,
            recorded_by=each.recorded_by,
            recorded_at=each.recorded_at,
            released_by=each.released_by,
        )
        for each in index_store.values(call.session, name)
    ]


@router.post("/contracts/{reference}/disputes", status_code=201)
def post_dispute(call: Anyone, reference: str, body: DisputeIn) -> DisputeOut:
    """Dispute a charge over some days.

    The supplier's own holds it apart at once: what is not billed of it waits, the rest goes on. A customer's waits
    until the supplier accepts it. Days are issued, or of a period that has begun, and are taken to whole lines.
    """
    return _shown(
        dispute_store.raise_(
            call.session,
            reference,
            body.charge,
            body.first,
            body.after_last,
            reason=body.reason,
            by=call.caller.label,
            at=call.now,
            accepted=not call.caller.is_customer,
        )
    )


@router.get("/contracts/{reference}/disputes")
def get_disputes(call: Anyone, reference: str) -> list[DisputeOut]:
    """List the disputes over a contract, oldest first."""
    versions = contracts.versions(call.session, reference, released_only=call.caller.is_customer)
    return [_shown(each) for each in dispute_store.of_contracts(call.session, [versions[-1].contract_id])]


@router.get("/disputes")
def get_waiting_disputes(call: Office) -> list[DisputeOut]:
    """List the disputes that wait for the supplier's word, oldest first."""
    return [_shown(dispute) for dispute in dispute_store.waiting(call.session)]


@router.post("/disputes/{number}/accept")
def accept_dispute(call: Office, number: DisputeNumber) -> DisputeOut:
    """Accept a dispute for the supplier: what is not billed yet of its charge and days is held apart from now on."""
    return _shown(dispute_store.accept(call.session, number, by=call.caller.label, at=call.now))


@router.post("/disputes/{number}/settle")
def settle_dispute(call: Office, number: DisputeNumber, body: SettleIn) -> DisputeOut:
    """Settle a dispute: the contract's next bill carries what follows. One that waits is declined, or waived."""
    due = body.outcome == "due"
    return _shown(dispute_store.settle(call.session, number, due=due, by=call.caller.label, at=call.now))


def _shown(each: KnownDispute) -> DisputeOut:
    return DisputeOut(
        dispute=each.id,
        contract=each.contract,
        state=each.state,
        charge=each.dispute.charge,
        first=each.dispute.first,
        after_last=each.dispute.after_last,
        reason=each.reason,
        raised_by=each.raised_by,
        raised_at=each.raised_at,
        accepted_by=each.accepted_by,
        accepted_at=each.accepted_at,
        outcome=each.outcome,
        settled_by=each.settled_by,
        settled_at=each.settled_at,
    )
