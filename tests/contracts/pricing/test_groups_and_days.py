"""Lines by groups that nobody lists; the peak of each day, week or month by itself; a level day by day."""

from collections.abc import Mapping
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from pydantic import TypeAdapter, ValidationError

from contracts.carried_state import StateLeftOver
from contracts.carried_words import rule_in_words
from contracts.groups import first_numbers
from contracts.rated_line import RatedLine
from contracts.rated_usage import NegativeUse, UnpricedUse, Usage
from contracts.rules import ChargeRule
from contracts.schedule import Billing, BillingPeriod, Life
from metering.usage.measure import Part
from quantities.arithmetic import added

RULES: TypeAdapter[Any] = TypeAdapter(ChargeRule)
LIFE = Life(date(2026, 1, 1))
JANUARY = BillingPeriod(date(2026, 1, 1), date(2026, 2, 1), date(2026, 1, 1), date(2026, 2, 1))
FEBRUARY = BillingPeriod(date(2026, 2, 1), date(2026, 3, 1), date(2026, 2, 1), date(2026, 3, 1))
TIERS = [{"up_to": "10", "unit_price": "2"}, {"unit_price": "1"}]


def rated(terms: dict[str, Any], usage: Usage) -> tuple[RatedLine, ...]:
    lines: tuple[RatedLine, ...] = RULES.validate_python(terms).rate(usage)
    return lines


def amount(terms: dict[str, Any], usage: Usage) -> str:
    return f"{added(line.amount for line in rated(terms, usage)):.2f}"


def by_site(period: BillingPeriod = JANUARY, unit: str = "kWh", **sites: str) -> Usage:
    parts = tuple(Part(Decimal(many), {"site": site} if site != "none" else {}) for site, many in sites.items())
    return Usage(added(part.quantity for part in parts), unit, period, LIFE, parts=parts)


