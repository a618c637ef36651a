"""Rows that say the same reading again: they repeat it only if the whole row is the same.

Where another column differs, an hour for one, they may be readings of other times whose column nobody read.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeAlias

from metering.ingest.row_parser import printable
from metering.log.reading import Verdict

#: The cells of some lines of a file, all of each row.
CellsOfLines: TypeAlias = Callable[[Sequence[int]], Mapping[int, Sequence[str]]]


@dataclass(frozen=True, slots=True)
class WholeRows:
    """How to look at whole rows of a table, where some say the same; nothing is looked at before.

    Attributes:
        names: of all columns.
        unread: the positions of those that no role has.
        cells_of: of some lines.
    """

    names: Sequence[str]
    unread: Sequence[int]
    cells_of: CellsOfLines

    def differing(self, pairs: Sequence[tuple[int, int]]) -> list[Verdict]:
        """A verdict on each row that says a reading again and differs from the first in a column that nobody read.

        Args:
            pairs: the line of the first row, and that of the other.
        """
        lines = sorted({line for pair in pairs for line in pair})
        cells = self.cells_of(lines) if self.unread and lines else {}
        return [verdict for pair in pairs if (verdict := self._compared(*pair, cells)) is not None]

    def _compared(self, first: int, other: int, cells: Mapping[int, Sequence[str]]) -> Verdict | None:
        if first == other or first not in cells or other not in cells:
            return None
        one, two = ([_cell(cells[line], at) for at in self.unread] for line in (first, other))
        unlike = [at for at, was, now in zip(self.unread, one, two, strict=True) if was != now]
        if not unlike:
            return None
        names = [self.names[at] or f"column {at + 1}" for at in unlike]
        shown = ", ".join(f"{name} {_cell(cells[other], at)}" for name, at in zip(names, unlike, strict=True))
        expected = (
            f"the row of line {first} as a whole; if {' or '.join(names)} tells rows apart, say what it is (--column)"
        )
        return Verdict(other, "differs_from_line", printable(shown), expected)


def _cell(cells: Sequence[str], at: int) -> str:
    return cells[at].strip() if at < len(cells) else ""
