"""Package price: use is billed in packages, and a package that is begun counts in full.

Clause: "The first 100 tests of a month are free; further ones come in packages of 100 at 5 EUR each."
"""

from decimal import ROUND_CEILING, ROUND_FLOOR, ROUND_HALF_UP, Decimal, localcontext
from enum import StrEnum
from typing import Annotated, ClassVar, Literal

from pydantic import Field

from contracts.clause import Priced
from contracts.rated_line import RatedLine
from quantities.arithmetic import quotient
from quantities.document import YesOrNo
from quantities.money import Amount
from quantities.number import ARITHMETIC_DIGITS, plain, trimmed
from quantities.quantity import Magnitude


class Begun(StrEnum):
    """How the number of packages is rounded."""

    UP = "up"
    DOWN = "down"
    HALF_UP = "half_up"


_MODES = {Begun.UP: ROUND_CEILING, Begun.DOWN: ROUND_FLOOR, Begun.HALF_UP: ROUND_HALF_UP}


class Package(Priced):
    """A price per package.

    Attributes:
        size: the number of units of a package.
        package_price: of a package.
        free_units: how many units of the window cost nothing.
        begun: how the number of packages is rounded.
        round_first: whether what is used is rounded to packages before what is free is taken off; a part of a package
            may be left then.
    """

    prices: ClassVar = ("package_price",)

    kind: Literal["package"] = "package"
    arithmetic: Literal[1] = 1
    size: Annotated[Magnitude, Field(gt=0)]
    package_price: Amount
    free_units: Annotated[Magnitude, Field(ge=0)] = Decimal(0)
    begun: Begun = Begun.UP
    round_first: Annotated[YesOrNo, Field(exclude_if=lambda first: not first)] = False

    def price(self, quantity: Decimal) -> tuple[RatedLine, ...]:
        """Price a quantity in ``unit``: one line, whose quantity is the number of packages."""
        if self.round_first:
            packages, calculation = self._rounded_first(quantity)
        else:
            packages = self._whole(max(Decimal(0), quantity - self.free_units))
            free = f", {plain(min(quantity, self.free_units))} of them free" if self.free_units else ""
            calculation = f"{plain(quantity)} {self.unit}{free}: {plain(packages)} packages of {plain(self.size)}"
        label = f"packages of {plain(self.size)} {self.unit}"
        return (RatedLine(0, packages, "each", self.package_price, label, calculation),)

    def _whole(self, quantity: Decimal) -> Decimal:
        """Count the packages of a quantity: whole ones."""
        with localcontext(prec=ARITHMETIC_DIGITS):
            return (quantity / self.size).to_integral_value(_MODES[self.begun])

    def _rounded_first(self, quantity: Decimal) -> tuple[Decimal, str]:
        """Count packages, and take what is free off them: how many are left, and how that comes about."""
        whole, free = self._whole(quantity), quotient(self.free_units, self.size)
        packages = max(Decimal(0), trimmed(whole - free))
        counted = f"{plain(quantity)} {self.unit}: {plain(whole)} packages of {plain(self.size)}"
        return packages, f"{counted}, {plain(min(whole, free))} of them free" if self.free_units else counted
