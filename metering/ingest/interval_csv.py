"""Text tables: one reading per row, or one of every register, with any usual delimiter, decimal mark and encoding.

Where the table stands, its delimiter and its encoding are found, or asked; each is said in ``how_read``.
"""

from metering.fleet.lookup import RegisterLookup
from metering.ingest.how_read import Answer, Aspect, Basis, HowRead, OpenQuestion
from metering.ingest.options import IngestOptions
from metering.ingest.raw_columns import RawColumns
from metering.ingest.roles import Roles, match
from metering.ingest.tables import encoding, text_rows
from metering.ingest.tables.gathered_rows import GatheredRows, NeededCells, gather, layout_of
from metering.ingest.tables.header import header_of
from metering.ingest.tables.role_columns import by_role, melt
from metering.ingest.tables.table_place import TablePlace, find_table
from metering.log.reading import limit_refusals


def read_columns(raw: bytes, targets: RegisterLookup, options: IngestOptions) -> RawColumns:
    """Find the columns of a text table.

    Args:
        raw: the file, in the encoding that its sender says, or that its bytes state.
        targets: the registers of the tenant.
        options: names of the columns, and what the file does not say.

    Raises:
        UnreadableFile: it has no header, lacks a required column, or has a line that is too long.
    """
    text = encoding.decode(raw, options.encoding)
    sample = text_rows.take_sample(text.utf8, options)
    place = find_table(sample.rows, options)
    header = header_of(place, targets)
    roles = match(header, options, targets)
    needed = needed_cells(place, roles, options, in_edges=sample.delimiter == "|")
    blocks = text_rows.cut_rows(text.utf8, place.data_line, len(place.names), sample.delimiter)
    encoded, separators, delimiter = text.how_read, sample.how_read, sample.delimiter
    del raw, text, sample
    rows = gather(blocks, needed)
    table, questions = table_as_read(place, rows, options)
    table_columns = by_role(rows, roles, header.names)
    if roles.wide:
        table_columns = melt(table_columns, rows.cells, roles, options, targets)
    columns = table_columns.columns
    verdicts = [*rows.verdicts, *table_columns.verdicts]
    limit_refusals(len(verdicts), "no_value")
    dialect = {"encoding": encoded.taken, "delimiter": delimiter}
    return RawColumns(
        columns,
        table_columns.lines,
        tuple(verdicts),
        dialect,
        text_numbers=True,
        how_read=(encoded, separators, *table, *roles.how_read),
        questions=(*place.questions, *questions, *roles.questions),
        roles=roles,
    )


def needed_cells(place: TablePlace, roles: Roles, options: IngestOptions, *, in_edges: bool) -> NeededCells:
    """The cells of each row that the roles need."""
    at, names = roles.at, place.names
    times = next((at[role] for role in ("time", "start", "end", "date") if at.get(role)), (0,))
    values = (*at.get("value", ()), *roles.wide)
    others = [place for places in at.values() for place in places if place not in values]
    required = [place for role in ("time", "start", "end", "value", "register") for place in at.get(role, ())]
    return NeededCells(
        names=names,
        times=times,
        values=values,
        others=tuple(others),
        least=max([*(required if not roles.wide else at.get("time", ())), 0]),
        time_format=options.time_format,
        units=place.units,
        in_edges=in_edges and len(names) > 1 and not names[0] and not names[-1],
    )


def table_as_read(
    place: TablePlace, rows: GatheredRows, options: IngestOptions
) -> tuple[list[HowRead], list[OpenQuestion]]:
    """How the table was told from what stands around it; and a question where another one follows.

    Where the sender says the line of the header, the table ends where another begins.
    """
    said = options.header_line is not None
    where = f"--header-line {options.header_line}" if said else f"line {place.line}"
    lines = layout_of(rows, place.above)
    taken = f"header in line {place.line}" + (f"; {lines}" if lines else "")
    table = [HowRead(Aspect.TABLE, taken, Basis.SAID if said else Basis.STATED, where)]
    if place.stated_unit is not None:
        unit, line = place.stated_unit
        table.append(HowRead(Aspect.UNIT, f"{unit}, where no column states one", Basis.STATED, f"line {line}"))
    if not rows.other_headers:
        return table, []
    line, names = next(iter(sorted(rows.other_headers.items())))
    if said:
        rows.keep(rows.lines < line)
        rows.verdicts = [verdict for verdict in rows.verdicts if verdict.line < line]
        table.append(HowRead(Aspect.TABLE, f"ends above line {line}", Basis.SAID, where))
        return table, []
    answers = (
        Answer("header_line", str(place.line), "the table of line " + str(place.line)),
        Answer("header_line", str(line), f"the table of line {line}: {names}"[:200]),
    )
    return table, [OpenQuestion(Aspect.TABLE, f"another table begins in line {line}", answers)]
