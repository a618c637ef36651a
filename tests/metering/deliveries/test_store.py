"""Deliveries against a database: side by side, late, and repeated."""

import threading
import time
from datetime import timedelta
from decimal import Decimal

import pytest
from sqlmodel import Session

from api.server.database import Access, Database
from metering.log import store
from metering.log.reading import Reading
from quantities.period import Period
from tests.billing.scene import CONTRACT, Scene, on

JANUARY_5 = Period(on("2026-01-05"), on("2026-01-06"))


@pytest.fixture
def scene(access: Access, database: Database) -> Scene:
    return Scene(access, database).declared(CONTRACT)


def now(scene: Scene) -> list[Decimal | None]:
    with scene.database.transaction(1) as session:
        return [reading.value for reading in store.readings_as_of(session, scene_series(session), JANUARY_5)]


def scene_series(session: Session) -> list[int]:
    asked = "select s.id from series s join register r on r.id = s.register_id where r.key = 'kwh'"
    return list(session.connection().exec_driver_sql(asked).scalars())


def test_a_delivery_that_waited_for_another_is_the_later_one(scene: Scene) -> None:
    """Overtaken between its first step and its lock, it must still be what the log says in the end."""
    receipts = []
    waits = threading.Thread(target=lambda: receipts.append(scene.delivers("2026-01-05 10 2")))
    with scene.database.transaction(1) as session:
        (series,) = scene_series(session)
        store.lock_series(session, [series])
        waits.start()
        while not waiting_for_a_lock(session):
            time.sleep(0.01)
        number = store.open_batch(session)  # drawn while the other waits
        noon = JANUARY_5.start.replace(hour=9)
        one = Reading(series, noon, noon + timedelta(hours=1), Decimal(1), batch=number)
        store.append(session, store.table_of_readings([one]))
    waits.join()
    (receipt,) = receipts
    assert (receipt.stored, receipt.corrected) == (1, 1)
    assert receipt.batch > number
    assert [Decimal(2)] == now(scene)


def waiting_for_a_lock(session: Session) -> bool:
    asked = "select exists (select from pg_locks where not granted and locktype in ('transactionid', 'tuple'))"
    return bool(session.connection().exec_driver_sql(asked).scalar_one())


def test_two_at_once_of_one_reading_are_one_after_the_other(scene: Scene) -> None:
    receipts = []
    threads = [threading.Thread(target=lambda: receipts.append(scene.delivers("2026-01-05 10 7"))) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(receipt.stored for receipt in receipts) == [0] * 7 + [1]
    assert [Decimal(7)] == now(scene)


def test_a_b_a_is_a_revert_and_no_repetition(scene: Scene) -> None:
    first = scene.delivers("2026-01-05 10 1")
    scene.delivers("2026-01-05 10 2")
    again = scene.delivers("2026-01-05 10 1")
    assert (1, 1, first.batch) == (again.stored, again.corrected, again.seen_before)
    assert [Decimal(1)] == now(scene)
    assert ((last := scene.delivers("2026-01-05 10 1")).stored, last.unchanged) == (0, 1)


def test_order_of_arrival_does_not_matter(scene: Scene) -> None:
    for hour in (14, 10, 12):
        scene.delivers(f"2026-01-05 {hour} {hour}")
    assert [Decimal(10), Decimal(12), Decimal(14)] == now(scene)
