"""From the cells of a table to its columns by role: several columns of one role joined, columns of registers melted."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from metering.fleet.lookup import RegisterLookup
from metering.ingest.options import IngestOptions
from metering.ingest.raw_columns import string_column
from metering.ingest.row_parser import printable
from metering.ingest.table_roles import Roles
from metering.ingest.tables.cell_shapes import says_no_value
from metering.ingest.tables.gathered_rows import GatheredRows
from metering.ingest.unreadable import UnreadableFile
from metering.log.columns import Flags, Ints
from metering.log.reading import Verdict

_TIMES = ("time", "start", "end", "date", "hour")
_IN_NAMES = ("register", "row_register")
#: The most cells of a wide table that fit into memory as rows; a larger one is sent in parts.
CELLS_MAX = 30_000_000
#: So many cells without a value have a verdict each; of the others their number is said.
_GAPS_SHOWN = 1000


@dataclass(slots=True)
class RoleColumns:
    """The columns of a table by role, of equal length.

    Attributes:
        columns: text.
        lines: of the rows.
        verdicts: on cells without a value, and on rows without a whole time.
    """

    columns: dict[str, pa.Array]
    lines: Ints
    verdicts: list[Verdict] = field(default_factory=list)


def by_role(rows: GatheredRows, roles: Roles, names: Sequence[str]) -> RoleColumns:
    """The columns of a table with a column for each role.

    Args:
        rows: the cells.
        roles: of the columns; those of ``time`` are joined with a blank, those of a register with a slash.
        names: of the columns, for verdicts.
    """
    verdicts: list[Verdict] = []
    clock = roles.at.get("time", ())
    if len(clock) > 1:
        _refuse_half_times(rows, clock, names, verdicts)
    columns = {
        role: _join([rows.cells[at] for at in places], "/" if role in _IN_NAMES else " ")
        for role, places in roles.at.items()
    }
    if any(b"'" in _bytes_of(column) for role, column in columns.items() if role != "value"):
        columns = {role: _without_apostrophe(column) for role, column in columns.items()}
    return RoleColumns(columns, rows.lines, verdicts)


def _bytes_of(column: pa.Array) -> bytes:
    """The text of a column, whose parts repeat themselves, in one piece."""
    texts = column.dictionary if pa.types.is_dictionary(column.type) else column
    return b"".join(memoryview(buffer).tobytes() for buffer in texts.buffers()[2:3] if buffer is not None)


def _without_apostrophe(column: pa.Array) -> pa.Array:
    """Take off the sign before a number that makes a spreadsheet keep it as text."""
    if pa.types.is_dictionary(column.type):
        texts = _without_apostrophe(column.dictionary)
        return pa.DictionaryArray.from_arrays(column.indices, texts).cast(pa.string()).dictionary_encode()
    return pc.replace_substring_regex(column, r"^(\s*)'", r"\1")


def _text(column: pa.Array) -> pa.Array:
    texts = column.cast(pa.string()) if pa.types.is_dictionary(column.type) else column
    return pc.utf8_trim_whitespace(texts)


def _join(parts: Sequence[pa.Array], between: str) -> pa.Array:
    if len(parts) == 1:
        return parts[0]
    joined = pc.binary_join_element_wise(*map(_text, parts), between)
    return pc.utf8_trim_whitespace(joined).dictionary_encode()


def _refuse_half_times(
    rows: GatheredRows, places: Sequence[int], names: Sequence[str], verdicts: list[Verdict]
) -> None:
    """A row with the date alone, where others have an hour too, is perhaps the total of a day and not at midnight."""
    empty = [_is_empty(rows.cells[at]) for at in places]
    partly = [flags for flags in empty if not flags.all()]
    half = np.logical_or.reduce(empty) & ~np.logical_and.reduce(empty) if len(partly) == len(empty) else None
    if half is None or not half.any():
        return
    for number in np.flatnonzero(half)[:_GAPS_SHOWN].tolist():
        missing = next(names[at] for at, flags in zip(places, empty, strict=True) if flags[number])
        cells = [str(rows.cells[at][number].as_py() or "") for at in places]
        expected = f"something in column {missing!r} too, as other rows have; a total of a day is no reading"
        verdicts.append(Verdict(int(rows.lines[number]), "half_a_time", printable(" ".join(cells)), expected))
    rows.keep(~half)


def _is_empty(column: pa.Array) -> Flags:
    if pa.types.is_dictionary(column.type):
        encoded = column
        flags = _is_empty(encoded.dictionary)
        return np.append(flags, True)[np.asarray(encoded.indices.fill_null(len(flags)).to_numpy(), np.int64)]
    blank = pc.equal(pc.utf8_trim_whitespace(column), "").fill_null(pa.scalar(value=True))
    return np.asarray(blank.to_numpy(zero_copy_only=False))


def melt(
    table: RoleColumns, cells: Mapping[int, pa.Array], roles: Roles, options: IngestOptions, targets: RegisterLookup
) -> RoleColumns:
    """Turn a table with a column for each register into rows, each of one register.

    Args:
        table: the columns that all registers share.
        cells: by position, the values of a register.
        roles: which register a position names, and its unit.
        options: what stands in a cell where there was no value.
        targets: the registers; of one with states, words are values.

    Raises:
        UnreadableFile: there are more cells than fit into memory.
    """
    if len(table.lines) * len(roles.wide) > CELLS_MAX:
        number = len(table.lines) * len(roles.wide)
        raise UnreadableFile(f"the table has {number} cells", found=number, expected=f"at most {CELLS_MAX}")
    known = targets.find(roles.wide.values())
    verdicts, masks = list(table.verdicts), {}
    for at, name in roles.wide.items():
        states = bool(known[name].register.states) if name in known else False
        absent = without_value(cells[at], options.not_available, are_states=states)
        verdicts += gaps(cells[at], absent, table.lines, name)
        masks[at] = ~absent
    parts: dict[str, list[pa.Array]] = {role: [] for role in (*table.columns, "register", "value", "unit")}
    for at, name in roles.wide.items():
        mask = pa.array(masks[at])
        count = int(masks[at].sum())
        for role, column in table.columns.items():
            parts[role].append(column.filter(mask))
        parts["register"].append(_constant(name, count))
        parts["value"].append(cells[at].filter(mask))
        if "unit" not in table.columns:
            parts["unit"].append(_constant(roles.units.get(at, ""), count))
    columns = {role: pa.chunked_array(chunks).unify_dictionaries().combine_chunks() for role, chunks in parts.items()}
    if "unit" not in table.columns and not any(roles.units.get(at) for at in roles.wide):
        del columns["unit"]
    lines = np.concatenate([table.lines[mask] for mask in masks.values()])
    return RoleColumns(columns, lines, verdicts)


def _constant(text: str, count: int) -> pa.Array:
    return pa.DictionaryArray.from_arrays(pa.array(np.zeros(count, np.int32)), string_column([text]))


def without_value(column: pa.Array, not_available: Collection[str], *, are_states: bool) -> Flags:
    """A mask of the cells that hold no value: empty, or one of the words that stand where a system has none."""
    encoded = column.dictionary_encode()
    absent = [
        not text.strip() or text.strip() in not_available or (not are_states and says_no_value(text))
        for text in encoded.dictionary.to_pylist()
    ]
    indices = np.asarray(encoded.indices.fill_null(len(absent)).to_numpy(), np.int64)
    return np.array([*absent, True], np.bool_)[indices]


def gaps(column: pa.Array, absent: Flags, lines: Ints, name: str) -> list[Verdict]:
    """A verdict for each cell without a value, and for the last of very many how many there are."""
    places = np.flatnonzero(absent)
    expected = "a value; the cell is a gap, and not zero"
    verdicts = [
        Verdict(int(lines[place]), "no_value", printable(f"{name}: {column[place].as_py() or 'empty'}"), expected)
        for place in places[:_GAPS_SHOWN].tolist()
    ]
    if len(places) > _GAPS_SHOWN:
        line, more = int(lines[places[-1]]), len(places) - _GAPS_SHOWN
        verdicts.append(Verdict(line, "no_value", f"{name}: {more} more cells up to this line", expected))
    return verdicts
