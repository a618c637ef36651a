"""The scheduler's tick: what it costs to find nothing due, and to bill what is, with few contracts and with many.

The limit of the same run is a transaction that asks for nothing but ``select 1``. A tick with nothing due should cost
as much with many contracts as with few; one with some due, as much as a run over those some.

    python benchmarks/tick.py [few] [many] [due]
"""

import statistics
import sys
from collections.abc import Callable
from contextlib import closing
from datetime import UTC, datetime
from time import perf_counter

from sqlalchemy import text

from api.operations.billing import bill_everything, collect_rarely, tick
from api.server.database import Database
from benchmarks.billing_run import agree, fresh_server, portfolio

NOW, ROUNDS = datetime(2026, 2, 1, 12, tzinfo=UTC), 7


def seconds(work: Callable[[], object]) -> float:
    """How long it takes."""
    started = perf_counter()
    work()
    return perf_counter() - started


def nothing(database: Database) -> None:
    """The least that any transaction costs."""
    with database.transaction(1) as session:
        session.execute(text("select 1"))


def invoices(database: Database) -> int:
    """How many there are."""
    with database.transaction(1) as session:
        return int(session.execute(text("select count(*) from invoice")).scalar_one())


def main(few: int = 1000, many: int = 4000, due: int = 100) -> None:
    """Grow one portfolio from few to many, and tick at both sizes, each time with nothing due and then with some."""
    collect_rarely()  # as a process that ticks does
    idle: dict[int, float] = {}
    with fresh_server() as server:
        access = portfolio(server, "ticking", few, interval=0)
        heads = ("contracts", "select 1", "idle tick", "ratio", "a contract", f"{due} due", "ratio")
        print(" ".join(f"{head:>11}" for head in heads))
        known = few
        with closing(Database(access.app)) as database:
            for size in (few, many):
                agree(database, range(known, size), metered=False)
                bill_everything(database, 1, NOW)
                tick(database, NOW)  # warm
                least = statistics.median(seconds(lambda: nothing(database)) for _ in range(10 * ROUNDS))
                idle[size] = statistics.median(seconds(lambda: tick(database, NOW)) for _ in range(ROUNDS))
                agree(database, range(size, size + due), metered=False)
                before = invoices(database)
                busy = seconds(lambda: tick(database, NOW))
                if invoices(database) != before + due:
                    raise SystemExit(f"{invoices(database) - before} are issued, and {due} were due")
                known = size + due
                print(
                    f"{size:11,} {least * 1000:8.2f} ms {idle[size] * 1000:8,.0f} ms {idle[size] / least:11,.0f} "
                    f"{idle[size] / size * 1e6:8,.0f} µs {busy * 1000:8,.0f} ms {busy / least:11,.0f}"
                )
    growth = idle[many] / idle[few]
    print(f"an idle tick over {many:,} contracts takes {growth:.2f} times one over {few:,} (goal: as long)")


if __name__ == "__main__":
    main(*(int(argument) for argument in sys.argv[1:]))
