"""Green Button: an Atom feed of ESPI resources, from a utility's portal.

A reading type says what the values of a meter reading are: ``value × 10^powerOfTenMultiplier`` in ``uom``, a delta, a
bulk total or a level by ``accumulationBehaviour``. Times are seconds since 1970 in UTC; the local time parameters of a
feed say what its clock on the wall shows, and move no reading.

A register is found by the address of its meter reading, or the end of it from ``UsagePoint`` on, as one of its aliases.
Source: NAESB REQ.21 ESPI 3.3.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from xml.etree.ElementTree import Element

import numpy as np
import pyarrow as pa

from metering.fleet.meter import RegisterKind
from metering.ingest import xml
from metering.ingest.raw_columns import (
    IngestOptions,
    RawColumns,
    RegisterLookup,
    TargetRegister,
    UnreadableFile,
    strings,
)
from metering.ingest.row_parser import NoReading, shown
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
#: ESPI ``AccumulationKind`` → what such readings are.
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
    """What a feed holds, before its parts are brought together: they come in any order."""

    readings: list[_Reading] = field(default_factory=list)
    type_of: dict[str, str] = field(default_factory=dict)
    types: dict[str, dict[str, str]] = field(default_factory=dict)


def state(raw: bytes, targets: RegisterLookup, told: IngestOptions) -> RawColumns:
    """Find the readings of a feed; a reading's line is its place among them.

    Raises:
        UnreadableFile: it is no feed of readings, or all are told to be of one register and they are of several.
    """
    feed = _Feed()
    for entry in xml.elements(raw, "entry"):
        _collect(entry, feed)
    meters = _meters(feed)
    if not meters:
        raise UnreadableFile("the feed holds no interval reading", found="an Atom feed", expected="IntervalReading")
    if told.register is not None and len(meters) > 1:
        raise UnreadableFile(
            "the feed has several meter readings: make each an alias of its register", found=meters, expected="one"
        )
    return _stated(feed, targets, told)


def _collect(entry: Element, feed: _Feed) -> None:
    content = xml.child(entry, "content")
    links = [(each.get("rel", ""), each.get("href", "")) for each in entry if xml.local(each) == "link"]
    own = next((href for rel, href in links if rel == "self"), "")
    for resource in [] if content is None else content:
        match xml.local(resource):
            case "IntervalBlock":
                above = next((href for rel, href in links if rel == "up"), own)
                meter = above.partition("/IntervalBlock")[0] if above else own.partition("/IntervalBlock")[0]
                for reading in resource:
                    if xml.local(reading) == "IntervalReading":
                        feed.readings.append(_reading(reading, meter, len(feed.readings) + 1))
            case "MeterReading":
                feed.type_of[own] = next((href for rel, href in links if "/ReadingType/" in f"/{href}"), "")
            case "ReadingType":
                feed.types[own] = {xml.local(each): (each.text or "").strip() for each in resource}


def _reading(element: Element, meter: str, number: int) -> _Reading:
    qualities = [xml.text(each, "quality") for each in element if xml.local(each) == "ReadingQuality"]
    quality = "" if not qualities else qualities[0] if len(set(qualities)) == 1 else str(int(Quality.MIXED))
    start, duration = xml.text(element, "timePeriod", "start"), xml.text(element, "timePeriod", "duration")
    return _Reading(number, meter, start, duration, xml.text(element, "value"), quality)


def _stated(feed: _Feed, targets: RegisterLookup, told: IngestOptions) -> RawColumns:
    rows: list[tuple[_Reading, str, int, int | None, str, str]] = []
    verdicts = []
    extents: dict[tuple[str, str], set[str]] = {}
    for each in feed.readings:
        extents.setdefault((each.meter, each.start), set()).add(each.duration)
    found = targets.find({told.register or "", *_meters(feed), *map(_short, _meters(feed))})
    names = {meter: told.register or (meter if meter in found else _short(meter)) for meter in _meters(feed)}
    laid_at = None if told.laid_from is None else micros(utc(told.laid_from))
    for each in feed.readings:
        kind = feed.types.get(feed.type_of.get(each.meter, ""), {})
        name = names[each.meter]
        try:
            start, duration = _micros(each.start), _micros(each.duration) if each.duration else None
            if len(extents[each.meter, each.start]) > 1:
                start = laid_at = _laid(each, laid_at)
                laid_at += duration or 0
            value, unit = _value(each.value, kind, told)
            _fits(kind, found.get(name))
        except NoReading as bad:
            verdicts.append(Verdict(each.line, bad.code, shown(bad.found), bad.expected))
            continue
        rows.append((each, name, start, duration, value, unit))
    columns = {
        "register": strings([row[1] for row in rows]),
        "time": pa.array([row[2] for row in rows], pa.timestamp("us", tz="UTC")),
        "end": pa.array([row[2] + row[3] if row[3] else None for row in rows], pa.timestamp("us", tz="UTC")),
        "value": strings([row[4] for row in rows]),
        "unit": strings([row[5] for row in rows]),
        "quality": strings([row[0].quality or _default_quality(feed, row[0].meter) for row in rows]),
    }
    dialect = {"format": "green_button", "meter_readings": ", ".join(dict.fromkeys(map(_short, feed.type_of)))}
    return RawColumns(columns, np.array([row[0].line for row in rows], np.int64), tuple(verdicts), dialect)


def _laid(each: _Reading, at: int | None) -> int:
    """Lay a block whose start several state where the one before it ended, from where its sender told."""
    if at is None or not each.duration:
        found = f"{each.value} from {each.start} for {each.duration} s"
        raise NoReading("several_extents", found, "one extent a start, or, laid end to end, where the first begins")
    return at


def _meters(feed: _Feed) -> list[str]:
    return list(dict.fromkeys(each.meter for each in feed.readings))


def _short(meter: str) -> str:
    """Cut an address to what names the meter reading within its customer."""
    before, mark, after = meter.rpartition("UsagePoint/")
    return mark + after if mark else meter or before


def _micros(seconds: str) -> int:
    """Read seconds, which some portals write with a fraction; to the microsecond."""
    try:
        us = int(exact(seconds) * _US)
    except NotANumber:
        raise NoReading("not_a_time", seconds, "seconds since 1970") from None
    if abs(us) >= 2**62:
        raise NoReading("implausible_instant", seconds, "seconds since 1970")
    return us


def _value(text: str, kind: Mapping[str, str], told: IngestOptions) -> tuple[str, str]:
    """Bring a value to our unit, exactly."""
    uom, power = kind.get("uom", ""), kind.get("powerOfTenMultiplier", "") or "0"
    if not uom and told.unit is None:
        raise NoReading("no_unit", text, "a uom in the feed's reading type, or a unit told beside it")
    if uom and uom not in UNITS:
        raise NoReading(
            "unknown_unit", f"uom {uom}", ", ".join(f"{code} ({unit})" for code, (unit, _) in UNITS.items())
        )
    unit, shift = UNITS[uom] if uom else (told.unit or "", 0)
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
