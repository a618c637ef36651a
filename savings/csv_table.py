"""CSV tables of energy, weather and drivers: read without a database, and without guessing.

One line is an instant, as in ``2026-03-29T00:00``, and the values measured from then until the next one. An instant
without an offset is on the site's local clock; where the clock shows an hour twice, the second of two equal instants is
the later one. A value that cannot be read is missing, and there is a finding about it.

A column may say of each line how good its energy is, in the words of readings; a word that is none of them is refused.
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

from metering.log.reading import Quality
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
    """The table cannot be read."""


class UnknownQuality(Invalid):
    """The quality of a value is none that is known."""


@dataclass(frozen=True, slots=True)
class Table:
    """The columns of a table.

    Attributes:
        series: the values of each column that was asked for, by its name.
        findings: what could not be read.
        estimates: the starts of the lines whose quality is that of an estimate.
    """

    series: Mapping[str, Series]
    findings: tuple[BaselineFinding, ...]
    estimates: frozenset[datetime] = frozenset()


def read_table(
    raw: bytes, zone_name: str, units: Mapping[str, str], time: str | None = None, quality: str | None = None
) -> Table:
    """Read columns of a table.

    Args:
        raw: UTF-8 text; columns are separated by commas, semicolons or tabs.
        zone_name: the time zone of instants without an offset.
        units: the columns to read, by name, with their units.
        time: the name of the column of times; by default the first called ``time``, ``start``, ``date`` or the like,
            else the first column.
        quality: the name of the column that says how good a line is, by the name or the code of ESPI; None: none does.

    Raises:
        UnreadableTable: it is no such text, or a column is not there.
        UnknownQuality: a line has a quality that is none.
    """
    header, lines = _lines(raw)
    at_quality = None if quality is None else _column(header, quality)
    at_time = _column(header, time) if time else next((header.index(name) for name in header if _is_time(name)), 0)
    places = {name: _column(header, name) for name in units}
    where, findings = zone(zone_name), list[BaselineFinding]()
    starts, rows = _in_order(lines, at_time, where, findings)
    periods = _periods(starts, where)
    read = {name: _numbers(name, rows, at, findings) for name, at in places.items()}
    return Table(
        {name: Series(periods, tuple(values[: len(periods)]), units[name]) for name, values in read.items()},
        tuple(findings),
        frozenset() if at_quality is None else _estimates(starts, rows, at_quality),
    )


def _estimates(
    starts: Sequence[datetime], rows: Iterable[tuple[int, list[str]]], at_quality: int
) -> frozenset[datetime]:
    estimates = set[datetime]()
    for start, (number, line) in zip(starts, rows, strict=True):
        text = line[at_quality].strip() if at_quality < len(line) else ""
        quality = Quality.named(text)
        if quality is None:
            known = ", ".join(f"{known.name.lower()} ({known.value})" for known in Quality)
            raise UnknownQuality(f"line {number}: {text!r} is no quality", line=number, found=text, expected=known)
        if quality.estimated:
            estimates.add(start)
    return frozenset(estimates)


def names_of(raw: bytes) -> tuple[str, ...]:
    """The names of a table's columns, without those of times."""
    return tuple(name for name in _lines(raw)[0] if not _is_time(name))


def _is_time(name: str) -> bool:
    return name.lower() in _TIMES


def _lines(raw: bytes) -> tuple[list[str], list[tuple[int, list[str]]]]:
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise UnreadableTable(
            f"byte {error.start} is no UTF-8",
            place=f"byte {error.start}",
            found=raw[error.start : error.start + 4].hex(),
            expected="UTF-8",
        ) from error
    first = text.partition("\n")[0]
    separator = max(",;\t", key=first.count)
    try:
        lines = [
            (n, line) for n, line in enumerate(csv.reader(text.splitlines(), delimiter=separator), start=1) if line
        ]
    except csv.Error as error:
        raise UnreadableTable(str(error)) from error
    if len(lines) < 3:  # noqa: PLR2004 a header, and two instants between which something was measured
        expected = "a line of names and two rows"
        raise UnreadableTable("there are no rows", place="the end", found=f"{len(lines)} lines", expected=expected)
    return [name.strip() for name in lines[0][1]], lines[1:]


def _column(header: Sequence[str], name: str) -> int:
    if name not in header:
        raise UnreadableTable(f"there is no column {name!r}", place="line 1", found=", ".join(header), expected=name)
    return header.index(name)


def _in_order(
    lines: Iterable[tuple[int, list[str]]], at_time: int, where: ZoneInfo, findings: list[BaselineFinding]
) -> tuple[list[datetime], list[tuple[int, list[str]]]]:
    """The starts in order of time, without repetition, and the line of each with its number.

    An instant with two different lines keeps a line without values.
    """
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
    return starts, [(known[start][0], blank if start in contradicted else known[start][1]) for start in starts]


def _periods(starts: Sequence[datetime], where: ZoneInfo) -> tuple[Period, ...]:
    """The period of each instant's value: until the next instant, or for the usual interval if that is shorter.

    Intervals longer than 25 hours have no usual length: the last instant only ends the period before it.
    """
    if len(starts) < 2:  # noqa: PLR2004 a distance
        raise UnreadableTable("there are no two instants", place="the rows", found=len(starts), expected="at least two")
    usual = median_low([later - earlier for earlier, later in pairwise(starts)])
    if usual > _LONGEST_REGULAR:
        return tuple(Period(earlier, later) for earlier, later in pairwise(starts))
    ends = [min(later, _after(earlier, usual, where)) for earlier, later in pairwise(starts)]
    return tuple(map(Period, starts, [*ends, _after(starts[-1], usual, where)]))


def _after(start: datetime, usual: timedelta, where: ZoneInfo) -> datetime:
    """The end of an interval; a day ends when the local clock shows the same time again, after 23, 24 or 25 hours."""
    if usual < timedelta(hours=23):
        return start + usual
    local = start.astimezone(where)
    return (local.replace(tzinfo=None) + timedelta(days=1)).replace(tzinfo=where).astimezone(ZoneInfo("UTC"))


def _numbers(
    name: str, rows: Iterable[tuple[int, list[str]]], at: int, findings: list[BaselineFinding]
) -> list[Decimal | None]:
    """The values of the column number ``at``; what is not a number is missing and adds to the findings."""
    values, unread, missing, zeros = list[Decimal | None](), list[int](), 0, 0
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
        values.append(value)
    if unread:
        detail = f"{name}: not a finite number, taken for missing; the first in line {unread[0]}"
        findings.append(warned("not_a_number", detail, len(unread)))
    if missing:
        findings.append(noted("missing_values", f"{name}: without a value", missing))
    if zeros:
        findings.append(noted("zero_values", f"{name}: zero", zeros))
    return values
