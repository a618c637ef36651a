"""Factors: energy in tonnes of coal equivalent or carbon, by the factor of each month's first day."""

from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from quantities.document import FaultyDocument, parse
from quantities.errors import Invalid
from savings.factor import EnergyFactor, factor_amounts


def factor(value: str, first: str = "2026-01-01", name: str = "CO2", per: str = "MWh", unit: str = "t") -> EnergyFactor:
    terms = {"name": name, "per": per, "value": value, "unit": unit, "first": first, "source": "a grid's publication"}
    return parse(EnergyFactor, terms)


@pytest.mark.parametrize(
    ("factors", "by_month", "amount", "without"),
    [
        pytest.param([factor("0.5")], {"2026-01": "2000", "2026-02": "1000"}, "1.5", 0, id="3 MWh · 0.5"),
        pytest.param(
            [factor("0.4", "2026-02-01"), factor("0.5")],
            {"2026-01": "2000", "2026-02": "1000"},
            "1.4",
            0,
            id="2 · 0.5 + 1 · 0.4, in any order",
        ),
        pytest.param(
            [factor("0.5"), factor("0.4", "2026-01-02")], {"2026-01": "2000"}, "1.0", 0, id="of the month's first day"
        ),
        pytest.param(
            [factor("0.5", "2026-02-01")], {"2026-01": "2000", "2026-02": "1000"}, "0.5", 1, id="a month before it"
        ),
        pytest.param([factor("0.5")], {"2026-01": "-2000"}, "-1", 0, id="a loss"),
        pytest.param([factor("0.5")], {}, "0", 0, id="nothing"),
    ],
)
def test_by_hand(factors: list[EnergyFactor], by_month: dict[str, str], amount: str, without: int) -> None:
    amounts = factor_amounts(factors, {month: Decimal(energy) for month, energy in by_month.items()}, "kWh")
    assert amounts["CO2"]["amount"] == Decimal(amount)
    assert (amounts["CO2"]["unit"], amounts["CO2"]["months_without"]) == ("t", without)


def test_each_name_by_itself_with_the_factors_that_were_used() -> None:
    """GB/T 2589-2020: 0.1229 kgce a kWh."""
    coal, unused = factor("0.1229", name="tce", per="kWh", unit="kg"), factor("9", "2027-01-01", "tce", "kWh", "kg")
    amounts = factor_amounts([unused, coal, factor("0.5")], {"2026-01": Decimal(1000)}, "kWh")
    assert amounts["tce"]["amount"] == Decimal("122.9")
    used: Any = amounts["tce"]["factors"]
    assert [date.fromisoformat(entry["first"]) for entry in used] == [date(2026, 1, 1)]
    assert amounts["CO2"]["amount"] == Decimal("0.5")


def test_another_dimension_is_refused() -> None:
    with pytest.raises(Invalid):
        factor_amounts([factor("0.5")], {"2026-01": Decimal(1)}, "m3")


def test_a_factor_has_a_source() -> None:
    with pytest.raises(FaultyDocument):
        parse(EnergyFactor, {**factor("1").model_dump(mode="json"), "source": ""})
    with pytest.raises(FaultyDocument):
        factor("-0.1")
