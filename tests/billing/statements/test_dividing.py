"""Who has what of a saving, in a window and since the start, and what it leaves to the supplier.

100 kWh a day are saved, worth 0.20 each, and the contractor has 80 %: of the 90 days of the first quarter 1,440 of 1,800,
of the 91 of the second 1,456 of 1,820. Beside it a service costs 100 a month.
"""

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from sqlmodel import Session

from api.operations.statements import find_statement, list_statements, write_statement
from api.server.database import Access, Database
from billing.documents.verification.documents import VerificationReport
from billing.documents.views import statement_facts
from billing.statements import prepare as prepare_module
from billing.statements import store as statements
from billing.statements.prepare import prepare
from contracts import store as contracts
from contracts.schedule import BillingPeriod
from contracts.statement import StatementStep
from tests.billing.scene import on
from tests.billing.statements.daily import Daily, paper, plan, priced, terms
from tests.build import acts

PAPER = paper(("31000", "28000", "31000", "30000", "31000", "30000"))
SHARE = {"name": "share", "usage": "saved", "rule": priced("0.20", "80")}
SERVICE = {"name": "service", "rule": {"kind": "fixed_fee", "amount": "100"}}
COSTS = [{"name": "financing", "amount": ["900"]}, {"name": "maintenance", "amount": ["100.50"]}]


def contract(*charges: Mapping[str, Any], costs: Any = (), **more: Any) -> str:
    statement = {
        "per": "quarter", "signatories": {"Nordluft": ["Emil Kurz"], "Hanse": ["Dora Meier"]}, "costs": list(costs),
    }  # fmt: skip
    return terms([plan("saved", "kwh", PAPER)], charges or (SHARE, SERVICE), statement=statement, **more)


class Stated(Daily):
    """Quarters that are stated, agreed and billed."""

    def states(self, closes: str, day: str) -> statements.Statement:
        with self.database.transaction(self.tenant) as session:
            number = prepare(session, "S-1", date.fromisoformat(closes), by=acts(session, "anna"), at=on(day)).id
        with self.database.transaction(self.tenant) as session:
            assert statements.proves(session, number)
            return statements.find(session, number, on(day))

    def settles(self, closes: str, day: str) -> None:
        number = self.states(closes, day).id
        with self.database.transaction(self.tenant) as session:
            for step, person in ((StatementStep.SUBMITTED, "Emil Kurz"), (StatementStep.AGREED, "Dora Meier")):
                for who in ("bert", "carla"):  # on paper, entered by one and confirmed by another
                    by = acts(session, who)
                    statements.record_step(session, number, step, person=person, by=by, at=on(day), on_paper=True)
        assert self.bills(day).held == {}


def only(statement: statements.Statement) -> Any:
    (division,) = statement.content.divided
    return division


def margin_of(statement: statements.Statement) -> Any:
    return statement.content.margin


@pytest.fixture
def scene(access: Access, database: Database) -> Stated:
    made = Stated(access, database)
    made.meters({"kwh": "kWh"})
    made.reads("kwh", "2026-01-01", "2026-07-01", "900")
    return made


