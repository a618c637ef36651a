"""What came with documents of every kind, together: prepaid, split, shared, given back, corrected by other laws."""

from collections import defaultdict
from decimal import ROUND_HALF_UP, Decimal

import pytest

from api.server.database import Access, Database
from billing.invoices.store import StoredInvoice
from tests.billing.credits.giving import gives
from tests.billing.scene import Scene

HEAD = """
contract: C-1
supplier: {name: Nordluft, country: %s}
customer: {name: Blechwerke, country: %s}
assets: [Press]
currency: EUR
zone: Europe/Berlin
starts: 2026-01-01
ends: 2026-04-01
settings: {least_coverage: "0"}
"""
PREPAID = """
charges:
  - {name: claim, nature: prepayment, rule: {kind: one_off, amount: "100.00", on: 2026-01-01, in_advance: true}}
  - {name: energy, register: kwh, rule: {kind: per_unit, unit: kWh, unit_price: "0.50"}}
  - {name: books, tax: {rate: reduced}, rule: {kind: fixed_fee, amount: "20.00"}}
  - {name: rebate, rule: {kind: discount, percent: "10", of: [energy, books]}}
  - {name: drawn, rule: {kind: drawdown, amount: "100.00", claimed: 2026-01-01, of: [energy]}}
"""
SPLIT = """
charges:
  - name: rent
    rule: {kind: fixed_fee, amount: "100.00"}
    split: {unit: kWh, parts: [{name: hall, uses: [kwh]}, {name: yard, uses: [hours_used]}]}
  - {name: energy, register: kwh, rule: {kind: per_unit, unit: kWh, unit_price: "0.50"}}
usages: [{name: hours_used, registers: [kwh]}]
"""
SHARED = """
charges:
  - name: energy
    register: kwh
    rule: {kind: per_unit, unit: kWh, unit_price: "0.50"}
    waterfall: {steps: [{kind: first, payee: Bank, amount: "30"}, {kind: percent, percent: "12", of: rest}], rest: Owner}
"""


@pytest.fixture
def scene(access: Access, database: Database) -> Scene:
    return Scene(access, database)


def whole(documents: list[StoredInvoice]) -> None:
    """Each document's VAT is its own base times its rate, rounded, and nothing outside of tax stands beside the taxed."""
    for document in documents:
        bases = defaultdict[Decimal, Decimal](Decimal)
        for line in document.lines:
            bases[line.tax.rate] += line.net
        vat = sum(
            ((base * rate / 100).quantize(Decimal("0.01"), ROUND_HALF_UP) for rate, base in bases.items()), Decimal(0)
        )
        assert (document.row.net, document.row.vat) == (sum(bases.values()), vat), document.name
        assert len({line.nature.value in ("damages", "deposit") for line in document.lines}) == 1


def read_late(scene: Scene, late: str) -> Scene:
    scene.bills("2026-01-02")
    scene.delivers("2026-01-05 10 120")
    scene.bills("2026-02-01")
    scene.delivers("2026-02-05 10 40")
    scene.delivers(f"2026-01-05 10 {late}", reason="meter test", by="jonas")
    for day in ("2026-03-01", "2026-04-01", "2026-04-20"):
        if day == "2026-04-01":
            scene.delivers("2026-03-05 10 10")
        scene.bills(day)
    return scene


@pytest.mark.parametrize(("late", "country"), [
    ("80", "DE"), ("160", "FR"), ("80", "RO"),
    *(pytest.param(late, country, marks=pytest.mark.long) for late, country in [("160", "DE"), ("80", "FR"), ("160", "RO")]),
])  # fmt: skip
def test_a_late_reading_of_what_is_prepaid_and_reduced_over_two_rates(scene: Scene, country: str, late: str) -> None:
    read_late(scene.declared(HEAD % (country, country) + PREPAID), late)
    documents = scene.invoices()
    whole(documents)
    of_charge = defaultdict[str, Decimal](Decimal)
    for document in documents:
        for line in document.lines:
            of_charge[line.charge] += line.net
    used = (Decimal(late) + 50) * Decimal("0.50")
    assert of_charge["energy"] == used
    assert of_charge["books"] == 60
    assert of_charge["rebate"] == -(used + 60) / 10
    assert of_charge["claim"] + of_charge["drawn"] == 0  # what is not drawn is given back at the end
    assert scene.replays() == []


