"""A typical year as it is published: months of different years, each with the dates that it was measured on."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import numpy as np
import pytest

from quantities.period import Period
from savings.baseline import Baseline
from savings.energy_rules import Fuel
from savings.methods.caltrack import CaltrackBilling, CaltrackDaily
from savings.methods.hourly import CaltrackHourly
from savings.model import Leg, LinearModel, Week, WeekSegment
from savings.rows import TEMPERATURE, Series
from savings.statistics.change_point import Form
from savings.typical_year import NotATypicalYear, expected_in_typical_year, rows_of_typical_year
from tests.savings.samples import baseline_of

#: A January of 1995, a February of 1984 without its 29th, and so on, as TMY3 has them.
YEARS = (1995, 1984, 1991, 1977, 2001, 1988, 1999, 1979, 1986, 2003, 1992, 1983)
LENGTHS = (31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)
HEATING = LinearModel(
    form=Form.HEATING, intercept=Decimal(100), heating=Leg(slope=Decimal(3), balance_point=Decimal(60))
)


def hours(years: tuple[int, ...] = YEARS, lengths: tuple[int, ...] = LENGTHS) -> Series:
    """Hourly temperatures in °F: 40 plus the month, and the hour of the day."""
    stamps = [
        (datetime(year, month, 1, tzinfo=UTC) + timedelta(hours=hour), Decimal(40 + month + hour % 24))
        for month, (year, days) in enumerate(zip(years, lengths, strict=True), start=1)
        for hour in range(24 * days)
    ]
    stamps.sort()
    periods = tuple(Period(start, start + timedelta(hours=1)) for start, _ in stamps)
    return Series(periods, tuple(degrees for _, degrees in stamps), "degF")


def by_hand() -> float:
    """Of each day the mean 40 + month + 11.5: 100 + 3 · max(0, 60 - mean), over 365 days."""
    means = np.repeat(51.5 + np.arange(1, 13), LENGTHS)
    return float((100 + 3 * np.maximum(60 - means, 0)).sum())


@pytest.mark.parametrize(
    "method",
    [
        pytest.param(CaltrackDaily(fuel=Fuel.GAS), id="days"),
        pytest.param(CaltrackBilling(fuel=Fuel.GAS), id="months as bills, from the same hours"),
    ],
)
def test_it_is_the_sum_of_its_days_whatever_their_years(method: CaltrackDaily | CaltrackBilling) -> None:
    baseline = baseline_of(HEATING, method=method)
    assert float(expected_in_typical_year(baseline, {TEMPERATURE: hours()})) == pytest.approx(by_hand(), rel=1e-12)


def test_its_months_are_in_the_order_of_the_calendar_and_whole() -> None:
    rows = rows_of_typical_year(baseline_of(HEATING), {TEMPERATURE: hours()})
    assert [(row.local.year, row.local.month, row.local.day) for row in rows] == [
        (year, month, day)
        for month, (year, days) in enumerate(zip(YEARS, LENGTHS, strict=True), start=1)
        for day in range(1, days + 1)
    ]


def test_hours_keep_the_weekdays_that_they_had() -> None:
    """A level of 7 on Mondays and 1 on other days: as many Mondays as the twelve published months have."""
    levels = tuple(Decimal(7 if slot < 24 else 1) for slot in range(168))
    segment = WeekSegment(
        months=tuple(range(1, 13)),
        levels=levels,
        occupied="0" * 168,
        bounds=(),
        unoccupied_slopes=(Decimal(0),),
        occupied_slopes=(Decimal(0),),
    )
    baseline = baseline_of(Week(segments=(segment,)), method=CaltrackHourly())
    days = [
        date(year, month, day)
        for month, (year, many) in enumerate(zip(YEARS, LENGTHS, strict=True), start=1)
        for day in range(1, many + 1)
    ]
    mondays = sum(day.weekday() == 0 for day in days)
    assert expected_in_typical_year(baseline, {TEMPERATURE: hours()}) == 24 * (365 + 6 * mondays)


class TestADayTooMuchOrTooLittle:
    def expected(self, weather: Series, baseline: Baseline | None = None) -> float:
        return float(expected_in_typical_year(baseline or baseline_of(HEATING), {TEMPERATURE: weather}))

    def test_a_29th_of_february_that_is_there_counts(self) -> None:
        with_leap_day = hours(lengths=(31, 29, *LENGTHS[2:]))
        assert self.expected(with_leap_day) == pytest.approx(by_hand() + 100 + 3 * (60 - 53.5))

    def test_weather_without_a_gap_is_taken_as_it_is(self) -> None:
        """From 15 January 2025 to 14 January 2026: January is of two years, and nothing is missing."""
        start = datetime(2025, 1, 15, tzinfo=UTC)
        periods = tuple(Period(start + timedelta(days=n), start + timedelta(days=n + 1)) for n in range(365))
        weather = Series(periods, tuple(Decimal(50) for _ in periods), "degF")
        assert self.expected(weather) == 365 * 130
        assert self.expected(weather, baseline_of(HEATING, method=CaltrackBilling(fuel=Fuel.GAS))) == 365 * 130

    def test_so_is_weather_that_lacks_an_hour_where_clocks_are_changed(self) -> None:
        """Of the same year the 30th of March lacks an hour: its mean is of the other 23, which are as warm."""
        start = datetime(2025, 1, 15, tzinfo=UTC)
        stamps = [start + timedelta(hours=n) for n in range(24 * 365) if n != 24 * 74 + 2]
        periods = tuple(Period(stamp, stamp + timedelta(hours=1)) for stamp in stamps)
        assert self.expected(Series(periods, tuple(Decimal(50) for _ in periods), "degF")) == 365 * 130

    def test_a_month_that_is_not_there_is_named(self) -> None:
        whole = hours()
        without_may = [at for at, period in enumerate(whole.periods) if period.start.month != 5]
        weather = Series(
            tuple(whole.periods[at] for at in without_may), tuple(whole.values[at] for at in without_may), "degF"
        )
        with pytest.raises(NotATypicalYear, match="month 5 is not there"):
            self.expected(weather)

    def test_a_month_of_two_years_is_named(self) -> None:
        whole = hours()
        more = Period(datetime(1996, 7, 1, tzinfo=UTC), datetime(1996, 7, 1, 1, tzinfo=UTC))
        joined = sorted(
            [*zip(whole.periods, whole.values, strict=True), (more, Decimal(70))], key=lambda hour: hour[0].start
        )
        weather = Series(tuple(period for period, _ in joined), tuple(value for _, value in joined), "degF")
        with pytest.raises(NotATypicalYear, match="month 7 is of 1996 and 1999"):
            self.expected(weather)
