"""The picture of a document that goes beside its original."""

from datetime import datetime

from sqlmodel import Session

from api.operations.invoices import write_invoice
from billing.archive.original import PDF
from billing.archive.store import ArchivedFile
from billing.documents.look.pdf import UnprintableSign
from billing.documents.registry import DOCUMENTS
from billing.invoices.store import StoredInvoice
from quantities.document import parse


def pictures_of(
    session: Session, stored: StoredInvoice, original: ArchivedFile, at: datetime, public_url: str = ""
) -> list[tuple[str, bytes]]:
    """Make the PDF that goes beside an original which is none: media type and bytes; nothing beside a PDF.

    An original says all by itself: one of which no picture can be laid out goes without.
    """
    try:
        return [] if original.media_type == PDF else [picture(session, stored, "pdf", at, public_url)]
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
