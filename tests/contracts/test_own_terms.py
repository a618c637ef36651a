"""What an amendment within a period divides: the charges whose own terms it changes, and no other one."""

from typing import Any

import pytest

from tests.contracts.trials import COOLING, priced

DAY = "2026-01-16"
KWH = {"unit": "kWh"}
COSTS = {"kind": "pass_through", "at_most": "1000"}
PERCENT = {"kind": "percentage", "percent": "1", "free_amount": "1000"}
FREE = {"kind": "percentage", "percent": "1", "fee_per_event": "1", "free_events": "2"}
PERCENTS = {"kind": "percentage", "tiers": [{"up_to": "1000", "percent": "10"}, {"percent": "1"}]}
PEAK: dict[str, Any] = {
    "kind": "demand",
    "unit": "kW",
    "unit_price": "10",
    "ratchet": {"percent": "80", "periods": "11"},
}
BY_AGE: dict[str, Any] = {"kind": "age", "unit": "kWh", "in_service": "2025-01-16"}
BY_AGE |= {"bands": [{"up_to_months": "12", "unit_price": "1"}, {"unit_price": "2"}]}
DEDUCTION: dict[str, Any] = {"kind": "deduction", "unitary_charge": "100", "operating_periods": "10"}
DEDUCTION |= {"zones": {"ward": "1"}, "categories": {"major": "1"}, "repeated": {"from_event": "2", "factor": "2"}}
MAJOR = {"quantity": "1", "labels": {"zone": "ward", "category": "major"}}


def one(rule: dict[str, Any], *, counts: bool = True, **others: Any) -> dict[str, Any]:
    return {"name": "one", "rule": rule} | ({"register": "one"} if counts else {}) | others


def fee(amount: str, **rule: str) -> dict[str, Any]:
    return one({"kind": "fixed_fee", "amount": amount} | rule, counts=False)


def events(*amounts: str) -> dict[str, Any]:
    return {"unit": "one", "parts": [{"quantity": amount} for amount in amounts]}


def january(charges: list[dict[str, Any]], used: dict[str, Any] | None, *days: str, **amended: Any) -> Any:
    contract = COOLING | {"charges": charges}
    amendments = [contract | {"in_force_from": day, "reason": "an address"} | amended for day in days]
    uses = {"uses": {"one": used}} if used else {}
    return priced({"contract": contract, "amendments": amendments, "periods": [uses]})


@pytest.mark.parametrize(
    ("charge", "used", "net"),
    [
        pytest.param(one(COSTS), {"unit": "one", "quantity": "1200"}, "1000.00", id="costs of 1,200 at most 1,000"),
        pytest.param(one(PERCENT), events("900", "900"), "8.00", id="1 % of 1,800 less 1,000"),
        pytest.param(one(FREE), events("10", "10", "10", "10"), "2.20", id="two of four events are free"),
        pytest.param(one(PERCENTS), events("1000", "1000"), "110.00", id="10 % of 1,000, 1 % of 1,000"),
        pytest.param(one(PEAK), {"unit": "kW", "quantity": "1300"}, "13000.00", id="a peak of 1,300 kW"),
        pytest.param(fee("100", proration="none"), None, "100.00", id="a fee that is due whole"),
        pytest.param(fee("100", proration="thirty_days"), None, "100.00", id="a fee by thirty days"),
        pytest.param(fee("100"), None, "100.00", id="a fee by days"),
        pytest.param(one(BY_AGE), {"quantity": "10", **KWH}, "10.00", id="the age on the first day"),
        pytest.param(
            one(DEDUCTION), {"unit": "each", "parts": [MAJOR, MAJOR]}, "-30.00", id="10 for one event, 20 for another"
        ),
    ],
)
@pytest.mark.parametrize("days", [("2026-01-16",), ("2026-01-02", "2026-01-31")])
def test_an_amendment_that_changes_nothing_changes_no_line(
    charge: dict[str, Any], used: dict[str, Any] | None, net: str, days: tuple[str, ...]
) -> None:
    alone, amended = january([charge], used), january([charge], used, *days)
    assert (str(alone.net), str(amended.net)) == (net, net)
    assert [segment.lines for segment in amended.periods[0].segments] == [alone.periods[0].segments[0].lines]
    assert amended.periods[0].closing == alone.periods[0].closing


@pytest.mark.parametrize(
    ("rule", "net"),
    [
        pytest.param({"proration": "none"}, "200.00", id="due whole twice"),
        pytest.param({"proration": "thirty_days"}, "103.33", id="15 and 16 of 30 days"),
    ],
)
def test_what_was_stored_before_is_divided_by_every_version(rule: dict[str, str], net: str) -> None:
    contract = COOLING | {"charges": [fee("100", **rule)], "settings": {"arithmetic": 2}}
    trial = {"contract": contract, "amendments": [contract | {"in_force_from": DAY}], "periods": [{}]}
    assert str(priced(trial).net) == net


def test_a_machine_that_is_returned_divides_its_own_fee_alone() -> None:
    """Of thirty fees of 100, that of the returned machine is due for 15 of 31 days."""
    fees = [{"name": f"press {at}", "rule": {"kind": "fixed_fee", "amount": "100"}} for at in range(1, 31)]
    contract = COOLING | {"charges": fees}
    returned = contract | {"charges": fees[:6] + fees[7:], "in_force_from": DAY}
    (period,) = priced({"contract": contract, "amendments": [returned], "periods": [{}]}).periods
    lines = [(line.rule, line.label, str(line.net)) for segment in period.segments for line in segment.lines]
    assert lines == [
        ("press 7", "15 of 31 days", "48.39"),
        *((each["name"], "", "100.00") for each in fees if each["name"] != "press 7"),
    ]


@pytest.mark.parametrize(
    ("later", "nets"),
    [
        pytest.param({"tax_code": "hire"}, ["10.01"], id="its code in an ERP system"),
        pytest.param({"while_suspended": "true"}, ["5.01", "5.00"], id="10.01 in two halves"),
        pytest.param({"rule": {"kind": "fixed_fee", "amount": "20"}}, ["5.01", "10.00"], id="another price"),
    ],
)
def test_the_halves_of_june_are_rounded_as_one_sum(later: dict[str, Any], nets: list[str]) -> None:
    """15 and 15 days of 10.01: 5.005 each."""
    contract = COOLING | {"starts": "2026-06-01", "charges": [fee("10.01")]}
    amended = contract | {"charges": [fee("10.01") | later], "in_force_from": "2026-06-16"}
    (period,) = priced({"contract": contract, "amendments": [amended], "periods": [{}]}).periods
    assert [str(line.net) for segment in period.segments for line in segment.lines] == nets


def test_what_is_suspended_in_another_month_divides_no_charge_of_this_one() -> None:
    amended = january([fee("310")], None, DAY, suspensions=[{"first": "2026-05-01", "after_last": "2026-05-11"}])
    assert [len(segment.lines) for segment in amended.periods[0].segments] == [1]
    assert str(amended.net) == "310.00"


def test_the_suspensions_of_the_newest_version_are_those_of_the_contract() -> None:
    """In force from the 16th, suspended from the 11th to the 20th: 21 of 31 days of 310."""
    amended = january([fee("310")], None, DAY, suspensions=[{"first": "2026-01-11", "after_last": "2026-01-21"}])
    assert str(amended.net) == "210.00"
