"""Prepare files of orders: what is due is looked at, and put into a file in the transaction that writes its bytes.

An order whose document is void or settled is withdrawn; one that may not be carried out now is held with its reason. Of
a document no more is collected than is open of it and not disputed.
"""

import secrets
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from decimal import Decimal
from hashlib import sha256

from sqlmodel import Session, col, select

from billing.bank.entries.store import hold_bank
from billing.bank.mandates.mandate import DebitScheme, MandateAmendment, amendment, sequence_type
from billing.bank.mandates.store import KnownMandate, active_mandate
from billing.bank.notices.store import agreed_notice, told_on
from billing.bank.order_files.grouping import (
    NAME_MAX,
    TEXT_MAX,
    OrderedFile,
    ReadyDebit,
    ReadyPayment,
    debit_file,
    latin_account,
    latin_address,
    message_head,
    payment_file,
    table_file,
)
from billing.bank.order_files.store import KnownOrderFile, order_file
from billing.bank.orders.batch_table import TABLE_CURRENCY, BatchTable, batch_table
from billing.bank.orders.business_days import settles_on
from billing.bank.orders.debit_day import collected_on, debit_days
from billing.bank.orders.file_content import DebitInFile, OwnAccount, PaymentInFile
from billing.bank.orders.latin import CharactersLost, latin
from billing.bank.orders.payment_to_make import AccountToPay, AddressToPay, BankOrderState
from billing.bank.orders.state import BankOrderHappening
from billing.bank.orders.store import OrderActor, happens
from billing.bank.orders.tables import BankOrderFileRow, BankOrderRow
from billing.documents.model.payment_reference import payment_reference
from billing.receivables.issued import AccountKey, account_of, by_key, newest_of, today_of_account
from billing.receivables.standing import PaymentStanding
from billing.receivables.standings import standings_now
from billing.receivables.store import lock_account, party_names
from billing.tables import InvoiceRow
from billing.voiding.store import is_asked
from contracts.party_profiles.store import known_of
from contracts.tables import PartyRow
from quantities.errors import Conflict
from quantities.number import plain

_EUR = "EUR"
#: Orders are put into a file so long before the bank is to carry them out, where nobody says another day.
_AHEAD = timedelta(days=14)


class NothingToPrepare(Conflict):
    """No order is due that could be put into a file."""


class NoOwnAccount(Conflict):
    """The profile of the supplier has no account of its own for the currency."""


@dataclass(frozen=True, slots=True)
class FileAsked:
    """What is to be put into files.

    Attributes:
        supplier: whose bank it is for, by name.
        until: orders that the bank is to carry out up to this day; None: two weeks ahead.
        table: the name of a table of transfers, for payments in yuan.
    """

    supplier: str
    until: date | None = None
    table: str = "cnaps"


@dataclass(frozen=True, slots=True)
class PreparedOrders:
    """What came of preparing.

    Attributes:
        files: those that were made: one of debits and one of payments at most, for each currency.
        held: orders that may not be carried out now, with the reason.
        withdrawn: orders that nobody wants any more, with the reason.
        later: how many are for a later day.
        otherwise: names that are written otherwise in a file: as they are, and as they are written.
    """

    files: tuple[KnownOrderFile, ...]
    held: tuple[tuple[int, str], ...]
    withdrawn: tuple[tuple[int, str], ...]
    later: int
    otherwise: tuple[tuple[str, str], ...]


class _Held(Exception):
    """The order may not be carried out now."""

    def __init__(self, detail: str, *, waits: bool = True) -> None:
        super().__init__(detail)
        self.waits = waits


class _Unwanted(Exception):
    """Nobody wants the order any more."""


class _Later(Exception):
    """The order is for a later day."""


@dataclass
class _Office:
    """What is known while the orders of one supplier are looked at, and what came of them so far."""

    session: Session
    actor: OrderActor
    asked: FileAsked
    held: list[tuple[int, str]] = field(default_factory=list)
    withdrawn: list[tuple[int, str]] = field(default_factory=list)
    later: int = 0
    otherwise: dict[str, str] = field(default_factory=dict)
    used: set[int] = field(default_factory=set)  # mandates, within these files

    def until(self, today: date) -> date:
        return today + _AHEAD if self.asked.until is None else self.asked.until


