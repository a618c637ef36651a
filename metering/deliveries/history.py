"""What was delivered: batches with their verdicts, and what each said of a register's readings over time."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import text
from sqlmodel import Session

from metering.fleet.store import StoredRegister
from metering.log.reading import Quality, Verdict
from metering.log.store import NOW
from quantities.errors import NotFound
from quantities.period import Period

_BATCH = "id, kind, source, reason, recorded_by, recorded_at, stored, corrected, unchanged, refused"


class UnknownBatch(NotFound):
    """There is no batch of that number here."""


@dataclass(frozen=True, slots=True)
class Batch:
    """One delivery, as it was recorded."""

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


@dataclass(frozen=True, slots=True)
class ReadingVersion:
    """What one batch said of one reading; ``current`` is what the log says now."""

    start: datetime
    end: datetime
    value: Decimal | None
    quality: Quality
    batch: int
    line: int
    source: str
    recorded_by: str
    reason: str | None
    current: bool


def batches(session: Session, most: int = 100, before: int | None = None) -> list[Batch]:
    """List batches, the newest first; ``before`` goes on from the last one seen."""
    asked = {"before": NOW if before is None else before, "most": most}
    query = text(f"select {_BATCH} from batch where id < :before order by id desc limit :most")  # noqa: S608 our columns
    return [Batch(*row) for row in session.execute(query, asked)]


def batch(session: Session, number: int) -> Batch:
    """Find one batch.

    Raises:
        UnknownBatch: there is none of that number.
    """
    row = session.execute(text(f"select {_BATCH} from batch where id = :id"), {"id": number}).one_or_none()  # noqa: S608
    if row is None:
        raise UnknownBatch(f"there is no batch {number}", found=number)
    return Batch(*row)


def verdicts(session: Session, number: int) -> list[Verdict]:
    """List why rows of a batch are not stored, the first thousand of them, by line."""
    rows = session.execute(
        text("select line, code, found, expected from verdict where batch = :batch order by line"), {"batch": number}
    )
    return [Verdict(row.line, row.code, row.found, row.expected) for row in rows]


def history(
    session: Session, register: StoredRegister, period: Period, watermark: int = NOW, most: int = 10_000
) -> list[ReadingVersion]:
    """List everything that was ever said of a register's readings that start in a period, by start and batch."""
    return [
        ReadingVersion(**{**row._mapping, "quality": Quality(row.quality)})  # noqa: SLF001 its public view
        for row in session.execute(_HISTORY, _asked(register.all_series, period, watermark, most))
    ]


def _asked(series: Sequence[int], period: Period, watermark: int, most: int) -> dict[str, object]:
    return {
        "series": list(series), "start": period.start, "end": period.end, "watermark": watermark, "most": most,
    }  # fmt: skip


_HISTORY = text(
    """
    select g.start, g."end", trim_scale(g.value) as value, g.quality, g.batch, g.line,
           coalesce(b.source, '') as source, coalesce(b.recorded_by, '') as recorded_by, b.reason,
           g.batch = max(g.batch) over (partition by g.series, g.start) as current
    from reading g left join batch b on b.id = g.batch
    where g.series = any(:series) and g.start >= :start and g.start < :end and g.batch <= :watermark
    order by g.start, g.series, g.batch limit :most
    """
)


def described(session: Session, numbers: Iterable[int]) -> list[dict[str, Any]]:
    """Describe batches for a reason: who brought what, whence, when and why."""
    rows = session.execute(
        text(
            """select id, kind, source, reason, recorded_by, recorded_at from batch where id = any(:ids) order by id"""
        ),
        {"ids": sorted(set(numbers))},
    )
    return [
        {
            "batch": row.id,
            "kind": row.kind,
            "source": row.source,
            "recorded_by": row.recorded_by,
            "recorded_at": row.recorded_at.isoformat(),
            **({"reason": row.reason} if row.reason else {}),
        }
        for row in rows
    ]


@dataclass(frozen=True, slots=True)
class ReadRegister:
    """A register that has readings."""

    register: str
    asset: str
    readings: int
    first: datetime
    last: datetime


_READ_REGISTERS = text(
    """
    select r.key, a.name as asset, count(*) as readings, min(g.start) as first, max(g.start) as last
    from register r join series s on s.register_id = r.id join reading g on g.series = s.id
    join meter m on m.id = r.meter_id join asset a on a.id = m.asset_id
    where not r.key = any(:besides)
    group by r.key, a.name order by r.key
    """
)


def read_registers(session: Session, *, besides: Collection[str] = ()) -> tuple[ReadRegister, ...]:
    """List the registers that have readings, by key, besides some; each row of the log counts as a reading."""
    rows = session.execute(_READ_REGISTERS, {"besides": sorted(besides)})
    return tuple(ReadRegister(row.key, row.asset, row.readings, row.first, row.last) for row in rows)
