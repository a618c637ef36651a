"""Figures of merit, each by hand from four rows.

measured 10 12 14 16, modelled 11 12 13 18; p = 1
mean 13; around it -3 -1 1 3, squares 20; residuals -1 0 1 -2, squares 6, sum -2
"""

from decimal import Decimal
from math import sqrt

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from savings.statistics.goodness import Figures, fifteen_digits, figures_of_merit
from tests.build import fewer_examples
from tests.savings.samples import FIGURES

#: Correlation of measured -3 -1 1 3 and modelled -2.5 -1.5 -0.5 4.5: 22 / √(20 · 29).
SQUARED = 22**2 / (20 * 29)
#: Of each residual 0 1 -2 and the one before, -1 0 1: around their means 1/3 4/3 -5/3 and -1 0 1.
RHO = -2 / sqrt(42 / 9 * 2)


@pytest.mark.parametrize(
    ("figure", "by_hand"),
    [
        pytest.param("mean", 13, id="mean"),
        pytest.param("variance", 20 / 4, id="variance by n"),
        pytest.param("sse", 6, id="sum of squared residuals"),
        pytest.param("rmse_n", sqrt(6 / 4), id="RMSE by n"),
        pytest.param("rmse_n_p", sqrt(6 / 3), id="RMSE by n - p"),
        pytest.param("r_squared", 1 - 6 / 20, id="R²"),
        pytest.param("r_squared_adjusted", 1 - 6 / 20 * 3 / 2, id="adjusted R²"),
        pytest.param("r_squared_correlation", SQUARED, id="squared correlation"),
        pytest.param("r_squared_correlation_adjusted", 1 - (1 - SQUARED) * 3 / 2, id="adjusted squared correlation"),
        pytest.param("cv_rmse_n", sqrt(6 / 4) / 13, id="CV(RMSE) by n"),
        pytest.param("cv_rmse_n_p", sqrt(6 / 3) / 13, id="CV(RMSE) by n - p"),
        pytest.param("cv_rmse_n_p_1", sqrt(6 / 2) / 13, id="CV(RMSE) by n - p - 1"),
        pytest.param("nmbe_n", 2 / 52, id="NMBE by n: modelled less measured"),
        pytest.param("nmbe_n_p_1", 2 / (2 * 13), id="NMBE by n - p - 1"),
        pytest.param("autocorrelation", RHO, id="autocorrelation"),
        pytest.param("n_prime", 4 * (1 - RHO) / (1 + RHO), id="n'"),
    ],
)
def test_by_hand(figure: str, by_hand: float) -> None:
    assert float(getattr(FIGURES, figure)) == pytest.approx(by_hand, rel=1e-14)


@pytest.mark.parametrize(
    ("measured", "modelled", "p", "none"),
    [
        pytest.param(
            [7, 7, 7, 7],
            [7, 7, 7, 7],
            0,
            {
                "r_squared",
                "r_squared_adjusted",
                "r_squared_correlation",
                "r_squared_correlation_adjusted",
                "autocorrelation",
                "n_prime",
            },
            id="constant energy: nothing to explain, residuals without a correlation",
        ),
        pytest.param(
            [-1, 1, -2, 2],
            [0, 1, -2, 2.5],
            1,
            {"cv_rmse_n", "cv_rmse_n_p", "cv_rmse_n_p_1", "nmbe_n", "nmbe_n_p_1"},
            id="a mean of zero divides nothing",
        ),
        pytest.param(
            [1, 2, 4],
            [1, 2.5, 4],
            3,
            {
                "rmse_n_p",
                "cv_rmse_n_p",
                "cv_rmse_n_p_1",
                "r_squared_adjusted",
                "r_squared_correlation_adjusted",
            },
            id="as many coefficients as rows",
        ),
    ],
)
def test_what_would_divide_by_nothing_is_none(
    measured: list[float], modelled: list[float], p: int, none: set[str]
) -> None:
    figures = figures_of_merit(np.array(measured, dtype=float), np.array(modelled, dtype=float), p)
    assert {name for name in Figures.model_fields if getattr(figures, name) is None} == none


@fewer_examples(4)
@given(st.lists(st.tuples(st.integers(1, 1000), st.integers(1, 1000)), min_size=5, max_size=40), st.integers(2, 9))
def test_another_unit_of_energy_changes_no_figure_without_a_unit(rows: list[tuple[int, int]], scale: int) -> None:
    measured, modelled = (np.array(column, dtype=float) for column in zip(*rows, strict=True))
    one, other = (figures_of_merit(measured * by, modelled * by, 1) for by in (1, scale))
    for name in ("r_squared", "cv_rmse_n", "cv_rmse_n_p", "cv_rmse_n_p_1", "nmbe_n", "nmbe_n_p_1"):
        figure, scaled = getattr(one, name), getattr(other, name)
        assert (figure is None) is (scaled is None)
        if figure is not None:
            assert float(scaled) == pytest.approx(float(figure), rel=1e-9, abs=1e-12)


@pytest.mark.parametrize(
    ("number", "kept"), [(1 / 3, "0.333333333333333"), (2 / 3, "0.666666666666667"), (1e16 + 2, "1.00000000000000E+16")]
)
def test_fifteen_digits(number: float, kept: str) -> None:
    assert fifteen_digits(number) == Decimal(kept)
