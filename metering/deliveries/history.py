"""The history of deliveries: batches, their verdicts, and every version of a register's readings."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass, fields
from datetime import datetime
from decimal import Decimal
from typing import Annotated, Any

from pydantic import AwareDatetime, Field, TypeAdapter, ValidationError
from sqlalchemy import Row, func, text
from sqlalchemy import select as columns
from sqlmodel import Session, col, select

from metering.deliveries.batch_query import BatchQuery
from metering.deliveries.counters_set_right import recorded_resets, withdrawn_reads
from metering.deliveries.reading_query import ReadingQuery
from metering.deliveries.receipt import RecordedReset, WithdrawnRead
from metering.fleet.store import StoredRegister
from metering.log.as_of import NOW
from metering.log.list_page import Listing
from metering.log.reading import Quality, Verdict
from metering.records.file_reading import FileReading
from metering.tables import (
    AssetRow,
    BatchRow,
    MeterRow,
    ReadingRow,
    RegisterRow,
    SeriesRow,
    VerdictRow,
    within_tenant,
)
from quantities.errors import NotFound
from quantities.listing import ListPage, place_read, place_written, unknown_page
from quantities.period import MICROSECOND, Period


class UnknownBatch(NotFound):
    """There is no batch of that number here."""


@dataclass(frozen=True, slots=True)
class Batch:
    """A delivery as it was recorded."""

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
    """A reading as one batch delivered it; ``current`` if no later batch has another version."""

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


_LISTING = Listing(
    statement=columns(BatchRow),
    key=col(BatchRow.id),
    sorts={"batch": col(BatchRow.id), "recorded_at": col(BatchRow.recorded_at)},
    filters={
        "source": lambda source: col(BatchRow.source) == source,
        "kind": lambda kind: col(BatchRow.kind) == kind,
        "recorded_from": lambda instant: col(BatchRow.recorded_at) >= instant,
        "recorded_to": lambda instant: col(BatchRow.recorded_at) < instant,
        "refused": lambda _: col(BatchRow.refused) > 0,
    },
    named="batch",
)


def batches(session: Session, query: BatchQuery) -> ListPage[Batch]:
    """List batches in pages, the newest first.

    Raises:
        UnknownSort, UnknownPage: there is no such order, or place in it.
    """
    page = _LISTING.page(session, query)
    return page.of(tuple(_batch(row[0]) for row in page.rows))


def batch(session: Session, number: int) -> Batch:
    """One batch.

    Raises:
        UnknownBatch: no batch has that number.
    """
    return _batch(_row(session, number))


def batches_of(session: Session, numbers: Collection[int]) -> list[Batch]:
    """Batches by their numbers, the oldest first."""
    rows = session.exec(select(BatchRow).where(col(BatchRow.id).in_(numbers)).order_by(col(BatchRow.id)))
    return [_batch(row) for row in rows]


@dataclass(frozen=True, slots=True)
class BatchDetails:
    """A delivery with all that is known of it.

    Attributes:
        batch: who delivered, from where, when and why, and how many rows came to what.
        verdicts: the first thousand reasons why rows of it are not stored, by line.
        resets: those that it records, in order of time.
        withdrawn: impossible reads of counters that it withdraws, in order of time.
        file: how its file was read; of deliveries by other means, and of early releases, nothing is said.
    """

    batch: Batch
    verdicts: tuple[Verdict, ...]
    resets: tuple[RecordedReset, ...]
    withdrawn: tuple[WithdrawnRead, ...]
    file: FileReading


def batch_details(session: Session, number: int) -> BatchDetails:
    """One batch with its verdicts, its resets, and how its file was read.

    Raises:
        UnknownBatch: no batch has that number.
    """
    row = _row(session, number)
    return BatchDetails(
        _batch(row),
        tuple(verdicts(session, number)),
        recorded_resets(session, number),
        withdrawn_reads(session, number),
        row.how_read or FileReading(),
    )


def _row(session: Session, number: int) -> BatchRow:
    row = session.exec(select(BatchRow).where(col(BatchRow.id) == number)).one_or_none()
    if row is None:
        raise UnknownBatch(f"there is no batch {number}", found=number)
    return row


def _batch(row: BatchRow) -> Batch:
    return Batch(**{field.name: getattr(row, field.name) for field in fields(Batch)})


def verdicts(session: Session, number: int) -> list[Verdict]:
    """The verdicts of a batch that are kept (the first thousand), by line."""
    rows = session.exec(select(VerdictRow).where(col(VerdictRow.batch) == number).order_by(col(VerdictRow.line)))
    return [Verdict(row.line, row.code, row.found, row.expected) for row in rows]


def readings_listed(
    session: Session, register: StoredRegister, period: Period, query: ReadingQuery
) -> ListPage[ReadingVersion]:
    """List the readings of a register that start in a period, by start and batch, in pages.

    Args:
        session: states the tenant.
        register: whose.
        period: the time that is asked for, as the register's site has it.
        query: as of which batch, whether with the versions that do not count any more, and which page.

    Raises:
        UnknownSort, UnknownPage: there is no such order, or place in it.
    """
    _, is_descending = query.order
    order = query.sort or query.SORTS[0]
    chosen = {
        "series": list(register.all_series), "start": period.start, "end": period.end, "history": query.history,
        "watermark": NOW if query.as_of is None else query.as_of,
    }  # fmt: skip
    count = None
    if query.total:
        # text: the same as below
        count = int(session.execute(text(f"select count(*) from ({_VERSIONS}) v"), chosen).scalar_one())  # noqa: S608 ours
    place = _reading_place(order, query.after) if query.after else None
    if place is not None and is_descending:
        chosen["end"] = min(period.end, place[0] + MICROSECOND)
    elif place is not None:
        chosen["start"] = max(period.start, place[0])
    after = "" if place is None else f"where (start, series, batch) {'<' if is_descending else '>'} (:at, :of, :by)"
    asked = chosen | ({} if place is None else dict(zip(("at", "of", "by"), place, strict=True)))
    ends = ", ".join(f"{name}{' desc' if is_descending else ''}" for name in ("start", "series", "batch"))
    # text: the window function of ``_VERSIONS``
    statement = text(_DESCRIBED.format(versions=_VERSIONS, after=after, ends=ends))
    rows = session.execute(statement, asked | {"most": query.limit + 1}).all()
    shown = [_reading_version(row) for row in rows[: query.limit]]
    last = rows[query.limit - 1] if len(rows) > query.limit else None
    behind = "" if last is None else place_written(order, (last.start.isoformat(), last.series, last.batch))
    return ListPage(tuple(shown), behind, count)


def _reading_place(order: str, after: str) -> tuple[datetime, int, int]:
    """Read the place behind a reading: its start, series and batch."""
    try:
        return _PLACE.validate_python(place_read(order, after, 3))
    except ValidationError as error:
        raise unknown_page(after) from error


_Number = Annotated[int, Field(ge=0, lt=2**63)]
_PLACE = TypeAdapter(tuple[AwareDatetime, Annotated[int, Field(ge=0, lt=2**31)], _Number])
_VERSION_FIELDS = tuple(field.name for field in fields(ReadingVersion))


def _reading_version(row: Row[Any]) -> ReadingVersion:
    facts = {name: getattr(row, name) for name in _VERSION_FIELDS}
    return ReadingVersion(**facts | {"quality": Quality(row.quality)})


# text: a window function over the log, which select() says in twice as many lines
_VERSIONS = """
    select * from (
        select g.tenant, g.series, g.start, g."end", g.value, g.quality, g.batch, g.line,
               g.batch = max(g.batch) over (partition by g.series, g.start) as current
        from reading g
        where g.series = any(:series) and g.start >= :start and g.start < :end and g.batch <= :watermark
    ) version where :history or (current and value is not null)
