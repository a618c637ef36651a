"""A typical year: weather whose months were chosen from different years, taken as it was published.

The months stand in the file with the dates on which they were measured: a January of 1995, a February of 1983. Each is
rows by itself, so that nothing is missing between them, and its days keep the weekdays that they had. Such a year has
every month once and whole, but for a 29th of February. Weather without a gap of days is taken as it is, of whichever
days.

Source: Wilcox and Marion (2008), Users Manual for TMY3 Data Sets: twelve months of different years, concatenated.
"""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from decimal import Decimal
from itertools import pairwise
from zoneinfo import ZoneInfo

from quantities.errors import Invalid
from quantities.period import Period, zone
from savings.agreed import AgreedBaseline
from savings.avoided import expected_under
from savings.baseline import Baseline
from savings.rows import TEMPERATURE, Interval, Row, Series, rows_of

_MONTHS = 12
_LEAP_DAY = (2, 29)
_LONGEST_GAP = timedelta(days=2)  # within weather of one year; from one month to another year's it is longer


class NotATypicalYear(Invalid):
    """The weather is not of each month of a year once."""


def expected_in_typical_year(baseline: Baseline | AgreedBaseline, weather: Mapping[str, Series]) -> Decimal:
    """The energy that a model expects in a typical year, in its unit and unrounded.

    Args:
        baseline: the frozen model.
        weather: the temperature and every further driver of the year, by name, over the same periods.

    Raises:
        NotATypicalYear: a month is not there, or is there of two years.
        DriverMissing: a driver has no value in one of the rows.
    """
    return expected_under(baseline, rows_of_typical_year(baseline, weather))


def rows_of_typical_year(baseline: Baseline | AgreedBaseline, weather: Mapping[str, Series]) -> tuple[Row, ...]:
    """The rows of a typical year, month by month in the order of the calendar; their energy is unknown.

    A billing period is here a month.
    """
    anchor = weather.get(TEMPERATURE) or next(iter(weather.values()))
    rows = list[Row]()
    for span in _spans(anchor, zone(baseline.zone)):
        within = {name: series.within(span) for name, series in weather.items()}
        periods = (span,) if baseline.interval is Interval.BILLING else anchor.within(span).periods
        rows += rows_of(
            baseline.interval,
            baseline.zone,
            Series(periods, (None,) * len(periods), baseline.unit),
            within,
            driver_aggregations=baseline.method.drivers,
            within=span,
            modes=baseline.method.modes,
            degrees=baseline.temperature_unit,
        )
    return tuple(rows)


def _spans(series: Series, where: ZoneInfo) -> list[Period]:
    """The months of the weather; those of a typical year in the order of the calendar."""
    if not series.periods:
        raise NotATypicalYear("there is no weather", place="weather", found="nothing", expected="each month once")
    months = list(dict.fromkeys((start.year, start.month) for start in _local_starts(series, where)))
    is_joined = any(later.start - earlier.end > _LONGEST_GAP for earlier, later in pairwise(series.periods))
    if is_joined:
        _require_each_once(months)
        months.sort(key=lambda of_year: of_year[1])
    spans = [_without_leap_day(series, Period.of_month(year, month, where), where) for year, month in months]
    if is_joined:
        return spans
    first, last = series.periods[0].start, series.periods[-1].end
    return [Period(max(first, span.start), min(last, span.end)) for span in spans]


def _local_starts(series: Series, where: ZoneInfo) -> Iterator[datetime]:
    return (period.start.astimezone(where) for period in series.periods)


def _require_each_once(months: Sequence[tuple[int, int]]) -> None:
    years = {month: [year for year, other in months if other == month] for month in range(1, _MONTHS + 1)}
    faults = [f"month {month} is not there" for month, of_years in years.items() if not of_years]
    faults += [
        f"month {month} is of {' and '.join(map(str, of_years))}" for month, of_years in years.items() if of_years[1:]
    ]
    if faults:
        expected = "each month once, or days without a gap"
        raise NotATypicalYear("; ".join(faults), place="weather", found=faults, expected=expected)


def _without_leap_day(series: Series, span: Period, where: ZoneInfo) -> Period:
    """The month; a February ends on its 28th if there is nothing of the 29th."""
    *_, (last, day) = span.days(where)
    if (last.month, last.day) != _LEAP_DAY or series.within(day).periods:
        return span
    return Period(span.start, day.start)