def prepare_files(session: Session, asked: FileAsked, actor: OrderActor) -> PreparedOrders:
    """Put the orders of a supplier that are due into files: one for each currency of debits, and of payments.

    Args:
        session: states the tenant; the files, and that the orders stand in them, are one transaction.
        asked: what is put into them.
        actor: who prepares them: another takes them, but below the tenant's limit.

    Raises:
        NothingToPrepare: no order is due; those that are held are told.
        NoOwnAccount: the supplier's profile has no account for a currency.
        UnknownBatchTable: there is no such table.
        OrderFileFailsSchema, CharactersLost, BatchTableRefuses: a file cannot be made.
    """
    hold_bank(session)
    office = _Office(session, actor, asked)
    rows = _due(session, asked.supplier)
    files = [
        file
        for currency in sorted({row.currency for row in rows})
        for file in (
            _debits_of(office, [row for row in rows if row.scheme is not None and row.currency == currency], currency),
            _payments_of(office, [row for row in rows if row.scheme is None and row.currency == currency], currency),
        )
        if file is not None
    ]
    session.flush()
    return PreparedOrders(
        files=tuple(files),
        held=tuple(office.held),
        withdrawn=tuple(office.withdrawn),
        later=office.later,
        otherwise=tuple(sorted(office.otherwise.items())),
    )


def _due(session: Session, supplier: str) -> Sequence[BankOrderRow]:
    issuer = session.exec(select(PartyRow.id).where(PartyRow.name == supplier)).first()
    row = BankOrderRow
    chosen = select(row).where(row.issuer_id == issuer, row.state == BankOrderState.DUE.value).order_by(col(row.id))
    rows = session.exec(chosen.with_for_update().execution_options(populate_existing=True)).all()
    if not rows:
        detail = f"no order of {supplier} is due"
        raise NothingToPrepare(
            detail, place="/supplier", found=supplier, expected="a supplier of which an order is due"
        )
    return rows


def _looked_at(
    office: _Office, rows: Sequence[BankOrderRow], look: Callable[[BankOrderRow], ReadyDebit | ReadyPayment]
) -> Iterator[tuple[BankOrderRow, ReadyDebit | ReadyPayment]]:
    for row in rows:
        try:
            ready = look(row)
        except _Unwanted as why:
            happens(office.session, row, BankOrderHappening.WITHDRAWN, office.actor, detail=str(why))
            office.withdrawn.append((row.id, str(why)))
        except (_Held, CharactersLost) as why:
            row.held, row.waits = str(why), why.waits if isinstance(why, _Held) else True
            office.held.append((row.id, str(why)))
        except _Later:
            row.held, row.waits = "", False
            office.later += 1
        else:
            yield row, ready


def _debits_of(office: _Office, rows: Sequence[BankOrderRow], currency: str) -> KnownOrderFile | None:
    ready = [(row, one) for row, one in _looked_at(office, rows, lambda row: _debit(office, row)) if _is_debit(one)]
    debits = [one for _, one in ready if isinstance(one, ReadyDebit)]
    if not debits:
        return None
    own = _own_account(office, rows[0], currency)
    head = message_head(_message_id(), office.actor.at, office.asked.supplier)
    made = debit_file(head, own, currency, debits)
    return _kept(office, "debits", own, head.message_id, made, [row for row, _ in ready])


def _is_debit(one: object) -> bool:
    return isinstance(one, ReadyDebit)


def _payments_of(office: _Office, rows: Sequence[BankOrderRow], currency: str) -> KnownOrderFile | None:
    table = batch_table(office.asked.table) if currency == TABLE_CURRENCY else None
    ready = list(_looked_at(office, rows, lambda row: _payment(office, row, table)))
    payments = [one for _, one in ready if isinstance(one, ReadyPayment)]
    if not payments:
        return None
    own = _own_account(office, rows[0], currency)
    head = message_head(_message_id(), office.actor.at, office.asked.supplier)
    if table is None:
        made = payment_file(head, own, currency, payments)
    else:
        made = table_file(head, own, currency, payments, table)
    return _kept(office, "payments", own, head.message_id, made, [row for row, _ in ready])


