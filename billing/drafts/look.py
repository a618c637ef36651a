"""Looking at what is ready, and issuing what was looked at.

What is due and not issued is made into documents when somebody looks, by what a run itself does (billing/drafts/
making.py): the periods of a contract one after the other from its last issued state, each saved within a savepoint, so
that the next goes on from it; then all of it is rolled back. Nothing that is not issued is stored as a document, counts
as billed, or closes work. What stays is a note of what was looked at, by the name of its content.
"""

from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime

from sqlmodel import Session

from billing.drafts import store as draft_store
from billing.drafts.draft import content_of, differences, name_of
from billing.drafts.making import Made, make
from billing.drafts.store import Seen
from billing.due import store as due_store
from billing.due.store import Due
from billing.invoices import store
from billing.invoices.store import StoredInvoice
from billing.rated import store as rated
from billing.records.draft import DraftContent
from billing.run import conclude
from metering.log.transaction import watermark as take_watermark
from quantities.errors import Conflict


class DraftOutdated(Conflict):
    """The draft has changed since it was looked at."""


class AlreadyIssued(Conflict):
    """The invoice is already issued."""


class EarlierDraftOpen(Conflict):
    """An earlier period of the contract is not issued yet."""


class NothingToIssue(Conflict):
    """Nothing of this draft can be issued any more."""


@dataclass(slots=True)
class Looked:
    """What somebody sees who looks at what is ready.

    Attributes:
        drafts: the documents, those of a contract in the order in which they are issued.
        held: what waits for a person, and why.
    """

    drafts: list[StoredInvoice] = field(default_factory=list)
    held: dict[str, str] = field(default_factory=dict)


@dataclass(slots=True)
class _Chain:
    """The documents of contracts as they would follow each other; there within the savepoint alone."""

    invoices: list[StoredInvoice] = field(default_factory=list)
    contents: list[tuple[Due, DraftContent]] = field(default_factory=list)
    held: list[tuple[Due, Exception]] = field(default_factory=list)


def look(
    session: Session,
    tenant: int,
    contract_ids: Collection[int],
    now: datetime,
    due_by: datetime,
    *,
    unswept: bool = False,
) -> Looked:
    """Make the documents of all that is ready of contracts, note that they were looked at, and save none of them.

    Args:
        session: states the tenant.
        tenant: the same.
        contract_ids: whose.
        now: the instant.
        due_by: what is due by then is looked at; later than ``now``, to look ahead.
        unswept: ask all ratings of the contracts what has changed, and not only those that a sweep has marked.

    Returns:
        The documents as values: their keys are of no row.
    """
    with _chained(session, tenant, contract_ids, (now, due_by), unswept=unswept) as chain:
        for invoice in chain.invoices:
            for row in (invoice.row, *invoice.ratings):
                session.expunge(row)
    draft_store.note(session, chain.contents, take_watermark(session), now, due_by)
    looked = Looked(chain.invoices)
    for due, fault in chain.held:
        reason = due_store.hold(session, tenant, due, fault, now)
        if reason is not None:
            looked.held.setdefault(due.reference, reason)
    due_store.hold_no_more(session, tenant, [due for due, _ in chain.contents])
    return looked


_READY = "a draft that is due and not held"


@contextmanager
def opened(session: Session, name: str, now: datetime) -> Iterator[StoredInvoice]:
    """Open a draft that somebody looked at: within the block it is a document like an issued one, and then it is gone.

    Raises:
        UnknownInvoice: nobody has looked at a draft of that name.
        DraftOutdated: it comes out otherwise now.
        AlreadyIssued: it is an invoice by now.
        NothingToIssue: there is nothing any more that it would be of; or what it is of is held.
    """
    seen = draft_store.seen(session, name)
    due_by = max(now, seen.due_by)
    with _chained(session, seen.tenant, [seen.work.contract_id], (now, due_by), unswept=True) as chain:
        for (due, content), invoice in zip(chain.contents, chain.invoices, strict=True):
            if _is_of(seen, due):
                _see_that_it_is_the_same(seen, content)
                yield invoice
                return
        raise _not_ready(session, seen, chain.held)


