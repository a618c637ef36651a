"""Numeric cases that the field has published, each with its source: engines' own documents and tests.

``pricing.json`` holds the facts. Where a case records a convention that is not our default, a setting reproduces it, and
the way it is set stands here. Where the published figure is wrong, the test says so. What is counted of readings first is
in test_counted.py, what is given back in test_credited.py; what no contract of ours says is ``UNSAYABLE`` in cases.py.
"""

from collections.abc import Mapping
from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction
from itertools import pairwise, takewhile
from pathlib import Path

import pytest

from billing.corrections.adjustment import adjustments
from billing.invoices.invoice import Corrects, Line, total
from contracts.contract import Contract
from tests.billing.rating.billed import (
    agreed,
    divided,
    fee,
    first_period,
    lines_of,
    net,
    priced,
    rated,
    used,
)
from tests.published.cases import (
    CASES,
    RULES,
    UNSAYABLE,
    Document,
    Inputs,
    case_of,
    custom,
    graduated,
    of,
    package,
    part_of,
    per_unit,
    tried,
    tried_by_period,
    unrounded,
    volume,
)


@pytest.mark.parametrize(
    ("rule", "inputs", "expected"),
    [
        pytest.param(make(case["inputs"]), case["inputs"], case["expected"], id=name)
        for name, case in CASES.items()
        if (make := RULES.get(case["model"]))
    ],
)
def test_a_quantity_is_priced(rule: Document, inputs: Inputs, expected: Inputs) -> None:
    assert Decimal(expected["amount"]) == unrounded(tried(rule, inputs["usage"]))


class TestBlocks:
    """Kill Bill prices blocks; one that is begun counts in full. A tier has so many blocks of its own size."""

    @staticmethod
    def tiers(inputs: Inputs) -> list[Document]:
        bound, tiers = Decimal(0), []
        for tier in inputs["tiers"]:
            bound += tier["block_size"] * tier["max_blocks"]
            block = {"unit_price": tier["price_per_block"], "block": str(tier["block_size"])}
            tiers.append({"up_to": str(bound), **block})
        return [*tiers[:-1], tiers[-1] | {"up_to": None}]  # the last tier of the source goes on beyond its blocks

    @pytest.mark.parametrize(("inputs", "expected"), of("graduated_blocks"))
    def test_all_tiers(self, inputs: Inputs, expected: Inputs) -> None:
        result = tried(graduated({"tiers": self.tiers(inputs)}), inputs["usage"])
        assert Decimal(expected["amount"]) == result.net
        assert [Decimal(amount) for _, amount in expected["lines"]] == [line.amount for line in result.lines]

    @pytest.mark.parametrize(("inputs", "expected"), of("volume_blocks"))
    def test_top_tier(self, inputs: Inputs, expected: Inputs) -> None:
        result = tried(volume({"tiers": self.tiers(inputs)}), inputs["usage"])
        assert Decimal(expected["amount"]) == result.net


@pytest.mark.parametrize(("inputs", "expected"), of("stairstep"))
def test_stairstep(inputs: Inputs, expected: Inputs) -> None:
    steps = [{"up_to": band["up_to"], "amount": band["price"]} for band in inputs["bands"]]
    rule = {"kind": "stairstep", "unit": "each", "steps": steps, "above_last": "refused"}
    assert Decimal(expected["amount"]) == tried(rule, inputs["usage"]).net


@pytest.mark.parametrize(("inputs", "expected"), of("matrix"))
def test_matrix(inputs: Inputs, expected: Inputs) -> None:
    entries = [{"when": {"cloud": name}, "unit_price": price} for name, price in inputs["prices"].items()]
    rule = {"kind": "matrix", "unit": "each", "entries": entries, "otherwise": inputs["default_price"]}
    parts = [{"quantity": many, "labels": {"cloud": name}} for name, many in inputs["usage"].items()]
    result = tried(rule, parts=parts)
    assert Decimal(expected["amount"]) == result.net
    assert {f"cloud {name}": Decimal(amount) for name, amount in expected["lines"].items()} == {
        line.label: line.amount for line in result.lines
    }


