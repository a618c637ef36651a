"""Text cut into rows and cells: nearly all rows of a file at once, by the delimiter alone, the others one by one."""

import csv
import io
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from metering.ingest.how_read import Aspect, Basis, HowRead
from metering.ingest.one_ahead import one_ahead
from metering.ingest.options import IngestOptions
from metering.ingest.tables.table_place import SampleRow, count_rows
from metering.ingest.unreadable import UnreadableFile
from metering.log.columns import Flags, Ints

_DELIMITERS = ",;\t|"
_SAMPLE_LINES = 400
_SAMPLE_BYTES = 1 << 18
LINE_BYTES_MAX = 1 << 16
_BLOCK_LINES = 1 << 16


@dataclass(frozen=True, slots=True)
class CutRows:
    """Some rows of a file.

    Attributes:
        lines: their numbers.
        whole: which of them have exactly the expected cells.
        pieces: the cells of those, a list each.
        odd: the cells of the others.
    """

    lines: Ints
    whole: Flags
    pieces: pa.Array | None
    odd: Sequence[Sequence[str]]


@dataclass(frozen=True, slots=True)
class TextSample:
    """The first rows of a file, cut by its delimiter.

    Attributes:
        rows: from the line of the header on, where the sender says it.
        delimiter: the character between cells.
        how_read: on whose word.
    """

    rows: list[SampleRow]
    delimiter: str
    how_read: HowRead


def take_sample(text: bytes, options: IngestOptions) -> TextSample:
    """Cut the first rows by the delimiter by which most of them have a time and a number.

    Args:
        text: UTF-8.
        options: what the sender says.

    Raises:
        UnreadableFile: a line is too long, or the line that the sender says is not there.
    """
    first = (options.header_line or 1) - 1
    start = _offset_of(text, first)
    if start is None:
        count = text.count(b"\n") + 1
        raise UnreadableFile(f"there is no line {first + 1}", found=f"{count} lines", expected=f"line {first + 1}")
    lines = text[start : start + _SAMPLE_BYTES].decode(errors="replace").split("\n")[:_SAMPLE_LINES]
    hint = lines[0].strip().casefold()
    if hint.startswith("sep=") and len(hint) <= 5:  # noqa: PLR2004 what some spreadsheets write above the header
        lines[0] = ""
        delimiter = hint[4:] or "\t"
        where, basis = f"line {first + 1}", Basis.STATED
    else:
        delimiter, where, basis = _delimiter(lines, options), "the rows", Basis.STATED
    rows = _sample_rows(lines, first, delimiter)
    shown = {"\t": "tab"}.get(delimiter, delimiter)
    return TextSample(rows, delimiter, HowRead(Aspect.SEPARATORS, f"cells between {shown}", basis, where))


def _offset_of(text: bytes, line: int) -> int | None:
    """Where a line begins, counted from 0."""
    at = 0
    for _ in range(line):
        at = text.find(b"\n", at) + 1
        if at == 0:
            return None
    return at


def _sample_rows(lines: Sequence[str], first: int, delimiter: str) -> list[SampleRow]:
    rows = csv.reader((f"{line}\n" for line in lines), delimiter=delimiter)
    sample = []
    try:
        for cells in rows:
            sample.append(SampleRow(first + rows.line_num, [cell.strip("\r\n") for cell in cells]))  # noqa: PERF401 keeps what was read before an error
    except csv.Error:
        pass  # the row is met again, and refused, where all are cut
    return sample


def _delimiter(lines: Sequence[str], options: IngestOptions) -> str:
    """The delimiter by which most lines are rows, and most have as many cells, the names among them.

    Where no line is a row, it is the one that stands most often in the first line.
    """
    occurring = [delimiter for delimiter in _DELIMITERS if any(delimiter in line for line in lines)]
    if len(occurring) < 2:  # noqa: PLR2004 no choice
        return occurring[0] if occurring else ","
    head = next((line for line in lines if line.strip()), "")

    def fitness(delimiter: str) -> tuple[int, int, int, int]:
        sample = _sample_rows(lines, 0, delimiter)
        alike = max(Counter(len(row.cells) for row in sample if len(row.cells) > 1).values(), default=0)
        return *count_rows(sample, options.time_format), alike, head.count(delimiter)

    return max(occurring, key=fitness)


def cut_rows(text: bytes, data_line: int, width: int, delimiter: str) -> Iterable[CutRows]:
    """Cut all rows from a line on.

    Args:
        text: UTF-8.
        data_line: the first line to cut, from 1.
        width: how many cells a row should have.
        delimiter: between the cells.

    Raises:
        UnreadableFile: a line is too long.
    """
    ends = _line_ends(text)
    starts = np.concatenate([[0], ends + 1])[data_line - 1 :]
    stops = np.concatenate([ends, [len(text)]])[data_line - 1 :]
    if not len(starts) or starts[0] >= len(text):
        return []
    if text.find(b'"', int(starts[0])) >= 0 and any(
        pc.any(_is_odd(lines)).as_py() for _, lines in _line_blocks(text, starts, stops)
    ):
        return [_cells_over_lines(text, int(starts[0]), data_line, delimiter)]
    blocks = _blocks(text, starts, stops, data_line, width, delimiter)
    return blocks if len(starts) <= _BLOCK_LINES else one_ahead(blocks)


