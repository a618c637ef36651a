"""Taxes through the life of a contract: checked, billed, changed by the law of a tenant, corrected, replayed."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest
from sqlalchemy.exc import ProgrammingError

from api.access.roles import Role
from api.operations.contracts import check
from api.operations.taxes import record_tax_law, release_tax_law, tax_law
from api.server.database import Access, Acting, Database
from billing.tax import law_book as law_files
from billing.tax.jurisdiction import TenantLaw
from billing.tax.store import NoTaxLawWaits, law_book, recorded
from contracts.release.store import OwnWork
from quantities.document import FaultyDocument, parse, read
from tests.billing.scene import CONTRACT, Scene, on
from tests.billing.tax.release import released
from tests.build import acts

FEE = CONTRACT.partition("  - name: energy")[0]
AMERICAN = (
    FEE.replace("{name: Nordluft, country: DE}", "{name: Northair, country: US}")
    .replace("{name: Blechwerke, country: DE}", "{name: Sheet Works, country: US}\ntax: {place: US-CA}")
    .replace("currency: EUR", "currency: USD")
)
CALIFORNIA = 'country: US\nrates: [{name: standard, percent: "7.25", place: US-CA, first: 2026-01-01, source: CDTFA}]'


def releases(scene: Scene, law: str, day: str, *, tenant: int = 1) -> None:
    """Recorded by one, released by another."""
    with scene.database.transaction(tenant) as session:
        recorded = record_tax_law(session, parse(TenantLaw, read(law)), who=acts(session, "anna"), at=on(day))
        release_tax_law(session, recorded.country, who=acts(session, "bert"), at=on(day))


def faults(scene: Scene, terms: str) -> list[tuple[str, str]]:
    with scene.database.transaction(1) as session:
        try:
            check(session, read(terms))
        except FaultyDocument as refused:
            return [(fault.path, fault.code) for fault in refused.faults]
    return []


def taxed(scene: Scene) -> list[tuple[str, object, object, object]]:
    """Of each line its charge, rate and net; and the VAT of its document."""
    return [
        (line.charge, line.tax.rate, line.net, invoice.row.vat)
        for invoice in scene.invoices()
        for line in invoice.lines
    ]


@pytest.fixture
def scene(access: Access, database: Database) -> Scene:
    return Scene(access, database).declared()


class TestALawOfATenant:
    def test_makes_a_contract_that_had_a_fault_one_that_is_billed(self, scene: Scene) -> None:
        assert faults(scene, AMERICAN) == [("/tax", "unknown-tax-rate")]
        releases(scene, CALIFORNIA, "2026-01-01")
        assert faults(scene, AMERICAN) == []
        scene.amends(AMERICAN, "2026-01-01")
        scene.bills("2026-02-01")
        assert [line[:3] for line in taxed(scene)] == [("fee", Decimal("7.25"), 100)]
        assert scene.invoices()[0].row.vat == Decimal("7.25")
        proof = scene.invoices()[0].lines[0].proof.tax
        assert proof is not None
        assert (proof.place, proof.rate) == ("US-CA", "own: standard since 2026-01-01")

    def test_that_is_revised_corrects_what_was_billed_and_proves_both(self, scene: Scene) -> None:
        releases(scene, CALIFORNIA, "2026-01-01")
        scene.amends(AMERICAN, "2026-01-01")
        scene.bills("2026-02-01")
        releases(scene, CALIFORNIA.replace("7.25", "8"), "2026-02-10")
        scene.bills("2026-03-01")
        first, second = scene.invoices()
        assert (first.row.vat, second.row.vat) == (Decimal("7.25"), Decimal("-7.25") + 8 + 8)
        assert scene.replays() == []

    def test_that_says_the_same_corrects_nothing(self, scene: Scene) -> None:
        releases(scene, CALIFORNIA, "2026-01-01")
        scene.amends(AMERICAN, "2026-01-01")
        scene.bills("2026-02-01")
        releases(scene, CALIFORNIA.replace("source: CDTFA", "source: the same again"), "2026-02-10")
        scene.bills("2026-03-01")
        assert [len(invoice.ratings) for invoice in scene.invoices()] == [1, 1]

    def test_waits_for_another_person(self, scene: Scene) -> None:
        with scene.database.transaction(1) as session:
            record_tax_law(session, parse(TenantLaw, read(CALIFORNIA)), who=acts(session, "anna"), at=on("2026-01-01"))
            assert not law_book(session).own
            with pytest.raises(OwnWork):
                release_tax_law(session, "US", who="anna", at=on("2026-01-01"))

    def test_is_of_its_tenant_alone(self, scene: Scene) -> None:
        releases(scene, CALIFORNIA, "2026-01-01")
        other = replace(scene, tenant=2)
        with other.database.transaction(2) as session:
            assert not law_book(session).own
            assert not tax_law(session, "US", date(2026, 1, 31)).rates

    def test_that_is_gone_from_the_next_one_holds_later_bills_and_proves_the_earlier(self, scene: Scene) -> None:
        releases(scene, CALIFORNIA, "2026-01-01")
        scene.amends(AMERICAN, "2026-01-01")
        scene.bills("2026-02-01")
        releases(scene, "country: US", "2026-02-10")
        assert "US-CA has no rate" in scene.bills("2026-03-01").held["C-1"]
        assert scene.replays() == []


class TestALawAmongOtherThings:
    METERED = AMERICAN + ('  - {name: energy, register: kwh, rule: {kind: per_unit, unit: kWh, unit_price: "0.50"}}\n')

    def test_a_late_reading_and_a_law_that_is_revised_are_corrected_at_once(self, scene: Scene) -> None:
        releases(scene, CALIFORNIA, "2026-01-01")
        scene.amends(self.METERED, "2026-01-01")
        scene.delivers("2026-01-05 10 100\n2026-02-05 10 0")
        scene.bills("2026-02-01")
        releases(scene, CALIFORNIA.replace("7.25", "8"), "2026-02-10")
        scene.delivers("2026-01-06 10 20")
        scene.bills("2026-03-01")
        sums: dict[tuple[object, ...], Decimal] = {}
        for invoice in scene.invoices():
            for line in invoice.lines:
                key = line.charge, line.tax.rate, line.service_first
                sums[key] = sums.get(key, Decimal(0)) + line.net
        january, february = date(2026, 1, 1), date(2026, 2, 1)
        assert {key: net for key, net in sums.items() if net} == {
            ("fee", Decimal(8), january): 100, ("energy", Decimal(8), january): 60, ("fee", Decimal(8), february): 100,
        }  # fmt: skip
        assert scene.replays() == []

    def test_a_customer_who_rates_asks_it_and_reads_no_row_of_it(self, scene: Scene) -> None:
        releases(scene, CALIFORNIA, "2026-01-01")
        scene.amends(AMERICAN, "2026-01-01")
        with scene.database.transaction(1, 2, acting=Acting(role=Role.CUSTOMER)) as session:
            assert law_book(session).own.keys() == {"US"}
            with pytest.raises(ProgrammingError, match="permission denied for table tax_law"), session.begin_nested():
                recorded(session)

    def test_two_who_release_it_at_once_release_it_once(self, scene: Scene) -> None:
        with scene.database.transaction(1) as session:
            record_tax_law(session, parse(TenantLaw, read(CALIFORNIA)), who=acts(session, "anna"), at=on("2026-01-01"))

        def release(name: str) -> str:
            try:
                with scene.database.transaction(1) as session:
                    release_tax_law(session, "US", who=acts(session, name), at=on("2026-01-02"))
            except NoTaxLawWaits:
                return "none waits"
            return "released"

        with ThreadPoolExecutor(2) as both:
            assert sorted(both.map(release, ["bert", "cleo"])) == ["none waits", "released"]


class TestAChargeOfItsOwnTax:
    TERMS = CONTRACT.replace(
        'up_to: "100", unit_price: "0.50"}, {unit_price: "0.20"}]}',
        'unit_price: "0.50"}]}\n    tax: {supply: network_energy, rate: reduced}',
    )

    def test_each_rate_is_a_group_of_its_own(self, scene: Scene) -> None:
        scene.amends(self.TERMS, "2026-01-01")
        scene.delivers("2026-01-05 10 120")
        scene.bills("2026-02-01")
        assert taxed(scene) == [("fee", 19, 100, Decimal("23.20")), ("energy", 7, 60, Decimal("23.20"))]
        assert scene.replays() == []

    def test_an_amendment_of_it_within_a_period_cuts_that_charge_alone(self, scene: Scene) -> None:
        scene.amends(self.TERMS, "2026-01-01")
        scene.delivers("2026-01-05 10 120\n2026-01-20 10 40")
        amended = self.TERMS.replace("rate: reduced", "rate: standard")
        scene.amends(amended.replace("starts:", "in_force_from: 2026-01-16\nstarts:"), "2026-01-10")
        scene.bills("2026-02-01")
        assert [line[:3] for line in taxed(scene)] == [("energy", 7, 60), ("fee", 19, 100), ("energy", 19, 20)]
        assert scene.replays() == []

    def test_one_behind_a_billed_period_takes_back_and_bills_anew(self, scene: Scene) -> None:
        scene.amends(self.TERMS, "2026-01-01")
        scene.delivers("2026-01-05 10 120\n2026-02-05 10 0")
        scene.bills("2026-02-01")
        scene.amends(self.TERMS.replace("rate: reduced", "rate: standard"), "2026-02-10")
        scene.bills("2026-03-01")
        corrected = [line[:3] for line in taxed(scene) if line[0] == "energy" and line[2]]
        assert corrected == [("energy", 7, 60), ("energy", 7, -60), ("energy", 19, 60)]
        assert scene.replays() == []


class TestTaxAmongWhatWasThere:
    def test_a_discount_by_one_rate_over_charges_of_two_is_said_when_the_contract_is_checked(
        self, scene: Scene
    ) -> None:
        terms = (
            TestAChargeOfItsOwnTax.TERMS
            + '  - {name: rebate, rule: {kind: discount, percent: "10", of: [fee, energy]}}\n'
        )
        with scene.database.transaction(1) as session:
            divided = check(session, read(terms)).warnings
            terms = terms.replace('least_coverage: "0"', 'least_coverage: "0", arithmetic: "3"')
            warnings = check(session, read(terms)).warnings
            alike = check(
                session, read(terms.replace("    tax: {supply: network_energy, rate: reduced}\n", ""))
            ).warnings
        assert [
            warning for warning in warnings if "/charges/2: it is taxed as it says itself, and not as energy" in warning
        ]
        for others in (alike, divided):
            assert not [warning for warning in others if "it is taxed as it says itself" in warning]

    def test_a_late_reading_behind_a_change_of_rates_bears_the_rate_of_its_own_days(self, scene: Scene) -> None:
        """Slovakia, 20 % until the end of 2024 and 23 % since."""
        terms = CONTRACT.replace("country: DE", "country: SK").replace("2026-01-01", "2024-12-01")
        scene.amends(terms, "2024-12-01")
        scene.delivers("2024-12-05 10 40\n2025-01-05 10 10")
        scene.bills("2025-01-01")
        scene.delivers("2024-12-06 10 20")
        scene.bills("2025-02-01")
        assert [line[:3] for line in taxed(scene)] == [
            ("fee", 20, 100), ("energy", 20, 20), ("fee", 23, 100), ("energy", 23, 5), ("energy", 20, 10),
        ]  # fmt: skip
        assert scene.replays() == []

    def test_a_contract_that_ends_before_its_paper_expires_is_billed_whole(self, scene: Scene) -> None:
        scene.amends(TestAPaper.TERMS, "2026-01-01")
        ended = TestAPaper.TERMS.replace("starts: 2026-01-01", "starts: 2026-01-01\nends: 2026-02-10")
        scene.amends(ended, "2026-01-20")
        scene.bills("2026-02-01")
        assert scene.bills("2026-02-10").held == {}
        assert [invoice.row.after_last for invoice in scene.invoices()] == [date(2026, 2, 1), date(2026, 2, 10)]
        assert [invoice.row.vat for invoice in scene.invoices()] == [0, 0]
        assert scene.replays() == []


class TestAPaper:
    TERMS = FEE.replace(
        "charges:",
        "tax: {treatment: zero, evidence: [{reference: Plant 7, first: 2026-01-01, after_last: 2026-02-15}]}\ncharges:",
    )

    def test_that_expires_holds_the_bill_until_there_is_another(self, scene: Scene) -> None:
        scene.amends(self.TERMS, "2026-01-01")
        scene.bills("2026-02-01")
        assert "rests on a paper that holds on 2026-02-28" in scene.bills("2026-03-01").held["C-1"]
        scene.amends(self.TERMS.replace("after_last: 2026-02-15", "after_last: 2027-01-01"), "2026-03-02")
        scene.bills("2026-03-03")
        assert [invoice.row.vat for invoice in scene.invoices()] == [0, 0]
        assert scene.replays() == []

    def test_that_is_prolonged_within_a_period_divides_nothing(self, scene: Scene) -> None:
        scene.amends(self.TERMS, "2026-01-01")
        prolonged = self.TERMS.replace("after_last: 2026-02-15", "after_last: 2027-01-01")
        scene.amends(prolonged.replace("starts:", "in_force_from: 2026-02-15\nstarts:"), "2026-02-10")
        scene.bills("2026-03-01")
        assert [len(invoice.lines) for invoice in scene.invoices()] == [1, 1]

    def test_is_said_where_it_expires_while_the_contract_lasts(self, scene: Scene) -> None:
        with scene.database.transaction(1) as session:
            (caution, *_) = check(session, read(self.TERMS)).warnings
        assert "expires on 2026-02-15" in caution


#: 12.5 % and 4 % for power, rounded at each line; a contract has to say if its prices are with tax.
ATLANTIS = """
country: XA
name: Atlantis
currency: XPF
tax: Tithe
rates:
  - {name: standard, percent: "12.5", first: 2020-01-01, source: Tablets 3}
  - {name: power, percent: "4", first: 2020-01-01, source: Tablets 4}
