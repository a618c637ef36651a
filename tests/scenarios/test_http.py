"""A contract's first months over HTTP, by its manufacturer, its customers and a finance clerk."""

from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime
from typing import Any

import pytest
from sqlalchemy import text

from api.operations.people import list_keys, revoke_key
from api.server.database import Database
from api.server.embedded import EmbeddedServer
from api.server.provision import administering
from tests.billing.scene import CONTRACT, FLEET
from tests.scenarios.world import TWO_CONTRACTS, World, a_world_copied, leave

JANUARY = "time,value\n2026-01-05T10:00+01:00,60\n2026-01-05T11:00+01:00,60\nrubbish,1\n"


@pytest.fixture
def world(server: EmbeddedServer, request: pytest.FixtureRequest) -> Iterator[World]:
    with a_world_copied(server, TWO_CONTRACTS, leave, request.node.nodeid) as world:
        yield world


@pytest.fixture
def billed(server: EmbeddedServer, request: pytest.FixtureRequest) -> Iterator[World]:
    with a_world_copied(server, "January of two contracts billed", bill_january, request.node.nodeid) as world:
        yield world


def bill_january(world: World) -> None:
    world.done("maker", "POST", "/v1/readings", params={"register": "kwh", "source": "january.csv"}, content=JANUARY)
    world.now = datetime(2026, 2, 1, 8, tzinfo=UTC)
    made = world.done("maker", "POST", "/v1/bill", params={"issue": "true"})
    assert ([head["number"] for head in made["invoices"]], made["held"]) == (["2026-000001", "2026-000002"], {})


def test_from_a_file_to_an_invoice_its_proof_and_its_correction(world: World) -> None:
    receipt = world.done(
        "maker", "POST", "/v1/readings", params={"register": "kwh", "source": "january.csv"}, content=JANUARY
    )
    assert (receipt["stored"], receipt["refused"]) == (2, 1)
    assert receipt["verdicts"] == [
        {
            "line": 4,
            "code": "not_a_time",
            "found": "rubbish",
            "expected": "ISO 8601, as 2026-03-01T12:00 or 2026-03-01T12:00Z, or a time format told",
        }
    ]
    usage = world.done(
        "blechwerke", "GET", "/v1/registers/kwh/usage", params={"from": "2026-01-01", "to": "2026-01-31"}
    )
    assert [(each["quantity"], each["unit"], each["readings"]) for each in usage] == [("120", "kWh", 2)]

    world.now = datetime(2026, 2, 1, 8, tzinfo=UTC)
    world.done("maker", "POST", "/v1/bill")
    assert world.done("blechwerke", "GET", "/v1/invoices") == [], "a draft is nobody's business but its maker's"
    ready = world.done("finance", "GET", "/v1/drafts")["invoices"]
    draft = next(each["number"] for each in ready if each["contract"] == "C-1")
    assert world.ask("blechwerke", "GET", f"/v1/invoices/{draft}").status_code == 404
    number = world.done("finance", "POST", f"/v1/invoices/{draft}/issue")["number"]
    invoice = world.done("blechwerke", "GET", f"/v1/invoices/{number}")
    assert tuple(invoice[name] for name in ("net", "vat", "gross", "issued_on", "due_on")) == (
        "154.00",
        "29.26",
        "183.26",
        "2026-02-01",
        "2026-03-03",
    )
    opened = world.done("blechwerke", "GET", f"/v1/invoices/{number}/lines/3/explanation")
    assert [(each["start"], each["value"], each["source"], each["line"]) for each in opened["readings"]] == [
        ("2026-01-05T09:00:00Z", "60", "january.csv", 2),
        ("2026-01-05T10:00:00Z", "60", "january.csv", 3),
    ]
    assert opened["proof"]["sum"] == "20 kWh × 0.20 = 4.00"

    waiting = world.done(
        "maker",
        "POST",
        "/v1/readings",
        params={"register": "kwh", "reason": "pulse lost"},
        content="time,value\n2026-01-05T11:00+01:00,70\n2026-02-05T11:00+01:00,10\n",
    )
    correction = world.done("finance", "POST", f"/v1/edits/{waiting['id']}/release")
    assert (correction["stored"], correction["corrected"]) == (2, 1)
    world.now = datetime(2026, 3, 1, 8, tzinfo=UTC)
    world.done("maker", "POST", "/v1/bill", params={"issue": "true"})
    second = next(
        each["number"]
        for each in world.done("blechwerke", "GET", "/v1/invoices")
        if each["period_from"] == "2026-02-01"
    )
    adjusted = [each for each in world.done("blechwerke", "GET", f"/v1/invoices/{second}")["lines"] if each["corrects"]]
    assert [
        ("energy", "10", "2.00", {"number": number}, "maker", "pulse lost (prepared by maker, released by finance)")
    ] == [
        (
            each["charge"],
            each["quantity"],
            each["net"],
            each["corrects"],
            each["changes"][0]["recorded_by"],
            each["changes"][0]["reason"],
        )
        for each in adjusted
    ]
    opened = world.done("blechwerke", "GET", f"/v1/invoices/{second}/lines/{adjusted[0]['pos']}/explanation")
    assert [("70", "60", correction["id"])] == [
        (each["value"], each["before"], each["batch"]) for each in opened["readings"]
    ]
    assert world.done("finance", "POST", "/v1/replay")["unproven"] == []


