"""Reading rows one by one: a row is a reading, or has a verdict that says why not.

A local time without an offset is in the zone of the register's site. Where the clock is put back, an hour occurs twice:
``repeated_hours.py`` tells its rows apart, by a column that says which they are of or by their order; a single row with
such a time is refused, because it may be either. Where the clock is put forward, times in the hour that does not exist
are refused.
"""

import re
from array import array
from collections import defaultdict
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta, tzinfo
from decimal import Decimal, InvalidOperation
from fractions import Fraction
from functools import lru_cache
from typing import Any

import numpy as np
import pyarrow as pa

from metering.consumption.use import EXTENT_MAX
from metering.fleet.lookup import TargetRegister
from metering.fleet.meter import Register, SeriesKey
from metering.ingest import decimal_marks
from metering.ingest.how_read import Aspect, Basis, HowRead
from metering.ingest.no_reading import NoReading
from metering.ingest.options import IngestOptions
from metering.ingest.quality_words import NO_VALUE
from metering.ingest.repeated_hours import OtherRows, RowOfTwoHours, tell_apart
from metering.ingest.time_columns import ISO
from metering.log.columns import VALUE, Ints, Readings, micros
from metering.log.reading import Quality, Verdict, limit_refusals
from quantities.errors import UsufructError, slug
from quantities.number import INTEGER_DIGITS_MAX, exact, plain
from quantities.period import plausible, utc
from quantities.quantity import exact_factor, unit
from quantities.quantity import times as product

_NUMBER = re.compile(decimal_marks.PLAIN)
_LARGEST = Decimal(10) ** INTEGER_DIGITS_MAX
_SHOWN = 100
#: What stands before a unit in Chinese and Japanese tables.
_MYRIADS = {"千": 1000, "万": 10**4, "亿": 10**8, "億": 10**8}
_HINTS_MAX = 20
_DIMENSION_CHARACTERS_MAX = 200


@dataclass(slots=True)
class _Row:
    line: int
    target: TargetRegister
    key: SeriesKey
    stated: datetime  # local time, without a zone
    instant: datetime | None  # only where the row has an offset
    ends: list[datetime]  # the instants that its end can be: two in an hour that the clock shows twice
    value: Decimal
    quality: Quality
    hour: str  # which of two equal hours, where the file says so


@dataclass(frozen=True, slots=True)
class TimesOfRows:
    """What the times of rows are.

    Attributes:
        are_ends: whether they are the ends of intervals.
        expected: what a cell of a time is to be.
    """

    are_ends: bool = False
    expected: str = ISO


