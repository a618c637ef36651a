"""Readings reviewed: deliveries, readings with their history, findings, checks, edits and estimates."""

from dataclasses import asdict
from datetime import datetime
from typing import Annotated, Literal

from fastapi import APIRouter, Query, Request, Response
from pydantic import BaseModel, ConfigDict, Field, TypeAdapter

from api.access.roles import Permission
from api.http.dependencies import StatedCall, needs
from api.http.edits import MAY_WAIT, EditLookOut, edit_look_out, waits
from api.http.json_types import WrittenInstant
from api.http.paging import ROWS, Limit, asked, next_link, page
from api.http.work_route import WorkRoute
from api.operations import edits, review
from api.operations.receipts import (
    DeclaredExchangeOut,
    EditOut,
    HowReadOut,
    ProfileVersionOut,
    ResetOut,
    VerdictOut,
    WithdrawnReadOut,
    edit_out,
)
from metering.deliveries.batch_query import BatchQuery
from metering.deliveries.history import ReadingVersion
from metering.deliveries.reading_query import ReadingQuery
from metering.quality.edits.edit_query import EditQuery
from metering.quality.edits.store import Edit, EditKind, UnfitEdit
from metering.quality.validation.finding_query import FindingQuery
from metering.quality.validation.store import OpenFinding
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


class BatchDetailsOut(BatchOut):
    """A delivery: the first thousand reasons why rows of it are not stored, its resets, and how its file was read."""

    verdicts: list[VerdictOut]
    resets: list[ResetOut]
    withdrawn: list[WithdrawnReadOut]
    exchanges: list[DeclaredExchangeOut]
    how_read: list[HowReadOut]
    dialect: dict[str, str]
    profile: ProfileVersionOut | None


class ReadingVersionOut(BaseModel):
    """A reading as one batch recorded it; ``current`` marks the version that counts now."""

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
    """Readings in question, and whether bills wait for an answer."""

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
    """A value to set for a range of time (without a value, the reading is withdrawn), or a range to verify."""

    kind: Literal[EditKind.SET, EditKind.VERIFY]
    start: WrittenInstant
    end: WrittenInstant | None = None
    value: Magnitude | None = None
    reason: Annotated[str, Field(min_length=1, max_length=500)]


class EstimateIn(BaseModel):
    """The period whose gaps are filled, and the reason."""

    start: WrittenInstant
    end: WrittenInstant
    reason: Annotated[str, Field(min_length=1, max_length=500)]


class EstimatedOut(BaseModel):
    """One interval that was estimated."""

    start: datetime
    end: datetime
    value: Magnitude
    method: str
    scaled: bool


class EstimatesOut(BaseModel):
    """The estimates, their batch, and how many intervals could not be estimated."""

    batch: int
    unfilled: int
    estimates: list[EstimatedOut]


_BATCHES, _FINDINGS, _EDITS = TypeAdapter(list[BatchOut]), TypeAdapter(list[FindingOut]), TypeAdapter(list[EditOut])
_READINGS = TypeAdapter(list[ReadingVersionOut])


@router.get("/batches")
def list_batches(
    call: Annotated[StatedCall, needs(Permission.READINGS_READ)],
    request: Request,
    query: Annotated[BatchQuery, asked(BatchQuery)],
    most: Annotated[int | None, Query(ge=1, le=1000, description="The old name of `limit`.", deprecated=True)] = None,
    before: Annotated[int | None, Query(ge=0, description="The old name of `after`.", deprecated=True)] = None,
) -> list[BatchOut]:
    """List deliveries in pages, the newest first."""
    old = {"limit": most, "after": None if before is None or query.after else str(before)}
    query = query.model_copy(update={name: value for name, value in old.items() if value is not None})
    listed = review.batches(call.session, query)
    return page(request, _BATCHES, listed, lambda batch: BatchOut(**asdict(batch)))  # type: ignore[return-value] # with a header


@router.get("/batches/{number}")
def get_batch(call: Annotated[StatedCall, needs(Permission.READINGS_READ)], number: int) -> BatchDetailsOut:
    """Show one delivery: why rows of it are not stored, and how its file was read."""
    details = review.batch(call.session, number)
    content = details.file.model_dump(exclude={"schema_number"})
    listed = {name: [asdict(entry) for entry in getattr(details, name)] for name in ("verdicts", "resets", "withdrawn")}
    return BatchDetailsOut.model_validate({**asdict(details.batch), **content, **listed})


@router.get("/registers/{key}/readings")
def list_readings(
    call: Annotated[StatedCall, needs(Permission.READINGS_READ)],
    request: Request,
    key: str,
    query: Annotated[ReadingQuery, asked(ReadingQuery)],
) -> list[ReadingVersionOut]:
    """List a register's readings in pages; with ``history``, corrections and the readings that they corrected."""
    return page(request, _READINGS, review.readings(call.session, key, query), _reading_out)  # type: ignore[return-value] # with a header


