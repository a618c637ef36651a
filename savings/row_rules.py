"""The rules of a baseline's rows: their length, their drivers, and what a value of energy is.

A method that fits a baseline has them, and so has a baseline that was agreed on paper: a saving by either is measured
on the same rows.
"""

from abc import abstractmethod
from collections.abc import Mapping
from dataclasses import replace
from decimal import Decimal
from typing import Annotated, ClassVar, Literal

from pydantic import BeforeValidator

from quantities.arithmetic import added, quotient
from quantities.document import whole_number
from quantities.names import Name
from quantities.terms import Terms
from savings.energy_rules import EnergyRules, Fuel
from savings.operating_schedule import OperatingSchedule
from savings.rows import TEMPERATURE, DriverAggregation, Interval, Row
from savings.statistics.degree_days import DegreeDays


class RowRules(Terms):
    """What the rows of a baseline are, in its fit and in every saving by it.

    Attributes:
        drivers: the further drivers, and whether the value of a row is the mean or the sum of shorter intervals.
        modes: drivers that follow from a calendar: operating modes.
        degree_days: drivers that follow from the temperature, by named definition, in the temperature's unit.
        arithmetic: the number of the arithmetic; a change of the arithmetic gets a new number. Since 2, a baseline and
            its savings follow one rule for zeros, gaps and estimates, from files and from stored readings. By 1, a
            driver's sum over a billing period counted as its value on each of its days; balance points off the grid
            could leave the grid, and stop short of the least error; and ``nmecr``, an uncertainty, counted n/n′ twice.
        fuel: the metered fuel, by which a zero is one or was not measured; None: a zero is a zero.
    """

    needs_weather: ClassVar[bool] = True

    kind: str
    arithmetic: Annotated[Literal[1, 2], BeforeValidator(whole_number)] = 2
    fuel: Fuel | None = None
    drivers: Mapping[Name, DriverAggregation] = {}
    modes: Mapping[Name, OperatingSchedule] = {}
    degree_days: Mapping[Name, DegreeDays] = {}

    @property
    def names(self) -> list[str]:
        """The names of drivers, modes and degree-days, in the order of their coefficients."""
        return sorted({*self.drivers, *self.modes, *self.degree_days})

    @property
    def summed(self) -> tuple[str, ...]:
        """The drivers that are added up over a billing period: a unit of the sum counts once, and not on each day."""
        if self.rows is not Interval.BILLING or self.arithmetic == 1:
            return ()
        return tuple(sorted(name for name, how in self.drivers.items() if how is DriverAggregation.SUM))

    @property
    def takes_weather(self) -> bool:
        """True if the method needs the temperature."""
        return self.needs_weather or bool(self.degree_days)

    def with_degree_days(self, row: Row) -> Row:
        """The row with its degree-days a day as drivers; None if the temperature of one of its days is missing."""
        if not self.degree_days:
            return row
        derived: dict[str, Decimal | None] = {}
        for name, definition in self.degree_days.items():
            days = [None if mean is None else definition.of_day(mean) for mean in row.temperatures]
            known = [degree_days for degree_days in days if degree_days is not None]
            derived[name] = quotient(added(known), Decimal(len(days))) if days and len(known) == len(days) else None
        return replace(row, drivers={**row.drivers, **derived})

    def measured_of(self, needs: frozenset[str]) -> frozenset[str]:
        """The drivers that registers must measure: not those that follow from a calendar or the temperature.

        Args:
            needs: the drivers that a model predicts from.
        """
        derived = self.modes.keys() | self.degree_days.keys()
        return (needs - derived) | (frozenset({TEMPERATURE}) if self.degree_days else frozenset())

    @property
    @abstractmethod
    def rows(self) -> Interval:
        """The length of one row: an hour, a day or a billing period."""

    @property
    def degrees(self) -> str:
        """The unit of temperature of its settings and balance points."""
        return "degF"

    @property
    def drops_zeros(self) -> bool:
        """True if zero energy counts as a missing reading, as of electricity (CalTRACK 2.2.1.4 and 3.5.2)."""
        return self.fuel is Fuel.ELECTRICITY

    @property
    def energy_rules(self) -> EnergyRules:
        """What a value of energy is, in the fit and in every saving by it."""
        return EnergyRules(zero_is_missing=self.drops_zeros, by_hours=self.is_one_rule)

    @property
    def is_one_rule(self) -> bool:
        """True if stored readings become rows as those of files do: since arithmetic 2."""
        return self.arithmetic > 1
