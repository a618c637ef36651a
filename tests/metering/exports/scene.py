"""The exports: what stands in them, what somebody else computed of them, and a world to send them to."""

import json
from collections.abc import Mapping, Sequence
from functools import cache
from itertools import count
from pathlib import Path
from typing import Any, TypeAlias

from sqlalchemy import text

from api.access.roles import Role
from api.server.provision import administering
from tests.scenarios.world import World

HERE = Path(__file__).parent
MEDIA_TYPES = {
    ".csv": "text/csv",
    ".edi": "application/edifact",
    ".json": "application/json",
    ".ndjson": "application/x-ndjson",
    ".xml": "application/xml",
    ".xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}
#: What a sender says of a file: parameters of ``POST /v1/readings``.
Said: TypeAlias = Mapping[str, str | Sequence[str]]
_numbers = count(3)  # tenants 1 and 2 are everybody's


def path_of(name: str) -> Path:
    (path,) = (HERE / "files").glob(f"{name}.*")
    return path


@cache
def whole(name: str) -> dict[str, Any]:
    """All that somebody else computed of a file."""
    computed: dict[str, Any] = json.loads((HERE / "expected" / f"{name}.json").read_text())
    return computed


def expected(name: str) -> dict[str, dict[str, Any]]:
    """By key as ``expected/`` has it: what a register of a file comes to."""
    return {register["key"]: register for register in whole(name)["registers"]}


def send(world: World, name: str, who: str = "maker", **said: str | Sequence[str]) -> Any:
    path = path_of(name)
    return world.ask(
        who,
        "POST",
        "/v1/readings",
        params={"source": path.name, **said},
        content=path.read_bytes(),
        headers={"Content-Type": MEDIA_TYPES.get(path.suffix, "text/plain")},
    )


def of_its_own_tenant(world: World, fleet: Mapping[str, Any]) -> str:
    """Declare a fleet for a tenant that has nothing else, and name who may send to it."""
    who = f"maker of tenant {next(_numbers)}"
    with administering(world.access.administrator) as connection:
        made = connection.execute(text("insert into tenant (name) values (:name) returning id"), {"name": who})
        tenant = int(made.scalar_one())
    world.key(who, Role.OWNER, tenant)
    world.done(who, "PUT", "/v1/fleet", content=json.dumps(fleet))
    return who
