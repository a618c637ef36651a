"""Cash discount: so many percent off an invoice that is paid within so many days of its date (EN 16931 BT-20).

Clause: "Payment within 10 days less 2 % cash discount, within 20 days less 1 %, within 30 days net."
"""

from collections.abc import Iterator, Sequence
from datetime import date, timedelta
from decimal import Decimal
from itertools import pairwise
from typing import Annotated, TypeAlias

from pydantic import AfterValidator, Field

from quantities.document import Fault, WholeNumber, refuse
from quantities.money import Money
from quantities.quantity import Magnitude
from quantities.terms import Terms


class CashDiscount(Terms):
    """What may be taken off an invoice that is paid in time.

    Attributes:
        days: after the day of issue; the last of them is in time.
        percent: of the invoice with its VAT, rounded half up to the minor unit.
    """

    days: Annotated[WholeNumber, Field(ge=0, le=365)]
    percent: Annotated[Magnitude, Field(gt=0, lt=100)]

    def last_day(self, issued_on: date) -> date:
        """Name the last day on which a payment is in time."""
        return issued_on + timedelta(days=self.days)


_ORDER = "cash-discounts-not-in-order"


def _stepped(steps: tuple[CashDiscount, ...]) -> tuple[CashDiscount, ...]:
    refuse(_faults(steps))
    return steps


def _faults(steps: Sequence[CashDiscount]) -> Iterator[Fault]:
    for place, (step, following) in enumerate(pairwise(steps), start=1):
        if following.days <= step.days:
            detail = f"{following.days} days do not come after {step.days}"
            yield Fault(f"/{place}/days", _ORDER, detail, str(following.days), f"more than {step.days}")
        if following.percent >= step.percent:
            detail = f"who pays later gets {following.percent:f} %, who pays earlier {step.percent:f} %"
            yield Fault(f"/{place}/percent", _ORDER, detail, f"{following.percent:f}", f"less than {step.percent:f}")


#: The earlier the payment, the higher the discount.
CashDiscounts: TypeAlias = Annotated[tuple[CashDiscount, ...], AfterValidator(_stepped)]


def discount_on(steps: Sequence[CashDiscount], gross: Money, issued_on: date, received_on: date) -> Money:
    """Say how much may be taken off an invoice in all, where a payment was received on a day.

    Args:
        steps: as the invoice states them, rising in days.
        gross: of the invoice; a credit note has no cash discount.
        issued_on: its date.
        received_on: the day of the payment.

    Returns:
        The percentage of the first step in time, rounded half up; nothing where all of them are past.
    """
    in_time = next((step for step in steps if received_on <= step.last_day(issued_on)), None)
    if in_time is None or gross.amount <= 0:
        return Money(Decimal(0), gross.currency)
    return (gross * in_time.percent.scaleb(-2)).rounded()
