"""How much was measured decides about what is settled: an instalment on account waits for nothing."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest

from contracts.clause import Rule
from contracts.composition import compose
from contracts.rated_usage import Usage
from contracts.savings_pricing.savings_cap import SavingsCap
from contracts.savings_pricing.trusteeship_fee import TrusteeshipFee
from quantities.document import parse
from savings.coverage import CoverageTooLow, RowCoverage
from tests.contracts.savings_pricing.saved import at, cents, contract, month, promise, saved, share

THIN, WHOLE = (20, 30), (30, 30)
ON_ACCOUNT: Mapping[str, Any] = {"per": "quarter", "on_account": {"amount": ["10"]}}


def covered(rows: tuple[int, int], number: int, kwh: str = "100") -> Usage:
    """A saving of a month of which so many rows of so many count; nine tenths must."""
    counted, of_all = rows
    coverage = RowCoverage("saved", counted, of_all, Decimal("0.9"), f"{of_all - counted} missing")
    usage = saved(kwh, month(number), expected=saved(kwh, month(number)), saving=saved(kwh, month(number)))
    beside = {name: replace(other, coverage=coverage) for name, other in usage.auxiliary_usage.items()}
    return replace(usage, coverage=coverage, auxiliary_usage=beside)


def billed(rule: Rule, months: Sequence[tuple[int, int]]) -> list[list[str] | str]:
    """What each month bills, or why it is held; nothing is rated beyond that."""
    state, nets = dict[str, Any](), list[list[str] | str]()
    for number, rows in enumerate(months, 1):
        usage = covered(rows, number)
        opened = replace(usage, opening=rule.open(state, usage))
        try:
            nets.append(cents(rule.rate(opened)))
        except CoverageTooLow as held:
            nets.append(str(held))
            break
        state = dict(json.loads(json.dumps(rule.state(opened))))
    return nets


class TestAShareOnAccount:
    def test_a_thin_month_is_billed_and_settled_with_its_window(self) -> None:
        """20 of 30 rows are two thirds; of the quarter 80 of 90 are 88.9 %, below the agreed 90 %."""
        assert billed(share(**ON_ACCOUNT), [THIN, WHOLE, WHOLE]) == [
            ["10.00"],
            ["10.00"],
            "saved: 80 of 90 rows count",
        ]

    def test_a_window_that_is_covered_is_settled(self) -> None:
        """22 of 30 and twice 30 are 82 of 90, 91.1 %: 3 × 100 × 80 % − 20 − 10 are settled."""
        assert billed(share(**ON_ACCOUNT), [(22, 30), WHOLE, WHOLE]) == [["10.00"], ["10.00"], ["10.00", "210.00"]]

    def test_a_closing_month_may_be_the_thin_one(self) -> None:
        assert billed(share(**ON_ACCOUNT), [WHOLE, WHOLE, (22, 30)])[-1] == ["10.00", "210.00"]

    def test_the_next_window_begins_with_its_own_rows(self) -> None:
        months = [(22, 30), WHOLE, WHOLE, (22, 30), WHOLE, WHOLE]

        assert billed(share(**ON_ACCOUNT), months)[-1] == ["10.00", "210.00"]

    def test_by_arithmetic_2_the_period_waited_before_it_was_rated(self) -> None:
        """The rule asks for nothing: counting held each period that was thin (billing/counting)."""
        rule = share(arithmetic="2", **ON_ACCOUNT)

        assert rule.needs_covered_periods
        assert not share(**ON_ACCOUNT).needs_covered_periods
        assert billed(rule, [THIN, THIN, THIN])[-1] == ["10.00", "210.00"]

    def test_what_is_billed_as_measured_waits_in_its_own_period(self) -> None:
        assert billed(share(), [WHOLE, THIN]) == [["80.00"], "saved: 20 of 30 rows count; 10 missing"]


@pytest.mark.parametrize(
    ("rule", "on_the_way", "last"),
    [
        pytest.param(promise(guaranteed=["200"], price="1", per="quarter", bonus_percent="10"), [], ["10.00"], id="guarantee"),
        pytest.param(
            parse(TrusteeshipFee, {"unit": "kWh", "valuation": at("1"), **ON_ACCOUNT}),
            ["10.00"],
            ["10.00", "270.00"],
            id="fee",
        ),
        pytest.param(parse(SavingsCap, {"valuation": at("1"), "per": "quarter"}), [], [], id="cap"),
    ],
)  # fmt: skip
def test_whatever_settles_a_window_waits_for_all_of_it(rule: Rule, on_the_way: list[str], last: list[str]) -> None:
    assert billed(rule, [THIN, WHOLE, WHOLE]) == [on_the_way, on_the_way, "saved: 80 of 90 rows count"]
    assert billed(rule, [(22, 30), WHOLE, WHOLE]) == [on_the_way, on_the_way, last]


def test_a_promise_that_counts_as_kept_waits_for_nothing() -> None:
    rule = promise(guaranteed=["200"], price="1", per="quarter", deemed_from="2026-01-01")

    assert billed(rule, [(0, 30), (0, 30), (0, 30)]) == [[], [], []]


def test_what_is_on_account_is_settled_with_the_first_month_that_is_measured() -> None:
    """Two months on account, the third measured: 82 of 90 rows, and 240 less 20 and 80 are settled with its 80."""
    on_account, measured = share(**ON_ACCOUNT), share(per="quarter")
    state = dict[str, Any]()
    for number, (rule, rows) in enumerate(((on_account, (22, 30)), (on_account, WHOLE)), 1):
        usage = covered(rows, number)
        state = dict(rule.state(replace(usage, opening=rule.open(state, usage))))
    usage = covered(WHOLE, 3)
    opened = replace(usage, opening=measured.open(state, usage))

    assert cents(measured.rate(opened)) == ["80.00", "140.00"]
    thin = replace(usage, coverage=RowCoverage("saved", 20, 30, Decimal("0.9")))
    with pytest.raises(CoverageTooLow, match="72 of 90 rows count"):
        measured.rate(replace(thin, opening=measured.open(state, thin)))


def test_a_charge_that_is_held_is_named() -> None:
    rule = {"kind": "savings_share", "unit": "kWh", "valuation": at("1"), "tranches": [{"percent": ["80"]}]}
    version = contract({"name": "share", "usage": "saved", "rule": rule})

    with pytest.raises(CoverageTooLow, match=r"^share: saved: 20 of 30 rows count; 10 missing$") as held:
        compose(version, month(1), {"share": covered(THIN, 1)})
    assert held.value.members == {"place": "saved", "found": "0.6667", "expected": "at least 0.9"}


def test_rows_that_are_masked_are_of_neither_side() -> None:
    assert RowCoverage("saved", 0, 0, Decimal("0.9")).fraction == 1
