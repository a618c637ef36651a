"""OpenMeter's and Lago's own clients post to a served application; what is billed is what a script adds up."""

import json
import random
import re
import shlex
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any

import httpx2
import openmeter
import pytest
from corehttp.exceptions import ClientAuthenticationError, HttpResponseError
from lago_python_client.exceptions import LagoApiError
from lago_python_client.models import BatchEvent
from lago_python_client.models import Event as LagoEvent
from typer.testing import CliRunner

from api.cli.main import app
from api.operations.billing import bill_everything
from api.server.database import Access
from api.server.embedded import EmbeddedServer
from tests.api.switching.clients import Json, cloud_event, lago, post_lago, post_openmeter
from tests.api.switching.drawn import lago_events, openmeter_events
from tests.api.switching.house import Keys, furnish, keys_of
from tests.billing.scene import on
from tests.conftest import application_pool, fresh_database
from tests.reliability.serving import served

ROOT, ORACLE = Path(__file__).parents[3], Path(__file__).with_name("oracle.py")


@dataclass
class Served:
    """The address, the keys, and what was posted. It is billed beside what serves, by a clock that can be set."""

    access: Access
    address: str
    keys: Keys
    posted: list[Json]

    def get(self, path: str, key: str | None = None) -> Any:
        return self._asked(httpx2.get, path, key or self.keys.maker)

    def post(self, path: str, key: str) -> Any:
        return self._asked(httpx2.post, path, key)

    def _asked(self, ask: Any, path: str, key: str) -> Any:
        answer = ask(f"{self.address}{path}", headers={"Authorization": f"Bearer {key}"}, timeout=600)
        assert answer.is_success, answer.text
        return answer.json()

    def bill(self, day: str) -> list[Json]:
        """Bill what is due on a day; all invoices, in the order of their numbers."""
        with application_pool(self.access) as database:
            done = bill_everything(database, 1, on(day))
        assert not done.held, done.held_work
        heads = self.get("/v1/invoices", self.keys.finance)
        numbers = sorted(head["number"] for head in heads)
        return [self.get(f"/v1/invoices/{number}", self.keys.finance) for number in numbers]

    def owed(self) -> dict[str, dict[str, list[str]]]:
        lines = "\n".join(map(json.dumps, self.posted))
        told = subprocess.run(
            [sys.executable, "-I", str(ORACLE)], input=lines, capture_output=True, text=True, check=True
        )
        owed: dict[str, dict[str, list[str]]] = json.loads(told.stdout)
        return owed


@pytest.fixture(scope="module")
def place(server: EmbeddedServer) -> Iterator[Served]:
    with fresh_database(server, "official clients") as access:
        keys = furnish(access)
        with served(access) as address:
            yield Served(access, address, keys, [])


def billed_lines(invoices: Sequence[Json]) -> dict[str, dict[str, list[str]]]:
    """By month and line, the quantity and the amount, of invoices that correct nothing."""
    lines: dict[str, dict[str, list[str]]] = {}
    for invoice in invoices:
        for line in invoice["lines"]:
            if line["corrects"] is None:
                month = lines.setdefault(line["service_from"][:7], {})
                name = f"{line['charge']} at {line['unit_price']}"
                assert name not in month, "one line each"
                month[name] = [line["quantity"], line["net"]]
    return lines


def same(billed: dict[str, dict[str, list[str]]], owed: dict[str, dict[str, list[str]]]) -> None:
    def numbers(lines: dict[str, dict[str, list[str]]]) -> dict[tuple[str, str], tuple[Decimal, Decimal]]:
        return {
            (month, name): (Decimal(quantity), Decimal(net))
            for month, of_month in lines.items()
            for name, (quantity, net) in of_month.items()
        }

    assert numbers(billed) == numbers(owed)


