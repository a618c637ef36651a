"""What follows where an invoice is not paid in time: steps, each with its day, a fee, and interest for late payment.

Clause: "Ten days after an invoice is due the customer is reminded; after thirty days the supplier claims interest of
nine percentage points above the base rate, and 40.00 EUR; after forty-five days the service may be stopped."

Sources: Directive 2011/7/EU Art. 2 (6), 3 and 6; BGB § 247, § 286, § 288; the interpretation of the Supreme People's
Court of China of sales contracts, Art. 18 (4) (as amended 2020); elsewhere the contract alone.
"""

from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from enum import StrEnum
from itertools import pairwise
from typing import Annotated, Self

from pydantic import Field, model_validator

from contracts.delivery_terms import DeliveryWay, address_faults
from quantities.document import Fault, YesOrNo, refuse
from quantities.money import Amount
from quantities.names import Name
from quantities.number import plain
from quantities.quantity import Magnitude
from quantities.terms import Terms

_MOST_STEPS, _MOST_DAYS, _MOST_PERCENT = 12, 3650, 1000
_HALF_YEAR_MONTHS = 6


class DunningKind(StrEnum):
    """What a step is.

    ``reminder``: the customer may have overlooked the document. ``notice``: it is told what follows. ``stop``: the
    service may be stopped; whoever runs the equipment is told so, and told again once it is paid.
    """

    REMINDER = "reminder"
    NOTICE = "notice"
    STOP = "stop"


class DayCount(StrEnum):
    """What part of a year a day is.

    ``act/365`` and ``act/360``: one of so many, in every year. ``act/act``: of the days that its calendar year has.
    ``30/360``: every month counts thirty days, so that a 31st counts nothing, and the last day of a February as many as
    are missing to thirty with the day after it.
    """

    ACT_365 = "act/365"
    ACT_360 = "act/360"
    ACT_ACT = "act/act"
    THIRTY_360 = "30/360"


class RateReset(StrEnum):
    """For how long a value of the base rate counts: a month, or the half-year or year with its first month's value."""

    MONTH = "month"
    HALF_YEAR = "half_year"
    YEAR = "year"


class InterestTerms(Terms):
    """Interest for late payment, in percent a year: the base rate times a factor, and so many points above it.

    Attributes:
        base: the index series with the base rate in percent; without it, ``above`` is the rate.
        times: what the base rate is multiplied by, as 1.3 of China's loan prime rate.
        above: percentage points above it.
        reset: for how long one value of the series counts.
        lag_months: how many months before a month its value is published, where it counts later.
        days: what part of a year a day is.
    """

    base: Annotated[Name | None, Field(exclude_if=lambda name: name is None)] = None
    times: Annotated[Magnitude, Field(gt=0, le=100)] = Decimal(1)
    above: Annotated[Magnitude, Field(ge=0, le=_MOST_PERCENT)]
    reset: RateReset = RateReset.HALF_YEAR
    lag_months: Annotated[int, Field(ge=0, le=12)] = 0
    days: DayCount = DayCount.ACT_365

    def month_of(self, day: date) -> str:
        """Name the month whose value of the base rate counts on a day, as in 2026-01."""
        first = {
            RateReset.MONTH: day.month,
            RateReset.HALF_YEAR: 1 if day.month <= _HALF_YEAR_MONTHS else 1 + _HALF_YEAR_MONTHS,
            RateReset.YEAR: 1,
        }[self.reset]
        months = day.year * 12 + first - 1 - self.lag_months
        return f"{months // 12:04}-{months % 12 + 1:02}"


class DunningStep(Terms):
    """One step.

    Attributes:
        after_days: how many days after the document is due.
        kind: what it is.
        fee: claimed with it, once of a document, in the contract's currency and without VAT.
        interest: claimed with it, for the days that have passed.
    """

    after_days: Annotated[int, Field(ge=1, le=_MOST_DAYS)]
    kind: DunningKind
    fee: Annotated[Amount | None, Field(gt=0, exclude_if=lambda fee: fee is None)] = None
    interest: Annotated[InterestTerms | None, Field(exclude_if=lambda terms: terms is None)] = None


class DunningTerms(Terms):
    """What follows where an invoice is not paid in time.

    Attributes:
        steps: in order of their days.
        at_once_when_refused: whether the first step follows as soon as a charge is refused, on the day after the
            document is due at the earliest.
        to: the mail addresses that letters go to; without them, those of ``delivery``.
    """

    steps: Annotated[tuple[DunningStep, ...], Field(min_length=1, max_length=_MOST_STEPS)]
    at_once_when_refused: YesOrNo = False
    to: Annotated[tuple[Name, ...], Field(max_length=50, exclude_if=lambda to: not to)] = ()

    @property
    def interest(self) -> InterestTerms | None:
        """By which interest is computed; the steps that claim it have the same."""
        return next((step.interest for step in self.steps if step.interest is not None), None)

    @model_validator(mode="after")
    def _check_steps(self) -> Self:
        refuse(self._faults())
        return self

    def _faults(self) -> Iterator[Fault]:
        for at, (before, step) in enumerate(pairwise(self.steps), start=1):
            if step.after_days <= before.after_days:
                detail = f"the step before it follows after {before.after_days} days"
                place = f"/steps/{at}/after_days"
                yield Fault(
                    place, "steps-out-of-order", detail, str(step.after_days), f"{before.after_days + 1} or more"
                )
        with_fee = [(at, step.fee) for at, step in enumerate(self.steps) if step.fee is not None]
        for at, fee in with_fee[1:]:
            detail = f"step {with_fee[0][0] + 1} claims a fee, and a document has one"
            yield Fault(f"/steps/{at}/fee", "second-fee", detail, plain(fee), "no fee")
        for at, step in enumerate(self.steps):
            if step.interest is not None and step.interest != self.interest:
                detail = "an earlier step has other terms of interest, and a day bears interest once"
                yield Fault(f"/steps/{at}/interest", "other-interest", detail, "other terms", "the same terms, or none")
        if self.to:
            yield from address_faults(DeliveryWay.MAIL, self.to)
