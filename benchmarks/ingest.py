"""Bulk ingest against its limit: a bare COPY of the same rows into the same, equally filled table.

First form: the loader alone, that is ``metering.store.append`` with its change of role and the tenant's default,
against a bare COPY by the table's owner. Both take turns, so that they see the same disk and the same table; the ratio
of the medians is printed.

    python benchmarks/ingest.py [rows] [rounds]
"""

import statistics
import sys
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import numpy as np
import pgpq
import psycopg
import pyarrow as pa
from sqlalchemy import text

from api.database import Database, reach
from api.provision import administering, upgrade
from api.settings import Settings
from metering import store

SERIES, DATABASE = 1000, "usufruct_benchmark"


def readings(rows: int, batch: int) -> pa.Table:
    """Quarter-hours of a thousand series in order of arrival, each batch later than the one before."""
    per_series = rows // SERIES
    first = datetime(2026, 1, 1, tzinfo=UTC) + timedelta(minutes=15) * per_series * batch
    number = np.arange(per_series * SERIES)
    start = np.datetime64(first.replace(tzinfo=None), "us") + (number // SERIES) * np.timedelta64(15 * 60, "s")
    columns = {
        "series": pa.array(number % SERIES, pa.int32()),
        "start": pa.array(start).cast(pa.timestamp("us", tz="UTC")),
        "end": pa.array(start + np.timedelta64(15 * 60, "s")).cast(pa.timestamp("us", tz="UTC")),
        "batch": pa.array(np.full(len(number), batch), pa.int64()),
        "line": pa.array(number + 1, pa.int32()),
        "quality": pa.array(np.zeros(len(number)), pa.int16()),
        "value": pa.array(number % 100_000).cast(pa.decimal128(19, 0)).cast(pa.decimal128(38, 3)),
    }
    return pa.table(columns)


def bare_copy(connection: psycopg.Connection[tuple[object, ...]], table: pa.Table) -> None:
    """Copy what the loader copies, with the tenant as a column, as the owner of everything."""
    tenants = pa.array(np.ones(len(table)), pa.int32())
    whole = table.add_column(0, pa.field("tenant", pa.int32(), nullable=False), tenants)
    encoder = pgpq.ArrowToPostgresBinaryEncoder(whole.schema)
    columns = ", ".join(f'"{name}"' for name in whole.schema.names)
    with (
        connection.cursor() as cursor,
        cursor.copy(f"copy reading ({columns}) from stdin (format binary)".encode()) as copy,
    ):
        copy.write(encoder.write_header())
        for part in whole.to_batches():
            copy.write(encoder.write_batch(part))
        copy.write(encoder.finish())


def timed(job: Callable[[pa.Table], None], table: pa.Table) -> float:
    """Write a table and say how many seconds it took."""
    started = time.perf_counter()
    job(table)
    return time.perf_counter() - started


def main(rows: int = 1_000_000, rounds: int = 7) -> None:
    """Take turns, and print the ratio of the medians."""
    seconds: dict[str, list[float]] = {"bare": [], "loader": []}
    with reach(Settings(database=DATABASE)) as access:
        admin = access.administrator
        with administering(admin.set(database="postgres")) as connection:
            connection.execute(text(f"drop database if exists {DATABASE}"))
        upgrade(access)
        with administering(admin) as connection:
            connection.execute(text("insert into tenant (name) values ('Nordluft')"))
        database = Database(access.app)

        def by_loader(table: pa.Table) -> None:
            with database.transaction(1) as session:
                store.append(session, table)

        def by_hand(table: pa.Table) -> None:
            with psycopg.connect(
                host=str(admin.query["host"]), port=admin.port, user=admin.username, dbname=admin.database
            ) as owner:
                bare_copy(owner, table)

        for turn in range(2 * rounds):
            table = readings(rows, turn)
            way = "loader" if (turn + turn // 2) % 2 else "bare"  # bare loader loader bare …: neither is always first
            seconds[way].append(timed(by_loader if way == "loader" else by_hand, table))
        database.close()
        with administering(admin.set(database="postgres")) as connection:
            connection.execute(text(f"drop database {DATABASE} with (force)"))
    bare, loader = (rows / statistics.median(seconds[way]) for way in ("bare", "loader"))
    print(f"bare COPY {bare:,.0f} rows/s; loader {loader:,.0f} rows/s; ratio {loader / bare:.3f} (at least 0.95)")


if __name__ == "__main__":
    main(*(int(argument) for argument in sys.argv[1:]))
