"""The columns that a sender names: by their names, as written or with their units, or by their positions."""

from metering.fleet.lookup import RegisterLookup
from metering.ingest.options import IngestOptions
from metering.ingest.table_roles import Header
from metering.ingest.unreadable import UnreadableFile

#: The roles that a sender can give to columns, beside the dimensions of registers.
ROLES = (
    "time", "start", "end", "date", "hour", "value", "register", "unit", "quality", "summer_time", "repeated_hour"
)  # fmt: skip


def named_columns(header: Header, options: IngestOptions, targets: RegisterLookup) -> dict[str, tuple[int, ...]]:
    """The positions of the columns that the sender names, by role.

    Args:
        header: of the table.
        options: what the sender states.
        targets: the registers of the tenant, whose dimensions are roles too.

    Raises:
        UnreadableFile: a role is unknown, or a column is not there or stands there twice.
    """
    dimensions = sorted(targets.dimensions)
    unknown = sorted(options.columns.keys() - {*ROLES, *dimensions})
    if unknown:
        raise UnreadableFile(f"a column is mapped to {unknown}", found=unknown, expected=[*ROLES, *dimensions])
    return {role: _places(name, header) for role, name in options.columns.items()}


def _places(typed: str, header: Header) -> tuple[int, ...]:
    """The positions of a column, or of the columns that a plus joins."""
    if "+" not in typed or spelled(typed, header):
        return (place_of(typed, header),)
    return tuple(place_of(part.strip(), header) for part in typed.split("+"))


def spelled(name: str, header: Header) -> list[int]:
    """The positions of the columns with a name, as written or with its unit."""
    wanted, places = name.strip().casefold(), []
    for at, written in enumerate(header.names):
        stated, lowered = header.unit_of(at).casefold(), written.strip().casefold()
        with_unit = {f"{lowered} [{stated}]", f"{lowered} ({stated})", f"{lowered}({stated})", f"{lowered}[{stated}]"}
        if wanted == lowered or (stated and wanted in with_unit):
            places.append(at)
    return places


def place_of(name: str, header: Header) -> int:
    """The position of the column with a name; ``#3`` is the third.

    Raises:
        UnreadableFile: there is none, or there are several.
    """
    if name.startswith("#") and name[1:].isdecimal() and 0 < int(name[1:]) <= len(header.names):
        return int(name[1:]) - 1
    places = spelled(name, header)
    if not places:
        raise UnreadableFile(f"there is no column {name!r}", found=list(header.names), expected=name)
    if len(places) > 1:
        numbers = [f"#{at + 1}" for at in places]
        raise UnreadableFile(
            f"{len(places)} columns are called {name!r}; name one by its position", found=name, expected=numbers
        )
    return places[0]
