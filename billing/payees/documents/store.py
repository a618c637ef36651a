"""Rows ⇄ values of documents between the supplier and its payees: issued in the transaction of the customer's.

    saved drafts → the documents of payees that they come to → all legal entities locked → numbers of both

A kill leaves both or none. What a payee cannot be billed by is raised before anything has a number.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta

from sqlalchemy import ColumnElement
from sqlalchemy import select as columns
from sqlmodel import Session, col, select

from billing.invoices import numbering
from billing.invoices.invoice import Line, invoice_number, series_name
from billing.invoices.issuer import zone_of_issuer
from billing.invoices.made_out import MakingOut
from billing.invoices.numbering import ToNumber, count_on, last_issued_on, lock_issuers
from billing.invoices.store import SavedDraft, party_keys
from billing.payees.documents.dividing import papers_of, seller_countries
from billing.payees.documents.law import seller_law
from billing.payees.documents.paper import EarlierPaper, PayeePaper, SharedTerms, SoldLine
from billing.payees.legs import LegKind
from billing.records.payee_document import PayeeDocumentContent
from billing.records.record import written_as_text
from billing.tables import InvoiceRow, PayeeDocumentRow
from billing.tax.decision import decider
from billing.tax.store import law_book
from contracts import store as contracts
from contracts.party_profiles.store import known_profiles
from contracts.store import Version
from metering.log.bulk_rows import insert_rows
from metering.tables import within_tenant
from quantities.errors import Invalid, NotFound
from quantities.period import zone


class UnknownPayeeDocument(NotFound):
    """There is no document of a payee of that number here."""


class WhichSeller(Invalid):
    """Several sellers have a document of this number."""


def issue(
    session: Session,
    saved: Sequence[SavedDraft],
    now: datetime,
    issue_date: date | None = None,
    *,
    numbered: Sequence[ToNumber] | None = None,
) -> list[int]:
    """Issue saved drafts, and with them the documents between the supplier and its payees that they come to.

    Args:
        session: states the tenant, and locks the contracts.
        saved: drafts, with their documents.
        now: the instant of issue.
        issue_date: the date that the documents bear, as ``give_numbers`` has it; a payee's, in whose books a later date
            stands already, bear that one.
        numbered: what of them is numbered, where several stand on one document; without it, each by itself.

    Returns:
        The keys of the customers' documents that are issued, in order.

    Raises:
        IssueDateAhead, IssueDateTooEarly: as ``give_numbers``.
        SelfBillingNotAgreed, NoTaxRule and others: as ``billing.payees.documents.dividing.papers_of``.
    """
    to_number = [document for one in saved for document in ToNumber.of(one)] if numbered is None else numbered
    prepared = _prepared(session, saved, lines_before(to_number, saved), now)
    if not prepared:
        return numbering.give_numbers(session, to_number, now, issue_date)
    parties = _parties(session, prepared)
    making_out = MakingOut(now, known_profiles(session, parties.values()), issue_date)
    prepared = [one.made_out(making_out) for one in prepared]
    suppliers = {one.issuer_id: one.supplier for one in to_number}
    payees = {parties[one.paper.content.seller.name]: one.paper.content.seller for one in prepared}
    series = lock_issuers(session, payees | suppliers, payees.keys() - suppliers.keys())
    issued = numbering.give_numbers(session, to_number, now, issue_date)
    _save(session, prepared, parties, series, (now, issue_date))
    return issued


def lines_before(to_number: Iterable[ToNumber], saved: Iterable[SavedDraft]) -> dict[int, int]:
    """Count the lines that stand before those of documents within consolidated ones, by key; of any other none."""
    many = {key: len(paper.lines) for one in saved for key, paper in one.documents}
    before = dict.fromkeys(many, 0)
    for document in to_number:
        so_far = 0
        for member in document.members:
            before[member], so_far = so_far, so_far + many[member]
    return before


@dataclass(frozen=True, slots=True)
class _Prepared:
    """A document that is to be issued, with the draft that it comes of."""

    paper: PayeePaper
    saved: SavedDraft

    def made_out(self, making_out: MakingOut) -> "_Prepared":
        """The same document, with how it is made out."""
        content, zone_name = self.paper.content, self.saved.draft.inputs.zone
        invoicing = making_out.of_payee(zone_name, (content.seller, content.buyer), content.payee)
        if invoicing is None:
            return self
        paper = replace(self.paper, content=content.model_copy(update={"invoicing": invoicing}))
        return replace(self, paper=paper)


def _prepared(
    session: Session, saved: Sequence[SavedDraft], before: Mapping[int, int], now: datetime
) -> list[_Prepared]:
    shared = [one for one in saved if any(line.payees for line in one.draft.lines)]
    if not shared:
        return []
    known = contracts.of_contracts(session, sorted({one.draft.version.contract_id for one in shared}))
    describing = {key: versions for key, versions in known.items() if _describes_payees(versions)}
    shared = [one for one in shared if one.draft.version.contract_id in describing]
    if not shared:
        return []
    book = law_book(session)
    prepared: list[_Prepared] = []
    for one in shared:
        version = one.draft.version
        documents = [(key, "", before[key], paper.lines) for key, paper in one.documents]
        lines = sold_lines(one.work, documents, describing[version.contract_id], version)
        terms = shared_terms(version, describing[version.contract_id], lines)
        on = now.astimezone(zone(version.contract.zone)).date()
        laws = {country: seller_law(book, country, on) for country in seller_countries([terms])}
        earlier = earlier_papers(session, version.contract_id, subjects(lines))
        prepared += (_Prepared(paper, one) for paper in papers_of(lines, terms, laws, decider(book), earlier))
    return prepared


def _describes_payees(versions: Iterable[Version]) -> bool:
    return any(version.contract.sharing is not None for version in versions)


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


def _parties(session: Session, prepared: Sequence[_Prepared]) -> dict[str, int]:
    """Find the keys of all sides by name: parties since the contract was recorded."""
    names = {side.name for one in prepared for side in (one.paper.content.seller, one.paper.content.buyer)}
    return party_keys(session, names)


def _save(
    session: Session,
    prepared: Sequence[_Prepared],
    parties: Mapping[str, int],
    series: Mapping[int, str],
    dated: tuple[datetime, date | None],
) -> None:
    """Number documents and write them, once the legal entities are locked and the customers' documents have numbers."""
    numbers = _numbers_of(session, {key for one in prepared for key, _ in one.saved.documents})
    by_series: dict[tuple[int, str], list[_Prepared]] = defaultdict(list)
    for one in prepared:
        by_series[parties[one.paper.content.seller.name], one.paper.series].append(one)
    days: dict[int, date] = {}
    rows = []
    for issuer, letters in sorted(by_series):
        of_series = by_series[issuer, letters]
        if issuer not in days:
            newest = of_series[-1]
            days[issuer] = _day_of_issue(session, issuer, newest, dated)
        issued_on = days[issuer]
        last = count_on(session, issuer, letters, issued_on, len(of_series))
        first = last - len(of_series) + 1
        for sequence, one in enumerate(of_series, start=first):
            number = invoice_number(issued_on.year, sequence, series_name(series[issuer], letters))
            rows.append(
                _values(one, parties, numbers)
                | {
                    "issuer_id": issuer,
                    "year": issued_on.year,
                    "sequence": sequence,
                    "number": number,
                    "issued_on": issued_on,
                    "due_on": issued_on + timedelta(days=one.paper.content.payment_days),
                    "created_at": dated[0],
                }
            )
    insert_rows(session, PayeeDocumentRow, rows)


