"""What the doors for events add to what is taken: who may change what is billed, and what a bill opens down to."""

from collections.abc import Iterator
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest

from api.access.caller import IdentityKind
from api.access.identities import NewIdentity
from api.access.roles import Role
from api.operations.people import enrol
from api.server.embedded import EmbeddedServer
from api.server.metrics import OWN
from tests.api.switching.house import CONTRACT, FLEET, METERS
from tests.build import let_in
from tests.conftest import application_pool
from tests.scenarios.world import World, a_world_copied

NOON = "2026-01-05T12:00:00Z"


def fill(world: World) -> None:
    """What events measure, a contract that bills it, and a meter's own program besides the people."""
    for meter in METERS:
        stated = {
            name: getattr(meter, name)
            for name in ("client", "event_type", "aggregation", "unit", "value", "dimensions")
        }
        world.done("maker", "PUT", f"/v1/event-meters/{meter.name}", json=stated)
    world.done("maker", "POST", "/v1/contracts", content=CONTRACT)
    world.done("finance", "POST", "/v1/contracts/E-1/release")
    with application_pool(world.access) as database, database.transaction(1) as session:
        world.keys["gateway"] = enrol(
            session, NewIdentity("gateway", Role.METER, IdentityKind.PROGRAM), at=world.now
        ).key
    let_in(world.access, "gateway")


@pytest.fixture
def world(server: EmbeddedServer, request: pytest.FixtureRequest) -> Iterator[World]:
    with a_world_copied(server, "a contract over events", fill, request.node.nodeid, FLEET) as world:
        yield world


def prompt(id_: str, tokens: object, at: str = NOON, **others: Any) -> dict[str, Any]:
    event = {"id": id_, "source": "app", "specversion": "1.0", "type": "prompt", "subject": "acme", "time": at}
    return event | {"data": {"usage": {"tokens": tokens}}} | others


def bills(world: World, day: str) -> dict[tuple[str, str], Decimal]:
    """All that was billed so far, by the month of service and the charge."""
    world.now = datetime.fromisoformat(day).replace(tzinfo=UTC, hour=8)
    world.done("finance", "POST", "/v1/bill", params={"issue": "true"})
    nets: dict[tuple[str, str], Decimal] = {}
    for head in world.done("finance", "GET", "/v1/invoices"):
        if head["contract"] == "E-1":
            for line in world.done("finance", "GET", f"/v1/invoices/{head['number']}")["lines"]:
                key = line["service_from"][:7], line["charge"]
                nets[key] = nets.get(key, Decimal(0)) + Decimal(line["net"])
    return {key: net for key, net in nets.items() if net}


def test_a_person_adds_nothing_alone_to_a_reading_that_is_billed_and_a_meter_does(world: World) -> None:
    assert world.ask("maker", "POST", "/api/v1/events", json=prompt("1", 1000)).status_code == 204
    assert bills(world, "2026-02-01") == {("2026-01", "tokens"): Decimal("1.30"), ("2026-01", "calls"): Decimal("0.05")}
    refused = world.ask("maker", "POST", "/api/v1/events", json=prompt("2", 1000))
    assert (refused.status_code, refused.json()["type"]) == (409, "/problems/events-change-billed-use")
    assert world.ask("gateway", "POST", "/api/v1/events", json=prompt("2", 1000)).status_code == 204
    assert bills(world, "2026-03-01") == {("2026-01", "tokens"): Decimal("2.60"), ("2026-01", "calls"): Decimal("0.10")}


def test_what_a_person_was_refused_can_be_posted_by_the_meter_for_nothing_of_it_was_kept(world: World) -> None:
    of_lago = {"transaction_id": "1", "external_subscription_id": "sub-1", "code": "energy", "timestamp": 1767614400}
    of_lago |= {"properties": {"wh": 1000}}
    world.done("gateway", "POST", "/api/v1/events", json={"event": of_lago})
    assert bills(world, "2026-02-01") == {("2026-01", "energy"): Decimal("0.31")}
    later = [of_lago | {"transaction_id": "2"}, of_lago | {"transaction_id": "3", "timestamp": 1767614401}]
    refused = world.ask("maker", "POST", "/api/v1/events/batch", json={"events": later})
    assert (refused.status_code, refused.json()["code"]) == (409, "events-change-billed-use")
    world.done("gateway", "POST", "/api/v1/events/batch", json={"events": later})
    assert bills(world, "2026-03-01") == {("2026-01", "energy"): Decimal("0.93")}


