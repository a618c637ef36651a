"""Where the table stands in a file: below which lines, under which header, with which units.

The header is the nearest line of names above the first run of rows. Short lines, and tables of a single row, may stand
above it; several tables are a question.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from metering.ingest.how_read import Answer, Aspect, OpenQuestion
from metering.ingest.options import IngestOptions
from metering.ingest.tables.cell_shapes import (
    RowShape,
    is_kind_row,
    is_unit,
    is_unit_row,
    looks_like_time,
    row_shape,
    split_unit,
)
from metering.ingest.unreadable import UnreadableFile

_SKIPPED = (RowShape.BLANK, RowShape.COMMENT, RowShape.RULE)
_COLUMNS_MAX = 5000
#: In a line of groups, where a column of none stands: what is left of it does not reach over it.
NO_GROUP = " "
_UNIT_WORDS = frozenset(
    {"unit", "units", "uom", "einheit", "einheiten", "maßeinheit", "messeinheit", "unité", "unités", "unita", "unità",
     "unità di misura", "unidad", "unidade", "eenheid", "jednostka", "jednotka", "enhet", "enhed", "yksikkö", "me",
     "mértékegység", "birim", "единица", "ед. изм.", "单位", "單位", "単位", "단위"}
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class SampleRow:
    """One of the first rows of a file.

    Attributes:
        line: its last line, from 1.
        cells: as written.
    """

    line: int
    cells: Sequence[str]


@dataclass(frozen=True, slots=True)
class TablePlace:
    """Where a table stands.

    Attributes:
        names: those of its columns, as written; a column without a name has an empty one.
        levels: lines above the names that name groups of columns, from the top; one that has names too has a blank
            (``NO_GROUP``) in their place.
        units: the cells of the line of units below the names; empty: there is none.
        stated_unit: the one unit that the lines above the table state, and their line; None: none or several.
        line: that of the names, from 1.
        data_line: the first line below all lines of the header.
        above: the lines above it that hold something.
        questions: which of several tables it is.
        named: how many cells the line of the names has; rows may have more.
    """

    names: tuple[str, ...]
    levels: tuple[tuple[str, ...], ...]
    units: tuple[str, ...]
    stated_unit: tuple[str, int] | None
    line: int
    data_line: int
    above: tuple[int, ...] = ()
    questions: tuple[OpenQuestion, ...] = ()
    named: int = 0


@dataclass(slots=True)
class _Candidate:
    """A run of rows below one header, by their positions in the sample."""

    header: int | None
    rows: list[int]


#: Names that a line has which can be nothing but a header, even above rows that are all bad.
_USUAL_TIMES = frozenset({"time", "start", "timestamp", "datetime", "date"})
_USUAL_OTHERS = frozenset({"value", "reading", "usage", "state", "register", "key", "meter"})


def count_rows(rows: Sequence[SampleRow], time_format: str | None) -> tuple[int, int]:
    """How many rows look like data, and how many at least like a time and something else."""
    shapes = Counter(row_shape(row.cells, time_format) for row in rows)
    times = sum(len(row.cells) > 1 and any(looks_like_time(cell, time_format) for cell in row.cells) for row in rows)
    return shapes[RowShape.DATA], times


def find_table(rows: Sequence[SampleRow], options: IngestOptions) -> TablePlace:
    """Find the table in the first rows of a file.

    Args:
        rows: the first rows; from that of the header on, where the sender says its line.
        options: what the sender says.

    Raises:
        UnreadableFile: there is nothing, no header, or too many columns.
    """
    shapes = [row_shape(row.cells, options.time_format) for row in rows]
    questions: tuple[OpenQuestion, ...] = ()
    names_at = _as_said_or_usual(rows, shapes, options)
    if names_at is None:
        names_at, questions = _nearest_above_rows(rows, shapes, options)
    if _is_upper_half(rows, shapes, names_at):
        names_at += 1
    below = _lines_of_header(rows, shapes, names_at)
    return _place(rows, shapes, names_at, below, questions)


def _as_said_or_usual(rows: Sequence[SampleRow], shapes: Sequence[RowShape], options: IngestOptions) -> int | None:
    """The header that the sender says, by its line or by the names of columns; or one that has our own names."""
    filled = [at for at, shape in enumerate(shapes) if shape not in _SKIPPED]
    if not filled:
        raise UnreadableFile("the file is empty", found="", expected="a header and rows")
    if options.header_line is not None:
        return filled[0]
    mapped = {part.strip().casefold() for name in options.columns.values() for part in name.split("+")}
    if mapped:
        for at in filled:
            if mapped <= _all_names(rows[at].cells) or {"+".join(sorted(mapped))} <= _all_names(rows[at].cells):
                return at
    first = {cell.strip().casefold() for cell in rows[filled[0]].cells}
    usual = first & _USUAL_TIMES and first & _USUAL_OTHERS
    return filled[0] if usual and shapes[filled[0]] is RowShape.HEADER else None


def _all_names(cells: Sequence[str]) -> set[str]:
    """The names in a line, with and without their units."""
    return {cell.strip().casefold() for cell in cells} | {split_unit(cell)[0].casefold() for cell in cells}


def _nearest_above_rows(
    rows: Sequence[SampleRow], shapes: Sequence[RowShape], options: IngestOptions
) -> tuple[int, tuple[OpenQuestion, ...]]:
    tables = _candidates(rows, shapes, options)
    if not tables:
        return next(at for at, shape in enumerate(shapes) if shape not in _SKIPPED), ()
    several = [table for table in tables if len(table.rows) > 1] or tables
    with_header = [table.header for table in several if table.header is not None]
    if several[0].header is None:
        line = rows[several[0].rows[0]].line
        raise UnreadableFile(
            f"the rows begin in line {line}, and no line above it names their columns",
            found=f"line {line}",
            expected="a line with the names of the columns, or --header-line with its number",
        )
    names_at = [_above_units(rows, shapes, header) for header in with_header]
    if len(names_at) == 1:
        return names_at[0], ()
    answers = tuple(
        Answer("header_line", str(rows[at].line), f"the columns {', '.join(filter(None, rows[at].cells))}"[:200])
        for at in names_at
    )
    lines = " and ".join(str(rows[at].line) for at in names_at)
    question = OpenQuestion(Aspect.TABLE, f"tables with other columns begin in lines {lines}", answers)
    return names_at[0], (question,)


def _candidates(rows: Sequence[SampleRow], shapes: Sequence[RowShape], options: IngestOptions) -> list[_Candidate]:
    """The tables of the sample: rows below one header each; the same header again goes on with the same table."""
    data = [at for at, shape in enumerate(shapes) if shape is RowShape.DATA]
    if not data:  # rows that count themselves may have no number
        data = [
            at
            for at, row in enumerate(rows)
            if len(row.cells) > 1 and any(looks_like_time(cell, options.time_format) for cell in row.cells)
        ]
    tables: list[_Candidate] = []
    header: int | None = None
    is_data = set(data)
    for at, shape in enumerate(shapes):
        if at in is_data:
            known = tables[-1].header if tables else None
            repeats = header is None or (known is not None and _same(rows[header], rows[known]))
            if tables and repeats:
                tables[-1].rows.append(at)
            else:
                tables.append(_Candidate(header, [at]))
            header = None
        elif shape is RowShape.HEADER:
            header = at
    return tables


def _same(row: SampleRow, other: SampleRow) -> bool:
    return [cell.strip() for cell in row.cells] == [cell.strip() for cell in other.cells]


def _above_units(rows: Sequence[SampleRow], shapes: Sequence[RowShape], at: int) -> int:
    """The line of the names, where the nearest line above the rows has units or kinds."""
    nearest = at
    while is_unit_row(rows[at].cells) or is_kind_row(rows[at].cells):
        at -= 1
        while at >= 0 and shapes[at] in _SKIPPED:
            at -= 1
        if at < 0 or len(rows[at].cells) < 2:  # noqa: PLR2004 a table has a time and a value
            return nearest
    return at


def _lines_of_header(rows: Sequence[SampleRow], shapes: Sequence[RowShape], names_at: int) -> list[int]:
    """The lines directly below the names that have units or kinds."""
    below = []
    for at in range(names_at + 1, len(rows)):
        if is_unit_row(rows[at].cells) or is_kind_row(rows[at].cells):
            below.append(at)
        elif shapes[at] not in _SKIPPED:
            break
    return below


def _is_upper_half(rows: Sequence[SampleRow], shapes: Sequence[RowShape], at: int) -> bool:
    """Whether a line has names over several columns each, whose own names the next line has."""
    if at + 1 >= len(rows) or shapes[at + 1] is not RowShape.HEADER:
        return False
    lower = rows[at + 1].cells
    return not is_unit_row(lower) and not is_kind_row(lower) and _are_halves(rows[at].cells, lower)


def _are_halves(upper: Sequence[str], lower: Sequence[str]) -> bool:
    """Whether one line has groups of columns, and names where the other, that of all other names, has none.

    Each column has a name in one of them; a group stands over the first of its columns.
    """
    if len(upper) != len(lower):
        return False
    both = [(above.strip(), below.strip()) for above, below in zip(upper, lower, strict=True)]
    while both and not any(both[-1]):
        both.pop()
    have_names = all(above or below for above, below in both)
    have_groups = any(above and below for above, below in both) and any(not above for above, _ in both)
    return have_names and have_groups and any(not below for _, below in both)


def _place(
    rows: Sequence[SampleRow],
    shapes: Sequence[RowShape],
    names_at: int,
    below: Sequence[int],
    questions: tuple[OpenQuestion, ...],
) -> TablePlace:
    widths = Counter(
        len(row.cells) for row, shape in zip(rows[names_at:], shapes[names_at:], strict=True) if shape is RowShape.DATA
    )
    width = max(len(rows[names_at].cells), max(widths, key=widths.__getitem__, default=0))
    if width > _COLUMNS_MAX:
        raise UnreadableFile(f"the table has {width} columns", found=width, expected=f"at most {_COLUMNS_MAX}")

    def padded(cells: Sequence[str]) -> tuple[str, ...]:
        return tuple(cell.strip() for cell in [*cells, *[""] * (width - len(cells))])

    names, levels, top = padded(rows[names_at].cells), [], names_at
    if names_at and _are_halves(rows[names_at - 1].cells, rows[names_at].cells):
        upper, top = padded(rows[names_at - 1].cells), names_at - 1
        levels.append(tuple(group if name else NO_GROUP for group, name in zip(upper, names, strict=True)))
        names = tuple(name or group for group, name in zip(upper, names, strict=True))
    for at in range(top - 1, -1, -1):
        cells = rows[at].cells
        if len(cells) != len(rows[names_at].cells) or cells[0].strip() or not any(map(str.strip, cells)):
            break
        levels.append(padded(cells))
    units = next((padded(rows[at].cells) for at in below if is_unit_row(rows[at].cells)), ())
    last = below[-1] if below else names_at
    above = [at for at in range(names_at - len(levels)) if shapes[at] is not RowShape.BLANK]
    return TablePlace(
        names=names,
        levels=tuple(reversed(levels)),
        units=units,
        stated_unit=_stated_unit([rows[at] for at in above]),
        line=rows[names_at].line,
        data_line=rows[last].line + 1,
        above=tuple(rows[at].line for at in above),
        questions=questions,
        named=len(rows[names_at].cells),
    )


def _stated_unit(above: Sequence[SampleRow]) -> tuple[str, int] | None:
    """The unit that stands beside the word for it, or below it, above the table."""
    stated: dict[str, int] = {}
    for number, row in enumerate(above):
        below = above[number + 1].cells if number + 1 < len(above) else ()
        cells = [cell.strip() for cell in row.cells]
        for at, cell in enumerate(cells):
            word, _, rest = cell.partition(":")
            if word.strip().casefold() not in _UNIT_WORDS:
                continue
            after = below[at].strip() if at < len(below) else ""
            beside = [rest.strip(), *cells[at + 1 : at + 2], after]
            stated |= {text: row.line for text in beside if is_unit(text)}
    return next(iter(stated.items())) if len(stated) == 1 else None
