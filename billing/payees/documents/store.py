"""Rows ⇄ values of documents between the supplier and its payees: what they are of, and issued ones as they are found.

They are issued in the transaction of the customer's (billing/issuing.py).
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from datetime import date

from sqlalchemy import ColumnElement
from sqlalchemy import select as columns
from sqlmodel import Session, col, select

from billing.invoices.invoice import Line
from billing.payees.documents.paper import EarlierPaper, SharedTerms, SoldLine
from billing.payees.legs import LegKind
from billing.records.payee_document import PayeeDocumentContent
from billing.tables import InvoiceRow, PayeeDocumentRow
from contracts.store import Version
from metering.tables import within_tenant
from quantities.errors import Invalid, NotFound


class UnknownPayeeDocument(NotFound):
    """There is no document of a payee of that number here."""


class WhichSeller(Invalid):
    """Several sellers have a document of this number."""


def sold_lines(
    work: int, documents: Iterable[tuple[int, str, int, Sequence[Line]]], versions: Sequence[Version], by: Version
) -> list[SoldLine]:
    """Put the lines of customers' documents together with the versions by which they were rated.

    Args:
        work: the key of the first document of the piece of work.
        documents: of it, each with its key, its number, and how many lines stand before its own under that number.
        versions: of the contract.
        by: the version of the work, for lines that name none.
    """
    contracts_by_id = {version.id: version.contract for version in versions}
    return [
        SoldLine(work, key, number, pos, line, contracts_by_id.get(line.proof.version_id or by.id, by.contract))
        for key, number, before, lines in documents
        for pos, line in enumerate(lines, start=before + 1)
    ]


def shared_terms(by: Version, versions: Sequence[Version], lines: Iterable[SoldLine]) -> SharedTerms:
    """Take from a contract's versions those that a piece of work knew: up to the newest by which it was rated."""
    named = {line.line.proof.version_id for line in lines} | {by.id}
    newest = max((version.number for version in versions if version.id in named), default=by.number)
    return SharedTerms(by.id, by.contract, [one.contract for one in versions if one.number <= newest])


def subjects(lines: Iterable[SoldLine]) -> set[int]:
    """Name the pieces of work that lines correct, by the key of the first document of each."""
    return {sold.line.corrects.invoice for sold in lines if sold.line.corrects is not None}


def earlier_papers(
    session: Session, contract_id: int, about: Collection[int], before: tuple[int, int] | None = None
) -> list[EarlierPaper]:
    """Find issued documents between the supplier and payees about some pieces of work, in their order; none is void.

    Args:
        session: states the tenant.
        contract_id: of the contract.
        about: the keys of the first documents of these.
        before: only those that were there as a document was made, void by now or not: its key, and that of its work.
    """
    if not about:
        return []
    row = PayeeDocumentRow
    counts: ColumnElement[bool] = col(InvoiceRow.counts_until).is_(None)
    chosen = select(row).join(InvoiceRow, within_tenant(InvoiceRow.id, row.invoice_id))
    chosen = chosen.where(row.contract_id == contract_id, col(row.about).overlap(sorted(about)))  # type: ignore[attr-defined]
    if before is not None:
        key, work = before
        chosen, counts = chosen.where(row.id < key), counts | (col(InvoiceRow.counts_until) >= work)
    chosen = chosen.where(counts)
    return [
        EarlierPaper(
            number=one.number,
            leg=LegKind(one.leg),
            payee=one.content.payee,
            takes_back=one.content.takes_back is not None,
            replaces=one.content.replaces is not None,
            lines=one.content.lines,
        )
        for one in session.exec(chosen.order_by(col(row.id)))
    ]


def about_of(content: PayeeDocumentContent) -> list[int]:
    """Name the pieces of work that first billed what the lines of a document are of, by key."""
    return sorted({line.about for line in content.lines})


def of_works(session: Session, works: Collection[int]) -> dict[int, list[PayeeDocumentRow]]:
    """Find the documents of payees that pieces of work came to, by the key of the first document of each."""
    row = PayeeDocumentRow
    by_work: dict[int, list[PayeeDocumentRow]] = defaultdict(list)
    for one in session.exec(select(row).where(col(row.invoice_id).in_(works)).order_by(col(row.id))):
        by_work[one.invoice_id].append(one)
    return by_work


def days_of_issue(session: Session, issuer_id: int, numbers: Collection[str]) -> dict[str, date]:
    """Find the days of a seller's documents, by their numbers; those that are not visible here are left out."""
    row = PayeeDocumentRow
    chosen = columns(col(row.number), col(row.issued_on)).where(col(row.issuer_id) == issuer_id)
    return dict(session.execute(chosen.where(col(row.number).in_(sorted(numbers)))).all()) if numbers else {}


def find(session: Session, number: str, seller: str | None = None) -> PayeeDocumentRow:
    """Find a document of a payee by its number, and by whose it is where several sellers have one.

    Raises:
        UnknownPayeeDocument: none is visible here.
        WhichSeller: several sellers have one; their names come along.
    """
    rows = session.exec(select(PayeeDocumentRow).where(PayeeDocumentRow.number == number)).all()
    sellers = {row.content.seller.name: row for row in rows if seller in (None, row.content.seller.name)}
    if not sellers:
        raise UnknownPayeeDocument(f"no payee has a document {number!r} here", found=number)
    if len(sellers) > 1:
        names = sorted(sellers)
        detail = f"{number} is a document of {', '.join(names)}: say of which seller"
        raise WhichSeller(detail, found=number, expected=names)
    return next(iter(sellers.values()))


def is_visible(session: Session, number: str) -> bool:
    """Tell whether a payee has a document of a number that is visible here."""
    return session.exec(select(PayeeDocumentRow.id).where(PayeeDocumentRow.number == number)).first() is not None


def by_key(session: Session, key: int) -> PayeeDocumentRow:
    """Read a document of a payee by its key."""
    return session.exec(select(PayeeDocumentRow).where(PayeeDocumentRow.id == key)).one()
