"""Orders that may be carried out, grouped into batches and files: values in, values out."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from decimal import Decimal
from typing import TypeVar

from billing.bank.mandates.mandate import DebitScheme, SequenceType
from billing.bank.orders.batch_table import BatchTable, write_table
from billing.bank.orders.file_content import (
    DebitBatch,
    DebitInFile,
    FileHead,
    OwnAccount,
    PaymentBatch,
    PaymentInFile,
)
from billing.bank.orders.latin import latin
from billing.bank.orders.pain001 import NAME as PAIN001
from billing.bank.orders.pain001 import pain001
from billing.bank.orders.pain008 import NAME as PAIN008
from billing.bank.orders.pain008 import pain008
from billing.bank.orders.payment_to_make import AccountToPay, AddressToPay
from billing.bank.orders.schema import check_schema

#: Of a name, a line of an address, a town, a post code, and what a payment is for (EPC130-08).
NAME_MAX, LINE_MAX, TOWN_MAX, CODE_MAX, TEXT_MAX = 70, 70, 35, 16, 140
#: In the order in which a bank is to see the debits of one mandate.
_SEQUENCES = (SequenceType.FIRST, SequenceType.ONE_OFF, SequenceType.RECURRENT, SequenceType.FINAL)
One = TypeVar("One")


@dataclass(frozen=True, slots=True)
class ReadyDebit:
    """A debit that may be collected.

    Attributes:
        order: its number.
        scheme: of SEPA.
        sequence: of its mandate.
        creditor_id: by which it is collected.
        day: on which.
        debit: as it stands in a file.
    """

    order: int
    scheme: DebitScheme
    sequence: SequenceType
    creditor_id: str
    day: date
    debit: DebitInFile


@dataclass(frozen=True, slots=True)
class ReadyPayment:
    """A payment that may be made: its order, the day, and how it stands in a file."""

    order: int
    day: date
    payment: PaymentInFile


@dataclass(frozen=True, slots=True)
class OrderedFile:
    """A file for a bank, made.

    Attributes:
        form: of which it is.
        content: its bytes.
        checked: by which schema; empty of a table.
        batches: by order, its batch from 1.
        amount: of all of it.
    """

    form: str
    content: bytes
    checked: str
    batches: dict[int, int]
    amount: Decimal


def debit_file(head: FileHead, own: OwnAccount, currency: str, debits: Iterable[ReadyDebit]) -> OrderedFile:
    """Make a file of direct debits: a batch for each day, scheme, sequence and creditor identifier.

    Args:
        head: of the file.
        own: the account that is credited.
        currency: of all of them.
        debits: at least one.

    Raises:
        OrderFileFailsSchema: it breaks the schema of ISO 20022.
        CharactersLost: our name or address cannot be written.
    """
    groups: dict[tuple[date, str, int, str], list[ReadyDebit]] = {}
    for ready in debits:
        key = (ready.day, ready.scheme.value, _SEQUENCES.index(ready.sequence), ready.creditor_id)
        groups.setdefault(key, []).append(ready)
    batches = [
        DebitBatch(
            batch_id=batch_name(head.message_id, number),
            creditor=in_latin(own),
            creditor_id=creditor_id,
            scheme=DebitScheme(scheme),
            sequence=_SEQUENCES[sequence],
            collect_on=day,
            currency=currency,
            debits=tuple(ready.debit for ready in groups[day, scheme, sequence, creditor_id]),
        )
        for number, (day, scheme, sequence, creditor_id) in enumerate(sorted(groups), start=1)
    ]
    content = pain008(replace(head, initiator=latin(head.initiator, NAME_MAX)), batches)
    return OrderedFile(
        form=PAIN008,
        content=content,
        checked=check_schema(content, PAIN008),
        batches=_numbered([[ready.order for ready in groups[key]] for key in sorted(groups)]),
        amount=sum((debit.amount for batch in batches for debit in batch.debits), Decimal(0)),
    )


def payment_file(head: FileHead, own: OwnAccount, currency: str, payments: Iterable[ReadyPayment]) -> OrderedFile:
    """Make a file of credit transfers: a batch for each day.

    Raises:
        OrderFileFailsSchema: it breaks the schema of ISO 20022.
        CharactersLost: our name or address cannot be written.
    """
    groups = _by_day(payments)
    batches = [
        PaymentBatch(
            batch_id=batch_name(head.message_id, number),
            debtor=in_latin(own),
            pay_on=day,
            currency=currency,
            payments=tuple(ready.payment for ready in groups[day]),
        )
        for number, day in enumerate(sorted(groups), start=1)
    ]
    content = pain001(replace(head, initiator=latin(head.initiator, NAME_MAX)), batches)
    return OrderedFile(
        form=PAIN001,
        content=content,
        checked=check_schema(content, PAIN001),
        batches=_numbered([[ready.order for ready in groups[day]] for day in sorted(groups)]),
        amount=sum((payment.amount for batch in batches for payment in batch.payments), Decimal(0)),
    )


def table_file(
    head: FileHead, own: OwnAccount, currency: str, payments: Sequence[ReadyPayment], table: BatchTable
) -> OrderedFile:
    """Make a table of transfers, with names as they are; each row has its own day.

    Raises:
        BatchTableRefuses: there are too many rows, or a cell cannot be written.
    """
    day = max(ready.day for ready in payments)
    payments_of_day = tuple(ready.payment for ready in payments)
    batch = PaymentBatch(batch_name(head.message_id, 1), own, day, currency, payments_of_day)
    return OrderedFile(
        form=table.name,
        content=write_table(table, batch),
        checked="",
        batches={ready.order: 1 for ready in payments},
        amount=sum((payment.amount for payment in payments_of_day), Decimal(0)),
    )


def batch_name(message_id: str, number: int) -> str:
    """Name a batch of a file: no other has the name."""
    return f"{message_id}-{number}"


def _by_day(payments: Iterable[ReadyPayment]) -> dict[date, list[ReadyPayment]]:
    groups: dict[date, list[ReadyPayment]] = {}
    for ready in payments:
        groups.setdefault(ready.day, []).append(ready)
    return groups


def _numbered(groups: Iterable[Iterable[int]]) -> dict[int, int]:
    return {order: number for number, orders in enumerate(groups, start=1) for order in orders}


def in_latin(own: OwnAccount) -> OwnAccount:
    """Write an account of ours in the characters that banks take."""
    return OwnAccount(latin_account(own.account), latin_address(own.address))


def latin_account(account: AccountToPay) -> AccountToPay:
    """Write the holder of an account in the characters that banks take.

    Raises:
        CharactersLost: it cannot be.
    """
    return replace(account, holder=latin(account.holder, NAME_MAX))


def latin_address(address: AddressToPay) -> AddressToPay:
    """Write an address likewise; one without a town is left out.

    Raises:
        CharactersLost: it cannot be.
    """
    if not (address.town and address.country):
        return AddressToPay()
    return AddressToPay(
        country=address.country,
        town=latin(address.town, TOWN_MAX),
        post_code=latin(address.post_code, CODE_MAX) if address.post_code else "",
        lines=tuple(latin(line, LINE_MAX) for line in address.lines if line.strip()),
    )


def message_head(message_id: str, made_at: datetime, initiator: str) -> FileHead:
    """Head a file; the instant in whole seconds, as it is written."""
    return FileHead(message_id, made_at.replace(microsecond=0), initiator)