class RowParser:
    """Reads rows one by one, in any number of calls; readings are kept as columns, which take less memory.

    Attributes:
        verdicts: one per refused row.
        repeated: number of rows that only repeat another row with the same ambiguous local time.
        how_read: by what rows of hours that occur twice were told apart.
    """

    def __init__(
        self,
        targets: Mapping[str, TargetRegister],
        options: IngestOptions,
        *,
        nearest: Callable[[str], list[str]],
        times: TimesOfRows,
    ) -> None:
        """Prepare to read.

        Args:
            targets: the registers by the names that occur.
            options: what the sender states about the file.
            nearest: lists the known names that are most similar to an unknown one.
            times: what the times of the rows are.
        """
        self.verdicts: list[Verdict] = []
        self.repeated = 0
        self._targets, self._options, self._nearest, self._times = targets, options, nearest, times
        self.how_read: list[HowRead] = []
        self._twice: dict[tuple[SeriesKey, date], dict[datetime, list[_Row]]] = defaultdict(lambda: defaultdict(list))
        self._keys: dict[SeriesKey, int] = {}
        self._hints: dict[str, str] = {}
        self._whole = {name: array("q") for name in ("series", "start", "end", "quality", "line")}
        self._values: list[Decimal] = []

    def read(self, columns: Mapping[str, Sequence[Any]], lines: Ints) -> None:
        """Read some rows, given as cells by role, and their line numbers.

        A cell of ``comma`` says whether the value of the row has a decimal comma; None: its format defines a point.
        """
        for at, line in enumerate(lines.tolist()):
            try:
                self._take(self._row(line, {role: of_role[at] for role, of_role in columns.items()}))
            except NoReading as bad:
                self._refuse(line, bad.code, bad.found, bad.expected)
            except UsufructError as error:
                stands, expected = (str(error.members.get(name, "")) for name in ("found", "expected"))
                self._refuse(line, slug(type(error)).replace("-", "_"), stands, expected)

    def finish(self, keys: Sequence[SeriesKey], others: Readings) -> tuple[list[SeriesKey], Readings]:
        """Resolve rows of hours that occur twice; return all readings, and the list of series that they refer to.

        Args:
            keys: series that already have positions in the list; new series are added after them.
            others: the readings that were read elsewhere, by those positions.
        """
        for (key, _), rows in self._twice.items():
            self._tell_apart(key, rows, keys, others)
        numbers = {key: number for number, key in enumerate(keys)}
        for key in self._keys:
            numbers.setdefault(key, len(numbers))
        renumbered = np.array([numbers[key] for key in self._keys] or [0], np.int64)
        whole = {name: np.array(column, np.int64) for name, column in self._whole.items()}
        whole["series"] = renumbered[whole["series"]]
        return list(numbers), Readings(value=pa.array(self._values, VALUE), **whole)

    def _row(self, line: int, cells: Mapping[str, Any]) -> _Row:
        name = _text(cells, "register") if "register" in cells else self._options.register or ""
        if name not in self._targets:
            raise NoReading("unknown_register", name, self._hint(name))
        return _row(line, cells, self._targets[name], self._options, self._times)

    def _hint(self, name: str) -> str:
        """The similar names of an unknown name; only for the first twenty, because the search is slow."""
        if name not in self._hints and len(self._hints) < _HINTS_MAX:
            self._hints[name] = " or ".join(self._nearest(name))
        return self._hints.get(name) or "a declared register"

    def _take(self, row: _Row) -> None:
        if row.instant is not None:
            self._keep(row, row.instant)
            return
        instants = _candidates(row.stated, row.target.zone)
        if len(instants) == 1:
            self._keep(row, instants[0])
        elif instants:
            self._twice[row.key, row.stated.date()][row.stated].append(row)
        else:
            expected = "the clock was put forward over this hour"
            raise NoReading("nonexistent_local_time", row.stated.isoformat(" "), expected)

    def _refuse(self, line: int, code: str, actual: str, expected: str) -> None:
        self.verdicts.append(Verdict(line, code, printable(actual), expected))
        limit_refusals(len(self.verdicts), code)

    def _keep(self, row: _Row, start: datetime) -> None:
        start, end = _extent(row, start, are_ends=self._times.are_ends)
        made = (self._keys.setdefault(row.key, len(self._keys)), micros(start), micros(end), int(row.quality), row.line)
        for column, number in zip(self._whole.values(), made, strict=True):
            column.append(number)
        self._values.append(row.value)

    def _tell_apart(
        self, key: SeriesKey, rows: Mapping[datetime, Sequence[_Row]], keys: Sequence[SeriesKey], others: Readings
    ) -> None:
        """Assign instants to the rows of a series whose local time the clock shows twice on one day."""
        flat = [row for alike in rows.values() for row in alike]
        numbers = iter(range(len(flat)))
        twice = {
            local: [RowOfTwoHours(next(numbers), row.line, row.value, row.hour) for row in alike]
            for local, alike in rows.items()
        }
        instants = [micros(instant) for local in rows for instant in _candidates(local, flat[0].target.zone)]
        around = self._others_of(key, keys, others)
        hours = tell_apart(twice, lambda lines: around.direction(instants, lines))
        for number, of_hour in enumerate((hours.earlier, hours.later)):
            for of_row in of_hour:
                self._keep_or_refuse(flat[of_row.number], number)
        for of_row, expected in hours.refused:
            row = flat[of_row.number]
            self._refuse(row.line, "ambiguous_local_time", row.stated.isoformat(" "), expected)
        self.repeated += hours.repeated
        if hours.by_order is not None:
            self._record_order(flat[0], hours.by_order, is_newest_first=hours.is_newest_first)

    def _keep_or_refuse(self, row: _Row, number: int) -> None:
        try:
            self._keep(row, _candidates(row.stated, row.target.zone)[number])
        except NoReading as bad:
            self._refuse(row.line, bad.code, bad.found, bad.expected)

    def _others_of(self, key: SeriesKey, keys: Sequence[SeriesKey], others: Readings) -> OtherRows:
        """The rows of a series whose instants are known so far, by line."""
        elsewhere = others.series == (keys.index(key) if key in keys else -1)
        here = np.array(self._whole["series"], np.int64) == self._keys.get(key, -1)
        start = np.concatenate([others.start[elsewhere], np.array(self._whole["start"], np.int64)[here]])
        line = np.concatenate([others.line[elsewhere], np.array(self._whole["line"], np.int64)[here]])
        order = np.argsort(line, kind="stable")
        return OtherRows(start[order], line[order])

    def _record_order(self, row: _Row, lines: tuple[int, int], *, is_newest_first: bool) -> None:
        if len(self.how_read) < _HINTS_MAX:
            taken = f"of two rows at one local time the {'second' if is_newest_first else 'first'} is the earlier"
            where = f"the order of the rows in lines {lines[0]} to {lines[1]}"
            self.how_read.append(HowRead(Aspect.ZONE, taken, Basis.ASSUMED, where, row.target.register.key))


