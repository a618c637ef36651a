"""CalTRACK 2.0 for days and for billing periods: the best of the mean and of heating and cooling degree-days."""

from collections.abc import Sequence
from enum import StrEnum
from typing import ClassVar, Literal

from savings.rows import Interval, Row
from savings.statistics.change_point import Form
from savings.statistics.fitting import FitOutcome, Fitting, fit_linear
from savings.statistics.grid import CandidateRules, degrees

_GRID = degrees(30, 90, 1)


class Fuel(StrEnum):
    """What is metered: only electricity cools, and only gas reads zero."""

    ELECTRICITY = "electricity"
    GAS = "gas"


class _Caltrack(Fitting):
    """CalTRACK 2.0: the best of the mean and of heating and cooling degree-days, on a grid of 30 to 90 °F.

    Attributes:
        fuel: cooling is tried, and zeros are missing, of electricity.
    """

    fewest_days: ClassVar[int] = 10

    fuel: Fuel = Fuel.ELECTRICITY

    @property
    def drops_zeros(self) -> bool:
        """Of electricity (CalTRACK 2.2.1.4)."""
        return self.fuel is Fuel.ELECTRICITY

    def fit(self, rows: Sequence[Row]) -> FitOutcome:
        """Choose among every pair of balance points, with slopes and intercept above zero (CalTRACK 3.4.3)."""
        return fit_linear(rows, self.names, self.rows, self.candidates)

    @property
    def candidates(self) -> CandidateRules:
        """What is tried, and what a candidate must keep to."""
        forms = (Form.MEAN, Form.HEATING, Form.COOLING, Form.FIVE)
        return CandidateRules(
            _GRID,
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
        """Billing periods, as they were read."""
        return Interval.BILLING
