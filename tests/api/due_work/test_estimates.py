"""Missing readings of a period are estimated on the day from which on its contract allows it, and replaced when they come.

The contract bills January in February, at once; what is missing is estimated five days later. 1 kWh was used in each hour
of it and of the eight weeks before: like days say 1 kWh of each hour that is missing.
"""

from collections.abc import Iterable
from datetime import date, timedelta
from decimal import Decimal

import pytest
from sqlalchemy import text

from api.operations.due_work import DueOut, DueQuery, list_due
from api.server.database import Access, Database
from billing.due.pauses import store as pauses
from billing.due.pauses.store import PauseAsked
from contracts.release.store import releasing
from metering.deliveries.batch_query import BatchQuery
from metering.deliveries.history import batches
from tests.api.due_work.office import House, instant
from tests.billing.scene import CONTRACT, Scene, on
from tests.build import acts

#: Every hour is asked for.
_ASKS = CONTRACT.replace('settings: {least_coverage: "0"}\n', "")
AFTER_FIVE_DAYS = f"{_ASKS}settings: {{issue: automatically, estimate_after_days: 5}}\n"
GAP = frozenset({"2026-01-17 03", "2026-01-17 04", "2026-01-17 05"})


def hours(first: str, last: str, without: Iterable[str] = ()) -> str:
    day, rows, gap = date.fromisoformat(first), [], {*without}
    while day <= date.fromisoformat(last):
        rows += [f"{day} {hour:02} 1" for hour in range(24) if f"{day} {hour:02}" not in gap]
        day += timedelta(days=1)
    return "\n".join(rows)


def house_of(access: Access, database: Database, contract: str, gap: Iterable[str] = GAP) -> House:
    scene = Scene(access, database, sparse=False).declared(contract)
    scene.delivers(hours("2025-12-01", "2026-01-31", gap))
    return House(scene, instant("2026-02-01 00:30"))


@pytest.fixture
def house(access: Access, database: Database) -> House:
    return house_of(access, database, AFTER_FIVE_DAYS)


def ticks_twice(house: House, at: str) -> None:
    """What is estimated at one tick is billed at the next."""
    house.ticks(at)
    house.ticks()


def calendar(house: House, kind: str = "estimate") -> list[DueOut]:
    with house.scene.database.transaction(1) as session:
        return list(list_due(session, 1, DueQuery(until=date(2026, 2, 20), kind=kind), house.now).rows)


def amends(house: House, contract: str, day: str = "2026-02-02") -> None:
    house.scene.amends(contract, day)


class TestTheDay:
    def test_what_is_missing_is_estimated_on_it_and_billed(self, house: House) -> None:
        house.ticks("2026-02-01 06:00")
        house.ticks("2026-02-05 22:59")  # midnight of the sixth in Berlin is not yet
        assert house.issued() == []
        ticks_twice(house, "2026-02-05 23:00")
        assert house.issued() == [("C-1", "2026-01-01")]
        assert house.waits(kind="estimate") == ()
        assert house.scene.lines("2026-000001")[1:] == [("energy", "100", "50.00", ""), ("energy", "644", "128.80", "")]

    def test_it_says_who_estimated_and_why(self, house: House) -> None:
        house.ticks("2026-02-01 06:00")
        house.ticks("2026-02-06 06:00")
        with house.scene.database.transaction(1) as session:
            newest = batches(session, BatchQuery(limit=1)).rows[0]
        assert (newest.source, newest.recorded_by) == ("estimates of kwh", "schedule")
        assert newest.reason == "contract C-1 estimates what was not read in time"

    def test_the_calendar_has_it_with_what_is_expected(self, house: House) -> None:
        house.ticks("2026-02-01 06:00")
        (entry,) = calendar(house)
        assert (entry.on, entry.contract, entry.customer) == (date(2026, 2, 6), "C-1", "Blechwerke")
        assert (entry.first, entry.last) == (date(2026, 1, 1), date(2026, 1, 31))
        assert "741 of 744 readings" in entry.held
        assert (entry.currency, entry.fixed) == ("EUR", Decimal("100.00"))

    def test_one_of_another_day_of_billing_waits_from_then_on(self, access: Access, database: Database) -> None:
        house = house_of(access, database, AFTER_FIVE_DAYS.replace("settings: {", "settings: {bill_after_days: 3, "))
        house.ticks("2026-02-04 06:00")
        assert [entry.on for entry in calendar(house)] == [date(2026, 2, 9)]

    def test_a_reading_that_comes_before_it_leaves_nothing_to_estimate(self, house: House) -> None:
        house.ticks("2026-02-01 06:00")
        house.scene.delivers("\n".join(f"{hour} 2" for hour in sorted(GAP)))
        house.ticks("2026-02-02 06:00")
        assert house.issued() == [("C-1", "2026-01-01")]
        assert calendar(house) == []
        house.ticks("2026-02-06 06:00")
        assert house.waits(kind="estimate") == ()
        assert house.scene.lines("2026-000001")[2][1] == "647", "744 hours, three of them with 2 kWh, less 100"

    def test_without_the_term_it_waits_for_somebody(self, access: Access, database: Database) -> None:
        house = house_of(access, database, f"{_ASKS}settings: {{issue: automatically}}\n")
        house.ticks("2026-02-01 06:00")
        ticks_twice(house, "2026-02-20 06:00")
        assert house.issued() == []
        assert house.waits(kind="estimate") == ()

    def test_what_is_below_what_is_asked_for_is_not_estimated(self, access: Access, database: Database) -> None:
        """741 of 744 are more than 90 %: the contract bills them, and the rest is billed once it is delivered."""
        settings = 'settings: {issue: automatically, estimate_after_days: 0, least_coverage: "0.9"}\n'
        house = house_of(access, database, _ASKS + settings)
        ticks_twice(house, "2026-02-01 06:00")
        assert house.scene.lines("2026-000001")[2][1] == "641"
        house.ticks("2026-02-02 06:00")
        assert house.waits(kind="estimate") == ()

    def test_one_issued_after_review_is_estimated_as_well(self, access: Access, database: Database) -> None:
        house = house_of(access, database, f"{_ASKS}settings: {{estimate_after_days: 5}}\n")
        house.ticks("2026-02-01 06:00")
        assert [entry.on for entry in calendar(house)] == [date(2026, 2, 6)]
        house.ticks("2026-02-06 06:00")
        assert house.scene.bills("2026-02-06").held == {}

    def test_a_period_of_which_nothing_was_read_is_estimated_too(self, access: Access, database: Database) -> None:
        house = house_of(access, database, AFTER_FIVE_DAYS, ())
        house.ticks("2026-02-01 06:00")
        house.ticks("2026-03-01 06:00")
        assert len(house.issued()) == 1
        ticks_twice(house, "2026-03-06 06:00")
        assert house.issued() == [("C-1", "2026-01-01"), ("C-1", "2026-02-01")]


