"""What waits for another person's release, as routes that prepare it answer, and as one that shows it does."""

from dataclasses import asdict
from datetime import date, datetime
from typing import Any

from fastapi.responses import JSONResponse
from pydantic import BaseModel

from api.operations.edits import EditLook
from api.operations.receipts import EditOut, edit_out
from billing.documents.views import RepricedOut, repriced_out
from metering.deliveries.changed_readings import ChangedReading
from metering.quality.edits.store import Edit
from quantities.quantity import Magnitude


class ChangedReadingOut(BaseModel):
    """A reading that an edit writes: its value before and since; null: none counts."""

    register_key: str
    dimensions: dict[str, str]
    unit: str
    start: datetime
    end: datetime
    was: Magnitude | None
    now: Magnitude | None
    quality_was: str | None
    quality: str


class EditVerdictOut(BaseModel):
    """Why a row of a file that waits would not be stored."""

    line: int
    code: str
    found: str
    expected: str


class LaterBatchOut(BaseModel):
    """A delivery that has changed the same readings since the edit was prepared."""

    batch: int
    recorded_by: str
    recorded_at: datetime
    source: str


class EditLookOut(EditOut):
    """What an edit would write, or has written; and what of what is billed it corrects.

    Attributes:
        digest: what a release names that is to write this and nothing else; empty where it is released, or cannot be.
        refused: why it cannot be released as it is; empty where it can.
        count: how many readings change; ``readings`` is a page of them, by register and start.
        source: of a file: its name.
        profile: of a file: the profile by which it is read.
        dialect: of a file: what was noticed about it.
        refused_rows: of a file: how many rows would not be stored; ``verdicts`` are the first thousand reasons.
        closing: of an exchange or a reset: the last read before, in the register's unit.
        opening: of an exchange or a reset: the first read since.
        serial: of an exchange: the new device's.
        approved_until_was: until when the meter is approved now; null: it has no end.
        approved_until: of an approval: until when from its release on.
        reprices: the documents that come to another amount, as of now; corrected by the next bill.
        holds: why a contract could no longer be billed; empty where all can.
        contracts_left_out: how many more contracts are concerned, of which nothing is said.
        changed_since: deliveries since it was prepared that changed the same readings.
    """

    digest: str
    refused: str
    count: int
    readings: list[ChangedReadingOut]
    source: str
    profile: str | None
    dialect: dict[str, str]
    refused_rows: int
    verdicts: list[EditVerdictOut]
    closing: Magnitude | None
    opening: Magnitude | None
    serial: str | None
    approved_until_was: date | None
    approved_until: date | None
    reprices: list[RepricedOut]
    holds: str
    contracts_left_out: int
    changed_since: list[LaterBatchOut]


def edit_look_out(look: EditLook) -> EditLookOut:
    """Show what an edit would write."""
    prepared, receipt, delivery = look.prepared, look.receipt, look.prepared.delivery
    return EditLookOut(
        **edit_out(prepared.edit).model_dump(),
        digest=look.digest,
        refused=look.refused,
        count=look.readings.count,
        readings=[_changed(reading) for reading in look.readings.page],
        source=delivery.source,
        profile=delivery.profile,
        dialect={} if receipt is None else dict(receipt.dialect),
        refused_rows=0 if receipt is None else receipt.refused,
        verdicts=[EditVerdictOut(**asdict(verdict)) for verdict in ([] if receipt is None else receipt.verdicts)],
        closing=delivery.closing,
        opening=delivery.opening,
        serial=delivery.serial,
        approved_until_was=prepared.approved_until,
        approved_until=delivery.approved_until,
        reprices=[repriced_out(document) for document in look.reprices.documents],
        holds=look.reprices.fault,
        contracts_left_out=look.contracts_left_out,
        changed_since=[
            LaterBatchOut(
                batch=batch.id, recorded_by=batch.recorded_by, recorded_at=batch.recorded_at, source=batch.source
            )
            for batch in look.since
        ],
    )


def _changed(reading: ChangedReading) -> ChangedReadingOut:
    return ChangedReadingOut(
        register_key=reading.register,
        dimensions=dict(reading.dimensions),
        unit=reading.unit,
        start=reading.start,
        end=reading.end,
        was=reading.was,
        now=reading.now,
        quality_was=None if reading.quality_was is None else reading.quality_was.name.lower(),
        quality=reading.quality.name.lower(),
    )


#: A person releases it, who takes longer than a program.
_LOOK_AGAIN_S = "60"
#: What a route documents whose work may wait.
MAY_WAIT: dict[int | str, dict[str, Any]] = {
    202: {"model": EditOut, "description": "Bills rest on it: nothing is written until another person releases it."}
}


def waits(edit: Edit) -> JSONResponse:
    """Answer that nothing is written yet: 202, and the edit that another person releases."""
    return JSONResponse(edit_out(edit).model_dump(mode="json"), 202, headers={"Retry-After": _LOOK_AGAIN_S})
