"""The needed cells of all rows of a table, and what stood between and below its rows.

A line that only lays a list out (a rule, a title of a page, the header once more, a comment) is counted and said. Any
other line is a row, or has a verdict: ``total`` and ``not_a_row`` where it has no time.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from metering.ingest.raw_columns import string_column
from metering.ingest.row_parser import printable
from metering.ingest.tables.cell_shapes import (
    RowShape,
    is_rule,
    looks_like_number,
    looks_like_time,
    names_a_total,
    row_shape,
    says_no_value,
)
from metering.ingest.tables.text_rows import LINE_BYTES_MAX, CutRows
from metering.log.columns import Flags, Ints
from metering.log.reading import Verdict, limit_refusals

_TAIL_ROWS = 50
_HEAD_ROWS = 1 << 14
_COLUMNS_MAX = 5000
_NO = pa.scalar(value=False)


@dataclass(frozen=True, slots=True)
class NeededCells:
    """What is needed of each row.

    Attributes:
        names: the header as written, by position.
        times: the positions that make up the time of a row.
        values: the positions of values; their cells are hardly ever alike.
        others: the positions of all other roles.
        least: how many cells a row has at least.
        time_format: what the sender says of times.
        units: the line of units below the names.
        in_edges: whether each row begins and ends with the delimiter, as lists are printed.
        named: how many cells the line of the names has; what a row has beyond them is of no column.
    """

    names: tuple[str, ...]
    times: tuple[int, ...]
    values: tuple[int, ...]
    others: tuple[int, ...]
    least: int
    time_format: str | None
    units: tuple[str, ...] = ()
    in_edges: bool = False
    named: int = _COLUMNS_MAX

    @property
    def positions(self) -> list[int]:
        """All needed positions."""
        return sorted({*self.times, *self.values, *self.others})


@dataclass(slots=True)
class GatheredRows:
    """The rows of a table.

    Attributes:
        cells: by position.
        lines: of the rows, in their order.
        verdicts: on lines that are no rows.
        layout: the lines that only lay the table out.
        other_headers: the lines that look like the header of another table, with their cells.
    """

    cells: dict[int, pa.Array]
    lines: Ints
    verdicts: list[Verdict] = field(default_factory=list)
    layout: list[int] = field(default_factory=list)
    other_headers: dict[int, str] = field(default_factory=dict)

    def keep(self, mask: Flags) -> None:
        """Leave out all other rows."""
        if not mask.all():
            kept = pa.array(mask)
            self.cells = {at: column.filter(kept) for at, column in self.cells.items()}
            self.lines = self.lines[mask]

    def row(self, number: int) -> dict[int, str]:
        """The cells of one row."""
        return {at: str(column[number].as_py() or "") for at, column in self.cells.items()}


def gather(blocks: Iterable[CutRows], needed: NeededCells) -> GatheredRows:
    """Take the needed cells of all rows; those with fewer or more cells than the header one by one."""
    parts: dict[int, list[pa.Array]] = {at: [] for at in needed.positions}
    numbers: list[Ints] = []
    unlike = set(needed.values)
    rows = GatheredRows({}, np.zeros(0, np.int64))
    for block in blocks:
        odd_lines = block.lines
        if block.pieces is not None:
            whole, pieces = _within_the_header(block.lines[block.whole], block.pieces, needed, rows)
            for at, chunks in parts.items():
                cells = pc.list_element(pieces, at).cast(pa.string())
                if at == len(needed.names) - 1:
                    cells = pc.utf8_rtrim(cells, "\r\n")
                if not chunks and at in needed.times and len(needed.values) <= 1 and _are_unlike(cells):
                    unlike.add(at)
                chunks.append(cells if at in unlike else cells.dictionary_encode())
            numbers.append(whole)
            odd_lines = block.lines[~block.whole]
        kept, kept_lines = _odd_rows(block.odd, odd_lines, needed, rows)
        for at, chunks in parts.items():
            cells = string_column([row[at] if at < len(row) else "" for row in kept])
            chunks.append(cells if at in unlike else cells.dictionary_encode())
        numbers.append(kept_lines)
    rows.cells = {at: _joined(chunks) for at, chunks in parts.items()}
    rows.lines = np.concatenate([*numbers, np.zeros(0, np.int64)]).astype(np.int64)
    if (np.diff(rows.lines) < 0).any():
        order = np.argsort(rows.lines, kind="stable")
        rows.cells = {at: column.take(pa.array(order)) for at, column in rows.cells.items()}
        rows.lines = rows.lines[order]
    _set_aside_rows_without_time(rows, needed)
    return rows


def _are_unlike(cells: pa.Array) -> bool:
    """Whether most of the first cells are unlike all others, as the times of one register are."""
    head = cells[:_HEAD_ROWS]
    return len(head) == _HEAD_ROWS and 2 * pc.count_distinct(head).as_py() > _HEAD_ROWS


def _joined(chunks: Sequence[pa.Array]) -> pa.Array:
    """Concatenate the parts of a column; those whose cells repeat themselves stay dictionary-encoded."""
    if not chunks:
        return string_column([])
    return pa.chunked_array(chunks).unify_dictionaries().combine_chunks()


def _within_the_header(lines: Ints, pieces: pa.Array, needed: NeededCells, rows: GatheredRows) -> tuple[Ints, pa.Array]:
    """Without the rows that have something beyond the last named column, each of which gets a verdict."""
    within = np.ones(len(lines), np.bool_)
    for at in range(needed.named, len(needed.names)):
        cells = pc.utf8_trim_whitespace(pc.list_element(pieces, at).cast(pa.string()))
        within &= pc.equal(cells, "").to_numpy(zero_copy_only=False)
    for line in lines[~within].tolist():
        _refuse_beyond(line, len(needed.names), needed, rows)
    return (lines, pieces) if within.all() else (lines[within], pieces.filter(pa.array(within)))


def _refuse_beyond(line: int, cells: int, needed: NeededCells, rows: GatheredRows) -> None:
    """A number with an unquoted mark that is the delimiter too would lose its decimals."""
    expected = f"at most {needed.named} cells, as the header has; a number with the delimiter in it stands in quotes"
    rows.verdicts.append(Verdict(line, "too_many_columns", str(cells), expected))
    limit_refusals(len(rows.verdicts), "too_many_columns")


def _odd_rows(
    odd: Sequence[Sequence[str]], lines: Ints, needed: NeededCells, rows: GatheredRows
) -> tuple[list[Sequence[str]], Ints]:
    kept, kept_lines = [], []
    for line, row in zip(lines.tolist(), odd, strict=True):
        if len(row) > needed.least and _has_digit(row[needed.times[0]]) and not row[0].startswith("#"):
            if sum(map(len, row)) > LINE_BYTES_MAX:
                characters = str(sum(map(len, row)))
                rows.verdicts.append(Verdict(line, "line_too_long", characters, f"at most {LINE_BYTES_MAX} characters"))
                limit_refusals(len(rows.verdicts), "line_too_long")
                continue
            if any(cell.strip() for cell in row[needed.named :]):
                _refuse_beyond(line, len(row), needed, rows)
                continue
        elif _is_no_row(line, row, needed, rows):
            continue
        kept.append(row)
        kept_lines.append(line)
    return kept, np.array(kept_lines, np.int64)


def _has_digit(cell: str) -> bool:
    return any(map(str.isdigit, cell))


def _is_no_row(line: int, row: Sequence[str], needed: NeededCells, rows: GatheredRows) -> bool:
    """Set a line aside that is no row; one with enough cells that is of no known kind is left to the reader."""
    filled = [cell.strip() for cell in row if cell.strip()]
    if not filled:
        return True
    same_names = [cell.strip() for cell in row] == list(needed.names[: len(row)]) and len(filled) > 1
    page_title = needed.in_edges and len(row) == 1
    units_again = bool(needed.units) and [cell.strip() for cell in row] == list(needed.units[: len(row)])
    if same_names or page_title or filled[0].startswith("#") or is_rule(filled) or units_again:
        rows.layout.append(line)
        return True
    if any(map(names_a_total, filled[:2])) and any(map(looks_like_number, filled)):
        rows.verdicts.append(_total(line, filled))
    elif row_shape(row, needed.time_format) is RowShape.HEADER and not any(map(looks_like_number, filled)):
        rows.other_headers.setdefault(line, ", ".join(filled))
        return len(row) <= needed.least
    elif len(row) > needed.least:
        return False
    elif any(looks_like_time(cell, needed.time_format) for cell in filled) or len(filled) > 1:
        expected = f"at least {needed.least + 1}"
        rows.verdicts.append(Verdict(line, "too_few_columns", str(len(row)), expected))
    else:
        rows.verdicts.append(_not_a_row(line, filled))
    limit_refusals(len(rows.verdicts), rows.verdicts[-1].code)
    return True


def _total(line: int, filled: Sequence[str]) -> Verdict:
    return Verdict(line, "total", printable(" ".join(filled)), "a row with a time; a total of other rows is no reading")


def _not_a_row(line: int, filled: Sequence[str]) -> Verdict:
    return Verdict(line, "not_a_row", printable(" ".join(filled)), "a row with a time and a value")


def _set_aside_rows_without_time(rows: GatheredRows, needed: NeededCells) -> None:
    """Set aside rows without a digit in their time, and lines of text below the last row."""
    timed = _with_digits(rows.cells[needed.times[0]])
    if not timed.any():
        return  # the reader says of each row that it has no time
    keep = np.ones(len(timed), np.bool_)
    for number in _text_below(rows, needed):
        cells = [cell for cell in rows.row(number).values() if cell.strip()]
        rows.verdicts.append(_not_a_row(int(rows.lines[number]), cells))
        timed[number], keep[number] = True, False
    below = np.flatnonzero(timed & keep)
    last = int(below[-1]) if len(below) else -1
    single_cells = _SingleCells(rows.cells)
    untimed = np.flatnonzero(~timed)
    cells_of = {at: column.take(pa.array(untimed)).to_pylist() for at, column in rows.cells.items()}
    for place, number in enumerate(untimed.tolist()):
        row_cells = {at: str(of_column[place] or "") for at, of_column in cells_of.items()}
        line = int(rows.lines[number])
        keep[number] = not _is_set_aside(rows, line, row_cells, needed, single_cells, is_below=number > last)
        limit_refusals(len(rows.verdicts), "total")
    rows.keep(keep)


def _text_below(rows: GatheredRows, needed: NeededCells) -> list[int]:
    """The last rows that have no value, and a text with a figure where others have a time."""
    below = []
    for number in range(len(rows.lines) - 1, max(0, len(rows.lines) - _TAIL_ROWS) - 1, -1):
        cells = rows.row(number)
        time = cells[needed.times[0]]
        has_value = not needed.values or not all(says_no_value(cells[at]) for at in needed.values)
        if has_value or looks_like_time(time, needed.time_format):
            break
        if _has_digit(time):
            below.append(number)
    return below


def _with_digits(column: pa.Array) -> Flags:
    """A mask of the rows whose cell has a digit."""
    if not pa.types.is_dictionary(column.type):
        has_digits = pc.match_substring_regex(column, r"\pN").fill_null(_NO)
        return np.asarray(has_digits.to_numpy(zero_copy_only=False))
    digits = pc.match_substring_regex(column.dictionary, r"\pN").fill_null(_NO).to_numpy(zero_copy_only=False)
    if digits.all():
        return np.ones(len(column), np.bool_)
    indices = np.asarray(column.indices.fill_null(len(digits)).to_numpy(), np.int64)
    return np.append(digits, False)[indices]


def _is_set_aside(
    rows: GatheredRows,
    line: int,
    cells: Mapping[int, str],
    needed: NeededCells,
    single_cells: "_SingleCells",
    *,
    is_below: bool,
) -> bool:
    time = cells[needed.times[0]].strip()
    filled = [cell.strip() for cell in cells.values() if cell.strip()]
    values = [cells[at].strip() for at in needed.values]
    if not filled or is_rule(filled) or all(cell.strip() == needed.names[at] for at, cell in cells.items()):
        rows.layout.append(line)
        return True
    if any(map(names_a_total, filled)) or (is_below and not time and any(map(looks_like_number, values))):
        rows.verdicts.append(_total(line, filled))
        return True
    if is_below and values and not any(map(looks_like_number, values)):
        rows.verdicts.append(_not_a_row(line, filled))
        return True
    if time and not is_below and _names_columns(single_cells, cells, needed):
        rows.other_headers.setdefault(line, ", ".join(filled))
    return False


@dataclass(slots=True)
class _SingleCells:
    """The cells of each column that no other row has; counted once, and only where somebody asks."""

    columns: Mapping[int, pa.Array]
    of_column: dict[int, frozenset[str]] = field(default_factory=dict)

    def has(self, at: int, cell: str) -> bool:
        """Whether one row alone has a cell."""
        if at not in self.of_column:
            counts = pc.value_counts(self.columns[at])
            singles = counts.field("values").filter(pc.equal(counts.field("counts"), 1))
            self.of_column[at] = frozenset(singles.to_pylist())
        return cell in self.of_column[at]


def _names_columns(single_cells: _SingleCells, cells: Mapping[int, str], needed: NeededCells) -> bool:
    """Whether a row without a time has names where the others have values; a word that others have too is a state."""
    values = {at: cells[at] for at in needed.values if cells[at].strip()}
    return bool(values) and all(
        not looks_like_number(cell) and not says_no_value(cell) and single_cells.has(at, cell)
        for at, cell in values.items()
    )


def layout_of(rows: GatheredRows, above: Mapping[int, str] | Sequence[int]) -> str:
    """The lines around the rows, in a few words."""
    said = []
    if above:
        said.append(f"above the table: {spans(sorted(above))}")
    if rows.layout:
        said.append(f"between rows: {spans(sorted(rows.layout))}")
    return "; ".join(said)


def spans(lines: Sequence[int]) -> str:
    """Line numbers in a few words, as ``lines 1 to 8, 61``."""
    runs: list[list[int]] = []
    for line in lines:
        if runs and line == runs[-1][1] + 1:
            runs[-1][1] = line
        else:
            runs.append([line, line])
    shown = [f"{low} to {high}" if high > low else f"{low}" for low, high in runs[:20]]
    more = sum(high - low + 1 for low, high in runs[20:])
    word = "line" if len(lines) == 1 else "lines"
    return f"{word} {', '.join(shown)}" + (f" and {more} more" if more else "")
