"""Observations of data items, as machines send them (MTConnect): what an item shows holds from its instant on.

``UNAVAILABLE`` is no value. A counter goes on over it; of a state it is a state, which its register declares; a level
ends there only by the ``holds_minutes`` of its register. Of several values at one instant the last in sequence holds.
"""

import re
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal, InvalidOperation

import numpy as np

from metering.fleet.lookup import RegisterLookup, TargetRegister
from metering.fleet.meter import Between, Register, RegisterKind
from metering.ingest.no_reading import NoReading
from metering.ingest.options import IngestOptions
from metering.ingest.raw_columns import CounterReset, RawColumns, string_column
from metering.ingest.row_parser import printable
from metering.ingest.stated_by_format import stated_by_format
from metering.ingest.unreadable import UnreadableFile
from metering.log.reading import Verdict, limit_refusals
from quantities.number import plain
from quantities.quantity import QuantityKind, unit

UNAVAILABLE = "UNAVAILABLE"
_SHOWN = 20
_ZONED = re.compile(r"(Z|[+-]\d\d:?\d\d)$", re.ASCII)
_NAIVE = re.compile(r"\d{4}-\d\d-\d\d[T ][0-9:.]+", re.ASCII)
_EXPONENT = re.compile(r"-?\d{1,24}(\.\d{0,24})?[eE][+-]?\d{1,2}", re.ASCII)
_TRIGGERED = re.compile(r"([0-9.]+):[A-Z_]+", re.ASCII)


@dataclass(frozen=True, slots=True)
class DataItem:
    """A data item of a device.

    Attributes:
        source: what tells it from every other item of the file.
        names: the possible aliases of its register, in order of preference; the first is shown.
        name: its own name, without that of its device.
        units: the unit of its values and the unit for a register of machine time; empty: not stated.
    """

    source: tuple[str, str]
    names: tuple[str, ...]
    name: str
    units: tuple[str, str] = ("", "")


@dataclass(frozen=True, slots=True)
class Observation:
    """What a data item showed from an instant on.

    Attributes:
        item: the data item.
        line: its line in the file, or its position.
        time: as written.
        value: as written; of something that happened, empty.
        sequence: its place in the order of observations; None: not known.
        happened: whether it is a condition or a message, which has no value; then its level or code.
        is_reset: whether the file says that the figures start anew with it.
        opens_session: whether it is the first value of its item in a session.
        fault: why its value cannot be read, if it cannot.
    """

    item: DataItem
    line: int
    time: str
    value: str
    sequence: int | None = None
    happened: str | None = None
    is_reset: bool = False
    opens_session: bool = False
    fault: NoReading | None = None


@dataclass(slots=True)
class _Rows:
    """The rows of readings, as columns of equal length, and what is said of the others."""

    register: list[str] = field(default_factory=list)
    time: list[str] = field(default_factory=list)
    value: list[str] = field(default_factory=list)
    unit: list[str] = field(default_factory=list)
    level: list[str] = field(default_factory=list)
    line: list[int] = field(default_factory=list)
    sequence: list[int | None] = field(default_factory=list)
    verdicts: list[Verdict] = field(default_factory=list)
    resets: dict[int, CounterReset] = field(default_factory=dict)
    unavailable: Counter[str] = field(default_factory=Counter)

    def refuse(self, line: int, reason: NoReading) -> None:
        self.verdicts.append(Verdict(line, reason.code, printable(reason.found), reason.expected))
        limit_refusals(len(self.verdicts), reason.code)


