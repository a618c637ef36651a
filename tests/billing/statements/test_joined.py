"""A guarantee over electricity, gas and heat: joined into one unit, settled, held, corrected, stated.

Of each day 100 kWh of electricity, 10 m³ of gas and 0.1 GJ of heat are saved. The first quarter has 90 days: 9,000 kWh ×
0.1229 = 1,106.1 kgce; 900 m³ × 35.544 MJ × 0.03412 = 1,091.485152 kgce; 9,000 MJ × 0.03412 = 307.08 kgce; in all
2.504665152 tce.
"""

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from api.server.database import Access, Database
from billing.documents.verification.documents import VerificationReport
from billing.invoices import store
from billing.proof.explain import explain
from billing.records.proof import UseProof
from billing.statements import store as statements
from billing.statements.prepare import prepare
from quantities.document import FaultyDocument
from tests.billing.scene import adjusting, on
from tests.billing.statements.daily import Daily, paper, plan, terms
from tests.contracts.test_joined import carrier, factor

UNITS = {"electricity": "kWh", "gas": "m3", "heat": "GJ"}
BASELINES = {
    "electricity": paper(("31000", "28000", "31000", "30000"), "kWh"),
    "gas": paper(("3100", "2800", "3100", "3000"), "m3"),
    "heat": paper(("31", "28", "31", "30"), "GJ"),
}
READS = {"electricity": "900", "gas": "90", "heat": "0.9"}
COAL = {
    "electricity": carrier(factor("0.1229", "kgce", "kWh"), saving="electricity"),
    "gas": carrier(factor("0.03412", "kgce", "MJ"), heat_values=[factor("35.544", "MJ", "m3")], saving="gas"),
    "heat": carrier(factor("0.03412", "kgce", "MJ"), saving="heat"),
}
PRIMARY = {
    "electricity": carrier(factor("1.8", "kWh", "kWh"), saving="electricity"),
    "gas": carrier(factor("1.1", "kWh", "kWh"), heat_values=[factor("11.2", "kWh", "m3")], saving="gas"),
    "heat": carrier(factor("0.7", "kWh", "kWh"), saving="heat"),
}
SAVINGS = [plan(name, name, baseline, places="1") for name, baseline in BASELINES.items()]


def contract(carriers: Any = None, unit: str = "tce", rule: Any = None, **more: Any) -> str:
    """3 tce a quarter are guaranteed, and each that is missing costs 900, unless stated otherwise."""
    stated = {
        "kind": "savings_guarantee", "unit": "tce", "per": "quarter", "guaranteed": ["3"], "price": "900", **(rule or {}),
    }  # fmt: skip
    joined = list((carriers or COAL).values())
    return terms(
        SAVINGS,
        [
            {"name": "service", "rule": {"kind": "fixed_fee", "amount": "100"}},
            {"name": "guarantee", "usage": "all carriers", "rule": stated},
        ],
        usages=[{"name": "all carriers", "unit": unit, "joined": joined}],
        **more,
    )


def owed(scene: Daily, number: str) -> Decimal:
    return sum((Decimal(line[2]) for line in scene.lines(number) if line[0] == "guarantee"), Decimal(0))


def reads(
    scene: Daily, names: Sequence[str] = tuple(UNITS), first: str = "2026-01-01", last: str = "2026-04-01"
) -> None:
    for name in names:
        scene.reads(name, first, last, READS[name])


@pytest.fixture
def scene(access: Access, database: Database) -> Daily:
    made = Daily(access, database)
    made.meters(UNITS)
    return made


