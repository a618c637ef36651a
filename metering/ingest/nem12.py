"""NEM12: the interval data of Australian electricity meters, a day a record.

A record 200 opens a stream, one suffix (E1, B1, Q1 …) of a connection point (NMI), with its unit and interval length. A
record 300 has the values of one day, from midnight in market time: UTC+10 all year, everywhere. Its quality is for the
whole day or, where it is V, for the intervals that the records 400 behind it name. The alias of a register is
``NMI/SUFFIX``; streams are never added up.

A day of a stream that comes several times is that of the latest UpdateDateTime. Days that the stamps cannot tell apart
are all refused, unless they say the same.

Source: AEMO, Meter Data File Format Specification NEM12 & NEM13, sections 3 and 4, appendices B, D and E.
"""

import csv
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta

import numpy as np
import pyarrow as pa

from metering.fleet.lookup import RegisterLookup
from metering.ingest.expected_kind import refuse_other_kind
from metering.ingest.no_reading import NoReading
from metering.ingest.options import IngestOptions
from metering.ingest.raw_columns import RawColumns
from metering.ingest.row_parser import printable
from metering.ingest.stated_by_format import stated_by_format, unit_said
from metering.ingest.unreadable import UnreadableFile
from metering.log.columns import Ints, micros
from metering.log.reading import Quality, Verdict, limit_refusals
from quantities.errors import UsufructError, slug
from quantities.number import NotANumber, exact, plain
from quantities.period import ImplausibleInstant, plausible

#: What a file begins with, and the sibling format of accumulated reads, which is not read.
MAGIC = (b"100,nem12", b"100,nem13")
#: Market time does not follow the clocks of the states.
MARKET_OFFSET = timedelta(hours=10)
#: UOM, in lower case as both cases occur → our unit, and the power of ten between them.
UNITS: Mapping[str, tuple[str, int]] = {
    "wh": ("Wh", 0),
    "kwh": ("kWh", 0),
    "mwh": ("MWh", 0),
    "varh": ("kvarh", -3),
    "kvarh": ("kvarh", 0),
    "mvarh": ("kvarh", 3),
    "vah": ("kVAh", -3),
    "kvah": ("kVAh", 0),
    "mvah": ("kVAh", 3),
    "w": ("W", 0),
    "kw": ("kW", 0),
    "mw": ("MW", 0),
    "kvar": ("kvar", 0),
    "kva": ("kVA", 0),
}
_MINUTES = ("5", "15", "30")
_DAY_MINUTES = 1440
#: Actual; forward estimate, final substitute, substitute, each with a method; null; variable, told by records 400.
_QUALITY = re.compile(r"(?:A|N|V|[EFS](\d\d)?)\Z", re.ASCII)
_QUALITIES_SHOWN = "A, N, V, or E, F or S with a method of two digits"
_INTERPOLATED = frozenset({"17", "54", "66"})  # linear interpolation
_STAMP = re.compile(r"\d{14}\Z", re.ASCII)
_LINE_BYTES_MAX = 1 << 16
_VALUES_MAX = 20_000_000
_BLOCK_DAYS = 1 << 10


@dataclass(frozen=True, slots=True)
class _Stream:
    """A record 200.

    Attributes:
        name: of its register.
        unit: of its values, after ``shift``.
        shift: the power of ten that the values are multiplied by.
        minutes: duration of an interval; 0 where ``fault`` is set.
        fault: why none of its days is read.
    """

    name: str
    unit: str = ""
    shift: int = 0
    minutes: int = 0
    fault: NoReading | None = None

    @property
    def intervals(self) -> int:
        """How many intervals a day has."""
        return _DAY_MINUTES // self.minutes


@dataclass(frozen=True, slots=True)
class _Span:
    """Intervals of a day, numbered from 1, with one quality; None: there is no data."""

    line: int
    first: int
    last: int
    quality: Quality | None


