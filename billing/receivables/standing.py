"""Where an issued document stands on a day: a function of the facts recorded about it, and of nothing else.

    ready → issued → sent → partly paid → paid
                          ↘ overdue, from the day after it is due; but for what is disputed
                          ↘ written off
           ↘ void, which is owed on no day

What is disputed stands apart: it is open, and not overdue. Of a credit note all amounts are below zero.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from enum import StrEnum

from billing.invoices.invoice import Line, total
from billing.rating.disputed import Dispute
from quantities.number import unsigned_zero

_NOTHING = Decimal(0)


class PaymentState(StrEnum):
    """Where a document stands with its payment."""

    READY = "ready"  # a draft
    ISSUED = "issued"
    SENT = "sent"
    PARTLY_PAID = "partly_paid"
    PAID = "paid"
    OVERDUE = "overdue"
    WRITTEN_OFF = "written_off"
    VOID = "void"


@dataclass(frozen=True, slots=True)
class Settlement:
    """What one fact takes off a document: money allocated to it, the discount that went with it, what is written off.

    Attributes:
        on: the day as of which it counts.
        paid: of the document's sign; below zero for a document above, where a payment was reversed.
        discount: likewise.
        written_off: likewise.
    """

    on: date
    paid: Decimal = _NOTHING
    discount: Decimal = _NOTHING
    written_off: Decimal = _NOTHING

    @property
    def amount(self) -> Decimal:
        """What it takes off in all."""
        return self.paid + self.discount + self.written_off


@dataclass(frozen=True, slots=True)
class PaymentStanding:
    """What has become of an issued document by a day.

    Attributes:
        payable: what is to be paid of it, as it says (BT-115).
        due_on: until when it is to be paid.
        sent_on: when it was sent for the first time; None while it was not.
        paid: what was paid or set off.
        discount: the cash discount that was taken.
        written_off: what was given up.
        disputed: the part of what is open that an open dispute covers.
        on: the day.
        is_void: whether it is void: nothing of it was ever owed.
    """

    payable: Decimal
    due_on: date
    sent_on: date | None
    paid: Decimal
    discount: Decimal
    written_off: Decimal
    disputed: Decimal
    on: date
    is_void: bool = False

    @property
    def open(self) -> Decimal:
        """What is still to be paid; below zero of a credit note that is not settled."""
        if self.is_void:
            return unsigned_zero(self.payable * 0)
        return self.payable - self.paid - self.discount - self.written_off

    @property
    def undisputed(self) -> Decimal:
        """What is still to be paid and not disputed."""
        return self.open - self.disputed

    @property
    def days_late(self) -> int:
        """For how many days what is open and not disputed is overdue; 0: it is not."""
        return max(0, (self.on - self.due_on).days) if self.undisputed > 0 else 0

    @property
    def state(self) -> PaymentState:
        """Where it stands."""
        if self.is_void:
            return PaymentState.VOID
        if not self.open:
            return PaymentState.WRITTEN_OFF if self.written_off else PaymentState.PAID
        if self.days_late:
            return PaymentState.OVERDUE
        if self.open != self.payable:
            return PaymentState.PARTLY_PAID
        return PaymentState.SENT if self.sent_on is not None and self.sent_on <= self.on else PaymentState.ISSUED


def standing(
    payable: Decimal,
    due_on: date,
    on: date,
    *,
    sent_on: date | None = None,
    settlements: Iterable[Settlement] = (),
    disputed: Decimal = _NOTHING,
    is_void: bool = False,
) -> PaymentStanding:
    """Say where a document stands at the end of a day.

    Args:
        payable: what is to be paid of it, as it says.
        due_on: until when it is to be paid.
        on: the day.
        sent_on: when it was sent first, if ever.
        settlements: of whatever day; those after ``on`` do not count.
        disputed: what open disputes cover of it; no more of it counts than is open.
        is_void: whether it is void by now.
    """
    counted, nothing = [settlement for settlement in settlements if settlement.on <= on], unsigned_zero(payable * 0)
    before = PaymentStanding(
        payable=payable,
        due_on=due_on,
        sent_on=sent_on,
        paid=sum((settlement.paid for settlement in counted), nothing),
        discount=sum((settlement.discount for settlement in counted), nothing),
        written_off=sum((settlement.written_off for settlement in counted), nothing),
        disputed=nothing,
        on=on,
        is_void=is_void,
    )
    apart = max(nothing, min(disputed + nothing, before.open)) if payable > 0 else nothing
    return replace(before, disputed=apart)


def disputed_amount(parts: Iterable[tuple[Sequence[Line], Sequence[Dispute]]], currency: str) -> Decimal:
    """Add up what disputes cover of a document: the net of whole lines that they meet, and the VAT of these.

    Of each contract that it bills come the lines, and the disputes over them.

    VAT is rounded half up, once for each category and rate of these lines; of all lines it is the document's own.
    """
    met = [line for lines, disputes in parts for line in lines if any(dispute.covers(line) for dispute in disputes)]
    return total(met, currency).payable
