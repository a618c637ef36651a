"""Entries in PostgreSQL: written with the work or not at all, sealed in order, and every change of them named."""

import random
import threading
import time
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from typing import Any

import psycopg
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import text
from sqlalchemy.exc import ProgrammingError

from api.audit import store
from api.audit.chain import seal_after, start_after
from api.audit.note import AuditNote, Door, note
from api.audit.store import AuditAnchor
from api.operations.audit import erase_identity, prune, seal_all, seal_everyone
from api.operations.people import disable_identity
from api.server.database import Access, ContradictsStored, Database, DatabaseUnavailable
from api.server.embedded import EmbeddedServer
from metering.log.transaction import fetch
from tests.api.audit.scene import anchored, by_superuser, entries, named, seals, verified, writes
from tests.build import NOON, acts, fewer_examples
from tests.conftest import application_pool, fresh_database
from tests.reliability.forked import Client

AT = "(select id from audit_entry e join audit_seal s on s.entry = e.id where position = {})"


@pytest.fixture
def chain(access: Access, database: Database) -> Database:
    """Nine entries of the first tenant, sealed."""
    for number in range(1, 10):
        writes(database, f"party {number}")
    seals(database)
    return database


class TestWrittenWithTheWork:
    def test_an_entry_says_who_what_when_from_where_and_by_which_key(self, database: Database) -> None:
        noted = AuditNote(NOON, Door.COMMAND_LINE, "index record", "path=i.yaml", "usu_1", "desk/anna", b"body")
        with database.transaction(1) as session:
            acts(session, "Anna")
        with database.transaction(1) as session:
            acts(session, "Anna")
            session.execute(text("insert into party (name) values ('Meyer')"))
            note(session, noted)
        (listed,) = entries(database)
        entry = listed.entry
        assert (listed.name, entry.identity, entry.key, entry.door) == ("Anna", 1, "usu_1", "command line")
        assert (entry.operation, entry.object, entry.address) == ("index record", "path=i.yaml", "desk/anna")
        assert (entry.at, listed.position) == (NOON, None)
        assert entry.has_its_address

    def test_what_is_rolled_back_leaves_none(self, database: Database) -> None:
        for always in (False, True):
            with pytest.raises(RuntimeError), database.transaction(1) as session:
                session.execute(text("insert into party (name) values ('x')"))
                note(session, AuditNote(NOON, Door.COMMAND_LINE, "x", always=always))
                raise RuntimeError
        with pytest.raises(RuntimeError), database.transaction(1, noted=AuditNote(NOON, Door.HTTP, "x")) as session:
            session.execute(text("insert into party (name) values ('x')"))
            raise RuntimeError
        assert entries(database) == []

    def test_what_the_commit_refuses_leaves_none(self, database: Database) -> None:
        with database.transaction(1) as session:
            session.execute(text("insert into party (name) values ('Meyer')"))
        with pytest.raises(ContradictsStored), database.transaction(1) as session:
            note(session, AuditNote(NOON, Door.COMMAND_LINE, "x"))
            session.execute(text("insert into party (name) values ('Meyer')"))
        assert entries(database) == []

    def test_what_writes_nothing_leaves_none_with_the_commit(self, database: Database) -> None:
        with database.transaction(1) as session:
            session.execute(text("select count(*) from party"))
            note(session, AuditNote(NOON, Door.COMMAND_LINE, "x"))
        assert entries(database) == []

    def test_an_entry_that_cannot_be_written_lets_nothing_be_written(self, database: Database) -> None:
        with pytest.raises(psycopg.Error, match="nobody"), database.transaction(1) as session:
            session.execute(text("insert into party (name) values ('x')"))
            note(session, AuditNote(NOON, Door.COMMAND_LINE, "x"))
            session.execute(text("set local app.identity = 'nobody'"))
        with database.transaction(1) as session:
            assert session.execute(text("select count(*) from party")).scalar() == 0

    @pytest.mark.parametrize("statement", [
        "update audit_entry set object = 'x'", "delete from audit_entry", "truncate audit_entry",
        "update audit_seal set hash = ''", "delete from audit_seal", "delete from audit_cut",
        "insert into audit_cut (position, xact, entry, hash) values (1, 1, gen_random_uuid(), '')",
        "insert into audit_entry (at, door, operation, object, identity) values (now(), 'http', 'x', '', 9)",
        "insert into audit_entry (at, door, operation, object, xact) values (now(), 'http', 'x', '', 9)",
        "insert into audit_entry (at, door, operation, object, tenant) values (now(), 'http', 'x', '', 2)",
    ])  # fmt: skip
    def test_the_application_only_appends_and_never_says_who_acts(self, chain: Database, statement: str) -> None:
        with pytest.raises(ProgrammingError, match="permission denied"), chain.transaction(1) as session:
            session.execute(text(statement))


