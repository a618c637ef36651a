"""The least error of all balance points: never beyond the bounds, never worse than any point that brute force tries.

The oracle is numpy's own least squares (LAPACK) at every balance point of a fine grid, and again around the best of them,
closer and closer: it shares nothing with what it judges.
"""

from collections.abc import Iterator
from itertools import product

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from savings.methods.change_point import ChangePoint
from savings.rows import Interval
from savings.statistics import grid
from savings.statistics.change_point import FittedLine, Form, Weather
from savings.statistics.fitting import fit_linear
from savings.statistics.grid import CandidateRules, NoCandidate, temperature_grid
from savings.statistics.linear import Floats
from savings.statistics.optimum import fit_optimal
from tests.build import fewer_examples
from tests.savings.samples import day, energy_of

FORMS = (Form.HEATING, Form.COOLING, Form.FOUR, Form.FIVE)
BOUNDS = (40.0, 70.0)


def rules(form: Form, step: float = 1.0, **changes: bool) -> CandidateRules:
    return CandidateRules(temperature_grid(*BOUNDS, step), (form,), **changes)


class Brute:
    """Least squares at given balance points, by numpy.linalg; rows are days, or bills of ``length`` days."""

    def __init__(self, temperature: Floats, energy: Floats, form: Form, length: int = 1) -> None:
        self.temperature, self.energy, self.form, self.length = temperature, energy, form, length

    def of_rows(self, daily: Floats) -> Floats:
        means: Floats = daily.reshape(-1, self.length).mean(axis=1)
        return means

    def error(self, low: float, high: float) -> float:
        """The sum of squared residuals a day, weighted by days; infinite if a slope is not above zero or on two rows."""
        heat, cool = np.maximum(low - self.temperature, 0), np.maximum(self.temperature - high, 0)
        sides = {Form.HEATING: [heat], Form.COOLING: [cool]}.get(self.form, [heat, cool])
        columns = [self.of_rows(side) for side in sides]
        if any((column > 0).sum() < 3 for column in columns):
            return np.inf
        matrix = np.column_stack([np.ones(len(self.energy)), *columns])
        coefficients = np.linalg.lstsq(matrix, self.energy, rcond=None)[0]
        if self.form is not Form.FOUR and (coefficients[1:] <= 0).any():
            return np.inf
        return float(((self.energy - matrix @ coefficients) ** 2).sum() * self.length)

    def points(self, around: tuple[float, float], reach: float, many: int) -> Iterator[tuple[float, float]]:
        one, other = (np.clip(np.linspace(at - reach, at + reach, many), *BOUNDS) for at in around)
        if self.form is not Form.FIVE:
            return iter([(point, point) for point in one])
        return iter([(low, high) for low, high in product(one, other) if low <= high])

    def least(self) -> tuple[float, tuple[float, float]]:
        """The least error of a grid over all bounds, then of ever closer ones around the best of those before."""
        middle, reach = sum(BOUNDS) / 2, (BOUNDS[1] - BOUNDS[0]) / 2
        best, many = (np.inf, (middle, middle)), 25 if self.form is Form.FIVE else 301
        while reach > 1e-7:
            here = min((self.error(*points), points) for points in self.points(best[1], reach, many))
            best, reach, many = min(best, here), reach / 4, 9 if self.form is Form.FIVE else 33
        return best


def year_of(seed: int, days: int) -> tuple[Floats, Floats, np.random.Generator]:
    rng = np.random.default_rng(seed)
    temperature = np.round(55 + 17 * np.sin(np.arange(days) * 2 * np.pi / days) + rng.normal(0, 5, days), 1)
    base = 40 + 0.9 * np.maximum(49 - temperature, 0) + 0.7 * np.maximum(temperature - 61, 0)
    return temperature, base + rng.normal(0, 3, days), rng


def error(line: FittedLine, weather: Weather, energy: Floats) -> float:
    return float((((energy - line.predict(weather)) ** 2) * weather.days).sum())


