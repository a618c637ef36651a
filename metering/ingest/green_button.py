"""Green Button: an Atom feed of ESPI resources, from a utility's portal.

The reading type defines the values of a meter reading: ``value × 10^powerOfTenMultiplier`` in ``uom``;
``accumulationBehaviour`` says whether they are deltas, totals or levels. Times are seconds since 1970 in UTC; the local
time parameters of a feed are for display and move no reading.

The address of a meter reading, or its end from ``UsagePoint`` on, must be a key or an alias of the register.
Source: NAESB REQ.21 ESPI 3.3.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from xml.etree.ElementTree import Element

import numpy as np
import pyarrow as pa

from metering.fleet.lookup import RegisterLookup, TargetRegister
from metering.fleet.meter import RegisterKind
from metering.ingest import xml
from metering.ingest.raw_columns import IngestOptions, RawColumns, string_column
from metering.ingest.row_parser import NoReading, printable
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


@dataclass(slots=True)
class _Reading:
    line: int
    meter: str
    start: str
    duration: str
    value: str
    quality: str


@dataclass(slots=True)
class _Feed:
    """The parts of a feed, which come in any order, before they are combined."""

    readings: list[_Reading] = field(default_factory=list)
    type_of: dict[str, str] = field(default_factory=dict)
    types: dict[str, dict[str, str]] = field(default_factory=dict)


def read_columns(raw: bytes, targets: RegisterLookup, options: IngestOptions) -> RawColumns:
    """Find the readings of a feed; the line of a reading is its position among them.

    Raises:
        UnreadableFile: the file is not a feed of readings; or ``options.register`` is set and the feed has readings of
            several meters.
    """
    feed = _Feed()
    for entry in xml.elements(raw, "entry"):
        _collect(entry, feed)
    meters = _meters(feed)
    if not meters:
        raise UnreadableFile("the feed holds no interval reading", found="an Atom feed", expected="IntervalReading")
    if options.register is not None and len(meters) > 1:
        raise UnreadableFile(
            "the feed has several meter readings: make each an alias of its register", found=meters, expected="one"
        )
    return _raw_columns(feed, targets, options)


def _collect(entry: Element, feed: _Feed) -> None:
    content = xml.child(entry, "content")
    links = [(child.get("rel", ""), child.get("href", "")) for child in entry if xml.local(child) == "link"]
    own = next((href for rel, href in links if rel == "self"), "")
    for resource in [] if content is None else content:
        match xml.local(resource):
            case "IntervalBlock":
                parent = next((href for rel, href in links if rel == "up"), own)
                meter = parent.partition("/IntervalBlock")[0] if parent else own.partition("/IntervalBlock")[0]
                for reading in resource:
                    if xml.local(reading) == "IntervalReading":
                        feed.readings.append(_reading(reading, meter, len(feed.readings) + 1))
            case "MeterReading":
                feed.type_of[own] = next((href for rel, href in links if "/ReadingType/" in f"/{href}"), "")
            case "ReadingType":
                feed.types[own] = {xml.local(element): (element.text or "").strip() for element in resource}


def _reading(element: Element, meter: str, number: int) -> _Reading:
    qualities = [xml.text(child, "quality") for child in element if xml.local(child) == "ReadingQuality"]
    quality = "" if not qualities else qualities[0] if len(set(qualities)) == 1 else str(int(Quality.MIXED))
    start, duration = xml.text(element, "timePeriod", "start"), xml.text(element, "timePeriod", "duration")
    return _Reading(number, meter, start, duration, xml.text(element, "value"), quality)


def _raw_columns(feed: _Feed, targets: RegisterLookup, options: IngestOptions) -> RawColumns:
    rows: list[tuple[_Reading, str, int, int | None, str, str]] = []
    verdicts = []
    extents: dict[tuple[str, str], set[str]] = {}
    for reading in feed.readings:
        extents.setdefault((reading.meter, reading.start), set()).add(reading.duration)
    known = targets.find({options.register or "", *_meters(feed), *map(_short, _meters(feed))})
    names = {meter: options.register or (meter if meter in known else _short(meter)) for meter in _meters(feed)}
    block_start = None if options.blocks_start is None else micros(utc(options.blocks_start))
    for reading in feed.readings:
        kind = feed.types.get(feed.type_of.get(reading.meter, ""), {})
        name = names[reading.meter]
        try:
            start, duration = _micros(reading.start), _micros(reading.duration) if reading.duration else None
            if len(extents[reading.meter, reading.start]) > 1:
                start = block_start = _laid_end_to_end(reading, block_start)
                block_start += duration or 0
            value, unit = _value(reading.value, kind, options)
            _fits(kind, known.get(name))
        except NoReading as bad:
            verdicts.append(Verdict(reading.line, bad.code, printable(bad.found), bad.expected))
            continue
        rows.append((reading, name, start, duration, value, unit))
    columns = {
        "register": string_column([row[1] for row in rows]),
        "time": pa.array([row[2] for row in rows], pa.timestamp("us", tz="UTC")),
        "end": pa.array([row[2] + row[3] if row[3] else None for row in rows], pa.timestamp("us", tz="UTC")),
        "value": string_column([row[4] for row in rows]),
        "unit": string_column([row[5] for row in rows]),
        "quality": string_column([row[0].quality or _default_quality(feed, row[0].meter) for row in rows]),
    }
    dialect = {"format": "green_button", "meter_readings": ", ".join(dict.fromkeys(map(_short, feed.type_of)))}
    return RawColumns(columns, np.array([row[0].line for row in rows], np.int64), tuple(verdicts), dialect)


def _laid_end_to_end(reading: _Reading, at: int | None) -> int:
    """The start of a block whose stated start other blocks state too: the end of the block before it.

    The first of them starts at ``options.blocks_start``.
    """
    if at is None or not reading.duration:
        actual = f"{reading.value} from {reading.start} for {reading.duration} s"
        raise NoReading("several_extents", actual, "one extent a start, or, laid end to end, where the first begins")
    return at


def _meters(feed: _Feed) -> list[str]:
    return list(dict.fromkeys(reading.meter for reading in feed.readings))


def _short(meter: str) -> str:
    """The end of an address, which names the meter reading within its customer."""
    before, mark, after = meter.rpartition("UsagePoint/")
    return mark + after if mark else meter or before


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


def _fits(kind: Mapping[str, str], target: TargetRegister | None) -> None:
    stated = _KINDS.get(kind.get("accumulationBehaviour", ""))
    if stated is not None and target is not None and target.register.kind is not stated:
        raise NoReading("other_kind", f"{stated} readings", f"{target.register.kind} readings, as the register's")


def _default_quality(feed: _Feed, meter: str) -> str:
    return feed.types.get(feed.type_of.get(meter, ""), {}).get("defaultQuality", "")
