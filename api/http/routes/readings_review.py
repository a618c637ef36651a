"""What was delivered and what is in question: batches, readings with their history, findings, edits, estimates."""

from dataclasses import asdict
from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Query
from pydantic import BaseModel, Field

from api.http.dependencies import Maker, Office
from api.http.routes.readings import VerdictOut
from api.http.work_route import WorkRoute
from metering.deliveries import history as batch_store
from metering.deliveries.store import NoSuchRegister, Sender, ask_checks
from metering.fleet.store import registers
from metering.log.store import NOW
from metering.quality.edits import store as edit_store
from metering.quality.estimation.store import estimate
from metering.quality.validation import store as validation_store
from quantities.period import Period
from quantities.quantity import Magnitude

router = APIRouter(prefix="/v1", tags=["review"], route_class=WorkRoute)


class BatchOut(BaseModel):
    """A delivery."""

    id: int
    kind: str
    source: str
    reason: str | None
    recorded_by: str
    recorded_at: datetime
    stored: int
    corrected: int
    unchanged: int
    refused: int


class BatchWithVerdictsOut(BatchOut):
    """A delivery, with the first thousand reasons why rows of it are not stored."""

    verdicts: list[VerdictOut]


class ReadingVersionOut(BaseModel):
    """What one batch said of a reading; ``current`` is what the log says now."""

    start: datetime
    end: datetime
    value: Magnitude | None
    quality: str
    estimated: bool
    billable: bool
    batch: int
    line: int
    source: str
    recorded_by: str
    reason: str | None
    current: bool


class FindingOut(BaseModel):
    """What is in question, and whether it keeps a bill waiting."""

    id: int
    register_key: str
    start: datetime
    end: datetime
    check: str
    found: str
    expected: str
    holds: bool
    batch: int


class EditIn(BaseModel):
    """A value to be set over an extent (none withdraws), or readings over one to be verified."""

    kind: edit_store.EditKind
    start: datetime
    end: datetime | None = None
    value: Magnitude | None = None
    reason: Annotated[str, Field(min_length=1, max_length=500)]


class EditOut(BaseModel):
    """What someone wants to do by hand, and what became of it."""

    id: int
    register_key: str
    kind: str
    start: datetime
    end: datetime
    value: Magnitude | None
    reason: str
    prepared_by: str
    prepared_at: datetime
    released_by: str | None
    released_at: datetime | None
    batch: int | None


class EstimateIn(BaseModel):
    """In which period gaps are to be filled, and why."""

    start: datetime
    end: datetime
    reason: Annotated[str, Field(min_length=1, max_length=500)]


class EstimatedOut(BaseModel):
    """One interval as it was filled."""

    start: datetime
    end: datetime
    value: Magnitude
    method: str
    scaled: bool


class EstimatesOut(BaseModel):
    """What was filled, in which batch, and how many intervals nothing could be said about."""

    batch: int
    unfilled: int
    estimates: list[EstimatedOut]


@router.get("/batches")
def get_batches(
    call: Office,
    most: Annotated[int, Query(ge=1, le=1000, description="How many.")] = 100,
    before: Annotated[int | None, Query(description="Older than this batch.")] = None,
) -> list[BatchOut]:
    """List deliveries, the newest first."""
    return [BatchOut(**asdict(each)) for each in batch_store.batches(call.session, most, before)]


@router.get("/batches/{number}")
def get_batch(call: Office, number: int) -> BatchWithVerdictsOut:
    """Show one delivery, with why rows of it are not stored."""
    found = batch_store.batch(call.session, number)
    verdicts = [VerdictOut(**asdict(each)) for each in batch_store.verdicts(call.session, number)]
    return BatchWithVerdictsOut(**asdict(found), verdicts=verdicts)


