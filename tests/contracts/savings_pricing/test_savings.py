"""Savings priced: the five types of GB/T 24915, the western forms, and what each does when a year goes otherwise.

The cases of ``tests/published/mv.json`` are named beside their numbers; the arithmetic stands beside the others.
"""

import json
from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any, ClassVar

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contracts.clause import CarriedState, RatedLine, Rule, UnpricedUse, Usage
from contracts.savings_pricing.lease_rent import LeaseRent
from contracts.savings_pricing.savings_cap import SavingsCap
from contracts.savings_pricing.savings_guarantee import SavingsGuarantee
from contracts.savings_pricing.savings_share import SavingsShare
from contracts.savings_pricing.trusteeship_fee import TrusteeshipFee
from contracts.savings_pricing.valuation import AtPrices, BillDifference
from contracts.schedule import BillingPeriod, Life
from metering.usage.measure import Part
from quantities.arithmetic import added
from quantities.document import FaultyDocument, parse
from quantities.rounding import Rounding

CASES: dict[str, dict[str, Any]] = {
    each["id"]: each
    for each in json.loads((Path(__file__).parents[2] / "published/mv.json").read_text(encoding="utf-8"))
}
STARTS = date(2026, 1, 1)
LIFE = Life(STARTS)


def year(number: int) -> BillingPeriod:
    first, after = date(2025 + number, 1, 1), date(2026 + number, 1, 1)
    return BillingPeriod(first, after, first, after)


