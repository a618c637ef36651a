"""A database of each earlier release is upgraded, proves itself, and goes on billing; make_old_database.py makes one."""

import json
from datetime import datetime
from typing import Any

import pytest

from api.server.embedded import EmbeddedServer
from tests.scenarios.world import World
from tests.upgrade.dump import upgraded
from tests.upgrade.played import DATABASES, agreed, invoices, play

#: Of each release its dump of everything.
OLD = sorted(path.parent.name for path in DATABASES.glob("*/what_follows.json"))


def proves(world: World, office: str, issued: int) -> None:
    assert issued > 0
    assert world.done(office, "POST", "/v1/replay") == {"replayed": issued, "unproven": []}


def opens(world: World, who: str, invoices: dict[str, Any]) -> None:
    """Every invoice is a page, and every line of it opens, those that count something down to their readings."""
    readings = 0
    for number, invoice in invoices.items():
        assert world.ask(who, "GET", f"/v1/invoices/{number}/page").status_code == 200
        for pos, (charge, *_) in enumerate(invoice["lines"], 1):
            opened = world.done(who, "GET", f"/v1/invoices/{number}/lines/{pos}/explanation")
            assert opened["line"]["charge"] == charge
            readings += len(opened["readings"])
    assert readings > len(invoices)


def states(world: World, who: str, office: str, expected: dict[str, Any]) -> None:
    """Disputes stand where they stood; statements say what they said, prove it, and are a report."""
    assert agreed(world, who, office) == {name: expected[name] for name in ("disputes", "statements")}
    for number in expected["statements"]:
        assert world.done(office, "POST", f"/v1/statements/{number}/replay")["proves"] is True
        assert world.ask(who, "GET", f"/v1/statements/{number}/report.pdf").content[:5] == b"%PDF-"


class Documents:
    """What is billed, without the numbers: what was drafts is issued in the order in which it falls due by now."""

    def __init__(self) -> None:
        self.names: dict[tuple[str, str], str] = {}

    def told(self, seen: dict[str, Any]) -> dict[str, Any]:
        """Name documents by what they are of, and what they correct likewise; those of before keep their numbers."""
        for who, billed in seen.items():
            for number, invoice in billed["invoices"].items():
                self.names[who, number] = " ".join(invoice[name] for name in ("contract", "kind", "period_from"))
        return {
            who: billed
            | {
                "invoices": {
                    self.names[who, number]: invoice | {"lines": [self._line(who, line) for line in invoice["lines"]]}
                    for number, invoice in billed["invoices"].items()
                }
            }
            for who, billed in seen.items()
        }

    def _line(self, who: str, line: list[str]) -> list[str]:
        return [*unsigned(line)[:4], *(self.names.get((who, number), number) for number in line[4:])]


def unsigned(line: list[str]) -> list[str]:
    """A line without the sign of its quantity, which is that of its net: since 0032 no price is stated below zero."""
    charge, quantity, *rest = line
    return [charge, quantity.lstrip("-"), *rest]


def without_signs(billed: dict[str, Any]) -> dict[str, Any]:
    return {number: one | {"lines": [unsigned(line) for line in one["lines"]]} for number, one in billed.items()}


def issued_of(tenant: dict[str, Any]) -> dict[str, Any]:
    return {number: invoice for number, invoice in tenant["invoices"].items() if invoice["issued_on"]}


#: The newest release each time; the ones before it in the long form.
NEWEST_FIRST = [OLD[-1], *(pytest.param(release, marks=pytest.mark.long) for release in OLD[:-1])]


def test_the_first_dump_is_still_there() -> None:
    assert OLD[0] == "0006"


@pytest.mark.parametrize("release", NEWEST_FIRST)
def test_a_database_of_an_earlier_release_is_upgraded_proves_and_goes_on_billing(
    server: EmbeddedServer, release: str
) -> None:
    folder = DATABASES / release
    expected = json.loads((folder / "expected.json").read_text(encoding="utf-8"))
    follows = json.loads((folder / "what_follows.json").read_text(encoding="utf-8"))
    tenants, offices = expected["tenants"], {who: tenant.pop("office") for who, tenant in expected["tenants"].items()}
    with upgraded(server, folder, expected["keys"]) as world:
        world.now = datetime.fromisoformat(expected["clock"])
        for who, tenant in tenants.items():
            assert without_signs(invoices(world, who)) == without_signs(issued_of(tenant))
            proves(world, offices[who], len(issued_of(tenant)))
            opens(world, who, issued_of(tenant))
            states(world, who, offices[who], tenant)

        corrected = set()
        steps = follows["steps"]
        was, now = Documents(), Documents()
        for step, seen in zip(steps, play(world, steps), strict=True):
            assert now.told(seen) == was.told(step["seen"]), f"on {step['on']}"
            for who, billed in seen.items():
                lines = [line for invoice in billed["invoices"].values() for line in invoice["lines"]]
                corrected |= {(who, line[4]) for line in lines if len(line) > 4}
        for who, tenant in tenants.items():
            assert corrected & {(who, number) for number in issued_of(tenant)}, (
                f"nothing that {who} issued was corrected"
            )
            states(world, who, offices[who], follows["afterwards"][who])
            heads = world.done(who, "GET", "/v1/invoices")
            proves(world, offices[who], sum(head["state"] == "issued" for head in heads))


def test_a_draft_of_an_earlier_release_leaves_out_what_is_disputed_since(server: EmbeddedServer) -> None:
    """The draft and what it rests on were written without a schema number; the dispute is of today."""
    folder = DATABASES / "0006"
    expected, follows = (
        json.loads((folder / name).read_text(encoding="utf-8")) for name in ("expected.json", "what_follows.json")
    )
    march = expected["tenants"]["maker"]["invoices"]["draft-20"]
    (energy,) = (net for charge, _, _, net, *_ in march["lines"] if charge == "energy")
    days = {"first": "2026-03-01", "after_last": "2026-04-01"}
    with upgraded(server, folder, expected["keys"]) as world:
        world.now = datetime.fromisoformat(expected["clock"])
        raised = {"charge": "energy", **days, "reason": "meter under test"}
        dispute = world.done("maker", "POST", "/v1/contracts/TIERS/disputes", json=raised)
        months = play(world, follows["steps"][:2])
        (apart,) = of_contract(next(months), "TIERS").values()
        world.done("finance", "POST", f"/v1/disputes/{dispute['dispute']}/settle", json={"outcome": "due"})
        (settled,) = of_contract(next(months), "TIERS").values()
        numbers = [head["number"] for head in world.done("maker", "GET", "/v1/invoices") if head["contract"] == "TIERS"]
        issued = sum(head["state"] == "issued" for head in world.done("maker", "GET", "/v1/invoices"))
        proves(world, "finance", issued)
    assert apart["held_apart"] == [energy]
    assert "energy" not in [line[0] for line in apart["lines"] if len(line) == 4]
    back = [line for line in settled["lines"] if line[0] == "energy" and len(line) > 4 and line[4] == numbers[2]]
    assert [line[3] for line in back] == [energy]


def of_contract(seen: dict[str, Any], contract: str) -> dict[str, Any]:
    invoices = seen["maker"]["invoices"]
    return {number: invoice for number, invoice in invoices.items() if invoice["contract"] == contract}
