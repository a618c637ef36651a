"""What a value of a meter is: measured, a zero, an estimate, or missing. One rule, for a baseline and for its savings.

CalTRACK 2.0: "Values of 0 are considered missing for electricity data, but not gas data" (2.2.1.4 for the baseline, and
again in 3.5.2 for the reporting period). A day of which at least half is measured is filled by the mean of what is
measured, another one is missing (2.2.2.1). Both sides of a saving follow the same rule, so that a gap saves nothing.

An estimate is energy on both sides: the next read makes up for what it was wrong by, and what was used is counted once.
Whether there is enough data for a baseline is another question: there it counts as missing (2.2.3.1).
"""

from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum


class Fuel(StrEnum):
    """The metered fuel: cooling uses electricity only, and only a gas meter may read zero."""

    ELECTRICITY = "electricity"
    GAS = "gas"


class EnergyBasis(StrEnum):
    """What the energy of a row rests on.

    ``measured``: every value of it. ``zero``: every value, and they are zero. ``estimated``: at least half of its time
    is measured, and the rest is filled by the mean of that; or some values are estimates. ``missing``: less than that.
    """

    MEASURED = "measured"
    ZERO = "zero"
    ESTIMATED = "estimated"
    MISSING = "missing"


@dataclass(frozen=True, slots=True)
class EnergyRules:
    """How the values of a meter become the energy of rows.

    Attributes:
        zero_is_missing: whether a value of zero was not measured, as of electricity.
        by_hours: whether values of less than an hour are added up to hours first: a quarter of an hour that uses less
            than the smallest step of its meter reads zero, and nothing is wrong with it.
    """

    zero_is_missing: bool = False
    by_hours: bool = True

    def value(self, energy: Decimal | None) -> Decimal | None:
        """The value as it counts: None where it is missing, or a zero that was not measured."""
        return None if self.zero_is_missing and energy == 0 else energy

    def basis(self, energy: Decimal | None, *, is_estimated: bool = False) -> EnergyBasis:
        """What an energy rests on, of which some was filled or estimated, or none."""
        if self.value(energy) is None:
            return EnergyBasis.MISSING
        if is_estimated:
            return EnergyBasis.ESTIMATED
        return EnergyBasis.MEASURED if energy else EnergyBasis.ZERO
