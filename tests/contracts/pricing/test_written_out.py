"""How lines are told apart and what they say of themselves; and what a refused use is refused by."""

from decimal import Decimal
from typing import Any

import pytest

from contracts.rated_line import Nature
from contracts.rated_usage import Rest, UnpricedUse, Usage
from metering.usage.measure import Part
from tests.contracts.pricing.test_rules import RULES

_BANDS = {"bands": [{"name": "day", "days": ["mon"]}], "otherwise": "night"}
_COSTS = {"kind": "pass_through", "at_most": "100"}
_DOWN = {"kind": "downtime_damages", "downtime": {"states": ["down"]}, "allowed_days": "1", "a_day": "440"}


def rated(rule: dict[str, Any], usage: Usage) -> Any:
    return RULES.validate_python(rule).rate(usage)


@pytest.mark.parametrize(("band", "said"), [
    pytest.param({"band": "noon"}, "use of noon has no price", id="of a band that the calendar does not have"),
    pytest.param({}, "use of no band has no price", id="of none"),
])  # fmt: skip
def test_use_that_no_band_prices_is_refused_by_its_band(band: dict[str, str], said: str) -> None:
    rule = {"kind": "time_of_use", "unit": "kWh", "calendar": _BANDS, "unit_prices": {"day": "1", "night": "2"}}

    with pytest.raises(UnpricedUse, match=said):
        rated(rule, Usage(Decimal(3), "kWh", parts=(Part(Decimal(3), band),)))


@pytest.mark.parametrize(("rule", "amount", "said"), [
    pytest.param(_COSTS, "100", "120, at most 100", id="costs of 120"),
    pytest.param(_COSTS | {"markup_percent": "10"}, "100", "120 at cost + 10 %, at most 100", id="132 with what is added"),
    pytest.param(_COSTS | {"at_most": "120"}, "120", "", id="no more than the highest amount"),
])  # fmt: skip
def test_costs_beyond_the_highest_amount_are_written_out(rule: dict[str, Any], amount: str, said: str) -> None:
    (line,) = rated(rule, Usage(Decimal(120), "one"))

    assert (line.amount, line.calculation) == (Decimal(amount), said)


@pytest.mark.parametrize(("terms", "amount", "said"), [
    pytest.param({}, "-880", "440 a day", id="two days beyond the one that is allowed"),
    pytest.param({"factors": ["1.5"], "divisor": "220"}, "-6", "440 × 1.5 / 220 a day", id="2 × 440 × 1.5 / 220"),
    pytest.param({"divisor": "0.5"}, "-1760", "440 / 0.5 a day", id="2 × 440 / 0.5"),
])  # fmt: skip
def test_a_day_of_downtime_says_its_factors_and_its_divisor(terms: dict[str, Any], amount: str, said: str) -> None:
    states = Usage(Decimal(72), "h", parts=(Part(Decimal(72), {"state": "down"}),))

    (line,) = rated(_DOWN | terms, Usage(auxiliary_usage={"states": states}))

    assert line.amount == Decimal(amount)
    assert line.calculation == f"3 days down, 0 before, 1 allowed; {said}"


@pytest.mark.parametrize(("free", "many", "said"), [
    pytest.param("0", "3", "25 part: 3 packages of 10", id="all of them are charged"),
    pytest.param("10", "2", "25 part, 10 of them free: 2 packages of 10", id="10 of 25 are free"),
    pytest.param("30", "0", "25 part, 25 of them free: 0 packages of 10", id="no more are free than there are"),
])  # fmt: skip
def test_packages_say_how_many_units_are_free(free: str, many: str, said: str) -> None:
    rule = {"kind": "package", "unit": "part", "size": "10", "package_price": "5", "free_units": free}

    (line,) = rated(rule, Usage(Decimal(25), "part"))

    assert (line.quantity, line.calculation) == (Decimal(many), said)


@pytest.mark.parametrize(("many", "lines"), [
    pytest.param("2", [("visit, covered", "2", "0")], id="all are covered, and no line says 0 others"),
    pytest.param("3", [("visit, covered", "2", "0"), ("visit", "1", "480")], id="one more"),
])  # fmt: skip
def test_two_visits_a_year_are_covered(many: str, lines: list[tuple[str, str, str]]) -> None:
    coverage = [{"service": "visit", "covered": "2", "unit_price": "480"}]
    usage = Usage(Decimal(many), "each", parts=(Part(Decimal(many), {"service": "visit"}),))

    billed = rated({"kind": "service_events", "coverage": coverage}, usage)

    assert [(line.label, str(line.quantity), str(line.unit_price)) for line in billed] == lines


class TestTheNumberOfAPart:
    """A correction finds a stored line by it: it stays what it was, in all releases."""

    def test_of_a_percentage_of_other_charges_is_0(self) -> None:
        lines = rated({"kind": "percentage_of", "percent": "5"}, Usage(amounts={"fee": Decimal(200)}))

        assert [(line.part, line.amount) for line in lines] == [(0, 10)]

    def test_of_a_discount_is_the_place_of_the_charge_and_a_thousand_more_for_each_other_nature(self) -> None:
        kinds = {Nature.CONSIDERATION: Rest(Decimal(100), Decimal(100)), Nature.DAMAGES: Rest(Decimal(50), Decimal(50))}
        amounts = {"first": Decimal(150), "second": Decimal(150)}
        usage = Usage(amounts=amounts, rests={"first": kinds, "second": kinds})

        lines = rated({"kind": "discount", "percent": "10"}, usage)

        assert [(line.part, line.amount) for line in lines] == [(0, -10), (1000, -5), (1, -10), (1001, -5)]
