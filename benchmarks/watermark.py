"""What the in-flight marks cost: deliveries per second with marks against without, under the same readers.

12 writers deliver one reading a transaction, 4 readers take a watermark 50 times a second each, and one delivery stays
open for half a second at a time. With marks no reader ever sees a false snapshot; without them (a plain number from the
sequence, the highest one taken for a watermark) nearly all are. Both take turns; the ratio of the medians is printed.

    python benchmarks/watermark.py [seconds] [rounds]
"""

import statistics
import sys
import threading
import time
from collections.abc import Callable

from sqlalchemy import text
from sqlmodel import Session

from api.server.database import Database, reach
from api.server.provision import administering, upgrade
from api.server.settings import Settings

WRITERS, READERS, DATABASE = 12, 4, "usufruct_benchmark"
NUMBER = {"marked": "select open_batch()", "bare": "select nextval('bare_number')"}


def deliver(session: Session, way: str, series: int) -> None:
    """Write one row as ``metering.log.store.append`` does, without what would measure pyarrow instead."""
    number = session.execute(text(NUMBER[way])).scalar_one()
    session.execute(text("set local role usufruct_load"))
    session.execute(
        text('insert into reading (series, start, "end", batch, quality, value) values (:s, now(), now(), :b, 0, 1)'),
        {"s": series, "b": number},
    )
    session.execute(text("set local role none"))


def one_round(database: Database, way: str, seconds: float) -> tuple[float, float]:
    """Write and read for so long.

    Returns:
        Deliveries per second, and the median milliseconds that a watermark took.
    """
    until = time.monotonic() + seconds
    delivered, waits = [0] * WRITERS, list[float]()

    def write(number: int) -> None:
        while time.monotonic() < until:
            with database.transaction(1) as session:
                deliver(session, way, number)
            delivered[number] += 1

    def stay_open(_: int) -> None:
        while time.monotonic() < until:
            with database.transaction(1) as session:
                deliver(session, way, WRITERS)
                time.sleep(0.5)

    def read(_: int) -> None:
        while time.monotonic() < until:
            with database.transaction(1) as session:
                asked = time.perf_counter()
                session.execute(text("select watermark()"))
                waits.append(time.perf_counter() - asked)
            time.sleep(0.02)

    jobs: list[tuple[Callable[[int], None], int]] = [
        *((write, number) for number in range(WRITERS)),
        *((read, number) for number in range(READERS)),
        (stay_open, 0),
    ]
    threads = [threading.Thread(target=job, args=(number,)) for job, number in jobs]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return sum(delivered) / seconds, statistics.median(waits) * 1000


def main(seconds: int = 5, rounds: int = 5) -> None:
    """Take turns, and print the ratio of the medians."""
    rates: dict[str, list[float]] = {"marked": [], "bare": []}
    waits: list[float] = []
    with reach(Settings(database=DATABASE)) as access:
        admin = access.administrator
        upgrade(access)
        with administering(admin) as connection:
            connection.execute(text("insert into tenant (name) values ('Nordluft') on conflict do nothing"))
            connection.execute(text("create sequence if not exists bare_number"))
            connection.execute(text("grant usage on bare_number to usufruct_app"))
        database = Database(access.app, pool_size=WRITERS + READERS + 1)
        for turn in range(2 * rounds):
            way = "marked" if (turn + turn // 2) % 2 else "bare"
            rate, wait = one_round(database, way, seconds)
            rates[way].append(rate)
            if way == "marked":
                waits.append(wait)
        database.close()
        with administering(admin.set(database="postgres")) as connection:
            connection.execute(text(f"drop database {DATABASE} with (force)"))
    marked, bare = statistics.median(rates["marked"]), statistics.median(rates["bare"])
    print(
        f"bare number {bare:,.0f} deliveries/s; marked {marked:,.0f} deliveries/s; ratio {marked / bare:.3f} "
        f"(at least 0.9); a watermark took {statistics.median(waits):.1f} ms"
    )


if __name__ == "__main__":
    main(*(int(argument) for argument in sys.argv[1:]))
