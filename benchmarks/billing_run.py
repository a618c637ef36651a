"""The billing run: invoices a second, month by month, against a lean script that writes the same rows.

Portfolios, each billed for some months, first a tenth of the contracts and then all of them: of a fee alone, and of ten
charges over the readings of two registers, hourly (1,440 a month) or daily, tiers, a levy, a minimum and a rebate among
them. All comes in by the product's own doors. The limit of the same month: for each chunk of contracts one query of
their use, COPY of the very rows that the run has written into scratch tables with the same keys and no triggers, and
the work closed, in a transaction of its own.

The server is fresh, in memory where there is room, never waits for a disk, and never analyses a table. Each month is
billed on a connection of its own, as a command does. So a query that is planned badly while tables grow shows as a
ratio that falls from month to month and from a tenth to the whole and, whatever else the machine is doing, as rows
read for each invoice. Memory is the most that a worker has held, or this process where it has none; idle is
a run right after, which finds nothing due.

    python benchmarks/billing_run.py [contracts] [months] [workers] [portfolios] [statements.sql]

Workers are processes that bill side by side; the limit is one. Portfolios are ``fee``, ``metered``, ``daily``, or
``both`` of the first. The file's statements are run on the database before anything is billed: to see what a change of
a trigger, an index or a setting costs.
"""

import os
import shutil
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from itertools import islice
from pathlib import Path
from threading import Event, Thread
from time import perf_counter
from typing import Any
from zoneinfo import ZoneInfo

import psycopg
from sqlalchemy import text

from api.operations.billing import bill_everything, collect_rarely
from api.operations.billing_workers import bill_side_by_side
from api.operations.readings import ingest
from api.server.database import Access, Database
from api.server.embedded import SUPERUSER, EmbeddedServer, written_settings
from api.server.provision import administering, upgrade
from contracts.recording.store import apply_all
from metering.deliveries.receipt import Sender
from metering.fleet.meter import Fleet
from metering.fleet.store import declare
from metering.ingest import IngestOptions
from metering.tenants.store import create_tenant, four_eyes
from quantities.document import FaultyDocument, parse

CHUNK, CUSTOMERS = 100, 50
HOURLY, DAILY = 60, 1440
#: By portfolio, the minutes between two readings; 0: it has none.
PORTFOLIOS = {"fee": 0, "metered": HOURLY, "daily": DAILY}
BERLIN = ZoneInfo("Europe/Berlin")
SIGNED = datetime(2025, 12, 1, tzinfo=UTC)
#: What an invoice consists of, with the column that names it.
TABLES = {"invoice": "id", "invoice_line": "invoice_id", "rating": "document_id"}
USE = """
    select series, sum(value) from (
        select distinct on (series, start) series, value from reading
        where tenant = 1 and series = any(%s) and start >= %s and start < %s order by series, start, batch desc) known
    group by series"""
CLOSE = """
    update {schema}.due set done_at = now()
    where tenant = 1 and kind = 'period' and contract = any(%s) and lower(period) = %s"""
SERIES = """
    select contract.id, series.id from contract
    join register on key in ('r' || right(reference, 6)::int, 's' || right(reference, 6)::int)
    join series on register_id = register.id"""


@contextmanager
def fresh_server() -> Iterator[EmbeddedServer]:
    """A server of our own that analyses nothing by itself; gone afterwards."""
    shared = Path("/dev/shm")  # noqa: S108 the folder within it is private
    roomy = shared.is_dir() and shutil.disk_usage(shared).free > 4 << 30
    home = Path(tempfile.mkdtemp(prefix="usufruct-benchmark-", dir=shared if roomy else None))
    home.chmod(0o711)  # as root, PostgreSQL's own account must be able to pass
    try:
        with EmbeddedServer(home=home, settings=written_settings() | {"autovacuum": "off"}, durable=False) as server:
            yield server
    finally:
        shutil.rmtree(home, ignore_errors=True)


def owner(access: Access) -> psycopg.Connection[tuple[Any, ...]]:
    """Connect as who owns everything, and whom no policy binds."""
    url = access.administrator
    return psycopg.connect(host=str(url.query["host"]), port=url.port, user=url.username, dbname=url.database)


