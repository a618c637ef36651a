"""Where there are two owners, who is not logged in makes nobody and ends nothing: an account tells nobody from another."""

from collections.abc import Iterator
from contextlib import closing
from functools import partial
from pathlib import Path

import pytest
import typer
from sqlalchemy import text
from typer.testing import CliRunner

from api.access.caller import IdentityKind
from api.access.identities import NewIdentity, account, find
from api.access.roles import Permission, Role
from api.cli.main import app
from api.operations import people, tenants
from api.server.database import Access, Acting, ContradictsStored, Database, PersonNeeded, act
from api.server.embedded import EmbeddedServer
from metering.tenants.store import SwitchWaits
from tests.api.access.test_four_eyes_everywhere import asked_by, commands
from tests.api.cli.test_commands import Desk, prepared_by, set_environment
from tests.build import NOON, a_key
from tests.conftest import world_copy

ISSUER = ("--issuer", "https://login.example/works")
SUBJECT = (*ISSUER, "--subject", "7d1c5f")
#: Every command that makes or ends somebody or a way in, or switches four eyes; KEY stands for a key of Anna's.
CHANGING = {
    "user create": ("Eve", "--role", "auditor"),
    "user release": ("Anna",),
    "user disable": ("Anna",),
    "user bind": ("Anna", *SUBJECT),
    "user unbind": SUBJECT,
    "user erase": ("gone",),
    "key create": ("Anna",),
    "key revoke": ("KEY",),
    "key rotate": ("KEY",),
    "key release": ("KEY",),
    "openid add": (ISSUER[1], "--audience", "others"),
    "openid remove": (ISSUER[1],),
    "tenant four-eyes": ("off", "--reason", "x"),
    "tenant limit": ("dispute_waived", "50", "EUR", "--reason", "x"),
    "tenant release-switch": ("1",),
    "tenant take-back-limit": ("1",),
    "tenant take-back-switch": ("1",),
    "tenant release-limit": ("1",),
}
#: What runs by a schedule of the machine, and takes nothing from anybody who acts.
UNATTENDED = {"audit prune"}


def two_owners(folder: Path) -> None:
    """Anna and Bert are owners; nobody is logged in."""
    desk = Desk(folder)
    desk.types("openid", "add", ISSUER[1], "--audience", "usufruct")
    for name in ("Anna", "Bert"):
        desk.types("user", "create", name, "--role", "owner")


@pytest.fixture
def access(server: EmbeddedServer, request: pytest.FixtureRequest) -> Iterator[Access]:
    with world_copy(server, "two owners", partial(prepared_by, two_owners), request.node.nodeid) as (copied, _):
        yield copied


