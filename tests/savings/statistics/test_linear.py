"""Least squares in one order of sums, held against numpy's own solver."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from savings.statistics.linear import Floats, dot, orthonormal, solve
from tests.build import fewer_examples


def drawn(many: int, seed: int) -> tuple[Floats, Floats]:
    rng = np.random.default_rng(seed)
    return rng.normal(size=(40, many)), rng.normal(size=40)


@fewer_examples(4)
@given(st.integers(1, 6), st.integers(0, 1000))
def test_least_squares_leave_nothing_along_any_column(many: int, seed: int) -> None:
    columns, values = drawn(many, seed)
    residuals = values - (columns * solve(columns, values)).sum(axis=1)
    assert (columns * residuals[:, np.newaxis]).sum(axis=0) == pytest.approx(0, abs=1e-9)


@fewer_examples(4)
@given(st.integers(1, 6), st.integers(0, 1000))
def test_the_coefficients_are_those_of_lapack(many: int, seed: int) -> None:
    columns, values = drawn(many, seed)
    assert solve(columns, values) == pytest.approx(np.linalg.lstsq(columns, values, rcond=None)[0], abs=1e-10)


@fewer_examples(4)
@given(st.integers(2, 6), st.integers(0, 1000))
def test_a_basis_is_orthonormal_and_spans_the_columns(many: int, seed: int) -> None:
    columns, values = drawn(many, seed)
    basis = orthonormal(columns)
    assert basis.columns.T @ basis.columns == pytest.approx(np.eye(many), abs=1e-12)
    assert basis.columns @ basis.triangle == pytest.approx(columns, abs=1e-12)
    assert basis.columns @ basis.project(values) + basis.residual(values) == pytest.approx(values, abs=1e-12)


@fewer_examples(4)
@given(st.integers(1, 4), st.integers(1, 4), st.integers(0, 1000))
def test_columns_that_never_meet_have_the_coefficients_of_all_sums_bit_for_bit(one: int, other: int, seed: int) -> None:
    columns, values = drawn(one + other + 2, seed)
    columns[:20, :one] = 0
    columns[20:, one : one + other] = 0
    apart = range(one), range(one, one + other)
    assert solve(columns, values, apart).tobytes() == solve(columns, values).tobytes()


@fewer_examples(4)
@given(st.integers(1, 6), st.integers(0, 1000))
def test_what_is_left_is_the_same_where_the_projections_are_known(many: int, seed: int) -> None:
    columns, _ = drawn(many + 3, seed)
    basis, values = orthonormal(columns[:, :many]), columns[:, many:]
    assert basis.residual(values, basis.project(values)).tobytes() == basis.residual(values).tobytes()


def test_a_column_that_depends_on_those_before_it_has_no_coefficient() -> None:
    """The third is twice the first less the second: 3 · one + 4 · two are found without it."""
    one, two = np.array([1.0, 0, 2, 1]), np.array([0.0, 1, 1, 5])
    columns = np.stack([one, two, 2 * one - two], axis=1)
    assert orthonormal(columns).kept == (0, 1)
    assert solve(columns, 3 * one + 4 * two) == pytest.approx([3, 4, 0])


def test_a_column_of_zeros_is_left_out() -> None:
    assert orthonormal(np.array([[0.0, 1], [0, 2]])).kept == (1,)


def test_products_of_one_and_of_many_columns() -> None:
    """1 · 3 + 2 · 4 = 11, and for each of two columns."""
    assert dot(np.array([1.0, 2]), np.array([3.0, 4])) == 11
    assert dot(np.array([[1.0, 0], [2, 5]]), np.array([[3.0, 1], [4, 1]])).tolist() == [11, 5]


def test_columns_of_zeros_alone_have_no_coefficients() -> None:
    """As the temperature of an hour of the week that is always the same, once its mean is taken out."""
    assert solve(np.zeros((3, 2)), np.array([1.0, 2, 3])).tolist() == [0, 0]
