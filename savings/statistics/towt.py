"""Time of week and temperature (TOWT): hourly energy by the hour of the week, and by stretches of temperature.

    E(t) = α[hour of week] + Σ β[b, occupied or not] · T_b(t)

where ``T_b`` is the part of the temperature within stretch ``b`` (CalTRACK 3.9.2: between the bounds 30 and 45 a
temperature of 50 has 30, 15 and 5), and a segment has a model of its own: a month with half the weight of each
neighbour, a month by itself, or the year. An hour of the week is occupied where a model of degree-days alone falls
short of more than so large a share of its hours.

The hours of the week are taken out as weighted means of their groups, so that each segment is left with at most as
many unknowns as it has stretches.

Source: CalTRACK 2.0, 3.6 to 3.9; Mathieu, Price, Kiliccote and Piette 2011 (LBNL).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray

from quantities.errors import Invalid
from savings.statistics.linear import Floats, solve

Whole = NDArray[np.int64]

_MONTHS = 12
HOURS_OF_WEEK = 168


class EmptySegment(Invalid):
    """A segment of a year is fitted from hours that are in it."""


class Segments(StrEnum):
    """How a year is divided among models."""

    THREE_MONTH_WEIGHTED = "three_month_weighted"
    MONTH = "month"
    YEAR = "year"


@dataclass(frozen=True, slots=True)
class WeekRules:
    """How the model is made.

    Attributes:
        bounds: between the stretches of temperature, rising.
        fewest_hours: a stretch of fewer hours joins its neighbour.
        occupied_above: the share of hours that a model of degree-days falls short of, above which the hour is occupied.
        heating_base: of that model.
        cooling_base: of that model.
        segments: of the year.
        slots: into how many hours a week is divided: 168, or 7 where a day is a row.
    """

    bounds: tuple[float, ...] = (30.0, 45.0, 55.0, 65.0, 75.0, 90.0)
    fewest_hours: int = 20
    occupied_above: float = 0.65
    heating_base: float = 50.0
    cooling_base: float = 65.0
    segments: Segments = Segments.THREE_MONTH_WEIGHTED
    slots: int = HOURS_OF_WEEK


@dataclass(frozen=True, slots=True)
class HourlyRows:
    """The hours that are modelled.

    Attributes:
        temperature: ``n``.
        slot: which hour of the week each is, by the local clock: Monday's first is 0.
        month: 1 to 12, by the local clock.
        drivers: ``n`` values each, by name.
    """

    temperature: Floats
    slot: Whole
    month: Whole
    drivers: Mapping[str, Floats] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Segment:
    """A model of some months.

    Attributes:
        months: whose hours it predicts.
        level: by slot of the week; None where it was never measured.
        occupied: which slots are.
        bounds: between its stretches of temperature.
        unoccupied_slopes: energy a degree in each stretch, of the slots that are not occupied.
        occupied_slopes: of those that are.
        drivers: energy a unit.
    """

    months: tuple[int, ...]
    level: tuple[float | None, ...]
    occupied: tuple[bool, ...]
    bounds: tuple[float, ...]
    unoccupied_slopes: tuple[float, ...]
    occupied_slopes: tuple[float, ...]
    drivers: Mapping[str, float] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class FittedWeek:
    """A model of a year.

    Attributes:
        segments: each month is in one.
        parameters: how many coefficients its largest segment has, besides one for the intercept.
    """

    segments: tuple[Segment, ...]
    parameters: int

    def predict(self, hours: HourlyRows) -> Floats:
        """Say what each hour uses by the model; NaN where no such hour was in the baseline."""
        found = np.full(len(hours.temperature), np.nan, dtype=np.float64)
        for segment in self.segments:
            rows = np.isin(hours.month, segment.months)
            slot, temperature = hours.slot[rows], hours.temperature[rows]
            level = np.array([np.nan if each is None else each for each in segment.level], dtype=np.float64)
            energy = level[slot]
            occupied = np.array(segment.occupied, dtype=np.bool_)[slot]
            parts = stretches(temperature, segment.bounds)
            for slopes, mask in ((segment.unoccupied_slopes, ~occupied), (segment.occupied_slopes, occupied)):
                energy = energy + (parts * np.array(slopes, dtype=np.float64)).sum(axis=1) * mask
            for name in sorted(segment.drivers):
                energy = energy + segment.drivers[name] * hours.drivers[name][rows]
            found[rows] = energy
        return found


def stretches(temperature: Floats, bounds: Sequence[float]) -> Floats:
    """Divide ``n`` temperatures among the stretches that ``k`` bounds make: ``n × (k + 1)`` (CalTRACK 3.9.2)."""
    if not bounds:
        return temperature[:, np.newaxis]
    first = np.minimum(temperature, bounds[0])
    rest = [
        np.clip(temperature - low, 0.0, high - low) for low, high in zip(bounds, (*bounds[1:], np.inf), strict=True)
    ]
    return np.stack([first, *rest], axis=1)


def fit(hours: HourlyRows, energy: Floats, rules: WeekRules) -> FittedWeek:
    """Fit a year.

    Args:
        hours: ``n``, none without a temperature or a driver.
        energy: of each.
        rules: how.

    Raises:
        EmptySegment: a segment has no hours.
    """
    segments, parameters = [], 0
    for months, weights in _weights(rules.segments):
        weight = weights[hours.month - 1]
        rows = weight > 0
        if not rows.any():
            raise EmptySegment(f"no hours of month {months[0]} or its neighbours", found=str(months[0]))
        of_segment = HourlyRows(
            hours.temperature[rows],
            hours.slot[rows],
            hours.month[rows],
            {name: values[rows] for name, values in hours.drivers.items()},
        )
        segment, many = _segment(months, of_segment, energy[rows], weight[rows], rules)
        segments.append(segment)
        parameters = max(parameters, many - 1)
    return FittedWeek(tuple(segments), parameters)


def _weights(segments: Segments) -> list[tuple[tuple[int, ...], Floats]]:
    if segments is Segments.YEAR:
        return [(tuple(range(1, _MONTHS + 1)), np.ones(_MONTHS, dtype=np.float64))]
    found: list[tuple[tuple[int, ...], Floats]] = []
    for month in range(_MONTHS):
        weights = np.zeros(_MONTHS, dtype=np.float64)
        if segments is Segments.THREE_MONTH_WEIGHTED:
            weights[month - 1] = weights[(month + 1) % _MONTHS] = 0.5
        weights[month] = 1.0
        found.append(((month + 1,), weights))
    return found


def _segment(
    months: tuple[int, ...], hours: HourlyRows, energy: Floats, weight: Floats, rules: WeekRules
) -> tuple[Segment, int]:
    occupied = _occupancy(hours, energy, weight, rules)
    is_occupied = occupied[hours.slot]
    bounds = _kept(hours.temperature, rules)
    parts = stretches(hours.temperature, bounds)
    columns = [parts * mask[:, np.newaxis] for mask in (~is_occupied, is_occupied)]
    names = sorted(hours.drivers)
    columns += [hours.drivers[name][:, np.newaxis] for name in names]
    every = np.concatenate(columns, axis=1)
    sums = np.bincount(hours.slot, weight, rules.slots).astype(np.float64)
    means = _means(hours.slot, np.concatenate([energy[:, np.newaxis], every], axis=1), weight, sums)
    root = np.sqrt(weight)
    off = (every - means[hours.slot, 1:]) * root[:, np.newaxis]
    slopes = solve(off, (energy - means[hours.slot, 0]) * root)
    levels = means[:, 0] - (means[:, 1:] * slopes).sum(axis=1)
    many = len(bounds) + 1
    stated = [float(each) for each in slopes]
    segment = Segment(
        months,
        tuple(float(level) if rows else None for level, rows in zip(levels, sums, strict=True)),
        tuple(bool(each) for each in occupied),
        bounds,
        tuple(stated[:many]),
        tuple(stated[many : 2 * many]),
        dict(zip(names, stated[2 * many :], strict=True)),
    )
    return segment, int((sums > 0).sum()) + int((slopes != 0).sum())


def _means(slot: Whole, columns: Floats, weight: Floats, sums: Floats) -> Floats:
    """Average each of ``n × k`` columns over the rows of each slot: ``slots × k``, zero where there are none."""
    totals = np.stack([np.bincount(slot, column * weight, len(sums)) for column in columns.T], axis=1)
    return np.divide(totals, sums[:, np.newaxis], out=np.zeros_like(totals), where=sums[:, np.newaxis] > 0)


def _occupancy(hours: HourlyRows, energy: Floats, weight: Floats, rules: WeekRules) -> NDArray[np.bool_]:
    """Tell the slots whose energy a model of degree-days falls short of in more than so large a share of their rows."""
    columns = np.stack(
        [
            np.ones(len(energy), dtype=np.float64),
            np.maximum(hours.temperature - rules.cooling_base, 0.0),
            np.maximum(rules.heating_base - hours.temperature, 0.0),
        ],
        axis=1,
    )
    root = np.sqrt(weight)
    solved = solve(columns * root[:, np.newaxis], energy * root)
    short = (energy - (columns * solved).sum(axis=1) > 0).astype(np.float64)
    many = np.bincount(hours.slot, minlength=rules.slots)
    found: NDArray[np.bool_] = np.bincount(hours.slot, short, rules.slots) > rules.occupied_above * many
    return found


def _kept(temperature: Floats, rules: WeekRules) -> tuple[float, ...]:
    """Drop bounds, from the outside in, until each stretch has enough hours (CalTRACK 3.9.1)."""
    bounds = list(rules.bounds)
    while bounds:
        inside = np.searchsorted(np.array(bounds, dtype=np.float64), temperature)
        counts = np.bincount(inside, minlength=len(bounds) + 1)
        short = np.flatnonzero(counts < rules.fewest_hours)
        if not len(short):
            break
        at = int(short[0])
        del bounds[min(at, len(bounds) - 1)]
    return tuple(bounds)
