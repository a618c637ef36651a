"""Rows ⇄ values: the fleet, and the reading log, appended in bulk and read as of a watermark.

The log refuses everything but appending. The application may not insert into it either: COPY, the only way fast enough,
is forbidden under policies, so one function here becomes ``usufruct_load`` around it, a role that bypasses policies,
cannot read, and cannot name a tenant: the column's default fills it from what the transaction stated.
"""

from collections.abc import Iterable, Mapping, Sequence

import numpy as np
import pgpq
import psycopg
import pyarrow as pa
import pyarrow.csv as pv
from psycopg import sql
from psycopg.types.json import Jsonb
from sqlalchemy import text
from sqlmodel import Session

from metering.log.as_of import newest
from metering.log.columns import VALUE, Readings
from metering.log.reading import Quality, Reading
from quantities.errors import Invalid
from quantities.period import Period

#: The log's columns in the order they travel, without ``tenant``. Values are scaled integers: exact, and quick to copy.
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

#: "Usage now" needs no watermark: it reads whatever is committed.
NOW = 2**63 - 1

_COPY = """copy reading (series, start, "end", batch, line, quality, value) from stdin with (format binary)"""
_AS_OF = text(
    newest(
        'series, start, "end", trim_scale(value) as value, quality, batch, line',
        "series = any(:series) and start >= :start and start < :end",
    )
)


class NotALogTable(Invalid):
    """A table for the log has the log's columns, in their order and types."""


def open_batch(session: Session) -> int:
    """Draw the number of a delivery, and mark it as in flight until the transaction ends.

    Call it before anything of the delivery is written: the mark is what lets a watermark pass by without waiting.
    """
    return int(session.execute(text("select open_batch()")).scalar_one())


def watermark(session: Session) -> int:
    """Tell up to which batch number the log of this tenant is complete, for good.

    Everything at or below it is committed or never will be; nobody waits for anybody. It lags behind the longest
    delivery in flight.
    """
    return int(session.execute(text("select watermark()")).scalar_one())


def lock_series(session: Session, series: Iterable[int]) -> None:
    """Let one delivery at a time compare itself with what is stored of these series.

    Locked in one order, so that two deliveries never wait for each other in a circle.
    """
    session.execute(
        text("select 1 from series where id = any(:ids) order by id for no key update"), {"ids": sorted(set(series))}
    )


def numbered(readings: Readings, batch: int) -> pa.Table:
    """Lay columns of readings out as those of the log, as of one batch."""
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


def table(readings: Iterable[Reading]) -> pa.Table:
    """Lay readings out as columns for ``append``."""
    rows = [
        (each.series, each.start, each.end, each.batch, each.line, int(each.quality), each.value) for each in readings
    ]
    columns = zip(*rows, strict=True) if rows else [[] for _ in LOG]
    return pa.Table.from_arrays(
        [pa.array(column, field.type) for column, field in zip(columns, LOG, strict=True)], schema=LOG
    )


def append(session: Session, readings: pa.Table) -> None:
    """Write readings to the log, in the transaction of the session and in the tenant that it stated.

    Args:
        session: its tenant is the readings' tenant.
        readings: columns as in ``LOG``; ``value`` may have a smaller scale.

    Raises:
        NotALogTable: the columns are others.
        psycopg.IntegrityError: no tenant is stated, or a key stands in the log already.
    """
    if readings.schema.names != LOG.names:
        raise NotALogTable(found=readings.schema.names, expected=LOG.names)
    with _driver(session).cursor() as cursor:
        cursor.execute("set local role usufruct_load")
        encoder = pgpq.ArrowToPostgresBinaryEncoder(readings.schema)
        with cursor.copy(_COPY) as copy:
            copy.write(encoder.write_header())
            for part in readings.to_batches():
                copy.write(encoder.write_batch(part))
            copy.write(encoder.finish())
        cursor.execute("set local role none")


def copy_rows(session: Session, table_: str, columns: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
    """Write rows of another table in bulk, as the loader, in the tenant that the transaction stated.

    Args:
        session: states the tenant.
        table_: one that the loader may insert into.
        columns: all it has, without ``tenant``.
        rows: in the order of the columns; a mapping is written as JSON.
    """
    statement = sql.SQL("copy {} ({}) from stdin").format(
        sql.Identifier(table_), sql.SQL(", ").join(map(sql.Identifier, columns))
    )
    with _driver(session).cursor() as cursor:
        cursor.execute("set local role usufruct_load")
        with cursor.copy(statement) as copy:
            for row in rows:
                copy.write_row([Jsonb(value) if isinstance(value, Mapping) else value for value in row])
        cursor.execute("set local role none")


def fetch(session: Session, query: str, asked: Mapping[str, object]) -> Readings:
    """Read rows of the log as columns, by a query for series, start, end, value, quality, line.

    By COPY in CSV: several times as fast as rows. Instants are asked for at UTC, so that no session's zone is in them.
    """
    text_ = f"copy ({query}) to stdout with (format csv)"
    with _driver(session).cursor() as cursor, cursor.copy(text_, asked) as copy:
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


def readings_as_of(
    session: Session, series: Sequence[int], period: Period, watermark_: int = NOW
) -> tuple[Reading, ...]:
    """Read what the log said when ``watermark_`` was its last batch.

    Args:
        session: states the tenant.
        series: numbers of series.
        period: readings that start in it.
        watermark_: the last batch that counts.

    Returns:
        The newest row of each ``(series, start)``, in that order; withdrawn ones stand there with value ``None``.
    """
    asked = {"series": list(series), "start": period.start, "end": period.end, "watermark": watermark_}
    return tuple(
        Reading(row.series, row.start, row.end, row.value, Quality(row.quality), row.batch, row.line)
        for row in session.execute(_AS_OF, asked)
    )


def _driver(session: Session) -> "psycopg.Connection[tuple[object, ...]]":
    """Reach below SQLAlchemy, which has no COPY, for the connection that its transaction is on."""
    connection = session.connection().connection.driver_connection
    if not isinstance(connection, psycopg.Connection):
        raise TypeError(f"COPY is psycopg's, the session is on {type(connection).__name__}")
    return connection