"""
_DESCRIBED = """
    select v.series, v.start, v."end", trim_scale(v.value) as value, v.quality, v.batch, v.line,
           coalesce(b.source, '') as source, coalesce(b.recorded_by, '') as recorded_by, b.reason, v.current
    from (select * from ({versions}) numbered {after} order by {ends} limit :most) v
    left join batch b on b.tenant = v.tenant and b.id = v.batch
    order by {ends}
"""


def describe_batches(session: Session, numbers: Iterable[int]) -> list[dict[str, Any]]:
    """Describe batches for the reasons of a correction: who delivered, from where, when and why."""
    rows = session.exec(select(BatchRow).where(col(BatchRow.id).in_(sorted(set(numbers)))).order_by(col(BatchRow.id)))
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
class RegisterWithReadings:
    """A register that has readings."""

    register: str
    asset: str
    readings: int
    first: datetime
    last: datetime


# text: one probe of the log a register, which stops at the first row
_WITH_READINGS = text(
    """
    select key from register where exists (
        select from series cross join lateral (
            select from reading where reading.tenant = series.tenant and reading.series = series.id limit 1) first
        where series.tenant = register.tenant and series.register_id = register.id)
    """
)


def keys_with_readings(session: Session) -> set[str]:
    """The keys of the registers that have readings; how many each has is not looked at."""
    return set(session.execute(_WITH_READINGS).scalars())


def registers_with_readings(session: Session, *, besides: Collection[str] = ()) -> tuple[RegisterWithReadings, ...]:
    """The registers that have readings, by key, without those of ``besides``; every row of the log counts."""
    key, start = col(RegisterRow.key), col(ReadingRow.start)
    rows = session.execute(
        columns(key, col(AssetRow.name), func.count(), func.min(start), func.max(start))
        .join(SeriesRow, within_tenant(SeriesRow.register_id, RegisterRow.id))
        .join(ReadingRow, within_tenant(ReadingRow.series, SeriesRow.id))
        .join(MeterRow, within_tenant(MeterRow.id, RegisterRow.meter_id))
        .join(AssetRow, within_tenant(AssetRow.id, MeterRow.asset_id))
        .where(key.not_in(sorted(besides)))
        .group_by(key, col(AssetRow.name))
        .order_by(key)
    )
    return tuple(RegisterWithReadings(*row) for row in rows)
