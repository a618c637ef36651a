"""An office's year of shared savings over HTTP: baseline, months on account, statement, settlement."""

import json
from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from typing import Any, ClassVar

import pytest
from sqlalchemy import text

from api.access.roles import Role
from api.demo import office
from api.demo.documents import document
from api.operations.baseline_files import EnergyTable, fit_table, savings_of_table
from api.server.embedded import EmbeddedServer
from api.server.provision import administering
from quantities.document import parse, read
from savings.baseline import Baseline
from savings.methods.caltrack import CaltrackDaily
from savings.report import facts_of_savings
from tests.billing.scene import FLEET as PRESS
from tests.billing.scene import on
from tests.scenarios.world import World, a_world_copied

CONTRACT: dict[str, Any] = read(document("office"))
SITE = {"registers": ["office.kwh"], "temperature": "weather.degc", "zone": "Europe/Berlin"}
#: The office, and the press that the other contracts of this world are over.
FLEET = document("fleet").decode() + PRESS.partition("sites:\n")[2]


def fill(world: World) -> None:
    for first, after_last in ((office.BASELINE, office.MODERNISED), (office.MODERNISED, date(2021, 1, 1))):
        for name, raw in (("office", office.energy(first, after_last)), ("weather", office.weather(first, after_last))):
            world.done("maker", "POST", "/v1/readings", params={"source": f"{name}-{first}.csv"}, content=raw)


@pytest.fixture
def world(server: EmbeddedServer, request: pytest.FixtureRequest) -> Iterator[World]:
    """Two years of readings; the example's contract is agreed by ``agrees``."""
    with a_world_copied(server, "the office's two years", fill, request.node.nodeid, FLEET) as world:
        yield world


def agrees(world: World, **more: Any) -> None:
    world.now = on("2019-12-20")
    prices = [
        {"month": f"2020-{month:02d}", "value": "0.231", "published": f"2020-{month:02d}-28"} for month in range(1, 13)
    ]
    world.done(
        "maker", "POST", "/v1/indices", json={"index": "Hamburg business peak", "kind": "price", "values": prices}
    )
    world.done("finance", "POST", "/v1/indices/Hamburg business peak/release")
    world.done("maker", "POST", "/v1/contracts", json={**CONTRACT, **more})
    world.done("finance", "POST", "/v1/contracts/OFFICE-SAVINGS/release")
    world.key("hanse", Role.CUSTOMER, party="Hanse Immobilien AG")
    world.key("Dora Meier", Role.CUSTOMER, party="Hanse Immobilien AG")
    world.key("Jan Petersen", Role.CUSTOMER, party="Hanse Immobilien AG")
    world.key("Emil Kurz", Role.FINANCE)
    world.key("Ada Lang", Role.FINANCE)


def bills(world: World, day: str) -> dict[str, Any]:
    world.now = on(day)
    done: dict[str, Any] = world.done("maker", "POST", "/v1/bill", params={"issue": "true"})
    return done


def stated(world: World) -> dict[str, Any]:
    world.now = on("2021-01-11")
    asked = {"day": "2020-12-01", "prepared_by": "maker"}
    made: dict[str, Any] = world.done("maker", "POST", "/v1/contracts/OFFICE-SAVINGS/statements", json=asked)
    return made


def steps(world: World, who: str, number: int, step: str, person: str, **more: Any) -> Any:
    return world.ask(who, "POST", f"/v1/statements/{number}/steps", json={"step": step, "person": person, **more})


def test_a_lender_signs_a_statement_and_sees_no_other_contract(year: World) -> None:
    number = stated(year)["id"]
    asked = {"name": "bank", "role": "lender", "contract": "OFFICE-SAVINGS"}
    year.keys["bank"] = year.done("maker", "POST", "/v1/users", json=asked)["key"]["key"]
    signed = year.done("bank", "POST", f"/v1/statements/{number}/signatures", json={"note": "seen"})
    assert (signed["name"], signed["statement"], signed["version"]) == ("bank", number, None)
    assert year.ask("bank", "POST", f"/v1/statements/{number}/signatures", json={}).status_code == 409
    assert year.ask("maker", "POST", f"/v1/statements/{number}/signatures", json={}).status_code == 403
    (listed,) = year.done("hanse", "GET", "/v1/contracts/OFFICE-SAVINGS/signatures")
    assert listed["content_sha256"] == signed["content_sha256"]