def month(number: int, of_year: int = 2026) -> BillingPeriod:
    first = date(of_year, number, 1)
    after = date(of_year + number // 12, number % 12 + 1, 1)
    return BillingPeriod(first, after, first, after)


def saved(quantity: str, period: BillingPeriod, opening: CarriedState | None = None, **beside: Usage) -> Usage:
    return Usage(Decimal(quantity), "kWh", period, LIFE, beside=beside, opening=opening or {})


def by_band(bands: Mapping[str, str], period: BillingPeriod) -> Usage:
    parts = tuple(Part(Decimal(each), {"band": band, "month": f"{period.first:%Y-%m}"}) for band, each in bands.items())
    return Usage(added(part.quantity for part in parts), "kWh", period, LIFE, parts)


def cents(lines: Sequence[RatedLine]) -> list[str]:
    return [f"{Rounding.HALF_UP.to_places(line.amount, 2):f}" for line in lines]


def lived(rule: Rule, uses: Sequence[Usage]) -> list[list[str]]:
    """Rate periods one after another, each opening with what the one before carried on."""
    state, found = dict[str, Any](), list[list[str]]()
    for usage in uses:
        opened = Usage(
            usage.quantity, usage.unit, usage.period, usage.life, usage.parts, usage.beside, usage.amounts,
            usage.published, state,
        )  # fmt: skip
        found.append(cents(rule.rate(opened)))
        state = dict(json.loads(json.dumps(rule.close(opened))))
    return found


def at(price: str, **more: str) -> dict[str, Any]:
    return {"kind": "at_prices", "unit": "kWh", "bands": {"all": {"price": price, **more}}}


def share(percent: Sequence[str] = ("80",), valuation: Any = None, **more: Any) -> SavingsShare:
    told = {"unit": "kWh", "valuation": valuation or at("1"), "tranches": [{"percent": list(percent)}], **more}
    return parse(SavingsShare, told)


class TestSharedSavings:
    def test_gbt24915_shared_savings_month(self) -> None:
        expected = CASES["gbt24915.shared_savings.month"]["expected"]
        lines = {each["period"]: each for each in expected["lines"]}
        bands = {name: {"price": each["tariff"], "floor": each["floor"]} for name, each in lines.items()}
        rule = share(valuation={"kind": "at_prices", "unit": "kWh", "bands": bands})
        usage = by_band({name: each["saved_kwh"] for name, each in lines.items()}, month(3))

        value = rule.valuation.value(usage)
        assert [each.partition(" = ")[2].partition(" ")[0] for each in value.calculation] == [
            each["value"] for each in lines.values()
        ]
        assert f"{value.contract:f}" == expected["benefit"]
        (line,) = rule.rate(usage)
        assert cents([line]) == [expected["esco_net"]]
        assert f"{value.contract - Decimal(expected['esco_net']):f}" == expected["customer_keeps"]
        # 44,300 × 1.0231 + 48,400 × 0.6423 + 7,600 × 0.2987: what the customer was spared
        assert f"{value.cash:f}" == "78680.77"

    def test_western_collar(self) -> None:
        for each in CASES["west.shared.collar"]["expected"]:
            rule = share(["65"], at(each["actual"], floor="0.11", ceiling="0.13"))
            usage = saved(each["kwh"], year(each["year"]))
            (line,) = rule.rate(usage)
            assert cents([line]) == [each["esco"]]
            cash = rule.valuation.value(usage).cash - Decimal(each["esco"])
            assert f"{cash:.2f}" == each["customer_cash_saving"]

    def test_the_greater_of_base_and_actual_rates(self) -> None:
        case = CASES["clause.greater_of_base_or_actual"]
        told = {
            "unit": "kWh",
            "bands": {"all": {"price": case["inputs"]["actual"], "base": {"price": case["inputs"]["base"]}}},
        }
        value = parse(AtPrices, told).value(saved("412000", year(1)))
        assert f"{value.contract:f}" == case["expected"]["savings"]
        assert "0.1420 = 58504.00 (base rate, actual 0.1287)" in value.calculation[0].replace("0.142 ", "0.1420 ")

    def test_a_base_rate_rises_each_contract_year(self) -> None:
        """0.10 × 1.03² = 0.10609 in the third year."""
        told = {"unit": "kWh", "bands": {"all": {"base": {"price": "0.10", "percent": "3"}}}}
        found = [parse(AtPrices, told).value(saved("100000", year(n))).contract for n in (1, 2, 3)]
        assert found == [Decimal("10000.00"), Decimal("10300.00"), Decimal("10609.00")]

    def test_a_schedule_of_six_years(self) -> None:
        """GB/T 24915 (ours): 90/85/80/70/60/50 % of 100,000 a year; the last share stands for later years."""
        rule = share(["90", "85", "80", "70", "60", "50"])
        found = lived(rule, [saved("100000", year(n)) for n in range(1, 8)])
        assert found == [
            ["90000.00"],
            ["85000.00"],
            ["80000.00"],
            ["70000.00"],
            ["60000.00"],
            ["50000.00"],
            ["50000.00"],
        ]

    def test_prices_with_tax_are_valued_without(self) -> None:
        """113,000 at 1.13 with 13 % tax is 113,000 at 1.00."""
        value = parse(AtPrices, at("1.13", tax_percent="13")).value(saved("113000", year(1)))
        assert value.contract == Decimal("113000.00")

    def test_a_published_series_prices_each_month_and_may_be_negative(self) -> None:
        told = {"unit": "kWh", "bands": {"all": {"series": "spot"}}}
        parts = (Part(Decimal(1000), {"month": "2026-04"}), Part(Decimal(500), {"month": "2026-05"}))
        published = {("spot", "2026-04"): Decimal("0.09"), ("spot", "2026-05"): Decimal("-0.02")}
        usage = Usage(Decimal(1500), "kWh", month(4), LIFE, parts, published=published)
        assert parse(AtPrices, told).value(usage).contract == Decimal("80.00")  # 90 − 10

    def test_a_band_without_a_price_is_no_gift(self) -> None:
        rule = share(valuation={"kind": "at_prices", "unit": "kWh", "bands": {"peak": {"price": "1"}}})
        with pytest.raises(UnpricedUse, match="no price is agreed for band valley"):
            rule.rate(by_band({"peak": "1", "valley": "1"}, month(1)))

    def test_until_repaid_splits_the_year(self) -> None:
        """80 % of 100,000 repays 200,000 in 2.5 years: in the third 40,000 of 50,000, then 20 % of the other 50,000."""
        rule = share(until_repaid={"investment": "200000", "percent": "20"})
        found = lived(rule, [saved("100000", year(n)) for n in range(1, 5)])
        assert found == [["80000.00"], ["80000.00"], ["40000.00", "10000.00"], ["20000.00"]]

    @pytest.mark.parametrize(
        ("losses", "found"),
        [
            pytest.param("credited", [["80.00"], ["-40.00"], ["80.00"]], id="the supplier bears its share at once"),
            pytest.param("carried", [["80.00"], ["0.00"], ["40.00"]], id="a later saving makes up for it first"),
            pytest.param("forgiven", [["80.00"], ["0.00"], ["80.00"]], id="the customer bears it"),
        ],
    )
    def test_a_period_that_used_more(self, losses: str, found: list[list[str]]) -> None:
        assert (
            lived(share(losses=losses), [saved(each, year(n)) for n, each in enumerate(("100", "-50", "100"), 1)])
            == found
        )

    def test_an_annual_cap(self) -> None:
        """6 × 10,000 × 80 % = 48,000, of which 30,000 are owed."""
        rule = share(at_most="30000")
        found = lived(rule, [saved("10000", month(n)) for n in range(1, 7)])
        assert found == [["8000.00"]] * 3 + [["8000.00", "-2000.00"]] + [["8000.00", "-8000.00"]] * 2

    def test_mixed_tranches(self) -> None:
        """The first 600,000 kWh 85/15, the excess 40/60 at 0.70: 600,000 × .7 × .85 + 142,000 × .7 × .40 = 396,760."""
        told = {
            "unit": "kWh",
            "valuation": at("0.70"),
            "tranches": [{"up_to": "600000", "percent": ["85"]}, {"percent": ["40"]}],
        }
        rule = parse(SavingsShare, told)
        assert cents(rule.rate(saved("742000", year(1)))) == ["357000.00", "39760.00"]
        by_month = lived(rule, [saved("371000", month(1)), saved("371000", month(2))])
        assert by_month == [["220745.00"], ["136255.00", "39760.00"]]

    def test_billed_on_account_and_settled_once_a_year(self) -> None:
        inputs, expected = (CASES["trueup.estimated_to_verified"][key] for key in ("inputs", "expected"))
        rule = share(on_account={"amount": [inputs["monthly_estimates"][0]]})
        months = ["8618.11"] * 11 + ["8618.15"]
        assert added(map(Decimal, months)) == Decimal(inputs["verified_year_value"])
        found = lived(rule, [saved(each, month(n)) for n, each in enumerate(months, 1)])
        assert found[:-1] == [[each] for each in inputs["monthly_estimates"][:-1]]
        assert found[-1] == ["8200.00", expected["adjustment_invoice"]]
        assert added(Decimal(each) for of_month in found for each in of_month) == Decimal(expected["verified_share"])

    @given(st.lists(st.integers(-10_000, 50_000), min_size=12, max_size=12), st.integers(1, 60_000))
    def test_twelve_months_share_what_the_year_does(self, months: list[int], bound: int) -> None:
        told = {
            "unit": "kWh",
            "valuation": at("0.5"),
            "tranches": [{"up_to": str(bound), "percent": ["85"]}, {"percent": ["85"]}],
        }
        rule, state, total = parse(SavingsShare, told), dict[str, Any](), Decimal(0)
        for number, each in enumerate(months, 1):
            usage = saved(str(each), month(number), state)
            total += added(line.amount for line in rule.rate(usage))
            state = dict(rule.close(usage))
        # one share in both tranches: whatever a tranche gives or takes, the other takes or gives
        assert abs(total - Decimal(sum(months)) * Decimal("0.425")) < Decimal("0.000001")


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
                name: Usage(Decimal(each), "kW", month(number), LIFE)
                for name, each in (("expected_demand", base), ("measured_demand", actual))
            }
            uses.append(saved("0", month(number), None, **peaks))
        found = lived(rule, uses)
        assert added(Decimal(each) for (each,) in found) == Decimal(expected["with_ratchet"])
        billed = [
            (each - other) * Decimal("12.50")
            for each, other in zip(
                map(Decimal, expected["billed_base"]), map(Decimal, expected["billed_actual"]), strict=True
            )
        ]
        assert [Decimal(each) for (each,) in found] == billed

    def test_a_profile_that_is_not_told(self) -> None:
        told = {"kind": "bill_difference", "tariff": self.TARIFF}
        with pytest.raises(UnpricedUse, match="demand prices expected_demand"):
            parse(BillDifference, told).value(saved("0", month(1)))


