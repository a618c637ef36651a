"""Steps of a waterfall: what each asks for of what a charge comes to. An amount for a whole period goes by days.

Clause: "The bank has the first 2,000 EUR of each month, the licensor 0.05 EUR for each part, the platform 12 %, and at
least 50 EUR; the rest is the factory's."
"""

from abc import abstractmethod
from decimal import Decimal
from enum import StrEnum
from fractions import Fraction
from typing import Annotated, Literal, Self, TypeAlias

from pydantic import AfterValidator, Field, model_validator

from contracts.pricing.tiers import require_rising
from quantities.exact import rounded
from quantities.money import Amount
from quantities.names import Name
from quantities.number import plain, trimmed
from quantities.quantity import Magnitude
from quantities.terms import Terms
from quantities.values import value_class

_HUNDRED = 100
#: What a step asks for, unrounded, and how that was computed.
Asked: TypeAlias = tuple[Fraction, str]
_AmountOrNone: TypeAlias = Annotated[
    Annotated[Amount, Field(ge=0)] | None, Field(exclude_if=lambda amount: amount is None)
]


@value_class(frozen=True, slots=True)
class Divisible:
    """What a step asks for a part of.

    Attributes:
        amount: what the charge comes to over the billed days; zero or more.
        rest: what the steps before have left of it.
        quantity: the billed quantity, in the unit of the charge's price; zero or more.
        days: how many days are billed.
        whole: how many days the whole period has; amounts that are agreed for a period count for ``days`` of them.
    """

    amount: Decimal
    rest: Decimal
    quantity: Decimal
    days: int
    whole: int

    def of_days(self, amount: Decimal) -> Fraction:
        """The part of an amount for a whole period that the billed days are; never more than all of it."""
        return Fraction(amount) * (Fraction(self.days, self.whole) if self.days < self.whole else 1)

    def written(self, amount: Decimal) -> str:
        """An amount for a whole period as a reader sees it: ``2000`` or ``2000 × 15/31``."""
        days = f" × {self.days}/{self.whole}" if self.days < self.whole else ""
        return f"{plain(trimmed(amount))}{days}"


class Base(StrEnum):
    """What a percentage is of: the charge's whole ``amount``, or the ``rest`` that the steps before have left."""

    AMOUNT = "amount"
    REST = "rest"


class Step(Terms):
    """What somebody has of a charge, before the steps behind it.

    Attributes:
        payee: whose it is; without one, it is the supplier's own: the commission of a platform.
    """

    kind: str
    payee: Annotated[Name | None, Field(exclude_if=lambda name: name is None)] = None

    @abstractmethod
    def asks(self, of: Divisible) -> Asked:
        """Say what it asks for, unrounded, whatever is left of it, and how that is computed."""


class FirstStep(Step):
    """The first of each billing period, up to an amount: a financier's.

    Attributes:
        amount: for a whole period.
    """

    kind: Literal["first"] = "first"
    amount: Annotated[Amount, Field(gt=0)]

    def asks(self, of: Divisible) -> Asked:
        """Ask for the amount, by days."""
        return of.of_days(self.amount), f"first {of.written(self.amount)}"


class _Bounded(Step):
    """A percentage that comes to a least and a most amount in a whole period."""

    least: _AmountOrNone = None
    most: _AmountOrNone = None

    def _within(self, asked: Fraction, written: str, of: Divisible) -> Asked:
        if self.least is not None and asked < (least := of.of_days(self.least)):
            return least, f"{written}, at least {of.written(self.least)}"
        if self.most is not None and asked > (most := of.of_days(self.most)):
            return most, f"{written}, at most {of.written(self.most)}"
        return asked, written

    @model_validator(mode="after")
    def _bounds_in_order(self) -> Self:
        if self.least is not None and self.most is not None and self.least > self.most:
            raise ValueError("the least amount is not above the most")
        return self


class PercentStep(_Bounded):
    """A percentage: a partner's, or a platform's commission.

    Attributes:
        percent: of the charge's amount, or of the rest.
        of: which of both.
        least: for a whole period.
        most: for a whole period.
    """

    kind: Literal["percent"] = "percent"
    percent: Annotated[Magnitude, Field(gt=0, le=100)]
    of: Base = Base.AMOUNT

    def asks(self, of: Divisible) -> Asked:
        """Ask for the percentage, within its bounds."""
        base, what = (of.rest, "the rest ") if self.of is Base.REST else (of.amount, "")
        asked = Fraction(base) * Fraction(self.percent) / _HUNDRED
        return self._within(asked, f"{plain(trimmed(self.percent))} % of {what}{plain(base)}", of)


class SharedTier(Terms):
    """A range of a charge's amount with a percentage of its own.

    Attributes:
        up_to: its upper bound, for a whole period; none for the last tier.
        percent: of what lies in the range.
    """

    up_to: _AmountOrNone = None
    percent: Annotated[Magnitude, Field(ge=0, le=100)]


def _rising(tiers: tuple[SharedTier, ...]) -> tuple[SharedTier, ...]:
    require_rising([tier.up_to for tier in tiers])
    return tiers


class TiersStep(_Bounded):
    """A percentage by tiers of the charge's amount in a period: each part of it at the rate of its own tier.

    Attributes:
        tiers: in order; the last one has no bound.
        least: for a whole period.
        most: for a whole period.
    """

    kind: Literal["tiers"] = "tiers"
    tiers: Annotated[tuple[SharedTier, ...], Field(min_length=1), AfterValidator(_rising)]

    def asks(self, of: Divisible) -> Asked:
        """Ask for the percentages of all tiers that the amount reaches, within the bounds."""
        amount, floor, asked, parts = Fraction(of.amount), Fraction(0), Fraction(0), list[str]()
        for tier in self.tiers:
            ceiling = amount if tier.up_to is None else min(amount, of.of_days(tier.up_to))
            if ceiling > floor:
                asked += (ceiling - floor) * Fraction(tier.percent) / _HUNDRED
                parts.append(f"{plain(trimmed(tier.percent))} % of {_written(ceiling - floor)}")
                floor = ceiling
        return self._within(asked, " + ".join(parts) or "nothing", of)


class PerUnitStep(Step):
    """A price for each unit that is billed: a licensor's for each part.

    Attributes:
        unit_price: for a unit of the charge's price.
    """

    kind: Literal["per_unit"] = "per_unit"
    unit_price: Annotated[Amount, Field(gt=0)]

    def asks(self, of: Divisible) -> Asked:
        """Ask for the price of what is billed."""
        written = f"{plain(trimmed(of.quantity))} × {plain(trimmed(self.unit_price))}"
        return Fraction(of.quantity) * Fraction(self.unit_price), written


def _written(amount: Fraction) -> str:
    """An amount for a reader; one whose decimals do not end has fifteen of them."""
    return plain(trimmed(rounded(amount)))