def portfolio(server: EmbeddedServer, name: str, contracts: int, *, interval: int) -> Access:
    """A database with one tenant, whose contracts have two registers each, where they are metered: minutes apart."""
    access = Access(server.url(name), server.url(name, SUPERUSER))
    upgrade(access)
    with administering(access.administrator) as administrator:
        tenant = create_tenant(administrator, "Nordluft")
        four_eyes(administrator, tenant, {"by": "anna", "at": SIGNED.isoformat(), "reason": "a benchmark"})
    with closing(Database(access.app)) as database:
        if interval:
            with database.transaction(tenant) as session:
                declare(session, parse(Fleet, fleet(contracts, interval)))
        agree(database, range(contracts), metered=bool(interval))
    return access


def agree(database: Database, numbers: range, *, metered: bool) -> None:
    """Apply contracts; they count at once, for four eyes are off."""
    for first in range(0, len(numbers), CHUNK):
        with database.transaction(1) as session:
            documents = [document(number, metered=metered) for number in numbers[first : first + CHUNK]]
            for applied in apply_all(session, documents, recorded_by="anna", recorded_at=SIGNED):
                if isinstance(applied, FaultyDocument):
                    raise applied


def fleet(contracts: int, interval: int = HOURLY) -> dict[str, Any]:
    """Two registers for each contract, which are read every so many minutes."""
    common = {"kind": "interval", "unit": "kWh", "resolution": "0.1", "interval_minutes": str(interval)}
    registers = [{"key": f"{name}{number}", **common} for number in range(contracts) for name in "rs"]
    asset = {"name": "A", "meters": [{"name": "M", "registers": registers}]}
    return {"sites": [{"name": "S", "zone": "Europe/Berlin", "assets": [asset]}]}


def document(number: int, *, metered: bool) -> dict[str, Any]:
    """A contract of a fee, and where it is metered of nine charges more."""
    charges: list[dict[str, Any]] = [fee("fee", "100.00")]
    if metered:
        r, s = f"r{number}", f"s{number}"
        tiers = [{"up_to": "3000", "unit_price": "0.50"}, {"unit_price": "0.20"}]
        charges += [
            {"name": "energy", "register": r, "rule": {"kind": "graduated", "unit": "kWh", "tiers": tiers}},
            {"name": "heat", "register": s, "rule": per_kwh("0.11")},
            {"name": "transport", "register": r, "rule": per_kwh("0.03")},
            {"name": "balancing", "register": s, "rule": per_kwh("0.004")},
            fee("service", "45.00"),
            fee("software", "12.50"),
            {"name": "levy", "rule": {"kind": "percentage_of", "percent": "3.5", "of": ["energy", "heat"]}},
            {"name": "minimum", "rule": {"kind": "minimum_spend", "amount": "9000.00"}},
            {"name": "rebate", "rule": {"kind": "discount", "percent": "2", "of": ["energy"]}},
        ]
    return {
        "contract": f"C-{number:06}",
        "supplier": {"name": "Nordluft", "country": "DE"},
        "customer": {"name": f"Customer {number % CUSTOMERS}", "country": "DE"},
        "currency": "EUR",
        "zone": "Europe/Berlin",
        "starts": "2026-01-01",
        "settings": {"issue": "automatically", "correct_after_days": "0"},
        "charges": charges,
    }


def fee(name: str, amount: str) -> dict[str, Any]:
    """A fee a month."""
    return {"name": name, "rule": {"kind": "fixed_fee", "amount": amount}}


def per_kwh(unit_price: str) -> dict[str, Any]:
    """So much a kilowatt-hour."""
    return {"kind": "per_unit", "unit": "kWh", "unit_price": unit_price}


def month_after(first: date) -> date:
    """The first day of the month that follows."""
    return (first + timedelta(days=31)).replace(day=1)


def deliver(database: Database, contracts: int, first: date, interval: int = HOURLY) -> None:
    """A file a day with the readings of every register: 1 to 16 kWh at every hour, or once for the day."""
    for day in range((month_after(first) - first).days):
        rows = ["register,time,value"]
        for hour in islice(hours_of(first + timedelta(days=day)), None if interval == HOURLY else 1):
            at = hour.isoformat()
            rows += [
                f"{name}{number},{at},{1 + (number * 7 + day * 3 + hour.hour) % 150 / 10}"
                for number in range(contracts)
                for name in "rs"
            ]
        with database.transaction(1) as session:
            sender = Sender(f"{first}-{day}.csv", "benchmark", datetime(first.year, first.month, 28, tzinfo=UTC))
            receipt = ingest(session, sender, "\n".join(rows).encode(), IngestOptions())
        if receipt.refused:
            raise SystemExit(f"{receipt.refused} readings were refused")


