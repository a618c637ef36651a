"""A change-point model of one form, with the balance points of the least error."""

from collections.abc import Sequence
from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from quantities.document import YesOrNo
from quantities.names import UnitSymbol
from quantities.quantity import Magnitude
from savings.rows import Interval, Row
from savings.statistics import grid
from savings.statistics.change_point import Form
from savings.statistics.fitting import FitOutcome, Fitting, fit_linear
from savings.statistics.optimum import fit_optimal
from savings.statistics.refine import fit_refined

#: The most steps of a grid: pairs of balance points are tried, so the work grows with its square.
_BASES_MAX = 240


class ChangePoint(Fitting):
    """A change-point model of one form, with the balance points of the least error on a grid.

    Attributes:
        form: 2P, 3PH, 3PC, 4P or 5P.
        row: whether a row is a day or a billing period.
        unit: the unit of temperature and balance points.
        first: the lowest balance point tried; by default 30 °F or 0 °C.
        last: the highest balance point tried; by default 90 °F or 32 °C.
        step: the distance of two balance points; by default 1 °F or 0.5 °C.
        polish: whether the balance points are then moved off the grid to the least error.
        any_slope: whether a slope on degree-days may be below zero; in 4P it always may.
    """

    kind: Literal["change_point"] = "change_point"
    form: Literal[Form.TWO, Form.HEATING, Form.COOLING, Form.FOUR, Form.FIVE]
    row: Literal[Interval.DAY, Interval.BILLING] = Interval.DAY
    unit: UnitSymbol = "degF"
    first: Magnitude | None = None
    last: Magnitude | None = None
    step: Annotated[Magnitude | None, Field(gt=0)] = None
    polish: YesOrNo = True
    any_slope: YesOrNo = False

    @model_validator(mode="after")
    def _lays_a_grid(self) -> Self:
        low, high, step = self.bounds_of_grid
        if not low < high or (high - low) / step > _BASES_MAX:
            raise ValueError(f"balance points rise from the first to the last, in at most {_BASES_MAX} steps")
        return self

    @property
    def bounds_of_grid(self) -> tuple[float, float, float]:
        """The lowest and the highest balance point tried, and the distance of two."""
        low, high, step = (30.0, 90.0, 1.0) if self.unit == "degF" else (0.0, 32.0, 0.5)
        return (
            low if self.first is None else float(self.first),
            high if self.last is None else float(self.last),
            step if self.step is None else float(self.step),
        )

    @property
    def rows(self) -> Interval:
        """Days or billing periods, as set in ``row``."""
        return self.row

    @property
    def degrees(self) -> str:
        """The unit of temperature, as set in ``unit``."""
        return self.unit

    def fit(self, rows: Sequence[Row]) -> FitOutcome:
        """Choose the balance points with the least error."""
        rules = grid.CandidateRules(
            grid.temperature_grid(*self.bounds_of_grid), (self.form,), positive_slopes=not self.any_slope
        )
        off_grid = fit_refined if self.arithmetic == 1 else fit_optimal
        search = off_grid if self.polish else grid.fit
        return fit_linear(rows, self.names, self.row, rules, search=search, summed=self.summed)