def promise(**more: Any) -> SavingsGuarantee:
    return parse(SavingsGuarantee, {"unit": "kWh", **more})


class TestGuaranteedSavings:
    @pytest.mark.parametrize("name", ["short", "inside_deadband", "over"])
    def test_gbt24915_guaranteed_savings_year(self, name: str) -> None:
        case = CASES["gbt24915.guaranteed_savings.year"]
        expected = case["expected"][name]
        rule = promise(guaranteed=["1200000"], price="0.65", dead_band_percent="2", bonus_percent="30")
        lines = rule.rate(saved(expected["actual_kwh"], year(1)))
        net = Decimal(case["inputs"]["service_fee"]) + added(map(Decimal, cents(lines)))
        assert net == Decimal(expected["net_to_esco"])
        due = {"compensation of the shortfall": "0.00", "bonus": "0.00"} | {
            line.label: cents([line])[0].lstrip("-") for line in lines
        }
        assert due["compensation of the shortfall"] == expected["compensation"]
        assert due["bonus"] == expected["esco_bonus_30pct"]

    def test_a_dead_band_that_forgives(self) -> None:
        """1,176,000 − 1,083,500 = 92,500 × 0.65 = 60,125."""
        rule = promise(guaranteed=["1200000"], price="0.65", dead_band_percent="2", dead_band="forgives")
        assert cents(rule.rate(saved("1083500", year(1)))) == ["-60125.00"]

    VALUES = ("99730.00", "92096.04", "116713.78", "108750.86")
    DOLLARS: ClassVar = {"of": "value", "valuation": at("1"), "guaranteed": ["98500", "101000", "103500", "106000"]}  # fmt: skip

    @pytest.mark.parametrize(
        ("terms", "found"),
        [
            pytest.param({"excess": "repays"}, [[], ["-8903.96"], ["8903.96"], []], id="repays earlier compensation first"),
            pytest.param({}, [[], ["-8903.96"], [], []], id="stays with the customer"),
            pytest.param({"excess": "carried"}, [[], ["-7673.96"], [], []], id="counts for later years: 8,903.96 − 1,230"),
            pytest.param({"bonus_percent": "50"}, [["615.00"], ["-8903.96"], ["6606.89"], ["1375.43"]], id="a listed part is allocated"),
            pytest.param({"excess": "repays", "bonus_percent": "50"}, [["615.00"], ["-8903.96"], ["8903.96", "2154.91"], ["1375.43"]], id="and of what repaying leaves"),
            pytest.param({"cumulative": "true"}, [[], ["-7673.96"], ["7673.96"], []], id="all years together"),
            pytest.param({"at_most": "5000"}, [[], ["-5000.00"], [], []], id="at most so much a year"),
            pytest.param({"deemed_from": "2027-01-01"}, [[], [], [], []], id="deemed achieved once measurement stops"),
        ],
    )  # fmt: skip
    def test_four_years_in_dollars(self, terms: dict[str, Any], found: list[list[str]]) -> None:
        """Savings 99,730.00 / 92,096.04 / 116,713.78 / 108,750.86: +1,230, −8,903.96, +13,213.78, +2,750.86."""
        assert (
            lived(promise(**self.DOLLARS, **terms), [saved(each, year(n)) for n, each in enumerate(self.VALUES, 1)])
            == found
        )

    def test_a_part_of_a_year_is_held_against_a_part_of_the_promise(self) -> None:
        """181 of 365 days: 100,000 × 181/365 = 49,589.04."""
        period = BillingPeriod(date(2026, 1, 1), date(2026, 7, 1), date(2026, 1, 1), date(2027, 1, 1))
        usage = Usage(Decimal(0), "kWh", period, Life(STARTS, date(2026, 7, 1)))
        assert cents(promise(guaranteed=["100000"], price="1").rate(usage)) == ["-49589.04"]

    def test_fpl_indian_river(self) -> None:
        """Published rows add up to 215,050 and are printed as 215,049; each is within a dollar of a + b × 1.03^(y−1)."""
        inputs, expected = (CASES["guarantee.FPL_IndianRiver_2009"][key] for key in ("inputs", "expected"))
        assert sum(inputs["guaranteed"]) == expected["sum_guaranteed_of_rounded"] == inputs["published_totals"][0] + 1
        assert sum(inputs["measured_or_calculated"]) == expected["sum_measured"] == inputs["published_totals"][1]
        told = {"unit": "kWh", "bands": {"all": {"base": {"price": str(expected["b"]), "percent": "3"}}}}
        rule = parse(AtPrices, told)
        off = [
            abs(expected["a"] + rule.value(saved("1", year(n))).contract - promised)
            for n, promised in enumerate(inputs["guaranteed"], 1)
        ]
        assert max(off) < 1
        kept = promise(of="value", valuation=at("1"), guaranteed=[str(each) for each in inputs["guaranteed"]])
        years = [saved(str(each), year(n)) for n, each in enumerate(inputs["measured_or_calculated"], 1)]
        assert lived(kept, years) == [[]] * 10