class TestPercentage:
    @staticmethod
    def rule(inputs: Inputs) -> Document:
        names = {
            "percent": "rate_pct",
            "fee_per_event": "fixed_fee_per_event",
            "free_events": "free_events",
            "free_amount": "free_amount",
            "minimum": "per_event_min",
            "maximum": "per_event_max",
        }
        terms = {ours: str(inputs[name]) for ours, name in names.items() if inputs.get(name) is not None}
        return {"kind": "percentage", **terms}

    @staticmethod
    def events(amounts: list[str]) -> Document:
        return {"unit": "one", "parts": [{"quantity": amount} for amount in amounts]}

    @pytest.mark.parametrize(("inputs", "expected"), of("percentage"))
    def test_free_events(self, inputs: Inputs, expected: Inputs) -> None:
        """The source writes down running totals: each event is what its total is above the one before."""
        totals = ["0", *inputs["running_totals"], inputs["total"]]
        amounts = [str(Decimal(after) - Decimal(before)) for before, after in pairwise(totals)]
        assert Decimal(expected["amount"]) == tried(self.rule(inputs), **self.events(amounts)).net

    @pytest.mark.parametrize(("inputs", "expected"), of("percentage_event"))
    def test_allowances_end_when_either_is_used_up(self, inputs: Inputs, expected: Inputs) -> None:
        """The fourth event comes after the bill: what it costs is what the bill is adjusted by."""
        contract = agreed(priced("orders", self.rule(inputs)))
        at = inputs["bill_event_index"]
        billed, owed = (lines_of(contract, {"orders": self.events(inputs["events"][:many])}) for many in (at - 1, at))
        assert [Decimal(0), Decimal(expected["amount"])] == [net(billed), net(adjusted(billed, owed))]

    @pytest.mark.parametrize(("inputs", "expected"), of("percentage_min_max"))
    def test_least_and_most_for_an_event(self, inputs: Inputs, expected: Inputs) -> None:
        assert Decimal(expected["amount"]) == unrounded(tried(self.rule(inputs), **self.events(inputs["events"])))


class TestMinimum:
    @staticmethod
    def minimum(amount: str, *of_: str, **terms: str) -> Document:
        return {"name": "minimum", "rule": {"kind": "minimum_spend", "amount": amount, "of": list(of_), **terms}}

    @pytest.mark.parametrize(("inputs", "expected"), of("minimum_charge"))
    def test_of_a_charge(self, inputs: Inputs, expected: Inputs) -> None:
        contract = agreed(priced("use", per_unit(inputs)), self.minimum(inputs["minimum"], "use"))
        (result,) = tried_by_period(contract, {"use": used(inputs["usage"])})
        assert {"use": Decimal(expected["usage_amount"]), "minimum": Decimal(expected["true_up"])} == {
            line.rule: line.net for line in result.lines
        }

    @pytest.mark.parametrize(("inputs", "expected"), of("minimum_charge+tax"))
    def test_of_a_part_of_a_period_with_tax(self, inputs: Inputs, expected: Inputs) -> None:
        days = part_of(inputs["active_days"], inputs["period_days"])
        contract = agreed(priced("use", per_unit(inputs)), self.minimum(inputs["minimum"], "use"), **days)
        lines = lines_of(contract, {"use": used(inputs["usage"])}, vat=inputs["tax_rate"])
        assert [Decimal(expected["usage_amount"]), Decimal(expected["true_up"])] == [line.net for line in lines]
        assert totals(expected) == totals_of(lines)

    @pytest.mark.parametrize(("inputs", "expected"), of("minimum_invoice"))
    def test_of_an_invoice(self, inputs: Inputs, expected: Inputs) -> None:
        first, after_last = inputs["period"]
        # A contract ends on a day. What happens some minutes into the next one is billed as of its midnight.
        life = {"starts": inputs.get("start", first), "ends": inputs.get("ended_at", after_last)[:10]}
        contract = agreed(
            fee("plan", inputs["plan_fee"]),
            priced("use", {"kind": "per_unit", "unit": "one", "unit_price": "1"}),
            self.minimum(inputs["minimum"], "plan", "use"),
            **life,
        )
        plan, _, true_up = lines_of(contract, {"use": used(inputs["usage_charges"], "one")})
        assert Decimal(expected["true_up"]) == true_up.net
        assert Decimal(expected.get("plan_fee_prorated", inputs["plan_fee"])) == plan.net
        if "invoice_total" in expected:
            assert Decimal(expected["invoice_total"]) == plan.net + true_up.net

    @pytest.mark.parametrize(("inputs", "expected"), of("package+minimum"))
    def test_of_packages(self, inputs: Inputs, expected: Inputs) -> None:
        contract = agreed(priced("use", package(inputs)), self.minimum(inputs["minimum"], "use"))
        (result,) = tried_by_period(contract, {"use": used(inputs["usage"])})
        assert Decimal(expected["amount"]) == result.net

    @pytest.mark.parametrize(("inputs", "expected"), of("graduated+minimum"))
    def test_of_what_was_billed_in_parts(self, inputs: Inputs, expected: Inputs) -> None:
        """A quarter billed by the month: its last month bears what is missing, 1000 - 100 that the first came to."""
        minimum = self.minimum(inputs["minimum"], "use", per="quarter")
        contract = agreed(priced("use", graduated(inputs, per="quarter")), minimum)
        before = Decimal(inputs["usage_period_total"]) - Decimal(inputs["new_usage"])
        months = [{"use": used(quantity)} for quantity in (str(before), "0", inputs["new_usage"])]
        nets = [result.net for result in tried_by_period(contract, *months)]
        assert [Decimal(inputs["previously_billed"]), Decimal(0), Decimal(expected["amount"])] == nets


