"""The pictures of documents: the logos that their parties name."""

from sqlmodel import Session

from billing.documents.invoice.pictures import InvoicePictures
from billing.documents.model.business_document import BusinessDocument
from contracts.logos.store import logo_named


def pictures_of(session: Session, document: BusinessDocument) -> InvoicePictures:
    """Load the pictures that a document bears.

    Raises:
        UnknownLogo: the logo that a party named when the document was issued is not stored.
    """
    parties = (document.seller, document.buyer)
    return InvoicePictures(
        logos={party.logo: logo_named(session, party.logo) for party in parties if party.logo},
    )
