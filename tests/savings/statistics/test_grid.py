"""The grid of balance points: the best of all candidates, by an oracle that fits each of them with LAPACK."""

from dataclasses import replace
from itertools import product
from typing import Any

import numpy as np
import pytest

from savings.methods.caltrack import CaltrackDaily
from savings.statistics import grid
from savings.statistics.change_point import Form, Weather
from savings.statistics.grid import CandidateRules, NoCandidate, fit_many, temperature_grid
from savings.statistics.linear import Floats
from tests.savings.samples import SINE, energy_of

YEAR = Weather(SINE[:365])
NOISY: Floats = energy_of(Form.FIVE, 20, 1, 2, 44, 61)[:365] + np.random.default_rng(7).normal(0, 8, 365)


def least_squares(columns: list[Floats], energy: Floats) -> tuple[Floats, float]:
    """Coefficients and the sum of squared residuals, by LAPACK."""
    matrix = np.stack([np.ones(len(energy)), *columns], axis=1)
    coefficients: Floats = np.linalg.lstsq(matrix, energy, rcond=None)[0].astype(np.float64)
    return coefficients, float(((energy - matrix @ coefficients) ** 2).sum())


class TestTheBestOfAll:
    BASES = temperature_grid(30, 80, 2)

    def test_of_5p_is_the_best_of_all_pairs_tried_one_by_one(self) -> None:
        line = grid.fit(YEAR, CandidateRules(self.BASES, (Form.FIVE,)), NOISY)
        errors: dict[tuple[float, float], float] = {}
        for low, high in product(self.BASES, self.BASES):
            columns = [np.maximum(low - SINE[:365], 0), np.maximum(SINE[:365] - high, 0)]
            if low < high and all((column > 0).sum() >= 3 for column in columns):
                coefficients, error = least_squares(columns, NOISY)
                if coefficients[1:].min() > 0:
                    errors[low, high] = error
        assert line.heating is not None
        assert line.cooling is not None
        assert (line.heating[1], line.cooling[1]) == min(errors, key=lambda points: errors[points])
        assert line.candidates == len(self.BASES) * (len(self.BASES) - 1) / 2

    def test_with_a_further_driver_it_is_as_well(self) -> None:
        """Of 3PH: the driver, which runs on cold days, is a column like any other in each candidate."""
        mode = np.array([float(n % 7 < 5 and SINE[n] < 50) for n in range(365)])
        energy = NOISY + 30 * mode
        line = grid.fit(Weather(SINE[:365], {"mode": mode}), CandidateRules(self.BASES, (Form.HEATING,)), energy)
        fits = {
            base: least_squares([mode, np.maximum(base - SINE[:365], 0)], energy)
            for base in self.BASES
            if (base > SINE[:365]).sum() >= 3
        }
        best = min((base for base in fits if fits[base][0][2] > 0), key=lambda base: fits[base][1])
        assert line.heating == pytest.approx((fits[best][0][2], best))
        assert line.drivers == {"mode": pytest.approx(fits[best][0][1])}


def test_a_bill_may_have_heating_and_cooling_days() -> None:
    """Of 5P and bills of 5 days: the best of all pairs by LAPACK."""
    rng = np.random.default_rng(9)
    temperature, firsts = rng.uniform(30, 90, 200), np.arange(0, 200, 5)
    energy = rng.uniform(20, 40, 40)
    rules = CandidateRules(temperature_grid(45, 75, 5), (Form.FIVE,), positive_slopes=False)
    line = grid.fit(Weather(temperature, {}, firsts), rules, energy)
    errors = {
        (low, high): least_squares(
            [
                np.maximum(low - temperature, 0).reshape(40, 5).mean(axis=1),
                np.maximum(temperature - high, 0).reshape(40, 5).mean(axis=1),
            ],
            energy,
        )[1]
        for low, high in product(rules.bases, rules.bases)
        if low < high
    }
    assert line.heating is not None
    assert line.cooling is not None
    assert (line.heating[1], line.cooling[1]) == min(errors, key=lambda points: errors[points])


