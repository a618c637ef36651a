"""Least squares in a stated order of sums, so that a baseline has the same bytes on every machine.

BLAS and LAPACK choose their order of summation by processor and by number of threads. Here only elementwise products
and numpy's own sums are used, which round the same everywhere: columns are made orthonormal by modified Gram-Schmidt,
each twice, and coefficients follow by substitution.
"""

from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

Floats: TypeAlias = NDArray[np.float64]

#: A column of which less is left, once the ones before it are taken out, depends on them.
DEPENDENT = 1e-9


def dot(one: Floats, other: Floats) -> Floats:
    """Sum the products of rows: of ``n`` or ``n × k`` by as many."""
    found: Floats = (one * other).sum(axis=0)
    return found


@dataclass(frozen=True, slots=True)
class OrthonormalBasis:
    """Orthonormal columns that span the same as those given.

    Attributes:
        columns: ``n × r``.
        triangle: ``r × r``, upper; the columns given are ``columns @ triangle``.
        kept: the numbers of the columns given that depend on none before them.
    """

    columns: Floats
    triangle: Floats
    kept: tuple[int, ...]

    def coefficients(self, of: Floats) -> Floats:
        """Say which multiples of the kept columns add up to what ``project`` found: ``r`` or ``r × m``."""
        found = np.array(of, dtype=np.float64)
        for row in reversed(range(len(self.kept))):
            for later in range(row + 1, len(self.kept)):
                found[row] -= self.triangle[row, later] * found[later]
            found[row] /= self.triangle[row, row]
        return found

    def project(self, values: Floats) -> Floats:
        """Find the parts of ``n`` or ``n × m`` values along each column: ``r`` or ``r × m``."""
        return np.stack([dot(self._along(values, at), values) for at in range(len(self.kept))])

    def residual(self, values: Floats) -> Floats:
        """Take out of ``n`` or ``n × m`` values what the columns explain."""
        rest = values
        for at in range(len(self.kept)):
            column = self._along(values, at)
            rest = rest - column * dot(column, rest)
        return rest

    def _along(self, values: Floats, at: int) -> Floats:
        column: Floats = self.columns[:, at]
        return column if values.ndim == 1 else column[:, np.newaxis]


def orthonormal(columns: Floats) -> OrthonormalBasis:
    """Make ``n × k`` columns orthonormal in the order given; one that depends on those before it is left out."""
    rows, many = columns.shape
    found, kept = np.zeros((many, rows), dtype=np.float64), list[int]()  # a column's numbers beside each other
    triangle = np.zeros((many, many), dtype=np.float64)
    for number in range(many):
        rest = np.ascontiguousarray(columns[:, number])
        whole = np.sqrt(dot(rest, rest))
        parts = np.zeros(len(kept), dtype=np.float64)
        for _ in range(2):  # the second pass takes out what rounding left of the first
            for at in range(len(kept)):
                part = dot(found[at], rest)
                rest = rest - found[at] * part
                parts[at] += part
        left = np.sqrt(dot(rest, rest))
        if not left > DEPENDENT * whole:
            continue
        at = len(kept)
        found[at], triangle[:at, at], triangle[at, at] = rest / left, parts, left
        kept.append(number)
    size = len(kept)
    return OrthonormalBasis(found[:size].T, triangle[:size, :size], tuple(kept))


def solve(columns: Floats, values: Floats) -> Floats:
    """Fit ``n`` values to ``n × k`` columns: ``k`` coefficients, zero for a column that depends on those before it."""
    basis = orthonormal(columns)
    found = np.zeros(columns.shape[1], dtype=np.float64)
    found[list(basis.kept)] = basis.coefficients(basis.project(values))
    return found
