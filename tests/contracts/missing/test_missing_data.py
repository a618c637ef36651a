"""What each form of an invoice needs: one table a form, and each need by its rule."""

from datetime import date
from typing import Any, ClassVar

import pytest

from contracts.contract import Contract
from contracts.invoicing import InvoiceForm
from contracts.missing.form_needs import NEEDS
from contracts.missing.missing_data import cautions_of_documents, missing_of_contract
from contracts.party_profile import PartyProfile
from contracts.party_profiles.known_profiles import KnownProfiles, ReleasedProfile
from quantities.document import parse
from tests.billing.scene import on
from tests.contracts.party_profiles.told import NORDLUFT, profile

DAY = date(2026, 3, 1)
BLECHWERKE: dict[str, Any] = {
    "city": "Augsburg",
    "post_code": "86156",
    "electronic": {"scheme": "9914", "value": "ATU12345675"},
}
AUSTRIAN = {"country": "AT", "vat_id": "ATU12345675"}
USCC, NIP = "91110000600037341L", "PL8567346215"
CODE = "3040502000000000000"


def contract(
    form: str, supplier: dict[str, Any] | None = None, customer: dict[str, Any] | None = None, **more: Any
) -> Contract:
    invoicing = {"form": form, **more.pop("invoicing", {})}
    charge = {"name": "fee", "rule": {"kind": "fixed_fee", "amount": "50"}, **more.pop("charge", {})}
    return parse(Contract, {
        "contract": "C", "supplier": {"name": "Nordluft", "country": "DE", **(supplier or {})},
        "customer": {"name": "Blechwerke", "country": "DE", **(customer or {})}, "currency": "EUR", "zone": "Europe/Berlin",
        "starts": "2026-01-01", "invoicing": invoicing, "charges": [charge], **more,
    })  # fmt: skip


def known(*profiles: PartyProfile) -> KnownProfiles:
    by_party = {one.party: [ReleasedProfile(1, on("2026-01-01"), one)] for one in profiles}
    return KnownProfiles(by_party)


def rules(terms: Contract, *profiles: PartyProfile) -> list[str]:
    return [datum.need.rule for datum in missing_of_contract(terms, known(*profiles), DAY)]


BOTH = profile(), profile("Blechwerke", **BLECHWERKE)
OF_XRECHNUNG = {"supplier": {"vat_id": "DE136695976"}, "invoicing": {"buyer_reference": "04011000-12345-03"}}


@pytest.mark.parametrize(("form", "needed"), [
    ("pdf", []),
    ("ubl", ["BR-CO-26", "BR-S-02"]),
    ("cii", ["BR-CO-26", "BR-S-02"]),
    ("zugferd", ["BR-CO-26", "BR-S-02"]),
    ("xrechnung", ["BR-CO-26", "BR-S-02", "BR-DE-15", "BR-DE-5", "BR-DE-6", "BR-DE-7", "BR-DE-3", "BR-DE-4", "BR-DE-8",
                   "BR-DE-9", "BR-DE-1", "PEPPOL-EN16931-R020", "PEPPOL-EN16931-R010"]),
    ("peppol", ["BR-CO-26", "BR-S-02", "PEPPOL-EN16931-R003", "DE-R-015", "DE-R-005", "DE-R-006", "DE-R-007", "DE-R-003",
                "DE-R-004", "DE-R-008", "DE-R-009", "DE-R-001", "PEPPOL-EN16931-R020", "PEPPOL-EN16931-R010"]),
    ("ksef", ["FA(3) Podmiot1/NIP", "FA(3) Podmiot1/Adres", "FA(3) Podmiot2/Adres"]),
    ("fapiao", ["e-fapiao, seller's USCC", "e-fapiao, classification"]),
])  # fmt: skip
def test_where_nothing_is_told_all_that_a_form_needs_is_named(form: str, needed: list[str]) -> None:
    assert rules(contract(form)) == needed
    assert NEEDS[InvoiceForm.XRECHNUNG_CII] == NEEDS[InvoiceForm.XRECHNUNG]


