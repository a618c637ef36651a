"""Tiers that are asked for by name: a last one with a bound, one that another quantity chooses, packages rounded first."""

from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from pydantic import TypeAdapter, ValidationError

from contracts.carried_state import StateLeftOver
from contracts.carried_words import rule_in_words
from contracts.pricing.tiers import UseAboveLastTier
from contracts.rated_line import RatedLine
from contracts.rated_usage import UnpricedUse, Usage
from contracts.rules import ChargeRule
from contracts.schedule import BillingPeriod, Life
from quantities.arithmetic import added
from quantities.document import FaultyDocument
from quantities.quantity import IncompatibleUnit
from tests.billing.rating.billed import agreed, priced
from tests.contracts.pricing.test_arithmetic_2 import events

RULES: TypeAdapter[Any] = TypeAdapter(ChargeRule)
LIFE = Life(date(2026, 1, 1))

TWO_TIERS = [{"up_to": "10", "unit_price": "95"}, {"up_to": "20", "unit_price": "80"}]
GRADUATED = {"kind": "graduated", "unit": "MWh", "tiers": TWO_TIERS}
VOLUME = {"kind": "volume", "unit": "MWh", "tiers": TWO_TIERS}
STAIRS = {
    "kind": "stairstep",
    "unit": "MWh",
    "steps": [{"up_to": "10", "amount": "500"}, {"up_to": "20", "amount": "900"}],
}
SHIFTS = {
    "kind": "shift",
    "unit": "MWh",
    "fee": "100",
    "steps": [{"up_to": "10", "factor": "1"}, {"up_to": "20", "factor": "1.5"}],
}
PERCENTS = {"kind": "percentage", "tiers": [{"up_to": "10", "percent": "10"}, {"up_to": "20", "percent": "5"}]}
BOUNDED = [GRADUATED, VOLUME, STAIRS, SHIFTS, PERCENTS]


def month(number: int) -> BillingPeriod:
    first, after_last = date(2026, number, 1), date(2026, number + 1, 1)
    return BillingPeriod(first, after_last, first, after_last)


def mwh(quantity: str, **more: Any) -> Usage:
    return Usage(Decimal(quantity), "MWh", month(1), LIFE, **more)


def rated(terms: dict[str, Any], usage: Usage) -> tuple[RatedLine, ...]:
    lines: tuple[RatedLine, ...] = RULES.validate_python(terms).rate(usage)
    return lines


def amount(terms: dict[str, Any], usage: Usage) -> str:
    return f"{added(line.amount for line in rated(terms, usage)):.2f}"


def usage_of(terms: dict[str, Any], quantity: str) -> Usage:
    return events(quantity) if terms["kind"] == "percentage" else mwh(quantity)


