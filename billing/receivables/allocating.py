"""What of a payment goes to which documents: checked before anything is stored.

A payment is received (above zero) or paid back (below), or moves no money and sets documents off against each other
(zero). An allocation has the sign of its document; so a credit note takes part with an amount below zero. What of a
payment is allocated to nothing stays on account.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from billing.tax.tax import TaxGroup
from contracts.cash_discount import CashDiscount, discount_on
from quantities.errors import Conflict, Invalid
from quantities.money import Money
from quantities.number import plain

_NOTHING = Decimal(0)


class AmountNotRounded(Invalid):
    """The amount has more decimal places than its currency."""


class DocumentNamedTwice(Invalid):
    """The same document is named twice."""


class AllocationOfOtherSign(Invalid):
    """The allocation has another sign than its document."""


class AllocationOfNothing(Invalid):
    """The allocation is of nothing."""


class MoreThanOpen(Conflict):
    """The amount is more than is open."""


class MoreThanReceived(Conflict):
    """The allocations come to more than the payment."""


class NothingOnAccount(Conflict):
    """There is not so much on account."""


class DiscountTooLate(Conflict):
    """The payment came too late for the cash discount."""


class DiscountTooLarge(Conflict):
    """The cash discount is more than was agreed."""


class DiscountLeavesOpen(Conflict):
    """A cash discount is taken off where a part stays open."""


@dataclass(frozen=True, slots=True)
class AllocatedAmount:
    """What of a payment goes to a document.

    Attributes:
        document: its number.
        amount: of money, of the document's sign; below zero of a credit note.
        discount: the cash discount that is taken off besides.
    """

    document: str
    amount: Decimal
    discount: Decimal = _NOTHING


@dataclass(frozen=True, slots=True)
class OpenDocument:
    """A document that something is to be allocated to.

    Attributes:
        number: of it.
        gross: what was billed; of it a cash discount is.
        open: what is still to be paid.
        discounted: the cash discount that was taken already.
        issued_on: its date.
        steps: the cash discount that it grants.
    """

    number: str
    gross: Decimal
    open: Decimal
    discounted: Decimal
    issued_on: date
    steps: tuple[CashDiscount, ...] = ()


@dataclass(frozen=True, slots=True)
class PaymentOnAccount:
    """A payment, and what of it is not allocated.

    Attributes:
        amount: received, or below zero paid back.
        remainder: of it that is not allocated; of a new payment all of it.
        received_on: the day.
        on_account: of the whole account, by all payments before this one, or before these allocations.
        is_new: whether the payment itself joins with the allocations.
    """

    amount: Decimal
    remainder: Decimal
    received_on: date
    on_account: Decimal
    is_new: bool


def in_minor_units(amount: Decimal, currency: str, place: str) -> Decimal:
    """Write an amount with as many places as its currency has: 200 EUR as 200.00.

    Raises:
        AmountNotRounded: it has more places than that.
    """
    if not Money(amount, currency).is_rounded:
        detail = f"{plain(amount)} {currency} has more places than the currency"
        raise AmountNotRounded(
            detail, place=place, found=plain(amount), expected=plain(Money(amount, currency).rounded().amount)
        )
    return Money(amount, currency).rounded().amount


def allocations_in_minor_units(allocations: Sequence[AllocatedAmount], currency: str) -> tuple[AllocatedAmount, ...]:
    """Write the amounts of allocations with as many places as their currency has.

    Raises:
        AmountNotRounded: one has more places than that.
    """
    return tuple(
        AllocatedAmount(
            allocation.document,
            in_minor_units(allocation.amount, currency, f"/allocations/{place}/amount"),
            in_minor_units(allocation.discount, currency, f"/allocations/{place}/discount"),
        )
        for place, allocation in enumerate(allocations)
    )


def check_allocations(
    payment: PaymentOnAccount, allocations: Sequence[AllocatedAmount], documents: Sequence[OpenDocument], currency: str
) -> None:
    """Refuse allocations that do not fit the payment, or a document.

    Args:
        payment: from which it is allocated.
        allocations: all of one request, rounded.
        documents: the document of each.
        currency: of the account.

    Raises:
        DocumentNamedTwice, AllocationOfNothing, AllocationOfOtherSign: an allocation is none.
        MoreThanOpen: it is more than is open of its document.
        DiscountTooLate, DiscountTooLarge, DiscountLeavesOpen: its cash discount is not granted.
        MoreThanReceived: all of them come to more than the payment has left.
        NothingOnAccount: what is paid back, or allocated, was on no account any more.
    """
    named = [allocation.document for allocation in allocations]
    twice = next((place for place, number in enumerate(named) if number in named[:place]), None)
    if twice is not None:
        detail, where = f"{named[twice]} is named twice", f"/allocations/{twice}/document"
        raise DocumentNamedTwice(detail, place=where, found=named[twice], expected="one allocation a document")
    for place, (allocation, document) in enumerate(zip(allocations, documents, strict=True)):
        _check_allocation(f"/allocations/{place}", allocation, document, payment.received_on, currency)
    allocated = sum((allocation.amount for allocation in allocations), _NOTHING)
    remainder = payment.remainder - allocated
    if not _is_within(remainder, payment.amount):
        left = f"{plain(payment.remainder)} {currency} of the payment"
        detail = f"the allocations come to {plain(allocated)} {currency}, and there is {left}"
        raise MoreThanReceived(detail, found=plain(allocated), expected=plain(payment.remainder))
    joins = payment.amount if payment.is_new else _NOTHING
    change = joins - allocated
    if change < 0 and payment.on_account + change < 0:
        detail = f"{plain(-change)} {currency} is taken from the account, on which there is {plain(payment.on_account)}"
        raise NothingOnAccount(detail, found=plain(-change), expected=f"{plain(payment.on_account)} at most")


def _check_allocation(
    place: str, allocation: AllocatedAmount, document: OpenDocument, received_on: date, currency: str
) -> None:
    taken = allocation.amount + allocation.discount
    if not taken:
        detail = f"nothing is allocated to {document.number}"
        raise AllocationOfNothing(detail, place=f"{place}/amount", found="0", expected=f"of {plain(document.open)}")
    for name, amount in (("amount", allocation.amount), ("discount", allocation.discount)):
        if amount * document.gross < 0:
            detail = f"{plain(amount)} {currency} is of another sign than {document.number}"
            raise AllocationOfOtherSign(
                detail, place=f"{place}/{name}", found=plain(amount), expected=f"as {plain(document.gross)}"
            )
    if allocation.discount:
        _check_discount(f"{place}/discount", allocation, document, received_on, currency)
    if abs(taken) > abs(document.open):
        detail = f"{plain(taken)} {currency} is allocated to {document.number}, of which {plain(document.open)} is open"
        raise MoreThanOpen(detail, place=f"{place}/amount", found=plain(taken), expected=plain(document.open))


def _check_discount(
    place: str, allocation: AllocatedAmount, document: OpenDocument, received_on: date, currency: str
) -> None:
    gross, taken = Money(document.gross, currency), allocation.discount + document.discounted
    granted = discount_on(document.steps, gross, document.issued_on, received_on).amount
    if document.steps and document.gross > 0 and not granted:
        last = document.steps[-1].last_day(document.issued_on)
        detail = f"{received_on} is after {last}, the last day of the cash discount of {document.number}"
        raise DiscountTooLate(detail, place=place, found=str(received_on), expected=f"{last} at the latest")
    if document.gross <= 0 or taken > granted:
        by_then = f"by {received_on} {document.number} grants {plain(granted)} {currency} in all"
        raise DiscountTooLarge(
            f"{plain(taken)} {currency} is taken off, and {by_then}",
            place=place,
            found=plain(allocation.discount),
            expected=plain(max(_NOTHING, granted - document.discounted)),
        )
    left = document.open - allocation.amount - allocation.discount
    if left > 0:
        detail = f"{plain(left)} {currency} of {document.number} stays open: a cash discount is for paying the rest"
        raise DiscountLeavesOpen(detail, place=place, found=plain(left), expected="0")


def refuse_more_than_open(amount: Decimal, *, payable: Decimal, open_: Decimal, written_off: Decimal) -> None:
    """Refuse a write-off of more than is open, or one that takes back more than was written off.

    Args:
        amount: of the document's sign; of the other one it takes back what was written off.
        payable: of the document.
        open_: what is still to be paid of it.
        written_off: what was written off before.

    Raises:
        AllocationOfNothing: it is nothing.
        MoreThanOpen: it is more than there is.
    """
    if not amount:
        raise AllocationOfNothing("nothing is written off", place="/amount", found="0", expected=plain(open_))
    limit = open_ if amount * payable > 0 else -written_off
    if abs(amount) > abs(limit):
        detail = f"{plain(amount)} is more than there is: {plain(limit)}"
        raise MoreThanOpen(detail, place="/amount", found=plain(amount), expected=f"{plain(limit)} at most")


def _is_within(remainder: Decimal, amount: Decimal) -> bool:
    """Tell whether a remainder is a part of an amount: of its sign, and no more than it."""
    return min(_NOTHING, amount) <= remainder <= max(_NOTHING, amount)


@dataclass(frozen=True, slots=True)
class DiscountShare:
    """The part of a cash discount that is of one tax: so that the tax on it can be posted back.

    Attributes:
        group: the tax, with what the document taxes by it.
        taxable: the part of the discount before tax.
        tax: the tax on it.
    """

    group: TaxGroup
    taxable: Decimal
    tax: Decimal


def shares_of(discount: Money, groups: Iterable[TaxGroup]) -> tuple[DiscountShare, ...]:
    """Split a cash discount over the taxes of its document, and within each into what is taxed and the tax.

    Args:
        discount: rounded, above zero.
        groups: the VAT breakdown of the document; those of the other sign than its total have no share.

    Returns:
        A share for each group that has one. All add up to the discount, by largest remainder, in whole minor units.
    """
    sharing = [group for group in groups if group.taxable + group.amount > 0]
    parts = discount.split([group.taxable + group.amount for group in sharing])
    shares = []
    for group, part in zip(sharing, parts, strict=True):
        taxable, tax = part.split([group.taxable, group.amount])
        shares.append(DiscountShare(group, taxable.amount, tax.amount))
    return tuple(share for share in shares if share.taxable or share.tax)
