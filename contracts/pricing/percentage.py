"""Percentage of amounts: of every event's amount, or by tiers of a period's sum.

Clause: "The factory that takes the order owes 2.99 % of its value, at least 1.75 EUR and at most 12 EUR an order."
"""

from collections.abc import Iterable, Iterator, Sequence
from decimal import Decimal
from typing import Annotated, ClassVar, Literal, Self

from pydantic import Field, model_validator

from contracts.clause import OfPeriod
from contracts.pricing.tiers import FLAT, AboveLastTier, priced_within, require_rising
from contracts.rated_line import RatedLine, lump
from contracts.rated_usage import Usage, in_unit, require_parts
from metering.usage.measure import SUM, Measure
from quantities.arithmetic import added, product, quotient
from quantities.document import WholeNumber
from quantities.money import Amount
from quantities.number import plain, trimmed
from quantities.quantity import Magnitude
from quantities.terms import Terms

_HUNDRED = Decimal(100)
#: The part number of the fees of events beside tiers, apart from those of tiers and of their flat fees.
EVENT_FEES = 2 * FLAT
#: The unit of registers that count amounts of money, in the contract's currency.
MONEY = "one"


class PercentTier(Terms):
    """A part of an amount with one percentage."""

    prices: ClassVar = ("flat_fee",)

    up_to: Annotated[Amount, Field(gt=0)] | None = None
    percent: Magnitude
    flat_fee: Annotated[Amount, Field(ge=0)] = Decimal(0)


class Percentage(OfPeriod):
    """A percentage of amounts.

    The events of a register are amounts in the contract's currency, in the unit ``one``.

    Attributes:
        percent: of every event's amount.
        tiers: instead of ``percent``: percentages of the period's sum, without what is free.
        above_last: what of that sum is above the last tier, where that one has a bound.
        fee_per_event: added for every event that is not free.
        free_events: how many events cost nothing.
        free_amount: how much of the sum costs nothing. Both allowances end when one of them is used up.
        minimum: the least that one event costs.
        maximum: the most that one event costs.
    """

    prices: ClassVar = ("fee_per_event", "minimum", "maximum")

    kind: Literal["percentage"] = "percentage"
    arithmetic: Literal[1, 2] = 2
    percent: Magnitude | None = None
    tiers: tuple[PercentTier, ...] = ()
    above_last: AboveLastTier = None
    fee_per_event: Annotated[Amount, Field(ge=0)] = Decimal(0)
    free_events: Annotated[WholeNumber, Field(ge=0)] | None = None
    free_amount: Annotated[Amount, Field(ge=0)] | None = None
    minimum: Annotated[Amount, Field(ge=0)] | None = None
    maximum: Annotated[Amount, Field(ge=0)] | None = None

    @model_validator(mode="after")
    def _one_or_the_other(self) -> Self:
        if (self.percent is None) is not bool(self.tiers):
            raise ValueError("it has a percent or tiers of percents")
        if self.above_last is not None and not self.tiers:
            raise ValueError("above_last is of tiers, and there are none")
        require_rising([tier.up_to for tier in self.tiers], above_last=self.above_last)
        if self.tiers and (self.minimum is not None or self.maximum is not None):
            raise ValueError("tiers are of a period's sum, a minimum and a maximum of one event: name one of both")
        return self

    @property
    def priced_unit(self) -> str:
        """Amounts of money are counted without a unit."""
        return MONEY

    @property
    def measure(self) -> Measure:
        """All events one by one; their sum is enough for tiers, unless an event has a fee or is free."""
        return Measure(events=True) if self._is_by_event else SUM

    @property
    def _is_by_event(self) -> bool:
        """Whether single events count. Beside tiers, arithmetic 1 forgot their fees and what is free."""
        about_events = bool(self.fee_per_event) or self.free_events is not None or self.free_amount is not None
        return not self.tiers or (self.arithmetic > 1 and about_events)

    def of_period(self, usage: Usage) -> tuple[RatedLine, ...]:
        """Rate the amounts of one billing period.

        Args:
            usage: in the unit ``one``; its parts are the events, in order of time.

        Returns:
            A line for the percentage of all amounts, or lines for the tiers reached; and one for the fees of the
            events.

        Raises:
            NegativeUse: the sum is below zero.
            UnpricedUse: the events are not known one by one.
            UseAboveLastTier: a part of their sum is above the last tier, and refused.
        """
        total = in_unit(usage, MONEY)
        if not self._is_by_event:
            return self._by_tiers(total)
        require_parts(usage, "events")
        paid = self._paid([part.quantity for part in usage.parts])
        if self.tiers:
            return (*self._by_tiers(added(paid)), *self._fees(EVENT_FEES, len(paid)))
        shares = [self._share(amount) for amount in paid]
        base, percent = added(paid), self.percent or Decimal(0)
        calculation = f"{plain(trimmed(percent))} % of {plain(trimmed(base))} in {len(paid)} events"
        if self.minimum is not None or self.maximum is not None:
            calculation += f", each at least {_or_dash(self.minimum)} and at most {_or_dash(self.maximum)}"
        return (lump(0, added(shares), f"{plain(trimmed(percent))} %", calculation), *self._fees(1, len(paid)))

    def _by_tiers(self, total: Decimal) -> tuple[RatedLine, ...]:
        bounds = [tier.up_to for tier in self.tiers]
        return _graduated(self.tiers, priced_within(total, bounds, self.above_last, MONEY))

    def _fees(self, part: int, events: int) -> Iterator[RatedLine]:
        if self.fee_per_event:
            yield RatedLine(part, Decimal(events), "each", self.fee_per_event, "an event")

    def _paid(self, amounts: Sequence[Decimal]) -> tuple[Decimal, ...]:
        """Leave out what is free, until the free events or the free amount are used up."""
        if self.free_events is None and self.free_amount is None:
            return tuple(amounts)
        free_events, free_amount, paid = self.free_events, self.free_amount, []
        for amount in amounts:
            if (free_events is not None and free_events <= 0) or (free_amount is not None and free_amount <= 0):
                paid.append(amount)
                continue
            rest = Decimal(0) if free_amount is None else max(Decimal(0), amount - free_amount)
            free_events = None if free_events is None else free_events - 1
            free_amount = None if free_amount is None else free_amount - amount
            if rest:
                paid.append(rest)
        return tuple(paid)

    def _share(self, amount: Decimal) -> Decimal:
        share = quotient(product(amount, self.percent or Decimal(0)), _HUNDRED)
        share = share if self.minimum is None else max(share, self.minimum)
        return share if self.maximum is None else min(share, self.maximum)


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
