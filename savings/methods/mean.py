"""The mean of all rows, and what further drivers add to it: degree-days of choice among them."""

from collections.abc import Sequence
from typing import ClassVar, Literal

from quantities.names import UnitSymbol
from savings.rows import Interval, Row
from savings.statistics.change_point import Form
from savings.statistics.fitting import FitOutcome, Fitting, fit_linear
from savings.statistics.grid import CandidateRules, degrees


class Mean(Fitting):
    """The mean of all rows, and what further drivers add to it.

    Attributes:
        row: hours, days or billing periods.
        unit: of the temperature that degree-days are told by.
    """

    needs_weather: ClassVar[bool] = False

    kind: Literal["mean"] = "mean"
    row: Interval = Interval.DAY
    unit: UnitSymbol = "degC"

    @property
    def rows(self) -> Interval:
        """As it says."""
        return self.row

    @property
    def degrees(self) -> str:
        """As it says."""
        return self.unit

    def fit(self, rows: Sequence[Row]) -> FitOutcome:
        """Average the rows, a billing period by its days."""
        rules = CandidateRules(degrees(30, 31, 1), (Form.MEAN,))
        return fit_linear(rows, self.names, self.row, rules)