@router.get("/registers/{key}/readings")
def get_readings(
    call: Office,
    key: str,
    from_: Annotated[datetime, Query(alias="from", description="The first instant.")],
    to: Annotated[datetime, Query(description="The first instant not looked at any more.")],
    as_of: Annotated[int | None, Query(description="The last batch that counts.")] = None,
    history: Annotated[bool, Query(description="What earlier batches said, too.")] = False,  # noqa: FBT002 a query parameter
) -> list[ReadingVersionOut]:
    """List a register's readings; with ``history`` a correction and what it corrected both."""
    found = registers(call.session, [key]).get(key)
    if found is None:
        raise NoSuchRegister(f"there is no register {key!r} here", found=key)
    said = batch_store.history(call.session, found, Period(from_, to), NOW if as_of is None else as_of)
    return [
        ReadingVersionOut(
            **asdict(each) | {"quality": each.quality.name.lower()},
            estimated=each.quality.estimated,
            billable=each.quality.billable,
        )
        for each in said
        if history or (each.current and each.value is not None)
    ]


@router.get("/findings")
def get_findings(
    call: Office, register: Annotated[str | None, Query(description="Of one register.")] = None
) -> list[FindingOut]:
    """List what is in question."""
    found = validation_store.open_findings(call.session, register)
    return [FindingOut(**{**asdict(each), "register_key": each.register}) for each in found]


class CheckIn(BaseModel):
    """Over which period a register's checks are asked again."""

    start: datetime
    end: datetime


class CheckedOut(BaseModel):
    """How many findings are new, and the batch that records the asking."""

    batch: int
    new: int


@router.post("/registers/{key}/checks", status_code=201)
def post_checks(call: Maker, key: str, told: CheckIn) -> CheckedOut:
    """Ask a register's checks about a period again, when they are new or others."""
    sender = Sender(f"checks of {key}", call.caller.label, call.now)
    batch, new = ask_checks(call.session, sender, key, Period(told.start, told.end))
    return CheckedOut(batch=batch, new=new)


@router.post("/registers/{key}/edits", status_code=201)
def post_edit(call: Maker, key: str, told: EditIn) -> EditOut:
    """Prepare a reading by hand, or the verification of readings; another person releases it."""
    why = Sender(f"edit of {key}", call.caller.label, call.now, told.reason)
    if told.kind is edit_store.EditKind.SET:
        made = edit_store.prepare_set(call.session, key, told.start, told.end, told.value, why)
    else:
        end = told.end
        if end is None:
            raise edit_store.UnfitEdit("what is verified has an end", expected="an end")
        made = edit_store.prepare_verify(call.session, key, Period(told.start, end), why)
    return _edit(made)


@router.get("/edits")
def get_edits(
    call: Office,
    waiting: Annotated[bool, Query(description="Those that are not released.")] = False,  # noqa: FBT002 a query parameter
) -> list[EditOut]:
    """List what was prepared by hand, the newest first."""
    return [_edit(each) for each in edit_store.edits(call.session, waiting=waiting)]


@router.post("/edits/{number}/release")
def post_release(call: Office, number: int) -> BatchOut:
    """Release what another has prepared: now it is written."""
    receipt = edit_store.release(call.session, number, Sender(f"edit {number}", call.caller.label, call.now))
    return BatchOut(**asdict(batch_store.batch(call.session, receipt.batch)))


@router.post("/registers/{key}/estimates", status_code=201)
def post_estimates(call: Maker, key: str, told: EstimateIn) -> EstimatesOut:
    """Fill what is missing of an interval register; a reading that comes later takes the estimate's place."""
    sender = Sender(f"estimates of {key}", call.caller.label, call.now, told.reason)
    filled = estimate(call.session, sender, key, Period(told.start, told.end))
    return EstimatesOut(
        batch=filled.receipt.batch,
        unfilled=filled.unfilled,
        estimates=[
            EstimatedOut(start=each.start, end=each.end, value=each.value, method=each.method.value, scaled=each.scaled)
            for each in filled.estimates
        ],
    )


def _edit(each: edit_store.Edit) -> EditOut:
    return EditOut(**{**asdict(each), "register_key": each.register, "kind": each.kind.value})
