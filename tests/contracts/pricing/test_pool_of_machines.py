"""A pool counted by machine follows machines that come and go: its quantity is theirs, day by day."""

from collections.abc import Sequence
from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from api.operations.pricing import price_contract
from contracts.included import Included
from contracts.periods_preview import PeriodsTrialResult
from quantities.document import FaultyDocument, parse
from quantities.exact import half_up
from tests.billing.rating.billed import agreed, priced

RULE = {"kind": "per_unit", "unit": "h", "unit_price": "1"}
MACHINES = [f"M{number}" for number in range(1, 5)]


def fleet(
    machines: int, first: str | None = None, more: dict[str, Any] | None = None, **included: str
) -> dict[str, Any]:
    """An hour costs 1; for each machine 100 hours are included."""
    terms: dict[str, Any] = {"quantity": "100", "unit": "h", "each": "asset", **included}
    dates = {"in_force_from": first} if first else {}
    charge = priced("hours", RULE, included=terms)
    return agreed(charge, assets=MACHINES[:machines], **dates, **(more or {})).model_dump(mode="json")


def charged(versions: Sequence[dict[str, Any]], *periods: dict[str, str] | str) -> list[str]:
    """The net of each period; its uses from some days on, or of all its days."""
    entries: list[dict[str, Any]] = []
    for uses in periods:
        if isinstance(uses, str):
            entries.append({"uses": {"hours": {"quantity": uses, "unit": "h"}}})
            continue
        segments = [{"first": day, "uses": {"hours": {"quantity": used, "unit": "h"}}} for day, used in uses.items()]
        entries.append({"segments": segments})
    result = price_contract({"contract": versions[0], "amendments": versions[1:], "periods": entries})
    assert isinstance(result, PeriodsTrialResult)
    return [str(period.net) for period in result.periods]


class TestAMonth:
    """ "100 hours for each machine in the contract; for one that comes or goes, by its days." January has 31."""

    def test_machines_that_stay(self) -> None:
        assert charged([fleet(3)], "310") == ["10.00"]

    @pytest.mark.parametrize("uses", [
        pytest.param({"2026-01-01": "300", "2026-01-17": "0"}, id="all of it before the machine comes"),
        pytest.param({"2026-01-01": "0", "2026-01-17": "300"}, id="all of it afterwards"),
        pytest.param({"2026-01-01": "150", "2026-01-17": "150"}, id="half of it"),
    ])  # fmt: skip
    @pytest.mark.parametrize(("before", "after", "net"), [
        pytest.param(2, 3, "51.61", id="one comes: 200 + 100 × 15 / 31 = 248.39"),
        pytest.param(3, 2, "48.39", id="one goes: 200 + 100 × 16 / 31 = 251.61"),
    ])  # fmt: skip
    def test_the_pool_is_that_of_the_month_whenever_it_was_used(
        self, uses: dict[str, str], before: int, after: int, net: str
    ) -> None:
        assert charged([fleet(before), fleet(after, "2026-01-17")], uses) == [net]

    def test_another_term_that_changes_divides_no_pool(self) -> None:
        paid = {"settings": {"payment_days": "10"}}
        assert charged([fleet(2), fleet(2, "2026-01-17", paid)], "250") == ["50.00"]

    def test_a_contract_that_begins_and_ends_within_months(self) -> None:
        short = {"starts": "2026-01-17", "ends": "2026-02-15"}
        assert charged([fleet(2, None, short)], "100", "100") == ["3.23", "0.00"]  # 2 × 100 × 15 / 31 = 96.77

    def test_suspended_days_include_nothing(self) -> None:
        paused = {"suspensions": [{"first": "2026-01-11", "after_last": "2026-01-21"}]}
        assert charged([fleet(2, None, paused)], "150") == ["14.52"]  # 200 × 21 / 31 = 135.48

    @pytest.mark.parametrize(("currency", "net"), [("JPY", "52"), ("KWD", "51.613")])
    def test_in_another_currency(self, currency: str, net: str) -> None:
        money = {"currency": currency}
        versions = [fleet(2, None, money), fleet(3, "2026-01-17", money)]
        assert charged(versions, {"2026-01-01": "300", "2026-01-17": "0"}) == [net]

    def test_where_sums_restart_each_part_has_its_own_days(self) -> None:
        anew = {"settings": {"on_change": "restart"}}
        uses = {"2026-01-01": "300", "2026-01-17": "0"}
        assert charged([fleet(2, None, anew), fleet(3, "2026-01-17", anew)], uses) == ["196.77"]  # 300 − 200 × 16 / 31


