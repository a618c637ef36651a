"""Time of week and temperature (TOWT): energy by the hour of the week, or its day, and by temperature bins.

    E(t) = α[hour of week] + Σ β[b, occupied or not] · T_b(t)

where ``T_b`` is the part of the temperature within bin ``b`` (CalTRACK 3.9.2: between the bounds 30 and 45, a
temperature of 50 has the parts 30, 15 and 5). Each segment has a model of its own: a month together with its two
neighbours at half the weight, a month by itself, or the year. An hour of the week is occupied if a model of degree-days
alone predicts less than the measured energy in more than a given fraction of its hours.

The levels α are eliminated by subtracting the weighted mean of each hour of the week, so that the unknowns left in a
segment are the slopes of its temperature bins and drivers.

Source: CalTRACK 2.0, 3.6 to 3.9; Mathieu, Price, Kiliccote and Piette 2011 (LBNL).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING, TypeAlias

from quantities.errors import Invalid
from savings.statistics.linear import Floats, solve

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray
else:
    from savings.statistics.arrays import np


Whole: TypeAlias = "NDArray[np.int64]"

_MONTHS = 12
HOURS_OF_WEEK = 168
DAYS_OF_WEEK = 7


class EmptySegment(Invalid):
    """A segment of the year has no hours to fit."""


class Segments(StrEnum):
    """How the year is divided among models."""

    THREE_MONTH_WEIGHTED = "three_month_weighted"
    MONTH = "month"
    YEAR = "year"


@dataclass(frozen=True, slots=True)
class WeekRules:
    """The settings of the model.

    Attributes:
        bounds: the bounds between temperature bins, rising.
        fewest_hours: a temperature bin with fewer hours is joined with its neighbour.
        occupied_above: an hour of the week is occupied if a model of degree-days alone predicts less than the measured
            energy in more than this fraction of its hours.
        heating_base: the base of that model's heating degree-days.
        cooling_base: the base of that model's cooling degree-days.
        segments: how the year is divided among models.
        slots: the number of slots of a week: 168 hours, or 7 if a row is a day.
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
        temperature: ``n`` values.
        slot: the hour of the week of each, on the local clock; Monday's first is 0.
        month: the month of each, 1 to 12, on the local clock.
        drivers: ``n`` values for each driver, by name.
    """

    temperature: Floats
    slot: Whole
    month: Whole
    drivers: Mapping[str, Floats] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Segment:
    """The model of some months.

    Attributes:
        months: the months whose hours it predicts.
        level: energy by slot of the week; None if the slot was never measured.
        occupied: whether each slot is occupied.
        bounds: the bounds between its temperature bins.
        unoccupied_slopes: energy a degree in each bin, for slots that are not occupied.
        occupied_slopes: the same for occupied slots.
        drivers: energy a unit of each driver, by name.
        measured_once: how many slots were measured a single time, so that their level is that one value.
    """

    months: tuple[int, ...]
    level: tuple[float | None, ...]
    occupied: tuple[bool, ...]
    bounds: tuple[float, ...]
    unoccupied_slopes: tuple[float, ...]
    occupied_slopes: tuple[float, ...]
    drivers: Mapping[str, float] = field(default_factory=dict)
    measured_once: int = 0


@dataclass(frozen=True, slots=True)
class FittedWeek:
    """The model of a year.

    Attributes:
        segments: the models of the months; every month is in exactly one.
        parameters: the number of coefficients of the largest segment, minus one for the intercept.
    """

    segments: tuple[Segment, ...]
    parameters: int

    def predict(self, hours: HourlyRows) -> Floats:
        """The energy of each hour by the model; NaN if the baseline had no such hour of the week."""
        predicted = np.full(len(hours.temperature), np.nan, dtype=np.float64)
        for segment in self.segments:
            rows = np.isin(hours.month, segment.months)
            slot, temperature = hours.slot[rows], hours.temperature[rows]
            level = np.array([np.nan if known is None else known for known in segment.level], dtype=np.float64)
            energy = level[slot]
            occupied = np.array(segment.occupied, dtype=np.bool_)[slot]
            parts = temperature_bins(temperature, segment.bounds)
            for slopes, mask in ((segment.unoccupied_slopes, ~occupied), (segment.occupied_slopes, occupied)):
                energy = energy + (parts * np.array(slopes, dtype=np.float64)).sum(axis=1) * mask
            for name in sorted(segment.drivers):
                energy = energy + segment.drivers[name] * hours.drivers[name][rows]
            predicted[rows] = energy
        return predicted


def temperature_bins(temperature: Floats, bounds: Sequence[float]) -> Floats:
    """The part of ``n`` temperatures in each of the bins between ``k`` bounds: ``n × (k + 1)`` (CalTRACK 3.9.2)."""
    return np.stack(_bins(temperature, bounds), axis=1)


def _bins(temperature: Floats, bounds: Sequence[float]) -> list[Floats]:
    """The same, bin by bin."""
    if not bounds:
        return [temperature]
    first = np.minimum(temperature, bounds[0])
    rest = [
        np.clip(temperature - low, 0.0, high - low) for low, high in zip(bounds, (*bounds[1:], np.inf), strict=True)
    ]
    return [first, *rest]


def fit(hours: HourlyRows, energy: Floats, rules: WeekRules) -> FittedWeek:
    """Fit the model of a year.

    Args:
        hours: ``n`` hours, each with a temperature and a value of every driver.
        energy: the energy of each hour.
        rules: the settings of the model.

    Raises:
        EmptySegment: a segment has no hours.
    """
    segments, parameters = [], 0
    for months, weights in _month_weights(rules.segments):
        weight = weights[hours.month - 1]
        rows = np.flatnonzero(weight > 0)
        if not len(rows):
            detail = f"no hours of month {months[0]} or its neighbours"
            raise EmptySegment(detail, place=f"month {months[0]}", found="no hours", expected="at least one")
        of_segment = HourlyRows(
            hours.temperature[rows],
            hours.slot[rows],
            hours.month[rows],
            {name: values[rows] for name, values in hours.drivers.items()},
        )
        segment, coefficients = _segment(months, of_segment, energy[rows], weight[rows], rules)
        segments.append(segment)
        parameters = max(parameters, coefficients - 1)
    return FittedWeek(tuple(segments), parameters)


def _month_weights(segments: Segments) -> list[tuple[tuple[int, ...], Floats]]:
    """For each segment the months that it predicts, and the weight of each month's hours in its fit."""
    if segments is Segments.YEAR:
        return [(tuple(range(1, _MONTHS + 1)), np.ones(_MONTHS, dtype=np.float64))]
    by_segment: list[tuple[tuple[int, ...], Floats]] = []
    for month in range(_MONTHS):
        weights = np.zeros(_MONTHS, dtype=np.float64)
        if segments is Segments.THREE_MONTH_WEIGHTED:
            weights[month - 1] = weights[(month + 1) % _MONTHS] = 0.5
        weights[month] = 1.0
        by_segment.append(((month + 1,), weights))
    return by_segment


