"""A manufacturer writes a contract, tries it, signs it and amends it over HTTP; a customer disputes; an index is revised."""

from collections.abc import Iterator
from datetime import UTC, datetime

import pytest

from api.server.embedded import EmbeddedServer
from tests.billing.scene import CONTRACT
from tests.scenarios.world import World, a_world_copied

READINGS = "time,value\n2026-01-05T10:00+01:00,60\n2026-01-20T10:00+01:00,60\n2026-02-05T10:00+01:00,40\n"


@pytest.fixture
def world(server: EmbeddedServer, request: pytest.FixtureRequest) -> Iterator[World]:
    def three_readings(filled: World) -> None:
        filled.done("maker", "POST", "/v1/readings", params={"register": "kwh", "source": "a.csv"}, content=READINGS)

    with a_world_copied(server, "two contracts and three readings", three_readings, request.node.nodeid) as world:
        yield world


def test_a_contract_is_tried_before_it_is_signed(world: World) -> None:
    days = {"from": "2026-01-01", "to": "2026-02-28"}
    months = world.done("maker", "POST", "/v1/contracts/simulate", params=days, content=CONTRACT)
    assert [each["net"] for each in months] == ["154.00", "120.00"]
    assert months[0]["charges"] == {"fee": "100.00", "energy": "54.00"}
    cheaper = CONTRACT.replace('"0.50"', '"0.40"')
    (difference,) = world.done(
        "maker", "POST", "/v1/contracts/diff", json={"was": _json(CONTRACT), "now": _json(cheaper)}
    )
    assert difference["said"] == "charges energy rule tiers 1 unit price: 0.50 becomes 0.40"
    issued = "period_from,charge,net\n2026-01-01,energy,54.00\n2026-02-01,energy,21.00\n"
    shadow = world.done(
        "maker", "POST", "/v1/contracts/shadow", params=days, json={"contract": _json(CONTRACT), "invoices": issued}
    )
    by_charge = {(each["first"], each["charge"]): each for each in shadow}
    assert by_charge["2026-01-01", "energy"]["difference"] == "0.00"
    assert by_charge["2026-02-01", "energy"]["reason"].startswith("the quantity or the price: 40 kWh × 0.50")
    assert world.done("blechwerke", "GET", "/v1/contracts/schema")["title"] == "Contract"
    assert world.ask("blechwerke", "POST", "/v1/contracts/simulate", params=days, content=CONTRACT).status_code == 403


def _json(text: str) -> object:
    from quantities.document import read

    return read(text)


def test_who_records_a_version_does_not_release_it(world: World) -> None:
    amended = CONTRACT.replace('"0.50"', '"0.40"').replace("currency: EUR", "currency: EUR\nin_force_from: 2026-02-01")
    version = world.done("maker", "POST", "/v1/contracts", content=amended)
    assert (version["version"], version["released_by"]) == (2, None)
    refused = world.ask("maker", "POST", "/v1/contracts/C-1/release")
    assert (refused.status_code, refused.json()["type"]) == (409, "/problems/own-work")
    assert world.done("finance", "POST", "/v1/contracts/C-1/release")["released_by"] == "finance"
    again = world.ask("finance", "POST", "/v1/contracts/C-1/release")
    assert (again.status_code, again.json()["type"]) == (409, "/problems/already-released")
    assert world.ask("blechwerke", "POST", "/v1/contracts/C-1/release").status_code == 403
    world.now = datetime(2026, 3, 1, 8, tzinfo=UTC)
    world.done("maker", "POST", "/v1/bill", params={"issue": "true"})
    invoices = world.done("blechwerke", "GET", "/v1/invoices")
    assert sorted(each["net"] for each in invoices) == ["116.00", "154.00"]  # 40 × 0.40


def test_faults_of_charges_and_of_the_fleet_come_in_one_answer(world: World) -> None:
    """Tiers that give use away, a unit of another kind, a register that is not there, a price that is none: all at once."""
    bad = (
        CONTRACT.replace('{unit_price: "0.20"}', '{up_to: "90", unit_price: "0.20"}').replace("C-1", "C-9")
        + '  - {name: torque, register: kwh, rule: {kind: per_unit, unit: N.m, unit_price: "1"}}\n'
        + '  - {name: air, register: kwhh, rule: {kind: per_unit, unit: kWh, unit_price: "1"}}\n'
        + '  - {name: price, register: kwh, rule: {kind: per_unit, unit: kWh, unit_price: "1 USD"}}\n'
    )
    answer = world.ask("maker", "POST", "/v1/contracts", content=bad)
    assert answer.status_code == 422
    assert {(fault["path"], fault["code"]) for fault in answer.json()["faults"]} == {
        ("/charges/1/rule/tiers", "tiers-bounded-at-the-end"),
        ("/charges/2/rule/unit", "incompatible-unit"),
        ("/charges/3/register", "unknown-register"),
        ("/charges/4/rule/unit_price", "currency-in-amount"),
    }
    assert world.ask("maker", "GET", "/v1/contracts/C-9").status_code == 404