@dataclass(slots=True)
class _Day:
    """A record 300; its values are cut out of its line when they are laid out, so that a day takes little memory."""

    line: int
    stream: _Stream
    on: date
    text: bytes
    updated: str
    spans: list[_Span] = field(default_factory=list)
    variable: bool = False

    @property
    def values(self) -> list[str]:
        """The values as written."""
        return _cells(self.text)[2 : 2 + self.stream.intervals]

    @property
    def content(self) -> object:
        """What two records of one day must share to say the same."""
        spans = [(span.first, span.last, span.quality) for span in self.spans]
        return self.stream, self.values, spans

    @property
    def start(self) -> datetime:
        """Its midnight in market time."""
        return datetime(self.on.year, self.on.month, self.on.day, tzinfo=UTC) - MARKET_OFFSET


def begins(head: bytes) -> bool:
    """Whether a file that begins with these bytes is NEM12, or its sibling that is refused by name."""
    return head.removeprefix(b"\xef\xbb\xbf").lstrip()[:9].lower() in MAGIC


def read_columns(raw: bytes, targets: RegisterLookup, options: IngestOptions) -> RawColumns:
    """Find the intervals of a file; the line of an interval is that of its day.

    Raises:
        UnreadableFile: the file is no NEM12, is cut off before its record 900, has too many values; or
            ``options.register`` is set and the file has several streams.
    """
    if raw.count(b",") > _VALUES_MAX:
        detail = f"the file has more than {_VALUES_MAX} cells"
        raise UnreadableFile(detail, found=detail, expected="less: send it in parts")
    file = _File(targets, options)
    for line, text in _lines(raw):
        file.take(line, text)
    file.finish()
    names = list(dict.fromkeys(stream.name for stream in file.streams))
    if options.register is not None and len(file.points) > 1:
        raise UnreadableFile(
            "the file has several streams: make each an alias of its register",
            found=sorted(file.points),
            expected="one, where one register is told for all",
        )
    days = _one_a_day(file)
    columns, lines = _laid_out(days, file, names)
    dialect = {"format": "nem12", "zone": "UTC+10 (market time)", "streams": ", ".join(sorted(file.points))}
    how_read = stated_by_format(
        options.register,
        register="NMI and suffix",
        time="the day of a record 300, and the number of a value in it",
        zone="UTC+10 all year (market time)",
        stamp="start of the interval",
        value="decimal point",
        unit="UOM of the record 200",
    )
    return RawColumns(
        columns,
        lines,
        tuple(file.verdicts),
        dialect,
        repeated=file.repeated,
        how_read=(*how_read, *unit_said(options.unit)),
    )


def _lines(raw: bytes) -> Iterator[tuple[int, bytes]]:
    """The lines of a file that are not blank, with their numbers from 1, one at a time."""
    start, number = len(raw) - len(raw.removeprefix(b"\xef\xbb\xbf")), 0
    while start < len(raw):
        end = raw.find(b"\n", start)
        end = len(raw) if end < 0 else end
        number += 1
        text = raw[start:end].strip()
        if text:
            yield number, text
        start = end + 1


def _cells(text: bytes) -> list[str]:
    """The cells of a line; a reason may be quoted."""
    line = text.decode(errors="replace")
    try:
        cells = next(csv.reader([line])) if '"' in line else line.split(",")
    except csv.Error:
        cells = line.split(",")
    return [cell.strip() for cell in cells]


