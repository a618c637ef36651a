"""Invoices as use cases: listed, read, explained, written as documents and exports. Nothing here rates anything."""

from collections.abc import Sequence

from sqlmodel import Session

from billing.documents.document import InvoiceDocument
from billing.documents.views import invoice_out
from billing.exports.export import Export
from billing.invoices import store
from billing.invoices.store import StoredInvoice, UnknownInvoice
from billing.proof import explain
from billing.proof.explain import Explanation


def list_invoices(session: Session, *, as_customer: bool = False) -> list[StoredInvoice]:
    """List invoices, oldest first; as a customer sees them, without drafts."""
    return store.billed(session, store.ids_of(session, issued_only=as_customer))


def invoices_by_id(session: Session, ids: Sequence[int]) -> list[StoredInvoice]:
    """Read invoices by their keys, as a billing run names them; oldest first."""
    return store.billed(session, ids)


def find_invoice(
    session: Session, number: str, supplier: str | None = None, *, as_customer: bool = False
) -> StoredInvoice:
    """Find an invoice.

    Args:
        session: states the tenant, and the party where a customer asks.
        number: the invoice's number, or ``draft-ID``.
        supplier: whose invoice, where several suppliers have one of that number.
        as_customer: a draft does not exist for a customer.

    Raises:
        UnknownInvoice: none is visible here.
        WhichSupplier: several suppliers have one, and none is named.
    """
    invoice = store.find(session, number, supplier)
    if as_customer and invoice.row.sequence is None:
        raise UnknownInvoice(f"there is no invoice {number!r} here", found=number)
    return invoice


def explain_line(
    session: Session,
    number: str,
    position: int,
    *,
    most: int,
    supplier: str | None = None,
    as_customer: bool = False,
) -> Explanation:
    """Open a line of an invoice down to its readings.

    Args:
        session: states the tenant, and the party where a customer asks.
        number: the invoice's number, or ``draft-ID``.
        position: of the line, from 1.
        most: how many readings are listed at most.
        supplier: whose invoice, where several suppliers have one of that number.
        as_customer: a draft does not exist for a customer.

    Raises:
        UnknownInvoice: none is visible here.
        WhichSupplier: several suppliers have one, and none is named.
        UnknownLine: the invoice has no such line.
    """
    invoice = find_invoice(session, number, supplier, as_customer=as_customer)
    return explain.explain(session, invoice, position, most)


def write_invoice(
    session: Session,
    number: str,
    document: InvoiceDocument,
    supplier: str | None = None,
    *,
    as_customer: bool = False,
) -> bytes:
    """Write an invoice as a document.

    Raises:
        UnknownInvoice: none is visible here.
        WhichSupplier: several suppliers have one, and none is named.
    """
    return document.render(invoice_out(find_invoice(session, number, supplier, as_customer=as_customer)))


def export_invoices(session: Session, export: Export) -> bytes:
    """Write all issued invoices as an export, oldest first."""
    return export.render(store.billed(session, store.ids_of(session, issued_only=True)))