class TestWhatCannotBeEstimated:
    def test_it_waits_with_its_reason_and_bills_nothing(self, access: Access, database: Database) -> None:
        scene = Scene(access, database, sparse=False).declared(AFTER_FIVE_DAYS)
        scene.delivers("2026-01-05 10 40")
        house = House(scene, instant("2026-02-01 06:00"))
        house.ticks()
        ticks_twice(house, "2026-02-06 06:00")
        (waiting,) = house.waits(kind="estimate")
        assert "743 intervals of kwh are missing, and nothing says what they were" in waiting.reason
        assert house.issued() == []

    def test_what_another_bill_rests_on_is_left_to_two_people(self, access: Access, database: Database) -> None:
        other = CONTRACT.replace("contract: C-1", "contract: C-2").replace(
            "settings: {", "settings: {issue: automatically, "
        )
        house = house_of(access, database, AFTER_FIVE_DAYS)
        house.scene.amends(other, "2026-01-05")
        house.ticks("2026-02-01 06:00")
        assert house.issued() == [("C-2", "2026-01-01")]
        ticks_twice(house, "2026-02-06 06:00")
        assert house.issued() == [("C-2", "2026-01-01")]
        (waiting,) = house.waits(kind="estimate")
        assert waiting.reason.startswith("bills rest on some of these days of kwh")


class TestWhatComesLater:
    def test_a_reading_replaces_the_estimate_and_is_corrected_by_itself(self, house: House) -> None:
        house.ticks("2026-02-01 06:00")
        ticks_twice(house, "2026-02-06 06:00")
        assert len(house.issued()) == 1
        house.scene.delivers("2026-01-17 04 11")
        house.ticks("2026-02-07 06:00")
        ticks_twice(house, "2026-02-22 06:00")
        # 10 kWh more at 0.20; never 11 beside the estimate
        (_, correction) = sorted(invoice.row.number or "" for invoice in house.scene.invoices())
        assert [(line[1], line[2]) for line in house.scene.lines(correction)] == [("10", "2.00")]
        assert house.scene.replays() == []

    def test_readings_that_are_withdrawn_before_the_bill_are_estimated(
        self, access: Access, database: Database
    ) -> None:
        from api.operations.readings import withdraw
        from quantities.period import Period

        house = house_of(access, database, AFTER_FIVE_DAYS.replace("settings: {", "settings: {bill_after_days: 1, "))
        house.ticks("2026-02-01 06:00")
        hour = Period(on("2026-01-20"), on("2026-01-20").replace(hour=8))
        with house.scene.database.transaction(1) as session:
            withdraw(session, "kwh", hour, reason="wrong", who="anna", at=on("2026-02-01"))
        ticks_twice(house, "2026-02-02 06:00")
        ticks_twice(house, "2026-02-07 06:00")
        assert house.scene.lines("2026-000001")[2][1] == "644"