def printable(text: str) -> str:
    """The first 100 characters of a text, without zero bytes, which PostgreSQL cannot store."""
    return text[:_SHOWN].replace("\x00", "␀").encode(errors="replace").decode()


def series_key(register: Register, stated: Mapping[str, str]) -> SeriesKey:
    """The series of a row, by its register and the dimensions that are not empty."""
    return SeriesKey(
        register.key, tuple((name, stated[name]) for name in sorted(register.dimensions) if stated.get(name))
    )


def is_valid_dimension(dimension: str) -> bool:
    """Whether the value of a dimension is printable and short enough."""
    return len(dimension) <= _DIMENSION_CHARACTERS_MAX and (dimension.isprintable() or not dimension)


@lru_cache(maxsize=4096)
def is_own_unit(text: str, register: Register) -> bool:
    """Whether values in a stated unit need no conversion; False for an unknown unit, which the row parser refuses."""
    if not text:
        return True
    try:
        return exact_factor(text, register.unit) == 1
    except UsufructError:
        return False


@lru_cache(maxsize=256)
def parse_quality(text: str) -> Quality | None:
    """A quality by its name or ESPI code; empty means valid; None for anything else."""
    return Quality.named(text)


def _text(cells: Mapping[str, Any], role: str) -> str:
    return str(value).strip() if (value := cells.get(role)) is not None else ""


def _row(
    line: int, cells: Mapping[str, Any], target: TargetRegister, options: IngestOptions, times: TimesOfRows
) -> _Row:
    def text(role: str) -> str:
        return _text(cells, role)

    register = target.register
    stated, instant = _time(cells.get("time"), target.zone, times.expected)
    if text("quality") == NO_VALUE:
        raise NoReading("no_value", text("value"), "a reading; the column of qualities says that there was none")
    ends: list[datetime] = []
    if text("end"):
        naive_end, end = _time(cells.get("end"), target.zone, times.expected)
        ends = [end] if end is not None else _ends(naive_end, target.zone)
    value = _value(cells.get("value"), register, options.not_available, comma=cells.get("comma"))
    stated_unit = text("unit") or options.unit
    if stated_unit and not register.states:
        value = product(value, _factor(stated_unit, register))
    if not register.shows(value):
        raise NoReading("finer_than_resolution", text("value"), f"a multiple of {register.resolution}")
    if value < 0 and not register.signed:
        raise NoReading(
            "negative_value", text("value"), "use is not negative; what flows back has a register of its own"
        )
    if abs(value) >= _LARGEST:
        raise NoReading("too_large", text("value"), f"at most {INTEGER_DIGITS_MAX} digits before the point")
    quality = parse_quality(text("quality"))
    if quality is None:
        raise NoReading("unknown_quality", text("quality"), ", ".join(known.name.lower() for known in Quality))
    dimensions = {name: text(name) for name in register.dimensions}
    unfit = next((label for label in dimensions.values() if not is_valid_dimension(label)), None)
    if unfit is not None:
        raise NoReading("unfit_dimension", unfit, f"at most {_DIMENSION_CHARACTERS_MAX} printable characters")
    key = series_key(register, dimensions)
    return _Row(
        line=line,
        target=target,
        key=key,
        stated=stated,
        instant=instant,
        ends=ends,
        value=value,
        quality=quality,
        hour=text("which_hour"),
    )


