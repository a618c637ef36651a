"""A drawdown takes what charges are billed with, to the cent, and never more than is left."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date
from decimal import Decimal
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contracts.carried_state import StateLeftOver
from contracts.carrying import see_that_all_is_drawn
from contracts.composition import compose
from contracts.net_amounts import agreed_lines
from contracts.pricing.drawdown import Drawdown
from contracts.rated_line import Nature
from contracts.rated_usage import CarriedState, Usage
from contracts.schedule import BillingPeriod, Life
from tests.contracts.checks.documents import a_contract

MONTHS = [date(2026, month, 1) for month in range(1, 6)]
PERIODS = [
    BillingPeriod(first, after_last, first, after_last)
    for first, after_last in pairwise(MONTHS)
]  # fmt: skip
#: Charges whose lines round by themselves, with all that takes something off them.
CHARGES: Sequence[Mapping[str, Any]] = [
    {"name": "heat", "register": "kwh", "rule": {"kind": "graduated", "unit": "kWh", "tiers": [
        {"up_to": "10", "unit_price": "0.3335", "flat_fee": "0.005"}, {"up_to": "20", "unit_price": "0.1117"}, {"unit_price": "0.0771"}]}},
    {"name": "power", "register": "kwh", "rule": {"kind": "per_unit", "unit": "kWh", "unit_price": "0.0335"}},
    {"name": "voucher", "rule": {"kind": "one_off", "amount": "-1.505", "on": "2026-02-10"}},
    {"name": "least", "rule": {"kind": "minimum_spend", "amount": "2.345", "of": ["heat"]}},
    {"name": "most", "rule": {"kind": "maximum_spend", "amount": "9.995", "of": ["heat", "power"]}},
    {"name": "off", "rule": {"kind": "discount", "percent": "7.3"}},
]  # fmt: skip


def drawn(name: str, amount: str, claimed: str = "2026-01-01", of: Sequence[str] = ()) -> dict[str, Any]:
    return {"name": name, "rule": {"kind": "drawdown", "amount": amount, "claimed": claimed, "of": [*of]}}


def nets(charges: Sequence[Mapping[str, Any]], used: Sequence[Decimal]) -> list[dict[Nature, Decimal]]:
    """What each month is billed with, by kind."""
    contract = a_contract(charges=[*charges], starts="2026-01-01", ends="2026-05-01")
    opening: Mapping[str, CarriedState] = {}
    months = []
    for period, kwh in zip(PERIODS, used, strict=True):
        uses = {name: Usage(kwh, "kWh") for name in ("heat", "power")}
        composed = compose(contract, period, uses, opening)
        opening = {rated.charge.name: rated.closing for rated in composed if rated.closing}
        by_kind = {Nature.CONSIDERATION: Decimal(0), Nature.PREPAYMENT: Decimal(0)}
        for rated in composed:
            for line, net in agreed_lines(rated, contract):
                by_kind[rated.kind_of(line)] += net
        months.append(by_kind)
    return months


quantities = st.lists(st.decimals(0, 200, places=1), min_size=4, max_size=4)
cents = st.decimals("0.01", 40, places=2)


class TestWhileSomethingIsLeft:
    @given(quantities, cents, cents)
    def test_not_a_cent_is_to_be_paid_and_none_is_lost(
        self, used: list[Decimal], first: Decimal, second: Decimal
    ) -> None:
        """Two amounts, the second from March on: what is billed is drawn, and what is left is given back at the end."""
        charges = [*CHARGES, drawn("one", str(first)), drawn("two", str(second), "2026-03-10")]
        left, months = first, nets(charges, used)
        for place, month in enumerate(months):
            left += second if place == 2 else 0
            price, off = month[Nature.CONSIDERATION], -month[Nature.PREPAYMENT]
            if place == 3:
                assert off == left
            else:
                assert off == min(left, max(Decimal(0), price))
            left -= off
        assert left == 0

    @given(quantities, cents)
    def test_only_what_is_named_is_drawn_on(self, used: list[Decimal], amount: Decimal) -> None:
        """Of two charges by themselves the one that is named, less its own discount."""
        heat, power = CHARGES[:2]
        off = {"name": "off", "rule": {"kind": "discount", "percent": "7.3", "of": ["heat"]}}
        alone = nets([heat, off], used)
        both = nets([heat, power, off, drawn("one", str(amount), of=["heat"])], used)
        left = amount
        for month, with_power in list(zip(alone, both, strict=True))[:3]:
            draw = min(left, month[Nature.CONSIDERATION])
            assert with_power[Nature.PREPAYMENT] == -draw
            left -= draw


class TestAnAmendment:
    USAGE = Usage(period=PERIODS[1], life=Life(date(2026, 1, 1), date(2026, 5, 1)), currency="EUR")

    def rule(self, amount: str, claimed: str = "2026-01-01") -> Drawdown:
        return Drawdown.model_validate({"kind": "drawdown", "amount": amount, "claimed": claimed})

    def left(self, amount: str, owed: str) -> CarriedState:
        """The state that January closes with."""
        january = replace(self.USAGE, period=PERIODS[0], amounts={"heat": Decimal(owed)})
        return self.rule(amount).state(january)

    @pytest.mark.parametrize(("amount", "left"), [("600", "400"), ("900", "700"), ("200", "0")])
    def test_of_the_amount_leaves_what_is_drawn(self, amount: str, left: str) -> None:
        assert self.rule(amount).open(self.left("600", "200"), self.USAGE)["left"] == left

    def test_to_less_than_is_drawn_is_refused(self) -> None:
        with pytest.raises(StateLeftOver, match="200 are drawn already"):
            self.rule("199.99").open(self.left("600", "200"), self.USAGE)

    def test_of_the_day_is_refused_while_something_is_left(self) -> None:
        with pytest.raises(StateLeftOver, match="claimed on 2026-01-01"):
            self.rule("600", "2026-02-01").open(self.left("600", "200"), self.USAGE)
        assert self.rule("600", "2026-02-01").open(self.left("600", "700"), self.USAGE) == {}

    def test_without_the_charge_is_refused_while_something_is_left(self) -> None:
        contract = a_contract(charges=[*CHARGES])
        for owed, is_refused in (("200", True), ("700", False)):
            states = {"drawn": {"rule": self.left("600", owed)}}
            if is_refused:
                with pytest.raises(StateLeftOver, match="400 are left"):
                    see_that_all_is_drawn(states, contract)
            else:
                see_that_all_is_drawn(states, contract)


class TestBeforeTheClaim:
    def test_nothing_is_drawn_and_nothing_carried(self) -> None:
        rule = Drawdown.model_validate({"kind": "drawdown", "amount": "600", "claimed": "2026-03-01"})
        february = replace(TestAnAmendment.USAGE, amounts={"heat": Decimal(100)})
        assert (rule.rate(february), rule.state(february)) == ((), {})