class TestASuperusersHand:
    def test_nobodys_hand_leaves_no_fault(self, chain: Database) -> None:
        assert verified(chain) == (9, [])
        assert [entry.position for entry in entries(chain)] == list(range(1, 10))

    def test_a_row_changed(self, access: Access, chain: Database) -> None:
        by_superuser(access, f"update audit_entry set object = 'forged' where id = {AT.format(4)}")
        entry = entries(chain)[3].entry.id
        (fault,) = verified(chain)[1]
        assert (fault.kind.value, fault.position, fault.entry) == ("changed", 4, entry)

    def test_a_row_removed(self, access: Access, chain: Database) -> None:
        by_superuser(access, f"delete from audit_entry where id = {AT.format(4)}")
        assert named(chain) == [("removed", 4)]

    def test_two_rows_swapped(self, access: Access, chain: Database) -> None:
        by_superuser(
            access,
            f"""with other as (select * from audit_entry where id in ({AT.format(3)}, {AT.format(7)}))
                update audit_entry e set object = other.object, address_salt = other.address_salt,
                                         address_sha256 = other.address_sha256
                from other where e.id in ({AT.format(3)}, {AT.format(7)}) and other.id <> e.id""",
        )
        assert named(chain) == [("swapped", 3), ("swapped", 7)]

    def test_a_row_added(self, access: Access, chain: Database) -> None:
        by_superuser(
            access,
            f"""insert into audit_entry (tenant, xact, at, door, operation, object)
                select tenant, xact, at, door, operation, 'forged' from audit_entry where id = {AT.format(4)}""",
        )
        seal_all(chain, 1)
        (fault,) = verified(chain)[1]
        assert (fault.kind.value, fault.position) == ("added", None)
        assert fault.entry == next(entry.entry.id for entry in entries(chain) if entry.entry.object == "forged")

    def test_a_seal_changed(self, access: Access, chain: Database) -> None:
        by_superuser(access, "update audit_seal set hash = sha256('x') where position = 4")
        assert named(chain) == [("seal changed", 4), ("seal changed", 5)]

    def test_a_row_and_its_seal_removed(self, access: Access, chain: Database) -> None:
        by_superuser(
            access,
            f"delete from audit_entry where id = {AT.format(4)}",
            "delete from audit_seal where position = 4",
        )
        assert named(chain) == [("seal removed", 4)]

    def test_the_tail_cut_with_its_seals_is_seen_by_an_anchor(self, access: Access, chain: Database) -> None:
        kept = anchored(chain)
        by_superuser(
            access,
            f"delete from audit_entry where id = {AT.format(9)}",
            "delete from audit_seal where position = 9",
        )
        assert named(chain) == []
        assert named(chain, kept) == [("tail removed", 9)]

    def test_a_chain_that_was_sealed_anew_is_seen_by_an_anchor(self, access: Access, chain: Database) -> None:
        kept = anchored(chain)
        by_superuser(
            access, f"update audit_entry set object = 'forged' where id = {AT.format(9)}", "delete from audit_seal"
        )
        seals(chain)
        assert named(chain) == []
        assert named(chain, kept) == [("other chain", 9)]
        assert named(chain, AuditAnchor(8, kept.hash)) == [("other chain", 8)]

    def test_a_beginning_removed_without_an_entry_that_says_so(self, access: Access, chain: Database) -> None:
        by_superuser(
            access,
            "insert into audit_cut select tenant, position, xact, entry, hash from audit_seal where position = 4",
            "delete from audit_entry where id in (select entry from audit_seal where position <= 4)",
            "delete from audit_seal where position <= 4",
        )
        assert named(chain) == [("cut", 4)]

    def test_the_sealer_goes_on_after_any_of_it(self, access: Access, chain: Database) -> None:
        by_superuser(access, f"delete from audit_entry where id = {AT.format(9)}")
        writes(chain, "later")
        assert seals(chain) == 1
        assert named(chain) == [("removed", 9)]


