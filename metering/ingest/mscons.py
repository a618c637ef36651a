"""MSCONS: load profiles and reads of German meters, as grid and metering operators send them (EDIFACT D.04B).

A position (LIN) is one register, its OBIS number (PIA), of a metering or market location (LOC+172): the alias of a
register is ``LOCATION/OBIS``. A value (QTY) is for the interval of its DTM+163 and DTM+164, or else a read at the
instant of its DTM+7, from which it is used, or DTM+9, at which it was read. Times in form 303 state their offset. Times
without (203, 102) are read only where a time format is told; then they are local times of the site.

RFF+MG names the device of what follows. Where a counter is read by another device from some read on, that is an
exchange of devices (``StatedExchange``), and never a fall.

Source: EDI@Energy, MSCONS message description 2.4 and application handbook 3.1.
"""

import re
from array import array
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal

import numpy as np
import pyarrow as pa

from metering.fleet.lookup import RegisterLookup, TargetRegister
from metering.fleet.meter import RegisterKind
from metering.ingest import device_reads
from metering.ingest.edifact import EdifactSegment, begins, marks_of, segments
from metering.ingest.expected_kind import refuse_other_kind
from metering.ingest.how_read import Aspect, Basis, HowRead
from metering.ingest.no_reading import NoReading
from metering.ingest.options import IngestOptions
from metering.ingest.raw_columns import RawColumns
from metering.ingest.row_parser import only_instant, printable
from metering.ingest.stated_by_format import stated_by_format, unit_said
from metering.ingest.unreadable import UnreadableFile
from metering.log.columns import Ints, micros
from metering.log.reading import Quality, Verdict, limit_refusals
from quantities.errors import UsufructError, slug
from quantities.number import exact, plain
from quantities.period import plausible, utc
from quantities.quantity import exact_factor, times, unit

__all__ = ["begins", "read_columns"]

#: DE 6411 → our unit.
UNITS: Mapping[str, str] = {
    "KWH": "kWh",
    "MWH": "MWh",
    "WHR": "Wh",
    "GWH": "GWh",
    "K3": "kvarh",
    "KWT": "kW",
    "MAW": "MW",
    "KVR": "kvar",
    "KVA": "kVA",
    "MTQ": "m3",
    "MQH": "m3/h",
}
#: DE 6063 → our quality: true, substitute, forecast, proposed, summed, preliminary.
QUALITIES: Mapping[str, Quality] = {
    "220": Quality.VALID,
    "67": Quality.ESTIMATED_REFERENCE_DAY,
    "187": Quality.PROJECTED,
    "201": Quality.PROJECTED,
    "79": Quality.DERIVED,
    "Z18": Quality.QUESTIONABLE,
}
_WITHOUT_VALUE = {"20": "20, a value that must not be used", "Z30": "Z30, a missing value"}
_INTERPOLATED = "Z92"
#: Segments that say nothing of a reading.
_IGNORED = ("CTA", "COM", "UNS", "CCI", "CAV")
_OBIS = re.compile(r"\d{1,2}-\d{1,3}:[0-9A-Z]{1,3}\.\d{1,3}(\.\d{1,3})?([*&]\d{1,3})?\Z", re.ASCII)
_ZONED = re.compile(r"(\d{12})([+-])(\d{2})(\d{2})?\Z", re.ASCII)
_ORIGINAL = "9"
_EXAMPLE = "form 303 with its offset released, as 202603312215?+00"


@dataclass(slots=True)
class _Position:
    """A register within a message, a LIN.

    Attributes:
        line: of its LIN.
        obis: its number or, for other products, its identifier; empty until its PIA comes.
        fault: why none of its values is read; raised at the first of them.
    """

    line: int
    obis: str = ""
    fault: NoReading | None = None
    refused: bool = False


@dataclass(slots=True)
class _Message:
    """A message, a UNH with what follows it."""

    reference: str
    count: int = 0
    function: str = _ORIGINAL
    location: str = ""
    device: str = ""
    position: _Position | None = None


@dataclass(slots=True)
class _Value:
    """A value, a QTY with its DTM and STS."""

    line: int
    code: str
    number: str
    unit: str
    times: dict[str, tuple[str, str]] = field(default_factory=dict)
    interpolated: bool = False


