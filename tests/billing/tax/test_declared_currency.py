"""The VAT in the currency in which the issuer's country declares it, at the rate of the month of its tax point."""

from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from api.operations.contracts import check
from api.server.database import Access, Database
from billing.documents.views import invoice_out
from billing.invoices.document_tax import converted
from billing.records.inputs import RateRecord
from billing.tax.law_book import SHIPPED
from contracts.indexation.series import Index
from contracts.indexation.store import record, release
from contracts.release.store import releasing
from quantities.document import FaultyDocument, parse, read
from tests.billing.scene import CONTRACT, Scene, on
from tests.build import acts

RATES = """
index: USD per EUR
source: European Central Bank, euro foreign exchange reference rates, monthly average
values:
  - {month: 2026-01, value: "1.25", published: 2026-02-01}
"""
FEBRUARY = RATES.replace(
    '2026-01, value: "1.25", published: 2026-02-01', '2026-02, value: "1.28", published: 2026-03-01'
)
DOLLARS = CONTRACT.replace("currency: EUR", "currency: USD")
STATED = DOLLARS.replace(
    "charges:", "tax: {rate_of_exchange: {index: USD per EUR, per_unit_of_tax_currency: true}}\ncharges:"
)


def bills_a_late_reading(scene: Scene) -> None:
    """January is billed as nothing; 20 kWh of it come late, and are billed with February's fee at a rate of their own."""
    publishes(scene, RATES, "2026-02-01")
    scene.amends(STATED, "2026-01-02")
    scene.delivers("2026-01-05 10 0\n2026-02-05 10 0")
    scene.bills("2026-02-01")
    publishes(scene, FEBRUARY, "2026-03-01")
    scene.delivers("2026-01-06 10 20")
    scene.bills("2026-03-01")


@pytest.mark.parametrize(("country", "day", "currency"), [
    pytest.param("BG", "2025-12-31", "BGN", id="Bulgaria, the last day of the lev"),
    pytest.param("BG", "2026-01-01", "EUR", id="Bulgaria, the first day of the euro"),
    pytest.param("HR", "2022-12-31", "HRK", id="Croatia, the last day of the kuna"),
    pytest.param("HR", "2023-01-01", "EUR", id="Croatia, the first day of the euro"),
    pytest.param("CH", "2026-06-30", "CHF", id="Switzerland"),
    pytest.param("ZZ", "2026-06-30", None, id="a country of which nothing is known"),
])  # fmt: skip
def test_in_which_currency_tax_is_declared(country: str, day: str, currency: str | None) -> None:
    assert SHIPPED.currency(country, date.fromisoformat(day)) == currency


@pytest.mark.parametrize(("vat", "currency", "rate", "per_unit", "declared"), [
    pytest.param("19.00", "EUR", "1.25", True, "15.20", id="19 dollars at 1.25 a euro"),
    pytest.param("19.00", "EUR", "0.8", False, "15.20", id="the same rate, quoted the other way round"),
    pytest.param("19.00", "JPY", "157.345", False, "2990", id="in yen: 2,989.555"),
    pytest.param("-0.01", "EUR", "2", True, "-0.01", id="half a cent back is a cent back"),
])  # fmt: skip
def test_worked_figures(vat: str, currency: str, rate: str, *, per_unit: bool, declared: str) -> None:
    record = RateRecord(month="2026-01", index="r", value=Decimal(rate), per_unit=per_unit, id=1)
    assert str(converted({"2026-01": Decimal(vat)}, currency, [record])) == declared


@given(st.decimals(-(10**6), 10**6, places=2), st.decimals("0.0001", 10**4, places=4))
def test_what_is_taken_back_converts_to_what_was_declared(vat: Decimal, rate: Decimal) -> None:
    """The rate of the tax point counts for a correction as well, so a whole reversal leaves nothing."""
    record = RateRecord(month="2026-01", index="r", value=rate, per_unit=True, id=1)
    there, back = (converted({"2026-01": amount}, "EUR", [record]) for amount in (vat, -vat))
    assert there + back == 0


@pytest.fixture
def scene(access: Access, database: Database) -> Scene:
    return Scene(access, database).declared()


def publishes(scene: Scene, series: str, day: str) -> None:
    with scene.database.transaction(1) as session:
        index = parse(Index, read(series))
        record(session, index, recorded_by=acts(session, "anna"), recorded_at=on(day))
        release(session, index.index, releasing(session, acts(session, "bert"), on(day)))


def declared(scene: Scene) -> list[tuple[str, str, str, list[tuple[str, str]]]]:
    """Of each document its VAT, the currency and the VAT as it is declared, and by which rates."""
    return [
        (str(invoice.row.vat), noted.currency, str(noted.vat), [(rate.month, str(rate.value)) for rate in noted.rates])
        for invoice in scene.invoices()
        if invoice.row.inputs.tax is not None and (noted := invoice.row.inputs.tax.declared) is not None
    ]