def _segment(
    months: tuple[int, ...], hours: HourlyRows, energy: Floats, weight: Floats, rules: WeekRules
) -> tuple[Segment, int]:
    """The model of one segment, and the number of its coefficients."""
    occupied = _occupancy(hours, energy, weight, rules)
    is_occupied = occupied[hours.slot]
    bounds = _usable_bounds(hours.temperature, rules)
    parts = _bins(hours.temperature, bounds)
    columns = [part * mask for mask in (~is_occupied, is_occupied) for part in parts]
    names = sorted(hours.drivers)
    columns += [hours.drivers[name] for name in names]
    sums = np.bincount(hours.slot, weight, rules.slots).astype(np.float64)
    means = _means(hours.slot, [energy, *columns], weight, sums)
    root = np.sqrt(weight)
    of_energy, *centred = (
        (column - mean[hours.slot]) * root
        for column, mean in zip((energy, *columns), np.ascontiguousarray(means.T), strict=True)
    )
    bins = len(bounds) + 1
    # an hour of the week is occupied or not, and its mean is zero with its columns
    slopes = solve(np.stack(centred).T, of_energy, apart=(range(bins), range(bins, 2 * bins)))
    levels = means[:, 0] - (means[:, 1:] * slopes).sum(axis=1)
    as_floats = [float(slope) for slope in slopes]
    segment = Segment(
        months=months,
        level=tuple(
            level if weight_sum else None for level, weight_sum in zip(levels.tolist(), sums.tolist(), strict=True)
        ),
        occupied=tuple(occupied.tolist()),
        bounds=bounds,
        unoccupied_slopes=tuple(as_floats[:bins]),
        occupied_slopes=tuple(as_floats[bins : 2 * bins]),
        drivers=dict(zip(names, as_floats[2 * bins :], strict=True)),
        measured_once=int((np.bincount(hours.slot, minlength=rules.slots) == 1).sum()),
    )
    return segment, int((sums > 0).sum()) + int((slopes != 0).sum())


def _means(slot: Whole, columns: Sequence[Floats], weight: Floats, sums: Floats) -> Floats:
    """The weighted mean of each of ``k`` columns in each slot: ``slots × k``, zero for a slot without rows."""
    totals = np.stack([np.bincount(slot, column * weight, len(sums)) for column in columns], axis=1)
    return np.divide(totals, sums[:, np.newaxis], out=np.zeros_like(totals), where=sums[:, np.newaxis] > 0)


def _occupancy(hours: HourlyRows, energy: Floats, weight: Floats, rules: WeekRules) -> NDArray[np.bool_]:
    """The occupied slots: a model of degree-days predicts too little in more than a given fraction of their rows."""
    columns = np.stack(
        [
            np.ones(len(energy), dtype=np.float64),
            np.maximum(hours.temperature - rules.cooling_base, 0.0),
            np.maximum(rules.heating_base - hours.temperature, 0.0),
        ]
    )
    root = np.sqrt(weight)
    coefficients = solve((columns * root).T, energy * root)
    too_low = (energy - (columns * coefficients[:, np.newaxis]).sum(axis=0) > 0).astype(np.float64)
    counts = np.bincount(hours.slot, minlength=rules.slots)
    occupied: NDArray[np.bool_] = np.bincount(hours.slot, too_low, rules.slots) > rules.occupied_above * counts
    return occupied


def _usable_bounds(temperature: Floats, rules: WeekRules) -> tuple[float, ...]:
    """The bounds that remain when every temperature bin must have enough hours (CalTRACK 3.9.1).

    The coldest bin with too few hours is joined with the next one above it, the last bin with the one below, until none
    has too few.
    """
    bounds = list(rules.bounds)
    inside = np.searchsorted(np.array(bounds, dtype=np.float64), temperature)
    counts: list[int] = np.bincount(inside, minlength=len(bounds) + 1).tolist()
    while bounds:
        short = next((at for at, count in enumerate(counts) if count < rules.fewest_hours), None)
        if short is None:
            break
        at = min(short, len(bounds) - 1)
        del bounds[at]
        counts[at : at + 2] = [counts[at] + counts[at + 1]]
    return tuple(bounds)
