"""The pictures of documents: the logos that their parties name, and the code of the state that cleared them."""

from dataclasses import replace

from sqlmodel import Session

from api.server.database import as_product, ksef_of
from billing.clearance.duty import duty_of
from billing.clearance.life import Authority
from billing.documents.invoice.pictures import ClearanceCode, InvoicePictures
from billing.documents.model.business_document import BusinessDocument
from contracts.logos.store import logo_named


def pictures_of(
    session: Session,
    document: BusinessDocument,
    *,
    invoice_id: int | None = None,
    payee_document_id: int | None = None,
) -> InvoicePictures:
    """Load the pictures that a document bears.

    Args:
        session: states the tenant, and the party where one asks.
        document: what it says.
        invoice_id: of a customer's document.
        payee_document_id: of one between the supplier and a payee.

    Raises:
        UnknownLogo: the logo that a party named when the document was issued is not stored.
    """
    parties = (document.seller, document.buyer)
    return InvoicePictures(
        logos={party.logo: logo_named(session, party.logo) for party in parties if party.logo},
        clearance=_ksef_code(session, document, invoice_id, payee_document_id),
    )


def _ksef_code(
    session: Session, document: BusinessDocument, invoice_id: int | None, payee_document_id: int | None
) -> ClearanceCode | None:
    """Make KOD I of what KSeF was asked about. KOD II, of what is offline, is for whoever holds the certificate."""
    from billing.clearance.ksef.codes import KsefEnvironment, ksef_codes  # noqa: PLC0415 of documents in Poland alone
    from billing.clearance.store import ksef_file_of  # noqa: PLC0415 likewise

    if document.issued_on is None or document.seller.address.country != duty_of(Authority.KSEF).country:
        return None
    with as_product(session):  # the file that its code names is the supplier's alone
        file = ksef_file_of(session, document.issued_on, invoice_id=invoice_id, payee_document_id=payee_document_id)
    if file is None:
        return None
    code, *_ = ksef_codes(replace(file, offline=False), KsefEnvironment(ksef_of(session)))
    return ClearanceCode(code.link, code.caption)
