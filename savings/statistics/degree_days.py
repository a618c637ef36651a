"""Degree-days by named definition: for each day, how many degrees its mean was below or above a base.

Source: CalTRACK 2.0, 3.3.4 (heating and cooling, of daily mean temperatures); VDI 4710 and VDI 2067 (G20/15: the
difference to 20 °C on days whose mean is below a heating limit of 15 °C).
"""

from __future__ import annotations

from decimal import Decimal
from enum import StrEnum
from typing import TYPE_CHECKING

from quantities.quantity import Magnitude
from quantities.terms import Terms
from savings.statistics.linear import Floats

if TYPE_CHECKING:
    import numpy as np
else:
    from savings.statistics.arrays import np


class Side(StrEnum):
    """Whether degrees below the base count (heating) or above it (cooling)."""

    HEATING = "heating"
    COOLING = "cooling"


class DegreeDays(Terms):
    """A definition of degree-days.

    Attributes:
        side: heating: ``max(0, base − T)``; cooling: ``max(0, T − base)``.
        base: the base temperature, in the unit of the temperature.
        limit: a day counts if its mean is beyond the limit; by default the limit is the base. G20/15 is heating with
            base 20 and limit 15.
    """

    side: Side
    base: Magnitude
    limit: Magnitude | None = None

    def of_day(self, mean: Decimal) -> Decimal:
        """The degree-days of one day, from its mean temperature."""
        difference = self.base - mean if self.side is Side.HEATING else mean - self.base
        if self.limit is not None:
            beyond = self.limit - mean if self.side is Side.HEATING else mean - self.limit
            return difference if beyond > 0 else Decimal(0)
        return max(Decimal(0), difference)


def heating(temperature: Floats, bases: Floats) -> Floats:
    """The heating degree-days of ``n`` days at ``g`` bases: ``n × g``, ``max(0, base − T)``."""
    below = bases - temperature[:, np.newaxis]
    return np.maximum(below, 0.0, out=below)


def cooling(temperature: Floats, bases: Floats) -> Floats:
    """The cooling degree-days of ``n`` days at ``g`` bases: ``n × g``, ``max(0, T − base)``."""
    above = temperature[:, np.newaxis] - bases
    return np.maximum(above, 0.0, out=above)