def raw_columns(
    observations: Sequence[Observation],
    targets: RegisterLookup,
    options: IngestOptions,
    dialect: Mapping[str, str],
    *,
    units_from: str,
) -> RawColumns:
    """The rows of those observations whose data item is a register's; the others are counted by item.

    Args:
        observations: in the order of the file.
        targets: the registers of the tenant.
        options: of the sender.
        dialect: what was noticed about the file.
        units_from: where the format has the units of values from.

    Raises:
        UnreadableFile: there is no observation; no item is a register's; or several items are one register's.
    """
    if not observations:
        raise UnreadableFile("there is no observation", found="none", expected="an observation of a data item")
    counts = Counter(observation.item for observation in observations)
    chosen = _registers(counts, targets, options)
    rows = _Rows()
    for observation in observations:
        mapped = chosen.get(observation.item)
        if mapped is None:
            continue
        try:
            _take(observation, *mapped, options, rows)
        except NoReading as reason:
            rows.refuse(observation.line, reason)
    kept = _last_of_their_instant(rows, {name: target.register for name, target in chosen.values()})
    shown = dict(dialect)
    unmapped = {item.names[0]: count for item, count in counts.items() if item not in chosen}
    replaced = len(rows.line) - len(kept)
    if rows.unavailable:
        shown["unavailable"] = _counted(rows.unavailable)
    if replaced:
        shown["replaced_at_their_instant"] = str(replaced)
    if unmapped:
        shown["unmapped"] = _counted(unmapped)
    columns = {
        name: string_column([getattr(rows, name)[at] for at in kept])
        for name in ("register", "time", "value", "unit", "level")
    }
    lines = np.array([rows.line[at] for at in kept], np.int64)
    resets = tuple(rows.resets[at] for at in kept if at in rows.resets)
    how_read = stated_by_format(
        options.register,
        register="device and data item",
        time="ISO 8601",
        zone="the offset that is written",
        stamp="the instant from which a value holds",
        value="decimal point",
        unit=units_from,
    )
    return RawColumns(columns, lines, tuple(rows.verdicts), shown, repeated=replaced, resets=resets, how_read=how_read)


def _registers(
    items: Mapping[DataItem, int], targets: RegisterLookup, options: IngestOptions
) -> dict[DataItem, tuple[str, TargetRegister]]:
    """The register of each data item that has one, with the name by which it was found."""
    if options.register is not None:
        if len(items) > 1:
            names = [item.names[0] for item in items]
            raise UnreadableFile(
                "the file has several data items: make each an alias of its register",
                found=names[:_SHOWN],
                expected="one",
            )
        known = targets.find([options.register])
        return {item: (options.register, target) for item in items for target in known.values()}
    known = targets.find({name for item in items for name in item.names})
    chosen: dict[DataItem, tuple[str, TargetRegister]] = {}
    item_of: dict[str, DataItem] = {}
    for item in items:
        name = next((name for name in item.names if name in known), None)
        if name is None:
            continue
        key = known[name].register.key
        other = item_of.setdefault(key, item)
        if other.source != item.source:
            raise UnreadableFile(
                f"several data items are the register {key!r}: make each alias the device and the id of one item",
                found=[other.names[0], item.names[0]],
                expected="one",
            )
        chosen[item] = name, known[name]
    if not chosen:
        names = sorted({item.names[0] for item in items})
        detail = "nothing in it is a register's: make its data items aliases"
        raise UnreadableFile(detail, found=names[:_SHOWN], expected=[])
    return chosen


def _take(observation: Observation, name: str, target: TargetRegister, options: IngestOptions, rows: _Rows) -> None:
    """Add the row of an observation.

    Raises:
        NoReading: it has none, and it may not be left out.
    """
    register, item = target.register, observation.item
    if observation.fault is not None:
        raise observation.fault
    if not register.at_instants:
        raise NoReading("other_kind", observation.value, "a register that is read at instants: what is shown holds on")
    unavailable = UNAVAILABLE in (observation.value.upper(), (observation.happened or "").upper())
    if unavailable and _may_be_left_out(observation, register):
        rows.unavailable[item.names[0]] += 1
        return
    if observation.happened is not None and register.kind is not RegisterKind.EVENT:
        raise NoReading("no_value", observation.happened, "a register of events, for conditions and messages")
    if not _ZONED.search(observation.time) and _NAIVE.fullmatch(observation.time):
        raise NoReading("no_offset", observation.time, "UTC with its Z, as 2026-03-01T12:00:00Z")
    value, is_reset = _value(observation, register)
    if register.kind is RegisterKind.CUMULATIVE:
        reset = _reset(observation, name, register, options, is_reset=is_reset, value=value)
        if reset is not None:
            rows.resets[len(rows.line)] = reset
    rows.register.append(name)
    rows.time.append(observation.time)
    rows.value.append(value)
    rows.unit.append(_unit(item, register))
    rows.level.append(observation.happened or "")
    rows.line.append(observation.line)
    rows.sequence.append(observation.sequence)