class TestTrusteeship:
    CASE = CASES["gbt24915.energy_trusteeship.year"]["expected"]

    def rule(self, **more: Any) -> TrusteeshipFee:
        told = {"unit": "kWh", "valuation": at("1"), "discount_percent": "8", "operation_fee": "220000", **more}
        return parse(TrusteeshipFee, told)

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
        uses = [saved("0", month(n), expected=saved(str(each), month(n))) for n, each in enumerate(parts, 1)]
        found = lived(rule, uses)
        assert found[:-1] == [[self.CASE["monthly_prepay"]]] * 11
        assert added(Decimal(each) for of_month in found for each in of_month) == Decimal(self.CASE["trust_fee_year"])

    def test_within_a_band_the_agreed_use_counts(self) -> None:
        rule = self.rule(agreed_energy="1000000", within_percent="3", operation_fee="0")
        for used, fee in (("1030000", "920000.00"), ("970000", "920000.00"), ("1030001", "947600.92")):
            (line,) = rule.rate(saved("0", year(1), expected=saved(used, year(1))))
            assert cents([line]) == [fee]

    def test_a_shared_under_run(self) -> None:
        """(920,000 − 800,000) × 25 % = 30,000 back."""
        rule = self.rule(operation_fee="0", under_run_percent="25")
        bills = Usage(Decimal(800000), "one", year(1), LIFE)
        found = rule.rate(saved("0", year(1), expected=saved("1000000", year(1)), bills=bills))
        assert cents(found) == ["920000.00", "-30000.00"]
        with pytest.raises(UnpricedUse, match="told from the bills"):
            rule.rate(saved("0", year(1), expected=saved("1000000", year(1))))


