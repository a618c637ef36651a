"""The worked settlement through the product over HTTP, to the cent, in all four cells, with its credit.

A platform lets a factory's machine to makers X and Y at 80 an hour: X has it for 6.5 hours and half an hour of setup, Y
for three. Energy is 0.25 a kWh and the factory's; X also has an inspection by a lab. The platform has 12 % of machine fees
and 10 % of the inspection. Y is then credited 10 %.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest
from fastapi.testclient import TestClient

from api.access.roles import Role
from api.http.app import create_app
from api.http.dependencies import clock
from api.server.database import Access
from api.server.embedded import EmbeddedServer
from tests.api.http.test_app import settings_for
from tests.build import a_key
from tests.conftest import fresh_database

FLEET = "sites:\n  - name: Hall\n    zone: Europe/Berlin\n    assets:\n" + "".join(
    f"""
      - name: Machine {maker}
        meters:
          - name: M-{maker}
            registers:
              - {{key: {maker}.hours, kind: interval, unit: h, resolution: "0.1", interval_minutes: "60"}}
              - {{key: {maker}.kwh, kind: interval, unit: kWh, resolution: "0.1", interval_minutes: "60"}}
"""
    for maker in "xy"
)
CONTRACT = """
contract: JOB-{maker}
supplier: {{name: Plattform, country: DE, vat_id: DE111111117}}
customer: {{name: Maker {maker}, country: DE, vat_id: DE222222220}}
assets: [Machine {maker}]
currency: EUR
zone: Europe/Berlin
starts: 2026-01-01
ends: 2026-02-01
settings: {{least_coverage: "0"}}
{amended}sharing:
  revenue: {revenue}
  sold_in: {sold_in}
  payees:
    - {{name: Factory, country: DE, vat_id: DE333333339, agreement: {{reference: A-1, first: 2025-12-01}}}}
    - {{name: Lab, country: DE, vat_id: DE444444443, agreement: {{reference: A-2, first: 2025-12-01}}}}
charges:
  - name: machine
    register: {maker}.hours
    rule: {{kind: per_unit, unit: h, unit_price: "80"}}
    waterfall: {{steps: [{{kind: percent, percent: "12"}}], rest: Factory}}
  - {{name: energy, register: {maker}.kwh, rule: {{kind: per_unit, unit: kWh, unit_price: "0.25"}}, waterfall: {{rest: Factory}}}}
