"""What will fall due: each period of each contract on its day, with what is expected to come of it."""

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from api.operations.due_work import DueOut, DueQuery, DueTooFar, list_due
from api.server.database import Access, Database
from billing.due.ahead import store as ahead_store
from billing.due.ahead.expected import AmountBasis
from billing.due.pauses import store as pauses
from billing.due.pauses.store import PauseAsked
from billing.rating import store as rating_store
from contracts.release.store import releasing
from contracts.store import Version
from tests.api.due_work.office import AUTOMATIC, House, instant
from tests.billing.scene import Scene
from tests.build import acts

FEE = AUTOMATIC[: AUTOMATIC.index("  - name: energy")]


@pytest.fixture
def scene(access: Access, database: Database) -> Scene:
    return Scene(access, database)


def calendar(scene: Scene, now: str, **asked: object) -> list[DueOut]:
    with scene.database.transaction(scene.tenant) as session:
        return list(list_due(session, scene.tenant, DueQuery.model_validate(asked), instant(now)).rows)


def test_fixed_charges_are_expected_to_the_cent_on_the_local_day_of_each_period(scene: Scene) -> None:
    scene.declared(FEE)
    days = calendar(scene, "2026-01-10 06:00", until=date(2026, 4, 1))
    assert [(one.on, one.zone, one.first, one.last, one.amount, one.basis) for one in days] == [
        (date(2026, 2, 1), "Europe/Berlin", date(2026, 1, 1), date(2026, 1, 31), Decimal("100.00"), AmountBasis.EXACT),
        (date(2026, 3, 1), "Europe/Berlin", date(2026, 2, 1), date(2026, 2, 28), Decimal("100.00"), AmountBasis.EXACT),
        (date(2026, 4, 1), "Europe/Berlin", date(2026, 3, 1), date(2026, 3, 31), Decimal("100.00"), AmountBasis.EXACT),
    ]
    assert {(one.kind, one.contract, one.customer, one.currency) for one in days} == {
        ("bill", "C-1", "Blechwerke", "EUR")
    }


def test_use_is_estimated_from_what_was_billed_and_says_so(scene: Scene) -> None:
    """January used 60 kWh, 30.00 in 31 days, and February 40 kWh, 20.00 in 28: 50.00 in 59 days, of 31 days 26.27."""
    scene.declared(AUTOMATIC)
    scene.delivers("2026-01-05 10 60\n2026-02-05 10 40")
    house = House(scene, instant("2026-03-02 06:00"))
    house.ticks()
    (march,) = calendar(scene, "2026-03-10 06:00", until=date(2026, 4, 1), kind="bill")
    assert (march.amount, march.fixed, march.basis) == (Decimal("126.27"), Decimal("100.00"), AmountBasis.ESTIMATE)
    assert march.rests_on == "fixed charges, and the average use of the 2 periods from 2026-01-01 to 2026-02-28"


def test_use_of_which_nothing_was_billed_is_not_guessed(scene: Scene) -> None:
    scene.declared(AUTOMATIC)
    (january,) = calendar(scene, "2026-01-10 06:00", until=date(2026, 2, 1))
    assert (january.amount, january.fixed, january.basis) == (None, Decimal("100.00"), AmountBasis.UNKNOWN)


def test_what_is_over_is_expected_as_it_would_be_billed_now(scene: Scene) -> None:
    scene.declared(AUTOMATIC)
    scene.delivers("2026-01-05 10 60")
    (january,) = calendar(scene, "2026-02-02 06:00", until=date(2026, 2, 3), kind="bill")
    assert (january.amount, january.basis) == (Decimal("130.00"), AmountBasis.EXACT)


def test_pages_follow_each_other_by_day_and_contract(scene: Scene) -> None:
    scene.declared(FEE, FEE.replace("C-1", "C-2"))
    whole = calendar(scene, "2026-01-10 06:00", until=date(2026, 4, 1))
    assert [(one.on.month, one.contract) for one in whole] == [
        (month, of) for month in (2, 3, 4) for of in ("C-1", "C-2")
    ]
    read, after = list[DueOut](), ""
    with scene.database.transaction(1) as session:
        while True:
            query = DueQuery(until=date(2026, 4, 1), limit=4, after=after)
            page = list_due(session, 1, query, instant("2026-01-10 06:00"))
            read += page.rows
            after = page.after
            if not after:
                break
    assert read == whole


def test_an_amendment_and_the_end_of_a_contract_are_seen(scene: Scene) -> None:
    scene.declared(FEE)
    scene.amends(
        FEE.replace('"100.00"', '"120.00"').replace("starts: ", "in_force_from: 2026-02-01\nstarts: "), "2026-01-10"
    )
    scene.amends(
        FEE.replace('"100.00"', '"120.00"').replace(
            "starts: ", "in_force_from: 2026-02-01\nends: 2026-03-01\nstarts: "
        ),
        "2026-01-11",
    )
    days = calendar(scene, "2026-01-12 06:00", until=date(2026, 6, 1))
    assert [(one.on.month, one.amount) for one in days] == [(2, Decimal("100.00")), (3, Decimal("120.00"))]


def test_what_is_held_back_names_its_pause(scene: Scene) -> None:
    scene.declared(FEE, FEE.replace("C-1", "C-2"))
    with scene.database.transaction(1) as session:
        at = instant("2026-01-10 06:00")
        pause = pauses.pause(
            session, PauseAsked("a look", "issue", "C-2"), releasing(session, acts(session, "anna"), at)
        )
    days = calendar(scene, "2026-01-10 06:00", until=date(2026, 2, 1))
    assert [one.paused for one in days] == [None, None], "alone it holds for a week"
    with scene.database.transaction(1) as session:
        pauses.release_pause(session, pause.number, releasing(session, acts(session, "bert"), at))
    days = calendar(scene, "2026-01-10 06:00", until=date(2026, 2, 1))
    assert [(one.contract, one.paused) for one in days] == [("C-1", None), ("C-2", pause.number)]


def test_another_tenants_is_not_seen_and_another_zone_has_its_own_days(scene: Scene) -> None:
    scene.declared(FEE)
    elsewhere = FEE.replace("Europe/Berlin", "Asia/Shanghai").replace("EUR", "CNY")
    other = Scene(scene.access, scene.database, tenant=2).declared(elsewhere)
    (one,) = calendar(other, "2026-01-10 06:00", until=date(2026, 2, 1))
    assert (one.on, one.zone, one.at, one.currency) == (
        date(2026, 2, 1), "Asia/Shanghai", instant("2026-01-31 16:00"), "CNY",
    )  # fmt: skip


def test_a_calendar_ends_within_two_years(scene: Scene) -> None:
    with pytest.raises(DueTooFar):
        calendar(scene, "2026-01-10 06:00", until=date(2029, 1, 1))


def test_one_contract_that_cannot_be_rated_keeps_no_other_from_the_calendar(
    scene: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    scene.declared(FEE, FEE.replace("C-1", "C-2"))
    real = rating_store.billable

    def billable(versions: Sequence[Version], *rest: Any) -> Any:
        if versions[-1].contract.contract == "C-1":
            raise ArithmeticError("no digit is left")
        return real(versions, *rest)

    monkeypatch.setattr(ahead_store, "billable", billable)
    days = calendar(scene, "2026-01-10 06:00", until=date(2026, 2, 1))
    assert [(one.contract, one.amount, one.rests_on) for one in days] == [
        ("C-1", None, "what is fixed cannot be rated yet: no digit is left"),
        ("C-2", Decimal("100.00"), "fixed charges alone"),
    ]