@pytest.fixture
def year(server: EmbeddedServer, request: pytest.FixtureRequest) -> Iterator[World]:
    """The contract agreed as it is in the example, and its year billed as far as it goes without a statement."""

    def bill_the_year(world: World) -> None:
        fill(world)
        agrees(world)
        assert bills(world, "2021-01-05")["held"].keys() == {"OFFICE-SAVINGS"}

    with a_world_copied(server, "the office's year, billed", bill_the_year, request.node.nodeid, FLEET) as world:
        yield world


class TestABaselineOnStoredReadings:
    ASKED: dict[str, Any] = {  # noqa: RUF012 a document
        "site": {**SITE, "first": "2019-01-01", "after_last": "2020-01-01"},
        "method": CONTRACT["savings"][0]["option"]["baseline"]["method"],
    }

    def test_is_the_one_that_the_command_fits_to_a_file(self, world: World) -> None:
        found = world.done("maker", "POST", "/v1/baselines", json=self.ASKED)
        agreed = CONTRACT["savings"][0]["option"]["baseline"]
        assert found["model"]["heating"] == agreed["model"]["heating"]
        assert found["model"]["drivers"] == agreed["model"]["drivers"]
        assert found["figures"] == {**agreed["figures"], "n": 365, "p": 3}
        assert found["model"] == json.loads(json.dumps(agreed["model"])) | {"summed": []}
        assert found["input_sha256"] == agreed["input_sha256"]

    def test_says_what_a_period_saved(self, world: World) -> None:
        asked = {
            "site": {**SITE, "first": "2020-01-01", "after_last": "2021-01-01"},
            "baseline": CONTRACT["savings"][0]["option"]["baseline"],
        }
        found = world.done("finance", "POST", "/v1/savings", json=asked)
        assert (found["rows"], found["coverage"]) == (366, "1.000000")
        assert 38_000 < Decimal(found["avoided"]) < 40_000
        assert set(found["uncertainty"]) == {"ashrae14", "sun_baltazar", "caltrack", "nmecr"}
        assert Decimal(found["uncertainty"]["caltrack"]) < Decimal(found["avoided"]) / 20

    def test_a_file_and_stored_readings_give_one_document(self, world: World) -> None:
        """By the newest arithmetic: the baseline, and what its own year saves by it, which is nothing.

        Only the findings of reading the file are the file's own.
        """
        method = {name: value for name, value in self.ASKED["method"].items() if name != "arithmetic"}
        table = EnergyTable(raw=office.year_for_a_baseline(), zone="Europe/Berlin", unit="kWh")
        (fitted,) = fit_table([parse(CaltrackDaily, method)], table, None)
        over_http = world.done("maker", "POST", "/v1/baselines", json={**self.ASKED, "method": method})
        document_of_file = fitted.model_dump(mode="json", exclude_none=True)
        of_reading = [finding for finding in document_of_file["findings"] if finding["code"] == "zero_values"]
        assert document_of_file == {**over_http, "findings": [*of_reading, *over_http["findings"]]}
        assert over_http["method"]["arithmetic"] == 2
        assert parse(Baseline, over_http).own_period == fitted.own_period

        savings, findings = savings_of_table(fitted, table, None)
        asked = {"site": self.ASKED["site"], "baseline": over_http}
        report = world.done("finance", "POST", "/v1/savings", json=asked)
        assert report == facts_of_savings(fitted, savings, Decimal("0.9"), findings=findings[1:])
        assert (report["avoided"], report["coverage"]) == ("0.000000", "1.000000")
        assert (report["own_period"]["saved"], report["own_period"]["zero_by_construction"]) == ("0.000000", True)

    def test_a_period_that_is_declined_as_a_whole_is_refused(self, world: World) -> None:
        agreed = CONTRACT["savings"][0]["option"]["baseline"]
        elsewhere = {**agreed["ranges"], "temperature": {"least": "200", "most": "210"}}
        asked = {
            "site": {**SITE, "first": "2020-01-01", "after_last": "2020-02-01"},
            "baseline": {**agreed, "ranges": elsewhere},
        }
        answer = world.ask("finance", "POST", "/v1/savings", json=asked)
        assert (answer.status_code, answer.json()["type"]) == (422, "/problems/nothing-counts")
        assert answer.json()["detail"].startswith("31 declined; most of all: temperature")

    @pytest.mark.parametrize(
        ("change", "status", "problem"),
        [
            pytest.param({"site": {"registers": ["office.kwhh"]}}, 404, "unknown-registers", id="no such register"),
            pytest.param({"site": {"after_last": "2019-01-01"}}, 422, "faulty-document", id="no days"),
            pytest.param({"site": {"temperature": None}}, 422, "no-baseline", id="no weather"),
            pytest.param({"site": {"first": "2025-01-01", "after_last": "2026-01-01"}}, 422, "no-baseline", id="no readings"),
            pytest.param({"method": {"kind": "caltrack_weekly"}}, 422, "faulty-document", id="no such method"),
        ],
    )  # fmt: skip
    def test_what_cannot_be_fitted_is_named(self, world: World, change: Any, status: int, problem: str) -> None:
        asked = {name: {**self.ASKED[name], **change.get(name, {})} for name in self.ASKED}
        answer = world.ask("maker", "POST", "/v1/baselines", json=asked)
        assert (answer.status_code, answer.json()["type"]) == (status, f"/problems/{problem}"), answer.text

    def test_only_a_manufacturer_fits_one(self, world: World) -> None:
        assert world.ask("blechwerke", "POST", "/v1/baselines", json=self.ASKED).status_code == 403


