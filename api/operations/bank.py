"""Banks' files as use cases: read and matched, settled by persons; aliases of payers, and what payers advise."""

from datetime import datetime

from sqlmodel import Session

from api.audit.note import made
from billing.bank.advices.read import read_advices
from billing.bank.advices.store import add_advices
from billing.bank.entries.store import BankEntryQuery, add_file, entries, entry, hold_bank, known_entries
from billing.bank.matching.books import ConfirmedPayer
from billing.bank.matching.ordered.store import OrdersBookedAsked, book_by_person
from billing.bank.matching.store import (
    MatchActor,
    MatchAsked,
    ignore_entry,
    match_by_person,
    match_entries,
    match_queue,
    return_by_person,
)
from billing.bank.payers import store as payers
from billing.bank.statements.read import read_statements
from billing.bank.views import (
    AdvicesReadOut,
    BankEntryOut,
    BankFileOut,
    PayerAliasOut,
    bank_entry_out,
    bank_file_out,
    payer_alias_out,
)
from contracts.release.store import releasing
from quantities.listing import ListPage


def read_bank_file(session: Session, raw: bytes, profile: str | None, *, who: str, at: datetime) -> BankFileOut:
    """Read a bank's file: its new entries are matched and recorded as payments, or wait; read again it adds nothing.

    Raises:
        UsufructError: the file cannot be (``billing.bank.statements.read.read_statements``), or
            ``StatementReadOtherwise``: nothing of it is stored.
    """
    statements = read_statements(raw, profile)
    hold_bank(session)
    new = add_file(session, raw, statements, by=who, at=at)
    numbers = [number for number, _ in new.added]
    match_entries(session, numbers, MatchActor(who, at))
    if new.is_new:
        made(session, f"bank file {new.file}")
    return bank_file_out(new, known_entries(session, numbers))


def list_bank_entries(session: Session, query: BankEntryQuery) -> ListPage[BankEntryOut]:
    """List entries of banks in pages, in the order in which they were read."""
    page = entries(session, query)
    return page.of(tuple(bank_entry_out(known) for known in page.rows))


def match_bank_entry(session: Session, asked: MatchAsked, *, who: str, at: datetime) -> BankEntryOut:
    """Record an entry as the payment that a person says it is.

    Raises:
        UsufructError: ``billing.bank.matching.store.match_by_person`` says which.
    """
    match_by_person(session, asked, MatchActor(who, at))
    return bank_entry_out(entry(session, asked.entry))


def return_bank_entry(session: Session, number: int, payment: int, *, who: str, at: datetime) -> BankEntryOut:
    """Record an entry as the return of a payment, as a person says.

    Raises:
        UsufructError: ``billing.bank.matching.store.return_by_person`` says which.
    """
    return_by_person(session, number, payment, MatchActor(who, at))
    return bank_entry_out(entry(session, number))


def book_bank_orders(session: Session, asked: OrdersBookedAsked, *, who: str, at: datetime) -> BankEntryOut:
    """Record an entry as the booking of files or orders that the bank was asked for, as a person says.

    Raises:
        UsufructError: ``billing.bank.matching.ordered.store.book_by_person`` says which.
    """
    book_by_person(session, asked, MatchActor(who, at))
    return bank_entry_out(entry(session, asked.entry))


def ignore_bank_entry(session: Session, number: int, reason: str, *, who: str, at: datetime) -> BankEntryOut:
    """Say that an entry is no payment of a document, and why.

    Raises:
        UnknownBankEntry, BankEntrySettled: there is no such entry that waits.
    """
    ignore_entry(session, number, reason, MatchActor(who, at))
    return bank_entry_out(entry(session, number))


def read_bank_advices(session: Session, raw: bytes, *, who: str, at: datetime) -> AdvicesReadOut:
    """Read what payers say their payments are for, before the payments or after: what waits is matched again.

    Raises:
        UsufructError: ``billing.bank.advices.read.read_advices`` says which.
    """
    advices = read_advices(raw)
    hold_bank(session)
    added = add_advices(session, advices, by=who, at=at)
    matched = match_queue(session, MatchActor(who, at)) if added else 0
    if advices:
        made(session, f"bank advice {advices[0].reference or advices[0].customer}")
    return AdvicesReadOut(advices=len(advices), added=added, matched=matched)


def list_payer_aliases(session: Session) -> list[PayerAliasOut]:
    """List for whom accounts and names of payers stand, those that wait and those withdrawn too."""
    return [payer_alias_out(known) for known in payers.aliases(session)]


def prepare_payer_alias(session: Session, payer: ConfirmedPayer, *, who: str, at: datetime) -> PayerAliasOut:
    """Say for whom an account or a name stands; another person releases it, or one is enough by the tenant's setting.

    Raises:
        UsufructError: ``billing.bank.payers.store.prepare_alias`` says which.
    """
    known = payers.prepare_alias(session, payer, releasing(session, who, at))
    made(session, f"payer alias {known.id}")
    if known.released_at is not None:
        match_queue(session, MatchActor(who, at))
    return payer_alias_out(known)


def release_payer_alias(session: Session, number: int, *, who: str, at: datetime) -> PayerAliasOut:
    """Release an alias that another person has prepared: what waits is matched again.

    Raises:
        UsufructError: ``billing.bank.payers.store.release_alias`` says which.
    """
    known = payers.release_alias(session, number, releasing(session, who, at))
    match_queue(session, MatchActor(who, at))
    return payer_alias_out(known)


def withdraw_payer_alias(session: Session, number: int, *, who: str, at: datetime) -> PayerAliasOut:
    """Withdraw an alias: what was recorded by it stays.

    Raises:
        UsufructError: ``billing.bank.payers.store.withdraw_alias`` says which.
    """
    return payer_alias_out(payers.withdraw_alias(session, number, releasing(session, who, at)))
