"""From an issued invoice to a settled account over HTTP: by a finance clerk, another person, and the customers."""

import csv
import io
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest

from api.access.roles import Role
from api.server.embedded import EmbeddedServer
from tests.billing.scene import CONTRACT
from tests.scenarios.world import TWO_CONTRACTS, World, a_world_copied

JANUARY = "time,value\n2026-01-05T10:00+01:00,100\n"
FIRST, OTHER = "2026-000001", "2026-000002"  # of Blechwerke and of Gießerei: 178.50 EUR each


def _fill(world: World) -> None:
    early = "settings: {least_coverage: '0', cash_discount: [{days: '10', percent: '2'}]}"
    world.key("bert", Role.OWNER)
    world.done("maker", "POST", "/v1/readings", params={"register": "kwh", "source": "january.csv"}, content=JANUARY)
    amended = [
        content.replace('settings: {least_coverage: "0"}', early).replace(
            "starts:", "in_force_from: 2026-01-01\nstarts:"
        )
        for content in _terms()
    ]
    for content in amended:
        world.done("maker", "POST", "/v1/contracts", content=content)
    for reference in ("C-1", "C-2"):
        world.done("finance", "POST", f"/v1/contracts/{reference}/release")
    world.now = datetime(2026, 2, 1, 8, tzinfo=UTC)
    made = world.done("maker", "POST", "/v1/bill", params={"issue": "true"})
    assert [head["gross"] for head in made["invoices"]] == ["178.50", "178.50"]


def _terms() -> tuple[str, str]:
    return CONTRACT, CONTRACT.replace("C-1", "C-2").replace("Blechwerke", "Gießerei")


@pytest.fixture
def world(server: EmbeddedServer, request: pytest.FixtureRequest) -> Iterator[World]:
    name = f"{TWO_CONTRACTS}, billed with a cash discount"
    with a_world_copied(server, name, _fill, request.node.nodeid) as copied:
        copied.now = datetime(2026, 2, 5, 8, tzinfo=UTC)
        yield copied


def a_payment(amount: str, *to: tuple[str, ...], **more: Any) -> dict[str, Any]:
    allocations = [dict(zip(("document", "amount", "discount"), one, strict=False)) for one in to]
    paid = {
        "customer": "Blechwerke",
        "currency": "EUR",
        "amount": amount,
        "received_on": "2026-02-05",
        "reference": "17",
    }
    return paid | ({"allocations": allocations} if allocations else {}) | more


def stands(world: World, who: str = "finance", number: str = FIRST) -> tuple[str, str]:
    payment = world.done(who, "GET", f"/v1/invoices/{number}")["payment"]
    return payment["state"], payment["open"]


class TestAnInvoiceFromIssueToPayment:
    def test_sent_paid_in_part_and_with_a_discount_and_its_page_never_changes(self, world: World) -> None:
        before = world.ask("blechwerke", "GET", f"/v1/invoices/{FIRST}/page").text
        assert "if paid by 11 Feb 2026" in before
        assert stands(world) == ("issued", "178.50")
        world.done("finance", "POST", f"/v1/invoices/{FIRST}/sendings", json={"how": "mail"})
        assert stands(world, "blechwerke") == ("sent", "178.50")
        paid = world.done("finance", "POST", "/v1/payments", json=a_payment("100.00", (FIRST, "100.00")))
        assert (stands(world), paid["on_account"]) == (("partly_paid", "78.50"), "0.00")
        late = a_payment("74.93", (FIRST, "74.93", "3.57"), reference="18")
        world.now = datetime(2026, 2, 20, 8, tzinfo=UTC)
        refused = world.ask("finance", "POST", "/v1/payments", json=late | {"received_on": "2026-02-12"})
        assert (refused.status_code, refused.json()["type"]) == (409, "/problems/discount-too-late")
        done = world.done("finance", "POST", "/v1/payments", json=late)
        (share,) = done["allocations"][0]["discount_by_tax"]
        assert (share["rate_percent"], share["taxable"], share["tax"]) == ("19", "3.00", "0.57")
        assert stands(world, "blechwerke") == ("paid", "0.00")
        assert world.ask("blechwerke", "GET", f"/v1/invoices/{FIRST}/page").text == before
        assert world.notified("document.paid", 1) == [FIRST]

    def test_the_same_request_twice_is_one_payment(self, world: World) -> None:
        first = world.done("finance", "POST", "/v1/payments", json=a_payment("50.00", (FIRST, "50.00")))
        again = world.done("finance", "POST", "/v1/payments", json=a_payment("50.00", (FIRST, "50.00")))
        assert first == again
        other = world.ask("finance", "POST", "/v1/payments", json=a_payment("51.00", (FIRST, "50.00")))
        assert (other.status_code, other.json()["type"]) == (409, "/problems/reference-taken")
        assert len(world.done("finance", "GET", "/v1/payments")) == 1

    def test_a_draft_is_ready(self, world: World) -> None:
        february = JANUARY.replace("2026-01", "2026-02")
        world.done("maker", "POST", "/v1/readings", params={"register": "kwh", "source": "f.csv"}, content=february)
        world.now = datetime(2026, 3, 1, 8, tzinfo=UTC)
        draft = world.done("maker", "POST", "/v1/bill")["invoices"][0]["number"]
        assert world.done("finance", "GET", f"/v1/invoices/{draft}")["payment"]["state"] == "ready"
        refused = world.ask("finance", "POST", f"/v1/invoices/{draft}/sendings", json={"how": "mail"})
        assert (refused.status_code, refused.json()["type"]) == (409, "/problems/document-not-issued")


