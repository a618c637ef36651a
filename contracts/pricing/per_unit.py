"""Per unit: every unit costs the same.

Clause: "Each machine-hour is charged at 68.50 EUR."
"""

from typing import Literal

from contracts.clause import RatedLine, Rule, Usage, in_unit
from contracts.money import Amount
from metering.meter import UnitSymbol


class PerUnit(Rule):
    """So much a unit."""

    kind: Literal["per_unit"] = "per_unit"
    arithmetic: Literal[1] = 1
    unit: UnitSymbol
    unit_price: Amount

    def rate(self, usage: Usage) -> tuple[RatedLine, ...]:
        """Rate the use of one billing period.

        Args:
            usage: in any unit of the kind of ``unit``.

        Returns:
            One line, also for no use, in ``unit``.

        Raises:
            IncompatibleUnit: ``usage`` is of another kind.
            NegativeUse: there is less than none to rate.
        """
        return (RatedLine(0, in_unit(usage, self.unit), self.unit, self.unit_price),)