@pytest.mark.parametrize(("inputs", "expected"), of("graduated+tax"))
def test_no_use_bears_the_first_tiers_fee_and_its_tax(inputs: Inputs, expected: Inputs) -> None:
    lines = lines_of(agreed(priced("use", graduated(inputs))), {"use": used(inputs["usage"])}, vat=inputs["tax_rate"])
    assert totals({**expected, "total": expected["amount"]}) == totals_of(lines)


class TestCommitment:
    @staticmethod
    def rule(terms: Inputs, **more: object) -> Document:
        committed = {"true_up": "true" if terms.get("true_up") else "false"}
        for ours, name in (
            ("quantity", "committed_quantity"),
            ("quantity", "commitment_quantity"),
            ("amount", "commitment_amount"),
            ("amount", "commitment_amount_per_window"),
        ):
            if name in terms:
                committed[ours] = terms[name]
        price = {"unit_price": terms["unit_price"], "overage_factor": terms["overage_factor"]}
        return {"kind": "commitment", "unit": "each", **price, "committed": [committed], **more}

    @pytest.mark.parametrize(("inputs", "expected"), of("commitment_windowed"))
    def test_of_each_hour(self, inputs: Inputs, expected: Inputs) -> None:
        rule = self.rule(inputs, each_hour="true")
        hours = [{"quantity": many} for many in inputs["windows"]]
        nets = [tried(rule, parts=[hour]).net for hour in hours]
        assert [Decimal(amount) for amount in expected["per_window"]] == nets
        assert Decimal(expected["amount"]) == tried(rule, parts=hours).net

    @pytest.mark.parametrize(("inputs", "expected"), of("commitment_quantity"))
    def test_of_a_quantity_without_true_up(self, inputs: Inputs, expected: Inputs) -> None:
        assert Decimal(expected["amount"]) == tried(self.rule(inputs), inputs["usage"]).net


def adjusted(billed: tuple[Line, ...], owed: tuple[Line, ...]) -> tuple[Line, ...]:
    """The lines that bring what was billed to what is owed."""
    return adjustments(billed, owed, Corrects(1, "run 1"), ())


