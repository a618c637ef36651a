"""Numeric cases that the field has published, each with its source: engines' own documents and tests.

``pricing.json`` holds the facts. Where a case records a convention that is not our default, a setting reproduces it, and
the way it is set stands here. Where the published figure is wrong, the test says so.
"""

import json
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from itertools import islice, pairwise
from pathlib import Path
from typing import Any

import pytest

from billing.corrections.adjustment import adjustments
from billing.invoices.invoice import Corrects, Line, total
from billing.tax import Tax, TaxCategory
from contracts.clause import Nature, Priced, RatedLine, Usage, difference
from contracts.included import Included
from contracts.pricing.commitment import Commitment, Committed
from contracts.pricing.discount import Discount
from contracts.pricing.fixed_fee import FixedFee
from contracts.pricing.graduated import Graduated
from contracts.pricing.matrix import Matrix
from contracts.pricing.minimum_spend import MinimumSpend
from contracts.pricing.package import Package
from contracts.pricing.per_unit import PerUnit
from contracts.pricing.percentage import Percentage
from contracts.pricing.stairstep import Stairstep
from contracts.pricing.volume import Volume
from contracts.proration import Proration, share
from contracts.schedule import Billing, BillingInterval, BillingPeriod, Life, Whole, billing_periods
from metering.consumption.level import mean
from metering.fleet.meter import Register, RegisterKind
from metering.log.reading import Quality, Reading
from metering.usage.measure import Part
from quantities.arithmetic import added, product
from quantities.money import Money
from quantities.period import Period
from quantities.rounding import Rounding

CASES: dict[str, dict[str, Any]] = {
    each["id"]: each for each in json.loads(Path(__file__).with_name("pricing.json").read_text(encoding="utf-8"))
}
Inputs = Mapping[str, Any]


def of(model: str) -> list[object]:
    return [
        pytest.param(each["inputs"], each["expected"], id=name)
        for name, each in CASES.items()
        if each["model"] == model
    ]


