"""Guaranteed savings: compensation, dead bands, and the published policies for an excess."""

from datetime import date
from decimal import Decimal
from typing import Any, ClassVar

import pytest

from contracts.carried_state import StateOfUnknownForm
from contracts.rated_usage import Usage
from contracts.savings_pricing.savings_guarantee import SavingsGuarantee
from contracts.savings_pricing.valuation import AtPrices
from contracts.schedule import BillingPeriod, Life
from quantities.arithmetic import added
from quantities.document import FaultyDocument, parse
from tests.contracts.savings_pricing.saved import CASES, STARTS, at, cents, lived, promise, saved, year


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
        ("terms", "nets"),
        [
            pytest.param({"excess": "repays"}, [[], ["-8903.96"], ["8903.96"], []], id="repays earlier compensation first"),
            pytest.param({}, [[], ["-8903.96"], [], []], id="stays with the customer"),
            pytest.param({"excess": "carried"}, [[], ["-7673.96"], [], []], id="counts for later years: 8,903.96 − 1,230"),
            pytest.param({"bonus_percent": "50"}, [["615.00"], ["-8903.96"], ["6606.89"], ["1375.43"]], id="a listed part is allocated"),
            pytest.param({"excess": "repays", "bonus_percent": "50"}, [["615.00"], ["-8903.96"], ["6606.89", "6606.89"], ["1375.43", "1375.43"]], id="and what it leaves repays"),
            pytest.param({"excess": "carried", "bonus_percent": "50"}, [["615.00"], ["-8288.96"], ["6606.89"], ["4678.88"]], id="and what it leaves counts for later years"),
            pytest.param({"cumulative": "true", "bonus_percent": "50"}, [["615.00"], ["-7673.96", "-615.00"], ["2769.91", "7673.96"], ["1375.43"]], id="a bonus of all years together"),
            pytest.param({"cumulative": "true", "dead_band_percent": "4"}, [[], [], [], []], id="a dead band of all promises: 4 % of 199,500 are 7,980"),
            pytest.param({"cumulative": "true", "dead_band_percent": "3", "dead_band": "forgives"}, [[], ["-1688.96"], ["1688.96"], []], id="less 3 % of all promises: 5,985"),
            pytest.param({"excess": "repays", "bonus_percent": "50", "arithmetic": "1"}, [["615.00"], ["-8903.96"], ["8903.96", "2154.91"], ["1375.43"]], id="by arithmetic 1 of what repaying leaves"),
            pytest.param({"cumulative": "true", "dead_band_percent": "4", "bonus_percent": "50", "arithmetic": "1"}, [[], ["-7673.96"], ["7673.96"], []], id="by arithmetic 1 neither over all years"),
            pytest.param({"cumulative": "true"}, [[], ["-7673.96"], ["7673.96"], []], id="all years together"),
            pytest.param({"at_most": "5000"}, [[], ["-5000.00"], [], []], id="at most so much a year"),
            pytest.param({"deemed_from": "2027-01-01"}, [[], [], [], []], id="deemed achieved once measurement stops"),
        ],
    )  # fmt: skip
    def test_four_years_in_dollars(self, terms: dict[str, Any], nets: list[list[str]]) -> None:
        """Savings 99,730.00 / 92,096.04 / 116,713.78 / 108,750.86: +1,230, −8,903.96, +13,213.78, +2,750.86."""
        assert (
            lived(promise(**self.DOLLARS, **terms), [saved(value, year(n)) for n, value in enumerate(self.VALUES, 1)])
            == nets
        )

    @pytest.mark.parametrize(
        ("arithmetic", "nets"), [("1", [["-6000.00"], [], []]), ("2", [["-6000.00"], ["-6000.00"], ["-6000.00"]])]
    )
    def test_a_cap_of_each_cumulative_year(self, arithmetic: str, nets: list[list[str]]) -> None:
        """90,000 of 100,000 in two years, then 100,000: 20,000 are short, of which 6,000 are paid in each year."""
        rule = promise(guaranteed=["100000"], price="1", cumulative="true", at_most="6000", arithmetic=arithmetic)
        uses = [saved(value, year(n)) for n, value in enumerate(("90000", "90000", "100000"), 1)]
        assert lived(rule, uses) == nets

    CUMULATIVE: ClassVar = {"guaranteed": ["100000"], "price": "1", "cumulative": "true"}

    def test_a_balance_of_arithmetic_1_goes_on(self) -> None:
        state = promise(**self.CUMULATIVE, arithmetic="1").state(saved("90000", year(1)))
        assert promise(**self.CUMULATIVE).open(state, saved("90000", year(2))) == {"paid": "10000", "all": "-10000"}

    @pytest.mark.parametrize("terms", [{"dead_band_percent": "2"}, {"bonus_percent": "2"}])
    def test_it_does_not_where_promises_since_the_start_count(self, terms: dict[str, str]) -> None:
        state = promise(**self.CUMULATIVE, **terms, arithmetic="1").state(saved("90000", year(1)))
        with pytest.raises(StateOfUnknownForm, match="keep arithmetic 1"):
            promise(**self.CUMULATIVE, **terms).open(state, saved("90000", year(2)))

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
        terms = {"unit": "kWh", "bands": {"all": {"base": {"price": str(expected["b"]), "percent": "3"}}}}
        rule = parse(AtPrices, terms)
        off = [
            abs(expected["a"] + rule.value(saved("1", year(n))).contract - promised)
            for n, promised in enumerate(inputs["guaranteed"], 1)
        ]
        assert max(off) < 1
        kept = promise(of="value", valuation=at("1"), guaranteed=[str(promised) for promised in inputs["guaranteed"]])
        years = [saved(str(kept), year(n)) for n, kept in enumerate(inputs["measured_or_calculated"], 1)]
        assert lived(kept, years) == [[]] * 10


class TestTermsThatCannotBe:
    @pytest.mark.parametrize(("terms", "says"), [
            ({"unit": "kWh", "guaranteed": ["1"]}, "a promise of energy has a price"),
            ({"unit": "kWh", "guaranteed": ["1"], "of": "value", "price": "1", "valuation": at("1")}, "a promise of energy has a price"),
    ], ids=["no price", "two prices of a promise"])  # fmt: skip
    def test_is_a_fault(self, terms: dict[str, Any], says: str) -> None:
        with pytest.raises(FaultyDocument, match=says):
            parse(SavingsGuarantee, terms)
