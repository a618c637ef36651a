"""What a table in somebody else's format does not say about its cells, and what it does."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from metering.fleet.lookup import TargetRegister
from metering.fleet.meter import RegisterKind
from metering.ingest import clock_marks, quality_words, role_names
from metering.ingest.how_read import Answer, Aspect, Basis, HowRead, OpenQuestion
from metering.ingest.options import IngestOptions
from metering.ingest.stamps import interval_us
from metering.ingest.table_roles import Roles
from metering.ingest.time_columns import TimeColumn
from metering.log.columns import Flags, Ints, instant_of
from quantities.period import offset

_YES = pa.scalar(value=True)
_SHOWN = 3


@dataclass(frozen=True, slots=True)
class ForeignTable:
    """A table whose columns are known by role, and what is known of its rows.

    Attributes:
        roles: of its columns.
        is_own: whether it is in our own format, its times in ISO 8601 too.
        lines: of the rows.
        time: the time of each row; None: no column is known to have it.
        code: per row, the position of its register in ``targets``; -1: unknown.
        targets: the registers that occur.
        options: what the sender states.
    """

    roles: Roles
    is_own: bool
    lines: Ints
    time: TimeColumn | None
    code: Ints
    targets: Sequence[TargetRegister]
    options: IngestOptions


@dataclass(slots=True)
class Findings:
    """What was found out about a table so far.

    Attributes:
        how_read: what is said or stated.
        questions: what is neither.
        stamp: ``start`` or ``end``: what the times are of intervals.
    """

    how_read: list[HowRead] = field(default_factory=list)
    questions: list[OpenQuestion] = field(default_factory=list)
    stamp: str = "start"


def examine(table: ForeignTable, columns: dict[str, pa.Array]) -> Findings:
    """What is said, stated and open about the stamps, the zone, the units and the registers of a table."""
    findings = Findings()
    if table.time is not None:
        _stamp(table, table.time, findings)
        _zone(table, table.time, findings)
    _unit(table, columns, findings)
    _registers(table, columns.get("row_register"), findings)
    _kind(table, findings)
    return findings


def _distinct_targets(table: ForeignTable) -> list[TargetRegister]:
    by_key = {target.register.key: target for target in table.targets}
    return list(by_key.values())


def _stamp(table: ForeignTable, time: TimeColumn, findings: Findings) -> None:
    """Whether times are starts or ends: said, by the names of columns, by an hour 24 or 0, or by our format."""
    roles, form = table.roles, time.form
    role = "time" if "time" in roles.at else "end"
    column = roles.typed(role)
    said = next((name for name in ("start", "time", "end") if name in table.options.columns), "")
    if roles.stamp:
        where = f"--column {said}={table.options.columns[said]}" if said else roles.where
        findings.stamp = roles.stamp
        _add_stamp(findings, roles.stamp, Basis.SAID if said else Basis.STATED, where, column)
    elif form.ends or form.starts:
        findings.stamp = "end" if form.ends else "start"
        _add_stamp(findings, findings.stamp, Basis.STATED, f"a row has {form.ends or form.starts}", column)
    elif table.is_own:
        _add_stamp(findings, "start", Basis.STATED, "the format", column)
    elif any(target.register.kind is RegisterKind.INTERVAL for target in table.targets):
        why = f"nothing says whether the times of column {column!r} are starts or ends of intervals"
        answers = [Answer("column", f"{one}={column}", _first_interval(table, time, one)) for one in ("start", "end")]
        findings.questions.append(OpenQuestion(Aspect.STAMP, why, tuple(answers)))
    elif table.targets:
        findings.how_read.append(HowRead(Aspect.STAMP, "instant", Basis.STATED, "the kind of the register", column))


def _first_interval(table: ForeignTable, time: TimeColumn, stamp: str) -> str:
    """What the first interval is if its time is its start, or its end; a date alone is its midnight."""
    lengths = interval_us(table.targets)[np.maximum(table.code, 0)]
    rows = np.flatnonzero(time.known & (table.code >= 0) & (lengths > 0))
    if not len(rows):
        return f"they are {stamp}s of intervals"
    row = rows[0]
    begin = int(time.us[row]) - (int(lengths[row]) if stamp == "end" else 0)
    first, last = (f"{instant_of(edge):%Y-%m-%d %H:%M}" for edge in (begin, begin + int(lengths[row])))
    return f"they are {stamp}s of intervals: the first is {first} to {last}"


def _add_stamp(findings: Findings, stamp: str, basis: Basis, where: str, column: str) -> None:
    findings.how_read.append(HowRead(Aspect.STAMP, f"{stamp} of the interval", basis, where, column))


def _zone(table: ForeignTable, time: TimeColumn, findings: Findings) -> None:
    """The zone of local times: said, or that of the site by our own format."""
    local = np.flatnonzero(time.known & time.is_local)
    if not len(local):
        findings.how_read.append(HowRead(Aspect.ZONE, "UTC", Basis.STATED, "offsets, or the instants themselves"))
    elif table.options.zone is not None:
        findings.how_read.append(HowRead(Aspect.ZONE, table.options.zone, Basis.SAID, f"--zone {table.options.zone}"))
    elif table.is_own:
        findings.how_read.append(HowRead(Aspect.ZONE, "local time of the site", Basis.STATED, "the format"))
    elif table.targets:
        target = table.targets[max(int(table.code[local[0]]), 0)]
        named = clock_marks.first_zone_name(time)
        if named is not None:
            findings.questions.append(_zone_of_name(table, time, *named))
            return
        winter = offset(instant_of(int(time.us[local[0]])).replace(month=1, day=1), target.zone)
        hours, minutes = divmod(int(winter.total_seconds()) // 60, 60)
        line = f"line {table.lines[local[0]]}"
        stands = f"{instant_of(int(time.us[local[0]])):%Y-%m-%dT%H:%M}"
        answers = (
            Answer("zone", "local", f"the clock of the site, {target.zone}"),
            Answer("zone", "UTC", "UTC"),
            Answer("zone", f"{hours:+03}:{minutes:02}", "standard time all year"),
        )
        findings.questions.append(
            OpenQuestion(Aspect.ZONE, f"{line} has {stands} without an offset, and nothing says in which zone", answers)
        )


def _zone_of_name(table: ForeignTable, time: TimeColumn, row: int, name: str) -> OpenQuestion:
    """An abbreviation as EST is of several zones, and not one offset in all of them."""
    target = table.targets[max(int(table.code[row]), 0)]
    answers = (
        Answer("zone", "local", f"the clock of the site, {target.zone}"),
        Answer("zone", "NAME", f"the name of another zone whose clock is called {name} then, as America/New_York"),
    )
    shown = f"{instant_of(int(time.us[row])):%Y-%m-%dT%H:%M} {name}"
    why = f"line {table.lines[row]} has {shown}, and nothing says of which zone that is the name"
    return OpenQuestion(Aspect.ZONE, why, answers)


def _needs_unit(target: TargetRegister) -> bool:
    return not target.register.states and not target.register.counts_itself


def _unit(table: ForeignTable, columns: dict[str, pa.Array], findings: Findings) -> None:
    """The unit of the values: said, by a column or the header, or the register's by our own format."""
    roles, options = table.roles, table.options
    if options.unit is not None and not ("unit" in columns and table.is_own):
        findings.how_read.append(HowRead(Aspect.UNIT, options.unit, Basis.SAID, f"--unit {options.unit}"))
    elif roles.unit and "unit" not in columns:
        return  # in the record of the header
    elif table.is_own:
        findings.how_read.append(
            HowRead(Aspect.UNIT, "the register's, where none is written", Basis.STATED, "the format")
        )
    elif "value" in columns:
        rows = _without_unit(columns) & ~_is_empty(columns["value"])
        bare = sorted(
            {int(code) for code in np.unique(table.code[rows]) if code >= 0 and _needs_unit(table.targets[code])}
        )
        if bare:
            findings.questions.append(_unit_question(table, columns, [table.targets[code] for code in bare], rows))


