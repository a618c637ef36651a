"""What is asked of an old database, and of the one from which its dump was made: the same, by the same hand."""

from collections.abc import Iterator
from datetime import date, datetime
from pathlib import Path
from typing import Any

from quantities.document import read
from tests.scenarios.world import World

DATABASES = Path(__file__).parents[1] / "golden" / "databases"


def facts(world: World, who: str, head: dict[str, Any]) -> dict[str, Any]:
    """An invoice in short; of each line: charge, quantity, unit, net, and the invoice that it corrects."""
    lines = world.done(who, "GET", f"/v1/invoices/{head['number']}")["lines"]
    return {
        **{name: head[name] for name in ("contract", "kind", "period_from", "issued_on", "net", "vat", "gross")},
        **({"held_apart": [apart["net"] for apart in head["held_apart"]]} if "held_apart" in head else {}),
        "lines": [
            [line[name] for name in ("charge", "quantity", "unit", "net")]
            + ([line["corrects"]["number"]] if line["corrects"] else [])
            for line in lines
        ],
    }


def invoices(world: World, who: str) -> dict[str, Any]:
    """A tenant's invoices."""
    return {head["number"]: facts(world, who, head) for head in world.done(who, "GET", "/v1/invoices")}


def agreed(world: World, who: str, office: str) -> dict[str, Any]:
    """A tenant's disputes, and its statements with what was saved and what is owed for it."""
    contracts = [contract["contract"] for contract in world.done(who, "GET", "/v1/contracts")]
    disputes = [
        [dispute[name] for name in ("dispute", "contract", "charge", "first", "state")]
        for contract in contracts
        for dispute in world.done(office, "GET", f"/v1/contracts/{contract}/disputes")
    ]
    statements = {}
    for contract in contracts:
        for head in world.done(who, "GET", f"/v1/contracts/{contract}/statements"):
            content = world.done(office, "GET", f"/v1/statements/{head['id']}")["content"]
            statements[str(head["id"])] = {
                "stands": head["stands"],
                "saved": [saving["total"]["saved"] for saving in content["savings"]],
                "owed": [money["now"] for money in content["money"]],
            }
    return {"disputes": disputes, "statements": statements}


def play(world: World, steps: list[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    """Make the requests of each step on its day, bill by whom it says; say what was held, and what was billed."""
    for step in steps:
        world.now = datetime.fromisoformat(f"{date.fromisoformat(step['on'])}T06:00:00+00:00")
        for request in step["requests"]:
            _by_two(world, request, world.done(**_asked_today(request)))
        seen: dict[str, Any] = {}
        for who in step["billed_by"]:
            done = world.done(who, "POST", "/v1/bill", params={"issue": "true"})
            issued = {head["number"]: facts(world, who, head) for head in done["invoices"]}
            seen[who] = {"held": done["held"], "invoices": issued}
        yield seen


def _by_two(world: World, request: dict[str, Any], answer: Any) -> None:
    """Let another do what an earlier release let one do alone: correct what is billed, waive a charge."""
    other = {"maker": "finance", "finance": "maker"}.get(request["who"], f"{request['who'].split()[0]} office")
    if isinstance(answer, dict) and answer.get("kind") in ("deliver", "withdraw", "exchange", "reset", "estimate"):
        world.done(other, "POST", f"/v1/edits/{answer['id']}/release")
    if request["path"].endswith("/steps"):
        world.done(**_asked_today(request) | {"who": "finance"})
    if isinstance(answer, dict) and answer.get("waiver_by") and answer["outcome"] is None:
        world.done(**request | {"who": other if other != request["who"] else request["who"].split()[0]})


def _asked_today(request: dict[str, Any]) -> dict[str, Any]:
    """A request of an earlier release, as it is made now.

    An amendment says from which day on it counts; a statement is prepared by whoever asks, and signed on paper.
    """
    content = request.get("content")
    if request["path"].endswith("/statements"):
        return request | {"json": {"day": request["json"]["day"]}}
    if request["path"].endswith("/steps"):
        return request | {"who": "maker", "json": request["json"] | {"on_paper": True}}
    if request["path"] != "/v1/contracts" or content is None or "in_force_from" in content:
        return request
    starts = read(content)["starts"]
    return request | {"content": f"{content.rstrip()}\nin_force_from: {starts}\n"}