def hours_of(day: date) -> Iterator[datetime]:
    """The hours of a day in Berlin, as instants."""
    hour = datetime(day.year, day.month, day.day, tzinfo=BERLIN).astimezone(UTC)
    while hour.astimezone(BERLIN).date() == day:
        yield hour
        hour += timedelta(hours=1)


def rows_read(access: Access) -> int:
    """Say how many rows of its tables the database has read so far, by key or by scan."""
    time.sleep(0.5)  # a connection that is closed tells what it read as it goes
    with owner(access) as connection:
        asked = "select sum(seq_tup_read + coalesce(idx_tup_fetch, 0))::bigint from pg_stat_user_tables"
        (read,) = connection.execute(asked).fetchone() or (0,)
    return int(read)


@dataclass
class Month:
    """What a month's run took, and what the lean script took for the same rows."""

    first: date
    invoices: int
    lines: int
    reads: int
    run_s: float
    idle_s: float
    peak_mb: int
    lean_s: float

    @property
    def rate(self) -> float:
        """Invoices a second."""
        return self.invoices / self.run_s

    @property
    def ratio(self) -> float:
        """Of the limit's."""
        return self.lean_s / self.run_s


@dataclass
class Lean:
    """The limit: the rows of a month, taken from the database beforehand, and written again."""

    access: Access
    chunks: list[tuple[list[int], dict[str, bytes]]] = field(default_factory=list)

    def prepare(self, first: date) -> int:
        """Read what the run has written, chunk by chunk; say how many lines there are."""
        self.chunks, lines = [], 0
        with owner(self.access) as connection:
            made = connection.execute(
                "select id, contract_id from invoice where first = %s order by id", [first]
            ).fetchall()
            for start in range(0, len(made), CHUNK):
                part, rows = made[start : start + CHUNK], {}
                for table, column in TABLES.items():
                    asked = (
                        f"copy (select * from {table} where {column} between {part[0][0]} and {part[-1][0]}) to stdout"
                    )
                    with connection.cursor() as cursor, cursor.copy(asked.encode()) as copy:
                        rows[table] = b"".join(bytes(row) for row in copy)
                lines += rows["invoice_line"].count(b"\n")
                self.chunks.append(([contract for _, contract in part], rows))
        return lines

    def write(self, first: date) -> float:
        """Ask for the use, copy, and close the work, a transaction a chunk; say how long the quickest of five took."""
        with owner(self.access) as connection:
            series = dict(connection.execute(SERIES).fetchall())
            return min(self._write(connection, f"scratch_{turn}", first, series) for turn in range(5))

    def _write(
        self, connection: psycopg.Connection[tuple[Any, ...]], schema: str, first: date, series: dict[int, int]
    ) -> float:
        connection.execute(f"create schema if not exists {schema}")
        for table in (*TABLES, "due"):
            connection.execute(f"create table if not exists {schema}.{table} (like public.{table} including all)")
        connection.execute(f"insert into {schema}.due select * from due where lower(period) = %s", [first])
        connection.commit()
        started = perf_counter()
        for contracts, rows in self.chunks:
            if series:
                asked = [series[contract] for contract in contracts]
                connection.execute(USE, [asked, first, month_after(first)]).fetchall()
            for table, text_ in rows.items():
                with connection.cursor() as cursor, cursor.copy(f"copy {schema}.{table} from stdin".encode()) as copy:
                    copy.write(text_)
            connection.execute(CLOSE.format(schema=schema), [contracts, first])
            connection.commit()
        return perf_counter() - started


