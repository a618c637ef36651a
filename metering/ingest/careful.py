"""One row at a time: what its cells say, or why it is no reading.

A local time without offset is resolved in the zone of the register's site. Where the clock is put back an hour comes
twice: its rows are told apart by their order in the file, the first of a time being the earlier; a time that stands
there once is refused, because nothing says which of the two it is. Where the clock is put forward the hour that does
not exist is refused.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta, tzinfo
from decimal import Decimal, InvalidOperation
from functools import lru_cache
from typing import Any

from metering.columns import Ints, instant_of, micros
from metering.consumption import EXTENT_MAX
from metering.errors import UsufructError, slug
from metering.ingest.stated import Target, Told
from metering.meter import Register, SeriesKey
from metering.number import INTEGER_DIGITS_MAX, exact
from metering.period import plausible, utc
from metering.quantity import exact_factor, times, unit
from metering.reading import Quality, Verdict

_LARGEST = Decimal(10) ** INTEGER_DIGITS_MAX
_SHOWN = 100
_DIMENSION_CHARACTERS_MAX = 200


@dataclass(slots=True)
class Row:
    """A row that is a reading, once its instant is certain."""

    line: int
    target: Target
    key: SeriesKey
    stated: datetime  # naive: a wall clock's
    instant: datetime | None  # where the row states an offset
    end: datetime | None
    value: Decimal
    quality: Quality
    start_us: int = 0
    end_us: int = 0


class _Bad(Exception):
    """Why a row is none; becomes its verdict."""

    def __init__(self, code: str, found: str, expected: str) -> None:
        self.code, self.found, self.expected = code, found, expected


def read(
    columns: Mapping[str, Sequence[Any]],
    lines: Ints,
    found: Mapping[str, Target],
    told: Told,
    *,
    comma: bool,
    nearest: Callable[[str], list[str]],
) -> tuple[list[Row], list[Verdict], int]:
    """Read rows one by one.

    Args:
        columns: the rows' cells by role.
        lines: where each row stands.
        found: the registers of the names that occur.
        told: what the sender says beside the file.
        comma: whether the decimal mark is a comma.
        nearest: lists the names that are most like one that is no register's.

    Returns:
        The rows that are readings, the verdicts on the others, and how many only repeat another's local time.
    """
    rows: list[Row] = []
    verdicts: list[Verdict] = []
    for at, line in enumerate(lines.tolist()):
        try:
            cells = {role: of_role[at] for role, of_role in columns.items()}
            name = _text(cells, "register") if "register" in cells else told.register or ""
            if name not in found:
                raise _Bad("unknown_register", name, " or ".join(nearest(name)) or "a declared register")  # noqa: TRY301
            rows.append(_row(line, cells, found[name], told, comma=comma))
        except _Bad as bad:
            verdicts.append(Verdict(line, bad.code, shown(bad.found), bad.expected))
        except UsufructError as error:
            stands, expected = (str(error.members.get(name, "")) for name in ("found", "expected"))
            verdicts.append(Verdict(line, slug(type(error)).replace("-", "_"), shown(stands), expected))
    repeated = _find_instants(rows, verdicts)
    return [row for row in rows if row.instant is not None and _has_extent(row, verdicts)], verdicts, repeated


def shown(found: str) -> str:
    """Cut what was found to what a person reads, without the zero bytes that no database keeps."""
    return found[:_SHOWN].replace("\x00", "␀").encode(errors="replace").decode()


def series_key(register: Register, stated: Mapping[str, str]) -> SeriesKey:
    """Name the series of a row, by those of its dimensions that are not empty."""
    return SeriesKey(
        register.key, tuple((name, stated[name]) for name in sorted(register.dimensions) if stated.get(name))
    )


def is_fit(dimension: str) -> bool:
    """Tell whether a dimension's value is one that can be written down and read again."""
    return len(dimension) <= _DIMENSION_CHARACTERS_MAX and (dimension.isprintable() or not dimension)


