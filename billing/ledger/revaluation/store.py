"""What stands in the books in another currency, valued anew at a month's end; the difference is no money yet.

What is valued once keeps its value: what it is paid with later is compared with that. So 1,000 USD billed at 0.90 and
valued at 0.92 are 20 EUR of gain in that month, and paid at 0.95 30 more (IAS 21.23, 21.28).
"""

from collections import defaultdict
from collections.abc import Sequence
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any, NamedTuple

from iso4217 import Currency as IsoCurrency
from sqlalchemy import case, func
from sqlalchemy import select as columns
from sqlmodel import Session, col

from billing.ledger.accounts import MONETARY, AccountRole
from billing.ledger.books.store import LedgerBooks, next_month
from billing.ledger.carried.store import BY_DOCUMENT, BY_PARTY, Carried
from billing.ledger.entry import Posting, balanced
from billing.ledger.facts.fact import Cause, FactToPost
from billing.ledger.rates.store import rate_of
from billing.ledger.tables import LedgerEntryRow, LedgerPostingRow
from billing.ledger.writer.store import EntryWriter
from metering.tables import within_tenant
from quantities.money import Money

_NOTHING = Decimal(0)
_A_MONTH = 1_000


class _Standing(NamedTuple):
    """Something in another currency, as it stands in the books."""

    role: AccountRole
    document_id: int | None
    party_id: int | None
    carried: Carried


def revalue(session: Session, books: LedgerBooks, month: date, now: datetime) -> int:
    """Value all that stands in other currencies at the rate of the last day of a month; once for each currency.

    Args:
        session: states the tenant, and has locked the books.
        books: in which.
        month: the first day of one.
        now: the instant of recording.

    Returns:
        How many entries were written.

    Raises:
        ExchangeRateMissing: the rate of that day is not known.
    """
    day, written = next_month(month) - timedelta(days=1), 0
    writer = EntryWriter(session, now)
    for currency, standing in sorted(_standing(session, books, day).items()):
        rate = rate_of(session, books.currency, currency, day)
        postings = _valued(standing, rate.value, books.currency)
        if postings:
            fact = FactToPost(books.issuer_id, day, currency, f"{currency} valued at {rate.value:f} on {day}")
            writer.write(books, Cause.REVALUATION, _key(month, currency), fact, rate, postings, posted_on=day)
            written += 1
    return written


def _key(month: date, currency: str) -> int:
    """Name a month and a currency by one number: 202603 and the number of the currency in ISO 4217."""
    number = next(iso.number for iso in IsoCurrency if iso.code == currency)
    return (month.year * 100 + month.month) * _A_MONTH + int(number or 0)


def _valued(standing: Sequence[_Standing], rate: Decimal, currency: str) -> tuple[Posting, ...]:
    postings, gain = [], _NOTHING
    for one in standing:
        worth = (Money(one.carried.amount, currency) * rate).rounded().amount
        difference = worth - one.carried.functional
        postings.append(Posting(one.role, _NOTHING, difference, document_id=one.document_id))
        gain += difference
    role = AccountRole.UNREALISED_GAIN if gain > 0 else AccountRole.UNREALISED_LOSS
    return balanced([*postings, Posting(role, _NOTHING, -gain)])


def _standing(session: Session, books: LedgerBooks, day: date) -> dict[str, list[_Standing]]:
    """List what stands in other currencies at the end of a day, by currency: by document, by party, or in all."""
    row, entry = LedgerPostingRow, LedgerEntryRow
    document: Any = case((col(row.role).in_([role.value for role in BY_DOCUMENT]), col(row.document_id)))
    party: Any = case((col(row.role).in_([role.value for role in BY_PARTY]), col(entry.party_id)))
    keys = (col(entry.currency), col(row.role), document, party)
    summed = (
        columns(*keys, func.sum(col(row.amount)), func.sum(col(row.functional)))
        .join(entry, within_tenant(entry.id, row.entry_id))
        .where(
            col(entry.issuer_id) == books.issuer_id,
            col(entry.currency) != books.currency,
            col(entry.posted_on) <= day,
            col(row.role).in_([role.value for role in MONETARY]),
        )
        .group_by(*keys)
        .order_by(*keys)
    )
    known: dict[str, list[_Standing]] = defaultdict(list)
    for currency, role, document_id, party_id, amount, functional in session.execute(summed):
        if amount or functional:
            known[currency].append(_Standing(AccountRole(role), document_id, party_id, Carried(amount, functional)))
    return known