def _message_id() -> str:
    """Name a file so that no other has the name: 96 bits of chance, and a key of the database besides."""
    return f"U{secrets.token_hex(12)}"


def _kept(
    office: _Office, kind: str, own: OwnAccount, message_id: str, made: OrderedFile, rows: Sequence[BankOrderRow]
) -> KnownOrderFile:
    """Write a file, and that its orders stand in it."""
    session = office.session
    file = BankOrderFileRow(
        message_id=message_id,
        kind=kind,
        form=made.form,
        issuer_id=rows[0].issuer_id,
        account=own.account.number,
        currency=rows[0].currency,
        orders=len(rows),
        amount=made.amount,
        content=made.content,
        sha256=sha256(made.content).hexdigest(),
        checked=made.checked,
        prepared_by=office.actor.by or "",
        prepared_at=office.actor.at,
    )
    session.add(file)
    session.flush()
    for row in rows:
        row.file_id, row.batch = file.id, made.batches[row.id]
        happens(session, row, BankOrderHappening.PREPARED, office.actor, file=file.id)
    session.flush()
    return order_file(session, file.id)


def _own_account(office: _Office, row: BankOrderRow, currency: str) -> OwnAccount:
    """Find the account of ours that a currency is paid to and from: the profile of the supplier states it."""
    supplier, today = office.asked.supplier, _today(office, row)
    profile = known_of(office.session, [supplier]).on(supplier, today)
    bank = None if profile is None else profile.bank_for(currency)
    if profile is None or bank is None:
        detail = f"the profile of {supplier} that counts on {today} has no account for {currency}"
        raise NoOwnAccount(detail, found=supplier, expected=f"a profile with an account for {currency}")
    holder = bank.holder or profile.full_name or supplier
    newest = newest_of(office.session, AccountKey(row.issuer_id, row.party_id, row.currency))
    country = "" if newest is None else newest.inputs.supplier.country
    address = AddressToPay(country, profile.city or "", profile.post_code or "", profile.address)
    return OwnAccount(AccountToPay(holder, bank.account, bank.bic or "", bank.bank or ""), address)


def _today(office: _Office, row: BankOrderRow) -> date:
    key = AccountKey(row.issuer_id, row.party_id, row.currency)
    return today_of_account(office.session, key, office.actor.at)


def _document(office: _Office, row: BankOrderRow) -> tuple[InvoiceRow, PaymentStanding]:
    """Read a document and how it stands, once its account is locked; of a void one nothing is wanted."""
    invoice = by_key(office.session, [row.invoice_id or 0])[row.invoice_id or 0]
    lock_account(office.session, account_of(invoice))
    office.session.refresh(invoice)
    stands = standings_now(office.session, [invoice], office.actor.at)[invoice.id]
    if stands.is_void:
        raise _Unwanted(f"{invoice.number} is void")
    if not stands.open:
        raise _Unwanted(f"{invoice.number} is settled")
    if is_asked(office.session, invoice):
        raise _Held(f"somebody has asked for {invoice.number} to be void")
    return invoice, stands


def _debit(office: _Office, row: BankOrderRow) -> ReadyDebit:
    """Say how an order is collected.

    Raises:
        _Unwanted, _Held, _Later, CharactersLost: it is not, now or ever.
    """
    invoice, stands = _document(office, row)
    if row.currency != _EUR:
        raise _Held(f"SEPA collects euro, and {invoice.number} is in {row.currency}")
    if stands.undisputed <= 0:
        raise _Held(f"all that is open of {invoice.number} is disputed", waits=False)
    scheme, today = DebitScheme(row.scheme or ""), _today(office, row)
    mandate = _mandate(office, row, scheme, today)
    day = _collected_on(office, row, invoice, mandate, today)
    if day > office.until(today):
        raise _Later(str(day))
    row.amount = stands.undisputed if row.asked is None else min(row.asked, stands.undisputed)
    return _ready_debit(office, row, invoice, mandate, day)


def _mandate(office: _Office, row: BankOrderRow, scheme: DebitScheme, today: date) -> KnownMandate:
    known = active_mandate(office.session, row.issuer_id, row.party_id, scheme, today)
    if known is None:
        name = party_names(office.session, {row.party_id})[row.party_id]
        detail = f"{name} has no mandate {scheme.name} that may be used: `usufruct bank mandate record`"
        raise _Held(detail)
    if (known.is_one_off or known.is_last) and known.id in office.used:
        raise _Held(f"mandate {known.version.reference} is used up by another debit of the same file")
    return known