def _may_be_left_out(observation: Observation, register: Register) -> bool:
    """Whether an unavailable value says nothing of a register; False: it is the state ``UNAVAILABLE``.

    Raises:
        NoReading: what was shown before would go on.
    """
    if register.kind is RegisterKind.STATE:
        if not any(state.name.casefold() == UNAVAILABLE.casefold() for state in register.states):
            expected = "a state UNAVAILABLE at the register: without one, the state before goes on"
            raise NoReading("unavailable", observation.value, expected)
        return False
    if register.kind is RegisterKind.INSTANTANEOUS and register.holds is None:
        expected = "holds_minutes at the register: without, the level before goes on"
        raise NoReading("unavailable", observation.value, expected)
    return True


def _value(observation: Observation, register: Register) -> tuple[str, bool]:
    """The value in plain digits, and whether the figures start anew with it."""
    text = observation.value
    if register.states:
        return text, False
    triggered = _TRIGGERED.fullmatch(text) if register.kind is RegisterKind.CUMULATIVE else None
    if triggered is not None:
        return triggered[1], True
    return plain(Decimal(text)) if _EXPONENT.fullmatch(text) else text, observation.is_reset


def _reset(
    observation: Observation, name: str, register: Register, options: IngestOptions, *, is_reset: bool, value: str
) -> CounterReset | None:
    if is_reset:
        return CounterReset(name, observation.line)
    if not observation.opens_session or not _is_zero(value):
        return None
    item = observation.item
    is_reset = not options.session_resets.isdisjoint({item.name, *item.names, name, register.key})
    return CounterReset(name, observation.line, "" if is_reset else f"--session-reset {item.name}")


def _is_zero(text: str) -> bool:
    try:
        return Decimal(text) == 0
    except InvalidOperation:
        return False


def _unit(item: DataItem, register: Register) -> str:
    """The unit of an item's values; seconds are those of a machine where the register counts machine time."""
    usual, of_machine = item.units
    return of_machine if of_machine and unit(register.unit).kind is QuantityKind.MACHINE_TIME else usual


def _last_of_their_instant(rows: _Rows, registers: Mapping[str, Register]) -> list[int]:
    """The positions of the rows to keep: a value that another replaces at its own instant held no time at all.

    Rows that repeat the last value are kept. So are all rows whose order is not known, all of events, all of levels
    between which a line is drawn, and all of an instant at which a counter starts anew: the reader decides on them.
    """
    of_instant: dict[tuple[str, str], list[int]] = defaultdict(list)
    for at, key in enumerate(zip(rows.register, rows.time, strict=True)):
        of_instant[key].append(at)
    replaced: set[int] = set()
    for (name, _), places in of_instant.items():
        register = registers[name]
        if len(places) > 1 and register.kind is not RegisterKind.EVENT and register.between is Between.HOLD:
            replaced.update(_replaced(places, rows))
    return [at for at in range(len(rows.line)) if at not in replaced]


def _replaced(places: Sequence[int], rows: _Rows) -> Iterator[int]:
    order = [(rows.sequence[at], at) for at in places]
    sequences = [sequence for sequence, _ in order if sequence is not None]
    if len(sequences) < len(order) or any(at in rows.resets for at in places):
        return
    _, last = max(zip(sequences, places, strict=True))
    yield from (at for at in places if rows.value[at] != rows.value[last])


def _counted(counts: Mapping[str, int]) -> str:
    """Names with their numbers of observations, as ``LATHE7/msg (11)``."""
    names = [f"{name} ({count})" for name, count in sorted(counts.items())]
    more = f" and {len(names) - _SHOWN} more" if len(names) > _SHOWN else ""
    return ", ".join(names[:_SHOWN]) + more