def open_ended(tiers: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Bounded last tiers opened: ours refuse a bound that gives the use above it away."""
    kept = [{name: value for name, value in tier.items() if name != "tier_amount_cap"} for tier in tiers]
    for tier, was in zip(kept, tiers, strict=True):
        if "tier_amount_cap" in was:
            tier["amount_cap"] = was["tier_amount_cap"]
    return [*kept[:-1], {**kept[-1], "up_to": None}]


def graduated(inputs: Inputs) -> Graduated:
    return Graduated.model_validate({"unit": "each", "tiers": open_ended(inputs["tiers"])})


def volume(inputs: Inputs) -> Volume:
    return Volume.model_validate({"unit": "each", "tiers": open_ended(inputs["tiers"])})


def package(inputs: Inputs) -> Package:
    return Package(
        unit="each",
        size=Decimal(inputs["package_size"]),
        package_price=Decimal(inputs["package_price"]),
        free_units=Decimal(inputs.get("free_units", "0")),
        begun=inputs.get("rounding", "up"),
    )


def per_unit(inputs: Inputs) -> PerUnit:
    return PerUnit(unit="each", unit_price=Decimal(inputs["unit_price"]))


PRICED: Mapping[str, Callable[[Inputs], Priced]] = {
    "graduated": graduated,
    "graduated_tier_cap": graduated,
    "volume": volume,
    "package": package,
    "package_rounding": package,
    "per_unit": per_unit,
}


def summed(lines: tuple[RatedLine, ...]) -> Decimal:
    return added(line.amount for line in lines)


def cents(amount: Decimal, currency: str = "EUR") -> Decimal:
    return Money(amount, currency).rounded().amount


def units(quantity: str | Decimal) -> Usage:
    return Usage(Decimal(quantity), "each")


def days(first: str, after_last: str, whole_first: str, whole_after_last: str) -> BillingPeriod:
    low, high, whole_low, whole_high = map(date.fromisoformat, (first, after_last, whole_first, whole_after_last))
    return BillingPeriod(low, high, whole_low, whole_high)


def part_of(part: int, whole: int) -> BillingPeriod:
    """The last days of a period, as where a contract starts in its course."""
    start, end = date(2026, 1, 1), date(2026, 1, 1) + timedelta(days=whole)
    return BillingPeriod(end - timedelta(days=part), end, start, end)


def fee(price: str, period: BillingPeriod) -> Decimal:
    return summed(FixedFee(amount=Decimal(price)).rate(Usage(period=period)))


@pytest.mark.parametrize(
    ("rule", "inputs", "expected"),
    [
        pytest.param(make(case["inputs"]), case["inputs"], case["expected"], id=name)
        for name, case in CASES.items()
        if (make := PRICED.get(case["model"]))
    ],
)
def test_a_quantity_is_priced(rule: Priced, inputs: Inputs, expected: Inputs) -> None:
    assert Decimal(expected["amount"]) == summed(rule.rate(units(inputs["usage"])))


class TestBlocks:
    """Kill Bill prices blocks; one that is begun counts in full. A tier has so many blocks of its own size."""

    @staticmethod
    def tiers(inputs: Inputs) -> list[dict[str, Any]]:
        bound, tiers = Decimal(0), []
        for tier in inputs["tiers"]:
            bound += tier["block_size"] * tier["max_blocks"]
            block = {"unit_price": tier["price_per_block"], "block": str(tier["block_size"])}
            tiers.append({"up_to": str(bound), **block})
        return open_ended(tiers)

    @pytest.mark.parametrize(("inputs", "expected"), of("graduated_blocks"))
    def test_all_tiers(self, inputs: Inputs, expected: Inputs) -> None:
        lines = Graduated.model_validate({"unit": "each", "tiers": self.tiers(inputs)}).rate(units(inputs["usage"]))
        assert Decimal(expected["amount"]) == summed(lines)
        assert [Decimal(amount) for _, amount in expected["lines"]] == [line.amount for line in lines]

    @pytest.mark.parametrize(("inputs", "expected"), of("volume_blocks"))
    def test_top_tier(self, inputs: Inputs, expected: Inputs) -> None:
        lines = Volume.model_validate({"unit": "each", "tiers": self.tiers(inputs)}).rate(units(inputs["usage"]))
        assert Decimal(expected["amount"]) == summed(lines)


@pytest.mark.parametrize(("inputs", "expected"), of("stairstep"))
def test_stairstep(inputs: Inputs, expected: Inputs) -> None:
    bands = [{"up_to": band["up_to"], "amount": band["price"]} for band in inputs["bands"]]
    rule = Stairstep.model_validate({"unit": "each", "steps": [*bands[:-1], {"amount": bands[-1]["amount"]}]})
    assert Decimal(expected["amount"]) == summed(rule.rate(units(inputs["usage"])))


@pytest.mark.parametrize(("inputs", "expected"), of("matrix"))
def test_matrix(inputs: Inputs, expected: Inputs) -> None:
    entries = [{"when": {"cloud": name}, "unit_price": price} for name, price in inputs["prices"].items()]
    rule = Matrix.model_validate({"unit": "each", "entries": entries, "otherwise": inputs["default_price"]})
    parts = tuple(Part(Decimal(many), {"cloud": name}) for name, many in inputs["usage"].items())
    lines = rule.rate(Usage(added(part.quantity for part in parts), "each", parts=parts))
    assert Decimal(expected["amount"]) == summed(lines)
    assert {f"cloud {name}": Decimal(amount) for name, amount in expected["lines"].items()} == {
        line.label: line.amount for line in lines
    }


class TestPercentage:
    @staticmethod
    def rate(amounts: list[str], **terms: Any) -> Decimal:
        parts = tuple(Part(Decimal(amount)) for amount in amounts)
        rule = Percentage.model_validate({name: value for name, value in terms.items() if value is not None})
        return summed(rule.rate(Usage(added(part.quantity for part in parts), "one", parts=parts)))

    @pytest.mark.parametrize(("inputs", "expected"), of("percentage"))
    def test_free_events(self, inputs: Inputs, expected: Inputs) -> None:
        sums = ["0", *inputs["running_totals"], inputs["total"]]
        amounts = [str(Decimal(after) - Decimal(before)) for before, after in pairwise(sums)]
        free = inputs["free_events"]
        found = self.rate(
            amounts,
            percent=inputs["rate_pct"],
            fee_per_event=inputs["fixed_fee_per_event"],
            free_events=None if free is None else str(free),
            free_amount=inputs["free_amount"],
        )
        assert Decimal(expected["amount"]) == found

    @pytest.mark.parametrize(("inputs", "expected"), of("percentage_event"))
    def test_allowances_end_when_either_is_used_up(self, inputs: Inputs, expected: Inputs) -> None:
        terms = {
            "percent": inputs["rate_pct"],
            "fee_per_event": inputs["fixed_fee_per_event"],
            "free_events": inputs["free_events"],
            "free_amount": inputs["free_amount"],
        }
        at = inputs["bill_event_index"]
        before, after = self.rate(inputs["events"][: at - 1], **terms), self.rate(inputs["events"][:at], **terms)
        assert [Decimal(expected["amount"]), Decimal(0)] == [after - before, before]

    @pytest.mark.parametrize(("inputs", "expected"), of("percentage_min_max"))
    def test_least_and_most_for_an_event(self, inputs: Inputs, expected: Inputs) -> None:
        terms = {"percent": inputs["rate_pct"], "minimum": inputs["per_event_min"], "maximum": inputs["per_event_max"]}
        assert Decimal(expected["amount"]) == self.rate(inputs["events"], **terms)


class TestMinimum:
    @staticmethod
    def missing(minimum: str, amount: Decimal, period: BillingPeriod | None = None) -> Decimal:
        usage = Usage(amounts={"use": amount})
        if period is not None:
            usage = replace(usage, period=period, life=Life(period.first))
        return summed(MinimumSpend(amount=Decimal(minimum)).rate(usage))

    @pytest.mark.parametrize(("inputs", "expected"), of("minimum_charge"))
    def test_of_a_charge(self, inputs: Inputs, expected: Inputs) -> None:
        used = summed(per_unit(inputs).rate(units(inputs["usage"])))
        assert Decimal(expected["usage_amount"]) == used
        assert Decimal(expected["true_up"]) == self.missing(inputs["minimum"], used)

    @pytest.mark.parametrize(("inputs", "expected"), of("minimum_charge+tax"))
    def test_of_a_part_of_a_period_with_tax(self, inputs: Inputs, expected: Inputs) -> None:
        used = summed(per_unit(inputs).rate(units(inputs["usage"])))
        true_up = self.missing(inputs["minimum"], used, part_of(inputs["active_days"], inputs["period_days"]))
        lines = [a_line("use", cents(used), inputs["tax_rate"]), a_line("minimum", cents(true_up), inputs["tax_rate"])]
        found = total(lines, "EUR")
        assert Decimal(expected["true_up"]) == cents(true_up)
        assert (Decimal(expected["net"]), Decimal(expected["tax"]), Decimal(expected["total"])) == (
            found.net,
            found.vat,
            found.gross,
        )

    @pytest.mark.parametrize(("inputs", "expected"), of("minimum_invoice"))
    def test_of_an_invoice(self, inputs: Inputs, expected: Inputs) -> None:
        first, after_last = inputs["period"]
        # A contract ends on a day. What happens some minutes into the next one is billed as of its midnight.
        ended = inputs.get("ended_at", after_last)[:10]
        period = days(inputs.get("start", first), ended, first, after_last)
        plan = cents(fee(inputs["plan_fee"], period))
        true_up = cents(self.missing(inputs["minimum"], plan + Decimal(inputs["usage_charges"]), period))
        assert Decimal(expected["true_up"]) == true_up
        assert Decimal(expected.get("plan_fee_prorated", plan)) == plan

    @pytest.mark.parametrize(("inputs", "expected"), of("package+minimum"))
    def test_of_packages(self, inputs: Inputs, expected: Inputs) -> None:
        used = summed(package(inputs).rate(units(inputs["usage"])))
        assert Decimal(expected["amount"]) == used + self.missing(inputs["minimum"], used)

    @pytest.mark.parametrize(("inputs", "expected"), of("graduated+minimum"))
    def test_of_what_was_billed_in_parts(self, inputs: Inputs, expected: Inputs) -> None:
        """The window's last part bears what is missing: 1000 - 100 that the parts before came to."""
        rule = graduated(inputs)
        so_far, new = Decimal(inputs["usage_period_total"]), Decimal(inputs["new_usage"])
        assert Decimal(inputs["previously_billed"]) == summed(rule.price(so_far - new))
        assert difference(rule.price(so_far), rule.price(so_far - new)) == ()
        assert Decimal(expected["amount"]) == self.missing(inputs["minimum"], summed(rule.price(so_far)))


@pytest.mark.parametrize(("inputs", "expected"), of("graduated+tax"))
def test_no_use_bears_the_first_tiers_fee_and_its_tax(inputs: Inputs, expected: Inputs) -> None:
    net = summed(graduated(inputs).rate(units(inputs["usage"])))
    found = total([a_line("use", cents(net), inputs["tax_rate"])], "EUR")
    assert (Decimal(expected["net"]), Decimal(expected["tax"])) == (found.net, found.vat)
    assert Decimal(expected["amount"]) == found.gross


@pytest.mark.parametrize(("inputs", "expected"), of("graduated_prorated_recurring"))
def test_units_that_join_in_mid_period_count_by_days(inputs: Inputs, expected: Inputs) -> None:
    """A level is priced by its time-weighted mean: 75 units all month and 20 more for 15 of 31 days."""
    rule, (first, after_last) = graduated(inputs), inputs["period"]
    ((joined, many),) = inputs["events"]
    period, held = days(joined, after_last, first, after_last), Decimal(inputs["carry_in_units"])
    assert Decimal(expected["opening_amount"]) == summed(rule.price(held))
    level = held + product(Decimal(many), share(period, Proration.CALENDAR_DAYS))
    assert Decimal(expected["after_event"]) == cents(summed(rule.price(level)))
    assert Decimal(expected["closing_units"]) == held + Decimal(many)


class TestCommitment:
    @staticmethod
    def rate(terms: Inputs, windows: list[tuple[str, str]]) -> Any:
        each = {"true_up": terms.get("true_up", False)}
        names = {"quantity": ("commitment_quantity",), "amount": ("commitment_amount", "commitment_amount_per_window")}
        each |= {name: terms[key] for name, keys in names.items() for key in keys if key in terms}
        rule = Commitment(
            unit="each",
            unit_price=Decimal(terms["unit_price"]),
            committed=(Committed.model_validate(each),),
            overage_factor=Decimal(terms["overage_factor"]),
            each_hour=True,
        )
        parts = tuple(Part(Decimal(many), {"band": name}) for name, many in windows)
        lines = {line.part: line.amount for line in rule.rate(Usage(Decimal(0), "each", parts=parts))}
        return [lines.get(part, Decimal(0)) for part in range(3)]

    @pytest.mark.parametrize(("inputs", "expected"), of("commitment_windowed"))
    def test_of_each_hour(self, inputs: Inputs, expected: Inputs) -> None:
        found = [sum(self.rate(inputs, [("", many)])) for many in inputs["windows"]]
        assert [Decimal(each) for each in expected["per_window"]] == found
        assert Decimal(expected["amount"]) == sum(found)

    @pytest.mark.parametrize(("inputs", "expected"), of("commitment_time_of_day"))
    def test_of_hours_of_the_day(self, inputs: Inputs, expected: Inputs) -> None:
        """A charge for each bucket of the day, and one for the rest: within + above + missing is the whole."""
        (bucket,) = inputs["buckets"]
        inside = [w for w in inputs["windows"] if bucket["start"] <= w[0] < bucket["end"]]
        outside = [w for w in inputs["windows"] if w not in inside]
        found = self.rate(bucket, inside)
        default = inputs["default"]
        if "commitment_amount" in default:
            found = [sum(both) for both in zip(found, self.rate(default, outside), strict=True)]
        else:
            found[0] += summed(per_unit(default).rate(units(added(Decimal(many) for _, many in outside))))
        assert [Decimal(expected[name]) for name in ("utilized", "overage", "true_up")] == found
        assert Decimal(expected["amount"]) == sum(found)

    @pytest.mark.parametrize(("inputs", "expected"), of("commitment_quantity"))
    def test_of_a_quantity_without_true_up(self, inputs: Inputs, expected: Inputs) -> None:
        rule = Commitment(
            unit="each",
            unit_price=Decimal(inputs["unit_price"]),
            committed=(Committed(quantity=Decimal(inputs["committed_quantity"]), true_up=inputs["true_up"]),),
            overage_factor=Decimal(inputs["overage_factor"]),
        )
        assert Decimal(expected["amount"]) == summed(rule.rate(units(inputs["usage"])))


@pytest.mark.parametrize(("inputs", "expected"), of("bucketed_max"))
def test_the_highest_of_each_bucket_is_priced(inputs: Inputs, expected: Inputs) -> None:
    """Each bucket is a use of its own: its maximum is asked of metering, and priced by itself."""
    rule: Priced = package(inputs) if inputs["pricing"] == "package" else volume(inputs)
    highest = [max(map(Decimal, bucket)) for bucket in inputs["buckets"]]
    assert Decimal(expected["amount"]) == sum(summed(rule.rate(units(each))) for each in highest)


class TestRerating:
    """Late use: what is owed now less what was billed before, which may be below nothing."""

    @pytest.mark.parametrize(("inputs", "expected"), of("rerate_delta"))
    def test_of_a_growing_or_shrinking_total(self, inputs: Inputs, expected: Inputs) -> None:
        rule, before, found = PRICED[inputs["pricing"]](inputs), tuple[RatedLine, ...](), list[Decimal]()
        for quantity in inputs["cumulative_usage_per_run"]:
            now = rule.price(Decimal(quantity))
            found.append(summed(difference(now, before)))
            before = now
        assert [Decimal(each) for each in expected["delta_per_run"]] == found

    @pytest.mark.parametrize(("inputs", "expected"), of("late_delta"))
    def test_of_each_period_against_what_was_billed(self, inputs: Inputs, expected: Inputs) -> None:
        rule = package(inputs)
        found = [
            summed(rule.rate(units(used))) - Decimal(billed)
            for (_, used), billed in zip(inputs["usage_by_period"], inputs["already_billed"], strict=True)
        ]
        assert [Decimal(each) for each in expected["delta_per_period"]] == found

    @pytest.mark.parametrize(("inputs", "expected"), of("late_period_preserving"))
    def test_late_use_keeps_its_own_period(self, inputs: Inputs, expected: Inputs) -> None:
        rule, billed, found = per_unit(inputs), dict[int, list[Line]](), []
        for run in inputs["runs"]:
            lines = []
            sums = ["0", *run["cumulative_by_period"]]
            for number, (before, after) in enumerate(pairwise(map(Decimal, sums)), start=1):
                quantity = after - before
                owed = [line_of(rated, f"period{number}") for rated in rule.rate(units(quantity))]
                earlier = billed.setdefault(number, [])
                new = adjustments(earlier, owed, Corrects(number, f"run {number}"), []) if earlier else owed
                billed[number] = [*earlier, *new]
                lines += [
                    (
                        line.charge + (f" (corrects {line.corrects.number})" if line.corrects else ""),
                        line.quantity,
                        line.net,
                    )
                    for line in new
                ]
            found.append(lines)
        assert [[(label, Decimal(many), Decimal(net)) for label, many, net in run] for run in expected["runs"]] == found
        assert [Decimal(each) for each in expected["amount_per_run"]] == [sum(net for *_, net in run) for run in found]

    @pytest.mark.parametrize(("inputs", "expected"), of("late_window"))
    def test_nothing_late_is_too_old(self, inputs: Inputs, expected: Inputs) -> None:
        """Kill Bill looks two periods back and ignores what is older in silence. Ours surfaces it: a package more."""
        rule = package(inputs)
        used = {month: Decimal(many) for month, many, _ in inputs["billed"]}
        billed = {month: Decimal(amount) for month, _, amount in inputs["billed"]}
        for day, many in inputs["late_usage_recorded_2012_07"]:
            used[day[:7]] += Decimal(many)
        found = {month: summed(rule.rate(units(used[month]))) - billed[month] for month in used}
        current = summed(rule.rate(units(inputs["current_usage_2012_07"])))
        kill_bill = {month: Decimal(amount) for month, amount in expected["invoice_2012_08_01"]}
        assert {"2012-05": found["2012-05"], "2012-07": current} == kill_bill
        assert [day[:7] for day, _ in expected["ignored"]] == ["2012-04"]
        assert Decimal("2.95") == found["2012-04"]  # 299 are 3 packages, 2 were billed


@pytest.mark.parametrize(("inputs", "expected"), of("effective_dated_price"))
def test_a_price_changes_within_a_period_and_tiers_restart(inputs: Inputs, expected: Inputs) -> None:
    """With ``on_change: restart`` each part of the period is rated by itself, at the prices in force in it."""
    edges = [max(inputs["period"][0], each["effective"]) for each in inputs["versions"]] + [inputs["period"][1]]
    found = []
    for version, (first, after_last) in zip(inputs["versions"], pairwise(edges), strict=True):
        used = added(Decimal(many) for day, many in inputs["events"] if first <= day < after_last)
        found.append((f"{first}..{after_last}", summed(graduated(version).rate(units(used)))))
    assert [(span, Decimal(amount)) for span, amount in expected["lines"]] == found
    assert Decimal(expected["amount"]) == sum(amount for _, amount in found)


@pytest.mark.parametrize(("inputs", "expected"), of("free_units_split"))
def test_what_is_included_is_used_once(inputs: Inputs, expected: Inputs) -> None:
    included, life = Included(quantity=Decimal(inputs["free_units"]), unit="each"), Life(date(2026, 1, 1))
    whole = (date(2026, 1, 1), date(2026, 2, 1))
    earlier = Usage(
        Decimal(inputs["previous_lines_usage"]), "each", BillingPeriod(whole[0], date(2026, 1, 11), *whole), life
    )
    later = Usage(
        Decimal(inputs["this_line_usage"]),
        "each",
        BillingPeriod(date(2026, 1, 11), whole[1], *whole),
        life,
        opening=included.close(earlier),
    )
    # One allowance for the whole month: the first line may use all of it.
    free = [included.free(each) for each in (earlier, later)]
    assert [Decimal(expected["free_used_before"]), Decimal(expected["free_used_this_line"])] == free
    assert Decimal(expected["billable_this_line"]) == (later.quantity or 0) - free[1]


class TestUnits:
    """Converted, then rounded up: a package of a thousand. The sum is rounded, not each line of it."""

    @pytest.mark.parametrize(("inputs", "expected"), of("unit_conversion"))
    def test_rounded_up(self, inputs: Inputs, expected: Inputs) -> None:
        (line,) = self.rule(inputs).rate(units(inputs["usage"]))
        assert (Decimal(expected["amount"]), Decimal(expected["billed_quantity"])) == (line.amount, line.quantity)

    @pytest.mark.parametrize(("inputs", "expected"), of("unit_conversion_split"))
    def test_cumulatively_where_the_engine_of_the_source_rounds_each_line(
        self, inputs: Inputs, expected: Inputs
    ) -> None:
        rule, before = self.rule(inputs), Decimal(inputs["previous_line_usage"])
        assert Decimal(expected["amount"]) == summed(rule.rate(units(inputs["this_line_usage"])))  # each line by itself
        after = before + Decimal(inputs["this_line_usage"])
        assert Decimal(10) == summed(difference(rule.price(after), rule.price(before)))  # ceil(2.7) - ceil(1.4) = 1

    @staticmethod
    def rule(inputs: Inputs) -> Package:
        assert (inputs["unit"]["operation"], inputs["unit"]["rounding"]) == ("divide", "ceiling")
        return Package(unit="each", size=Decimal(inputs["unit"]["factor"]), package_price=Decimal(inputs["unit_price"]))


class TestProration:
    @pytest.mark.parametrize(("inputs", "expected"), of("proration_plan_change"))
    def test_of_a_change_of_plan(self, inputs: Inputs, expected: Inputs) -> None:
        """What is left of the old price is given back, that of the new one charged: each rounded, then subtracted."""
        old, new = (inputs[name]["price"] for name in ("old", "new"))
        if "remaining_fraction" in inputs:
            off = Decimal(inputs["fixed_discount"])  # off the whole price, before its part is taken
            fraction = Decimal(inputs["remaining_fraction"])
            legs = [product(Decimal(each) - off, fraction) for each in (old, new)]
        elif "days_total" in inputs:
            period = part_of(inputs["days_remaining"], inputs["days_total"])
            legs = [fee(each, period) for each in (old, new)]
        else:
            first, last = map(date.fromisoformat, inputs["cycle"])
            closed = CASES_BY_INPUT[id(inputs)].get("convention", "").startswith("closed")
            # A closed period counts both of its end days: half-open, it ends a day later.
            after_last = last + timedelta(days=1) if closed else last
            period = BillingPeriod(date.fromisoformat(inputs["change_at"]), after_last, first, after_last)
            legs = [fee(old, period), fee(new, period)]
            if inputs["old"].get("interval", "") != inputs["new"].get("interval", ""):
                legs[1] = Decimal(new)  # a new cycle begins with the change, and is charged in full
        credit, charge = map(cents, legs)
        assert (Decimal(expected["credit"]), Decimal(expected["charge"])) == (credit, charge)
        assert Decimal(expected["net"]) == charge - credit

    @pytest.mark.parametrize(("inputs", "expected"), of("proration+tax"))
    def test_tax_is_of_the_total(self, inputs: Inputs, expected: Inputs) -> None:
        fraction = Decimal(inputs["remaining_fraction"])
        legs = [
            -product(Decimal(inputs["old"]["price"]), fraction),
            product(Decimal(inputs["new"]["price"]), fraction),
            Decimal(inputs["next_period_charge"]),
        ]
        found = total([a_line(f"leg {at}", leg, inputs["tax_rate"]) for at, leg in enumerate(legs)], "EUR")
        assert [Decimal(expected[name]) for name in ("net", "tax", "total")] == [found.net, found.vat, found.gross]

    @pytest.mark.parametrize(("inputs", "expected"), of("proration_cycles"))
    def test_parts_of_cycles(self, inputs: Inputs, expected: Inputs) -> None:
        """In advance: every period that has begun by the day. Written as days billed of the whole period's."""
        every = {"MONTHLY": BillingInterval.MONTH, "ANNUAL": BillingInterval.YEAR}[inputs["period"]]
        starts, target = date.fromisoformat(inputs["start"]), date.fromisoformat(inputs["target"])
        ends = date.fromisoformat(inputs["end"]) if inputs["end"] else None
        # Kill Bill counts a month back from the end of a leading part, whatever the anchor's own day.
        billing = Billing(every=every, anchor_day=inputs["bill_cycle_day"], leading_part_of=Whole.COUNTED_BACK)
        if every is BillingInterval.YEAR:
            # A year is counted from the first anchor, which the clause of the source sets within the month.
            billing = Billing(every=every, anchor_day=inputs["bill_cycle_day"], year_begins=starts.month)
        begun = [each for each in islice(billing_periods(starts, ends, billing), 24) if each.first <= target]
        found = Decimal(0)
        for each in begun:
            found += Decimal(each.days) / each.days_of_whole
        wanted = sum((_fraction(term) for term in expected["cycles"].split("+")), Decimal(0))
        assert abs(wanted - found) < Decimal("1E-20")

    @pytest.mark.parametrize(("inputs", "expected"), of("proration_termination"))
    def test_the_last_day_counts_where_the_clause_says_so(self, inputs: Inputs, expected: Inputs) -> None:
        """The source counts the day of the end; a contract that ends *after* it has the day after as its end."""
        first, after_last = inputs["quarter"]
        ends = date.fromisoformat(inputs["end"]) + timedelta(days=1)
        assert Decimal(expected["amount"]) == cents(
            fee(inputs["price"], days(inputs["start"], str(ends), first, after_last))
        )

    @pytest.mark.parametrize(("inputs", "expected"), of("proration_recurring_unit"))
    def test_a_published_error(self, inputs: Inputs, expected: Inputs) -> None:
        """7.33 is 22/30 of 10; but 22 days inclusive from the 10th are only in a month of 31, which makes 7.10."""
        assert Decimal(expected["amount"]) == cents(fee(inputs["unit_price"], part_of(inputs["active_days"], 30)))
        assert Decimal("7.10") == cents(fee(inputs["unit_price"], part_of(inputs["active_days"], 31)))

    @pytest.mark.parametrize(("inputs", "expected"), of("day_count"))
    def test_days_are_of_the_calendar(self, inputs: Inputs, expected: Inputs) -> None:
        assert expected["days"] == days(inputs["from"], inputs["to"], inputs["from"], inputs["to"]).days

    @pytest.mark.parametrize(("inputs", "expected"), of("day_count_30"))
    def test_months_of_thirty_days(self, inputs: Inputs, expected: Inputs) -> None:
        """Kill Bill counts every month as 30 days: 30 × months + the difference of the days."""
        low, high = map(date.fromisoformat, (inputs["from"], inputs["to"]))
        counted = 30 * ((high.year - low.year) * 12 + high.month - low.month) + high.day - low.day
        assert expected["days"] == counted
        found = share(part_of(counted, 31), Proration.THIRTY_DAYS, 9)
        assert Decimal(expected["fraction"]) == found


def _fraction(term: str) -> Decimal:
    above, _, below = term.partition("/")
    return Decimal(above) / Decimal(below or "1")


@pytest.mark.parametrize(("inputs", "expected"), of("period_starts"))
def test_an_anchor_on_the_31st_returns(inputs: Inputs, expected: Inputs) -> None:
    starts = date.fromisoformat(inputs["anchor"])
    found = islice(billing_periods(starts, None, Billing(anchor_day=starts.day)), inputs["count"])
    assert expected["starts"] == [str(period.first) for period in found]


class TestMoney:
    @pytest.mark.parametrize(("inputs", "expected"), of("rounding"))
    def test_half_away_from_zero(self, inputs: Inputs, expected: Inputs) -> None:
        amount, currency = Decimal(inputs["amount"]), inputs["currency"]
        if "percent_off" in inputs:
            off = cents(product(amount, Decimal(inputs["percent_off"])) / 100, currency)
            assert (Decimal(expected["discount"]), Decimal(expected["final"])) == (off, amount - off)
        else:
            assert Decimal(expected["amount"]) == Money(amount, currency).rounded(Rounding.HALF_UP).amount

    @pytest.mark.parametrize(("inputs", "expected"), of("discount_distribution"))
    def test_a_discount_is_spread_to_the_cent(self, inputs: Inputs, expected: Inputs) -> None:
        lines = [Decimal(each) / 100 for each in inputs["lines_cents"]]
        parts = Money(Decimal(inputs["discount_cents"]) / 100, "EUR").split(lines)
        after = [line - part.amount for line, part in zip(lines, parts, strict=True)]
        assert [Decimal(each) / 100 for each in expected["after_cents"]] == after

    @pytest.mark.parametrize(("inputs", "expected"), of("credit_note_rounding"))
    def test_parts_of_an_invoice_add_up_to_it(self, inputs: Inputs, expected: Inputs) -> None:
        rate = inputs["tax_rate"]
        if "unused_days" in inputs:
            net = cents(fee(inputs["price"], part_of(inputs["unused_days"], inputs["period_days"])))
        else:
            net = sum(map(Decimal, inputs["credit_items"]), Decimal(0))
            before = [total([a_line("before", Decimal(each), rate)], "EUR") for each in inputs["already_credited"]]
            whole = total([a_line("all", Decimal(inputs["invoice_net"]), rate)], "EUR")
            last = total([a_line("last", net, rate)], "EUR")
            assert whole.gross == sum((each.gross for each in before), last.gross)
        found = total([a_line("back", net, rate)], "EUR")
        assert [Decimal(expected[name]) for name in ("net", "tax", "total")] == [found.net, found.vat, found.gross]

    @pytest.mark.parametrize(("inputs", "expected"), of("credit_cap"))
    def test_no_more_is_given_back_than_was_billed(self, inputs: Inputs, expected: Inputs) -> None:
        """What is owed is never below nothing, so owed - billed gives back what was billed at most."""
        paid, before = Decimal(inputs["original_paid"]), Decimal(inputs["previous_credits"])
        owed = max(Decimal(0), paid - before - Decimal(inputs["potential_credit"]))
        credit = max(Decimal(0), (paid - before) - owed)
        assert Decimal(expected["credit"]) == credit

    @pytest.mark.parametrize(("inputs", "expected"), of("invoice_total"))
    def test_totals(self, inputs: Inputs, expected: Inputs) -> None:
        if "coupons_amount" in inputs:
            amounts = {"use": added(map(Decimal, inputs["lines"]))}
            for number, coupon in enumerate(inputs["coupons_amount"]):
                off = summed(Discount(amount=Decimal(coupon)).rate(Usage(amounts={"use": added(amounts.values())})))
                amounts[f"coupon {number}"] = off
            found = total([a_line(name, amount, "20") for name, amount in amounts.items()], "EUR")
            assert (Decimal(expected["taxable"]), Decimal(expected["tax"])) == (found.net, found.vat)
        else:
            taxable = Decimal(inputs["taxable"])
            taxes = [total([a_line("all", taxable, rate)], "EUR").vat for rate in inputs["tax_rates"]]
            assert Decimal(expected["tax"]) == sum(taxes)  # none is on top of the other


@pytest.mark.parametrize(("inputs", "expected"), of("threshold_billing"))
def test_what_was_billed_on_account_is_set_against_the_final_invoice(inputs: Inputs, expected: Inputs) -> None:
    """Each time the sum passes a threshold the new part is billed; the period's end owes what is left."""
    thresholds = list(map(Decimal, inputs.get("thresholds", [inputs.get("threshold")])))
    rule, used, bills = per_unit(inputs), Decimal(0), list[Decimal]()
    for _, many in inputs["events"]:
        used += Decimal(many)
        owed = summed(rule.price(used))
        if thresholds and owed >= thresholds[0]:
            thresholds = [each for each in thresholds if each > owed]
            bills.append(owed - sum(bills))
    wanted = expected.get("mid_invoices", [expected.get("mid_invoice")])
    assert [Decimal(each) for each in wanted] == bills
    plan = Decimal(inputs["plan_fee"])
    if "terminated" in inputs:  # the day of the end is billed
        first, after_last = inputs["period"]
        ends = date.fromisoformat(inputs["terminated"]) + timedelta(days=1)
        plan = cents(fee(inputs["plan_fee"], days(first, str(ends), first, after_last)))
    fees = plan + summed(rule.price(used))
    assert Decimal(expected.get("final_fees", fees)) == fees
    assert Decimal(expected["credited"]) == sum(bills)
    assert Decimal(expected["final_total"]) == fees - sum(bills)


class TestAggregation:
    @pytest.mark.parametrize(("inputs", "expected"), of("aggregation"))
    def test_of_events(self, inputs: Inputs, expected: Inputs) -> None:
        """The highest and how many different; asked of a database in tests/metering/usage/test_aggregation.py."""
        if inputs["function"] == "max":
            found = max(Decimal(event["v"]) for event in inputs["events"])
        else:
            found = Decimal(len({event["user"] for event in inputs["events"]}))
        assert Decimal(expected["quantity"]) == found

    @pytest.mark.parametrize(("inputs", "expected"), of("weighted_sum"))
    def test_a_level_is_weighted_by_time(self, inputs: Inputs, expected: Inputs) -> None:
        register = Register(key="level", kind=RegisterKind.INSTANTANEOUS, unit="kW", resolution=Decimal("0.01"))
        if "segments" in inputs:
            start, reads, at = datetime(2023, 1, 1, tzinfo=UTC), [], datetime(2023, 1, 1, tzinfo=UTC)
            # The source says how long each level stood; what is left of the period stood at none.
            for level, seconds in inputs["segments"]:
                reads.append(Reading(1, at, at, Decimal(level), Quality.VALID, 1))
                at += timedelta(seconds=seconds)
            reads.append(Reading(1, at, at, Decimal(0), Quality.VALID, 1))
            period = Period(start, start + timedelta(seconds=inputs["period_seconds"]))
        else:
            edges = [datetime.combine(date.fromisoformat(day), datetime.min.time(), UTC) for day in inputs["period"]]
            period, level = Period(*edges), Decimal(inputs["carry_in"])
            reads = [Reading(1, period.start, period.start, level, Quality.VALID, 1)]
            for at, delta in inputs["deltas"]:
                level += Decimal(delta)
                reads.append(
                    Reading(1, datetime.fromisoformat(at), datetime.fromisoformat(at), level, Quality.VALID, 1)
                )
        found = mean(period, reads, register)
        assert Decimal(expected["quantity"]) == found.quantize(Decimal("1E-10"))
        if "amount" in expected:
            assert Decimal(expected["amount"]) == cents(product(found, Decimal(inputs["unit_price"])))


CASES_BY_INPUT = {id(each["inputs"]): each for each in CASES.values()}


def test_every_case_is_tried() -> None:
    source = Path(__file__).read_text(encoding="utf-8")
    models = {each["model"] for each in CASES.values()}
    assert {model for model in models if f'of("{model}")' not in source} == PRICED.keys()
    assert len(CASES) == 109


def a_line(charge: str, net: Decimal, rate: str) -> Line:
    tax = Tax(TaxCategory.STANDARD, Decimal(rate), "")
    day = date(2026, 1, 31)
    return Line(
        charge, 0, "", Nature.CONSIDERATION, Decimal(1), "each", net, net, day, day + timedelta(days=1), day, tax, {}
    )


def line_of(rated: RatedLine, charge: str) -> Line:
    line = a_line(charge, cents(rated.amount), "20")
    return replace(line, quantity=rated.quantity, unit=rated.unit, unit_price=rated.unit_price)
