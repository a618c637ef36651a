"""The evidence of a use: its readings with the deliveries that brought them, and the register's events."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import text
from sqlmodel import Session, col, select

from metering.fleet.meter import RegisterKind
from metering.log.as_of import newest, newest_events
from metering.log.reading import Quality, Reading
from metering.tables import RegisterRow, SeriesRow, within_tenant


@dataclass(frozen=True, slots=True)
class EvidenceQuery:
    """The register and the extent of time whose readings are the evidence of a use.

    Attributes:
        register: its key.
        series: its series without dimensions.
        start: start of the evidence, ISO 8601.
        end: end of the evidence, ISO 8601.
    """

    register: str
    series: int
    start: str
    end: str


@dataclass(frozen=True, slots=True)
class EvidenceReading:
    """A reading that a billed line is based on, with its delivery; ``before`` is the value before a correction."""

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
    series in (select other.id from series main
               join series other on other.tenant = main.tenant and other.register_id = main.register_id
               where main.id = :series)
    and start >= :start and start < :end
"""
# text: the as-of rule is a fragment of SQL
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
# text: the as-of rule is a fragment of SQL
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
# text: the as-of rule is a fragment of SQL
_EVENTS = text(
    f"""
    select * from ({
        newest_events(
            "at, kind, gained, serial, batch", "series = :series and at > :start and at < :end", of_one_series=True
        )
    }) e where gained is not null order by at
    """
)


# text: the as-of rule is a fragment of SQL
_COUNTED = text(
    f"""
    select * from ({
        newest(f"series, {_ROW}", "series = any(:series) and start >= :start and start < :end")
    }) newest where value is not null order by start, series
    """
)


def counted_readings(
    session: Session, series: Sequence[int], start: datetime, end: datetime, watermark: int
) -> list[Reading]:
    """Fetch the live readings of some series that start within two instants, as of a watermark; in order of time."""
    asked = {"series": list(series), "start": start, "end": end, "watermark": watermark}
    return [
        Reading(row.series, row.start, row.end, row.value, Quality(row.quality), row.batch)
        for row in session.execute(_COUNTED, asked)
    ]


def evidence_readings(
    session: Session, opening: EvidenceQuery, watermark: int, changed: Sequence[int] | None, known: int, most: int
) -> tuple[tuple[EvidenceReading, ...], tuple[dict[str, Any], ...], int]:
    """Fetch the readings and events that are the evidence of a use.

    Args:
        session: states the tenant.
        opening: the register, and the extent of time.
        watermark: the last batch that counts.
        changed: batches: only readings that came with one of them; None or empty: all live readings.
        known: ``before`` of a reading is its value as of this batch.
        most: the most readings to return.

    Returns:
        The readings in order of time (of a cumulative register only the first and the last); the register's events in
        between; and the number of all readings.
    """
    asked = {"series": opening.series, "start": opening.start, "end": opening.end, "watermark": watermark}
    kind = session.exec(
        select(RegisterRow.kind)
        .join(SeriesRow, within_tenant(SeriesRow.register_id, RegisterRow.id))
        .where(col(SeriesRow.id) == opening.series)
    ).one()
    rows = (
        session.execute(_BOUNDARIES, asked)
        if kind == RegisterKind.CUMULATIVE
        else session.execute(_INTERVALS, {**asked, "most": most, "changed": changed or None, "known": known})
    ).all()
    readings = tuple(
        EvidenceReading(
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