"""
INSPECTION = '  - {name: inspection, rule: {kind: one_off, amount: "150", on: 2026-01-20}, waterfall: {steps: [{kind: percent, percent: "10"}], rest: Lab}}\n'
CREDIT = '  - {name: credit, rule: {kind: discount, percent: "10"}}\n'
READINGS = {"x.hours": "6.5 0.5", "x.kwh": "20 6", "y.hours": "1 2", "y.kwh": "12 0"}


class Platform:
    """A platform's people, its makers and somebody else's tenant, each by a key."""

    def __init__(self, access: Access) -> None:
        self.now = datetime(2026, 1, 1, 8, tzinfo=UTC)
        app = create_app(settings_for(access, tick_s=0))
        app.dependency_overrides[clock] = lambda: self.now
        self.client = TestClient(app)
        roles = {"anna": Role.OWNER, "bert": Role.OWNER, "fin": Role.FINANCE}
        self.keys = {name: a_key(access, 1, role, name, self.now) for name, role in roles.items()}
        self.keys["other"] = a_key(access, 2, Role.OWNER, "carl", self.now)
        self.access = access

    def asks(self, who: str, method: str, path: str, status: int = 200, **more: Any) -> Any:
        headers = {"Authorization": f"Bearer {self.keys[who]}"} | more.pop("headers", {})
        answer = self.client.request(method, path, headers=headers, **more)
        assert answer.status_code == status, (path, answer.text)
        return answer.json() if "json" in answer.headers["content-type"] else answer.text

    def agrees(self, maker: str, more: str = "", amended: str = "", **sharing: str) -> None:
        terms = CONTRACT.format(maker=maker, amended=amended, **sharing) + more
        self.asks("anna", "POST", "/v1/contracts", 201, content=terms)
        self.asks("bert", "POST", f"/v1/contracts/JOB-{maker}/release?yes=true")

    def bills(self, now: datetime) -> None:
        self.now = now
        assert self.asks("fin", "POST", "/v1/bill", params={"issue": "true"})["held"] == {}

    def issued(self, contract: str) -> list[dict[str, Any]]:
        heads = self.asks("fin", "GET", "/v1/invoices", params={"contract": contract})
        return [self.asks("fin", "GET", f"/v1/invoices/{head['number']}") for head in heads]


@contextmanager
def with_readings(access: Access) -> Iterator[Platform]:
    platform = Platform(access)
    with platform.client:
        platform.asks("anna", "PUT", "/v1/fleet", content=FLEET)
        for register, (first, second) in ((key, values.split()) for key, values in READINGS.items()):
            rows = f"time,value\n2026-01-12T10:00+01:00,{first}\n2026-01-12T11:00+01:00,{second}\n"
            headers = {"Content-Type": "text/csv"}
            platform.asks("anna", "POST", f"/v1/readings?register={register}", 201, content=rows, headers=headers)
        yield platform


@pytest.fixture
def platform(access: Access) -> Iterator[Platform]:
    with with_readings(access) as platform:
        yield platform


def billed(platform: Platform, **sharing: str) -> None:
    platform.agrees("x", INSPECTION, **sharing)
    platform.agrees("y", **sharing)
    platform.bills(datetime(2026, 2, 2, 8, tzinfo=UTC))


CELLS = [(revenue, sold_in) for revenue in ("gross", "net") for sold_in in ("own_name", "owners_name")]


@dataclass(frozen=True)
class Cell:
    """A settlement, for all tests that only read it."""

    platform: Platform
    revenue: str
    sold_in: str


@pytest.fixture(scope="module", params=CELLS, ids="-".join)
def cell(server: EmbeddedServer, request: pytest.FixtureRequest) -> Iterator[Cell]:
    revenue, sold_in = request.param
    with fresh_database(server, f"{__name__} {request.param}") as access, with_readings(access) as platform:
        billed(platform, revenue=revenue, sold_in=sold_in)
        yield Cell(platform, revenue, sold_in)


def test_the_settlement_in_its_cell(cell: Cell) -> None:
    platform, revenue, sold_in = cell.platform, cell.revenue, cell.sold_in
    documents = {maker: platform.issued(f"JOB-{maker}") for maker in "xy"}
    nets = {maker: sum(Decimal(document["net"]) for document in of_maker) for maker, of_maker in documents.items()}
    assert nets == {"x": Decimal("716.50"), "y": Decimal("243.00")}
    sellers = [document["supplier"] for of_maker in documents.values() for document in of_maker]
    assert sellers == (["Plattform"] * 2 if sold_in == "own_name" else ["Factory", "Lab", "Factory"])
    assert {payee["name"]: payee["share"] for payee in platform.asks("fin", "GET", "/v1/payees")} == {"Factory": "713.50", "Lab": "135.00"}  # fmt: skip
    both = [document for of_maker in documents.values() for document in of_maker]
    legs = [platform.asks("fin", "GET", f"/v1/invoices/{document['number']}/legs") for document in both]
    assert sum(Decimal(sale["commission"]) for sale in legs) == Decimal("111.00")
    for sale, document in zip(legs, both, strict=True):
        sold = sum(Decimal(leg["net"]) for leg in sale["legs"] if leg["kind"] == "sale")
        payables = sum(Decimal(payable["net"]) for payable in sale["payables"])
        assert sold == Decimal(document["net"]) == payables + Decimal(sale["commission"])
        assert sale["revenue"] == (document["net"] if revenue == "gross" else sale["commission"])
        assert all(Decimal(leg["vat"]) == round(Decimal(leg["net"]) * Decimal("0.19"), 2) for leg in sale["legs"])
    kinds = {(leg["kind"], leg["seller"], leg["document_type"]) for sale in legs for leg in sale["legs"]}
    own = {("sale", "Plattform", "380"), ("purchase", "Factory", "389"), ("purchase", "Lab", "389")}
    owners = {("sale", "Factory", "380"), ("sale", "Lab", "380"), ("commission", "Plattform", "380")}
    assert kinds == (own if sold_in == "own_name" else owners)


def documents(platform: Platform, who: str = "fin") -> list[dict[str, Any]]:
    """All documents between the platform and its payees, each with its lines."""
    heads = [
        head
        for payee in ("Factory", "Lab")
        for head in platform.asks(who, "GET", f"/v1/payees/{payee}/documents", params={"sort": "issued_on"})
    ]
    return [platform.asks(who, "GET", f"/v1/payee-documents/{head['number']}") for head in heads]


def test_the_settlement_is_issued_in_its_cell(cell: Cell) -> None:
    """What is issued between the platform and payees, its own part and what they send adds up to the customers' 959.50."""
    platform, sold_in = cell.platform, cell.sold_in
    issued = documents(platform)
    net = sum(Decimal(one["net"]) for one in issued)
    customers = sum(Decimal(one["net"]) for maker in "xy" for one in platform.issued(f"JOB-{maker}"))
    assert (customers, net) == (Decimal("959.50"), Decimal("848.50" if sold_in == "own_name" else "111.00"))
    expected = {
        "own_name": {("389", "Factory", "Plattform", "499.30"), ("389", "Factory", "Plattform", "214.20"), ("389", "Lab", "Plattform", "135.00")},
        "owners_name": {("380", "Plattform", "Factory", "67.20"), ("380", "Plattform", "Factory", "28.80"), ("380", "Plattform", "Lab", "15.00")},
    }  # fmt: skip
    for one in issued:
        assert Decimal(one["vat"]) == round(Decimal(one["net"]) * Decimal("0.19"), 2)
        assert Decimal(one["gross"]) == Decimal(one["net"]) + Decimal(one["vat"])
        assert one["made_out_by"] == "Plattform"
        for line in one["lines"]:
            sold = platform.asks("fin", "GET", f"/v1/invoices/{line['invoice']}")["lines"][line["invoice_pos"] - 1]
            name = one["payee"] if sold_in == "own_name" else "Plattform"
            assert (line["charge"], line["net"]) == (sold["charge"], sold["payees"][name])
    assert platform.asks("fin", "POST", "/v1/replay")["unproven"] == []
    legs = [leg for maker in "xy" for one in platform.issued(f"JOB-{maker}") for leg in platform.asks("fin", "GET", f"/v1/invoices/{one['number']}/legs")["legs"]]  # fmt: skip
    named = {number: leg for leg in legs for number in leg["documents"]}
    assert named.keys() == {one["number"] for one in issued}
    for one in issued:
        leg = named[one["number"]]
        assert [leg[name] for name in ("kind", "seller", "buyer", "net", "vat", "gross")] == [
            one[name] for name in ("leg", "seller", "buyer", "net", "vat", "gross")
        ]
    assert {tuple(one[name] for name in ("document_type", "seller", "buyer", "net")) for one in issued} == expected[
        sold_in
    ]


