"""What a charge carries knows what it is: an amended rule takes it over exactly, or refuses it by name."""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import date
from decimal import Decimal
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contracts.carried_state import (
    StateInAnotherCurrency,
    StateInAnotherUnit,
    StateLeftOver,
    StateOfAnotherRule,
    StateOfAnotherWindow,
    StateOfUnknownForm,
    UnopenedState,
)
from contracts.composition import compose
from contracts.continuing import as_written_by, same_states
from contracts.contract import Contract
from contracts.pricing_preview import Trial, try_rules
from contracts.rated_usage import UnpricedUse, Usage
from contracts.savings_pricing.lease_rent import AnotherLease, LeaseNotRepaid
from contracts.schedule import BillingPeriod
from metering.usage.measure import Part
from quantities.arithmetic import added
from quantities.conversion import conversion
from quantities.document import parse
from quantities.exact import exact_number, exact_text
from quantities.quantity import UNITS, unit
from tests.contracts.pricing.test_clauses import a_charge, a_contract, states
from tests.contracts.pricing.test_pages import EXAMPLES

Document = dict[str, Any]
#: By charge, what is used in a month, such as "240 MJ".
Month = Mapping[str, str | Usage]
Stretch = tuple[Contract, BillingPeriod, Month]


def charged(name: str, **rule: Any) -> Document:
    return {"name": name, "register": "use", "rule": rule}


def agreed(*charges: Document, **terms: Any) -> Contract:
    return a_contract(*charges, **{"currency": "EUR", **terms})


def usage(used: str | Usage) -> Usage:
    if isinstance(used, Usage):
        return used
    number, _, counted_in = used.partition(" ")
    return Usage(Decimal(number), counted_in)


