"""Invoices as use cases: listed, read, explained, written as documents and exports. A draft is made to be read."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal

from sqlmodel import Session

from api.access.grants import see_machines
from api.operations.document_pictures import pictures_of
from api.server.database import as_product
from billing.documents.document import InvoiceDocument
from billing.documents.model.business_document import BusinessDocument
from billing.documents.usage.daily_usage import UsageStatement
from billing.documents.views import InvoiceHead, InvoiceOut, invoice_head, invoice_out
from billing.drafts import look
from billing.exports.export import Export
from billing.invoices import listed, store
from billing.invoices.invoice_query import InvoiceQuery, InvoiceTotals
from billing.invoices.store import DRAFT, StoredInvoice, UnknownInvoice
from billing.proof import explain
from billing.proof.explain import Explanation
from billing.receivables.standing import PaymentState
from billing.receivables.standings import standings_now
from billing.receivables.views import StandingOut
from billing.voiding import store as voidings
from billing.voiding.views import voiding_out
from contracts.logos.store import logo_named
from quantities.listing import ListPage


def list_invoices(
    session: Session, query: InvoiceQuery, at: datetime, *, as_customer: bool = False
) -> ListPage[InvoiceHead]:
    """List invoices in pages, without their lines, and where each stands today; oldest first, unless asked otherwise.

    Raises:
        UnknownSort, UnknownPage: there is no such order, or place in it.
    """
    page = listed.listed(session, query, at, as_customer=as_customer)
    stands = standings_now(session, [invoice.row for invoice in page.rows], at)
    return page.of(tuple(invoice_head(invoice, stands.get(invoice.row.id)) for invoice in page.rows))


def total_invoices(
    session: Session, query: InvoiceQuery, at: datetime, *, as_customer: bool = False
) -> list[InvoiceTotals]:
    """Add up the invoices that a query lets through, on whatever page, by currency."""
    return listed.totals(session, query, at, as_customer=as_customer)


def all_invoices(session: Session) -> list[StoredInvoice]:
    """Read all invoices, oldest first."""
    return store.billed(session, store.ids_of(session))


def invoices_by_id(session: Session, ids: Sequence[int]) -> list[StoredInvoice]:
    """Read invoices by their keys, as a billing run names them; oldest first."""
    return store.billed(session, ids)


@contextmanager
def open_invoice(
    session: Session, number: str, at: datetime, supplier: str | None = None, *, as_customer: bool = False
) -> Iterator[StoredInvoice]:
    """Find an invoice, or make a draft that somebody has looked at; a draft is there within the block alone.

    Args:
        session: states the tenant, and the party where a customer asks.
        number: the invoice's number, or the name of a draft.
        at: now.
        supplier: whose invoice, where several suppliers have one of that number.
        as_customer: a draft does not exist for a customer.

    Raises:
        UnknownInvoice: none is visible here.
        WhichSupplier: several suppliers have one, and none is named.
        DraftOutdated: the draft comes out otherwise now than it was looked at.
        AlreadyIssued: the draft is an invoice by now.
        NothingToIssue: what the draft was of is not ready any more.
    """
    if not number.startswith(DRAFT):
        yield store.find(session, number, supplier)
        return
    if as_customer:
        raise UnknownInvoice(f"there is no invoice {number!r} here", found=number)
    with as_product(session), look.opened(session, number, at) as draft:
        yield draft


def find_invoice(
    session: Session, number: str, at: datetime, supplier: str | None = None, *, as_customer: bool = False
) -> InvoiceOut:
    """Show an invoice, or a draft that somebody has looked at (``open_invoice`` says what each argument is).

    It says where it stands with its payment today; a document that is written of it does not.

    Raises:
        UnknownInvoice: none is visible here (others: ``open_invoice``).
    """
    with open_invoice(session, number, at, supplier, as_customer=as_customer) as invoice:
        if invoice.row.number is None:
            return invoice_out(invoice).model_copy(update={"payment": _OF_A_DRAFT})
        shown = invoice_out(invoice, standings_now(session, [invoice.row], at)[invoice.row.id])
        voided = None if as_customer else voidings.of_invoice(session, invoice)
    if voided is not None:
        shown = shown.model_copy(update={"voided": voiding_out(voided)})
    return shown.for_customer if as_customer else shown


_NOTHING = Decimal(0)
_OF_A_DRAFT = StandingOut(
    state=PaymentState.READY,
    open=_NOTHING,
    paid=_NOTHING,
    discount=_NOTHING,
    written_off=_NOTHING,
    disputed=_NOTHING,
    days_late=0,
    sent_on=None,
)


@dataclass(frozen=True, slots=True)
class AskedLine:
    """A line that is to be explained.

    Attributes:
        number: of its invoice, or the name of a draft.
        position: of the line, from 1.
        most: how many readings are listed at most.
        supplier: whose invoice, where several suppliers have one of that number.
    """

    number: str
    position: int
    most: int
    supplier: str | None = None


def explain_line(session: Session, line: AskedLine, at: datetime, *, as_customer: bool = False) -> Explanation:
    """Open a line of an invoice, or of a draft that somebody has looked at, down to its readings.

    Args:
        session: states the tenant, and the party where a customer asks.
        line: which.
        at: now.
        as_customer: a draft does not exist for a customer.

    Raises:
        UnknownLine: the invoice has no such line.
        UnknownInvoice: none is visible here (others: ``open_invoice``).
    """
    if as_customer:
        see_machines(session)
    with open_invoice(session, line.number, at, line.supplier, as_customer=as_customer) as invoice:
        explanation = explain.explain(session, invoice, line.position, line.most)
    return explanation.for_customer if as_customer else explanation


def business_document_of(
    session: Session, number: str, at: datetime, supplier: str | None = None, *, as_customer: bool = False
) -> BusinessDocument:
    """Say what an invoice says, or a draft that somebody has looked at, in business terms (EN 16931).

    It is the same for the supplier and its customer; of an issued invoice it never changes, but that it becomes void.

    Args:
        session: states the tenant, and the party where a customer asks.
        number: the invoice's number, or the name of a draft.
        at: now.
        supplier: whose invoice, where several suppliers have one of that number.
        as_customer: a draft does not exist for a customer.

    Raises:
        UnknownInvoice: none is visible here (others: ``open_invoice``).
    """
    from api.operations.business_documents import document_of  # noqa: PLC0415 a list of invoices needs no words

    with open_invoice(session, number, at, supplier, as_customer=as_customer) as invoice, as_product(session):
        return document_of(session, invoice)  # whoever may see it sees all of it: reads, versions, other numbers


def usage_of_invoice(
    session: Session, number: str, at: datetime, supplier: str | None = None, *, as_customer: bool = False
) -> UsageStatement:
    """Count the use behind an invoice, or a draft that somebody has looked at, by day, as of the readings it knew.

    Args:
        session: states the tenant, and the party where a customer asks.
        number: the invoice's number, or the name of a draft.
        at: now.
        supplier: whose invoice, where several suppliers have one of that number.
        as_customer: a draft does not exist for a customer.

    Raises:
        UnknownInvoice: none is visible here (others: ``open_invoice``).
    """
    if as_customer:
        see_machines(session)
    with open_invoice(session, number, at, supplier, as_customer=as_customer) as invoice:
        return _with_use(session, invoice)


def _with_use(session: Session, invoice: StoredInvoice, public_url: str = "") -> UsageStatement:
    from api.operations.business_documents import document_of  # noqa: PLC0415 as above
    from billing.documents.usage.load import usage_of_document  # noqa: PLC0415 as above

    document = document_of(session, invoice, public_url)
    logo = logo_named(session, document.seller.logo) if document.seller.logo else None
    return UsageStatement(document, usage_of_document(session, invoice), logo)


def write_invoice(
    session: Session,
    number: str,
    document: InvoiceDocument,
    at: datetime,
    supplier: str | None = None,
    *,
    as_customer: bool = False,
    public_url: str = "",
) -> bytes:
    """Write an invoice, or a draft that somebody has looked at, as a document.

    Args:
        session: states the tenant, and the party where a customer asks.
        number: the invoice's number, or the name of a draft.
        document: as what.
        at: now.
        supplier: whose invoice, where several suppliers have one of that number.
        as_customer: a draft does not exist for a customer.
        public_url: at which customers reach this server, for the addresses of proofs.

    Raises:
        UnknownInvoice: none is visible here (others: ``open_invoice``).
        MissingFont, UnprintableSign, UnprintablePicture: it cannot be laid out as PDF.
    """
    from billing.documents.usage.usage_statement import usage_drawings  # noqa: PLC0415 as above

    if as_customer:
        see_machines(session)
    with open_invoice(session, number, at, supplier, as_customer=as_customer) as invoice:
        usage = _with_use(session, invoice, public_url)
        if not as_customer and invoice.row.voided_on is not None:
            usage = replace(usage, document=_saying_why_void(session, invoice, usage.document))
        pictures = replace(
            pictures_of(session, usage.document, invoice_id=invoice.row.id), charts=usage_drawings(usage)
        )
    return document.render(usage.document, pictures)


def _saying_why_void(session: Session, invoice: StoredInvoice, document: BusinessDocument) -> BusinessDocument:
    """Say on the supplier's own copy why a document is void, and by whom."""
    from billing.documents.words.words import words_in  # noqa: PLC0415 as above

    voided = voidings.of_invoice(session, invoice)
    if voided is None:
        return document
    why = words_in(document.language).text(
        "Void because: {reason} ({people}). The customer's copy does not say this.",
        reason=voided.reason.rstrip("."),
        people=", ".join(dict.fromkeys(filter(None, (voided.asked_by, voided.released_by)))),
    )
    return replace(document, voided_because=why)


def export_invoices(session: Session, export: Export) -> bytes:
    """Write the invoices of the days that an export is asked for, oldest first."""
    query = InvoiceQuery(month=export.month, issued_from=export.issued_from, issued_to=export.issued_to)
    return export.render(store.billed(session, listed.ids_listed(session, query)))
