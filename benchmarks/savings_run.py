"""The billing run of savings contracts: contract-months a second, against a lean script that predicts and writes too.

Each contract shares the saving of one building, by a CalTRACK baseline of days that the product has fitted to a year of
readings, under the weather of one station that all have in common. Two portfolios, first a tenth of the contracts and
then all of them: ``days``, with a meter that is read once a day and one price; and ``hours``, with hourly readings, a
baseline that knows working days, and a tariff of two bands, by which each day is divided. The weather is a temperature
an hour. All comes in by the product's own doors.

The limit of the same month: for each chunk of contracts one query of the energies by day and the temperatures by day,
the baselines of the chunk predicted by numpy, COPY of the very rows that the run has written into scratch tables with
the same keys and no triggers, and the work closed, in a transaction of its own.

The server is that of ``billing_run.py``: fresh, in memory where there is room, and nothing is ever analysed. Beside the
time of a contract-month stands the processor time of the program and of the database, whatever else the machine is
doing, and how many statements there were for a chunk of contracts. Then the month's savings are measured once more, a
chunk at a time as the run does, and nothing else: what that takes of the processor is the last column.

    python benchmarks/savings_run.py [contracts] [months] [days|hours|both] [profile]

With ``profile`` the last month of all contracts is billed under cProfile, whose costliest lines are printed.
"""

import sys

if __name__ == "__main__":
    sys.path.pop(0)  # this folder: in it, http.py would stand for the library's own

import cProfile
import math
import pstats
import re
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import closing, nullcontext
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from functools import cache
from time import perf_counter, process_time
from typing import Any

import numpy as np
import psycopg
from sqlalchemy import event, text

from api.operations.baselines import FitRequest, MeasuredSite, fit_stored
from api.operations.billing import bill_everything, collect_rarely
from api.operations.readings import ingest
from api.server.database import Access, Database
from api.server.embedded import SUPERUSER, EmbeddedServer
from api.server.provision import administering, upgrade
from benchmarks.billing_run import (
    BERLIN,
    CHUNK,
    CLOSE,
    CUSTOMERS,
    SIGNED,
    Lean,
    fresh_server,
    hours_of,
    month_after,
    owner,
    rows_read,
)
from benchmarks.http_ingest import cpu_s, postmaster
from billing.counting.store import count
from contracts.recording.store import apply_all
from contracts.store import of_contracts
from metering.deliveries.receipt import Sender
from metering.fleet.meter import Fleet
from metering.fleet.store import declare
from metering.ingest import IngestOptions
from metering.log.transaction import watermark
from metering.tenants.store import create_tenant, four_eyes
from quantities.document import FaultyDocument, parse
from quantities.period import midnight
from savings.baseline import Baseline
from savings.methods.caltrack import CaltrackDaily

#: Buildings that a baseline is fitted to; each contract has one of these.
BUILDINGS = 8
FIRST, BASELINE_YEAR = date(2026, 1, 1), date(2025, 1, 1)
WEATHER = "weather.degc"
WORKING = {"bands": [{"name": "working", "days": ["mon", "tue", "wed", "thu", "fri"]}], "otherwise": "off"}
TARIFF = {
    "bands": [
        {
            "name": "day",
            "days": ["mon", "tue", "wed", "thu", "fri"],
            "hours": [{"start": "07:00", "end": "19:00"}],
        }
    ],
    "otherwise": "night",
}
SHARE = 0.8
PRICES = {"day": {"price": "0.31"}, "night": {"price": "0.22"}}

#: The energies and temperatures of a chunk by day; of the temperature the mean of the hours, which all are there.
OF_DAYS = """
    select series, width_bucket(start, %s::timestamptz[]) as day, sum(value)::float8, avg(value)::float8
    from (
        select distinct on (series, start) series, start, value from reading
        where tenant = 1 and series = any(%s) and start >= %s and start < %s order by series, start, batch desc) known
    group by series, day order by series, day"""
SERIES = """
    select contract.id, series.id, right(reference, 6)::int
    from contract join register on key = 'r' || right(reference, 6)::int
    join series on register_id = register.id"""
#: What each contract was billed for in a month.
BILLED = """
    select contract_id, sum(invoice_line.net) from invoice join invoice_line on invoice_id = invoice.id
    where first = %s group by contract_id"""