class TestTheSealer:
    def test_what_commits_late_is_sealed_behind_and_nothing_before_it_is_left(self, database: Database) -> None:
        slow = AuditNote(NOON, Door.HTTP, "slow")
        with database.transaction(1, noted=slow) as session:
            session.execute(text("insert into party (name) values ('slow')"))
            writes(database, "quick")
            assert seal_all(database, 1) == 0, "an entry with a lower number is in flight"
        writes(database, "later")
        assert seals(database) == 3
        assert next(entry.entry.operation for entry in entries(database)) == "slow"
        assert verified(database) == (3, [])

    def test_a_writer_never_waits_for_the_sealer(self, database: Database) -> None:
        with database.transaction(1) as session:
            writes(database, "before")
            store.seal_portion(session, 1)
            began = time.monotonic()
            writes(database, "meanwhile")
            assert time.monotonic() - began < 5
            assert seal_all(database, 1) == 0, "another seals already"
        assert seals(database) >= 1
        assert verified(database) == (2, [])

    def test_each_tenant_sees_and_seals_its_own_alone(self, database: Database) -> None:
        for number in range(3):
            writes(database, f"party {number}", tenant=1)
            writes(database, f"party {number}", tenant=2)
        assert seals(database, 1) == 3
        assert verified(database, 2) == (0, [])
        seals(database, 2)
        assert verified(database, 2) == (3, [])
        assert {entry.entry.tenant for entry in entries(database, 2)} == {2}
        assert {e.entry.id for e in entries(database, 1)}.isdisjoint({e.entry.id for e in entries(database, 2)})

    def test_more_than_a_portion_is_sealed(self, database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(store, "PORTION", 4)
        for number in range(10):
            writes(database, f"party {number}")
        seals(database)
        assert verified(database) == (10, [])

    def test_the_scheduler_seals_every_tenant(self, database: Database) -> None:
        for tenant in (1, 2):
            writes(database, "x", tenant)
        deadline = time.monotonic() + 60
        while any(verified(database, tenant)[0] == 0 for tenant in (1, 2)) and time.monotonic() < deadline:
            seal_everyone(database)
        assert [verified(database, tenant) for tenant in (1, 2)] == [(1, []), (1, [])]

    def test_a_sealer_whose_connection_breaks_leaves_nothing_half(self, access: Access, database: Database) -> None:
        for number in range(5):
            writes(database, f"party {number}")
        with pytest.raises(DatabaseUnavailable), database.transaction(1) as session:
            store.seal_portion(session, 1)
            own = session.execute(text("select pg_backend_pid()")).scalar_one()
            by_superuser(access, f"select pg_terminate_backend({own})")
        assert verified(database) == (0, [])
        assert seals(database) == 5
        assert verified(database) == (5, [])

    @pytest.mark.long
    def test_a_sealer_that_is_killed_leaves_nothing_half(self, access: Access, database: Database) -> None:
        for number in range(5):
            writes(database, f"party {number}")
        client = Client(seal_and_hang, access.app.render_as_string(hide_password=False))
        while client.stdout.readline() != "sealed\n":
            pass
        client.kill()
        client.everything()
        assert verified(database) == (0, [])
        deadline = time.monotonic() + 60
        while verified(database)[0] < 5 and time.monotonic() < deadline:
            seal_all(database, 1)  # the lock is gone as soon as PostgreSQL sees that the client is
        assert verified(database) == (5, [])

    def test_a_database_restored_on_a_server_with_lower_numbers_is_sealed_on(
        self, access: Access, chain: Database
    ) -> None:
        """Transactions of the former server have higher numbers than any here; so have the seals of its entries."""
        writes(chain, "left unsealed")
        ahead = 1 << 40
        by_superuser(access, f"update audit_entry set xact = xact + {ahead}")
        by_superuser(access, "delete from audit_seal")
        while seal_former(chain, ahead) < 9:
            pass
        writes(chain, "on the new server")
        seals(chain)
        assert verified(chain) == (11, [])
        assert [entry.position for entry in entries(chain) if entry.entry.object == "name=on the new server"] == [11]


def seal_former(database: Database, ahead: int) -> int:
    """Seal nine of the entries, as the former server did."""
    store_unsealed = store._UNSEALED
    with database.transaction(1) as session:
        newest = store._newest(session, 1)
        rows = fetch(session, store_unsealed.replace("::text::bigint\n", f"::text::bigint + {ahead}\n"),
                           {"xact": newest.xact, "id": newest.entry, "most": 9})  # fmt: skip
        if len(rows) < 9:
            return 0
        seals_made = []
        for row in rows:
            seals_made.append(seal_after(newest, store._entry(1, row)))
            newest = start_after(seals_made[-1])
        for seal in seals_made:
            session.execute(
                text(
                    "insert into audit_seal (position, xact, entry, content_sha256, hash) values (:p, :x, :e, :c, :h)"
                ),
                {"p": seal.position, "x": seal.xact, "e": seal.entry, "c": seal.content_sha256, "h": seal.hash},
            )
    return len(seals_made)


def seal_and_hang(address: str) -> None:
    """Seal, and be killed before the commit."""
    from sqlalchemy import make_url

    with Database(make_url(address)).transaction(1) as session:
        store.seal_portion(session, 1)
        session.execute(text("select 1"))
        print("sealed", flush=True)
        time.sleep(60)


_STEPS = st.lists(st.sampled_from(("begin", "commit", "roll back", "seal")), min_size=1, max_size=24)


class TestAnyInterleaving:
    """Whatever writers begin, commit and roll back, and whenever the sealer comes: the chain is complete."""

    @fewer_examples(5)
    @given(_STEPS, st.integers(0, 1 << 16))
    def test_leaves_a_complete_chain(self, server: EmbeddedServer, steps: list[str], seed: int) -> None:
        database, chance = _interleaved(server), random.Random(seed)
        opened: list[Any] = []
        before, kept = len(entries(database)), 0
        for step in steps:
            if step == "begin" and len(opened) < 8:
                work = database.transaction(1, noted=AuditNote(NOON, Door.HTTP, "x"))
                work.__enter__().execute(text("select 1"))
                opened.append(work)
            elif step == "seal":
                seal_all(database, 1)
                assert verified(database)[1] == []
            elif opened:
                kept += _end(opened.pop(chance.randrange(len(opened))), committed=step == "commit")
        for work in opened:
            kept += _end(work, committed=True)
        seals(database)
        assert len(entries(database)) == before + kept
        assert verified(database) == (before + kept, [])


_pools: dict[str, Any] = {}


def _interleaved(server: EmbeddedServer) -> Database:
    """One database for all examples: a chain is as good as the one before it."""
    if "pool" not in _pools:
        _pools["database"] = fresh_database(server, "interleaved chains")
        _pools["opened"] = application_pool(_pools["database"].__enter__())
        _pools["pool"] = _pools["opened"].__enter__()
    pool: Database = _pools["pool"]
    return pool


@pytest.fixture(scope="module", autouse=True)
def _dropped() -> Any:
    yield
    if "pool" in _pools:
        _pools["opened"].__exit__(None, None, None)
        _pools["database"].__exit__(None, None, None)
        _pools.clear()


def _end(work: Any, *, committed: bool) -> int:
    if committed:
        work.__exit__(None, None, None)
        return 1
    with suppress(RuntimeError):
        work.__exit__(RuntimeError, RuntimeError(), None)
    return 0


class TestErasure:
    def test_a_name_is_a_number_everywhere_and_the_chain_verifies(self, access: Access, database: Database) -> None:
        with database.transaction(1) as session:
            acts(session, "Anna Petersen")
            session.execute(
                text("""insert into reading_profile (name, version, options, recorded_by, recorded_at)
                        values ('portal', 1, '{"schema": 1, "decimal": "comma"}', 'Anna Petersen', now())""")
            )
            note(session, AuditNote(NOON, Door.COMMAND_LINE, "profile set", address="desk/anna"))
        writes(database, "of somebody else")
        seals(database)
        with database.transaction(1) as session:
            (number,) = session.execute(text("select id from identity where name = 'Anna Petersen'")).one()
        with database.transaction(1) as session:
            disable_identity(session, "anna petersen", at=NOON)
        with database.transaction(1) as session:
            assert erase_identity(session, "Anna Petersen") == f"erased {number}"
        assert everything_stored(access, "Anna") == []
        assert verified(database) == (2, [])
        assert [(entry.name, entry.entry.address) for entry in entries(database)] == [
            (f"erased {number}", None),
            (None, "10.0.0.7"),
        ]

    def test_who_still_acts_is_not_erased_by_hand_either(self, database: Database) -> None:
        with database.transaction(1) as session:
            acts(session, "Anna")
        with pytest.raises(ContradictsStored, match="only_the_disabled"), database.transaction(1) as session:
            session.execute(text("select erase_identity(1)"))

    def test_another_tenants_identity_is_not_erased(self, database: Database) -> None:
        with database.transaction(1) as session:
            acts(session, "Anna")
            disable_identity(session, "Anna", at=NOON)
        with pytest.raises(ContradictsStored), database.transaction(2) as session:
            session.execute(text("select erase_identity(1)"))

    def test_what_is_released_changes_by_this_alone(self, access: Access, database: Database) -> None:
        with database.transaction(1) as session:
            acts(session, "Anna")
            session.execute(
                text("insert into index_series (name, title, source, base, links) values ('CPI', '', '', '', '[]')")
            )
            session.execute(
                text("""insert into index_value (series_id, month, value, provisional, published_on, recorded_at, recorded_by)
                        select id, '2026-01', 100, false, '2026-02-10', now(), '' from index_series""")
            )
        with database.transaction(1) as session:
            acts(session, "Bert")
            session.execute(text("update index_value set released_by = 'Bert', released_at = now()"))
            disable_identity(session, "Anna", at=NOON)
        with database.transaction(1) as session:
            erase_identity(session, "Anna")
        with database.transaction(1) as session:
            assert session.execute(text("select recorded_by, released_by from index_value")).one() == (
                "erased 1",
                "Bert",
            )
        with pytest.raises((ProgrammingError, ContradictsStored)), database.transaction(1) as session:
            acts(session, "Bert")
            session.execute(text("update index_value set released_by = 'Karl'"))


def everything_stored(access: Access, word: str) -> list[str]:
    """The columns of the whole database in which a word stands."""
    from api.server.provision import administering

    with administering(access.administrator) as connection:
        tables = connection.execute(
            text("select relname from pg_class where relkind = 'r' and relnamespace = 'public'::regnamespace")
        ).scalars()
        return [
            table
            for table in list(tables)
            if connection.execute(
                text(f'select count(*) from "{table}" t where t::text ilike :word'), {"word": f"%{word}%"}
            ).scalar()
        ]


class TestRetention:
    NOW = datetime.now(UTC)

    def old(self, database: Database) -> None:
        for years, name in ((12, "oldest"), (11, "older"), (2, "old"), (0, "new")):
            writes(database, name, at=self.NOW - timedelta(days=366 * years))
        seals(database)

    def test_what_is_past_goes_and_the_chain_goes_on(self, database: Database) -> None:
        self.old(database)
        kept = anchored(database)
        with database.transaction(1) as session:
            note(session, AuditNote(self.NOW, Door.SCHEDULE, store.CUT_OPERATION))
            assert prune(session, self.NOW) == (3, 2)
        seals(database)
        shown = [(entry.position, entry.entry.object, entry.entry.address) for entry in entries(database)]
        assert [row[:2] for row in shown[:2]] == [(3, "name=old"), (4, "name=new")]
        assert [row[2] for row in shown] == [None, "10.0.0.7", None]
        assert shown[2][1].startswith("to position 2, hash ")
        assert verified(database) == (3, [])
        assert named(database, kept) == []

    def test_nothing_past_leaves_no_entry(self, database: Database) -> None:
        writes(database, "new", at=self.NOW)
        with database.transaction(1) as session:
            note(session, AuditNote(self.NOW, Door.SCHEDULE, store.CUT_OPERATION))
            assert prune(session, self.NOW) == (0, 0)
        assert len(entries(database)) == 1

    def test_the_application_cannot_remove_what_is_not_past(self, database: Database) -> None:
        self.old(database)
        for statement in ("select cut_audit(3)", "select forget_audit_addresses(now() - interval '179 days')"):
            with pytest.raises(ContradictsStored, match="audit_is_kept"), database.transaction(1) as session:
                session.execute(text(statement))
        assert verified(database) == (4, [])

    def test_all_past_leaves_the_newest_seal_to_go_on_from(self, database: Database) -> None:
        for number in range(3):
            writes(database, f"party {number}", at=self.NOW - timedelta(days=366 * 11))
        seals(database)
        with database.transaction(1) as session:
            note(session, AuditNote(self.NOW, Door.SCHEDULE, store.CUT_OPERATION))
            assert prune(session, self.NOW)[1] == 2
        seals(database)
        assert verified(database) == (2, [])


@pytest.mark.long
def test_ten_thousand_writes_by_eight_writers_with_the_sealer_running(access: Access) -> None:
    """Complete: as many entries as commits, each sealed once, in a chain that verifies; and none of what rolled back."""
    database, ended, committed = Database(access.app, pool_size=10), threading.Event(), [0] * 8
    sealed = 0

    def write(writer: int) -> None:
        chance = random.Random(writer)
        for number in range(1250):
            if chance.random() < 0.1:
                with pytest.raises(RuntimeError), database.transaction(1, noted=AuditNote(NOON, Door.HTTP, "x")) as s:
                    s.execute(text("insert into party (name) values ('x')"))
                    raise RuntimeError
            writes(database, f"{writer} {number}")
            committed[writer] += 1

    def keep_sealing() -> None:
        nonlocal sealed
        while not ended.is_set():
            sealed += seal_all(database, 1)
            ended.wait(0.05)

    sealer = threading.Thread(target=keep_sealing)
    sealer.start()
    writers = [threading.Thread(target=write, args=(number,)) for number in range(8)]
    for thread in writers:
        thread.start()
    for thread in writers:
        thread.join()
    ended.set()
    sealer.join()
    assert sealed > 5000, "the sealer ran beside the writers"
    seals(database)
    assert sum(committed) == 10_000
    assert verified(database) == (10_000, [])
    assert len({entry.entry.id for entry in entries(database)}) == 10_000
    database.close()
