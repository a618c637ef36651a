"""What is open, as the product says it: of each document its customer, what is still to be paid, and how it stands."""

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from sqlmodel import Session

from api.operations.invoices import list_invoices
from billing.documents.views import InvoiceHead
from billing.invoices.invoice_query import InvoiceQuery
from quantities.listing import ROWS_MAX


@dataclass(frozen=True, slots=True)
class OpenItem:
    """A document of which something is open.

    Attributes:
        number: of it.
        customer: who owes it, or is owed it, by name.
        amount: what is open, with tax; below zero of a credit note.
        days_late: for how many days it is overdue.
    """

    number: str
    customer: str
    amount: Decimal
    days_late: int = 0


def documents_since(session: Session, first: date, now: datetime) -> tuple[InvoiceHead, ...]:
    """List the documents that were issued since a day, the oldest first."""
    return list_invoices(session, InvoiceQuery(issued_from=first, limit=ROWS_MAX), now).rows


def open_items(session: Session, first: date, now: datetime) -> list[OpenItem]:
    """List the documents issued since a day of which something is open now, the oldest first."""
    return [
        OpenItem(head.number, head.customer, head.payment.open, head.payment.days_late)
        for head in documents_since(session, first, now)
        if head.payment is not None and head.payment.open
    ]
