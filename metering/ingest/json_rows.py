"""JSON and NDJSON: one object per reading, with the same names as the columns of a CSV file.

``{"readings": [{"register": "k1.air", "time": "2026-03-01T12:00Z", "value": "12.5"}]}``, the list alone, or one object
per line. A value must be a string, because JSON parsers round numbers.
"""

import json
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pyarrow as pa

from metering.fleet.lookup import RegisterLookup
from metering.ingest.raw_columns import IngestOptions, RawColumns, match_columns, string_column
from metering.ingest.row_parser import printable
from metering.ingest.unreadable import UnreadableFile
from metering.log.reading import Verdict, limit_refusals


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


class _Number(str):
    """A JSON number as written; its type marks it as a number, so that it can be refused."""

    __slots__ = ()


_DECODER = json.JSONDecoder(
    object_pairs_hook=_refuse_repeated_keys, parse_float=_Number, parse_int=_Number, parse_constant=_constant
)


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
    objects = []
    for number, row in rows:
        if isinstance(row, dict):
            objects.append((number, row))
        else:
            verdicts.append(Verdict(number, "not_an_object", printable(str(row)), '{"time": …, "value": …}'))
    names = list(dict.fromkeys(name for _, row in objects for name in row))
    if not objects:
        return RawColumns({"time": string_column([])}, np.zeros(0, np.int64), tuple(verdicts), dialect)
    at = match_columns(names, options, targets)
    columns: dict[str, list[Any]] = {role: [] for role in at}
    lines = []
    for number, row in objects:
        cells = {role: row.get(names[index]) for role, index in at.items()}
        strange = next((role for role, cell in cells.items() if not _is_cell(role, cell)), None)
        if strange is not None:
            expected = 'a string, as in "12.5", so that nothing rounds it'
            verdicts.append(Verdict(number, "not_a_string", printable(str(cells[strange])), expected))
            continue
        lines.append(number)
        for role, cell in cells.items():
            columns[role].append(cell)
    laid = {role: _texts(cells) for role, cells in columns.items()}
    return RawColumns(laid, np.array(lines, np.int64), tuple(verdicts), dialect)


def _is_cell(role: str, cell: Any) -> bool:
    """Whether a cell is text or absent. A number is allowed except as a value, where rounding would change money."""
    return cell is None or (isinstance(cell, str) and not (role == "value" and isinstance(cell, _Number)))


def _texts(cells: Sequence[str | None]) -> pa.Array:
    return string_column([None if cell is None else cell.encode(errors="replace").decode() for cell in cells])