class TestTheCredit:
    """Y is credited 10 % in March: an amendment of January, which the next document brings."""

    @pytest.fixture
    def credited(self, platform: Platform) -> Platform:
        billed(platform, revenue="gross", sold_in="own_name")
        amended = "in_force_from: 2026-01-01\nreason: goodwill\n"
        platform.agrees("y", CREDIT, amended, revenue="gross", sold_in="own_name")
        platform.bills(datetime(2026, 2, 3, 8, tzinfo=UTC))
        platform.bills(datetime(2026, 3, 2, 8, tzinfo=UTC))
        return platform

    def test_takes_ten_percent_of_each_share_back(self, credited: Platform) -> None:
        _, credit = credited.issued("JOB-y")
        assert credit["net"] == "-24.30"
        sale = credited.asks("fin", "GET", f"/v1/invoices/{credit['number']}/legs")
        assert {payable["payee"]: payable["net"] for payable in sale["payables"]} == {"Factory": "-21.42"}
        assert sale["commission"] == "-2.88"
        assert [(leg["kind"], leg["document_type"], leg["net"]) for leg in sale["legs"]] == [
            ("sale", "381", "-24.30"),
            ("purchase", "261", "-21.42"),
        ]

    def test_is_a_credit_note_in_the_name_of_the_factory(self, credited: Platform) -> None:
        of_y = [one for one in documents(credited) if one["contract"] == "JOB-y"]
        assert [(one["document_type"], one["net"], one["vat"], one["corrects"]) for one in of_y] == [
            ("389", "214.20", "40.70", []),
            ("261", "-21.42", "-4.07", [of_y[0]["number"]]),
        ]
        assert credited.asks("fin", "POST", "/v1/replay")["unproven"] == []

    def test_is_in_the_statement_and_proves_itself(self, credited: Platform) -> None:
        statement = credited.asks("fin", "GET", "/v1/payees/Factory/statement")
        (total,) = statement["totals"]
        assert (total["share"], total["commission"]) == ("692.08", "93.12")  # 713.50 − 21.42; 96 − 2.88
        assert [line["corrects"] for line in statement["lines"][-2:]] == [statement["lines"][-3]["number"]] * 2
        march = credited.asks("fin", "GET", "/v1/payees/Factory/statement", params={"issued_from": "2026-03-01"})
        assert [line["share"] for line in march["lines"]] == ["-21.12", "-0.30"]
        assert credited.asks("fin", "POST", "/v1/replay")["unproven"] == []
        number = march["lines"][0]["number"]
        proof = credited.asks("fin", "GET", f"/v1/invoices/{number}/lines/1/explanation")["proof"]["sharing"]
        assert proof == {"amount": "-24.00", "like": {"Plattform": "28.80", "Factory": "211.20"}}

    def test_is_written_as_a_table_and_as_a_page(self, credited: Platform) -> None:
        lines = credited.asks("fin", "GET", "/v1/payees/Lab/statement/lines.csv").splitlines()
        assert lines[1].startswith("Lab,Plattform,")
        assert lines[1].endswith(",EUR,150.00,135.00,15.00,0.00")
        page = credited.asks("fin", "GET", "/v1/payees/Lab/statement/page")
        assert "Payee statement" in page
        assert "Lab" in page
        assert "135.00" in page


