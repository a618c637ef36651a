"""How much of a saving was measured: the rows that count, of all that are not masked, and how many must."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import TypeAlias

from quantities.arithmetic import quotient
from quantities.errors import Conflict
from quantities.number import plain


class CoverageTooLow(Conflict):
    """Too few rows of the saving count."""


@dataclass(frozen=True, slots=True)
class RowCoverage:
    """The coverage of some days of a saving.

    Attributes:
        saving: its name.
        counted: the number of rows that count.
        rows: the number of rows without those that are masked.
        least: the fraction of them that must count.
        why: what the others lack, in words.
    """

    saving: str
    counted: int
    rows: int
    least: Decimal
    why: str = ""

    @property
    def fraction(self) -> Decimal:
        """The rows that count as a fraction of all; 1 if there are none."""
        return quotient(Decimal(self.counted), Decimal(self.rows)) if self.rows else Decimal(1)

    def with_more(self, counted: int, rows: int) -> "RowCoverage":
        """Add the rows of further days; what some of all rows lack is not told then."""
        if not rows:
            return self
        return replace(self, counted=self.counted + counted, rows=self.rows + rows, why="")

    def with_carried(self, sums: Mapping[str, str], of: str = "") -> "RowCoverage":
        """Add the rows that a window has carried, as ``sums`` wrote them; ``of`` tells them from those of others."""
        return self.with_more(int(sums.get(f"counted{of}", "0")), int(sums.get(f"rows{of}", "0")))

    def sums(self, of: str = "") -> dict[str, Decimal]:
        """The rows as sums that a window carries."""
        return {f"counted{of}": Decimal(self.counted), f"rows{of}": Decimal(self.rows)}

    def require(self) -> None:
        """Refuse days of which too little was measured.

        Raises:
            CoverageTooLow: fewer rows count than were agreed.
        """
        if self.fraction < self.least:
            raise CoverageTooLow(
                f"{self.saving}: {self.counted} of {self.rows} rows count{'; ' if self.why else ''}{self.why}",
                place=self.saving,
                found=plain(round(self.fraction, 4)),
                expected=f"at least {plain(self.least)}",
            )


@dataclass(frozen=True, slots=True)
class JoinedCoverage:
    """The coverage of savings that are joined: each by itself, for the hours of one outweigh the days of another."""

    parts: tuple[RowCoverage, ...]

    def with_carried(self, sums: Mapping[str, str]) -> "JoinedCoverage":
        """Add the rows that a window has carried of each."""
        return JoinedCoverage(tuple(part.with_carried(sums, f" of {part.saving}") for part in self.parts))

    def sums(self) -> dict[str, Decimal]:
        """The rows of each as sums that a window carries."""
        return {name: rows for part in self.parts for name, rows in part.sums(f" of {part.saving}").items()}

    def require(self) -> None:
        """Refuse days of which too little of any of them was measured.

        Raises:
            CoverageTooLow: of one of them fewer rows count than were agreed.
        """
        for part in self.parts:
            part.require()


#: How much of a saving was measured, or of each of several that are joined.
SavingCoverage: TypeAlias = RowCoverage | JoinedCoverage