class TestFinanceLease:
    def test_gbt24915_sixty_instalments(self) -> None:
        """2,400,000 at 6.2 %/12: 46,622.25, the last 46,621.95, interest 397,334.70; 59 × 46,622.25 + 46,621.95 = 2,797,334.70."""
        rule = parse(LeaseRent, {"financed": "2400000", "percent_a_year": "6.2", "instalments": "60"})
        months = [Usage(period=month(n % 12 + 1, 2026 + n // 12), life=LIFE) for n in range(61)]
        found = lived(rule, months)
        assert found == [["46622.25"]] * 59 + [["46621.95"], []]
        assert added(Decimal(each) for of_month in found for each in of_month) == Decimal("2797334.70")

    @given(st.integers(1, 10**9), st.integers(0, 2000), st.integers(1, 120))
    def test_principal_and_interest_add_up_to_the_last_cent(self, cents_: int, rate: int, many: int) -> None:
        told = {
            "financed": str(Decimal(cents_) / 100),
            "percent_a_year": str(Decimal(rate) / 100),
            "instalments": str(many),
        }
        rule, state, principal = parse(LeaseRent, told), dict[str, Any](), Decimal(0)
        for n in range(many):
            usage = Usage(period=month(n % 12 + 1, 2026 + n // 12), life=LIFE, opening=state)
            (line,) = rule.rate(usage)
            principal += Decimal(line.calculation.rpartition(" ")[2])
            state = dict(rule.close(usage))
        assert principal == rule.financed
        assert Decimal(state["balance"]) == 0

    def test_savings_short_of_the_rent_are_topped_up(self) -> None:
        """543,000.00 against 12 × 46,622.25 = 559,467.00: 16,467.00."""
        rule = promise(of="value", valuation=at("1"), guaranteed=["559467.00"])
        assert cents(rule.rate(saved("543000", year(1)))) == ["-16467.00"]


class TestCap:
    def test_payments_are_no_more_than_what_was_saved(self) -> None:
        rule = parse(SavingsCap, {"valuation": at("0.10"), "per": "year"})
        uses = []
        for n in range(1, 13):
            beside = {"saving": saved("90000", month(n))}
            uses.append(Usage(None, "", month(n), LIFE, beside=beside, amounts={"lease": Decimal(10000)}))
        assert lived(rule, uses) == [[]] * 11 + [["-12000.00"]]  # 120,000 charged, 108,000 saved


class TestTermsThatCannotBe:
    @pytest.mark.parametrize(
        ("kind", "terms", "says"),
        [
            (SavingsShare, {"unit": "kWh", "valuation": at("1"), "tranches": [{"up_to": "5", "percent": ["1"]}]}, "the last tranche is open"),
            (SavingsShare, {"unit": "kWh", "valuation": at("1"), "tranches": [{"up_to": "5", "percent": ["1"]}, {"up_to": "3", "percent": ["1"]}, {"percent": ["1"]}]}, "tranches rise"),
            (SavingsShare, {"unit": "kWh", "valuation": at("1", series="x"), "tranches": [{"percent": ["1"]}]}, "agreed or published"),
            (SavingsShare, {"unit": "kWh", "valuation": at("1", floor="2", ceiling="1"), "tranches": [{"percent": ["1"]}]}, "no higher than the ceiling"),
            (SavingsGuarantee, {"unit": "kWh", "guaranteed": ["1"]}, "a promise of energy has a price"),
            (SavingsGuarantee, {"unit": "kWh", "guaranteed": ["1"], "of": "value", "price": "1", "valuation": at("1")}, "a promise of energy has a price"),
            (TrusteeshipFee, {"unit": "kWh", "valuation": at("1"), "within_percent": "3"}, "name both or none"),
        ],
        ids=["no open tranche", "falling tranches", "two prices", "floor above ceiling", "no price", "two prices of a promise", "half a band"],
    )  # fmt: skip
    def test_is_a_fault(self, kind: type[Any], terms: dict[str, Any], says: str) -> None:
        with pytest.raises(FaultyDocument, match=says):
            parse(kind, terms)