def test_a_credit_by_hand_that_finance_releases_credits_the_factory(platform: Platform) -> None:
    billed(platform, revenue="gross", sold_in="own_name")
    (y,) = platform.issued("JOB-y")
    asked = {"lines": [{"line": 1, "percent": "10"}], "reason": "late"}
    credit = platform.asks("anna", "POST", f"/v1/invoices/{y['number']}/credits", 201, json=asked)
    before = len(documents(platform))
    platform.asks("fin", "POST", f"/v1/credits/{credit['credit']}/release")
    (note,) = [one for one in documents(platform) if one["document_type"] == "261"]
    assert (note["net"], len(documents(platform))) == ("-21.12", before + 1)
    assert platform.asks("fin", "POST", "/v1/replay")["unproven"] == []


def test_a_line_proves_its_sharing_step_by_step(platform: Platform) -> None:
    billed(platform, revenue="gross", sold_in="own_name")
    (x,) = platform.issued("JOB-x")
    assert x["lines"][0]["payees"] == {"Plattform": "67.20", "Factory": "492.80"}
    explained = platform.asks("fin", "GET", f"/v1/invoices/{x['number']}/lines/1/explanation")
    assert explained["proof"]["sharing"]["steps"] == [
        {"payee": "Plattform", "working": "12 % of 560.00", "asked": "67.20", "taken": "67.20", "left": "492.80"},
        {"payee": "Factory", "working": "the rest", "asked": "492.80", "taken": "492.80", "left": "0.00"},
    ]


