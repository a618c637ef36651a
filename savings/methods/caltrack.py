"""CalTRACK 2.0 for days and for billing periods: the best model of the mean, heating and cooling degree-days."""

from collections.abc import Sequence
from typing import ClassVar, Literal

from savings.energy_rules import Fuel
from savings.rows import Interval, Row
from savings.statistics.change_point import Form
from savings.statistics.fitting import FitOutcome, Fitting, fit_linear
from savings.statistics.grid import CandidateRules, temperature_grid


class _Caltrack(Fitting):
    """CalTRACK 2.0: the best model of the mean, heating and cooling degree-days, on a grid of 30 to 90 °F.

    Attributes:
        fuel: for electricity, models with cooling are tried, and zeros are missing values.
    """

    fewest_days: ClassVar[int] = 10

    fuel: Fuel = Fuel.ELECTRICITY

    def fit(self, rows: Sequence[Row]) -> FitOutcome:
        """Choose among all balance points and pairs of them, with slopes and intercept above zero (CalTRACK 3.4.3)."""
        return fit_linear(rows, self.names, self.rows, self.candidates, summed=self.summed)

    @property
    def candidates(self) -> CandidateRules:
        """The candidate models, and the conditions that each must meet."""
        forms = (Form.MEAN, Form.HEATING, Form.COOLING, Form.FIVE)
        return CandidateRules(
            temperature_grid(30, 90, 1),
            forms if self.fuel is Fuel.ELECTRICITY else forms[:2],
            positive_intercept=True,
            fewest_days=self.fewest_days,
            least_degree_days=20,
            touching=True,
        )


class CaltrackDaily(_Caltrack):
    """CalTRACK 2.0 for daily readings."""

    kind: Literal["caltrack_daily"] = "caltrack_daily"

    @property
    def rows(self) -> Interval:
        """Local days."""
        return Interval.DAY


class CaltrackBilling(_Caltrack):
    """CalTRACK 2.0 for billing periods, each weighted by its days."""

    fewest_days: ClassVar[int] = 1

    kind: Literal["caltrack_billing"] = "caltrack_billing"

    @property
    def rows(self) -> Interval:
        """Billing periods, as the meter was read."""
        return Interval.BILLING
