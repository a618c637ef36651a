"""The reading log in the database: appended in bulk, read as of a watermark.

The log can only be appended to. PostgreSQL forbids COPY, the only way that is fast enough, on tables with row-level
security. So the functions that write here switch to the role ``usufruct_load`` for the COPY: it bypasses the policies,
cannot read, and cannot name a tenant; the column's default takes the tenant that the transaction stated.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import partial
from typing import Any

import numpy as np
import pgpq
import pyarrow as pa
import pyarrow.csv as pv
from sqlalchemy import ARRAY, Integer, any_, literal, text
from sqlmodel import Session, col, func, select

from metering.log.as_of import NOW, newest
from metering.log.columns import VALUE, Ints, Readings
from metering.log.reading import Quality, Reading
from metering.log.transaction import (
    AS_BEFORE,
    AS_LOADER,
    InstantArray,
    Int2Array,
    Int4Array,
    array,
    ask,
    driver,
    is_together,
    send,
)
from metering.log.transaction import watermark as watermark  # noqa: PLC0414 it is the log's, and stands apart for a quick start
from metering.tables import SeriesRow
from quantities.errors import Invalid
from quantities.period import Period

#: The log's columns in the order of COPY, without ``tenant``. Values are scaled integers: exact, and fast to copy.
LOG = pa.schema(
    [
        pa.field("series", pa.int32(), nullable=False),
        pa.field("start", pa.timestamp("us", tz="UTC"), nullable=False),
        pa.field("end", pa.timestamp("us", tz="UTC"), nullable=False),
        pa.field("batch", pa.int64(), nullable=False),
        pa.field("line", pa.int32(), nullable=False),
        pa.field("quality", pa.int16(), nullable=False),
        pa.field("value", VALUE),
    ]
)


_COPY = """copy reading (series, start, "end", batch, line, quality, value) from stdin with (format binary)"""
# text: the as-of rule is a fragment of SQL
_AS_OF = text(
    newest(
        'series, start, "end", trim_scale(value) as value, quality, batch, line',
        "series = any(:series) and start >= :start and start < :end",
    )
)


#: So many rows are written by one INSERT: as quick as COPY, and without waiting in between.
FEW = 1000


#: So many rows are encoded while the server stores those before, which wait in the socket's buffer meanwhile.
_ENCODED_ROWS = 1 << 11


class NotALogTable(Invalid):
    """The table does not have the columns of the log."""


def open_batch(session: Session) -> int:
    """Draw the number of a new batch, and mark it as unfinished until the transaction ends.

    Call it before anything of the delivery is written: because of the mark, a watermark need not wait for the delivery.
    """
    return int(session.exec(select(func.open_batch())).one())


def lock_series(session: Session, series: Iterable[int]) -> None:
    """Lock series, so that one delivery at a time is compared with their stored readings.

    Series are locked in order of their numbers, so that two deliveries cannot deadlock.
    """
    # an array, because a statement has at most 65,535 parameters
    numbers = any_(literal(sorted(set(series)), ARRAY(Integer)))
    rows = select(SeriesRow.id).where(col(SeriesRow.id) == numbers).order_by(col(SeriesRow.id))
    session.exec(rows.with_for_update(key_share=True)).all()  # for no key update


def log_table(readings: Readings, batch: int) -> pa.Table:
    """Readings of one batch as a table in the log's columns."""
    instants = pa.timestamp("us", tz="UTC")
    return pa.Table.from_arrays(
        [
            pa.array(readings.series, pa.int32()),
            pa.array(readings.start, pa.int64()).cast(instants),
            pa.array(readings.end, pa.int64()).cast(instants),
            pa.array(np.full(len(readings), batch), pa.int64()),
            pa.array(readings.line, pa.int32()),
            pa.array(readings.quality, pa.int16()),
            readings.value,
        ],
        schema=LOG,
    )


def table_of_readings(readings: Iterable[Reading]) -> pa.Table:
    """Readings as a table in the log's columns, for ``append``."""
    rows = [
        (reading.series, reading.start, reading.end, reading.batch, reading.line, int(reading.quality), reading.value)
        for reading in readings
    ]
    columns = zip(*rows, strict=True) if rows else [[] for _ in LOG]
    return pa.Table.from_arrays(
        [pa.array(column, field.type) for column, field in zip(columns, LOG, strict=True)], schema=LOG
    )


def append(session: Session, readings: pa.Table) -> None:
    """Append readings to the log, in the session's transaction and for the tenant that it states.

    Args:
        session: states the tenant.
        readings: columns as in ``LOG``; ``value`` may have a smaller scale.

    Raises:
        NotALogTable: the columns are not those of ``LOG``.
        psycopg.IntegrityError: the session states no tenant, or the log already has a row with the same key.
    """
    if readings.schema.names != LOG.names:
        raise NotALogTable(found=readings.schema.names, expected=LOG.names)
    with driver(session).cursor() as cursor:
        cursor.execute(AS_LOADER)
        encoder = pgpq.ArrowToPostgresBinaryEncoder(readings.schema)
        with cursor.copy(_COPY) as copy:
            copy.write(encoder.write_header())
            for part in readings.to_batches(_ENCODED_ROWS):
                copy.write(encoder.write_batch(part))
            copy.write(encoder.finish())
        cursor.execute(AS_BEFORE)


