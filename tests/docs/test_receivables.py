"""docs/receivables.md: every command on it is typed, in its order, and answers what stands below it."""

import re
import shlex
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

import pytest

from api.access.roles import Role
from api.server.database import Access
from api.server.embedded import EmbeddedServer
from billing.receivables.standing import PaymentState
from tests.billing.receivables.books import opened
from tests.build import a_key
from tests.conftest import application_pool, world_copy
from tests.docs.page import DOCS, sections, table
from tests.net.doors import Desk, Golden, working_in

PAGE = (DOCS / "receivables.md").read_text(encoding="utf-8")
NOW = "2026-02-05T08:00:00+00:00"


def _fill(access: Access) -> str:
    with application_pool(access) as database:
        opened(access, database)
    return a_key(access, 1, Role.OWNER, "Olga")


@pytest.fixture
def desk(server: EmbeddedServer, request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Desk]:
    copied = world_copy(server, "documents of the page", _fill, request.node.nodeid)
    with copied as (access, key), working_in(tmp_path, access) as environment:
        environment.setenv("USUFRUCT_TENANT", "Nordluft")
        desk = Desk(tmp_path, Golden("receivables"))
        desk.now = datetime.fromisoformat(NOW)
        desk.done("login", stdin=f"{key}\n")
        yield desk


def shown() -> Iterator[tuple[str, str]]:
    """Each command, and what stands below it."""
    for block in re.findall(r"```console\n(.*?)```", PAGE, flags=re.DOTALL):
        for command in block.removeprefix("$ ").split("\n$ "):
            typed, _, said = command.partition("\n")
            yield typed, said.rstrip("\n")


def test_every_command_answers_what_the_page_says(desk: Desk) -> None:
    for typed, said in shown():
        code, answered, complaints = desk.run(*shlex.split(typed)[1:])
        assert (code, complaints) == (0, ""), (typed, complaints)
        assert "\n".join(line.rstrip() for line in answered.splitlines()).strip("\n") == said, typed


def test_every_state_has_its_row_in_order() -> None:
    rows = table(sections("receivables.md")["States"])
    assert [row["state"] for row in rows] == [state.value for state in PaymentState]
