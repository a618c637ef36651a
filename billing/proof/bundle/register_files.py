"""The readings of a register as a file of the bundle: those that count as of a watermark, without who brought them."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from metering.consumption.level import TIMES_US
from metering.consumption.use import BoundaryRule, RegisterEvent
from metering.fleet.meter import RegisterKind
from metering.fleet.store import StoredRegister
from metering.log.reading import Reading
from quantities.number import plain, trimmed
from quantities.period import MICROSECOND, Period


def register_file(
    stored: StoredRegister, readings: Iterable[Reading], events: Iterable[RegisterEvent]
) -> dict[str, Any]:
    """Write a register with its readings down: as JSON, rows in order of time.

    Args:
        stored: the register.
        readings: that count, each once.
        events: exchanges, resets and rollovers, with what each gained.

    Returns:
        A row is its start, its end, its value, its quality, the number of its delivery, and its dimensions, if any.
    """
    register = stored.register
    labels = {series: dict(dimensions) for dimensions, series in stored.dimensioned.items()}
    file: dict[str, Any] = {
        "register": register.key,
        "kind": register.kind.value,
        "unit": register.unit,
        "multiplier": plain(register.multiplier),
        "rows": [_row(reading, labels) for reading in readings],
    }
    gained = [[event.at.isoformat(), plain(trimmed(event.gained)), event.kind.value] for event in events]
    if gained:
        file["gained"] = gained
    if register.kind is RegisterKind.INSTANTANEOUS:
        file["between"] = register.between.value
    if register.holds is not None:
        file["holds_us"] = register.holds // MICROSECOND
    if register.kind is RegisterKind.STATE:
        file["used"] = [str(state.code) for state in register.states if state.used]
        file["unit_us"] = TIMES_US[register.unit]
    return file


def _row(reading: Reading, labels: Mapping[int, Mapping[str, str]]) -> list[Any]:
    value = "0" if reading.value is None else plain(trimmed(reading.value))
    row = [reading.start.isoformat(), reading.end.isoformat(), value, reading.quality.name.lower(), reading.batch]
    own = labels.get(reading.series)
    return [*row, dict(own)] if own else row


def boundary_reads(reads: Sequence[Reading], periods: Iterable[Period], edges: BoundaryRule) -> list[Reading]:
    """Of a counter's reads, those that some periods are counted between: at their edges, or around them."""
    kept: dict[Any, Reading] = {}
    for period in periods:
        for edge in (period.start, period.end):
            before = [read for read in reads if read.start <= edge]
            after = [read for read in reads if read.start > edge]
            if before:
                kept[before[-1].start] = before[-1]
            if after and (not before or (edges is BoundaryRule.INTERPOLATED and before[-1].start != edge)):
                kept[after[0].start] = after[0]
    return [kept[start] for start in sorted(kept)]
