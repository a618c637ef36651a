"""A request with an Idempotency-Key: one effect, one answer, and nobody waits for it."""

import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import text

from api.access.roles import Role
from api.http.app import create_app
from api.http.dependencies import clock
from api.operations.audit import prune_everyone
from api.repeats.store import KeyedRequest, StillUnderWay, claim
from api.server.database import Acting, Database
from api.server.embedded import EmbeddedServer
from api.server.provision import administering
from api.server.settings import Settings
from tests.billing.scene import CONTRACT
from tests.scenarios.world import TWO_CONTRACTS, World, a_world_copied, leave

ONCE = {"Idempotency-Key": "once"}
DISPUTE = {"charge": "energy", "first": "2026-01-01", "after_last": "2026-02-01", "reason": "the meter stood still"}
#: By name, a write: method, path, what is sent, and a query that counts its effect.
WRITES: dict[str, tuple[str, str, dict[str, Any], str]] = {
    "a contract": ("POST", "/v1/contracts", {"content": CONTRACT.replace("C-1", "C-9")}, "contract"),
    "an index value": (
        "POST",
        "/v1/indices",
        {"content": 'index: CPI\nvalues: [{month: 2026-01, value: "1", published: 2026-02-01}]\n'},
        "index_value",
    ),
    "a dispute": ("POST", "/v1/contracts/C-1/disputes", {"json": DISPUTE}, "dispute"),
    "a user": ("POST", "/v1/users", {"json": {"name": "Paul", "role": "finance", "with_key": False}}, "identity"),
    "a profile": ("PUT", "/v1/profiles/portal", {"json": {"options": {"decimal": "comma"}}}, "reading_profile"),
    "a withdrawal": (
        "POST",
        "/v1/registers/kwh/withdrawals",
        {"json": {"start": "2026-01-01T00:00Z", "end": "2026-01-02T00:00Z", "reason": "none of ours"}},
        "batch",
    ),
}  # fmt: skip
KEPT_BY_TABLE = [name for name in WRITES if name != "a user"]


@pytest.fixture
def world(server: EmbeddedServer, request: pytest.FixtureRequest) -> Iterator[World]:
    with a_world_copied(server, TWO_CONTRACTS, leave, request.node.nodeid) as world:
        world.now = datetime(2026, 2, 15, 8, tzinfo=UTC)
        yield world


@pytest.fixture
def database(world: World) -> Iterator[Database]:
    with closing(Database(world.access.app)) as database:
        yield database


def count(database: Database, table: str) -> int:
    with database.transaction(1) as session:
        return int(session.execute(text(f"select count(*) from {table}")).scalar_one())


def identity(database: Database, name: str) -> int:
    with database.transaction(1) as session:
        found = session.execute(text("select id from identity where name = :name"), {"name": name})
        return int(found.scalar_one())


@pytest.mark.parametrize("write", KEPT_BY_TABLE)
def test_the_same_request_is_done_once_and_answered_again(world: World, database: Database, write: str) -> None:
    method, path, sent, table = WRITES[write]
    first = world.ask("maker", method, path, headers=ONCE, **sent)
    assert first.is_success, first.text
    assert "idempotent-replayed" not in first.headers
    there = count(database, table)

    world.now += timedelta(days=1)
    again = world.ask("maker", method, path, headers=ONCE, **sent)

    assert again.headers["idempotent-replayed"] == "true"
    assert (again.status_code, again.content, again.headers["content-type"]) == (
        first.status_code, first.content, first.headers["content-type"],
    )  # fmt: skip
    assert count(database, table) == there


