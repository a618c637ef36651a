"""Tables of energy, weather and drivers, as people have them: read without a database, and without guessing.

One row is an instant, as in ``2026-03-29T00:00``, and what was measured from then on. An instant without an offset is
one of the site's clock; where that shows an hour twice, the second of two equal ones is the later. What cannot be read
is missing, and said.
"""

import csv
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from itertools import pairwise
from statistics import median_low
from zoneinfo import ZoneInfo

from quantities.errors import Invalid
from quantities.period import Period, zone
from savings.finding import BaselineFinding, disqualified, noted, warned
from savings.rows import Series

_TIMES = ("time", "start", "timestamp", "datetime", "date", "dt")
_MISSING = frozenset({"", "nan", "na", "n/a", "null", "none", "-"})
_LONGEST_REGULAR = timedelta(hours=25)
_NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d{1,2})?", re.ASCII)
_DIGITS_MAX = 40
_LARGEST = Decimal(10) ** 24


class UnreadableTable(Invalid):
    """A table is text with a line of names, a column of times, and columns of numbers."""


@dataclass(frozen=True, slots=True)
class Table:
    """What a table says.

    Attributes:
        series: by the name of the column.
        findings: what could not be read.
    """

    series: Mapping[str, Series]
    findings: tuple[BaselineFinding, ...]


def read_table(raw: bytes, zone_name: str, units: Mapping[str, str], time: str | None = None) -> Table:
    """Read columns of a table.

    Args:
        raw: UTF-8; columns parted by commas, semicolons or tabs.
        zone_name: whose clock instants without an offset are of.
        units: of the columns that are read, by name.
        time: the column of times; the one that is called so, unless it is said.

    Raises:
        UnreadableTable: it is no such text, or a column is not there.
    """
    header, lines = _lines(raw)
    at_time = _column(header, time) if time else next((header.index(name) for name in header if _is_time(name)), 0)
    places = {name: _column(header, name) for name in units}
    where, findings = zone(zone_name), list[BaselineFinding]()
    starts, rows = _in_order(lines, at_time, where, findings)
    periods = _periods(starts, where)
    read = {name: _numbers(name, rows, at, findings) for name, at in places.items()}
    return Table(
        {name: Series(periods, tuple(values[: len(periods)]), units[name]) for name, values in read.items()},
        tuple(findings),
    )


def names_of(raw: bytes) -> tuple[str, ...]:
    """List a table's columns, those of times left out."""
    return tuple(name for name in _lines(raw)[0] if not _is_time(name))


def _is_time(name: str) -> bool:
    return name.lower() in _TIMES


def _lines(raw: bytes) -> tuple[list[str], list[tuple[int, list[str]]]]:
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise UnreadableTable(f"byte {error.start} is no UTF-8", found=error.start) from error
    first = text.partition("\n")[0]
    mark = max(",;\t", key=first.count)
    try:
        lines = [(n, line) for n, line in enumerate(csv.reader(text.splitlines(), delimiter=mark), start=1) if line]
    except csv.Error as error:
        raise UnreadableTable(str(error)) from error
    if len(lines) < 3:  # noqa: PLR2004 a header, and two instants between which something was measured
        raise UnreadableTable("there are no rows", found=len(lines), expected="a line of names and two rows")
    return [name.strip() for name in lines[0][1]], lines[1:]


def _column(header: Sequence[str], name: str) -> int:
    if name not in header:
        raise UnreadableTable(f"there is no column {name!r}", found=name, expected=", ".join(header))
    return header.index(name)


def _in_order(
    lines: Iterable[tuple[int, list[str]]], at_time: int, where: ZoneInfo, findings: list[BaselineFinding]
) -> tuple[list[datetime], list[tuple[int, list[str]]]]:
    """Put rows in order of time, each instant once."""
    known: dict[datetime, tuple[int, list[str]]] = {}
    unread, repeated, contradicted = list[int](), list[int](), dict[datetime, int]()
    for number, line in lines:
        try:
            instant = datetime.fromisoformat(line[at_time].strip())
        except (ValueError, IndexError):
            unread.append(number)
            continue
        start = instant.astimezone(where) if instant.tzinfo else instant.replace(tzinfo=where)
        utc = start.astimezone(ZoneInfo("UTC"))
        if utc in known and instant.tzinfo is None:
            utc = start.replace(fold=1).astimezone(ZoneInfo("UTC"))  # the hour that the clock shows twice
        if utc not in known:
            known[utc] = (number, line)
        elif [*line[:at_time], *line[at_time + 1 :]] == [*known[utc][1][:at_time], *known[utc][1][at_time + 1 :]]:
            repeated.append(number)
        else:
            contradicted[utc] = number
    if unread:
        findings.append(warned("not_a_time", f"lines left out, the first is {unread[0]}", len(unread)))
    if repeated:
        detail = f"equal lines at one instant, the first again in line {repeated[0]}"
        findings.append(warned("duplicated_timestamps", detail, len(repeated)))
    if contradicted:
        first = min(contradicted.values())
        detail = f"instants with two different values, both left out; the first in line {first}"
        findings.append(disqualified("contradicting_timestamps", detail, len(contradicted)))
    starts = sorted(known)
    blank: list[str] = []
    return starts, [(known[each][0], blank if each in contradicted else known[each][1]) for each in starts]


def _periods(starts: Sequence[datetime], where: ZoneInfo) -> tuple[Period, ...]:
    """Say until when each instant's value is measured: to the next one, and over no gap where they are regular."""
    if len(starts) < 2:  # noqa: PLR2004 a distance
        raise UnreadableTable("there are no two instants", found=len(starts))
    usual = median_low([later - earlier for earlier, later in pairwise(starts)])
    if usual > _LONGEST_REGULAR:
        return tuple(Period(earlier, later) for earlier, later in pairwise(starts))
    ends = [min(later, _after(earlier, usual, where)) for earlier, later in pairwise(starts)]
    return tuple(map(Period, starts, [*ends, _after(starts[-1], usual, where)]))


def _after(start: datetime, usual: timedelta, where: ZoneInfo) -> datetime:
    """A day lasts until the clock shows the same again, be it 23 hours or 25."""
    if usual < timedelta(hours=23):
        return start + usual
    local = start.astimezone(where)
    return (local.replace(tzinfo=None) + timedelta(days=1)).replace(tzinfo=where).astimezone(ZoneInfo("UTC"))


def _numbers(
    name: str, rows: Iterable[tuple[int, list[str]]], at: int, findings: list[BaselineFinding]
) -> list[Decimal | None]:
    found, unread, missing, zeros = list[Decimal | None](), list[int](), 0, 0
    for number, line in rows:
        text = line[at].strip() if at < len(line) else ""
        value = None
        if text.lower() in _MISSING:
            missing += 1
        elif not _NUMBER.fullmatch(text) or len(text) > _DIGITS_MAX:
            unread.append(number)
        else:
            value = Decimal(text)
            if abs(value) >= _LARGEST:
                value = None
                unread.append(number)
        zeros += value == 0
        found.append(value)
    if unread:
        detail = f"{name}: not a finite number, taken for missing; the first in line {unread[0]}"
        findings.append(warned("not_a_number", detail, len(unread)))
    if missing:
        findings.append(noted("missing_values", f"{name}: without a value", missing))
    if zeros:
        findings.append(noted("zero_values", f"{name}: zero", zeros))
    return found