@dataclass(slots=True)
class _MessageRows:
    """The values that can be read, by columns."""

    whole: dict[str, "array[int]"]
    numbers: list[str]
    names: dict[str, int]
    units: dict[str, int]
    devices: dict[str, int]


def read_columns(raw: bytes, targets: RegisterLookup, options: IngestOptions) -> RawColumns:
    """Find the values of an interchange; the line of a value is the position of its QTY among the segments.

    Raises:
        UnreadableFile: the file is no whole interchange of MSCONS messages; or ``options.register`` is set and the file
            has several registers.
    """
    interchange = _Interchange(targets, options, marks_of(raw)[0].decimal)
    for segment in segments(raw):
        interchange.take(segment)
    interchange.finish()
    if options.register is not None and len(interchange.registers) > 1:
        raise UnreadableFile(
            "the file has several registers: make each an alias",
            found=sorted(interchange.registers),
            expected="one, where one register is told for all",
        )
    return interchange.columns()


class _Interchange:
    """Takes the segments of an interchange in their order.

    Attributes:
        registers: what occurs, as LOCATION/OBIS.
    """

    def __init__(self, targets: RegisterLookup, options: IngestOptions, decimal_mark: str) -> None:
        self.registers: set[str] = set()
        self._targets, self._options, self._decimal = targets, options, decimal_mark
        self._verdicts: list[Verdict] = []
        self._reference: str | None = None
        self._messages = 0
        self._message: _Message | None = None
        self._value: _Value | None = None
        self._ended = False
        self._by_name: dict[str, TargetRegister] = {}
        columns = ("name", "start", "end", "unit", "quality", "line", "device")
        self._rows = _MessageRows({name: array("q") for name in columns}, [], {}, {}, {})
        self._takers = {
            "UNB": self._open_interchange,
            "UNH": self._open_message,
            "BGM": self._state_function,
            "NAD": self._open_party,
            "LOC": self._open_location,
            "RFF": self._state_device,
            "LIN": self._open_position,
            "PIA": self._state_number,
            "QTY": self._open_value,
            "DTM": self._state_time,
            "STS": self._state_method,
            "UNT": self._end_message,
            "UNZ": self._end_interchange,
        }

    def take(self, segment: EdifactSegment) -> None:
        """Take the next segment.

        Raises:
            UnreadableFile: it stands where none of its kind may; or a count of segments or messages is wrong.
        """
        if self._message is not None:
            self._message.count += 1
        if segment.tag not in ("DTM", "STS"):
            self._close_value()
        if self._ended or (self._message is None and segment.tag not in ("UNB", "UNH", "UNZ")):
            detail = f"segment {segment.number} stands outside of a message"
            raise UnreadableFile(detail, found=printable(segment.tag), expected="UNB, UNH … UNT, UNZ")
        if segment.tag in _IGNORED:
            return
        try:
            self._takers.get(segment.tag, _refuse_unknown)(segment)
        except NoReading as bad:
            self._refuse(segment.number, bad)

    def finish(self) -> None:
        """Look whether the interchange is whole.

        Raises:
            UnreadableFile: it does not end with a UNZ.
        """
        if not self._ended:
            raise UnreadableFile("the file is cut off: it has no UNZ", found="its end", expected="UNZ")

    def _refuse(self, line: int, bad: NoReading) -> None:
        self._verdicts.append(Verdict(line, bad.code, printable(bad.found), bad.expected))
        limit_refusals(len(self._verdicts), bad.code)

    def _open_interchange(self, segment: EdifactSegment) -> None:
        if self._reference is not None:
            raise UnreadableFile(f"segment {segment.number} is a second UNB", found="UNB", expected="one in a file")
        self._reference = segment.get(4)

    def _open_message(self, segment: EdifactSegment) -> None:
        if self._message is not None or self._reference is None:
            detail = f"segment {segment.number} opens a message within another or without UNB"
            raise UnreadableFile(detail, found="UNH", expected="UNB, UNH … UNT")
        kind = segment.get(1)
        if kind != "MSCONS":
            raise UnreadableFile(f"this is a message of {kind!r}", found=printable(kind), expected="MSCONS")
        self._message = _Message(segment.get(0), count=1)

    def _end_message(self, segment: EdifactSegment) -> None:
        message, self._message = self._message, None
        self._messages += 1
        stated = segment.get(0), segment.get(1)
        if message is not None and stated != (str(message.count), message.reference):
            raise UnreadableFile(
                f"the message that ends at segment {segment.number} is not whole",
                found=f"{message.count} segments of message {message.reference}",
                expected=f"{printable(stated[0])} segments of message {printable(stated[1])}",
            )

    def _end_interchange(self, segment: EdifactSegment) -> None:
        self._ended = True
        stated = segment.get(0), segment.get(1)
        if self._message is not None or stated != (str(self._messages), self._reference):
            raise UnreadableFile(
                "the interchange is not whole",
                found=f"{self._messages} messages of {self._reference}",
                expected=f"{printable(stated[0])} messages of {printable(stated[1])}",
            )

    def _in_message(self) -> _Message:
        if self._message is None:
            raise NoReading("misplaced_segment", "no message", "UNH before it")
        return self._message

    def _state_function(self, segment: EdifactSegment) -> None:
        self._in_message().function = segment.get(2) or _ORIGINAL

    def _open_party(self, segment: EdifactSegment) -> None:
        message = self._in_message()
        if segment.get(0) == "DP":
            message.location, message.device, message.position = "", "", None

    def _open_location(self, segment: EdifactSegment) -> None:
        message = self._in_message()
        message.location = segment.get(1) if segment.get(0) == "172" else ""
        message.device, message.position = "", None

    def _state_device(self, segment: EdifactSegment) -> None:
        if segment.get(0) == "MG":
            self._in_message().device = segment.get(0, 1)

    def _open_position(self, segment: EdifactSegment) -> None:
        self._in_message().position = _Position(segment.number)

    def _state_number(self, segment: EdifactSegment) -> None:
        message = self._in_message()
        if message.position is None:
            raise NoReading("misplaced_segment", "PIA", "LIN before it")
        if segment.get(0) != "5":
            return
        message.position.obis = segment.get(1)
        number, kind = message.position.obis, segment.get(1, 1)
        if kind in ("", "SRW") and not _OBIS.match(number):
            actual = "+".join(":".join(element) for element in segment.elements)
            message.position.fault = NoReading("not_an_obis", actual, "an OBIS number, as 1-0?:1.8.0")
        elif kind and kind != "SRW" and _OBIS.match(f"{number}:{kind}"):
            message.position.fault = NoReading("not_an_obis", f"{number}:{kind}", f"released, as {number}?:{kind}")

    def _open_value(self, segment: EdifactSegment) -> None:
        message = self._in_message()
        position = message.position
        if position is None:
            raise NoReading("misplaced_segment", "QTY", "LIN before it")
        if position.refused:
            return
        try:
            self._see_position(message, position)
        except NoReading as bad:
            position.refused = True
            self._refuse(position.line, bad)
            return
        self._value = _Value(segment.number, segment.get(0), segment.get(0, 1), segment.get(0, 2))

    def _see_position(self, message: _Message, position: _Position) -> None:
        """Refuse a position whose values cannot be read."""
        if position.fault is not None:
            raise position.fault
        if message.function != _ORIGINAL:
            expected = "an original (9); what a cancellation takes back is withdrawn: usufruct withdraw"
            raise NoReading("no_original", f"BGM function {message.function}", expected)
        if not message.location or not position.obis:
            actual = f"location {message.location!r}, number {position.obis!r}"
            raise NoReading("unnamed_register", actual, "LOC+172 with the location, and PIA+5 with the OBIS number")
        self.registers.add(f"{message.location}/{position.obis}")
        name = self._name(message, position)
        if name not in self._by_name:
            target = self._targets.find([name]).get(name)
            if target is None:
                nearest = " or ".join(self._targets.nearest(name))
                raise NoReading("unknown_register", name, nearest or f"a register with the alias {name}")
            self._by_name[name] = target

    def _name(self, message: _Message, position: _Position) -> str:
        return self._options.register or f"{message.location}/{position.obis}"

    def _state_time(self, segment: EdifactSegment) -> None:
        if self._value is not None:
            self._value.times.setdefault(segment.get(0), (segment.get(0, 1), segment.get(0, 2)))

    def _state_method(self, segment: EdifactSegment) -> None:
        if self._value is not None and any(_INTERPOLATED in element for element in segment.elements):
            self._value.interpolated = True

    def _close_value(self) -> None:
        value, self._value = self._value, None
        message = self._message
        if value is None or message is None or message.position is None:
            return
        try:
            self._keep(value, message.device, self._name(message, message.position))
        except NoReading as bad:
            self._refuse(value.line, bad)
        except UsufructError as error:
            actual, expected = (str(error.members.get(member, "")) for member in ("found", "expected"))
            self._refuse(value.line, NoReading(slug(type(error)).replace("-", "_"), actual, expected))

    def _keep(self, value: _Value, device: str, name: str) -> None:
        target, rows = self._by_name[name], self._rows
        quality = _quality(value)
        symbol = self._unit(value)
        number = self._number(value.number)
        start, end = self._extent(value, target)
        refuse_other_kind(symbol, target, extended=end is not None)
        exact_factor(symbol, target.register.unit)  # refuses a unit of another dimension
        kept = {
            "name": rows.names.setdefault(name, len(rows.names)),
            "start": micros(start),
            "end": micros(end or start),
            "unit": rows.units.setdefault(symbol, len(rows.units)),
            "quality": int(quality),
            "line": value.line,
            "device": rows.devices.setdefault(device, len(rows.devices)),
        }
        for column, code in kept.items():
            rows.whole[column].append(code)
        rows.numbers.append(plain(number))

    def _unit(self, value: _Value) -> str:
        if not value.unit:
            if self._options.unit is None:
                raise NoReading("no_unit", value.number, "a unit in the QTY, or one told beside it: --unit kWh")
            return unit(self._options.unit).symbol
        if value.unit not in UNITS:
            raise NoReading("unknown_unit", value.unit, f"one of {', '.join(UNITS)}")
        return UNITS[value.unit]

    def _number(self, text: str) -> Decimal:
        if self._decimal == ",":
            if "." in text:
                raise NoReading("not_a_number", text, "a comma, which UNA states as the decimal mark")
            text = text.replace(",", ".")
        return exact(text)

    def _extent(self, value: _Value, target: TargetRegister) -> tuple[datetime, datetime | None]:
        """Start and end of an interval; of a read, its instant and None."""
        stated = value.times
        if "163" in stated and "164" in stated:
            start, end = (self._instant(*stated[code], target) for code in ("163", "164"))
            return start, end
        used = stated.get("7", stated.get("9"))
        if used is None:
            actual = ", ".join(f"DTM+{code}" for code in stated) or "no DTM"
            raise NoReading("no_time", actual, "DTM+163 and DTM+164 of an interval, or DTM+7 or DTM+9 of a read")
        return self._instant(*used, target), None

    def _instant(self, text: str, form: str, target: TargetRegister) -> datetime:
        zoned = _ZONED.match(text)
        try:
            if form == "303" and zoned:
                clock, sign, hours, minutes = zoned.groups()
                ahead = timedelta(hours=int(hours), minutes=int(minutes or 0)) * (-1 if sign == "-" else 1)
                at = utc(datetime.fromisoformat(f"{clock[:8]}T{clock[8:]}+00:00")) - ahead
                plausible(at)
                return at
            if form in ("203", "102"):
                return self._local(text, form, target)
        except (ValueError, OverflowError):
            pass
        raise NoReading("not_a_time", f"{text}, form {form or 'not stated'}", _EXAMPLE)

    def _local(self, text: str, form: str, target: TargetRegister) -> datetime:
        pattern = self._options.time_format
        if pattern is None:
            way = "%Y%m%d%H%M" if form == "203" else "%Y%m%d"
            raise NoReading("no_zone", text, f"{_EXAMPLE}; or, if it is local time of the site, --time-format {way}")
        at = datetime.strptime(text, pattern)  # noqa: DTZ007 a local time
        plausible(at)
        return utc(at) if at.tzinfo else only_instant(at, target.zone)

    def columns(self) -> RawColumns:
        """The values as columns, without the first reads of exchanged devices."""
        rows = self._rows
        numbers = {name: np.array(column, np.int64) for name, column in rows.whole.items()}
        changes = self._device_changes(numbers)
        for verdict in changes.verdicts:
            self._refuse(verdict.line, NoReading(verdict.code, verdict.found, verdict.expected))
        kept = np.setdiff1d(np.arange(len(rows.numbers)), changes.left_out)
        columns = {
            "register": _coded(numbers["name"][kept], list(rows.names)),
            "time": pa.array(numbers["start"][kept], pa.timestamp("us", tz="UTC")),
            "end": pa.array(numbers["end"][kept], pa.timestamp("us", tz="UTC")),
            "value": pa.array(rows.numbers, pa.string()).take(pa.array(kept)),
            "unit": _coded(numbers["unit"][kept], list(rows.units)),
            "quality": pa.array([str(quality) for quality in numbers["quality"][kept].tolist()], pa.string()),
        }
        dialect = {"format": "mscons", "registers": ", ".join(sorted(self.registers))}
        if changes.exchanges:
            dialect["exchanges"] = "; ".join(str(exchange) for exchange in changes.exchanges)
        return RawColumns(
            columns,
            numbers["line"][kept],
            tuple(self._verdicts),
            dialect,
            repeated=changes.repeated,
            exchanges=tuple(changes.exchanges),
            how_read=self._how_read(),
        )

    def _how_read(self) -> tuple[HowRead, ...]:
        stated = stated_by_format(
            self._options.register,
            register="location and OBIS code",
            time="DTM, form 303",
            zone="the offset that is written",
            stamp="DTM+163 and DTM+164, start and end; DTM+7, else DTM+9, the instant of a read",
            value=f"decimal {'comma' if self._decimal == ',' else 'point'}",
            unit="that of the QTY",
        )
        pattern = self._options.time_format
        local: tuple[HowRead, ...] = ()
        if pattern is not None:
            where = f"--time-format {pattern}"
            local = (HowRead(Aspect.ZONE, "local time of the site, where no offset is written", Basis.SAID, where),)
        return *stated, *unit_said(self._options.unit), *local

    def _device_changes(self, numbers: Mapping[str, Ints]) -> device_reads.DeviceChanges:
        """The exchanges of devices, counter by counter; a counter may have several names."""
        names, units, devices = (list(texts) for texts in (self._rows.names, self._rows.units, self._rows.devices))
        reads: dict[str, list[device_reads.DeviceRead]] = {}
        changes = device_reads.DeviceChanges()
        for place, number in enumerate(self._rows.numbers):
            register = self._by_name[names[numbers["name"][place]]].register
            if register.kind is not RegisterKind.CUMULATIVE:
                continue
            value = times(exact(number), exact_factor(units[numbers["unit"][place]], register.unit))
            line, at = int(numbers["line"][place]), int(numbers["start"][place])
            device = devices[numbers["device"][place]]
            reads.setdefault(register.key, []).append(device_reads.DeviceRead(place, line, at, value, device))
        for key, of_counter in reads.items():
            device_reads.compare(key, of_counter, changes)
        return changes


def _refuse_unknown(segment: EdifactSegment) -> None:
    raise NoReading("unknown_segment", segment.tag, "a segment of MSCONS")


def _quality(value: _Value) -> Quality:
    if value.code in _WITHOUT_VALUE:
        raise NoReading("no_data", _WITHOUT_VALUE[value.code], "values; they are missing until a later file has them")
    quality = QUALITIES.get(value.code)
    if quality is None:
        raise NoReading("unknown_quality", value.code, f"one of {', '.join([*QUALITIES, *_WITHOUT_VALUE])}")
    if quality is Quality.ESTIMATED_REFERENCE_DAY and value.interpolated:
        return Quality.ESTIMATED_INTERPOLATION
    return quality


def _coded(codes: Ints, texts: list[str]) -> pa.DictionaryArray:
    return pa.DictionaryArray.from_arrays(pa.array(codes.astype(np.int32)), pa.array(texts, pa.string()))
