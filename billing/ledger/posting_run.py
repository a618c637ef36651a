"""Posting: what is noted to be posted becomes entries, each fact once, in the order in which it happened.

Whoever posts locks the books, gives each entry the next number, and deletes the notes in the same transaction: of two
at once the second finds nothing. A fact whose month is closed is posted on the first day of the first open one, with
the day on which it happened beside it. What happened before the books began stands in them against the opening balance.
"""

from collections import defaultdict
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from decimal import Decimal
from typing import TypeAlias

from sqlmodel import Session, col, select

from billing.ledger.accounts import AccountRole
from billing.ledger.books import Books, all_books
from billing.ledger.carried import relieved
from billing.ledger.entry import Posting, ServiceDays, TaxKey, balanced, translated
from billing.ledger.facts.documents import documents_to_post, voids_to_post
from billing.ledger.facts.fact import Cause, FactToPost
from billing.ledger.facts.money import (
    allocations_to_post,
    bank_entries_to_post,
    gateway_entries_to_post,
    payments_to_post,
    write_offs_to_post,
)
from billing.ledger.facts.payees import payee_documents_to_post, payee_voids_to_post, payouts_to_post
from billing.ledger.rates import RateOfDay, rate_of
from billing.ledger.tables import LedgerBooksRow, LedgerDueRow, LedgerEntryRow, LedgerPostingRow
from billing.tax.tax import TaxCategory
from quantities.errors import UsufructError

Reader: TypeAlias = Callable[[Session, Collection[int]], Mapping[int, FactToPost]]

_READERS: Mapping[str, Reader] = {
    Cause.DOCUMENT: documents_to_post,
    Cause.VOID: voids_to_post,
    Cause.PAYMENT: payments_to_post,
    Cause.ALLOCATION: allocations_to_post,
    Cause.PAYEE_DOCUMENT: payee_documents_to_post,
    Cause.PAYEE_VOID: payee_voids_to_post,
    Cause.PAYOUT: payouts_to_post,
    Cause.GATEWAY_BALANCE: gateway_entries_to_post,
    Cause.BANK_ENTRY: bank_entries_to_post,
}
#: What stays when a year ends; of what was before the books, all else is opening balance.
_STAYS = frozenset(
    {
        AccountRole.RECEIVABLE,
        AccountRole.ON_ACCOUNT,
        AccountRole.COLLECTED_FOR_OWNERS,
        AccountRole.WITHHELD_TAX,
        AccountRole.CONTRACT_LIABILITY,
        AccountRole.REFUND_LIABILITY,
        AccountRole.DEPOSIT,
        AccountRole.PAYEE,
        AccountRole.PAYEE_SHARE,
        AccountRole.IN_TRANSIT,
        AccountRole.GATEWAY_BALANCE,
    }
)


@dataclass(frozen=True, slots=True)
class Posted:
    """How many facts were posted, were of nothing, and are held because something is missing."""

    entries: int = 0
    without: int = 0
    held: int = 0


def post_due(session: Session, now: datetime, *, most: int = 500) -> Posted:
    """Post what is noted, up to so many facts, in the order in which they were noted.

    Args:
        session: states the tenant; commits with the caller's transaction.
        now: the instant of recording.
        most: how many facts at once.
    """
    books = {one.issuer_id: one for one in all_books(session, for_update=True)}
    if not books:
        return Posted()
    row = LedgerDueRow
    due = session.exec(select(row).order_by(col(row.id)).limit(most)).all()
    facts = _read(session, due, books)
    posting, entries, without, held = _Posting(session, now), 0, 0, 0
    for note in due:
        fact = facts.get((note.cause, note.fact_id))
        if fact is None or fact.issuer_id not in books:
            without += 1
        else:
            try:
                entries += posting.post(books[fact.issuer_id], Cause(note.cause), note.fact_id, fact)
            except UsufructError as error:
                note.held, held = str(error), held + 1
                continue
        session.delete(note)
    session.flush()
    return Posted(entries, without, held)


def _read(
    session: Session, due: Sequence[LedgerDueRow], books: Mapping[int, Books]
) -> dict[tuple[str, int], FactToPost]:
    keys: dict[str, set[int]] = defaultdict(set)
    for note in due:
        keys[note.cause].add(note.fact_id)
    facts: dict[tuple[str, int], FactToPost] = {}
    for cause, of_cause in keys.items():
        if cause == Cause.WRITE_OFF:
            corrects = {key: one.chart.corrects_tax_of_bad_debt for key, one in books.items()}
            read = write_offs_to_post(session, of_cause, corrects)
        else:
            read = dict(_READERS[cause](session, of_cause))
        facts |= {(cause, key): fact for key, fact in read.items()}
    return facts


