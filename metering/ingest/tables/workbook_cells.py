"""The cells of a sheet as text.

A number of a workbook is a double by its format, whatever a program shows of it: the shortest decimal that is that
double is the value, and nothing rounds it. A date is a count of days since the end of 1899, or since 1904 where the
workbook says so, and a fraction of a day that is seldom exact: within 5 ms of a whole second it is that second.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Any

from metering.ingest.tables.cell_shapes import looks_like_number
from metering.ingest.tables.table_place import SampleRow
from quantities.number import plain

_MARKS = frozenset(".,'’ \u00a0\u202f")
_NEAR_A_SECOND_US = 5000


@dataclass(slots=True)
class SheetCells:
    """The cells of a sheet.

    Attributes:
        rows: text, all of equal length.
        numeric: the columns that have a cell with a number.
        written: by column, the rows whose cell is a text that looks like a number with marks.
    """

    rows: list[list[str]]
    numeric: set[int] = field(default_factory=set)
    written: dict[int, list[int]] = field(default_factory=dict)

    def sample(self, first: int, count: int) -> list[SampleRow]:
        """Some of the rows, numbered from 1."""
        return [SampleRow(first + at + 1, row) for at, row in enumerate(self.rows[first : first + count])]

    def mark_written_numbers(self, columns: Sequence[int]) -> None:
        """Put an apostrophe before numbers written as text, where others are numbers, so that none has two readings."""
        for column in columns:
            for row in self.written.get(column, ()):
                self.rows[row][column] = "'" + self.rows[row][column]


def texts(rows: Iterable[Sequence[Any]]) -> SheetCells:
    """The cells of a sheet as text; a date of a column that has times as well is a midnight."""
    sheet = SheetCells([])
    days: dict[int, list[int]] = {}
    timed: set[int] = set()
    for number, cells in enumerate(rows):
        row = []
        for column, cell in enumerate(cells):
            if isinstance(cell, datetime):
                timed.add(column)
            elif isinstance(cell, date):
                days.setdefault(column, []).append(number)
            elif isinstance(cell, str):
                if set(cell) & _MARKS and looks_like_number(cell):
                    sheet.written.setdefault(column, []).append(number)
            elif not isinstance(cell, bool | time | timedelta):
                sheet.numeric.add(column)
            row.append(_text(cell))
        sheet.rows.append(row)
    for column in timed & days.keys():
        for number in days[column]:
            sheet.rows[number][column] += " 00:00:00"
    return sheet


def _text(cell: Any) -> str:
    match cell:
        case str():
            return cell.replace("\r", " ").replace("\n", " ").encode(errors="replace").decode()
        case bool():
            return str(cell).lower()
        case date() | time() | timedelta():
            return _stamp(cell)
        case _:
            return _digits(Decimal(repr(cell)))


def _stamp(cell: date | time | timedelta) -> str:
    if isinstance(cell, datetime):
        return _near_second(cell).isoformat(" ")
    if isinstance(cell, time):
        return _near_second(datetime.combine(date(2000, 1, 1), cell)).time().isoformat()
    return _hours(cell) if isinstance(cell, timedelta) else cell.isoformat()


def _digits(number: Decimal) -> str:
    if not number.is_finite():
        return str(number)
    return plain(number.quantize(Decimal(1)) if number == number.to_integral_value() else number)


def _near_second(stamp: datetime) -> datetime:
    whole = stamp.replace(microsecond=0)
    over = stamp.microsecond
    if over <= _NEAR_A_SECOND_US:
        return whole
    return whole + timedelta(seconds=1) if over >= 1_000_000 - _NEAR_A_SECOND_US else stamp


def _hours(extent: timedelta) -> str:
    """A time of the day that may be 24:00, or more."""
    seconds = (extent + timedelta(microseconds=_NEAR_A_SECOND_US)) // timedelta(seconds=1)
    hours, rest = divmod(seconds, 3600)
    return f"{hours:02}:{rest // 60:02}:{rest % 60:02}" if rest % 60 else f"{hours:02}:{rest // 60:02}"
