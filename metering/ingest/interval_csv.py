"""CSV: one reading a row, in whatever dialect of delimiter, decimal mark and local time it comes.

What can be found out from the file alone is (delimiter, decimal comma, encoding); what cannot is asked for. A local
time without offset is resolved in the zone of the register's site. Where the clock is put back an hour comes twice:
its rows are told apart by their order in the file, the first of a time being the earlier; a time that stands there once
is refused, because nothing says which of the two it is. Where the clock is put forward the hour that does not exist is
refused.
"""

import csv
import io
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta, tzinfo
from decimal import Decimal
from difflib import get_close_matches

from metering.errors import UsufructError, slug
from metering.ingest import Parsed, ParsedReading, UnreadableFile
from metering.meter import Register, RegisterKind
from metering.number import exact
from metering.period import plausible, utc
from metering.quantity import exact_factor, times
from metering.reading import Quality, Verdict

_DELIMITERS = ",;\t|"
_LINE_CHARACTERS_MAX = 1 << 16
#: What a column is called when the mapping names none, in the order they are looked for.
USUAL_NAMES: Mapping[str, tuple[str, ...]] = {
    "time": ("time", "start", "timestamp", "datetime", "date"),
    "end": ("end",),
    "value": ("value", "reading", "usage"),
    "register": ("register", "key", "meter"),
    "unit": ("unit",),
    "quality": ("quality",),
}


@dataclass(frozen=True, slots=True)
class ColumnMap:
    """Which column is what; a name that is None is looked for under its usual names.

    Attributes:
        columns: for ``time``, ``end``, ``value``, ``register``, ``unit``, ``quality``, the header of its column.
        register: the key of the register all rows are of, where no column says.
    """

    columns: Mapping[str, str] = field(default_factory=dict)
    register: str | None = None


@dataclass(frozen=True, slots=True)
class Target:
    """A register that rows may be of, and the zone of its site."""

    register: Register
    zone: tzinfo


@dataclass(slots=True)
class _Row:
    line: int
    target: Target
    stated: datetime  # naive: a wall clock's
    instant: datetime | None  # where the row states an offset
    end: datetime | None
    value: Decimal
    quality: Quality


class _Bad(Exception):
    """Why a row is none; becomes its verdict."""

    def __init__(self, code: str, found: str, expected: str) -> None:
        self.code, self.found, self.expected = code, found, expected


def parse(raw: bytes, targets: Mapping[str, Target], mapping: ColumnMap | None = None) -> Parsed:
    """Read a CSV file.

    Args:
        raw: the file, UTF-8 with or without mark, else Windows-1252.
        targets: the registers of the tenant, by key.
        mapping: which column is what.

    Returns:
        A reading or a verdict for every row, but for the empty and the repeated ones.

    Raises:
        UnreadableFile: it has no header, or none of the columns it must have; found and expected come along.
    """
    mapping = mapping or ColumnMap()
    text, encoding = _decoded(raw)
    delimiter = _delimiter(text)
    rows = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=False)
    try:
        header = [name.strip() for name in next(rows)]
    except (StopIteration, csv.Error) as error:
        raise UnreadableFile("the file is empty", found="", expected="a header and rows") from error
    at = _columns(header, mapping)
    if mapping.register is not None and mapping.register not in targets:
        nearest = get_close_matches(mapping.register, targets, n=3)
        raise UnreadableFile(f"there is no register {mapping.register!r}", found=mapping.register, expected=nearest)
    cells = list(_numbered(rows, lambda: rows.line_num))
    comma = delimiter != "," and _has_decimal_comma(row[at["value"]] for _, row in cells if len(row) > at["value"])

    good: list[_Row] = []
    verdicts: list[Verdict] = []
    for line, row in cells:
        if not any(cell.strip() for cell in row):
            continue
        try:
            good.append(_read(line, row, at, mapping, targets, comma=comma))
        except _Bad as bad:
            verdicts.append(Verdict(line, bad.code, bad.found[:100], bad.expected))
        except UsufructError as error:
            found, expected = (str(error.members.get(name, "")) for name in ("found", "expected"))
            verdicts.append(Verdict(line, slug(type(error)).replace("-", "_"), found[:100], expected))
    readings, repeated = _resolved(good, verdicts)
    dialect = {"encoding": encoding, "delimiter": delimiter, "decimal_mark": "," if comma else "."}
    return Parsed(tuple(readings), tuple(sorted(verdicts, key=lambda each: each.line)), repeated, dialect)


