"""Temperatures of a baseline, and what depends on them, in the degrees that are read at its place."""

from dataclasses import dataclass
from decimal import Decimal

from quantities.quantity import convert


@dataclass(frozen=True, slots=True)
class Degrees:
    """A scale of temperatures, shown as another.

    Attributes:
        stated: the unit of the data.
        shown: that of the place.
    """

    stated: str
    shown: str

    @property
    def converts(self) -> bool:
        """Whether the two differ."""
        return self.stated != self.shown

    @property
    def sign(self) -> str:
        """How the unit that is shown is written."""
        return {"degC": "°C", "degF": "°F"}.get(self.shown, self.shown)

    def temperature(self, stated: Decimal) -> Decimal:
        """A temperature on the scale that is shown."""
        return convert(stated, self.stated, self.shown)

    def slope(self, stated: Decimal) -> Decimal:
        """An energy for each degree of the scale that is shown."""
        in_stated = convert(Decimal(1), self.shown, self.stated) - convert(Decimal(0), self.shown, self.stated)
        return stated * in_stated

    def intercept(self, stated: Decimal, slope: Decimal) -> Decimal:
        """The energy at zero of the scale that is shown.

        Args:
            stated: at zero of the scale of the data.
            slope: the energy for each degree of that scale.
        """
        return stated + slope * convert(Decimal(0), self.shown, self.stated)