@pytest.mark.parametrize("terms", [
    pytest.param(contract("ubl", {"vat_id": "DE136695976"}), id="ubl"),
    pytest.param(contract("xrechnung", **OF_XRECHNUNG), id="xrechnung"),
    pytest.param(contract("peppol", {"vat_id": "DE136695976"}, AUSTRIAN, invoicing={"order": "PO-1"}), id="peppol by an order"),
    pytest.param(contract("peppol", {"vat_id": "DE136695976"}, AUSTRIAN, invoicing={"buyer_reference": "x"}), id="peppol by a reference"),
    pytest.param(contract("ksef", {"country": "PL", "vat_id": NIP}, {"country": "PL", "vat_id": NIP[2:]}), id="ksef"),
    pytest.param(contract("fapiao", {"country": "CN", "vat_id": USCC}, {"country": "CN", "vat_id": USCC}, charge={"tax_code": CODE}),
                 id="fapiao"),
])  # fmt: skip
def test_where_all_is_told_nothing_is_named(terms: Contract) -> None:
    assert rules(terms, *BOTH) == []


@pytest.mark.parametrize(("path", "rule"), [
    ("contact/name", "BR-DE-5"), ("contact/phone", "BR-DE-6"), ("contact/email", "BR-DE-7"), ("city", "BR-DE-3"),
    ("post_code", "BR-DE-4"), ("banks", "BR-DE-1"), ("electronic", "PEPPOL-EN16931-R020"),
])  # fmt: skip
def test_one_field_that_is_not_told_is_one_rule(path: str, rule: str) -> None:
    field, _, within = path.partition("/")
    told: Any = dict(NORDLUFT)
    told[field] = {name: part for name, part in told[field].items() if name != within} if within else None
    less = PartyProfile.model_validate({name: part for name, part in told.items() if part is not None})
    (datum,) = missing_of_contract(contract("xrechnung", **OF_XRECHNUNG), known(less, BOTH[1]), DAY)
    assert (datum.need.rule, datum.subject, datum.place) == (rule, "Nordluft", path)
    assert f"tell it as {path}, by `usufruct party apply`" in str(datum)


@pytest.mark.parametrize(
    ("field", "rule"), [("city", "BR-DE-8"), ("post_code", "BR-DE-9"), ("electronic", "PEPPOL-EN16931-R010")]
)
def test_so_is_one_of_the_customer(field: str, rule: str) -> None:
    less = {name: part for name, part in BLECHWERKE.items() if name != field}
    assert rules(contract("xrechnung", **OF_XRECHNUNG), BOTH[0], profile("Blechwerke", **less)) == [rule]


def test_an_account_that_is_none_of_sepa_is_named() -> None:
    swiss = profile(banks=[{"account": "12-345"}])
    assert rules(contract("xrechnung", **OF_XRECHNUNG), swiss, BOTH[1]) == ["BR-DE-19"]


@pytest.mark.parametrize(("number", "named"), [
    (NIP, []), (NIP[2:], []), ("PL8567346216", ["FA(3) Podmiot2/NIP"]), ("DE136695976", ["FA(3) Podmiot2/NIP"]),
])  # fmt: skip
def test_a_nip_is_asked_for_by_its_check_digits(number: str, named: list[str]) -> None:
    assert (
        rules(contract("ksef", {"country": "PL", "vat_id": NIP}, {"country": "PL", "vat_id": number}), *BOTH) == named
    )


@pytest.mark.parametrize(("customer", "named"), [
    pytest.param({"country": "DE", "vat_id": "DE136695976"}, [], id="a customer abroad has its own number"),
    pytest.param({"country": "US", "vat_id": "123456789"}, [], id="or one of elsewhere"),
    pytest.param({"country": "DE"}, [], id="without any it is a consumer, who gets a PDF"),
])  # fmt: skip
def test_a_customer_of_ksef_may_be_abroad(customer: dict[str, Any], named: list[str]) -> None:
    told = contract("ksef", {"country": "PL", "vat_id": NIP}, {"address": ["Weg 1"], **customer})
    assert rules(told, BOTH[0]) == named


def test_a_seller_of_ksef_is_in_poland() -> None:
    abroad = contract("ksef", {"country": "DE", "vat_id": NIP}, {"country": "PL", "vat_id": NIP})
    assert rules(abroad, *BOTH) == ["FA(3) Podmiot1/NIP"]


