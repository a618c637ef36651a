"""Refusals of savings that take a year of readings: each is brought about by a few rows."""

from collections.abc import Callable, Mapping
from decimal import Decimal

import numpy as np

from quantities.period import Period
from savings.avoided import avoided
from savings.coverage import RowCoverage
from savings.finding import BaselineFinding, FindingSeverity
from savings.model import LinearModel
from savings.planned import planned_saving
from savings.rows import TEMPERATURE, Interval, Series
from savings.statistics.change_point import Form, Weather
from savings.statistics.fitting import fit_linear
from savings.statistics.grid import CandidateRules, temperature_grid
from savings.statistics.optimum import fit_optimal
from savings.statistics.towt import HourlyRows, Segments, WeekRules, fit
from savings.statistics.uncertainty import Variant, fractional_uncertainty
from savings.typical_year import rows_of_typical_year
from savings.unit_questions import require_known_units
from tests.api.problem_pages.house import House
from tests.savings.samples import DAYS, baseline_of, day
from tests.savings.test_agreed import agreed

HEATED = baseline_of(LinearModel(form=Form.TWO, intercept=Decimal(0), slope=Decimal(2)), {TEMPERATURE: ("20", "70")})
QUESTION = BaselineFinding(
    code="unit-in-question", severity=FindingSeverity.WARNING, detail="a thousand times as much as in the baseline", found="1000", expected="1"
)  # fmt: skip


def days_with_a_driver_and_its_double(house: House) -> object:
    rows = [day(str(n), drivers={"parts": Decimal(n), "pieces": Decimal(2 * n)}) for n in range(9)]
    return fit_linear(rows, ["parts", "pieces"], Interval.DAY, CandidateRules(temperature_grid(0, 50, 1), (Form.MEAN,)))


def a_year_that_cools_where_it_should_heat(house: House) -> object:
    temperature = np.arange(30.0, 90)
    rules = CandidateRules(temperature_grid(40, 70, 1), (Form.HEATING,))
    return fit_optimal(Weather(temperature), rules, 200 - 2 * np.maximum(50.3 - temperature, 0))


def hours_of_april_alone(house: House) -> object:
    hours = HourlyRows(np.linspace(20, 90, 30), np.arange(30) % 3, np.full(30, 4))
    return fit(
        hours,
        np.arange(1, 31, dtype=np.float64),
        WeekRules(bounds=(40.0, 70.0), fewest_hours=1, segments=Segments.MONTH, slots=3),
    )


def residuals_that_tell_the_next(house: House) -> object:
    return fractional_uncertainty(Variant.ASHRAE14, cv_rmse=0.05, saved=0.1, n=24, m=12, p=2, rho=1.0, confidence=0.9)


OF_SAVINGS: Mapping[str, Callable[[House], object]] = {
    "coverage-too-low": lambda house: RowCoverage("gas", 250, 365, Decimal("0.9"), "no temperature").require(),
    "empty-segment": hours_of_april_alone,
    "no-candidate": a_year_that_cools_where_it_should_heat,
    "no-figures": lambda house: planned_saving(agreed(), Decimal("0.1"), Decimal(12), Decimal("0.9")),
    "no-uncertainty": residuals_that_tell_the_next,
    "not-a-typical-year": lambda house: rows_of_typical_year(HEATED, {TEMPERATURE: Series((), (), "degF")}),
    "not-agreed-for-day": lambda house: agreed(first="2030-01-01").expect(day("90", "4")),
    "not-fitted": days_with_a_driver_and_its_double,
    "nothing-counts": lambda house: avoided(HEATED, [day("90", "99"), day("90", "99")]).require_some(),
    "nothing-planned": lambda house: planned_saving(HEATED, Decimal(2), Decimal(12), Decimal("0.9")),
    "overlapping-periods": lambda house: Series((DAYS[0], Period(DAYS[0].start, DAYS[1].end)), (None, None)),
    "driver-missing": lambda house: HEATED.expect(day("90")),
    "units-in-question": lambda house: require_known_units("gas", [QUESTION]),
}
