"""What a customer, a verifier and a lender may say themselves, they say at the command line too: each by a key shown there."""

import json
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from api.access.identities import NewIdentity
from api.access.roles import Role
from api.cli.main import app
from api.operations.people import enrol
from api.server.database import Access, Database
from api.server.embedded import EmbeddedServer
from tests.api.cli.test_commands import Desk, agree, prepared_by, set_environment
from tests.build import NOON, a_key
from tests.conftest import world_copy


class Counter(Desk):
    """A desk at which outsiders show their keys for a command."""

    keys: dict[str, str]

    def shown(self, who: str, *words: str) -> Any:
        return CliRunner().invoke(app, [*words, "--json"], input=f"{self.keys[who]}\n")

    def done(self, who: str, *words: str) -> Any:
        done = self.shown(who, *words)
        assert done.exit_code == 0, (done.output, done.exception)
        return json.loads(done.output)

    def refuses(self, refusal: str, who: str, *words: str) -> None:
        done = self.shown(who, *words)
        assert type(done.exception).__name__ == refusal, (done.output, done.exception)


@pytest.fixture
def desk(
    server: EmbeddedServer, request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Counter]:
    with world_copy(server, "a desk of one person", partial(prepared_by, agree), request.node.nodeid) as (access, _):
        set_environment(access, tmp_path, monkeypatch)
        counter = Counter(tmp_path)
        counter.keys = outsiders(access)
        yield counter


def outsiders(access: Access) -> dict[str, str]:
    keys = {
        name: a_key(access, 1, role, name, party="Blechwerke")
        for name, role in (("kern", Role.CUSTOMER), ("theo", Role.THIRD_PARTY))
    }
    database = Database(access.app)
    with database.transaction(1) as session:
        keys["bank"] = enrol(session, NewIdentity("bank", Role.LENDER, contract="C-1"), at=NOON).key
    database.close()
    return keys


def test_a_customer_gives_a_grant_and_takes_it_back(desk: Counter) -> None:
    given = desk.done("kern", "grant", "give", "theo", "Press")
    assert (given["name"], given["machine"]) == ("theo", "Press")
    assert [row["id"] for row in desk.done("kern", "grant", "list", "--by-key")] == [given["id"]]
    assert [row["id"] for row in desk.asks("grant", "list")] == [given["id"]]
    assert desk.done("kern", "grant", "revoke", str(given["id"]))["revoked_at"]
    desk.refuses("GrantRevoked", "kern", "grant", "revoke", str(given["id"]))


def test_a_lender_signs_what_it_sees_once(desk: Counter) -> None:
    signed = desk.done("bank", "contract", "sign", "C-1", "--note", "seen")
    assert (signed["name"], signed["version"], signed["note"]) == ("bank", 1, "seen")
    desk.refuses("AlreadySigned", "bank", "contract", "sign", "C-1")
    desk.refuses("UnknownStatement", "bank", "statement", "sign", "9")
    assert [row["name"] for row in desk.asks("contract", "signatures", "C-1")] == ["bank"]


@pytest.mark.parametrize(("who", "words"), [
    ("bank", ("grant", "give", "theo", "Press")), ("kern", ("contract", "sign", "C-1")), ("theo", ("grant", "list", "--by-key")),
])  # fmt: skip
def test_nobody_does_what_is_anothers(desk: Counter, who: str, words: tuple[str, ...]) -> None:
    desk.refuses("Forbidden", who, *words)


def test_the_key_is_not_kept_and_opens_no_other_command(desk: Counter) -> None:
    desk.done("bank", "contract", "sign", "C-1")
    assert desk.asks("whoami")["kind"] == "account"
    done = CliRunner().invoke(app, ["login"], input=f"{desk.keys['kern']}\n")
    assert type(done.exception).__name__ == "KeyOfAnOutsider"


def test_what_an_outsider_does_is_recorded_as_theirs(desk: Counter) -> None:
    given = desk.done("kern", "grant", "give", "theo", "Press")
    (entry,) = desk.asks("audit", "list", "--operation", "grant give")
    assert (entry["who"], entry["key"]) == ("kern", desk.keys["kern"][:12])
    assert given["id"]