@lru_cache(maxsize=4096)
def is_own_unit(text: str, register: Register) -> bool:
    """Tell whether values in a stated unit need no conversion; what is no unit is for the careful reader."""
    if not text:
        return True
    try:
        return exact_factor(text, register.unit) == 1
    except UsufructError:
        return False


@lru_cache(maxsize=256)
def quality_or_none(text: str) -> Quality | None:
    """Read a quality by name or ESPI code; nothing stated is valid."""
    if not text:
        return Quality.VALID
    for quality in Quality:
        if text.casefold() in (quality.name.casefold(), str(quality.value)):
            return quality
    return None


def _text(cells: Mapping[str, Any], role: str) -> str:
    return str(found).strip() if (found := cells.get(role)) is not None else ""


def _row(line: int, cells: Mapping[str, Any], target: Target, told: Told, *, comma: bool) -> Row:
    def text(role: str) -> str:
        return _text(cells, role)

    register = target.register
    stated, instant = _time(cells.get("time"), target.zone, told.time_format)
    end = None
    if text("end"):
        naive_end, end = _time(cells.get("end"), target.zone, told.time_format)
        end = end or _only_instant(naive_end, target.zone)
    value = _value(cells.get("value"), register, comma=comma)
    stated_unit = text("unit") or told.unit
    if stated_unit and not register.states:
        value = times(value, exact_factor(unit(stated_unit).symbol, register.unit))
    if not register.shows(value):
        raise _Bad("finer_than_resolution", text("value"), f"a multiple of {register.resolution}")
    if value < 0 and not register.signed:
        raise _Bad("negative_value", text("value"), "use is not negative; what flows back has a register of its own")
    if abs(value) >= _LARGEST:
        raise _Bad("too_large", text("value"), f"at most {INTEGER_DIGITS_MAX} digits before the point")
    quality = quality_or_none(text("quality"))
    if quality is None:
        raise _Bad("unknown_quality", text("quality"), ", ".join(each.name.lower() for each in Quality))
    dimensions = {each: text(each) for each in register.dimensions}
    unfit = next((each for each in dimensions.values() if not is_fit(each)), None)
    if unfit is not None:
        raise _Bad("unfit_dimension", unfit, f"at most {_DIMENSION_CHARACTERS_MAX} printable characters")
    key = series_key(register, dimensions)
    return Row(line, target, key, stated, instant, end, value, quality)


def _value(found: Any, register: Register, *, comma: bool) -> Decimal:
    text = str(found).strip() if found is not None else ""
    if register.states:
        return _state(text, register)
    if not text and register.counts_itself:
        return Decimal(1)
    if isinstance(found, int | Decimal) and not isinstance(found, bool):
        try:
            return exact(format(Decimal(found), "f"))
        except InvalidOperation:
            raise _Bad("not_a_number", text, "a finite number") from None
    if not isinstance(found, str | None):
        raise _Bad("not_a_string", text, 'a string, as in "12.5", so that nothing rounds it')
    if comma and "." in text:
        raise _Bad("ambiguous_number", text, "no point where the comma is the decimal mark")
    return exact(text.replace(",", ".") if comma else text)


def _state(text: str, register: Register) -> Decimal:
    for state in register.states:
        if text.casefold() in (state.name.casefold(), str(state.code)):
            return Decimal(state.code)
    raise _Bad("unknown_state", text, " or ".join(state.name for state in register.states))


def _time(found: Any, zone: tzinfo, time_format: str | None) -> tuple[datetime, datetime | None]:
    """Read a time: what the wall clock said, and the instant where an offset is stated."""
    read = _clock(found, time_format)
    plausible(read)
    if read.tzinfo is None:
        return read, None
    instant = utc(read)
    return instant.astimezone(zone).replace(tzinfo=None), instant


