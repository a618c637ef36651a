"""What a file states, before any of it is known to be right; what its sender tells beside it; and what it comes to.

A format only finds the columns of its file (``RawColumns``). ``reader.read`` makes readings and verdicts of them, for
all formats alike.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, tzinfo
from difflib import get_close_matches
from typing import Any

import pyarrow as pa

from metering.fleet.meter import Register, SeriesKey
from metering.log.columns import Ints, Readings
from metering.log.reading import Verdict
from quantities.errors import Invalid

_NAME_CHARACTERS = 100
_TIME_FORMAT_CHARACTERS_MAX = 100
#: An instant to try a time format on: whatever strptime reads of an instant can be written of this one and read again.
_EXAMPLE = datetime(2026, 11, 22, 13, 14, 15, 160000, UTC)
_EPOCHS = ("unix", "unix_ms")
#: A file, packed or not, has at most so many bytes; what is longer is sent in parts.
FILE_BYTES_MAX = 256 << 20
#: What a column can be, and what it is called when its sender says nothing, in the order that names are looked for.
USUAL_NAMES: Mapping[str, tuple[str, ...]] = {
    "time": ("time", "start", "timestamp", "datetime", "date"),
    "end": ("end",),
    "value": ("value", "reading", "usage", "state"),
    "register": ("register", "key", "meter"),
    "unit": ("unit",),
    "quality": ("quality",),
}


class UnreadableFile(Invalid):
    """A file is whole, in a format that is read, and has the columns that are needed."""


class ImpossibleTimeFormat(Invalid):
    """The time format is neither a strptime pattern nor unix or unix_ms."""


@dataclass(frozen=True, slots=True)
class TargetRegister:
    """A register that rows may be of, and the zone of its site."""

    register: Register
    zone: tzinfo


class RegisterLookup:
    """The registers that rows may be of, found by key or by any other name that feeds use for them."""

    def __init__(self, by_name: Mapping[str, TargetRegister]) -> None:
        self._by_name = by_name

    def find(self, names: Iterable[str]) -> Mapping[str, TargetRegister]:
        """Find those of some names that are registers'."""
        return {name: self._by_name[name] for name in names if name in self._by_name}

    def nearest(self, name: str) -> list[str]:
        """List the names that are most like one that is none."""
        return get_close_matches(name[:_NAME_CHARACTERS], self._by_name, n=3)

    @property
    def dimensions(self) -> frozenset[str]:
        """What the registers' rows may state beside their value."""
        return frozenset(name for target in self._by_name.values() for name in target.register.dimensions)

    @property
    def events(self) -> bool:
        """Whether there is a register of which a row without a value is one."""
        return any(target.register.counts_itself for target in self._by_name.values())


@dataclass(frozen=True, slots=True)
class IngestOptions:
    """What the sender says about a file that the file does not.

    Attributes:
        columns: for a role of ``USUAL_NAMES``, or a dimension of a register, the name of its column.
        register: the register all rows are of, where no column says.
        unit: the unit of all values, where no column says; without it, the register's own.
        time_format: how times are written if not by ISO 8601: a ``strptime`` pattern, ``unix`` or ``unix_ms``.
        laid_from: where the first of a file's blocks begins that all state one start and lie end to end.

    Raises:
        ImpossibleTimeFormat: no time whatever can be read by ``time_format``.
    """

    columns: Mapping[str, str] = field(default_factory=dict)
    register: str | None = None
    unit: str | None = None
    time_format: str | None = None
    laid_from: datetime | None = None

    def __post_init__(self) -> None:
        if self.time_format is not None and self.time_format not in _EPOCHS:
            _refuse_if_impossible(self.time_format)