def points(line: FittedLine) -> list[float]:
    return [leg[1] for leg in (line.heating, line.cooling) if leg is not None]


class TestTheLeastErrorOfAll:
    @fewer_examples(16)
    @given(st.sampled_from(FORMS), st.integers(0, 10_000))
    def test_of_days(self, form: Form, seed: int) -> None:
        temperature, energy, _ = year_of(seed, 60)
        line = fit_optimal(Weather(temperature), rules(form), energy)
        least, _ = Brute(temperature, energy, form).least()
        assert error(line, Weather(temperature), energy) <= least * (1 + 1e-9)
        assert all(BOUNDS[0] <= point <= BOUNDS[1] for point in points(line))

    @fewer_examples(16)
    @given(st.sampled_from(FORMS), st.integers(0, 10_000))
    def test_of_bills(self, form: Form, seed: int) -> None:
        """Twelve bills of eight days, whose degree-days are the mean of their days'."""
        temperature, daily, _ = year_of(seed, 96)
        energy = daily.reshape(-1, 8).mean(axis=1)
        weather = Weather(temperature, {}, np.arange(0, 96, 8, dtype=np.int64))
        least, _ = Brute(temperature, energy, form, 8).least()
        try:
            line = fit_optimal(weather, rules(form), energy)
        except NoCandidate:
            assert least == np.inf
            return
        assert error(line, weather, energy) <= least * (1 + 1e-9)

    @fewer_examples(4)
    @given(st.sampled_from(FORMS), st.integers(0, 10_000), st.booleans())
    def test_it_never_worsens_the_grid(self, form: Form, seed: int, of_bills: bool) -> None:  # noqa: FBT001
        temperature, energy, rng = year_of(seed, 96)
        energy = rng.normal(50, 9, 96) + 0.2 * energy  # flat: the error has many optima, often at an edge
        weather, values = Weather(temperature), energy
        if of_bills:
            weather = Weather(temperature, {}, np.arange(0, 96, 8, dtype=np.int64))
            values = energy.reshape(-1, 8).mean(axis=1)
        try:
            on_grid = grid.fit(weather, rules(form), values)
        except NoCandidate:
            return
        line = fit_optimal(weather, rules(form), values)
        assert error(line, weather, values) <= error(on_grid, weather, values) * (1 + 1e-12)
        assert all(BOUNDS[0] <= point <= BOUNDS[1] for point in points(line))

    def test_beside_a_further_driver(self) -> None:
        """The driver is taken out first: with 5 kWh a unit besides, the same balance points and slopes."""
        temperature, energy, rng = year_of(3, 120)
        output = rng.uniform(0, 20, 120)
        bare = fit_optimal(Weather(temperature), rules(Form.FIVE), energy)
        matrix = np.column_stack([np.ones(120), output])
        only = energy - matrix @ np.linalg.lstsq(matrix, energy, rcond=None)[0]
        assert only.std() > 0
        line = fit_optimal(Weather(temperature, {"output": output}), rules(Form.FIVE), energy + 5 * output)
        with_none = fit_optimal(Weather(temperature, {"output": output}), rules(Form.FIVE), energy)
        assert points(line) == pytest.approx(points(with_none), abs=1e-7)
        assert line.drivers["output"] - with_none.drivers["output"] == pytest.approx(5)
        assert points(bare) != points(line)


