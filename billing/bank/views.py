"""What is told of banks' files, their entries, aliases and advices, as JSON."""

from collections.abc import Sequence
from datetime import date, datetime

from pydantic import BaseModel, ConfigDict

from billing.bank.entries.store import EntryState, KnownBankEntry, NewEntries
from billing.bank.matching.books import PayerKind
from billing.bank.payers.store import KnownPayerAlias
from quantities.money import Amount


class BankEntryOut(BaseModel):
    """An entry of a bank's statement, and what became of it."""

    model_config = ConfigDict(frozen=True)

    entry: int
    account: str
    booked_on: date
    value_on: date
    amount: Amount
    currency: str
    before_charges: Amount | None
    charges: Amount
    payer: str
    payer_account: str
    text: str
    references: tuple[str, ...]
    end_to_end: str
    of_bank: str
    return_reason: str | None
    state: EntryState
    reason: str
    candidates: tuple[str, ...]
    payment: int | None
    rule: str
    short: Amount
    short_reason: str | None
    settled_by: str | None


class BankFileOut(BaseModel):
    """What reading a file of a bank came to."""

    model_config = ConfigDict(frozen=True)

    file: int
    is_new: bool
    entries: int
    added: int
    left_out: int
    matched: int
    queued: int
    listed: tuple[BankEntryOut, ...]


class AdvicesReadOut(BaseModel):
    """What reading a file of advices came to: how many are new, and how many entries do not wait any more."""

    model_config = ConfigDict(frozen=True)

    advices: int
    added: int
    matched: int


class PayerAliasOut(BaseModel):
    """For whom an account or a name of a payer stands."""

    model_config = ConfigDict(frozen=True)

    alias: int
    kind: PayerKind
    account: str
    name: str
    customer: str
    prepared_by: str
    prepared_at: datetime
    released_by: str | None
    released_at: datetime | None
    withdrawn_by: str | None
    withdrawn_at: datetime | None


def bank_entry_out(known: KnownBankEntry) -> BankEntryOut:
    """Say what is told of an entry."""
    entry = known.entry
    return BankEntryOut(
        entry=known.id,
        account=entry.account,
        booked_on=entry.booked_on,
        value_on=entry.value_on,
        amount=entry.amount,
        currency=entry.currency,
        before_charges=entry.before_charges,
        charges=known.charges or entry.charges,
        payer=entry.party.name,
        payer_account=entry.party.account,
        text=entry.text,
        references=(*entry.references.creditor, *entry.references.documents),
        end_to_end=entry.references.end_to_end,
        of_bank=entry.references.of_bank,
        return_reason=None if entry.returned is None else entry.returned.reason,
        state=known.state,
        reason=known.reason,
        candidates=known.candidates,
        payment=known.payment,
        rule=known.rule,
        short=known.short,
        short_reason=known.short_reason,
        settled_by=known.settled_by,
    )


def bank_file_out(new: NewEntries, listed: Sequence[KnownBankEntry]) -> BankFileOut:
    """Say what is told of a file that was read."""
    queued = sum(known.state is EntryState.QUEUED for known in listed)
    return BankFileOut(
        file=new.file,
        is_new=new.is_new,
        entries=new.listed,
        added=len(new.added),
        left_out=new.left_out,
        matched=len(listed) - queued,
        queued=queued,
        listed=tuple(bank_entry_out(known) for known in listed),
    )


def payer_alias_out(known: KnownPayerAlias) -> PayerAliasOut:
    """Say what is told of an alias."""
    return PayerAliasOut(
        alias=known.id,
        kind=known.payer.kind,
        account=known.payer.account,
        name=known.payer.name,
        customer=known.payer.customer,
        prepared_by=known.prepared_by,
        prepared_at=known.prepared_at,
        released_by=known.released_by,
        released_at=known.released_at,
        withdrawn_by=known.withdrawn_by,
        withdrawn_at=known.withdrawn_at,
    )
