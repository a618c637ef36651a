"""Factors that convert saved energy to coal equivalent or carbon dioxide, each with its date and source.

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
    """An amount of coal or carbon for each unit of energy, valid from a day on.

    Attributes:
        name: as in ``tce`` or ``CO2``; a later factor of the same name replaces the earlier one.
        per: the unit of energy that the value is for, as in kWh.
        value: how many ``unit`` for one ``per``.
        unit: the unit of the amount, as in kg or t.
        first: the first day that it applies to.
        source: where it is published.
    """

    name: Name
    per: UnitSymbol
    value: Annotated[Magnitude, Field(ge=0)]
    unit: UnitSymbol
    first: date
    source: Annotated[str, Field(min_length=1)]


def factor_amounts(
    factors: Iterable[EnergyFactor], by_month: Mapping[str, Decimal], unit: str
) -> dict[str, dict[str, object]]:
    """Multiply each month's energy by the factor that is valid on the month's first day.

    Args:
        factors: in any order.
        by_month: the energy by month, as in 2026-03.
        unit: the unit of the energy.

    Returns:
        By the factors' name: ``amount`` (unrounded), its ``unit``, the ``factors`` that were used, and in
        ``months_without`` how many months are left out because they begin before the first factor.
    """
    amounts: dict[str, dict[str, object]] = {}
    by_name: dict[str, list[EnergyFactor]] = {}
    for factor in sorted(factors, key=lambda factor: factor.first):
        by_name.setdefault(factor.name, []).append(factor)
    for name, of_name in by_name.items():
        parts, used, without = list[Decimal](), dict[EnergyFactor, None](), 0
        for month, energy in sorted(by_month.items()):
            valid = [factor for factor in of_name if factor.first <= date.fromisoformat(f"{month}-01")]
            if not valid:
                without += 1
                continue
            parts.append(product(convert(energy, unit, valid[-1].per), valid[-1].value))
            used[valid[-1]] = None
        amounts[name] = {
            "amount": added(parts),
            "unit": of_name[0].unit,
            "factors": [factor.model_dump(mode="json") for factor in used],
            "months_without": without,
        }
    return amounts