def part_of_month(number: int, first: int = 1, after_last: int | None = None) -> BillingPeriod:
    whole = date(2026 + (number - 1) // 12, (number - 1) % 12 + 1, 1), date(2026 + number // 12, number % 12 + 1, 1)
    end = whole[1] if after_last is None else whole[0].replace(day=after_last)
    return BillingPeriod(whole[0].replace(day=first), end, *whole)


def lived(
    months: Sequence[Stretch], opening: Mapping[str, Any] | None = None
) -> tuple[list[dict[str, Decimal]], dict[str, Any]]:
    """The amounts of each stretch by charge, each opening with what the one before closed with; and the last closing."""
    carried: dict[str, Any] = dict(opening or {})
    amounts = []
    for contract, period, month in months:
        composed = compose(contract, period, {name: usage(used) for name, used in month.items()}, carried)
        amounts.append({rated.charge.name: rated.amount for rated in composed})
        for rated in composed:
            carried.pop(rated.charge.name, None)
            carried.pop(rated.charge.continues or rated.charge.name, None)
            if rated.closing:
                carried[rated.charge.name] = json.loads(json.dumps(rated.closing))
    return amounts, carried


def two_months(before: Contract, after: Contract, *uses: Month) -> list[dict[str, Decimal]]:
    """January by one version, February by the next."""
    return lived([(before, part_of_month(1), uses[0]), (after, part_of_month(2), uses[1])])[0]


def ratchet(name: str, counted_in: str, price: str, **more: Any) -> Document:
    rule = {"kind": "demand", "unit": counted_in, "unit_price": price, "ratchet": {"percent": "80"}, **more}
    return charged(name, **rule)


def yearly(name: str, counted_in: str = "kWh", kind: str = "graduated", per: str = "year", **more: Any) -> Document:
    tiers = {"tiers": [{"up_to": "150", "unit_price": "1"}, {"unit_price": "10"}]}
    return charged(name, kind=kind, unit=counted_in, per=per, **(more or tiers))


def prepaid(counted_in: str, price: str, **block: str) -> Document:
    block = {"name": "b", "cost": "0", "bought": "2026-01-01", **block}
    return charged("energy", kind="prepaid", unit=counted_in, unit_price=price, blocks=[block])


def thousandth(terms: str) -> str:
    return str(Decimal(terms) / 1000)


class TestAUnitOfTheSameKind:
    """An amendment from kW to MW changes how a price is written, and nothing that is owed."""

    def test_a_ratchet(self) -> None:
        """80 % of 500 kW are 400 kW at 10: 4,000, and not 3,200,000."""
        kw, mw = agreed(ratchet("demand", "kW", "10")), agreed(ratchet("demand", "MW", "10000"))
        assert two_months(kw, mw, {"demand": "500 kW"}, {"demand": "300 kW"}) == [{"demand": 5000}, {"demand": 4000}]

    def test_a_prepaid_rest(self) -> None:
        """10,000 kWh bought, 8,000 used: of further 4,000, 2,000 are charged."""
        kwh = agreed(prepaid("kWh", "0.29", units="10000"))
        mwh = agreed(prepaid("MWh", "290", units="10"))
        amounts = two_months(kwh, mwh, {"energy": "8000 kWh"}, {"energy": "4000 kWh"})
        assert amounts == [{"energy": 0}, {"energy": 580}]

    def test_tiers_of_a_year(self) -> None:
        kwh = agreed(yearly("energy"))
        mwh = agreed(yearly("energy", "MWh", tiers=[{"up_to": "0.15", "unit_price": "1000"}, {"unit_price": "10000"}]))
        assert two_months(kwh, mwh, {"energy": "100 kWh"}, {"energy": "100 kWh"}) == [
            {"energy": 100},
            {"energy": 50 + 500},
        ]

    def test_a_commitment(self) -> None:
        def committed(counted_in: str, quantity: str, price: str) -> Contract:
            terms = [{"per": "two_months", "quantity": quantity}]
            return agreed(charged("energy", kind="commitment", unit=counted_in, unit_price=price, committed=terms))

        kwh, mwh = committed("kWh", "1000", "1"), committed("MWh", "1", "1000")
        assert two_months(kwh, mwh, {"energy": "400 kWh"}, {"energy": "100 kWh"}) == [{"energy": 400}, {"energy": 600}]

    def test_what_take_or_pay_has_left_and_its_price(self) -> None:
        """A year that took 60 of 100 kWh pays 40 at 2; in the next, 30 beyond 100 are made up: 60 less."""

        def year(counted_in: str, annual: str, price: str) -> Contract:
            terms = {"annual_quantity": annual, "take_percent": "100", "make_up_years": "3"}
            rule = {"kind": "take_or_pay", "unit": counted_in, "unit_price": price, **terms}
            return agreed(charged("energy", **rule), billing={"every": "year"})

        first, second = (BillingPeriod(*2 * (date(y, 1, 1), date(y + 1, 1, 1))) for y in (2026, 2027))
        kwh, mwh = year("kWh", "100", "2"), year("MWh", "0.1", "2000")
        amounts, _ = lived([(kwh, first, {"energy": "60 kWh"}), (mwh, second, {"energy": "130 kWh"})])
        assert amounts == [{"energy": 120 + 80}, {"energy": 260 - 60}]

    def test_an_included_pool_and_what_a_window_leaves(self) -> None:
        def pool(quantity: str, counted_in: str, most: str, per: str) -> Contract:
            included = {"quantity": quantity, "unit": counted_in, "per": per, "carry_forward": most}
            rule = {"kind": "per_unit", "unit": "kWh", "unit_price": "1"}
            return agreed({**charged("energy", **rule), "included": included})

        for per, free in (("quarter", 150), ("month", 150 + 50)):
            kwh, mwh = pool("150", "kWh", "50", per), pool("0.15", "MWh", "0.05", per)
            amounts = two_months(kwh, mwh, {"energy": "100 kWh"}, {"energy": "250 kWh"})
            assert [{"energy": 0}, {"energy": 250 - (free - (100 if per == "quarter" else 0))}] == amounts

    def test_hours_a_cycle(self) -> None:
        """120 h in 60 cycles are 2 hours, or 120 minutes, a cycle: twice the price."""

        def severity(counted_in: str, step: str, price: str) -> Contract:
            table = [{"from_ratio": "0", "factor": "1"}, {"from_ratio": step, "factor": "2"}]
            rule = {"kind": "severity", "unit": counted_in, "unit_price": price, "table": table}
            charge = charged("hours", **rule, agreed_ratio="1", reset="month")
            return agreed({**charge, "beside": {"cycles": "cycles"}})

        month = {"hours": Usage(Decimal(120), "h", auxiliary_usage={"cycles": Usage(Decimal(60), "cycle")})}
        amounts = two_months(severity("h", "2", "1"), severity("min", "120", "1"), month, month)
        assert amounts == [{"hours": 120}, {"hours": 7200 * 2}]

    def test_a_guaranteed_saving(self) -> None:
        def promise(counted_in: str, quantity: str, price: str) -> Contract:
            rule = {"kind": "savings_guarantee", "unit": counted_in, "guaranteed": [quantity], "price": price}
            return agreed(charged("promise", **rule, per="two_months"))

        kwh, mwh = promise("kWh", "1000", "1"), promise("MWh", "1", "1000")
        assert two_months(kwh, mwh, {"promise": "400 kWh"}, {"promise": "500 kWh"})[1] == {"promise": -100}

    def test_another_kind_of_unit_is_refused(self) -> None:
        other = agreed(yearly("energy", "h"))
        with pytest.raises(StateInAnotherUnit) as refusal:
            two_months(agreed(yearly("energy")), other, {"energy": "100 kWh"}, {"energy": "100 h"})
        assert refusal.value.members == {"place": "unit", "found": "h", "expected": "kWh"}

    def test_a_promise_of_value_does_not_go_on_from_one_of_energy(self) -> None:
        rule: Document = {"kind": "savings_guarantee", "unit": "kWh", "guaranteed": ["1000"], "per": "year"}
        price: Document = {"price": "1"}
        value: Document = {
            "of": "value",
            "valuation": {"kind": "at_prices", "unit": "kWh", "bands": {"all": {"price": "1"}}},
        }
        before, after = (agreed(charged("p", **rule, **more)) for more in (price, value))
        with pytest.raises(StateInAnotherUnit):
            two_months(before, after, {"p": "100 kWh"}, {"p": "100 kWh"})


class TestAnotherRuleUnderTheSameName:
    @pytest.mark.parametrize("kind", ["per_unit", "volume", "stairstep"])
    def test_goes_on_from_the_use_of_the_window_where_that_is_all_both_carry(self, kind: str) -> None:
        tiers = [{"up_to": "150", "unit_price": "1"}, {"unit_price": "2"}]
        steps = [{"up_to": "150", "amount": "1"}, {"amount": "2"}]
        terms: dict[str, Document] = {"per_unit": {"unit_price": "3"}, "volume": {"tiers": tiers}}
        after = agreed(yearly("energy", kind=kind, **terms.get(kind, {"steps": steps})))
        amounts = two_months(agreed(yearly("energy")), after, {"energy": "100 kWh"}, {"energy": "100 kWh"})
        assert {"per_unit": 300, "volume": 400 - 100, "stairstep": 2 - 1}[kind] == amounts[1]["energy"]

    def test_is_refused_by_name_where_it_carries_something_else(self) -> None:
        before = agreed(a_charge("x", kind="minimum_spend", amount="100", per="year"))
        with pytest.raises(StateOfAnotherRule) as refusal:
            two_months(before, agreed(yearly("x")), {}, {"x": "100 kWh"})
        assert refusal.value.members == {"place": "kind", "found": "graduated", "expected": "minimum_spend"}

    def test_begins_anew_within_a_period_whose_sums_are_all_that_is_carried(self) -> None:
        """Until the 15th the month's tiers, from then on a plain fee for each event: both are owed."""
        before = agreed(yearly("x", per="period"))
        after = agreed(charged("x", kind="service_events", coverage=[{"service": "a", "unit_price": "5"}]))
        events = Usage(Decimal(2), "each", parts=(Part(Decimal(2), {"service": "a"}),))
        first, rest = part_of_month(1, 1, 15), part_of_month(1, 15)
        months: list[Stretch] = [(before, first, {"x": "100 kWh"}), (after, rest, {"x": events})]
        assert lived(months)[0] == [{"x": 100}, {"x": 0}]


class TestAnotherWindow:
    def test_goes_on_where_both_began_on_the_same_day(self) -> None:
        """Until 15 January tiers of a month, from then on of a quarter: 100 of its 150 are used."""
        months = [
            (agreed(yearly("energy", per="month")), part_of_month(1, 1, 15), {"energy": "100 kWh"}),
            (agreed(yearly("energy", per="quarter")), part_of_month(1, 15), {"energy": "100 kWh"}),
        ]
        assert lived(months)[0] == [{"energy": 100}, {"energy": 50 + 500}]

    def test_is_refused_while_the_old_one_goes_on(self) -> None:
        with pytest.raises(StateOfAnotherWindow, match="2026-04-01"):
            two_months(
                agreed(yearly("energy", per="quarter")),
                agreed(yearly("energy", per="month")),
                {"energy": "100 kWh"},
                {"energy": "100 kWh"},
            )

    def test_begins_with_nothing_when_the_old_one_has_ended(self) -> None:
        quarter, month = agreed(yearly("energy", per="quarter")), agreed(yearly("energy", per="month"))
        use = {"energy": "100 kWh"}
        months = [(quarter, part_of_month(number), use) for number in (1, 2, 3)]
        assert lived([*months, (month, part_of_month(4), use)])[0][3] == {"energy": 100}

    def test_of_a_commitment_is_one_of_several(self) -> None:
        """The quarter's commitment goes, the year's stays: what was used counts on for the year, in its quarter only."""
        quarter, year = {"per": "quarter", "quantity": "300"}, {"per": "year", "quantity": "1000"}

        def of(*committed: Document) -> Contract:
            rule = {"kind": "commitment", "unit": "kWh", "unit_price": "1", "committed": list(committed)}
            return agreed(charged("energy", **rule))

        use = {"energy": "50 kWh"}
        for second in (of(year), of(quarter)):
            with pytest.raises(StateOfAnotherWindow):
                two_months(of(quarter, year), second, use, use)
        months = [(of(quarter, year), part_of_month(number), use) for number in (1, 2, 3)]
        _, closing = lived([*months, (of(year), part_of_month(4), use)])
        sums = {"window": "2026-01-01", "used": "200", "made_up": "150"}
        assert closing["energy"]["rule"]["values"] == {"year": sums}

    @pytest.mark.parametrize(("arithmetic", "added_in", "missing"), [
        pytest.param(2, 2, 181 - 6 * 10, id="in the first quarter, as the half-year is: of 181 kWh, six months of 10 were used"),
        pytest.param(2, 5, 181 - 2 * 10, id="in the second, which began on another day: May and June were used"),
        pytest.param(1, 2, 181 - 5 * 10, id="by arithmetic 1 it began with its amendment, in February"),
    ])  # fmt: skip
    def test_of_a_commitment_that_is_added_goes_on_from_one_of_its_first_day(
        self, arithmetic: int, added_in: int, missing: int
    ) -> None:
        terms = {"kind": "commitment", "arithmetic": arithmetic, "unit": "kWh", "unit_price": "1"}
        quarter, half_year = {"per": "quarter", "quantity": "1"}, {"per": "half_year", "quantity": "181"}
        before, after = (
            agreed(charged("energy", **terms, committed=some)) for some in ([quarter], [quarter, half_year])
        )
        months = [
            (after if number >= added_in else before, part_of_month(number), {"energy": "10 kWh"})
            for number in range(1, 7)
        ]
        assert lived(months)[0][-1] == {"energy": 10 + missing}

    @pytest.mark.parametrize(("arithmetic", "missing"), [
        pytest.param(2, 1000 - 12 * 50 - 150, id="250 are missing: 600 were used, 150 billed as missing to the first quarter"),
        pytest.param(1, 1000 - 12 * 50, id="by arithmetic 1 what was billed as missing counted for nothing"),
    ])  # fmt: skip
    def test_what_a_commitment_that_is_gone_has_billed_as_missing_counts(self, arithmetic: int, missing: int) -> None:
        """300 a quarter and 1,000 a year at 1; from April on the year alone, 50 a month are used."""
        terms = {"kind": "commitment", "arithmetic": arithmetic, "unit": "kWh", "unit_price": "1"}
        quarter, year = {"per": "quarter", "quantity": "300"}, {"per": "year", "quantity": "1000"}
        before, after = (agreed(charged("energy", **terms, committed=some)) for some in ([quarter, year], [year]))
        months = [
            (before if number < 4 else after, part_of_month(number), {"energy": "50 kWh"}) for number in range(1, 13)
        ]
        amounts = lived(months)[0]
        assert [amounts[2], amounts[-1]] == [{"energy": 50 + 150}, {"energy": 50 + missing}]

    @pytest.mark.parametrize(("periods", "billed"), [("1", 160), ("2", 400), ("12", 400)])
    def test_a_ratchet_looks_back_over_other_periods(self, periods: str, billed: int) -> None:
        """Peaks of 500 and 200; then 100: 80 % of 200, or of 500."""
        before = agreed(ratchet("d", "kW", "1"))
        after = agreed(ratchet("d", "kW", "1") | {"rule": {**ratchet("d", "kW", "1")["rule"],
                       "ratchet": {"percent": "80", "periods": periods}}})  # fmt: skip
        peaks = ["500 kW", "200 kW", "100 kW"]
        months = [
            (version, part_of_month(at), {"d": peak})
            for at, (version, peak) in enumerate(zip([before, before, after], peaks, strict=True), start=1)
        ]
        assert lived(months)[0][2] == {"d": billed}

    def test_peaks_of_a_ratchet_do_not_tell_the_peak_of_a_year(self) -> None:
        after = agreed(charged("d", kind="demand", unit="kW", unit_price="1", peak="year"))
        with pytest.raises(StateLeftOver):
            two_months(agreed(ratchet("d", "kW", "1")), after, {"d": "500 kW"}, {"d": "100 kW"})


class TestWhatIsLeftOfABlock:
    @pytest.mark.parametrize(("was", "now", "said"), [
        pytest.param({"units": "10000"}, {"name": "c", "units": "10000"}, "keep it, in units, until", id="gone"),
        pytest.param({"units": "10000"}, {"amount": "10000"}, "keep it, in units, until", id="of money instead of units"),
        pytest.param({"amount": "10000"}, {"units": "10000"}, "keep it, in money, until", id="of units instead of money"),
    ])  # fmt: skip
    def test_is_not_lost(self, was: dict[str, str], now: dict[str, str], said: str) -> None:
        before, after = agreed(prepaid("kWh", "1", **was)), agreed(prepaid("kWh", "1", **now))
        with pytest.raises(StateLeftOver, match=said):
            two_months(before, after, {"energy": "8000 kWh"}, {"energy": "100 kWh"})

    def test_goes_when_it_has_expired(self) -> None:
        before = agreed(prepaid("kWh", "1", units="10000", expires="2026-02-01"))
        after = agreed(prepaid("kWh", "1", name="c", units="50"))
        assert two_months(before, after, {"energy": "8000 kWh"}, {"energy": "100 kWh"})[1] == {"energy": 50}


class TestAStateSaysWhatItIs:
    def closing(self) -> dict[str, Any]:
        return lived([(agreed(yearly("energy")), part_of_month(1), {"energy": "240 MJ"})])[1]

    def test_kind_arithmetic_unit_schema_and_exact_values(self) -> None:
        values = {"window": "2026-01-01", "used": "200/3"}
        header = {"kind": "graduated", "arithmetic": 1, "unit": "kWh", "schema": 1, "per": "year"}
        assert self.closing() == {"energy": {"rule": {**header, "values": values}}}

    def test_amounts_have_a_currency(self) -> None:
        contract = agreed(a_charge("fee", kind="fixed_fee", amount="10"), a_charge("m", kind="minimum_spend", amount="100", per="year"))  # fmt: skip
        _, closing = lived([(contract, part_of_month(1), {})])
        assert closing["m"]["rule"]["currency"] == "EUR"
        with pytest.raises(StateInAnotherCurrency):
            lived([(contract.model_copy(update={"currency": "USD"}), part_of_month(2), {})], closing)

    @pytest.mark.parametrize(("part", "value"), [("schema", 2), ("arithmetic", 2)])
    def test_an_unknown_form_is_refused(self, part: str, value: int) -> None:
        closing = self.closing()
        closing["energy"]["rule"][part] = value
        with pytest.raises(StateOfUnknownForm):
            lived([(agreed(yearly("energy")), part_of_month(2), {"energy": "1 kWh"})], closing)

    @pytest.mark.parametrize(("part", "value"), [("more", "?"), ("values", "?")])
    def test_what_is_no_state_is_refused(self, part: str, value: str) -> None:
        closing = self.closing()
        closing["energy"]["rule"][part] = value
        with pytest.raises(StateOfUnknownForm):
            lived([(agreed(yearly("energy")), part_of_month(2), {"energy": "1 kWh"})], closing)


BARE: dict[str, Any] = {"energy": {"rule": {"used": "100", "window": "2026-01-01"}}}


class TestABareStateOfAnEarlierRelease:
    """A mapping of values, which do not say what they are: taken as of the rule that opens it, or the version before."""

    def test_is_read_as_it_was_written(self) -> None:
        amounts, _ = lived([(agreed(yearly("energy")), part_of_month(2), {"energy": "100 kWh"})], BARE)
        assert amounts == [{"energy": 50 + 500}]

    def test_is_in_the_unit_of_the_version_that_wrote_it(self) -> None:
        kwh = agreed(yearly("energy"))
        mwh = agreed(yearly("energy", "MWh", tiers=[{"up_to": "0.15", "unit_price": "1000"}, {"unit_price": "10000"}]))
        states = as_written_by(kwh, BARE)
        assert lived([(mwh, part_of_month(2), {"energy": "100 kWh"})], states)[0] == [{"energy": 50 + 500}]

    def test_of_the_version_that_wrote_it_is_refused_to_another_rule(self) -> None:
        bare = {"x": {"rule": {"amount": "10", "window": "2026-01-01"}}}
        minimum = agreed(a_charge("x", kind="minimum_spend", amount="100", per="year"))
        for opening in (bare, as_written_by(minimum, bare)):
            with pytest.raises(StateOfAnotherRule):
                lived([(agreed(yearly("x")), part_of_month(2), {"x": "1 kWh"})], opening)

    def test_is_the_same_as_the_one_that_knows_what_it_is(self) -> None:
        contract = agreed(yearly("energy"))
        known = as_written_by(contract, BARE)
        assert known != BARE
        assert same_states(contract, BARE, known, date(2026, 2, 1))
        other = {"energy": {"rule": {"used": "101", "window": "2026-01-01"}}}
        assert not same_states(contract, other, known, date(2026, 2, 1))

    def test_has_rests_of_units_and_of_money_under_one_name(self) -> None:
        blocks = [
            {"name": "units", "units": "100", "cost": "0", "bought": "2026-01-01"},
            {"name": "money", "amount": "100", "bought": "2026-01-01"},
        ]
        contract = agreed(charged("energy", kind="prepaid", unit="kWh", unit_price="1", blocks=blocks))
        bare = {"energy": {"rule": {"left": {"units": "10", "money": "20"}}}}
        _, closing = lived([(contract, part_of_month(2), {"energy": "15 kWh"})], bare)
        assert closing["energy"]["rule"]["values"] == {"left": {"units": "0"}, "money": {"money": "15"}}

    def test_has_days_of_downtime_of_the_hours_that_a_day_had(self) -> None:
        def of(hours: str) -> Contract:
            rule = {"kind": "downtime_damages", "downtime": {"states": ["down"]}, "allowed_days": "1", "a_day": "100"}
            return agreed({"name": "d", "rule": {**rule, "hours_a_day": hours}, "beside": {"states": "s"}})

        bare = {"d": {"rule": {"days": "0.5", "window": "2026-01-01"}}}
        month = {"d": Usage(auxiliary_usage={"states": states(down="12", running="700")})}
        assert lived([(of("24"), part_of_month(2), month)], bare)[0] == [{"d": 0}]
        # 12 hours were half a day of 24; of 8 they are one and a half, and with 12 more three: 2 − 0.5 beyond the allowance.
        assert lived([(of("8"), part_of_month(2), month)], as_written_by(of("24"), bare))[0] == [{"d": -150}]


class TestAChargeThatContinuesAnother:
    """``continues: old name``: a renamed ratchet is no new one."""

    def versions(self, **more: Any) -> tuple[Contract, Contract]:
        renamed = {**ratchet("new", "MW", "10000"), **more}
        return agreed(ratchet("old", "kW", "10")), agreed(renamed)

    def test_takes_over_what_it_carried(self) -> None:
        old, new = self.versions(continues="old")
        amounts = two_months(old, new, {"old": "500 kW"}, {"new": "300 kW"})
        assert amounts == [{"old": 5000}, {"new": 4000}]

    def test_without_it_begins_with_nothing(self) -> None:
        amounts = two_months(*self.versions(), {"old": "500 kW"}, {"new": "300 kW"})
        assert amounts == [{"old": 5000}, {"new": 3000}]

    def test_takes_it_over_once(self) -> None:
        """In its second year it does not go back to what the old name carried in its first."""
        old = agreed(yearly("old"))
        new = agreed({**yearly("new"), "continues": "old"})
        months = [(old, part_of_month(1), {"old": "100 kWh"})]
        months += [(new, part_of_month(number), {"new": "10 kWh"}) for number in range(2, 14)]
        amounts, closing = lived(months)
        assert [amounts[1]["new"], amounts[6]["new"], amounts[12]["new"]] == [10, 100, 10]
        assert list(closing) == ["new"]


class TestConversionsAddUpExactly:
    def test_three_times_240_mj_are_200_kwh(self) -> None:
        """The bound of a tier belongs to it: nothing is charged at the next tier's price."""
        tiers = [{"up_to": "200", "unit_price": "1"}, {"unit_price": "1000000000000"}]
        contract = agreed(yearly("energy", tiers=tiers))
        months = [(contract, part_of_month(number), {"energy": "240 MJ"}) for number in (1, 2, 3)]
        assert added(amounts["energy"] for amounts in lived(months)[0]) == 200

    def test_a_commitment_that_is_taken_is_not_missing(self) -> None:
        rule = {"kind": "commitment", "unit": "kWh", "unit_price": "1000000000000"}
        contract = agreed(charged("e", **rule, committed=[{"per": "quarter", "quantity": "100"}]))
        months = [(contract, part_of_month(number), {"e": "120 MJ"}) for number in (1, 2, 3)]
        composed = lived(months[:2])[1]
        (last,) = compose(contract, part_of_month(3), {"e": usage("120 MJ")}, composed)
        assert [line.label for line in last.lines] == ["within the commitment"]

    def test_a_pool_is_used_up_and_no_more(self) -> None:
        included = {"quantity": "720", "unit": "MJ", "per": "quarter"}
        rule = {"kind": "per_unit", "unit": "kWh", "unit_price": "1"}
        contract = agreed({**charged("energy", **rule), "included": included})
        month = {"energy": usage("240 MJ")}
        months = [(contract, part_of_month(number), month) for number in (1, 2)]
        _, closing = lived(months)
        (last,) = compose(contract, part_of_month(3), month, closing)
        assert [line.quantity for line in last.lines] == [0]

    @given(
        st.lists(st.decimals(0, 10**5, places=2), min_size=1, max_size=11),
        st.sampled_from(["kJ", "MJ", "GJ", "kWh", "BTU"]),
        st.sampled_from(["kWh", "MWh", "MJ", "BTU"]),
        st.sampled_from(["graduated", "volume", "stairstep", "per_unit", "overtime", "package", "shift"]),
    )
    def test_any_division_of_a_use_over_a_window_costs_what_the_whole_does(
        self, uses: list[Decimal], counted_in: str, priced_in: str, kind: str
    ) -> None:
        tiers = [{"up_to": "200", "unit_price": "1.5"}, {"up_to": "3000", "unit_price": "0.7"}, {"unit_price": "11"}]
        bounds = [{"up_to": "200"}, {"up_to": "3000"}, {}]
        terms: dict[str, Document] = {
            "graduated": {"tiers": tiers},
            "volume": {"tiers": tiers},
            "stairstep": {"steps": [{**bound, "amount": str(at)} for at, bound in enumerate(bounds)]},
            "per_unit": {"unit_price": "0.31"},
            "overtime": {"fee": "600", "fee_is_for": "176"},
            "package": {"size": "12.5", "package_price": "3"},
            "shift": {"fee": "100", "steps": [{**bound, "factor": str(at)} for at, bound in enumerate(bounds)]},
        }
        contract = agreed(yearly("e", priced_in, kind=kind, **terms[kind]))
        months = [(contract, part_of_month(at), {"e": f"{used:f} {counted_in}"}) for at, used in enumerate(uses, 1)]
        whole = [(contract, part_of_month(1), {"e": f"{added(uses):f} {counted_in}"})]
        amounts, closing = lived(months)
        at_once, closed_at_once = lived(whole)
        assert added(amount["e"] for amount in amounts) == at_once[0]["e"]
        assert closing == closed_at_once

    @given(
        st.lists(st.decimals(0, 10**5, places=2), min_size=12, max_size=12),
        st.sampled_from(["MJ", "kWh"]),
        st.sampled_from(["commitment", "take_or_pay", "prepaid", "lost_yield", "savings_guarantee"]),
    )
    def test_and_so_does_what_is_settled_when_it_ends(self, uses: list[Decimal], counted_in: str, kind: str) -> None:
        terms: dict[str, Document] = {
            "commitment": {"unit_price": "1", "committed": [{"per": "year", "quantity": "1000"}]},
            "take_or_pay": {"unit_price": "1", "annual_quantity": "1000", "take_percent": "90", "carry_forward_years": "2"},
            "prepaid": {"unit_price": "1", "blocks": [{"name": "b", "units": "1000", "cost": "0", "bought": "2026-01-01"}]},
            "lost_yield": {"unit_price": "1", "guarantee": "97", "downtime": {"states": ["down"]}},
            "savings_guarantee": {"guaranteed": ["1000"], "price": "1", "excess": "carried"},
        }  # fmt: skip
        charge = charged("e", kind=kind, unit="kWh", **terms[kind])
        if kind == "lost_yield":
            charge["beside"] = {"states": "s"}
        contract = agreed(charge)
        beside = {"states": states(down="10", running="90")}
        months = [
            (contract, part_of_month(at), {"e": Usage(used, counted_in, auxiliary_usage=beside)})
            for at, used in enumerate(uses, 1)
        ]
        _, closing = lived(months)
        used = Fraction(added(uses)) * conversion(counted_in, "kWh")
        left = {"take_or_pay": used - 900, "prepaid": 1000 - used, "savings_guarantee": used - 1000}.get(kind, used)
        shown = carried_quantity(kind, closing)
        assert (
            shown == max(Fraction(0), left) if kind in ("take_or_pay", "prepaid", "savings_guarantee") else not closing
        )


def carried_quantity(kind: str, closing: dict[str, Any]) -> Fraction:
    values = closing.get("e", {}).get("rule", {}).get("values", {})
    match kind:
        case "take_or_pay":
            return Fraction(sum((Fraction(lot["quantity"]) for lot in values.get("taken", [])), Fraction(0)))
        case "prepaid":
            return Fraction(values["left"]["b"])
        case _:
            return Fraction(values.get("surplus", "0"))


BANDS: Document = {"bands": [{"name": "day", "days": ["mon"]}], "otherwise": "night"}
DIVIDED: Sequence[Document] = (
    {"kind": "time_of_use", "unit": "kWh", "calendar": BANDS, "unit_prices": {"day": "1", "night": "1"}},
    {"kind": "percentage", "percent": "3"},
    {"kind": "matrix", "unit": "kWh", "entries": [{"when": {"m": "x"}, "unit_price": "1"}]},
    {"kind": "demand", "unit": "kW", "unit_price": "1", "calendar": BANDS, "band": "day"},
    {"kind": "commitment", "unit": "kWh", "unit_price": "1", "committed": [{"quantity": "1"}], "each_hour": "true"},
    {"kind": "service_events", "coverage": [{"service": "a"}]},
    {"kind": "deduction", "unitary_charge": "1", "operating_periods": "1", "zones": {"z": "1"}, "categories": {"c": "1"}},
)  # fmt: skip
COUNTED_IN: dict[str, str] = {"percentage": "one", "demand": "kW", "service_events": "each", "deduction": "each"}


class TestAUseThatIsNotDividedAsItIsPriced:
    """A use without the parts that have prices is refused, and not free."""

    @pytest.mark.parametrize("rule", [pytest.param(rule, id=rule["kind"]) for rule in DIVIDED])
    def test_is_refused(self, rule: Document) -> None:
        contract = agreed(charged("e", **rule))
        counted_in = COUNTED_IN.get(rule["kind"], "kWh")
        with pytest.raises(UnpricedUse):
            lived([(contract, part_of_month(1), {"e": f"5 {counted_in}"})])
        assert lived([(contract, part_of_month(1), {"e": f"0 {counted_in}"})])[0] == [{"e": 0}]

    def test_has_the_price_of_all_other_use_where_there_is_one(self) -> None:
        entries = [{"when": {"m": "x"}, "unit_price": "1"}]
        contract = agreed(charged("e", kind="matrix", unit="kWh", entries=entries, otherwise="2"))
        assert lived([(contract, part_of_month(1), {"e": "5 kWh"})])[0] == [{"e": 10}]

    def test_is_refused_in_a_band_without_a_price(self) -> None:
        used = Usage(Decimal(5), "kWh", parts=(Part(Decimal(5), {"band": "evening"}),))
        with pytest.raises(UnpricedUse):
            lived([(agreed(charged("e", **DIVIDED[0])), part_of_month(1), {"e": used})])


class TestACommitmentOfEachHour:
    """ "… 80 % of the day's capacity, in each hour": an hour has the 24th part of a day's."""

    def contract(self, **capacity: str) -> Contract:
        committed = [{"capacity": {"a_day": "240", "percent": "80", **capacity}}]
        rule = {"kind": "commitment", "unit": "kWh", "unit_price": "1", "overage_factor": "2", "committed": committed}
        return agreed(charged("e", **rule, each_hour="true"))

    def hours(self, *quantities: str) -> Usage:
        parts = tuple(Part(Decimal(quantity)) for quantity in quantities)
        return Usage(added(part.quantity for part in parts), "kWh", parts=parts)

    def test_is_held_against_its_own_share_of_the_capacity(self) -> None:
        """8 an hour: of 10, 8 at 1 and 2 at 2; of 5, 3 are missing."""
        (month,) = lived([(self.contract(), part_of_month(1), {"e": self.hours("10", "5")})])[0]
        assert month == {"e": 8 + 4 + 5 + 3}

    def test_is_none_before_the_equipment_is_in_service(self) -> None:
        contract = self.contract(in_service="2026-02-01")
        assert lived([(contract, part_of_month(1), {"e": self.hours("10")})])[0] == [{"e": 20}]
        middle = self.contract(in_service="2026-01-15")
        with pytest.raises(UnpricedUse):
            lived([(middle, part_of_month(1), {"e": self.hours("10")})])

    def test_is_refused_below_zero(self) -> None:
        with pytest.raises(Exception, match="an hour or band has -1"):
            lived([(self.contract(), part_of_month(1), {"e": self.hours("10", "-1")})])


class TestEveryRuleThatCarriesSomething:
    """By the examples of docs/pricing.md and docs/savings.md: what each period of them closes with."""

    @pytest.mark.parametrize(("kind", "example"), EXAMPLES)
    def test_reads_what_it_wrote_in_any_unit_of_its_kind(self, kind: str, example: Document) -> None:
        """There and back is the same, to the last digit."""
        for rule, opened, state in closings(example):
            values = rule.open(state, opened)
            written = {
                name: part for name, part in values.items() if name in state["values"]
            }  # no window that is added
            assert state == rule.state_of(written, opened)
            for other in UNITS:
                if "unit" not in type(rule).model_fields or other.kind is not unit(rule.unit).kind:
                    continue
                converted = rule.model_copy(update={"unit": other.symbol})
                there = converted.state_of(converted.open(state, opened), opened)
                back = rule.open(json.loads(json.dumps(there)), opened)
                assert trimmed_texts(back) == trimmed_texts(values)

    @pytest.mark.parametrize(("kind", "example"), EXAMPLES)
    def test_makes_a_specimen_of_what_it_carries(self, kind: str, example: Document) -> None:
        """So that an amendment is refused early for whatever its first invoice would be refused for."""
        for rule, opened, state in closings(example):
            specimen = rule.state_of(rule.specimen(opened), opened)
            assert {name: part for name, part in state.items() if name != "values"} == {
                name: part for name, part in specimen.items() if name != "values"
            }
            named = {name for name in specimen["values"] if name not in ("paid", "surplus", "all", "repaid", "within")}
            assert named <= set(state["values"])
            rule.open(specimen, opened)


def trimmed_texts(values: Any) -> Any:
    """Values with their numbers as they are written without last zeros."""
    match values:
        case dict():
            return {name: trimmed_texts(value) for name, value in values.items()}
        case list():
            return [trimmed_texts(value) for value in values]
        case str() if values.replace(".", "", 1).isdecimal():
            return exact_text(exact_number(values))
        case _:
            return values


def closings(example: Document) -> Iterator[tuple[Any, Usage, dict[str, Any]]]:
    """The rule of an example, and of each of its periods the days and what they close with, where that is anything."""
    opening: dict[str, Any] = {}
    for used in example.get("usages") or [example["usage"]]:
        document = {"rules": [example["rule"]], "usage": {**used, "opening": opening}}
        if "starts" in example:
            document["starts"] = example["starts"]
        trial = parse(Trial, document)
        opening = dict(try_rules(trial).closing[0])
        if opening:
            yield trial.rules[0], replace(trial.usage.to_usage(trial.starts), currency="EUR", opening={}), opening


def test_every_refusal_is_one_of_the_tree() -> None:
    kinds = {AnotherLease, LeaseNotRepaid, StateInAnotherCurrency, StateInAnotherUnit, StateLeftOver, StateOfAnotherRule, StateOfAnotherWindow, StateOfUnknownForm}  # fmt: skip
    assert kinds == set(UnopenedState.__subclasses__())
