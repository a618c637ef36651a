"""Factors: what saved energy is in tonnes of coal equivalent or of carbon dioxide, each dated and with its source.

Source: GB/T 2589-2020 for coal equivalents (0.1229 kgce a kWh, 29.3076 MJ a kgce); a grid's own publication for carbon.
"""

from collections.abc import Iterable, Mapping
from datetime import date
from decimal import Decimal
from typing import Annotated

from pydantic import Field

from quantities.arithmetic import added, product
from quantities.names import Name, UnitSymbol
from quantities.quantity import Magnitude, convert
from quantities.terms import Terms


class EnergyFactor(Terms):
    """So much of something for each unit of energy, from a day on.

    Attributes:
        name: as in ``tce`` or ``CO2``; factors of one name follow on each other in time.
        per: the unit of energy.
        value: of ``unit`` for each.
        unit: as in kg or t.
        first: the first day that it is for.
        source: where it is published.
    """

    name: Name
    per: UnitSymbol
    value: Annotated[Magnitude, Field(ge=0)]
    unit: UnitSymbol
    first: date
    source: Annotated[str, Field(min_length=1)]


def amounts(
    factors: Iterable[EnergyFactor], by_month: Mapping[str, Decimal], unit: str
) -> dict[str, dict[str, object]]:
    """Multiply each month's energy by the factor of its first day.

    Args:
        factors: in any order.
        by_month: energy, by month as in 2026-03.
        unit: of the energy.

    Returns:
        By name: the amount, its unit, and the factors that were used; months before the first factor are left out and
        counted.
    """
    found: dict[str, dict[str, object]] = {}
    named: dict[str, list[EnergyFactor]] = {}
    for factor in sorted(factors, key=lambda each: each.first):
        named.setdefault(factor.name, []).append(factor)
    for name, of_name in named.items():
        parts, used, without = list[Decimal](), dict[EnergyFactor, None](), 0
        for month, energy in sorted(by_month.items()):
            valid = [each for each in of_name if each.first <= date.fromisoformat(f"{month}-01")]
            if not valid:
                without += 1
                continue
            parts.append(product(convert(energy, unit, valid[-1].per), valid[-1].value))
            used[valid[-1]] = None
        found[name] = {
            "amount": added(parts),
            "unit": of_name[0].unit,
            "factors": [each.model_dump(mode="json") for each in used],
            "months_without": without,
        }
    return found
