"""The original of a document as it is sent, and the pictures of it.

Today the house makes pictures alone: a PDF where there is one, else the page, is the original of a document whose form
is ``pdf``. Of every other form there is none yet, and nothing is sent in its place. Once originals are archived, what
``original_of`` returns is read from the archive, and nothing else changes.
"""

import hashlib
from dataclasses import dataclass
from datetime import datetime

from sqlmodel import Session

from api.operations.invoices import write_invoice
from billing.delivery.outgoing import Original, OriginalReport
from billing.documents import DOCUMENTS
from billing.invoices.store import StoredInvoice
from contracts.invoicing import InvoiceForm
from quantities.document import parse
from quantities.errors import Conflict

#: By name in ``DOCUMENTS.invoice``, what people take for the document: the first that there is.
_PICTURES = ("pdf", "html")


class NoOriginalOfForm(Conflict):
    """No original is made in the form that the customer takes."""


@dataclass(frozen=True, slots=True)
class RenderedOriginal:
    """A picture that is the original (``Original`` says what each attribute is)."""

    form: InvoiceForm
    media_type: str
    content: bytes
    file_name: str | None = None
    report: OriginalReport | None = None

    @property
    def sha256(self) -> str:
        """Of its bytes, in hexadecimal."""
        return hashlib.sha256(self.content).hexdigest()


def form_of(stored: StoredInvoice) -> InvoiceForm:
    """Read in which form the customer takes a document."""
    invoicing = stored.row.inputs.invoicing
    return InvoiceForm.PDF if invoicing is None else invoicing.terms.form


def original_of(session: Session, stored: StoredInvoice, at: datetime) -> Original:
    """Read the original of an issued document.

    Raises:
        NoOriginalOfForm: none is made in its form.
    """
    form = form_of(stored)
    if form is not InvoiceForm.PDF:
        detail = f"{stored.name} is to be {form.value}, and no original of that form is made here"
        raise NoOriginalOfForm(detail, found=form.value, expected=InvoiceForm.PDF.value)
    for name in _PICTURES:
        if name in DOCUMENTS.invoice:
            return RenderedOriginal(form, *picture(session, stored, name, at))
    raise NoOriginalOfForm(f"there is no picture of {stored.name}", found=None, expected=list(_PICTURES))


def pictures_of(session: Session, stored: StoredInvoice, original: Original, at: datetime) -> list[tuple[str, bytes]]:
    """Make the PDF that goes beside an original which is none: media type and bytes; nothing where there is no PDF."""
    if original.media_type == "application/pdf" or original.form is InvoiceForm.PDF or "pdf" not in DOCUMENTS.invoice:
        return []
    return [picture(session, stored, "pdf", at)]


def picture(session: Session, stored: StoredInvoice, name: str, at: datetime) -> tuple[str, bytes]:
    """Write an issued document as a picture, as its customer sees it; say its media type."""
    kind = DOCUMENTS.invoice[name]
    supplier = stored.row.inputs.supplier.name
    content = write_invoice(session, stored.name, parse(kind, {}), at, supplier, as_customer=True)
    return kind.media_type, content