def test_the_page_can_be_printed_and_runs_nothing(billed: World) -> None:
    page = billed.ask("blechwerke", "GET", "/v1/invoices/2026-000001/page")
    assert page.headers["content-type"] == "text/html; charset=utf-8"
    parts = ("Invoice 2026-000001", "Blechwerke", "154.00", "on 154.00", "183.26")
    assert [part for part in parts if part not in page.text] == []
    assert "<script" not in page.text
    assert "http" not in page.text.replace("http://www.w3.org/", "")  # a drawing names its own language


def test_a_name_is_text_on_the_page_and_no_markup(world: World) -> None:
    world.done(
        "maker",
        "POST",
        "/v1/contracts",
        content=CONTRACT.replace("C-1", "C-3")
        .replace("Blechwerke", "'<b>Bold</b> & Sons'")
        .split("  - name: energy")[0],
    )
    world.done("finance", "POST", "/v1/contracts/C-3/release")
    world.now = datetime(2026, 2, 1, 8, tzinfo=UTC)
    world.done("maker", "POST", "/v1/bill", params={"issue": "true"})
    page = world.ask("maker", "GET", "/v1/invoices/2026-000001/page").text
    assert "&lt;b&gt;Bold&lt;/b&gt; &amp; Sons" in page


class TestAnothersIdIs404InEveryRoute:
    ROUTES = (
        "/v1/invoices/{number}",
        "/v1/invoices/{number}/page",
        "/v1/invoices/{number}/lines/1/explanation",
        "/v1/contracts/{contract}",
        "/v1/registers/{register}/usage?from=2026-01-01&to=2026-01-31",
    )

    @pytest.mark.parametrize("route", ROUTES)
    def test_another_tenants(self, billed: World, route: str) -> None:
        path = route.format(number="2026-000001", contract="C-1", register="kwh")
        assert billed.ask("maker", "GET", path).status_code == 200
        answer = billed.ask("stranger", "GET", path)
        assert (answer.status_code, answer.headers["content-type"]) == (404, "application/problem+json")
        assert "Blechwerke" not in answer.text

    @pytest.mark.parametrize("route", ROUTES)
    def test_another_customers(self, billed: World, route: str) -> None:
        path = route.format(number="2026-000001", contract="C-1", register="hours")
        if "registers" not in path:
            assert billed.ask("blechwerke", "GET", path).status_code == 200
        assert billed.ask("gießerei", "GET", path).status_code == 404

    def test_issuing(self, billed: World) -> None:
        assert billed.ask("stranger", "POST", "/v1/invoices/2026-000001/issue").status_code == 404

    def test_lists_and_exports_are_empty(self, billed: World) -> None:
        assert (
            []
            == billed.done("stranger", "GET", "/v1/invoices")
            == billed.done("stranger", "GET", "/v1/contracts")
            == billed.done("stranger", "GET", "/v1/fleet")["sites"]
        )
        assert len(billed.ask("stranger", "GET", "/v1/exports/invoices").text.splitlines()) == 1
        assert billed.done("stranger", "POST", "/v1/replay")["replayed"] == 0
        assert [each["contract"] for each in billed.done("blechwerke", "GET", "/v1/contracts")] == ["C-1"]

    def test_exchanges(self, billed: World) -> None:
        told = {"at": "2026-01-20T00:00Z", "closing": "1", "opening": "0", "serial": "X"}
        assert billed.ask("stranger", "POST", "/v1/registers/hours/exchanges", json=told).status_code == 404
        assert billed.ask("maker", "POST", "/v1/registers/hours/exchanges", json=told).status_code == 201

    def test_withdrawals(self, billed: World) -> None:
        told = {"start": "2026-01-05T00:00Z", "end": "2026-01-06T00:00Z", "reason": "another machine's"}
        assert billed.ask("stranger", "POST", "/v1/registers/kwh/withdrawals", json=told).status_code == 404
        waiting = billed.done("maker", "POST", "/v1/registers/kwh/withdrawals", json=told)
        assert billed.done("finance", "POST", f"/v1/edits/{waiting['id']}/release")["stored"] == 2


