"""Balance points off their grid: a model without noise is found again, and no finer grid does better."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from savings.statistics import grid
from savings.statistics.change_point import FittedLine, Form, Weather
from savings.statistics.grid import CandidateRules, Candidates, NoCandidate, temperature_grid
from savings.statistics.linear import Floats
from savings.statistics.refine import fit_refined, local_optima, refine
from tests.build import fewer_examples
from tests.savings.samples import SINE, energy_of

YEAR = Weather(SINE[:365])


def fitted(form: Form, energy: Floats, step: float = 1) -> FittedLine:
    return fit_refined(YEAR, CandidateRules(temperature_grid(30, 80, step), (form,)), energy[:365])


def error(line: FittedLine, energy: Floats) -> float:
    return float(((energy[:365] - line.predict(YEAR)) ** 2).sum())


class TestANoiseFreeModelOfEachFormIsFoundAgain:
    @fewer_examples(3)
    @given(
        st.sampled_from(list(Form)),
        st.floats(1, 100),
        st.floats(0.5, 5),
        st.floats(0.5, 5),
        st.floats(42, 50),
        st.floats(3, 12),
    )
    def test_wherever_its_balance_points_are(
        self, form: Form, a: float, heat: float, cool: float, low: float, apart: float
    ) -> None:
        high = low if form is Form.FOUR else low + apart
        energy = energy_of(form, a, heat, cool, low, high)
        line = fitted(form, energy)
        assert error(line, energy) <= 1e-16 * max(1.0, ((energy - energy.mean()) ** 2).sum())
        assert line.intercept == pytest.approx(a, abs=1e-6)
        if line.heating is not None:
            assert line.heating == pytest.approx((heat, low), abs=1e-6)
        if line.cooling is not None:
            assert line.cooling == pytest.approx((cool, high), abs=1e-6)
        if line.slope is not None:
            assert line.slope == pytest.approx(heat, abs=1e-9)


class TestTheLeastErrorOfAll:
    """A flat, noisy year has several optima: what is refined is no worse than a grid ten times as fine."""

    @fewer_examples(8)
    @given(st.sampled_from([Form.HEATING, Form.COOLING, Form.FOUR, Form.FIVE]), st.integers(0, 10_000))
    def test_no_finer_grid_does_better(self, form: Form, seed: int) -> None:
        rng = np.random.default_rng(seed)
        energy = energy_of(form, 40, 0.5, 0.8, 47, 58)[:365] + rng.normal(0, 12, 365) + 6 * np.sin(SINE[:365])
        finer = temperature_grid(30, 80, 0.5 if form is Form.FIVE else 0.1)
        try:
            on_grid = grid.fit(YEAR, CandidateRules(finer, (form,)), energy)
            off_grid = fitted(form, energy)
        except NoCandidate:
            return
        assert error(off_grid, energy) <= error(on_grid, energy) * (1 + 1e-9)


class TestUnits:
    ENERGY = energy_of(Form.FIVE, 20, 1.3, 2.1, 44, 61) + np.sin(np.arange(730) * 2.3)

    def test_scaling_units_scales_coefficients(self) -> None:
        one, thousand = fitted(Form.FIVE, self.ENERGY), fitted(Form.FIVE, self.ENERGY * 1000)
        assert one.heating is not None
        assert thousand.heating is not None
        assert thousand.intercept == pytest.approx(one.intercept * 1000)
        assert thousand.heating == pytest.approx((one.heating[0] * 1000, one.heating[1]), rel=1e-9)

    def test_a_constant_moves_the_intercept_only(self) -> None:
        one, more = fitted(Form.FIVE, self.ENERGY), fitted(Form.FIVE, self.ENERGY + 500)
        assert more.intercept == pytest.approx(one.intercept + 500)
        assert more.heating == pytest.approx(one.heating)
        assert more.cooling == pytest.approx(one.cooling)


class TestAStep:
    def test_a_model_without_balance_points_stays_itself(self) -> None:
        line = FittedLine(Form.TWO, 1.0, slope=2.0)
        assert refine(YEAR, line, SINE[:365]) is line

    def test_one_that_is_exact_moves_to_the_optimum_between_two_temperatures(self) -> None:
        """E = 10 + 2·max(0, 15.5 - T): from 15 on, no temperature lies on the way."""
        temperature = np.array([2.0, 5, 8, 11, 14, 17, 20, 23, 26])
        energy = 10 + 2 * np.maximum(15.5 - temperature, 0)
        start = FittedLine(Form.HEATING, 10.0, heating=(2.0, 15.0))
        assert refine(Weather(temperature), start, energy).heating == pytest.approx((2, 15.5), abs=1e-9)

    def test_it_never_leaves_fewer_than_three_rows_on_a_slope(self) -> None:
        """30 and 20, then 12: a line from 1.8 on would be exact, with two days on its slope."""
        temperature = np.array([0.0, 1, 2, 10, 11, 12, 13, 14])
        energy = np.array([30.0, 20, 12, 12, 12, 12, 12, 12])
        start = FittedLine(Form.HEATING, 10.0, heating=(5.0, 3.0))
        line = refine(Weather(temperature), start, energy)
        assert line.heating is not None
        assert (temperature < line.heating[1]).sum() >= 3


def test_local_optima_are_the_best_first_and_at_most_three() -> None:
    """On a line of eight candidates of 4P, tops at 1, 3, 5 and 7; of these the best three."""
    scores = np.array([0.1, 0.5, 0.2, 0.9, 0.3, 0.6, -np.inf, 0.4])[:, np.newaxis]
    numbers = np.arange(8)
    assert local_optima(Candidates(Form.FOUR, scores, numbers, numbers), 8) == [3, 5, 1]


def test_no_candidate_is_said() -> None:
    with pytest.raises(NoCandidate, match="no candidate of 5P"):
        fitted(Form.FIVE, 100 - np.abs(SINE - 52))
