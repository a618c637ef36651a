"""Data sufficiency: the checks of a baseline's data and model, each with a name and its numbers.

Source: CalTRACK 2.0, 2.2.1 to 2.2.4 and 3.7.5, for the default thresholds; the parties may agree others.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from decimal import Decimal
from enum import StrEnum
from itertools import pairwise
from typing import Annotated, Self

from pydantic import Field, model_validator

from quantities.arithmetic import added, quotient
from quantities.document import WholeNumber
from quantities.number import plain, trimmed
from quantities.period import zone
from quantities.quantity import Magnitude
from quantities.terms import Terms
from savings.finding import BaselineFinding, as_percent, disqualified, noted, warned
from savings.rows import Interval, Row, Series, values_by_driver
from savings.statistics.frozen_statistic import exact_decimal
from savings.statistics.goodness import Figures

_WARMEST = range(11, 20)  # the local hours that may be the warmest of the mean day, in any climate
_FEWEST_HOURS = 24 * 14  # of weather, for its mean day to say something
_SHORTEST, _LONGEST, _TWO_MONTHS = 25, 35, 70


class Profile(StrEnum):
    """By whose thresholds a baseline's data suffices: CalTRACK's, or those that the parties agreed."""

    CALTRACK = "caltrack"
    AGREED = "agreed"


class Estimates(StrEnum):
    """What a row counts for if less of it was measured than it needs, and estimates make up for the rest."""

    MISSING = "missing"
    MEASURED = "measured"


class Sufficiency(Terms):
    """The thresholds of data sufficiency: a profile, by which all are known, or thresholds that were agreed.

    Attributes:
        profile: by whose thresholds; ``agreed`` where any of them is not CalTRACK's.
        days: the least number of complete days, or of complete hours divided by 24.
        most_days: the most days of a baseline; a longer one gets a warning.
        periods: the least number of complete billing periods of a month.
        two_month_periods: the least number of complete billing periods of two months.
        hours_share: for hourly rows, the least fraction of complete hours in each calendar month.
        cv_rmse: the highest CV(RMSE), divided by n − p − 1; above it there is only a warning.
        nmbe: the largest size of NMBE; above it there is a warning.
        estimates: whether rows that rest on estimates count as missing, as by CalTRACK 2.2.3.1, or as measured. Their
            energy is fitted and saved by either way.
    """

    profile: Profile = Profile.CALTRACK
    days: Annotated[WholeNumber, Field(ge=1)] = 328
    most_days: Annotated[WholeNumber, Field(ge=1)] = 366
    periods: Annotated[WholeNumber, Field(ge=3)] = 9
    two_month_periods: Annotated[WholeNumber, Field(ge=2)] = 5
    hours_share: Annotated[Magnitude, Field(ge=0, le=1)] = Decimal("0.9")
    cv_rmse: Annotated[Magnitude, Field(gt=0)] = Decimal("0.25")
    nmbe: Annotated[Magnitude, Field(gt=0)] = Decimal("0.005")
    estimates: Estimates = Estimates.MISSING

    @model_validator(mode="before")
    @classmethod
    def _states_its_profile(cls, document: object) -> object:
        """What states no profile, and a threshold of its own, is agreed; documents of before know no profile."""
        if isinstance(document, Mapping) and "profile" not in document and document:
            return {**document, "profile": Profile.AGREED}
        return document

    @model_validator(mode="after")
    def _is_of_its_profile(self) -> Self:
        others = [name for name, field in type(self).model_fields.items() if getattr(self, name) != field.default]
        if self.profile is Profile.CALTRACK and others:
            raise ValueError(f"{', '.join(others)}: not CalTRACK's; state the profile 'agreed'")
        return self

    def counts(self, row: Row) -> bool:
        """True if a row is one of those of which there must be enough."""
        return row.is_complete if self.estimates is Estimates.MEASURED else row.is_measured


def check_series(energy: Series, weather: Series | None, zone_name: str) -> Iterator[BaselineFinding]:
    """Findings about the measured series, before they become rows."""
    negative = [
        period for period, value in zip(energy.periods, energy.values, strict=True) if value is not None and value < 0
    ]
    if negative:
        detail = f"from {negative[0].start.isoformat()} on: energy was fed in; net metering is no baseline"
        yield warned("negative_reads", detail, len(negative))
    if weather is not None:
        yield from _phase(weather, zone_name)


def check_drivers(rows: Sequence[Row]) -> Iterator[BaselineFinding]:
    """Findings about drivers without any value, or with the same value in all rows."""
    if not rows:
        return
    for name, values in values_by_driver(rows).items():
        if not values:
            yield disqualified("missing_driver", f"{name} has no value", name)
        elif len(set(values)) == 1:
            yield disqualified("constant_driver", f"{name} is {plain(trimmed(values[0]))} all the time", name)


def _phase(weather: Series, zone_name: str) -> Iterator[BaselineFinding]:
    """A warning if the warmest hour of the mean day is not between 11 and 19: weather of another time zone?"""
    where, by_hour = zone(zone_name), dict[int, list[Decimal]]()
    hourly = [at for at, period in enumerate(weather.periods) if period.duration.total_seconds() <= 3600]  # noqa: PLR2004
    if len(hourly) < _FEWEST_HOURS:
        return
    for at in hourly:
        value = weather.values[at]
        if value is not None:
            by_hour.setdefault(weather.periods[at].start.astimezone(where).hour, []).append(value)
    means = {hour: quotient(added(values), Decimal(len(values))) for hour, values in by_hour.items()}
    warmest = max(sorted(means), key=lambda hour: means[hour], default=_WARMEST.start)
    if warmest not in _WARMEST:
        expected = f"{_WARMEST.start} to {_WARMEST.stop - 1}"
        yield warned(
            "weather_out_of_phase",
            f"the warmest hour of the mean day in {zone_name}: of another zone?",
            warmest,
            expected,
        )


def check_rows(rows: Sequence[Row], interval: Interval, thresholds: Sufficiency) -> Iterator[BaselineFinding]:
    """Findings about the number of complete rows, and about the length of the baseline period."""
    complete = [row for row in rows if row.is_complete]
    enough = [row for row in complete if thresholds.counts(row)]
    incomplete = Counter(
        "energy_missing" if row.energy is None else "driver_missing" for row in rows if not row.is_complete
    )
    for code in sorted(incomplete):
        yield noted(code, f"rows left out of {len(rows)}", incomplete[code])
    estimated = sum(row.rests_on_estimates for row in complete)
    if estimated:
        detail = f"rows of {len(rows)} rest on estimates; whether they suffice, they count as {thresholds.estimates}"
        yield noted("estimated_rows", detail, estimated)
    match interval:
        case Interval.DAY:
            yield from _enough(len(enough), thresholds.days, "too_few_days", "complete days")
            yield from _not_too_many(len(rows), thresholds.most_days, "days")
        case Interval.HOUR:
            yield from _enough(len(enough) // 24, thresholds.days, "too_few_days", "complete days' worth of hours")
            yield from _not_too_many(len(rows) // 24, thresholds.most_days, "days")
            yield from _months_complete(rows, thresholds)
        case Interval.BILLING:
            least = thresholds.two_month_periods if _of_two_months(rows) else thresholds.periods
            yield from _enough(len(enough), least, "too_few_periods", "complete billing periods")
            yield from _not_too_many(sum(row.days for row in rows), thresholds.most_days, "days")
            yield from _no_gaps(complete)


def _enough(count: int, least: int, code: str, unit: str) -> Iterator[BaselineFinding]:
    if count < least:
        yield disqualified(code, unit, count, f"at least {least}")


def _not_too_many(count: int, most: int, unit: str) -> Iterator[BaselineFinding]:
    if count > most:
        yield warned("longer_than_a_year", f"{unit}: seasons weigh unequally", count, f"at most {most}")


def _months_complete(rows: Iterable[Row], thresholds: Sufficiency) -> Iterator[BaselineFinding]:
    all_hours, complete, least = Counter[int](), Counter[int](), thresholds.hours_share
    for row in rows:
        all_hours[row.local.month] += 1
        complete[row.local.month] += thresholds.counts(row)
    for month in range(1, 13):
        share = Decimal(complete[month]) / all_hours[month] if all_hours[month] else Decimal(0)
        if share < least:
            yield disqualified("month_incomplete", f"month {month}", as_percent(share), f"at least {as_percent(least)}")


def _no_gaps(complete: Sequence[Row]) -> Iterator[BaselineFinding]:
    gaps = sum(later.period.start > earlier.period.end for earlier, later in pairwise(complete))
    if gaps:
        yield noted("gaps_between_periods", "billing periods do not follow on each other", gaps)


def usable_periods(rows: Sequence[Row]) -> tuple[tuple[Row, ...], tuple[BaselineFinding, ...]]:
    """Leave out billing periods that are too short or too long (CalTRACK 2.2.3).

    A period of 25 to 35 days is kept; up to 70 days if the median period is longer than 35, as of bimonthly bills.

    Returns:
        The kept rows, and a note about the others if there are any.
    """
    most = _TWO_MONTHS if _of_two_months(rows) else _LONGEST
    kept = tuple(row for row in rows if _SHORTEST <= row.days <= most)
    dropped = [row.days for row in rows if not _SHORTEST <= row.days <= most]
    if not dropped:
        return kept, ()
    detail = f"periods left out, of {min(dropped)} to {max(dropped)} days"
    return kept, (noted("period_length", detail, len(dropped)),)


def _of_two_months(rows: Sequence[Row]) -> bool:
    """True if the median period is longer than a month can be."""
    lengths = sorted(row.days for row in rows)
    return bool(lengths) and lengths[len(lengths) // 2] > _LONGEST


def check_figures(figures: Figures, thresholds: Sufficiency) -> Iterator[BaselineFinding]:
    """Findings about a model's figures of merit that exceed the thresholds (ASHRAE 14; CPUC NMEC)."""
    if figures.mean <= 0:
        yield disqualified("no_energy", "the mean of the baseline", figures.mean, "above zero")
        return
    if figures.cv_rmse_n_p_1 is None or figures.cv_rmse_n_p_1 > thresholds.cv_rmse:
        actual = "none" if figures.cv_rmse_n_p_1 is None else as_percent(figures.cv_rmse_n_p_1)
        yield warned("cv_rmse", "CV(RMSE), by n − p − 1", actual, f"at most {as_percent(thresholds.cv_rmse)}")
    if figures.nmbe_n is not None and abs(figures.nmbe_n) > thresholds.nmbe:
        yield warned("nmbe", "NMBE, by n", as_percent(figures.nmbe_n), f"within ±{as_percent(thresholds.nmbe)}")
    if figures.autocorrelation is not None and figures.autocorrelation > exact_decimal(0.5):
        yield noted("autocorrelated", "each residual tells the next", f"{figures.autocorrelation:.3f}")