@pytest.mark.parametrize("country", ["DE", "RO"])
def test_a_share_of_a_split_is_given_back_and_its_line_corrected(scene: Scene, country: str) -> None:
    scene.declared(HEAD % (country, country) + SPLIT)
    scene.delivers("2026-01-05 10 120")
    scene.bills("2026-02-01")
    first = scene.invoices()[0]
    shares = [pos for pos, line in enumerate(first.lines, start=1) if line.charge == "rent"]
    gives(scene, first.name, {"line": shares[0], "percent": "10"}, {"line": shares[1], "amount": "5.00"})
    scene.delivers("2026-02-05 10 40")
    scene.delivers("2026-01-05 10 80", reason="meter test", by="jonas")
    scene.bills("2026-03-01")
    documents = scene.invoices()
    whole(documents)
    january = [
        line for one in documents for line in one.lines if line.charge == "rent" and line.service_first.month == 1
    ]
    assert sum(line.net for line in january) == Decimal("90.00")  # 100 less 5.00 and 5.00
    assert scene.replays() == []


@pytest.mark.parametrize("late", ["40", "160"])
def test_what_is_shared_is_given_back_and_corrected_and_each_has_its_part(scene: Scene, late: str) -> None:
    scene.declared(HEAD % ("DE", "DE") + SHARED)
    scene.delivers("2026-01-05 10 120")
    scene.bills("2026-02-01")
    gives(scene, scene.invoices()[0].name, {"line": 1, "percent": "10"})
    scene.delivers("2026-02-05 10 40")
    scene.delivers(f"2026-01-05 10 {late}", reason="meter test", by="jonas")
    scene.bills("2026-03-01")
    documents = scene.invoices()
    whole(documents)
    for document in documents:
        for line in document.lines:
            assert sum(map(Decimal, line.payees.values())) == line.net
    bank = sum(
        Decimal(line.payees.get("Bank", "0"))
        for one in documents
        for line in one.lines
        if line.service_first.month == 1 and line.proof.credit is None
    )
    assert bank == min(Decimal(30), Decimal(late) / 2)
    assert scene.replays() == []


@pytest.mark.parametrize("late", ["40", "160"])
def test_what_is_shared_is_corrected_after_the_end_by_a_document_of_its_own(scene: Scene, late: str) -> None:
    terms = (HEAD % ("FR", "FR")).replace("ends: 2026-04-01", "ends: 2026-02-01") + SHARED
    scene.declared(terms)
    scene.delivers("2026-01-05 10 120")
    scene.bills("2026-02-01")
    scene.delivers(f"2026-01-05 10 {late}", reason="meter test", by="jonas")
    for day in ("2026-02-02", "2026-02-20"):
        scene.bills(day)
    first, correction = scene.invoices()
    whole([first, correction])
    assert (correction.names, correction.row.document_type) == ((first.name,), "381" if late == "40" else "384")
    assert all(sum(map(Decimal, line.payees.values())) == line.net for line in correction.lines)
    assert scene.replays() == []


def test_a_share_of_a_split_is_given_back_in_a_currency_without_cents(scene: Scene) -> None:
    terms = (HEAD % ("JP", "JP")).replace("currency: EUR", "currency: JPY") + SPLIT.replace('"100.00"', '"101"')
    scene.declared(terms)
    scene.delivers("2026-01-05 10 120")
    scene.bills("2026-02-01")
    (invoice,) = scene.invoices()
    rents = [pos for pos, line in enumerate(invoice.lines, start=1) if line.charge == "rent"]
    gives(scene, invoice.name, {"line": rents[0], "percent": "10"})
    nets = [line.net for one in scene.invoices() for line in one.lines if line.charge == "rent"]
    assert sorted(nets) == [-5, 50, 51]
    assert scene.replays() == []


def test_what_is_prepaid_is_drawn_by_the_days_of_another_zone(scene: Scene) -> None:
    """18:00 of 31 January in Berlin is 1 February in Auckland: the use is February's there, and so is what it draws."""
    terms = (HEAD % ("DE", "DE")).replace("zone: Europe/Berlin", "zone: Pacific/Auckland") + PREPAID
    scene.declared(terms)
    scene.bills("2026-01-02")
    scene.delivers("2026-01-05 10 40\n2026-01-31 18 60\n2026-03-05 10 10")
    for day in ("2026-02-02", "2026-03-02", "2026-04-02"):
        scene.bills(day)
    drawn = {
        line.service_first.month: line.net for one in scene.invoices() for line in one.lines if line.charge == "drawn"
    }
    claims = [one.name for one in scene.invoices() if one.row.document_type == "386"]
    assert (drawn[1], drawn[2], len(claims)) == (Decimal(-18), Decimal(-27), 1)  # 20 and 30 less the rebate of 10 %
    assert scene.replays() == []
