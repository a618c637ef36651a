"""Bulk ingest against its limit: files through every check to durable rows, against a bare COPY of the same rows.

The copy is made in the order of arrival, as a file has its rows, and in the order of the key, as ingest writes them.

Both into copies of one database, whose log is empty or holds 14.4 M readings in order of arrival: 60 daily files of
2,500 series. Each file is delivered fresh, sent again, and sent again with one row of a thousand changed. Every
delivery runs in a process of its own, whose peak memory is printed.

    python benchmarks/ingest.py [rows] [rounds]
"""

import io
import json
import statistics
import subprocess
import sys
import tempfile
import time
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import pgpq
import psycopg
import pyarrow as pa
import pyarrow.csv as pv
import pyarrow.parquet as pq
from sqlalchemy import text

from api.operations.readings import ingest
from api.server.database import Access, Database, reach
from api.server.provision import administering, upgrade
from api.server.settings import Settings
from metering.deliveries.receipt import Sender
from metering.fleet.meter import Fleet
from metering.fleet.store import declare
from metering.ingest import IngestOptions
from metering.log import store
from quantities.document import parse, read

SERIES, FILL_SERIES, FILL_ROWS = 1000, 2500, 14_400_000
DATABASE = "usufruct_benchmark"
FIRST = datetime(2026, 1, 1, tzinfo=UTC)
QUARTER = np.timedelta64(15 * 60, "s")
LEAST = {"parquet": 0.6, "csv": 0.4}


