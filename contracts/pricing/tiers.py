"""Tiers: stretches of use with prices of their own, as graduated and volume prices have them."""

from collections.abc import Sequence
from decimal import ROUND_CEILING, Decimal, localcontext
from itertools import pairwise
from typing import Annotated, ClassVar, TypeAlias

from pydantic import AfterValidator, Field

from contracts.clause import RatedLine
from contracts.money import Amount
from contracts.terms import Terms
from metering.number import ARITHMETIC_DIGITS, plain
from metering.quantity import Magnitude

#: Flat fees are numbered apart from what is priced by the unit: a line keeps its number whatever else there is.
FLAT = 1000


class Tier(Terms):
    """A stretch of use with one price.

    Attributes:
        up_to: inclusive, in the rule's unit; none for the open end.
        unit_price: per unit, or per block, unrounded.
        flat_fee: once, when the tier is reached.
        block: where the price is for so many units; a block that is begun counts in full.
        amount_cap: the most that the tier's units cost.
    """

    prices: ClassVar = ("unit_price", "flat_fee", "amount_cap")

    up_to: Annotated[Magnitude, Field(gt=0)] | None = None
    unit_price: Amount
    flat_fee: Annotated[Amount, Field(ge=0)] = Decimal(0)
    block: Annotated[Magnitude, Field(gt=0)] | None = None
    amount_cap: Annotated[Amount, Field(ge=0)] | None = None

    def lines(self, part: int, quantity: Decimal, unit: str, label: str) -> tuple[RatedLine, ...]:
        """Price so many units of the tier, its flat fee first."""
        flat = (RatedLine(FLAT + part, Decimal(1), "each", self.flat_fee, f"{label}, once"),) if self.flat_fee else ()
        if not quantity:
            return flat
        many, of, working = quantity, unit, ""
        if self.block is not None:
            many, of = started(quantity, self.block), "each"
            working = f"{plain(quantity)} {unit} are {plain(many)} begun blocks of {plain(self.block)}"
        line = RatedLine(part, many, of, self.unit_price, label, working)
        if self.amount_cap is not None and line.amount > self.amount_cap:
            working = f"{line.arithmetic}, at most {plain(self.amount_cap)}"
            line = RatedLine(part, Decimal(1), "each", self.amount_cap, label, working)
        return (*flat, line)


def started(quantity: Decimal, size: Decimal) -> Decimal:
    """Count blocks of a size, the one that is begun in full."""
    with localcontext(prec=ARITHMETIC_DIGITS):
        return (quantity / size).to_integral_value(ROUND_CEILING)


def reaches(bounds: Sequence[Decimal | None], unit: str) -> list[str]:
    """Write down from where to where each tier goes."""
    floors = [Decimal(0), *(bound for bound in bounds if bound is not None)]
    return [
        f"above {plain(floor)} {unit}" if bound is None else f"{plain(floor)} to {plain(bound)} {unit}"
        for floor, bound in zip(floors, bounds, strict=False)
    ]


def rising(bounds: Sequence[Decimal | None]) -> None:
    """Refuse tiers out of order, and a bounded last one, which would give the use above it away."""
    if not bounds:
        return
    if bounds[-1] is not None:
        raise ValueError("the last tier has no up_to: use above it would cost nothing")
    inner = [bound for bound in bounds[:-1] if bound is not None]
    if len(inner) != len(bounds) - 1 or any(before >= after for before, after in pairwise(inner)):
        raise ValueError("tiers rise: each up_to is above the one before, and only the last has none")


def _checked(tiers: tuple[Tier, ...]) -> tuple[Tier, ...]:
    rising([tier.up_to for tier in tiers])
    return tiers


Tiers: TypeAlias = Annotated[tuple[Tier, ...], Field(min_length=1), AfterValidator(_checked)]