def test_a_customer_sees_a_register_for_the_days_of_its_contract_alone(billed: World) -> None:
    billed.done(
        "maker", "POST", "/v1/readings", params={"register": "kwh"}, content="time,value\n2025-12-05T11:00Z,7\n"
    )
    asked = {"from": "2025-11-01", "to": "2026-01-31"}
    assert [each["period_from"] for each in billed.done("maker", "GET", "/v1/registers/kwh/usage", params=asked)] == [
        "2025-10-31T23:00:00Z",
        "2025-11-30T23:00:00Z",
        "2025-12-31T23:00:00Z",
    ]
    assert [
        each["period_from"] for each in billed.done("blechwerke", "GET", "/v1/registers/kwh/usage", params=asked)
    ] == ["2025-12-31T23:00:00Z"]
    assert (
        billed.done("blechwerke", "GET", "/v1/registers/kwh/usage", params={"from": "2025-11-01", "to": "2025-11-30"})
        == []
    )


def test_use_that_no_contract_prices_is_listed(billed: World) -> None:
    assert billed.done("maker", "GET", "/v1/unbilled") == []
    billed.done(
        "maker", "POST", "/v1/readings", params={"register": "hours"}, content="time,value\n2026-01-05T11:00Z,70\n"
    )
    assert [
        (each["register_key"], each["asset"], each["readings"]) for each in billed.done("maker", "GET", "/v1/unbilled")
    ] == [("hours", "Press", 1)]
    assert billed.done("stranger", "GET", "/v1/unbilled") == []


@pytest.mark.parametrize(("who", "method", "path"), [
    ("blechwerke", "POST", "/v1/readings"), ("blechwerke", "PUT", "/v1/fleet"), ("blechwerke", "POST", "/v1/contracts"), ("blechwerke", "POST", "/v1/bill"),
    ("blechwerke", "POST", "/v1/invoices/2026-000001/issue"), ("blechwerke", "POST", "/v1/replay"), ("blechwerke", "GET", "/v1/exports/lines"), ("blechwerke", "GET", "/v1/fleet"),
    ("finance", "POST", "/v1/readings"), ("finance", "POST", "/v1/contracts"),
])  # fmt: skip
def test_what_a_role_does_not_include_is_forbidden(billed: World, who: str, method: str, path: str) -> None:
    answer = billed.ask(who, method, path)
    assert (answer.status_code, answer.json()["type"]) == (403, "/problems/forbidden")


@pytest.mark.parametrize(
    "header", [{}, {"Authorization": "Bearer"}, {"Authorization": "Bearer usu_wrong"}, {"Authorization": "Basic dTpw"}]
)
def test_nobody_is_told_nothing(billed: World, header: dict[str, str]) -> None:
    answer = billed.client.get("/v1/invoices", headers=header)
    assert (answer.status_code, answer.headers["WWW-Authenticate"]) == (401, "Bearer")


