"""The data of an ingest: the raw columns of a file, the options of its sender, and the parsed readings.

A format only finds the columns of its file (``RawColumns``). For all formats, ``reader.read`` turns them into readings
and verdicts (``Parsed``).
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pyarrow as pa

from metering.fleet.lookup import RegisterLookup
from metering.fleet.meter import SeriesKey
from metering.ingest.how_read import HowRead, OpenQuestion
from metering.ingest.unreadable import UnreadableFile
from metering.log.columns import Ints, Readings
from metering.log.reading import Verdict
from quantities.errors import Invalid
from quantities.number import plain

if TYPE_CHECKING:
    from metering.ingest.roles import Roles

_TIME_FORMAT_CHARACTERS_MAX = 100
#: An instant for trying a time format: a usable format can write it and read it back.
_EXAMPLE = datetime(2026, 11, 22, 13, 14, 15, microsecond=160000, tzinfo=UTC)
_EPOCHS = ("unix", "unix_ms")
#: The roles of columns, and the names that are recognised without an option, in order of preference.
USUAL_NAMES: Mapping[str, tuple[str, ...]] = {
    "time": ("time", "start", "timestamp", "datetime", "date"),
    "end": ("end",),
    "value": ("value", "reading", "usage", "state"),
    "register": ("register", "key", "meter"),
    "unit": ("unit",),
    "quality": ("quality",),
}


class ImpossibleTimeFormat(Invalid):
    """The time format is neither a strptime pattern nor unix or unix_ms."""


@dataclass(frozen=True, slots=True)
class IngestOptions:
    """What the sender states about a file, because the file does not.

    Attributes:
        columns: by role (``roles.ROLES``) or name of a dimension, the name of the column; a plus joins several.
        register: the register of all rows, where no column names it.
        unit: the unit of all values, where no column names it; None: the register's own.
        time_format: how times are written if not in ISO 8601: a ``strptime`` pattern, ``unix`` or ``unix_ms``.
        blocks_start: where several blocks of a file state the same start, the start of the first; each of the others
            starts where the one before it ends.
        session_resets: the data items that count anew where a session of an adapter opens with them at 0, by the name
            of the item (``partcount``), one of its aliases (``LATHE7/partcount``) or the key of its register.
        decimal: the decimal mark, ``comma`` or ``point``; the other one may then group digits.
        zone: of times without an offset: ``local`` (that of the register's site), ``UTC``, an offset that holds all
            year (``+01:00``) or a name (``Europe/Berlin``).
        unit_of: by column of a wide table, the unit of its values.
        encoding: of the text, as ``gb18030``.
        header_line: the line of the header, from 1, where lines stand above it.
        sheets: the sheets of a workbook that hold readings; empty: all.
        not_available: what stands in a cell, or which number, where there was no value, as ``Bad`` or ``4294967295``.
        keep_totals: whether rows that look like totals of others are readings.
        json_numbers: whether JSON numbers are values as they are written.

    Raises:
        ImpossibleTimeFormat: no time can be read with ``time_format``.
    """

    columns: Mapping[str, str] = field(default_factory=dict)
    register: str | None = None
    unit: str | None = None
    time_format: str | None = None
    blocks_start: datetime | None = None
    session_resets: frozenset[str] = frozenset()
    decimal: str | None = None
    zone: str | None = None
    unit_of: Mapping[str, str] = field(default_factory=dict)
    encoding: str | None = None
    header_line: int | None = None
    sheets: frozenset[str] = frozenset()
    not_available: frozenset[str] = frozenset()
    keep_totals: bool = False
    json_numbers: bool = False

    def __post_init__(self) -> None:
        if self.time_format is not None and self.time_format not in _EPOCHS:
            _refuse_if_impossible(self.time_format)


def _refuse_if_impossible(time_format: str) -> None:
    """Write an instant in a time format and read it back, without blanks around it, as cells are read."""
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
class CounterReset:
    """A row at which the figures of a counter start anew, as the file or its sender says.

    Attributes:
        register: the name of the register in the row.
        line: of the row.
        to_say: empty if it is said; else it may be a reset or not, and this is what a sender types to say that it is.
    """

    register: str
    line: int
    to_say: str = ""


@dataclass(frozen=True, slots=True)
class StatedExchange:
    """The last read of an old device and the first read of the new one, where a file names the device of each read.

    Attributes:
        line: of the first read of the new device; where both reads are of one instant, no column has this read.
        register: the key.
        closed_at: the instant of the last read of the old device, in UTC.
        closing: that read, in the register's unit, before its multiplier.
        opened_at: the instant of the first read of the new device.
        opening: that read.
        serial: the new device's.
    """

    line: int
    register: str
    closed_at: datetime
    closing: Decimal
    opened_at: datetime
    opening: Decimal
    serial: str

    def __str__(self) -> str:
        reads = f"closing {plain(self.closing)}, opening {plain(self.opening)}"
        return f"{self.register} at {self.opened_at.isoformat()}: {reads}, serial {self.serial}"


@dataclass(frozen=True, slots=True)
class RawColumns:
    """The columns of a file, before their cells are read.

    Attributes:
        columns: by role or dimension, of equal length: strings, or in typed files instants and exact numbers.
        lines: line number of every row in its source, from 1.
        verdicts: on rows that have no usable cells.
        dialect: properties detected from the file, shown to its sender.
        comma: whether the decimal mark is a comma.
        repeated: number of rows left out because another row says the same, or replaces them at their own instant.
        resets: rows at which counters start anew.
        exchanges: those of devices that the file states.
        how_read: how the file was read so far.
        questions: what the file does not say, and nobody has said; with any of them no row is read.
        roles: of the columns of a table; None: the format defines what they mean.
    """

    columns: Mapping[str, pa.Array]
    lines: Ints
    verdicts: tuple[Verdict, ...] = ()
    dialect: Mapping[str, str] = field(default_factory=dict)
    comma: bool = False
    repeated: int = 0
    resets: Sequence[CounterReset] = ()
    exchanges: tuple[StatedExchange, ...] = ()
    how_read: tuple[HowRead, ...] = ()
    questions: tuple[OpenQuestion, ...] = ()
    roles: "Roles | None" = None


@dataclass(frozen=True, slots=True)
class Parsed:
    """A parsed file: every row is a reading, repeats one, or has a verdict.

    Attributes:
        series: the series of the readings.
        readings: sorted by series and start, without duplicate starts; the column ``series`` has positions in the list
            ``Parsed.series``.
        verdicts: one per refused row, by line.
        repeated: number of rows that repeat an earlier row, or that a row replaces at their own instant.
        dialect: properties detected from the file, shown to its sender.
        resets: by position of the series and start of the reading, where a counter starts anew.
        exchanges: those of devices that the file states, by line.
        how_read: how the file was read.
    """

    series: Sequence[SeriesKey]
    readings: Readings
    verdicts: tuple[Verdict, ...]
    repeated: int
    dialect: Mapping[str, str]
    resets: Mapping[tuple[int, int], CounterReset] = field(default_factory=dict)
    exchanges: tuple[StatedExchange, ...] = ()
    how_read: tuple[HowRead, ...] = ()


def match_columns(header: Sequence[str], options: IngestOptions, targets: RegisterLookup) -> dict[str, int]:
    """The position of the column of every role and dimension, by the names in the options or the usual names.

    Raises:
        UnreadableFile: a required column is missing, or the options name an unknown role.
    """
    dimensions = sorted(targets.dimensions)
    unknown = sorted(options.columns.keys() - USUAL_NAMES.keys() - set(dimensions))
    if unknown:
        raise UnreadableFile(f"a column is mapped to {unknown}", found=unknown, expected=[*USUAL_NAMES, *dimensions])
    lowered = [name.strip().casefold() for name in header]
    at: dict[str, int] = {}
    for role, usual in {**USUAL_NAMES, **{name: (name,) for name in dimensions}}.items():
        named = options.columns.get(role)
        for name in (named,) if named else usual:
            if name.casefold() in lowered:
                at[role] = lowered.index(name.casefold())
                break
        else:
            if named:
                raise UnreadableFile(f"there is no column {named!r}", found=list(header), expected=named)
    missing = [role for role in _needed(options, targets) if role not in at]
    if missing:
        raise UnreadableFile(
            f"no column is known to be the {' or the '.join(missing)}; map it, as in time=Datum",
            found=list(header),
            expected={role: list(USUAL_NAMES[role]) for role in missing},
        )
    if options.register and "register" not in options.columns:
        at.pop("register", None)
    return at


def _needed(options: IngestOptions, targets: RegisterLookup) -> list[str]:
    one = targets.find([options.register]) if options.register else {}
    events = any(target.register.counts_itself for target in one.values()) if one else targets.events
    needed = ["time"] if events else ["time", "value"]
    return needed if options.register else [*needed, "register"]


def string_column(cells: Sequence[Any]) -> pa.Array:
    """A column of text; None becomes empty, and other values are written by ``str``."""
    return pa.array(["" if cell is None else str(cell) for cell in cells], pa.string())