@pytest.fixture
def desk(access: Access, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Desk:
    set_environment(access, tmp_path, monkeypatch)
    return Desk(tmp_path)


def key_of(access: Access, name: str) -> str:
    with closing(Database(access.app)) as database, database.transaction(1) as session:
        return next(key.id for key in people.list_keys(session) if key.name == name)


def state(access: Access) -> list[object]:
    """All that an account could have made or ended."""
    with closing(Database(access.app)) as database, database.transaction(1) as session:
        return [
            session.execute(text(f"select * from {table} order by 1, 2")).all()
            for table in ("credential", "openid_issuer", "openid_subject", "four_eyes_change", "four_eyes_limit")
        ] + [session.execute(text("select * from identity where kind <> 'account' order by id")).all()]


class TestNotLoggedIn:
    def test_every_command_that_changes_who_may_act_is_tried_here(self) -> None:
        changing = {Permission.PEOPLE_WRITE, Permission.KEYS_WRITE, Permission.FOUR_EYES_SWITCH}
        asked = {name: asked_by(callback) for name, callback in commands(typer.main.get_command(app)) if callback}
        assert {name for name, permissions in asked.items() if changing & permissions} - UNATTENDED == set(CHANGING)

    @pytest.mark.parametrize("command", CHANGING)
    def test_it_is_refused_and_nothing_has_changed(self, desk: Desk, access: Access, command: str) -> None:
        before, key = state(access), key_of(access, "Anna")
        words = [key if word == "KEY" else word for word in (*command.split(), *CHANGING[command])]
        done = CliRunner().invoke(app, words)
        assert type(done.exception).__name__ == "NotLoggedIn", (done.output, done.exception)
        assert state(access) == before

    @pytest.mark.parametrize("command", ["tenant four-eyes", "tenant release-switch", "tenant limit"])
    def test_the_switch_itself_needs_a_person_while_they_are_off_too(
        self, desk: Desk, access: Access, command: str
    ) -> None:
        switched_off(access)
        words = ("on",) if command == "tenant four-eyes" else CHANGING[command]
        done = CliRunner().invoke(app, [*command.split(), *words])
        assert type(done.exception).__name__ == "NotLoggedIn", (done.output, done.exception)

    def test_who_is_logged_in_ends_a_misuse_alone(self, desk: Desk, access: Access) -> None:
        anna = a_key(access, 1, Role.OWNER, "Anna II")
        assert CliRunner().invoke(app, ["login"], input=f"{anna}\n").exit_code == 0
        desk.types("key", "revoke", key_of(access, "Bert"))
        desk.types("user", "disable", "Bert")
        desk.types("openid", "remove", ISSUER[1])

    def test_one_owner_alone_needs_no_login(self, desk: Desk, access: Access) -> None:
        with closing(Database(access.app)) as database, database.transaction(1) as session:
            act(session, Acting(find(session, "Bert").id, Role.OWNER.value))
            people.disable_identity(session, "Bert", at=NOON, by=find(session, "Bert").id)
        desk.types("key", "revoke", key_of(access, "Anna"))


def switched_off(access: Access) -> None:
    """Anna asks for it, and Bert releases it."""
    with closing(Database(access.app)) as database:
        with database.transaction(1) as session:
            numbers = [find(session, name).id for name in ("Anna", "Bert")]
        with database.transaction(1, acting=Acting(numbers[0], "owner")) as session:
            asked = tenants.switch_four_eyes(session, off=True, reason="x", who="Anna", at=NOON)
        with database.transaction(1, acting=Acting(numbers[1], "owner")) as session:
            assert asked is not None
            tenants.release_four_eyes(session, asked.number, who="Bert", at=NOON)


class TestPastTheProgram:
    """The database refuses the same to an account, and names whoever is no person."""

    @pytest.mark.parametrize("statement", [
        "update identity set disabled_at = now() where name = 'Anna'",
        "update credential set revoked_at = now() where kind = 'key'",
        "update credential set expires_at = now() where kind = 'key'",
        "update openid_issuer set removed_at = now()",
        "update openid_issuer set audience = 'others'",
    ])  # fmt: skip
    def test_an_account_ends_nothing(self, access: Access, statement: str) -> None:
        with closing(Database(access.app)) as database:
            with database.transaction(1) as session:
                number = account(session, "root", NOON)
            with (
                pytest.raises(PersonNeeded),
                database.transaction(1, acting=Acting(number, Role.OWNER.value)) as session,
            ):
                session.execute(text(statement))

    def test_a_program_neither_asks_for_a_switch_nor_releases_one(self, access: Access) -> None:
        with closing(Database(access.app)) as database:
            with database.transaction(1) as session:
                anna = find(session, "Anna").id
                act(session, Acting(anna, Role.OWNER.value))
                people.create_identity(session, NewIdentity("robot", Role.OWNER, IdentityKind.PROGRAM), at=NOON)
                asked = tenants.switch_four_eyes(session, off=True, reason="x", who="Anna", at=NOON)
                bert = find(session, "Bert").id
                act(session, Acting(bert, Role.OWNER.value))
                robot = people.release_identity(session, "robot", by=bert, at=NOON).identity.id
            assert asked is not None
            acting = Acting(robot, Role.OWNER.value)
            with pytest.raises(PersonNeeded), database.transaction(1, acting=acting) as session:
                tenants.release_four_eyes(session, asked.number, who="robot", at=NOON)
            limit = ("dispute_waived", 1, "EUR")
            with pytest.raises(PersonNeeded), database.transaction(1, acting=acting) as session:
                session.execute(
                    text("""insert into four_eyes_limit (operation, amount, currency, reason, by, at)
                            values (:operation, :amount, :currency, 'x', 'x', now())"""),
                    dict(zip(("operation", "amount", "currency"), limit, strict=True)),
                )

    def test_other_contradictions_are_named_as_before(self, access: Access) -> None:
        with (
            closing(Database(access.app)) as database,
            pytest.raises(ContradictsStored),
            database.transaction(1) as session,
        ):
            act(session, Acting(find(session, "Anna").id, Role.OWNER.value))
            people.disable_identity(session, "Anna", at=NOON, by=find(session, "Anna").id)
            session.execute(text("update identity set disabled_at = null where name = 'Anna'"))


def test_who_asks_for_the_switch_that_another_asked_for_is_told_to_release_it(access: Access) -> None:
    with closing(Database(access.app)) as database:
        with database.transaction(1) as session:
            numbers = [find(session, name).id for name in ("Anna", "Bert")]
        with database.transaction(1, acting=Acting(numbers[0], "owner")) as session:
            asked = tenants.switch_four_eyes(session, off=True, reason="x", who="Anna", at=NOON)
            again = tenants.switch_four_eyes(session, off=True, reason="y", who="Anna", at=NOON)
            assert asked == again is not None
        with (
            pytest.raises(SwitchWaits, match=r"Anna has asked for it .* release-switch 1"),
            database.transaction(1, acting=Acting(numbers[1], "owner")) as session,
        ):
            tenants.switch_four_eyes(session, off=True, reason="x", who="Bert", at=NOON)
