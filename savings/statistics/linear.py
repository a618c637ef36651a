"""Least squares with a fixed order of summation, so that a baseline has the same bytes on every machine.

BLAS and LAPACK choose the order of summation by processor and number of threads. Here only elementwise products and
numpy's own sums are used, which round the same everywhere: columns are made orthonormal by modified Gram-Schmidt in two
passes, and the coefficients follow by back substitution.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray
else:
    from savings.statistics.arrays import np


Floats: TypeAlias = "NDArray[np.float64]"

#: A column depends on the columns before it if less than this fraction of it is left without them.
DEPENDENT = 1e-9


def dot(one: Floats, other: Floats) -> Floats:
    """The sums over rows of the products of two arrays: one for ``n``, ``k`` for ``n × k`` values."""
    sums: Floats = (one * other).sum(axis=0)
    return sums


@dataclass(frozen=True, slots=True)
class OrthonormalBasis:
    """Orthonormal columns with the same span as the given columns.

    Attributes:
        columns: ``n × r``.
        triangle: ``r × r``, upper triangular; the kept given columns are ``columns @ triangle``.
        kept: the numbers of the given columns that do not depend on the columns before them, ``r`` of them.
    """

    columns: Floats
    triangle: Floats
    kept: tuple[int, ...]

    def coefficients(self, projections: Floats) -> Floats:
        """The coefficients of the kept given columns, from the result of ``project``: ``r`` or ``r × m``."""
        if projections.ndim == 1:
            return np.array(self._coefficients_of_one(projections.tolist()), dtype=np.float64)
        solution = np.array(projections, dtype=np.float64)
        for row in reversed(range(len(self.kept))):
            for later in range(row + 1, len(self.kept)):
                solution[row] -= self.triangle[row, later] * solution[later]
            solution[row] /= self.triangle[row, row]
        return solution

    def _coefficients_of_one(self, solution: list[float]) -> list[float]:
        """The same sums in Python's floats, which are numpy's, and many times quicker one by one."""
        triangle = self.triangle.tolist()
        for row in reversed(range(len(self.kept))):
            for later in range(row + 1, len(self.kept)):
                solution[row] -= triangle[row][later] * solution[later]
            solution[row] /= triangle[row][row]
        return solution

    def project(self, values: Floats) -> Floats:
        """The projections of ``n`` or ``n × m`` values on each orthonormal column: ``r`` or ``r × m``."""
        if not self.kept:  # every column was zero
            return np.zeros((0, *values.shape[1:]), dtype=np.float64)
        return np.stack([dot(self._along(values, at), values) for at in range(len(self.kept))])

    def residual(self, values: Floats, projections: Floats | None = None) -> Floats:
        """What the columns leave unexplained of ``n`` or ``n × m`` values: an array of the same shape.

        ``projections`` are those of ``project``, where they are known: that on the first column is needed here too.
        """
        rest = values
        for at in range(len(self.kept)):
            column = self._along(values, at)
            explained = column * (dot(column, rest) if at or projections is None else projections[0])
            rest = np.subtract(rest, explained, out=explained)
        return rest

    def _along(self, values: Floats, at: int) -> Floats:
        column: Floats = self.columns[:, at]
        return column if values.ndim == 1 else column[:, np.newaxis]


def orthonormal(columns: Floats, apart: tuple[range, range] = (range(0), range(0))) -> OrthonormalBasis:
    """Make ``n × k`` columns orthonormal in their order; a column that depends on those before it is left out.

    Args:
        columns: the columns.
        apart: the numbers of columns and of others behind them; in each row all of the ones are zero or all of the
            others. What one has of another is exactly zero, and need not be computed.
    """
    rows, many = columns.shape
    basis, kept = np.empty((many, rows), dtype=np.float64), list[int]()  # transposed: a column is contiguous
    product = np.empty(rows, dtype=np.float64)
    triangle = np.zeros((many, many), dtype=np.float64)
    for number in range(many):
        rest = np.array(columns[:, number], dtype=np.float64)
        whole = np.sqrt(dot(rest, rest))
        if whole == 0:
            continue
        parts = np.zeros(len(kept), dtype=np.float64)
        before = [at for at, other in enumerate(kept) if number not in apart[1] or other not in apart[0]]
        for _ in range(2):  # the second pass removes the rounding errors of the first
            for at in before:  # dot() and a difference, in place
                np.multiply(basis[at], rest, out=product)
                part = np.add.reduce(product)
                np.multiply(basis[at], part, out=product)
                np.subtract(rest, product, out=rest)
                parts[at] += part
        left = np.sqrt(dot(rest, rest))
        if not left > DEPENDENT * whole:
            continue
        at = len(kept)
        basis[at], triangle[:at, at], triangle[at, at] = rest / left, parts, left
        kept.append(number)
    size = len(kept)
    return OrthonormalBasis(basis[:size].T, triangle[:size, :size], tuple(kept))


def solve(columns: Floats, values: Floats, apart: tuple[range, range] = (range(0), range(0))) -> Floats:
    """Least squares: ``k`` coefficients of ``n × k`` columns for ``n`` values; zero for a dependent column.

    ``apart`` is as of ``orthonormal``.
    """
    basis = orthonormal(columns, apart)
    coefficients = np.zeros(columns.shape[1], dtype=np.float64)
    coefficients[list(basis.kept)] = basis.coefficients(basis.project(values))
    return coefficients