class TestWhoSeesIt:
    def test_a_customer_sees_its_invoice_and_nobody_who_shares_it(self, platform: Platform) -> None:
        billed(platform, revenue="gross", sold_in="own_name")
        platform.keys["maker"] = a_key(platform.access, 1, Role.CUSTOMER, "maker", platform.now, party="Maker x")
        (head,) = platform.asks("maker", "GET", "/v1/invoices")
        invoice = platform.asks("maker", "GET", f"/v1/invoices/{head['number']}")
        assert [line["payees"] for line in invoice["lines"]] == [{}, {}, {}]
        explained = platform.asks("maker", "GET", f"/v1/invoices/{head['number']}/lines/1/explanation")
        assert "sharing" not in explained["proof"]
        assert "waterfall" not in explained["clause"]
        contracts = platform.asks("maker", "GET", "/v1/contracts/JOB-x")
        page = platform.asks("maker", "GET", f"/v1/invoices/{head['number']}/page")
        assert not any(word in f"{invoice}{explained}{contracts}{page}" for word in ("Factory", "waterfall", "sharing"))
        for path in ("/v1/payees", "/v1/payees/Factory/statement", f"/v1/invoices/{head['number']}/legs"):
            platform.asks("maker", "GET", path, 403)

    def test_a_payee_reads_its_own_documents_and_no_others(self, platform: Platform) -> None:
        billed(platform, revenue="gross", sold_in="own_name")
        platform.keys["lab"] = a_key(platform.access, 1, Role.PAYEE, "lab", platform.now, party="Lab")
        platform.keys["maker"] = a_key(platform.access, 1, Role.CUSTOMER, "maker", platform.now, party="Maker x")
        (own,) = platform.asks("lab", "GET", "/v1/payees/Lab/documents")
        assert (own["number"], own["net"]) == ("LAB-SB-2026-000001", "135.00")
        assert platform.asks("lab", "GET", "/v1/payee-documents/LAB-SB-2026-000001")["lines"][0]["net"] == "135.00"
        assert platform.asks("lab", "GET", "/v1/payees/Factory/documents") == []
        platform.asks("lab", "GET", "/v1/payee-documents/FACTORY-SB-2026-000001", 404)
        for path in ("/v1/payees", "/v1/payees/Lab/statement", "/v1/invoices", "/v1/contracts"):
            platform.asks("lab", "GET", path, 403)
        for path in ("/v1/payees/Lab/documents", "/v1/payee-documents/LAB-SB-2026-000001"):
            platform.asks("maker", "GET", path, 403)
        assert platform.asks("other", "GET", "/v1/payees/Lab/documents") == []
        platform.asks("other", "GET", "/v1/payee-documents/LAB-SB-2026-000001", 404)

    def test_the_list_is_filtered_and_read_in_pages(self, platform: Platform) -> None:
        billed(platform, revenue="gross", sold_in="own_name")
        list_of = "/v1/payees/Factory/documents"
        assert len(platform.asks("fin", "GET", list_of, params={"limit": "1"})) == 1
        of_y = platform.asks(
            "fin", "GET", list_of, params={"contract": "JOB-y", "document_type": "389", "leg": "purchase"}
        )
        assert [one["net"] for one in of_y] == ["214.20"]
        assert platform.asks("fin", "GET", list_of, params={"issued_from": "2026-02-03"}) == []
        assert len(platform.asks("fin", "GET", list_of, params={"issued_to": "2026-02-02"})) == 2
        assert platform.asks("fin", "GET", list_of, params={"document_type": "261"}) == []

    def test_another_tenant_sees_nothing(self, platform: Platform) -> None:
        billed(platform, revenue="gross", sold_in="own_name")
        (x,) = platform.issued("JOB-x")
        assert platform.asks("other", "GET", "/v1/payees") == []
        platform.asks("other", "GET", "/v1/payees/Factory/statement", 404)
        platform.asks("other", "GET", f"/v1/invoices/{x['number']}/legs", 404)


def test_a_payee_whose_law_lets_nobody_else_write_its_invoices_is_named_when_the_contract_is_checked(
    platform: Platform,
) -> None:
    terms = CONTRACT.format(maker="x", amended="", revenue="gross", sold_in="own_name")
    chinese = terms.replace("name: Factory, country: DE, vat_id: DE333333339", "name: Factory, country: CN")
    answer = platform.asks("anna", "POST", "/v1/contracts/check", 422, content=chinese)
    (fault,) = [fault for fault in answer["faults"] if fault["code"] == "type-not-issued"]
    assert fault["path"] == "/sharing/payees/0/self_billed"
    assert "a fapiao is issued by the seller" in fault["detail"]
    own = chinese.replace("name: Factory, country: CN", "name: Factory, country: CN, self_billed: false")
    assert "type-not-issued" not in str(platform.asks("anna", "POST", "/v1/contracts/check", content=own))


def test_what_is_wrong_with_a_sharing_is_named_when_the_contract_is_checked(platform: Platform) -> None:
    terms = CONTRACT.format(maker="x", amended="", revenue="gross", sold_in="own_name")
    unagreed = terms.replace(", agreement: {reference: A-1, first: 2025-12-01}", "")
    answer = platform.asks("anna", "POST", "/v1/contracts/check", 422, content=unagreed)
    (fault,) = answer["faults"]
    assert (fault["code"], fault["path"]) == ("agreement-missing", "/sharing/payees/0")
    expiring = terms.replace("A-1, first: 2025-12-01", "A-1, first: 2025-12-01, after_last: 2026-01-15")
    warnings = platform.asks("anna", "POST", "/v1/contracts/check", content=expiring)["warnings"]
    assert [one for one in warnings if "expires on 2026-01-15" in one and one.startswith("/sharing/payees/0")]
