"""A backup holds one moment of everything, and what is restored of it goes on where that ended; nothing else is restored.

pytest tests/reliability/test_backup.py -m long    the demo's fleet, to a new home and to a server that is named
"""

import json
import os
import shutil
import stat
import subprocess
import sys
import threading
import time
import zipfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import quote

import psycopg
import pytest
from sqlalchemy import text

from api.audit.store import AuditAnchor
from api.operations.backups import note_backup
from api.server.backups import programs
from api.server.backups.making import DUMP, MANIFEST, FileThere, NothingToBackUp, UnwritableBackup, back_up
from api.server.backups.programs import ProgramFailed, UnspeakableAddress
from api.server.backups.restoring import (
    BackupFromNewer,
    DamagedBackup,
    DatabaseNotEmpty,
    RestoredOtherwise,
    RolesDiffer,
    restore,
)
from api.server.database import Access, Database
from api.server.embedded import SUPERUSER, EmbeddedServer, binaries
from api.server.provision import OWNER, administering, downgrade, upgrade
from billing.clearance.store import UnknownClearance
from billing.delivery.claims import claim
from billing.delivery.state import DeliveryHappening
from billing.due.pauses.restored import RESTORED_BY
from billing.due.pauses.store import pauses
from contracts.delivery_terms import DeliveryWay
from quantities.errors import UsufructError
from tests.api.audit.scene import anchored, seals, verified, writes
from tests.api.server.test_secrets import cmdlines
from tests.api.server.test_workers import free_port
from tests.billing.clearance.states import KSEF, POLISH, answers, asks, file_of, number_in_ksef, receipt
from tests.billing.delivery.post import TO, Post
from tests.billing.scene import CONTRACT, Scene, on
from tests.conftest import access_to, application_pool, fresh_database, private_home

ROOT = Path(__file__).parents[2]
JANUARY = "2026-01-05 10 60\n2026-01-06 10 40"


@dataclass(frozen=True)
class Backup:
    """A house with two tenants, its backup, and what it was at that moment."""

    access: Access
    path: Path
    anchors: list[AuditAnchor]


@pytest.fixture(scope="module")
def backup(server: EmbeddedServer, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Backup]:
    path = tmp_path_factory.mktemp("backup") / "house.backup"
    with fresh_database(server, __name__) as access, application_pool(access) as database:
        for tenant in (1, 2):
            scene = Scene(access, database, tenant).declared(CONTRACT)
            scene.delivers(JANUARY)
            scene.bills("2026-02-01")
        note_backup(database, path.name, at=on("2026-02-02"), address="here/anna")
        anchors = []
        for tenant in (1, 2):
            seals(database, tenant)
            anchors.append(anchored(database, tenant))
        back_up(access, path)
        yield Backup(access, path, anchors)


@contextmanager
def elsewhere(access: Access, name: str) -> Iterator[Access]:
    """Another database of the server, which is not there yet; dropped afterwards."""
    other = replace(access, app=access.app.set(database=f"{access.app.database}_{name}"))
    try:
        yield other
    finally:
        with administering(access.administrator) as connection:
            connection.execute(text(f"drop database if exists {other.app.database} with (force)"))


def is_there(access: Access) -> bool:
    with administering(access.administrator.set(database="postgres")) as connection:
        asked = text("select count(*) from pg_database where datname = :name")
        return bool(connection.execute(asked, {"name": access.app.database}).scalar())


def altered(backup: Backup, folder: Path, change: Callable[[dict[str, Any]], object]) -> Path:
    """The backup with another manifest."""
    path = folder / "altered.backup"
    with zipfile.ZipFile(backup.path) as source, zipfile.ZipFile(path, "w") as copy:
        manifest = json.loads(source.read(MANIFEST))
        change(manifest)
        copy.writestr(DUMP, source.read(DUMP))
        copy.writestr(MANIFEST, json.dumps(manifest))
    return path


