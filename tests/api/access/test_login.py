"""Who is recorded at the command line: the label of a key, or the account; never a name that the environment claims."""

import json
import os
import pty
import pwd
import select
import stat
import subprocess
import sys
import threading
import unicodedata
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

import pytest
import time_machine
from sqlalchemy import text
from typer.testing import Result

from api.access.identities import IdentityTaken
from api.access.roles import Role
from api.cli.main import app
from api.server.database import Access
from api.server.embedded import SUPERUSER, EmbeddedServer
from api.server.provision import OWNER, administering
from tests.api.cli.test_commands import Desk, prepared_by, set_environment
from tests.billing.scene import CONTRACT, FLEET
from tests.build import a_key
from tests.conftest import TEMPLATE, access_to, world_copy

ACCOUNT = pwd.getpwuid(os.getuid()).pw_name
NAMES = ("LOGNAME", "USER", "LNAME", "USERNAME")
OTHER_CONTRACT = CONTRACT.replace("C-1", "C-2")
READINGS = "time,value\n2026-01-05T10:00Z,60\n"
INDEX = 'index: CPI\nvalues: [{month: 2026-01, value: "123.4", published: 2026-02-12}]\n'
EDIT = ("edit", "set", "kwh", "--from", "2026-01-05T10:00Z", "--value", "61", "--reason", "read off")


class Office(Desk):
    """A tenant in which four eyes are on, and people with keys who sit down at the same keyboard."""

    def key(self, name: str, role: str = "owner", *more: str) -> str:
        return str(self.asks("user", "create", name, "--role", role, *more)["key"])

    def revokes(self, name: str) -> None:
        for key in self.asks("key", "list"):
            if key["name"] == name and key["revoked"] is None:
                self.types("key", "revoke", key["id"])

    def enters(self, key: str, *more: str) -> Result:
        return self.runner.invoke(app, ["login", *more], input=f"{key}\n")

    def is_used_by(self, name: str, *more: str) -> None:
        self.types("logout")  # whoever was here before may have been no more than a bookkeeper
        done = self.enters(self.key(name, "owner", *more))
        assert done.exit_code == 0, done.output

    def is_refused(self, *words: str) -> str:
        done = self.runner.invoke(app, [*words])
        assert done.exit_code == 1, done.output
        return type(done.exception).__name__

    def versions(self) -> list[tuple[str, str, str | None]]:
        shown = self.asks("contract", "show", "C-2")
        return [(version["contract"], version["recorded_by"], version["released_by"]) for version in shown]

    @property
    def kept(self) -> list[Path]:
        return sorted((self.folder / "config" / "usufruct").glob("*"))


def declare(folder: Path) -> None:
    desk = Desk(folder)
    desk.types("fleet", "apply", desk.file("fleet.yaml", FLEET))


@pytest.fixture
def access(server: EmbeddedServer, request: pytest.FixtureRequest) -> Iterator[Access]:
    """A database with the fleet."""
    with world_copy(server, "a fleet at a desk", partial(prepared_by, declare), request.node.nodeid) as (access, _):
        yield access


