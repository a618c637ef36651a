"""What the sender of a file states about it, because the file does not."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime

from quantities.errors import Invalid

_TIME_FORMAT_CHARACTERS_MAX = 100
#: An instant for trying a time format: a usable format can write it and read it back.
_EXAMPLE = datetime(2026, 11, 22, 13, 14, 15, microsecond=160000, tzinfo=UTC)
_EPOCHS = ("unix", "unix_ms")


class ImpossibleTimeFormat(Invalid):
    """The time format is neither a strptime pattern nor unix or unix_ms."""


@dataclass(frozen=True, slots=True)
class IngestOptions:
    """What the sender states about a file, because the file does not.

    Attributes:
        columns: by role (``named_columns.ROLES``) or name of a dimension, the name of the column; a plus joins several.
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
        unit_of: by column of a wide table, or by the name of a register in the rows of a long one, the unit of its
            values.
        quality_of: by word of a column of qualities, one of ours, ``estimated``, or ``no_value``: the row has no
            reading.
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
    quality_of: Mapping[str, str] = field(default_factory=dict)
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
