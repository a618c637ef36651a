"""From the rows of a table, cut into cells, to its columns by role, and how they were read."""

from collections.abc import Iterable
from dataclasses import dataclass, field, replace

from metering.fleet.lookup import RegisterLookup
from metering.ingest.how_read import Answer, Aspect, Basis, HowRead, OpenQuestion
from metering.ingest.options import IngestOptions
from metering.ingest.table_roles import Header, Roles
from metering.ingest.tables.day_columns import DayColumns
from metering.ingest.tables.gathered_rows import GatheredRows, NeededCells, gather, layout_of
from metering.ingest.tables.melt_days import melt_days
from metering.ingest.tables.role_columns import RoleColumns, by_role, melt
from metering.ingest.tables.table_place import TablePlace
from metering.ingest.tables.text_rows import CutRows
from metering.log.reading import limit_refusals


@dataclass(slots=True)
class TableRead:
    """A table by the roles of its columns.

    Attributes:
        table: its columns, with the verdicts on its rows and cells.
        how_read: how the table was told from what stands around it.
        questions: which of several tables it is.
    """

    table: RoleColumns
    how_read: list[HowRead] = field(default_factory=list)
    questions: list[OpenQuestion] = field(default_factory=list)


def read_table(
    place: TablePlace,
    header: Header,
    roles: Roles,
    blocks: Iterable[CutRows],
    options: IngestOptions,
    targets: RegisterLookup,
    *,
    days: DayColumns | None = None,
    in_edges: bool = False,
    above: int = 0,
) -> TableRead:
    """Read the rows below a header.

    Args:
        place: where the table stands.
        header: its names.
        roles: of its columns.
        days: its columns for the parts of a day; None: a row is of one time.
        blocks: its rows, cut into cells.
        options: what the sender says.
        targets: the registers of the tenant.
        in_edges: whether rows may begin and end with their delimiter.
        above: how many lines of other sheets are counted before the first one of this.
    """
    needed = _needed_cells(place, roles, options, in_edges=in_edges)
    if days is not None:
        needed = replace(needed, values=tuple(days.starts))
    rows = gather(blocks, needed)
    how_read, questions = _table_as_read(place, rows, options, above)
    if days is not None:
        shared = replace(roles, at={role: places for role, places in roles.at.items() if role != "value"})
        table = by_role(rows, shared, header.names)
        table = melt_days(table, rows.cells, days, options, targets) if "time" in table.columns else table
    else:
        table = by_role(rows, roles, header.names)
    if roles.wide:
        table = melt(table, rows.cells, roles, options, targets)
    table.verdicts = [*rows.verdicts, *table.verdicts]
    limit_refusals(len(table.verdicts), "no_value")
    return TableRead(table, how_read, [*place.questions, *questions])


def _needed_cells(place: TablePlace, roles: Roles, options: IngestOptions, *, in_edges: bool) -> NeededCells:
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
        named=place.named,
    )


def _table_as_read(
    place: TablePlace, rows: GatheredRows, options: IngestOptions, above: int
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
        Answer("header_line", str(line - above), f"the table of line {line}: {names}"[:200]),
    )
    return table, [OpenQuestion(Aspect.TABLE, f"another table begins in line {line}", answers)]
