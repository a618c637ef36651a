"""What was used, counted from every reading that is known.

The oracle's counting: written from docs/readings.md, docs/algorithms.md and docs/settings.md alone, and shares no code
with the product. A register's flows are divided among cells of time (bands, hours, blocks) and added up.
"""

from bisect import bisect_left
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from fractions import Fraction
from typing import Any
from zoneinfo import ZoneInfo

from tests.lives.facts import RegisterFact
from tests.lives.oracle import saved
from tests.lives.oracle.clock import Cell, blocks, by_band, by_hour, hours_between
from tests.lives.oracle.flows import OVER_HOURS, Flow, Log, NotCounted, divided, flows, scaled, unit_of_use
from tests.lives.oracle.formulas import evaluate, names_in
from tests.lives.oracle.rules import Use, yes
from tests.lives.oracle.units import UNITS, convert

#: The unit of a use in an hour.
AN_HOUR = {use: level for level, use in OVER_HOURS.items()}


@dataclass(frozen=True)
class Ask:
    """What a charge wants to know of a use beside its quantity.

    Attributes:
        calendar: tell the use apart by its bands.
        band: of the calendar the band whose time alone counts.
        dimensions: tell it apart by what rows state.
        hours: tell it apart by hours of the local clock.
        events: every event by itself.
        states: the time by state and cause.
        block_minutes: the highest average power over blocks of so many minutes, instead of the use.
        sliding: whether a block may start at any interval.
        days: of a demand, whether each local day has its own.
    """

    calendar: Mapping[str, Any] | None = None
    band: str | None = None
    dimensions: bool = False
    hours: bool = False
    events: bool = False
    states: bool = False
    block_minutes: int | None = None
    sliding: bool = False
    days: bool = False


def counts(register: RegisterFact, named: Mapping[str, Any], state: str) -> bool:
    """Whether the time of a state is use: one of those named, or of those declared as used."""
    if named.get("states"):
        return state in named["states"]
    return any(name == state and is_used for name, _, is_used in register.states.values())