class TestAQuarter:
    """300 hours for each machine and quarter, of 90 days; those that are there are taken to stay."""

    def test_one_that_goes_takes_its_days_along(self) -> None:
        terms: dict[str, Any] = {"quantity": "300", "per": "quarter"}
        versions = [fleet(2, **terms), fleet(1, "2026-02-01", **terms)]
        # 600 are there in January; of the quarter 300 × (2 × 31 + 59) / 90 = 403.33 are left: 96.67 were too many.
        assert charged(versions, "500", "0", "10") == ["0.00", "96.67", "10.00"]

    def test_one_that_comes_brings_its_days(self) -> None:
        terms: dict[str, Any] = {"quantity": "300", "per": "quarter"}
        versions = [fleet(1, **terms), fleet(2, "2026-02-01", **terms)]
        # 300, and from February on 300 × (31 + 2 × 59) / 90 = 496.67: of what March uses 196.67 are free.
        assert charged(versions, "310", "0", "200") == ["10.00", "0.00", "3.33"]

    def test_what_is_left_is_carried_on(self) -> None:
        terms: dict[str, Any] = {"carry_forward": "50"}
        versions = [fleet(2, **terms), fleet(3, "2026-01-17", **terms)]
        assert charged(versions, {"2026-01-01": "200", "2026-01-17": "20"}, "340") == [
            "0.00",
            "11.61",
        ]  # 28.39 are left


def test_registers_of_a_use_are_machines_as_well() -> None:
    def of(registers: int, first: str | None = None) -> dict[str, Any]:
        use = {"name": "all", "registers": [f"r{number}" for number in range(registers)]}
        charge = {"name": "hours", "usage": "all", "rule": RULE}
        included = {"quantity": "100", "unit": "h", "each": "register"}
        dates = {"in_force_from": first} if first else {}
        return agreed({**charge, "included": included}, usages=[use], **dates).model_dump(mode="json")

    assert charged([of(2), of(3, "2026-01-17")], {"2026-01-01": "300", "2026-01-17": "0"}) == ["51.61"]


@pytest.mark.parametrize("terms", [
    pytest.param({"each_register": "true"}, id="and for each register"),
    pytest.param({"proration": "none"}, id="not by days"),
    pytest.param({"per": "contract"}, id="of a window without end"),
])  # fmt: skip
def test_terms_that_contradict_each_other_are_refused(terms: dict[str, str]) -> None:
    with pytest.raises(FaultyDocument):
        parse(Included, {"quantity": "100", "unit": "h", "each": "asset", **terms})


changes = st.lists(st.tuples(st.integers(2, 31), st.integers(1, 4)), max_size=3, unique_by=lambda change: change[0])


@given(st.integers(1, 4), changes, st.lists(st.integers(0, 300), min_size=4, max_size=4))
def test_the_pool_is_counted_day_by_day(machines: int, later: list[tuple[int, int]], uses: list[int]) -> None:
    """By hand: a day has 100 / 31 hours for each machine that is there on it; above their sum every hour costs."""
    versions, told = [fleet(machines)], {"2026-01-01": str(uses[0])}
    there = [machines] * 31
    for (day, count), used in zip(sorted(later), uses[1:], strict=False):
        if count != there[day - 2]:
            told[f"2026-01-{day:02d}"] = str(used)
        versions.append(fleet(count, f"2026-01-{day:02d}"))
        there[day - 1 :] = [count] * (32 - day)
    pool = sum((Fraction(100 * count, 31) for count in there), Fraction(0))
    above = max(Fraction(0), sum(Fraction(used) for used in told.values()) - pool)
    nets = charged(versions, told) if len(told) > 1 else charged(versions, told["2026-01-01"])
    assert date(2026, 1, 1) + timedelta(len(there)) == date(2026, 2, 1)
    assert abs(Decimal(nets[0]) - half_up(above, 2)) <= Decimal("0.01")  # a line for the days of each version
