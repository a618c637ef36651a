"""Time of week and temperature (TOWT) for hours: CalTRACK 2.0's hourly method, with its numbers as settings."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from itertools import pairwise
from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from quantities.document import WholeNumber
from quantities.names import UnitSymbol
from quantities.quantity import Magnitude
from savings.energy_rules import Fuel
from savings.methods.time_of_week import fit_week
from savings.rows import Interval, Row, slot_of_week
from savings.statistics import towt
from savings.statistics.fitting import FitOutcome, Fitting


class CaltrackHourly(Fitting):
    """Time of week and temperature (TOWT) for hours: CalTRACK 2.0's hourly method, with its numbers as settings.

    Attributes:
        segments: how the year is divided among models.
        bounds: the bounds between temperature bins, rising.
        fewest_hours: a temperature bin with fewer hours is joined with its neighbour.
        occupied_above: an hour of the week is occupied if a model of degree-days alone predicts less than the measured
            energy in more than this fraction of its hours.
        heating_base: the base of that model's heating degree-days.
        cooling_base: the base of that model's cooling degree-days.
        unit: the unit of temperature, bounds and bases.
        fuel: for electricity, zeros are missing values; by arithmetic 1 they are not.
    """

    kind: Literal["caltrack_hourly"] = "caltrack_hourly"
    segments: towt.Segments = towt.Segments.THREE_MONTH_WEIGHTED
    bounds: Annotated[tuple[Magnitude, ...], Field(max_length=24)] = tuple(map(Decimal, (30, 45, 55, 65, 75, 90)))
    fewest_hours: Annotated[WholeNumber, Field(ge=1)] = 20
    occupied_above: Annotated[Magnitude, Field(ge=0, le=1)] = Decimal("0.65")
    heating_base: Magnitude = Decimal(50)
    cooling_base: Magnitude = Decimal(65)
    unit: UnitSymbol = "degF"
    fuel: Fuel = Fuel.ELECTRICITY

    @model_validator(mode="after")
    def _bounds_rise(self) -> Self:
        if any(not low < high for low, high in pairwise(self.bounds)):
            raise ValueError("bounds between stretches of temperature rise")
        return self

    @property
    def rows(self) -> Interval:
        """Hours on the local clock."""
        return Interval.HOUR

    @property
    def degrees(self) -> str:
        """The unit of temperature, as set in ``unit``."""
        return self.unit

    @property
    def drops_zeros(self) -> bool:
        """True for electricity (CalTRACK 2.2.1.4), since arithmetic 2."""
        return self.fuel is Fuel.ELECTRICITY and self.is_one_rule

    @property
    def sums_to_zero(self) -> bool:
        """True unless a month is fitted together with its neighbours, whose residuals it does not predict."""
        return self.segments is not towt.Segments.THREE_MONTH_WEIGHTED

    def fit(self, rows: Sequence[Row]) -> FitOutcome:
        """Fit a model for each segment of the year."""
        rules = towt.WeekRules(
            bounds=tuple(map(float, self.bounds)),
            fewest_hours=self.fewest_hours,
            occupied_above=float(self.occupied_above),
            heating_base=float(self.heating_base),
            cooling_base=float(self.cooling_base),
            segments=self.segments,
        )
        return fit_week(rows, self.names, rules, slot_of_week)
