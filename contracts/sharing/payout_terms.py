"""When and how a payee is paid what it has of what a contract charges.

Clause: "The factory is paid every Friday what customers have paid by a week before; 10 % are kept for 90 days."
"""

from collections.abc import Iterator
from decimal import Decimal
from enum import StrEnum
from typing import Annotated, Self

from pydantic import Field, model_validator

from quantities.document import Fault, WholeNumber, refuse
from quantities.quantity import Magnitude
from quantities.terms import Terms


class PaidOutBy(StrEnum):
    """By what a payee is paid: a transfer to its connected account at a ``gateway``, or a file for our ``bank``."""

    GATEWAY = "gateway"
    BANK = "bank"


class PaidOutWhen(StrEnum):
    """From when on its part is owed to be paid: as the customer has ``paid``, or as its document is ``issued``."""

    PAID = "paid"
    ISSUED = "issued"


class PayoutRhythm(StrEnum):
    """How often payouts are made."""

    DAY = "day"
    WEEK = "week"
    MONTH = "month"


class Weekday(StrEnum):
    """A day of the week."""

    MONDAY = "monday"
    TUESDAY = "tuesday"
    WEDNESDAY = "wednesday"
    THURSDAY = "thursday"
    FRIDAY = "friday"
    SATURDAY = "saturday"
    SUNDAY = "sunday"


class BornePart(StrEnum):
    """What a payee bears in its share: what gateways keep (``fees``), and what customers' banks take back."""

    FEES = "fees"
    CHARGEBACKS = "chargebacks"


class BelowZero(StrEnum):
    """What becomes of what a payee has too much: ``carried`` to its next payout, or ``taken_back`` of earlier ones."""

    CARRIED = "carried"
    TAKEN_BACK = "taken_back"


class PayoutReserve(Terms):
    """What is kept of a payee's part for a while, for disputes.

    Attributes:
        percent: of what comes to be payable, with its tax; rounded half up to the minor unit, once for a document.
        days: for how long; after that it is paid with the next payout.
    """

    percent: Annotated[Magnitude, Field(gt=0, le=100)]
    days: Annotated[WholeNumber, Field(ge=1, le=730)]


class PayoutTerms(Terms):
    """When and how a payee is paid.

    Attributes:
        by: by what.
        when: from when on.
        days_after: so many days after that, a part becomes payable.
        every: how often payouts are made; by the days in the supplier's books.
        weekday: of each week; Friday, unless it is said.
        day_of_month: of each month; its last day where the month is shorter, and unless it is said.
        reserve: what is kept for a while; without it, nothing.
        least: what is less, with its tax, waits for more; in the contract's currency.
        bears: which costs of collecting the payee bears.
        below_zero: what becomes of what it has too much.
    """

    by: PaidOutBy
    when: PaidOutWhen = PaidOutWhen.PAID
    days_after: Annotated[WholeNumber, Field(ge=0, le=365)] = 0
    every: PayoutRhythm = PayoutRhythm.DAY
    weekday: Annotated[Weekday | None, Field(exclude_if=lambda day: day is None)] = None
    day_of_month: Annotated[WholeNumber | None, Field(ge=1, le=31, exclude_if=lambda day: day is None)] = None
    reserve: Annotated[PayoutReserve | None, Field(exclude_if=lambda terms: terms is None)] = None
    least: Annotated[Magnitude, Field(ge=0)] = Decimal(0)
    bears: tuple[BornePart, ...] = (BornePart.CHARGEBACKS,)
    below_zero: BelowZero = BelowZero.CARRIED

    @model_validator(mode="after")
    def _days_of_the_rhythm(self) -> Self:
        refuse(self._faults())
        return self

    def _faults(self) -> Iterator[Fault]:
        for name, rhythm in (("weekday", PayoutRhythm.WEEK), ("day_of_month", PayoutRhythm.MONTH)):
            if getattr(self, name) is not None and self.every is not rhythm:
                detail = f"payouts are made every {self.every.value}"
                yield Fault(f"/{name}", "payout-day-of-another-rhythm", detail, self.every.value, rhythm.value)
