"""What a counted use rests on, opened: each reading with the delivery that brought it, and the register's events."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import text
from sqlmodel import Session

from metering.fleet.meter import RegisterKind
from metering.log.as_of import newest, newest_events
from metering.log.reading import Quality


@dataclass(frozen=True, slots=True)
class Opening:
    """What of which register is opened.

    Attributes:
        register: its key.
        series: its own series, without dimensions.
        start: of the use, ISO 8601.
        end: of the use, ISO 8601.
    """

    register: str
    series: int
    start: str
    end: str


@dataclass(frozen=True, slots=True)
class OpenedReading:
    """A reading that a line rests on, with where it came from; for an adjustment, with what was billed before."""

    register: str
    start: datetime
    end: datetime
    value: Decimal | None
    quality: Quality
    batch: int
    source: str
    line: int
    recorded_by: str
    before: Decimal | None = None


_ROW = 'start, "end", trim_scale(value) as value, quality, batch, line'
_OF_REGISTER = """
    series in (select other.id from series main join series other on other.register_id = main.register_id
               where main.id = :series)
    and start >= :start and start < :end
"""
_INTERVALS = text(
    f"""
    select r.*, b.source, b.recorded_by, count(*) over () as how_many,
           (select trim_scale(known.value) from reading known
            where known.series = r.series and known.start = r.start and known.batch <= :known
            order by known.batch desc limit 1) as before
    from ({newest(f"series, {_ROW}", _OF_REGISTER)}) r
    join batch b on b.id = r.batch
    where case when cast(:changed as bigint[]) is null then r.value is not null else r.batch = any(:changed) end
    order by r.start limit :most
    """
)
_BOUNDARIES = text(
    f"""
    with live as (select * from ({
        newest(_ROW, "series = :series and start >= :start and start < :end", of_one_series=True)
    }) newest where value is not null)
    select live.*, b.source, b.recorded_by, 2 as how_many, cast(null as numeric) as before
    from live join batch b on b.id = live.batch
    where start in ((select min(start) from live), (select max(start) from live)) order by start
    """
)
_EVENTS = text(
    f"""
    select * from ({
        newest_events(
            "at, kind, gained, serial, batch", "series = :series and at > :start and at < :end", of_one_series=True
        )
    }) e where gained is not null order by at
    """
)
_KIND = text("select r.kind from series s join register r on r.id = s.register_id where s.id = :series")


def open_readings(
    session: Session, opening: Opening, watermark: int, changed: Sequence[int] | None, known: int, most: int
) -> tuple[tuple[OpenedReading, ...], tuple[dict[str, Any], ...], int]:
    """Open what one register counted.

    Args:
        session: states the tenant.
        opening: which register, from when to when.
        watermark: the last batch that counts.
        changed: only the readings that came with these batches; all that count, unless some are named.
        known: of a reading that changed, the value before is what was known up to this batch.
        most: how many readings at most.

    Returns:
        The readings in order of time, of a cumulative register the first and the last; its events between them; and
        how many readings there are in all.
    """
    asked = {"series": opening.series, "start": opening.start, "end": opening.end, "watermark": watermark}
    kind = session.execute(_KIND, {"series": opening.series}).scalar_one()
    rows = (
        session.execute(_BOUNDARIES, asked)
        if kind == RegisterKind.CUMULATIVE
        else session.execute(_INTERVALS, {**asked, "most": most, "changed": changed or None, "known": known})
    ).all()
    readings = tuple(
        OpenedReading(
            register=opening.register,
            start=row.start,
            end=row.end,
            value=row.value,
            quality=Quality(row.quality),
            batch=row.batch,
            source=row.source,
            line=row.line,
            recorded_by=row.recorded_by,
            before=row.before,
        )
        for row in rows
    )
    events = tuple(dict(row._mapping) for row in session.execute(_EVENTS, asked))  # noqa: SLF001 its public view
    return readings, events, rows[0].how_many if rows else 0