class _File:
    """Takes the records of a file in their order.

    Attributes:
        streams: one per record 200.
        points: the names of the streams that occur, as NMI/SUFFIX.
        days: the days that can be read, by stream and date, in their order.
        verdicts: on all other records, and on what a day says is missing.
        repeated: number of intervals that repeat earlier ones.
    """

    def __init__(self, targets: RegisterLookup, options: IngestOptions) -> None:
        self.streams: list[_Stream] = []
        self.points: set[str] = set()
        self.days: dict[tuple[str, date], list[_Day]] = {}
        self.verdicts: list[Verdict] = []
        self.repeated = 0
        self._targets, self._options = targets, options
        self._inside = False  # between a record 100 and its 900
        self._day: _Day | None = None
        self._takers: Mapping[str, Callable[[int, list[str], bytes], None]] = {
            "100": self._header,
            "200": self._open_stream,
            "300": self._open_day,
            "400": self._add_span,
            "500": self._skip,
            "900": self._end,
        }

    def take(self, line: int, text: bytes) -> None:
        """Take the next record.

        Raises:
            UnreadableFile: it is no header, and a header must stand here.
        """
        if len(text) > _LINE_BYTES_MAX:
            self.refuse(line, NoReading("line_too_long", str(len(text)), f"at most {_LINE_BYTES_MAX} bytes"))
            self._close_day()
            return
        cells = _cells(text)
        if cells[0] != "400":
            self._close_day()
        if not self._inside and cells[0] != "100":
            detail = f"line {line} stands outside of 100 and 900"
            raise UnreadableFile(detail, found=printable(cells[0]), expected="100,NEM12,…")
        try:
            self._takers.get(cells[0], self._refuse_unknown)(line, cells, text)
        except NoReading as bad:
            self.refuse(line, bad)

    def finish(self) -> None:
        """Look whether the file is whole.

        Raises:
            UnreadableFile: its last record is no 900; what is missing may correct days before.
        """
        self._close_day()
        if self._inside:
            raise UnreadableFile(
                "the file is cut off: it has no record 900", place="the last line", found="its end", expected="900"
            )

    def refuse(self, line: int, bad: NoReading) -> None:
        """Note why a record is no reading."""
        self.verdicts.append(Verdict(line, bad.code, printable(bad.found), bad.expected))
        limit_refusals(len(self.verdicts), bad.code)

    def _header(self, line: int, cells: list[str], _: bytes) -> None:
        if self._inside:
            raise UnreadableFile(f"a record 900 is missing before line {line}", found="100", expected="900")
        version = cells[1] if len(cells) > 1 else ""
        if version.upper() != "NEM12":
            hint = "NEM12; ask the provider for interval data" if version.upper() == "NEM13" else "NEM12"
            raise UnreadableFile(f"this is no NEM12: line {line}", found=printable(version), expected=hint)
        self._inside = True

    def _refuse_unknown(self, _: int, cells: list[str], __: bytes) -> None:
        raise NoReading("unknown_record", cells[0], f"one of {', '.join(self._takers)}")

    def _end(self, *_: object) -> None:
        self._inside = False

    def _skip(self, *_: object) -> None:
        """A record 500 states what was ordered, and reads of the index for information; neither is an interval."""

    def _open_stream(self, _: int, cells: list[str], __: bytes) -> None:
        cells = [*cells, *[""] * 10]
        point = f"{cells[1]}/{cells[4]}"
        name = self._options.register or point
        self.points.add(point)
        try:
            stream = self._stream(name, cells[7], cells[8])
        except NoReading as bad:
            stream = _Stream(name, fault=bad)
        except UsufructError as error:
            actual, expected = (str(error.members.get(member, "")) for member in ("found", "expected"))
            stream = _Stream(name, fault=NoReading(slug(type(error)).replace("-", "_"), actual, expected))
        self.streams.append(stream)

    def _stream(self, name: str, uom: str, minutes: str) -> _Stream:
        target = self._targets.find([name]).get(name)
        if target is None:
            nearest = " or ".join(self._targets.nearest(name))
            raise NoReading("unknown_register", name, nearest or f"a register with the alias {name}")
        if not uom and self._options.unit is None:
            raise NoReading("no_unit", name, "a UOM in the record 200, or a unit told beside it: --unit kWh")
        if uom and uom.casefold() not in UNITS:
            raise NoReading("unknown_unit", uom, f"one of {', '.join(UNITS)}")
        if minutes not in _MINUTES:
            raise NoReading("unknown_interval_length", minutes, f"{', '.join(_MINUTES)} minutes")
        symbol, shift = UNITS[uom.casefold()] if uom else (self._options.unit or "", 0)
        refuse_other_kind(symbol, target, extended=True)
        return _Stream(name, symbol, shift, int(minutes))

    def _open_day(self, line: int, cells: list[str], text: bytes) -> None:
        if not self.streams:
            raise NoReading("misplaced_record", "300", "a record 200 before it")
        stream = self.streams[-1]
        if stream.fault is not None:
            raise stream.fault
        count = stream.intervals
        quality = _quality_behind(cells, count)
        updated = cells[count + 5] if len(cells) > count + 5 else ""
        if updated and not _STAMP.match(updated):
            raise NoReading("not_a_time", updated, "UpdateDateTime as 20260409143022")
        day = _Day(line, stream, _date(cells[1]), text, updated, variable=quality == "V")
        if not day.variable:
            day.spans.append(_Span(line, 1, count, _meaning(quality)))
        self._day = day

    def _add_span(self, line: int, cells: list[str], _: bytes) -> None:
        if self._day is None or not self._day.variable:
            if self.streams and self.streams[-1].fault is not None:
                return  # of a day that has its verdict
            raise NoReading("misplaced_record", "400", "a record 300 of quality V before it")
        cells = [*cells, *[""] * 4]
        first, last, quality = cells[1:4]
        if not (first.isdecimal() and last.isdecimal() and first.isascii() and last.isascii()):
            first, last = "0", "0"  # covers nothing, so the day is refused
        if not _QUALITY.match(quality) or quality == "V":
            actual, day = f"{quality!r} of {self._day.on}", self._day
            self._day = None
            self.refuse(day.line, NoReading("unknown_quality", actual, _QUALITIES_SHOWN.replace(", V", "")))
            return
        self._day.spans.append(_Span(line, int(first[:5]), int(last[:5]), _meaning(quality)))

    def _close_day(self) -> None:
        day, self._day = self._day, None
        if day is None:
            return
        shown = ", ".join(f"{span.first}-{span.last}" for span in day.spans)
        day.spans.sort(key=lambda span: span.first)
        reached = 0
        for span in day.spans:
            if span.first != reached + 1 or span.last < span.first:
                break
            reached = span.last
        else:
            if reached == day.stream.intervals:
                self.days.setdefault((day.stream.name, day.on), []).append(day)
                return
        expected = f"records 400 that name each of 1 to {day.stream.intervals} once"
        self.refuse(day.line, NoReading("uncovered_intervals", f"V, and {shown or 'no record 400'}", expected))


