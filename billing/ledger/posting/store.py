"""Posting: what is noted to be posted becomes entries, each fact once, in the order in which it happened.

Whoever posts locks the books, gives each entry the next number, and deletes the notes in the same transaction: of two
at once the second finds nothing. A fact whose month is closed is posted on the first day of the first open one, with
the day on which it happened beside it. What happened before the books began stands in them against the opening balance.
"""

from collections import defaultdict
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TypeAlias

from sqlmodel import Session, col, select

from billing.ledger.accounts import AccountRole
from billing.ledger.books.store import LedgerBooks, all_books
from billing.ledger.entry import Posting, balanced
from billing.ledger.facts.documents.store import documents_to_post, voids_to_post
from billing.ledger.facts.fact import Cause, FactToPost
from billing.ledger.facts.money.store import (
    allocations_to_post,
    bank_entries_to_post,
    gateway_entries_to_post,
    payments_to_post,
    write_offs_to_post,
)
from billing.ledger.facts.payees.store import payee_documents_to_post, payee_voids_to_post, payouts_to_post
from billing.ledger.tables import LedgerDueRow
from billing.ledger.writer.store import EntryWriter
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
    writer, entries, without, held = EntryWriter(session, now), 0, 0, 0
    for note in due:
        fact = facts.get((note.cause, note.fact_id))
        if fact is None or fact.issuer_id not in books:
            without += 1
        else:
            try:
                is_entry = _post(writer, books[fact.issuer_id], Cause(note.cause), note.fact_id, fact)
                entries, without = entries + is_entry, without + (not is_entry)
            except UsufructError as error:
                note.held, held = str(error), held + 1
                continue
        session.delete(note)
    session.flush()
    return Posted(entries, without, held)


def _read(
    session: Session, due: Sequence[LedgerDueRow], books: Mapping[int, LedgerBooks]
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


def _post(writer: EntryWriter, books: LedgerBooks, cause: Cause, fact_id: int, fact: FactToPost) -> bool:
    """Write the entry of a fact; False where there is nothing to write."""
    if fact.reverses is not None:
        return writer.reverse(books, cause, fact_id, fact)
    postings = fact.postings if fact.happened_on >= books.first_day else _as_opening(fact.postings)
    if postings:
        writer.post(books, cause, fact_id, fact, postings)
    return bool(postings)


def _as_opening(postings: Sequence[Posting]) -> tuple[Posting, ...]:
    """What stands in the books as they begin: all that does not stay is opening balance."""
    return balanced([one if one.role in _STAYS else Posting(AccountRole.OPENING, one.amount) for one in postings])