@pytest.mark.parametrize(("method", "path", "sent"), [
    pytest.param("POST", "/v1/contracts/C-1/disputes", {"json": {**DISPUTE, "reason": "another"}}, id="body"),
    pytest.param("POST", "/v1/contracts/C-2/disputes", {"json": DISPUTE}, id="path"),
    pytest.param("PUT", "/v1/profiles/portal", {"json": {"options": {"decimal": "comma"}}}, id="method"),
])  # fmt: skip
def test_a_key_stands_for_one_method_path_and_body(
    world: World, database: Database, method: str, path: str, sent: dict[str, Any]
) -> None:
    world.done("maker", "POST", "/v1/contracts/C-1/disputes", headers=ONCE, json=DISPUTE)
    refused = world.ask("maker", method, path, headers=ONCE, **sent)
    assert (refused.status_code, refused.json()["type"]) == (409, "/problems/key-used-otherwise")
    assert count(database, "dispute") == 1


def test_a_key_stands_for_one_query(world: World) -> None:
    terms = CONTRACT.replace("C-1", "C-9")
    world.done("maker", "POST", "/v1/contracts", headers=ONCE, content=terms)
    refused = world.ask("maker", "POST", "/v1/contracts?yes=true", headers=ONCE, content=terms)
    assert (refused.status_code, refused.json()["type"]) == (409, "/problems/key-used-otherwise")


def test_a_key_is_its_identitys_own(world: World, database: Database) -> None:
    """A colleague, a customer and another tenant use the same key for what is theirs."""
    world.key("colleague", Role.OWNER)
    path = "/v1/contracts/C-1/disputes"
    for who, charge in (("maker", "energy"), ("colleague", "base fee"), ("blechwerke", "energy")):
        body = DISPUTE | {"charge": charge, "first": "2026-03-01", "after_last": "2026-04-01"}
        answer = world.ask(who, "POST", path, headers=ONCE, json=body)
        assert "idempotent-replayed" not in answer.headers, answer.text
    other = world.ask("stranger", "PUT", "/v1/profiles/portal", headers=ONCE, json={"options": {"decimal": "comma"}})
    assert other.status_code == 200
    with database.transaction(2) as session:
        assert session.execute(text("select count(*) from kept_answer")).scalar_one() == 1


def test_a_refusal_is_not_kept(world: World) -> None:
    refused = world.ask("maker", "POST", "/v1/contracts/C-9/disputes", headers=ONCE, json=DISPUTE)
    assert refused.status_code == 404
    world.done("maker", "POST", "/v1/contracts", content=CONTRACT.replace("C-1", "C-9"))
    world.done("finance", "POST", "/v1/contracts/C-9/release")
    assert world.ask("maker", "POST", "/v1/contracts/C-9/disputes", headers=ONCE, json=DISPUTE).status_code == 201


class TestASecret:
    """Is shown once: it is nowhere kept, and a second request is told so."""

    @pytest.mark.parametrize(("path", "sent"), [
        ("/v1/users", {"name": "Paul", "role": "finance"}), ("/v1/keys", {"name": "finance"}), ("rotate", {}),
    ])  # fmt: skip
    def test_is_not_kept(self, world: World, database: Database, path: str, sent: dict[str, Any]) -> None:
        if path == "rotate":
            mine = next(key for key in world.done("maker", "GET", "/v1/keys") if key["name"] == "finance")
            path = f"/v1/keys/{mine['id']}/rotate"
        made = world.ask("maker", "POST", path, headers=ONCE, json=sent)
        assert made.status_code == 201, made.text
        there = count(database, "credential")
        again = world.ask("maker", "POST", path, headers=ONCE, json=sent)
        assert (again.status_code, again.json()["type"]) == (409, "/problems/shown-once")
        assert count(database, "credential") == there
        with database.transaction(1) as session:
            assert session.execute(text("select body from kept_answer")).scalars().all() == [None]


