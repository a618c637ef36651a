"""CSV: one reading per row, with any usual delimiter, decimal mark and encoding.

These are detected from the file; what cannot be detected must be stated in the options.
"""

import csv
import io
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from metering.fleet.lookup import RegisterLookup
from metering.ingest.raw_columns import IngestOptions, RawColumns, match_columns, string_column
from metering.ingest.unreadable import UnreadableFile
from metering.log.columns import Flags, Ints
from metering.log.reading import Verdict, limit_refusals

_DELIMITERS = ",;\t|"
_LINE_BYTES_MAX = 1 << 16
_BLOCK_LINES = 1 << 18
_UTF16 = (b"\xff\xfe", b"\xfe\xff")


def read_columns(raw: bytes, targets: RegisterLookup, options: IngestOptions) -> RawColumns:
    """Find the columns of a CSV file.

    Args:
        raw: the file; UTF-8, or UTF-16 with its mark, else Windows-1252.
        targets: the registers of the tenant.
        options: names of the columns, and what no column says.

    Raises:
        UnreadableFile: it has no header, lacks a required column, or has a line that is too long.
    """
    text, encoding = _as_utf8(raw)
    if text.lstrip()[:4].lower() == b"sep=":  # what some spreadsheets write above the header
        above = text.index(b"sep=" if b"sep=" in text[:200] else b"SEP=")
        skipped = text.find(b"\n", above) + 1 or len(text)
    else:
        skipped = 0
    lines_of_file = (_plain_lines(text, skipped) if text.count(b"\r") == text.count(b"\r\n") else None) or _any_lines(
        text, skipped
    )
    at = match_columns(lines_of_file.header, options, targets)
    columns, lines, verdicts = _columns(lines_of_file, at)
    values = columns.get("value")
    comma = lines_of_file.delimiter != "," and values is not None and _has_decimal_comma(values)
    dialect = {"encoding": encoding, "delimiter": lines_of_file.delimiter, "decimal_mark": "," if comma else "."}
    return RawColumns(columns, lines, tuple(verdicts), dialect, comma)


@dataclass(frozen=True, slots=True)
class _Cut:
    """A file cut into lines.

    Attributes:
        header: the cells of the header.
        delimiter: the character between cells.
        blocks: the lines below the header, in blocks: their line numbers, and either their text or their cells.
    """

    header: list[str]
    delimiter: str
    blocks: Iterable[tuple[Ints, pa.Array | list[list[str]]]]


def _as_utf8(raw: bytes) -> tuple[bytes, str]:
    if raw.startswith(_UTF16):
        return raw.decode("utf-16", errors="replace").encode(errors="replace"), "utf-16"
    try:
        raw.decode()
    except UnicodeDecodeError:
        return raw.decode("cp1252", errors="replace").encode(), "windows-1252"
    return raw.removeprefix(b"\xef\xbb\xbf"), "utf-8"


def _delimiter(header: str) -> str:
    """The delimiter that occurs most often in the header; without any there is one column, and any delimiter fits."""
    return max(_DELIMITERS, key=header.count)


def _line_ends(text: bytes) -> Ints:
    """The positions of line ends, found block by block, so that a huge file without line ends is refused early."""
    end_blocks, behind = [], 0
    view = np.frombuffer(text, np.uint8)
    for start in range(0, len(text), 1 << 20):
        ends = np.flatnonzero(view[start : start + (1 << 20)] == ord("\n")) + start
        if len(ends) and ends[0] - behind <= _LINE_BYTES_MAX:
            behind = int(ends[-1])
        elif min(start + (1 << 20), len(text)) - behind > _LINE_BYTES_MAX:
            break
        end_blocks.append(ends)
    ends = np.concatenate([*end_blocks, np.zeros(0, np.int64)])
    whole = np.concatenate([[-1], ends, [len(text)]])
    long = np.flatnonzero(np.diff(whole) > _LINE_BYTES_MAX + 1)
    if len(long):
        detail = f"line {int(long[0]) + 1} has more than {_LINE_BYTES_MAX} characters"
        raise UnreadableFile(detail, found=detail, expected=f"lines of at most {_LINE_BYTES_MAX}")
    return ends


def _plain_lines(text: bytes, skipped: int) -> _Cut | None:
    """Cut a file in which every line is a row; None if a cell spans several lines."""
    ends = _line_ends(text)
    above = text.count(b"\n", 0, skipped)
    starts = np.concatenate([[0], ends + 1])[above:]
    stops = np.concatenate([ends, [len(text)]])[above:]
    if not len(text) or starts[0] >= len(text):
        raise UnreadableFile("the file is empty", found="", expected="a header and rows")
    header = text[starts[0] : stops[0]].decode(errors="replace")
    delimiter = _delimiter(header)
    data = pa.py_buffer(text)

    def blocks() -> Iterator[tuple[Ints, pa.Array]]:
        for first in range(1, len(starts), _BLOCK_LINES):
            count = min(_BLOCK_LINES, len(starts) - first)
            low = int(starts[first])
            offsets = np.append(starts[first : first + count], stops[first + count - 1] + 1) - low
            part = data.slice(low) if low < len(text) else pa.py_buffer(b"")
            lines = pa.LargeStringArray.from_buffers(count, pa.py_buffer(np.minimum(offsets, len(part))), part)
            yield np.arange(first, first + count) + above + 1, lines

    if b'"' in text:
        quotes = [header.count('"') % 2, *(pc.any(_is_odd(lines)).as_py() for _, lines in blocks())]
        if any(quotes):
            return None
    return _Cut([name.strip() for name in next(csv.reader([header], delimiter=delimiter))], delimiter, blocks())