@pytest.mark.parametrize("told", [{"address": ["ul. Prosta 1"]}, {"post_code": "00-001", "city": "Warszawa"}])
def test_an_address_of_ksef_is_a_street_or_a_place(told: dict[str, Any]) -> None:
    polish = contract("ksef", {"country": "PL", "vat_id": NIP}, {"country": "PL", "vat_id": NIP})
    assert rules(polish, BOTH[0], PartyProfile(party="Blechwerke", in_force_from=DAY, **told)) == []
    assert rules(polish, BOTH[0]) == ["FA(3) Podmiot2/Adres"]


@pytest.mark.parametrize(("customer", "holds"), [
    pytest.param({"country": "CN"}, [False], id="without a number its fapiao are ordinary ones"),
    pytest.param({"country": "CN", "vat_id": "91110000600037341X"}, [True], id="a malformed number holds them"),
    pytest.param({"country": "DE", "vat_id": USCC}, [], id="a customer abroad gets a PDF"),
    pytest.param({"country": "CN", "vat_id": USCC}, [], id="all is told"),
])  # fmt: skip
def test_what_holds_a_fapiao_and_what_makes_it_an_ordinary_one(customer: dict[str, Any], holds: list[bool]) -> None:
    terms = contract("fapiao", {"country": "CN", "vat_id": USCC}, customer, charge={"tax_code": CODE})
    assert [datum.holds for datum in missing_of_contract(terms, known(), DAY)] == holds
    assert [caution.holds for caution in cautions_of_documents(terms, None, DAY)] == holds


def test_of_a_party_that_no_contract_names_the_contract_comes_first() -> None:
    """A profile is refused until a recorded contract names the party."""
    told = KnownProfiles(known(BOTH[0]).by_party, frozenset({"Blechwerke"}))
    of_customer, *_ = missing_of_contract(contract("peppol", **OF_XRECHNUNG), told, DAY)
    assert str(of_customer).endswith("by `usufruct party apply`, once this contract is recorded by `contract apply`")
    (of_named, *_) = missing_of_contract(contract("peppol", **OF_XRECHNUNG), known(BOTH[0]), DAY)
    assert str(of_named).endswith("by `usufruct party apply`")


def test_a_number_of_the_register_and_of_the_tax_office_do_without_a_vat_id() -> None:
    small = profile(register_number={"value": "HRB 4711"}, tax_number="27/123/01234")
    assert rules(contract("ubl"), small) == []


def test_every_owner_is_a_seller_of_its_own() -> None:
    agreement = {"reference": "A", "first": "2025-12-01"}
    sharing = {"sold_in": "owners_name", "payees": [{"name": "Alpha", "country": "DE", "agreement": agreement}]}
    charge = {"waterfall": {"rest": "Alpha"}}
    terms = contract("ubl", {"vat_id": "DE136695976"}, sharing=sharing, charge=charge)
    missing = missing_of_contract(terms, known(*BOTH), DAY)
    assert [(datum.subject, datum.need.rule) for datum in missing] == [("Alpha", "BR-CO-26"), ("Alpha", "BR-S-02")]
    assert {caution.path for caution in cautions_of_documents(terms, known(*BOTH), DAY)} == {"/sharing/payees/0"}


def test_what_is_not_in_force_yet_is_missing() -> None:
    later = profile("Blechwerke", "2026-06-01", **BLECHWERKE)
    terms = contract("peppol", **OF_XRECHNUNG, customer=AUSTRIAN)
    assert rules(terms, BOTH[0], later) == ["PEPPOL-EN16931-R010"]


def test_between_two_germans_peppol_asks_what_an_x_rechnung_needs() -> None:
    """DE-R-001 to 015: without a contact the document is refused, whatever order it names."""
    less = {name: part for name, part in NORDLUFT.items() if name != "contact"}
    both = profile("Blechwerke", **BLECHWERKE), PartyProfile.model_validate(less)
    german = contract("peppol", {"vat_id": "DE136695976"}, invoicing={"buyer_reference": "x"})
    assert rules(german, *both) == ["DE-R-005", "DE-R-006", "DE-R-007"]
    assert (
        rules(contract("peppol", {"vat_id": "DE136695976"}, AUSTRIAN, invoicing={"buyer_reference": "x"}), *both) == []
    )


