"""Green Button: an Atom feed of ESPI resources, from a utility's portal.

The reading type defines the values of a meter reading: ``value × 10^powerOfTenMultiplier`` in ``uom``;
``accumulationBehaviour`` says whether they are deltas, totals or levels. Times are seconds since 1970 in UTC; the local
time parameters of a feed are for display and move no reading.

The address of a meter reading must be an alias of the register, or its key. Its end from ``UsagePoint`` on may be, if
no other meter reading of the feed has it.
Source: NAESB REQ.21 ESPI 3.3.
"""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from xml.etree.ElementTree import Element

import numpy as np
import pyarrow as pa

from metering.fleet.lookup import RegisterLookup, TargetRegister
from metering.fleet.meter import RegisterKind
from metering.ingest import xml
from metering.ingest.espi_addresses import register_names, short
from metering.ingest.espi_intervals import CountedReadings, FeedReading, counted
from metering.ingest.how_read import Aspect, Basis, HowRead
from metering.ingest.no_reading import NoReading
from metering.ingest.options import IngestOptions
from metering.ingest.raw_columns import RawColumns, string_column
from metering.ingest.row_parser import printable
from metering.ingest.unreadable import UnreadableFile
from metering.log.columns import micros
from metering.log.reading import Quality, Verdict
from quantities.number import NotANumber, exact, plain
from quantities.period import utc

#: ESPI ``UomType`` → our unit, and the power of ten between them.
UNITS: Mapping[str, tuple[str, int]] = {
    "31": ("J", 0),
    "38": ("W", 0),
    "42": ("m3", 0),
    "61": ("kVA", -3),
    "63": ("kvar", -3),
    "71": ("kVAh", -3),
    "72": ("Wh", 0),
    "73": ("kvarh", -3),
    "119": ("ft3", 0),
    "125": ("m3/h", 0),
    "128": ("gal_us", 0),
    "130": ("gal_uk", 0),
    "132": ("BTU", 0),
    "134": ("L", 0),
    "169": ("therm_us", 0),  # a North American norm
}
#: ESPI ``AccumulationKind`` → the kind of register.
_KINDS = {
    "1": RegisterKind.CUMULATIVE,
    "3": RegisterKind.CUMULATIVE,
    "4": RegisterKind.INTERVAL,
    "6": RegisterKind.INSTANTANEOUS,
    "12": RegisterKind.INSTANTANEOUS,
}
_US = 1_000_000
_POWERS = range(-12, 13)


class FeedWithoutReadings(UnreadableFile):
    """The feed holds no meter readings."""


@dataclass(slots=True)
class _Feed:
    """The parts of a feed, which come in any order, before they are combined."""

    readings: list[FeedReading] = field(default_factory=list)
    usage_points: set[str] = field(default_factory=set)
    resources: Counter[str] = field(default_factory=Counter)
    type_of: dict[str, str] = field(default_factory=dict)
    types: dict[str, dict[str, str]] = field(default_factory=dict)

    def type_at(self, meter: str) -> Mapping[str, str]:
        """The reading type of a meter reading; empty if the feed has none."""
        return self.types.get(self.type_of.get(meter, ""), {})


def read_columns(raw: bytes, targets: RegisterLookup, options: IngestOptions) -> RawColumns:
    """Find the readings of a feed; the line of a reading is its position among them.

    Raises:
        FeedWithoutReadings: the feed is empty, or of something else.
        AmbiguousAddress: an alias fits several meter readings.
        UnreadableFile: the file is no XML; or ``options.register`` is set and the feed has readings of several meters.
    """
    feed, entries = _Feed(), 0
    for entries, entry in enumerate(xml.elements(raw, "entry"), start=1):  # noqa: B007 their number
        _collect(entry, feed)
    if not feed.readings:
        held = ", ".join(f"{count} {name}" for name, count in sorted(feed.resources.items()))
        shown = f"{xml.root_name(raw)} with {entries} entries" + (f": {held}" if held else "")
        expected = "entries with an IntervalBlock of IntervalReading (ESPI)"
        raise FeedWithoutReadings(f"a {shown}, and no IntervalReading", found=shown, expected=expected)
    return _raw_columns(feed, targets, options)


