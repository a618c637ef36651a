"""Tables with a row a day, and a column for each hour, half-hour or quarter of it, named by a clock time or a number.

``00:15`` to ``24:00`` are ends and ``00:00`` to ``23:45`` starts, as the first and the last of them show; ``1`` to
``24`` count the hours of the day. An hour that the clock shows twice has columns of its own, which are empty on all
other days. Where days are numbered, a day of a clock change can be counted in two ways, and has a verdict.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

from metering.fleet.lookup import RegisterLookup
from metering.ingest.how_read import Aspect, Basis, HowRead
from metering.ingest.options import IngestOptions
from metering.ingest.role_names import DATES, TIMES, plain_name
from metering.ingest.roles import match
from metering.ingest.table_roles import Header, Roles
from metering.ingest.tables.cell_shapes import RowShape, looks_like_time, row_shape
from metering.ingest.tables.table_place import SampleRow

DAY_MINUTES = 1440
_CLOCK = re.compile(
    r"(\d{1,2})[ABab]?[:.hH](\d{2})(?::00)?\s*[ABab*']?(?:\s*(?:-|–|bis|to)\s*\d{1,2}[:.hH]\d{2}(?::00)?)?\Z"
)
_RANGE = re.compile(r".*\d\s*(?:-|–|bis|to)\s*\d")
_NUMBER = re.compile(r"(?:h|hr|hour|he|std|stunde|v|t|p|sp|period|q|val|value)?[ _.]?0*(\d{1,3})\Z", re.IGNORECASE)
_COUNTS = (24, 48, 96)


@dataclass(frozen=True, slots=True)
class DayColumns:
    """The columns of the parts of a day.

    Attributes:
        starts: by position of a column, the minute of the day at which its part starts.
        minutes: how long a part is.
        extra: the columns that only a day with an hour more has.
        numbered: whether their names are numbers and not clock times.
        date: the position of the date.
        taken: what the names were taken for.
    """

    starts: Mapping[int, int]
    minutes: int
    extra: frozenset[int]
    numbered: bool
    date: int
    taken: str


def roles_and_days(
    header: Header, rows: Sequence[SampleRow], options: IngestOptions, targets: RegisterLookup
) -> tuple[Roles, DayColumns | None]:
    """The roles of the columns of a table; of one with a row a day, those of its other columns.

    Args:
        header: of the table.
        rows: the first rows of the file.
        options: what the sender says.
        targets: the registers of the tenant.

    Raises:
        UnreadableFile: as by ``match``.
    """
    days = None if "value" in options.columns else _find(header, rows, options)
    if days is None:
        return match(header, options, targets), None
    others = [at for at in range(len(header.names)) if at not in days.starts]
    names = ["start" if at == days.date else header.names[at] for at in others]
    seen = Header(
        (*names, "value"), (*(header.unit_of(at) for at in others), ""), None, header.where, has_more_above=True
    )
    columns = {role: name for role, name in options.columns.items() if role not in ("time", "start", "date")}
    roles = match(seen, replace(options, columns=columns), targets)
    places = dict(enumerate([*others, min(days.starts)]))
    typed = list(header.names)
    how = HowRead(Aspect.STAMP, days.taken, Basis.STATED, header.where)
    return (
        replace(
            roles,
            at={role: tuple(places[at] for at in positions) for role, positions in roles.at.items()},
            units={places[at]: unit for at, unit in roles.units.items()},
            names=tuple(typed),
            how_read=(*roles.how_read, how),
        ),
        days,
    )


def _find(header: Header, rows: Sequence[SampleRow], options: IngestOptions) -> DayColumns | None:
    for read in (_clock_minutes, _numbers):
        run = _longest_run([read(name) for name in header.names])
        parts = _starts(run, numbered=read is _numbers, are_ranges=any(_RANGE.match(header.names[at]) for at in run))
        if parts is not None:
            starts, minutes, extra, taken = parts
            date = _date_column(header, rows, options, starts)
            return None if date is None else DayColumns(starts, minutes, extra, read is _numbers, date, taken)
    return None


def _clock_minutes(name: str) -> int | None:
    clock = _CLOCK.match(name.strip())
    if clock is None:
        return None
    minutes = int(clock[1]) * 60 + int(clock[2])
    return minutes if minutes <= DAY_MINUTES and int(clock[2]) < 60 else None  # noqa: PLR2004 minutes of an hour


def _numbers(name: str) -> int | None:
    number = _NUMBER.match(name.strip())
    return int(number[1]) if number else None


def _longest_run(numbers: Sequence[int | None]) -> dict[int, int]:
    """The longest run of neighbouring columns that have a number, by position."""
    best: dict[int, int] = {}
    run: dict[int, int] = {}
    for at, number in enumerate(numbers):
        run = run | {at: number} if number is not None else {}
        best = run if len(run) > len(best) else best
    return best


def _starts(
    run: Mapping[int, int], *, numbered: bool, are_ranges: bool
) -> tuple[dict[int, int], int, frozenset[int], str] | None:
    """The start of each part of the day, by position; how long a part is; extra columns; and what the names are."""
    if numbered:
        return _numbered_starts(run)
    places, clock = list(run), list(run.values())
    if clock and clock[-1] == 0 and len(clock) > 1:
        clock[-1] = DAY_MINUTES
    distinct = sorted(set(clock))
    if len(distinct) < 2:  # noqa: PLR2004 no step between them
        return None
    step = min(later - earlier for earlier, later in pairwise(distinct))
    whole = DAY_MINUTES // step
    ends = distinct[0] == step and distinct[-1] == DAY_MINUTES and not are_ranges
    first = step if ends else 0
    missing = {first + step * number for number in range(whole)} - set(distinct)
    if whole not in _COUNTS or (not ends and distinct[0] != 0) or len(missing) * step not in (0, 60):
        return None
    if len(distinct) + len(missing) != whole:
        return None
    repeated = len(clock) - len(distinct)
    if repeated * step not in (0, 60):
        return None
    taken = "ends" if ends else "starts"
    starts = {at: minutes - first for at, minutes in zip(places, clock, strict=True)}
    first_at = {start: at for at, start in reversed(starts.items())}
    extra = frozenset(at for at, start in starts.items() if first_at[start] != at)
    shown = f"columns {_shown(clock[0])} to {_shown(clock[-1])} are {taken} of {step} minutes"
    return starts, step, extra, shown


def _numbered_starts(run: Mapping[int, int]) -> tuple[dict[int, int], int, frozenset[int], str] | None:
    places, numbers = list(run), list(run.values())
    for whole in reversed(_COUNTS):
        step = DAY_MINUTES // whole
        for first in (0, 1):
            for count in (whole, whole + 60 // step):
                if numbers[:count] == list(range(first, first + count)) and len(numbers) == count:
                    starts = {at: (number - first) * step for at, number in zip(places, numbers, strict=True)}
                    extra = frozenset(places[whole:])
                    last = first + count - 1
                    shown = f"columns {first} to {last} count parts of {step} minutes, the first from 00:00"
                    return starts, step, extra, shown
    return None


def _shown(minutes: int) -> str:
    return f"{minutes // 60:02}:{minutes % 60:02}"


def _date_column(
    header: Header, rows: Sequence[SampleRow], options: IngestOptions, starts: Mapping[int, int]
) -> int | None:
    """The column of the date: as the sender says; else the one that has a date in the first row, or is called so."""
    others = [at for at in range(len(header.names)) if at not in starts]
    said = {options.columns[role].strip().casefold() for role in ("time", "start", "date") if role in options.columns}
    if said:
        return next((at for at in others if header.names[at].casefold() in said), None)
    row = next((row.cells for row in rows if row_shape(row.cells) is RowShape.DATA), ())
    dated = [at for at in others if at < len(row) and looks_like_time(row[at])]
    called = [at for at in dated if plain_name(header.names[at]) in DATES | TIMES]
    return next(iter(called if len(called) == 1 else dated if len(dated) == 1 else ()), None)
