"""Option A, retrofit isolation: the key parameter is measured, all else is stipulated.

Clause: "Each operating hour of the hall's lighting counts 41.5 kWh before and 16.2 kWh after the retrofit; the hours
are metered." Source: IPMVP Core Concepts, Option A.
"""

from datetime import date
from decimal import Decimal
from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from quantities.arithmetic import added, product, quotient
from quantities.months import full_months
from quantities.names import UnitSymbol
from quantities.quantity import Magnitude
from savings.options.option import Option
from savings.rows import Interval, Row

_HUNDRED, _MONTHS_A_YEAR = Decimal(100), 12


class KeyParameter(Option):
    """A measured parameter, and stipulated energies a unit of it.

    Attributes:
        registers: that count the parameter: hours, parts, tonnes.
        parameter_unit: of the stipulated energies' divisor.
        before: energy a unit of it before the measure.
        after: energy a unit of it since.
        energy_unit: of both.
        degradation_percent: by which the saving of a unit is stipulated to fall each full year since ``since``.
        since: the first day of the measure's life.
        basis: how the stipulated terms were found, and what they may be off.
        row: how often it is told.
    """

    kind: Literal["key_parameter"] = "key_parameter"
    parameter_unit: UnitSymbol
    before: Annotated[Magnitude, Field(ge=0)]
    after: Annotated[Magnitude, Field(ge=0)]
    energy_unit: UnitSymbol
    degradation_percent: Annotated[Magnitude, Field(ge=0, lt=100)] = Decimal(0)
    since: date | None = None
    basis: Annotated[str, Field(min_length=1)]
    row: Literal[Interval.HOUR, Interval.DAY] = Interval.DAY

    @model_validator(mode="after")
    def _falls_since_a_day(self) -> Self:
        if bool(self.degradation_percent) is not (self.since is not None):
            raise ValueError("what falls each year falls since a day: name both or none")
        return self

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
        """What the parameter would have taken before the measure, as far as the saving is not stipulated to fall."""
        saved = self.before - self.after
        years = 0 if self.since is None else full_months(self.since, row.local.date()) // _MONTHS_A_YEAR
        for _ in range(years):
            saved = quotient(product(saved, _HUNDRED - self.degradation_percent), _HUNDRED)
        return product(row.energy or Decimal(0), added((self.after, saved)))

    def measured(self, energy: Decimal) -> Decimal:
        """What it takes since."""
        return product(energy, self.after)
