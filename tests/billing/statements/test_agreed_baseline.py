"""A saving by a baseline on paper: billed, corrected, replaced, adjusted, held, stated and computed again.

January's 31,000 kWh are 1,000 a day, February's 28,000 as well, March's 31,000 too; 900 a day are measured.
"""

from datetime import date
from decimal import Decimal
from typing import Any

import pytest
import yaml

from api.server.database import Access, Database
from billing.documents.verification.documents import VerificationReport
from billing.documents.views import statement_facts
from billing.invoices import store
from billing.proof.explain import explain
from billing.records.proof import UseProof
from billing.records.statement import StatedAgreedBaseline
from billing.statements import store as statements
from billing.statements.prepare import prepare
from contracts.contract import Contract
from contracts.recording.store import read_checked
from quantities.document import FaultyDocument, parse, read
from tests.billing.scene import adjusting, on
from tests.billing.statements.daily import SIGNED, SOURCE, Daily, paper, plan, priced, terms

BY_MONTH = ("31000", "28000", "31000")
STATEMENT = {"per": "quarter", "signatories": {"Nordluft": ["Emil Kurz"], "Hanse": ["Dora Meier"]}}
SHARE = {"name": "share", "usage": "saved", "rule": priced("0.20")}


def contract(baseline: Any = None, **more: Any) -> str:
    saving = plan("saved", "kwh", baseline or paper(BY_MONTH), **more.pop("plan", {}))
    return terms([saving], [SHARE], **more)


@pytest.fixture
def scene(access: Access, database: Database) -> Daily:
    made = Daily(access, database)
    made.meters({"kwh": "kWh"})
    made.reads("kwh", "2026-01-01", "2026-04-01", "900")
    return made


class TestBilled:
    def test_each_month_is_the_paper_less_the_meter_at_the_price(self, scene: Daily) -> None:
        """31 × 100 × 0.20, 28 × 100 × 0.20, 31 × 100 × 0.20."""
        scene.agrees(contract())
        scene.bills("2026-04-01")
        assert [scene.nets(f"2026-{n:06d}") for n in (1, 2, 3)] == [["620.00"], ["560.00"], ["620.00"]]
        assert scene.replays() == []

    @pytest.mark.long
    def test_the_proof_says_that_it_is_agreed_and_where(self, scene: Daily) -> None:
        scene.agrees(contract())
        scene.bills("2026-02-01")
        with scene.database.transaction(1) as session:
            usage = explain(session, store.find(session, "2026-000001"), 1, most=1).line.proof.usage
        assert isinstance(usage, UseProof)
        assert usage.calculation == (
            "31000 expected − 27900 measured kWh; 31 in_range; by a baseline agreed on paper and not fitted: "
            "Audit report E-2025-07, annex 3, table 2, signed on 2025-11-30 by Nordluft and Hanse"
        )

    @pytest.mark.long
    def test_a_reading_corrected_after_the_invoice_comes_back_as_an_adjustment(self, scene: Daily) -> None:
        """On one day 950 were used: 50 × 0.20."""
        scene.agrees(contract())
        scene.bills("2026-02-01")
        scene.reads("kwh", "2026-01-07", "2026-01-08", "950", "meter test", "2026-02-20")
        scene.bills("2026-03-01")
        lines = adjusting(scene.lines("2026-000002"))
        assert sum(Decimal(line[2]) for line in lines) == Decimal("-10.00")
        assert {line[3] for line in lines} == {"2026-000001"}
        assert scene.replays() == []

    @pytest.mark.long
    def test_in_a_currency_without_cents_and_in_another_zone(self, access: Access, database: Database) -> None:
        """31 × 100 × 20 yen."""
        tokyo = Daily(access, database, zone="Asia/Tokyo")
        tokyo.meters({"kwh": "kWh"})
        tokyo.reads("kwh", "2026-01-01", "2026-02-01", "900")
        yen = {"name": "share", "usage": "saved", "rule": priced("20")}
        baseline = paper(BY_MONTH, zone="Asia/Tokyo")
        tokyo.agrees(terms([plan("saved", "kwh", baseline)], [yen], currency="JPY", zone="Asia/Tokyo"))
        tokyo.bills("2026-02-01")
        assert tokyo.nets("2026-000001") == ["62000"]
        assert tokyo.replays() == []


