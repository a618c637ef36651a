"""Per unit: every unit costs the same.

Clause: "Each machine-hour is charged at 68.50 EUR."
"""

from decimal import Decimal
from typing import Annotated, ClassVar, Literal

from pydantic import Field

from contracts.clause import Priced
from contracts.rated_line import RatedLine
from quantities.arithmetic import quotient
from quantities.document import WholeNumber
from quantities.money import Amount
from quantities.number import plain
from quantities.quantity import Magnitude
from quantities.rounding import Rounding


class PerUnit(Priced):
    """One price for every unit.

    Attributes:
        unit_price: for ``units`` of ``unit``, unrounded.
        units: the number of units that the price is for, such as 8 for a rental day of eight hours.
        places: to how many places the quantity over ``units`` is rounded, half away from zero; without it, not at all.
    """

    prices: ClassVar = ("unit_price",)

    kind: Literal["per_unit"] = "per_unit"
    arithmetic: Literal[1] = 1
    unit_price: Amount
    units: Annotated[Magnitude, Field(gt=0)] = Decimal(1)
    places: Annotated[WholeNumber, Field(ge=0, le=12)] | None = None

    def price(self, quantity: Decimal) -> tuple[RatedLine, ...]:
        """Price a quantity in ``unit``: one line, also for a quantity of zero."""
        if self.units == 1 and self.places is None:
            return (RatedLine(0, quantity, self.unit, self.unit_price),)
        many = quotient(quantity, self.units)
        if self.places is not None:
            many = Rounding.HALF_UP.to_places(many, self.places)
        label = f"of {plain(self.units)} {self.unit}" if self.units != 1 else ""
        calculation = f"{plain(quantity)} {self.unit} / {plain(self.units)} = {plain(many)}"
        return (RatedLine(0, many, "each" if label else self.unit, self.unit_price, label, calculation),)