class TestWhatACandidateMustMeet:
    RULES = CandidateRules(temperature_grid(40, 60, 10), (Form.HEATING,))
    TEMPERATURE: Floats = np.array([35.0, 38, 39, 45, 50, 55, 65, 70, 75, 80])

    @pytest.mark.parametrize(
        ("changes", "slope", "refused"),
        [
            pytest.param({}, 1.0, False, id="three cold days and a rising load"),
            pytest.param({}, -1.0, True, id="a slope below zero"),
            pytest.param({"positive_slopes": False}, -1.0, False, id="a slope below zero that is allowed"),
            pytest.param({"fewest_days": 7}, 1.0, True, id="6 days at most are below 60"),
            pytest.param({"fewest_days": 6}, 1.0, False, id="6 days are below 60"),
            pytest.param({"least_degree_days": 98.5}, 1.0, True, id="at 60 there are 25+22+21+15+10+5 = 98"),
            pytest.param({"least_degree_days": 98}, 1.0, False, id="98 are enough"),
            pytest.param({"positive_intercept": True, "bases": np.array([60.0])}, 1.0, True, id="the intercept is -5"),
        ],
    )
    def test_each_condition(self, changes: dict[str, Any], slope: float, refused: bool) -> None:  # noqa: FBT001
        """Energy without noise: -5 + slope · max(0, 60 - T)."""
        energy = -5 + slope * np.maximum(60 - self.TEMPERATURE, 0)
        rules = replace(self.RULES, **changes)
        if refused:
            with pytest.raises(NoCandidate, match="no candidate of 3PH"):
                grid.fit(Weather(self.TEMPERATURE), rules, energy)
        else:
            assert grid.fit(Weather(self.TEMPERATURE), rules, energy).heating == pytest.approx((slope, 60))

    @pytest.mark.parametrize(("touching", "candidates"), [(False, 3), (True, 6)])
    def test_points_of_5p_may_touch_if_it_is_said(self, touching: bool, candidates: int) -> None:  # noqa: FBT001
        """Of three bases there are 3 pairs, and 3 more of one with itself."""
        energy = 10 + np.abs(50 - self.TEMPERATURE)
        rules = replace(self.RULES, forms=(Form.FIVE,), touching=touching)
        line = grid.fit(Weather(self.TEMPERATURE), rules, energy)
        assert line.candidates == candidates
        assert (line.heating == pytest.approx((1, 50))) is touching


def test_of_equal_ones_fewer_parameters_and_lower_points_win() -> None:
    """No day is between 50 and 60, so that all bases there fit a constant beyond them alike."""
    temperature = np.array([40.0, 42, 44, 46, 48, 62, 64, 66, 68, 70])
    steps = np.where(temperature < 55, 30.0, 10.0)
    rules = CandidateRules(np.array([30.0, 55.0]), (Form.MEAN, Form.HEATING, Form.FIVE), touching=True)
    assert grid.fit(Weather(temperature), rules, np.full(10, 7.0)).form is Form.MEAN
    assert grid.fit(Weather(temperature), rules, steps).form is Form.HEATING
    equal = grid.Candidates(Form.HEATING, np.array([[0.5], [0.9], [0.9 + 1e-13]]), np.arange(3), np.arange(3))
    assert equal.best()[1].tolist() == [1]


class TestManyMeters:
    def test_a_meter_among_many_has_the_bytes_of_one_alone(self) -> None:
        rules = CaltrackDaily().candidates
        many = np.stack([NOISY * scale for scale in (1.0, 0.5, 3.0, 1.0)], axis=1)
        together = fit_many(grid.design(YEAR, rules), many)
        assert together == [grid.fit(YEAR, rules, many[:, meter]) for meter in range(4)]
        assert together[0] == together[3]

    def test_one_without_a_candidate_is_no_obstacle_to_the_others(self) -> None:
        rules = CandidateRules(temperature_grid(30, 80, 10), (Form.COOLING,))
        falling, rising = fit_many(grid.design(YEAR, rules), np.stack([100 - SINE[:365], SINE[:365]], axis=1))
        assert isinstance(falling, NoCandidate)
        assert not isinstance(rising, NoCandidate)


@pytest.mark.parametrize(
    ("bounds", "degrees"),
    [
        pytest.param((30, 32, 1), [30, 31, 32], id="both ends are in it"),
        pytest.param((0, 1, 0.25), [0, 0.25, 0.5, 0.75, 1], id="parts of a degree"),
    ],
)
def test_a_grid(bounds: tuple[float, float, float], degrees: list[float]) -> None:
    assert temperature_grid(*bounds).tolist() == degrees
