"""Originals with a database: made once, on first need, and afterwards the stored bytes for ever.

    issued document → its original, made and validated → one row, that nothing changes → the same bytes each time

Two that ask at once make two and keep one: whoever comes second gets the first one's.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime
from hashlib import sha256
from importlib.metadata import version

from sqlalchemy.dialects.postgresql import insert
from sqlmodel import Session, col, select

from billing.archive.original import MadeFile
from billing.invoices.store import StoredInvoice
from billing.records.document_file import ValidationRecord
from billing.tables import DocumentFileRow, PayeeDocumentRow
from contracts.invoicing import InvoiceForm
from quantities.errors import Conflict


class OriginalDamaged(Conflict):
    """The stored original differs from its digest."""


@dataclass(frozen=True, slots=True)
class ArchivedFile:
    """A stored original.

    Attributes:
        form: in which it is.
        media_type: of the bytes.
        content: the exact bytes.
        sha256: of them, in hexadecimal.
        report: of its validation.
        version: the release of this product that made it.
        made_at: when.
        retained_until: the last day on which it is kept.
    """

    form: InvoiceForm
    media_type: str
    content: bytes
    sha256: str
    report: ValidationRecord
    version: str
    made_at: datetime
    retained_until: date


@dataclass(frozen=True, slots=True)
class ArchivedDocument:
    """Whose original it is: one of a customer's documents, or of a payee's.

    Attributes:
        party_id: the customer, or the payee.
        form: in which it is taken.
        invoice_id: of a customer's document.
        payee_document_id: of a payee's.
    """

    party_id: int
    form: InvoiceForm
    invoice_id: int | None = None
    payee_document_id: int | None = None


def of_invoice(stored: StoredInvoice) -> ArchivedDocument:
    """Name the original of an invoice, in the form that its customer takes."""
    row = stored.row
    invoicing = row.inputs.invoicing
    form = InvoiceForm.PDF if invoicing is None else invoicing.terms.form
    return ArchivedDocument(row.customer_id, form, invoice_id=row.id)


def of_payee_document(row: PayeeDocumentRow, form: InvoiceForm) -> ArchivedDocument:
    """Name the original of a document between the supplier and a payee."""
    return ArchivedDocument(row.payee_id, form, payee_document_id=row.id)


def find_original(session: Session, document: ArchivedDocument) -> ArchivedFile | None:
    """Find an original that is stored.

    Args:
        session: states the tenant, and the party where a customer or a payee asks.
        document: whose.

    Raises:
        OriginalDamaged: what is stored is not what was stored.
    """
    column, key = (
        (DocumentFileRow.payee_document_id, document.payee_document_id)
        if document.invoice_id is None
        else (DocumentFileRow.invoice_id, document.invoice_id)
    )
    rows = select(DocumentFileRow).where(col(column) == key, col(DocumentFileRow.form) == document.form.value)
    row = session.exec(rows).one_or_none()
    return None if row is None else _read(row)


def original_of(
    session: Session, document: ArchivedDocument, make: Callable[[], MadeFile], at: datetime
) -> ArchivedFile:
    """Find an original, or make and store it.

    Args:
        session: states the tenant, and is the product's: whoever asks first need not be one who may write.
        document: issued.
        make: makes it; called only where nothing is stored, and may refuse.
        at: now.

    Returns:
        What is stored, for ever the same bytes; of two that make it at once, the first one's.

    Raises:
        OriginalDamaged: what is stored is not what was stored.
    """
    stored = find_original(session, document)
    if stored is not None:
        return stored
    made = make()
    values = {
        "invoice_id": document.invoice_id,
        "payee_document_id": document.payee_document_id,
        "party_id": document.party_id,
        "form": made.form.value,
        "version": version("usufruct"),
        "media_type": made.media_type,
        "sha256": sha256(made.content).hexdigest(),
        "content": made.content,
        "report": made.report,
        "made_at": at,
        "retained_until": made.retained_until,
    }
    session.execute(insert(DocumentFileRow).values(values).on_conflict_do_nothing())  # waits for who is making it
    kept = find_original(session, document)
    if kept is None:
        raise OriginalDamaged(f"the original in the form {made.form.value} was stored and is not there")
    return kept


def _read(row: DocumentFileRow) -> ArchivedFile:
    digest = sha256(row.content).hexdigest()
    if digest != row.sha256:
        raise OriginalDamaged(f"an original has the digest {digest}", found=digest, expected=row.sha256)
    return ArchivedFile(
        form=InvoiceForm(row.form),
        media_type=row.media_type,
        content=row.content,
        sha256=row.sha256,
        report=row.report,
        version=row.version,
        made_at=row.made_at,
        retained_until=row.retained_until,
    )