class TestGroups:
    """ "The first 10 kWh of each site cost 2 EUR, further ones 1 EUR." No site is listed."""

    RULE: Mapping[str, Any] = {"kind": "graduated", "unit": "kWh", "tiers": TIERS, "by": ["site"]}

    def test_each_group_has_lines_and_tiers_of_its_own(self) -> None:
        """Kiel: 10 × 2 + 5 × 1 = 25; Ulm: 8 × 2 = 16."""
        lines = rated({**self.RULE}, by_site(Ulm="8", Kiel="15"))
        assert [(line.label, f"{line.amount}") for line in lines] == [
            ("site Kiel: 0 to 10 kWh", "20"), ("site Kiel: above 10 kWh", "5"), ("site Ulm: 0 to 10 kWh", "16"),
        ]  # fmt: skip

    def test_a_price_for_each_unit_is_one_line_a_group(self) -> None:
        terms = {"kind": "per_unit", "unit": "kWh", "unit_price": "0.30", "by": ["site"]}
        lines = rated(terms, by_site(Ulm="8", Kiel="15", none="2"))
        assert [(line.label, f"{line.amount:.2f}") for line in lines] == [
            ("no site", "0.60"), ("site Kiel", "4.50"), ("site Ulm", "2.40"),
        ]  # fmt: skip

    def test_two_dimensions_are_one_group_for_each_pair(self) -> None:
        terms = {"kind": "per_unit", "unit": "each", "unit_price": "1", "by": ["site", "cost centre"]}
        labels = [
            {"site": "Kiel", "cost centre": "47"},
            {"site": "Kiel", "cost centre": "48"},
            {"site": "Kiel", "cost centre": "47"},
        ]
        parts = tuple(Part(Decimal(1), labelled) for labelled in labels)
        lines = rated(terms, Usage(Decimal(3), "each", JANUARY, LIFE, parts=parts))
        assert [(line.label, f"{line.quantity}") for line in lines] == [
            ("site Kiel, cost centre 47", "2"), ("site Kiel, cost centre 48", "1"),
        ]  # fmt: skip

    def test_no_use_has_no_group_and_no_line(self) -> None:
        assert rated({**self.RULE}, Usage(Decimal(0), "kWh", JANUARY, LIFE)) == ()

    def test_use_that_says_nothing_is_a_group(self) -> None:
        (line,) = rated({**self.RULE}, Usage(Decimal(5), "kWh", JANUARY, LIFE))
        assert (line.label, f"{line.amount}") == ("no site: 0 to 10 kWh", "10")

    def test_quantities_are_converted_and_add_up(self) -> None:
        lines = rated({**self.RULE}, by_site(unit="MWh", Ulm="0.008", Kiel="0.015"))
        assert added(line.quantity for line in lines) == 23

    def test_a_group_below_zero_is_refused(self) -> None:
        with pytest.raises(NegativeUse, match="site Ulm"):
            rated({**self.RULE}, by_site(Ulm="-1", Kiel="15"))

    def test_lines_keep_their_numbers_when_another_group_is_read_late(self) -> None:
        before = {line.label: line.part for line in rated({**self.RULE}, by_site(Ulm="8", Kiel="15"))}
        after = {line.label: line.part for line in rated({**self.RULE}, by_site(Ulm="8", Kiel="15", Aue="1", Lund="3"))}
        assert before.items() <= after.items()
        assert len(set(after.values())) == len(after)

    def test_numbers_are_of_a_database(self) -> None:
        numbers = first_numbers(f"site {number}" for number in range(5000))
        assert len(set(numbers.values())) == 5000
        assert max(numbers.values()) < 2**31 - 10_000

    def test_over_a_year_each_group_goes_on_by_itself(self) -> None:
        """Kiel has used 8 of its 10 in January: 2 × 2 + 3 × 1 = 7 in February. Ulm begins in February: 4 × 2 = 8."""
        rule = RULES.validate_python({**self.RULE, "per": "year"})
        january = by_site(Kiel="8", Aue="20")
        state = rule.state(january)
        opening = rule.open(state, january)
        february = by_site(FEBRUARY, Kiel="5", Ulm="4")
        goes_on = Usage(february.quantity, "kWh", FEBRUARY, LIFE, parts=february.parts, opening=opening)
        lines = rule.rate(goes_on)
        assert [(line.label, line.amount) for line in lines] == [
            ("site Kiel: 0 to 10 kWh", 4), ("site Kiel: above 10 kWh", 3), ("site Ulm: 0 to 10 kWh", 8),
        ]  # fmt: skip
        assert rule.close(goes_on)["used"] == {"site Aue": "20", "site Kiel": "13", "site Ulm": "4"}
        assert rule_in_words(rule, state, LIFE.starts, "EUR") == (
            "20 kWh used by site Aue since 2026-01-01", "8 kWh used by site Kiel since 2026-01-01",
        )  # fmt: skip

    def test_what_is_carried_is_converted(self) -> None:
        rule, in_mwh = (RULES.validate_python({**self.RULE, "per": "year", "unit": unit}) for unit in ("kWh", "MWh"))
        january = by_site(Kiel="8")
        assert in_mwh.open(rule.state(january), january)["used"] == {"site Kiel": "0.008"}

    def test_other_groups_do_not_go_on_with_it_within_a_window(self) -> None:
        january = by_site(Kiel="8")
        state = RULES.validate_python({**self.RULE, "per": "year", "by": ["asset"]}).state(january)
        with pytest.raises(StateLeftOver):
            RULES.validate_python({**self.RULE, "per": "year"}).open(state, january)

    def test_without_groups_it_goes_on_with_their_sum(self) -> None:
        january = by_site(Kiel="8", Ulm="1")
        ungrouped = RULES.validate_python({"kind": "graduated", "unit": "kWh", "tiers": TIERS, "per": "year"})
        opening = ungrouped.open(RULES.validate_python({**self.RULE, "per": "year"}).state(january), january)
        assert ungrouped.close(Usage(Decimal(1), "kWh", FEBRUARY, LIFE, opening=opening))["used"] == "10"


