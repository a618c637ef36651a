"""From rows of a day, with a column for each of its parts, to rows of one part each."""

import re
from collections.abc import Mapping, Sequence
from contextlib import suppress
from datetime import UTC, datetime, timedelta, tzinfo

import numpy as np
import pyarrow as pa

from metering.fleet.lookup import RegisterLookup, TargetRegister
from metering.ingest.options import IngestOptions
from metering.ingest.raw_columns import string_column
from metering.ingest.tables.day_columns import DayColumns
from metering.ingest.tables.role_columns import CELLS_MAX, RoleColumns, gaps, without_value
from metering.ingest.unreadable import UnreadableFile
from metering.log.columns import Flags
from metering.log.reading import Verdict

_ORDERS = ((0, 1, 2), (2, 1, 0), (2, 0, 1))
_GROUPS = re.compile(r"\d+")


def melt_days(
    table: RoleColumns, cells: Mapping[int, pa.Array], days: DayColumns, options: IngestOptions, targets: RegisterLookup
) -> RoleColumns:
    """Turn each row of a day into a row for each of its parts, in their order.

    An empty cell of an hour that its day does not have is no gap, nor is one of a column that only a longer day has.

    Args:
        table: the columns of a day; ``time`` is its date.
        cells: by position, the values.
        days: the columns of the parts.
        options: what the sender says.
        targets: the registers.

    Raises:
        UnreadableFile: the register's interval is another one, or there are more cells than fit into memory.
    """
    if len(table.lines) * len(days.starts) > CELLS_MAX:
        number = len(table.lines) * len(days.starts)
        raise UnreadableFile(f"the table has {number} cells", found=number, expected=f"at most {CELLS_MAX}")
    registers = _registers(table, options, targets)
    _refuse_other_interval(registers, days)
    absent = {at: without_value(cells[at], options.not_available, are_states=False) for at in days.starts}
    clock = _Clock(table, registers, days, options)
    verdicts, dropped = list(table.verdicts), clock.days_in_doubt(absent) if days.numbered else {}
    for row, expected in dropped.items():
        verdicts.append(Verdict(int(table.lines[row]), "clock_change", clock.dates[row], expected))
    doubt = np.isin(np.arange(len(table.lines)), list(dropped))
    parts: dict[str, list[pa.Array]] = {role: [] for role in {**table.columns, "value": None}}
    lines = []
    for at, start in days.starts.items():
        gap = absent[at] & ~doubt & ~clock.lacks(absent[at], start)
        if at not in days.extra:
            verdicts += gaps(cells[at], gap, table.lines, f"{start // 60:02}:{start % 60:02}")
        mask = ~absent[at] & ~doubt
        kept = pa.array(mask)
        for role, column in table.columns.items():
            taken = column.filter(kept)
            parts[role].append(_with_clock(taken, start) if role == "time" else taken)
        parts["value"].append(cells[at].filter(kept))
        lines.append(table.lines[mask])
    columns = {role: pa.chunked_array(chunks).unify_dictionaries().combine_chunks() for role, chunks in parts.items()}
    return RoleColumns(columns, np.concatenate(lines), verdicts)


def _registers(table: RoleColumns, options: IngestOptions, targets: RegisterLookup) -> list[TargetRegister | None]:
    """The register of each row; None where it is unknown."""
    count = len(table.lines)
    if "register" in table.columns:
        names = [str(name or "").strip() for name in table.columns["register"].to_pylist()]
    else:
        names = [options.register or ""] * count
    known = targets.find(set(names))
    return [known.get(name) for name in names]


def _refuse_other_interval(registers: list[TargetRegister | None], days: DayColumns) -> None:
    for target in {target.register.key: target for target in registers if target}.values():
        interval = target.register.interval
        if interval is not None and interval != timedelta(minutes=days.minutes):
            detail = (
                f"the columns are {days.minutes} minutes apart, and register {target.register.key!r} has intervals of"
            )
            raise UnreadableFile(f"{detail} {interval}", found=f"{days.minutes} minutes", expected=str(interval))


def _with_clock(dates: pa.Array, start: int) -> pa.Array:
    """The dates, which repeat themselves, with the clock time behind."""
    encoded = dates if pa.types.is_dictionary(dates.type) else dates.dictionary_encode()
    clock = f" {start // 60:02}:{start % 60:02}"
    texts = string_column([f"{str(text).strip()}{clock}" for text in encoded.dictionary.to_pylist()])
    return pa.DictionaryArray.from_arrays(encoded.indices, texts)


class _Clock:
    """What the clock at the site of a row does on its day."""

    def __init__(
        self, table: RoleColumns, registers: list[TargetRegister | None], days: DayColumns, options: IngestOptions
    ) -> None:
        self.dates = [str(text or "").strip() for text in table.columns["time"].to_pylist()]
        follows = options.zone in (None, "local")
        self._zones = [target.zone if target and follows else None for target in registers]
        self._days = days
        self._orders = [order for order in _ORDERS if all(possible_days(text, [order]) for text in set(self.dates))]

    def lacks(self, empty: Flags, start: int) -> Flags:
        """A mask of the rows, among those whose cell is empty, whose day does not have that clock time."""
        lacking = np.zeros(len(empty), np.bool_)
        for row in np.flatnonzero(empty).tolist():
            lacking[row] = self._lacks(row, start)
        return lacking

    def _lacks(self, row: int, start: int) -> bool:
        """Whether the day lacks a clock time, in whichever order its date is written."""
        zone = self._zones[row]
        days = possible_days(self.dates[row], self._orders)
        return (
            zone is not None and bool(days) and not any(_exists(day + timedelta(minutes=start), zone) for day in days)
        )

    def _may_lack(self, row: int) -> bool:
        """Whether the day lacks a clock time in some order of its date."""
        zone = self._zones[row]
        starts = [start for at, start in self._days.starts.items() if at not in self._days.extra]
        return zone is not None and any(
            not _exists(day + timedelta(minutes=start), zone)
            for day in possible_days(self.dates[row], self._orders)
            for start in starts
        )

    def days_in_doubt(self, absent: Mapping[int, Flags]) -> dict[int, str]:
        """The rows of days of a clock change whose numbered parts may count the hours that the clock shows, or pass."""
        doubt = {}
        for row in range(len(self.dates)):
            longer = any(not absent[at][row] for at in self._days.extra)
            if longer or self._may_lack(row):
                doubt[row] = (
                    "columns named by clock times; on a day of a clock change numbers can be counted in two ways"
                )
        return doubt


def possible_days(text: str, orders: Sequence[tuple[int, int, int]]) -> list[datetime]:
    """The days that a date can be, in some orders of its parts; two-digit years are of this century.

    Args:
        text: the date.
        orders: the places of year, month and day.
    """
    groups = [int(group) for group in _GROUPS.findall(text)[:3] if len(group) <= 4]  # noqa: PLR2004 as years have
    days = []
    for year, month, day in orders if len(groups) == 3 else ():  # noqa: PLR2004 year, month, day
        century = 2000 if groups[year] < 100 else 0  # noqa: PLR2004 two digits
        with suppress(ValueError):
            days.append(datetime(century + groups[year], groups[month], groups[day]))  # noqa: DTZ001 a local day
    return days


def _exists(local: datetime, zone: tzinfo) -> bool:
    try:
        return local.replace(tzinfo=zone).astimezone(UTC).astimezone(zone).replace(tzinfo=None) == local
    except OverflowError:
        return True