def issue(session: Session, name: str, now: datetime) -> StoredInvoice:
    """Issue a draft as it was looked at: its number and its date are given, and it never changes again.

    Args:
        session: states the tenant.
        name: of the draft.
        now: the instant of issue.

    Raises:
        UnknownInvoice: nobody has looked at a draft of that name.
        DraftOutdated: it comes out otherwise now, and where.
        EarlierDraftOpen: an earlier period of the contract is issued first.
        AlreadyIssued: it is an invoice by now.
        NothingToIssue: there is nothing any more that it would be of, it is held, or it is not due yet.
    """
    if not name.startswith(store.DRAFT):
        issued = store.find(session, name).row
        detail = f"{issued.number} was issued on {issued.issued_on}"
        raise AlreadyIssued(detail, found=name, expected="a draft")
    seen = draft_store.seen(session, name)
    due_store.lock(
        session, seen.work
    )  # before it is asked what is open: whoever issues something else of it is waited for
    if not due_store.is_open(session, seen.tenant, seen.work, now):
        raise _not_ready(session, seen, ())
    made = _make_in_its_turn(session, seen, now)
    if not made.drafts:
        raise _not_ready(session, seen, made.held)
    ((_, draft),) = made.drafts
    _see_that_it_is_the_same(seen, content_of(draft))
    outcome = conclude(session, seen.tenant, made, now)
    return store.billed(session, outcome.invoices)[0]


def _make_in_its_turn(session: Session, seen: Seen, now: datetime) -> Made:
    """Make the document of some work, unless there is one to be issued before it.

    What is held is passed over. What comes to nothing is concluded: there is no document of it that one could issue.
    """
    passed: set[Due] = set()
    while work := due_store.first_open(session, seen.tenant, now, among=[seen.work.contract_id], passed=passed):
        made = make(session, work, now, now, unswept=True)
        if _is_of(seen, work[0]):
            return made
        if any(draft.lines for _, draft in made.drafts):
            before = f"what is due from {work[0].first} is issued before {name_of(seen.content)}"
            detail = f"{seen.work.reference}: {before}"
            raise EarlierDraftOpen(detail, found=name_of(seen.content), expected=f"the draft from {work[0].first}")
        if not made.held:
            conclude(session, seen.tenant, made, now)
        passed.update(work)
    return Made()


@contextmanager
def _chained(
    session: Session, tenant: int, contract_ids: Collection[int], instants: tuple[datetime, datetime], *, unswept: bool
) -> Iterator[_Chain]:
    """Make what is due of contracts, one work of each after the other, in a savepoint that is rolled back.

    Work is not claimed: a look is in nobody's way.
    """
    now, due_by = instants
    chain, keys, passed = _Chain(), list[int](), set[Due]()
    with session.begin_nested() as savepoint:
        try:
            while work := due_store.first_open(session, tenant, due_by, among=contract_ids, passed=passed):
                made = make(session, work, now, due_by, unswept=unswept)
                corrected = due_store.open_corrections(session, tenant, made.corrected)
                passed.update(work, corrected)
                chain.held += made.held
                rated.save(session, made.again, now)
                drafts = [draft for _, draft in made.drafts]
                saved = store.save(session, drafts, now, undivided=True) if drafts else []
                rated.mark_following(session, [one.work for one in saved], now)
                documents = [
                    (due, draft, one.work) for (due, draft), one in zip(made.drafts, saved, strict=True) if draft.lines
                ]
                chain.contents += [(due, content_of(draft)) for due, draft, _ in documents]
                keys += [key for *_, key in documents]
            by_key = {invoice.row.id: invoice for invoice in store.billed(session, keys)}
            named = zip(keys, chain.contents, strict=True)
            in_order = sorted(((due, content, key) for key, (due, content) in named), key=_by_contract)
            chain.contents = [(due, content) for due, content, _ in in_order]
            chain.invoices = [replace(by_key[key], draft=name_of(content)) for _, content, key in in_order]
            yield chain
        finally:
            savepoint.rollback()


def _by_contract(made: tuple[Due, DraftContent, int]) -> int:
    """Put together what is of one contract; what is sorted stays in its order otherwise."""
    return made[0].contract_id


def _is_of(seen: Seen, work: Due) -> bool:
    return (work.kind, work.first) == (seen.work.kind, seen.work.first)


def _see_that_it_is_the_same(seen: Seen, now: DraftContent) -> None:
    moved = differences(seen.content, now)
    if moved:
        raise DraftOutdated(
            f"{name_of(seen.content)} of {seen.work.reference} comes out otherwise now: {'; '.join(moved)}",
            found=moved,
            expected=f"the draft as it was looked at; look again: it is {name_of(now)} now",
        )


def _not_ready(session: Session, seen: Seen, held: Sequence[tuple[Due, Exception]]) -> Conflict:
    """Say why there is nothing to issue or to show."""
    name, work = name_of(seen.content), seen.work
    for due, fault in held:
        if _is_of(seen, due):
            return NothingToIssue(f"{name} of {work.reference} is held: {fault}", found=name, expected=_READY)
    number = store.number_of(session, work.contract_id, work.kind, work.first)
    if number is not None:
        detail = f"{name} of {work.reference} is invoice {number}"
        return AlreadyIssued(detail, found=number, expected="a draft that is not issued")
    detail = f"{name}: nothing of {work.reference} is due from {work.first} any more"
    return NothingToIssue(detail, found=name, expected=_READY)
