"""How the columns of a table were read: what each was taken for, and on whose word."""

from collections.abc import Collection, Iterator, Mapping

from metering.ingest.how_read import Aspect, Basis, HowRead
from metering.ingest.table_roles import Roles

#: What of a file the columns of a role tell.
ASPECTS = {"time": Aspect.TIME, "value": Aspect.VALUE, "register": Aspect.REGISTER, "unit": Aspect.UNIT}


def roles_as_read(roles: Roles, columns: Mapping[str, str], units_by_sender: Collection[int]) -> Iterator[HowRead]:
    """How each column was read, and which ones were not.

    Args:
        roles: of the columns.
        columns: those that the sender names, by role.
        units_by_sender: the positions whose unit the sender states.
    """
    for role, aspect in ASPECTS.items():
        if role in roles.at:
            typed = _typed(role, columns)
            where = f"--column {typed}" if typed else roles.where
            yield HowRead(aspect, role, Basis.SAID if typed else Basis.STATED, where, roles.typed(role))
    for at, name in roles.wide.items():
        yield HowRead(Aspect.REGISTER, name, Basis.STATED, roles.where, roles.names[at])
    for at, symbol in roles.units.items():
        by_sender = at in units_by_sender
        where = f"--unit-of {roles.names[at]}={symbol}" if by_sender else roles.where
        yield HowRead(Aspect.UNIT, symbol, Basis.SAID if by_sender else Basis.STATED, where, roles.names[at])
    taken = {at for role, places in roles.at.items() if role != "row_register" for at in places} | roles.wide.keys()
    unread = [name for at, name in enumerate(roles.names) if at not in taken]
    if unread:
        yield HowRead(Aspect.TABLE, "not read", Basis.ASSUMED, "no role is known by these names", ", ".join(unread))


def _typed(role: str, columns: Mapping[str, str]) -> str:
    """What the sender typed for the columns of a role."""
    roles = ("time", "start", "date", "hour") if role == "time" else (role,)
    return " --column ".join(f"{name}={columns[name]}" for name in roles if name in columns)