class TestRerating:
    """Late use: what is owed now less what was billed before, which may be below nothing."""

    @pytest.mark.parametrize(("inputs", "expected"), of("rerate_delta"))
    def test_of_a_growing_or_shrinking_total(self, inputs: Inputs, expected: Inputs) -> None:
        contract = agreed(priced("use", RULES[inputs["pricing"]](inputs)))
        billed, deltas = tuple[Line, ...](), []
        for quantity in inputs["cumulative_usage_per_run"]:
            owed = lines_of(contract, {"use": used(quantity)})
            lines = adjusted(billed, owed) if billed else owed
            billed += lines
            deltas.append(net(lines))
        assert [Decimal(amount) for amount in expected["delta_per_run"]] == deltas

    @pytest.mark.parametrize(("inputs", "expected"), of("late_delta"))
    def test_of_each_period_against_what_was_billed(self, inputs: Inputs, expected: Inputs) -> None:
        contract = agreed(priced("use", package(inputs)))
        deltas = []
        for (_, quantity), amount in zip(inputs["usage_by_period"], inputs["already_billed"], strict=True):
            billed = lines_of(contract, {"use": used("1")})  # one package
            assert Decimal(amount) == net(billed)
            deltas.append(net(adjusted(billed, lines_of(contract, {"use": used(quantity)}))))
        assert [Decimal(amount) for amount in expected["delta_per_period"]] == deltas

    @pytest.mark.parametrize(("inputs", "expected"), of("late_period_preserving"))
    def test_late_use_keeps_its_own_period(self, inputs: Inputs, expected: Inputs) -> None:
        """Totals count up from the first period; what an earlier period is short of is billed as that period's."""
        contract, billed = agreed(priced("use", per_unit(inputs))), dict[int, tuple[Line, ...]]()
        runs = []
        for run in inputs["runs"]:
            totals_so_far, lines_of_run = map(Decimal, ["0", *run["cumulative_by_period"]]), []
            months = zip(contract.periods(), pairwise(totals_so_far), strict=False)
            for number, (period, (before, after)) in enumerate(months, start=1):
                owed = rated((contract, period, {"use": used(str(after - before))})).lines
                corrects = Corrects(number, f"run {number}")
                lines = adjustments(billed[number], owed, corrects, ()) if number in billed else owed
                billed[number] = (*billed.get(number, ()), *lines)
                lines_of_run += [(number, line) for line in lines]
            runs.append(lines_of_run)
        assert [
            [(label, Decimal(many), Decimal(amount)) for label, many, amount in run] for run in expected["runs"]
        ] == [
            [
                (
                    f"period{number}" + (f" (corrects {line.corrects.number})" if line.corrects else ""),
                    line.quantity,
                    line.net,
                )
                for number, line in run
            ]
            for run in runs
        ]
        assert [Decimal(amount) for amount in expected["amount_per_run"]] == [
            net([line for _, line in run]) for run in runs
        ]

    @pytest.mark.parametrize(("inputs", "expected"), of("late_window"))
    def test_nothing_late_is_too_old(self, inputs: Inputs, expected: Inputs) -> None:
        """Kill Bill looks two periods back and ignores what is older in silence. Ours surfaces it: a package more."""
        contract = agreed(priced("use", package(inputs)))
        quantities = {month: Decimal(many) for month, many, _ in inputs["billed"]}
        billed = {month: lines_of(contract, {"use": used(many)}) for month, many, _ in inputs["billed"]}
        assert {month: Decimal(amount) for month, _, amount in inputs["billed"]} == {
            month: net(lines) for month, lines in billed.items()
        }
        for day, many in inputs["late_usage_recorded_2012_07"]:
            quantities[day[:7]] += Decimal(many)
        late = {
            month: net(adjusted(billed[month], lines_of(contract, {"use": used(str(many))})))
            for month, many in quantities.items()
        }
        current = net(lines_of(contract, {"use": used(inputs["current_usage_2012_07"])}))
        kill_bill = {month: Decimal(amount) for month, amount in expected["invoice_2012_08_01"]}
        assert {"2012-05": late["2012-05"], "2012-07": current} == kill_bill
        assert [day[:7] for day, _ in expected["ignored"]] == ["2012-04"]
        assert {"2012-04": Decimal("2.95"), "2012-06": Decimal(0)} == {  # 299 are 3 packages, 2 were billed
            month: amount for month, amount in late.items() if month != "2012-05"
        }


@pytest.mark.parametrize(("inputs", "expected"), of("free_units_split"))
def test_what_is_included_is_used_once(inputs: Inputs, expected: Inputs) -> None:
    """One allowance for the whole month: the version before a change within it may use all of it."""
    allowance = {"included": {"quantity": inputs["free_units"], "unit": "each"}}
    contract = agreed(priced("use", {"kind": "per_unit", "unit": "each", "unit_price": "1"}, **allowance))
    before, after = divided(first_period(contract), date(2026, 1, 11))
    earlier, later = rated(
        (contract, before, {"use": used(inputs["previous_lines_usage"])}),
        (contract, after, {"use": used(inputs["this_line_usage"])}),
    ).lines
    free = (
        Decimal(inputs["previous_lines_usage"]) - earlier.quantity,
        Decimal(inputs["this_line_usage"]) - later.quantity,
    )
    assert (Decimal(expected["free_used_before"]), Decimal(expected["free_used_this_line"])) == free
    assert Decimal(expected["billable_this_line"]) == later.quantity


