"""What is missing of a party for a state's form is named before a document is due, and it alone is refused later."""

from dataclasses import replace
from datetime import UTC, date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from billing.clearance.before_number import require_clearable
from billing.clearance.refusals import BuyerNumberInvalid, FormOfOtherState, PostalAddressMissing, SellerNumberInvalid
from billing.documents.model.business_document import BusinessDocument
from billing.documents.model.of_party import party_in_document
from contracts.invoicing import InvoiceForm, InvoicingTerms
from contracts.missing.form_needs import DocumentSide, FormQuestion
from contracts.missing.missing_data import ClassifiedCharge, missing_for
from contracts.parties import Party
from contracts.party_profile import PartyProfile, RegisterNumber
from tests.billing.clearance.cleared import CODE, NIP, USCC, chinese, chinese_line, polish

NOW = datetime(2026, 4, 2, tzinfo=UTC)
OF_PARTY = (SellerNumberInvalid, BuyerNumberInvalid, PostalAddressMissing, FormOfOtherState)
NUMBERS = [
    None,
    NIP,
    f"PL{NIP}",
    "PL5260001247",
    USCC,
    "91310104324439344T",
    "DE129273398",
    "CHE107787577MWST",
    "12345",
]
REGISTER = RegisterNumber(value="HRB 4711")
PARTIES = st.builds(
    Party,
    name=st.sampled_from(["Nordluft", "Blechwerke"]),
    country=st.sampled_from(["PL", "CN", "DE", "US", "GR"]),
    vat_id=st.sampled_from(NUMBERS),
    address=st.sampled_from([(), ("ul. Prosta 1",)]),
)
PROFILES = st.none() | st.builds(
    PartyProfile,
    party=st.just("Nordluft"),
    in_force_from=st.just(date(2026, 1, 1)),
    tax_number=st.sampled_from([None, NIP, USCC, "27/123/01234"]),
    address=st.sampled_from([(), ("ul. Prosta 1",)]),
    register_number=st.sampled_from([None, REGISTER]),
)
SIDES = st.builds(DocumentSide, PARTIES, PROFILES)
DOCUMENTS = {
    InvoiceForm.KSEF: polish(),
    InvoiceForm.FAPIAO: chinese([chinese_line(1, "100.00")]),
}


def refused(document: BusinessDocument, seller: DocumentSide, buyer: DocumentSide) -> type[Exception] | None:
    of_seller, of_buyer = (party_in_document(side.party, side.profile) for side in (seller, buyer))
    try:
        require_clearable(replace(document, seller=of_seller, buyer=of_buyer), NOW)
    except OF_PARTY as refusal:
        return type(refusal)
    return None


@pytest.mark.parametrize("form", DOCUMENTS)
@given(seller=SIDES, buyer=SIDES)
def test_what_is_named_as_missing_is_what_is_refused(
    form: InvoiceForm, seller: DocumentSide, buyer: DocumentSide
) -> None:
    """Named and not refused, somebody would look for a number that nobody needs; refused and not named, it comes late."""
    document = replace(DOCUMENTS[form], form=form)
    asked = FormQuestion(InvoicingTerms(form=form), seller, buyer, document.currency)
    missing = [datum.need.code for datum in missing_for(form, asked, [ClassifiedCharge("energy", CODE)]) if datum.holds]
    refusal = refused(document, seller, buyer)
    assert (refusal is None) == (missing == []), (missing, refusal)


@pytest.mark.parametrize(("form", "country", "number", "named"), [
    pytest.param("ksef", "PL", None, [], id="a person in Poland"),
    pytest.param("ksef", "DE", "DE129273398", [], id="a German customer"),
    pytest.param("ksef", "PL", "PL5260001247", ["buyer-nip-missing"], id="a NIP with a wrong digit"),
    pytest.param("fapiao", "CN", None, [], id="a person in China"),
    pytest.param("fapiao", "DE", "DE129273398", [], id="a customer abroad has no fapiao"),
    pytest.param("fapiao", "CN", NIP, ["buyer-uscc-missing"], id="a number of elsewhere"),
])  # fmt: skip
def test_of_whom_nothing_is_asked(form: str, country: str, number: str | None, named: list[str]) -> None:
    own = ("PL", f"PL{NIP}") if form == "ksef" else ("CN", USCC)
    seller = DocumentSide(Party(name="S", country=own[0], vat_id=own[1], address=("ul. Prosta 1",)))
    buyer = DocumentSide(Party(name="B", country=country, vat_id=number, address=("ul. Prosta 2",)))
    asked = FormQuestion(InvoicingTerms(form=InvoiceForm(form)), seller, buyer, "PLN")
    assert [datum.need.code for datum in missing_for(InvoiceForm(form), asked) if datum.holds] == named
