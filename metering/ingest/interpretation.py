"""What the cells of a file mean: its times, its stamps, its decimal marks, and what it leaves open about them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from metering.fleet.lookup import TargetRegister
from metering.ingest import clock_marks, decimal_marks, foreign_tables, numbered_hours, stamps, time_columns, which_hour
from metering.ingest.decimal_marks import PLAIN, DecimalMarks, ValueColumn
from metering.ingest.how_read import Aspect, Basis, HowRead, OpenQuestion, Unsaid
from metering.ingest.options import IngestOptions
from metering.ingest.raw_columns import RawColumns
from metering.ingest.stamps import Stamps
from metering.ingest.time_columns import TimeColumn, TimeSource
from metering.ingest.unreadable import UnreadableFile
from metering.log.columns import VALUE, Flags, Ints, Readings

_NO = pa.scalar(value=False)


@dataclass(frozen=True, slots=True)
class Interpreted:
    """What the cells of a file mean.

    Attributes:
        stamps: the times of the rows.
        marks: the numbers of the values; None: the column is typed, or there is none.
        how_read: of the file.
        questions: what it leaves open.
        is_own: whether it is a table in our own format; None: no table, but a format that states all.
        time_column: the name of its column of times, as it is to be typed.
        is_end_stated: whether somebody says that the times are ends.
        not_available: what stands where there was no value.
        dialect: what was detected.
    """

    stamps: Stamps
    marks: DecimalMarks | None = None
    how_read: tuple[HowRead, ...] = ()
    questions: tuple[OpenQuestion, ...] = ()
    is_own: bool | None = None
    time_column: str = "time"
    is_stamp_said: bool = False
    not_available: frozenset[str] = frozenset()
    dialect: Mapping[str, str] = field(default_factory=dict)

    def of_rows(self, columns: Mapping[str, pa.Array], places: Ints) -> dict[str, Sequence[Any]]:
        """The cells of some rows by role, as the row parser reads them."""
        cells: dict[str, Sequence[Any]] = {
            role: column.take(pa.array(places)).to_pylist()
            for role, column in columns.items()
            if role not in ("time", "end")
        }
        cells["time"] = [self.stamps.time.cells(at) for at in places.tolist()]
        if self.stamps.end is not None:
            cells["end"] = [self.stamps.end.cells(at) for at in places.tolist()]
        if self.marks is not None and self.marks.grouped:
            cells["comma"] = self.marks.comma[places].tolist()
        return cells

    def is_available(self, written: pa.Array | None, numbers: pa.Array) -> Flags:
        """A mask of the rows whose value is not one of those that say that there was none."""
        if written is None or not self.not_available:
            return np.ones(len(numbers), np.bool_)
        listed = [none for none in self.not_available if pc.match_substring_regex(pa.scalar(none), PLAIN).as_py()]
        none = pc.is_in(numbers, pa.array(listed, pa.string()).cast(VALUE))
        if pa.types.is_string(written.type):
            none = pc.or_(none, pc.is_in(pc.utf8_trim_whitespace(written), pa.array(sorted(self.not_available))))
        return ~np.asarray(none.fill_null(_NO).to_numpy(zero_copy_only=False))


def interpret(
    raw: RawColumns,
    columns: dict[str, pa.Array],
    code: Ints,
    targets: Sequence[TargetRegister],
    options: IngestOptions,
) -> Interpreted:
    """Find out what the cells of a file mean.

    Args:
        raw: the file.
        columns: its columns by role; a column of units is added where the header states the unit of the values.
        code: per row, the position of its register in ``targets``; -1: it is not known yet.
        targets: the registers that occur.
        options: what the sender states.

    Raises:
        UnreadableFile: the file has no times.
    """
    roles = raw.roles
    time, end = (_times(raw, columns, role, options) for role in ("time", "end"))
    marks = _marks(raw, columns, code, targets, options)
    how_read, questions = [*raw.how_read], [*raw.questions]
    known = {read.aspect for read in raw.how_read} if roles is None else set()
    for column in (time, end):
        if column is not None:
            how_read += [read for read in column.how_read if read.aspect not in known]
            questions += column.form.questions
    if marks is not None:
        how_read += marks.how_read
        questions += marks.questions
    alone = time if time is not None else end
    if roles is None:
        defined = [aspect for aspect in _DEFINED if aspect not in known]
        how_read += [HowRead(aspect, "as the format defines", Basis.STATED, "the format") for aspect in defined]
        findings = foreign_tables.Findings()
        is_own = None
    else:
        is_own = roles.is_own and (alone is None or alone.is_iso)
        units = foreign_tables.unit_column(columns, roles, options)
        if units is not None:
            columns["unit"] = units
        table = foreign_tables.ForeignTable(
            roles, is_own, raw.lines, time=alone, code=code, targets=targets, options=options
        )
        findings = foreign_tables.examine(table, columns)
        _which_hours(table, columns, findings)
        foreign_tables.read_qualities(table, columns, findings)
    questions += findings.questions
    if alone is None and not questions:
        raise UnreadableFile("there is no column of times", found=list(columns), expected="time")
    if alone is None:
        alone = _no_times(len(raw.lines))
    alone = numbered_hours.with_ordinary_days(alone, code, targets)
    alone = numbered_hours.without_short_days(alone, code, targets, are_ends=findings.stamp == "end")
    placed = _placed(alone, None if time is None else end, findings.stamp, code, targets, of_one_date=_of_one_date(raw))
    placed = _with_marks(placed, code, targets, raw)
    return Interpreted(
        stamps=placed,
        marks=marks,
        how_read=(*how_read, *findings.how_read, *placed.how_read),
        questions=tuple(dict.fromkeys(questions)),
        is_own=is_own,
        time_column="time" if roles is None else roles.typed("time") or roles.typed("end"),
        is_stamp_said=roles is not None and bool(roles.stamp),
        not_available=options.not_available,
        dialect=_dialect(marks) if raw.text_numbers else {},
    )


def _which_hours(
    table: foreign_tables.ForeignTable, columns: dict[str, pa.Array], findings: foreign_tables.Findings
) -> None:
    """Add the column of which two equal hours rows are of, where the table has one."""
    hours = which_hour.find(columns, table.roles)
    if hours is None or table.time is None:
        return
    columns["which_hour"] = hours.cells
    findings.how_read.append(hours.how_read)
    question = which_hour.contradicted(hours, table.time, table.lines, table.code, table.targets)
    if question is not None:
        findings.questions.append(question)


_DEFINED = (Aspect.TIME, Aspect.ZONE, Aspect.STAMP, Aspect.VALUE, Aspect.UNIT, Aspect.QUANTITY_KIND, Aspect.SEPARATORS)


def _times(raw: RawColumns, columns: Mapping[str, pa.Array], role: str, options: IngestOptions) -> TimeColumn | None:
    column = columns.get(role)
    if column is None:
        return None
    if pa.types.is_timestamp(column.type):
        return time_columns.typed(column)
    roles = raw.roles
    said, stated = options.time_format, None if roles is None else roles.time_format
    source = TimeSource(
        column="" if roles is None else roles.typed(role),
        time_format=said or stated,
        said=f"--time-format {said}" if said else "" if roles is None else roles.where,
        basis=Basis.SAID if said else Basis.STATED,
        may_be_found=roles is not None,
        is_joined=roles is not None and len(roles.at.get(role, ())) > 1,
    )
    return time_columns.written(column, raw.lines, source)


def _no_times(count: int) -> TimeColumn:
    nothing = np.zeros(count, np.bool_)
    return TimeColumn(np.zeros(count, np.int64), nothing, nothing, lambda _: "")


def _marks(
    raw: RawColumns,
    columns: Mapping[str, pa.Array],
    code: Ints,
    targets: Sequence[TargetRegister],
    options: IngestOptions,
) -> DecimalMarks | None:
    """The decimal marks of the values: one for all, or one for each column of a wide table."""
    values = columns.get("value")
    if values is None or not pa.types.is_string(values.type):
        return None
    if not raw.text_numbers:
        return decimal_marks.stated_points(values)
    if raw.roles is None or not raw.roles.wide:
        return decimal_marks.find(
            values, raw.lines, [ValueColumn(raw.roles.typed("value") if raw.roles else "")], options.decimal
        )
    name_of = {name: raw.roles.names[at] for at, name in raw.roles.wide.items()}
    of_code = [
        next((name_of[name] for name in (target.register.key, *target.register.aliases) if name in name_of), "")
        for target in targets
    ]
    parts = [ValueColumn(of_code[at] if at >= 0 else "", code == at) for at in np.unique(code).tolist()]
    return decimal_marks.find(values, raw.lines, parts, options.decimal)


def _dialect(marks: DecimalMarks | None) -> dict[str, str]:
    return {"decimal_mark": "," if marks is not None and marks.comma.any() else "."}


def _of_one_date(raw: RawColumns) -> bool:
    """Whether the start and the end of a row are clock times beside one date."""
    if raw.roles is None:
        return False
    start, end = (raw.roles.at.get(role, ()) for role in ("time", "end"))
    return len(start) > 1 and len(end) > 1 and start[0] == end[0]


def _placed(
    time: TimeColumn,
    end: TimeColumn | None,
    stamp: str,
    code: Ints,
    targets: Sequence[TargetRegister],
    *,
    of_one_date: bool,
) -> Stamps:
    """The times of rows as starts, with ends beside them, or as ends."""
    if end is not None:
        completed, how = stamps.completed(time, end, of_one_date=of_one_date)
        return Stamps(time, completed, how_read=how)
    if stamp != "end":
        return Stamps(time)
    labels = stamps.labelled(time, code, targets)
    if labels is None:
        return Stamps(time, are_ends=True)
    how = (
        HowRead(Aspect.STAMP, "start plus the interval, by the clock of the start", Basis.STATED, "the clock change"),
    )
    return Stamps(labels, how_read=how)


def _with_marks(placed: Stamps, code: Ints, targets: Sequence[TargetRegister], raw: RawColumns) -> Stamps:
    """The times as instants where a mark behind them tells."""

    def column(role: str) -> str:
        return "" if raw.roles is None else raw.roles.typed(role)

    time, how = clock_marks.with_instants(placed.time, code, targets, column("time") or column("end"))
    if placed.end is None:
        return replace(placed, time=time, how_read=(*placed.how_read, *how))
    end, of_end = clock_marks.with_instants(placed.end, code, targets, column("end"))
    return replace(placed, time=time, end=end, how_read=(*placed.how_read, *how, *of_end))


def see_stamps(
    readings: Readings, targets: Sequence[TargetRegister], cells: Interpreted
) -> tuple[Readings, tuple[HowRead, ...]]:
    """Levels whose times are said or stated to be ends hold from earlier on."""
    if not cells.stamps.are_ends or cells.is_own is None:
        return readings, ()
    return stamps.levels_before(readings, targets)


def see_grid(readings: Readings, targets: Sequence[TargetRegister], cells: Interpreted) -> None:
    """Refuse times that do not fit the intervals of their registers, and ask about times that look like ends.

    Raises:
        OtherInterval: they step otherwise.
        Unsaid: times in our own format begin after a midnight and end at one, as ends do.
    """
    if cells.is_own is None or cells.stamps.end is not None:
        return
    stamps.refuse_other_interval(readings, targets, is_own=cells.is_own)
    if cells.is_own and not cells.is_stamp_said:
        question = stamps.look_like_ends(readings, targets, cells.time_column)
        if question is not None:
            raise Unsaid.of([question])