rules:
  - name: domestic power
    first: 2020-01-01
    source: Tablets 4
    suppliers: [here]
    supplies: [network_energy]
    treatment: standard
    rate: power
  - {name: domestic, first: 2020-01-01, source: Tablets 3, suppliers: [here], supplies: [service, goods], treatment: standard, rate: standard}
documents:
  - {first: 2020-01-01, correction: credit_note, tax_rounding: line, asks_price_basis: true, retention_years: "7", source: Tablets 9}
"""
THERE = (
    CONTRACT.replace("country: DE", "country: XA")
    .replace("currency: EUR", "currency: XPF")
    .replace("Europe/Berlin", "Pacific/Tahiti")
    .replace('unit_price: "0.50"', 'unit_price: "25"')
    .replace('unit_price: "0.20"}]}', 'unit_price: "20"}]}\n    tax: {supply: network_energy}')
    .replace('"100.00"', '"1001"')
)
STATED = THERE.replace("charges:", "tax: {price_basis: with_tax}\ncharges:")


class TestACountryMore:
    """A country is added by a file, and by no code."""

    def test_without_it_the_contract_has_a_fault(self, scene: Scene) -> None:
        assert ("/customer", "no-tax-rule") in faults(scene, THERE)

    def test_with_it_the_contract_is_billed(
        self, scene: Scene, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
    ) -> None:
        for file in law_files._FILES.iterdir():
            (tmp_path / file.name).write_bytes(file.read_bytes())
        (tmp_path / "XA.yaml").write_text(ATLANTIS, encoding="utf-8")
        with released():
            monkeypatch.setattr(law_files, "_FILES", tmp_path)
            for cached in (law_files.countries, law_files.jurisdiction):
                cached.cache_clear()
            try:
                assert faults(scene, THERE) == [("/tax", "no-price-basis")]
                assert faults(scene, STATED) == []
                scene.amends(STATED, "2026-01-01")
                scene.delivers("2026-01-05 10 20\n2026-02-05 10 0")
                scene.bills("2026-02-02")
                # 1,001 with 12.5 % are 889.78, 890 and 111; 500 with 4 % are 480.77, 481 and 19
                assert taxed(scene) == [("fee", Decimal("12.5"), 890, 130), ("energy", 4, 481, 130)]
                assert scene.invoices()[0].payable == 1501
                scene.delivers("2026-01-06 10 1")
                scene.bills("2026-03-02")  # 525 are 504.81, 505 and 20
                assert [line[:3] for line in taxed(scene)][2:] == [("fee", Decimal("12.5"), 890), ("energy", 4, 24)]
                assert [invoice.payable for invoice in scene.invoices()[1:]] == [1001, 25]  # a document of its own
                assert scene.replays() == []
            finally:
                monkeypatch.undo()
                for cached in (law_files.countries, law_files.jurisdiction):
                    cached.cache_clear()


def test_a_currency_without_cents_is_taxed_in_its_own_unit(scene: Scene) -> None:
    """10 % of 1,005 yen are 100.5: 101."""
    terms = FEE.replace("country: DE", "country: JP").replace("currency: EUR", "currency: JPY")
    scene.amends(terms.replace('"100.00"', '"1005"').replace("Europe/Berlin", "Asia/Tokyo"), "2026-01-01")
    scene.bills("2026-02-02")
    assert taxed(scene) == [("fee", 10, 1005, 101)]
    assert scene.replays() == []
