"""The header of a table: the names of its columns as registers and roles are known by, and their units."""

from collections import Counter
from collections.abc import Mapping, Sequence

from metering.fleet.lookup import RegisterLookup
from metering.ingest.table_roles import Header
from metering.ingest.tables.cell_shapes import is_unit, split_unit, time_pattern, unit_in_row
from metering.ingest.tables.table_place import TablePlace

#: What a column is called that only a pattern in the line of units shows to hold the time.
_TIME_NAME = "date and time"


def header_of(place: TablePlace, targets: RegisterLookup) -> Header:
    """The names and units of the columns of a table.

    A name may stand over several lines: of its spellings, from the longest on, the first that a register has is taken;
    else the shortest that no other column has.
    """
    split = [split_unit(name) for name in place.names]
    below = place.units or ("",) * len(split)
    units = [unit_in_row(cell) or unit for cell, (_, unit) in zip(below, split, strict=True)]
    if place.stated_unit is not None and not any(units):
        units = ["" if _ends_with_unit(name) else place.stated_unit[0] for name, _ in split]
    patterns = [time_pattern(cell) for cell in below]
    spellings = [_spellings(place, at, name) for at, (name, _) in enumerate(split)]
    columns_with = Counter(spelling for own in spellings for spelling in own)
    names = [_chosen(own, columns_with, targets) for own in spellings]
    names = [name or (_TIME_NAME if pattern else "") for name, pattern in zip(names, patterns, strict=True)]
    where = f"line {place.line}"
    more = bool(place.above or place.units or place.levels)
    return Header(tuple(names), tuple(units), next(filter(None, patterns), None), where, has_more_above=more)


def _ends_with_unit(name: str) -> bool:
    """Whether the last word of a name is a unit, as in ``Load_MWh``, which is read where its role is known."""
    return is_unit(name.replace("_", " ").rpartition(" ")[2])


def _spellings(place: TablePlace, at: int, name: str) -> list[str]:
    """The names of a column, from the longest to the shortest."""
    upper = [group for level in place.levels if (group := _group(level, at))]
    longer = ["/".join([*upper[start:], name]) for start in range(len(upper))] if name else []
    return list(dict.fromkeys([*longer, *([f"{group}/{name}" for group in upper] if name else []), name]))


def _group(level: Sequence[str], at: int) -> str:
    """The name of a group of columns, which may stand over the first of them only."""
    return next((cell for cell in reversed(level[1 : at + 1]) if cell), "").strip() if at else ""


def _chosen(own: Sequence[str], columns_with: Mapping[str, int], targets: RegisterLookup) -> str:
    known = targets.find(own)
    for name in own:
        if name in known:
            return name
    return next((name for name in reversed(own) if columns_with[name] == 1), own[-1])