def _factor(stated: str, register: Register) -> Fraction:
    """From a stated unit to the register's: ``万kWh`` is 10000 kWh."""
    myriads = _MYRIADS.get(stated[:1], 1)
    symbol = unit(stated if myriads == 1 else stated[1:]).symbol
    return myriads * exact_factor(symbol, register.unit)


def _value(cell: Any, register: Register, not_available: Collection[str], *, comma: bool | None) -> Decimal:
    text = str(cell).strip() if cell is not None else ""
    if not text and register.counts_itself:
        return Decimal(1)
    if not text or text in not_available:
        raise NoReading("no_value", text, "a value; where there was none, there is no reading")
    if register.states:
        return _state(text, register)
    number = _number(cell, text, comma=comma)
    if not_available and any(plain(number) == plain(Decimal(none)) for none in not_available if _NUMBER.match(none)):
        raise NoReading("no_value", text, "a value; where there was none, there is no reading")
    return number


def _number(cell: Any, text: str, *, comma: bool | None) -> Decimal:
    if isinstance(cell, int | Decimal) and not isinstance(cell, bool):
        try:
            return exact(format(Decimal(cell), "f"))
        except InvalidOperation:
            raise NoReading("not_a_number", text, "a finite number") from None
    if not isinstance(cell, str | None):
        raise NoReading("not_a_string", text, 'a string, as in "12.5", so that nothing rounds it')
    if comma is None:
        return exact(text)
    written = decimal_marks.plain_number(text, comma=comma)
    if written is None:
        raise NoReading("ambiguous_number", text, "no point but between groups of three digits, as in 1.234,5")
    return exact(written)


def _state(text: str, register: Register) -> Decimal:
    for state in register.states:
        if text.casefold() in (state.name.casefold(), str(state.code)):
            return Decimal(state.code)
    raise NoReading("unknown_state", text, " or ".join(state.name for state in register.states))


def _time(cell: Any, zone: tzinfo, expected: str) -> tuple[datetime, datetime | None]:
    """The local time of a cell, and its instant if the cell has an offset (else None)."""
    if isinstance(cell, NoReading):
        raise cell
    if not isinstance(cell, datetime):
        raise NoReading("not_a_time", str(cell).strip() if cell is not None else "", expected)
    read = cell
    plausible(read)
    if read.tzinfo is None:
        return read, None
    instant = utc(read)
    return instant.astimezone(zone).replace(tzinfo=None), instant


def _candidates(stated: datetime, zone: tzinfo) -> list[datetime]:
    """The instants of a local time: one; none where the clock is put forward; two where it is put back."""
    instants = sorted({stated.replace(tzinfo=zone, fold=fold).astimezone(UTC) for fold in (0, 1)})
    return [instant for instant in instants if instant.astimezone(zone).replace(tzinfo=None) == stated]


def _ends(stated: datetime, zone: tzinfo) -> list[datetime]:
    """The instants of a local end; where the clock is put forward at that time, the instant of the change."""
    if instants := _candidates(stated, zone):
        return instants
    if _candidates(stated - timedelta(microseconds=1), zone):
        return [stated.replace(tzinfo=zone).astimezone(UTC)]
    return [only_instant(stated, zone)]


def only_instant(stated: datetime, zone: tzinfo) -> datetime:
    """The instant of a local time.

    Raises:
        NoReading: the clock shows that time twice, or not at all.
    """
    instants = _candidates(stated, zone)
    if len(instants) != 1:
        raise NoReading(
            "ambiguous_local_time" if instants else "nonexistent_local_time", stated.isoformat(" "), "an offset"
        )
    return instants[0]


def _extent(row: _Row, instant: datetime, *, are_ends: bool) -> tuple[datetime, datetime]:
    """The start and the end of a row by the instant of its time; of several ends, the first after the start."""
    register = row.target.register
    if register.at_instants:
        return instant, instant
    if are_ends:
        if register.interval is None:
            expected = "a start column, or interval_minutes at the register"
            raise NoReading("unknown_extent", instant.isoformat(), expected)
        return instant - register.interval, instant
    later = [end for end in row.ends if end > instant] or row.ends
    end = later[0] if later else instant + register.interval if register.interval else None
    if end is None:
        raise NoReading("unknown_extent", instant.isoformat(), "an end column, or interval_minutes at the register")
    if not timedelta(0) < end - instant <= EXTENT_MAX:
        raise NoReading("impossible_extent", f"{instant.isoformat()}/{end.isoformat()}", "an end after the start")
    return instant, end
