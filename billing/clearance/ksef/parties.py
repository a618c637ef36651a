"""Seller and customer in FA(3): Podmiot1, Podmiot2, and who is paid instead of the seller (Podmiot3)."""

from lxml import etree
from stdnum.pl import nip

from billing.clearance.ksef.elements import NAME_MAX, element, optional, token
from billing.clearance.refusals import BuyerNumberInvalid, PostalAddressMissing, SellerNumberInvalid
from billing.documents.model.business_document import BusinessDocument
from billing.documents.model.business_party import BusinessParty, PostalAddress
from contracts.invoicing import InvoiceForm
from contracts.missing.state_parties import (
    CLEARING_STATES,
    POLAND,
    PREFIX_LENGTH,
    UNION_PREFIXES,
    is_polish_number,
    lacks_buyer_number,
    lacks_seller_number,
    stated,
)

_STATE = CLEARING_STATES[InvoiceForm.KSEF]
_NOT = "2"


def seller_nip(party: BusinessParty) -> str:
    """The seller's NIP: ten digits, without the country's prefix.

    Raises:
        SellerNumberInvalid: it states none, or one whose check digit is wrong.
    """
    number = stated(party)
    if lacks_seller_number(_STATE, party):
        detail = f"{party.name} has no valid NIP" + (f": {number} is none" if number else "")
        raise SellerNumberInvalid(detail, place="seller.vat_id", found=number, expected="a NIP of ten digits")
    return nip.compact(number)


def seller(document: BusinessDocument) -> etree._Element:
    """Write Podmiot1.

    Raises:
        SellerNumberInvalid: the seller has no NIP.
        PostalAddressMissing: nobody has told its address.
    """
    party = document.seller
    identity = element(
        "DaneIdentyfikacyjne", element("NIP", seller_nip(party)), element("Nazwa", token(party.name, NAME_MAX))
    )
    return element("Podmiot1", identity, _required_address(party, "seller"), *contact(party))


def buyer(document: BusinessDocument) -> etree._Element:
    """Write Podmiot2: neither of a part of a local authority (JST) nor of a VAT group (GV), which nobody has told us.

    Raises:
        BuyerNumberInvalid: it states a Polish number whose check digit is wrong.
        PostalAddressMissing: nobody has told its address. The schema lets it out of simplified invoices alone.
    """
    party = document.buyer
    customer_number = next((one.value for one in party.identifiers), "")
    return element(
        "Podmiot2",
        element("DaneIdentyfikacyjne", *number_of(party), element("Nazwa", token(party.name, NAME_MAX))),
        _required_address(party, "buyer"),
        *contact(party),
        optional("NrKlienta", token(customer_number)),
        element("JST", _NOT),
        element("GV", _NOT),
    )


def paid_instead(document: BusinessDocument) -> list[etree._Element]:
    """Write who is paid instead of the seller, as another party with its role in words; mostly nobody."""
    party = document.payee
    if party is None:
        return []
    role = [element("RolaInna", "1"), element("OpisRoli", "odbiorca płatności")]
    identity = element("DaneIdentyfikacyjne", *number_of(party), element("Nazwa", token(party.name, NAME_MAX)))
    return [element("Podmiot3", identity, address(party.address), *role)]


def number_of(party: BusinessParty) -> list[etree._Element]:
    """Write a party's tax number: a NIP, one of the union, one of elsewhere, or that it has none.

    Raises:
        BuyerNumberInvalid: a Polish number's check digit is wrong.
    """
    number, country = stated(party), party.address.country
    if lacks_buyer_number(_STATE, party, country):
        detail = f"{number} of {party.name} is no NIP"
        expected = "a NIP of ten digits, or no number"
        raise BuyerNumberInvalid(detail, place="buyer.vat_id", found=number, expected=expected)
    if is_polish_number(party, country):
        return [element("NIP", nip.compact(number))]
    prefix = party.vat_id[:PREFIX_LENGTH].upper()
    if prefix in UNION_PREFIXES:
        return [element("KodUE", prefix), element("NrVatUE", token(party.vat_id[PREFIX_LENGTH:].replace(" ", "")))]
    if number:
        return [optional("KodKraju", country), element("NrID", token(number, 50))]
    return [element("BrakID", "1")]


def _required_address(party: BusinessParty, side: str) -> etree._Element:
    written = address(party.address)
    if written is None:
        node = {"seller": "Podmiot1", "buyer": "Podmiot2"}[side]
        detail = f"{party.name} has no address (FA(3) {node}/Adres; Polish VAT act, Art. 106e (1) no. 3)"
        expected = "an address, in the contract or by `usufruct party apply`"
        raise PostalAddressMissing(detail, place=f"{side}.address", found=party.name, expected=expected)
    return written


def address(of: PostalAddress) -> etree._Element | None:
    """Write an address as two lines: street, and post code with place; None where nothing is told but a country."""
    place = " ".join(part for part in (of.post_code, of.city) if part)
    first, second = ", ".join(of.lines), ", ".join(part for part in (place, of.region) if part)
    lines = [line for line in (first, second) if line]
    if not lines:
        return None
    return element(
        "Adres",
        element("KodKraju", of.country or POLAND),
        element("AdresL1", token(lines[0], NAME_MAX)),
        optional("AdresL2", token(lines[1], NAME_MAX) if len(lines) > 1 else ""),
    )


def contact(party: BusinessParty) -> list[etree._Element]:
    """Write how a party is reached; nothing where neither mail nor telephone is known."""
    email, phone = token(party.contact.email), token(party.contact.phone, 16)
    if not (email or phone):
        return []
    return [element("DaneKontaktowe", optional("Email", email), optional("Telefon", phone))]
