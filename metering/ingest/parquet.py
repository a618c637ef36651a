"""Parquet and Arrow: columns with the same names as in CSV, typed or as text; values are exact, never floats."""

from collections.abc import Iterable, Mapping, Sequence
from functools import partial

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from metering.fleet.lookup import RegisterLookup
from metering.ingest.options import IngestOptions
from metering.ingest.raw_columns import RawColumns
from metering.ingest.repeated_rows import CellsOfLines, WholeRows
from metering.ingest.roles import match
from metering.ingest.table_roles import Header, Roles
from metering.ingest.unreadable import UnreadableFile
from metering.limits import FILE_BYTES_MAX

_ROWS_MAX = 20_000_000
_BATCH_ROWS = 1 << 18
_LOOKED_AT_ROWS = 1 << 14
#: Arrow takes any number for the decimal places of a damaged file, and dies of it.
_SCALE_MAX = 38


def read_columns(raw: bytes, targets: RegisterLookup, options: IngestOptions) -> RawColumns:
    """Find the columns of a Parquet file, or of an Arrow file or stream.

    Raises:
        UnreadableFile: it is damaged, lacks a column, has a column of an inexact type, or is too large when unpacked.
    """
    try:
        return _parquet(raw, targets, options) if raw[:4] == b"PAR1" else _arrow(raw, targets, options)
    except (pa.ArrowException, OSError, ValueError, MemoryError, OverflowError, TypeError) as error:
        raise UnreadableFile(f"the file is damaged: {str(error)[:200]}", found=type(error).__name__) from error


def _parquet(raw: bytes, targets: RegisterLookup, options: IngestOptions) -> RawColumns:
    file = pq.ParquetFile(pa.BufferReader(raw), thrift_string_size_limit=1 << 24, thrift_container_size_limit=1 << 20)
    names = file.schema_arrow.names
    roles = match(Header(tuple(names), where="the schema"), options, targets)
    at = _single(roles)
    _exact(file.schema_arrow, at)
    if file.metadata.num_rows > _ROWS_MAX:
        raise _too_much(f"{file.metadata.num_rows} rows")
    batches, rows, size = [], 0, 0
    for batch in file.iter_batches(_BATCH_ROWS, columns=sorted({names[index] for index in at.values()})):
        rows, size = rows + batch.num_rows, size + batch.nbytes
        if rows > _ROWS_MAX or size > 2 * FILE_BYTES_MAX:
            raise _too_much(f"more than {rows} rows")
        batches.append(batch)
    schema = batches[0].schema if batches else file.schema_arrow
    table = pa.Table.from_batches(batches, schema)
    whole_rows = _whole_rows(names, at, partial(_rows_of_parquet, raw))
    return _raw_columns(table, {role: names[index] for role, index in at.items()}, "parquet", roles, whole_rows)


def _arrow(raw: bytes, targets: RegisterLookup, stated: IngestOptions) -> RawColumns:
    reader = _opened(raw)
    roles = match(Header(tuple(reader.schema.names), where="the schema"), stated, targets)
    at = _single(roles)
    _exact(reader.schema, at)
    table = reader.read_all()
    if table.num_rows > _ROWS_MAX or table.nbytes > 2 * FILE_BYTES_MAX:
        raise _too_much(f"{table.num_rows} rows")
    names = reader.schema.names
    whole_rows = _whole_rows(names, at, partial(_rows_of_arrow, raw))
    return _raw_columns(table, {role: names[index] for role, index in at.items()}, "arrow", roles, whole_rows)


def _whole_rows(names: Sequence[str], at: Mapping[str, int], cells_of: CellsOfLines) -> WholeRows:
    return WholeRows(names, [index for index in range(len(names)) if index not in at.values()], cells_of)


def _rows_of_parquet(raw: bytes, lines: Sequence[int]) -> dict[int, list[str]]:
    """All cells of some rows as text; the file is opened again, because hardly any has a row twice."""
    file = pq.ParquetFile(pa.BufferReader(raw), thrift_string_size_limit=1 << 24, thrift_container_size_limit=1 << 20)
    return _cells_of(file.iter_batches(_LOOKED_AT_ROWS), lines)


def _rows_of_arrow(raw: bytes, lines: Sequence[int]) -> dict[int, list[str]]:
    return _cells_of(_opened(raw).read_all().to_batches(), lines)