def append_readings(session: Session, readings: Readings, batch: int) -> None:
    """Append readings of one batch; few by one statement, which inside ``together`` nobody waits for.

    Raises:
        psycopg.IntegrityError: as of ``append``; inside ``together``, from where somebody waits next.
    """
    if len(readings) > FEW and not is_together(session):
        append(session, log_table(readings, batch))
        return
    values = readings.value.cast(pa.string()).to_pylist()
    columns = {
        "series": int_array(readings.series),
        "start": instant_array(readings.start),
        "end": instant_array(readings.end),
        "line": int_array(readings.line),
        "quality": Int2Array(_elements(readings.quality, _INT2)),
        "value": array("null" if value is None else value for value in values),
    }
    send(session, AS_LOADER, {})
    send(session, _INSERT, {**columns, "batch": batch})
    send(session, AS_BEFORE, {})


_INT2, _INT4, _INT8 = (np.dtype([("size", ">i4"), ("value", of)]) for of in (">i2", ">i4", ">i8"))
_2000_US = 946_684_800_000_000


def int_array(numbers: Ints) -> Int4Array:
    """Numbers as a parameter of type ``int[]``."""
    return Int4Array(_elements(numbers, _INT4))


def instant_array(instants: Ints) -> InstantArray:
    """Microseconds since 1970 as a parameter of type ``timestamptz[]``."""
    return InstantArray(_elements(instants - _2000_US, _INT8))


def _elements(numbers: Ints, of: "np.dtype[np.void]") -> bytes:
    elements = np.empty(len(numbers), of)
    elements["size"], elements["value"] = of["value"].itemsize, numbers
    return elements.tobytes()


_INSERT = """
    insert into reading (series, start, "end", batch, line, quality, value)
    select series, start, "end", %(batch)s, line, quality, value
    from unnest(%(series)s::int[], %(start)s::timestamptz[], %(end)s::timestamptz[], %(line)s::int[],
                %(quality)s::smallint[], %(value)s::numeric[]) as delivered (series, start, "end", line, quality, value)
"""


def fetch_readings(session: Session, source: str, asked: Mapping[str, object]) -> Readings:
    """Read rows of the log as columns: by COPY in CSV, which is several times as fast as fetching rows.

    Inside ``together``, where few are read, it fetches.

    Args:
        session: states the tenant.
        source: a query that selects series, start, end, value, quality and line.
        asked: its parameters.
    """
    return ask_readings(session, source, asked)()


def ask_readings(session: Session, source: str, asked: Mapping[str, object]) -> Callable[[], Readings]:
    """As ``fetch_readings``, but the rows are read when called for: inside ``together`` they come meanwhile."""
    if not is_together(session):
        return partial(_copied, session, source, asked)
    answer = ask(session, _ROWS.format(source), asked)
    return lambda: _columns(answer.rows())


def _copied(session: Session, source: str, asked: Mapping[str, object]) -> Readings:
    with driver(session).cursor() as cursor, cursor.copy(_CSV.format(source), asked) as copy:
        raw = b"".join(bytes(part) for part in copy)
    if not raw:
        return Readings.of()
    types = {"series": pa.int64(), "start": pa.timestamp("us"), "end": pa.timestamp("us")}
    types |= {"value": VALUE, "quality": pa.int64(), "line": pa.int64()}
    read = pv.read_csv(
        pa.BufferReader(raw),
        read_options=pv.ReadOptions(column_names=list(types)),
        convert_options=pv.ConvertOptions(column_types=types),
    )
    ints = {
        name: read.column(name).cast(pa.int64()).to_numpy() for name in ("series", "start", "end", "quality", "line")
    }
    value = read.column("value").combine_chunks()
    return Readings(value=value.chunk(0) if isinstance(value, pa.ChunkedArray) else value, **ints)


# Instants in UTC, so that they do not depend on the session's zone, or in microseconds; an epoch is an exact numeric.
_CSV = """copy (select series, start at time zone 'UTC', "end" at time zone 'UTC', value, quality, line
    from ({}) as rows) to stdout with (format csv)"""
_ROWS = """select series, (extract(epoch from start) * 1000000)::bigint, (extract(epoch from "end") * 1000000)::bigint,
    value, quality, line from ({}) as rows"""


def _columns(rows: Sequence[tuple[Any, ...]]) -> Readings:
    if not rows:
        return Readings.of()
    series, start, end, value, quality, line = zip(*rows, strict=True)
    series_, starts, ends, qualities, lines = (
        np.array(column, np.int64) for column in (series, start, end, quality, line)
    )
    return Readings(series_, starts, ends, pa.array(value, VALUE), qualities, lines)


def readings_as_of(
    session: Session, series: Sequence[int], period: Period, watermark_: int = NOW
) -> tuple[Reading, ...]:
    """The readings of series as of a watermark.

    Args:
        session: states the tenant.
        series: numbers of series.
        period: the readings that start in it are read.
        watermark_: the last batch that counts.

    Returns:
        The newest row of every ``(series, start)``, in that order; a withdrawn reading has value ``None``.
    """
    asked = {"series": list(series), "start": period.start, "end": period.end, "watermark": watermark_}
    return tuple(
        Reading(
            series=row.series,
            start=row.start,
            end=row.end,
            value=row.value,
            quality=Quality(row.quality),
            batch=row.batch,
            line=row.line,
        )
        for row in session.execute(_AS_OF, asked)
    )
