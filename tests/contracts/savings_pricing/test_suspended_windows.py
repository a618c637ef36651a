"""What a suspension does to a window: it closes on its day, and what is agreed for it is shared by the days that are left."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from contracts.composition import compose
from contracts.rated_usage import Usage
from contracts.savings_pricing.trusteeship_fee import TrusteeshipFee
from contracts.schedule import Life
from quantities.document import parse
from tests.contracts.savings_pricing.saved import STARTS, at, cents, contract, lived, month, promise, saved, year

#: 73 of the 365 days of 2026, which are 20 %: all of October and November, and 12 days of December.
SUSPENDED = (date(2026, 10, 1), date(2026, 12, 13))
#: Suspended from December on, and never taken up again.
FOR_GOOD = (date(2026, 12, 1), date(2028, 1, 1))


def under(usage: Usage, *paused: tuple[date, date], ends: date | None = None) -> Usage:
    """The use of days of a contract that is suspended."""
    life = Life(STARTS, ends, paused=paused)
    beside = {name: under(other, *paused, ends=ends) for name, other in usage.auxiliary_usage.items()}
    return replace(usage, period=usage.period.without_paused(paused), life=life, auxiliary_usage=beside)


def months(kwh: str, *paused: tuple[date, date]) -> list[Usage]:
    return [under(saved(kwh, month(number)), *paused) for number in range(1, 13)]


class TestAGuarantee:
    """ "… saves less than the guaranteed 365,000 kWh of a year, the contractor pays the shortfall at 0.50 a kWh." """

    GUARANTEED = ("365000",)

    @pytest.mark.parametrize(
        ("arithmetic", "net"),
        [
            pytest.param("3", "-6000.00", id="365,000 × 292/365 = 292,000 promised; 292,000 − 280,000 = 12,000 × 0.50"),
            pytest.param("2", "-42500.00", id="suspended days counted as live: 365,000 − 280,000 = 85,000 × 0.50"),
        ],
    )
    def test_nothing_is_promised_for_suspended_days(self, arithmetic: str, net: str) -> None:
        rule = promise(guaranteed=self.GUARANTEED, price="0.50", arithmetic=arithmetic)

        assert cents(rule.rate(under(saved("280000", year(1)), SUSPENDED))) == [net]

    def test_what_is_saved_on_suspended_days_counts(self) -> None:
        """Twelve months of 25,000 kWh, two of them suspended: 300,000 saved and 292,000 promised, so 8,000 beyond."""
        rule = promise(guaranteed=self.GUARANTEED, price="0.50", bonus_percent="30")

        nets = lived(rule, months("25000", SUSPENDED))

        assert nets == [[]] * 11 + [["1200.00"]]  # 8,000 × 0.50 × 30 %

    def test_a_window_closes_while_the_contract_is_suspended(self) -> None:
        """334 of 365 days: 334,000 are promised, 12 × 20,000 = 240,000 saved; (334,000 − 240,000) × 0.50 are owed."""
        rule = promise(guaranteed=self.GUARANTEED, price="0.50")

        assert lived(rule, months("20000", FOR_GOOD)) == [[]] * 11 + [["-47000.00"]]

    def test_a_window_without_a_day_left_promises_nothing(self) -> None:
        rule = promise(guaranteed=self.GUARANTEED, price="0.50")

        assert rule.rate(under(saved("0", year(2)), FOR_GOOD)) == ()

    def test_a_window_that_the_contract_ends_in_has_the_days_of_both(self) -> None:
        """To the end of June 181 days, without the 30 of June 151: 151,000 promised, 150,000 saved, 500.00 owed."""
        june = (date(2026, 6, 1), date(2026, 7, 1))
        rule = promise(guaranteed=self.GUARANTEED, price="0.50")
        half = replace(year(1), after_last=date(2026, 7, 1))

        assert cents(rule.rate(under(saved("150000", half), june, ends=date(2026, 7, 1)))) == ["-500.00"]

    def test_the_whole_life_of_a_contract_without_end_is_whole(self) -> None:
        """There is no last day to share it by: what is promised is promised, and the window never closes by itself."""
        rule = promise(guaranteed=self.GUARANTEED, price="0.50", per="contract")
        usage = under(saved("0", year(1)), SUSPENDED)

        assert rule.rate(usage) == ()
        assert f"{rule._promised(usage)}" == "365000"

    @pytest.mark.parametrize("arithmetic", ["2", "3"])
    def test_without_a_suspension_nothing_changes(self, arithmetic: str) -> None:
        rule = promise(guaranteed=self.GUARANTEED, price="0.50", arithmetic=arithmetic)

        assert lived(rule, months("25000")) == [[]] * 11 + [["-32500.00"]]  # (365,000 − 300,000) × 0.50


class TestATrusteeshipFee:
    def rule(self, **more: Any) -> TrusteeshipFee:
        return parse(TrusteeshipFee, {"unit": "kWh", "valuation": at("1"), **more})

    def fee(self, rule: TrusteeshipFee, expected: str) -> Sequence[str]:
        usage = saved("0", year(1), expected=saved(expected, year(1)))
        return cents(rule.rate(under(usage, SUSPENDED)))

    @pytest.mark.parametrize(
        ("arithmetic", "net"),
        [
            pytest.param("3", "1058400.00", id="1,000,000 + 73,000 × 292/365"),
            pytest.param("2", "1073000.00", id="all days counted: 1,000,000 + 73,000"),
        ],
    )
    def test_operation_is_not_due_for_suspended_days(self, arithmetic: str, net: str) -> None:
        assert self.fee(self.rule(operation_fee="73000", arithmetic=arithmetic), "1000000") == [net]

    @pytest.mark.parametrize(
        ("arithmetic", "net"),
        [
            pytest.param("3", "800000.00", id="1,000,000 × 292/365 = 800,000 agreed, and 810,000 are within 3 %"),
            pytest.param("2", "810000.00", id="held against 1,000,000, and not within 3 % of it"),
        ],
    )
    def test_the_agreed_use_is_that_of_the_days_that_are_left(self, arithmetic: str, net: str) -> None:
        rule = self.rule(agreed_energy="1000000", within_percent="3", arithmetic=arithmetic)

        assert self.fee(rule, "810000") == [net]


@pytest.mark.parametrize(
    ("while_suspended", "owed"),
    [
        pytest.param("false", ["-6000.00"], id="292,000 promised"),
        pytest.param("true", ["-42500.00"], id="the charge goes on: 365,000 promised"),
    ],
)
def test_a_charge_that_goes_on_while_suspended_promises_all_days(while_suspended: str, owed: list[str]) -> None:
    rule = {"kind": "savings_guarantee", "unit": "kWh", "guaranteed": ["365000"], "price": "0.50"}
    version = contract(
        {"name": "promise", "usage": "saved", "rule": rule, "while_suspended": while_suspended},
        billing={"every": "year"},
        suspensions=[{"first": "2026-10-01", "after_last": "2026-12-13"}],
    )

    (composed,) = compose(version, year(1), {"promise": saved("280000", year(1))})

    assert cents(composed.lines) == owed
