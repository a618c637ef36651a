"""What a file for a bank says: values in the bank's own characters, from which its bytes follow and nothing else."""

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from billing.bank.mandates.mandate import DebitScheme, MandateAmendment, SequenceType
from billing.bank.orders.payment_to_make import AccountToPay, AddressToPay


@dataclass(frozen=True, slots=True)
class FileHead:
    """Who sends a file, and under which identification.

    Attributes:
        message_id: no other file has it.
        made_at: when.
        initiator: by name.
    """

    message_id: str
    made_at: datetime
    initiator: str


@dataclass(frozen=True, slots=True)
class OwnAccount:
    """An account of ours, which is credited or debited.

    Attributes:
        account: of which bank, and whose.
        address: of its holder.
    """

    account: AccountToPay
    address: AddressToPay


@dataclass(frozen=True, slots=True)
class DebitInFile:
    """One debit.

    Attributes:
        end_to_end: our reference of it, handed through to the customer and back.
        amount: above zero, in whole minor units.
        mandate: its reference.
        signed_on: the day of the mandate's signature.
        amendment: what was amended since the last debit; None where nothing was.
        debtor: the account that is debited.
        address: of the customer.
        reference: a creditor reference (ISO 11649); empty where ``text`` says it.
        text: in words.
    """

    end_to_end: str
    amount: Decimal
    mandate: str
    signed_on: date
    amendment: MandateAmendment | None
    debtor: AccountToPay
    address: AddressToPay
    reference: str
    text: str


@dataclass(frozen=True, slots=True)
class DebitBatch:
    """Debits of one day, currency, scheme, sequence and creditor: the bank credits their sum.

    Attributes:
        batch_id: no other batch has it.
        creditor: the account that is credited.
        creditor_id: of who collects.
        scheme: of all of them.
        sequence: likewise.
        collect_on: the day on which the accounts are debited.
        currency: of all amounts.
        debits: in the order of the orders.
    """

    batch_id: str
    creditor: OwnAccount
    creditor_id: str
    scheme: DebitScheme
    sequence: SequenceType
    collect_on: date
    currency: str
    debits: tuple[DebitInFile, ...]


@dataclass(frozen=True, slots=True)
class PaymentInFile:
    """One payment.

    Attributes:
        end_to_end: our reference of it, handed through to who is paid.
        amount: above zero, in whole minor units.
        payee: the account that is paid to.
        address: of the payee.
        reference: a creditor reference (ISO 11649) of the payee; empty where ``text`` says it.
        text: in words.
    """

    end_to_end: str
    amount: Decimal
    payee: AccountToPay
    address: AddressToPay
    reference: str
    text: str


@dataclass(frozen=True, slots=True)
class PaymentBatch:
    """Payments of one day and currency out of one account: the bank debits their sum.

    Attributes:
        batch_id: no other batch has it.
        debtor: the account that is debited.
        pay_on: the day on which it is.
        currency: of all amounts.
        payments: in the order of the orders.
    """

    batch_id: str
    debtor: OwnAccount
    pay_on: date
    currency: str
    payments: tuple[PaymentInFile, ...]