def usage(document: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    """A named use; a register by its own name is one as well."""
    for named in document.get("usages") or ():
        if named["name"] == name:
            return named  # type: ignore[no-any-return]
    return {"name": name, "registers": [name]}


def registers(document: Mapping[str, Any], name: str) -> list[str]:
    """All registers that a use rests on, each once; none of a saving, which asks by its days whether they were read."""
    if saved.plan_of(document, name) is not None or saved.joining(document, name) is not None:
        return []
    named = usage(document, name)
    if not named.get("formula"):
        return list(dict.fromkeys(named["registers"]))
    return list(dict.fromkeys(key for inner in names_in(named["formula"]) for key in registers(document, inner)))


def used(log: Log, document: Mapping[str, Any], name: str, begin: datetime, end: datetime, ask: Ask) -> Use:
    """The use of a register or a named use between two instants.

    Raises:
        NotCounted: what the contract asks for is not there.
    """
    if (plan := saved.plan_of(document, name)) is not None:
        return saved.saved(log, document, plan, begin, end)
    if (join := saved.joining(document, name)) is not None:
        return saved.joined(log, document, join, begin, end)
    named = usage(document, name)
    if named.get("formula"):

        def value(inner: str) -> tuple[Fraction, str]:
            use = used(log, document, inner, begin, end, Ask())
            return use.quantity or Fraction(0), use.unit

        return Use(evaluate(named["formula"], value).into(named["unit"]), named["unit"])
    aggregation = named.get("aggregation", "sum")
    if ask.block_minutes or aggregation == "demand":
        return demand(log, document, named, begin, end, ask)
    if aggregation != "sum":
        return aggregated(log, document, named, cells_of(document, named, begin, end, Ask()), aggregation)
    return added_up(log, document, named, cells_of(document, named, begin, end, ask), ask)


def cells_of(
    document: Mapping[str, Any], named: Mapping[str, Any], begin: datetime, end: datetime, ask: Ask
) -> list[Cell]:
    """The time that counts for a named use, told apart as a charge asks."""
    zone = ZoneInfo(document["zone"])
    cells = [Cell(begin, end)]
    if named.get("band"):
        cells = [cell for cell in by_band(cells, named["calendar"], zone) if cell.labels["band"] == named["band"]]
        cells = [Cell(cell.begin, cell.end) for cell in cells]
    if ask.calendar:
        cells = [cell for cell in by_band(cells, ask.calendar, zone) if ask.band in {None, cell.labels["band"]}]
    return by_hour(cells, zone) if ask.hours else cells


def added_up(log: Log, document: Mapping[str, Any], named: Mapping[str, Any], cells: Sequence[Cell], ask: Ask) -> Use:
    """The sum of what all registers counted, in the unit of the first."""
    first = log.registers[named["registers"][0]]
    unit = "h" if ask.states and first.kind == "state" else unit_of_use(first)
    total, parts = Fraction(0), []
    for key in named["registers"]:
        register = log.registers[key]
        span = (cells[0].begin, cells[-1].end) if cells else None
        for flow, cell in divided(flows(log, register, named, document, *span), cells) if span else ():
            quantity = in_unit(flow.quantity, register, unit)
            is_use = register.kind != "state" or counts(register, named, flow.labels["state"])
            total += quantity if is_use else 0
            if is_use or ask.states:
                parts.append((flow.begin, quantity, labels_of(flow, cell, ask)))
    return Use(total, unit, tuple(grouped(parts, ask)))


def in_unit(quantity: Fraction, register: RegisterFact, unit: str) -> Fraction:
    """What a register counted, in a unit; the time of states is counted in hours, machine hours among them."""
    if register.kind == "state":
        return convert(quantity, "h", unit) if unit in UNITS else quantity
    return convert(quantity, unit_of_use(register), unit)


def labels_of(flow: Flow, cell: Cell, ask: Ask) -> dict[str, str]:
    stated = {name: value for name, value in flow.labels.items() if name not in {"state", "cause"}}
    states = {name: value for name, value in flow.labels.items() if name in {"state", "cause"}}
    return {**(stated if ask.dimensions or ask.events else {}), **(states if ask.states else {}), **cell.labels}


def grouped(
    parts: Iterable[tuple[datetime, Fraction, dict[str, str]]], ask: Ask
) -> list[tuple[Fraction, dict[str, str]]]:
    """Events one by one in order of time, other parts added up by their labels; nothing where nothing was asked for."""
    parts = sorted(parts, key=lambda part: (part[0], sorted(part[2].items())))
    if ask.events:
        return [(quantity, labels) for _, quantity, labels in parts]
    if not (ask.calendar or ask.dimensions or ask.hours or ask.states):
        return []
    sums: dict[tuple[tuple[str, str], ...], Fraction] = {}
    for _, quantity, labels in parts:
        by = tuple(sorted(labels.items()))
        sums[by] = sums.get(by, Fraction(0)) + quantity
    return [(quantity, dict(by)) for by, quantity in sums.items()]


def demand(
    log: Log, document: Mapping[str, Any], named: Mapping[str, Any], begin: datetime, end: datetime, ask: Ask
) -> Use:
    """The highest average power over any block, by the band in which the block starts if bands are asked for."""
    zone = ZoneInfo(document["zone"])
    minutes = ask.block_minutes or int(named.get("block_minutes", 15))
    sliding = ask.sliding if ask.block_minutes else yes(named.get("sliding", False))
    calendar = ask.calendar or (named.get("calendar") if named.get("band") else None)
    only = ask.band if ask.calendar else named.get("band")
    unit = unit_of_use(log.registers[named["registers"][0]])
    if unit not in AN_HOUR:
        raise NotCounted(f"{unit} has no unit of power")
    found: list[Flow] = []
    for key in named["registers"]:
        register = log.registers[key]
        if register.kind not in {"interval", "instantaneous"} or (register.interval_minutes or 0) > minutes:
            raise NotCounted(f"{key} has no demand over {minutes} minutes")
        factor = convert(Fraction(1), unit_of_use(register), unit)
        found += [scaled(flow, factor, {}) for flow in flows(log, register, named, document, begin, end)]
    if sliding:
        length = timedelta(minutes=minutes)
        cells = [Cell(start, start + length) for start in sorted({flow.begin for flow in found})]
        energies = energies_within(found, cells)
        powers = [(cell, energy * 60 / minutes) for cell, energy in zip(cells, energies, strict=True)]
    else:
        cells = blocks(begin, end, minutes, zone)
        by_block: dict[datetime, Fraction] = {}
        for part, cell in divided(found, cells):
            by_block[cell.begin] = by_block.get(cell.begin, Fraction(0)) + part.quantity
        powers = [
            (cell, by_block[cell.begin] / hours_between(cell.begin, cell.end))
            for cell in cells
            if cell.begin in by_block
        ]
    peaks: dict[tuple[str, str], Fraction] = {}
    for cell, power in powers:
        place = band_of(cell, calendar, zone), cell.begin.astimezone(zone).date().isoformat() if ask.days else ""
        peaks[place] = max(peaks.get(place, power), power)
    if only:
        peaks = {place: peak for place, peak in peaks.items() if place[0] == only}
    highest = max(peaks.values(), default=Fraction(0))
    parts = tuple(
        (peak, ({"band": band} if ask.calendar else {}) | ({"day": day} if ask.days else {}))
        for (band, day), peak in sorted(peaks.items())
    )
    return Use(highest, AN_HOUR[unit], parts if ask.calendar or ask.days else ())


def energies_within(found: Iterable[Flow], cells: Sequence[Cell]) -> list[Fraction]:
    """The energy of each cell; cells may overlap."""
    found = sorted(found, key=lambda flow: flow.begin)
    begins = [flow.begin for flow in found]
    longest = max((flow.end - flow.begin for flow in found), default=timedelta())
    energies = []
    for cell in cells:
        near = found[bisect_left(begins, cell.begin - longest) : bisect_left(begins, cell.end)]
        parts = [flow.within(cell.begin, cell.end) for flow in near]
        energies.append(sum((part.quantity for part in parts if part), Fraction(0)))
    return energies


def band_of(cell: Cell, calendar: Mapping[str, Any] | None, zone: ZoneInfo) -> str:
    return by_band([cell], calendar, zone)[0].labels["band"] if calendar else ""


def aggregated(
    log: Log, document: Mapping[str, Any], named: Mapping[str, Any], cells: Sequence[Cell], aggregation: str
) -> Use:
    """The mean, the number, the last or the number of distinct readings in some cells; several registers are added up."""
    total = Fraction(0)
    unit = ""
    for key in named["registers"]:
        register = log.registers[key]
        rows = [
            row
            for _, series in log.series(key, named.get("where") or {})
            for row in series
            if any(cell.begin <= row.start < cell.end for cell in cells)
        ]
        if aggregation == "mean":
            quantity, of_one = mean(log, document, named, cells, register)
        elif aggregation == "count":
            quantity, of_one = Fraction(len(rows)), "each"
        elif aggregation == "unique":
            quantity, of_one = Fraction(len({row.value for row in rows})), "each"
        elif rows:
            newest = max(rows, key=lambda row: row.start)
            quantity, of_one = Fraction(newest.value or 0) * Fraction(register.multiplier), register.unit
        else:
            raise NotCounted(f"{key} has no last reading")
        unit = unit or of_one
        total += convert(quantity, of_one, unit)
    return Use(total, unit)


def mean(
    log: Log, document: Mapping[str, Any], named: Mapping[str, Any], cells: Sequence[Cell], register: RegisterFact
) -> tuple[Fraction, str]:
    """The mean of a level over the time in which it is known, or the use per hour; with its unit."""
    found = divided(flows(log, register, named, document, cells[0].begin, cells[-1].end), cells)
    total = sum((part.quantity for part, _ in found), Fraction(0))
    if register.kind == "instantaneous":
        known = sum((hours_between(part.begin, part.end) for part, _ in found), Fraction(0))
        if not known:
            raise NotCounted(f"{register.key} has no level")
        return total / known, register.unit
    if register.unit not in AN_HOUR:
        raise NotCounted(f"{register.unit} an hour has no unit")
    return total / sum((hours_between(cell.begin, cell.end) for cell in cells), Fraction(0)), AN_HOUR[register.unit]