def _cells_of(batches: Iterable[pa.RecordBatch], lines: Sequence[int]) -> dict[int, list[str]]:
    """The cells of some rows, which are counted from 1 through all batches."""
    cells: dict[int, list[str]] = {}
    wanted, above = np.array(sorted(lines), np.int64), 0
    for batch in batches:
        here = wanted[(wanted > above) & (wanted <= above + batch.num_rows)]
        if len(here):
            columns = [[_shown(cell) for cell in column.take(pa.array(here - above - 1))] for column in batch.columns]
            cells |= {line: [column[at] for column in columns] for at, line in enumerate(here.tolist())}
        above += batch.num_rows
    return cells


def _shown(cell: pa.Scalar) -> str:
    try:
        return "" if cell.as_py() is None else str(cell.as_py())
    except (pa.ArrowException, ValueError, OverflowError):
        return str(cell.type)  # an instant that no clock shows, and no text that is UTF-8


def _opened(raw: bytes) -> pa.RecordBatchFileReader | pa.RecordBatchStreamReader:
    source = pa.BufferReader(raw)
    options = pa.ipc.IpcReadOptions(use_threads=False)
    return pa.ipc.open_file(source, options=options) if raw[:6] == b"ARROW1" else pa.ipc.open_stream(source)


def _single(roles: Roles) -> dict[str, int]:
    """The one column of each role; typed columns are not joined, and none is named after a register."""
    joined = next((role for role, places in roles.at.items() if len(places) > 1 and role != "row_register"), None)
    if joined is not None or roles.wide:
        detail = roles.typed(joined) if joined else ", ".join(roles.wide.values())
        raise UnreadableFile(
            f"typed columns are not joined, and each row has one register: {detail}",
            found=detail,
            expected="one column of the time, one of the value, one of the register",
        )
    return {role: places[0] for role, places in roles.at.items() if len(places) == 1}


_EXPECTED = {"time": "timestamp or string", "end": "timestamp or string", "value": "decimal, integer or string"}


def _exact(schema: pa.Schema, at: Mapping[str, int]) -> None:
    """Refuse columns whose type is not exact, such as floats."""
    for role, index in at.items():
        kind = schema.field(index).type
        kind = kind.value_type if pa.types.is_dictionary(kind) else kind
        text = pa.types.is_string(kind) or pa.types.is_large_string(kind)
        if role in ("time", "end"):
            fits = text or pa.types.is_timestamp(kind)
        elif role == "value":
            fits = text or pa.types.is_integer(kind) or (pa.types.is_decimal(kind) and abs(kind.scale) <= _SCALE_MAX)
        else:
            is_flag = role in ("summer_time", "repeated_hour") and pa.types.is_boolean(kind)
            fits = text or pa.types.is_integer(kind) or is_flag
        if not fits:
            raise UnreadableFile(
                f"the column {schema.field(index).name!r} is {kind}",
                found=str(kind),
                expected=_EXPECTED.get(role, "string"),
            )


def _raw_columns(
    table: pa.Table, names: Mapping[str, str], format_: str, roles: Roles, whole_rows: WholeRows
) -> RawColumns:
    columns = {}
    for role, name in names.items():
        column = table.column(name).combine_chunks()
        column.validate(full=True)  # invalid UTF-8 would otherwise raise much later
        column = column.combine_chunks() if isinstance(column, pa.ChunkedArray) else column
        kind = column.type
        if pa.types.is_dictionary(kind) or pa.types.is_large_string(kind):
            column = column.cast(kind.value_type if pa.types.is_dictionary(kind) else pa.string())
        if role not in ("time", "end", "value") or pa.types.is_large_string(column.type):
            column = column.cast(pa.string())
        if role != "value" and pa.types.is_string(column.type):
            column = column.dictionary_encode()
        if pa.types.is_timestamp(column.type):
            column = column.cast(pa.timestamp("us", tz=column.type.tz))  # instants are kept to the microsecond
            column = column if column.type.tz is None else column.cast(pa.timestamp("us", tz="UTC"))
        columns[role] = column
    return RawColumns(
        columns,
        np.arange(1, table.num_rows + 1, dtype=np.int64),
        dialect={"format": format_},
        text_numbers=not roles.is_own and "value" in columns and pa.types.is_string(columns["value"].type),
        how_read=roles.how_read,
        questions=roles.questions,
        roles=roles,
        whole_rows=whole_rows,
    )


def _too_much(content: str) -> UnreadableFile:
    return UnreadableFile(
        f"the file holds {content}; send it in parts", found=content, expected=f"at most {_ROWS_MAX} rows"
    )
