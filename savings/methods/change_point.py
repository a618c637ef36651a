"""A change-point model of one form, at the least error of all balance points."""

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

#: As many bases as a grid has at most: pairs of them are tried.
_BASES_MAX = 240


class ChangePoint(Fitting):
    """A change-point model of one form, at the least error of all balance points of a grid.

    Attributes:
        form: 2P, 3PH, 3PC, 4P or 5P.
        row: days, or billing periods.
        unit: of temperature and balance points.
        first: the lowest balance point tried; 30 °F or 0 °C, unless it is said.
        last: the highest; 90 °F or 32 °C.
        step: between two of them; one degree of °F, or half a one of °C.
        polish: whether balance points are then moved off the grid to the least error.
        any_slope: whether a slope on degree-days may be below zero; of 4P it always may.
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
        """The lowest balance point tried, the highest, and the step between two."""
        low, high, step = (30.0, 90.0, 1.0) if self.unit == "degF" else (0.0, 32.0, 0.5)
        return (
            low if self.first is None else float(self.first),
            high if self.last is None else float(self.last),
            step if self.step is None else float(self.step),
        )

    @property
    def rows(self) -> Interval:
        """As it says."""
        return self.row

    @property
    def degrees(self) -> str:
        """As it says."""
        return self.unit

    def fit(self, rows: Sequence[Row]) -> FitOutcome:
        """Choose the balance points."""
        rules = grid.CandidateRules(
            grid.degrees(*self.bounds_of_grid), (self.form,), positive_slopes=not self.any_slope
        )
        return fit_linear(rows, self.names, self.row, rules, polish=self.polish)
