"""Overtime: use beyond the quantity that a fee includes, at a rate derived from the fee.

Clause: "6,000 USD a month include 176 hours; two months are pooled, and each further hour is charged at fee / 176."
"""

from decimal import Decimal
from typing import Annotated, ClassVar, Literal

from pydantic import Field

from contracts.clause import Priced
from contracts.rated_line import RatedLine
from quantities.arithmetic import product, quotient
from quantities.document import WholeNumber
from quantities.money import Amount
from quantities.number import plain, trimmed
from quantities.quantity import Magnitude
from quantities.rounding import Rounding


class Overtime(Priced):
    """A price for every unit above the included ones: the fee divided by the units that the fee is for.

    Attributes:
        fee: from which the rate is derived; a charge of its own bills it.
        fee_is_for: the number of units that the fee is for.
        included: how many units of the window cost nothing; without it, ``fee_is_for``.
        factor: multiplied with the rate.
        rate_places: to how many places the rate is rounded, half away from zero, before it is multiplied; without it,
            not at all. 6000 / 176 × 13 is 443.18, and 443.17 where the rate is first rounded to 34.09.
    """

    prices: ClassVar = ("fee",)

    kind: Literal["overtime"] = "overtime"
    arithmetic: Literal[1] = 1
    fee: Annotated[Amount, Field(ge=0)]
    fee_is_for: Annotated[Magnitude, Field(gt=0)]
    included: Annotated[Magnitude, Field(ge=0)] | None = None
    factor: Annotated[Magnitude, Field(gt=0)] = Decimal(1)
    rate_places: Annotated[WholeNumber, Field(ge=0, le=12)] | None = None

    @property
    def rate_per_unit(self) -> Decimal:
        """The price of a unit above the included ones."""
        rate = quotient(product(self.fee, self.factor), self.fee_is_for)
        return rate if self.rate_places is None else Rounding.HALF_UP.to_places(rate, self.rate_places)

    def price(self, quantity: Decimal) -> tuple[RatedLine, ...]:
        """Price a quantity in ``unit``: one line, whose quantity is above the included units."""
        included = self.fee_is_for if self.included is None else self.included
        above = max(Decimal(0), quantity - included)
        by = "" if self.factor == 1 else f" × {plain(self.factor)}"
        calculation = (
            f"{plain(trimmed(quantity))} {self.unit} - {plain(included)} included = {plain(trimmed(above))}; "
            f"{plain(self.fee)} / {plain(self.fee_is_for)}{by} = {plain(self.rate_per_unit)}"
        )
        return (RatedLine(0, trimmed(above), self.unit, self.rate_per_unit, "overtime", calculation),)
