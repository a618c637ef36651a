"""Refusals of contracts that no request brings about at will."""

from collections.abc import Callable, Mapping
from datetime import date
from decimal import Decimal

from contracts.formula import evaluate
from contracts.joined import Carrier
from tests.api.problem_pages.house import House

MOST = Decimal("9" * 24)
GAS = Carrier.model_validate(
    {
        "saving": "gas",
        "factors": [{"value": "0.2", "unit": "kg", "per": "kWh", "first": "2026-01-01", "source": "the ministry"}],
    }
)

OF_CONTRACTS: Mapping[str, Callable[[House], object]] = {
    "division-by-nothing": lambda house: evaluate(
        "heat / air", {"heat": (Decimal(5), "kWh"), "air": (Decimal(0), "m3")}, "kWh/m3"
    ),
    "factor-missing": lambda house: GAS.chain(date(2025, 12, 31)),
    "formula-too-large": lambda house: evaluate(
        "heat / 0.000000000001 / 0.000000000001", {"heat": (MOST, "kWh")}, "kWh"
    ),
    "formula-units": lambda house: evaluate(
        "heat + air", {"heat": (Decimal(5), "kWh"), "air": (Decimal(2), "m3")}, "kWh"
    ),
}
