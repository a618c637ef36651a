"""Data sufficiency: what a baseline's rows must be, each gate by name and with its numbers.

Source: CalTRACK 2.0, 2.2.1 to 2.2.4 and 3.7.5. A threshold can be agreed otherwise; these are the defaults.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from decimal import Decimal
from itertools import pairwise
from typing import Annotated

from pydantic import Field

from quantities.arithmetic import added, quotient
from quantities.document import WholeNumber
from quantities.number import plain, trimmed
from quantities.period import zone
from quantities.quantity import Magnitude
from quantities.terms import Terms
from savings.finding import BaselineFinding, disqualified, noted, percent, warned
from savings.rows import Interval, Row, Series, values_by_driver
from savings.statistics.goodness import Figures
from savings.statistics.statistic import frozen

_WARMEST = range(11, 20)  # the hours of the local clock that the warmest of a climate's mean day is among
_WEEKS_TOLD = 24 * 14
_SHORTEST, _LONGEST, _TWO_MONTHS = 25, 35, 70


class Sufficiency(Terms):
    """Thresholds.

    Attributes:
        days: of a year of days or of hours, how many must be complete.
        most_days: how long a baseline is at most.
        periods: how many billing periods there must be.
        hours_share: of each calendar month's hours, the part that must be complete.
        cv_rmse: at most; above it a warning, for a site settles on its own model.
        nmbe: at most, either way.
    """

    days: Annotated[WholeNumber, Field(ge=1)] = 328
    most_days: Annotated[WholeNumber, Field(ge=1)] = 366
    periods: Annotated[WholeNumber, Field(ge=3)] = 9
    hours_share: Annotated[Magnitude, Field(ge=0, le=1)] = Decimal("0.9")
    cv_rmse: Annotated[Magnitude, Field(gt=0)] = Decimal("0.25")
    nmbe: Annotated[Magnitude, Field(gt=0)] = Decimal("0.005")


def of_series(energy: Series, weather: Series | None, zone_name: str) -> Iterator[BaselineFinding]:
    """Look at what was measured, before it is brought to rows."""
    negative = [
        period for period, value in zip(energy.periods, energy.values, strict=True) if value is not None and value < 0
    ]
    if negative:
        detail = f"from {negative[0].start.isoformat()} on: energy was fed in; net metering is no baseline"
        yield warned("negative_reads", detail, len(negative))
    if weather is not None:
        yield from _phase(weather, zone_name)


def of_drivers(rows: Sequence[Row]) -> Iterator[BaselineFinding]:
    """See that every driver of the rows has values, and not one alone."""
    if not rows:
        return
    for name, values in values_by_driver(rows).items():
        if not values:
            yield disqualified("missing_driver", f"{name} has no value", name)
        elif len(set(values)) == 1:
            yield disqualified("constant_driver", f"{name} is {plain(trimmed(values[0]))} all the time", name)


def _phase(weather: Series, zone_name: str) -> Iterator[BaselineFinding]:
    """Notice weather of another zone: the warmest hour of the mean day is then no afternoon's."""
    where, by_hour = zone(zone_name), dict[int, list[Decimal]]()
    hourly = [at for at, each in enumerate(weather.periods) if each.duration.total_seconds() <= 3600]  # noqa: PLR2004
    if len(hourly) < _WEEKS_TOLD:
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


def of_rows(rows: Sequence[Row], interval: Interval, asked: Sufficiency) -> Iterator[BaselineFinding]:
    """Count the complete rows."""
    complete = [row for row in rows if row.is_complete]
    lost = Counter("energy_missing" if row.energy is None else "driver_missing" for row in rows if not row.is_complete)
    for code in sorted(lost):
        yield noted(code, f"rows left out of {len(rows)}", lost[code])
    match interval:
        case Interval.DAY:
            yield from _enough(len(complete), asked.days, "too_few_days", "complete days")
            yield from _not_too_many(len(rows), asked.most_days, "days")
        case Interval.HOUR:
            yield from _enough(len(complete) // 24, asked.days, "too_few_days", "complete days' worth of hours")
            yield from _not_too_many(len(rows) // 24, asked.most_days, "days")
            yield from _each_month(rows, asked.hours_share)
        case Interval.BILLING:
            yield from _enough(len(complete), asked.periods, "too_few_periods", "complete billing periods")
            yield from _not_too_many(sum(row.days for row in rows), asked.most_days, "days")
            yield from _shared_year(complete)


def _enough(found: int, least: int, code: str, what: str) -> Iterator[BaselineFinding]:
    if found < least:
        yield disqualified(code, what, found, f"at least {least}")


def _not_too_many(found: int, most: int, what: str) -> Iterator[BaselineFinding]:
    if found > most:
        yield warned("longer_than_a_year", f"{what}: seasons weigh unequally", found, f"at most {most}")


def _each_month(rows: Iterable[Row], least: Decimal) -> Iterator[BaselineFinding]:
    all_hours, complete = Counter[int](), Counter[int]()
    for row in rows:
        all_hours[row.local.month] += 1
        complete[row.local.month] += row.is_complete
    for month in range(1, 13):
        share = Decimal(complete[month]) / all_hours[month] if all_hours[month] else Decimal(0)
        if share < least:
            yield disqualified("month_incomplete", f"month {month}", percent(share), f"at least {percent(least)}")


def _shared_year(complete: Sequence[Row]) -> Iterator[BaselineFinding]:
    gaps = sum(later.period.start > earlier.period.end for earlier, later in pairwise(complete))
    if gaps:
        yield noted("gaps_between_periods", "billing periods do not follow on each other", gaps)


def usable_periods(rows: Sequence[Row]) -> tuple[tuple[Row, ...], tuple[BaselineFinding, ...]]:
    """Leave out billing periods that are too short or too long (CalTRACK 2.2.3): 25 to 35 days, bimonthly to 70."""
    lengths = sorted(row.days for row in rows)
    most = _TWO_MONTHS if lengths and lengths[len(lengths) // 2] > _LONGEST else _LONGEST
    kept = tuple(row for row in rows if _SHORTEST <= row.days <= most)
    off = [row.days for row in rows if not _SHORTEST <= row.days <= most]
    found = [noted("period_length", f"periods left out, of {min(off)} to {max(off)} days", len(off))] if off else []
    return kept, tuple(found)


def of_figures(figures: Figures, asked: Sufficiency) -> Iterator[BaselineFinding]:
    """Hold a model's figures against what a site's model should have (ASHRAE 14; CPUC NMEC)."""
    if figures.mean <= 0:
        yield disqualified("no_energy", "the mean of the baseline", figures.mean, "above zero")
        return
    if figures.cv_rmse_n_p_1 is None or figures.cv_rmse_n_p_1 > asked.cv_rmse:
        found = "none" if figures.cv_rmse_n_p_1 is None else percent(figures.cv_rmse_n_p_1)
        yield warned("cv_rmse", "CV(RMSE), by n − p − 1", found, f"at most {percent(asked.cv_rmse)}")
    if figures.nmbe_n is not None and abs(figures.nmbe_n) > asked.nmbe:
        yield warned("nmbe", "NMBE, by n", percent(figures.nmbe_n), f"within ±{percent(asked.nmbe)}")
    if figures.autocorrelation is not None and figures.autocorrelation > frozen(0.5):
        yield noted("autocorrelated", "each residual tells the next", f"{figures.autocorrelation:.3f}")