def _day_of_issue(session: Session, issuer: int, one: _Prepared, dated: tuple[datetime, date | None]) -> date:
    """Name the day that documents of a seller bear: today in its books, and never before its last one."""
    now, issue_date = dated
    where = zone_of_issuer(one.paper.content.seller) or one.saved.draft.inputs.zone
    day = issue_date or now.astimezone(zone(where)).date()
    return max(day, last_issued_on(session, issuer) or day)


def _numbers_of(session: Session, keys: Collection[int]) -> dict[int, str]:
    chosen = select(InvoiceRow.id, InvoiceRow.number).where(col(InvoiceRow.id).in_(keys))
    return {key: number or "" for key, number in session.exec(chosen)}


def _values(one: _Prepared, parties: Mapping[str, int], numbers: Mapping[int, str]) -> dict[str, object]:
    paper, version = one.paper, one.saved.draft.version
    lines = tuple(
        line.model_copy(update={"number": numbers.get(line.invoice, line.number)}) for line in paper.content.lines
    )
    content = paper.content.model_copy(update={"lines": lines})
    return {
        "invoice_id": one.saved.work,
        "contract_id": version.contract_id,
        "payee_id": parties[content.payee],
        "leg": paper.leg.value,
        "document_type": paper.document_type.value,
        "series": paper.series,
        "currency": version.contract.currency,
        "net": paper.totals.net,
        "vat": paper.totals.vat,
        "gross": paper.totals.gross,
        "about": about_of(content),
        "content": written_as_text(content),
    }


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


def by_key(session: Session, key: int) -> PayeeDocumentRow:
    """Read a document of a payee by its key."""
    return session.exec(select(PayeeDocumentRow).where(PayeeDocumentRow.id == key)).one()