def _clock(found: Any, time_format: str | None) -> datetime:
    if isinstance(found, datetime):
        return found
    if isinstance(found, date):
        return datetime(found.year, found.month, found.day)  # noqa: DTZ001 a wall clock's, resolved by its caller
    text = str(found).strip() if found is not None else ""
    try:
        if time_format in ("unix", "unix_ms"):
            scale = 0 if time_format == "unix" else 3
            return instant_of(int(exact(text).scaleb(6 - scale)))
        if time_format is not None:
            return datetime.strptime(text, time_format)  # noqa: DTZ007 likewise
        return datetime.fromisoformat(text)
    except (ValueError, OverflowError):
        expected = time_format or "ISO 8601, as 2026-03-01T12:00 or 2026-03-01T12:00Z, or a time format told"
        raise _Bad("not_a_time", text, expected) from None


def _candidates(stated: datetime, zone: tzinfo) -> list[datetime]:
    """Find the instants at which a wall clock shows a time: none, one, or, where it is put back, two."""
    instants = sorted({stated.replace(tzinfo=zone, fold=fold).astimezone(UTC) for fold in (0, 1)})
    return [instant for instant in instants if instant.astimezone(zone).replace(tzinfo=None) == stated]


def _only_instant(stated: datetime, zone: tzinfo) -> datetime:
    found = _candidates(stated, zone)
    if len(found) != 1:
        raise _Bad("ambiguous_local_time" if found else "nonexistent_local_time", stated.isoformat(" "), "an offset")
    return found[0]


def _find_instants(rows: Iterable[Row], verdicts: list[Verdict]) -> int:
    """Give every row without an offset its instant; say how many only repeat another."""
    at_one_time: dict[tuple[SeriesKey, datetime], list[Row]] = defaultdict(list)
    for row in rows:
        if row.instant is None:
            at_one_time[row.key, row.stated].append(row)
    return sum(_tell_apart(alike, verdicts) for alike in at_one_time.values())


def _tell_apart(alike: list[Row], verdicts: list[Verdict]) -> int:
    """Resolve the rows of one series that state one local time; say how many only repeat another."""
    first = alike[0]
    instants = _candidates(first.stated, first.target.zone)
    if not instants:
        expected = "the clock was put forward over this hour"
        verdicts += [Verdict(row.line, "nonexistent_local_time", row.stated.isoformat(" "), expected) for row in alike]
        return 0
    if len(instants) == 1:
        for row in alike:
            row.instant = instants[0]
        return 0
    values = list(dict.fromkeys(row.value for row in alike))
    if len(alike) == 1:
        expected = "the hour comes twice: both rows, or an offset"
        verdicts.append(Verdict(first.line, "ambiguous_local_time", first.stated.isoformat(" "), expected))
        return 0
    chosen = (
        alike[:2] if len(values) == 1 else [next(row for row in alike if row.value == value) for value in values[:2]]
    )
    for row, instant in zip(chosen, instants, strict=True):
        row.instant = instant
    lost = [row for row in alike if row.value not in values[:2]]
    verdicts += [
        Verdict(row.line, "ambiguous_local_time", str(row.value), "an hour comes twice, not three times")
        for row in lost
    ]
    return len(alike) - len(chosen) - len(lost)


def _has_extent(row: Row, verdicts: list[Verdict]) -> bool:
    register, start = row.target.register, row.instant
    if start is None:
        return False
    if register.at_instants:
        row.start_us = row.end_us = micros(start)
        return True
    end = row.end or (start + register.interval if register.interval else None)
    if end is None:
        expected = "an end column, or interval_minutes at the register"
        verdicts.append(Verdict(row.line, "unknown_extent", start.isoformat(), expected))
        return False
    if not timedelta(0) < end - start <= EXTENT_MAX:
        extent = f"{start.isoformat()}/{end.isoformat()}"
        verdicts.append(Verdict(row.line, "impossible_extent", extent, "an end after the start"))
        return False
    row.start_us, row.end_us = micros(start), micros(end)
    return True
