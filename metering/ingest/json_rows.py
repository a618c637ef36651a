"""JSON and NDJSON: one object per reading, with the same names as the columns of a CSV file.

``{"readings": [{"register": "k1.air", "time": "2026-03-01T12:00Z", "value": "12.5"}]}``, the list alone, or one object
per line. A value must be a string, because JSON parsers round numbers; a sender who knows that they are exact as they
are written says so. A member of a member is a column too, ``object.volume``; an object whose members are named after
registers is one reading of each.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from typing import Any

import numpy as np
import pyarrow as pa

from metering.fleet.lookup import RegisterLookup
from metering.ingest.options import IngestOptions
from metering.ingest.raw_columns import RawColumns, string_column
from metering.ingest.repeated_rows import WholeRows
from metering.ingest.roles import match
from metering.ingest.row_parser import printable
from metering.ingest.table_roles import Header, Roles
from metering.ingest.unreadable import UnreadableFile
from metering.log.reading import Verdict, limit_refusals
from quantities.number import plain


class _Twice(ValueError):
    """A key stands in an object once."""


def _refuse_repeated_keys(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    members = dict(pairs)
    if len(members) < len(pairs):
        names = [name for name, _ in pairs]
        raise _Twice(f"{next(name for name in names if names.count(name) > 1)!r} stands twice in one object")
    return members


def _constant(text: str) -> Any:
    raise ValueError(f"{text} is no JSON")


class JsonNumber(str):
    """A JSON number as written; its type marks it as a number, so that it can be refused."""

    __slots__ = ()


_DECODER = json.JSONDecoder(
    object_pairs_hook=_refuse_repeated_keys, parse_float=JsonNumber, parse_int=JsonNumber, parse_constant=_constant
)


_EXPONENT_MAX = 40
#: The most values of a document that fit into memory; larger files are sent as NDJSON in parts, or as Parquet.
_VALUES_MAX = 10_000_000


def load(text: str) -> Any:
    """Read JSON; numbers are kept as written, and repeated keys are refused.

    Raises:
        ValueError: the text is not JSON, nests too deeply, has a repeated key, or has too many values.
    """
    if sum(map(text.count, ",[{")) > _VALUES_MAX:
        raise ValueError(f"it holds more than {_VALUES_MAX} values; send it in parts")
    try:
        return _DECODER.decode(text)
    except RecursionError:
        raise ValueError("it nests too deeply") from None


def decoded(raw: bytes) -> str:
    """The text of a file in UTF-8, with or without a byte order mark.

    Raises:
        UnreadableFile: it is not UTF-8.
    """
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise UnreadableFile(f"byte {error.start} is not UTF-8", found="", expected="UTF-8") from error


def read_json_columns(raw: bytes, targets: RegisterLookup, options: IngestOptions) -> RawColumns:
    """Find the columns of a JSON document; the line of a reading is its position in the list.

    Raises:
        UnreadableFile: the file is not JSON, or has no list of readings.
    """
    try:
        document = load(decoded(raw))
    except ValueError as error:
        raise UnreadableFile(f"this is no JSON: {error}", found=str(error), expected="a JSON document") from error
    rows = document.get("readings") if isinstance(document, dict) else document
    if not isinstance(rows, list):
        raise UnreadableFile(
            "there is no list of readings",
            found=type(document).__name__,
            expected='{"readings": [{"time": …, "value": …}]}',
        )
    return _raw_columns(
        [(number, row) for number, row in enumerate(rows, start=1)], [], targets, options, {"format": "json"}
    )


def read_ndjson_columns(raw: bytes, targets: RegisterLookup, options: IngestOptions) -> RawColumns:
    """Find the columns of NDJSON; a line that is not a JSON object gets a verdict."""
    rows: list[tuple[int, Any]] = []
    verdicts = []
    for number, line in enumerate(decoded(raw).split("\n"), start=1):
        if not line.strip():
            continue
        try:
            rows.append((number, load(line)))
        except ValueError as error:
            verdicts.append(Verdict(number, "not_json", printable(line), str(error)[:100]))
            limit_refusals(len(verdicts), "not_json")
    return _raw_columns(rows, verdicts, targets, options, {"format": "ndjson"})


def _raw_columns(
    rows: Sequence[tuple[int, Any]],
    verdicts: list[Verdict],
    targets: RegisterLookup,
    options: IngestOptions,
    dialect: Mapping[str, str],
) -> RawColumns:
    plain = None if verdicts else _plain_columns(rows)
    objects: list[tuple[int, dict[str, Any]]] = []
    for number, row in rows if plain is None else ():
        if isinstance(row, dict):
            objects.append((number, dict(_members(row))))
        else:
            verdicts.append(Verdict(number, "not_an_object", printable(str(row)), '{"time": …, "value": …}'))
    names = tuple(dict.fromkeys(name for _, row in objects for name in row)) if plain is None else tuple(plain)
    if not names and not objects:
        return RawColumns({"time": string_column([])}, np.zeros(0, np.int64), tuple(verdicts), dialect)
    header = Header(names, where="the members of the objects", are_paths=True)
    roles = targets.derive(("roles", names, repr(options)), lambda: match(header, options, targets))
    if plain is not None and not roles.wide and all(len(places) == 1 for places in roles.at.values()):
        columns = {role: _texts(plain[names[place]]) for role, (place,) in roles.at.items()}
        lines = [number for number, _ in rows]
    else:
        columns, lines = _columns(objects or rows, names, roles, options, verdicts)

    def cells_of(some: Sequence[int]) -> dict[int, list[str]]:
        by_line = dict(objects or rows)
        return {
            line: ["" if (cell := by_line[line].get(name)) is None else str(cell) for name in names] for line in some
        }

    needed = {*(at for places in roles.at.values() for at in places), *roles.wide}
    unread = [at for at in range(len(names)) if at not in needed]
    return RawColumns(
        columns,
        np.array(lines, np.int64),
        tuple(verdicts),
        dialect,
        text_numbers=not roles.is_own and not options.json_numbers,
        how_read=roles.how_read,
        questions=roles.questions,
        roles=roles,
        whole_rows=WholeRows(names, unread, cells_of),
    )


def _plain_columns(rows: Sequence[tuple[int, Any]]) -> dict[str, Sequence[str]] | None:
    """The columns of objects that all have the same members, in one order, all of them text; None: they are others."""
    names = tuple(rows[0][1]) if rows and type(rows[0][1]) is dict else ()
    if not names or any(type(row) is not dict or tuple(row) != names for _, row in rows):
        return None
    columns = list(zip(*(row.values() for _, row in rows), strict=True))
    if {type(cell) for column in columns for cell in column} != {str}:  # a number as written is of its own type
        return None
    return dict(zip(names, columns, strict=True))


def _columns(
    objects: Sequence[tuple[int, Mapping[str, Any]]],
    names: Sequence[str],
    roles: Roles,
    options: IngestOptions,
    verdicts: list[Verdict],
) -> tuple[dict[str, pa.Array], list[int]]:
    """The columns of objects by role, and the line of each row; an object with a cell that is no text has a verdict."""
    columns: dict[str, list[Any]] = {role: [] for role in roles.at}
    if roles.wide:
        columns |= {"register": [], "value": [], "unit": []}
    lines = []
    for number, row in objects:
        for cells in _rows_of(row, names, roles):
            strange = next((role for role, cell in cells.items() if not _is_cell(role, cell, options)), None)
            if strange is not None:
                expected = 'a string, as in "12.5", so that nothing rounds it; or say --json-numbers'
                verdicts.append(Verdict(number, "not_a_string", printable(str(cells[strange])), expected))
                limit_refusals(len(verdicts), "not_a_string")
                continue
            lines.append(number)
            for role, cell in cells.items():
                columns[role].append(_written(cell) if role == "value" else cell)
    return {role: _texts(cells) for role, cells in columns.items()}, lines


def _members(row: Mapping[str, Any], above: str = "") -> Iterator[tuple[str, Any]]:
    """The members of an object by path, those of its objects among them."""
    for name, member in row.items():
        if isinstance(member, dict) and member:
            yield from _members(member, f"{above}{name}.")
        else:
            yield f"{above}{name}", member


def _rows_of(row: Mapping[str, Any], names: Sequence[str], roles: Roles) -> Iterator[dict[str, Any]]:
    """The cells of an object by role; one row, or one of each member that is named after a register."""
    cells = {role: _joined([row.get(names[at]) for at in places], role) for role, places in roles.at.items()}
    if not roles.wide:
        yield cells
    for at, register in roles.wide.items():
        if names[at] in row:
            yield cells | {"register": register, "value": row[names[at]], "unit": roles.units.get(at, "")}


def _joined(cells: Sequence[Any], role: str) -> Any:
    if len(cells) == 1:
        return cells[0]
    mark = "/" if role in ("register", "row_register") else " "
    return mark.join("" if cell is None else str(cell) for cell in cells)


def _is_cell(role: str, cell: Any, options: IngestOptions) -> bool:
    """Whether a cell is text or absent. A number is one too, but as a value only if the sender says it is exact."""
    return cell is None or (
        isinstance(cell, str) and not (role == "value" and isinstance(cell, JsonNumber) and not options.json_numbers)
    )


def _written(cell: str | None) -> str | None:
    """A value in digits: ``1.2345678E+07`` is 12345678."""
    if not isinstance(cell, JsonNumber):
        return cell
    number = Decimal(cell)
    return plain(number) if abs(number.adjusted()) <= _EXPONENT_MAX else str(cell)


def _texts(cells: Sequence[str | None]) -> pa.Array:
    try:
        return string_column(cells)
    except UnicodeEncodeError:  # half a character, which JSON can escape
        return string_column([None if cell is None else cell.encode(errors="replace").decode() for cell in cells])