def rows(count: int, series: int, first: datetime, batch: int, lowest: int = 1) -> pa.Table:
    """Quarter-hours of many series in order of arrival."""
    number = np.arange(count)
    start = np.datetime64(first.replace(tzinfo=None), "us") + (number // series) * QUARTER
    columns = {
        "series": pa.array(number % series + lowest, pa.int32()),
        "start": pa.array(start).cast(pa.timestamp("us", tz="UTC")),
        "end": pa.array(start + QUARTER).cast(pa.timestamp("us", tz="UTC")),
        "batch": pa.array(np.full(count, batch), pa.int64()),
        "line": pa.array(number + 1, pa.int32()),
        "quality": pa.array(np.zeros(count), pa.int16()),
        "value": pa.array(number * 7919 % 100_000).cast(pa.decimal128(19, 0)).cast(pa.decimal128(38, 3)),
    }
    return pa.table(columns)


def bare_copy(connection: psycopg.Connection[tuple[object, ...]], table: pa.Table) -> None:
    """Copy rows of the log, with the tenant as a column, as the owner of everything."""
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


def file_of(count: int, format_: str, *, changed: bool) -> bytes:
    """The same rows as a file: register, time, value; one of a thousand with another value."""
    number = np.arange(count)
    value = number * 7919 % 100_000 + (changed & (number % 1000 == 0))
    start = np.datetime64(FIRST.replace(tzinfo=None), "us") + (number // SERIES) * QUARTER
    register = pa.array([f"meter-{at:04}.kwh" for at in range(SERIES)]).take(pa.array(number % SERIES))
    time_ = pa.array(start).cast(pa.timestamp("us", tz="UTC"))
    exact = pa.array(value).cast(pa.decimal128(19, 0)).cast(pa.decimal128(22, 3))
    table = pa.table({"register": register, "time": time_, "value": exact})
    out = io.BytesIO()
    if format_ == "parquet":
        pq.write_table(table, out)
    else:
        whole_seconds = time_.cast(pa.timestamp("s", tz="UTC")).cast(pa.string())
        pv.write_csv(table.set_column(1, "time", whole_seconds), out, pv.WriteOptions(quoting_style="none"))
    return out.getvalue()


def prepare(access: Access, filled: int) -> None:
    """A database with the fleet declared and a log that holds so many readings."""
    upgrade(access)
    with administering(access.administrator) as connection:
        connection.execute(text("insert into tenant (name) values ('Nordluft')"))
    registers = "".join(
        f'{{key: meter-{at:04}.kwh, kind: interval, unit: kWh, resolution: "0.001", interval_minutes: "15"}}, '
        for at in range(SERIES)
    )
    meters = f"[{{name: M, registers: [{registers}]}}]"
    document = f"sites: [{{name: S, zone: Europe/Berlin, assets: [{{name: A, meters: {meters}}}]}}]"
    with closing(Database(access.app)) as database, database.transaction(1) as session:
        declare(session, parse(Fleet, read(document)))
        store.open_batch(session)
    day = 96 * FILL_SERIES
    with owner(access) as connection:
        for at in range(filled // day):
            # other series than the fleet's, over the same days: the key's leaves are as many and as far apart
            bare_copy(connection, rows(day, FILL_SERIES, FIRST - timedelta(days=60 - at), 1, lowest=SERIES + 1))
        connection.commit()
    with administering(access.administrator) as connection:
        connection.execute(text("analyze"))


def owner(access: Access) -> psycopg.Connection[tuple[object, ...]]:
    """Connect as who owns everything."""
    url = access.administrator
    return psycopg.connect(host=str(url.query["host"]), port=url.port, user=url.username, dbname=url.database)


def deliver(database: str, path: str) -> None:
    """Deliver a file, as a process of its own; say how long it took, how much was stored and the peak memory."""
    raw = Path(path).read_bytes()
    with reach(Settings(database=database)) as access, closing(Database(access.app)) as pool:
        with pool.transaction(1) as session:
            session.execute(text("select 1"))
        started = time.perf_counter()
        with pool.transaction(1) as session:
            sender = Sender(Path(path).name, "benchmark", datetime.now(UTC))
            receipt = ingest(session, sender, raw, IngestOptions())
        seconds = time.perf_counter() - started
    # the kernel's own mark: what getrusage says would be the parent's, from before this program was loaded
    peak = next(line for line in Path("/proc/self/status").read_text().splitlines() if line.startswith("VmHWM"))
    said = {"seconds": seconds, "stored": receipt.stored, "refused": receipt.refused}
    print(json.dumps(said | {"peak_mb": int(peak.split()[1]) // 1024}))


def copied(access: Access, name: str) -> Access:
    """A copy of the prepared database."""
    with administering(access.administrator.set(database="postgres")) as connection:
        connection.execute(text(f"drop database if exists {name} with (force)"))
        connection.execute(text(f"create database {name} template {DATABASE} strategy file_copy"))
        connection.execute(text("checkpoint"))
    return Access(access.app.set(database=name), access.admin)


def measure(access: Access, folder: Path, count: int, rounds: int, filled: int) -> None:
    """Take turns, and print the medians as ratios to the bare COPY's."""
    seconds: dict[str, list[float]] = {}
    peaks: dict[str, int] = {}
    for _ in range(rounds):
        arriving = rows(count, SERIES, FIRST, 2)
        for way, table in {"in order of arrival": arriving, "in order of the key": arriving.sort_by("series")}.items():
            copy = copied(access, f"{DATABASE}_bare")
            with owner(copy) as connection:
                started = time.perf_counter()
                bare_copy(connection, table)
                connection.commit()
                seconds.setdefault(way, []).append(time.perf_counter() - started)
        del arriving, table
        for format_ in LEAST:
            copied(access, f"{DATABASE}_file")
            for way, name in (("fresh", "first"), ("re-sent", "first"), ("0.1 % changed", "second")):
                command = [sys.executable, __file__, "--deliver", f"{DATABASE}_file", str(folder / f"{name}.{format_}")]
                done = subprocess.run(command, capture_output=True, text=True, check=False)
                if done.returncode:
                    raise SystemExit(f"{format_}, {way}: {done.stderr[-2000:]}")
                said = json.loads(done.stdout)
                stored = {"fresh": count, "re-sent": 0, "0.1 % changed": count // 1000}[way]
                if (said["stored"], said["refused"]) != (stored, 0):
                    raise SystemExit(f"{format_}, {way}: {said}, and {stored} were to be stored")
                seconds.setdefault(f"{format_}, {way}", []).append(said["seconds"])
                peaks[f"{format_}, {way}"] = max(peaks.get(f"{format_}, {way}", 0), said["peak_mb"])
    arrival, sorted_ = (statistics.median(seconds[way]) for way in ("in order of arrival", "in order of the key"))
    print(
        f"{count:,} readings into a log of {filled:,}: bare COPY {count / arrival:,.0f} rows/s in order of arrival, "
        f"{count / sorted_:,.0f} in order of the key"
    )
    for way, peak in peaks.items():
        taken, least = statistics.median(seconds[way]), LEAST[way.split(",")[0]]
        print(
            f"  {way:24} {count / taken:>11,.0f} rows/s  ratio {arrival / taken:.2f} (at least {least}), "
            f"to the quicker copy {min(arrival, sorted_) / taken:.2f}  peak {peak} MB"
        )


def main(count: int = 3_000_000, rounds: int = 3) -> None:
    """Measure with an empty log and with a full one."""
    for filled in (0, FILL_ROWS):
        with reach(Settings(database=DATABASE)) as access, tempfile.TemporaryDirectory() as folder:
            with administering(access.administrator.set(database="postgres")) as connection:
                connection.execute(text(f"drop database if exists {DATABASE} with (force)"))
            prepare(access, filled)
            for format_ in LEAST:
                for name, changed in (("first", False), ("second", True)):
                    (Path(folder) / f"{name}.{format_}").write_bytes(file_of(count, format_, changed=changed))
            measure(access, Path(folder), count, rounds, filled)
            with administering(access.administrator.set(database="postgres")) as connection:
                for name in (DATABASE, f"{DATABASE}_bare", f"{DATABASE}_file"):
                    connection.execute(text(f"drop database if exists {name} with (force)"))


if __name__ == "__main__":
    if sys.argv[1:2] == ["--deliver"]:
        deliver(*sys.argv[2:4])
    else:
        main(*(int(argument) for argument in sys.argv[1:]))