class _Posting:
    """Entries as they are numbered and stored."""

    def __init__(self, session: Session, now: datetime) -> None:
        self._session, self._now = session, now

    def post(self, books: Books, cause: Cause, fact_id: int, fact: FactToPost) -> int:
        """Store the entry of a fact; returns how many there are, one or none."""
        day = max(fact.happened_on, books.open_from)
        if fact.reverses is not None:
            return self._reverse(books, cause, fact_id, fact, day)
        if not fact.postings:
            return 0
        postings = fact.postings if fact.happened_on >= books.first_day else _as_opening(fact.postings)
        if not postings:
            return 0
        rate = rate_of(self._session, books.currency, fact.currency, fact.happened_on)
        out = relieved(self._session, books.issuer_id, fact.currency, books.currency, fact.party_id, postings)
        is_sale = cause in (Cause.DOCUMENT, Cause.PAYEE_DOCUMENT)
        done = translated(
            out,
            rate.value,
            books.currency,
            gain=AccountRole.REALISED_GAIN,
            loss=AccountRole.REALISED_LOSS,
            absorbing=AccountRole.REVENUE if is_sale else None,
        )
        self._store(books, cause, fact_id, fact, day, rate, done)
        return 1

    def _reverse(self, books: Books, cause: Cause, fact_id: int, fact: FactToPost, day: date) -> int:
        row = LedgerEntryRow
        assert fact.reverses is not None  # noqa: S101
        of_cause, of_fact = fact.reverses
        before = self._session.exec(
            select(row).where(row.issuer_id == books.issuer_id, row.cause == of_cause.value, row.fact_id == of_fact)
        ).one_or_none()
        if before is None:
            return 0
        posted = self._session.exec(
            select(LedgerPostingRow).where(LedgerPostingRow.entry_id == before.id).order_by(col(LedgerPostingRow.pos))
        ).all()
        back = tuple(replace(_posting(one), account=one.account).reversed() for one in posted)
        self._store(books, cause, fact_id, fact, day, RateOfDay(before.rate, before.rate_id), back, reverses=before.id)
        return 1

    def _store(
        self,
        books: Books,
        cause: Cause,
        fact_id: int,
        fact: FactToPost,
        day: date,
        rate: RateOfDay,
        postings: Sequence[Posting],
        reverses: int | None = None,
    ) -> None:
        session = self._session
        kept = session.exec(select(LedgerBooksRow).where(LedgerBooksRow.issuer_id == books.issuer_id)).one()
        kept.last_number += 1
        entry = LedgerEntryRow(
            issuer_id=books.issuer_id,
            number=kept.last_number,
            cause=cause.value,
            fact_id=fact_id,
            posted_on=day,
            happened_on=fact.happened_on,
            currency=fact.currency,
            rate=rate.value,
            rate_id=rate.id,
            party_id=fact.party_id,
            document=fact.document,
            words=fact.words,
            postings=len(postings),
            reverses_id=reverses,
            recorded_at=self._now,
        )
        session.add(entry)
        session.flush()
        session.add_all(_row(books, entry.id, pos, one) for pos, one in enumerate(postings, start=1))
        session.flush()


def _as_opening(postings: Sequence[Posting]) -> tuple[Posting, ...]:
    """What stands in the books as they begin: all that does not stay is opening balance."""
    return balanced([one if one.role in _STAYS else Posting(AccountRole.OPENING, one.amount) for one in postings])


def _row(books: Books, entry_id: int, pos: int, posting: Posting) -> LedgerPostingRow:
    tax, service = posting.tax, posting.service
    return LedgerPostingRow(
        entry_id=entry_id,
        pos=pos,
        account=books.chart.account_of(posting, books.own),
        role=posting.role.value,
        amount=posting.amount,
        functional=posting.functional or Decimal(0),
        tag=posting.tag,
        tax_country=tax.country if tax else None,
        tax_category=tax.category.value if tax else None,
        tax_rate=tax.rate if tax else None,
        service_first=service.first if service else None,
        service_after_last=service.after_last if service else None,
        line=posting.line,
        charge=posting.charge,
        contract_id=posting.contract_id,
        document_id=posting.document_id,
        dimensions=dict(posting.dimensions),
    )


def _posting(row: LedgerPostingRow) -> Posting:
    """Read a stored posting."""
    tax = None
    if row.tax_country is not None and row.tax_category is not None and row.tax_rate is not None:
        tax = TaxKey(row.tax_country, TaxCategory(row.tax_category), row.tax_rate)
    service = None
    if row.service_first is not None and row.service_after_last is not None:
        service = ServiceDays(row.service_first, row.service_after_last)
    return Posting(
        role=AccountRole(row.role),
        amount=row.amount,
        functional=row.functional,
        account=row.account,
        tag=row.tag,
        tax=tax,
        service=service,
        line=row.line,
        charge=row.charge,
        contract_id=row.contract_id,
        document_id=row.document_id,
        dimensions=tuple(sorted(row.dimensions.items())),
    )