def post_all(place: Served, count: int, *, single: int) -> None:
    """Each event is posted, a part of them twice, by two clients of each kind at once."""
    half = count // 2
    cloud, of_lago = openmeter_events(half, seed=count), lago_events(count - half, seed=count + 1)
    place.posted += [{"client": "openmeter", "event": event} for event in cloud]
    place.posted += [{"client": "lago", "event": event} for event in of_lago]
    draw, work = random.Random(count), []
    with ThreadPoolExecutor(4) as threads:
        for post, events in ((post_openmeter, cloud), (post_lago, of_lago)):
            for part in (events[: half * 2 // 3], events[half // 3 :]):  # a third of them is posted by both
                shuffled = draw.sample(part, len(part))
                work.append(threads.submit(post, place.address, place.keys.program, shuffled, single=single))
    again = [done.result() for done in work]
    assert sum(number for number in again if number) > 0, "some of Lago's were refused, because they exist"


def proves(place: Served) -> None:
    assert place.post("/v1/replay", place.keys.finance)["unproven"] == []


def test_300_events_of_the_official_clients_are_billed_as_a_script_adds_them_up(place: Served) -> None:
    post_all(place, 300, single=10)
    invoices = place.bill("2026-04-01")
    same(billed_lines(invoices), place.owed())
    opened(place, invoices)
    proves(place)
    refused(place)
    unmatched(place)


def opened(place: Served, invoices: Sequence[Json]) -> None:
    """A line opens down to the ids of its events and where they came from, and they add up to it."""
    number = invoices[0]["number"]
    for line in invoices[0]["lines"]:
        shown = place.get(f"/v1/invoices/{number}/lines/{line['pos']}/explanation", place.keys.finance)
        names = {(event["source"], event["event_id"]) for event in shown["usage_events"]}
        posted = {
            (event["source"], event["id"])
            if record["client"] == "openmeter"
            else (event["external_subscription_id"], event["transaction_id"])
            for record in place.posted
            for event in [record["event"]]
        }
        assert names
        assert names <= posted
        assert len(names) == len(shown["usage_events"]), "each once"
        in_all = sum(Decimal(other["quantity"]) for other in invoices[0]["lines"] if other["charge"] == line["charge"])
        assert sum(Decimal(event["amount"]) for event in shown["usage_events"]) == in_all


def unmatched(place: Served) -> None:
    """What nothing takes is listed with its number, by type and subject."""
    kept = {
        (group["client"], group["event_type"], group["subject"]): group["events"]
        for group in place.get("/v1/events/unmatched")
    }
    posted = Counter(
        ("openmeter", event["type"], event["subject"])
        if record["client"] == "openmeter"
        else ("lago", event["code"], event["external_subscription_id"])
        for record in place.posted
        for event in [record["event"]]
    )
    assert kept == {key: count for key, count in posted.items() if "heartbeat" in key or "sub-unknown" in key}


def refused(place: Served) -> None:
    """Refusals are the clients' own errors, with what is wrong."""
    good = openmeter_events(1, seed=9)[0] | {"id": "refused", "type": "prompt"}
    bad = cloud_event(good | {"id": "bad", "data": {"usage": {"tokens": "many"}}})
    with (
        openmeter.Client(endpoint=place.address, token="usu_wrong") as client,
        pytest.raises(ClientAuthenticationError),
    ):
        client.events.ingest_event(cloud_event(good))
    with (
        openmeter.Client(endpoint=place.address, token=place.keys.program) as client,
        pytest.raises(HttpResponseError) as caught,
    ):
        client.events.ingest_events([cloud_event(good), bad])
    assert caught.value.status_code == 400
    assert "event 2, data.usage.tokens: found 'many'" in str(caught.value.model)

    event = LagoEvent.parse_obj(
        {
            "transaction_id": "refused",
            "external_subscription_id": "sub-1",
            "code": "energy",
            "timestamp": 1767600000,
            "properties": {"wh": -1},
        }
    )
    with pytest.raises(LagoApiError) as wrong_key:
        lago(place.address, "usu_wrong").events.create(event)
    assert wrong_key.value.status_code == 401
    sender = lago(place.address, place.keys.program)
    with pytest.raises(LagoApiError) as negative:
        sender.events.create(event)
    assert negative.value.status_code == 422
    assert negative.value.response["code"] == "validation_errors"
    assert negative.value.response["error_details"] == {"properties": ["value_is_out_of_range"]}
    fine = event.copy(update={"properties": {"wh": 1}})
    with pytest.raises(LagoApiError) as partly:
        sender.events.batch_create(BatchEvent(events=[fine, event.copy(update={"transaction_id": "other"})]))
    assert partly.value.response["error_details"] == {"1": {"properties": ["value_is_out_of_range"]}}
    with pytest.raises(LagoApiError) as many:
        sender.events.batch_create(BatchEvent(events=[fine] * 101))
    assert many.value.response["error_details"] == {"events": ["too_many_events"]}


def test_the_guide_is_true(place: Served, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its fleet is declared, its commands typed, and its programs run, by a second tenant; its events are all taken."""
    guide = (ROOT / "docs/switching.md").read_text(encoding="utf-8")
    blocks = {kind: re.findall(rf"```{kind}\n(.*?)```", guide, re.DOTALL) for kind in ("yaml", "sh", "python")}
    keys = keys_of(place.access, 2)
    headers = {"Authorization": f"Bearer {keys.maker}"}
    (fleet,), (first, look, second) = blocks["yaml"], blocks["sh"]
    assert httpx2.put(f"{place.address}/v1/fleet", content=fleet.encode(), headers=headers).status_code == 200
    monkeypatch.setenv("DATABASE_URL", place.access.app.render_as_string(hide_password=False))
    typed(first + second)
    for program in blocks["python"]:
        run = program.replace("https://usufruct.example", place.address).replace("usu_…", keys.program)
        names: dict[str, Any] = {}
        exec(run, names)  # noqa: S102 the guide's own; a process of its own would load both clients once more
        getattr(names["client"], "close", bool)()
    assert typed(look) == ["every event is taken", "no stored event is taken now that was not before"]
    of_day = "from=2026-02-01T00:00Z&to=2026-02-02T00:00Z"
    for key, value in (("customer-1.tokens", "1200"), ("customer-1.prompts", "1"), ("sub-1.energy", "3")):
        readings = place.get(f"/v1/registers/{key}/readings?{of_day}", keys.maker)
        assert [reading["value"] for reading in readings] == [value]


def typed(commands: str) -> list[str]:
    """What commands answer the second tenant."""
    answers = []
    for command in commands.strip().splitlines():
        done = CliRunner().invoke(app, [*shlex.split(command)[1:], "--tenant", "Südpresse"])
        assert done.exit_code == 0, done.output
        answers.append(done.output.strip())
    return answers


@pytest.mark.long
def test_10000_events_and_late_ones_are_billed_as_a_script_adds_them_up(server: EmbeddedServer) -> None:
    with fresh_database(server, "ten thousand events") as access:
        keys = furnish(access)
        with served(access) as address:
            place = Served(access, address, keys, [])
            began = time.monotonic()
            post_all(place, 10_000, single=100)
            print(f"{time.monotonic() - began:.1f} s for 10,000 events, a third of them twice, by four clients")
            before = place.owed()
            same(billed_lines(place.bill("2026-04-01")), before)
            late_events(place, before)
            proves(place)


def late_events(place: Served, before: dict[str, dict[str, list[str]]]) -> None:
    """What comes late for billed months is added to the next invoice, to the cent."""
    late = openmeter_events(200, seed=3)
    late = [event | {"id": f"late-{event['id']}"} for event in late]
    place.posted += [{"client": "openmeter", "event": event} for event in late]
    post_openmeter(place.address, place.keys.program, late, single=5)
    invoices = place.bill("2026-05-01")
    nets: dict[tuple[str, str], Decimal] = {}
    for invoice in invoices:
        for line in invoice["lines"]:
            key = line["service_from"][:7], line["charge"]
            nets[key] = nets.get(key, Decimal(0)) + Decimal(line["net"])
    owed: dict[tuple[str, str], Decimal] = {}
    for month, lines in place.owed().items():
        for name, (_, net) in lines.items():
            key = month, name.partition(" ")[0]
            owed[key] = owed.get(key, Decimal(0)) + Decimal(net)
    assert place.owed() != before
    assert {key: net for key, net in nets.items() if net} == owed
