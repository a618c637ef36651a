"""Fixed fee, per unit, graduated: each reads as its clause."""

from datetime import date, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter, ValidationError

from contracts.pricing.fixed_fee import FixedFee
from contracts.pricing.graduated import Graduated
from contracts.pricing.per_unit import PerUnit
from contracts.proration import Proration
from contracts.rated_usage import NegativeUse, Usage
from contracts.rules import ChargeRule
from contracts.schedule import BillingPeriod
from quantities.quantity import IncompatibleUnit

RULES: TypeAdapter[ChargeRule] = TypeAdapter(ChargeRule)


def of_days(days: int, whole: int) -> BillingPeriod:
    first = date(2026, 1, 1)
    return BillingPeriod(first, first + timedelta(days=days), first, first + timedelta(days=whole))


#: "The first 10 MWh of cooling in a billing period cost 95 EUR/MWh, every further MWh 80 EUR/MWh."
CLAUSE_7_2 = RULES.validate_python(
    {"kind": "graduated", "unit": "MWh", "tiers": [{"up_to": "10", "unit_price": "95"}, {"unit_price": "80"}]}
)


@pytest.mark.parametrize(("used", "unit", "lines"), [
    pytest.param("0", "MWh", [], id="no use, no line"),
    pytest.param("10", "MWh", [("10", "95")], id="the bound belongs to the lower tier"),
    pytest.param("12500", "kWh", [("10", "95"), ("2.5", "80")], id="only the excess is cheaper"),
    pytest.param("36", "GJ", [("10", "95")], id="36 GJ are 10 MWh"),
])  # fmt: skip
def test_clause_7_2(used: str, unit: str, lines: list[tuple[str, str]]) -> None:
    rated = CLAUSE_7_2.rate(Usage(Decimal(used), unit))
    assert [(Decimal(q), Decimal(p)) for q, p in lines] == [(r.quantity, r.unit_price) for r in rated]


class TestEveryFurtherUnit:
    """ "… every further MWh …": no use is dropped, none is charged twice."""

    @given(st.decimals(0, 10**6, places=3))
    def test_lines_add_up_to_the_use(self, mwh: Decimal) -> None:
        assert mwh == sum((line.quantity for line in CLAUSE_7_2.rate(Usage(mwh, "MWh"))), Decimal(0))

    @given(st.decimals(0, 10**4, places=3), st.decimals(0, 10**4, places=3))
    def test_more_use_never_costs_less(self, less: Decimal, more: Decimal) -> None:
        low, high = sorted((less, more))
        amounts = [sum(line.amount for line in CLAUSE_7_2.rate(Usage(used, "MWh"))) for used in (low, high)]
        assert amounts[0] <= amounts[1]


@pytest.mark.parametrize(("tiers", "said"), [
    pytest.param([{"up_to": "10", "unit_price": "1"}], "would cost nothing", id="a bounded last tier gives use away"),
    pytest.param([{"up_to": "10", "unit_price": "1"}, {"up_to": "5", "unit_price": "1"}, {"unit_price": "1"}], "tiers rise", id="falling bounds"),
    pytest.param([{"unit_price": "1"}, {"unit_price": "2"}], "tiers rise", id="two open ends"),
    pytest.param([], "at least 1", id="none"),
    pytest.param([{"unit_price": 0.1}], "string", id="a float"),
])  # fmt: skip
def test_tiers_that_are_none(tiers: list[dict[str, object]], said: str) -> None:
    with pytest.raises(ValidationError, match=said):
        Graduated.model_validate({"unit": "kWh", "tiers": tiers})


@pytest.mark.parametrize("ratios", [
    pytest.param(["1", "2"], id="which does not say what counts below 1"),
    pytest.param(["0", "2", "1"], id="which falls"),
    pytest.param(["0", "1", "1"], id="which says one ratio twice"),
])  # fmt: skip
def test_a_severity_table_that_is_none(ratios: list[str]) -> None:
    table = [{"from_ratio": ratio, "factor": "1"} for ratio in ratios]
    rule = {"kind": "severity", "unit": "h", "unit_price": "1", "agreed_ratio": "1", "table": table}
    with pytest.raises(ValidationError, match="begins at 0 and rises"):
        RULES.validate_python(rule)


def test_per_unit() -> None:
    """ "Each machine-hour is charged at 68.50 EUR." 153.6 × 68.50 = 10521.60"""
    rule = PerUnit.model_validate({"unit": "machine_hour", "unit_price": "68.50"})
    (line,) = rule.rate(Usage(Decimal("153.6"), "machine_hour"))
    assert (Decimal("10521.600"), "153.6 machine_hour × 68.50 = 10521.600") == (line.amount, line.written_out)
    assert Decimal(0) == rule.rate(Usage(Decimal(0), "machine_hour"))[0].amount


def test_air_at_another_state_is_converted_by_formula() -> None:
    """1000 m³ at ISO 1217 are 919.59 m³ at DIN 1343: 1/1.01325 × 273.15/293.15"""
    (line,) = PerUnit.model_validate({"unit": "Nm3", "unit_price": "1"}).rate(Usage(Decimal(1000), "m3@iso1217"))
    assert Decimal("919.591") == line.quantity.quantize(Decimal("0.001"))


@pytest.mark.parametrize(("days", "whole", "proration", "part"), [
    pytest.param(31, 31, "calendar_days", "1", id="a whole month"),
    pytest.param(17, 31, "calendar_days", "0.548387096774", id="17 of 31 days"),
    pytest.param(7, 28, "calendar_days", "0.25", id="7 of 28 days"),
    pytest.param(15, 31, "thirty_days", "0.5", id="15 / 30, whatever the month has"),
    pytest.param(15, 90, "thirty_days", "0.166666666667", id="15 / 90 of a quarter"),
    pytest.param(365 - 31, 365, "thirty_days", "0.927777777778", id="334 / 360 of a year"),
    pytest.param(30, 31, "thirty_days", "1", id="30 / 30: never more than the whole"),
    pytest.param(1, 31, "none", "1", id="not prorated"),
])  # fmt: skip
def test_a_fixed_fee_for_a_part_of_a_period(days: int, whole: int, proration: str, part: str) -> None:
    rule = FixedFee(amount=Decimal(450), proration=Proration(proration))
    (line,) = rule.rate(Usage(period=of_days(days, whole)))
    assert (Decimal(part), Decimal(450)) == (line.quantity, line.unit_price)


def test_use_of_another_kind_or_less_than_none_is_refused() -> None:
    with pytest.raises(IncompatibleUnit):
        CLAUSE_7_2.rate(Usage(Decimal(1), "kW"))
    for used in (Usage(Decimal(-1), "MWh"), Usage()):
        with pytest.raises(NegativeUse):
            CLAUSE_7_2.rate(used)


@pytest.mark.parametrize(
    "rule", [CLAUSE_7_2, FixedFee(amount=Decimal("450.00")), PerUnit(unit="sheet", unit_price=Decimal("0.0134"))]
)
def test_stored_terms_load_as_they_were(rule: ChargeRule) -> None:
    assert rule == RULES.validate_json(RULES.dump_json(rule))
    assert rule.arithmetic == 1
