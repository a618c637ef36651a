"""Option A, retrofit isolation: the key parameter is measured, everything else is stipulated.

Clause: "Each operating hour of the hall's lighting counts 41.5 kWh before and 16.2 kWh after the retrofit; the hours
are metered." Source: IPMVP Core Concepts, Option A.
"""

from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from quantities.arithmetic import added, product, quotient
from quantities.months import full_months
from quantities.names import UnitSymbol
from quantities.quantity import Magnitude
from savings.avoided import Avoided
from savings.finding import BaselineFinding
from savings.options.option import Option
from savings.rows import Interval, Row
from savings.statistics.plausibility import check_values

_HUNDRED, _MONTHS_A_YEAR = Decimal(100), 12


class KeyParameter(Option):
    """A measured parameter, and the stipulated energy for each unit of it.

    Attributes:
        registers: the registers that count the parameter: hours, parts, tonnes.
        parameter_unit: the unit of the parameter.
        before: energy for one unit of the parameter before the measure.
        after: energy for one unit of the parameter since the measure.
        energy_unit: the unit of both energies.
        degradation_percent: by how much the saving of a unit falls after each full year since ``since``, compounded.
        since: the first day of the measure's life.
        basis: how the stipulated energies were determined, and how exact they are.
        row: whether a row is an hour or a day.
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

    def unit_findings(self, rows: Avoided) -> Iterator[BaselineFinding]:
        """Whether the parameter is a counter's reads; what is expected of it is stipulated and tells nothing."""
        yield from check_values([counted.row for counted in rows.rows], self.rows, None)

    @property
    def rows(self) -> Interval:
        """As agreed in ``row``."""
        return self.row

    @property
    def unit(self) -> str:
        """The unit of the stipulated energies."""
        return self.energy_unit

    @property
    def counts_in(self) -> str:
        """The unit of the parameter."""
        return self.parameter_unit

    def expect(self, row: Row) -> Decimal:
        """The energy of the measured parameter at the stipulated ``before``, unrounded.

        After ``n`` full years the saving of a unit is ``(before − after) × (1 − degradation)^n``, added to ``after``.
        """
        saved_a_unit = self.before - self.after
        years = 0 if self.since is None else full_months(self.since, row.local.date()) // _MONTHS_A_YEAR
        for _ in range(years):
            saved_a_unit = quotient(product(saved_a_unit, _HUNDRED - self.degradation_percent), _HUNDRED)
        return product(row.energy or Decimal(0), added((self.after, saved_a_unit)))

    def measured(self, energy: Decimal) -> Decimal:
        """The energy of the measured parameter at the stipulated ``after``, unrounded."""
        return product(energy, self.after)
