"""Percentage of an amount: of each event's, or of a period's sum.

Clause: "The factory that takes the order owes 2.99 % of its value, at least 1.75 EUR and at most 12 EUR an order."
"""

from collections.abc import Iterable, Sequence
from decimal import Decimal
from typing import Annotated, ClassVar, Literal, Self

from pydantic import Field, model_validator

from contracts.clause import RatedLine, Rule, Usage, in_unit, lump
from contracts.pricing.tiers import FLAT, rising
from metering.usage.measure import SUM, Measure
from quantities.arithmetic import added, product, quotient
from quantities.document import WholeNumber
from quantities.money import Amount
from quantities.number import plain, trimmed
from quantities.quantity import Magnitude
from quantities.terms import Terms

_HUNDRED = Decimal(100)
#: Amounts of money are counted by registers whose unit is this: of the contract's currency.
MONEY = "one"


class PercentTier(Terms):
    """A stretch of an amount with one percentage."""

    prices: ClassVar = ("flat_fee",)

    up_to: Annotated[Amount, Field(gt=0)] | None = None
    percent: Magnitude
    flat_fee: Annotated[Amount, Field(ge=0)] = Decimal(0)


class Percentage(Rule):
    """So much of an amount.

    The events of a register are amounts of the contract's currency, in the unit ``one``.

    Attributes:
        percent: of each amount, or, by tiers, of the period's sum.
        tiers: instead of ``percent``.
        fee_per_event: besides, for each event that is not free.
        free_events: how many events cost nothing.
        free_amount: how much of the sum costs nothing. Both allowances end when either is used up.
        minimum: the least for one event.
        maximum: the most for one event.
    """

    prices: ClassVar = ("fee_per_event", "minimum", "maximum")

    kind: Literal["percentage"] = "percentage"
    arithmetic: Literal[1] = 1
    percent: Magnitude | None = None
    tiers: tuple[PercentTier, ...] = ()
    fee_per_event: Annotated[Amount, Field(ge=0)] = Decimal(0)
    free_events: Annotated[WholeNumber, Field(ge=0)] | None = None
    free_amount: Annotated[Amount, Field(ge=0)] | None = None
    minimum: Annotated[Amount, Field(ge=0)] | None = None
    maximum: Annotated[Amount, Field(ge=0)] | None = None

    @model_validator(mode="after")
    def _one_or_the_other(self) -> Self:
        if (self.percent is None) is not bool(self.tiers):
            raise ValueError("it has a percent or tiers of percents")
        rising([tier.up_to for tier in self.tiers])
        if self.tiers and (self.minimum is not None or self.maximum is not None):
            raise ValueError("tiers are of a period's sum, a minimum and a maximum of one event: name one of both")
        return self

    @property
    def measure(self) -> Measure:
        """Each event by itself, unless only their sum matters."""
        return SUM if self.tiers else Measure(events=True)

    def rate(self, usage: Usage) -> tuple[RatedLine, ...]:
        """Rate the amounts of one billing period.

        Args:
            usage: in the unit ``one``; its parts are the events, in order of time.

        Returns:
            The share of the amounts; by tiers one line for each reached; and the fees of the events.

        Raises:
            NegativeUse: there is less than none to rate.
        """
        total = in_unit(usage, MONEY)
        if self.tiers:
            return _graduated(self.tiers, total)
        paid = self._paid([part.quantity for part in usage.parts])
        shares = [self._share(amount) for amount in paid]
        base, percent = added(paid), self.percent or Decimal(0)
        calculation = f"{plain(trimmed(percent))} % of {plain(trimmed(base))} in {len(paid)} events"
        if self.minimum is not None or self.maximum is not None:
            calculation += f", each at least {_or_dash(self.minimum)} and at most {_or_dash(self.maximum)}"
        lines = [lump(0, added(shares), f"{plain(trimmed(percent))} %", calculation)]
        if self.fee_per_event:
            lines.append(RatedLine(1, Decimal(len(paid)), "each", self.fee_per_event, "an event"))
        return tuple(lines)

    def _paid(self, amounts: Sequence[Decimal]) -> tuple[Decimal, ...]:
        """Leave out what is free: until the events or the amount are used up, whichever is first."""
        if self.free_events is None and self.free_amount is None:
            return tuple(amounts)
        events, amount, paid = self.free_events, self.free_amount, []
        for each in amounts:
            if (events is not None and events <= 0) or (amount is not None and amount <= 0):
                paid.append(each)
                continue
            rest = Decimal(0) if amount is None else max(Decimal(0), each - amount)
            events = None if events is None else events - 1
            amount = None if amount is None else amount - each
            if rest:
                paid.append(rest)
        return tuple(paid)

    def _share(self, amount: Decimal) -> Decimal:
        found = quotient(product(amount, self.percent or Decimal(0)), _HUNDRED)
        found = found if self.minimum is None else max(found, self.minimum)
        return found if self.maximum is None else min(found, self.maximum)


def _graduated(tiers: Iterable[PercentTier], total: Decimal) -> tuple[RatedLine, ...]:
    floor, lines = Decimal(0), []
    for part, tier in enumerate(tiers):
        ceiling = total if tier.up_to is None else min(total, tier.up_to)
        if ceiling <= floor and part > 0:
            break
        label = f"{plain(trimmed(tier.percent))} %"
        if tier.flat_fee:
            lines.append(RatedLine(FLAT + part, Decimal(1), "each", tier.flat_fee, f"{label}, once"))
        if ceiling > floor:
            amount = quotient(product(ceiling - floor, tier.percent), _HUNDRED)
            lines.append(lump(part, amount, label, f"{label} of {plain(trimmed(ceiling - floor))}"))
        floor = ceiling
    return tuple(lines)


def _or_dash(bound: Decimal | None) -> str:
    return "-" if bound is None else plain(bound)
