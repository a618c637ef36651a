"""Time of week and temperature: temperature bins, occupied hours, and the whole model by LAPACK with dummy variables."""

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from savings.statistics.linear import Floats
from savings.statistics.towt import EmptySegment, HourlyRows, Segments, WeekRules, fit, temperature_bins
from tests.build import fewer_examples

BOUNDS = (30.0, 45.0, 55.0, 65.0, 75.0, 90.0)


class TestTemperatureBins:
    @pytest.mark.parametrize(
        ("temperature", "bounds", "parts"),
        [
            pytest.param(50, (30, 45), [30, 15, 5], id="CalTRACK 3.9.2: 30 + 15 + 5"),
            pytest.param(20, (30, 45), [20, 0, 0], id="below the first bound"),
            pytest.param(45, (30, 45), [30, 15, 0], id="at the last bound"),
            pytest.param(-5, (30, 45), [-5, 0, 0], id="below zero"),
            pytest.param(50, (), [50], id="no bound: one bin"),
        ],
    )
    def test_by_hand(self, temperature: float, bounds: tuple[float, ...], parts: list[float]) -> None:
        assert temperature_bins(np.array([float(temperature)]), bounds).tolist() == [parts]

    @fewer_examples(4)
    @given(st.floats(-60, 130), st.lists(st.integers(-40, 110), max_size=8, unique=True).map(sorted))
    def test_parts_add_up_to_the_temperature(self, temperature: float, bounds: list[int]) -> None:
        parts = temperature_bins(np.array([temperature]), [float(bound) for bound in bounds])
        assert parts.sum() == pytest.approx(temperature)
        assert (parts[0, 1:] >= 0).all()


