"""When a key is lost, the administrator of the database makes another for an owner, and every owner is shown it.

And what one person alone made while four eyes were off is shown, once they are on again, until another owner has looked.
"""

from collections.abc import Iterator
from contextlib import closing
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import time_machine
from sqlalchemy import text
from typer.testing import CliRunner

from api.access.identities import find
from api.access.roles import Role
from api.cli.context import now
from api.cli.main import app
from api.operations import people
from api.server.database import Access, Acting, ContradictsStored, Database, PersonNeeded
from api.server.embedded import EmbeddedServer
from tests.api.access.test_releases import Owners
from tests.api.cli.test_commands import prepared_by, set_environment
from tests.conftest import world_copy


def two_owners(folder: Path) -> dict[str, str]:
    """Anna and Bert; Anna is logged in."""
    desk = Owners(folder, {})
    desk.keys = {name: desk.asks("user", "create", name, "--role", "owner")["key"] for name in ("Anna", "Bert")}
    desk.sits("Anna")
    return desk.keys


@pytest.fixture
def access(server: EmbeddedServer, request: pytest.FixtureRequest) -> Iterator[tuple[Access, dict[str, str]]]:
    keys: dict[str, str] = {}

    def build(access: Access) -> dict[str, str]:
        prepared_by(lambda folder: keys.update(two_owners(folder)), access)
        return keys

    with world_copy(server, "two owners with keys", build, request.node.nodeid) as (copied, made):
        yield copied, dict(made)


