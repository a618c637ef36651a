"""A contract says by which way its documents leave: issued over HTTP, they are due, sent by the scheduler, and known."""

from collections.abc import Iterator
from datetime import UTC, datetime

import pytest

from api.delivering.mail_way import MailWay
from api.delivering.sender import DeliveryRules, deliver_everyone
from api.delivering.setup import WaysSetUp
from api.server.embedded import EmbeddedServer
from contracts.delivery_terms import DeliveryWay
from tests.api.delivering.mailbox import Mailbox, receiving_mail
from tests.billing.scene import CONTRACT
from tests.conftest import application_pool
from tests.scenarios.world import World, a_world_copied, leave

TO = ["invoices@blechwerke.example", "shared@blechwerke.example"]
INVOICING = f"""invoicing:
  language: de
  delivery: {{way: mail, to: {TO}}}
"""
PUBLIC = "https://billing.example"


@pytest.fixture
def world(server: EmbeddedServer, request: pytest.FixtureRequest) -> Iterator[World]:
    with a_world_copied(server, "two contracts", leave, request.node.nodeid) as world:
        yield world


@pytest.mark.long
def test_an_issued_document_leaves_by_the_way_of_its_contract(world: World) -> None:
    world.done("maker", "POST", "/v1/contracts", content=CONTRACT.replace("C-1", "C-X") + INVOICING)
    world.done("finance", "POST", "/v1/contracts/C-X/release")
    reads = {"params": {"register": "kwh"}, "content": "time,value\n2026-01-05T10:00:00+01:00,140\n"}
    world.done("maker", "POST", "/v1/readings", **reads)
    world.now = datetime(2026, 2, 1, 8, tzinfo=UTC)
    billed = world.done("maker", "POST", "/v1/bill", params={"issue": "true"})["invoices"]
    numbers = {one["contract"]: one["number"] for one in billed}
    number = numbers.pop("C-X")

    (due,) = world.done("finance", "GET", f"/v1/invoices/{number}/deliveries")
    assert (due["way"], due["to"], due["state"], due["asked_by"]) == ("mail", TO, "due", None)
    for other in numbers.values():  # whose contracts name no way
        assert world.done("finance", "GET", f"/v1/invoices/{other}/deliveries") == []

    with receiving_mail() as mailbox:
        _scheduler_runs(world, mailbox)
        _scheduler_runs(world, mailbox)  # and finds nothing more to send
    (message,) = mailbox.messages
    assert (message["subject"], message["to"]) == (f"Rechnung {number} von Nordluft", ", ".join(TO))
    assert mailbox.taken[0].rcpt_tos == TO
    (original,) = message.iter_attachments()
    kept = world.ask("blechwerke", "GET", f"/v1/invoices/{number}/original").content
    assert original.get_content() == kept

    (sent,) = world.done("finance", "GET", f"/v1/invoices/{number}/deliveries")
    assert (sent["state"], sent["attempts"]) == ("sent", 1)
    assert [event["kind"] for event in sent["events"]] == ["claimed", "sent"]
    (sending,) = world.done("finance", "GET", f"/v1/invoices/{number}/sendings")
    assert sending["how"] == "mail"


def _scheduler_runs(world: World, mailbox: Mailbox) -> None:
    """What the scheduler's job of deliveries does; the database's own clock says since when a document is due."""
    ways = WaysSetUp({DeliveryWay.MAIL: MailWay(mailbox.server())}, public_url=PUBLIC, mail_domain="nordluft.example")
    rules = DeliveryRules(ways, clock=lambda: max(world.now, datetime.now(UTC)))
    with application_pool(world.access) as database:
        assert deliver_everyone(database, rules) == 0