def hours_of(weeks: int, seed: int, *, summer: bool = False) -> HourlyRows:
    """Hours of a week of three slots, a month after the other."""
    rng = np.random.default_rng(seed)
    many = weeks * 12
    return HourlyRows(
        rng.uniform(60 if summer else 10, 100, many),
        np.tile(np.arange(3), many // 3),
        np.repeat(np.arange(1, 13), many // 12),
    )


def rules(segments: Segments, bounds: tuple[float, ...] = (40.0, 70.0), fewest: int = 1) -> WeekRules:
    return WeekRules(bounds=bounds, fewest_hours=fewest, segments=segments, slots=3)


def by_dummies(hours: HourlyRows, energy: Floats, weight: Floats, occupied: Floats, bounds: list[float]) -> Floats:
    """The model as CalTRACK writes it: a column for each slot, and each bin twice, for occupied hours and for others."""
    slots = np.stack([hours.slot == slot for slot in range(3)], axis=1).astype(float)
    edges = [-np.inf, *bounds, np.inf]
    bins = np.stack(
        [np.clip(hours.temperature, low, high) - (0 if low == -np.inf else low) for low, high in pairwise(edges)],
        axis=1,
    )
    columns = np.concatenate([slots, bins * occupied[:, np.newaxis], bins * (1 - occupied)[:, np.newaxis]], axis=1)
    root = np.sqrt(weight)
    solved = np.linalg.lstsq(columns * root[:, np.newaxis], energy * root, rcond=None)[0]
    predicted: Floats = columns @ solved
    return predicted


@pytest.mark.parametrize(
    ("segments", "weight_beside"),
    [
        pytest.param(Segments.YEAR, 1.0, id="the year at once"),
        pytest.param(Segments.MONTH, 0.0, id="each month by itself"),
        pytest.param(Segments.THREE_MONTH_WEIGHTED, 0.5, id="a month with half of its neighbours, around the new year"),
    ],
)
def test_each_segment_is_the_weighted_least_squares(segments: Segments, weight_beside: float) -> None:
    hours = hours_of(30, 11)
    rng = np.random.default_rng(12)
    energy = 10.0 + 5 * hours.slot + 0.2 * hours.temperature * (1 + hours.slot) + rng.normal(0, 1, len(hours.slot))
    fitted = fit(hours, energy, rules(segments))
    predicted = fitted.predict(hours)
    for month in (1, 6, 12):
        (segment,) = [segment for segment in fitted.segments if month in segment.months]
        distance = np.minimum((hours.month - month) % 12, (month - hours.month) % 12)
        weight = np.where(distance == 0, 1.0, np.where(distance == 1, weight_beside, 0.0))
        if segments is Segments.YEAR:
            weight = np.ones(len(hours.month))
        occupied = np.array(segment.occupied, dtype=float)[hours.slot]
        used = weight > 0
        expected = by_dummies(
            HourlyRows(hours.temperature[used], hours.slot[used], hours.month[used]),
            energy[used],
            weight[used],
            occupied[used],
            list(segment.bounds),
        )
        own = hours.month == month
        assert predicted[own] == pytest.approx(expected[own[used]], abs=1e-8)


class TestBoundsThatRemain:
    @pytest.mark.parametrize(
        ("temperatures", "fewest", "bounds"),
        [
            pytest.param([20] * 5 + [50] * 5 + [80] * 5, 5, (40, 70), id="five hours in each bin"),
            pytest.param([20] * 4 + [50] * 5 + [80] * 5, 5, (70,), id="the coldest joins the next above"),
            pytest.param([20] * 5 + [50] * 5 + [80] * 4, 5, (40,), id="the warmest joins the one below"),
            pytest.param([20] * 5 + [50] * 4 + [80] * 5, 5, (40,), id="the middle joins the next above"),
            pytest.param([20] * 2 + [50] * 2 + [80] * 2, 7, (), id="all in one"),
        ],
    )
    def test_each_bin_has_enough_hours(self, temperatures: list[float], fewest: int, bounds: tuple[float, ...]) -> None:
        many = len(temperatures)
        hours = HourlyRows(np.array(temperatures, dtype=float), np.arange(many) % 3, np.ones(many, dtype=np.int64))
        fitted = fit(hours, np.arange(1, many + 1, dtype=np.float64), rules(Segments.YEAR, fewest=fewest))
        assert fitted.segments[0].bounds == bounds


class TestOccupiedHours:
    @pytest.mark.parametrize(
        ("above", "occupied"),
        [
            pytest.param(13, (False, False, True), id="13 of 20 are 65 %: not above it"),
            pytest.param(14, (False, True, True), id="14 of 20 are 70 %"),
        ],
    )
    def test_by_the_share_of_hours_that_the_model_falls_short_of(self, above: int, occupied: tuple[bool, ...]) -> None:
        """At 55 °F there are no degree-days: the model is the mean, and slot 2 is always above it."""
        slot = np.repeat(np.arange(3), 20)
        energy = np.concatenate([np.full(20, 1.0), np.where(np.arange(20) < above, 50.0, 1.0), np.full(20, 50.0)])
        hours = HourlyRows(np.full(60, 55.0), slot, np.ones(60, dtype=np.int64))
        assert fit(hours, energy, rules(Segments.YEAR)).segments[0].occupied == occupied


def test_an_hour_that_was_never_measured_is_not_predicted() -> None:
    hours = HourlyRows(np.linspace(20, 90, 30), np.arange(30) % 2, np.ones(30, dtype=np.int64))
    fitted = fit(hours, np.arange(1, 31, dtype=np.float64), rules(Segments.YEAR))
    assert fitted.segments[0].level[2] is None
    third = HourlyRows(np.array([50.0]), np.array([2]), np.array([1]))
    assert np.isnan(fitted.predict(third)).all()


def test_a_month_without_hours_is_refused_where_it_has_a_segment() -> None:
    hours = HourlyRows(np.linspace(20, 90, 30), np.arange(30) % 3, np.full(30, 4))
    with pytest.raises(EmptySegment, match="month 1"):
        fit(hours, np.arange(1, 31, dtype=np.float64), rules(Segments.MONTH))


def test_a_further_driver_has_its_own_slope() -> None:
    rng = np.random.default_rng(3)
    plain = hours_of(20, 4)
    output = rng.uniform(0, 10, len(plain.slot))
    hours = HourlyRows(plain.temperature, plain.slot, plain.month, {"output": output})
    energy = 3.0 + plain.slot + 0.5 * plain.temperature + 2.5 * output
    (segment,) = fit(hours, energy, rules(Segments.YEAR)).segments
    assert segment.drivers == {"output": pytest.approx(2.5)}