def see_that_it_goes_on(access: Access, anchors: list[AuditAnchor] | None = None) -> None:
    """Replay is clean, the walls stand, the next number follows, the chain of the audit verifies and goes on."""
    with application_pool(access) as database:
        for tenant in (1, 2):
            scene = Scene(access, database, tenant)
            before = [invoice.row.number for invoice in scene.invoices()]
            assert before == ["2026-000001"]
            assert scene.replays() == []
            scene.delivers("2026-02-05 10 30")
            scene.bills("2026-03-01")
            assert [invoice.row.number for invoice in scene.invoices()] == ["2026-000001", "2026-000002"]
            if anchors is not None:
                assert verified(database, tenant, anchors[tenant - 1])[1] == []
                writes(database, "afterwards", tenant)
                assert seals(database, tenant) > 0
                assert verified(database, tenant, anchors[tenant - 1])[1] == []
        with database.transaction(2) as session:
            assert set(session.execute(text("select distinct tenant from reading")).scalars()) == {2}
        with database.transaction() as session:
            assert session.execute(text("select count(*) from invoice")).scalar_one() == 0


class TestWhatIsRestored:
    def test_goes_on_where_the_backup_ended(self, backup: Backup) -> None:
        with elsewhere(backup.access, "new") as access:
            manifest = restore(access, backup.path)
            assert manifest.tables["invoice"].rows == 2
            see_that_it_goes_on(access, backup.anchors)

    def test_has_the_policies_rights_and_owners_of_before(self, backup: Backup) -> None:
        """The catalogue says the same of both, word for word."""
        asked = """
            select 'policy', to_jsonb(p)::text from pg_policies p
            union all select 'table', to_jsonb(t)::text from (select relname, relacl::text, relrowsecurity,
                relforcerowsecurity, pg_get_userbyid(relowner) from pg_class where relnamespace = 'public'::regnamespace) t
            union all select 'function', to_jsonb(f)::text from (select proname, proacl::text, prosecdef,
                pg_get_userbyid(proowner), md5(prosrc) from pg_proc where pronamespace = 'public'::regnamespace) f
            union all select 'trigger', pg_get_triggerdef(oid) from pg_trigger where not tgisinternal
            order by 1, 2"""
        with elsewhere(backup.access, "same") as access:
            restore(access, backup.path)
            catalogues = []
            for place in (backup.access, access):
                with administering(place.administrator) as connection:
                    catalogues.append(connection.execute(text(asked)).all())
        assert len(catalogues[0]) > 300
        assert catalogues[0] == catalogues[1]


class TestDocumentsThatWereDue:
    """What the machine of before went on to send is not sent once more by the restored one."""

    def test_wait_for_a_person_and_an_access_point_is_asked_by_the_same_name(
        self, access: Access, database: Database, tmp_path: Path
    ) -> None:
        scene = Scene(access, database).declared(CONTRACT)
        scene.delivers(JANUARY)
        scene.bills("2026-02-01")
        post = Post(scene)
        post.asks()
        post.asks(way=DeliveryWay.PEPPOL, to=("9930:DE129273398",))
        post.asks(to=("on-its-way@blechwerke.example",))
        scene.as_superuser("update delivery set next_at = next_at - interval '1 min' where address like 'on-its%'")
        with database.transaction(1) as session:
            assert claim(session, post.now, post.rules.setup) is not None
        before = archived(scene)
        scene.as_superuser("""
            set session_replication_role = replica;
            insert into saved_method (tenant, account, issuer_id, party_id, customer, external, rail, mandate, words,
                                      saved_at)
            select tenant, 'cards', issuer_id, customer_id, 'cus_1', 'pm_1', 'card', '', '', now() from invoice""")
        back_up(access, tmp_path / "file")
        assert post.delivers() == 2  # a second after the backup
        with elsewhere(access, "again") as other:
            restore(other, tmp_path / "file")
            with application_pool(other) as restored:
                there = Post(Scene(other, restored), now=post.now)
                assert there.passes(hours=1).delivers() == 1
                states = {(known.way.value, known.to): (known.state.value, known.waits) for known in there.listed()}
                assert states == {
                    ("mail", TO): ("unknown", True),
                    ("peppol", ("9930:DE129273398",)): ("sent", False),
                    ("mail", ("on-its-way@blechwerke.example",)): ("unknown", True),
                }
                assert set(there.way.keys) < set(post.way.keys)  # which takes the same id once
                assert "may have been sent since" in there.listed()[0].why_it_waits
                assert before == archived(there.scene) != []
                with restored.transaction(1) as session:
                    (held,) = pauses(session, datetime.now(UTC))
                assert (held.asked.kind, held.paused_by) == ("collect", RESTORED_BY)  # a card may have been charged
                there.settles(there.listed()[0].id, DeliveryHappening.GIVEN_UP)


