"""A lender signs the contract that secures its loan, and nothing else."""

from collections.abc import Iterator
from contextlib import closing
from hashlib import sha256

import pytest
from sqlalchemy import text

from api.access.roles import Role
from api.server.database import Acting, ContradictsStored, Database
from api.server.embedded import EmbeddedServer
from api.server.provision import administering
from tests.billing.scene import CONTRACT
from tests.scenarios.world import TWO_CONTRACTS, World, a_world_copied, leave

SIGNATURES = "/v1/contracts/C-1/signatures"


@pytest.fixture
def world(server: EmbeddedServer, request: pytest.FixtureRequest) -> Iterator[World]:
    with a_world_copied(server, TWO_CONTRACTS, leave, request.node.nodeid) as world:
        for name, role in (("bank", Role.LENDER), ("Dr Prüf", Role.VERIFIER)):
            made = world.done("maker", "POST", "/v1/users", json={"name": name, "role": role, "contract": "C-1"})
            world.keys[name] = made["key"]["key"]
        yield world


def stored_terms(world: World, number: int) -> bytes:
    with administering(world.access.administrator) as administrator:
        query = text("select terms::text from contract_version where number = :number and terms->>'contract' = 'C-1'")
        return str(administrator.execute(query, {"number": number}).scalar_one()).encode()


def test_what_is_signed_is_told_by_the_digest_of_what_is_stored(world: World) -> None:
    signed = world.done("bank", "POST", SIGNATURES, json={"note": "seen by the credit department"})
    assert (signed["name"], signed["version"], signed["statement"]) == ("bank", 1, None)
    assert signed["content_sha256"] == sha256(stored_terms(world, 1)).hexdigest()
    world.done("Dr Prüf", "POST", SIGNATURES, json={})
    for who in ("maker", "finance", "blechwerke", "bank", "Dr Prüf"):
        assert [row["name"] for row in world.done(who, "GET", SIGNATURES)] == ["bank", "Dr Prüf"]


def test_each_version_is_signed_once_by_each(world: World) -> None:
    world.done("bank", "POST", SIGNATURES, json={})
    again = world.ask("bank", "POST", SIGNATURES, json={"version": 1})
    assert (again.status_code, again.json()["type"]) == (409, "/problems/already-signed")
    amended = CONTRACT.replace('"0.50"', '"0.40"') + "in_force_from: 2026-06-01\n"
    world.done("maker", "POST", "/v1/contracts", content=amended)
    waiting = world.ask("bank", "POST", SIGNATURES, json={"version": 2})
    assert (waiting.status_code, waiting.json()["type"]) == (404, "/problems/unknown-version")
    world.done("finance", "POST", "/v1/contracts/C-1/release")
    assert world.done("bank", "POST", SIGNATURES, json={})["version"] == 2
    assert [row["version"] for row in world.done("maker", "GET", SIGNATURES)] == [1, 2]


@pytest.mark.parametrize("who", ["maker", "finance", "blechwerke"])
def test_neither_the_supplier_nor_the_customer_signs_as_a_lender(world: World, who: str) -> None:
    assert world.ask(who, "POST", SIGNATURES, json={}).status_code == 403


def test_another_contract_is_not_signed(world: World) -> None:
    assert world.ask("bank", "POST", "/v1/contracts/C-2/signatures", json={}).status_code in {404, 409}
    assert world.done("maker", "GET", "/v1/contracts/C-2/signatures") == []


SIGN = """insert into signature (contract_id, customer_id, version_id, name, signed_identity, signed_at, content_sha256, note)
          select v.contract_id, v.customer_id, v.id, 'finance', 1, now(), 'x', '' from contract_version v
          join contract c on c.tenant = v.tenant and c.id = v.contract_id where c.reference = :reference"""


def acting_as(world: World, name: str) -> Acting:
    with closing(Database(world.access.app)) as database, database.transaction(1) as session:
        query = text("select id, role, contract from identity where name = :name")
        return Acting(*session.execute(query, {"name": name}).one())


class TestRawSql:
    def test_signs_as_whoever_acts_and_with_the_digest_of_what_is_stored(self, world: World) -> None:
        bank = acting_as(world, "bank")
        with closing(Database(world.access.app)) as database, database.transaction(1, acting=bank) as session:
            session.execute(text(SIGN), {"reference": "C-1"})
        (row,) = world.done("maker", "GET", SIGNATURES)
        assert (row["name"], row["content_sha256"]) == ("bank", sha256(stored_terms(world, 1)).hexdigest())

    def test_signs_nothing_where_nobody_is_stated(self, world: World) -> None:
        with closing(Database(world.access.app)) as database:
            refused = pytest.raises(ContradictsStored, match="a_person_signs")
            with refused, database.transaction(1) as session:
                session.execute(text(SIGN), {"reference": "C-1"})

    def test_a_program_signs_nothing(self, world: World) -> None:
        asked = {"name": "robot", "role": "lender", "kind": "program", "contract": "C-1"}
        world.keys["robot"] = world.done("maker", "POST", "/v1/users", json=asked)["key"]["key"]
        assert world.ask("robot", "POST", SIGNATURES, json={}).status_code == 409
        assert world.done("maker", "GET", SIGNATURES) == []

    def test_a_signature_never_changes(self, world: World) -> None:
        world.done("bank", "POST", SIGNATURES, json={})
        for statement in ("update signature set note = 'x'", "delete from signature"):
            with closing(Database(world.access.app)) as database:
                refused = pytest.raises(Exception, match="permission denied")
                with refused, database.transaction(1) as session:
                    session.execute(text(statement))
