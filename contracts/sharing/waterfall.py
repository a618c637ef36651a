"""Waterfall: a charge's amount shared in steps, each of what those before it have left; nothing is lost or added."""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from contracts.sharing import WaterfallStep
from contracts.sharing.steps import Divisible
from quantities.money import Money, exponent
from quantities.names import Name
from quantities.number import EXACT, unsigned_zero
from quantities.rounding import Rounding
from quantities.terms import Terms
from quantities.values import value_class

_NOTHING = Decimal(0)


class Waterfall(Terms):
    """Who has which part of what a charge comes to in a billing period.

    Attributes:
        steps: in their order.
        rest: the payee that has what they leave; without one, it is the supplier's.
        arithmetic: the number of the arithmetic of sharing.
    """

    steps: tuple[WaterfallStep, ...] = ()
    rest: Annotated[Name | None, Field(exclude_if=lambda name: name is None)] = None
    arithmetic: Literal[1] = 1

    @property
    def payees(self) -> tuple[str, ...]:
        """The payees that it names, each once, in their order; the one of the rest last."""
        return tuple(dict.fromkeys(name for name in (*(step.payee for step in self.steps), self.rest) if name))

    @model_validator(mode="after")
    def _shares_something(self) -> Self:
        if not self.payees:
            raise ValueError("a waterfall names a payee; without one, all is the supplier's anyway")
        return self


@value_class(frozen=True, slots=True)
class Taken:
    """What a step came to.

    Attributes:
        payee: who has it.
        calculation: what was asked for, for a reader.
        asked: in whole minor units; of the last one, what is left.
        taken: likewise; less than ``asked`` where no more was left.
        left: what goes on to the next step.
    """

    payee: str
    calculation: str
    asked: Decimal
    taken: Decimal
    left: Decimal


@value_class(frozen=True, slots=True)
class SharedOut:
    """An amount shared.

    Attributes:
        amount: what the charge comes to; shares of one below zero are those of the same amount above zero, negated.
        taken: by step, and at the end the rest.
        shares: by name, in the order of the steps; they add up to ``amount``.
    """

    amount: Decimal
    taken: tuple[Taken, ...]
    shares: Mapping[str, Decimal]


def share_out(
    waterfall: Waterfall, supplier: str, currency: str, rounding: Rounding, *, amount: Decimal, of: Divisible
) -> SharedOut:
    """Share what a charge comes to over the billed days of one period.

    Each step is rounded once, to the minor unit, and has no more than what is left of the amount; what is missing is
    shown. Whatever the steps leave is that of the rest, so the parts add up without a step for what rounding left.

    Args:
        waterfall: of the charge.
        supplier: who has what the waterfall gives to nobody else.
        currency: of the amount, which is a whole number of its minor units.
        rounding: the rule of the contract.
        amount: of all lines of the charge; below zero where more is given back than billed.
        of: its magnitude and what it was billed for; see ``Divisible``.
    """
    places, sign = exponent(currency), -1 if amount < 0 else 1
    left, taken = of.amount, list[Taken]()
    for step in waterfall.steps:
        exact, calculation = step.asks(Divisible(of.amount, left, of.quantity, of.days, of.whole))
        asked = rounding.to_places(EXACT.divide(Decimal(exact.numerator), Decimal(exact.denominator)), places)
        own = min(asked, left)
        left -= own
        taken.append(Taken(step.payee or supplier, calculation, *_signed(sign, asked, own, left)))
    (rest,) = _signed(sign, left)
    taken.append(Taken(waterfall.rest or supplier, "the rest", rest, rest, Money(_NOTHING, currency).rounded().amount))
    shares: dict[str, Decimal] = {}
    for part in taken:
        shares[part.payee] = shares.get(part.payee, _NOTHING) + part.taken
    return SharedOut(amount, tuple(taken), shares)


def _signed(sign: int, *amounts: Decimal) -> Sequence[Decimal]:
    return [unsigned_zero(amount * sign) for amount in amounts]


def spread(shares: Mapping[str, Decimal], nets: Sequence[Decimal], currency: str) -> list[dict[str, Decimal]]:
    """Spread shares over the lines that they are of: each line's add up to its net, each payee's to its share.

    One payee after another is spread over what those before it have left of each line, by largest remainder: so nobody
    has more of a line than there is. Lines against the sum (a tier taken back) have the same proportions as all.

    Args:
        shares: by name; they add up to the sum of ``nets``, and none has the other sign.
        nets: of the lines, in whole minor units.
        currency: of all of them.

    Returns:
        For each line its shares by name, without those of nothing; where the lines come to nothing together, the last
        name has each of them.
    """
    total = sum(nets, _NOTHING)
    sign = -1 if total < 0 else 1
    names, own = list(shares), [amount * sign for amount in shares.values()]
    with_it = [max(_NOTHING, net * sign) for net in nets]
    against = [max(_NOTHING, -net * sign) for net in nets]
    back = sum(against, _NOTHING)
    weights = own if total else [_NOTHING] * (len(names) - 1) + [Decimal(1)]
    taken_back = [part.amount for part in Money(back, currency).split(weights)] if back else [_NOTHING] * len(names)
    given = _by_line([share + part for share, part in zip(own, taken_back, strict=True)], with_it, currency)
    returned = _by_line(taken_back, against, currency)
    return [
        {name: (plus - minus) * sign for name, plus, minus in zip(names, *columns, strict=True) if plus != minus}
        for columns in zip(given, returned, strict=True)
    ]


def _by_line(shares: Sequence[Decimal], lines: Sequence[Decimal], currency: str) -> list[list[Decimal]]:
    """Spread amounts of zero and more over lines that come to the same: for each line, what each share has of it."""
    left, columns = list(lines), list[list[Decimal]]()
    for share in shares:
        parts = [part.amount for part in Money(share, currency).split(left)]
        left = [rest - part for rest, part in zip(left, parts, strict=True)]
        columns.append(parts)
    return [list(of_line) for of_line in zip(*columns, strict=True)]
