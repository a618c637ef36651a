"""Entries as they are stored: numbered in their books, translated, each posting with its account."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, datetime
from decimal import Decimal

from sqlmodel import Session, col, select

from billing.ledger.accounts import AccountRole
from billing.ledger.books.store import LedgerBooks
from billing.ledger.carried.store import relieved
from billing.ledger.entry import Posting, ServiceDays, TaxKey, translated
from billing.ledger.facts.fact import Cause, FactToPost
from billing.ledger.rates.store import RateOfDay, rate_of
from billing.ledger.tables import LedgerBooksRow, LedgerEntryRow, LedgerPostingRow
from billing.tax.tax import TaxCategory


class EntryWriter:
    """Writes entries into books that the transaction has locked."""

    def __init__(self, session: Session, now: datetime) -> None:
        """Write at an instant."""
        self._session, self._now = session, now

    def post(
        self, books: LedgerBooks, cause: Cause, fact_id: int, fact: FactToPost, postings: Sequence[Posting]
    ) -> None:
        """Write the entry of a fact, translated at the rate of the day on which it happened.

        Raises:
            ExchangeRateMissing: that rate is not known.
        """
        rate = rate_of(self._session, books.currency, fact.currency, fact.happened_on)
        out = relieved(self._session, books.issuer_id, fact.currency, books.currency, fact.party_id, postings)
        done = translated(
            out,
            rate.value,
            books.currency,
            gain=AccountRole.REALISED_GAIN,
            loss=AccountRole.REALISED_LOSS,
            absorbing=AccountRole.REVENUE if cause in (Cause.DOCUMENT, Cause.PAYEE_DOCUMENT) else None,
        )
        self.write(books, cause, fact_id, fact, rate, done)

    def reverse(self, books: LedgerBooks, cause: Cause, fact_id: int, fact: FactToPost) -> bool:
        """Write the entry that takes back that of another fact; False where nothing was posted of that."""
        if fact.reverses is None:
            return False
        row, (of_cause, of_fact) = LedgerEntryRow, fact.reverses
        before = self._session.exec(
            select(row).where(row.issuer_id == books.issuer_id, row.cause == of_cause.value, row.fact_id == of_fact)
        ).one_or_none()
        if before is None:
            return False
        posted = self._session.exec(
            select(LedgerPostingRow).where(LedgerPostingRow.entry_id == before.id).order_by(col(LedgerPostingRow.pos))
        ).all()
        back = tuple(replace(posting_of(one), account=one.account).reversed() for one in posted)
        rate = RateOfDay(before.rate, before.rate_id)
        self.write(books, cause, fact_id, fact, rate, back, reverses=before.id)
        return True

    def write(
        self,
        books: LedgerBooks,
        cause: Cause,
        fact_id: int,
        fact: FactToPost,
        rate: RateOfDay,
        postings: Sequence[Posting],
        *,
        reverses: int | None = None,
        posted_on: date | None = None,
    ) -> None:
        """Write an entry that is translated: with the next number, in the first month that is open for its day."""
        session = self._session
        kept = session.exec(select(LedgerBooksRow).where(LedgerBooksRow.issuer_id == books.issuer_id)).one()
        kept.last_number += 1
        entry = LedgerEntryRow(
            issuer_id=books.issuer_id,
            number=kept.last_number,
            cause=cause.value,
            fact_id=fact_id,
            posted_on=posted_on or max(fact.happened_on, books.open_from),
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


def _row(books: LedgerBooks, entry_id: int, pos: int, posting: Posting) -> LedgerPostingRow:
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


def posting_of(row: LedgerPostingRow) -> Posting:
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
