"""Option A, retrofit isolation: the key parameter is measured, all else is stipulated.

Clause: "Each operating hour of the hall's lighting counts 41.5 kWh before and 16.2 kWh after the retrofit; the hours
are metered." Source: IPMVP Core Concepts, Option A.
"""

from decimal import Decimal
from typing import Annotated, Literal

from pydantic import Field

from contracts.arithmetic import product
from contracts.mv.option import Option
from contracts.mv.rows import Row
from contracts.mv.uncertainty import Interval
from metering.meter import UnitSymbol
from metering.quantity import Magnitude


class KeyParameter(Option):
    """A measured parameter, and stipulated energies a unit of it.

    Attributes:
        registers: that count the parameter: hours, parts, tonnes.
        parameter_unit: of the stipulated energies' divisor.
        before: energy a unit of it before the measure.
        after: energy a unit of it since.
        energy_unit: of both.
        basis: how the stipulated terms were found, and what they may be off.
        row: how often it is told.
    """

    kind: Literal["key_parameter"] = "key_parameter"
    parameter_unit: UnitSymbol
    before: Annotated[Magnitude, Field(ge=0)]
    after: Annotated[Magnitude, Field(ge=0)]
    energy_unit: UnitSymbol
    basis: Annotated[str, Field(min_length=1)]
    row: Literal[Interval.HOUR, Interval.DAY] = Interval.DAY

    @property
    def rows(self) -> Interval:
        """As it says."""
        return self.row

    @property
    def unit(self) -> str:
        """Of the stipulated energies."""
        return self.energy_unit

    @property
    def counts_in(self) -> str:
        """Of the parameter."""
        return self.parameter_unit

    def expect(self, row: Row) -> Decimal:
        """What the parameter would have taken before the measure."""
        return product(row.energy or Decimal(0), self.before)

    def measured(self, energy: Decimal) -> Decimal:
        """What it takes since."""
        return product(energy, self.after)
