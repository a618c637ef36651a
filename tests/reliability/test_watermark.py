"""A watermark is a true snapshot: what is read as of it never changes, whoever writes meanwhile."""

import threading
import time
from collections.abc import Callable

import pytest
from sqlalchemy import text

from api.server.database import Access, Database
from metering.log import store
from tests.build import a_reading, delivered

WRITERS, READERS = 12, 4


def running(job: Callable[[int], None], count: int) -> list[threading.Thread]:
    threads = [threading.Thread(target=job, args=(number,)) for number in range(count)]
    for thread in threads:
        thread.start()
    return threads


def rows_up_to(database: Database, watermark: int) -> int:
    with database.transaction(1) as session:
        return int(
            session.execute(text("select count(*) from reading where batch <= :w"), {"w": watermark}).scalar_one()
        )


@pytest.mark.parametrize("seconds", [pytest.param(2, id="short"), pytest.param(30, id="long", marks=pytest.mark.long)])
def test_no_false_snapshot_under_12_writers_and_a_slow_delivery(access: Access, seconds: int) -> None:
    database = Database(access.app, pool_size=WRITERS + READERS + 2)
    until = time.monotonic() + seconds
    taken: list[tuple[int, int]] = []
    waits: list[float] = []
    written = [0] * WRITERS

    def write(number: int) -> None:
        at = 0
        while time.monotonic() < until:
            with database.transaction(1) as session:
                delivered(session, a_reading(number, at))
            at += 1
        written[number] = at

    def deliver_slowly(_: int) -> None:
        at = 0
        while time.monotonic() < until:
            with database.transaction(1) as session:
                delivered(session, a_reading(WRITERS, at))
                time.sleep(0.5)
            at += 1

    def read(_: int) -> None:
        while time.monotonic() < until:
            with database.transaction(1) as session:
                asked = time.monotonic()
                mark = store.watermark(session)
                waits.append(time.monotonic() - asked)
            taken.append((mark, rows_up_to(database, mark)))
            time.sleep(0.005)

    threads = running(write, WRITERS) + running(deliver_slowly, 1) + running(read, READERS)
    for thread in threads:
        thread.join()
    false = [(mark, rows) for mark, rows in taken if rows_up_to(database, mark) != rows]
    database.close()

    print(f"\n{len(taken)} watermarks, {len(false)} false; {sum(written) / seconds:.0f} deliveries/s; "
          f"a watermark took {sorted(waits)[len(waits) // 2] * 1000:.1f} ms, at most {max(waits) * 1000:.0f} ms")  # fmt: skip
    assert false == []
    assert len(taken) > 10 * seconds
    assert sum(written) > 20 * seconds


def test_the_newest_number_alone_would_be_a_false_snapshot(database: Database) -> None:
    """What the test above looks for is real: without the marks, a number above one in flight is no snapshot."""
    with database.transaction(1) as slow:
        delivered(slow, a_reading(1, 0))
        with database.transaction(1) as quick:
            newest = delivered(quick, a_reading(2, 0))
        before = rows_up_to(database, newest)
    assert before != rows_up_to(database, newest)
