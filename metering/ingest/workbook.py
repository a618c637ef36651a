"""XLSX: the readings of a workbook's sheets, which are found as tables in a text are.

Sheets whose tables have the same columns are one table, each with its own units. Sheets without rows of a time and a
number are left out, and so are hidden ones; sheets with other columns are a question. The line of a row is its row in
the sheet, after all rows of the sheets that were read before it. What a number is: ``tables/workbook_cells.py``.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import partial
from io import BytesIO

import numpy as np
import pyarrow as pa
from python_calamine import CalamineError, CalamineWorkbook, SheetTypeEnum, SheetVisibleEnum

from metering.fleet.lookup import RegisterLookup
from metering.ingest.how_read import Answer, Aspect, Basis, HowRead, OpenQuestion
from metering.ingest.options import IngestOptions
from metering.ingest.raw_columns import RawColumns, string_column
from metering.ingest.repeated_rows import WholeRows
from metering.ingest.table_roles import Header, Roles
from metering.ingest.tables.day_columns import DayColumns, roles_and_days
from metering.ingest.tables.gathered_rows import spans
from metering.ingest.tables.header import header_of
from metering.ingest.tables.read_table import TableRead, read_table
from metering.ingest.tables.table_place import TablePlace, count_rows, find_table
from metering.ingest.tables.text_rows import CutRows
from metering.ingest.tables.workbook_cells import SheetCells, texts
from metering.ingest.tables.workbook_parts import checked_parts, damaged
from metering.ingest.unreadable import UnreadableFile

_SAMPLE_ROWS = 400
_NAMES_SHOWN = 20


@dataclass(frozen=True, slots=True)
class SheetTable:
    """The table of a sheet.

    Attributes:
        name: of the sheet.
        cells: all of it.
        place: where its table stands.
        header: its names.
        above: how many rows the sheets before it have.
    """

    name: str
    cells: SheetCells
    place: TablePlace
    header: Header
    above: int = 0


def read_columns(raw: bytes, targets: RegisterLookup, options: IngestOptions) -> RawColumns:
    """Find the columns of a workbook.

    Args:
        raw: the file.
        targets: the registers of the tenant.
        options: names of the columns and sheets, and what the file does not say.

    Raises:
        UnreadableFile: it is damaged, protected or too large, has no table, or lacks a required column or sheet.
    """
    tables, how_read = _tables(_opened(checked_parts(raw)), targets, options)
    del raw
    groups = _alike(tables)
    if len(groups) > 1:
        question = _which(groups)
        empty = {"time": string_column([])}
        return RawColumns(empty, np.zeros(0, np.int64), how_read=tuple(how_read), questions=(question,))
    (sheets,) = groups
    sheet_roles = [
        roles_and_days(sheet.header, sheet.cells.sample(0, _SAMPLE_ROWS), options, targets) for sheet in sheets
    ]
    all_roles = [roles for roles, _ in sheet_roles]
    reads = []
    are_texts = _are_texts(sheets, sheet_roles)
    for sheet, (roles, days) in zip(sheets, sheet_roles, strict=True):
        if not are_texts:
            sheet.cells.mark_written_numbers(_values(roles, days))
        reads.append(
            read_table(
                sheet.place, sheet.header, roles, [_rows_of(sheet)], options, targets, days=days, above=sheet.above
            )
        )
        how_read += [_in_sheet(how, sheet, len(sheets)) for how in (*reads[-1].how_read, *roles.how_read)]
    roles = _same_units(reads, all_roles)
    needed = {*(at for places in roles.at.values() for at in places), *_values(*sheet_roles[0])}
    names = sheets[0].header.names
    unread = [at for at in range(len(names)) if at not in needed]
    return RawColumns(
        _joined([read.table.columns for read in reads]),
        np.concatenate([read.table.lines for read in reads]),
        tuple(verdict for read in reads for verdict in read.table.verdicts),
        {"format": "xlsx"},
        text_numbers=are_texts,
        how_read=tuple(how_read),
        questions=tuple(
            dict.fromkeys(
                q for read, of in zip(reads, all_roles, strict=True) for q in (*read.questions, *of.questions)
            )
        ),
        roles=roles,
        whole_rows=WholeRows(names, unread, partial(_cells_of, sheets)),
    )


def _cells_of(sheets: Sequence[SheetTable], lines: Sequence[int]) -> dict[int, list[str]]:
    """All cells of some lines, which are counted through all sheets."""
    rows = {}
    for line in lines:
        sheet = next(sheet for sheet in reversed(sheets) if sheet.above < line)
        rows[line] = sheet.cells.rows[line - sheet.above - 1]
    return rows


def _are_texts(sheets: Sequence[SheetTable], sheet_roles: Sequence[tuple[Roles, DayColumns | None]]) -> bool:
    """Whether no value is a number of the workbook: then all are text as people write it, as in a text table."""
    return not any(
        at in sheet.cells.numeric
        for sheet, (roles, days) in zip(sheets, sheet_roles, strict=True)
        for at in _values(roles, days)
    )


def _values(roles: Roles, days: DayColumns | None) -> list[int]:
    """The positions of columns of values."""
    return [*roles.at.get("value", ()), *roles.wide, *(days.starts if days else ())]


def _opened(raw: bytes) -> CalamineWorkbook:
    with _refused_if_damaged("its parts"):
        return CalamineWorkbook.from_filelike(BytesIO(raw))


@contextmanager
def _refused_if_damaged(what: str) -> Iterator[None]:
    """Whatever the library that reads workbooks meets in one, a panic of its own included, is a refusal."""
    try:
        yield
    except (CalamineError, ValueError, OverflowError, OSError) as error:
        raise damaged(f"{what}: {error}") from error
    except BaseException as error:
        if type(error).__name__ != "PanicException":
            raise
        raise damaged(what) from error


def _tables(
    book: CalamineWorkbook, targets: RegisterLookup, options: IngestOptions
) -> tuple[list[SheetTable], list[HowRead]]:
    """The tables of the sheets, and which sheets were left out."""
    names = [sheet.name for sheet in book.sheets_metadata if sheet.typ == SheetTypeEnum.WorkSheet]
    hidden = {sheet.name for sheet in book.sheets_metadata if sheet.visible != SheetVisibleEnum.Visible}
    missing = sorted(options.sheets - set(names))
    if missing:
        raise UnreadableFile(f"there is no sheet {missing[0]!r}", found=missing, expected=names[:_NAMES_SHOWN])
    tables: list[SheetTable] = []
    left_out: dict[str, list[str]] = {"hidden": [], "without rows of a time and a number": [], "not said": []}
    for name in names:
        if options.sheets and name not in options.sheets:
            left_out["not said"].append(name)
            continue
        if name in hidden and not options.sheets:
            left_out["hidden"].append(name)
            continue
        table = _table_of(name, _sheet(book, name), targets, options)
        if table is None:
            left_out["without rows of a time and a number"].append(name)
        else:
            above = tables[-1].above + len(tables[-1].cells.rows) if tables else 0
            tables.append(replace(table, above=above))
    if not tables:
        detail = "no sheet has rows of a time and a number below their names"
        raise UnreadableFile(detail, found=names[:_NAMES_SHOWN], expected="a sheet with a header and rows")
    said = Basis.SAID if options.sheets else Basis.ASSUMED
    how_read = [
        HowRead(Aspect.TABLE, f"left out, {why}", said, f"sheets {', '.join(sheets)}"[:500])
        for why, sheets in left_out.items()
        if sheets
    ]
    return tables, how_read


def _sheet(book: CalamineWorkbook, name: str) -> SheetCells:
    with _refused_if_damaged(f"sheet {name!r}"):
        cells = book.get_sheet_by_name(name).to_python(skip_empty_area=False)
    return texts(cells)


def _table_of(name: str, cells: SheetCells, targets: RegisterLookup, options: IngestOptions) -> SheetTable | None:
    first = (options.header_line or 1) - 1
    sample = cells.sample(first, _SAMPLE_ROWS)
    if not options.sheets and not any(count_rows(sample, options.time_format)):
        return None
    place = find_table(sample, options)
    header = replace(header_of(place, targets), where=f"row {place.line} of sheet {name!r}")
    return SheetTable(name, cells, place, header)


def _alike(tables: Sequence[SheetTable]) -> list[list[SheetTable]]:
    """The tables with the same columns, in groups."""
    groups: dict[tuple[str, ...], list[SheetTable]] = {}
    for table in tables:
        names = tuple(name.casefold() for name in table.header.names)
        while names and not names[-1]:
            names = names[:-1]
        groups.setdefault(names, []).append(table)
    return list(groups.values())


def _which(groups: Sequence[Sequence[SheetTable]]) -> OpenQuestion:
    answers = []
    for sheets in groups:
        names = ", ".join(sheet.name for sheet in sheets)
        columns = ", ".join(filter(None, sheets[0].header.names))
        answers.append(Answer("sheet", sheets[0].name, f"say it of each of {names}: the columns {columns}"[:300]))
    return OpenQuestion(Aspect.TABLE, "sheets have tables with other columns", tuple(answers))


def _rows_of(sheet: SheetTable) -> CutRows:
    first = sheet.place.data_line - 1
    rows = sheet.cells.rows[first:]
    lines = np.arange(first + 1, first + 1 + len(rows)) + sheet.above
    return CutRows(lines, np.zeros(len(rows), np.bool_), None, rows)


def _in_sheet(how: HowRead, sheet: SheetTable, sheets: int) -> HowRead:
    """The same with the name of the sheet, and where its rows are counted from."""
    if how.aspect is not Aspect.TABLE or not how.taken.startswith("header in"):
        return how
    counted = f"; its rows are {spans(range(sheet.above + 1, sheet.above + 1 + len(sheet.cells.rows)))}"
    return replace(how, taken=how.taken + (counted if sheets > 1 else ""), where=f"sheet {sheet.name!r}")


def _same_units(reads: Sequence[TableRead], all_roles: Sequence[Roles]) -> Roles:
    """The roles of all sheets; where their headers state other units, each row has that of its sheet."""
    first = all_roles[0]
    units = [roles.unit for roles in all_roles]
    if len(set(units)) == 1 or "unit" in first.at:
        return first
    for read, unit in zip(reads, units, strict=True):
        codes = pa.array(np.zeros(len(read.table.lines), np.int32))
        read.table.columns["unit"] = pa.DictionaryArray.from_arrays(codes, string_column([unit]))
    return replace(first, at={**first.at, "unit": first.at["value"]}, units={})


def _joined(parts: Sequence[dict[str, pa.Array]]) -> dict[str, pa.Array]:
    roles = dict.fromkeys(role for columns in parts for role in columns)
    return {
        role: pa.chunked_array([columns[role] for columns in parts]).unify_dictionaries().combine_chunks()
        for role in roles
    }
