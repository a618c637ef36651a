"""Two schedulers, clock changes, a clock set back, a worker stopped for a week: every work once, in order."""

import threading
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from itertools import pairwise
from typing import Any

import pytest
from sqlmodel import Session

from api.due_work import own
from api.due_work.own import do_own
from api.due_work.tick import look
from api.server.database import Access, Database
from billing import run
from billing.due.store import Due
from billing.due.work import claims
from billing.due.work.retries import UNFORESEEN
from billing.due.work.store import WorkState, run_again
from quantities.errors import Invalid
from tests.api.due_work.office import AUTOMATIC, House, instant
from tests.billing.scene import Scene

TWO = ("C-1", "C-2")


@pytest.fixture
def house(access: Access, database: Database) -> House:
    scene = Scene(access, database).declared(AUTOMATIC, AUTOMATIC.replace("C-1", "C-2"))
    scene.delivers("2026-01-05 10 60\n2026-02-05 10 40\n2026-03-05 10 20")
    return House(scene, instant("2026-01-15 06:00"))


@pytest.mark.parametrize("other", [
    pytest.param("2026-04-02 06:00", id="by one clock"),
    pytest.param("2026-03-26 06:00", id="the clock of one a week behind"),
    pytest.param("2026-02-02 06:00", id="the clock of one two months behind"),
])  # fmt: skip
def test_two_schedulers_at_once_issue_each_period_once_and_in_order(house: House, other: str) -> None:
    house.now = instant("2026-04-02 06:00")
    together = threading.Barrier(2)

    def process(of: House) -> None:
        with of.ticker() as ticker:
            together.wait(30)
            ticker.tick_through()

    with ThreadPoolExecutor(2) as threads:
        for done in [threads.submit(process, of) for of in (house, House(house.scene, instant(other)))]:
            done.result()
    house.ticks()
    issued = house.issued()
    for contract in TWO:
        assert [first for of, first in issued if of == contract] == ["2026-01-01", "2026-02-01", "2026-03-01"]


def test_weeks_that_nobody_ticked_are_caught_up_the_oldest_first(house: House) -> None:
    house.ticks("2026-02-02 06:00")
    house.ticks("2026-04-02 06:00")
    assert house.issued() == [(of, f"2026-0{month}-01") for month in (1, 2, 3) for of in TWO]
    for _ in range(2):  # what came of it is swept, told and sealed
        house.ticks()
    assert [one.kind for one in look(house.scene.database, house.now)] == []
    assert len(house.issued()) == 6


def test_a_clock_that_is_set_back_bills_nothing_twice_and_goes_on_where_it_was(house: House) -> None:
    house.ticks("2026-03-02 06:00")
    before = house.issued()
    house.ticks("2026-01-02 06:00")
    house.ticks("2026-03-02 07:00")
    assert house.issued() == before
    house.ticks("2026-04-02 06:00")
    assert house.issued()[len(before) :] == [(of, "2026-03-01") for of in TWO]


@pytest.mark.parametrize(("at", "issued"), [
    pytest.param("2026-03-31 21:59", 0, id="23:59 in summer time: the month is not over"),
    pytest.param("2026-03-31 22:00", 1, id="midnight in summer time, an hour before that of winter"),
])  # fmt: skip
def test_a_month_in_which_the_clock_changes_ends_at_its_own_midnight(house: House, at: str, issued: int) -> None:
    house.ticks("2026-03-02 06:00")
    house.ticks(at)
    assert [first for of, first in house.issued() if of == "C-1"].count("2026-03-01") == issued


