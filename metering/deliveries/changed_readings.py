"""What batches changed in the log, reading by reading: the value before, and the value since."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from sqlalchemy import text
from sqlmodel import Session

from metering.deliveries.history import Batch, batches_of
from metering.log.as_of import newest
from metering.log.reading import Quality


@dataclass(frozen=True, slots=True)
class ChangedReading:
    """A reading that some batches wrote, and what counted before them.

    Attributes:
        register: the register's key.
        dimensions: of the series, as an order or a material; empty of most.
        unit: of the values.
        start: of the reading.
        end: of the reading.
        was: the value before; None: nothing counted.
        now: the value since; None: the reading is withdrawn.
        quality_was: the quality before; None where nothing was read.
        quality: the quality since.
        line: in the file; 0: it has no lines.
    """

    register: str
    dimensions: Mapping[str, str]
    unit: str
    start: datetime
    end: datetime
    was: Decimal | None
    now: Decimal | None
    quality_was: Quality | None
    quality: Quality
    line: int


@dataclass(frozen=True, slots=True)
class ChangedReadings:
    """A page of the readings that batches changed, by series and start.

    Attributes:
        count: how many there are on all pages.
        sha256: of all of them, values and qualities before and since; the same where the same would be written.
        page: those of the page.
    """

    count: int
    sha256: str
    page: Sequence[ChangedReading]


def changed_readings(session: Session, batches: Collection[int], *, after: int = 0, most: int = 100) -> ChangedReadings:
    """Find what some batches, which follow one another, changed.

    Args:
        session: states the tenant.
        batches: their numbers.
        after: how many readings the pages before have.
        most: how many the page has.
    """
    if not batches:
        return ChangedReadings(0, "", ())
    asked = {"batches": sorted(batches), "watermark": min(batches) - 1}
    count, sha256 = session.execute(_ALL, asked).one()
    rows = session.execute(_PAGE, asked | {"after": after, "most": most})
    return ChangedReadings(
        count,
        sha256,
        tuple(
            ChangedReading(
                register=row.key,
                dimensions=row.dimensions,
                unit=row.unit,
                start=row.start,
                end=row.end,
                was=row.was,
                now=row.value,
                quality_was=None if row.quality_was is None else Quality(row.quality_was),
                quality=Quality(row.quality),
                line=row.line,
            )
            for row in rows
        ),
    )


def changed_since(session: Session, batches: Collection[int], known: int) -> list[Batch]:
    """Find the deliveries after one that changed readings in the ranges that some batches change, the oldest first.

    Args:
        session: states the tenant.
        batches: the numbers of the batches.
        known: the last delivery that was known.
    """
    asked = {"batches": sorted(batches), "known": known}
    return batches_of(session, session.execute(_SINCE, asked).scalars().all()) if batches else []


# A register's range is kept under its series without dimensions. Of readings that two of the batches wrote, the later
# one counts: a file declares an exchange with its opening read, and may bring that read as well.
_OF_BATCHES = newest(
    'series, start, "end", value, quality, line',
    'series = beside.id and start >= t.start and start < t."end" and batch = any(:batches)',
    of_one_series=True,
    now=True,
)
_BEFORE = newest("value, quality", "series = written.series and start = written.start", of_one_series=True)
_CHANGED = f"""
    with written as (
        select distinct g.*, r.key, r.unit, beside.dimensions
        from batch_touch t
        join series main on main.tenant = t.tenant and main.id = t.series
        join register r on r.tenant = main.tenant and r.id = main.register_id
        join series beside on beside.tenant = main.tenant and beside.register_id = main.register_id
        cross join lateral ({_OF_BATCHES}) g
        where t.batch = any(:batches))
    , changed as (
        select written.*, trim_scale(earlier.value) as was, earlier.quality as quality_was
        from written left join lateral ({_BEFORE} limit 1) earlier on true)
"""  # noqa: S608 fragments of the one rule, and no value
_COUNTED = """
    select count(*), encode(sha256(convert_to(coalesce(string_agg(concat_ws('|', series, extract(epoch from start),
               extract(epoch from "end"), coalesce(trim_scale(value)::text, '-'), quality, coalesce(was::text, '-'),
               coalesce(quality_was::text, '-')), ' ' order by series, start), ''), 'UTF8')), 'hex')
    from changed
"""
_LISTED = """
    select key, dimensions, unit, start, "end", trim_scale(value) as value, was, quality, quality_was, line
    from changed order by key, series, start offset :after limit :most
"""
# text: the newest of rows and the one before, for which select() has no words; a hash over all rows
_ALL, _PAGE = text(_CHANGED + _COUNTED), text(_CHANGED + _LISTED)
# text: the overlap of two spans of instants
_SINCE = text(
    """
    select distinct other.batch
    from batch_touch t
    join batch_touch other on other.tenant = t.tenant and other.series = t.series and other.batch > :known
                          and other.batch <> all(:batches) and other.start < t."end" and other."end" > t.start
    where t.batch = any(:batches)
    """
)