def test_a_correction_opens_down_to_the_events_that_came_late_and_the_customer_sees_them(world: World) -> None:
    for id_, tokens in (("1", 1000), ("2", 500)):
        world.ask("gateway", "POST", "/api/v1/events", json=prompt(id_, tokens))
    bills(world, "2026-02-01")
    world.ask("gateway", "POST", "/api/v1/events", json=[prompt("3", 70), prompt("4", 7, "2026-01-06T12:00:00Z")])
    bills(world, "2026-03-01")
    ids = {}
    for head in world.done("blechwerke", "GET", "/v1/invoices"):
        for line in world.done("blechwerke", "GET", f"/v1/invoices/{head['number']}")["lines"]:
            path = f"/v1/invoices/{head['number']}/lines/{line['pos']}/explanation"
            shown = world.done("blechwerke", "GET", path)
            if line["charge"] == "tokens" and Decimal(line["net"]):
                ids[line["corrects"] is not None] = [event["event_id"] for event in shown["usage_events"]]
            assert world.ask("gießerei", "GET", path).status_code == 404
    assert ids == {False: ["1", "2"], True: ["3", "4"]}


def test_an_event_of_a_kind_is_one_whichever_media_type_it_comes_as(world: World) -> None:
    types = ("application/cloudevents+json", "application/cloudevents-batch+json; charset=utf-8", "application/json")
    for media_type in types:
        content = world.client.build_request("POST", "/", json=prompt("1", 1)).content
        answer = world.ask("gateway", "POST", "/api/v1/events", content=content, headers={"Content-Type": media_type})
        assert (answer.status_code, answer.content) == (204, b"")
    receipts = world.done("maker", "GET", "/v1/batches")  # of two readings: tokens and calls
    assert [(batch["stored"], batch["unchanged"]) for batch in receipts] == [(0, 1), (0, 1), (2, 0)]


def test_without_a_key_nothing_is_read(world: World) -> None:
    for path in ("/api/v1/events", "/api/v1/events/batch"):
        assert world.client.post(path, json=prompt("1", 1)).status_code == 401


def test_what_becomes_of_events_is_counted_as_of_other_readings(world: World) -> None:
    def counted(path: str, content: Any) -> dict[str, float]:
        before = {verdict: verdicts(verdict) for verdict in ("stored", "unchanged", "refused")}
        world.ask("gateway", "POST", path, json=content)
        return {verdict: verdicts(verdict) - was for verdict, was in before.items() if verdicts(verdict) != was}

    def verdicts(verdict: str) -> float:
        return OWN.get_sample_value("usufruct_readings_total", {"verdict": verdict}) or 0.0

    def refusals() -> float:
        return OWN.get_sample_value("usufruct_refusals_total", {"problem": "events-refused"}) or 0.0

    first, other = prompt("e1", 5), prompt("e2", 7, "2026-01-05T13:00:00Z")
    assert counted("/api/v1/events", [first, other]) == {"stored": 4}, "readings: of the tokens and of the prompts"
    assert counted("/api/v1/events", [first, prompt("e3", 7, "2026-01-05T14:00:00Z")]) == {"stored": 2, "unchanged": 1}
    assert counted("/api/v1/events", prompt("e4", 1, type="nothing takes it")) == {"refused": 1}, "kept, with a verdict"
    before = refusals()
    assert counted("/api/v1/events", [prompt("e5", "much"), prompt("e6", "more"), prompt("e7", 1)]) == {"refused": 2}
    assert refusals() == before + 1