class TestABoundedLastTier:
    """ "Up to 10 MWh cost 95, up to 20 MWh 80; more than 20 MWh is not supplied" – or "costs nothing"."""

    @pytest.mark.parametrize(("terms", "at_the_bound", "above"), [
        pytest.param(GRADUATED, "1750.00", "1750.00", id="10 × 95 + 10 × 80, and 5 for nothing"),
        pytest.param(VOLUME, "1600.00", "1600.00", id="20 × 80, and 5 for nothing"),
        pytest.param(STAIRS, "900.00", "900.00", id="the last band's amount stays"),
        pytest.param(SHIFTS, "150.00", "150.00", id="100 × 1.5: the last factor stays"),
        pytest.param(PERCENTS, "1.50", "1.50", id="10 % of 10 and 5 % of 10, and nothing of 5"),
    ])  # fmt: skip
    def test_what_is_above_is_free(self, terms: dict[str, Any], at_the_bound: str, above: str) -> None:
        free = terms | {"above_last": "free"}
        assert [amount(free, usage_of(terms, quantity)) for quantity in ("20", "25")] == [at_the_bound, above]

    @pytest.mark.parametrize("terms", BOUNDED, ids=lambda terms: terms["kind"])
    def test_what_is_above_is_refused(self, terms: dict[str, Any]) -> None:
        refusing = terms | {"above_last": "refused"}
        assert amount(refusing, usage_of(terms, "20")) == amount(terms | {"above_last": "free"}, usage_of(terms, "20"))
        with pytest.raises(UseAboveLastTier, match=r"20\.001 .* are more than the 20 ") as refused:
            rated(refusing, usage_of(terms, "20.001"))
        assert refused.value.members["expected"] == "20"

    def test_what_is_free_has_a_line(self) -> None:
        *_, free = rated(GRADUATED | {"above_last": "free"}, mwh("25"))
        assert (free.quantity, free.unit_price, free.label) == (Decimal(5), Decimal(0), "above 20 MWh, free")

    def test_a_window_is_refused_once_all_of_it_is_above(self) -> None:
        """A year of 20 MWh: 15 in January; of 6 in February one is too many."""
        rule = RULES.validate_python(GRADUATED | {"above_last": "refused", "per": "year"})
        opening = rule.open(rule.state(mwh("15")), mwh("15"))
        february = Usage(Decimal(5), "MWh", month(2), LIFE, opening=opening)
        assert added(line.amount for line in rule.rate(february)) == 400  # 5 × 80
        with pytest.raises(UseAboveLastTier):
            rule.rate(Usage(Decimal(6), "MWh", month(2), LIFE, opening=opening))

    @pytest.mark.parametrize("terms", BOUNDED, ids=lambda terms: terms["kind"])
    def test_without_the_option_it_is_the_fault_that_it_was(self, terms: dict[str, Any]) -> None:
        with pytest.raises(ValidationError, match="the last tier has no up_to"):
            RULES.validate_python(terms)

    @pytest.mark.parametrize("terms", [
        GRADUATED | {"tiers": [{"unit_price": "1"}]}, STAIRS | {"steps": [{"amount": "1"}]},
        PERCENTS | {"tiers": [{"percent": "1"}]},
    ], ids=lambda terms: terms["kind"])  # fmt: skip
    def test_the_option_is_of_a_bound(self, terms: dict[str, Any]) -> None:
        with pytest.raises(ValidationError, match="that tier has an up_to"):
            RULES.validate_python(terms | {"above_last": "free"})

    def test_bounds_rise_to_the_last(self) -> None:
        with pytest.raises(ValidationError, match="tiers rise"):
            RULES.validate_python(GRADUATED | {"above_last": "free", "tiers": [TWO_TIERS[1], TWO_TIERS[0]]})

    def test_an_unknown_word_is_a_fault_with_its_place(self) -> None:
        with pytest.raises(FaultyDocument) as refused:
            agreed(priced("x", GRADUATED | {"above_last": "cheap"}))
        assert "/charges/0/rule/above_last" in {fault.path for fault in refused.value.faults}


#: "Up to 2,500 full-load hours a kWh costs 0.14 EUR; who has more pays 0.11 EUR for each kWh."
BY_HOURS = {
    "kind": "volume", "unit": "kWh", "tier_unit": "h",
    "tiers": [{"up_to": "2500", "unit_price": "0.14"}, {"unit_price": "0.11"}],
}  # fmt: skip


def beside(quantity: str, hours: str, number: int = 1, **more: Any) -> Usage:
    return Usage(
        Decimal(quantity), "kWh", month(number), LIFE, auxiliary_usage={"tier": Usage(Decimal(hours), "h")}, **more
    )


