"""Payees as use cases: who has a part of what was issued, statements, the legs of an invoice, and their documents."""

from collections import defaultdict
from dataclasses import dataclass
from datetime import date

from sqlmodel import Session

from api.operations.business_documents import as_it_leaves
from api.operations.document_pictures import pictures_of
from api.operations.letters import letter_of_payee
from billing.documents.document import InvoiceDocument, PayeeDocument
from billing.documents.model.business_document import BusinessDocument
from billing.documents.model.load import payee_business_document
from billing.documents.payee_document_views import (
    PayeeDocumentHead,
    PayeeDocumentOut,
    payee_document_head,
    payee_document_out,
)
from billing.documents.payee_views import (
    KnownPayeeOut,
    PayeeStatementOut,
    SharedSaleOut,
    known_payee_out,
    payee_statement_out,
    shared_sale_out,
)
from billing.documents.sections.letter_facts import LetterFacts
from billing.invoices import store as invoices
from billing.payees import store
from billing.payees.documents import listed
from billing.payees.documents import store as documents
from billing.payees.documents.document_query import PayeeDocumentQuery
from billing.payees.legs import legs_of
from billing.tax.decision import decider
from billing.tax.store import law_book
from contracts import store as contracts
from quantities.listing import ListPage


@dataclass(frozen=True, slots=True)
class DaysOfIssue:
    """Documents by their day of issue; None: from the first, or until the newest.

    Attributes:
        first: the first day.
        last: the last day, which counts.
    """

    first: date | None = None
    last: date | None = None


def list_payees(session: Session, days: DaysOfIssue) -> list[KnownPayeeOut]:
    """List who has a part of what was issued on some days, by name and currency."""
    return [known_payee_out(known) for known in store.known_payees(session, days.first, days.last)]


def payee_statement(session: Session, payee: str, days: DaysOfIssue) -> PayeeStatementOut:
    """State what a payee has of the documents issued on some days.

    Raises:
        NothingShared: it has no part of anything that was ever issued.
    """
    return payee_statement_out(store.statement(session, payee, days.first, days.last))


def write_payee_statement(
    session: Session, payee: str, days: DaysOfIssue, document: PayeeDocument, today: date
) -> bytes:
    """Write the statement of a payee as a document.

    Raises:
        NothingShared: it has no part of anything that was ever issued.
    """
    statement = payee_statement(session, payee, days)
    return document.render(statement, letter_of_payee_statement(session, statement, today))


def letter_of_payee_statement(session: Session, statement: PayeeStatementOut, today: date) -> LetterFacts:
    """Say what is told of a payee and its suppliers, on the last day of its statement or today."""
    suppliers = {line.supplier for line in statement.lines}
    return letter_of_payee(session, statement.payee, suppliers, statement.issued_to or today)


def invoice_legs(session: Session, number: str, supplier: str | None = None) -> SharedSaleOut:
    """Say which sales an issued invoice is, between whom, with the tax of each.

    Args:
        session: states the tenant.
        number: of the invoice.
        supplier: whose, where several suppliers have one of that number.

    Raises:
        UnknownInvoice, WhichSupplier: there is none, or several.
        PayeesNotDescribed: its contract does not say who its payees are (others: ``billing.payees.legs.legs_of``).
    """
    invoice = invoices.find(session, number, supplier)
    keys = {line.proof.version_id or invoice.row.version_id for line in invoice.lines} | {invoice.row.version_id}
    versions = {key: contracts.by_id(session, key).contract for key in sorted(keys)}
    deciding = decider(law_book(session))
    sale = legs_of(versions[invoice.row.version_id], invoice.lines, deciding, versions)
    numbers: dict[tuple[str, str, str], list[str]] = defaultdict(list)
    parts = {part.work: part.row.id for part in invoice.parts}
    for work, rows in documents.of_works(session, parts).items():
        for row in rows:
            if any(line.invoice == parts[work] for line in row.content.lines):
                numbers[row.leg, row.content.seller.name, row.content.buyer.name].append(row.number)
    return shared_sale_out(invoice, sale, numbers)


def list_payee_documents(
    session: Session, payee: str, query: PayeeDocumentQuery, *, as_payee: bool = False
) -> ListPage[PayeeDocumentHead]:
    """List the documents between the supplier and a payee in pages, oldest first unless asked otherwise.

    Raises:
        UnknownSort, UnknownPage: there is no such order, or place in it.
    """
    page = listed.listed(session, payee, query, as_payee=as_payee)
    return page.of(tuple(payee_document_head(row) for row in page.rows))


def find_payee_document(session: Session, number: str, seller: str | None = None) -> PayeeDocumentOut:
    """Show a document between the supplier and a payee, with its lines.

    Raises:
        UnknownPayeeDocument, WhichSeller: there is none, or several.
    """
    return payee_document_out(documents.find(session, number, seller))


def payee_business_document_of(session: Session, number: str, seller: str | None = None) -> BusinessDocument:
    """Say what a document between the supplier and a payee says, in business terms (EN 16931).

    Raises:
        UnknownPayeeDocument, WhichSeller: there is none, or several.
    """
    row = documents.find(session, number, seller)
    return as_it_leaves(session, payee_business_document(session, row), row.issuer_id)


def write_payee_document(
    session: Session, number: str, document: InvoiceDocument, seller: str | None = None, *, public_url: str = ""
) -> bytes:
    """Write a document between the supplier and a payee: its page, or its PDF.

    Args:
        session: states the tenant, and the party where a payee asks.
        number: of the document.
        document: as what.
        seller: whose, where several have one of that number.
        public_url: at which others reach this server, for the addresses of proofs.

    Raises:
        UnknownPayeeDocument, WhichSeller: there is none, or several.
        MissingFont, UnprintableSign, UnprintablePicture: it cannot be laid out as PDF.
    """
    row = documents.find(session, number, seller)
    written = as_it_leaves(session, payee_business_document(session, row), row.issuer_id, public_url)
    return document.render(written, pictures_of(session, written, payee_document_id=row.id))
