"""Change-point models: the columns of days and billing periods, and a fit at balance points that are given."""

import numpy as np
import pytest

from savings.statistics.change_point import (
    FittedLine,
    Form,
    Weather,
    adjusted_r_squared,
    fit_at_points,
    squares_around_mean,
)

#: Two billing periods, of two days and of three.
BILLS = Weather(np.array([10.0, 20, 12, 18, 30]), {"output": np.array([5.0, 7])}, np.array([0, 2], dtype=np.int64))


class TestWeather:
    def test_each_day_is_a_row_of_one_day(self) -> None:
        days = Weather(np.array([10.0, 20]))
        assert days.days.tolist() == [1, 1]
        assert days.heating(np.array([15.0])).tolist() == [[5], [0]]
        assert days.cooling(np.array([15.0, 12.0])).tolist() == [[0, 0], [5, 8]]

    def test_a_billing_period_has_the_mean_of_its_days(self) -> None:
        """At 15: heating 5 0 | 3 0 0 and cooling 0 5 | 0 3 15, over two and three days."""
        assert BILLS.days.tolist() == [2, 3]
        assert BILLS.heating(np.array([15.0]))[:, 0].tolist() == [2.5, 1]
        assert BILLS.cooling(np.array([15.0]))[:, 0].tolist() == [2.5, 6]
        assert BILLS.mean_of_rows(BILLS.temperature).tolist() == [15, 20]

    def test_columns_are_one_and_each_driver_by_name(self) -> None:
        drivers = {"b": np.array([1.0, 2]), "a": np.array([3.0, 4])}
        assert Weather(np.zeros(2), drivers).columns.tolist() == [[1, 3, 1], [1, 4, 2]]


@pytest.mark.parametrize(
    ("line", "energy", "parameters"),
    [
        pytest.param(FittedLine(Form.MEAN, 7), [7, 7, 7], 0, id="mean"),
        pytest.param(FittedLine(Form.TWO, 1, slope=0.5), [6, 8.5, 13.5], 1, id="1 + T/2"),
        pytest.param(FittedLine(Form.HEATING, 1, heating=(2, 15)), [11, 1, 1], 1, id="1 + 2·(15 - 10)"),
        pytest.param(FittedLine(Form.COOLING, 1, cooling=(3, 20)), [1, 1, 16], 1, id="1 + 3·(25 - 20)"),
        pytest.param(FittedLine(Form.FIVE, 1, heating=(2, 12), cooling=(3, 20)), [5, 1, 16], 2, id="both"),
        pytest.param(FittedLine(Form.MEAN, 1, drivers={"output": 10.0}), [21, 31, 41], 1, id="a further driver"),
    ],
)
def test_a_model_predicts_by_its_formula(line: FittedLine, energy: list[float], parameters: int) -> None:
    """Days of 10, 15 and 25 degrees; the output is 2, 3 and 4."""
    weather = Weather(np.array([10.0, 15, 25]), {"output": np.array([2.0, 3, 4])})
    assert line.predict(weather).tolist() == energy
    assert line.parameters == parameters


def test_at_given_points_it_is_the_weighted_least_squares() -> None:
    """Bills of 2 to 5 days, by LAPACK: each row and its energy a day times the root of its days."""
    rng = np.random.default_rng(5)
    lengths = rng.integers(2, 6, 30)
    firsts = np.cumsum([0, *lengths[:-1]], dtype=np.int64)
    temperature = rng.uniform(0, 30, lengths.sum())
    energy = rng.uniform(10, 50, 30)
    line = fit_at_points(Weather(temperature, {}, firsts), Form.FIVE, (12, 18), energy, 99)
    heat, cool = (
        np.array([part.mean() for part in np.split(degree_days, firsts[1:])])
        for degree_days in (np.maximum(12 - temperature, 0), np.maximum(temperature - 18, 0))
    )
    columns, root = np.stack([np.ones(30), heat, cool], axis=1), np.sqrt(lengths)
    by_lapack = np.linalg.lstsq(columns * root[:, np.newaxis], energy * root, rcond=None)[0]
    assert line.heating is not None
    assert line.cooling is not None
    assert (line.intercept, line.heating[0], line.cooling[0]) == pytest.approx(tuple(by_lapack))
    assert (line.heating[1], line.cooling[1], line.candidates) == (12, 18, 99)
    left = (((energy - columns @ by_lapack) * root) ** 2).sum()
    total = (lengths * (energy - np.average(energy, weights=lengths)) ** 2).sum()
    assert line.r_squared_adjusted == pytest.approx(1 - left / total * 29 / 27)


def test_squares_are_around_the_weighted_mean() -> None:
    """Weights 1 and 3 of the values 2 and 6: mean 5, squares 1·9 + 3·1 = 12."""
    root = np.sqrt(np.array([1.0, 3.0]))
    assert squares_around_mean((np.array([2.0, 6]) * root)[:, np.newaxis], root) == pytest.approx([12])


@pytest.mark.parametrize(
    ("left", "total", "rows", "parameters", "by_hand"),
    [
        pytest.param(6, 20, 4, 1, 1 - 6 / 20 * 3 / 2, id="1 - left/total · (n - 1)/(n - p - 1)"),
        pytest.param(0, 0, 4, 0, 0, id="what never varies is explained by nothing"),
        pytest.param(6, 20, 2, 1, -np.inf, id="no degree of freedom is left"),
    ],
)
def test_adjusted_r_squared(left: float, total: float, rows: int, parameters: int, by_hand: float) -> None:
    assert adjusted_r_squared(np.array([float(left)]), np.array([float(total)]), rows, parameters) == pytest.approx(
        [by_hand]
    )
