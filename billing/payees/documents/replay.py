"""Replay: issued documents between the supplier and its payees made again from the customers' lines, and compared.

They are made of stored lines, by the versions that the work knew, the rules and the answers of the law as they are
recorded, and the documents that were there before.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date, timedelta
from typing import Any

from sqlalchemy import ColumnElement, func
from sqlalchemy import select as columns
from sqlmodel import Session, col, select

from billing.invoices import store as invoices
from billing.invoices.invoice import invoice_number, series_name
from billing.invoices.issuer import day_in_books
from billing.invoices.made_out import as_made_out, could_be, payee_terms
from billing.invoices.numbering import all_series
from billing.invoices.store import StoredInvoice
from billing.payees.documents.dividing import papers_of, seller_countries
from billing.payees.documents.law import recorded_law, seller_law
from billing.payees.documents.paper import PayeePaper, SellerLaw
from billing.payees.documents.store import about_of, earlier_papers, of_works, shared_terms, sold_lines, subjects
from billing.proof.compare import HEAD, Compared, Discrepancy, first_of_head
from billing.records.invoicing import InvoicingRecord
from billing.records.payee_document import PayeeDocumentContent, PayeeDocumentLine
from billing.sources.shipped import decision_of_token, of_tax
from billing.tables import CounterRow, InvoiceRow, PayeeDocumentRow
from billing.tax.decision import Deciding, Decision, Supply, decider
from billing.tax.law_book import LawBook
from billing.tax.store import law_book
from contracts import store as contracts
from contracts.party_profiles.store import known_profiles
from contracts.store import Version
from contracts.tables import PartyRow
from quantities.errors import UsufructError

#: The tables of documents that have numbers.
_NUMBERED: tuple[Any, ...] = (InvoiceRow, PayeeDocumentRow)


def replay_payee_documents(session: Session, invoice_ids: Iterable[int]) -> list[Discrepancy]:
    """Make the documents of payees again that came of some customers' documents, and name what differs.

    Args:
        session: states the tenant.
        invoice_ids: of the customers' documents; all that came of the same pieces of work are made again.
    """
    keys = sorted(set(invoice_ids))
    of_keys = col(InvoiceRow.id).in_(keys) | col(InvoiceRow.within_id).in_(keys)
    rows = session.exec(select(InvoiceRow.id, InvoiceRow.of_id).where(of_keys))
    works = sorted({key if of_id is None else of_id for key, of_id in rows})
    stored = of_works(session, works)
    if not stored:
        return []
    documents = invoices.ids_of_works(session, sorted(stored))
    by_key = {one.row.id: one for one in invoices.billed(session, [key for of in documents.values() for key in of])}
    of_contracts = sorted({of_work[0].contract_id for of_work in stored.values()})
    replayed = _Replayed(session, contracts.of_contracts(session, of_contracts), stored)
    discrepancies: list[Discrepancy] = []
    for work in sorted(stored):
        discrepancies += replayed.discrepancies([by_key[key] for key in documents[work]], stored[work])
    return discrepancies


def lost_numbers(session: Session) -> list[Discrepancy]:
    """Name the numbers that were drawn from a counter and stand on no document, of a customer or of a payee."""
    counted = _counted(session)
    own = all_series(session)
    counters = session.exec(select(CounterRow).order_by(col(CounterRow.issuer_id), col(CounterRow.series)))
    return [
        Discrepancy(number, HEAD, "", "the document", "numbered", "absent")
        for counter in counters
        if counted.get((counter.issuer_id, counter.series, counter.year), 0) != counter.last
        for sequence in _lost(session, counter)
        for number in (invoice_number(counter.year, sequence, series_name(own[counter.issuer_id], counter.series)),)
    ]


def _counted(session: Session) -> dict[tuple[int, str, int], int]:
    """Count the documents of each issuer, series and year."""
    counted: dict[tuple[int, str, int], int] = defaultdict(int)
    for row in _NUMBERED:
        of_series = (row.issuer_id, row.series, row.year)
        chosen = columns(*of_series, func.count()).where(row.number.is_not(None), *_alone(row)).group_by(*of_series)
        for issuer, series, year, count in session.execute(chosen):
            counted[issuer, series, year] += count
    return counted


def _alone(row: Any) -> tuple[ColumnElement[bool], ...]:
    """Leave out what bears the number of the consolidated document that it stands within."""
    return (col(row.within_id).is_(None),) if row is InvoiceRow else ()


def _lost(session: Session, counter: CounterRow) -> list[int]:
    """Name the sequence numbers of a counter that stand on no document."""
    known: set[int] = set()
    for row in _NUMBERED:
        of_series = (row.issuer_id == counter.issuer_id, row.series == counter.series, row.year == counter.year)
        known.update(session.execute(columns(row.sequence).where(*of_series)).scalars())
    return sorted(set(range(1, counter.last + 1)) - known)


class _Replayed:
    """Pieces of work with the documents of payees that they came to."""

    def __init__(
        self,
        session: Session,
        versions: Mapping[int, tuple[Version, ...]],
        stored: Mapping[int, Sequence[PayeeDocumentRow]],
    ) -> None:
        self._session = session
        self._versions = versions
        self._book = law_book(session)
        self._series = all_series(session)
        self._names: dict[int, str] = dict(session.exec(select(PartyRow.id, PartyRow.name)).all())
        sides = (one.issuer_id for of_work in stored.values() for one in of_work)
        payees = (one.payee_id for of_work in stored.values() for one in of_work)
        suppliers = (one.supplier_id for known in versions.values() for one in known)
        self._profiles = known_profiles(session, {*sides, *payees, *suppliers})

    def discrepancies(self, work: Sequence[StoredInvoice], stored: Sequence[PayeeDocumentRow]) -> Iterator[Discrepancy]:
        """Name what differs of the documents that one piece of work came to."""
        try:
            papers = self._papers(work, stored)
        except UsufructError as fault:
            yield from (_discrepancy(row.number, "the document", "made", f"nothing: {fault}") for row in stored)
            return
        for row, paper in zip(stored, papers, strict=False):
            yield from first_of_head(row.number, self._compared_head(row, paper))
            yield from _of_lines(row, paper)
        for row in stored[len(papers) :]:
            yield _discrepancy(row.number, "the document", "there", "absent")
        for paper in papers[len(stored) :]:
            yield _discrepancy(work[0].name, f"a document of {paper.content.seller.name}", "absent", "there")

    def _papers(self, work: Sequence[StoredInvoice], stored: Sequence[PayeeDocumentRow]) -> list[PayeePaper]:
        """Make the documents again, in the order in which they are stored."""
        head = work[0].row
        versions = self._versions.get(head.contract_id, ())
        by = next((one for one in versions if one.id == head.version_id), None)
        if by is None:
            by = contracts.by_id(self._session, head.version_id)
        lines = sold_lines(work[0].work, [(one.row.id, one.name, one.before, one.lines) for one in work], versions, by)
        terms = shared_terms(by, versions, lines)
        earlier = earlier_papers(self._session, head.contract_id, subjects(lines), before=(stored[0].id, work[0].work))
        issued_on = stored[0].issued_on
        laws = {country: self._law(country, issued_on, stored) for country in seller_countries([terms])}
        papers = papers_of(lines, terms, laws, recorded_deciding(stored, self._book), earlier)
        places = {name: place for place, name in self._names.items()}
        return sorted(papers, key=lambda paper: (places.get(paper.content.seller.name, 0), paper.series))

    def _law(self, country: str, on: date, stored: Sequence[PayeeDocumentRow]) -> SellerLaw:
        of_country = [row.content for row in stored if row.content.seller.country == country]
        return recorded_law(self._book, of_country[0]) if of_country else seller_law(self._book, country, on)

    def _compared_head(self, row: PayeeDocumentRow, paper: PayeePaper) -> Iterator[Compared]:
        was, now = row.content, paper.content
        yield "what is sold", row.leg, paper.leg.value
        yield "the type", row.document_type, paper.document_type.value
        yield "the series", row.series, paper.series
        name = series_name(self._series.get(row.issuer_id, ""), row.series)
        yield "the number", row.number, invoice_number(row.year, row.sequence, name)
        yield "the year", row.year, row.issued_on.year
        yield "the day that it is due", row.due_on, row.issued_on + timedelta(days=now.payment_days)
        yield "the seller", self._names.get(row.issuer_id), now.seller.name
        yield "the payee", self._names.get(row.payee_id), now.payee
        yield "how it is made out", was.invoicing, self._made_out(row, now)
        for field in type(was).model_fields:
            if field not in ("lines", "invoicing"):
                yield f"the {field.replace('_', ' ')}", getattr(was, field), getattr(now, field)
        yield "what it is about", row.about, about_of(now)
        yield "the net amount", row.net, paper.totals.net
        yield "the tax", row.vat, paper.totals.vat
        yield "the gross amount", row.gross, paper.totals.gross

    def _made_out(self, row: PayeeDocumentRow, made: PayeeDocumentContent) -> InvoicingRecord | None:
        """Say how a document was made out: as it says, if that may have counted when it was made."""
        zone = self._versions[row.contract_id][-1].contract.zone
        on = min(row.issued_on, day_in_books(made.seller, zone, row.created_at))
        sides = made.seller.name, made.buyer.name
        possible = (
            record
            for told in self._profiles.could_count(made.payee, on, row.created_at)
            for record in could_be(payee_terms(told), sides, self._profiles, on, row.created_at)
        )
        return as_made_out(row.content.invoicing, possible)


def recorded_deciding(stored: Sequence[PayeeDocumentRow], book: LawBook) -> Deciding:
    """Decide as the law answered when documents were issued; what it was not asked then, by today's."""
    asked = [line.law for row in stored for line in row.content.lines if line.law is not None]
    answers, today = {law.question: law.answer for law in asked}, decider(book)

    def decided(supply: Supply, on: date) -> Decision:
        answer = answers.get(of_tax(supply, on).about)
        return today(supply, on) if answer is None else decision_of_token(answer)

    return decided


def _of_lines(row: PayeeDocumentRow, paper: PayeePaper) -> Iterator[Discrepancy]:
    """Name of each line the first thing that differs."""
    was, now = row.content.lines, paper.content.lines
    for pos, (stored, made) in enumerate(zip(was, now, strict=False), start=1):
        if stored != made:
            yield _differing(row.number, pos, stored, made)
    for pos, line in enumerate([*was[len(now) :], *now[len(was) :]], start=min(len(was), len(now)) + 1):
        there = ("there", "absent") if len(was) > len(now) else ("absent", "there")
        yield Discrepancy(row.number, pos, line.charge, "the line", *there)


def _differing(number: str, pos: int, was: PayeeDocumentLine, now: PayeeDocumentLine) -> Discrepancy:
    pairs = ((name, getattr(was, name), getattr(now, name)) for name in PayeeDocumentLine.model_fields)
    name, stored, made = next((name, stored, made) for name, stored, made in pairs if stored != made)
    return Discrepancy(number, pos, was.charge, name.replace("_", " "), str(stored), str(made))


def _discrepancy(number: str, what: str, was: str, now: str) -> Discrepancy:
    return Discrepancy(number, HEAD, "", what, was, now)