def of_days(
    unit: str, quantities: Mapping[int, str], period: BillingPeriod = JANUARY, life: Life = LIFE, **labels: str
) -> Usage:
    """Quantities by the day of January; of a demand the use is the highest of them."""
    parts = tuple(Part(Decimal(many), {"day": f"2026-01-{day:02}", **labels}) for day, many in quantities.items())
    highest = max((part.quantity for part in parts), default=Decimal(0))
    return Usage(highest, unit, period.without_paused(life.paused), life, parts=parts)


def days(first: int, after_last: int) -> BillingPeriod:
    start = date(2026, 1, 1)
    return BillingPeriod(
        start + timedelta(first - 1), start + timedelta(after_last - 1), *(JANUARY.first, JANUARY.after_last)
    )


#: January 2026 begins on a Thursday: its weeks begin on the 5th, 12th, 19th and 26th; 4 days of one are before them, and
#: the last one has 6 of its 7 days in it.
PEAKS = {1: "7", 5: "100", 6: "80", 12: "50"}


class TestThePeakOfEachWindow:
    """ "Each kW of the highest demand of a day costs 2 EUR, and the days are added up." """

    RULE: Mapping[str, Any] = {"kind": "demand", "unit": "kW", "unit_price": "2", "peak": "each_day"}

    def test_days(self) -> None:
        """(7 + 100 + 80 + 50) × 2; the other 27 days have none."""
        (line,) = rated({**self.RULE}, of_days("kW", PEAKS))
        assert (f"{line.quantity}", f"{line.amount}", line.label) == ("237", "474", "each day")
        assert line.calculation.startswith("7 + 0 + 0 + 0 + 100 + 80 + 0")

    def test_weeks_at_the_edges_have_their_days_share(self) -> None:
        """7 × 4/7 of the week from 29 December on, 100, 50, 0, and 0 × 6/7: 154 × 2."""
        (line,) = rated({**self.RULE, "peak": "each_week"}, of_days("kW", PEAKS))
        assert line.calculation == "7 × 4/7 + 100 + 50 + 0 + 0 × 6/7"
        assert (f"{line.quantity:.6f}", f"{line.amount:.2f}") == ("154.000000", "308.00")

    def test_weeks_are_whole_where_nothing_is_shared(self) -> None:
        """(7 + 100 + 50) × 2."""
        assert amount({**self.RULE, "peak": "each_week", "proration": "none"}, of_days("kW", PEAKS)) == "314.00"

    def test_a_week_begins_on_the_anchor(self) -> None:
        """Weeks from Tuesday on: 5 January is of the week of 30 December (5 of 7 days), 6 and 12 January of the next."""
        life = Life(date(2026, 1, 1), billing=Billing.model_validate({"anchor_weekday": "tue"}))
        (line,) = rated({**self.RULE, "peak": "each_week"}, of_days("kW", PEAKS, life=life))
        assert line.calculation == "100 × 5/7 + 80 + 0 + 0 + 0 × 5/7"

    def test_months_of_a_quarter(self) -> None:
        quarter = BillingPeriod(date(2026, 1, 1), date(2026, 4, 1), date(2026, 1, 1), date(2026, 4, 1))
        parts = tuple(
            Part(Decimal(many), {"day": day})
            for day, many in (("2026-01-09", "10"), ("2026-02-03", "30"), ("2026-02-04", "20"))
        )
        usage = Usage(Decimal(30), "kW", quarter, LIFE, parts=parts)
        assert amount({**self.RULE, "peak": "each_month"}, usage) == "80.00"  # (10 + 30 + 0) × 2

    def test_each_has_the_minimum(self) -> None:
        """27 + 1 days at the least of 10, and 100, 80 and 50: (280 + 230) × 2."""
        assert amount({**self.RULE, "minimum": "10"}, of_days("kW", PEAKS)) == "1020.00"

    def test_suspended_days_are_none(self) -> None:
        """From the 5th to the 11th: the two peaks of that week are not due, and no minimum of its seven days."""
        life = Life(date(2026, 1, 1), paused=((date(2026, 1, 5), date(2026, 1, 12)),))
        usage = of_days("kW", PEAKS, life=life)
        assert amount({**self.RULE, "minimum": "10"}, usage) == "560.00"  # (23 × 10 + 50) × 2
        assert amount({**self.RULE, "peak": "each_week"}, usage) == "108.00"  # (7 × 4/7 + 50) × 2

    def test_a_change_within_the_month_prices_each_day_once(self) -> None:
        """Until the 5th inclusive at 2, from the 6th on at 3: 107 × 2 + 130 × 3."""
        before = of_days("kW", {1: "7", 5: "100"}, days(1, 6))
        after = of_days("kW", {6: "80", 12: "50"}, days(6, 32))
        assert [amount({**self.RULE}, before), amount({**self.RULE, "unit_price": "3"}, after)] == ["214.00", "390.00"]

    def test_a_band_has_peaks_of_its_own(self) -> None:
        calendar = {"bands": [{"name": "day", "hours": [{"start": "08:00", "end": "20:00"}]}], "otherwise": "night"}
        parts = tuple(
            Part(Decimal(many), {"day": "2026-01-05", "band": band}) for band, many in (("day", "40"), ("night", "90"))
        )
        usage = Usage(Decimal(90), "kW", JANUARY, LIFE, parts=parts)
        assert amount({**self.RULE, "calendar": calendar, "band": "day"}, usage) == "80.00"

    def test_peaks_are_converted(self) -> None:
        assert amount({**self.RULE}, of_days("MW", {5: "0.1"})) == "200.00"

    def test_use_that_is_not_told_by_days_is_refused(self) -> None:
        with pytest.raises(UnpricedUse):
            rated({**self.RULE}, Usage(Decimal(5), "kW", JANUARY, LIFE))
        with pytest.raises(UnpricedUse, match="2026-01-01 is not of the billed days"):
            rated({**self.RULE}, of_days("kW", PEAKS, days(6, 32)))

    @pytest.mark.parametrize("more", [
        {"ratchet": {"percent": "80"}}, {"power_factor": {}}, {"proration": "thirty_days"}, {"proration": "thirty_360"},
    ], ids=str)  # fmt: skip
    def test_what_is_of_a_period_does_not_go_with_it(self, more: dict[str, Any]) -> None:
        with pytest.raises(ValidationError, match="each by itself"):
            RULES.validate_python({**self.RULE, **more})