def _date(text: str) -> date:
    try:
        if len(text) != len("20260301"):
            raise ValueError  # noqa: TRY301 one refusal for both
        on = datetime.strptime(text, "%Y%m%d").replace(tzinfo=UTC).date()
        plausible(on)
    except ImplausibleInstant as error:
        raise NoReading("implausible_instant", text, str(error.members["expected"])) from None
    except ValueError:
        raise NoReading("not_a_time", text, "a date as 20260301") from None
    return on


def _quality_behind(cells: Sequence[str], count: int) -> str:
    """The quality of a record 300, which stands behind its values.

    Raises:
        NoReading: there are more or fewer values, or what stands there is no quality.
    """
    quality = cells[2 + count] if len(cells) > 2 + count else ""
    if _QUALITY.match(quality):
        return quality
    stands = next((at for at, cell in enumerate(cells) if at > 1 and _QUALITY.match(cell)), None)
    if stands is not None or not quality:
        actual = f"{stands - 2} values" if stands is not None else f"{len(cells)} cells, no quality among them"
        raise NoReading("wrong_interval_count", actual, f"{count} values and their quality")
    raise NoReading("unknown_quality", quality, _QUALITIES_SHOWN)


def _meaning(quality: str) -> Quality | None:
    if quality == "N":
        return None
    if quality == "A":
        return Quality.VALID
    return Quality.ESTIMATED_INTERPOLATION if quality[1:] in _INTERPOLATED else Quality.ESTIMATED_REFERENCE_DAY