class TestThroughTheLifeOfAContract:
    def test_a_contract_that_names_no_rate_has_a_fault(self, scene: Scene) -> None:
        publishes(scene, RATES, "2026-01-02")
        assert self.faults(scene, DOLLARS) == [("/tax/rate_of_exchange", "no-rate-of-exchange")]
        assert self.faults(scene, STATED) == []
        assert self.faults(scene, STATED.replace("USD per EUR", "USD for EUR")) == [
            ("/tax/rate_of_exchange/index", "unknown-index")
        ]
        owes_itself = DOLLARS.replace(
            "customer: {name: Blechwerke, country: DE}",
            'customer: {name: Blechwerke, country: FR, vat_id: "FR40303265045"}',
        ).replace("Nordluft, country: DE", "Nordluft, country: DE, vat_id: DE129273398")
        assert self.faults(scene, owes_itself) == []  # no VAT is charged, and none converted

    def faults(self, scene: Scene, terms: str) -> list[tuple[str, str]]:
        with scene.database.transaction(1) as session:
            try:
                check(session, read(terms))
            except FaultyDocument as refused:
                return [(fault.path, fault.code) for fault in refused.faults]
        return []

    def test_a_bill_waits_for_its_rate(self, scene: Scene) -> None:
        publishes(scene, RATES.partition("values:")[0], "2026-01-02")
        scene.amends(STATED, "2026-01-02")
        scene.delivers("2026-01-05 10 0")
        assert "USD per EUR has no value for 2026-01" in scene.bills("2026-02-01").held["C-1"]
        publishes(scene, RATES, "2026-02-02")
        scene.bills("2026-02-03")
        assert declared(scene) == [("19.00", "EUR", "15.20", [("2026-01", "1.25")])]
        assert scene.replays() == []

    def test_a_late_reading_bears_the_rate_of_its_own_month(self, scene: Scene) -> None:
        """20 kWh of January are 10.00 and 1.90: at 1.25 they are 1.52; the 19.00 of February at 1.28 are 14.84."""
        bills_a_late_reading(scene)
        assert declared(scene)[1] == ("20.90", "EUR", "16.36", [("2026-01", "1.25"), ("2026-02", "1.28")])
        shown = invoice_out(scene.invoices()[1]).model_dump(mode="json")["declared_vat"]
        assert (shown["currency"], shown["vat"], shown["rates"][0]) == (
            "EUR",
            "16.36",
            {"month": "2026-01", "index": "USD per EUR", "rate": "1.25", "per_unit_of_tax_currency": True},
        )
        assert scene.replays() == []

    def test_each_document_of_a_piece_of_work_declares_its_own(self, scene: Scene) -> None:
        """Damages bear no VAT, so their document declares none; a correction in Bulgaria is a credit note of its own."""
        publishes(scene, RATES, "2026-02-01")
        bulgarian = STATED.replace("country: DE", "country: BG")
        damages = '  - {name: late, nature: damages, rule: {kind: fixed_fee, amount: "5.00"}}\n'
        scene.amends(bulgarian + damages, "2026-01-02")
        scene.delivers("2026-01-05 10 20\n2026-02-05 10 0")
        scene.bills("2026-02-01")
        assert [vat for *_, vat, _ in declared(scene)] == ["17.60"]  # 20 % of 110 are 22.00
        publishes(scene, FEBRUARY, "2026-03-01")
        scene.delivers("2026-01-06 10 20")
        scene.bills("2026-03-01")
        assert [(vat, rates) for *_, vat, rates in declared(scene)][1:] == [
            ("15.63", [("2026-02", "1.28")]),
            ("1.60", [("2026-01", "1.25")]),
        ]
        assert scene.replays() == []

    def test_a_rate_that_is_revised_leaves_what_was_declared(self, scene: Scene) -> None:
        publishes(scene, RATES, "2026-02-01")
        scene.amends(STATED, "2026-01-02")
        scene.delivers("2026-01-05 10 0")
        scene.bills("2026-02-01")
        publishes(scene, RATES.replace("1.25", "1.30"), "2026-02-10")
        assert declared(scene)[0][3] == [("2026-01", "1.25")]
        assert scene.replays() == []

    def test_one_that_was_moved_no_longer_proves(self, scene: Scene) -> None:
        publishes(scene, RATES, "2026-02-01")
        scene.amends(STATED, "2026-01-02")
        scene.delivers("2026-01-05 10 0")
        scene.bills("2026-02-01")
        scene.as_superuser("""set session_replication_role = replica;
            update invoice set inputs = jsonb_set(inputs::jsonb, '{tax,declared,vat}', '"15.21"')""")
        assert [discrepancy.what for discrepancy in scene.replays()] == ["the VAT as it is declared"]

    def test_a_stored_contract_that_names_none_goes_on(self, scene: Scene) -> None:
        scene.amends(DOLLARS, "2026-01-02")
        scene.delivers("2026-01-05 10 0")
        scene.bills("2026-02-01")
        assert (declared(scene), len(scene.invoices())) == ([], 1)
        assert scene.replays() == []