class TestTheJoinedUnit:
    @pytest.mark.parametrize(
        ("unit", "carriers", "rule", "net"),
        [
            pytest.param("tce", COAL, {}, "-445.80", id="(3 − 2.504665152) tce × 900 = 445.8013632"),
            pytest.param("GJ", COAL, {"unit": "GJ", "guaranteed": ["80"], "price": "30"}, "-197.83", id="(80 − 2.504665152 × 29.3076) GJ × 30 = 197.82826…"),
            pytest.param("kWh", PRIMARY, {"unit": "kWh", "guaranteed": ["28000"], "price": "0.05", "bonus_percent": "30"}, "15.57", id="9,000 × 1.8 + 900 × 11.2 × 1.1 + 2,500 × 0.7 = 29,038: 30 % of 1,038 × 0.05"),
            pytest.param("tce", COAL, {"dead_band_percent": "20"}, "0.00", id="within 20 % of 3 tce nothing is owed"),
        ],
    )  # fmt: skip
    @pytest.mark.long
    def test_shortfall_and_excess(self, scene: Daily, unit: str, carriers: Any, rule: Any, net: str) -> None:
        reads(scene)
        scene.agrees(contract(carriers, unit, rule))
        assert scene.bills("2026-04-01").held == {}
        assert owed(scene, "2026-000003") == Decimal(net)
        assert scene.replays() == []

    def test_a_factor_that_changes_within_a_month(self, scene: Daily) -> None:
        """45 days of 100 kWh × 0.1229 and 45 × 0.115: 1,070.55 kgce; short of 3 tce by 0.530884848, at 900."""
        changed = carrier(
            factor("0.1229", "kgce", "kWh"), factor("0.115", "kgce", "kWh", "2026-02-15"), saving="electricity"
        )
        reads(scene)
        scene.agrees(contract(COAL | {"electricity": changed}))
        scene.bills("2026-04-01")
        assert owed(scene, "2026-000003") == Decimal("-477.80")
        assert scene.replays() == []

    @pytest.mark.long
    def test_the_contracts_end_shares_the_promise_by_days(self, scene: Daily) -> None:
        """45 of 90 days: 1.5 − 1.252332576 tce, at 900."""
        reads(scene)
        scene.agrees(contract(ends="2026-02-15"))
        scene.bills("2026-04-01")
        assert owed(scene, "2026-000002") == Decimal("-222.90")
        assert scene.replays() == []

    @pytest.mark.long
    def test_another_tenants_carriers_of_the_same_names_are_its_own(self, scene: Daily) -> None:
        """It saves 20 m³ a day: 1,106.1 + 1,800 × 35.544 × 0.03412 + 307.08 are 3,596.150304 kgce, and nothing is owed."""
        other = Daily(scene.access, scene.database, tenant=2)
        other.meters(UNITS)
        other.reads("gas", "2026-01-01", "2026-04-01", "80")
        reads(other, ("electricity", "heat"))
        reads(scene)
        for tenant in (scene, other):
            tenant.agrees(contract())
            tenant.bills("2026-04-01")
        assert (owed(scene, "2026-000003"), owed(other, "2026-000003")) == (Decimal("-445.80"), Decimal(0))
        assert scene.replays() == other.replays() == []


class TestTheProof:
    @pytest.mark.long
    def test_it_opens_to_each_carriers_saving_factors_and_registers(self, scene: Daily) -> None:
        reads(scene)
        scene.agrees(contract(rule={"per": "month", "guaranteed": ["1"]}))
        scene.bills("2026-02-01")
        with scene.database.transaction(1) as session:
            usage = explain(session, store.find(session, "2026-000001"), 2, most=1).line.proof.usage
        assert isinstance(usage, UseProof)
        assert usage.calculation.startswith(
            "all carriers = 0.8627179968 tce: electricity 3100 kWh × 0.1229 kgce/kWh from 2026-01-01 (GB/T 2589-2020, "
            "annex A) = 0.38099 tce; gas 310 m3 × 35.544 MJ/m3 from 2026-01-01 (GB/T 2589-2020, annex A) × 0.03412 "
            "kgce/MJ from 2026-01-01 (GB/T 2589-2020, annex A) = 0.3759559968 tce; heat 3.1 GJ × 0.03412 kgce/MJ"
        )
        assert "gas: 3100 expected − 2790 measured m3; 31 in_range; by a baseline agreed on paper" in usage.calculation
        assert {register.register_key for register in usage.registers} == {"electricity", "gas", "heat"}


