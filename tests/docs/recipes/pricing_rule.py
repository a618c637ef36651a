"""Toll: every unit costs the same, and it is called a toll.

Clause: "Each kilometre is charged at 0.10 EUR."
"""

from decimal import Decimal
from typing import ClassVar, Literal

from contracts.clause import Priced
from contracts.rated_line import RatedLine
from quantities.money import Amount


class Toll(Priced):
    """One price for every unit.

    Attributes:
        unit_price: for one of ``unit``, unrounded.
    """

    prices: ClassVar = ("unit_price",)

    kind: Literal["toll"] = "toll"
    arithmetic: Literal[1] = 1
    unit_price: Amount

    def price(self, quantity: Decimal) -> tuple[RatedLine, ...]:
        """Price a quantity in ``unit``: one line."""
        return (RatedLine(0, quantity, self.unit, self.unit_price),)
