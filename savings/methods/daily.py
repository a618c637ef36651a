"""Time of week and temperature (TOWT) for days: a level for each day of the week, and energy a degree in bins."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal
from itertools import pairwise
from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from quantities.document import WholeNumber
from quantities.names import UnitSymbol
from quantities.quantity import Magnitude
from savings.methods.time_of_week import fit_week
from savings.rows import Interval, Row
from savings.statistics import towt
from savings.statistics.fitting import FitOutcome, Fitting


class TowtDaily(Fitting):
    """Time of week and temperature (TOWT) for days: a level for each day of the week, and energy a degree in bins.

    Operating schedules (``modes``) and further drivers are linear terms besides: a school's holidays, a shift's output.

    Attributes:
        segments: how the year is divided among models.
        bounds: the bounds between temperature bins, rising; without any, as many days are in each of the bins.
        bins: how many bins there are where no bounds are stated.
        fewest_days: a temperature bin with fewer days is joined with its neighbour.
        occupied_above: a day of the week is occupied, and has slopes of its own, if a model of degree-days alone
            predicts less than the measured energy on more than this fraction of its days.
        heating_base: the base of that model's heating degree-days.
        cooling_base: the base of that model's cooling degree-days.
        unit: the unit of temperature, bounds and bases.

    Source: Mathieu, Price, Kiliccote and Piette 2011 (LBNL), by days and with the bins of nmecr 1.0.17.
    """

    kind: Literal["towt_daily"] = "towt_daily"
    segments: towt.Segments = towt.Segments.YEAR
    bounds: Annotated[tuple[Magnitude, ...], Field(max_length=24)] | None = None
    bins: Annotated[WholeNumber, Field(ge=1, le=25)] = 6
    fewest_days: Annotated[WholeNumber, Field(ge=1)] = 20
    occupied_above: Annotated[Magnitude, Field(ge=0, le=1)] = Decimal("0.65")
    heating_base: Magnitude = Decimal(50)
    cooling_base: Magnitude = Decimal(65)
    unit: UnitSymbol = "degF"

    @model_validator(mode="after")
    def _bounds_rise(self) -> Self:
        if any(not low < high for low, high in pairwise(self.bounds or ())):
            raise ValueError("bounds between bins of temperature rise")
        return self

    @property
    def sums_to_zero(self) -> bool:
        """True unless a month is fitted together with its neighbours, whose residuals it does not predict."""
        return self.segments is not towt.Segments.THREE_MONTH_WEIGHTED

    @property
    def rows(self) -> Interval:
        """Local days."""
        return Interval.DAY

    @property
    def degrees(self) -> str:
        """The unit of temperature, as set in ``unit``."""
        return self.unit

    def fit(self, rows: Sequence[Row]) -> FitOutcome:
        """Fit a model for each segment of the year."""
        rules = towt.WeekRules(
            bounds=tuple(map(float, self.bounds_of(rows))),
            fewest_hours=self.fewest_days,
            occupied_above=float(self.occupied_above),
            heating_base=float(self.heating_base),
            cooling_base=float(self.cooling_base),
            segments=self.segments,
            slots=towt.DAYS_OF_WEEK,
        )
        return fit_week(rows, self.names, rules, datetime.weekday)

    def bounds_of(self, rows: Sequence[Row]) -> tuple[Decimal, ...]:
        """The bounds that are stated, or those with as many days between them.

        Of ``n`` days in ``k`` bins these are the temperatures number ⌊n·1/k⌋, ⌊n·2/k⌋ … in rising order, equal ones
        once.
        """
        if self.bounds is not None:
            return self.bounds
        rising = sorted(row.temperatures[0] or Decimal(0) for row in rows)
        places = (len(rising) * number // self.bins for number in range(1, self.bins))
        return tuple(dict.fromkeys(rising[place - 1] for place in places if place))
