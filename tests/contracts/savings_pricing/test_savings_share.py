"""Shared savings: the shares of GB/T 24915 and of western forms, and what they do when a year goes otherwise."""

from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contracts.rated_usage import UnpricedUse
from contracts.savings_pricing.savings_share import SavingsShare
from contracts.schedule import BillingPeriod
from quantities.arithmetic import added
from quantities.document import FaultyDocument, parse
from tests.contracts.savings_pricing.saved import CASES, at, by_band, cents, lived, month, saved, share, year


class TestSharedSavings:
    def test_gbt24915_shared_savings_month(self) -> None:
        expected = CASES["gbt24915.shared_savings.month"]["expected"]
        lines = {line["period"]: line for line in expected["lines"]}
        bands = {name: {"price": line["tariff"], "floor": line["floor"]} for name, line in lines.items()}
        rule = share(valuation={"kind": "at_prices", "unit": "kWh", "bands": bands})
        usage = by_band({name: line["saved_kwh"] for name, line in lines.items()}, month(3))

        value = rule.valuation.value(usage)
        assert [step.partition(" = ")[2].partition(" ")[0] for step in value.calculation] == [
            line["value"] for line in lines.values()
        ]
        assert f"{value.contract:f}" == expected["benefit"]
        (line,) = rule.rate(usage)
        assert cents([line]) == [expected["esco_net"]]
        assert f"{value.contract - Decimal(expected['esco_net']):f}" == expected["customer_keeps"]
        # 44,300 × 1.0231 + 48,400 × 0.6423 + 7,600 × 0.2987: what the customer was spared
        assert f"{value.cash:f}" == "78680.77"

    def test_western_collar(self) -> None:
        for case in CASES["west.shared.collar"]["expected"]:
            rule = share(["65"], at(case["actual"], floor="0.11", ceiling="0.13"))
            usage = saved(case["kwh"], year(case["year"]))
            (line,) = rule.rate(usage)
            assert cents([line]) == [case["esco"]]
            cash = rule.valuation.value(usage).cash - Decimal(case["esco"])
            assert f"{cash:.2f}" == case["customer_cash_saving"]

    def test_a_schedule_of_six_years(self) -> None:
        """GB/T 24915 (ours): 90/85/80/70/60/50 % of 100,000 a year; the last share stands for later years."""
        rule = share(["90", "85", "80", "70", "60", "50"])
        nets = lived(rule, [saved("100000", year(n)) for n in range(1, 8)])
        assert nets == [
            ["90000.00"],
            ["85000.00"],
            ["80000.00"],
            ["70000.00"],
            ["60000.00"],
            ["50000.00"],
            ["50000.00"],
        ]

    def test_a_band_without_a_price_is_no_gift(self) -> None:
        rule = share(valuation={"kind": "at_prices", "unit": "kWh", "bands": {"peak": {"price": "1"}}})
        with pytest.raises(UnpricedUse, match="no price is agreed for band valley"):
            rule.rate(by_band({"peak": "1", "valley": "1"}, month(1)))

    def test_until_repaid_splits_the_year(self) -> None:
        """80 % of 100,000 repays 200,000 in 2.5 years: in the third 40,000 of 50,000, then 20 % of the other 50,000."""
        rule = share(until_repaid={"investment": "200000", "percent": "20"})
        nets = lived(rule, [saved("100000", year(n)) for n in range(1, 5)])
        assert nets == [["80000.00"], ["80000.00"], ["40000.00", "10000.00"], ["20000.00"]]

    def test_its_two_lines_are_told_apart_as_they_always_were(self) -> None:
        """A correction finds a stored line by the number of its part: 0 before it is repaid, 1 afterwards."""
        rule = share(until_repaid={"investment": "40000", "percent": "20"})
        lines = rule.rate(saved("100000", year(1)))
        assert [(line.part, line.amount) for line in lines] == [(0, Decimal(40000)), (1, Decimal(10000))]

    @pytest.mark.parametrize(
        ("losses", "nets"),
        [
            pytest.param("credited", [["80.00"], ["-40.00"], ["80.00"]], id="the supplier bears its share at once"),
            pytest.param("carried", [["80.00"], ["0.00"], ["40.00"]], id="a later saving makes up for it first"),
            pytest.param("forgiven", [["80.00"], ["0.00"], ["80.00"]], id="the customer bears it"),
        ],
    )
    def test_a_period_that_used_more(self, losses: str, nets: list[list[str]]) -> None:
        assert (
            lived(share(losses=losses), [saved(kwh, year(n)) for n, kwh in enumerate(("100", "-50", "100"), 1)]) == nets
        )

    def test_an_annual_cap(self) -> None:
        """6 × 10,000 × 80 % = 48,000, of which 30,000 are owed."""
        rule = share(at_most="30000")
        nets = lived(rule, [saved("10000", month(n)) for n in range(1, 7)])
        assert nets == [["8000.00"]] * 3 + [["8000.00", "-2000.00"]] + [["8000.00", "-8000.00"]] * 2

    def test_mixed_tranches(self) -> None:
        """The first 600,000 kWh 85/15, the excess 40/60 at 0.70: 600,000 × .7 × .85 + 142,000 × .7 × .40 = 396,760."""
        terms = {
            "unit": "kWh",
            "valuation": at("0.70"),
            "tranches": [{"up_to": "600000", "percent": ["85"]}, {"percent": ["40"]}],
        }
        rule = parse(SavingsShare, terms)
        assert cents(rule.rate(saved("742000", year(1)))) == ["357000.00", "39760.00"]
        by_month = lived(rule, [saved("371000", month(1)), saved("371000", month(2))])
        assert by_month == [["220745.00"], ["136255.00", "39760.00"]]

    def test_billed_on_account_and_settled_once_a_year(self) -> None:
        inputs, expected = (CASES["trueup.estimated_to_verified"][key] for key in ("inputs", "expected"))
        rule = share(on_account={"amount": [inputs["monthly_estimates"][0]]})
        months = ["8618.11"] * 11 + ["8618.15"]
        assert added(map(Decimal, months)) == Decimal(inputs["verified_year_value"])
        nets = lived(rule, [saved(kwh, month(n)) for n, kwh in enumerate(months, 1)])
        assert nets[:-1] == [[estimate] for estimate in inputs["monthly_estimates"][:-1]]
        assert nets[-1] == ["8200.00", expected["adjustment_invoice"]]
        assert added(Decimal(net) for of_month in nets for net in of_month) == Decimal(expected["verified_share"])

    def test_of_a_divided_month_its_last_days_bill_all_of_what_is_on_account(self) -> None:
        rule = share(on_account={"amount": ["100"]})
        first, middle, after = date(2026, 1, 1), date(2026, 1, 16), date(2026, 2, 1)
        halves = [BillingPeriod(first, middle, first, after), BillingPeriod(middle, after, first, after)]
        assert lived(rule, [saved("10", days) for days in halves]) == [[], ["100.00"]]

    @given(st.lists(st.integers(-10_000, 50_000), min_size=12, max_size=12), st.integers(1, 60_000))
    def test_twelve_months_share_what_the_year_does(self, months: list[int], bound: int) -> None:
        terms = {
            "unit": "kWh",
            "valuation": at("0.5"),
            "tranches": [{"up_to": str(bound), "percent": ["85"]}, {"percent": ["85"]}],
        }
        rule, state, total = parse(SavingsShare, terms), dict[str, Any](), Decimal(0)
        for number, kwh in enumerate(months, 1):
            usage = saved(str(kwh), month(number), state)
            total += added(line.amount for line in rule.rate(usage))
            state = dict(rule.close(usage))
        # one share in both tranches: whatever a tranche gives or takes, the other takes or gives
        assert abs(total - Decimal(sum(months)) * Decimal("0.425")) < Decimal("0.000001")


class TestTermsThatCannotBe:
    @pytest.mark.parametrize(("terms", "says"), [
            ({"unit": "kWh", "valuation": at("1"), "tranches": [{"up_to": "5", "percent": ["1"]}]}, "the last tranche is open"),
            ({"unit": "kWh", "valuation": at("1"), "tranches": [{"up_to": "5", "percent": ["1"]}, {"up_to": "3", "percent": ["1"]}, {"percent": ["1"]}]}, "tranches rise"),
            ({"unit": "kWh", "valuation": at("1", series="x"), "tranches": [{"percent": ["1"]}]}, "agreed or published"),
            ({"unit": "kWh", "valuation": at("1", floor="2", ceiling="1"), "tranches": [{"percent": ["1"]}]}, "no higher than the ceiling"),
    ], ids=["no open tranche", "falling tranches", "two prices", "floor above ceiling"])  # fmt: skip
    def test_is_a_fault(self, terms: dict[str, Any], says: str) -> None:
        with pytest.raises(FaultyDocument, match=says):
            parse(SavingsShare, terms)
