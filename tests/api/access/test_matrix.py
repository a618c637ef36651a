"""Every operation of the documentation, asked by everybody: each role, no key, another tenant, another party."""

import re
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest

from api.access.roles import Role
from api.server import database
from api.server.database import StatedSession
from api.server.embedded import EmbeddedServer
from tests.api.access.matrix import EDITED, EVERYBODY, MATRIX, NOTHING, Row
from tests.billing.scene import CONTRACT
from tests.build import let_in
from tests.scenarios.world import World, a_world_copied, interface

LETTERS = {
    "O": Role.OWNER, "M": Role.CONTRACT_MANAGER, "F": Role.FINANCE, "T": Role.METER, "C": Role.CUSTOMER, "P": Role.PAYEE,
    "A": Role.AUDITOR, "V": Role.VERIFIER, "L": Role.LENDER, "X": Role.THIRD_PARTY,
}  # fmt: skip
INDEX = 'index: CPI\nvalues: [{month: 2026-01, value: "123.4", published: 2026-02-12}]\n'
JANUARY = "time,value\n2026-01-05T10:00+01:00,60\n2026-01-05T11:00+01:00,60\n"
#: What the parts of an address are, unless the row says otherwise: all of them of C-1.
ADDRESSED = {
    "key": "kwh", "reference": "C-1", "number": "1", "name": "CPI", "pos": "1", "what": "lines",
    "notification": "0b5c1f0e-6d3a-4f57-9c3e-2f1f6a7d8e90",
}  # fmt: skip


def fill(world: World) -> None:
    """Each role has its person, and each kind of thing there is one that is of C-1, waiting where it can wait."""
    for letter, role in LETTERS.items():
        party = "Blechwerke" if role in {Role.CUSTOMER, Role.PAYEE, Role.THIRD_PARTY} else None
        contract = "C-1" if role in {Role.VERIFIER, Role.LENDER} else None
        asked: dict[str, Any] = {"name": f"somebody {letter}", "role": role, "party": party, "contract": contract}
        world.keys[letter] = world.done("maker", "POST", "/v1/users", json=asked)["key"]["key"]
        let_in(world.access, asked["name"])
    world.done("maker", "POST", "/v1/readings", params={"register": "kwh", "source": "january.csv"}, content=JANUARY)
    world.now = datetime(2026, 2, 1, 8, tzinfo=UTC)
    world.done("maker", "POST", "/v1/bill", params={"issue": "true"})
    world.done("maker", "POST", "/v1/indices", content=INDEX)
    world.done("maker", "POST", "/v1/registers/kwh/edits", json=EDITED)
    dispute = {"charge": "energy", "first": "2026-01-01", "after_last": "2026-02-01", "reason": "doubted"}
    world.done("blechwerke", "POST", "/v1/contracts/C-1/disputes", json=dispute)
    world.done("maker", "PUT", "/v1/profiles/CPI", json={"options": {"decimal": "comma"}})
    world.done("maker", "POST", "/v1/contracts", content=CONTRACT.replace("C-1", "C-3"))
    world.done("blechwerke", "POST", "/v1/grants", json={"name": "somebody X", "machine": "Press"})
    made = world.done("maker", "POST", "/v1/webhooks", json={"url": "https://erp.example.com/hooks"})
    world.keys["webhook"] = made["id"]  # its name is drawn


@pytest.fixture(scope="module")
def world(server: EmbeddedServer) -> Iterator[World]:
    with a_world_copied(server, "everybody, and one of each thing", fill, "the matrix") as world:
        yield world


@pytest.fixture
def nothing_lasts(monkeypatch: pytest.MonkeyPatch) -> None:
    """What one is answered does not depend on what another has done: every transaction is rolled back at its end."""
    monkeypatch.setattr(database, "commit", StatedSession.rollback)


def address(operation: str, row: Row, world: World) -> tuple[str, str, dict[str, Any]]:
    method, path = operation.split(" ")
    asked = dict(row.asked)
    at = ADDRESSED | {"key_id": world.keys["finance"][:12], "webhook": world.keys["webhook"]}
    if "/invoices/" in path:
        at["number"] = "2026-000001"
    if "/users/" in path:
        at["name"] = "finance"
    at |= {name: asked.pop(name) for name in re.findall(r"{(\w+)}", path) if name in asked}
    return method, path.format(**at), asked


def answer(world: World, who: str | None, operation: str, row: Row) -> Any:
    method, path, asked = address(operation, row, world)
    headers = {"Authorization": f"Bearer {world.keys[who]}"} if who else {}
    return world.client.request(method, path, headers=headers, **asked)


def test_every_operation_has_its_row_and_every_row_its_operation() -> None:
    paths = interface()["paths"]
    assert {f"{method.upper()} {path}" for path, methods in paths.items() for method in methods} == set(MATRIX)


@pytest.mark.usefixtures("nothing_lasts")
@pytest.mark.parametrize("operation", MATRIX)
def test_each_role_is_answered_as_it_is_written(world: World, operation: str) -> None:
    row = MATRIX[operation]
    needs_nobody = row.roles.startswith("nobody")
    expected = {
        letter: row.done if needs_nobody or row.roles == EVERYBODY or letter in row.roles else 403 for letter in LETTERS
    }
    assert {letter: answer(world, letter, operation, row).status_code for letter in LETTERS} == expected
    unknown = answer(world, None, operation, row)
    assert unknown.status_code == (row.done if needs_nobody else 401)


@pytest.mark.usefixtures("nothing_lasts")
@pytest.mark.parametrize("operation", [name for name, row in MATRIX.items() if row.elsewhere is not None])
def test_another_tenant_is_answered_as_if_there_were_nothing(world: World, operation: str) -> None:
    foreign(world, "stranger", operation, MATRIX[operation].elsewhere)


@pytest.mark.usefixtures("nothing_lasts")
@pytest.mark.parametrize("operation", [name for name, row in MATRIX.items() if "C" in row.roles or row.others])
def test_another_party_is_answered_as_if_there_were_nothing(world: World, operation: str) -> None:
    foreign(world, "gießerei", operation, MATRIX[operation].others)


def foreign(world: World, who: str, operation: str, expected: Any) -> None:
    answered = answer(world, who, operation, MATRIX[operation])
    if expected == NOTHING:
        assert (answered.status_code, answered.json()) == (200, []), answered.text
    else:
        assert answered.status_code == expected, answered.text
    foreigners = ("Blechwerke",) if who == "gießerei" else ("Blechwerke", "Gießerei", "somebody M")
    said = str(address(operation, MATRIX[operation], world))  # a name that whoever asks has said tells it nothing
    assert not [name for name in foreigners if name in answered.text and name not in said]
