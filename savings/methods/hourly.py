"""Time of week and temperature, by hours: CalTRACK 2.0's hourly method, each of its numbers a setting."""

from collections.abc import Sequence
from decimal import Decimal
from itertools import pairwise
from typing import Annotated, Literal, Self

import numpy as np
from pydantic import Field, model_validator

from quantities.document import WholeNumber
from quantities.names import UnitSymbol
from quantities.quantity import Magnitude
from savings.finding import disqualified
from savings.model import Week
from savings.rows import Interval, Row, slot_of_week
from savings.statistics import towt
from savings.statistics.fitting import FitOutcome, Fitting, drivers_of, energy_of
from savings.statistics.goodness import figures


class CaltrackHourly(Fitting):
    """Time of week and temperature, by hours: CalTRACK 2.0's hourly method, each of its numbers a setting.

    Attributes:
        segments: of the year.
        bounds: between stretches of temperature.
        fewest_hours: a stretch of fewer joins its neighbour.
        occupied_above: the share of hours that degree-days fall short of, above which an hour of the week is occupied.
        heating_base: of those degree-days.
        cooling_base: of those degree-days.
        unit: of temperature and of all these.
    """

    kind: Literal["caltrack_hourly"] = "caltrack_hourly"
    segments: towt.Segments = towt.Segments.THREE_MONTH_WEIGHTED
    bounds: Annotated[tuple[Magnitude, ...], Field(max_length=24)] = tuple(map(Decimal, (30, 45, 55, 65, 75, 90)))
    fewest_hours: Annotated[WholeNumber, Field(ge=1)] = 20
    occupied_above: Annotated[Magnitude, Field(ge=0, le=1)] = Decimal("0.65")
    heating_base: Magnitude = Decimal(50)
    cooling_base: Magnitude = Decimal(65)
    unit: UnitSymbol = "degF"

    @model_validator(mode="after")
    def _bounds_rise(self) -> Self:
        if any(not low < high for low, high in pairwise(self.bounds)):
            raise ValueError("bounds between stretches of temperature rise")
        return self

    @property
    def rows(self) -> Interval:
        """Hours of the local clock."""
        return Interval.HOUR

    @property
    def degrees(self) -> str:
        """As it says."""
        return self.unit

    def fit(self, rows: Sequence[Row]) -> FitOutcome:
        """Fit each segment."""
        names = self.names
        hours = towt.HourlyRows(
            np.array([float(row.temperatures[0] or 0) for row in rows], dtype=np.float64),
            np.array([slot_of_week(row.local) for row in rows], dtype=np.int64),
            np.array([row.local.month for row in rows], dtype=np.int64),
            drivers_of(rows, names),
        )
        energy = energy_of(rows)
        found = towt.fit(
            hours,
            energy,
            towt.WeekRules(
                tuple(map(float, self.bounds)),
                self.fewest_hours,
                float(self.occupied_above),
                float(self.heating_base),
                float(self.cooling_base),
                self.segments,
            ),
        )
        modelled = found.predict(hours)
        unseen = sum(level is None for segment in found.segments for level in segment.level)
        findings = [disqualified("unseen_hours", "hours of the week were never measured", unseen, 0)] if unseen else []
        residuals = tuple(float(each) for each in energy - modelled)
        fit_figures = figures(energy, modelled, found.parameters)
        return FitOutcome(Week.of(found), fit_figures, None, residuals, tuple(findings))
