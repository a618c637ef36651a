"""One corrected reading of a billed contract-year: until its correction is computed, and until it is issued.

A portfolio of ten charges over two hourly registers is billed for some months. Then readings are corrected one after
another, each of another contract and month: the delivery that corrects, the look that computes what changes, and the
run that issues a document of its own are timed. The limit is the bare query of the readings of the corrected month.

    python benchmarks/rerate.py [contracts] [months] [corrections]
"""

import sys

if __name__ == "__main__":
    sys.path.pop(0)  # this folder: in it, http.py would stand for the library's own

import statistics
from contextlib import closing
from datetime import UTC, date, datetime, timedelta
from random import Random
from time import perf_counter

from api.operations.billing import bill_everything, collect_rarely
from api.operations.readings import ingest
from api.server.database import Database
from benchmarks.billing_run import HOURLY, SERIES, deliver, fresh_server, month_after, owner, portfolio
from benchmarks.explain import READINGS
from billing.drafts.look import look
from billing.run import refresh
from metering.deliveries.receipt import Sender
from metering.ingest import IngestOptions


def corrected(database: Database, register: str, day: date, now: datetime) -> float:
    """Correct a reading of a billed month; say how long the delivery took."""
    raw = f"register,time,value\n{register},{day}T10:00:00+00:00,99.5".encode()
    started = perf_counter()
    with database.transaction(1) as session:
        sender = Sender("correction.csv", "benchmark", now, "a benchmark")
        receipt = ingest(session, sender, raw, IngestOptions())
    if receipt.refused or receipt.unchanged:
        raise SystemExit(f"the correction was not stored: {receipt}")
    return (perf_counter() - started) * 1000


def main(contracts: int = 300, months: int = 12, corrections: int = 40) -> None:
    """Bill a year, correct, compute, issue."""
    collect_rarely()  # as a process that bills does
    draw, first, firsts = Random(7), date(2026, 1, 1), list[date]()  # noqa: S311 which readings are corrected is no secret
    with fresh_server() as server:
        access = portfolio(server, "corrected", contracts, interval=HOURLY)
        with closing(Database(access.app)) as database:
            for _ in range(months):
                deliver(database, contracts, first)
                firsts.append(first)
                first = month_after(first)
                bill_everything(database, 1, datetime.combine(first, datetime.min.time(), UTC))
            now = datetime.combine(first, datetime.min.time(), UTC) + timedelta(days=1)
            with owner(access) as connection:
                series = dict(connection.execute(SERIES).fetchall())
                ids = [key for (key,) in connection.execute("select id from contract order by reference")]
                started = perf_counter()
                for _ in range(20):
                    connection.execute(READINGS, [draw.choice(list(series.values())), firsts[0], firsts[1]]).fetchall()
                limit = (perf_counter() - started) / 20 * 1000
            accepted, computed, issued = list[float](), list[float](), list[float]()
            for number in draw.sample(range(contracts), corrections):
                took = corrected(database, f"r{number}", draw.choice(firsts) + timedelta(days=draw.randint(0, 27)), now)
                accepted.append(took)
                with database.transaction(1) as session:
                    refresh(session, 1, now)
                    started = perf_counter()
                    look(session, 1, [ids[number]], now, now)
                    computed.append((perf_counter() - started) * 1000)
                started = perf_counter()
                done = bill_everything(database, 1, now, only_automatic=True)
                issued.append(took + (perf_counter() - started) * 1000)
                if len(done.invoices) != 1:
                    raise SystemExit(f"{len(done.invoices)} corrections were issued; held: {done.held}")
    print(f"{contracts} contracts of {months} months, {corrections} corrections; a month's bare query {limit:.1f} ms")
    goals = {"accepted": (accepted, ""), "computed": (computed, "50"), "accepted and issued": (issued, "1000")}
    for name, (taken, goal) in goals.items():
        p50, p95 = statistics.median(taken), statistics.quantiles(taken, n=20)[-1]
        beside = f" (goal: {goal})" if goal else ""
        print(f"{name:>20}: median {p50:6.1f} ms, p95 {p95:6.1f} ms{beside}; {p95 / limit:.1f} times the query")


if __name__ == "__main__":
    main(*(int(argument) for argument in sys.argv[1:]))
