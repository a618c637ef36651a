"""The pieces between two neighbouring temperatures, on each of which the best balance point has a formula.

A piece is a stretch from one temperature to the next, or an end of it. On a stretch from ``t`` on, the degree-days of
each row are ``v + (k − t)·d``: with both columns made orthonormal, and without what every model has, the coefficients
of a fit tell the slope and the balance point.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from savings.statistics.change_point import Weather
from savings.statistics.grid import CandidateRules
from savings.statistics.linear import DEPENDENT, Floats, OrthonormalBasis, dot, orthonormal

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray
else:
    from savings.statistics.arrays import np


_NUDGE = 1e-12  # of a stretch: so close beyond a temperature that its row has degree-days


@dataclass(frozen=True, slots=True)
class Pieces:
    """The ends of stretches, then the stretches, of one balance point; each is one column or two, orthonormal.

    Attributes:
        low: where each piece begins, ``q``.
        width: how long it is; an end is 0.
        first: the degree-days at ``low``, without what every model has: ``n × q``.
        second: how they grow, without the first column; zeros for an end.
        size: the length of the first column before it was normed.
        shear: the part of the second column along the first.
        per_size: 1 by the length of the second column that was left; 0 for an end.
        along: the projections of both columns on what every model has: twice ``r × q``.
        usable: whether a balance point may be there, with columns that say something.
    """

    low: Floats
    width: Floats
    first: Floats
    second: Floats
    size: Floats
    shear: Floats
    per_size: Floats
    along: tuple[Floats, Floats]
    usable: NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Stretches:
    """What all pieces of a meter have in common.

    Attributes:
        weather: the drivers of the rows.
        root: the square root of each row's weight.
        basis: what every model has: intercept, further drivers, and the slope of 4P.
        rest: the energy without it.
        ends: all temperatures between the bounds, and the bounds, rising.
        heating: the lowest and the highest balance point of heating that leaves enough rows.
        cooling: the same of cooling.
    """

    weather: Weather
    root: Floats
    basis: OrthonormalBasis
    rest: Floats
    ends: Floats
    heating: tuple[float, float]
    cooling: tuple[float, float]

    @classmethod
    def of(cls, weather: Weather, rules: CandidateRules, energy: Floats, *, with_slope: bool) -> Stretches:
        """Prepare the pieces of a meter."""
        root = np.sqrt(weather.days)
        columns = [weather.columns]
        if with_slope:
            columns.append(weather.mean_of_rows(weather.temperature)[:, np.newaxis])
        basis = orthonormal(np.concatenate(columns, axis=1) * root[:, np.newaxis])
        first, last = float(rules.bases[0]), float(rules.bases[-1])
        least, most = _far_enough(weather, rules.fewest_days)
        heating, cooling = (max(first, least), last), (first, min(last, most))
        within = weather.temperature[(weather.temperature > first) & (weather.temperature < last)]
        edges = [edge for edge in (first, last, heating[0], cooling[1]) if first <= edge <= last]
        ends = np.unique(np.concatenate([within, np.array(edges, dtype=np.float64)]))
        return cls(
            weather=weather,
            root=root,
            basis=basis,
            rest=basis.residual(energy * root),
            ends=ends,
            heating=heating,
            cooling=cooling,
        )

    def pieces(self, *, heating: bool, both: bool = False) -> Pieces:
        """The pieces of the balance point of heating or of cooling; ``both`` if enough rows must be on either side."""
        at_ends, growth = self._columns(heating=heating)
        size, first, says = _normed(self.basis.residual(at_ends), at_ends)
        other, shear = self.basis.residual(growth), np.zeros(len(self.ends) - 1, dtype=np.float64)
        for _ in range(2):  # the second pass removes the rounding errors of the first
            part = dot(first[:, :-1], other)
            other, shear = other - first[:, :-1] * part, shear + part
        left, second, grows = _normed(other, growth)
        low, high = self.heating if heating else self.cooling
        if both:
            low, high = max(self.heating[0], self.cooling[0]), min(self.heating[1], self.cooling[1])
        allowed = says & (self.ends >= low) & (self.ends <= high)
        none = np.zeros(len(self.ends), dtype=np.float64)
        along = self.basis.project(at_ends) / size
        along_growth = (self.basis.project(growth) - along[:, :-1] * shear) / left
        return Pieces(
            low=np.concatenate([self.ends, self.ends[:-1]]),
            width=np.concatenate([none, np.diff(self.ends)]),
            first=np.concatenate([first, first[:, :-1]], axis=1),
            second=np.concatenate([np.zeros_like(first), second], axis=1),
            size=np.concatenate([size, size[:-1]]),
            shear=np.concatenate([none, shear]),
            per_size=np.concatenate([none, 1 / left]),
            along=(
                np.concatenate([along, along[:, :-1]], axis=1),
                np.concatenate([np.zeros_like(along), along_growth], axis=1),
            ),
            usable=np.concatenate([allowed, allowed[:-1] & (self.ends[1:] <= high) & grows]),
        )

    def _columns(self, *, heating: bool) -> tuple[Floats, Floats]:
        """The weighted degree-days at every end, and how they grow in every stretch."""
        weather, ends, tall = self.weather, self.ends, self.root[:, np.newaxis]
        days = weather.temperature[:, np.newaxis]
        if heating:
            return weather.heating(ends) * tall, weather.mean_of_rows((days <= ends[:-1]).astype(np.float64)) * tall
        return weather.cooling(ends) * tall, weather.mean_of_rows(-(days >= ends[1:]).astype(np.float64)) * tall

    def best_points(self, pieces: Pieces, *, positive: bool) -> list[float]:
        """The best balance point of every piece that has one, the one of the least error first."""
        tall = self.rest[:, np.newaxis]
        one, two = dot(pieces.first, tall), dot(pieces.second, tall)
        slope, point, allowed = solved(pieces, one, two)
        allowed &= pieces.usable & ((slope > 0) | (not positive))
        gain = np.where(allowed, one * one + two * two, -np.inf)
        order = np.argsort(-gain, kind="stable")[: int(allowed.sum())]
        return [float(point[at]) for at in order]


def _normed(columns: Floats, of: Floats) -> tuple[Floats, Floats, NDArray[np.bool_]]:
    """The lengths of columns, the columns of length 1, and whether enough of what they were made ``of`` is left."""
    size, whole = np.sqrt(dot(columns, columns)), np.sqrt(dot(of, of))
    says: NDArray[np.bool_] = size > DEPENDENT * whole
    safe = np.where(says, size, 1.0)
    return safe, columns / safe, says


def _far_enough(weather: Weather, fewest: float) -> tuple[float, float]:
    """The lowest balance point with enough rows colder than it, and the highest one with enough rows warmer than it."""
    days, firsts = weather.temperature, weather.firsts
    coldest = np.sort(days if firsts is None else np.minimum.reduceat(days, firsts))
    warmest = np.sort(days if firsts is None else np.maximum.reduceat(days, firsts))
    many = int(np.ceil(fewest))
    if len(coldest) < many:
        return float("inf"), float("-inf")
    known = np.unique(days)
    least, most = float(coldest[many - 1]), float(warmest[-many])
    above, below = known[known > least], known[known < most]
    least += _NUDGE * (float(above[0]) - least if len(above) else 1.0)
    most -= _NUDGE * (most - float(below[-1]) if len(below) else 1.0)
    return least, most


def solved(pieces: Pieces, one: Floats, two: Floats) -> tuple[Floats, Floats, NDArray[np.bool_]]:
    """From the coefficients of both columns the slope and the balance point, and whether that is within its piece."""
    growth = two * pieces.per_size
    slope = (one - growth * pieces.shear) / pieces.size
    moved = np.divide(growth, slope, out=np.zeros_like(slope), where=slope != 0)
    inside: NDArray[np.bool_] = (slope != 0) & (moved >= 0) & (moved <= pieces.width)
    return slope, pieces.low + moved, inside


def taken(pieces: Pieces, rows: NDArray[np.int64]) -> Pieces:
    """Some of the pieces."""
    return Pieces(
        low=pieces.low[rows],
        width=pieces.width[rows],
        first=pieces.first[:, rows],
        second=pieces.second[:, rows],
        size=pieces.size[rows],
        shear=pieces.shear[rows],
        per_size=pieces.per_size[rows],
        along=(pieces.along[0][:, rows], pieces.along[1][:, rows]),
        usable=pieces.usable[rows],
    )


def tall(pieces: Pieces) -> Pieces:
    """The same pieces, one below the other, so that pairs with others are a table."""
    return replace(
        pieces,
        low=pieces.low[:, np.newaxis],
        width=pieces.width[:, np.newaxis],
        size=pieces.size[:, np.newaxis],
        shear=pieces.shear[:, np.newaxis],
        per_size=pieces.per_size[:, np.newaxis],
    )