class TestAmendments:
    def test_one_that_allows_it_is_followed_for_a_period_that_waits(self, access: Access, database: Database) -> None:
        house = house_of(access, database, f"{_ASKS}settings: {{issue: automatically}}\n")
        house.ticks("2026-02-01 06:00")
        amends(house, AFTER_FIVE_DAYS)
        house.ticks("2026-02-03 06:00")
        ticks_twice(house, "2026-02-06 06:00")
        assert house.issued() == [("C-1", "2026-01-01")]

    def test_one_that_waits_for_less_brings_it_forward(self, house: House) -> None:
        house.ticks("2026-02-01 06:00")
        amends(house, AFTER_FIVE_DAYS.replace("estimate_after_days: 5", "estimate_after_days: 2"))
        house.ticks("2026-02-02 06:00")
        assert [entry.on for entry in calendar(house)] == [date(2026, 2, 3)]
        ticks_twice(house, "2026-02-03 06:00")
        assert len(house.issued()) == 1

    def test_one_that_no_longer_allows_it_is_followed(self, house: House) -> None:
        house.ticks("2026-02-01 06:00")
        amends(house, f"{_ASKS}settings: {{issue: automatically}}\n")
        ticks_twice(house, "2026-02-06 06:00")
        assert house.issued() == []
        assert house.waits(kind="estimate") == ()

    def test_one_within_the_period_speaks_for_its_own_days_alone(self, access: Access, database: Database) -> None:
        """From the 15th on estimates are allowed: what lacks before then still waits for somebody."""
        before = frozenset({"2026-01-05 03"})
        house = house_of(access, database, f"{_ASKS}settings: {{issue: automatically}}\n", GAP | before)
        house.ticks("2026-02-01 06:00")
        later = AFTER_FIVE_DAYS.replace('unit_price: "0.50"', 'unit_price: "0.40"')
        amends(house, f"{later}in_force_from: 2026-01-15\n")
        house.ticks("2026-02-02 06:00")
        ticks_twice(house, "2026-02-06 06:00")
        assert house.issued() == []
        with house.scene.database.transaction(1) as session:
            estimates = session.execute(text("select count(*) from reading where quality in (8, 9)")).scalar_one()
        assert estimates == len(GAP)

    def test_a_contract_that_ends_is_estimated_up_to_its_end(self, house: House) -> None:
        house.ticks("2026-02-01 00:30")
        amends(house, AFTER_FIVE_DAYS + "ends: 2026-01-19\n")
        house.ticks("2026-02-02 06:00")
        ticks_twice(house, "2026-02-06 06:00")
        assert [(str(i.row.first), str(i.row.after_last)) for i in house.scene.invoices()] == [
            ("2026-01-01", "2026-01-19")
        ]

    def test_a_period_that_a_contract_no_longer_has_is_not_estimated(self, house: House) -> None:
        house.ticks("2026-03-01 06:00")
        assert [entry.first for entry in calendar(house)] == [date(2026, 1, 1)]
        amends(house, AFTER_FIVE_DAYS + "ends: 2026-01-31\n", "2026-03-01")
        house.ticks("2026-03-06 06:00")
        ticks_twice(house, "2026-03-06 07:00")
        assert house.issued() == [("C-1", "2026-01-01")]
        assert house.waits(kind="estimate") == ()


class TestPauses:
    def pauses(self, house: House, asked: PauseAsked) -> None:
        with house.scene.database.transaction(1) as session:
            pauses.pause(session, asked, releasing(session, acts(session, "anna"), house.now))

    @pytest.mark.parametrize("asked", [
        pytest.param(PauseAsked(reason="looked at", kind="estimate"), id="of the kind"),
        pytest.param(PauseAsked(reason="looked at", contract="C-1"), id="of the contract"),
        pytest.param(PauseAsked(reason="looked at", kind="estimate", contract="C-1"), id="of both"),
    ])  # fmt: skip
    def test_a_pause_holds_it_and_it_is_caught_up(self, house: House, asked: PauseAsked) -> None:
        house.ticks("2026-02-01 06:00")
        house.now = instant("2026-02-05 12:00")
        self.pauses(house, asked)
        ticks_twice(house, "2026-02-06 06:00")
        assert house.issued() == []
        (entry,) = calendar(house)
        assert entry.paused is not None
        ticks_twice(house, "2026-02-12 13:00")  # a week is over
        assert house.issued() == [("C-1", "2026-01-01")]


def test_two_who_tick_at_once_estimate_once(house: House) -> None:
    house.ticks("2026-02-01 06:00")
    house.now = instant("2026-02-06 06:00")
    with house.ticker() as one, house.ticker() as another:
        for lane in (*one.tick(), *another.tick()):
            lane.result()
    with house.scene.database.transaction(1) as session:
        made = session.execute(text("select count(*) from reading where quality in (8, 9)")).scalar_one()
    assert made == len(GAP)