class TestReplacedAndAdjusted:
    def test_another_paper_counts_from_its_day_on(self, scene: Daily) -> None:
        """14 days of 1,000 and 14 of 950, less 28 of 900: 2,100 × 0.20; what was billed stays."""
        scene.agrees(contract())
        scene.bills("2026-02-01")
        later = paper(("29450", "26600"), source={**SOURCE, "document": "Addendum 1"}, first="2026-02-15")
        reason = {"in_force_from": "2026-02-15", "reason": "the hall was sealed"}
        scene.amends(contract(later, **reason), "2026-02-10")
        scene.bills("2026-03-01")
        assert scene.nets("2026-000001") == ["620.00"]
        assert sum(map(Decimal, scene.nets("2026-000002"))) == Decimal("420.00")
        assert scene.replays() == []

    @pytest.mark.long
    def test_a_non_routine_adjustment_comes_on_top(self, scene: Daily) -> None:
        """March has 743 hours: 3,100 + 5 kW × 743 h = 6,815 kWh × 0.20."""
        load = {
            "name": "server room", "first": "2026-03-01", "power": "5", "reason": "a tenant's servers", "evidence": "S7",
            "signatures": SIGNED,
        }  # fmt: skip
        scene.agrees(contract(plan={"adjustments": [load]}))
        scene.bills("2026-04-01")
        assert scene.nets("2026-000003") == ["1363.00"]

    def test_days_for_which_nothing_is_agreed_are_held_and_never_zero(self, scene: Daily) -> None:
        scene.agrees(contract(paper(BY_MONTH, after_last="2026-03-01")))
        held = scene.bills("2026-04-01").held["S-1"]
        assert held == "share: saved: 0 of 31 rows count; 31 missing"
        assert len(scene.invoices()) == 2


class TestStated:
    def prepared(self, scene: Daily, baseline: Any = None) -> statements.Statement:
        scene.agrees(contract(baseline, statement=STATEMENT))
        scene.bills("2026-03-05")
        with scene.database.transaction(1) as session:
            number = prepare(session, "S-1", date(2026, 3, 1), by="Emil Kurz", at=on("2026-04-01")).id
        with scene.database.transaction(1) as session:
            assert statements.proves(session, number)
            return statements.find(session, number, on("2026-04-01"))

    def test_that_it_is_agreed_and_what_is_therefore_not_computed(self, scene: Daily) -> None:
        statement = self.prepared(scene)
        (saving,) = statement.content.savings
        stated = saving.baseline
        assert isinstance(stated, StatedAgreedBaseline)
        assert stated.source == SOURCE
        assert stated.model["energies"][:2] == ["31000", "28000"]
        assert stated.not_computed.keys() == {"figures", "own_period", "sufficiency", "uncertainty", "ranges"}
        assert saving.total.saved == 9000
        assert not saving.uncertainty
        shown = statement_facts(statement)["content"]
        assert isinstance(shown, dict)
        assert shown["savings"][0]["baseline"]["kind"] == "agreed"
        assert VerificationReport().render(statement)[:5] == b"%PDF-"

    @pytest.mark.long
    def test_an_agreed_uncertainty_as_it_was_agreed(self, scene: Daily) -> None:
        """8 % of the 90,000 kWh that the paper expects of the quarter."""
        statement = self.prepared(scene, paper(BY_MONTH, uncertainty={"percent": "8", "confidence": "0.68"}))
        assert statement.content.savings[0].uncertainty == {"agreed": 7200}
        assert VerificationReport().render(statement)[:5] == b"%PDF-"


class TestFaults:
    @pytest.mark.parametrize(
        ("baseline", "faults"),
        [
            pytest.param(paper(BY_MONTH, source={**SOURCE, "parties": ["Nordluft"]}), {"/source/parties": "not-signed"}, id="signed by one party"),
            pytest.param(paper(BY_MONTH, first="2026-02-01"), {"/first": "not-agreed-yet"}, id="agreed for later days"),
            pytest.param(paper(BY_MONTH, first="2025-01-01", after_last="2026-01-01"), {"/after_last": "no-longer-agreed"}, id="agreed for earlier days"),
            pytest.param(paper(BY_MONTH, input_sha256="0" * 64), {"/input_sha256": "fitted-not-agreed"}, id="with the hash of a fit"),
        ],
    )  # fmt: skip
    def test_each_with_its_place(self, baseline: Any, faults: dict[str, str]) -> None:
        with pytest.raises(FaultyDocument) as refused:
            parse(Contract, read(contract(baseline)))
        found = {fault.path.removeprefix("/savings/0/option/baseline"): fault.code for fault in refused.value.faults}
        assert found == faults

    @pytest.mark.long
    def test_against_the_fleet_and_the_version_before(self, scene: Daily) -> None:
        with scene.database.transaction(1) as session, pytest.raises(FaultyDocument) as refused:
            read_checked(session, read(contract(paper(BY_MONTH, unit="m3"))))
        assert {fault.path: fault.code for fault in refused.value.faults} == {
            "/savings/0/option/registers/0": "incompatible-unit",
            "/charges/0/rule/unit": "incompatible-unit",
        }
        scene.agrees(contract())
        amended = read(contract(paper(("29450",)), in_force_from="2026-02-01"))
        with scene.database.transaction(1) as session, pytest.raises(FaultyDocument, match="say why"):
            read_checked(session, read(yaml.safe_dump(amended)))
