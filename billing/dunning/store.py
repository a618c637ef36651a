"""Documents that are due to be looked at: an account at a time, all of it or none, by whoever locks the account first.

    oldest due row → its account locked → all due rows of it locked, read and looked at → corrections, letters → next_at

One transaction writes steps, letters, claims and deliveries; nothing leaves the house in it. Of two workers the second
finds nothing due any more. What cannot be looked at, for want of a base rate, is held with the reason, looked at again
the next day, and holds no other document.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy import ColumnElement
from sqlmodel import Session, col, select

from billing.due.pauses.store import is_document_held_back
from billing.dunning.known.store import KnownDunning, known_dunning
from billing.dunning.letters.store import DocumentInLetter, write_letter
from billing.dunning.steps import DunningLook, claim_of, given_back, look, step_at
from billing.dunning.tables import DunningRow
from billing.invoices.issuer import zone_of_issuer
from billing.receivables.issued import AccountKey
from billing.receivables.store import lock_account
from billing.tables import InvoiceRow
from contracts.dunning_terms import DunningKind
from contracts.indexation import store as indices
from contracts.indexation.lookup import IndexValueMissing, Lookup
from quantities.period import zone

_A_DAY = timedelta(days=1)
#: What could not be done of an account is tried again after this.
_HELD_FOR = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class DunnedAccount:
    """What was done about an account: how many documents were looked at, and the letters that were written."""

    looked_at: int
    letters: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class _Looked:
    known: KnownDunning
    look: DunningLook
    lookup: Lookup


def dun_next(session: Session, now: datetime) -> DunnedAccount | None:
    """Look at the documents of the account whose turn it is longest; None where nothing is due.

    Args:
        session: states the tenant, as the product itself; it is committed after.
        now: the instant.
    """
    key = _next_account(session, now)
    return None if key is None else dun_account(session, key, now)


def _next_account(session: Session, now: datetime) -> AccountKey | None:
    due = select(DunningRow).where(col(DunningRow.next_at).is_not(None), col(DunningRow.next_at) <= now)
    due = due.where(~_is_held_back(now))
    oldest = session.exec(due.order_by(col(DunningRow.next_at), col(DunningRow.id)).limit(1)).first()
    return None if oldest is None else AccountKey(oldest.issuer_id, oldest.customer_id, oldest.currency)


def _is_held_back(now: datetime) -> ColumnElement[bool]:
    """Whether a pause holds a document back; a step that somebody has ordered is taken all the same."""
    held_back = is_document_held_back(DunningRow.tenant, ["dun"], DunningRow.invoice_id, now)
    return held_back & col(DunningRow.ordered_at).is_(None)


def hold_next(session: Session, now: datetime, reason: str) -> None:
    """Hold what is due of the account whose turn it is, because it was refused as a whole: others have their turn."""
    key = _next_account(session, now)
    if key is None:
        return
    lock_account(session, key)
    for row in _due_rows(session, key, now):
        row.held, row.next_at = reason, now + _HELD_FOR
    session.flush()


def dun_account(session: Session, key: AccountKey, now: datetime) -> DunnedAccount:
    """Look at all documents of an account that are due."""
    lock_account(session, key)  # whoever moves money of it, or marks a document void, holds the same lock
    rows = _due_rows(session, key, now)
    looked = [one for known in known_dunning(session, rows, now) if (one := _looked(session, known, now)) is not None]
    letters = list[int]()
    corrected = _corrections(looked)
    for documents in (corrected, _steps(looked, corrected)):
        if documents:
            letters.append(write_letter(session, key, documents, now).id)
    acted = {document.known.row.id for document in corrected}
    for one in looked:
        _settle_row(one, now, is_corrected=one.known.row.id in acted)
    session.flush()
    return DunnedAccount(len(rows), tuple(letters))


def _due_rows(session: Session, key: AccountKey, now: datetime) -> Sequence[DunningRow]:
    """Lock what is due of a locked account: what somebody has just looked at is not due any more."""
    row = DunningRow
    of_account = select(row).where(
        row.issuer_id == key.issuer_id, row.customer_id == key.customer_id, row.currency == key.currency
    )
    due = of_account.where(col(row.next_at).is_not(None), col(row.next_at) <= now, ~_is_held_back(now))
    due = due.order_by(col(row.id))
    return session.exec(due.with_for_update().execution_options(populate_existing=True)).all()


def _looked(session: Session, known: KnownDunning, now: datetime) -> _Looked | None:
    """Look at a document; None where it is held."""
    seen = look(known.late, known.terms, known.today)
    interest = known.terms.interest
    wanted = frozenset() if interest is None or interest.base is None else frozenset({interest.base})
    lookup = indices.lookup(session, wanted)
    try:
        if seen.step is not None:
            claim_of(known.late, known.terms, seen.step, known.today, lookup)
        given_back(known.late, known.terms, seen.withdrawn, lookup)
    except IndexValueMissing as missing:
        known.row.held = str(indices.as_it_stands(session, missing))
        known.row.next_at = begins(known.invoice, known.today + _A_DAY)
        return None
    return _Looked(known, seen, lookup)


def _corrections(looked: Sequence[_Looked]) -> list[DocumentInLetter]:
    """Choose what turns out not to be owed, or not to have been due."""
    corrected = list[DocumentInLetter]()
    for one in looked:
        known, withdrawn = one.known, one.look.withdrawn
        claim = given_back(known.late, known.terms, withdrawn, one.lookup)
        if claim is not None or withdrawn:
            corrected.append(DocumentInLetter(known, claim, withdrawn=withdrawn))
    return corrected


def _steps(looked: Sequence[_Looked], corrected: Sequence[DocumentInLetter]) -> list[DocumentInLetter]:
    """Choose the steps that are due; of what is corrected they are looked at anew, by what holds then."""
    again = {document.known.row.id for document in corrected}
    documents = list[DocumentInLetter]()
    for one in looked:
        known, place = one.known, one.look.step
        if place is None or known.row.id in again:
            continue
        claim = claim_of(known.late, known.terms, place, known.today, one.lookup)
        documents.append(DocumentInLetter(known, claim if claim.amount > 0 else None, place))
    return documents


def _settle_row(one: _Looked, now: datetime, *, is_corrected: bool) -> None:
    """Write down when a document is looked at next, and whether its service may be stopped."""
    known, seen = one.known, one.look
    row = known.row
    row.held = ""
    made = seen.step is not None and not is_corrected
    if made or is_corrected:
        row.next_at = now  # looked at once more, by what holds now
    else:
        row.next_at = None if seen.next_on is None else begins(known.invoice, seen.next_on)
    if made:
        row.ordered_by = row.ordered_identity = row.ordered_at = None
    if made and seen.step is not None and step_at(known.terms, seen.step).kind is DunningKind.STOP:
        row.stopped_at = row.stopped_at or now
    elif row.stopped_at is not None and not _stays_stopped(one):
        row.stopped_at = None


def _stays_stopped(one: _Looked) -> bool:
    """Whether a document is still late, and a step that stops its service stands."""
    seen, known = one.look, one.known
    standing = [step for step in known.late.steps if step not in seen.withdrawn]
    return seen.is_late and any(step_at(known.terms, step.place).kind is DunningKind.STOP for step in standing)


def begins(invoice: InvoiceRow, day: date) -> datetime:
    """Name the instant at which a day begins in the books of a document's supplier."""
    name = zone_of_issuer(invoice.inputs.supplier) or invoice.inputs.zone
    return datetime.combine(day, datetime.min.time(), zone(name))
