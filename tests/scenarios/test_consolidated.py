"""One document of two contracts over HTTP: issued, seen by its customer, sent, paid in part, corrected, given back, proved."""

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest

from api.access.roles import Role
from api.server.embedded import EmbeddedServer
from tests.billing.invoices.consolidating import ENERGY, together
from tests.scenarios.world import TWO_CONTRACTS, World, a_world_copied

NUMBER = "2026-000003"  # after those of C-1 and C-2


def reads(world: World, day: str, value: str, source: str) -> None:
    content = f"time,value\n{day}T10:00+01:00,{value}\n"
    world.done(
        "maker",
        "POST",
        "/v1/readings",
        params={"register": "kwh", "source": source},
        content=content,
    )


def fill(world: World) -> None:
    for content in (together("A"), together("B", charges=ENERGY)):
        world.done("maker", "POST", "/v1/contracts", content=content)
    for reference in ("A", "B"):
        world.done("finance", "POST", f"/v1/contracts/{reference}/release")
    world.key("bert", Role.OWNER)
    reads(world, "2026-01-05", "100", "january.csv")
    world.now = datetime(2026, 2, 1, 8, tzinfo=UTC)
    made = world.done("maker", "POST", "/v1/bill", params={"issue": "true"})
    assert [head["kind"] for head in made["invoices"]] == ["period", "period", "consolidated"]


@pytest.fixture
def world(server: EmbeddedServer, request: pytest.FixtureRequest) -> Iterator[World]:
    name = f"{TWO_CONTRACTS}, and two that are billed together"
    with a_world_copied(server, name, fill, request.node.nodeid) as copied:
        copied.now = datetime(2026, 2, 5, 8, tzinfo=UTC)
        yield copied


def numbers(world: World, who: str = "finance", **params: str) -> list[str]:
    return [head["number"] for head in world.done(who, "GET", "/v1/invoices", params=params)]


def whole(world: World, who: str = "finance") -> dict[str, Any]:
    shown: dict[str, Any] = world.done(who, "GET", f"/v1/invoices/{NUMBER}")
    return shown


def test_it_is_one_document_with_the_lines_of_each_contract(world: World) -> None:
    shown = whole(world)
    assert (shown["contracts"], shown["net"], shown["vat"], shown["gross"]) == (
        ["A", "B"], "116.66", "22.17", "138.83",
    )  # fmt: skip
    assert [(part["contract"], part["first_line"], part["last_line"], part["net"]) for part in shown["parts"]] == [
        ("A", 1, 1, "33.33"),
        ("B", 2, 3, "83.33"),
    ]
    assert shown["parts"][1]["inputs"]["contract"] == "B"
    assert (
        numbers(world, contract="A") == numbers(world, contract="B") == numbers(world, kind="consolidated") == [NUMBER]
    )
    assert numbers(world, "blechwerke") == ["2026-000001", NUMBER]
    assert whole(world, "blechwerke")["lines"] == shown["lines"]
    assert world.ask("gießerei", "GET", f"/v1/invoices/{NUMBER}").status_code == 404
    page = world.ask("blechwerke", "GET", f"/v1/invoices/{NUMBER}/page").text
    assert "Subtotal Contract A" in page
    assert "Subtotal Contract B" in page
    exported = world.ask("finance", "GET", "/v1/exports/lines").text.splitlines()
    assert [row.rsplit(",", 1)[1] for row in exported if f",{NUMBER}," in row] == ["A", "B", "B"]
    explained = world.done("blechwerke", "GET", f"/v1/invoices/{NUMBER}/lines/3/explanation")
    assert (explained["line"]["pos"], explained["readings"][0]["value"]) == (3, "100")


def test_it_is_sent_and_paid_as_one(world: World) -> None:
    world.done("finance", "POST", f"/v1/invoices/{NUMBER}/sendings", json={"how": "mail"})
    assert whole(world, "blechwerke")["payment"]["state"] == "sent"
    paid = {
        "customer": "Blechwerke", "currency": "EUR", "amount": "38.83", "received_on": "2026-02-05", "reference": "17",
        "allocations": [{"document": NUMBER, "amount": "38.83"}],
    }  # fmt: skip
    world.done("finance", "POST", "/v1/payments", json=paid)
    payment = whole(world)["payment"]
    assert (payment["state"], payment["open"]) == ("partly_paid", "100.00")
    stated = world.done("blechwerke", "GET", "/v1/accounts/Blechwerke/statement")
    assert [one["document"] for one in stated["open_documents"]] == ["2026-000001", NUMBER]


def test_a_late_reading_and_a_credit_name_it(world: World) -> None:
    asked = {"lines": [{"line": 1, "rest": True}, {"line": 2, "rest": True}], "reason": "late"}
    refused = world.ask("finance", "POST", f"/v1/invoices/{NUMBER}/credits", json=asked)
    assert (refused.status_code, refused.json()["type"]) == (422, "/problems/lines-of-several-contracts")
    asked = {"lines": [{"line": 2, "amount": "3.33"}], "reason": "late"}
    credit = world.done("finance", "POST", f"/v1/invoices/{NUMBER}/credits", json=asked)
    assert (credit["contract"], credit["number"], credit["lines"][0]["line"]) == ("B", NUMBER, 2)
    (note,) = world.done("bert", "POST", f"/v1/credits/{credit['credit']}/release")["documents"]
    assert world.done("finance", "GET", f"/v1/invoices/{note}")["corrects"] == [NUMBER]
    reads(world, "2026-01-06", "10", "late.csv")
    reads(world, "2026-02-05", "40", "february.csv")
    world.now = datetime(2026, 3, 1, 8, tzinfo=UTC)
    world.done("maker", "POST", "/v1/bill", params={"issue": "true"})
    (later,) = [number for number in numbers(world, kind="consolidated") if number != NUMBER]
    shown = world.done("finance", "GET", f"/v1/invoices/{later}")
    assert (shown["corrects"], shown["net"]) == ([NUMBER], "91.66")  # 33.33, 53.33, and 5.00 of January
    assert world.done("finance", "POST", "/v1/replay")["unproven"] == []