def _is_odd(lines: pa.Array) -> pa.Array:
    """A mask of the lines with an odd number of quotes: a quoted cell begins there and ends in a later line."""
    return pc.equal(pc.bit_wise_and(pc.count_substring(lines, '"'), 1), 1)


def _any_lines(text: bytes, skipped: int) -> _Cut:
    """Cut a file with cells that span lines, or with old line ends; the number of a row is that of its last line."""
    above = text.count(b"\n", 0, skipped)
    body = text[skipped:].decode(errors="replace")
    delimiter = _delimiter(body[: body.find("\n") if "\n" in body else None])
    rows = csv.reader(io.StringIO(body, newline=""), delimiter=delimiter, strict=False)
    numbers: list[int] = []
    cells: list[list[str]] = []
    try:
        header = [name.strip() for name in next(rows)]
        for row in rows:
            numbers.append(rows.line_num + above)
            cells.append(row)
    except StopIteration:
        raise UnreadableFile("the file is empty", found="", expected="a header and rows") from None
    except csv.Error as error:
        detail = f"line {rows.line_num + above}: {error}"
        raise UnreadableFile(detail, found=str(error), expected="rows of cells") from error
    return _Cut(header, delimiter, [(np.array(numbers, np.int64), cells)])


def _columns(cut: _Cut, at: Mapping[str, int]) -> tuple[dict[str, pa.Array], Ints, list[Verdict]]:
    """Read the needed columns; lines with fewer or more cells than the header are handled one by one."""
    parts: dict[str, list[pa.Array]] = {role: [] for role in at}
    numbers: list[Ints] = []
    verdicts: list[Verdict] = []
    for lines, rows in cut.blocks:
        if isinstance(rows, list):
            odd, odd_lines = rows, lines
        else:
            whole, pieces = _regular(rows, cut)
            for role, index in at.items():
                cells = pc.list_element(pieces, index).cast(pa.string())
                parts[role].append(cells if role == "value" else cells.dictionary_encode())
            numbers.append(lines[whole])
            odd_lines = lines[~whole]
            texts = (line.rstrip("\r\n") for line in rows.filter(pa.array(~whole)).to_pylist())
            odd = list(csv.reader(texts, delimiter=cut.delimiter)) if len(odd_lines) else []
        kept, kept_lines = _irregular(odd, odd_lines, at, verdicts)
        for role, index in at.items():
            cells = string_column([row[index] if index < len(row) else "" for row in kept])
            parts[role].append(cells if role == "value" else cells.dictionary_encode())
        numbers.append(kept_lines)
    return (
        {role: _whole(chunks) for role, chunks in parts.items()},
        np.concatenate([*numbers, np.zeros(0, np.int64)]).astype(np.int64),
        verdicts,
    )


def _whole(chunks: Sequence[pa.Array]) -> pa.Array:
    """Concatenate the parts of a column; all columns but values repeat themselves, and stay dictionary-encoded."""
    if not chunks:
        return string_column([])
    return pa.chunked_array(chunks).unify_dictionaries().combine_chunks()


def _regular(lines: pa.Array, cut: _Cut) -> tuple[Flags, pa.Array]:
    """A mask of the lines that the delimiter alone splits into as many cells as the header has; and their cells.

    Quotes are allowed only around a whole cell that does not need them.
    """
    quoted = pc.match_substring(lines, '"')
    if pc.any(quoted).as_py():
        cell = rf'("[^"{cut.delimiter}]*"|[^"{cut.delimiter}]*)'
        needless = pc.match_substring_regex(lines, rf"^{cell}(\{cut.delimiter}{cell})*\r?\n?$")
        well = pc.or_(pc.invert(quoted), needless).to_numpy(zero_copy_only=False)
        lines = pc.replace_substring(lines, '"', "")
    else:
        well = np.ones(len(lines), np.bool_)
    pieces = pc.split_pattern(lines, cut.delimiter)
    whole = well & pc.equal(pc.list_value_length(pieces), len(cut.header)).to_numpy(zero_copy_only=False)
    if len(cut.header) == 1:
        whole &= pc.not_equal(pc.utf8_trim_whitespace(lines), "").to_numpy(zero_copy_only=False)
    return whole, pieces if whole.all() else pieces.filter(pa.array(whole))


def _irregular(
    rows: Sequence[list[str]], lines: Ints, at: Mapping[str, int], verdicts: list[Verdict]
) -> tuple[list[list[str]], Ints]:
    """Keep the rows that have the required cells; skip empty rows; all other rows get a verdict."""
    needed = max(at[role] for role in ("time", "value", "register") if role in at)
    kept, kept_lines = [], []
    for line, row in zip(lines.tolist(), rows, strict=True):
        if not any(cell.strip() for cell in row):
            continue
        if len(row) <= needed:
            verdicts.append(Verdict(line, "too_few_columns", str(len(row)), f"at least {needed + 1}"))
            limit_refusals(len(verdicts), "too_few_columns")
        elif sum(map(len, row)) > _LINE_BYTES_MAX:
            characters = str(sum(map(len, row)))
            verdicts.append(Verdict(line, "line_too_long", characters, f"at most {_LINE_BYTES_MAX} characters"))
        else:
            kept.append(row)
            kept_lines.append(line)
    return kept, np.array(kept_lines, np.int64)


def _has_decimal_comma(values: pa.Array) -> bool:
    """Whether some value has a comma and no point: then the comma is the decimal mark."""
    commas = pc.and_(pc.match_substring(values, ","), pc.invert(pc.match_substring(values, ".")))
    return bool(pc.any(commas).as_py())
