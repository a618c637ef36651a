"""The header of a table, and its columns by what they are."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from metering.ingest.how_read import HowRead, OpenQuestion


@dataclass(frozen=True, slots=True)
class Header:
    """The header of a table.

    Attributes:
        names: of the columns, as written, without a unit in brackets.
        units: by column, the unit that the header or a row of units states; empty where it states none. An empty
            sequence: no units at all.
        time_format: the ``strptime`` pattern that a row of units states for the times.
        where: the place of the header, as ``line 9``.
        has_more_above: whether other lines stand above it, or rows of units below; then the table is not in our own
            format.
        are_paths: whether names are paths of members of an object, as ``object.volume``; the last part of one is a name
            of the column too, unless another path has the same.
    """

    names: tuple[str, ...]
    units: tuple[str, ...] = ()
    time_format: str | None = None
    where: str = "the header"
    has_more_above: bool = False
    are_paths: bool = False

    def unit_of(self, at: int) -> str:
        """The unit that the header states for a column, or an empty text."""
        return self.units[at].strip() if at < len(self.units) else ""


@dataclass(frozen=True, slots=True)
class Roles:
    """The columns of a table by what they are; handed on to the reader in ``RawColumns.roles``.

    Attributes:
        at: by role, the positions of its columns. Several columns of ``time``, ``end``, ``value`` or a dimension are
            joined with a blank; those of ``register`` and ``row_register`` with a slash. Roles that occur: ``time``,
            ``end`` (also alone), ``value``, ``register``, ``unit``, ``quality``, dimensions, and ``row_register``: a
            column that seems to name registers, though the sender states one register for all rows, or other columns
            are named after registers; the reader asks where it names several.
        wide: where headers name registers and there is no column of values: by position, the name of the register.
        units: by position of a column of values, the unit that the header or the sender states.
        names: of all columns, as they are to be typed.
        is_own: whether the table is in our own format.
        stamp: whether the header or the sender says that a row's time is the ``start`` or the ``end`` of an interval;
            empty: neither.
        is_hour: whether the last column of a joined time may be the number of an hour.
        time_format: how the table states that its times are written.
        where: the place of the header.
        how_read: what was decided.
        questions: what the header leaves open.
    """

    at: Mapping[str, tuple[int, ...]] = field(default_factory=dict)
    wide: Mapping[int, str] = field(default_factory=dict)
    units: Mapping[int, str] = field(default_factory=dict)
    names: tuple[str, ...] = ()
    is_own: bool = True
    stamp: str = ""
    is_hour: bool = False
    time_format: str | None = None
    where: str = "the header"
    how_read: tuple[HowRead, ...] = ()
    questions: tuple[OpenQuestion, ...] = ()

    def typed(self, role: str) -> str:
        """The columns of a role as an option names them, as ``Datum+Zeit``."""
        return "+".join(self.names[at] for at in self.at.get(role, ()))

    @property
    def unit(self) -> str:
        """The unit of the only column of values, where it is said or stated outside the rows."""
        value = self.at.get("value", ())
        return self.units.get(value[0], "") if len(value) == 1 else ""
