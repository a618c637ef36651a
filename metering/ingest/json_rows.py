"""JSON and NDJSON: one reading an object, with the same names as the columns of a CSV file.

``{"readings": [{"register": "k1.air", "time": "2026-03-01T12:00Z", "value": "12.5"}]}``, the list alone, or one object
a line. A value is a string: a JSON number is rounded before anyone can look at it.
"""

import json
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pyarrow as pa

from metering.ingest.raw_columns import (
    IngestOptions,
    RawColumns,
    RegisterLookup,
    UnreadableFile,
    columns_of,
    strings,
)
from metering.ingest.row_parser import shown
from metering.log.reading import Verdict, limit_refusals


class _Twice(ValueError):
    """A key stands in an object once."""


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        names = [name for name, _ in pairs]
        raise _Twice(f"{next(name for name in names if names.count(name) > 1)!r} stands twice in one object")
    return found


def _constant(found: str) -> Any:
    raise ValueError(f"{found} is no JSON")


class _Number(str):
    """A JSON number as it was written, to be refused by that."""

    __slots__ = ()


_DECODER = json.JSONDecoder(object_pairs_hook=_once, parse_float=_Number, parse_int=_Number, parse_constant=_constant)


#: So many values of a document have room at once; more are sent as NDJSON in parts, or as Parquet.
_VALUES_MAX = 10_000_000


def load(text: str) -> Any:
    """Read JSON: numbers as they are written, a repeated key refused.

    Raises:
        ValueError: it is none, nests too deeply, or holds more values than have room.
    """
    if sum(map(text.count, ",[{")) > _VALUES_MAX:
        raise ValueError(f"it holds more than {_VALUES_MAX} values; send it in parts")
    try:
        return _DECODER.decode(text)
    except RecursionError:
        raise ValueError("it nests too deeply") from None


def decoded(raw: bytes) -> str:
    """Read a file's text.

    Raises:
        UnreadableFile: it is not UTF-8.
    """
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise UnreadableFile(f"byte {error.start} is not UTF-8", found="", expected="UTF-8") from error


def state_json(raw: bytes, targets: RegisterLookup, told: IngestOptions) -> RawColumns:
    """Find the columns of a JSON document; a reading's line is its place among the readings.

    Raises:
        UnreadableFile: it is no JSON, or holds no list of readings.
    """
    try:
        found = load(decoded(raw))
    except ValueError as error:
        raise UnreadableFile(f"this is no JSON: {error}", found=str(error), expected="a JSON document") from error
    rows = found.get("readings") if isinstance(found, dict) else found
    if not isinstance(rows, list):
        raise UnreadableFile(
            "there is no list of readings",
            found=type(found).__name__,
            expected='{"readings": [{"time": …, "value": …}]}',
        )
    return _stated([(number, row) for number, row in enumerate(rows, start=1)], [], targets, told, {"format": "json"})


def state_ndjson(raw: bytes, targets: RegisterLookup, told: IngestOptions) -> RawColumns:
    """Find the columns of NDJSON: a line that is no JSON object has a verdict."""
    rows: list[tuple[int, Any]] = []
    verdicts = []
    for number, line in enumerate(decoded(raw).split("\n"), start=1):
        if not line.strip():
            continue
        try:
            rows.append((number, load(line)))
        except ValueError as error:
            verdicts.append(Verdict(number, "not_json", shown(line), str(error)[:100]))
            limit_refusals(len(verdicts), "not_json")
    return _stated(rows, verdicts, targets, told, {"format": "ndjson"})


def _stated(
    rows: Sequence[tuple[int, Any]],
    verdicts: list[Verdict],
    targets: RegisterLookup,
    told: IngestOptions,
    dialect: Mapping[str, str],
) -> RawColumns:
    objects = []
    for number, row in rows:
        if isinstance(row, dict):
            objects.append((number, row))
        else:
            verdicts.append(Verdict(number, "not_an_object", shown(str(row)), '{"time": …, "value": …}'))
    names = list(dict.fromkeys(name for _, row in objects for name in row))
    if not objects:
        return RawColumns({"time": strings([])}, np.zeros(0, np.int64), tuple(verdicts), dialect)
    at = columns_of(names, told, targets)
    columns: dict[str, list[Any]] = {role: [] for role in at}
    lines = []
    for number, row in objects:
        cells = {role: row.get(names[index]) for role, index in at.items()}
        strange = next((role for role, cell in cells.items() if not _is_cell(role, cell)), None)
        if strange is not None:
            expected = 'a string, as in "12.5", so that nothing rounds it'
            verdicts.append(Verdict(number, "not_a_string", shown(str(cells[strange])), expected))
            continue
        lines.append(number)
        for role, cell in cells.items():
            columns[role].append(cell)
    laid = {role: _texts(cells) for role, cells in columns.items()}
    return RawColumns(laid, np.array(lines, np.int64), tuple(verdicts), dialect)


def _is_cell(role: str, cell: Any) -> bool:
    """Whether a cell is text or absent; only a value must not be a number, for only there rounding is money."""
    return cell is None or (isinstance(cell, str) and not (role == "value" and isinstance(cell, _Number)))


def _texts(cells: Sequence[str | None]) -> pa.Array:
    return strings([None if cell is None else cell.encode(errors="replace").decode() for cell in cells])
