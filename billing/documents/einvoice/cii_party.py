"""The parties of a document in CII: BG-4, BG-7, BG-10."""

from billing.documents.einvoice.cii_names import CII
from billing.documents.einvoice.elements import Node
from billing.documents.einvoice.ubl_party import address_lines
from billing.documents.model.business_party import BusinessParty, ContactPoint, Identifier, PostalAddress


def cii_party(name: str, party: BusinessParty, *, is_seller: bool, is_payee: bool = False) -> Node | None:
    """A party: a payee (BG-10) has a name and identifiers alone, a buyer neither a tax number nor a legal note."""
    make = CII.make
    identifiers = party.identifiers if is_seller else party.identifiers[:1]
    registration = party.registration or Identifier("")
    return make(
        name,
        (
            *(make("ram:ID", one.value) for one in identifiers if not one.scheme),
            *(make("ram:GlobalID", one.value, schemeID=one.scheme) for one in identifiers if one.scheme),
            make("ram:Name", party.name),
            make("ram:Description", party.register_note) if is_seller else None,
            make(
                "ram:SpecifiedLegalOrganization",
                make("ram:ID", registration.value, schemeID=registration.scheme),
                None if is_payee else make("ram:TradingBusinessName", party.trading_name),
            ),
            *(() if is_payee else _reached(party)),
            None if is_payee else _registration(party.vat_id, "VA"),
            _registration(party.tax_number, "FC") if is_seller else None,
        ),
    )


def _reached(party: BusinessParty) -> tuple[Node | None, ...]:
    electronic = party.electronic or Identifier("")
    uri = CII.make("ram:URIID", electronic.value, schemeID=electronic.scheme)
    return (
        _contact(party.contact),
        cii_address(party.address),
        CII.make("ram:URIUniversalCommunication", uri),
    )


def _contact(contact: ContactPoint) -> Node | None:
    make = CII.make
    phone, email = make("ram:CompleteNumber", contact.phone), make("ram:URIID", contact.email)
    return make(
        "ram:DefinedTradeContact",
        make("ram:PersonName", contact.name),
        make("ram:TelephoneUniversalCommunication", phone),
        make("ram:EmailURIUniversalCommunication", email),
    )


def cii_address(address: PostalAddress) -> Node | None:
    """BG-5, BG-8, BG-12, BG-15."""
    make = CII.make
    first, second, third = address_lines(address)
    return make(
        "ram:PostalTradeAddress",
        (
            make("ram:PostcodeCode", address.post_code),
            make("ram:LineOne", first),
            make("ram:LineTwo", second),
            make("ram:LineThree", third),
            make("ram:CityName", address.city),
            make("ram:CountryID", address.country),
            make("ram:CountrySubDivisionName", address.region),
        ),
    )


def _registration(number: str, scheme: str) -> Node | None:
    return CII.make("ram:SpecifiedTaxRegistration", CII.make("ram:ID", number, schemeID=scheme))