def _decoded(raw: bytes) -> tuple[str, str]:
    try:
        return raw.decode("utf-8-sig"), "utf-8"
    except UnicodeDecodeError:
        return raw.decode("cp1252", errors="replace"), "windows-1252"


def _delimiter(text: str) -> str:
    """Find the mark that the header has most of; a file of one column has none, and then any will do."""
    header = text[: text.find("\n") if "\n" in text else None]
    return max(_DELIMITERS, key=header.count)


def _numbered(rows: Iterator[list[str]], line_of: Callable[[], int]) -> Iterator[tuple[int, list[str]]]:
    """Number the rows by the line they end on, as an editor counts, the header being line 1."""
    try:
        for row in rows:
            yield line_of(), row
    except csv.Error as error:
        raise UnreadableFile(f"line {line_of()}: {error}", found=str(error), expected="rows of cells") from error


def _columns(header: list[str], mapping: ColumnMap) -> dict[str, int]:
    unknown = sorted(mapping.columns.keys() - USUAL_NAMES.keys())
    if unknown:
        raise UnreadableFile(f"a column is mapped to {unknown}", found=unknown, expected=list(USUAL_NAMES))
    lowered = [name.casefold() for name in header]
    at: dict[str, int] = {}
    for role, usual in USUAL_NAMES.items():
        named = mapping.columns.get(role)
        for name in (named,) if named else usual:
            if name.casefold() in lowered:
                at[role] = lowered.index(name.casefold())
                break
        else:
            if named:
                raise UnreadableFile(f"there is no column {named!r}", found=header, expected=named)
    needed = ["time", "value"] if mapping.register else ["time", "value", "register"]
    missing = [role for role in needed if role not in at]
    if missing:
        raise UnreadableFile(
            f"no column is known to be the {' or the '.join(missing)}; map it, as in time=Datum",
            found=header,
            expected={role: list(USUAL_NAMES[role]) for role in missing},
        )
    if mapping.register and "register" not in mapping.columns:
        at.pop("register", None)
    return at


def _unknown_register(key: str, targets: Mapping[str, Target]) -> _Bad:
    return _Bad("unknown_register", key, " or ".join(get_close_matches(key, targets, n=3)) or "a declared register")


def _has_decimal_comma(values: Iterable[str]) -> bool:
    """A decimal comma is one that no point stands beside."""
    return any("," in value and "." not in value for value in values)


def _read(
    line: int, row: list[str], at: Mapping[str, int], mapping: ColumnMap, targets: Mapping[str, Target], *, comma: bool
) -> _Row:
    def cell(role: str) -> str:
        index = at.get(role)
        return row[index].strip() if index is not None and index < len(row) else ""

    if len(row) <= max(at["time"], at["value"]):
        raise _Bad("too_few_columns", str(len(row)), f"at least {max(at['time'], at['value']) + 1}")
    if sum(map(len, row)) > _LINE_CHARACTERS_MAX:
        raise _Bad("line_too_long", str(sum(map(len, row))), f"at most {_LINE_CHARACTERS_MAX} characters")
    key = mapping.register if "register" not in at and mapping.register else cell("register")
    if key not in targets:
        raise _unknown_register(key, targets)
    target = targets[key]
    stated, instant = _time(cell("time"), target.zone)
    end = None
    if cell("end"):
        naive_end, end_instant = _time(cell("end"), target.zone)
        end = end_instant or _only_instant(naive_end, target.zone)
    number = cell("value")
    if comma and "." in number:
        raise _Bad("ambiguous_number", number, "no point where the comma is the decimal mark")
    value = exact(number.replace(",", ".") if comma else number)
    if cell("unit"):
        value = times(value, exact_factor(cell("unit"), target.register.unit))
    if not target.register.shows(value):
        raise _Bad("finer_than_resolution", number, f"a multiple of {target.register.resolution}")
    if value < 0:
        raise _Bad("negative_value", number, "use is not negative; what flows back has a register of its own")
    return _Row(line, target, stated, instant, end, value, _quality(cell("quality")))