class TestUnits:
    """Converted, then rounded up: a package of a thousand. The sum is rounded, not each line of it."""

    @pytest.mark.parametrize(("inputs", "expected"), of("unit_conversion"))
    def test_rounded_up(self, inputs: Inputs, expected: Inputs) -> None:
        (line,) = tried(self.rule(inputs), inputs["usage"]).lines
        assert (Decimal(expected["amount"]), Decimal(expected["billed_quantity"])) == (line.net, line.quantity)

    @pytest.mark.parametrize(("inputs", "expected"), of("unit_conversion_split"))
    def test_cumulatively_where_the_engine_of_the_source_rounds_each_line(
        self, inputs: Inputs, expected: Inputs
    ) -> None:
        both = [{"use": used(inputs["previous_line_usage"])}, {"use": used(inputs["this_line_usage"])}]
        _, alone = tried_by_period(agreed(priced("use", self.rule(inputs))), *both)
        assert Decimal(expected["amount"]) == alone.net  # each line by itself
        _, together = tried_by_period(agreed(priced("use", self.rule(inputs, per="quarter"))), *both)
        assert Decimal(10) == together.net  # ceil(2.7) - ceil(1.4) = 1

    @staticmethod
    def rule(inputs: Inputs, **terms: str) -> Document:
        assert (inputs["unit"]["operation"], inputs["unit"]["rounding"]) == ("divide", "ceiling")
        return package({"package_size": inputs["unit"]["factor"], "package_price": inputs["unit_price"]}, **terms)