def test_a_revoked_key_is_nobodys(billed: World) -> None:
    with closing(Database(billed.access.app)) as database, database.transaction(1) as session:
        (key,) = (key for key in list_keys(session) if key.name == "finance")
        revoke_key(session, key.id, at=billed.now)
        assert b"usu_" not in bytes(session.execute(text("select key_sha256 from credential limit 1")).scalar_one())
    assert billed.ask("finance", "GET", "/v1/invoices").status_code == 401


NUMBERS_THAT_COUNT = {"line", "pos", "batch", "stored", "corrected", "unchanged", "refused", "seen_before", "sites", "assets", "meters", "registers", "readings", "estimated", "questionable", "count",
                      "version", "contract_version", "watermark", "readings_in_all", "replayed", "part", "arithmetic", "series", "payment_days", "version_number", "invoice", "batches",
                      "interval_minutes", "anchor_day", "bill_after_days", "correct_after_days", "withdrawn", "expected", "read", "intervals", "days_late"}  # fmt: skip


def numbers_in(found: Any, name: str = "") -> Iterator[str]:
    if isinstance(found, dict):
        for key, value in found.items():
            yield from numbers_in(value, key)
    elif isinstance(found, list):
        for value in found:
            yield from numbers_in(value, name)
    elif isinstance(found, int | float) and not isinstance(found, bool):
        yield name


def test_money_and_quantities_are_strings_in_every_response(billed: World) -> None:
    waiting = billed.done(
        "maker",
        "POST",
        "/v1/readings",
        params={"register": "kwh"},
        content="time,value\n2026-01-05T11:00+01:00,70\n2026-02-05T11:00+01:00,10\n",
    )
    billed.done("finance", "POST", f"/v1/edits/{waiting['id']}/release")
    billed.now = datetime(2026, 3, 1, 8, tzinfo=UTC)
    asked = [
        billed.done("maker", "POST", "/v1/bill", params={"issue": "true"}),
        *(billed.done("maker", "GET", path) for path in ("/v1/fleet", "/v1/contracts", "/v1/contracts/C-1", "/v1/invoices", "/v1/invoices/2026-000003", "/v1/invoices/2026-000003/lines/3/explanation",
                                                         "/v1/registers/kwh/usage?from=2026-01-01&to=2026-02-28")),
        billed.done("maker", "POST", "/v1/price", content='{"rules": [{"kind": "per_unit", "unit": "kWh", "unit_price": "0.1"}], "usage": {"quantity": "12345678901234567.123456789", "unit": "kWh"}}'),
    ]  # fmt: skip
    terms = billed.done("maker", "GET", "/v1/contracts/C-1")[0]["terms"]
    asked.append(_priced_over_two_months(billed, terms))
    found = {name for each in asked for name in numbers_in(each)}
    assert set() == found - NUMBERS_THAT_COUNT
    assert asked[-2]["lines"][0]["amount"] == "1234567890123456.7123456789"


def _priced_over_two_months(billed: World, terms: dict[str, Any]) -> Any:
    used = {"energy": {"quantity": "12.5", "unit": "kWh"}}
    dearer = {**terms, "in_force_from": "2026-02-01"}
    trial = {"contract": terms, "amendments": [dearer], "periods": [{"uses": used}, {"uses": used}]}
    priced = billed.done("maker", "POST", "/v1/contracts/price", json=trial)
    assert [period["segments"][0]["in_force_from"] for period in priced["periods"]] == ["2026-01-01", "2026-02-01"]
    return priced