def _names_in(column: pa.Array, target: TargetRegister) -> list[str]:
    """The names of a register that occur in the rows."""
    occurring = {str(text).strip() for text in pc.unique(column.cast(pa.string())).to_pylist()}
    return [name for name in (target.register.key, *target.register.aliases) if name in occurring]


def _unit_question(
    table: ForeignTable, columns: dict[str, pa.Array], targets: Sequence[TargetRegister], rows: Flags
) -> OpenQuestion:
    line = f"line {table.lines[np.flatnonzero(rows)[0]]}"
    if table.roles.wide:
        of_register = {name: table.roles.names[at] for at, name in table.roles.wide.items()}
        answers = [
            Answer("unit_of", f"{of_register[name]}={target.register.unit}", "if it is the register's unit")
            for target in targets
            for name in (target.register.key, *target.register.aliases)
            if name in of_register
        ]
    elif len(units := dict.fromkeys(target.register.unit for target in targets)) > 1:
        answers = [
            Answer("unit_of", f"{name}={target.register.unit}", "if it is the register's unit")
            for target in targets
            for name in _names_in(columns["register"], target)
        ]
    else:
        answers = [Answer("unit", symbol, f"if all values are in {symbol}") for symbol in units]
    why = f"{line} has a value of {_keys(targets)}, and nothing says its unit"
    return OpenQuestion(Aspect.UNIT, why, tuple(answers))


def _keys(targets: Iterable[TargetRegister]) -> str:
    keys = [repr(target.register.key) for target in targets]
    return ", ".join(keys[:_SHOWN]) + (f" and {len(keys) - _SHOWN} others" if len(keys) > _SHOWN else "")


