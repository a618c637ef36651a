"""Documents between the supplier and its payees before they have a number, and how they get one.

    saved drafts → the documents of payees that they come to → rows that are saved once they have numbers

What a payee cannot be billed by is raised before anything has a number.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlmodel import Session, col, select

from billing.invoices.invoice import invoice_number, series_name
from billing.invoices.made_out import MakingOut
from billing.invoices.numbering import ToNumber, count_on, last_issued_on
from billing.invoices.store import SavedDraft, party_keys
from billing.payees.documents.dividing import papers_of, seller_countries
from billing.payees.documents.law import seller_law
from billing.payees.documents.paper import PayeePaper
from billing.payees.documents.store import about_of, earlier_papers, shared_terms, sold_lines, subjects
from billing.records.record import written_as_text
from billing.tables import InvoiceRow, PayeeDocumentRow
from billing.tax.decision import decider
from billing.tax.store import law_book
from contracts import store as contracts
from contracts.party_profiles.store import known_profiles
from contracts.store import Version
from metering.log.bulk_rows import insert_rows
from quantities.period import zone

#: What the database gives a row, or writes into it later.
_NOT_OURS = {"id", "tenant", "voided_on"}


@dataclass(frozen=True, slots=True)
class PreparedPayeeDocument:
    """A document that is to be issued.

    Attributes:
        row: as it is to be saved, without number; the day that it bears is that of the issue, unless the seller's last
            one is later.
        saved: the draft that it comes of.
    """

    row: PayeeDocumentRow
    saved: SavedDraft


def prepare(
    session: Session,
    saved: Sequence[SavedDraft],
    to_number: Sequence[ToNumber],
    now: datetime,
    issue_date: date | None = None,
) -> list[PreparedPayeeDocument]:
    """Make the documents of payees that saved drafts come to; most come to none.

    Args:
        session: states the tenant.
        saved: drafts, with their documents.
        to_number: what of them is numbered.
        now: the instant of issue.
        issue_date: the day that is asked for; today in the books of each seller, without it.

    Raises:
        SelfBillingNotAgreed, NoTaxRule and others: as ``billing.payees.documents.dividing.papers_of``.
    """
    papers = _papers(session, saved, lines_before(to_number, saved), now)
    if not papers:
        return []
    names = {side.name for paper, _ in papers for side in (paper.content.seller, paper.content.buyer)}
    parties = party_keys(session, names)  # parties since the contract was recorded
    making_out = MakingOut(now, known_profiles(session, parties.values()), issue_date)
    return [PreparedPayeeDocument(_row(paper, source, parties, making_out), source) for paper, source in papers]


def lines_before(to_number: Iterable[ToNumber], saved: Iterable[SavedDraft]) -> dict[int, int]:
    """Count the lines that stand before those of documents within consolidated ones, by key; of any other none."""
    many = {key: len(paper.lines) for source in saved for key, paper in source.documents}
    before = dict.fromkeys(many, 0)
    for document in to_number:
        so_far = 0
        for member in document.members:
            before[member], so_far = so_far, so_far + many[member]
    return before


def _papers(
    session: Session, saved: Sequence[SavedDraft], before: Mapping[int, int], now: datetime
) -> list[tuple[PayeePaper, SavedDraft]]:
    sharing = [source for source in saved if any(line.payees for line in source.draft.lines)]
    if not sharing:
        return []
    known = contracts.of_contracts(session, sorted({source.draft.version.contract_id for source in sharing}))
    describing = {key: versions for key, versions in known.items() if _describes_payees(versions)}
    sharing = [source for source in sharing if source.draft.version.contract_id in describing]
    if not sharing:
        return []
    book = law_book(session)
    decide = decider(book)
    papers: list[tuple[PayeePaper, SavedDraft]] = []
    for source in sharing:
        version = source.draft.version
        versions = describing[version.contract_id]
        documents = [(key, "", before[key], paper.lines) for key, paper in source.documents]
        lines = sold_lines(source.work, documents, versions, version)
        terms = shared_terms(version, versions, lines)
        on = now.astimezone(zone(version.contract.zone)).date()
        laws = {country: seller_law(book, country, on) for country in seller_countries([terms])}
        earlier = earlier_papers(session, version.contract_id, subjects(lines))
        papers += ((paper, source) for paper in papers_of(lines, terms, laws, decide, earlier))
    return papers


def _describes_payees(versions: Iterable[Version]) -> bool:
    return any(version.contract.sharing is not None for version in versions)


def _row(paper: PayeePaper, saved: SavedDraft, parties: Mapping[str, int], making_out: MakingOut) -> PayeeDocumentRow:
    """Write a document as its row, with how it is made out."""
    version, content = saved.draft.version, paper.content
    where = saved.draft.inputs.zone
    invoicing = making_out.of_payee(where, (content.seller, content.buyer), content.payee)
    day = making_out.day(content.seller, where)
    return PayeeDocumentRow(
        invoice_id=saved.work,
        contract_id=version.contract_id,
        payee_id=parties[content.payee],
        issuer_id=parties[content.seller.name],
        leg=paper.leg.value,
        document_type=paper.document_type.value,
        series=paper.series,
        year=day.year,
        sequence=0,
        number="",
        issued_on=day,
        due_on=day + timedelta(days=content.payment_days),
        currency=version.contract.currency,
        net=paper.totals.net,
        vat=paper.totals.vat,
        gross=paper.totals.gross,
        about=about_of(content),
        content=content.model_copy(update={"invoicing": invoicing}),
        created_at=making_out.at,
    )


def number_prepared(
    session: Session,
    prepared: Sequence[PreparedPayeeDocument],
    series: Mapping[int, str],
    now: datetime,
    issue_date: date | None = None,
) -> None:
    """Number documents and save them, once the legal entities are locked and the customers' documents have numbers.

    Args:
        session: states the tenant.
        prepared: at least one.
        series: the names of the series of their sellers, which are locked.
        now: the instant of issue.
        issue_date: the day that is asked for.
    """
    numbers = _numbers_of(session, {key for document in prepared for key, _ in document.saved.documents})
    by_series: dict[tuple[int, str], list[PreparedPayeeDocument]] = defaultdict(list)
    for document in prepared:
        by_series[document.row.issuer_id, document.row.series].append(document)
    days: dict[int, date] = {}
    rows = []
    for issuer, letters in sorted(by_series):
        of_series = by_series[issuer, letters]
        if issuer not in days:
            # never before its last one; of several zones the newest draft's is that of its books
            day = of_series[-1].row.issued_on
            days[issuer] = max(day, last_issued_on(session, issuer) or day)
        issued_on = days[issuer]
        last = count_on(session, issuer, letters, issued_on, len(of_series))
        for sequence, document in enumerate(of_series, start=last - len(of_series) + 1):
            number = invoice_number(issued_on.year, sequence, series_name(series[issuer], letters))
            rows.append(_values(document.row, numbers, issued_on) | {"sequence": sequence, "number": number})
    insert_rows(session, PayeeDocumentRow, rows)


def _values(row: PayeeDocumentRow, numbers: Mapping[int, str], issued_on: date) -> dict[str, object]:
    """Write a row with its day, and with the numbers that its lines name by now."""
    content = row.content
    lines = tuple(line.model_copy(update={"number": numbers.get(line.invoice, line.number)}) for line in content.lines)
    content = content.model_copy(update={"lines": lines})
    values = {name: getattr(row, name) for name in PayeeDocumentRow.model_fields if name not in _NOT_OURS}
    return values | {
        "year": issued_on.year,
        "issued_on": issued_on,
        "due_on": issued_on + timedelta(days=content.payment_days),
        "content": written_as_text(content),
    }


def _numbers_of(session: Session, keys: Collection[int]) -> dict[int, str]:
    chosen = select(InvoiceRow.id, InvoiceRow.number).where(col(InvoiceRow.id).in_(keys))
    return {key: number or "" for key, number in session.exec(chosen)}
