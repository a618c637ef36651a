"""A supplier over HTTP: an invoice with last year's price is void before it is sent, and billed anew; told outside."""

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest

from api.access.roles import Role
from api.server.embedded import EmbeddedServer
from tests.billing.scene import CONTRACT
from tests.scenarios.world import World, a_world_copied

READINGS = "time,value\n2026-01-05T10:00:00+01:00,140\n"
JANUARY, OTHER, ANEW = "2026-000001", "2026-000002", "2026-000003"


def _fill(world: World) -> None:
    world.key("bert", Role.OWNER)
    world.key("auditor", Role.AUDITOR)
    world.now = datetime(2026, 2, 1, 6, tzinfo=UTC)
    world.done("maker", "POST", "/v1/readings?register=kwh", content=READINGS)
    billed = world.done("finance", "POST", "/v1/bill?issue=true")
    assert [(one["contract"], one["number"]) for one in billed["invoices"]] == [("C-1", JANUARY), ("C-2", OTHER)]


@pytest.fixture
def world(server: EmbeddedServer, request: pytest.FixtureRequest) -> Iterator[World]:
    with a_world_copied(server, "a document to be void", _fill, request.node.nodeid) as copied:
        yield copied


class TestAnInvoiceWithTheWrongPrice:
    def test_is_void_by_two_and_billed_anew(self, world: World) -> None:
        path = f"/v1/invoices/{JANUARY}/void"
        world.now = datetime(2026, 2, 2, 6, tzinfo=UTC)
        asked = world.done("finance", "POST", path, json={"reason": "last year's price"})
        assert (asked["state"], asked["documents"], asked["voided_on"]) == ("waiting", [JANUARY], None)
        assert world.ask("finance", "POST", f"{path}/release").status_code == 409
        waits = [one for one in world.done("bert", "GET", "/v1/waiting") if one["kind"] == "void"]
        assert [(one["name"], one["may_release"]) for one in waits] == [(JANUARY, True)]
        released = world.done("bert", "POST", f"{path}/release")
        assert (released["state"], released["voided_on"]) == ("released", "2026-02-02")

        amended = CONTRACT.replace('"100.00"', '"90.00"').replace("starts:", "in_force_from: 2026-01-01\nstarts:")
        world.done("maker", "POST", "/v1/contracts", content=amended)
        # nothing of it is billed: so that a version of its days reprices nothing, and nobody has to say yes to that
        world.done("bert", "POST", "/v1/contracts/C-1/release", json={"version": 2})
        billed = world.done("finance", "POST", "/v1/bill?issue=true")
        assert [(one["number"], one["net"]) for one in billed["invoices"]] == [(ANEW, "148.00")]

        void = world.done("auditor", "GET", f"/v1/invoices/{JANUARY}")
        assert (void["state"], void["net"], void["payment"]["state"], void["payment"]["open"]) == (
            "void", "158.00", "void", "0.00",
        )  # fmt: skip
        assert (void["voided"]["reason"], void["voided"]["asked_by"], void["voided"]["released_by"]) == (
            "last year's price", "finance", "bert",
        )  # fmt: skip
        seen = world.done("blechwerke", "GET", f"/v1/invoices/{JANUARY}")
        assert (seen["state"], seen["voided_on"]) == ("void", "2026-02-02")
        assert "voided" not in seen
        (total,) = world.done("finance", "GET", "/v1/invoices/totals", params={"contract": "C-1"})
        assert (total["invoices"], total["net"], total["open"]) == (1, "148.00", "176.12")
        assert world.done("finance", "POST", "/v1/replay") == {"replayed": 3, "unproven": []}
        assert world.notified("document.issued", 3) == [JANUARY, OTHER, ANEW]
        assert world.notified("document.voided", 1) == [JANUARY]

    def test_is_not_void_any_more_once_it_is_sent(self, world: World) -> None:
        path = f"/v1/invoices/{JANUARY}"
        world.done("finance", "POST", f"{path}/sendings", json={"how": "mail"})
        refused: Any = world.ask("finance", "POST", f"{path}/void", json={"reason": "last year's price"})
        assert (refused.status_code, refused.json()["type"]) == (409, "/problems/document-sent")
        assert refused.json()["found"] == "2026-02-01"

    def test_a_request_that_is_repeated_with_its_key_asks_once(self, world: World) -> None:
        key, body = {"Idempotency-Key": "one"}, {"reason": "last year's price"}
        first, again = (
            world.ask("finance", "POST", f"/v1/invoices/{JANUARY}/void", json=body, headers=key) for _ in range(2)
        )
        assert (first.status_code, again.status_code, first.json()) == (201, 201, again.json())