def _refuse_if_impossible(time_format: str) -> None:
    """Write an instant by a time format and read it again, as a cell of a file is read: without blanks around it."""
    shown = time_format[:60].encode(errors="backslashreplace").decode()
    expected = "a strptime pattern, as %d.%m.%Y %H:%M, with each directive once; or unix, or unix_ms"
    if len(time_format) > _TIME_FORMAT_CHARACTERS_MAX:
        detail = f"a time format has at most {_TIME_FORMAT_CHARACTERS_MAX} characters, and this one has"
        raise ImpossibleTimeFormat(f"{detail} {len(time_format)}", found=shown, expected=expected)
    try:
        if not time_format.strip() or "\x00" in time_format:
            raise ValueError  # noqa: TRY301 an empty pattern would read an empty cell as the year 1900
        datetime.strptime(_EXAMPLE.strftime(time_format).strip(), time_format)  # noqa: DTZ007 only tried
    except (ValueError, re.error) as error:  # a lone surrogate is a UnicodeEncodeError, and so a ValueError
        detail = f"no time can be read by the time format {time_format!r}"
        raise ImpossibleTimeFormat(detail, found=shown, expected=expected) from error


@dataclass(frozen=True, slots=True)
class RawColumns:
    """The columns of a file.

    Attributes:
        columns: by role or dimension, equally long: strings, or where the file is typed, instants and exact numbers.
        lines: where each row stands in its source, from 1.
        verdicts: on rows that have no cells to read.
        dialect: what was found out about the file, for its sender to see.
        comma: whether the decimal mark is a comma.
    """

    columns: Mapping[str, pa.Array]
    lines: Ints
    verdicts: tuple[Verdict, ...] = ()
    dialect: Mapping[str, str] = field(default_factory=dict)
    comma: bool = False


@dataclass(frozen=True, slots=True)
class Parsed:
    """What a file says: every row is a reading, repeats one, or has a verdict.

    Attributes:
        series: what the readings are of.
        readings: the good rows by series and start, each start of a series once; ``series`` numbers ``Parsed.series``.
        verdicts: a refusal for each row that is no reading, by line.
        repeated: how many rows say again what a row before them says.
        dialect: what was found out about the file, for its sender to see.
    """

    series: Sequence[SeriesKey]
    readings: Readings
    verdicts: tuple[Verdict, ...]
    repeated: int
    dialect: Mapping[str, str]


def columns_of(header: Sequence[str], told: IngestOptions, targets: RegisterLookup) -> dict[str, int]:
    """Find which column is what, by the names that were told or the usual ones; and the dimensions of the registers.

    Raises:
        UnreadableFile: a column is missing, or a role is none; found and expected come along.
    """
    dimensions = sorted(targets.dimensions)
    unknown = sorted(told.columns.keys() - USUAL_NAMES.keys() - set(dimensions))
    if unknown:
        raise UnreadableFile(f"a column is mapped to {unknown}", found=unknown, expected=[*USUAL_NAMES, *dimensions])
    lowered = [name.strip().casefold() for name in header]
    at: dict[str, int] = {}
    for role, usual in {**USUAL_NAMES, **{name: (name,) for name in dimensions}}.items():
        named = told.columns.get(role)
        for name in (named,) if named else usual:
            if name.casefold() in lowered:
                at[role] = lowered.index(name.casefold())
                break
        else:
            if named:
                raise UnreadableFile(f"there is no column {named!r}", found=list(header), expected=named)
    missing = [role for role in _needed(told, targets) if role not in at]
    if missing:
        raise UnreadableFile(
            f"no column is known to be the {' or the '.join(missing)}; map it, as in time=Datum",
            found=list(header),
            expected={role: list(USUAL_NAMES[role]) for role in missing},
        )
    if told.register and "register" not in told.columns:
        at.pop("register", None)
    return at


def _needed(told: IngestOptions, targets: RegisterLookup) -> list[str]:
    one = targets.find([told.register]) if told.register else {}
    events = any(each.register.counts_itself for each in one.values()) if one else targets.events
    needed = ["time"] if events else ["time", "value"]
    return needed if told.register else [*needed, "register"]


def strings(cells: Sequence[Any]) -> pa.Array:
    """Lay out cells as a column; what is no text yet is written as Python would."""
    return pa.array(["" if cell is None else str(cell) for cell in cells], pa.string())
