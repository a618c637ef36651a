"""Energy-cost trusteeship: the fee of a year, its instalments, and what is not adjusted."""

from decimal import Decimal
from typing import Any

import pytest

from contracts.rated_usage import UnpricedUse, Usage
from contracts.savings_pricing.trusteeship_fee import TrusteeshipFee
from quantities.arithmetic import added
from quantities.document import FaultyDocument, parse
from tests.contracts.savings_pricing.saved import CASES, LIFE, at, cents, lived, month, saved, year


class TestTrusteeship:
    CASE = CASES["gbt24915.energy_trusteeship.year"]["expected"]

    def rule(self, **more: Any) -> TrusteeshipFee:
        terms = {"unit": "kWh", "valuation": at("1"), "discount_percent": "8", "operation_fee": "220000", **more}
        return parse(TrusteeshipFee, terms)

    def test_gbt24915_energy_trusteeship_year(self) -> None:
        """3,878,432.96 × 0.92 + 220,000 = 3,788,158.32, in twelve instalments that add up to it."""
        expected = saved(self.CASE["adjusted_cost"], year(1))
        (line,) = self.rule().rate(saved("0", year(1), expected=expected))
        assert cents([line]) == [self.CASE["trust_fee_year"]]
        fee, bills = Decimal(self.CASE["trust_fee_year"]), Decimal(self.CASE["actual_bills"])
        assert f"{fee - 220000 - bills:f}" == self.CASE["esco_energy_margin"]
        assert f"{Decimal(self.CASE['adjusted_cost']) - (fee - 220000):f}" == self.CASE["customer_saving_vs_adjusted"]

    def test_twelve_instalments_and_their_settlement(self) -> None:
        rule = self.rule(on_account={"amount": [self.CASE["monthly_prepay"]]})
        twelfth = (Decimal(self.CASE["adjusted_cost"]) / 12).quantize(Decimal("0.01"))
        parts = [twelfth] * 11 + [Decimal(self.CASE["adjusted_cost"]) - twelfth * 11]
        uses = [saved("0", month(n), expected=saved(str(part), month(n))) for n, part in enumerate(parts, 1)]
        nets = lived(rule, uses)
        assert nets[:-1] == [[self.CASE["monthly_prepay"]]] * 11
        assert added(Decimal(net) for of_month in nets for net in of_month) == Decimal(self.CASE["trust_fee_year"])

    @pytest.mark.parametrize(
        ("arithmetic", "last"),
        [
            pytest.param("3", ["-1680.00"], id="12 × 10 × 0.92 = 110.40, less 6 × 298.40 on account"),
            pytest.param("2", ["110.40"], id="the whole fee beside what was billed on account"),
        ],
    )
    def test_what_was_billed_on_account_before_an_amendment_is_settled(self, arithmetic: str, last: list[str]) -> None:
        on_account = self.rule(operation_fee="0", on_account={"amount": ["298.40"]}, arithmetic=arithmetic)
        at_the_end = self.rule(operation_fee="0", arithmetic=arithmetic)
        state, nets = dict[str, Any](), list[list[str]]()
        for number in range(1, 13):
            rule = on_account if number <= 6 else at_the_end
            usage = saved("0", month(number), opening=state, expected=saved("10", month(number)))
            nets.append(cents(rule.rate(usage)))
            state = dict(rule.close(usage))

        assert nets == [["298.40"]] * 6 + [[]] * 5 + [last]

    def test_within_a_band_the_agreed_use_counts(self) -> None:
        rule = self.rule(agreed_energy="1000000", within_percent="3", operation_fee="0")
        for used, fee in (("1030000", "920000.00"), ("970000", "920000.00"), ("1030001", "947600.92")):
            (line,) = rule.rate(saved("0", year(1), expected=saved(used, year(1))))
            assert cents([line]) == [fee]

    def test_a_shared_under_run(self) -> None:
        """(920,000 − 800,000) × 25 % = 30,000 back."""
        rule = self.rule(operation_fee="0", under_run_percent="25")
        bills = Usage(Decimal(800000), "one", year(1), LIFE)
        lines = rule.rate(saved("0", year(1), expected=saved("1000000", year(1)), bills=bills))
        assert cents(lines) == ["920000.00", "-30000.00"]
        with pytest.raises(UnpricedUse, match="told from the bills"):
            rule.rate(saved("0", year(1), expected=saved("1000000", year(1))))


class TestTermsThatCannotBe:
    @pytest.mark.parametrize(("terms", "says"), [
            ({"unit": "kWh", "valuation": at("1"), "within_percent": "3"}, "name both or none"),
    ], ids=["half a band"])  # fmt: skip
    def test_is_a_fault(self, terms: dict[str, Any], says: str) -> None:
        with pytest.raises(FaultyDocument, match=says):
            parse(TrusteeshipFee, terms)