class TestBadInput:
    @pytest.mark.parametrize(
        ("from_", "to"),
        [
            ("2026-01-02", "2026-01-01"),
            ("2026-02-01", "2026-01-01"),
            ("0001-01-01", "9999-12-31"),
            ("9999-12-01", "9999-12-31"),
            ("0001-01-01", "0001-02-01"),
        ],
    )
    def test_days_that_are_no_range(self, world: World, from_: str, to: str) -> None:
        assert world.ask("maker", "GET", "/v1/registers/kwh/usage", params={"from": from_, "to": to}).status_code == 422

    @pytest.mark.parametrize("name", ['"zero \\0 byte"', '"half \\ud800 character"'])
    def test_text_that_cannot_be_kept(self, world: World, name: str) -> None:
        answer = world.ask("maker", "POST", "/v1/contracts", content=CONTRACT.replace("Blechwerke", name))
        assert (answer.status_code, answer.headers["content-type"]) == (422, "application/problem+json")

    @pytest.mark.parametrize(
        ("params", "error"),
        [({"column": "time"}, "not-a-pair"), ({"replaces_from": "2026-01-01T00:00Z"}, "half-a-range")],
    )
    def test_half_a_parameter_is_not_left_out(self, world: World, params: dict[str, str], error: str) -> None:
        answer = world.ask("maker", "POST", "/v1/readings", params={"register": "kwh", **params}, content=JANUARY)
        assert (422, f"/problems/{error}") == (answer.status_code, answer.json()["type"])

    @pytest.mark.parametrize("path", ["/v1/registers/hours/exchanges", "/v1/registers/hours/resets"])
    def test_an_instant_without_offset_is_refused_and_no_500(self, world: World, path: str) -> None:
        told = {"at": "2026-01-01T00:00:00", "closing": "5", "opening": "0", "serial": "B"}
        answer = world.ask("maker", "POST", path, json=told)
        assert (answer.status_code, answer.json()["type"]) == (422, "/problems/naive-instant")

    def test_half_a_character_in_a_request_is_shown_as_its_escape_and_no_500(self, world: World) -> None:
        content = '{"registers": ["kwh"], "from": "\\ud800", "to": "2026-01-31"}'
        answer = world.ask("maker", "POST", "/v1/usage", content=content, headers={"Content-Type": "application/json"})
        assert (answer.status_code, answer.json()["faults"][0]["found"]) == (422, "\\ud800")

    def test_an_empty_idempotency_key_is_none(self, world: World) -> None:
        answer = world.ask("maker", "POST", "/v1/readings", content=JANUARY, headers={"Idempotency-Key": ""})
        assert answer.status_code == 422

    def test_all_rows_or_none(self, world: World) -> None:
        answer = world.ask(
            "maker", "POST", "/v1/readings", params={"register": "kwh", "atomic": "true"}, content=JANUARY
        )
        assert (
            answer.status_code,
            answer.json()["type"],
            answer.json()["verdicts"][0]["line"],
        ) == (422, "/problems/refused-whole", 4)
        usage = world.done("maker", "GET", "/v1/registers/kwh/usage", params={"from": "2026-01-01", "to": "2026-01-31"})
        assert usage[0]["readings"] == 0

    def test_an_idempotency_key_makes_one_delivery_of_two(self, world: World) -> None:
        once = {"params": {"register": "kwh"}, "headers": {"Idempotency-Key": "a"}}
        first = world.done("maker", "POST", "/v1/readings", content=JANUARY, **dict(once))
        again = world.done(
            "maker",
            "POST",
            "/v1/readings",
            content=JANUARY,
            params={"register": "kwh"},
            headers={"Idempotency-Key": "a"},
        )
        assert (first["batch"], True, first["verdicts"]) == (again["batch"], again["repeated"], again["verdicts"])
        other = world.ask(
            "maker",
            "POST",
            "/v1/readings",
            content=JANUARY + "\n",
            params={"register": "kwh"},
            headers={"Idempotency-Key": "a"},
        )
        assert (other.status_code, other.json()["type"]) == (409, "/problems/key-used-otherwise")

    def test_the_same_bytes_under_one_key_for_another_register_are_refused_and_not_answered_repeated(
        self, world: World
    ) -> None:
        def sent(**params: str) -> Any:
            return world.ask(
                "maker", "POST", "/v1/readings", content=JANUARY, params=params, headers={"Idempotency-Key": "a"}
            )

        assert sent(register="kwh", source="a.csv").status_code == 201
        assert sent(source="a.csv", register="kwh").json()["repeated"], "the order of the query says nothing"
        for params in ({"register": "hours"}, {"register": "kwh", "unit": "MWh"}, {"register": "kwh"}):
            answer = sent(**params)
            assert (answer.status_code, answer.json()["type"]) == (409, "/problems/key-used-otherwise")

    def test_an_idempotency_key_is_each_tenants_own(self, world: World) -> None:
        sent = {"content": JANUARY, "params": {"register": "kwh"}, "headers": {"Idempotency-Key": "a"}}
        world.done("stranger", "PUT", "/v1/fleet", content=FLEET)
        receipts = [world.done(who, "POST", "/v1/readings", **dict(sent)) for who in ("maker", "stranger")]
        assert [(receipt["stored"], receipt["repeated"]) for receipt in receipts] == [(2, False), (2, False)]

    def test_a_delivery_of_which_no_row_is_good_is_422_and_its_batch_is_recorded(self, world: World) -> None:
        answer = world.ask("maker", "POST", "/v1/readings", params={"register": "kwh"}, content="time,value\nx,y\n")
        assert (answer.status_code, answer.json()["type"]) == (422, "/problems/nothing-stored")
        receipt = answer.json()
        assert receipt["verdicts"][0]["code"] == "not_a_time"
        assert (receipt["stored"], receipt["refused"]) == (0, 1)
        with administering(world.access.administrator) as administrator:
            assert tuple(
                administrator.execute(
                    text("select refused, length(payload_sha256) from batch where id = :b"), {"b": receipt["batch"]}
                ).one()
            ) == (1, 32)
            assert (
                administrator.execute(
                    text("select count(*) from verdict where batch = :b"), {"b": receipt["batch"]}
                ).scalar()
                == 1
            )

    def test_an_amendment_says_its_day(self, world: World) -> None:
        answer = world.ask("maker", "POST", "/v1/contracts", content=CONTRACT.replace('"100.00"', '"90.00"'))
        (fault,) = answer.json()["faults"]
        assert (answer.status_code, fault["path"], fault["code"]) == (422, "/in_force_from", "no-first-day")

    def test_a_contract_with_faults_names_them_all(self, world: World) -> None:
        answer = world.ask(
            "maker",
            "POST",
            "/v1/contracts",
            content=CONTRACT.replace("C-1", "C-9")
            .replace("EUR", "EURO")
            .replace("kwh", "kwhh")
            .replace("Press]", "Pres]"),
        )
        assert (answer.status_code, answer.json()["type"]) == (422, "/problems/faulty-document")
        assert [fault["path"] for fault in answer.json()["faults"]] == ["/currency", "/assets/0", "/charges/1/register"]
        answer = world.ask(
            "maker",
            "POST",
            "/v1/contracts/check",
            content=CONTRACT.replace("C-1", "C-9")
            .replace("register: kwh", "register: kwhh")
            .replace("Press]", "Pres]"),
        )
        assert [(fault["path"], fault["expected"]) for fault in answer.json()["faults"]] == [
            ("/assets/0", "Press"),
            ("/charges/1/register", "kwh"),
        ]

    def test_what_is_declared_stays_as_it_was(self, world: World) -> None:
        answer = world.ask(
            "maker",
            "PUT",
            "/v1/fleet",
            content=FLEET.replace('resolution: "0.1", interval', 'resolution: "0.01", interval'),
        )
        assert (answer.status_code, answer.json()["type"]) == (409, "/problems/register-changed")

    def test_a_body_larger_than_is_accepted(self, world: World) -> None:
        assert world.ask("maker", "POST", "/v1/readings", content=b"x" * ((64 << 20) + 1)).status_code == 413


class TestExports:
    def test_lines_add_up_to_their_invoices(self, billed: World) -> None:
        import csv
        import io
        from decimal import Decimal

        invoices, lines = (
            list(csv.DictReader(io.StringIO(billed.ask("finance", "GET", f"/v1/exports/{what}").text)))
            for what in ("invoices", "lines")
        )
        assert {each["number"]: Decimal(each["net"]) for each in invoices} == {
            number: sum((Decimal(line["net"]) for line in lines if line["number"] == number), Decimal(0))
            for number in ("2026-000001", "2026-000002")
        }
        assert (
            billed.ask("finance", "GET", "/v1/exports/lines").content
            == billed.ask("finance", "GET", "/v1/exports/lines").content
        )

    def test_no_such_export(self, billed: World) -> None:
        assert billed.ask("finance", "GET", "/v1/exports/saft").status_code == 404
