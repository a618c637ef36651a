"""Rows ⇄ values of banks' files and entries: a file once, and a booking once in whatever file it comes."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from hashlib import sha256
from typing import Annotated, Any, ClassVar

from pydantic import Field
from sqlalchemy import func, text
from sqlalchemy import select as columns
from sqlmodel import Session, col, select

from billing.bank.matching.decision import QueuedEntry
from billing.bank.statements.entry import (
    BankEntry,
    BankParty,
    BankStatement,
    EntryReferences,
    EntryReturn,
    entry_keys,
)
from billing.bank.tables import BankEntryRow, BankFileRow, BankMatchRow
from metering.log.list_page import Listing
from metering.tables import within_tenant
from quantities.errors import Conflict, NotFound
from quantities.listing import ListPage, ListQuery

_CAMT = "camt"


class UnknownBankEntry(NotFound):
    """There is no entry of a bank of that number here."""


class StatementReadOtherwise(Conflict):
    """Days of the account were read from files of another form."""


class EntryState(StrEnum):
    """What became of an entry."""

    QUEUED = "queued"  # a person looks at it
    MATCHED = "matched"  # it is a payment
    RETURNED = "returned"  # it reverses a payment
    PAYOUT = "payout"  # a gateway pays out
    NO_PAYMENT = "no_payment"  # between accounts of ours, or of somebody who pays no documents
    IGNORED = "ignored"  # a person said so
    DETAILED = "detailed"  # the payments that it is the sum of came in another file
    ORDERED = "ordered"  # what the bank was asked for by a file


@dataclass(frozen=True, slots=True)
class KnownBankEntry:
    """An entry with what became of it.

    Attributes:
        id: its number.
        entry: as the bank says it.
        state: what became of it.
        reason: why it waits, or is no payment; a code, or a person's words.
        candidates: documents that it may pay.
        payment: that it became, or the reversal; None where it became none.
        rule: by which it was matched; empty where it was not.
        short: what is missing of the documents that it pays.
        short_reason: why.
        charges: what the bank took with a return.
        settled_by: the person who has settled it; None: a rule, or nobody yet.
    """

    id: int
    entry: BankEntry
    state: EntryState
    reason: str
    candidates: tuple[str, ...]
    payment: int | None
    rule: str
    short: Decimal
    short_reason: str | None
    charges: Decimal
    settled_by: str | None


@dataclass(frozen=True, slots=True)
class NewEntries:
    """What a file adds.

    Attributes:
        file: its number.
        is_new: whether its bytes were not read before.
        listed: how many entries it has.
        left_out: how many the bank has not booked.
        added: those that are new, by number, in their order.
    """

    file: int
    is_new: bool
    listed: int
    left_out: int
    added: tuple[tuple[int, BankEntry], ...]


def hold_bank(session: Session) -> None:
    """Let one transaction of a tenant at a time read and match entries: files overlap in any order."""
    # text: an advisory lock that ends with the transaction
    session.execute(text("select pg_advisory_xact_lock(hashtextextended(current_setting('app.tenant') || ' bank', 0))"))


def add_file(session: Session, raw: bytes, statements: Sequence[BankStatement], *, by: str, at: datetime) -> NewEntries:
    """Store the entries of a file that are not known; the caller holds the bank.

    Args:
        session: states the tenant.
        raw: the file.
        statements: what it says.
        by: who reads it.
        at: now.

    Raises:
        StatementReadOtherwise: days of an account came from files of another form, where each entry has other keys.
    """
    digest = sha256(raw).hexdigest()
    listed, left_out = sum(len(one.entries) for one in statements), sum(one.left_out for one in statements)
    before = session.exec(select(BankFileRow.id).where(BankFileRow.sha256 == digest)).first()
    if before is not None:
        return NewEntries(before, is_new=False, listed=listed, left_out=left_out, added=())
    for statement in statements:
        _refuse_other_form(session, statement)
    new, detailed = _new_of(session, statements)
    for key in detailed:
        session.get_one(BankEntryRow, (_tenant(session), key)).state = EntryState.DETAILED
    row = BankFileRow(
        sha256=digest,
        form=statements[0].form,
        entries=listed,
        added=len(new),
        left_out=left_out,
        recorded_by=by,
        recorded_at=at,
    )
    session.add(row)
    session.flush()
    rows = [_row(row.id, key, part, entry) for key, part, entry in new]
    session.add_all(rows)
    session.flush()
    added = tuple((stored.id, entry) for stored, (_, _, entry) in zip(rows, new, strict=True))
    return NewEntries(row.id, is_new=True, listed=listed, left_out=left_out, added=added)


def _tenant(session: Session) -> int:
    # text: a setting of the transaction
    return int(session.execute(text("select current_setting('app.tenant')")).scalar_one())


def _family(form: str) -> str:
    return _CAMT if form.startswith(_CAMT) else form


def _refuse_other_form(session: Session, statement: BankStatement) -> None:
    days = [entry.booked_on for entry in statement.entries]
    if not days:
        return
    row, file = BankEntryRow, BankFileRow
    of_days = (
        columns(col(file.form), func.min(col(row.booked_on)))
        .join(file, within_tenant(file.id, row.file_id))
        .where(col(row.account) == statement.account, col(row.booked_on).between(min(days), max(days)))
        .group_by(col(file.form))
    )
    for form, day in session.execute(of_days):
        if _family(form) != _family(statement.form):
            detail = f"{statement.account} of {day} was read as {form}, and this file is {statement.form}"
            raise StatementReadOtherwise(detail, place=str(day), found=statement.form, expected=form)


def _new_of(
    session: Session, statements: Sequence[BankStatement]
) -> tuple[list[tuple[str, int, BankEntry]], list[int]]:
    """Choose the entries whose bookings are not known, and the sums that are known and come in detail now."""
    bookings: dict[tuple[str, str], list[BankEntry]] = defaultdict(list)
    for statement in statements:
        for key, entry in zip(entry_keys(statement.entries), statement.entries, strict=True):
            bookings[statement.account, sha256(key.encode()).hexdigest()].append(entry)
    known = _known(session, bookings)
    new: list[tuple[str, int, BankEntry]] = []
    detailed = []
    for (account, key), parts in bookings.items():
        stored = known.get((account, key), [])
        if not stored:
            new += [(key, part.part, part) for part in parts]
        elif len(stored) == 1 < len(parts) and _is_sum(stored[0], parts):
            detailed.append(stored[0].id)
            new += [(key, part.part + 1, part) for part in parts]
    return new, detailed


def _known(session: Session, bookings: Iterable[tuple[str, str]]) -> Mapping[tuple[str, str], list[BankEntryRow]]:
    keys = sorted({key for _, key in bookings})
    known: dict[tuple[str, str], list[BankEntryRow]] = defaultdict(list)
    for row in session.exec(select(BankEntryRow).where(col(BankEntryRow.key_sha256).in_(keys))):
        known[row.account, row.key_sha256].append(row)
    return known


def _is_sum(row: BankEntryRow, parts: Sequence[BankEntry]) -> bool:
    return row.state == EntryState.QUEUED and row.amount == sum((part.amount for part in parts), Decimal(0))


def _row(file: int, key: str, part: int, entry: BankEntry) -> BankEntryRow:
    references, returned = entry.references, entry.returned
    return BankEntryRow(
        file_id=file,
        account=entry.account,
        key_sha256=key,
        part=part,
        place=entry.place,
        booked_on=entry.booked_on,
        value_on=entry.value_on,
        amount=entry.amount,
        currency=entry.currency,
        before_charges=entry.before_charges,
        charges=entry.charges,
        creditor_references=" ".join(references.creditor),
        document_references="\n".join(references.documents),
        end_to_end=references.end_to_end,
        mandate=references.mandate,
        of_bank=references.of_bank,
        batches="\n".join(references.batches),
        text=entry.text,
        party_name=entry.party.name,
        party_account=entry.party.account,
        party_behind=entry.party.behind,
        return_reason=None if returned is None else returned.reason,
        return_end_to_end="" if returned is None else returned.end_to_end,
        return_of_bank="" if returned is None else returned.of_bank,
        state=EntryState.QUEUED,
    )


def bank_entry(row: BankEntryRow) -> BankEntry:
    """Read an entry as the bank says it."""
    is_return = row.return_reason is not None
    return BankEntry(
        place=row.place,
        account=row.account,
        booked_on=row.booked_on,
        value_on=row.value_on,
        amount=row.amount,
        currency=row.currency,
        before_charges=row.before_charges,
        charges=row.charges,
        references=EntryReferences(
            creditor=tuple(row.creditor_references.split()),
            documents=tuple(row.document_references.splitlines()),
            end_to_end=row.end_to_end,
            mandate=row.mandate,
            of_bank=row.of_bank,
            batches=tuple(row.batches.splitlines()),
        ),
        text=row.text,
        party=BankParty(row.party_name, row.party_account, row.party_behind),
        returned=EntryReturn(row.return_reason or "", row.return_end_to_end, row.return_of_bank) if is_return else None,
        part=row.part,
    )


def locked_entry(session: Session, number: int) -> BankEntryRow:
    """Find an entry and lock it until the transaction ends.

    Raises:
        UnknownBankEntry: there is none of that number here.
    """
    chosen = select(BankEntryRow).where(BankEntryRow.id == number).with_for_update()
    row = session.exec(chosen.execution_options(populate_existing=True)).one_or_none()
    if row is None:
        raise UnknownBankEntry(f"there is no entry {number} of a bank here", found=number)
    return row


def queue_entry(row: BankEntryRow, queued: QueuedEntry) -> None:
    """Say why an entry waits for a person."""
    row.state, row.reason, row.candidates = EntryState.QUEUED, queued.reason, "\n".join(queued.candidates)


def queued_rows(session: Session) -> Sequence[BankEntryRow]:
    """List the entries that wait, the oldest first."""
    chosen = select(BankEntryRow).where(BankEntryRow.state == EntryState.QUEUED).order_by(col(BankEntryRow.id))
    return session.exec(chosen).all()


def waiting_entries(session: Session) -> list[KnownBankEntry]:
    """List what waits for a person, the oldest first."""
    return _all_known(session, queued_rows(session))


class BankEntryQuery(ListQuery):
    """Which entries of banks are listed: in a state, and of an account; in the order in which they were read."""

    SORTS: ClassVar[tuple[str, ...]] = ("entry",)

    state: Annotated[EntryState | None, Field(description="Only those in this state.")] = None
    account: Annotated[str | None, Field(description="Only those of this account of ours.")] = None


_STATEMENT: Any = select(BankEntryRow)
_LISTING = Listing(
    statement=_STATEMENT,
    key=col(BankEntryRow.id),
    sorts={"entry": col(BankEntryRow.id)},
    filters={
        "state": lambda state: col(BankEntryRow.state) == state,
        "account": lambda account: col(BankEntryRow.account) == account,
    },
    named="entry",
)


def entries(session: Session, query: BankEntryQuery) -> ListPage[KnownBankEntry]:
    """List entries in pages.

    Raises:
        UnknownSort, UnknownPage: there is no such order, or place in it.
    """
    page = _LISTING.page(session, query)
    return page.of(tuple(_all_known(session, [row[0] for row in page.rows])))


def entry(session: Session, number: int) -> KnownBankEntry:
    """Read an entry.

    Raises:
        UnknownBankEntry: there is none of that number here.
    """
    row = session.exec(select(BankEntryRow).where(BankEntryRow.id == number)).one_or_none()
    if row is None:
        raise UnknownBankEntry(f"there is no entry {number} of a bank here", found=number)
    return _all_known(session, [row])[0]


def known_entries(session: Session, numbers: Sequence[int]) -> list[KnownBankEntry]:
    """Read entries by their numbers, in the order of these."""
    chosen = select(BankEntryRow).where(col(BankEntryRow.id).in_(numbers)).order_by(col(BankEntryRow.id))
    return _all_known(session, session.exec(chosen).all())


def _all_known(session: Session, rows: Sequence[BankEntryRow]) -> list[KnownBankEntry]:
    of_rows = select(BankMatchRow).where(col(BankMatchRow.entry_id).in_([row.id for row in rows]))
    matches = {match.entry_id: match for match in session.exec(of_rows)}
    return [_known_entry(row, matches.get(row.id)) for row in rows]


def _known_entry(row: BankEntryRow, match: BankMatchRow | None) -> KnownBankEntry:
    plain = KnownBankEntry(
        id=row.id,
        entry=bank_entry(row),
        state=EntryState(row.state),
        reason=row.reason,
        candidates=tuple(row.candidates.splitlines()),
        payment=None,
        rule="",
        short=Decimal(0),
        short_reason=None,
        charges=Decimal(0),
        settled_by=row.settled_by,
    )
    if match is None:
        return plain
    return replace(
        plain,
        payment=match.payment_id,
        rule=match.rule,
        short=match.short,
        short_reason=match.short_reason,
        charges=match.charges,
    )
