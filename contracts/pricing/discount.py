"""Discounts: a percentage or an amount off other charges, spread over them to the cent.

Clause: "In the first year 5 % are taken off the fees for use." and "The introductory credit is 1,000 EUR a month."
"""

from datetime import date
from decimal import Decimal
from typing import Annotated, ClassVar, Literal, Self

from pydantic import Field, model_validator

from contracts.clause import OverAmounts, Stage
from contracts.proration import Proration, share_of
from contracts.rated_line import Nature, RatedLine
from contracts.rated_usage import Usage
from quantities.arithmetic import added, product, quotient
from quantities.money import Amount
from quantities.number import plain, trimmed
from quantities.quantity import Magnitude

_HUNDRED = Decimal(100)


class Discount(OverAmounts):
    """A percentage or an amount off other charges; an amount is never more than their sum.

    A charge that it reduces has a negative line of its own, with that charge's tax and accounts. An amount is spread in
    the proportion of the charges' amounts; the rounded net amounts of the lines add up to it, by largest remainder.

    Attributes:
        percent: off every charge.
        amount: off all of them together, for a whole period.
        first: the first day of the discount; without it, the contract's start.
        after_last: the day after its last one.
        proration: of ``amount``, for a part of a period.
    """

    stage: ClassVar[Stage] = Stage.DISCOUNT
    nature: ClassVar[Nature] = Nature.PRICE_REDUCTION

    kind: Literal["discount"] = "discount"
    arithmetic: Literal[1, 2] = 2
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
        owed = {name: amount for name, amount in usage.amounts.items() if amount > 0}
        base = added(owed.values())
        # Arithmetic 1 held an amount against the charges above zero, and so against what earlier discounts took off.
        left = base if self.arithmetic == 1 else max(Decimal(0), usage.amount)
        whole = min(left, product(self.amount or Decimal(0), share_of(usage, self.proration)))
        shares = {name: quotient(product(whole, amount), base) for name, amount in owed.items()}
        if owed:
            # The first has what the others leave: shares rounded one by one may miss the amount by the last digit.
            first, *others = owed
            shares[first] = added((whole, *(-shares[name] for name in others)))
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