def measured(
    server: EmbeddedServer, name: str, contracts: int, months: int, before: str, *, interval: int, workers: int
) -> list[Month]:
    """Load a portfolio and bill it, month by month."""
    access = portfolio(server, name, contracts, interval=interval)
    lean, told, first = Lean(access), [], date(2026, 1, 1)
    if before:
        with owner(access) as connection:
            connection.execute(before.encode())
    for _ in range(months):
        with closing(Database(access.app)) as database:
            if interval:
                deliver(database, contracts, first, interval)
        now, reads = datetime.combine(month_after(first), datetime.min.time(), UTC), rows_read(access)
        with closing(Database(access.app)) as database:  # as a command's: nothing is planned yet
            started = perf_counter()
            with watched_memory(workers) as peak_mb:
                done = bill_side_by_side(database, 1, now, workers)
            took = perf_counter() - started
            bill_everything(database, 1, now)  # looks once at what was saved
            started = perf_counter()
            bill_everything(database, 1, now)
            idle = perf_counter() - started
        if len(done.invoices) != contracts or done.held:
            raise SystemExit(f"{len(done.invoices)} of {contracts} billed; held: {list(done.held.values())[:3]}")
        reads = rows_read(access) - reads
        lines = lean.prepare(first)
        told.append(Month(first, contracts, lines, reads, took, idle, peak_mb[0], lean.write(first)))
        first = month_after(first)
    with administering(server.url("postgres", SUPERUSER)) as administrator:
        administrator.execute(text(f"drop database {name} with (force)"))
    return told


@contextmanager
def watched_memory(workers: int) -> Iterator[list[int]]:
    """Look at the most memory that a worker holds, or this process where it has none; in MB, once all is done.

    What ``getrusage`` tells of children begins with what this process held as they began.
    """
    peaks, is_done = [0], Event()

    def watch() -> None:
        while not is_done.wait(0.05):
            peaks.extend(_high_water_mb(pid) for pid in _workers())

    own, watching = os.getpid(), Thread(target=watch, daemon=True)
    Path("/proc/self/clear_refs").write_text("5", encoding="ascii")  # from here on
    if workers > 1:
        watching.start()
    seen: list[int] = []
    yield seen
    is_done.set()
    seen.append(max(peaks) if workers > 1 else _high_water_mb(own))


def _workers() -> list[int]:
    """The processes that this one has begun for Python."""
    begun = Path(f"/proc/self/task/{os.getpid()}/children").read_text(encoding="ascii").split()
    return [int(pid) for pid in begun if b"spawn_main" in _of_process(int(pid), "cmdline")]


def _high_water_mb(pid: int) -> int:
    for line in _of_process(pid, "status").splitlines():
        if line.startswith(b"VmHWM:"):
            return int(line.split()[1]) // 1024
    return 0


def _of_process(pid: int, file: str) -> bytes:
    try:
        return Path(f"/proc/{pid}/{file}").read_bytes()
    except OSError:  # it has ended
        return b""


def main(contracts: int, months: int, workers: int, portfolios: str, statements: str) -> None:
    """Measure portfolios at a tenth and in full, and print how the cost of an invoice grows."""
    before = Path(statements).read_text(encoding="utf-8") if statements else ""
    collect_rarely()  # as a process that bills does
    told = []
    with fresh_server() as server:
        print(
            f"{'portfolio':12} {'contracts':>9} {'month':>7} {'lines':>8} {'invoices/s':>11} {'limit':>7} {'ratio':>6} "
            f"{'rows read an invoice':>21} {'idle ms':>8} {'peak MB':>8}"
        )
        for name in ("fee", "metered") if portfolios == "both" else (portfolios,):
            of_size = {}
            for size in (max(contracts // 10, 1), contracts):
                of_size[size] = measured(
                    server, f"{name}_{size}", size, months, before, interval=PORTFOLIOS[name], workers=workers
                )
                for month in of_size[size]:
                    print(
                        f"{name:12} {size:9,} {month.first:%Y-%m} {month.lines:8,} {month.rate:11,.0f} "
                        f"{month.invoices / month.lean_s:7,.0f} {month.ratio:6.3f} "
                        f"{month.reads / month.invoices:21,.0f} {month.idle_s * 1000:8.0f} {month.peak_mb:8,}"
                    )
            tenth, whole = of_size.values()
            by_month, by_size = whole[0].rate / whole[-1].rate, tenth[-1].rate / whole[-1].rate
            told.append(
                f"{name}: ratio {min(month.ratio for month in whole):.3f} at worst; an invoice of the last month costs "
                f"{by_month:.2f} times one of the first, and {by_size:.2f} times one of a tenth of the contracts"
            )
    print("\n".join(told))


if __name__ == "__main__":
    given = dict(enumerate(sys.argv))
    main(int(given.get(1, 1500)), int(given.get(2, 3)), int(given.get(3, 1)), given.get(4, "both"), given.get(5, ""))
