"""What a state asks for holds a document before it has a number: the same that a contract's check names as missing."""

from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest

from billing.clearance.before_number import require_clearable
from billing.clearance.refusals import (
    BuyerNumberInvalid,
    FormOfOtherState,
    PostalAddressMissing,
    SellerNumberInvalid,
    TaxCodeMissing,
)
from billing.documents.model.business_document import BusinessDocument
from billing.documents.model.business_party import BusinessParty, PostalAddress
from contracts.invoicing import InvoiceForm
from quantities.errors import UsufructError
from tests.billing.clearance.cleared import (
    CHINESE_BUYER,
    CHINESE_SELLER,
    POLISH_BUYER,
    POLISH_SELLER,
    SHANGHAI,
    WARSAW,
    chinese,
    chinese_line,
    line,
    polish,
)
from tests.billing.scene import on

NOW = on("2026-03-02")
NO_STREET = PostalAddress((), "", "", "", "PL")


def ksef(seller: BusinessParty = POLISH_SELLER, buyer: BusinessParty = POLISH_BUYER) -> BusinessDocument:
    return replace(polish(), seller=seller, buyer=buyer, form=InvoiceForm.KSEF, issued_on=date(2026, 3, 2))


def fapiao(
    seller: BusinessParty = CHINESE_SELLER, buyer: BusinessParty = CHINESE_BUYER, *, code: bool = True
) -> BusinessDocument:
    made = chinese([chinese_line(1, "10.00") if code else line(1, "10.00", "13")])
    return replace(made, seller=seller, buyer=buyer, form=InvoiceForm.FAPIAO, issued_on=date(2026, 3, 2))


def without_number(party: BusinessParty) -> BusinessParty:
    return replace(party, vat_id="", tax_number="", registration=None)


@pytest.mark.parametrize(("document", "refusal", "place"), [
    pytest.param(ksef(without_number(POLISH_SELLER)), SellerNumberInvalid, "seller.vat_id", id="seller-nip-missing"),
    pytest.param(ksef(buyer=replace(POLISH_BUYER, vat_id="PL5265877634")), BuyerNumberInvalid, "buyer.vat_id", id="buyer-nip-missing"),
    pytest.param(ksef(replace(POLISH_SELLER, address=NO_STREET)), PostalAddressMissing, "seller.address", id="seller-street-missing"),
    pytest.param(ksef(buyer=replace(POLISH_BUYER, address=NO_STREET)), PostalAddressMissing, "buyer.address", id="buyer-street-missing"),
    pytest.param(ksef(replace(POLISH_SELLER, address=SHANGHAI)), FormOfOtherState, "seller.country", id="seller-nip-missing, abroad"),
    pytest.param(fapiao(without_number(CHINESE_SELLER)), SellerNumberInvalid, "seller.vat_id", id="seller-uscc-missing"),
    pytest.param(fapiao(buyer=replace(CHINESE_BUYER, vat_id="91110000600037341X")), BuyerNumberInvalid, "buyer.vat_id", id="buyer-uscc-missing"),
    pytest.param(fapiao(code=False), TaxCodeMissing, "classifications", id="classification-missing"),
])  # fmt: skip
def test_what_a_check_names_as_missing_holds_the_document(
    document: BusinessDocument, refusal: type[UsufructError], place: str
) -> None:
    with pytest.raises(refusal) as refused:
        require_clearable(document, NOW)
    assert place in str(refused.value.members["place"])
    assert refused.value.members["expected"]


@pytest.mark.parametrize("document", [
    pytest.param(ksef(), id="ksef"),
    pytest.param(ksef(buyer=replace(POLISH_BUYER, vat_id="DE136695976", address=replace(WARSAW, country="DE"))), id="ksef, a customer abroad"),
    pytest.param(ksef(buyer=replace(POLISH_BUYER, address=PostalAddress((), "Warszawa", "00-001", "", "PL"))), id="ksef, a place alone"),
    pytest.param(ksef(buyer=without_number(POLISH_BUYER)), id="ksef, a consumer gets a PDF"),
    pytest.param(fapiao(), id="fapiao"),
    pytest.param(fapiao(buyer=replace(CHINESE_BUYER, address=WARSAW)), id="fapiao, a customer abroad gets a PDF"),
    pytest.param(fapiao(buyer=without_number(CHINESE_BUYER)), id="fapiao, an ordinary one"),
])  # fmt: skip
def test_where_nothing_is_missing_nothing_is_held(document: BusinessDocument) -> None:
    require_clearable(document, NOW)


def test_what_is_of_a_period_before_the_duty_and_is_issued_after_it_is_held() -> None:
    of_january = replace(ksef(buyer=replace(POLISH_BUYER, address=NO_STREET)), issued_on=date(2026, 1, 31))
    with pytest.raises(PostalAddressMissing):
        require_clearable(of_january, on("2026-02-02"))
    require_clearable(of_january, on("2026-01-31"))


def test_what_comes_to_nothing_is_not_held() -> None:
    nothing = replace(ksef(buyer=replace(POLISH_BUYER, address=NO_STREET)), lines=(line(1, "0.00"),))
    require_clearable(replace(nothing, lines=tuple(replace(one, net=Decimal(0)) for one in nothing.lines)), NOW)