def _reading_out(reading: ReadingVersion) -> ReadingVersionOut:
    return ReadingVersionOut(
        **asdict(reading) | {"quality": reading.quality.name.lower()},
        estimated=reading.quality.estimated,
        billable=reading.quality.billable,
    )


@router.get("/findings")
def list_findings(
    call: Annotated[StatedCall, needs(Permission.READINGS_READ)],
    request: Request,
    query: Annotated[FindingQuery, asked(FindingQuery)],
) -> list[FindingOut]:
    """List the readings in question in pages, in order of time."""
    listed = review.findings(call.session, query)
    return page(request, _FINDINGS, listed, _finding_out)  # type: ignore[return-value] # with a header


def _finding_out(finding: OpenFinding) -> FindingOut:
    return FindingOut(**{**asdict(finding), "register_key": finding.register})


class CheckIn(BaseModel):
    """The period over which a register's checks run again."""

    start: WrittenInstant
    end: WrittenInstant


class CheckedOut(BaseModel):
    """How many findings are new, and the batch that records the run."""

    batch: int
    new: int


@router.post("/registers/{key}/checks", status_code=201)
def check_readings(
    call: Annotated[StatedCall, needs(Permission.READINGS_EDIT)], key: str, check: CheckIn
) -> CheckedOut:
    """Run a register's checks over a period again, after they were changed."""
    period = Period(check.start, check.end)
    batch, new = review.check_again(call.session, key, period, who=call.caller.name, at=call.now)
    return CheckedOut(batch=batch, new=new)


@router.post("/registers/{key}/edits", status_code=201)
def prepare_edit(call: Annotated[StatedCall, needs(Permission.READINGS_EDIT)], key: str, edit: EditIn) -> EditOut:
    """Prepare a reading by hand, or the verification of readings; another person releases it."""
    who, at = call.caller.name, call.now
    if edit.kind is EditKind.SET:
        return edit_out(
            review.prepare_value(
                call.session, key, edit.start, edit.end, edit.value, reason=edit.reason, who=who, at=at
            )
        )
    if edit.end is None:
        raise UnfitEdit("what is verified has an end", expected="an end")
    period = Period(edit.start, edit.end)
    return edit_out(review.prepare_verification(call.session, key, period, reason=edit.reason, who=who, at=at))


@router.get("/edits")
def list_edits(
    call: Annotated[StatedCall, needs(Permission.READINGS_READ)],
    request: Request,
    query: Annotated[EditQuery, asked(EditQuery)],
) -> list[EditOut]:
    """List what was prepared by hand in pages, the newest first."""
    return page(request, _EDITS, review.edits(call.session, query), edit_out)  # type: ignore[return-value] # with a header


@router.get("/edits/{number}", response_model=EditLookOut)
def get_edit(
    call: Annotated[StatedCall, needs(Permission.READINGS_READ)],
    request: Request,
    number: int,
    after: Annotated[int, Query(ge=0, description="How many readings the pages before have.")] = 0,
    limit: Limit = ROWS,
) -> Response:
    """Show what an edit would write, reading by reading, and which invoices it corrects by how much."""
    look = edits.show_edit(call.session, number, who=call.caller.name, at=call.now, after=after, most=limit)
    headers = {}
    if look.readings.count > after + limit:
        headers["Link"] = next_link(request, after=after + limit, limit=limit)
    return Response(edit_look_out(look).model_dump_json(), headers=headers, media_type="application/json")


class EditReleaseIn(BaseModel):
    """The digest of what was shown: where the edit comes to something else by now, nothing is written."""

    model_config = ConfigDict(extra="forbid")

    digest: Annotated[str, Field(min_length=1, max_length=64)] | None = None


@router.post("/edits/{number}/release")
def release_edit(
    call: Annotated[StatedCall, needs(Permission.READINGS_RELEASE)], number: int, asked: EditReleaseIn | None = None
) -> BatchOut:
    """Release an edit that another person prepared: only now is it written, and only what was shown."""
    shown = None if asked is None else asked.digest
    return BatchOut(**asdict(edits.release_edit(call.session, number, who=call.caller.name, at=call.now, shown=shown)))


@router.post("/registers/{key}/estimates", status_code=201, responses=MAY_WAIT)
def estimate_readings(
    call: Annotated[StatedCall, needs(Permission.READINGS_EDIT)], key: str, asked: EstimateIn
) -> EstimatesOut:
    """Estimate the missing intervals of a register; a reading that comes later replaces the estimate."""
    period = Period(asked.start, asked.end)
    filled = review.estimate(call.session, key, period, reason=asked.reason, who=call.caller.name, at=call.now)
    if isinstance(filled, Edit):
        return waits(filled)  # type: ignore[return-value] # of another status
    return EstimatesOut(
        batch=filled.receipt.batch,
        unfilled=filled.unfilled,
        estimates=[
            EstimatedOut(
                start=estimate.start,
                end=estimate.end,
                value=estimate.value,
                method=estimate.method.value,
                scaled=estimate.scaled,
            )
            for estimate in filled.estimates
        ],
    )