@cache
def degrees(at: datetime) -> float:
    """The temperature of an hour: a wave of the year, one of the day, and weather that lasts some days."""
    local = at.astimezone(BERLIN)
    day = local.timetuple().tm_yday
    seasonal = 10.5 - 9.5 * math.cos(2 * math.pi * (day - 20) / 365.25)
    front = 3.5 * math.sin(local.toordinal() // 4 * 12.9898)
    return round(seasonal + front + 4 * math.sin(2 * math.pi * (local.hour - 9) / 24), 1)


def kwh(building: int, at: datetime) -> float:
    """What a building uses in an hour."""
    local, outdoors = at.astimezone(BERLIN), degrees(at)
    busy = local.weekday() < 5 and 7 <= local.hour < 19  # noqa: PLR2004 from Monday to Friday, from seven to seven
    base = 8.0 + building + (22.0 if busy else 0.0)
    base += (0.8 + building / 10) * max(0.0, 14 - outdoors) + 1.9 * max(0.0, outdoors - 18)
    return base * (1 + 0.05 * math.sin(at.timestamp() / 3600 * 78.233 + building))


@dataclass(frozen=True)
class Kind:
    """A portfolio: how often its meters are read, and what its contracts agree."""

    name: str
    hourly: bool

    @property
    def interval(self) -> str:
        """The minutes between readings."""
        return "60" if self.hourly else "1440"

    @property
    def prices(self) -> dict[str, dict[str, str]]:
        """What a kilowatt-hour saved is worth, by band."""
        return PRICES if self.hourly else {"all": {"price": "0.28"}}

    @property
    def method(self) -> CaltrackDaily:
        """How the baselines are fitted."""
        modes = {"working": {"calendar": WORKING, "band": "working"}} if self.hourly else {}
        return parse(CaltrackDaily, {"kind": "caltrack_daily", "fuel": "electricity", "modes": modes})

    def fleet(self, contracts: int) -> dict[str, Any]:
        """A meter for each contract, one for each building of the baseline year, and the station."""
        keys = [*(f"b{number}" for number in range(BUILDINGS)), *(f"r{number}" for number in range(contracts))]
        common = {"kind": "interval", "unit": "kWh", "resolution": "0.1", "interval_minutes": self.interval}
        station = {"key": WEATHER, "kind": "instantaneous", "unit": "degC", "resolution": "0.1"}
        meters = [
            {"name": "M", "registers": [{"key": key, **common} for key in keys]},
            {"name": "W", "registers": [station]},
        ]
        return {"sites": [{"name": "S", "zone": "Europe/Berlin", "assets": [{"name": "A", "meters": meters}]}]}

    def rows(self, day: date, keys: dict[str, tuple[int, float]]) -> Iterator[str]:
        """What meters read on a day: by their keys which building they are of, and how much less it uses."""
        hours = list(hours_of(day))
        starts = hours if self.hourly else hours[:1]
        ends = [*starts[1:], midnight(day + timedelta(days=1), BERLIN)]
        by_hour = [[kwh(building, hour) for hour in hours] for building in range(BUILDINGS)]
        of_building = by_hour if self.hourly else [[sum(used)] for used in by_hour]
        for key, (building, fraction) in keys.items():
            for start, end, used in zip(starts, ends, of_building[building], strict=True):
                yield f"{start.isoformat()},{end.isoformat()},{used * fraction:.1f},{key}"

    def document(self, number: int, baseline: dict[str, Any]) -> dict[str, Any]:
        """A contract that shares what its building saves."""
        customer = f"Hanse {number % CUSTOMERS}"
        saving: dict[str, Any] = {
            "name": "saved",
            "option": {
                "kind": "whole_facility",
                "registers": [f"r{number}"],
                "temperature": WEATHER,
                "baseline": baseline,
            },
            "signatures": [{"party": party, "person": party, "on": "2025-12-01"} for party in ("Nordluft", customer)],
        }
        if self.hourly:
            saving |= {"calendar": TARIFF, "split": "measured"}
        rule = {
            "kind": "savings_share",
            "unit": "kWh",
            "valuation": {"kind": "at_prices", "unit": "kWh", "bands": self.prices},
            "tranches": [{"percent": [str(round(SHARE * 100))]}],
        }
        return {
            "contract": f"C-{number:06}",
            "supplier": {"name": "Nordluft", "country": "DE"},
            "customer": {"name": customer, "country": "DE"},
            "currency": "EUR",
            "zone": "Europe/Berlin",
            "starts": str(FIRST),
            "settings": {"issue": "automatically", "correct_after_days": "0"},
            "savings": [saving],
            "charges": [{"name": "share", "usage": "saved", "rule": rule}],
        }


KINDS = {"days": Kind("days", hourly=False), "hours": Kind("hours", hourly=True)}


def station_rows(day: date) -> Iterator[str]:
    """A temperature an hour; a level has no end."""
    for hour in hours_of(day):
        yield f"{hour.isoformat()},,{degrees(hour)},{WEATHER}"


def deliver(database: Database, kind: Kind, day: date, until: date, keys: dict[str, tuple[int, float]]) -> None:
    """Deliver the readings of some days, a file for three of them at once."""
    while day < until:
        days = [day + timedelta(days=n) for n in range(min(3, (until - day).days))]
        rows = ["start,end,value,register"]
        for of_file in days:
            rows += [*station_rows(of_file), *kind.rows(of_file, keys)]
        with database.transaction(1) as session:
            sender = Sender(f"{day}.csv", "benchmark", datetime(day.year, day.month, 28, tzinfo=UTC))
            receipt = ingest(session, sender, "\n".join(rows).encode(), IngestOptions())
        if receipt.refused:
            raise SystemExit(f"{receipt.refused} readings were refused")
        day = days[-1] + timedelta(days=1)


@dataclass
class Portfolio:
    """A database with one tenant, its savings contracts, and the baselines they have."""

    access: Access
    kind: Kind
    contracts: int
    baselines: list[Baseline]

    @classmethod
    def of(cls, server: EmbeddedServer, name: str, kind: Kind, contracts: int) -> "Portfolio":
        """Make it through the product's own doors: fleet, a year of readings, fitted baselines, contracts."""
        access = Access(server.url(name), server.url(name, SUPERUSER))
        upgrade(access)
        with administering(access.administrator) as administrator:
            tenant = create_tenant(administrator, "Nordluft")
            four_eyes(administrator, tenant, {"by": "anna", "at": SIGNED.isoformat(), "reason": "a benchmark"})
        with closing(Database(access.app)) as database:
            with database.transaction(tenant) as session:
                declare(session, parse(Fleet, kind.fleet(contracts)))
            deliver(database, kind, BASELINE_YEAR, FIRST, {f"b{number}": (number, 1.0) for number in range(BUILDINGS)})
            with database.transaction(tenant) as session:
                baselines = [fit_stored(session, fit_request(kind, number)) for number in range(BUILDINGS)]
            portfolio = cls(access, kind, contracts, baselines)
            portfolio.agree(database)
        return portfolio

    def agree(self, database: Database) -> None:
        """Apply the contracts; they count at once, for four eyes are off."""
        documents = [baseline.model_dump(mode="json") for baseline in self.baselines]
        for first in range(0, self.contracts, CHUNK):
            numbers = range(first, min(first + CHUNK, self.contracts))
            agreed = [self.kind.document(number, documents[number % BUILDINGS]) for number in numbers]
            with database.transaction(1) as session:
                for applied in apply_all(session, agreed, recorded_by="anna", recorded_at=SIGNED):
                    if isinstance(applied, FaultyDocument):
                        raise applied

    def deliver(self, first: date) -> None:
        """The readings of a month: each building uses a fifth less, give or take a little."""
        keys = {f"r{number}": (number % BUILDINGS, 0.8 + number % 13 / 100) for number in range(self.contracts)}
        with closing(Database(self.access.app)) as database:
            deliver(database, self.kind, first, month_after(first), keys)


def fit_request(kind: Kind, building: int) -> FitRequest:
    """A baseline of the year before, of one building."""
    site = MeasuredSite(
        registers=(f"b{building}",),
        temperature=WEATHER,
        zone="Europe/Berlin",
        first=BASELINE_YEAR,
        after_last=FIRST,
    )
    return FitRequest(site=site, method=kind.method)


@dataclass
class LeanSavings(Lean):
    """The limit: one query a chunk for energies and temperatures, baselines predicted by numpy, the same rows copied.

    Attributes:
        baselines: by the number of the building.
        saved: what each contract saves by the lean script, by its key.
    """

    baselines: tuple[Baseline, ...] = ()
    saved: dict[int, float] = field(default_factory=dict)

    def _write(
        self, connection: psycopg.Connection[tuple[Any, ...]], schema: str, first: date, series: dict[int, int]
    ) -> float:
        for table in ("invoice", "invoice_line", "rating", "due"):
            connection.execute(f"create schema if not exists {schema}")
            connection.execute(f"create table if not exists {schema}.{table} (like public.{table} including all)")
        connection.execute(f"insert into {schema}.due select * from due where lower(period) = %s", [first])
        agreed = {contract: (number, at) for contract, number, at in connection.execute(SERIES).fetchall()}
        asked = "select id from series where register_id = (select id from register where key = %s)"
        (station,) = connection.execute(asked, [WEATHER]).fetchone() or (0,)
        connection.commit()
        days = [first + timedelta(days=n) for n in range((month_after(first) - first).days)]
        edges = [midnight(day, BERLIN) for day in (*days, month_after(first))]
        weekdays = np.array([day.weekday() < 5 for day in days], float)  # noqa: PLR2004 from Monday to Friday
        terms = [_terms(baseline) for baseline in self.baselines]
        started = perf_counter()
        for contracts, rows in self.chunks:
            registers = [agreed[contract][0] for contract in contracts]
            known: dict[int, list[tuple[float, float]]] = {}
            asked_of = [edges, [*registers, station], edges[0], edges[-1]]
            for number, _, total, mean in connection.execute(OF_DAYS, asked_of):
                known.setdefault(number, []).append((total, mean))
            outdoors = np.array([mean for _, mean in known[station]]) * 1.8 + 32
            measured = np.array([[total for total, _ in known[register]] for register in registers])
            numbers = [agreed[contract][1] % len(terms) for contract in contracts]
            expected = np.array([_expected(terms[number], outdoors, weekdays) for number in numbers])
            self.saved |= dict(zip(contracts, (expected - measured).sum(axis=1).tolist(), strict=True))
            for table, text_ in rows.items():
                with connection.cursor() as cursor, cursor.copy(f"copy {schema}.{table} from stdin".encode()) as copy:
                    copy.write(text_)
            connection.execute(CLOSE.format(schema=schema), [contracts, first])
            connection.commit()
        return perf_counter() - started


def _terms(baseline: Baseline) -> tuple[float, ...]:
    """The coefficients of a baseline: intercept, heating and cooling with their balance points, working days."""
    model: Any = baseline.model
    heating, cooling = (
        (0.0, 0.0) if leg is None else (float(leg.slope), float(leg.balance_point))
        for leg in (model.heating, model.cooling)
    )
    return (float(model.intercept), *heating, *cooling, float(model.drivers.get("working", 0)))


def _expected(terms: tuple[float, ...], outdoors: Any, weekdays: Any) -> Any:
    intercept, heat, heated_below, cool, cooled_above, working = terms
    return (
        intercept
        + heat * np.maximum(0, heated_below - outdoors)
        + cool * np.maximum(0, outdoors - cooled_above)
        + working * weekdays
    )


@dataclass
class SavingsMonth:
    """What a month's run took, and what the lean script took for the same.

    Attributes:
        contracts: of each one saving.
        run_s: seconds of the run.
        program_s: of processor time, of the program.
        server_s: the same of the database.
        measured_s: of processor time, of the program and the database, for the savings alone.
        lean_s: seconds of the lean script.
        statements: of the run, by their text.
        reads: rows that the database read.
    """

    contracts: int
    run_s: float
    program_s: float
    server_s: float
    measured_s: tuple[float, float]
    lean_s: float
    statements: Counter[str]
    reads: int

    @property
    def line(self) -> str:
        """It in words."""
        chunks = -(-self.contracts // CHUNK)
        per = 1000 / self.contracts
        return (
            f"{self.contracts / self.run_s:8,.0f} {self.run_s * per:7.2f} {self.program_s * per:8.2f} "
            f"{self.server_s * per:8.2f} {self.lean_s * per:7.2f} {self.lean_s / self.run_s:6.3f} "
            f"{self.statements.total() / chunks:10,.0f} {self.reads / self.contracts:9,.0f} "
            f"{self.measured_s[0] * per:7.2f} + {self.measured_s[1] * per:4.2f}"
        )


def billed(portfolio: Portfolio, first: date, profile: cProfile.Profile | None) -> SavingsMonth:
    """Bill a month on a connection of its own, as a command does; then let the lean script do the same."""
    access, contracts = portfolio.access, portfolio.contracts
    statements: Counter[str] = Counter()
    root, now = postmaster(access), datetime.combine(month_after(first), datetime.min.time(), UTC)
    reads = rows_read(access)
    with closing(Database(access.app)) as database:

        def noted(*arguments: Any) -> None:
            statements[" ".join(arguments[2].split())] += 1

        event.listen(database.engine, "before_cursor_execute", noted)
        server, program, started = of_database(root), process_time(), perf_counter()
        with profile or nullcontext():
            done = bill_everything(database, 1, now)
        took, program = perf_counter() - started, process_time() - program
        server = of_database(root) - server
    if len(done.invoices) != contracts or done.held:
        raise SystemExit(f"{len(done.invoices)} of {contracts} billed; held: {list(done.held.values())[:3]}")
    reads = rows_read(access) - reads
    measured_s = measuring(portfolio, first, root)
    lean = LeanSavings(access, baselines=tuple(portfolio.baselines))
    lean.prepare(first)
    lean_s = lean.write(first)
    see_that_both_save_the_same(portfolio, first, lean)
    return SavingsMonth(contracts, took, program, server, measured_s, lean_s, statements, reads)


def of_database(root: int) -> float:
    """CPU seconds of the database's processes; asked again where one of them ended meanwhile."""
    while True:
        try:
            return cpu_s(root)
        except (FileNotFoundError, ProcessLookupError):
            time.sleep(0.05)


def measuring(portfolio: Portfolio, first: date, root: int) -> tuple[float, float]:
    """Measure the savings of a month, a chunk at a time; processor time of the program and of the database."""
    with closing(Database(portfolio.access.app)) as database, database.transaction(1) as session:
        contract_ids = list(session.execute(text("select id from contract order by id")).scalars())
        agreed = [known[-1].contract for known in of_contracts(session, contract_ids).values()]
        asked = [
            (contract, period, frozenset({"share"}))
            for contract in agreed
            if (period := contract.period_from(first)) is not None
        ]
        known_up_to = watermark(session)
        server, program = of_database(root), process_time()
        for start in range(0, len(asked), CHUNK):
            count(session, asked[start : start + CHUNK], known_up_to)
        return process_time() - program, of_database(root) - server


def see_that_both_save_the_same(portfolio: Portfolio, first: date, lean: LeanSavings) -> None:
    """Compare what is billed with what the lean script predicts, at the least and at the highest price of a band."""
    prices = [float(band["price"]) * SHARE for band in portfolio.kind.prices.values()]
    with owner(portfolio.access) as connection:
        nets = dict(connection.execute(BILLED, [first]).fetchall())
    wrong = [
        (contract, float(nets[contract]), saved)
        for contract, saved in lean.saved.items()
        if not saved * min(prices) - 1 < float(nets[contract]) < saved * max(prices) + 1
    ]
    if wrong or len(nets) != portfolio.contracts:
        raise SystemExit(f"{len(wrong)} of {len(nets)} contracts save something else: {wrong[:3]}")


def main(contracts: int, months: int, kinds: str, *, profiled: bool) -> None:
    """Measure portfolios at a tenth and in full, and print what a contract-month costs."""
    collect_rarely()  # as a process that bills does
    above = f"{'':24} contract-    each {'CPU ms':>8} {'CPU ms':>8} {'limit':>7} {'':>6}"
    print(f"{above} {'statements':>10} {'rows read':>9} CPU ms measured")
    print(
        f"{'portfolio':9} {'size':>7} {'month':>7} {'months/s':>8} {'ms':>7} {'program':>8} {'database':>8} "
        f"{'ms':>7} {'ratio':>6} {'a chunk':>10} {'each':>9} program + database"
    )
    profile, last = cProfile.Profile() if profiled else None, Counter[str]()
    with fresh_server() as server:
        for name in KINDS if kinds == "both" else (kinds,):
            for size in (max(contracts // 10, 1), contracts):
                database = f"{name}_{size}"
                portfolio, first = Portfolio.of(server, database, KINDS[name], size), FIRST
                for number in range(months):
                    portfolio.deliver(first)
                    is_last = number == months - 1 and size == contracts
                    month = billed(portfolio, first, profile if is_last else None)
                    print(f"{name:9} {size:7,} {first:%Y-%m} {month.line}", flush=True)
                    first, last = month_after(first), month.statements
                with administering(server.url("postgres", SUPERUSER)) as administrator:
                    administrator.execute(text(f"drop database {database} with (force)"))
    if profile is not None:
        for statement, count in last.most_common(25):
            print(f"{count:7,} {re.sub(r'[(][(].*', '…', statement)[:150]}")
        pstats.Stats(profile).sort_stats("cumulative").print_stats(90)
        pstats.Stats(profile).sort_stats("tottime").print_stats(45)


if __name__ == "__main__":
    given = dict(enumerate(sys.argv))
    main(int(given.get(1, 1000)), int(given.get(2, 2)), given.get(3, "both"), profiled="profile" in sys.argv)