class TestATierChosenByAnotherQuantity:
    @pytest.mark.parametrize(("hours", "billed"), [
        pytest.param("2500", "14000.00", id="100,000 × 0.14: the bound belongs to its tier"),
        pytest.param("2500.1", "11000.00", id="100,000 × 0.11"),
        pytest.param("0", "14000.00", id="none: the first tier"),
    ])  # fmt: skip
    def test_full_load_hours_choose_the_price_of_a_kwh(self, hours: str, billed: str) -> None:
        assert amount(BY_HOURS, beside("100000", hours)) == billed

    def test_the_line_says_what_has_chosen(self) -> None:
        (line,) = rated(BY_HOURS, beside("100000", "2600"))
        assert (line.label, line.calculation) == ("above 2500 h", "2600 h choose the tier")

    def test_over_a_year_both_are_added_up(self) -> None:
        """January 1,500 h and 60,000 kWh at 0.14; February's 1,500 h make it 3,000: 110,000 × 0.11 less 60,000 × 0.14."""
        rule = RULES.validate_python(BY_HOURS | {"per": "year"})
        january = beside("60000", "1500")
        opening = rule.open(rule.state(january), january)
        february = beside("50000", "1500", 2, opening=opening)
        assert [added(line.amount for line in rule.rate(usage)) for usage in (january, february)] == [8400, 3700]
        assert rule.close(february)["tier"] == {"h": "3000"}
        assert rule_in_words(rule, rule.state(february), LIFE.starts, "EUR") == (
            "110000 kWh used since 2026-01-01", "3000 h that choose the tier since 2026-01-01",
        )  # fmt: skip

    def test_what_has_chosen_is_taken_over_in_another_unit(self) -> None:
        rule, minutes = (RULES.validate_python(BY_HOURS | {"per": "year", "tier_unit": unit}) for unit in ("h", "min"))
        january = beside("60000", "1500")
        opening = minutes.open(rule.state(january), january)
        later = beside("0", "1", 2, opening=opening)
        assert minutes.close(later)["tier"] == {"min": "90060"}

    def test_a_window_of_which_nothing_has_chosen_is_not_gone_on_with(self) -> None:
        january = beside("60000", "1500")
        plain = RULES.validate_python(
            {name: value for name, value in BY_HOURS.items() if name != "tier_unit"} | {"per": "year"}
        )
        with pytest.raises(StateLeftOver):
            RULES.validate_python(BY_HOURS | {"per": "year"}).open(plain.state(january), january)

    def test_an_amendment_that_cannot_go_on_is_known_by_its_specimen(self) -> None:
        """Without use, too: so it is refused when the amendment is checked, and does not hold a bill."""
        january = beside("60000", "1500")
        plain, choosing = (
            RULES.validate_python(
                {name: value for name, value in BY_HOURS.items() if name not in left_out} | {"per": "year"}
            )
            for left_out in (("tier_unit",), ())
        )
        specimens = {rule: rule.state_of(rule.specimen(january), january) for rule in (plain, choosing)}
        assert choosing.open(specimens[choosing], january)["tier"] == {"h": "0"}
        assert plain.open(specimens[choosing], january)
        with pytest.raises(StateLeftOver):
            choosing.open(specimens[plain], january)

    def test_what_chooses_is_needed_and_of_its_kind(self) -> None:
        with pytest.raises(UnpricedUse):
            rated(BY_HOURS, Usage(Decimal(1), "kWh", month(1), LIFE))
        with pytest.raises(IncompatibleUnit):
            rated(BY_HOURS | {"tier_unit": "kW"}, beside("1", "1"))
        with pytest.raises(FaultyDocument) as refused:
            agreed(priced("energy", BY_HOURS))
        assert {(fault.path, fault.code) for fault in refused.value.faults} == {("/charges/0/beside", "missing-use")}

    def test_above_the_last_tier_is_refused(self) -> None:
        bounded = BY_HOURS | {"above_last": "refused", "tiers": [{"up_to": "2500", "unit_price": "0.14"}]}
        with pytest.raises(UseAboveLastTier):
            rated(bounded, beside("1", "2501"))

    @pytest.mark.parametrize(
        "more", [{"by": ["site"]}, {"each_day": "full"}, {"above_last": "free", "tiers": TWO_TIERS}]
    )
    def test_it_is_one_tier_for_all(self, more: dict[str, Any]) -> None:
        with pytest.raises(ValidationError, match="one tier for all use"):
            RULES.validate_python(BY_HOURS | more)


TESTS = {"kind": "package", "unit": "test", "size": "100", "package_price": "5", "free_units": "150"}


class TestPackagesRoundedFirst:
    """ "Tests are counted in begun packages of 100 at 5 EUR; 150 tests a month are included." """

    @pytest.mark.parametrize(("tests", "before", "after"), [
        pytest.param("120", "0.00", "2.50", id="all are free; 2 packages less 1.5"),
        pytest.param("201", "5.00", "7.50", id="51 are a package; 3 packages less 1.5"),
        pytest.param("0", "0.00", "0.00", id="nothing less 1.5 is nothing"),
        pytest.param("100", "0.00", "0.00", id="1 package less 1.5 is nothing"),
    ])  # fmt: skip
    def test_what_is_free_is_taken_off_packages(self, tests: str, before: str, after: str) -> None:
        usage = Usage(Decimal(tests), "test", month(1), LIFE)
        assert [amount(terms, usage) for terms in (TESTS, TESTS | {"round_first": "true"})] == [before, after]

    def test_whole_packages_that_are_free_come_to_the_same(self) -> None:
        """100 free of 201: 101 are two packages; three packages less one are two."""
        terms = TESTS | {"free_units": "100"}
        assert (
            amount(terms, Usage(Decimal(201), "test"))
            == amount(terms | {"round_first": "true"}, Usage(Decimal(201), "test"))
            == "10.00"
        )

    def test_the_line_says_how(self) -> None:
        (line,) = rated(TESTS | {"round_first": "true"}, Usage(Decimal(201), "test"))
        assert line.calculation == "201 test: 3 packages of 100, 1.5 of them free"
