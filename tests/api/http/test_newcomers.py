"""What somebody meets who is new here: each answer says where to look further, and what was meant."""

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest

from api.server.embedded import EmbeddedServer
from tests.scenarios.world import World, a_world_copied

FLEET = {"sites": [{"name": "Hall 7", "zone": "Europe/Berlin", "assets": [{"name": "Saw", "meters": [{
    "name": "Counter", "registers": [{"key": "saw.kwh", "kind": "interval", "unit": "kWh", "resolution": "0.1", "interval_minutes": "60"}],
}]}]}]}  # fmt: skip
NEW: dict[str, Any] = {
    "contract": "NEW-1", "supplier": {"name": "Nordluft", "country": "DE"}, "customer": {"name": "Blechwerke", "country": "DE"},
    "currency": "EUR", "zone": "Europe/Berlin", "starts": "2026-01-01",
    "charges": [{"name": "energy", "register": "kwh", "rule": {"kind": "per_unit", "unit": "kWh", "unit_price": "0.30"}}],
}  # fmt: skip


def begin(world: World) -> None:
    world.now = datetime(2026, 2, 1, 8, tzinfo=UTC)


@pytest.fixture
def world(server: EmbeddedServer, request: pytest.FixtureRequest) -> Iterator[World]:
    with a_world_copied(server, "a world that is new to somebody", begin, request.node.nodeid) as world:
        yield world


def faults(world: World, path: str, **asked: Any) -> list[dict[str, str]]:
    answer = world.ask("maker", "POST", path, **asked)
    assert answer.status_code == 422, answer.text
    listed: list[dict[str, str]] = answer.json()["faults"]
    return listed


class TestTheAddressItself:
    def test_names_what_there_is_and_each_answers(self, world: World) -> None:
        named = world.client.get("/").json()
        assert named.keys() == {"documentation", "openapi", "problems", "health", "readiness"}
        assert {world.client.get(address).status_code for address in named.values()} == {200}

    def test_shows_a_browser_a_page(self, world: World) -> None:
        page = world.client.get("/", headers={"Accept": "text/html,*/*;q=0.8"})
        assert page.headers["content-type"].startswith("text/html")
        assert 'href="/docs"' in page.text
        assert "style-src 'sha256-" in page.headers["content-security-policy"]


class TestFaults:
    def test_each_leads_to_the_page_of_its_code(self, world: World) -> None:
        (fault,) = faults(world, "/v1/contracts/check", json=NEW | {"assets": ["Pres"]})
        assert (fault["code"], fault["expected"], fault["type"]) == (
            "unknown-asset",
            "Press",
            "/problems/unknown-asset",
        )
        assert world.client.get(fault["type"], headers={"Accept": "application/json"}).json()["name"] == "unknown-asset"

    def test_a_misspelt_register_is_seen_beside_a_fault_of_its_own_charge(self, world: World) -> None:
        charge = {"name": "energy", "register": "kwhh", "rule": {"kind": "per_unit", "unit": "kWh", "unit_prise": "1"}}
        listed = faults(world, "/v1/contracts/check", json=NEW | {"charges": [charge], "currency": "EURO"})
        assert [(fault["path"], fault["code"]) for fault in listed] == [
            ("/currency", "unknown-currency"),
            ("/charges/0/rule/unit_price", "missing"),
            ("/charges/0/rule/unit_prise", "extra_forbidden"),
            ("/charges/0/register", "unknown-register"),
        ]

    def test_a_register_is_named_once(self, world: World) -> None:
        """Beside a faulty charge stands a good one, of which the register is looked up as always."""
        good = {**NEW["charges"][0], "name": "more", "register": "kwhh"}
        charges = [{"name": "energy", "register": "kwhs", "rule": {"kind": "per_unit", "unit": "kWh"}}, good]
        listed = faults(world, "/v1/contracts/check", json=NEW | {"charges": charges})
        assert [(fault["path"], fault["found"]) for fault in listed] == [
            ("/charges/0/rule/unit_price", ""),
            ("/charges/1/register", "kwhh"),
            ("/charges/0/register", "kwhs"),
        ]

    @pytest.mark.parametrize(("vat_id", "country"), [("DE 129 273 398", "DE"), ("de129273398", "DE")])
    def test_a_tax_number_is_said_in_words(self, world: World, vat_id: str, country: str) -> None:
        supplier = {"name": "Nordluft", "country": country, "vat_id": vat_id}
        (fault,) = faults(world, "/v1/contracts/check", json=NEW | {"supplier": supplier})
        assert (fault["path"], fault["found"]) == ("/supplier/vat_id", vat_id)
        assert (
            fault["detail"] == "needed is 4 to 18 letters and digits without spaces, dots or dashes, as in DE129273398"
        )

    @pytest.mark.parametrize(("country", "meant"), [("UK", "GB"), ("EL", "GR")])
    def test_a_country_that_is_written_otherwise_is_told(self, world: World, country: str, meant: str) -> None:
        listed = faults(
            world, "/v1/contracts/check", json=NEW | {"customer": {"name": "Blechwerke", "country": country}}
        )
        assert [(fault["path"], fault["found"], fault["expected"]) for fault in listed] == [
            ("/customer", country, meant)
        ]
        assert f"did you mean {meant}?" in listed[0]["detail"]

    def test_a_misspelt_name_of_a_body_has_its_nearest(self, world: World) -> None:
        listed = faults(world, "/v1/users", json={"name": "Ruth", "rolle": "auditor"})
        assert [(fault["path"], fault["code"], fault["expected"]) for fault in listed] == [
            ("/body/role", "missing", ""),
            ("/body/rolle", "extra_forbidden", "role"),
        ]
        assert listed[1]["detail"].endswith("; did you mean role?")


