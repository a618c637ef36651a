"""Every command, as a person types it, on a database of the test's own."""

import json
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from sqlalchemy import text
from typer.testing import CliRunner

from api.cli.context import TRIAL_TENANT
from api.cli.main import app
from api.operations.contracts import WouldReprice
from api.server.database import Access
from api.server.embedded import EmbeddedServer
from api.server.provision import administering
from billing.proof.bundle.verify import verify
from metering.deliveries.receipt import KeyUsedOtherwise
from tests.billing.scene import CONTRACT, FLEET
from tests.conftest import world_copy


class Desk:
    """A person at a keyboard with a few files."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.runner = folder, CliRunner()

    def file(self, name: str, text: str) -> str:
        (self.folder / name).write_text(text, encoding="utf-8")
        return str(self.folder / name)

    def types(self, *words: str) -> str:
        done = self.runner.invoke(app, [*words], catch_exceptions=False)
        assert done.exit_code == 0, done.output
        return done.output

    def asks(self, *words: str) -> Any:
        return json.loads(self.types(*words, "--json"))


def set_environment(access: Access, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let commands find a test's own database, the tenant Nordluft, and a folder of the test's own for logins."""
    assert access.admin is not None
    monkeypatch.setenv("DATABASE_URL", access.app.render_as_string(hide_password=False))
    monkeypatch.setenv("DATABASE_ADMIN_URL", access.admin.render_as_string(hide_password=False))
    monkeypatch.setenv("USUFRUCT_TENANT", "Nordluft")
    monkeypatch.setenv("XDG_CONFIG_HOME", str(folder / "config"))


def prepared_by(prepare: Callable[[Path], object], access: Access) -> None:
    """Type at a desk of its own, on a database that will be copied; ``prepare`` is given the desk's folder."""
    with pytest.MonkeyPatch.context() as patched, TemporaryDirectory() as folder:
        set_environment(access, Path(folder), patched)
        prepare(Path(folder))


def files(folder: Path) -> Desk:
    desk = Desk(folder)
    desk.file("fleet.yaml", FLEET)
    desk.file("contract.yaml", CONTRACT)
    return desk


def agree(folder: Path) -> None:
    desk = files(folder)
    desk.types("tenant", "four-eyes", "off", "--reason", "a desk has one person")
    desk.types("fleet", "apply", str(folder / "fleet.yaml"))
    desk.types("contract", "apply", str(folder / "contract.yaml"))


@pytest.fixture
def access(server: EmbeddedServer, request: pytest.FixtureRequest) -> Iterator[Access]:
    """A database with the fleet and the contract, of one person."""
    with world_copy(server, "a desk of one person", partial(prepared_by, agree), request.node.nodeid) as (access, _):
        yield access