#: 4 pallets for 10 days, 12 for 15 days, none for 6.
LEVELS = dict.fromkeys(range(1, 11), "4") | dict.fromkeys(range(11, 26), "12") | dict.fromkeys(range(26, 32), "0")


class TestALevelByDays:
    """ "Up to 10 pallets a pallet costs 31 EUR a month, each further one 15.50 EUR, by the days for which it is there." """

    TIERS: Mapping[str, Any] = {"tiers": [{"up_to": "10", "unit_price": "31"}, {"unit_price": "15.50"}]}
    GRADUATED: Mapping[str, Any] = {"kind": "graduated", "unit": "each", "each_day": "share", **TIERS}

    def test_each_tier_counts_its_days(self) -> None:
        """10 days × 4 × 31/31 = 40; 15 days × (10 × 31 + 2 × 15.50)/31 = 150 + 15: 205. The mean, 7.0967…, would be 220."""
        first, further = rated({**self.GRADUATED}, of_days("each", LEVELS))
        assert [f"{line.amount:.6f}" for line in (first, further)] == ["190.000000", "15.000000"]
        assert first.calculation == "190 on 25 days, of 31 of the period"

    def test_all_units_at_the_price_of_the_day(self) -> None:
        """10 days × 4 × 31/31 = 40; 15 days × 12 × 15.50/31 = 90."""
        assert amount({**self.GRADUATED, "kind": "volume"}, of_days("each", LEVELS)) == "130.00"

    def test_days_in_each_band(self) -> None:
        """Of a month: 310 up to 10 and 620 above: 16 days of 310 and 15 of 620 are 160 + 300."""
        steps = [{"up_to": "10", "amount": "310"}, {"amount": "620"}]
        lines = rated(
            {"kind": "stairstep", "unit": "each", "steps": steps, "each_day": "share"}, of_days("each", LEVELS)
        )
        assert [(f"{line.quantity:.4f}", f"{line.amount:.2f}") for line in lines] == [
            ("0.5161", "160.00"),
            ("0.4839", "300.00"),
        ]

    def test_a_flat_fee_is_due_by_the_days_of_its_tier(self) -> None:
        """31 a month once 10 are exceeded: 15 of 31 days."""
        tiers = [{"up_to": "10", "unit_price": "0"}, {"unit_price": "0", "flat_fee": "31"}]
        assert amount({**self.GRADUATED, "tiers": tiers}, of_days("each", LEVELS)) == "15.00"

    def test_a_cap_is_of_each_day(self) -> None:
        """31 × 4 = 124 and 31 × 10 = 310 of the first tier, capped at 155: 10 days of 124 and 15 of 155 are 40 + 75."""
        tiers = [{"up_to": "10", "unit_price": "31", "amount_cap": "155"}, {"unit_price": "0"}]
        assert amount({**self.GRADUATED, "tiers": tiers}, of_days("each", LEVELS)) == "115.00"

    def test_a_price_for_a_day_is_due_in_full(self) -> None:
        """0.50 a pallet and day up to 10, then 0.25: 10 × 4 × 0.50 + 15 × (5 + 0.50)."""
        tiers = [{"up_to": "10", "unit_price": "0.50"}, {"unit_price": "0.25"}]
        assert amount({**self.GRADUATED, "each_day": "full", "tiers": tiers}, of_days("each", LEVELS)) == "102.50"

    def test_a_part_of_a_month_has_the_days_that_it_has(self) -> None:
        """From the 26th on, 3 pallets on each of 6 days: 3 × 31 × 6/31."""
        usage = of_days("each", dict.fromkeys(range(26, 32), "3"), days(26, 32))
        assert amount({**self.GRADUATED}, usage) == "18.00"

    def test_suspended_days_are_none(self) -> None:
        """Without the 11th to the 20th, 5 days of 12: 40 + 50 + 5."""
        life = Life(date(2026, 1, 1), paused=((date(2026, 1, 11), date(2026, 1, 21)),))
        assert amount({**self.GRADUATED}, of_days("each", LEVELS, life=life)) == "95.00"

    def test_levels_of_one_day_add_up(self) -> None:
        """Two halls with 6 pallets each on one day: 12 of them, 10 × 31/31 + 2 × 15.50/31."""
        parts = (Part(Decimal(6), {"day": "2026-01-05"}),) * 2
        assert amount({**self.GRADUATED}, Usage(Decimal(12), "each", JANUARY, LIFE, parts=parts)) == "11.00"

    def test_hours_beyond_each_days_own(self) -> None:
        """ "Hours above 8 of a day cost 800/160 each": 10 and 9 and 3 hours are 3 above."""
        terms = {
            "kind": "overtime",
            "unit": "machine_hour",
            "fee": "800",
            "fee_is_for": "160",
            "included": "8",
            "each_day": "full",
        }
        assert amount(terms, of_days("machine_hour", {5: "10", 6: "9", 7: "3"})) == "15.00"

    @pytest.mark.parametrize("told", [{}, {"day": "Monday"}, {"day": "2026-02-01"}], ids=str)
    def test_a_part_is_of_a_billed_day(self, told: dict[str, str]) -> None:
        with pytest.raises(UnpricedUse, match="is not of the billed days"):
            rated({**self.GRADUATED}, Usage(Decimal(1), "each", JANUARY, LIFE, parts=(Part(Decimal(1), told),)))

    @pytest.mark.parametrize("more", [{"per": "year"}, {"by": ["site"]}], ids=str)
    def test_it_is_of_one_period_and_of_no_groups(self, more: dict[str, Any]) -> None:
        with pytest.raises(ValidationError, match="each_day prices the days of one billing period"):
            RULES.validate_python({**self.GRADUATED, **more})
