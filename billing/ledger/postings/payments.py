"""Money that comes or goes, as postings: payments and what they pay, cash discounts, write-offs, fees, payouts.

    a payment              bank, or the gateway's balance | receivable of each document, the rest on account
    an allocation later    on account | receivable
    a cash discount        cash discount, output VAT | receivable
    a write-off            bad debt, output VAT where the law lets it be corrected | receivable
    a gateway's fee        payment fee | the gateway's balance
    a gateway's payout     in transit | the gateway's balance; and bank | in transit once the bank has it
    a payout to a payee    payee | bank, or the gateway's balance

What was reversed is the same with the other sign. Postings: UStG § 17 (1), (2) no. 1; Directive 2006/112/EC Art. 90.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal

from billing.ledger.accounts import AccountRole
from billing.ledger.entry import Posting, TaxKey, balanced
from quantities.arithmetic import added

_NOTHING = Decimal(0)


@dataclass(frozen=True, slots=True)
class DiscountToPost:
    """The part of a cash discount that is of one tax."""

    tax: TaxKey
    taxable: Decimal
    vat: Decimal


@dataclass(frozen=True, slots=True)
class AllocationToPost:
    """What of a payment goes to a document.

    Attributes:
        document_id: its key.
        amount: of the payment.
        discounts: the cash discount that went with it, by tax.
        is_of_owner: whether the document is an owner's, who sells in its own name.
    """

    document_id: int
    amount: Decimal
    discounts: tuple[DiscountToPost, ...] = ()
    is_of_owner: bool = False


def postings_of_payment(
    amount: Decimal, money: AccountRole, allocations: Sequence[AllocationToPost]
) -> tuple[Posting, ...]:
    """Post a payment with what it was allocated to at once; below zero it was paid back."""
    left = amount - added(one.amount for one in allocations)
    return balanced(
        [
            Posting(money, amount),
            *(posting for one in allocations for posting in _settled(one)),
            Posting(AccountRole.ON_ACCOUNT, -left),
        ]
    )


def postings_of_allocation(allocation: AllocationToPost) -> tuple[Posting, ...]:
    """Post what was on account and goes to a document later."""
    return balanced([Posting(AccountRole.ON_ACCOUNT, allocation.amount), *_settled(allocation)])


def _settled(allocation: AllocationToPost) -> Iterator[Posting]:
    off = added(part.taxable + part.vat for part in allocation.discounts)
    role = AccountRole.COLLECTED_FOR_OWNERS if allocation.is_of_owner else AccountRole.RECEIVABLE
    yield Posting(role, -(allocation.amount + off), document_id=allocation.document_id)
    if allocation.is_of_owner:  # what the customer takes off is the owner's, and so is its tax
        yield Posting(AccountRole.PAYEE, off, document_id=allocation.document_id)
        return
    for part in allocation.discounts:
        yield Posting(AccountRole.CASH_DISCOUNT, part.taxable, tax=part.tax)
        yield Posting(AccountRole.OUTPUT_VAT, part.vat, tax=part.tax)


def postings_of_write_off(
    document_id: int, amount: Decimal, taxes: Sequence[DiscountToPost], *, corrects_tax: bool
) -> tuple[Posting, ...]:
    """Post what is given up of a document; below zero it is taken back.

    Args:
        document_id: its key.
        amount: with tax.
        taxes: the amount by tax.
        corrects_tax: whether the tax on it is corrected, because the law lets it be.
    """
    lost = [
        posting
        for part in taxes
        for posting in (
            Posting(AccountRole.BAD_DEBT, part.taxable if corrects_tax else part.taxable + part.vat, tax=part.tax),
            Posting(AccountRole.OUTPUT_VAT, part.vat if corrects_tax else _NOTHING, tax=part.tax),
        )
    ]
    return balanced([*lost, Posting(AccountRole.RECEIVABLE, -amount, document_id=document_id)])


def postings_of_move(amount: Decimal, to: AccountRole, of: AccountRole) -> tuple[Posting, ...]:
    """Post money that goes from one place to another: a fee, a payout, what is booked by the bank."""
    return balanced([Posting(to, amount), Posting(of, -amount)])
