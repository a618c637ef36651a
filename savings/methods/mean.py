"""The mean of all rows, plus a linear term for each further driver; degree-days can be among them."""

from collections.abc import Sequence
from typing import ClassVar, Literal

from quantities.names import UnitSymbol
from savings.rows import Interval, Row
from savings.statistics.change_point import Form
from savings.statistics.fitting import FitOutcome, Fitting, fit_linear
from savings.statistics.grid import CandidateRules, temperature_grid


class Mean(Fitting):
    """The mean of all rows, plus a linear term for each further driver.

    Attributes:
        row: whether a row is an hour, a day or a billing period.
        unit: the unit of the temperature from which degree-days are computed.
    """

    needs_weather: ClassVar[bool] = False

    kind: Literal["mean"] = "mean"
    row: Interval = Interval.DAY
    unit: UnitSymbol = "degC"

    @property
    def rows(self) -> Interval:
        """Hours, days or billing periods, as set in ``row``."""
        return self.row

    @property
    def degrees(self) -> str:
        """The unit of temperature, as set in ``unit``."""
        return self.unit

    def fit(self, rows: Sequence[Row]) -> FitOutcome:
        """Average the rows, each billing period weighted by its days, and fit the further drivers."""
        rules = CandidateRules(temperature_grid(30, 31, 1), (Form.MEAN,))
        return fit_linear(rows, self.names, self.row, rules, summed=self.summed)