class TestLateAndCorrected:
    def test_a_carrier_that_is_not_read_holds_the_settlement_and_is_not_zero(self, scene: Daily) -> None:
        reads(scene, ("electricity", "heat"))
        reads(scene, ("gas",), last="2026-03-01")
        scene.agrees(contract())
        held = scene.bills("2026-04-01").held
        assert held == {"S-1": "guarantee: gas: 59 of 90 rows count"}
        assert len(scene.invoices()) == 2  # January and February settle nothing
        reads(scene, ("gas",), first="2026-03-01")
        assert scene.bills("2026-04-02").held == {}
        assert owed(scene, "2026-000003") == Decimal("-445.80")
        assert scene.replays() == []

    @pytest.mark.long
    def test_a_correction_of_one_carrier_after_the_settlement_is_an_adjustment(self, scene: Daily) -> None:
        """One day used 190 m³ instead of 90: 100 × 35.544 × 0.03412 = 121.276128 kgce less, at 0.9 a kgce: 109.15."""
        reads(scene, last="2026-05-01")
        scene.agrees(contract())
        scene.bills("2026-04-01")
        scene.reads("gas", "2026-01-07", "2026-01-08", "190", "meter test", "2026-04-20")
        scene.bills("2026-05-01")
        lines = adjusting(scene.lines("2026-000004"))
        assert sum(Decimal(line[2]) for line in lines) == Decimal("-554.95") + Decimal("445.80")
        assert scene.replays() == []

    @pytest.mark.long
    def test_an_amended_factor_counts_from_its_day(self, scene: Daily) -> None:
        """March by 0.115: 5,900 × 0.1229 + 3,100 × 0.115 = 1,081.61 kgce; short by 0.519824848 tce, at 900."""
        changed = carrier(
            factor("0.1229", "kgce", "kWh"), factor("0.115", "kgce", "kWh", "2026-03-01"), saving="electricity"
        )
        reads(scene)
        scene.agrees(contract())
        scene.bills("2026-03-01")
        reason = {"in_force_from": "2026-03-01", "reason": "a new edition of the norm"}
        scene.amends(contract(COAL | {"electricity": changed}, **reason), "2026-02-20")
        scene.bills("2026-04-01")
        assert owed(scene, "2026-000003") == Decimal("-467.84")
        assert scene.replays() == []


def test_the_rules_unit_is_an_energy_as_the_joined_one_is(scene: Daily) -> None:
    with pytest.raises(FaultyDocument, match="m3 measures volume"):
        scene.agrees(contract(rule={"unit": "m3"}))


class TestStated:
    def test_each_carrier_with_its_factors_and_what_it_brings_in(self, scene: Daily) -> None:
        changed = carrier(
            factor("0.1229", "kgce", "kWh"), factor("0.115", "kgce", "kWh", "2026-02-15"), saving="electricity"
        )
        signatories = {"per": "quarter", "signatories": {"Nordluft": ["Emil Kurz"], "Hanse": ["Dora Meier"]}}
        reads(scene)
        scene.agrees(contract(COAL | {"electricity": changed}, statement=signatories))
        scene.bills("2026-03-05")
        with scene.database.transaction(1) as session:
            number = prepare(session, "S-1", date(2026, 3, 1), by="Emil Kurz", at=on("2026-04-01")).id
        with scene.database.transaction(1) as session:
            assert statements.proves(session, number)
            made = statements.find(session, number, on("2026-04-01"))
        (joined,) = made.content.joined
        assert (joined.name, joined.unit, joined.total) == ("all carriers", "tce", Decimal("2.469115152"))
        brought = [(share.saving, share.saved, share.amount) for share in joined.carriers]
        assert brought == [
            ("electricity", Decimal(4500), Decimal("0.55305")),
            ("electricity", Decimal(4500), Decimal("0.5175")),
            ("gas", Decimal(900), Decimal("1.091485152")),
            ("heat", Decimal(9), Decimal("0.30708")),
        ]
        assert [money.charge for money in made.content.money] == ["guarantee"]
        assert made.content.money[0].window == Decimal("-477.80")
        february = [part.since for part in made.content.savings[0].parts if part.month == "2026-02"]
        assert february == [None, date(2026, 2, 15)]
        assert VerificationReport().render(made)[:5] == b"%PDF-"
