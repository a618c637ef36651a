"""The value of a saving: at prices with their floors, rates and series, and as the difference of two bills."""

from decimal import Decimal
from typing import ClassVar

import pytest

from contracts.rated_usage import UnpricedUse, Usage
from contracts.savings_pricing.valuation import AtPrices, BillDifference
from metering.usage.measure import Part
from quantities.arithmetic import added
from quantities.document import parse
from tests.contracts.savings_pricing.saved import CASES, LIFE, at, lived, month, saved, share, year


class TestAtPrices:
    def test_the_greater_of_base_and_actual_rates(self) -> None:
        case = CASES["clause.greater_of_base_or_actual"]
        terms = {
            "unit": "kWh",
            "bands": {"all": {"price": case["inputs"]["actual"], "base": {"price": case["inputs"]["base"]}}},
        }
        value = parse(AtPrices, terms).value(saved("412000", year(1)))
        assert f"{value.contract:f}" == case["expected"]["savings"]
        assert "0.1420 = 58504.00 (base rate, actual 0.1287)" in value.calculation[0].replace("0.142 ", "0.1420 ")

    def test_a_base_rate_rises_each_contract_year(self) -> None:
        """0.10 × 1.03² = 0.10609 in the third year."""
        terms = {"unit": "kWh", "bands": {"all": {"base": {"price": "0.10", "percent": "3"}}}}
        values = [parse(AtPrices, terms).value(saved("100000", year(n))).contract for n in (1, 2, 3)]
        assert values == [Decimal("10000.00"), Decimal("10300.00"), Decimal("10609.00")]

    def test_prices_with_tax_are_valued_without(self) -> None:
        """113,000 at 1.13 with 13 % tax is 113,000 at 1.00."""
        value = parse(AtPrices, at("1.13", tax_percent="13")).value(saved("113000", year(1)))
        assert value.contract == Decimal("113000.00")

    @pytest.mark.parametrize(("arithmetic", "worth"), [(1, "833.33"), (2, "833.34")])
    def test_a_price_without_its_tax_is_not_rounded(self, arithmetic: int, worth: str) -> None:
        """1,000.002 at 1 / 1.2 is 833.335; at 0.833333333333333 it is less."""
        value = parse(AtPrices, at("1", tax_percent="20")).value(saved("1000.002", year(1)), arithmetic)
        assert value.contract == Decimal(worth)

    def test_a_published_series_prices_each_month_and_may_be_negative(self) -> None:
        terms = {"unit": "kWh", "bands": {"all": {"series": "spot"}}}
        parts = (Part(Decimal(1000), {"month": "2026-04"}), Part(Decimal(500), {"month": "2026-05"}))
        published = {("spot", "2026-04"): Decimal("0.09"), ("spot", "2026-05"): Decimal("-0.02")}
        usage = Usage(Decimal(1500), "kWh", month(4), LIFE, parts, published=published)
        assert parse(AtPrices, terms).value(usage).contract == Decimal("80.00")  # 90 − 10


class TestBillDifference:
    TARIFF: ClassVar = [
        {"name": "demand", "rule": {"kind": "demand", "unit": "kW", "unit_price": "12.50", "proration": "none", "ratchet": {"percent": "80"}}}
    ]  # fmt: skip

    def test_a_ratchet_is_not_kw_times_price(self) -> None:
        inputs, expected = (CASES["demand.ratchet"][key] for key in ("inputs", "expected"))
        rule = share(["100"], {"kind": "bill_difference", "tariff": self.TARIFF})
        uses = []
        for number, (base, actual) in enumerate(zip(inputs["kw_base"], inputs["kw_actual"], strict=True), 1):
            peaks = {
                name: Usage(Decimal(peak), "kW", month(number), LIFE)
                for name, peak in (("expected_demand", base), ("measured_demand", actual))
            }
            uses.append(saved("0", month(number), None, **peaks))
        nets = lived(rule, uses)
        assert added(Decimal(net) for (net,) in nets) == Decimal(expected["with_ratchet"])
        billed = [
            (base - actual) * Decimal("12.50")
            for base, actual in zip(
                map(Decimal, expected["billed_base"]), map(Decimal, expected["billed_actual"]), strict=True
            )
        ]
        assert [Decimal(net) for (net,) in nets] == billed

    def test_a_profile_that_is_not_told(self) -> None:
        terms = {"kind": "bill_difference", "tariff": self.TARIFF}
        with pytest.raises(UnpricedUse, match="demand prices expected_demand"):
            parse(BillDifference, terms).value(saved("0", month(1)))