class TestTheAccount:
    def test_has_every_entry_between_two_balances_in_each_form(self, world: World) -> None:
        world.done("finance", "POST", "/v1/payments", json=a_payment("200.00", (FIRST, "100.00")))
        world.now = datetime(2026, 2, 9, 8, tzinfo=UTC)
        world.done("finance", "POST", "/v1/payments/1/reverse", json={"reference": "17 returned"})
        path = "/v1/accounts/Blechwerke/statement"
        stated = world.done("blechwerke", "GET", path, params={"from": "2026-02-02", "to": "2026-02-09"})
        entries = [
            (one["on"], one["kind"], one["reference"], one["amount"], one["balance"]) for one in stated["entries"]
        ]
        assert (stated["opening"], stated["closing"]) == ("178.50", "178.50")
        assert entries == [
            ("2026-02-05", "payment", "17", "-200.00", "-21.50"),
            ("2026-02-09", "payment", "17 returned", "200.00", "178.50"),
        ]
        written = world.ask("blechwerke", "GET", f"{path}/csv", params={"from": "2026-02-02", "to": "2026-02-09"}).text
        rows = list(csv.DictReader(io.StringIO(written)))
        assert [row["balance"] for row in rows] == ["178.50", "-21.50", "178.50", "178.50"]
        page = world.ask("blechwerke", "GET", f"{path}/page", params={"from": "2026-02-02", "to": "2026-02-09"})
        assert page.headers["content-type"] == "text/html; charset=utf-8"
        assert "17 returned" in page.text
        assert "178.50" in page.text

    def test_says_what_is_overdue_and_since_when(self, world: World) -> None:
        world.now = datetime(2026, 4, 20, 8, tzinfo=UTC)
        account = next(one for one in world.done("finance", "GET", "/v1/accounts") if one["customer"] == "Blechwerke")
        assert (account["overdue"], account["aging"]["days_31_to_60"]) == ("178.50", "178.50")
        overdue = world.done("finance", "GET", "/v1/invoices", params={"payment": "overdue"})
        assert [one["number"] for one in overdue] == [FIRST, OTHER]
        (totals,) = world.done("finance", "GET", "/v1/invoices/totals", params={"payment": "overdue"})
        assert totals["open"] == "357.00"
        dispute = {"charge": "fee", "first": "2026-01-01", "after_last": "2026-02-01", "reason": "it stood still"}
        world.done("blechwerke", "POST", "/v1/contracts/C-1/disputes", json=dispute)
        account = next(one for one in world.done("finance", "GET", "/v1/accounts") if one["customer"] == "Blechwerke")
        assert (account["overdue"], account["disputed"], account["open"]) == ("59.50", "119.00", "178.50")

    def test_a_customer_sees_its_own_and_records_nothing(self, world: World) -> None:
        world.done("finance", "POST", "/v1/payments", json=a_payment("50.00", (FIRST, "50.00")))
        (mine,) = world.done("blechwerke", "GET", "/v1/accounts")
        assert (mine["customer"], mine["supplier"], mine["balance"]) == ("Blechwerke", "Nordluft", "128.50")
        assert [one["payment"] for one in world.done("blechwerke", "GET", "/v1/payments")] == [1]
        assert world.done("gießerei", "GET", "/v1/payments") == []
        assert world.ask("gießerei", "GET", "/v1/payments/1").status_code == 404
        assert world.ask("gießerei", "GET", "/v1/accounts/Blechwerke/statement").status_code == 404
        assert world.ask("stranger", "GET", "/v1/accounts/Blechwerke/statement").status_code == 404
        asked = world.ask("blechwerke", "POST", "/v1/payments", json=a_payment("50.00", reference="18"))
        assert asked.status_code == 403


class TestAWriteOff:
    def test_is_prepared_by_one_and_released_by_another(self, world: World) -> None:
        written_off = {"amount": "178.50", "reason": "insolvent"}
        waits = world.done("finance", "POST", f"/v1/invoices/{FIRST}/write-offs", json=written_off)
        assert (waits["released_by"], stands(world)) == (None, ("issued", "178.50"))
        (listed,) = [one for one in world.done("bert", "GET", "/v1/waiting") if one["kind"] == "write-off"]
        assert (listed["may_release"], listed["prepared_by"]) == (True, "finance")
        own = world.ask("finance", "POST", "/v1/write-offs/1/release")
        assert (own.status_code, own.json()["type"]) == (409, "/problems/own-work")
        assert world.done("blechwerke", "GET", "/v1/write-offs", params={"state": "any"}) == []
        world.done("bert", "POST", "/v1/write-offs/1/release")
        assert stands(world) == ("written_off", "0.00")
        stated = world.done("finance", "GET", "/v1/accounts/Blechwerke/statement")
        assert [one["kind"] for one in stated["entries"]] == ["document", "write_off"]
