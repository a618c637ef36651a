"""docs/consolidated.md: every command on it is typed, and answers what stands below it."""

import re
import shlex
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

import pytest

from api.access.roles import Role
from api.server.database import Access
from api.server.embedded import EmbeddedServer
from billing.due.together import MOST
from tests.billing.invoices.consolidating import ENERGY, together
from tests.billing.scene import Scene
from tests.build import a_key
from tests.conftest import application_pool, world_copy
from tests.docs.page import DOCS
from tests.net.doors import Desk, Golden, working_in

PAGE = (DOCS / "consolidated.md").read_text(encoding="utf-8")


def _fill(access: Access) -> str:
    with application_pool(access) as database:
        scene = Scene(access, database).declared(together("A"), together("B", charges=ENERGY))
        scene.delivers("2026-01-05 10 100")
        scene.bills("2026-02-01")
    return a_key(access, 1, Role.OWNER, "Olga")


@pytest.fixture
def desk(server: EmbeddedServer, request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Desk]:
    copied = world_copy(server, "two contracts of the page", _fill, request.node.nodeid)
    with copied as (access, key), working_in(tmp_path, access) as environment:
        environment.setenv("USUFRUCT_TENANT", "Nordluft")
        desk = Desk(tmp_path, Golden("consolidated"))
        desk.now = datetime.fromisoformat("2026-02-05T08:00:00+00:00")
        desk.done("login", stdin=f"{key}\n")
        yield desk


def test_every_command_answers_what_the_page_says(desk: Desk) -> None:
    for block in re.findall(r"```console\n(.*?)```", PAGE, flags=re.DOTALL):
        for command in block.removeprefix("$ ").split("\n$ "):
            typed, _, said = command.partition("\n")
            code, answered, complaints = desk.run(*shlex.split(typed)[1:])
            assert (code, complaints) == (0, ""), (typed, complaints)
            assert "\n".join(line.rstrip() for line in answered.splitlines()).strip("\n") == said.rstrip("\n"), typed


def test_the_page_says_how_many_stand_on_one() -> None:
    assert f"A document has {MOST:,} contracts at most" in PAGE
