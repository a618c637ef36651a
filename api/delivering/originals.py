"""The original of a document as it is sent, out of the archive, and the picture of it that goes beside."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from functools import partial

from sqlmodel import Session

from api.operations.invoices import write_invoice
from api.operations.originals import archived_original, find_payee_original
from api.operations.payees import write_payee_document
from billing.archive.original import PDF
from billing.archive.store import ArchivedFile
from billing.delivery.documents.store import DeliveredDocument
from billing.documents.look.pdf import UnprintableSign
from billing.documents.model.business_document import BusinessDocument
from billing.documents.model.load import business_document, payee_business_document
from billing.documents.registry import DOCUMENTS
from billing.invoices.store import StoredInvoice, billed
from quantities.document import parse


@dataclass(frozen=True, slots=True)
class LeavingDocument:
    """A document as it leaves the house: what it says, its original, and pictures of it, each with its media type."""

    document: BusinessDocument
    original: ArchivedFile
    pictures: list[tuple[str, bytes]]


def leaving_document(
    session: Session, delivered: DeliveredDocument, at: datetime, public_url: str = ""
) -> LeavingDocument:
    """Read an issued document with its original; what is sent first is made then.

    Raises:
        EInvoiceRefused, OriginalOfState and others: as ``api.operations.originals.find_original``.
    """
    number, seller = delivered.number, delivered.supplier
    if delivered.payee_document is not None:
        document = payee_business_document(session, delivered.payee_document)
        original = find_payee_original(session, number, at, seller, public_url=public_url)
        pdf = partial(payee_picture, session, number, seller, "pdf", public_url)
    else:
        (stored,) = billed(session, [delivered.invoice.id])
        document = business_document(session, stored)
        original = archived_original(session, stored, at, public_url)
        pdf = partial(picture, session, stored, "pdf", at, public_url)
    return LeavingDocument(document, original, _beside(original, pdf))


def archived_file(session: Session, invoice_id: int, at: datetime, public_url: str = "") -> tuple[str, ArchivedFile]:
    """Read the number of an issued document, and its original, which is made when it is asked for first."""
    (stored,) = billed(session, [invoice_id])
    return stored.name, archived_original(session, stored, at, public_url)


def content_of(session: Session, delivered: DeliveredDocument) -> BusinessDocument:
    """Read what an issued document says."""
    if delivered.payee_document is not None:
        return payee_business_document(session, delivered.payee_document)
    (stored,) = billed(session, [delivered.invoice.id])
    return business_document(session, stored)


def payee_picture(session: Session, number: str, seller: str, name: str, public_url: str = "") -> tuple[str, bytes]:
    """Write a document between the supplier and a payee as a picture; say its media type."""
    kind = DOCUMENTS.invoice[name]
    content = write_payee_document(session, number, parse(kind, {}), seller, public_url=public_url)
    return kind.media_type, content


def _beside(original: ArchivedFile, pdf: Callable[[], tuple[str, bytes]]) -> list[tuple[str, bytes]]:
    """Make the PDF that goes beside an original which is none: media type and bytes; nothing beside a PDF.

    An original says all by itself: one of which no picture can be laid out goes without.
    """
    try:
        return [] if original.media_type == PDF else [pdf()]
    except UnprintableSign:
        return []


def picture(
    session: Session, stored: StoredInvoice, name: str, at: datetime, public_url: str = ""
) -> tuple[str, bytes]:
    """Write an issued document as a picture, as its customer sees it; say its media type."""
    kind = DOCUMENTS.invoice[name]
    supplier = stored.row.inputs.supplier.name
    content = write_invoice(
        session, stored.name, parse(kind, {}), at, supplier, as_customer=True, public_url=public_url
    )
    return kind.media_type, content