def test_a_customer_disputes_a_charge_and_the_rest_is_billed(world: World) -> None:
    over = {"charge": "energy", "first": "2026-01-01", "after_last": "2026-02-01", "reason": "meter doubted"}
    world.now = datetime(2026, 1, 20, 8, tzinfo=UTC)
    raised = world.done("blechwerke", "POST", "/v1/contracts/C-1/disputes", json=over)
    assert (raised["state"], raised["accepted_by"]) == ("raised", None)
    accepting = f"/v1/disputes/{raised['dispute']}/accept"
    assert world.ask("blechwerke", "POST", accepting).status_code == 403
    assert [each["dispute"] for each in world.done("finance", "GET", "/v1/disputes")] == [raised["dispute"]]
    assert world.done("finance", "POST", accepting)["state"] == "accepted"
    assert world.done("finance", "GET", "/v1/disputes") == []
    assert world.ask("gießerei", "GET", "/v1/contracts/C-1/disputes").status_code == 404
    assert (
        world.ask("blechwerke", "POST", f"/v1/disputes/{raised['dispute']}/settle", json={"outcome": "due"}).status_code
        == 403
    )
    world.now = datetime(2026, 2, 1, 8, tzinfo=UTC)
    world.done("maker", "POST", "/v1/bill", params={"issue": "true"})
    nets = {each["net"] for each in world.done("blechwerke", "GET", "/v1/invoices")}
    assert nets == {"100.00"}
    settled = world.done("finance", "POST", f"/v1/disputes/{raised['dispute']}/settle", json={"outcome": "due"})
    assert settled["outcome"] == "due"
    world.now = datetime(2026, 3, 1, 8, tzinfo=UTC)
    world.done("maker", "POST", "/v1/bill", params={"issue": "true"})
    lines = world.done("blechwerke", "GET", "/v1/invoices/2026-000003")["lines"]
    adjusted = [each for each in lines if each["corrects"]]
    assert [each["net"] for each in adjusted] == ["50.00", "4.00"]
    assert adjusted[0]["changes"][0]["outcome"] == "due"
    assert world.done("finance", "POST", "/v1/replay")["unproven"] == []
    again = world.ask("finance", "POST", f"/v1/disputes/{raised['dispute']}/settle", json={"outcome": "waived"})
    assert (again.status_code, again.json()["type"]) == (409, "/problems/already-settled")


def test_an_index_is_recorded_released_and_shown(world: World) -> None:
    document = {
        "index": "CPI",
        "values": [{"month": "2026-01", "value": "123.4", "published": "2026-02-12", "provisional": "true"}],
    }
    assert world.done("maker", "POST", "/v1/indices", json=document) == {
        "index": "CPI",
        "new": 1,
        "revised": 0,
        "waiting": 1,
    }
    assert world.ask("maker", "POST", "/v1/indices/CPI/release").status_code == 409
    assert world.done("finance", "POST", "/v1/indices/CPI/release") == {"index": "CPI", "released": 1}
    assert world.done("finance", "GET", "/v1/indices") == ["CPI"]
    (value,) = world.done("finance", "GET", "/v1/indices/CPI")
    assert (value["value"], value["provisional"], value["released_by"]) == ("123.4", True, "finance")
    assert world.ask("finance", "GET", "/v1/indices/PPI").status_code == 404


def test_what_one_of_two_would_waive_is_the_suppliers_own_until_it_is_waived(world: World) -> None:
    over = {"charge": "energy", "first": "2026-01-01", "after_last": "2026-02-01", "reason": "meter doubted"}
    world.now = datetime(2026, 1, 20, 8, tzinfo=UTC)
    number = world.done("blechwerke", "POST", "/v1/contracts/C-1/disputes", json=over)["dispute"]

    def known() -> dict[str, tuple[str, str | None]]:
        listed = {who: world.done(who, "GET", "/v1/contracts/C-1/disputes")[0] for who in ("maker", "blechwerke")}
        return {who: (dispute["state"], dispute["waiver_by"]) for who, dispute in listed.items()}

    world.done("maker", "POST", f"/v1/disputes/{number}/settle", json={"outcome": "waived"})
    assert known() == {"maker": ("raised", "maker"), "blechwerke": ("raised", None)}
    assert [row["waiver_by"] for row in world.done("blechwerke", "GET", "/v1/disputes")] == [None]
    world.done("finance", "POST", f"/v1/disputes/{number}/settle", json={"outcome": "waived"})
    assert known() == {"maker": ("waived", "maker"), "blechwerke": ("waived", "maker")}