class TestItStaysWithinItsBounds:
    def test_where_the_optimum_lies_beyond(self) -> None:
        """Heating begins at 75, and balance points end at 70: at 70 it stays. By arithmetic 1 it went on to 75."""
        temperature = np.arange(30.0, 90)
        energy = 10 + 2 * np.maximum(75 - temperature, 0)
        rows = [day(repr(float(kwh)), repr(float(degrees))) for kwh, degrees in zip(energy, temperature, strict=True)]
        method = {"form": "3PH", "first": "40", "last": "70"}
        now, before = (
            ChangePoint.model_validate({**method, "arithmetic": number}).fit(rows).model for number in (2, 1)
        )
        assert now.kind == before.kind == "linear"
        assert now.heating is not None
        assert before.heating is not None
        assert float(now.heating.balance_point) == 70
        assert float(before.heating.balance_point) == pytest.approx(75)

    def test_both_points_meet_where_the_year_is_a_v(self) -> None:
        """Of 4P with both slopes above zero the best 5P has both balance points in one."""
        temperature = np.arange(30.0, 90, 0.7)
        energy = 10 + 2 * np.maximum(55.2 - temperature, 0) + 3 * np.maximum(temperature - 55.2, 0)
        line = fit_optimal(Weather(temperature), rules(Form.FIVE), energy)
        assert points(line) == pytest.approx([55.2, 55.2], abs=1e-6)

    def test_a_slope_below_zero_is_allowed_where_it_is_asked_for(self) -> None:
        temperature = np.arange(30.0, 90)
        energy = 200 - 2 * np.maximum(50.3 - temperature, 0)
        with pytest.raises(NoCandidate):
            fit_optimal(Weather(temperature), rules(Form.HEATING), energy)
        line = fit_optimal(Weather(temperature), rules(Form.HEATING, positive_slopes=False), energy)
        assert line.heating == pytest.approx((-2, 50.3), abs=1e-9)


class TestWhatABalancePointRestsOnIsAFinding:
    def codes(self, temperature: Floats, energy: Floats, form: Form) -> dict[str, str]:
        rows = [day(repr(float(kwh)), repr(float(degrees))) for kwh, degrees in zip(energy, temperature, strict=True)]
        outcome = fit_linear(rows, [], Interval.DAY, rules(form), search=fit_optimal)
        return {finding.code: finding.found for finding in outcome.findings if finding.code != "candidates"}

    WIDE = np.arange(20.0, 95, 0.5)

    def test_in_the_middle_of_a_year_there_is_nothing_to_say(self) -> None:
        assert self.codes(self.WIDE, 9 + 2 * np.maximum(55 - self.WIDE, 0), Form.HEATING) == {}

    def test_at_an_edge(self) -> None:
        codes = self.codes(self.WIDE, 9 + 2 * np.maximum(80 - self.WIDE, 0), Form.HEATING)
        assert codes == {"balance_point_at_edge": "70.0000"}
        codes = self.codes(self.WIDE, 9 + 2 * np.maximum(self.WIDE - 30, 0), Form.COOLING)
        assert codes == {"balance_point_at_edge": "40.0000"}

    def test_few_days_beyond(self) -> None:
        """Of days of 46, 46.5 … nine are colder than 50.2."""
        temperature = np.arange(46.0, 95, 0.5)
        energy = 9 + 2 * np.maximum(50.2 - temperature, 0)
        assert self.codes(temperature, energy, Form.HEATING) == {"few_days_beyond": "9"}

    def test_few_days_of_the_base_load(self) -> None:
        """Of days up to 60 five are warmer than 57.8: 58, 58.5, 59, 59.5 and 60."""
        temperature = np.arange(20.0, 60.1, 0.5)
        energy = 9 + 2 * np.maximum(57.8 - temperature, 0)
        assert self.codes(temperature, energy, Form.HEATING) == {"few_days_of_base_load": "5"}

    def test_on_the_grid_as_well(self) -> None:
        energy = energy_of(Form.HEATING, 20, 1.5, 0, 75, 0)[:365]
        assert len(energy) == 365
        rows = [day(repr(float(9 + 2 * max(80 - t, 0))), repr(float(t))) for t in self.WIDE]
        findings = fit_linear(rows, [], Interval.DAY, rules(Form.HEATING)).findings
        assert [finding.code for finding in findings] == ["candidates", "balance_point_at_edge"]