def _line_ends(text: bytes) -> Ints:
    """The positions of line ends, found block by block, so that a huge file without line ends is refused early."""
    end_blocks, behind = [], 0
    view = np.frombuffer(text, np.uint8)
    for start in range(0, len(text), 1 << 20):
        ends = np.flatnonzero(view[start : start + (1 << 20)] == ord("\n")) + start
        if len(ends) and ends[0] - behind <= LINE_BYTES_MAX:
            behind = int(ends[-1])
        elif min(start + (1 << 20), len(text)) - behind > LINE_BYTES_MAX:
            break
        end_blocks.append(ends)
    ends = np.concatenate([*end_blocks, np.zeros(0, np.int64)])
    whole = np.concatenate([[-1], ends, [len(text)]])
    long = np.flatnonzero(np.diff(whole) > LINE_BYTES_MAX + 1)
    if len(long):
        detail = f"line {int(long[0]) + 1} has more than {LINE_BYTES_MAX} characters"
        raise UnreadableFile(detail, found=detail, expected=f"lines of at most {LINE_BYTES_MAX}")
    return ends


def _line_blocks(text: bytes, starts: Ints, stops: Ints) -> Iterator[tuple[int, pa.Array]]:
    """The lines in blocks, without copying them; with the place of the first of each block."""
    data = pa.py_buffer(text)
    for first in range(0, len(starts), _BLOCK_LINES):
        count = min(_BLOCK_LINES, len(starts) - first)
        low = int(starts[first])
        offsets = np.append(starts[first : first + count], stops[first + count - 1] + 1) - low
        part = data.slice(low) if low < len(text) else pa.py_buffer(b"")
        yield first, pa.LargeStringArray.from_buffers(count, pa.py_buffer(np.minimum(offsets, len(part))), part)


def _is_odd(lines: pa.Array) -> pa.Array:
    """A mask of the lines with an odd number of quotes: a quoted cell begins there and ends in a later line."""
    return pc.equal(pc.bit_wise_and(pc.count_substring(lines, '"'), 1), 1)


def _blocks(text: bytes, starts: Ints, stops: Ints, data_line: int, width: int, delimiter: str) -> Iterator[CutRows]:
    quotes, comments = text.find(b'"', int(starts[0])) >= 0, b"#" in text and b"\n#" in text
    for first, lines in _line_blocks(text, starts, stops):
        whole, pieces = _regular(lines, width, delimiter, quotes=quotes, comments=comments)
        texts = (line.rstrip("\r\n") for line in lines.filter(pa.array(~whole)).to_pylist())
        # each line by itself: a quotation mark in the middle of one does not reach into the next
        odd = [next(csv.reader([text], delimiter=delimiter), []) for text in texts] if not whole.all() else []
        yield CutRows(np.arange(first, first + len(lines)) + data_line, whole, pieces, odd)


def _regular(lines: pa.Array, width: int, delimiter: str, *, quotes: bool, comments: bool) -> tuple[Flags, pa.Array]:
    """A mask of the lines that the delimiter alone splits into as many cells as the header has; and their cells.

    Quotes are allowed only around a whole cell that does not need them.
    """
    quoted = pc.match_substring(lines, '"') if quotes else None
    if quoted is not None and pc.any(quoted).as_py():
        cell = rf'("[^"{delimiter}]*"|[^"{delimiter}]*)'
        needless = pc.match_substring_regex(lines, rf"^{cell}(\{delimiter}{cell})*\r?\n?$")
        well = pc.or_(pc.invert(quoted), needless).to_numpy(zero_copy_only=False)
        lines = pc.replace_substring(lines, '"', "")
    else:
        well = np.ones(len(lines), np.bool_)
    pieces = pc.split_pattern(lines, delimiter)
    whole = well & pc.equal(pc.list_value_length(pieces), width).to_numpy(zero_copy_only=False)
    if width == 1:
        whole &= pc.not_equal(pc.utf8_trim_whitespace(lines), "").to_numpy(zero_copy_only=False)
    if comments:
        whole &= pc.invert(pc.starts_with(lines, "#")).to_numpy(zero_copy_only=False)
    return whole, pieces if whole.all() else pieces.filter(pa.array(whole))


def _cells_over_lines(text: bytes, start: int, data_line: int, delimiter: str) -> CutRows:
    """Cut a file with cells that span lines; the number of a row is that of its last line."""
    body = text[start:].decode(errors="replace")
    rows = csv.reader(io.StringIO(body, newline=""), delimiter=delimiter, strict=False)
    numbers: list[int] = []
    cells: list[list[str]] = []
    try:
        for row in rows:
            numbers.append(rows.line_num + data_line - 1)
            cells.append(row)
    except csv.Error as error:
        detail = f"line {rows.line_num + data_line - 1}: {error}"
        raise UnreadableFile(detail, found=str(error), expected="rows of cells") from error
    return CutRows(np.array(numbers, np.int64), np.zeros(len(numbers), np.bool_), None, cells)


def cells_of_lines(text: bytes, delimiter: str, lines: Sequence[int]) -> dict[int, list[str]]:
    """All cells of some lines, by the number that their row has; a row whose cells span lines has that of its last.

    Args:
        text: UTF-8.
        delimiter: between the cells.
        lines: from 1.
    """
    ends = _line_ends(text)
    starts, stops = np.concatenate([[0], ends + 1]), np.concatenate([ends, [len(text)]])
    texts = {line: text[starts[line - 1] : stops[line - 1]].decode(errors="replace").rstrip("\r") for line in lines}
    if any(row.count('"') % 2 for row in texts.values()):
        rows = csv.reader(io.StringIO(text.decode(errors="replace"), newline=""), delimiter=delimiter)
        return {line: row for row in rows if (line := rows.line_num) in texts}
    return {line: next(csv.reader([row], delimiter=delimiter), []) for line, row in texts.items()}