class TestWhatTheCustomerKeeps:
    @pytest.mark.long
    def test_of_a_window(self, scene: Stated) -> None:
        scene.agrees(contract())
        scene.bills("2026-03-05")
        part = only(scene.states("2026-03-01", "2026-04-01"))
        assert (part.saving, part.energy, part.unit, part.of) == ("saved", 9000, "kWh", "saved")
        assert (part.value, part.supplier, part.customer) == (1800, 1440, 360)
        assert (part.so_far.windows, part.so_far.customer) == (1, 360)

    def test_of_all_windows_since_the_start(self, scene: Stated, monkeypatch: pytest.MonkeyPatch) -> None:
        """1,800 + 1,820, less 1,440 + 1,456; the first is not measured again, as nothing has changed since."""
        scene.agrees(contract())
        scene.bills("2026-03-05")
        scene.settles("2026-03-01", "2026-04-01")
        scene.bills("2026-06-02")
        windows: list[date] = []

        def measured(session: Session, versions: Any, window: BillingPeriod, watermark: int) -> Any:
            windows.append(window.first)
            return statements.measured(session, versions, window, watermark)

        monkeypatch.setattr(prepare_module, "measured", measured)
        part = only(scene.states("2026-06-01", "2026-07-01"))
        assert windows == [date(2026, 4, 1)]
        assert (part.value, part.supplier, part.customer) == (1820, 1456, 364)
        so_far = part.so_far
        assert (so_far.windows, so_far.energy, so_far.value) == (2, 18100, 3620)
        assert (so_far.supplier, so_far.customer) == (2896, 724)

    @pytest.mark.long
    def test_a_reading_corrected_after_the_settlement_changes_both_sides(self, scene: Stated) -> None:
        """On a day of January 950 were used: 10 less in value, 8 of them the contractor's, which come back in April."""
        scene.agrees(contract())
        scene.bills("2026-03-05")
        scene.settles("2026-03-01", "2026-04-01")
        scene.reads("kwh", "2026-01-07", "2026-01-08", "950", "meter test", "2026-04-20")
        scene.bills("2026-06-02")
        part = only(scene.states("2026-06-01", "2026-07-01"))
        assert (part.value, part.supplier, part.customer) == (1820, 1456, 364)
        so_far = part.so_far
        assert (so_far.energy, so_far.value, so_far.supplier, so_far.customer) == (18050, 3610, 2888, 722)
        assert scene.replays() == []

    @pytest.mark.long
    def test_of_a_window_that_the_contracts_end_cuts_short(self, scene: Stated) -> None:
        """45 days: 4,500 × 0.20 = 900, of which 720."""
        scene.agrees(contract(ends="2026-02-15", costs=COSTS))
        scene.bills("2026-02-02")
        statement = scene.states("2026-02-01", "2026-02-16")
        assert (only(statement).value, only(statement).customer) == (900, 180)
        halved = [cost.amount for cost in margin_of(statement).costs]
        assert halved == [450, Decimal("50.25")]

    @pytest.mark.long
    def test_of_a_fee_for_all_energy_it_is_what_is_paid_less(self, scene: Stated) -> None:
        """90,000 kWh were expected at 0.20, and the fee is 10 % less: 16,200 of 18,000."""
        rule = {
            "kind": "trusteeship_fee", "unit": "kWh", "per": "quarter", "discount_percent": "10",
            "valuation": SHARE["rule"]["valuation"],  # type: ignore[index]
        }  # fmt: skip
        scene.agrees(contract({"name": "fee", "usage": "saved", "rule": rule}))
        scene.bills("2026-03-05")
        part = only(scene.states("2026-03-01", "2026-04-01"))
        assert (part.of, part.value, part.supplier, part.customer) == ("expected", 18000, 16200, 1800)

    @pytest.mark.long
    def test_what_no_charge_values_is_not_zero(self, scene: Stated) -> None:
        """10,000 kWh were guaranteed and 9,000 saved: 1,000 × 0.50 come back, and the rest has no value in money."""
        rule = {"kind": "savings_guarantee", "unit": "kWh", "per": "quarter", "guaranteed": ["10000"], "price": "0.50"}
        scene.agrees(contract({"name": "guarantee", "usage": "saved", "rule": rule}, SERVICE))
        scene.bills("2026-03-05")
        statement = scene.states("2026-03-01", "2026-04-01")
        part = only(statement)
        assert (part.energy, part.value, part.supplier, part.customer) == (9000, None, -500, None)
        assert VerificationReport().render(statement)[:5] == b"%PDF-"

    @pytest.mark.long
    def test_in_a_currency_without_cents(self, scene: Stated) -> None:
        """9,000 × 20 = 180,000 yen, of which 144,000."""
        share = {"name": "share", "usage": "saved", "rule": priced("20", "80")}
        scene.agrees(contract(share, currency="JPY"))
        scene.bills("2026-03-05")
        part = only(scene.states("2026-03-01", "2026-04-01"))
        assert (part.supplier, part.customer) == (144000, 36000)


class TestTheSuppliersMargin:
    @pytest.mark.long
    def test_is_what_the_contract_bills_less_its_costs(self, scene: Stated) -> None:
        """1,440 + 300 − 900 − 100.50; with the second quarter 2,896 + 600 − 2,001."""
        scene.agrees(contract(costs=COSTS))
        scene.bills("2026-03-05")
        first = margin_of(scene.states("2026-03-01", "2026-04-01"))
        assert (first.receipts, first.margin, first.margin_so_far) == (1740, Decimal("739.50"), Decimal("739.50"))
        scene.settles("2026-03-01", "2026-04-01")
        scene.bills("2026-06-02")
        second = margin_of(scene.states("2026-06-01", "2026-07-01"))
        assert (second.receipts, second.margin) == (1756, Decimal("755.50"))
        assert (second.windows, second.receipts_so_far, second.costs_so_far) == (2, 3496, 2001)
        assert second.margin_so_far == 1495

    @pytest.mark.long
    def test_is_not_there_where_no_costs_are_stated(self, scene: Stated) -> None:
        scene.agrees(contract())
        scene.bills("2026-03-05")
        assert scene.states("2026-03-01", "2026-04-01").content.margin is None

    def test_is_on_no_copy_for_the_customer(self, scene: Stated) -> None:
        scene.agrees(contract(costs=COSTS))
        scene.bills("2026-03-05")
        number, at = scene.states("2026-03-01", "2026-04-01").id, on("2026-04-01")
        own, plain = VerificationReport(margin=True), VerificationReport()
        with scene.database.transaction(1) as session:
            asked = find_statement(session, number, at, as_customer=True)
            (listed,) = list_statements(session, "S-1", at, as_customer=True)
            for statement in (asked, listed):
                assert statement.content.divided[0].customer == 360
                written = str(statement_facts(statement))
                assert not [word for word in ("margin", "financing", "maintenance", "100.5") if word in written]
            suppliers = statement_facts(find_statement(session, number, at))
            assert "financing" in str(suppliers)
            of_customer = write_statement(session, number, own, at, as_customer=True)
            assert of_customer == write_statement(session, number, plain, at)  # also what the supplier hands out
            assert of_customer != write_statement(session, number, own, at)
            version = contracts.versions(session, "S-1")[-1].contract
        assert "financing" not in version.for_customer.model_dump_json()
        assert "financing" in version.model_dump_json()

    @pytest.mark.long
    def test_a_change_of_costs_changes_no_cent_of_the_customers(self, scene: Stated) -> None:
        """In force within a period, it divides no line."""
        scene.agrees(contract(costs=COSTS))
        amended = contract(costs=COSTS[:1], in_force_from="2026-02-15", reason="maintenance is done by the customer")
        scene.amends(amended, "2026-02-10")
        scene.bills("2026-03-05")
        assert [line[:3] for line in scene.lines("2026-000002")] == [
            ("share", "1", "448.00"),
            ("service", "1", "100.00"),
        ]
