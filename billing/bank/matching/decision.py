"""What is decided of an entry: what it pays, what it takes back, what it is besides; or why a person has to look."""

from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum

from billing.bank.statements.entry import NOTHING


class MatchRule(StrEnum):
    """By what an entry was matched."""

    REFERENCE = "reference"  # the structured reference
    NUMBER = "number"  # our number, as it is
    ADVICE = "advice"  # what the payer said it is for
    MISTYPED = "mistyped"  # a number with one slip, of a known payer, with the exact amount
    AMOUNT = "amount"  # the exact amount of a known payer
    ORDER = "order"  # what the bank was asked for by a file
    PERSON = "person"  # somebody said so


class QueueReason(StrEnum):
    """Why an entry waits for a person."""

    NOTHING_NAMED = "nothing_named"  # neither a number nor a payer that is known
    UNKNOWN_NUMBER = "unknown_number"  # a number or reference that is none of ours
    SEVERAL_DOCUMENTS = "several_documents"  # what is written may be of several
    SEVERAL_ACCOUNTS = "several_accounts"  # documents of several customers or suppliers
    SEVERAL_SOLUTIONS = "several_solutions"  # the amount comes out in several ways
    NO_SOLUTION = "no_solution"  # the amount comes out in none
    SIMILAR_NUMBER = "similar_number"  # another document that fits as well differs by one slip
    PAID_ALREADY = "paid_already"
    VOID = "void"
    ANOTHER_PAYER = "another_payer"  # the payer is known as another customer
    PAYER_UNKNOWN = "payer_unknown"  # what is written needs a payer that is known
    ANOTHER_CURRENCY = "another_currency"
    ANOTHER_ACCOUNT = "another_account"  # the account is not that of the document's supplier
    ADVICE_DOES_NOT_FIT = "advice_does_not_fit"
    RETURN_OF_UNKNOWN = "return_of_unknown"  # what it takes back is not known, or may be several
    PAID_OUT = "paid_out"  # money that left, and was not asked for here
    ORDER_DIFFERS = "order_differs"  # it names what the bank was asked for, and is another sum
    CHANGED_MEANWHILE = "changed_meanwhile"  # the document was paid or voided between decision and record


class ShortReason(StrEnum):
    """Why less was paid than is open."""

    PART = "part"
    CHARGES = "charges"  # a bank on the way has deducted them
    LATE_DISCOUNT = "late_discount"  # the cash discount was taken when it was past


@dataclass(frozen=True, slots=True)
class MatchedAmount:
    """What of an entry goes to a document, and the cash discount that is taken off besides."""

    document: str
    amount: Decimal
    discount: Decimal = NOTHING


@dataclass(frozen=True, slots=True)
class MatchedDocuments:
    """An entry that pays documents of one account.

    Attributes:
        rule: by what.
        supplier: who received it, by name.
        customer: who owed it, by name.
        amounts: for which documents.
        on_account: what is left of the entry.
        short: what is missing of the documents that it names.
        short_reason: why; None where nothing is missing.
        advice: the number of the advice that it answers; None where it was matched without.
    """

    rule: MatchRule
    supplier: str
    customer: str
    amounts: tuple[MatchedAmount, ...]
    on_account: Decimal = NOTHING
    short: Decimal = NOTHING
    short_reason: ShortReason | None = None
    advice: int | None = None


@dataclass(frozen=True, slots=True)
class MatchedReturn:
    """An entry that takes back an earlier payment.

    Attributes:
        payment: the number of that payment.
        charges: what the bank took besides.
        reason: the bank's code.
    """

    payment: int
    charges: Decimal
    reason: str


@dataclass(frozen=True, slots=True)
class BookedOrders:
    """An entry by which the bank books what it was asked for: one order, or the sum of a batch or a file.

    Attributes:
        orders: their numbers.
        by_reference: whether it is one order, by our reference in the element for it.
    """

    orders: tuple[int, ...]
    by_reference: bool = False


@dataclass(frozen=True, slots=True)
class PaymentCameBack:
    """An entry by which a payment that the bank had made comes back.

    Attributes:
        order: the number of its order.
        reason: the bank's code.
    """

    order: int
    reason: str


@dataclass(frozen=True, slots=True)
class ExpectedPayout:
    """A gateway pays out what it has collected: no payment of a customer."""


@dataclass(frozen=True, slots=True)
class NoPayment:
    """A transfer between accounts of ours, or of somebody who pays no documents: nothing is recorded."""


@dataclass(frozen=True, slots=True)
class QueuedEntry:
    """An entry that a person looks at.

    Attributes:
        reason: why.
        candidates: the documents that it may pay, the likeliest first.
    """

    reason: QueueReason
    candidates: tuple[str, ...] = ()


BankDecision = (
    MatchedDocuments | MatchedReturn | BookedOrders | PaymentCameBack | ExpectedPayout | NoPayment | QueuedEntry
)