def _without_unit(columns: dict[str, pa.Array]) -> Flags:
    return _is_empty(columns["unit"]) if "unit" in columns else np.ones(len(columns["value"]), np.bool_)


def _is_empty(column: pa.Array) -> Flags:
    if pa.types.is_dictionary(column.type):
        empty = np.append(_is_empty(column.dictionary), True)
        return np.asarray(empty[column.indices.fill_null(len(column.dictionary)).to_numpy()])
    if not pa.types.is_string(column.type):
        return np.asarray(column.is_null().to_numpy(zero_copy_only=False))
    blank = pc.equal(pc.utf8_trim_whitespace(column), "").fill_null(_YES)
    return np.asarray(blank.to_numpy(zero_copy_only=False))


def _registers(table: ForeignTable, named: pa.Array | None, findings: Findings) -> None:
    """A column that names several registers, though all rows are said to be one's."""
    if table.options.register is not None:
        how = HowRead(Aspect.REGISTER, table.options.register, Basis.SAID, f"--register {table.options.register}")
        findings.how_read.append(how)
    if named is None:
        return
    texts = pc.unique(pc.utf8_trim_whitespace(named.cast(pa.string()))).to_pylist()
    names = [text for text in texts if text and text.strip("/ ")]
    if len(names) > 1:
        column = table.roles.typed("row_register")
        shown = ", ".join(map(repr, names[:_SHOWN]))
        why = f"column {column!r} names {len(names)} of them, {shown}, and all rows are said to be of one"
        names_of = dict.fromkeys([column, *(table.roles.names[at] for at in table.roles.at["row_register"])])
        answers = tuple(
            Answer("column", f"register={name}", "each row is of the register it names") for name in names_of
        )
        findings.questions.append(OpenQuestion(Aspect.REGISTER, why, answers))


def _kind(table: ForeignTable, findings: Findings) -> None:
    """A column called ``reading`` is of a counter, one called ``usage`` of intervals: else totals would be wrong."""
    places = table.roles.at.get("value", ())
    if not places or table.is_own:
        return
    name = table.roles.names[places[0]]
    stated = role_names.KINDS.get(role_names.plain_quantity(name))
    if stated is None:
        return
    others = [
        target
        for target in _distinct_targets(table)
        if target.register.kind in (RegisterKind.CUMULATIVE, RegisterKind.INTERVAL) and target.register.kind != stated
    ]
    if "value" in table.options.columns:
        how = HowRead(Aspect.QUANTITY_KIND, "the register's", Basis.SAID, f"--column value={name}", name)
        findings.how_read.append(how)
    elif others:
        kind = others[0].register.kind
        why = f"column {name!r} is called as one of kind {stated} is, and {_keys(others)} is of kind {kind}"
        answers = (
            Answer("register", "KEY", f"the key of a register of kind {stated}"),
            Answer("column", f"value={name}", f"its values are of kind {kind} none the less"),
        )
        findings.questions.append(OpenQuestion(Aspect.QUANTITY_KIND, why, answers))
    else:
        findings.how_read.append(HowRead(Aspect.QUANTITY_KIND, str(stated), Basis.STATED, table.roles.where, name))


def read_qualities(table: ForeignTable, columns: dict[str, pa.Array], findings: Findings) -> None:
    """The words of a column of qualities in ours; those that nobody knows are asked about.

    In our own format a row with such a word is refused, unless the sender says what words mean.
    """
    column = columns.get("quality")
    if column is None or (table.is_own and not table.options.quality_of):
        return
    named = table.roles.typed("quality")
    columns["quality"], how_read, questions = quality_words.mapped(column, table.options.quality_of, named)
    findings.how_read += how_read
    findings.questions += [] if table.is_own else questions


def _units_of_registers(registers: pa.Array | None, options: IngestOptions) -> pa.Array | None:
    """The units of rows by the register that they name, as the sender says."""
    if registers is None or not options.unit_of:
        return None
    encoded = registers if pa.types.is_dictionary(registers.type) else registers.dictionary_encode()
    units = [options.unit_of.get(str(name).strip(), "") for name in encoded.dictionary.to_pylist()]
    return pa.DictionaryArray.from_arrays(encoded.indices, pa.array(units, pa.string())) if any(units) else None


def unit_column(columns: dict[str, pa.Array], roles: Roles, options: IngestOptions) -> pa.Array | None:
    """The units of all rows, where the header states that of all values, or the sender those of registers."""
    if "unit" in columns or "value" not in columns:
        return None
    if not roles.unit:
        return _units_of_registers(columns.get("register"), options)
    count = len(columns["value"])
    return pa.DictionaryArray.from_arrays(pa.array(np.zeros(count, np.int32)), pa.array([roles.unit]))