class TestProration:
    @staticmethod
    def changed(old: Contract, new: Contract, day: date, vat: str = "19") -> tuple[Line, ...]:
        """What a change within a period that was billed ahead gives back of the old price and charges of the new."""
        period = first_period(old)
        before, after = divided(period, day)
        billed, owed = rated((old, period, {}), vat=vat), rated((old, before, {}), (new, after, {}), vat=vat)
        return adjusted(billed.lines, owed.lines)

    @pytest.mark.parametrize(("inputs", "expected"), of("proration_plan_change"))
    def test_of_a_change_of_plan(self, inputs: Inputs, expected: Inputs) -> None:
        """What is left of the old price is given back, that of the new one charged: each rounded, then subtracted."""
        prices = [inputs[name]["price"] for name in ("old", "new")]
        discounts: list[Document] = []
        if "remaining_fraction" in inputs:
            assert inputs["remaining_fraction"] == "0.5"
            first, day, after_last = date(2026, 1, 1), date(2026, 1, 16), date(2026, 1, 31)
            # Off the whole price, before its part is taken.
            discounts = [{"name": "off", "rule": {"kind": "discount", "amount": inputs["fixed_discount"]}}]
        elif "days_total" in inputs:
            first = date(2026, 1, 1)
            after_last = first + timedelta(days=inputs["days_total"])
            day = after_last - timedelta(days=inputs["days_remaining"])
        else:
            first, after_last, day = map(date.fromisoformat, (*inputs["cycle"], inputs["change_at"]))
            # A closed period counts both of its end days: half-open, it ends a day later.
            after_last += timedelta(days=case_of(inputs).get("convention", "").startswith("closed"))
        cycle = {"starts": str(first), "billing": custom(first, after_last)}
        old, new = (agreed(fee("plan", price), *discounts, **cycle) for price in prices)
        if inputs["old"].get("interval", "") == inputs["new"].get("interval", ""):
            legs = self.changed(old, new, day)
            credit, charge = (
                net([line for line in legs if (line.service_first < day) is earlier]) for earlier in (True, False)
            )
        else:
            # The old contract ends with the change. A new cycle begins with it, and is charged in full.
            ended = agreed(fee("plan", prices[0]), **cycle, ends=str(day))
            credit = net(adjusted(lines_of(old), lines_of(ended)))
            charge = net(
                lines_of(agreed(fee("plan", prices[1]), starts=str(day), billing={"anchor_day": str(day.day)}))
            )
        assert (-Decimal(expected["credit"]), Decimal(expected["charge"])) == (credit, charge)
        assert Decimal(expected["net"]) == credit + charge

    @pytest.mark.parametrize(("inputs", "expected"), of("proration+tax"))
    def test_tax_is_of_the_total(self, inputs: Inputs, expected: Inputs) -> None:
        """The change within a month and the next month's fee in advance, on one invoice."""
        assert inputs["remaining_fraction"] == "0.5"
        old, new = (agreed(fee("plan", inputs[name]["price"]), starts="2026-04-01") for name in ("old", "new"))
        vat = inputs["tax_rate"]
        following = [period for period, _ in zip(new.periods(), range(2), strict=False)][1]
        lines = [*self.changed(old, new, date(2026, 4, 16), vat), *rated((new, following, {}), vat=vat).lines]
        assert totals(expected) == totals_of(lines)

    @pytest.mark.parametrize(("inputs", "expected"), of("proration_cycles"))
    def test_parts_of_cycles(self, inputs: Inputs, expected: Inputs) -> None:
        """In advance: every period that has begun by the day. Of a fee of 1 each costs the part that it is."""
        every = {"MONTHLY": "month", "ANNUAL": "year"}[inputs["period"]]
        starts, target = date.fromisoformat(inputs["start"]), date.fromisoformat(inputs["target"])
        # Kill Bill counts a month back from the end of a leading part, whatever the anchor's own day.
        billing = {"every": every, "anchor_day": str(inputs["bill_cycle_day"])}
        if every == "year":
            # A year is counted from the first anchor, which the clause of the source sets within the month.
            billing["year_begins"] = str(starts.month)
        else:
            billing["leading_part_of"] = "counted_back"
        life = {"starts": inputs["start"], "ends": inputs["end"], "billing": billing}
        contract = agreed(fee("fee", "1", in_advance="true"), **life)
        begun = takewhile(lambda period: period.first <= target, contract.periods())
        cycles = sum(unrounded(result) for result in tried_by_period(contract, *({} for _ in begun)))
        assert abs(sum(map(Fraction, expected["cycles"].split("+"))) - Fraction(cycles)) < Fraction(1, 10**10)

    @pytest.mark.parametrize(("inputs", "expected"), of("proration_termination"))
    def test_the_last_day_counts_where_the_clause_says_so(self, inputs: Inputs, expected: Inputs) -> None:
        """The source counts the day of the end; a contract that ends *after* it has the day after as its end."""
        ends = date.fromisoformat(inputs["end"]) + timedelta(days=1)
        first, after_last = map(date.fromisoformat, inputs["quarter"])
        billing = {"every": "quarter", "year_begins": "1"}
        contract = agreed(fee("fee", inputs["price"]), starts=inputs["start"], ends=str(ends), billing=billing)
        period = first_period(contract)
        assert (period.whole_first, period.whole_after_last) == (first, after_last)
        assert Decimal(expected["amount"]) == net(lines_of(contract))

    @pytest.mark.parametrize(("inputs", "expected"), of("proration_recurring_unit"))
    def test_a_published_error(self, inputs: Inputs, expected: Inputs) -> None:
        """7.33 is 22/30 of 10; but 22 days inclusive from the 10th are only in a month of 31, which makes 7.10."""
        june, july = (
            net(lines_of(agreed(fee("fee", inputs["unit_price"]), starts=starts)))
            for starts in ("2026-06-09", "2026-07-10")
        )
        assert (Decimal(expected["amount"]), Decimal("7.10")) == (june, july)

    @pytest.mark.parametrize(("inputs", "expected"), of("day_count_30"))
    def test_months_of_thirty_days(self, inputs: Inputs, expected: Inputs) -> None:
        """From the 23rd of February to the 15th of March are 22 of the 30 days of a month that begins on the 23rd."""
        starts = date.fromisoformat(inputs["from"])
        life = {"starts": inputs["from"], "ends": inputs["to"], "billing": {"anchor_day": str(starts.day)}}
        (line,) = lines_of(agreed(fee("fee", "30", proration="thirty_360", share_places="9"), **life))
        assert (Decimal(expected["fraction"]), expected["days"]) == (line.quantity, line.net)

    @pytest.mark.parametrize(("inputs", "expected"), of("day_count"))
    def test_days_are_of_the_calendar(self, inputs: Inputs, expected: Inputs) -> None:
        """A fee of a day rate for each day of the contract's life, over the end of a month or a year."""
        day_rate = {
            "kind": "holdover",
            "day_rate": "1",
            "percent": "100",
            "term_ends": inputs["from"],
            "returned": inputs["to"],
        }
        first, after_last = (date.fromisoformat(inputs[name]) for name in ("from", "to"))
        life = {"starts": inputs["from"], "billing": custom(first, after_last)}
        (line,) = lines_of(agreed({"name": "days", "rule": day_rate}, **life))
        assert expected["days"] == line.net == line.quantity


