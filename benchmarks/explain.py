"""A line opened down to its readings over HTTP: milliseconds, against a bare query of the same readings.

A portfolio of ten charges over two hourly registers is billed for a month and served by a process of its own; lines of
invoices drawn by seed are opened one after another, each down to a thousand readings at most.

    python benchmarks/explain.py [contracts] [lines]
"""

import sys

if __name__ == "__main__":
    sys.path.pop(0)  # this folder: in it, http.py would stand for the library's own

import statistics
from contextlib import closing
from datetime import UTC, date, datetime
from random import Random
from time import perf_counter

import httpx2

from api.access.identities import NewIdentity
from api.access.roles import Role
from api.operations.billing import bill_everything, collect_rarely
from api.operations.people import enrol
from api.server.database import Database
from benchmarks.billing_run import HOURLY, deliver, fresh_server, month_after, owner, portfolio
from tests.reliability.serving import served

FIRST, LINES_AN_INVOICE = date(2026, 1, 1), 10
READINGS = """
    select distinct on (series, start) series, start, value from reading
    where tenant = 1 and series = %s and start >= %s and start < %s order by series, start, batch desc"""


def main(contracts: int = 300, lines: int = 300) -> None:
    """Bill, serve, and open lines."""
    collect_rarely()  # as a process that bills does
    draw = Random(5)  # noqa: S311 which lines are opened is no secret
    with fresh_server() as server:
        access = portfolio(server, "explained", contracts, interval=HOURLY)
        with closing(Database(access.app)) as database:
            deliver(database, contracts, FIRST)
            bill_everything(database, 1, datetime.combine(month_after(FIRST), datetime.min.time(), UTC))
        with closing(Database(access.app)) as database, database.transaction(1) as session:
            key = enrol(session, NewIdentity("a benchmark", Role.FINANCE), at=datetime.now(UTC)).key
        with owner(access) as connection:
            numbers = [number for (number,) in connection.execute("select number from invoice order by id")]
            series = [key_ for (key_,) in connection.execute("select id from series order by id")]
            bare = []
            for _ in range(lines):
                started = perf_counter()
                connection.execute(READINGS, [draw.choice(series), FIRST, month_after(FIRST)]).fetchall()
                bare.append((perf_counter() - started) * 1000)
        taken = []
        with served(access) as address, httpx2.Client(headers={"Authorization": f"Bearer {key}"}) as client:
            for at in range(lines + 10):
                number, pos = draw.choice(numbers), draw.randint(1, LINES_AN_INVOICE)
                started = perf_counter()
                answer = client.get(f"{address}/v1/invoices/{number}/lines/{pos}/explanation")
                if at >= 10:  # the first ones find everything cold  # noqa: PLR2004
                    taken.append((perf_counter() - started) * 1000)
                if answer.status_code != httpx2.codes.OK:
                    raise SystemExit(f"{answer.status_code}: {answer.text}")
    limit = statistics.median(bare)
    p50, p95 = statistics.median(taken), statistics.quantiles(taken, n=20)[-1]
    print(f"{lines} lines of {contracts} invoices: median {p50:.1f} ms, p95 {p95:.1f} ms (goal: 20)")
    print(f"the bare query of a register's month: {limit:.1f} ms; the p95 is {p95 / limit:.1f} times it")


if __name__ == "__main__":
    main(*(int(argument) for argument in sys.argv[1:]))