class TestFilesForAState:
    """What was handed in before the backup is answered on the restored machine, and each tenant has its own."""

    @pytest.mark.long
    def test_are_written_again_byte_for_byte_and_answered(
        self, access: Access, database: Database, tmp_path: Path
    ) -> None:
        houses = [Scene(access, database, tenant).declared(POLISH) for tenant in (1, 2)]
        for scene in houses:
            scene.delivers(JANUARY)
            scene.bills("2026-02-01")
        (file,) = asks(houses[0], KSEF).files
        content = file_of(houses[0], KSEF, file.key)
        back_up(access, tmp_path / "file")
        with elsewhere(access, "cleared") as other:
            restore(other, tmp_path / "file")
            with application_pool(other) as restored:
                first, second = (Scene(other, restored, tenant) for tenant in (1, 2))
                assert asks(first, KSEF).files == []
                assert file_of(first, KSEF, file.key) == content
                answer = receipt("2026-000001", content, number_in_ksef(1))
                assert answers(first, KSEF, answer).accepted == [("2026-000001", number_in_ksef(1))]
                with pytest.raises(UnknownClearance):
                    answers(second, KSEF, answer, tenant=2)
                assert [one.documents for one in asks(second, KSEF, tenant=2).files] == [("2026-000001",)]
                assert [scene.replays() for scene in (first, second)] == [[], []]


def archived(scene: Scene) -> list[Any]:
    with scene.database.transaction(1) as session:
        return list(session.execute(text("select form, sha256, content from document_file order by id")).all())