def _quality(text: str) -> Quality:
    if not text:
        return Quality.VALID
    for quality in Quality:
        if text.casefold() in (quality.name.casefold(), str(quality.value)):
            return quality
    raise _Bad("unknown_quality", text, ", ".join(quality.name.lower() for quality in Quality))


def _time(text: str, zone: tzinfo) -> tuple[datetime, datetime | None]:
    """Read ISO 8601: what the wall clock said, and the instant where an offset is stated."""
    try:
        read = datetime.fromisoformat(text)
    except ValueError:
        raise _Bad("not_a_time", text, "ISO 8601, as 2026-03-01T12:00 or 2026-03-01T12:00Z") from None
    plausible(read)
    if read.tzinfo is None:
        return read, None
    instant = utc(read)
    return instant.astimezone(zone).replace(tzinfo=None), instant


def _candidates(stated: datetime, zone: tzinfo) -> list[datetime]:
    """Find the instants at which a wall clock shows a time: none, one, or, where it is put back, two."""
    instants = sorted({stated.replace(tzinfo=zone, fold=fold).astimezone(UTC) for fold in (0, 1)})
    return [instant for instant in instants if instant.astimezone(zone).replace(tzinfo=None) == stated]


def _only_instant(stated: datetime, zone: tzinfo) -> datetime:
    found = _candidates(stated, zone)
    if len(found) != 1:
        raise _Bad("ambiguous_local_time" if found else "nonexistent_local_time", stated.isoformat(" "), "an offset")
    return found[0]


def _resolved(rows: list[_Row], verdicts: list[Verdict]) -> tuple[list[ParsedReading], int]:
    """Give every row its instant, and every instant one reading."""
    at_one_time: dict[tuple[str, datetime], list[_Row]] = defaultdict(list)
    for row in rows:
        if row.instant is None:
            at_one_time[row.target.register.key, row.stated].append(row)
    repeated = 0
    for alike in at_one_time.values():
        repeated += _tell_apart(alike, verdicts)

    readings: dict[tuple[str, datetime], ParsedReading] = {}
    for row in rows:
        if row.instant is None:
            continue  # has its verdict, or was a repetition
        reading = _reading(row, verdicts)
        if reading is None:
            continue
        earlier = readings.setdefault((reading.register, reading.start), reading)
        if earlier is reading:
            continue
        if (earlier.value, earlier.end) == (reading.value, reading.end):
            repeated += 1
        else:
            verdicts.append(Verdict(row.line, "contradicts_line", str(reading.value), f"as line {earlier.line} has it"))
    return list(readings.values()), repeated


def _tell_apart(alike: list[_Row], verdicts: list[Verdict]) -> int:
    """Resolve the rows of one register that state one local time; say how many only repeat another."""
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


def _reading(row: _Row, verdicts: list[Verdict]) -> ParsedReading | None:
    register, start = row.target.register, row.instant
    if start is None:
        return None
    if register.kind is RegisterKind.CUMULATIVE:
        return ParsedReading(register.key, start, start, row.value, row.quality, row.line)
    end = row.end or (start + register.interval if register.interval else None)
    if end is None:
        expected = "an end column, or interval_minutes at the register"
        verdicts.append(Verdict(row.line, "unknown_extent", start.isoformat(), expected))
        return None
    if not timedelta(0) < end - start <= timedelta(days=366):
        verdicts.append(
            Verdict(row.line, "impossible_extent", f"{start.isoformat()}/{end.isoformat()}", "an end after the start")
        )
        return None
    return ParsedReading(register.key, start, end, row.value, row.quality, row.line)