def _collect(entry: Element, feed: _Feed) -> None:
    content = xml.child(entry, "content")
    links = [(child.get("rel", ""), child.get("href", "")) for child in entry if xml.local(child) == "link"]
    own = next((href for rel, href in links if rel == "self"), "")
    updated = xml.text(entry, "updated")
    for resource in [] if content is None else content:
        feed.resources[xml.local(resource)] += 1
        match xml.local(resource):
            case "IntervalBlock":
                parent = next((href for rel, href in links if rel == "up"), own)
                meter = parent.partition("/IntervalBlock")[0] if parent else own.partition("/IntervalBlock")[0]
                for reading in resource:
                    if xml.local(reading) == "IntervalReading":
                        feed.readings.append(_reading(reading, meter, len(feed.readings) + 1, updated))
            case "UsagePoint":
                feed.usage_points.add(own)
            case "MeterReading":
                feed.type_of[own] = next((href for rel, href in links if "/ReadingType/" in f"/{href}"), "")
            case "ReadingType":
                feed.types[own] = {xml.local(element): (element.text or "").strip() for element in resource}


def _reading(element: Element, meter: str, number: int, updated: str) -> FeedReading:
    qualities = [xml.text(child, "quality") for child in element if xml.local(child) == "ReadingQuality"]
    quality = "" if not qualities else qualities[0] if len(set(qualities)) == 1 else str(int(Quality.MIXED))
    start, duration = xml.text(element, "timePeriod", "start"), xml.text(element, "timePeriod", "duration")
    return FeedReading(number, meter, start, duration, xml.text(element, "value"), quality, updated=updated)


def _raw_columns(feed: _Feed, targets: RegisterLookup, options: IngestOptions) -> RawColumns:
    rows: list[tuple[FeedReading, int, int | None, str, str]] = []
    meters = list(dict.fromkeys(reading.meter for reading in feed.readings))
    names = register_names(meters, feed.usage_points, targets, options)
    known = targets.find(names.values())
    chosen = counted(feed.readings)
    verdicts = chosen.verdicts
    block_start = None if options.blocks_start is None else micros(utc(options.blocks_start))
    for reading in chosen.readings:
        kind = feed.type_at(reading.meter)
        try:
            start, duration = _micros(reading.start), _micros(reading.duration) if reading.duration else None
            if (reading.meter, reading.start) in chosen.several:
                start = block_start = _laid_end_to_end(reading, block_start)
                block_start += duration or 0
            value, unit = _value(reading.value, kind, options)
            _fits(kind, known.get(names[reading.meter]), extended=bool(duration))
        except NoReading as bad:
            verdicts.append(Verdict(reading.line, bad.code, printable(bad.found), bad.expected))
            continue
        rows.append((reading, start, duration, value, unit))
    columns = {
        "register": string_column([names[row[0].meter] for row in rows]),
        "time": pa.array([row[1] for row in rows], pa.timestamp("us", tz="UTC")),
        "end": pa.array([row[1] + row[2] if row[2] else None for row in rows], pa.timestamp("us", tz="UTC")),
        "value": string_column([row[3] for row in rows]),
        "unit": string_column([row[4] for row in rows]),
        "quality": string_column(
            [row[0].quality or feed.type_at(row[0].meter).get("defaultQuality", "") for row in rows]
        ),
    }
    return RawColumns(
        columns,
        np.array([row[0].line for row in rows], np.int64),
        tuple(verdicts),
        {"format": "green_button", "meter_readings": ", ".join(dict.fromkeys(map(short, feed.type_of)))},
        repeated=chosen.replaced,
        how_read=_how_read(feed, names, chosen, options),
    )