@pytest.fixture
def desk(access: Access, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Office:
    set_environment(access, tmp_path, monkeypatch)
    for name in NAMES:
        monkeypatch.delenv(name, raising=False)
    office = Office(tmp_path)
    office.file("fleet.yaml", FLEET)
    office.file("a.csv", READINGS)
    office.file("cpi.yaml", INDEX)
    office.file("c.yaml", OTHER_CONTRACT)
    return office


@pytest.fixture
def claimed(monkeypatch: pytest.MonkeyPatch) -> Callable[[str, str], None]:
    """Claim a name by a variable of the environment, as in LOGNAME=bob usufruct …"""
    return monkeypatch.setenv


class TestTheEnvironment:
    @pytest.mark.parametrize("variable", NAMES)
    def test_a_name_in_the_environment_is_not_who_is_recorded(
        self, desk: Office, claimed: Callable[[str, str], None], variable: str
    ) -> None:
        claimed(variable, "bob")
        desk.types("ingest", str(desk.folder / "a.csv"), "--register", "kwh")
        assert [batch["recorded_by"] for batch in desk.asks("batches")] == [ACCOUNT]

    @pytest.mark.parametrize("variable", NAMES)
    def test_one_account_under_two_names_does_not_release_its_own_version(
        self, desk: Office, claimed: Callable[[str, str], None], variable: str
    ) -> None:
        apply, release = ["contract", "apply", str(desk.folder / "c.yaml")], ["contract", "release", "C-2"]
        claimed(variable, "anna")
        desk.runner.invoke(app, apply)
        claimed(variable, "bob")
        desk.runner.invoke(app, release)
        released = [row["released_by"] for row in desk.asks("contract", "show")]
        assert [name for name in released if name is not None] == []

    @pytest.mark.parametrize("variable", NAMES)
    def test_the_bearer_of_one_key_under_another_name_does_not_release_her_own_version(
        self, desk: Office, claimed: Callable[[str, str], None], variable: str
    ) -> None:
        desk.is_used_by("anna")
        desk.types("contract", "apply", str(desk.folder / "c.yaml"))
        claimed(variable, "bob")
        assert desk.is_refused("contract", "release", "C-2") == "OwnWork"
        assert desk.versions() == [("C-2", "anna", None)]


class TestTwoPeople:
    def test_the_key_of_another_releases_a_version_an_index_and_an_edit(self, desk: Office) -> None:
        desk.is_used_by("anna")
        desk.types("contract", "apply", str(desk.folder / "c.yaml"))
        desk.types("index", "record", str(desk.folder / "cpi.yaml"))
        edit = str(desk.asks(*EDIT)["edit"])
        assert desk.is_refused("contract", "release", "C-2") == "OwnWork"
        assert desk.is_refused("index", "release", "CPI") == "OwnWork"
        assert desk.is_refused("edit", "release", edit) == "SamePerson"
        desk.is_used_by("bert")
        desk.types("contract", "release", "C-2")
        desk.types("index", "release", "CPI")
        desk.types("edit", "release", edit)
        assert desk.versions() == [("C-2", "anna", "bert")]
        assert [(row["recorded by"], row["released by"]) for row in desk.asks("index", "show", "CPI")] == [
            ("anna", "bert")
        ]
        assert [(row["prepared_by"], row["released_by"]) for row in desk.asks("edit", "list")] == [("anna", "bert")]

    @pytest.mark.parametrize("words", [
        ("contract", "apply", "c.yaml"), ("contract", "release", "C-2"), ("index", "record", "cpi.yaml"), ("index", "release", "CPI"),
        EDIT, ("edit", "verify", "kwh", "--from", "2026-01-05", "--to", "2026-01-05", "--reason", "true"), ("edit", "release", "1"),
    ], ids=" ".join)  # fmt: skip
    def test_who_has_not_logged_in_is_refused_and_reads_what_to_type(
        self, desk: Office, words: tuple[str, ...]
    ) -> None:
        words = tuple(str(desk.folder / word) if word.endswith(".yaml") else word for word in words)
        done = desk.runner.invoke(app, [*words])
        assert type(done.exception).__name__ == "NotLoggedIn"
        assert "usufruct user create NAME --role owner" in str(done.exception)
        assert "usufruct login" in str(done.exception)

    def test_whoever_is_refused_for_want_of_a_login_gets_the_exit_code_of_a_conflict(self, desk: Office) -> None:
        done = subprocess.run([str(Path(sys.executable).with_name("usufruct")), "contract", "apply", str(desk.folder / "c.yaml")],
                              capture_output=True, text=True, check=False)  # fmt: skip
        assert (done.returncode, done.stdout) == (5, "")
        assert "Nobody is logged in, and two people must be told apart. (not-logged-in)" in done.stderr
        assert "  usufruct login" in done.stderr.splitlines()

    def test_a_fleet_and_readings_need_no_login(self, desk: Office) -> None:
        desk.types("fleet", "apply", str(desk.folder / "fleet.yaml"))
        desk.types("ingest", str(desk.folder / "a.csv"), "--register", "kwh")

    def test_alone_nobody_needs_a_login_and_the_account_is_recorded(self, desk: Office) -> None:
        desk.types("tenant", "four-eyes", "off", "--reason", "one person so far")
        desk.types("contract", "apply", str(desk.folder / "c.yaml"))
        assert desk.versions() == [("C-2", ACCOUNT, ACCOUNT)]

    def test_what_an_account_has_prepared_is_not_released_by_a_key_of_the_same_name(self, desk: Office) -> None:
        desk.types("tenant", "four-eyes", "off", "--reason", "one person so far")
        edit = str(desk.asks(*EDIT)["edit"])
        desk.types("tenant", "four-eyes", "on")
        desk.is_used_by(ACCOUNT)
        assert desk.is_refused("edit", "release", edit) == "SamePerson"
        desk.is_used_by("bert")
        desk.types("edit", "release", edit)


class TestLogin:
    def test_whoever_logs_in_is_recorded_until_logout(self, desk: Office) -> None:
        done = desk.enters(desk.key("anna"), "--json")
        assert json.loads(done.output) == {"person": "anna", "role": "owner"}
        desk.types("ingest", str(desk.folder / "a.csv"), "--register", "kwh")
        assert desk.asks("logout") == {"person": ACCOUNT, "logged_out": True}
        desk.types("ingest", desk.file("b.csv", READINGS.replace("60", "61")), "--register", "kwh")
        assert [batch["recorded_by"] for batch in desk.asks("batches")] == [ACCOUNT, "anna"]
        assert f"nobody was logged in; you are the account {ACCOUNT}" in desk.types("logout")

    def test_login_says_who_one_is(self, desk: Office) -> None:
        assert (
            "logged in as Bert [finance], in the role finance"
            in desk.enters(desk.key("Bert [finance]", "finance")).output
        )

    def test_a_later_login_takes_the_place_of_the_earlier(self, desk: Office) -> None:
        desk.is_used_by("anna")
        desk.is_used_by("bert")
        assert len(desk.kept) == 1
        desk.types("contract", "apply", str(desk.folder / "c.yaml"))
        assert desk.versions() == [("C-2", "bert", None)]

    @pytest.mark.parametrize("key", ["usu_nothing", "hello", "Ünbekannt", "a" * 5000, "\x00"])
    def test_an_unknown_key_is_refused(self, desk: Office, key: str) -> None:
        assert type(desk.enters(key).exception).__name__ == "UnknownKey"
        assert desk.kept == []

    @pytest.mark.parametrize("nothing", ["", "\n", "  \nusu_second_line\n"])
    def test_no_key_is_a_wrong_command_line(self, desk: Office, nothing: str) -> None:
        done = desk.runner.invoke(app, ["login"], input=nothing)
        assert done.exit_code == 2

    def test_a_key_is_no_argument_for_all_to_see(self, desk: Office) -> None:
        assert desk.runner.invoke(app, ["login", desk.key("anna")]).exit_code == 2

    def test_a_key_that_has_ended_and_is_still_kept_is_in_nobodys_way(self, desk: Office) -> None:
        anna, bert = desk.key("anna"), desk.key("bert")
        desk.enters(anna)
        desk.types("key", "revoke", anna[:12])
        assert desk.is_refused("whoami") == "KeyEnded"
        assert desk.enters(bert).exit_code == 0
        assert desk.asks("whoami")["name"] == "bert"

    def test_a_revoked_key_is_refused(self, desk: Office) -> None:
        key = desk.key("anna")
        desk.revokes("anna")
        assert type(desk.enters(key).exception).__name__ == "KeyEnded"
        assert desk.kept == []

    def test_a_key_of_another_tenant_is_refused(self, desk: Office) -> None:
        key = desk.key("anna", "owner", "--tenant", "Südpresse")
        assert type(desk.enters(key).exception).__name__ == "KeyOfAnotherTenant"
        assert desk.kept == []

    def test_a_customers_key_is_refused(self, desk: Office) -> None:
        desk.is_used_by("anna")
        desk.types("contract", "apply", str(desk.folder / "c.yaml"))
        desk.types("logout")
        key = desk.key("dairy", "customer", "--party", "Blechwerke")
        assert type(desk.enters(key).exception).__name__ == "KeyOfAnOutsider"
        assert desk.kept == []

    @pytest.mark.parametrize("words", [
        ("ingest", "a.csv", "--register", "kwh"), ("withdraw", "kwh", "--from", "2026-01-05", "--to", "2026-01-05", "--reason", "r"), EDIT,
        ("contract", "apply", "c.yaml"), ("index", "record", "cpi.yaml"), ("tenant", "four-eyes", "off", "--reason", "alone"),
        ("statement", "prepare", "C-2", "--on", "2026-01-01"), ("dispute", "settle", "1", "--waived"),
    ], ids=" ".join)  # fmt: skip
    def test_a_key_that_was_revoked_after_login_records_nothing_more(
        self, desk: Office, words: tuple[str, ...]
    ) -> None:
        desk.is_used_by("anna")
        desk.revokes("anna")
        words = tuple(str(desk.folder / word) if word.endswith((".yaml", ".csv")) else word for word in words)
        assert desk.is_refused(*words) == "KeyEnded"
        desk.types("logout")
        assert desk.asks("batches") == []
        assert desk.asks("tenant", "four-eyes")["record"] == []

    def test_at_a_terminal_the_key_is_not_shown(self, desk: Office) -> None:
        key = desk.key("anna")
        keyboard, terminal = pty.openpty()
        login = subprocess.Popen([str(Path(sys.executable).with_name("usufruct")), "login"], stdin=terminal, stdout=terminal,
                                 stderr=terminal, start_new_session=True)  # fmt: skip
        os.close(terminal)
        shown = b""
        while not shown.endswith(b"API key: "):
            assert select.select([keyboard], [], [], 30)[0], shown
            shown += os.read(keyboard, 1000)
        os.write(keyboard, f"{key}\n".encode())
        with pytest.raises(OSError, match="Input/output error"):  # how a terminal ends
            while chunk := os.read(keyboard, 1000):
                shown += chunk
        os.close(keyboard)
        assert login.wait(30) == 0
        assert b"logged in as anna" in shown
        assert key.encode() not in shown


class TestTheFileOfTheKey:
    def test_is_for_its_user_alone_even_where_the_folder_was_open_and_the_umask_is_none(self, desk: Office) -> None:
        (desk.folder / "config" / "usufruct").mkdir(parents=True, mode=0o755)
        before = os.umask(0)
        try:
            desk.is_used_by("anna")
        finally:
            os.umask(before)
        (file,) = desk.kept
        assert stat.S_IMODE(file.stat().st_mode) == 0o600
        assert stat.S_IMODE(file.parent.stat().st_mode) == 0o700

    def test_stands_in_the_home_where_xdg_config_home_is_not_set(
        self, desk: Office, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.delenv("XDG_CONFIG_HOME")
        monkeypatch.setenv("HOME", str(desk.folder / "home"))
        desk.is_used_by("anna")
        (file,) = (desk.folder / "home" / ".config" / "usufruct").glob("*")
        assert stat.S_IMODE(file.parent.stat().st_mode) == 0o700

    @pytest.mark.parametrize("mode", [0o640, 0o604, 0o620])
    def test_is_refused_where_others_may_read_or_write_it(self, desk: Office, mode: int) -> None:
        desk.is_used_by("anna")
        (file,) = desk.kept
        file.chmod(mode)
        done = desk.runner.invoke(app, ["contract", "apply", str(desk.folder / "c.yaml")])
        assert type(done.exception).__name__ == "ExposedKeyFile"
        assert f"chmod 600 {file}" in str(done.exception)
        file.chmod(0o600)
        desk.types("contract", "apply", str(desk.folder / "c.yaml"))

    def test_is_refused_where_others_may_put_another_into_the_folder(self, desk: Office) -> None:
        desk.is_used_by("anna")
        desk.kept[0].parent.chmod(0o777)
        assert desk.is_refused("ingest", str(desk.folder / "a.csv"), "--register", "kwh") == "ExposedKeyFile"

    @pytest.mark.skipif(os.getuid() != 0, reason="only root gives a file away")
    def test_is_refused_where_it_belongs_to_somebody_else(self, desk: Office) -> None:
        desk.is_used_by("anna")
        os.chown(desk.kept[0], 12345, 12345)
        assert desk.is_refused("ingest", str(desk.folder / "a.csv"), "--register", "kwh") == "ExposedKeyFile"

    @pytest.mark.parametrize("content", ["", "{", "[]", "{}", '"usu_x"'])
    def test_is_refused_by_name_where_it_is_damaged_and_written_anew_by_login(self, desk: Office, content: str) -> None:
        desk.is_used_by("anna")
        desk.kept[0].write_text(content)
        assert desk.is_refused("ingest", str(desk.folder / "a.csv"), "--register", "kwh") == "DamagedKeyFile"
        desk.is_used_by("bert")
        desk.types("ingest", str(desk.folder / "a.csv"), "--register", "kwh")

    def test_stays_whole_where_its_successor_cannot_be_written(
        self, desk: Office, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        desk.is_used_by("anna")
        (file,) = desk.kept
        before, key = file.read_bytes(), desk.key("bert")

        def is_full(descriptor: int) -> None:
            raise OSError(28, "No space left on device")

        monkeypatch.setattr(os, "fsync", is_full)
        assert type(desk.enters(key).exception).__name__ == "NoFolderForKeys"
        assert [file] == desk.kept
        assert before == file.read_bytes()

    def test_logout_forgets_a_key_whatever_the_file_holds_and_allows(self, desk: Office) -> None:
        desk.is_used_by("anna")
        desk.kept[0].write_text("{")
        desk.kept[0].chmod(0o666)
        assert desk.asks("logout")["logged_out"]
        assert desk.kept == []


class TestAUserWithoutNameOrHome:
    """As in a container that runs as any number."""

    @pytest.fixture(autouse=True)
    def nameless(self, desk: Office, monkeypatch: pytest.MonkeyPatch) -> None:
        def unknown(number: int) -> None:
            raise KeyError(number)

        monkeypatch.setattr(pwd, "getpwuid", unknown)

    def test_is_recorded_by_its_number(self, desk: Office) -> None:
        desk.types("ingest", str(desk.folder / "a.csv"), "--register", "kwh")
        assert [batch["recorded_by"] for batch in desk.asks("batches")] == [f"user {os.getuid()}"]

    def test_cannot_keep_a_key_and_works_without(self, desk: Office, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("XDG_CONFIG_HOME", "relative/is/ignored")
        monkeypatch.delenv("HOME")
        assert type(desk.enters(desk.key("anna")).exception).__name__ == "NoFolderForKeys"
        desk.types("ingest", str(desk.folder / "a.csv"), "--register", "kwh")
        assert not desk.asks("logout")["logged_out"]


class TestOneLoginForEachTenantOfEachDatabase:
    def test_another_tenant_has_its_own(self, desk: Office) -> None:
        desk.is_used_by("anna")
        north = desk.types("ingest", str(desk.folder / "a.csv"), "--register", "kwh")
        assert "1 stored" in north
        there = ("--tenant", "Südpresse")
        desk.types("fleet", "apply", str(desk.folder / "fleet.yaml"), *there)
        desk.types("ingest", str(desk.folder / "a.csv"), "--register", "kwh", *there)
        assert [batch["recorded_by"] for batch in desk.asks("batches", *there)] == [ACCOUNT]
        assert desk.enters(desk.key("zoë", "contract_manager", *there), *there).exit_code == 0
        desk.types("ingest", desk.file("b.csv", READINGS.replace("60", "61")), "--register", "kwh", *there)
        assert [batch["recorded_by"] for batch in desk.asks("batches", *there)] == ["zoë", ACCOUNT]
        desk.types("logout", *there)
        assert len(desk.kept) == 1
        desk.types("ingest", str(desk.folder / "b.csv"), "--register", "kwh")
        assert [batch["recorded_by"] for batch in desk.asks("batches")] == ["anna", "anna"]

    @pytest.fixture
    def elsewhere(self, server: EmbeddedServer, access: Access) -> Iterator[Access]:
        name = f"{access.app.database}_2"
        with administering(server.url("postgres", SUPERUSER)) as connection:
            connection.execute(text(f"create database {name} template {TEMPLATE} owner {OWNER}"))
        other = access_to(server, name)
        with administering(other.administrator) as connection:
            connection.execute(text("insert into tenant (name) values ('Nordluft')"))
        yield other
        with administering(server.url("postgres", SUPERUSER)) as connection:
            connection.execute(text(f"drop database {name} with (force)"))

    def test_another_database_has_its_own(
        self, desk: Office, access: Access, elsewhere: Access, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def go_to(place: Access) -> None:
            monkeypatch.setenv("DATABASE_URL", place.app.render_as_string(hide_password=False))
            monkeypatch.setenv("DATABASE_ADMIN_URL", place.administrator.render_as_string(hide_password=False))

        def recorded() -> Any:
            desk.types("ingest", str(desk.folder / "a.csv"), "--register", "kwh")
            return desk.asks("batches")[0]["recorded_by"]

        desk.is_used_by("anna")
        go_to(elsewhere)
        desk.types("fleet", "apply", str(desk.folder / "fleet.yaml"))
        assert recorded() == ACCOUNT
        desk.is_used_by("bert")
        assert recorded() == "bert"
        go_to(access)
        assert recorded() == "anna"
        assert len(desk.kept) == 2


class TestNames:
    @pytest.mark.parametrize(("name", "again"), [
        ("anna", "anna"), ("anna", " anna "), ("anna", "Anna"), ("José", unicodedata.normalize("NFD", "José")), (unicodedata.normalize("NFD", "José"), "José"),
    ])  # fmt: skip
    def test_two_identities_do_not_have_one_name_not_even_one_after_the_other(
        self, desk: Office, name: str, again: str
    ) -> None:
        desk.key(name)
        assert desk.is_refused("user", "create", again, "--role", "finance") == "IdentityTaken"
        desk.types("user", "disable", again)
        assert desk.is_refused("user", "create", again, "--role", "finance") == "IdentityTaken"

    def test_another_tenant_has_names_of_its_own(self, desk: Office) -> None:
        desk.key("anna")
        desk.key("anna", "owner", "--tenant", "Südpresse")

    @pytest.mark.parametrize(
        "name",
        ["", "  ", "a" * 201, "an\x07na", "an\nna", "an\u200bna", "an\u202ena", "an\u00a0na", "an\ufeffna", "\udcff"],
    )
    def test_a_name_that_names_nobody_is_refused(self, desk: Office, name: str) -> None:
        assert desk.is_refused("user", "create", name, "--role", "owner") == "UnfitName"

    @pytest.mark.parametrize("name", ["a" * 200, "Anna Petersen", "o'Neil; drop", "李", "zoë"])
    def test_a_name_that_names_somebody_is_recorded_as_it_is(self, desk: Office, name: str) -> None:
        desk.is_used_by(f" {name} ")
        desk.types("contract", "apply", str(desk.folder / "c.yaml"))
        assert desk.versions() == [("C-2", name, None)]

    def test_two_at_once_make_one_identity_of_a_name(self, access: Access) -> None:
        outcomes: list[str] = []
        start = threading.Barrier(8)

        def create() -> None:
            start.wait()
            try:
                a_key(access, 1, Role.OWNER, "anna")
            except IdentityTaken:
                outcomes.append("taken")
            else:
                outcomes.append("made")

        threads = [threading.Thread(target=create) for _ in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert sorted(outcomes) == ["made", *["taken"] * 7]

    def test_a_party_and_a_contract_go_with_the_roles_that_have_them(self, desk: Office) -> None:
        for words in (
            ("--role", "customer"),
            ("--role", "owner", "--party", "Blechwerke"),
            ("--role", "verifier"),
            ("--role", "finance", "--contract", "C-1"),
        ):
            assert desk.is_refused("user", "create", "x", *words) == "UnfitRole"
        assert desk.is_refused("user", "create", "x", "--role", "customer", "--party", "Nobody") == "UnknownParty"
        unknown = desk.is_refused("user", "create", "x", "--role", "lender", "--contract", "C-9")
        assert unknown == "UnknownContractOfIdentity"


class TestKeys:
    def test_of_one_person_are_one_person(self, desk: Office) -> None:
        first = desk.key("anna")
        second = desk.asks("key", "create", "ANNA")["key"]
        assert desk.enters(first).exit_code == 0
        desk.types("contract", "apply", str(desk.folder / "c.yaml"))
        assert desk.enters(second).exit_code == 0
        assert desk.is_refused("contract", "release", "C-2") == "OwnWork"
        assert desk.versions() == [("C-2", "anna", None)]

    def test_are_listed_by_their_first_characters_alone(self, desk: Office) -> None:
        key = desk.key("anna")
        listed = desk.types("key", "list")
        assert key[:12] in listed
        assert key[12:] not in listed
        assert [(row["id"], row["name"], row["revoked"]) for row in desk.asks("key", "list")] == [
            (key[:12], "anna", None)
        ]

    def test_one_that_is_not_known_is_an_error_to_revoke_and_so_is_one_that_is_revoked(self, desk: Office) -> None:
        key = desk.key("anna")
        assert desk.is_refused("key", "revoke", "usu_nothing1") == "UnknownKey"
        desk.types("key", "revoke", key[:12])
        assert desk.is_refused("key", "revoke", key[:12]) == "KeyEnded"

    def test_one_ends_by_itself(self, desk: Office) -> None:
        desk.key("anna")
        assert desk.is_refused("key", "create", "anna", "--expires", "2001-01-01") == "KeyEnded"
        with time_machine.travel("2026-05-01T00:00:00Z"):
            key = desk.asks("key", "create", "anna", "--expires", "2026-06-01")["key"]
        with time_machine.travel("2026-05-31T23:59:59Z"):
            assert desk.enters(key).exit_code == 0
        with time_machine.travel("2026-06-01T00:00:00Z"):
            assert type(desk.enters(key).exception).__name__ == "KeyEnded"

    def test_one_in_the_place_of_another_leaves_no_gap(self, desk: Office) -> None:
        with time_machine.travel("2026-05-01T00:00:00Z"):
            before = desk.key("anna")
            after = desk.asks("key", "rotate", before[:12], "--overlap", "2")["key"]
            assert [desk.enters(key).exit_code for key in (before, after)] == [0, 0]
        with time_machine.travel("2026-05-01T02:01:00Z"):
            assert type(desk.enters(before).exception).__name__ == "KeyEnded"
            assert desk.enters(after).exit_code == 0
            assert desk.is_refused("key", "rotate", before[:12]) == "KeyEnded"

    def test_none_of_somebody_who_acts_no_more_works(self, desk: Office) -> None:
        key = desk.key("anna")
        desk.key("bert")
        desk.enters(key)
        desk.types("user", "disable", "anna")  # of two owners neither disables the other
        desk.types("logout")
        assert type(desk.enters(key).exception).__name__ == "KeyEnded"
        assert [row["until"] is None for row in desk.asks("user", "list") if row["name"] in ("anna", "bert")] == [
            False,
            True,
        ]

    def test_a_scope_is_the_most_that_a_key_may(self, desk: Office) -> None:
        desk.key("anna")
        scoped = desk.asks("key", "create", "anna", "--scope", "readings:write", "--scope", "readings:read")["key"]
        assert desk.enters(scoped).exit_code == 0
        desk.types("ingest", str(desk.folder / "a.csv"), "--register", "kwh")
        assert desk.is_refused("contract", "apply", str(desk.folder / "c.yaml")) == "Forbidden"
        desk.types("logout")
        desk.key("meter", "meter")
        assert desk.is_refused("key", "create", "meter", "--scope", "invoices:issue") == "UnfitScope"
        assert desk.runner.invoke(app, ["key", "create", "anna", "--scope", "everything"]).exit_code == 2

    def test_a_role_is_asked_at_the_command_line_as_over_http(self, desk: Office) -> None:
        desk.types("logout")
        assert desk.enters(desk.key("auditor", "auditor")).exit_code == 0
        desk.types("invoice", "list")
        assert desk.is_refused("ingest", str(desk.folder / "a.csv"), "--register", "kwh") == "Forbidden"
        assert desk.is_refused("key", "create", "auditor") == "Forbidden"
