"""The parties of a document in UBL: BG-4, BG-7, BG-10, BG-11."""

from billing.documents.einvoice.elements import Node
from billing.documents.einvoice.ubl_names import UBL
from billing.documents.einvoice.written import WrittenInvoice
from billing.documents.model.business_document import BusinessDocument
from billing.documents.model.business_party import BusinessParty, Identifier, PostalAddress

_LINES_MAX = 3


def ubl_party(party: BusinessParty, invoice: WrittenInvoice, *, is_seller: bool) -> Node | None:
    """BG-4 or BG-7: a buyer has one identifier at most (UBL-SR-16), and neither a tax number nor a legal note."""
    make = UBL.make
    identifiers = party.identifiers if is_seller else party.identifiers[:1]
    creditor = _creditor(invoice) if is_seller and invoice.document.payee is None else None
    return make(
        "cac:Party",
        (
            identified("cbc:EndpointID", party.electronic),
            *(make("cac:PartyIdentification", identified("cbc:ID", one)) for one in identifiers),
            creditor,
            make("cac:PartyName", make("cbc:Name", party.trading_name)),
            ubl_address("cac:PostalAddress", party.address),
            _tax_scheme(party.vat_id, "VAT"),
            _tax_scheme(party.tax_number, invoice.tax_scheme) if is_seller else None,
            make(
                "cac:PartyLegalEntity",
                make("cbc:RegistrationName", party.name),
                identified("cbc:CompanyID", party.registration),
                make("cbc:CompanyLegalForm", party.register_note) if is_seller else None,
            ),
            make(
                "cac:Contact",
                make("cbc:Name", party.contact.name),
                make("cbc:Telephone", party.contact.phone),
                make("cbc:ElectronicMail", party.contact.email),
            ),
        ),
    )


def ubl_payee(invoice: WrittenInvoice) -> Node | None:
    """BG-10: who is paid where it is not the seller."""
    make, payee = UBL.make, invoice.document.payee
    if payee is None:
        return None
    return make(
        "cac:PayeeParty",
        *(make("cac:PartyIdentification", identified("cbc:ID", one)) for one in payee.identifiers[:1]),
        _creditor(invoice),
        make("cac:PartyName", make("cbc:Name", payee.name)),
        make("cac:PartyLegalEntity", identified("cbc:CompanyID", payee.registration)),
    )


def ubl_representative(document: BusinessDocument) -> Node | None:
    """BG-11."""
    make, party = UBL.make, document.representative
    if party is None:
        return None
    return make(
        "cac:TaxRepresentativeParty",
        make("cac:PartyName", make("cbc:Name", party.name)),
        ubl_address("cac:PostalAddress", party.address),
        _tax_scheme(party.vat_id, "VAT"),
    )


def ubl_address(name: str, address: PostalAddress) -> Node | None:
    """BG-5, BG-8, BG-12, BG-15: three lines at most, the third with all that is more."""
    make = UBL.make
    first, second, third = address_lines(address)
    return make(
        name,
        (
            make("cbc:StreetName", first),
            make("cbc:AdditionalStreetName", second),
            make("cbc:CityName", address.city),
            make("cbc:PostalZone", address.post_code),
            make("cbc:CountrySubentity", address.region),
            make("cac:AddressLine", make("cbc:Line", third)),
            make("cac:Country", make("cbc:IdentificationCode", address.country)),
        ),
    )


def address_lines(address: PostalAddress) -> tuple[str, str, str]:
    """The lines of an address as three, empty where there are fewer."""
    first, second, *more = (*address.lines, *[""] * _LINES_MAX)
    return first, second, ", ".join(line for line in more if line)


def identified(name: str, identifier: Identifier | None) -> Node | None:
    """An identifier with the list that it is from."""
    return None if identifier is None else UBL.make(name, identifier.value, schemeID=identifier.scheme)


def _tax_scheme(number: str, scheme: str) -> Node | None:
    if not number:
        return None
    make = UBL.make
    return make("cac:PartyTaxScheme", make("cbc:CompanyID", number), make("cac:TaxScheme", make("cbc:ID", scheme)))


def _creditor(invoice: WrittenInvoice) -> Node | None:
    """BT-90, among the identifiers of who is paid."""
    debit = invoice.document.payment.debit
    if debit is None or not invoice.pays_by_debit:
        return None
    return UBL.make("cac:PartyIdentification", UBL.make("cbc:ID", debit.creditor, schemeID="SEPA"))