def test_while_another_process_works_on_it_a_request_is_refused_at_once(world: World, database: Database) -> None:
    acting = Acting(identity(database, "maker"), Role.OWNER.value)
    with database.transaction(1, acting=acting) as session:
        claim(session, KeyedRequest("once", b""))
        refused = world.ask("maker", "POST", "/v1/contracts/C-1/disputes", headers=ONCE, json=DISPUTE)
        beside = world.ask("finance", "POST", "/v1/contracts/C-1/disputes", headers=ONCE, json=DISPUTE)
    assert (refused.status_code, refused.json()["type"]) == (409, "/problems/still-under-way")
    assert refused.headers["retry-after"] == "1"
    assert beside.json().get("type") != "/problems/still-under-way"


def test_billing_is_done_once_and_answered_again(world: World, database: Database) -> None:
    first = world.ask("maker", "POST", "/v1/bill?issue=true", headers=ONCE)
    assert first.status_code == 200, first.text
    there = count(database, "invoice")
    world.now += timedelta(days=60)
    again = world.ask("maker", "POST", "/v1/bill?issue=true", headers=ONCE)
    assert (again.content, again.headers.get("idempotent-replayed")) == (first.content, "true")
    assert count(database, "invoice") == there
    world.done("maker", "POST", "/v1/bill?issue=true", headers={"Idempotency-Key": "next"})
    entries = world.done("maker", "GET", "/v1/audit?operation=/v1/bill")
    assert len(entries) == 3  # each request is one, what was repeated too


def test_what_computes_takes_no_note_of_a_key(world: World, database: Database) -> None:
    for content in (CONTRACT, CONTRACT.replace("C-1", "C-8")):
        assert world.ask("maker", "POST", "/v1/contracts/check", headers=ONCE, content=content).is_success
    assert world.ask("maker", "GET", "/v1/invoices", headers=ONCE).is_success
    assert count(database, "kept_answer") == 0


@pytest.mark.parametrize("key", ["", "x" * 201, "ü".encode("latin-1"), b"a\tb"])
def test_a_key_that_is_none_is_refused(world: World, key: str | bytes) -> None:
    refused = world.ask("maker", "POST", "/v1/contracts/C-1/disputes", headers={"Idempotency-Key": key}, json=DISPUTE)
    assert (refused.status_code, refused.json()["faults"][0]["path"]) == (422, "/header/Idempotency-Key")


def test_two_keys_in_one_request_are_refused(world: World) -> None:
    headers = [("Authorization", f"Bearer {world.keys['maker']}"), ("Idempotency-Key", "a"), ("Idempotency-Key", "b")]
    assert world.client.post("/v1/contracts/C-1/disputes", headers=headers, json=DISPUTE).status_code == 422


def test_answers_are_forgotten_after_a_month(world: World, database: Database) -> None:
    world.done("maker", "POST", "/v1/contracts/C-1/disputes", headers=ONCE, json=DISPUTE)
    prune_everyone(database, world.now + timedelta(days=30))
    assert count(database, "kept_answer") == 1
    prune_everyone(database, world.now + timedelta(days=30, seconds=1))
    assert count(database, "kept_answer") == 0


def test_nobody_else_reads_an_answer(world: World, database: Database) -> None:
    world.done("maker", "POST", "/v1/contracts/C-1/disputes", headers=ONCE, json=DISPUTE)
    for role in Role:
        party = 2 if role in {Role.CUSTOMER, Role.PAYEE, Role.THIRD_PARTY} else None
        with database.transaction(1, party, acting=Acting(identity(database, "finance"), role.value)) as session:
            assert session.execute(text("select count(*) from kept_answer")).scalar_one() == 0, role


def test_a_rotated_key_asks_again_as_the_same_person(world: World, database: Database) -> None:
    path = "/v1/contracts/C-1/disputes"
    first = world.ask("maker", "POST", path, headers=ONCE, json=DISPUTE)
    turned = world.done("maker", "POST", f"/v1/keys/{world.keys['maker'][:12]}/rotate", json={"overlap_hours": 0})
    assert world.ask("maker", "POST", path, headers=ONCE, json=DISPUTE).status_code == 401
    world.keys["maker"] = turned["key"]
    again = world.ask("maker", "POST", path, headers=ONCE, json=DISPUTE)
    assert (again.content, again.headers.get("idempotent-replayed")) == (first.content, "true")
    assert count(database, "dispute") == 1