def _collected_on(office: _Office, row: BankOrderRow, invoice: InvoiceRow, mandate: KnownMandate, today: date) -> date:
    """Name the day of collection: due, and so many days after the customer was told by the document or by a letter."""
    told = told_on(office.session, invoice, mandate, row.noticed_on)
    if told is None:
        advice = f"send it, or `usufruct bank order notice {row.id}`"
        raise _Held(f"the customer was not told that {invoice.number} is collected: {advice}")
    days = debit_days().of(mandate.scheme)
    return collected_on(row.due_on, told, agreed_notice(invoice), today=today, days=days)


def _ready_debit(
    office: _Office, row: BankOrderRow, invoice: InvoiceRow, mandate: KnownMandate, day: date
) -> ReadyDebit:
    version, is_used = mandate.version, mandate.used is not None or mandate.id in office.used
    address = _address(office, mandate.customer, _today(office, row), invoice.inputs.customer.country)
    debtor = _in_latin(office, AccountToPay(version.holder, version.account, version.bic))
    written = latin_address(address)
    sequence = sequence_type(is_one_off=mandate.is_one_off, is_used=is_used, is_last=mandate.is_last)
    amended = None if mandate.id in office.used else amendment(mandate.used, version)
    office.used.add(mandate.id)
    row.version_id, row.sequence, row.day = mandate.version_id, sequence.value, day
    row.account, row.holder, row.bic = debtor.number, version.holder, debtor.bic
    row.country, row.town, row.post_code = address.country, address.town, address.post_code
    row.address, row.their_reference = "\n".join(address.lines), payment_reference(invoice.number or "")
    debit = DebitInFile(
        end_to_end=row.reference,
        amount=row.amount or Decimal(0),
        mandate=version.reference,
        signed_on=mandate.signed_on,
        amendment=_latin_amendment(amended),
        debtor=debtor,
        address=written,
        reference=row.their_reference,
        text="",
    )
    return ReadyDebit(row.id, mandate.scheme, sequence, version.creditor_id, day, debit)


def _latin_amendment(amended: MandateAmendment | None) -> MandateAmendment | None:
    if amended is None or not amended.creditor_name:
        return amended
    return replace(amended, creditor_name=latin(amended.creditor_name, NAME_MAX))


def _in_latin(office: _Office, account: AccountToPay) -> AccountToPay:
    """Write a holder in the characters that banks take, and tell where it reads otherwise then."""
    written = latin_account(account)
    if written.holder != account.holder:
        office.otherwise[account.holder] = written.holder
    return written


def _address(office: _Office, party: str, day: date, country: str) -> AddressToPay:
    profile = known_of(office.session, [party]).on(party, day)
    if profile is None:
        return AddressToPay()
    return AddressToPay(country, profile.city or "", profile.post_code or "", profile.address)


def _payment(office: _Office, row: BankOrderRow, table: BatchTable | None) -> ReadyPayment:
    """Say how an order is paid.

    Raises:
        _Unwanted, _Held, _Later, CharactersLost: it is not, now or ever.
    """
    today, amount = _today(office, row), row.asked or Decimal(0)
    if row.invoice_id is not None:
        invoice, stands = _document(office, row)
        if amount > -stands.open:
            left = plain(max(-stands.open, Decimal(0)))
            raise _Held(f"{plain(amount)} is to be given back, and {left} of {invoice.number} is open")
    day = settles_on(max(row.due_on, today), row.currency)
    if day > office.until(today):
        raise _Later(str(day))
    row.amount, row.day = amount, day
    account = AccountToPay(row.holder, row.account, row.bic, row.bank, row.bank_code)
    address = AddressToPay(row.country, row.town, row.post_code, tuple(row.address.splitlines()))
    text = row.words
    if table is None:
        account, address = _in_latin(office, account), latin_address(address)
        text = latin(text, TEXT_MAX) if text else ""
    payment = PaymentInFile(row.reference, amount, account, address, row.their_reference, text)
    return ReadyPayment(row.id, day, payment)