@pytest.fixture
def desk(access: Access, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Desk:
    set_environment(access, tmp_path, monkeypatch)
    return files(tmp_path)


def test_from_a_file_to_a_page(desk: Desk) -> None:
    said = desk.types(
        "ingest",
        desk.file("a.csv", "Datum;Wert\n2026-01-05 10:00+01:00;60,0\n2026-01-05 11:00+01:00;6o\n"),
        "--register",
        "kwh",
        "--unit",
        "kWh",
        "--column",
        "time=Datum",
        "--column",
        "value=Wert",
    )
    assert "1 stored" in said
    assert all(word in said for word in ("not_a_number", "6o", "3"))
    (draft,) = desk.asks("bill", "--until", "2026-02-02")["invoices"]
    assert [line["charge"] for line in desk.asks("invoice", "show", draft["number"])["lines"]] == ["fee", "energy"]
    assert "60 kWh × 0.50 = 30.00" in desk.types("explain", draft["number"], "2")
    assert desk.asks("replay", draft["number"]) == {"replayed": 1, "unproven": []}
    assert desk.asks("invoice", "list") == []
    issued = desk.asks("invoice", "issue", draft["number"])
    assert issued["number"].endswith("-000001")
    page = desk.folder / "page.html"
    desk.types("invoice", "show", issued["number"], "--html", str(page))
    assert "Blechwerke" in page.read_text(encoding="utf-8")
    assert "60 kWh × 0.50 = 30.00" in desk.types("explain", issued["number"], "2")
    assert {"replayed": 1, "unproven": []} == desk.asks("replay") == desk.asks("replay", issued["number"])
    proof = desk.folder / "proof.zip"
    made = desk.asks("proof", issued["number"], "--to", str(proof))
    assert f"hash of this bundle: {made['proof_hash']}" in verify(proof.read_bytes())
    assert "nothing is due" in desk.types("bill", "--until", "2026-02-02")


def test_fleet_contracts_and_use(desk: Desk) -> None:
    desk.types(
        "ingest", desk.file("a.csv", "time,value\n2026-01-05T10:00Z,60\n2026-02-05T10:00Z,40\n"), "--register", "kwh"
    )
    assert [each["key"] for each in desk.asks("fleet", "show")] == ["hours", "kwh"]
    assert [(each["contract"], each["version"]) for each in desk.asks("contract", "show")] == [("C-1", 1)]
    assert "0.50" in desk.types("contract", "show", "C-1")
    assert "no fault" in desk.types("contract", "check", desk.file("c.yaml", CONTRACT.replace("C-1", "C-9")))
    assert "no fault" in desk.types(
        "contract", "check", "--alone", desk.file("d.yaml", CONTRACT.replace("kwh", "elsewhere"))
    )
    months = desk.asks("usage", "kwh", "--from", "2026-01-01", "--to", "2026-03-31")
    assert [row["period"] for row in desk.asks("usage", "kwh", "--from", "2026-01-01", "--to", "2026-01-31")] == [
        "whole"
    ]
    assert [(each["period"], each["quantity"]) for each in months[:3]] == [
        ("whole", "100"),
        ("2026-01", "60"),
        ("2026-02", "40"),
    ]
    assert "no reading" in months[3]["error"]


class TestAnAmendmentOfBilledDays:
    """It says what it reprices before it counts: to a program as a refusal, to a person as a question."""

    @pytest.fixture
    def amended(self, desk: Desk) -> str:
        desk.types("ingest", desk.file("a.csv", "time,value\n2026-01-05T10:00Z,60\n"), "--register", "kwh")
        desk.types("bill", "--issue", "--until", "2026-02-02")
        dearer = CONTRACT.replace('unit_price: "0.50"', 'unit_price: "0.60"')
        return desk.file("dearer.yaml", dearer + "in_force_from: 2026-01-01\n")

    def test_is_refused_to_a_program_until_it_says_yes(self, desk: Desk, amended: str) -> None:
        refused = desk.runner.invoke(app, ["contract", "apply", amended])
        assert isinstance(refused.exception, WouldReprice)
        assert "2026-000001 (2026-01-01/2026-02-01) net +6.00, gross +7.14 (--yes lets it count)" in str(
            refused.exception
        )
        assert [each["version"] for each in desk.asks("contract", "show", "C-1")] == [1]
        done = desk.asks("contract", "apply", amended, "--yes")
        assert [(each["number"], each["net"], each["gross"]) for each in done["reprices"]] == [
            ("2026-000001", "6.00", "7.14")  # 60 kWh, 0.10 dearer, and 19 % on it
        ]

    @pytest.mark.parametrize(("answer", "versions"), [("y\n", [1, 2]), ("n\n", [1])])
    def test_asks_a_person(
        self, desk: Desk, amended: str, monkeypatch: pytest.MonkeyPatch, answer: str, versions: list[int]
    ) -> None:
        monkeypatch.setattr("api.cli.contracts.is_asked", lambda: True)
        said = desk.runner.invoke(app, ["contract", "apply", amended], input=answer).output
        assert "reprices 1 document by +6.00 EUR net" in said
        assert [each["version"] for each in desk.asks("contract", "show", "C-1")] == versions


def test_an_exchange_a_withdrawal_and_what_nobody_bills(desk: Desk) -> None:
    desk.types("ingest", desk.file("h.csv", "time,value\n2026-01-01T00:00Z,500\n"), "--register", "hours")
    desk.types(
        "exchange",
        "hours",
        "--at",
        "2026-01-20",
        "--closing",
        "520",
        "--opening",
        "3",
        "--serial",
        "SN-2",
        "--reason",
        "worn out",
    )
    desk.types("ingest", desk.file("i.csv", "time,value\n2026-02-01T00:00Z,10\n"), "--register", "hours")
    assert desk.asks("usage", "hours", "--from", "2026-01-01", "--to", "2026-02-01")[0]["quantity"] == "27"
    assert [(each["register"], each["readings"]) for each in desk.asks("unbilled")] == [("hours", 3)]
    desk.types("ingest", desk.file("a.csv", "time,value\n2026-01-05T10:00Z,60\n"), "--register", "kwh")
    assert (
        desk.asks("withdraw", "kwh", "--from", "2026-01-05", "--to", "2026-01-05", "--reason", "another machine's")[
            "withdrawn"
        ]
        == 1
    )


def test_a_replacement_and_a_repeated_delivery(desk: Desk) -> None:
    desk.types(
        "ingest", desk.file("a.csv", "time,value\n2026-01-05T10:00Z,60\n2026-01-05T11:00Z,60\n"), "--register", "kwh"
    )
    once = ("ingest", desk.file("b.csv", "time,value\n2026-01-05T10:00Z,80\n"), "--register", "kwh")
    keyed = ("--idempotency-key", "one")
    replacing = (*once, "--replaces", "2026-01-05/2026-01-06", *keyed)
    again = desk.asks(*replacing)
    assert (again["stored"], again["corrected"]) == (2, 2)
    assert desk.asks(*replacing)["repeated"]
    with pytest.raises(KeyUsedOtherwise):
        desk.types(*once, *keyed)


def test_a_file_of_which_no_row_is_good_ends_with_3_and_its_batch_is_recorded(desk: Desk) -> None:
    refused = desk.runner.invoke(
        app, ["ingest", desk.file("bad.csv", "time,value\nx,y\n"), "--register", "kwh", "--json"]
    )
    problem = json.loads(refused.output)
    assert (refused.exit_code, problem["type"], problem["refused"]) == (3, "/problems/nothing-stored", 1)
    assert desk.asks("batches")[0]["refused"] == 1


RULE = '{kind: graduated, unit: MWh, tiers: [{up_to: "10", unit_price: "95"}, {unit_price: "80"}]}'


@pytest.mark.parametrize(("terms", "net"), [
    pytest.param(RULE, "1150.00", id="one rule: 10 × 95 + 2.5 × 80"),
    pytest.param(f'[{RULE}, {{kind: per_unit, unit: kWh, unit_price: "0.001"}}]', "1162.50", id="a list: and 12500 × 0.001"),
])  # fmt: skip
def test_a_rule_is_tried_without_a_database(desk: Desk, monkeypatch: pytest.MonkeyPatch, terms: str, net: str) -> None:
    monkeypatch.setenv("DATABASE_URL", "postgres://nobody@127.0.0.1:9/nothing")
    answer = desk.asks(
        "price", "--terms", desk.file("r.yaml", terms), "--usage", desk.file("u.yaml", '{quantity: "12500", unit: kWh}')
    )
    assert net == answer["net"]
    assert f"net {net} EUR" in desk.types(
        "price", "--terms", str(desk.folder / "r.yaml"), "--usage", str(desk.folder / "u.yaml")
    )


def test_tenants_and_keys(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    made = desk.asks("user", "create", "dairy", "--role", "customer", "--party", "Blechwerke")
    assert made["key"].startswith(made["id"])
    assert desk.asks("key", "revoke", made["id"])["revoked"] is not None
    assert "tenant Third" in desk.types("tenant", "create", "Third")
    monkeypatch.setenv("USUFRUCT_TENANT", "Third")
    assert [] == desk.asks("contract", "show") == desk.asks("invoice", "list")


@pytest.mark.parametrize(("words", "error"), [
    (["ingest", "nowhere.csv"], "UnreadablePath"), (["invoice", "show", "2026-000099"], "UnknownInvoice"), (["contract", "show", "C-99"], "UnknownContract"),
    (["usage", "nothing", "--from", "2026-01-01", "--to", "2026-01-31"], "NoSuchRegister"), (["bill", "--until", "soon"], "NotATime"), (["bill", "--until", "2026-01-01T10:00"], "NotATime"),
    (["user", "create", "x", "--role", "customer", "--party", "Nobody"], "UnknownParty"), (["contract", "show", "--tenant", "Nobody"], "WhichTenant"),
])  # fmt: skip
def test_what_is_not_there_is_refused_by_name(desk: Desk, words: list[str], error: str) -> None:
    done = desk.runner.invoke(app, words)
    assert error == type(done.exception).__name__


def test_a_contract_is_written_tried_and_compared(desk: Desk) -> None:
    rows = "time,value\n2026-01-05T10:00Z,60\n2026-01-06T10:00Z,60\n2026-02-05T10:00Z,40\n"
    desk.types("ingest", desk.file("a.csv", rows), "--register", "kwh")
    was, now = desk.file("was.yaml", CONTRACT), desk.file("now.yaml", CONTRACT.replace('"0.50"', '"0.40"'))
    assert "charges energy rule tiers 1 unit price: 0.50 becomes 0.40" in desk.types("contract", "diff", was, now)
    assert "they agree the same" in desk.types("contract", "diff", was, was)
    days = ("--from", "2026-01-01", "--to", "2026-02-28")
    (alone,) = desk.asks("contract", "simulate", was, *days)
    assert [each["net"] for each in alone["periods"]] == ["154.00", "120.00"]
    page = desk.folder / "chart.html"
    said = desk.types("contract", "simulate", now, *days, "--against", was, "--html", str(page))
    assert all(part in said for part in ("154.00", "144.00", "-10.00", "274.00"))
    assert said.index("C-1 (was.yaml)") < said.index("C-1 (now.yaml)") < said.index("difference")
    assert "<svg" in page.read_text(encoding="utf-8")
    older, newer = desk.asks("contract", "simulate", now, *days, "--against", was)
    assert (older["net"], newer["net"], newer["difference"]) == ("274.00", "260.00", "-14.00")
    issued = desk.file("issued.csv", "period_from,charge,net\n2026-01-01,energy,54.00\n2026-01-01,fee,99.00\n")
    said = desk.types("contract", "shadow", was, "--invoices", issued)
    assert "1 of 2 agree; this contract bills +1.00 in all" in said
    assert json.loads(desk.types("contract", "schema"))["title"] == "Contract"


def test_a_contract_waits_for_another_pair_of_eyes(desk: Desk) -> None:
    desk.types("tenant", "four-eyes", "on")
    key = desk.asks("user", "create", "anna", "--role", "owner")["key"]
    desk.runner.invoke(app, ["login"], input=f"{key}\n", catch_exceptions=False)
    said = desk.types("contract", "apply", desk.file("c.yaml", CONTRACT.replace("C-1", "C-2")))
    assert "another than" in said
    refused = desk.runner.invoke(app, ["contract", "release", "C-2"])
    assert type(refused.exception).__name__ == "OwnWork"
    shown = {each["contract"]: each["released_by"] for each in desk.asks("contract", "show")}
    assert (shown["C-1"] is not None, shown["C-2"]) == (True, None)


def test_what_should_be_looked_at_is_said_when_a_contract_is_checked(desk: Desk) -> None:
    minimum = CONTRACT.replace("C-1", "C-9") + '  - {name: least, rule: {kind: minimum_spend, amount: "500"}}\n'
    assert "mind: /charges/2/rule: the minimum is due whatever" in desk.types(
        "contract", "check", desk.file("m.yaml", minimum)
    )
    abroad = CONTRACT.replace("C-1", "C-9").replace("name: Blechwerke, country: DE", "name: Blechwerke, country: FR")
    assert (
        "mind: /customer: service from DE at FR: cross-border reverse charge asks for a tax number of the supplier and the "
        "customer" in desk.types("contract", "check", desk.file("fr.yaml", abroad), "--alone")
    )


def test_indices_and_disputes(desk: Desk) -> None:
    assert "no index is recorded" in desk.types("index", "show")
    document = 'index: CPI\nvalues: [{month: 2026-01, value: "123.40", published: 2026-02-12, provisional: true}]\n'
    assert "1 new, 0 revised" in desk.types("index", "record", desk.file("cpi.yaml", document))
    final = desk.file("final.yaml", document.replace("123.40", "124").replace("true", "false"))
    assert "0 new, 1 revised" in desk.types("index", "record", final)
    assert [(each["value"], each["state"]) for each in desk.asks("index", "show", "CPI")] == [
        ("123.4", "provisional"),
        ("124", "final"),
    ]
    assert "0 released" in desk.types("index", "release", "CPI")
    raised = (
        "dispute",
        "raise",
        "C-1",
        "energy",
        "--from",
        "2026-01-01",
        "--to",
        "2026-02-01",
        "--reason",
        "meter doubted",
    )
    number = str(desk.asks(*raised)["dispute"])
    assert [each["outcome"] for each in desk.asks("dispute", "show", "C-1")] == [None]
    assert "waived" in desk.types("dispute", "settle", number, "--waived")
    assert "waived" in desk.types("dispute", "show", "C-1")


def test_an_amended_contract_written_as_yaml_records_nothing_new_and_is_another_tenants_first(desk: Desk) -> None:
    amended = CONTRACT.replace('"0.50"', '"0.40"') + "in_force_from: 2026-02-10\nreason: a better price\n"
    assert "version 2" in desk.types("contract", "apply", desk.file("amended.yaml", amended))
    shown = desk.file("shown.yaml", desk.types("contract", "show", "C-1", "--yaml"))
    assert "version 2" in desk.types("contract", "apply", shown)
    assert [version["version"] for version in desk.asks("contract", "show", "C-1")] == [1, 2]
    elsewhere = ("--tenant", "Südpresse")
    desk.types("tenant", "four-eyes", "off", "--reason", "one person", *elsewhere)
    desk.types("fleet", "apply", str(desk.folder / "fleet.yaml"), *elsewhere)
    assert "version 1" in desk.types("contract", "apply", shown, *elsewhere)


def test_a_whole_contract_is_priced_without_a_database(desk: Desk) -> None:
    terms = desk.file("t.yaml", CONTRACT)
    usage = desk.file("u.yaml", 'uses: {energy: {quantity: "120", unit: kWh}}\n')
    priced = desk.asks("price", "--terms", terms, "--usage", usage)
    assert (priced["net"], priced["period"]) == ("154.00", "2026-01-01/2026-02-01")
    assert "net 154.00 EUR" in desk.types("price", "--terms", terms, "--usage", usage)


class TestATrialOverTime:
    AMENDED = CONTRACT.replace('"0.50"', '"0.40"') + "in_force_from: 2026-02-10\n"
    USES = """
periods:
  - uses: {energy: {quantity: "120", unit: kWh}}
  - segments:
      - {first: 2026-02-01, uses: {energy: {quantity: "10", unit: kWh}}}
      - {first: 2026-02-10, uses: {energy: {quantity: "20", unit: kWh}}}
"""
    #: 100 + 100 × 0.50 + 20 × 0.20; 100 by days, 10 × 0.50 and 20 × 0.40.
    NETS = ("154.00", "113.00")

    def test_files_are_named_one_by_one(self, desk: Desk) -> None:
        terms = ("--terms", desk.file("t.yaml", CONTRACT), "--terms", desk.file("a.yaml", self.AMENDED))
        priced = desk.asks("price", *terms, "--usage", desk.file("u.yaml", self.USES))
        assert tuple(period["net"] for period in priced["periods"]) == self.NETS
        assert priced["net"] == "267.00"

    def test_a_trial_names_the_files_of_its_versions(self, desk: Desk) -> None:
        desk.file("t.yaml", CONTRACT)
        desk.file("a.yaml", self.AMENDED)
        trial = desk.file("trial.yaml", f"contract: t.yaml\namendments: [a.yaml]\n{self.USES}")
        told = desk.types("price", trial)
        assert "2026-02-01 to 2026-02-09, version in force from 2026-01-01" in told
        assert "2026-02-10 to 2026-02-28, version in force from 2026-02-10" in told
        assert "all together: net 267.00 EUR" in told

    def test_a_rule_and_its_uses_are_one_trial(self, desk: Desk) -> None:
        rule = 'rule: {kind: demand, unit: kW, unit_price: "9.80", ratchet: {percent: "80"}}\n'
        uses = 'usages: [{quantity: "500", unit: kW}, {quantity: "300", unit: kW}]\nnets: ["4900", "3920"]\n'
        told = desk.types("price", desk.file("trial.yaml", rule + uses))
        assert "carried on: peaks of 500, 300 kW in the periods before" in told
        alone = desk.file("r.yaml", rule.removeprefix("rule: "))
        assert desk.asks("price", "--terms", alone, "--usage", desk.file("u.yaml", uses))["net"] == "8820.00"

    @pytest.mark.parametrize("words", [(), ("--terms", "t.yaml"), ("--usage", "t.yaml"), ("t.yaml", "--usage", "t.yaml"), ("t.yaml", "--terms", "t.yaml")])  # fmt: skip
    def test_it_is_one_trial_or_terms_and_a_usage(self, desk: Desk, words: tuple[str, ...]) -> None:
        desk.file("t.yaml", CONTRACT)
        assert desk.runner.invoke(app, ["price", *words]).exit_code == 2


def test_what_holds_of_a_country_is_laid_out(desk: Desk) -> None:
    shown = desk.types("tax", "show", "DE", "--on", "2026-03-31")
    assert ["standard", "19", "2007-01-01", "DE", "DE"] in [line.split() for line in shown.splitlines()]
    assert ["381", "credit_note", "issued", "adjustment_line"] in [line.split() for line in shown.splitlines()]
    assert "documents are kept for 8 years" in shown
    assert "Rows(" not in shown
    assert {"country": "DE", "ships": True, "own": False, "waiting": False} in desk.asks("tax", "show")


def test_a_line_says_on_which_rows_its_tax_rests(desk: Desk) -> None:
    desk.types("fleet", "apply", desk.file("fleet.yaml", (desk.folder / "fleet.yaml").read_text()))
    fee = desk.file("c.yaml", CONTRACT.replace("C-1", "C-7").partition("  - name: energy")[0])
    desk.types("contract", "apply", fee)
    drafts = desk.asks("bill", "--until", "2026-02-01")["invoices"]
    (drafted,) = [draft for draft in drafts if draft["contract"] == "C-7"]
    explained = desk.types("explain", drafted["number"], "1")
    assert "tax        S 19 %, in DE: EU: domestic since 1993-01-01; DE: standard since 2007-01-01" in explained


def test_a_trial_is_not_asked_for_where_one_tenant_is_left(
    desk: Desk, access: Access, monkeypatch: pytest.MonkeyPatch
) -> None:
    with administering(access.administrator) as administrator:
        administrator.execute(text("update tenant set name = :trial where name <> 'Nordluft'"), {"trial": TRIAL_TENANT})
    monkeypatch.delenv("USUFRUCT_TENANT")
    assert "DE" in desk.types("tax", "show")