class TestAnswers:
    def test_what_nobody_has_released_waits(self, world: World) -> None:
        recorded = world.done("maker", "POST", "/v1/contracts", json=NEW)
        assert (recorded["state"], recorded["released_by"]) == ("waiting", None)
        assert [row["contract"] for row in world.done("maker", "GET", "/v1/contracts?state=waiting")] == ["NEW-1"]
        world.done("finance", "POST", "/v1/contracts/NEW-1/release", json={"version": 1})
        amended = NEW | {
            "in_force_from": "2026-03-01",
            "charges": [{"name": "fee", "rule": {"kind": "fixed_fee", "amount": "9"}}],
        }
        assert world.done("maker", "POST", "/v1/contracts", json=amended)["state"] == "running", "by its first version"
        assert "NEW-1" in [row["contract"] for row in world.done("maker", "GET", "/v1/contracts?state=running")]

    def test_a_customer_is_one_by_its_whole_name_wherever_it_is_asked(self, world: World) -> None:
        for path in ("/v1/contracts", "/v1/invoices"):
            assert world.done("finance", "GET", path, params={"customer": "Blech"}) == []
        assert world.done("finance", "GET", "/v1/contracts", params={"customer": "Blechwerke"})
        assert world.done("finance", "GET", "/v1/contracts", params={"customer_begins": "Blech"})

    def test_a_fleet_says_what_is_new_and_what_was_known(self, world: World) -> None:
        first, again = (world.done("maker", "PUT", "/v1/fleet", json=FLEET) for _ in range(2))
        kinds = ("sites", "assets", "meters", "registers")
        assert [(first[kind], first[f"known_{kind}"]) for kind in kinds] == [(1, 0)] * 4
        assert [(again[kind], again[f"known_{kind}"]) for kind in kinds] == [(0, 1)] * 4

    def test_what_goes_on_says_when_to_look_again(self, world: World) -> None:
        later = world.ask("finance", "POST", "/v1/replay", headers={"Prefer": "respond-async"})
        assert (later.status_code, later.headers["retry-after"]) == (202, "1")

    def test_an_unknown_register_is_named_so(self, world: World) -> None:
        answer = world.ask(
            "maker", "POST", "/v1/readings?register=kwhh", content="time,value\n2026-01-05T10:00+01:00,1\n"
        )
        problem = answer.json()
        assert (answer.status_code, problem["type"], problem["expected"]) == (
            422,
            "/problems/unknown-register",
            ["kwh"],
        )

    @pytest.mark.parametrize("name", ["limit", "after", "sort", "total"])
    def test_a_sum_has_no_pages(self, world: World, name: str) -> None:
        answer = world.ask("finance", "GET", f"/v1/invoices/totals?{name}=1")
        assert (answer.status_code, answer.json()["type"]) == (422, "/problems/unknown-parameter")

    def test_work_that_is_held_says_what_was_found_and_its_first_period(self, world: World) -> None:
        """Both months lack their readings; the second waits for the first."""
        world.now = datetime(2026, 3, 2, 8, tzinfo=UTC)
        done = world.done("finance", "POST", "/v1/bill")
        of_both = [work for work in done["held_work"] if work["contract"] == "C-1"]
        assert [work["period_from"] for work in of_both] == ["2026-01-01", "2026-02-01"]
        assert done["held"]["C-1"] == of_both[0]["reason"]
        assert all(work.get("found") or work.get("expected") for work in of_both), of_both

    def test_work_that_is_held_says_as_of_which_run_its_reason_is(self, world: World) -> None:
        world.now = datetime(2026, 3, 2, 8, tzinfo=UTC)
        world.done("finance", "POST", "/v1/bill")
        world.now = datetime(2026, 3, 3, 9, tzinfo=UTC)
        held = world.done("finance", "GET", "/v1/waiting?kind=held")
        assert held
        assert all(work["about"].endswith("(as of 2026-03-02 08:00 UTC)") for work in held), held
