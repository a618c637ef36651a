"""The account of a rated charge: exact where its numbers are, and of the rule itself."""

from datetime import date
from itertools import islice
from typing import Any

import pytest

from contracts.composition import compose
from contracts.pricing_preview import TriedUsage
from contracts.window_account import WindowAccount, account_of
from quantities.document import parse
from tests.billing.rating.billed import agreed, priced


def second_month(rule: dict[str, Any], first: str, second: str, unit: str, **terms: Any) -> WindowAccount:
    """The account of February, after January."""
    contract = agreed(priced("use", rule, **terms))
    states: dict[str, Any] = {}
    for period, quantity in zip(islice(contract.periods(), 2), (first, second), strict=True):
        usage = parse(TriedUsage, {"quantity": quantity, "unit": unit}).to_usage(contract.starts)
        carried = states
        (composed,) = compose(contract, period, {"use": usage}, {"use": carried})
        states = dict(composed.closing)
    return account_of(contract, composed, usage, carried)


def test_a_use_whose_decimals_do_not_end_is_added_up_exactly() -> None:
    """240 and 480 MJ are 200 kWh: the second month has not reached the second tier."""
    tiers = [{"up_to": "200", "unit_price": "1"}, {"unit_price": "9"}]
    account = second_month({"kind": "graduated", "unit": "kWh", "per": "year", "tiers": tiers}, "240", "480", "MJ")
    assert account.opened == ("66.666666666666667 (200/3) kWh used since 2026-01-01",)
    assert [str(line.quantity) for line in account.so_far] == ["200"]
    assert account.steps == ("0 to 200 kWh: 200 − 66.666666666666667 = 133.333333333333333",)


def test_a_pool_of_such_a_use() -> None:
    """Of 200 kWh a year 200/3 are drawn, and 480 MJ are all of the rest."""
    pool = {"quantity": "200", "unit": "kWh", "per": "year"}
    rule = {"kind": "per_unit", "unit": "kWh", "unit_price": "1"}
    account = second_month(rule, "240", "480", "MJ", included=pool)
    assert account.opened == ("66.666666666666667 (200/3) kWh drawn on what is included since 2026-01-01",)
    assert account.adds == ("0 kWh beyond what is included",)
    assert account.steps[0] == "included: 200 − 66.666666666666667 used before = 133.333333333333333 kWh left"


@pytest.mark.parametrize(("per", "after_last"), [
    pytest.param("year", date(2027, 1, 1), id="the rule's own"),
    pytest.param("period", date(2026, 4, 1), id="that of what is included, where the rule has none"),
])  # fmt: skip
def test_the_days_that_are_added_up_are_those_of_the_rule(per: str, after_last: date) -> None:
    """Prices by the year and 100 kWh free in each quarter: the account is the year's."""
    pool = {"quantity": "100", "unit": "kWh", "per": "quarter"}
    rule = {"kind": "per_unit", "unit": "kWh", "unit_price": "1", "per": per}
    window = second_month(rule, "240", "480", "kWh", included=pool).window
    assert window is not None
    assert (window.whole_first, window.whole_after_last) == (date(2026, 1, 1), after_last)