@pytest.fixture
def desk(access: tuple[Access, dict[str, str]], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Owners:
    set_environment(access[0], tmp_path, monkeypatch)
    return Owners(tmp_path, access[1])


def recovered(desk: Owners, name: str = "Bert") -> dict[str, Any]:
    made: dict[str, Any] = desk.asks("user", "recover", name, "--reason", "the laptop is gone")
    return made


class TestALostKey:
    def test_nobody_but_the_administrator_helps(self, desk: Owners) -> None:
        """As it was: what the remaining owner makes waits for the one whose key is lost."""
        desk.sits("Anna")
        assert desk.asks("key", "create", "Bert")["waits"]
        assert "usufruct user recover" in desk.refuses("OneOfTwoOwners", "user", "disable", "Bert")
        desk.types("logout")
        assert "usufruct user recover" in desk.refuses("NotLoggedIn", "key", "create", "Bert")

    def test_the_owner_has_a_new_key_at_once_and_no_other(self, desk: Owners) -> None:
        made = recovered(desk)
        assert made["ended"] == [desk.keys["Bert"][:12]]
        done = CliRunner().invoke(app, ["login"], input=f"{desk.keys['Bert']}\n")
        assert type(done.exception).__name__ == "KeyEnded"
        desk.keys["Bert"] = made["key"]
        desk.sits("Bert")
        assert [key["id"] for key in desk.asks("key", "list") if key["name"] == "Bert" and not key["revoked"]] == [
            made["id"]
        ]

    def test_it_works_for_both_and_whatever_key_is_kept_at_the_desk(self, desk: Owners) -> None:
        desk.sits("Anna")
        desk.types("key", "revoke", desk.keys["Anna"][:12])
        for name in ("Anna", "Bert"):
            desk.keys[name] = recovered(desk, name)["key"]
            desk.sits(name)

    def test_it_is_in_the_audit_by_name_and_number(self, desk: Owners) -> None:
        made = recovered(desk)
        desk.sits("Anna")
        (entry,) = desk.asks("audit", "list", "--operation", "user recover")
        assert made["id"] in entry["object"]
        assert entry["object"].startswith("identity ")
        assert "Bert" not in entry["object"]
        assert entry["door"] == "command line"

    def test_every_owner_is_shown_it_until_another_has_released_it(self, desk: Owners) -> None:
        made = recovered(desk)
        for name, key in (("Bert", made["key"]), ("Anna", desk.keys["Anna"])):
            desk.keys[name] = key
            desk.sits(name)
            assert f"key {made['id']} of Bert, owner: the laptop is gone" in desk.types("whoami").replace("\n", " ")
            (shown,) = desk.asks("tenant", "four-eyes")["unseen"]
            assert (shown["name"], shown["key"], shown["reason"]) == ("Bert", made["id"], "the laptop is gone")
        desk.sits("Bert")
        desk.refuses("OwnIdentity", "key", "release", made["id"])
        desk.refuses("OwnIdentity", "user", "release", "Bert", "--yes")
        desk.sits("Anna")
        desk.types("key", "release", made["id"])
        assert desk.asks("whoami")["recoveries"] == desk.asks("tenant", "four-eyes")["unseen"] == []

    def test_it_is_shown_for_thirty_days(self, desk: Owners) -> None:
        recovered(desk)
        desk.sits("Anna")
        for days, shown in ((29, 1), (30, 0)):
            with time_machine.travel(now() + timedelta(days=days), tick=False):
                assert len(desk.asks("whoami")["recoveries"]) == shown

    def test_without_the_administrator_it_is_refused(self, desk: Owners, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.delenv("DATABASE_ADMIN_URL")
        desk.refuses("NoAdministrator", "user", "recover", "Bert", "--reason", "x")

    @pytest.mark.parametrize(("name", "refusal"), [
        ("Eve", "NotAnActingOwner"), ("Fin", "NotAnActingOwner"), ("Nobody", "UnknownIdentity"),
    ])  # fmt: skip
    def test_it_lets_in_nobody_who_waits_and_nobody_who_is_no_owner(
        self, desk: Owners, name: str, refusal: str
    ) -> None:
        desk.sits("Anna")
        desk.types("user", "create", "Eve", "--role", "owner")
        desk.types("user", "create", "Fin", "--role", "auditor")
        desk.refuses(refusal, "user", "recover", name, "--reason", "x")
        desk.refuses("NoReason", "user", "recover", "Bert", "--reason", " ")

    def test_nobody_who_is_disabled(self, desk: Owners) -> None:
        desk.sits("Bert")
        desk.types("user", "disable", "Bert")
        desk.refuses("NotAnActingOwner", "user", "recover", "Bert", "--reason", "x")


class TestPastTheProgram:
    def test_the_application_recovers_no_key(self, access: tuple[Access, dict[str, str]]) -> None:
        with closing(Database(access[0].app)) as database:
            with database.transaction(1) as session:
                anna = find(session, "Anna").id
            with (
                pytest.raises(ContradictsStored, match="administrators_recover"),
                database.transaction(1, acting=Acting(anna, Role.OWNER.value)) as session,
            ):
                people.recover_owner(session, "Anna", reason="x", at=now())

    @pytest.mark.parametrize(("who", "refusal"), [("Bert", ContradictsStored), ("Fin", PersonNeeded)])
    def test_who_is_let_in_and_who_is_no_owner_has_not_looked_at_it(
        self, desk: Owners, access: tuple[Access, dict[str, str]], who: str, refusal: type[Exception]
    ) -> None:
        made = recovered(desk)
        desk.sits("Anna")
        desk.types("user", "create", "Fin", "--role", "auditor")
        with closing(Database(access[0].app)) as database:
            with database.transaction(1) as session:
                number, bert = find(session, who).id, find(session, "Bert").id
            with pytest.raises(refusal), database.transaction(1, acting=Acting(number, Role.OWNER.value)) as session:
                session.execute(text("select see_afterwards(:i, :k)"), {"i": bert, "k": made["id"]})


class TestWhatWasMadeWhileFourEyesWereOff:
    @pytest.fixture
    def off(self, desk: Owners) -> Owners:
        """Anna and Bert have switched them off; Anna makes four, a key for Bert and one of her own, and Bert disables one."""
        desk.sits("Anna")
        desk.types("tenant", "four-eyes", "off", "--reason", "holidays")
        desk.sits("Bert")
        desk.types("tenant", "release-switch", "1")
        desk.sits("Anna")
        for name, role in (("Clerk", "finance"), ("Robot", "meter"), ("Left", "finance"), ("Reviser", "auditor")):
            desk.types("user", "create", name, "--role", role)
        desk.types("user", "disable", "Left")
        desk.keys["for Bert"] = desk.asks("key", "create", "Bert")["id"]
        desk.types("key", "create", "Anna")
        return desk

    def switched_on(self, desk: Owners) -> dict[str, Any]:
        desk.sits("Anna")
        desk.types("tenant", "four-eyes", "on")
        desk.sits("Bert")
        answer: dict[str, Any] = desk.asks("tenant", "release-switch", "2")
        return answer

    def listed(self, desk: Owners) -> list[tuple[str, str | None, str]]:
        return [(made["name"], made["key"], made["made_by"]) for made in desk.asks("tenant", "four-eyes")["unseen"]]

    def test_it_is_listed_when_they_are_on_again_by_whom_it_was_made(self, off: Owners) -> None:
        listed = [("Clerk", None, "Anna"), ("Robot", None, "Anna"), ("Bert", off.keys["for Bert"], "Anna")]
        answer = self.switched_on(off)["unseen"]
        assert [(made["name"], made["key"], made["made_by"]) for made in answer] == listed == self.listed(off)
        assert "made by Anna alone at" in off.types("tenant", "four-eyes")

    def test_another_owner_has_looked_at_it_or_ends_it(self, off: Owners) -> None:
        self.switched_on(off)
        off.sits("Anna")
        off.refuses("OwnIdentity", "user", "release", "Clerk", "--yes")
        off.sits("Bert")
        assert "Clerk (person, finance): made by Anna" in off.types("user", "release", "Clerk", "--yes")
        off.types("user", "disable", "Robot")
        off.types("key", "release", off.keys["for Bert"])
        assert self.listed(off) == []
        off.refuses("NothingWaits", "user", "release", "Clerk", "--yes")

    def test_what_was_made_before_and_after_is_not_listed(self, off: Owners) -> None:
        self.switched_on(off)
        off.sits("Bert")
        off.types("user", "create", "Later", "--role", "finance")
        off.sits("Anna")
        off.types("user", "release", "Later", "--yes")
        assert "Later" not in {name for name, _, _ in self.listed(off)}

    def test_the_second_owner_who_comes_while_they_are_off_is_nobody_unseen(
        self, server: EmbeddedServer, request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        with world_copy(server, "nobody yet", lambda _: None, request.node.nodeid) as (access, _):
            set_environment(access, tmp_path, monkeypatch)
            desk = Owners(tmp_path, {})
            desk.types("tenant", "four-eyes", "off", "--reason", "alone")
            for name in ("Anna", "Bert"):
                desk.keys[name] = desk.asks("user", "create", name, "--role", "owner")["key"]
            desk.sits("Anna")
            desk.types("user", "create", "Clerk", "--role", "finance")
            assert self.listed(desk) == [("Clerk", None, "Anna")]
