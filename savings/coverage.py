"""How much of a saving was measured: the rows that count, of all that are not masked, and how many must."""

from dataclasses import dataclass, replace
from decimal import Decimal

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

    def require(self) -> None:
        """Refuse days of which too little was measured.

        Raises:
            CoverageTooLow: fewer rows count than were agreed.
        """
        if self.fraction < self.least:
            raise CoverageTooLow(
                f"{self.saving}: {self.counted} of {self.rows} rows count{'; ' if self.why else ''}{self.why}",
                found=plain(round(self.fraction, 4)),
                expected=f"at least {plain(self.least)}",
            )
