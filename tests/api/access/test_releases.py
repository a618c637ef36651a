"""A release of somebody at the command line names what it lets in, asks, and lets in nothing that it has not named."""

from collections.abc import Iterator
from functools import partial
from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner

import api.cli.keys
from api.cli.main import app
from api.server.database import Access
from api.server.embedded import EmbeddedServer
from tests.api.cli.test_commands import Desk, prepared_by, set_environment
from tests.conftest import world_copy


class Owners(Desk):
    """Anna and Bert, who sit down at the same keyboard."""

    def __init__(self, folder: Path, keys: dict[str, str]) -> None:
        super().__init__(folder)
        self.keys = keys

    def sits(self, name: str) -> None:
        done = CliRunner().invoke(app, ["login"], input=f"{self.keys[name]}\n")
        assert done.exit_code == 0, done.output

    def refuses(self, refusal: str, *words: str) -> str:
        done = CliRunner().invoke(app, [*words])
        assert type(done.exception).__name__ == refusal, (done.output, done.exception)
        return str(done.exception)


def made_by_anna(folder: Path) -> dict[str, str]:
    """Anna has made Eve with a key, and a second key of hers."""
    desk = Owners(folder, {})
    desk.keys = {name: desk.asks("user", "create", name, "--role", "owner")["key"] for name in ("Anna", "Bert")}
    desk.sits("Anna")
    desk.keys["first"] = desk.asks("user", "create", "Eve", "--role", "finance")["id"]
    made = desk.asks("key", "create", "Eve", "--scope", "invoices:read", "--expires", "2099-01-01")
    return desk.keys | {"second": made["id"]}


@pytest.fixture
def desk(
    server: EmbeddedServer, request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Owners]:
    keys: dict[str, str] = {}

    def prepare(folder: Path) -> None:
        keys.update(made_by_anna(folder))

    def build(access: Access) -> dict[str, str]:
        partial(prepared_by, prepare)(access)
        return keys

    with world_copy(server, "somebody waits", build, request.node.nodeid) as (access, made):
        set_environment(access, tmp_path, monkeypatch)
        yield Owners(tmp_path, dict(made))


def test_it_names_the_identity_and_each_key_by_whom_it_was_made_and_until_when(desk: Owners) -> None:
    desk.sits("Bert")
    words = desk.refuses("NotAgreed", "user", "release", "Eve")
    person, first, second, how = words.splitlines()
    assert person.startswith("Eve (person, finance): made by Anna at 20")
    assert first.startswith(f"key {desk.keys['first']} of Eve (all of its role; does not expire): made by Anna at 20")
    assert second.startswith(f"key {desk.keys['second']} of Eve (invoices:read; until 2099-01-01T00:00:00+00:00): ")
    assert "--yes" in how
    assert {row["name"]: row["waits"] for row in desk.asks("user", "list")}["Eve"] == "for a release"


def test_with_yes_it_says_the_same_and_what_was_released(desk: Owners) -> None:
    desk.sits("Bert")
    said = desk.types("user", "release", "Eve", "--yes")
    assert all(f"key {desk.keys[which]} of Eve" in said for which in ("first", "second"))
    assert said.splitlines()[-1] == f"Eve may act; released: {desk.keys['first']}, {desk.keys['second']}"


def test_the_lists_say_by_whom_what_waits_was_made(desk: Owners) -> None:
    desk.sits("Bert")
    (person,) = (row for row in desk.asks("user", "list") if row["waits"])
    assert (person["name"], person["by"]) == ("Eve", "Anna")
    keys = [row for row in desk.asks("key", "list") if row["waits"]]
    assert {(key["id"], key["by"]) for key in keys} == {(desk.keys[name], "Anna") for name in ("first", "second")}


def test_a_person_at_a_terminal_is_asked_and_what_came_meanwhile_waits_on(
    desk: Owners, monkeypatch: pytest.MonkeyPatch
) -> None:
    later = {}

    def agrees(words: str, *, abort: bool) -> bool:
        """While Bert reads, Anna makes a third key."""
        assert (abort, desk.keys["second"] in words) == (True, True)
        desk.sits("Anna")
        later["id"] = desk.asks("key", "create", "Eve")["id"]
        return True

    monkeypatch.setattr(api.cli.keys, "is_asked", lambda: True)
    monkeypatch.setattr(typer, "confirm", agrees)
    desk.sits("Bert")
    desk.types("user", "release", "Eve")
    assert [row["id"] for row in desk.asks("key", "list") if row["waits"]] == [later["id"]]


def test_a_key_is_released_alone(desk: Owners) -> None:
    desk.refuses("NotLoggedIn", "key", "release", desk.keys["second"])
    desk.sits("Anna")
    desk.refuses("OwnIdentity", "key", "release", desk.keys["second"])
    desk.sits("Bert")
    assert desk.asks("key", "release", desk.keys["second"])["waits"] is None
    desk.refuses("NothingWaits", "key", "release", desk.keys["second"])
    assert [row["id"] for row in desk.asks("key", "list") if row["waits"]] == [desk.keys["first"]]