def _one_a_day(file: _File) -> list[_Day]:
    """Of records of the same day and stream keep the one that was updated last; the others repeat it or are refused."""
    kept = []
    for (name, on), days in file.days.items():
        if len(days) == 1:
            kept.append(days[0])
            continue
        latest = max(days, key=lambda day: day.updated)
        rivals = [day for day in days if day.updated in (latest.updated, "") and day.content != latest.content]
        others = [day for day in days if day is not latest]
        if rivals:
            for day in days:
                actual = f"{on} of {name}, updated {day.updated or 'at no stated time'}"
                file.refuse(
                    day.line, NoReading("undecided_update", actual, "an UpdateDateTime that tells which is later")
                )
            continue
        kept.append(latest)
        for day in others:
            if day.content == latest.content:
                file.repeated += day.stream.intervals
                continue
            actual = f"{on} of {name}, updated {day.updated}"
            file.refuse(
                day.line, NoReading("superseded", actual, f"as line {latest.line} has it, updated {latest.updated}")
            )
    return sorted(kept, key=lambda day: day.line)


def _laid_out(days: Sequence[_Day], file: _File, names: Sequence[str]) -> tuple[dict[str, pa.Array], Ints]:
    """The columns of the intervals that have data; what has none gets a verdict."""
    units = list(dict.fromkeys(day.stream.unit for day in days))
    code_of_name = {name: code for code, name in enumerate(names)}
    code_of_unit = {unit: code for code, unit in enumerate(units)}
    values: list[pa.Array] = []
    numbers: dict[str, list[Ints]] = {name: [] for name in ("start", "end", "quality", "register", "unit", "line")}
    for first in range(0, len(days), _BLOCK_DAYS):
        texts: list[str] = []
        for day in days[first : first + _BLOCK_DAYS]:
            places, qualities = _places(day, file)
            texts += _shifted(day, places)
            length = day.stream.minutes * 60_000_000
            start = micros(day.start) + places * length
            same = {"register": code_of_name[day.stream.name], "unit": code_of_unit[day.stream.unit], "line": day.line}
            for column, whole in {"start": start, "end": start + length, "quality": qualities}.items():
                numbers[column].append(whole)
            for column, code in same.items():
                numbers[column].append(np.full(len(places), code, np.int64))
        values.append(pa.array(texts, pa.string()))
    laid = {column: np.concatenate([*parts, np.zeros(0, np.int64)]) for column, parts in numbers.items()}
    kinds = sorted({int(quality) for quality in Quality})
    return {
        "register": _coded(laid["register"], names),
        "time": pa.array(laid["start"], pa.timestamp("us", tz="UTC")),
        "end": pa.array(laid["end"], pa.timestamp("us", tz="UTC")),
        "value": pa.chunked_array(values, pa.string()).combine_chunks() if values else pa.array([], pa.string()),
        "unit": _coded(laid["unit"], units),
        "quality": _coded(np.searchsorted(kinds, laid["quality"]), [str(kind) for kind in kinds]),
    }, laid["line"]


def _coded(codes: Ints, texts: Sequence[str]) -> pa.DictionaryArray:
    return pa.DictionaryArray.from_arrays(pa.array(codes.astype(np.int32)), pa.array(texts, pa.string()))


def _places(day: _Day, file: _File) -> tuple[Ints, Ints]:
    """The positions of the intervals with data, from 0, and their qualities; what has no data gets a verdict."""
    kept = []
    for span in day.spans:
        if span.quality is not None:
            kept.append(span)
            continue
        actual = f"N: intervals {span.first} to {span.last} of {day.on}, {day.stream.name}"
        file.refuse(span.line, NoReading("no_data", actual, "values; they are missing until a later file has them"))
    places = [np.arange(span.first - 1, span.last) for span in kept]
    qualities = [np.full(span.last - span.first + 1, int(span.quality or 0), np.int64) for span in kept]
    nothing = np.zeros(0, np.int64)
    return np.concatenate([*places, nothing]), np.concatenate([*qualities, nothing])


def _shifted(day: _Day, places: Ints) -> list[str]:
    values, shift = day.values, day.stream.shift
    return [_times_ten(values[place], shift) if shift else values[place] for place in places.tolist()]


def _times_ten(text: str, power: int) -> str:
    """The value in our unit; what is no number stays as it is, and is refused by the row parser."""
    try:
        number = exact(text)
    except NotANumber:
        return text
    return plain(number.scaleb(power)) if number else "0"