@pytest.mark.parametrize(("at", "issued"), [
    pytest.param("2026-10-31 22:00", 0, id="midnight in summer time, which is over: 23:00"),
    pytest.param("2026-10-31 22:59", 0, id="23:59 in winter time: the month has an hour more"),
    pytest.param("2026-10-31 23:00", 1, id="midnight in winter time"),
])  # fmt: skip
def test_a_month_in_which_an_hour_comes_twice_ends_an_hour_later(
    access: Access, database: Database, at: str, issued: int
) -> None:
    scene = Scene(access, database).declared(AUTOMATIC.replace("2026-01-01", "2026-10-01"))
    scene.delivers("2026-10-05 10 60")
    house = House(scene, instant("2026-10-20 06:00"))
    for tick in ("2026-10-25 00:30", "2026-10-25 01:30", at):  # half past two, twice
        house.ticks(tick)
    assert [first for _, first in house.issued()] == ["2026-10-01"] * issued


class TestWorkOfItsOwn:
    """Claimed under a lease, and done in one transaction with its end."""

    @pytest.fixture
    def done(self, monkeypatch: pytest.MonkeyPatch) -> list[str]:
        done = list[str]()

        def work(session: Session, hand: own.WorkAtHand) -> None:
            done.append(hand.claimed.subject)

        monkeypatch.setattr(own, "DOING", {"rerate": work})
        return done

    def falls_due(self, house: House, subject: str, at: str) -> None:
        with house.scene.database.transaction(1) as session:
            claims.put_down(session, 1, "rerate", subject, instant(at))

    def test_a_worker_stopped_for_a_week_finds_its_work_done_by_another(self, house: House, done: list[str]) -> None:
        self.falls_due(house, "CPI", "2026-02-01 06:00")
        with house.scene.database.transaction(1) as session:
            claimed = claims.claim(session, 1, ["rerate"], instant("2026-02-01 06:00"))
        assert claimed is not None
        house.now = instant("2026-02-01 06:05")
        do_own(house.scene.database, ["rerate"], None, lambda: house.now)
        assert done == [], "within its lease nobody else does it"
        house.now += timedelta(days=7)
        do_own(house.scene.database, ["rerate"], None, lambda: house.now)
        assert done == ["CPI"]
        with house.scene.database.transaction(1) as session:
            assert not claims.hold(session, claimed), "whoever comes back does nothing"

    def test_the_oldest_is_done_first(self, house: House, done: list[str]) -> None:
        for subject, at in (("B", "2026-02-03"), ("A", "2026-02-05"), ("C", "2026-02-01")):
            self.falls_due(house, subject, f"{at} 06:00")
        house.ticks("2026-02-10 06:00")
        assert done == ["C", "B", "A"]

    def test_what_comes_up_again_while_it_is_done_is_done_once_more(self, house: House, done: list[str]) -> None:
        self.falls_due(house, "CPI", "2026-02-01 06:00")
        with house.scene.database.transaction(1) as session:
            claimed = claims.claim(session, 1, ["rerate"], instant("2026-02-01 06:00"))
        assert claimed is not None
        self.falls_due(house, "CPI", "2026-02-01 06:01")
        with house.scene.database.transaction(1) as session:
            assert claims.hold(session, claimed)
            claims.done(session, claimed, instant("2026-02-01 06:02"))
        house.ticks("2026-02-01 06:02")
        assert done == ["CPI"]
        assert house.waits(kind="rerate") == ()

    def test_what_a_clock_put_off_that_is_set_back_since_is_not_put_off(self, house: House, done: list[str]) -> None:
        self.falls_due(house, "CPI", "2026-02-01 06:00")
        with house.scene.database.transaction(1) as session:
            claimed = claims.claim(session, 1, ["rerate"], instant("2027-02-01 06:00"))  # a year ahead
            assert claimed is not None
        with house.scene.database.transaction(1) as session:
            claims.failed(session, claimed, "refused", instant("2027-02-01 06:00"))
        house.ticks("2026-02-01 06:00")
        assert done == ["CPI"]

    def test_it_is_tried_again_after_growing_waits_then_dead_with_its_reason_and_run_again(
        self, house: House, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        tried = []

        def fails(session: Session, hand: own.WorkAtHand) -> None:
            tried.append(house.now)
            raise RuntimeError("a fault of our own")

        monkeypatch.setattr(own, "DOING", {"rerate": fails})
        self.falls_due(house, "CPI", "2026-02-01 06:00")
        house.now = instant("2026-02-01 06:00")
        for _ in range(4 * 24 * 12):
            house.now += timedelta(minutes=5)
            do_own(house.scene.database, ["rerate"], [1], lambda: house.now)
        waits = [after - before for before, after in pairwise(tried)]
        assert len(tried) == UNFORESEEN.dead_after
        assert waits == sorted(waits)
        (dead,) = house.waits(state="dead")
        assert (dead.subject, dead.state, dead.reason) == ("CPI", WorkState.DEAD, "RuntimeError: a fault of our own")
        with house.scene.database.transaction(1) as session:
            run_again(session, dead.number, house.now)
        do_own(house.scene.database, ["rerate"], [1], lambda: house.now)
        assert len(tried) == UNFORESEEN.dead_after + 1


class TestAContractThatFails:
    """One failing contract holds neither the others nor the tick."""

    @pytest.fixture
    def broken(self, monkeypatch: pytest.MonkeyPatch) -> list[Exception]:
        fault: list[Exception] = [RuntimeError("a fault of our own")]
        real = run.bill

        def bill(session: Session, tenant: int, claimed: Sequence[Due], *rest: Any) -> run.RunOutcome:
            if fault and any(due.reference == "C-1" for due in claimed):
                raise fault[0]
            return real(session, tenant, claimed, *rest)

        monkeypatch.setattr("billing.run.bill", bill)
        return fault

    def test_the_others_are_billed_and_it_is_put_off(self, house: House, broken: list[Exception]) -> None:
        house.ticks("2026-02-02 06:00")
        assert house.issued() == [("C-2", "2026-01-01")]
        (put_off,) = house.waits(kind="bill")
        assert (put_off.subject, put_off.tries, put_off.next_at) == ("C-1", 1, instant("2026-02-02 06:01"))
        house.ticks("2026-02-02 06:00:30")
        assert house.waits(kind="bill")[0].tries == 1, "it is not tried before"
        broken.clear()
        house.ticks("2026-02-02 06:01:30")
        assert house.issued() == [("C-2", "2026-01-01"), ("C-1", "2026-01-01")]
        assert house.waits(kind="bill") == ()

    def test_what_nobody_foresaw_is_dead_in_the_end_and_lives_when_it_is_run_again(
        self, house: House, broken: list[Exception]
    ) -> None:
        house.now = instant("2026-02-02 06:00")
        for _ in range(UNFORESEEN.dead_after or 0):
            house.ticks()
            house.now = house.waits(kind="bill")[0].next_at
        (dead,) = house.waits(state="dead")
        assert dead.reason == "RuntimeError: a fault of our own"
        broken.clear()
        house.now += timedelta(days=20)
        house.ticks()
        assert [of for of, _ in house.issued()].count("C-1") == 0
        with house.scene.database.transaction(1) as session:
            run_again(session, dead.number, house.now)
        house.ticks()
        assert [of for of, _ in house.issued()].count("C-1") == 1
        assert house.waits(state="dead") == ()

    def test_a_refusal_waits_for_a_fact_and_never_dies(self, house: House, broken: list[Exception]) -> None:
        broken[:] = [Invalid("a fact is missing")]
        house.now = instant("2026-02-02 06:00")
        for _ in range(2 * (UNFORESEEN.dead_after or 0)):
            house.ticks()
            house.now = house.waits(kind="bill")[0].next_at
        assert house.waits(kind="bill")[0].state is WorkState.DUE
        broken.clear()
        house.ticks()
        assert [of for of, _ in house.issued()].count("C-1") == 1

    def test_a_person_may_bill_what_is_put_off(self, house: House, broken: list[Exception]) -> None:
        house.ticks("2026-02-02 06:00")
        broken.clear()
        house.scene.bills("2026-02-02")
        assert [of for of, _ in house.issued()].count("C-1") == 1
        assert house.waits(kind="bill") == (), "and it is put off no more"