@pytest.mark.parametrize(("inputs", "expected"), of("period_starts"))
def test_an_anchor_on_the_31st_returns(inputs: Inputs, expected: Inputs) -> None:
    starts = date.fromisoformat(inputs["anchor"])
    contract = agreed(fee("fee", "1"), starts=inputs["anchor"], billing={"anchor_day": str(starts.day)})
    periods = zip(contract.periods(), range(inputs["count"]), strict=False)
    assert expected["starts"] == [str(period.first) for period, _ in periods]


class TestMoney:
    @pytest.mark.parametrize(("inputs", "expected"), of("rounding"))
    def test_half_away_from_zero(self, inputs: Inputs, expected: Inputs) -> None:
        charges = [fee("fee", inputs["amount"])]
        if "percent_off" in inputs:
            charges.append({"name": "off", "rule": {"kind": "discount", "percent": inputs["percent_off"]}})
        lines = lines_of(agreed(*charges, currency=inputs["currency"]))
        if "percent_off" in inputs:
            assert (-Decimal(expected["discount"]), Decimal(expected["final"])) == (lines[1].net, net(lines))
        else:
            assert Decimal(expected["amount"]) == net(lines)

    @pytest.mark.parametrize(("inputs", "expected"), of("discount_distribution"))
    def test_a_discount_is_spread_to_the_cent(self, inputs: Inputs, expected: Inputs) -> None:
        fees = [fee(f"fee {at}", euros(cents)) for at, cents in enumerate(inputs["lines_cents"])]
        off = {"name": "off", "rule": {"kind": "discount", "amount": euros(inputs["discount_cents"])}}
        (result,) = tried_by_period(agreed(*fees, off), {})
        lines, parts = result.lines[: len(fees)], result.lines[len(fees) :]
        after = [line.net + part.net for line, part in zip(lines, parts, strict=True)]
        assert [Decimal(euros(cents)) for cents in expected["after_cents"]] == after


class TestUnsayable:
    @pytest.mark.parametrize("name", UNSAYABLE)
    def test_no_attempt_comes_out(self, name: str) -> None:
        assert not UNSAYABLE[name].comes_out(name), f"{name} can be said now: {UNSAYABLE[name].reason} is wrong"

    @pytest.mark.parametrize("name", [name for name in UNSAYABLE if CASES[name]["model"] == "threshold_billing"])
    def test_yet_the_final_invoice_has_the_fees(self, name: str) -> None:
        """What was billed at the threshold is set against the period's fees, and they are ours."""
        inputs, expected = CASES[name]["inputs"], CASES[name]["expected"]
        first = min(day for day, _ in inputs["events"])[:8] + "01"
        life: Mapping[str, str | None] = {"starts": first, "ends": None}
        if "terminated" in inputs:  # the day of the end is billed
            life = {"starts": first, "ends": str(date.fromisoformat(inputs["terminated"]) + timedelta(days=1))}
        contract = agreed(fee("plan", inputs["plan_fee"]), priced("use", per_unit(inputs)), **life)
        quantity = str(sum(Decimal(many) for _, many in inputs["events"]))
        fees = net(lines_of(contract, {"use": used(quantity)}))
        assert Decimal(expected["credited"]) + Decimal(expected["final_total"]) == fees
        assert Decimal(expected.get("final_fees", fees)) == fees


FILES = ("test_pricing.py", "test_counted.py", "test_credited.py")


def test_every_case_is_tried() -> None:
    folder = Path(__file__).parent
    source = "".join((folder / name).read_text(encoding="utf-8") for name in FILES)
    models = {case["model"] for name, case in CASES.items() if name not in UNSAYABLE}
    assert {model for model in models if f'of("{model}"' not in source} == RULES.keys()
    assert len(CASES) == 109


def euros(cents: int) -> str:
    return str(Decimal(cents) / 100)


def totals(expected: Inputs) -> tuple[Decimal, ...]:
    return tuple(Decimal(expected[name]) for name in ("net", "tax", "total"))


def totals_of(lines: tuple[Line, ...] | list[Line]) -> tuple[Decimal, ...]:
    sums = total(lines, "EUR")
    return sums.net, sums.vat, sums.gross