def test_a_withdrawal_of_what_is_billed_waits_once(world: World, database: Database) -> None:
    january = "time,value\n2026-01-05T10:00+01:00,60\n"
    world.done("maker", "POST", "/v1/readings?register=kwh", content=january)
    world.done("maker", "POST", "/v1/bill?issue=true")
    body = {"start": "2026-01-05T00:00Z", "end": "2026-01-06T00:00Z", "reason": "none of ours"}
    answers = [world.ask("maker", "POST", "/v1/registers/kwh/withdrawals", headers=ONCE, json=body) for _ in range(2)]
    assert [answer.status_code for answer in answers] == [202, 202]
    assert answers[0].content == answers[1].content
    assert count(database, "edit") == 1


def small(world: World) -> World:
    """The same database behind a program with one connection for requests, and as few seconds to wait for it."""
    address = world.access.app.render_as_string(hide_password=False)
    settings = {"database_url": address, "tick_s": 0, "pool_size": 1, "pool_timeout_s": 20}
    other = World.__new__(World)
    other.access, other.now, other.keys = world.access, world.now, world.keys
    other.app = create_app(Settings.model_validate(settings))
    other.app.dependency_overrides[clock] = lambda: world.now
    other.client = TestClient(other.app, raise_server_exceptions=False)
    return other


class TestOneConnectionIsEnough:
    """A request with a key takes one connection of the pool: as many as the pool has never wait for each other."""

    @pytest.mark.parametrize("more", [{}, {"Prefer": "respond-async"}], ids=["at once", "later"])
    def test_to_bill(self, world: World, more: dict[str, str]) -> None:
        tight = small(world)
        with tight.client, ThreadPoolExecutor(4) as threads:
            begun = time.monotonic()
            asked = [
                threads.submit(
                    tight.ask, "finance", "POST", "/v1/bill?issue=true", headers={"Idempotency-Key": f"b{n}", **more}
                )
                for n in range(4)
            ]
            answers = [answer.result() for answer in asked]
            assert {answer.status_code for answer in answers} == {202 if more else 200}
            assert time.monotonic() - begun < 15
            again = tight.ask("finance", "POST", "/v1/bill?issue=true", headers={"Idempotency-Key": "b0", **more})
            assert (again.headers["idempotent-replayed"], again.content) == ("true", answers[0].content)

    def test_a_key_is_free_again_where_its_connection_is_lost(self, world: World) -> None:
        held = world.app.state.resources.held_keys
        asked = KeyedRequest("k", b"")
        with held.holding(1, 1, asked):
            with pytest.raises(StillUnderWay), held.holding(1, 1, asked):
                pass
            with held.holding(1, 2, asked), administering(world.access.administrator) as connection:
                here = "(select oid from pg_database where datname = current_database())"  # other tests lock in others
                advisory = f"from pg_locks where locktype = 'advisory' and database = {here}"
                connection.execute(text(f"select pg_terminate_backend(pid) {advisory}"))
        with held.holding(1, 1, asked):
            pass

    def test_another_process_is_told_to_wait(self, world: World, database: Database) -> None:
        tight, asked = small(world), KeyedRequest("once", b"")
        held = world.app.state.resources.held_keys
        with tight.client, held.holding(1, identity(database, "finance"), asked):
            refused = tight.ask("finance", "POST", "/v1/bill?issue=true", headers=ONCE)
            assert refused.json()["type"] == "/problems/still-under-way"
            later = {**ONCE, "Prefer": "respond-async"}
            refused = tight.ask("finance", "POST", "/v1/bill?issue=true", headers=later)
            assert refused.json()["type"] == "/problems/still-under-way", "the key is one, however it is held"