@pytest.mark.parametrize(("scheme", "value", "named"), [
    ("EM", "in@blech.example", ["buyer-not-in-peppol"]), ("0147", "4711", ["buyer-not-in-peppol"]), ("0151", "51824753556", []),
])  # fmt: skip
def test_a_scheme_that_no_participant_of_peppol_has_is_named(scheme: str, value: str, named: list[str]) -> None:
    told = profile("Blechwerke", **BLECHWERKE | {"electronic": {"scheme": scheme, "value": value}})
    terms = contract("peppol", {"vat_id": "DE136695976"}, AUSTRIAN, invoicing={"order": "PO-1"})
    assert [datum.need.code for datum in missing_of_contract(terms, known(BOTH[0], told), DAY)] == named
    ubl = contract("ubl", {"vat_id": "DE136695976"}, AUSTRIAN)
    assert rules(ubl, BOTH[0], told) == []


@pytest.mark.parametrize(("form", "nature", "named"), [
    ("ubl", "damages", ["BR-CO-26"]), ("xrechnung", "deposit", ["BR-CO-26"]), ("ubl", "consideration", []), ("pdf", "damages", []),
])  # fmt: skip
def test_damages_stand_without_a_vat_id_so_that_their_seller_needs_a_register(
    form: str, nature: str, named: list[str]
) -> None:
    terms = contract(form, **OF_XRECHNUNG, charge={"nature": nature})
    assert rules(terms, *BOTH) == named
    assert rules(terms, profile(register_number={"value": "HRB 4711"}), BOTH[1]) == []


class TestOfPayees:
    """How a payee takes what is made out for it, or billed to it, its own profile tells."""

    AGREEMENT: ClassVar = {"reference": "A", "first": "2025-12-01"}

    def shared(self, sold_in: str = "own_name", **payee: Any) -> Contract:
        alpha = {"name": "Alpha", "country": "AT", "vat_id": "ATU12345675", "agreement": self.AGREEMENT, **payee}
        sharing = {"sold_in": sold_in, "payees": [alpha]}
        return contract("pdf", {"vat_id": "DE136695976"}, sharing=sharing, charge={"waterfall": {"rest": "Alpha"}})

    def missing(self, terms: Contract, **told: Any) -> list[tuple[str, str, str]]:
        missing = missing_of_contract(terms, known(*BOTH, profile("Alpha", **told)), DAY)
        return [(datum.subject, datum.need.rule, datum.place) for datum in missing]

    @pytest.mark.parametrize(("sold_in", "payee", "told", "missing"), [
        pytest.param("own_name", {}, {}, [], id="a PDF needs nothing"),
        pytest.param("own_name", {}, {"form": "peppol"}, [("Alpha", "PEPPOL-EN16931-R020", "electronic")], id="it is the seller of what is made out for it"),
        pytest.param("own_name", {"vat_id": None}, {"form": "ubl"},
                     [("Alpha", "BR-CO-26", "register_number"), ("Alpha", "BR-S-02", "tax_number")], id="without any number"),
        pytest.param("own_name", {"self_billed": "no"}, {"form": "peppol"}, [], id="it makes out its own"),
        pytest.param("owners_name", {}, {"form": "peppol"},
                     [("Alpha", "PEPPOL-EN16931-R003", "buyer_reference"), ("Alpha", "PEPPOL-EN16931-R010", "electronic")], id="of a commission the buyer"),
        pytest.param("owners_name", {}, {"form": "peppol", "buyer_reference": "A-1", "electronic": {"scheme": "9914", "value": "ATU12345675"}},
                     [], id="with all that it needs"),
    ])  # fmt: skip
    def test_what_its_form_needs_is_named(
        self, sold_in: str, payee: dict[str, Any], told: dict[str, Any], missing: list[tuple[str, str, str]]
    ) -> None:
        assert self.missing(self.shared(sold_in, **payee), **told) == missing

    def test_it_is_placed_at_the_payee(self) -> None:
        told = known(*BOTH, profile("Alpha", form="peppol"))
        (caution,) = cautions_of_documents(self.shared(), told, DAY)
        assert (caution.path, caution.code) == ("/sharing/payees/0", "seller-address-missing")


def test_without_a_database_what_is_told_in_the_contract_alone_is_asked_for() -> None:
    alone = missing_of_contract(contract("xrechnung"), None, DAY)
    assert [(datum.place, datum.need.rule) for datum in alone] == [("/invoicing/buyer_reference", "BR-DE-15")]
    placed = [datum.place for datum in missing_of_contract(contract("fapiao"), None, DAY)]
    assert placed == ["/supplier/vat_id", "/charges/0/tax_code"]