def _how_read(
    feed: _Feed, names: Mapping[str, str], chosen: CountedReadings, options: IngestOptions
) -> tuple[HowRead, ...]:
    """What the feed states and its sender says; ESPI leaves nothing to be assumed."""
    format_, start = "ESPI, timePeriod", "start of the interval"
    stamp = HowRead(Aspect.STAMP, start, Basis.STATED, format_)
    if options.blocks_start is not None and chosen.several:
        where = f"--end-to-end-from {options.blocks_start.isoformat()}"
        stamp = HowRead(Aspect.STAMP, f"{start}, laid end to end", Basis.SAID, where)
    how_read = [
        HowRead(Aspect.TIME, "seconds since 1970", Basis.STATED, format_),
        HowRead(Aspect.ZONE, "UTC", Basis.STATED, format_),
        stamp,
    ]
    if chosen.corrected:
        taken = f"the reading of the entry updated last; {chosen.corrected} of the same interval gave way"
        how_read.append(HowRead(Aspect.VALUE, taken, Basis.STATED, "updated of the entries"))
    for meter, name in names.items():
        how_read += _how_meter_read(feed, meter, name, options)
    return tuple(how_read)


def _how_meter_read(feed: _Feed, meter: str, name: str, options: IngestOptions) -> list[HowRead]:
    kind, of_type = feed.type_at(meter), f"reading type {feed.type_of.get(meter, '')}"
    how_read = [HowRead(Aspect.REGISTER, name, Basis.STATED, "the address, which is an alias", meter)]
    if options.register is not None:
        how_read = [HowRead(Aspect.REGISTER, name, Basis.SAID, f"--register {options.register}", meter)]
    symbol, shift = UNITS.get(kind.get("uom", ""), (options.unit or "", 0))
    power = kind.get("powerOfTenMultiplier", "") or "0"
    if symbol and power in map(str, _POWERS):
        basis, where = (Basis.STATED, of_type) if kind.get("uom", "") else (Basis.SAID, f"--unit {options.unit}")
        how_read.append(HowRead(Aspect.UNIT, f"{symbol} * 10^{int(power) + shift}", basis, where, meter))
    stated = _KINDS.get(kind.get("accumulationBehaviour", ""))
    if stated is not None:
        how_read.append(HowRead(Aspect.QUANTITY_KIND, stated.value, Basis.STATED, of_type, meter))
    return how_read


def _laid_end_to_end(reading: FeedReading, at: int | None) -> int:
    """The start of a block whose stated start other blocks state too: the end of the block before it.

    The first of them starts at ``options.blocks_start``.
    """
    if at is None or not reading.duration:
        actual = f"{reading.value} from {reading.start} for {reading.duration} s"
        raise NoReading("several_extents", actual, "one extent a start, or, laid end to end, where the first begins")
    return at


def _micros(seconds: str) -> int:
    """Seconds as microseconds; some portals write a fraction, which is cut off after the microsecond."""
    try:
        us = int(exact(seconds) * _US)
    except NotANumber:
        raise NoReading("not_a_time", seconds, "seconds since 1970") from None
    if abs(us) >= 2**62:
        raise NoReading("implausible_instant", seconds, "seconds since 1970")
    return us


def _value(text: str, kind: Mapping[str, str], options: IngestOptions) -> tuple[str, str]:
    """The exact value in our unit, and that unit."""
    uom, power = kind.get("uom", ""), kind.get("powerOfTenMultiplier", "") or "0"
    if not uom and options.unit is None:
        raise NoReading("no_unit", text, "a uom in the feed's reading type, or a unit told beside it")
    if uom and uom not in UNITS:
        raise NoReading(
            "unknown_unit", f"uom {uom}", ", ".join(f"{code} ({unit})" for code, (unit, _) in UNITS.items())
        )
    unit, shift = UNITS[uom] if uom else (options.unit or "", 0)
    if power not in map(str, _POWERS):
        raise NoReading("unknown_multiplier", power, f"{_POWERS[0]} to {_POWERS[-1]}")
    try:
        value = exact(text)
    except NotANumber:
        raise NoReading("not_a_number", text, "digits") from None
    return plain(value.scaleb(int(power) + shift) if value else Decimal(0)), unit


def _fits(kind: Mapping[str, str], target: TargetRegister | None, *, extended: bool) -> None:
    """Refuse readings for a register of another kind; what is over an interval is no read of a counter."""
    stated = _KINDS.get(kind.get("accumulationBehaviour", ""))
    if target is None:
        return
    if stated is None and extended and target.register.kind is RegisterKind.CUMULATIVE:
        stated = RegisterKind.INTERVAL
    if stated is not None and target.register.kind is not stated:
        raise NoReading("other_kind", f"{stated} readings", f"{target.register.kind} readings, as the register's")
