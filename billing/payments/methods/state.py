"""How far the removal of an ended method has got."""

from enum import StrEnum


class MethodRemoval(StrEnum):
    """How far the removal of an ended method at its gateway has got.

    ``due``: the gateway is to be asked. ``asking``: it is being asked. ``unknown``: nobody knows, and the method is
    looked up. ``done``: it is gone there. ``refused``: the gateway keeps it, and why is on record.
    """

    DUE = "due"
    ASKING = "asking"
    UNKNOWN = "unknown"
    DONE = "done"
    REFUSED = "refused"