class TestAYear:
    COSTS: ClassVar[dict[str, Any]] = {"costs": [{"name": "financing", "amount": ["5000"]}]}

    def test_is_billed_on_account_stated_agreed_and_settled(self, world: World) -> None:
        agrees(world, statement=CONTRACT["statement"] | self.COSTS)
        bills(world, "2020-12-05")
        held = bills(world, "2021-01-05")["held"]
        assert held == {"OFFICE-SAVINGS": "OFFICE-SAVINGS: no statement of 2020-01-01/2021-01-01 is prepared"}

        made = stated(world)
        number, (saving,), (share, guarantee) = made["id"], made["content"]["savings"], made["content"]["money"]
        assert made["stands"] == "draft"
        total = {
            name: Decimal(value) for name, value in saving["total"].items() if name in ("expected", "measured", "saved")
        }
        assert total["expected"] - total["measured"] == total["saved"]
        assert total["saved"] == sum(Decimal(part["saved"]) for part in saving["parts"])
        assert share["billed_before"] == "6600.00"  # eleven months of 600
        assert Decimal(share["window"]) == round(Decimal(share["value"]["contract"]) * Decimal("0.85"), 2)
        assert Decimal(share["value"]["contract"]) > Decimal(share["value"]["cash"])  # the floor of 0.24 binds at 0.231
        assert guarantee["lines"] == []  # 36,000 kWh were promised, and more was saved
        assert saving["equivalents"]["CO2"]["factors"][0]["source"] == "Umweltbundesamt, electricity mix 2020"
        kg = total["saved"] * Decimal("0.366")
        assert Decimal(saving["equivalents"]["CO2"]["amount"]) == round(kg, 3)

        assert bills(world, "2021-01-12")["held"]["OFFICE-SAVINGS"].endswith("is draft")
        assert steps(world, "maker", number, "submitted", "Dora Meier").json()["type"] == "/problems/not-a-signatory"
        assert steps(world, "hanse", number, "submitted", "Emil Kurz").status_code == 403
        assert steps(world, "Dora Meier", number, "agreed", "Dora Meier").json()["type"] == "/problems/out-of-turn"
        assert steps(world, "Emil Kurz", number, "submitted", "Emil Kurz").json()["stands"] == "submitted"
        assert steps(world, "maker", number, "agreed", "Dora Meier").status_code == 403
        assert bills(world, "2021-01-13")["held"]["OFFICE-SAVINGS"].endswith("is submitted")
        assert steps(world, "Jan Petersen", number, "agreed", "Jan Petersen").json()["stands"] == "agreed"
        assert steps(world, "Dora Meier", number, "agreed", "Dora Meier").status_code == 409

        done = bills(world, "2021-01-20")
        assert done["held"] == {}
        invoices = [each for each in world.done("hanse", "GET", "/v1/invoices") if each["contract"] == "OFFICE-SAVINGS"]
        assert len(invoices) == 12
        assert sum(Decimal(each["net"]) for each in invoices) == Decimal(share["window"])
        report = world.ask("hanse", "GET", f"/v1/statements/{number}/report.pdf")
        assert (report.headers["content-type"], report.content[:5]) == ("application/pdf", b"%PDF-")
        assert report.content == world.ask("maker", "GET", f"/v1/statements/{number}/report.pdf").content
        self.only_the_supplier_sees_its_margin(world, number)
        assert world.done("maker", "POST", f"/v1/statements/{number}/replay")["proves"] is True
        assert world.done("maker", "POST", "/v1/replay")["unproven"] == []

    def only_the_supplier_sees_its_margin(self, world: World, number: int) -> None:
        (divided,) = world.done("hanse", "GET", f"/v1/statements/{number}")["content"]["divided"]
        assert Decimal(divided["customer"]) == Decimal(divided["value"]) - Decimal(divided["supplier"])
        address = f"/v1/statements/{number}"
        shown = {who: world.done(who, "GET", address)["content"] for who in ("hanse", "maker", "finance")}
        assert {who for who, content in shown.items() if "margin" in content} == {"maker", "finance"}
        margin = shown["maker"]["margin"]
        assert Decimal(margin["margin"]) == Decimal(margin["receipts"]) - 5000
        asked = f"{address}/report.pdf?margin=true"
        plain = world.ask("maker", "GET", f"{address}/report.pdf").content
        assert world.ask("hanse", "GET", asked).content == plain
        assert world.ask("maker", "GET", asked).content != plain
        for place in ("/v1/contracts", "/v1/contracts/OFFICE-SAVINGS"):
            assert "financing" not in world.ask("hanse", "GET", place).text
            assert "financing" in world.ask("maker", "GET", place).text

    def test_silence_for_the_agreed_days_is_consent(self, year: World) -> None:
        number = stated(year)["id"]
        steps(year, "Emil Kurz", number, "submitted", "Emil Kurz")
        year.now = on("2021-02-09")
        assert year.done("hanse", "GET", f"/v1/statements/{number}")["stands"] == "submitted"
        bills(year, "2021-02-10")
        assert year.done("hanse", "GET", f"/v1/statements/{number}")["stands"] == "silent"
        assert year.done("hanse", "GET", "/v1/invoices")[-1]["period_from"] == "2020-12-01"

    def test_disputed_in_part_the_rest_is_billed_and_the_part_once_it_is_settled(self, world: World) -> None:
        promise = {**CONTRACT["charges"][1]["rule"], "guaranteed": ["45000"]}
        agrees(world, charges=[CONTRACT["charges"][0], {**CONTRACT["charges"][1], "rule": promise}])
        bills(world, "2021-01-05")
        made = stated(world)
        number, owed = made["id"], Decimal(made["content"]["money"][1]["now"])
        short = 45_000 - Decimal(made["content"]["savings"][0]["total"]["saved"])
        assert owed == -short * Decimal("0.25")
        steps(world, "Emil Kurz", number, "submitted", "Emil Kurz")
        nameless = steps(world, "Dora Meier", number, "disputed", "Dora Meier", charges=["share"], note="no")
        assert (nameless.status_code, nameless.json()["found"]) == (409, ["share"])
        disputed = steps(
            world, "Dora Meier", number, "disputed", "Dora Meier", charges=["share of savings"], note="our chiller"
        )
        assert disputed.json()["stands"] == "disputed"
        bills(world, "2021-01-20")
        december = world.done("hanse", "GET", "/v1/invoices")[-1]
        assert Decimal(december["net"]) == owed
        (open_,) = world.done("maker", "GET", "/v1/contracts/OFFICE-SAVINGS/disputes")
        world.done("finance", "POST", f"/v1/disputes/{open_['dispute']}/settle", json={"outcome": "due"})
        world.done(
            "maker",
            "POST",
            "/v1/readings",
            params={"source": "2021.csv"},
            content=office.energy(date(2021, 1, 1), date(2021, 2, 1)),
        )
        world.done(
            "maker",
            "POST",
            "/v1/readings",
            params={"source": "2021w.csv"},
            content=office.weather(date(2021, 1, 1), date(2021, 2, 1)),
        )
        publish = {
            "index": "Hamburg business peak",
            "kind": "price",
            "values": [{"month": "2021-01", "value": "0.25", "published": "2021-01-28"}],
        }
        world.done("maker", "POST", "/v1/indices", json=publish)
        world.done("finance", "POST", "/v1/indices/Hamburg business peak/release")
        assert bills(world, "2021-02-05")["held"] == {}
        january = world.done("hanse", "GET", "/v1/invoices")[-1]
        lines = world.done("hanse", "GET", f"/v1/invoices/{january['number']}")["lines"]
        adjusted = sum(Decimal(line["net"]) for line in lines if line["corrects"])
        assert adjusted == Decimal(made["content"]["money"][0]["now"])
        assert world.done("maker", "POST", "/v1/replay")["unproven"] == []

    def test_what_changed_since_it_was_agreed_is_stated_anew(self, year: World) -> None:
        number = stated(year)["id"]
        steps(year, "Emil Kurz", number, "submitted", "Emil Kurz")
        steps(year, "Dora Meier", number, "agreed", "Dora Meier")
        late = "time,value,register\n2020-12-24T12:00:00+01:00,500,office.kwh\n"
        year.done("maker", "POST", "/v1/readings", params={"source": "late.csv", "reason": "meter test"}, content=late)
        held = bills(year, "2021-01-20")["held"]["OFFICE-SAVINGS"]
        assert held.endswith("no longer says what was measured")
        assert year.done("finance", "POST", f"/v1/statements/{number}/replay")["proves"] is True  # by what it knew
        with administering(year.access.administrator) as connection:
            connection.execute(text("delete from reading where start = '2020-07-01 10:00+00'"))
        assert year.done("finance", "POST", f"/v1/statements/{number}/replay")["proves"] is False

    def test_what_was_corrected_before_it_is_in_it(self, year: World) -> None:
        """November is billed, then an hour of it is corrected: December's invoice adjusts it, and the statement says so."""
        late = "time,value,register\n2020-11-12T12:00:00+01:00,500,office.kwh\n"
        year.done("maker", "POST", "/v1/readings", params={"source": "late.csv", "reason": "meter test"}, content=late)
        made = stated(year)
        number, share = made["id"], made["content"]["money"][0]
        assert Decimal(share["window"]) == round(Decimal(share["value"]["contract"]) * Decimal("0.85"), 2)
        steps(year, "Emil Kurz", number, "submitted", "Emil Kurz")
        steps(year, "Dora Meier", number, "agreed", "Dora Meier")
        assert bills(year, "2021-01-20")["held"] == {}
        invoices = [each for each in year.done("hanse", "GET", "/v1/invoices") if each["contract"] == "OFFICE-SAVINGS"]
        assert sum(Decimal(each["net"]) for each in invoices) == Decimal(share["window"])
        assert year.done("maker", "POST", "/v1/replay")["unproven"] == []

    def test_is_stated_once_it_has_ended_and_before_it_is_settled(self, world: World) -> None:
        agrees(world)
        asked = {"day": "2020-12-01", "prepared_by": "maker"}

        def refusal() -> str:
            answer = world.ask("maker", "POST", "/v1/contracts/OFFICE-SAVINGS/statements", json=asked)
            return str(answer.json()["type"])

        world.now = on("2020-12-31")
        assert refusal() == "/problems/window-open"
        world.now = on("2021-01-05")
        assert refusal() == "/problems/earlier-period-open"
        bills(world, "2021-01-05")
        number = stated(world)["id"]
        steps(world, "Emil Kurz", number, "submitted", "Emil Kurz")
        steps(world, "Dora Meier", number, "agreed", "Dora Meier")
        bills(world, "2021-01-20")
        assert refusal() == "/problems/window-open"

    def test_of_a_contract_that_nobody_released_is_none(self, world: World) -> None:
        agrees(world)
        world.done("maker", "POST", "/v1/contracts", json={**CONTRACT, "contract": "WAITING"})
        asked = {"day": "2020-12-01", "prepared_by": "maker"}
        answer = world.ask("maker", "POST", "/v1/contracts/WAITING/statements", json=asked)
        assert (answer.status_code, answer.json()["type"]) == (404, "/problems/unknown-contract")

    def test_another_party_and_another_tenant_see_nothing(self, year: World) -> None:
        number = stated(year)["id"]
        for who in ("blechwerke", "stranger"):
            for path in (
                f"/v1/statements/{number}",
                f"/v1/statements/{number}/report.pdf",
                "/v1/contracts/OFFICE-SAVINGS/statements",
            ):
                assert year.ask(who, "GET", path).status_code == 404
        assert steps(year, "blechwerke", number, "agreed", "Dora Meier").status_code == 404

    def test_a_verifier_signs_before_the_customer(self, world: World) -> None:
        people = {**CONTRACT["statement"]["signatories"], "TÜV Nord": ["Ada Lang"]}
        agrees(world, statement={**CONTRACT["statement"], "signatories": people, "verifier": "TÜV Nord"})
        bills(world, "2021-01-05")
        number = stated(world)["id"]
        steps(world, "Emil Kurz", number, "submitted", "Emil Kurz")
        assert steps(world, "Dora Meier", number, "agreed", "Dora Meier").json()["type"] == "/problems/out-of-turn"
        assert steps(world, "Ada Lang", number, "verified", "Ada Lang").json()["stands"] == "submitted"
        assert steps(world, "Dora Meier", number, "agreed", "Dora Meier").json()["stands"] == "agreed"


def test_a_contract_without_statements_has_none(world: World) -> None:
    asked = {"day": "2026-01-01", "prepared_by": "maker"}
    answer = world.ask("maker", "POST", "/v1/contracts/C-1/statements", json=asked)
    assert (answer.status_code, answer.json()["type"]) == (422, "/problems/no-statement-agreed")
    assert json.loads(answer.content)["found"] == "C-1"
