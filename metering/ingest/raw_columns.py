"""The data of an ingest: the raw columns of a file, and the parsed readings.

A format only finds the columns of its file (``RawColumns``). For all formats, ``reader.read`` turns them into readings
and verdicts (``Parsed``).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Any

import pyarrow as pa

from metering.fleet.meter import SeriesKey
from metering.ingest.how_read import HowRead, OpenQuestion
from metering.ingest.repeated_rows import WholeRows
from metering.ingest.table_roles import Roles
from metering.log.columns import Ints, Readings
from metering.log.reading import Verdict
from quantities.number import plain


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
        text_numbers: whether values are text as people write it, whose decimal mark is to be found.
        repeated: number of rows left out because another row says the same, or replaces them at their own instant.
        resets: rows at which counters start anew.
        exchanges: those of devices that the file states.
        how_read: how the file was read so far.
        questions: what the file does not say, and nobody has said; with any of them no row is read.
        roles: of the columns of a table; None: the format defines what they mean.
        whole_rows: how to compare whole rows; None: they have only these columns, or the format says which row counts.
    """

    columns: Mapping[str, pa.Array]
    lines: Ints
    verdicts: tuple[Verdict, ...] = ()
    dialect: Mapping[str, str] = field(default_factory=dict)
    text_numbers: bool = False
    repeated: int = 0
    resets: Sequence[CounterReset] = ()
    exchanges: tuple[StatedExchange, ...] = ()
    how_read: tuple[HowRead, ...] = ()
    questions: tuple[OpenQuestion, ...] = ()
    roles: Roles | None = None
    whole_rows: WholeRows | None = None


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


def string_column(cells: Sequence[Any]) -> pa.Array:
    """A column of text; None becomes empty, and other values are written by ``str``."""
    return pa.array(["" if cell is None else str(cell) for cell in cells], pa.string())
