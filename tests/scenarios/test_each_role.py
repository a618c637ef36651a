"""What each role may do over HTTP, it can do within its walls: no policy and no grant is missing."""

from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime

import pytest
from sqlalchemy import text

from api.access.identities import NewIdentity
from api.access.roles import Role
from api.operations.people import enrol
from api.server.database import Database
from api.server.embedded import EmbeddedServer
from tests.scenarios.world import World, a_world_copied

JANUARY = "time,value\n2026-01-05T10:00+01:00,60\n2026-01-05T11:00+01:00,60\n"
CORRECTED = "time,value\n2026-01-05T11:00+01:00,80\n"


def billed(world: World) -> None:
    """January is read and billed; and there is somebody of each role."""
    for role in (Role.METER, Role.AUDITOR, Role.CONTRACT_MANAGER):
        world.key(role.value, role)
    with closing(Database(world.access.app)) as database, database.transaction(1) as session:
        for role in (Role.VERIFIER, Role.LENDER):
            made = enrol(session, NewIdentity(role.value, role, contract="C-1"), at=world.now)
            world.keys[role.value] = made.key
    world.done("meter", "POST", "/v1/readings", params={"register": "kwh", "source": "a.csv"}, content=JANUARY)
    world.now = datetime(2026, 2, 2, 8, tzinfo=UTC)
    world.done("finance", "POST", "/v1/bill", params={"issue": "true"})


@pytest.fixture
def world(server: EmbeddedServer, request: pytest.FixtureRequest) -> Iterator[World]:
    with a_world_copied(server, "january billed, somebody of each role", billed, request.node.nodeid) as world:
        yield world


def test_a_meter_delivers_corrects_and_reads_nothing(world: World) -> None:
    params = {"register": "kwh", "source": "b.csv", "reason": "meter test"}
    waiting = world.ask("meter", "POST", "/v1/readings", params=params, content=CORRECTED)
    assert waiting.status_code == 202, "what a person corrects of billed readings another one releases"
    for path in ("/v1/fleet", "/v1/contracts", "/v1/invoices", "/v1/batches/1"):
        assert world.ask("meter", "GET", path).status_code == 403


READ_BY_ALL_OF_THE_SUPPLIER = (
    "/v1/fleet", "/v1/registers/kwh/usage?from=2026-01-01&to=2026-01-31", "/v1/contracts", "/v1/contracts/C-1", "/v1/invoices",
    "/v1/batches/1", "/v1/contracts/C-1/disputes", "/v1/contracts/C-1/statements", "/v1/indices", "/v1/profiles", "/v1/unbilled",
)  # fmt: skip


def test_who_reads_all_reads_it(world: World) -> None:
    for who in ("auditor", "contract_manager", "finance"):
        answers = {path: world.ask(who, "GET", path).status_code for path in READ_BY_ALL_OF_THE_SUPPLIER}
        assert answers == dict.fromkeys(READ_BY_ALL_OF_THE_SUPPLIER, 200), who


def test_an_auditor_opens_and_proves_an_invoice_and_writes_nothing(world: World) -> None:
    invoice = world.done("auditor", "GET", "/v1/invoices")[0]
    assert world.done("auditor", "GET", f"/v1/invoices/{invoice['number']}/lines/2/explanation")
    assert world.done("auditor", "GET", f"/v1/invoices/{invoice['number']}")["lines"]
    replayed = world.done("auditor", "POST", "/v1/replay")
    assert (replayed["replayed"] > 0, replayed["unproven"]) == (True, [])


def test_a_contract_manager_looks_at_drafts_and_opens_one(world: World) -> None:
    february = JANUARY.replace("2026-01", "2026-02")
    world.done("meter", "POST", "/v1/readings", params={"register": "kwh", "source": "c.csv"}, content=february)
    world.now = datetime(2026, 3, 2, 8, tzinfo=UTC)
    world.done("contract_manager", "GET", "/v1/drafts")
    with closing(Database(world.access.app)) as database, database.transaction(1) as session:
        name = session.execute(text("select name from draft order by name limit 1")).scalar_one()
    assert world.done("contract_manager", "GET", f"/v1/invoices/{name}")["lines"]


@pytest.mark.parametrize("who", ["verifier", "lender"])
def test_who_sees_one_contract_sees_that_one(world: World, who: str) -> None:
    assert [contract["contract"] for contract in world.done(who, "GET", "/v1/contracts")] == ["C-1"]
    assert world.done(who, "GET", "/v1/contracts/C-1")
    assert world.ask(who, "GET", "/v1/contracts/C-2").status_code == 404
    assert world.done(who, "GET", "/v1/contracts/C-1/statements") == []
    assert world.ask(who, "GET", "/v1/invoices").status_code == 403
