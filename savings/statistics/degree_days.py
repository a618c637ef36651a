"""Degree-days by named definition: how much colder or warmer than a base it was, in degrees, day by day.

Source: CalTRACK 2.0, 3.3.4 (heating and cooling, of daily mean temperatures); VDI 4710 and VDI 2067 (G20/15: the
difference to 20 °C on days whose mean is below a heating limit of 15 °C).
"""

from decimal import Decimal
from enum import StrEnum

import numpy as np

from quantities.quantity import Magnitude
from quantities.terms import Terms
from savings.statistics.linear import Floats


class Side(StrEnum):
    """Which side of the base counts."""

    HEATING = "heating"
    COOLING = "cooling"


class DegreeDays(Terms):
    """A definition of degree-days.

    Attributes:
        side: heating: ``max(0, base − T)``; cooling: ``max(0, T − base)``.
        base: in the unit of the temperature.
        limit: days count whose mean is beyond it; the base, unless it is said. G20/15 is heating of base 20, limit 15.
    """

    side: Side
    base: Magnitude
    limit: Magnitude | None = None

    def of(self, mean: Decimal) -> Decimal:
        """Say how many degree-days a day of a mean temperature has."""
        off = self.base - mean if self.side is Side.HEATING else mean - self.base
        if self.limit is not None:
            beyond = self.limit - mean if self.side is Side.HEATING else mean - self.limit
            return off if beyond > 0 else Decimal(0)
        return max(Decimal(0), off)


def heating(temperature: Floats, bases: Floats) -> Floats:
    """Find the heating degree-days of ``n`` days at ``g`` bases: ``n × g``, ``max(0, base − T)``."""
    return np.maximum(bases - temperature[:, np.newaxis], 0.0)


def cooling(temperature: Floats, bases: Floats) -> Floats:
    """Find the cooling degree-days of ``n`` days at ``g`` bases: ``n × g``, ``max(0, T − base)``."""
    return np.maximum(temperature[:, np.newaxis] - bases, 0.0)