class TestTheFile:
    def test_is_its_owners_alone(self, backup: Backup) -> None:
        assert stat.S_IMODE(backup.path.stat().st_mode) == 0o600

    def test_has_the_entry_that_says_it_was_made(self, backup: Backup) -> None:
        with application_pool(backup.access) as database, database.transaction(1) as session:
            asked = text("select object from audit_entry where operation = 'backup'")
            assert session.execute(asked).scalars().all() == ["file=house.backup"]

    def test_takes_no_other_files_place(self, backup: Backup) -> None:
        with pytest.raises(FileThere):
            back_up(backup.access, backup.path)

    def test_needs_a_folder(self, backup: Backup, tmp_path: Path) -> None:
        with pytest.raises(UnwritableBackup):
            back_up(backup.access, tmp_path / "nowhere" / "file")

    def test_is_whole_or_not_there(self, backup: Backup, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(programs, "_service", lambda address: "[usufruct]\nhost=/nowhere\n")
        with pytest.raises(ProgramFailed, match="pg_dump"):
            back_up(backup.access, tmp_path / "file")
        assert list(tmp_path.iterdir()) == []

    def test_is_of_this_programs_revision(self, access: Access, tmp_path: Path) -> None:
        downgrade(access, "-1")
        with pytest.raises(NothingToBackUp):
            back_up(access, tmp_path / "file")

    def test_holds_one_moment(self, access: Access, tmp_path: Path) -> None:
        """While two rows are always written together, no backup has one of them."""
        ended = threading.Event()

        def write() -> None:
            number = 0
            with psycopg.connect(access.app.set(drivername="postgresql").render_as_string(), autocommit=True) as raw:
                while not ended.is_set():
                    number += 1
                    with raw.transaction():
                        raw.execute(
                            "select set_config('app.tenant', '1', true), set_config('app.role', 'system', true)"
                        )
                        for part in "ab":
                            raw.execute("insert into party (name) values (%s)", [f"{part}{number}"])

        writer = threading.Thread(target=write)
        writer.start()
        try:
            manifest = back_up(access, tmp_path / "file")
        finally:
            ended.set()
            writer.join()
        assert manifest.tables["party"].rows % 2 == 0


class TestIsRefused:
    """And leaves no database behind."""

    def see_refused(self, backup: Backup, path: Path, refusal: type[UsufructError]) -> UsufructError:
        with elsewhere(backup.access, "refused") as access:
            with pytest.raises(refusal) as refused:
                restore(access, path)
            assert not is_there(access)
        return refused.value

    @pytest.mark.parametrize("at", [0.1, 0.5, 0.9])
    def test_a_file_with_another_bit(self, backup: Backup, tmp_path: Path, at: float) -> None:
        content = bytearray(backup.path.read_bytes())
        content[int(len(content) * at)] ^= 1
        path = tmp_path / "damaged.backup"
        path.write_bytes(content)
        self.see_refused(backup, path, DamagedBackup)

    @pytest.mark.parametrize("kept", [0, 1000, -1])
    def test_half_a_file(self, backup: Backup, tmp_path: Path, kept: int) -> None:
        path = tmp_path / "half.backup"
        path.write_bytes(backup.path.read_bytes()[:kept])
        self.see_refused(backup, path, DamagedBackup)

    def test_no_file(self, backup: Backup, tmp_path: Path) -> None:
        self.see_refused(backup, tmp_path / "nothing", DamagedBackup)

    @pytest.mark.parametrize(("change", "refusal"), [
        pytest.param(lambda said: said.update(revision="9999"), BackupFromNewer, id="a newer program's"),
        pytest.param(lambda said: said.update(postgresql=99), BackupFromNewer, id="a newer PostgreSQL's"),
        pytest.param(lambda said: said.update(dump_sha256="0" * 64), DamagedBackup, id="another dump"),
        pytest.param(lambda said: said.update(backup=2), DamagedBackup, id="of another form"),
        pytest.param(lambda said: said["roles"]["usufruct_app"].update(superuser=True), RolesDiffer, id="with another role"),
        pytest.param(lambda said: said["roles"].pop("usufruct_guest"), RolesDiffer, id="without a role"),
    ])  # fmt: skip
    def test_a_backup(
        self, backup: Backup, tmp_path: Path, change: Callable[[dict[str, Any]], object], refusal: type[UsufructError]
    ) -> None:
        self.see_refused(backup, altered(backup, tmp_path, change), refusal)

    def test_what_is_restored_otherwise(self, backup: Backup, tmp_path: Path) -> None:
        def change(said: dict[str, Any]) -> None:
            said["tables"]["invoice_line"]["sum_of_hashes"] = "1"

        refused = self.see_refused(backup, altered(backup, tmp_path, change), RestoredOtherwise)
        assert refused.members["found"] == ["invoice_line"]

    def test_a_database_with_tables(self, backup: Backup) -> None:
        with pytest.raises(DatabaseNotEmpty):
            restore(backup.access, backup.path)
        with application_pool(backup.access) as database:
            assert len(Scene(backup.access, database).invoices()) == 1

    def test_an_address_that_would_be_two_lines(self, backup: Backup) -> None:
        address = backup.access.administrator.set(password="a\nhost=elsewhere")
        with pytest.raises(UnspeakableAddress), programs.running("pg_dump", 18, address, stream="stdout"):
            pass


def test_one_that_was_empty_is_empty_again(backup: Backup, tmp_path: Path) -> None:
    def change(said: dict[str, Any]) -> None:
        said["tables"]["invoice"]["rows"] = 1

    with elsewhere(backup.access, "empty") as access:
        with administering(access.administrator.set(database="postgres")) as connection:
            connection.execute(text(f"create database {access.app.database} owner {OWNER}"))
        with pytest.raises(RestoredOtherwise):
            restore(access, altered(backup, tmp_path, change))
        restore(access, backup.path)


# ── to another server


def usufruct(environment: dict[str, str], *words: str) -> str:
    done = subprocess.run(
        [sys.executable, "-c", "from api.cli.main import main; main()", *words],
        env={**os.environ, "PYTHONPATH": str(ROOT), **environment}, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return done.stdout


@contextmanager
def home() -> Iterator[dict[str, str]]:
    folder = private_home()
    environment = {"USUFRUCT_HOME": str(folder), "USUFRUCT_DATABASE": "usufruct_demo"}
    try:
        yield environment
    finally:
        EmbeddedServer(home=folder).stop()
        shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def named_server(password: str) -> Iterator[str]:
    """A PostgreSQL of its own that asks for a password, over the network; the address, up to the database's name."""
    folder, port = private_home(), free_port()
    with EmbeddedServer(home=folder, settings={"shared_buffers": "64MB"}, durable=False) as server:
        with administering(server.url("postgres", SUPERUSER)) as connection:
            connection.execute(
                text(f"create role chief login createrole createdb bypassrls superuser password '{password}'")
            )
        server.stop()
        data = folder / "cluster" / "data"
        (data / "pg_hba.conf").write_text("host all all 127.0.0.1/32 scram-sha-256\n")
        listening = f"-c listen_addresses=127.0.0.1 -p {port} -k {data.parent}"
        pg_ctl = binaries() / "pg_ctl"
        log = data.parent / "log"
        started = server._call(pg_ctl, "start", "-w", "-D", str(data), "-l", str(log), "-o", listening)
        assert started.returncode == 0, started.stderr
        try:
            yield f"127.0.0.1:{port}"
        finally:
            server._call(pg_ctl, "stop", "-w", "-m", "fast", "-D", str(data))
    shutil.rmtree(folder, ignore_errors=True)


def invoices(environment: dict[str, str]) -> list[str]:
    return [row["number"] for row in json.loads(usufruct(environment, "invoice", "list", "--json"))]


@pytest.mark.long
def test_the_demos_fleet_in_a_new_home_and_on_a_named_server(tmp_path: Path) -> None:
    """As docs/operating/backup.md has it; no process has the password among its arguments or in its environment."""
    path, password = tmp_path / "demo.backup", "Geheim99 at the gate"
    seen: set[bytes] = set()
    ended = threading.Event()

    def watch() -> None:
        while not ended.is_set():
            seen.update(cmdlines().values())
            for name, arguments in cmdlines().items():
                if b"pg_dump" in arguments or b"pg_restore" in arguments:
                    with suppress(OSError):
                        seen.add(Path(f"/proc/{name}/environ").read_bytes())
            time.sleep(0.005)

    watching = threading.Thread(target=watch)
    with home() as old, home() as new, named_server(password) as where:
        usufruct(old, "demo")
        before, waiting = invoices(old), json.loads(usufruct(old, "bill", "--json"))
        usufruct(old, "backup", str(path))
        usufruct(new, "restore", str(path))
        see_the_same(new, before, waiting)
        quoted = quote(password)
        named = {
            "DATABASE_URL": f"postgresql://usufruct_app:{quoted}@{where}/usufruct",
            "DATABASE_ADMIN_URL": f"postgresql://chief:{quoted}@{where}/usufruct",
        }
        watching.start()
        try:
            usufruct(named, "restore", str(path))
            see_the_same(named, before, waiting)
            again = tmp_path / "again.backup"
            usufruct(named, "backup", str(again))
        finally:
            ended.set()
            watching.join()
    assert any(b"pg_restore" in arguments for arguments in seen)
    assert any(b"pg_dump" in arguments for arguments in seen)
    assert not any(password.encode() in arguments or quoted.encode() in arguments for arguments in seen if b"PGSERVICEFILE" in arguments or b"pg_" in arguments)  # fmt: skip


def see_the_same(environment: dict[str, str], before: list[str], waiting: object) -> None:
    assert invoices(environment) == before
    assert f"{len(before)} invoices recompute to the cent" in usufruct(environment, "replay")
    assert "the chain is whole" in usufruct(environment, "audit", "verify")
    assert json.loads(usufruct(environment, "bill", "--json")) == waiting


@pytest.mark.long
def test_of_an_older_server_to_a_newer_one_and_not_back(backup: Backup, server: EmbeddedServer, tmp_path: Path) -> None:
    folder = private_home()
    settings = {"shared_buffers": "32MB"}
    with EmbeddedServer(home=folder, programs=binaries(16), settings=settings, durable=False) as older:
        access = access_to(older, "usufruct")
        upgrade(access)
        with administering(access.administrator) as connection:
            connection.execute(text("insert into tenant (name) values ('Nordluft'), ('Südpresse')"))
        with application_pool(access) as database:
            for tenant in (1, 2):
                scene = Scene(access, database, tenant).declared(CONTRACT)
                scene.delivers(JANUARY)
                scene.bills("2026-02-01")
        back_up(access, tmp_path / "older.backup")
        restore(access_to(older, "beside"), tmp_path / "older.backup")
        see_that_it_goes_on(access_to(older, "beside"))
        with pytest.raises(BackupFromNewer):
            restore(access_to(older, "third"), backup.path)
    shutil.rmtree(folder)
    with elsewhere(backup.access, "newer") as newer:
        restore(newer, tmp_path / "older.backup")
        see_that_it_goes_on(newer)
