"""Discounts: a percentage or an amount off other charges, spread over them to the cent.

Clause: "In the first year 5 % are taken off the fees for use." and "The introductory credit is 1,000 EUR a month."
"""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import Annotated, ClassVar, Literal, Self

from pydantic import Field, model_validator

from contracts.clause import OverAmounts, Stage
from contracts.proration import Proration, share_of
from contracts.rated_line import Nature, RatedLine, lump
from contracts.rated_usage import Rest, Usage
from quantities.arithmetic import added, product, quotient
from quantities.money import Amount
from quantities.number import plain, trimmed
from quantities.quantity import Magnitude

_HUNDRED = Decimal(100)
#: The arithmetics by which a discount did not see what else reduces a charge.
_OF_AMOUNTS = 2
#: The parts of lines off damages and deposits, apart from those off a price.
_PARTS_OF_A_KIND = 1000
_KINDS = [Nature.CONSIDERATION, Nature.DAMAGES, Nature.DEPOSIT, Nature.PREPAYMENT]


class Discount(OverAmounts):
    """A percentage or an amount off other charges, never more than is left of them.

    A charge that it reduces has a negative line of its own: off damages it is damages, and bears no VAT. Left of a
    charge is what maximum, malus and earlier discounts do not take. An amount is spread in the proportion of what is
    left; the rounded net amounts of the lines add up to it, by largest remainder.

    Attributes:
        percent: off every charge.
        amount: off all of them together, for a whole period.
        first: the first day of the discount; without it, the contract's start.
        after_last: the day after its last one.
        proration: of ``amount``, for a part of a period.
    """

    stage: ClassVar[Stage] = Stage.DISCOUNT
    nature: ClassVar[Nature] = Nature.PRICE_REDUCTION
    takes_rests: ClassVar[bool] = True

    kind: Literal["discount"] = "discount"
    arithmetic: Literal[1, 2, 3] = 3
    percent: Annotated[Magnitude, Field(gt=0, le=100)] | None = None
    amount: Annotated[Amount, Field(gt=0)] | None = None
    first: date | None = None
    after_last: date | None = None
    proration: Proration = Proration.CALENDAR_DAYS

    @model_validator(mode="after")
    def _one_of_both(self) -> Self:
        if (self.percent is None) is (self.amount is None):
            raise ValueError("a discount is a percent or an amount: name one")
        return self

    def rate(self, usage: Usage) -> tuple[RatedLine, ...]:
        """Rate the amounts of other charges: one negative line for every charge above zero.

        The first day of a billing period decides whether the period has the discount.
        """
        day = usage.first_of_period
        if (self.first is not None and day < self.first) or (self.after_last is not None and day >= self.after_last):
            return ()
        return self._of_amounts(usage) if self.arithmetic <= _OF_AMOUNTS else self._of_rests(usage)

    def _of_rests(self, usage: Usage) -> tuple[RatedLine, ...]:
        rests = usage.rests or _rests(usage.amounts)
        left = {
            (at, name, kind): rest
            for at, (name, kinds) in enumerate(rests.items())
            for kind, rest in kinds.items()
            if rest.left > 0
        }
        taken_off = self._of_each(usage, list(left.values()))
        lines = []
        for (at, name, kind), (off, calculation) in zip(left, taken_off, strict=True):
            part, nature = at + _PARTS_OF_A_KIND * _KINDS.index(kind), None if kind is Nature.CONSIDERATION else kind
            lines.append(lump(part, -off, f"off {name}", calculation, nature, of=name))
        return tuple(lines)

    def _of_each(self, usage: Usage, left: Sequence[Rest]) -> Iterator[tuple[Decimal, str]]:
        """Compute what is taken off each charge of which something is left, and how."""
        if self.percent is not None:
            for rest in left:
                off = min(rest.left, quotient(product(rest.base, self.percent), _HUNDRED))
                yield off, f"{plain(self.percent)} % of {plain(trimmed(rest.base))}"
            return
        base = added(rest.left for rest in left)
        whole = min(base, product(self.amount or Decimal(0), share_of(usage, self.proration)))
        for rest, share in zip(left, _spread(whole, [rest.left for rest in left]), strict=True):
            yield share, f"{plain(trimmed(whole))} × {plain(trimmed(rest.left))} / {plain(trimmed(base))}"

    def _of_amounts(self, usage: Usage) -> tuple[RatedLine, ...]:
        """Rate as arithmetics 1 and 2 did: off what a charge comes to by itself, whatever reduces it besides."""
        owed = {name: amount for name, amount in usage.amounts.items() if amount > 0}
        base = added(owed.values())
        # Arithmetic 1 held an amount against the charges above zero, and so against what earlier discounts took off.
        left = base if self.arithmetic == 1 else max(Decimal(0), usage.amount)
        whole = min(left, product(self.amount or Decimal(0), share_of(usage, self.proration)))
        shares = dict(zip(owed, _spread(whole, list(owed.values())), strict=True))
        lines = []
        for at, (name, amount) in enumerate(usage.amounts.items()):
            if name not in owed:
                continue
            if self.percent is not None:
                off = quotient(product(amount, self.percent), _HUNDRED)
                calculation = f"{plain(self.percent)} % of {plain(trimmed(amount))}"
            else:
                off = shares[name]
                calculation = f"{plain(trimmed(whole))} × {plain(trimmed(amount))} / {plain(trimmed(base))}"
            lines.append(RatedLine(at, Decimal(1), "each", -off, f"off {name}", calculation, of=name, is_lump=True))
        return tuple(lines)


def _spread(whole: Decimal, over: Sequence[Decimal]) -> list[Decimal]:
    """Spread an amount in the proportion of others; over nothing, it is nothing."""
    base = added(over)
    if not base:
        return [Decimal(0)] * len(over)
    # The first has what the others leave: shares rounded one by one may miss the amount by the last digit.
    others = [quotient(product(whole, amount), base) for amount in over[1:]]
    return [added((whole, *(-share for share in others))), *others]


def _rests(amounts: Mapping[str, Decimal]) -> dict[str, dict[Nature, Rest]]:
    """Say what is left of amounts of which nothing else is known: those below zero reduce the others, in proportion."""
    owed = {name: amount for name, amount in amounts.items() if amount > 0}
    credit = min(added(owed.values()), -added(amount for amount in amounts.values() if amount < 0))
    shares = _spread(credit, list(owed.values()))
    left = {name: added((owed[name], -share)) for name, share in zip(owed, shares, strict=True)}
    return {name: {Nature.CONSIDERATION: Rest(left[name], left[name])} if name in left else {} for name in amounts}
