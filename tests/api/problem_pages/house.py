"""The house in which the examples of refusals are asked: a fleet, contracts over it, readings, and who may call."""

from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path

from api.access.roles import Role
from api.server.database import Access
from tests.net.doors import Desk, Golden
from tests.net.workshop import AGREED, FLEET, INDEX, READINGS
from tests.scenarios.world import World

#: When everything is asked, unless an example says otherwise.
NOW = datetime(2026, 3, 2, 8, tzinfo=UTC)
#: By name: role, and of which party.
CALLERS: Mapping[str, tuple[Role, str | None]] = {
    "anna": (Role.OWNER, None),
    "bert": (Role.OWNER, None),
    "finance": (Role.FINANCE, None),
    "auditor": (Role.AUDITOR, None),
    "blechwerke": (Role.CUSTOMER, "Blechwerke"),
}
_CONTRACTS = ("GOOD", "HELD-UNREAD", "HELD-UNSIGNED")


class House:
    """A desk and the callers over HTTP, all in one database."""

    def __init__(self, access: Access, folder: Path) -> None:
        self.desk = Desk(folder, Golden("problems"))
        self.world = World(access)
        self.at(NOW)

    def at(self, now: datetime) -> None:
        self.desk.now = self.world.now = now


def build(access: Access) -> Mapping[str, str]:
    """Fill a database; everybody's key."""
    world = World(access)
    with world.client:
        for name in ("anna", "bert"):
            world.key(name, CALLERS[name][0])
        world.done("anna", "PUT", "/v1/fleet", content=FLEET)
        for reference in _CONTRACTS:
            world.done("anna", "POST", "/v1/contracts", content=AGREED[reference])
            world.done("bert", "POST", f"/v1/contracts/{reference}/release", json={"version": 1})
        world.done("anna", "POST", "/v1/indices", content=INDEX)
        for name, (role, party) in CALLERS.items():
            if name not in world.keys:
                world.key(name, role, party=party)
        world.now = datetime(2026, 2, 2, 8, tzinfo=UTC)
        world.done("anna", "POST", "/v1/readings?source=january.csv", content=READINGS)
        world.done("finance", "POST", "/v1/bill?issue=true")
    return world.keys
