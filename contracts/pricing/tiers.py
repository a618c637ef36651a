"""Tiers: ranges of use with prices of their own, for graduated and volume prices."""

from collections.abc import Sequence
from decimal import ROUND_CEILING, Decimal, localcontext
from enum import StrEnum
from itertools import pairwise
from typing import Annotated, ClassVar, TypeAlias

from pydantic import AfterValidator, Field, ValidationInfo
from pydantic_core import PydanticCustomError

from contracts.rated_line import RatedLine
from quantities.errors import Invalid
from quantities.money import Amount
from quantities.number import ARITHMETIC_DIGITS, plain
from quantities.quantity import Magnitude
from quantities.terms import Terms

#: Added to the part number of a flat fee, so that a tier's flat fee and units have two numbers.
FLAT = 1000


class UseAboveLastTier(Invalid):
    """The use is above the last tier."""


class AboveLast(StrEnum):
    """What use above a bounded last tier is: ``refused``, so that the bill is held, or ``free``."""

    REFUSED = "refused"
    FREE = "free"


#: Written before the tiers that it is about, which are checked by it; without it, the last tier has no bound.
AboveLastTier: TypeAlias = Annotated[AboveLast | None, Field(exclude_if=lambda above: above is None)]


class Tier(Terms):
    """A range of use with one price.

    Attributes:
        above: its lower bound, for the reader; it equals the upper bound of the tier before.
        up_to: its upper bound, inclusive, in the rule's unit; none for the last tier, unless ``above_last`` of the rule
            says what is above it.
        unit_price: per unit, or per block, unrounded.
        flat_fee: due once when the tier is reached.
        block: the number of units that the price is for; a block that is begun counts in full.
        amount_cap: the most that the tier's units cost.
    """

    prices: ClassVar = ("unit_price", "flat_fee", "amount_cap")

    above: Annotated[Magnitude, Field(ge=0)] | None = None
    up_to: Annotated[Magnitude, Field(gt=0)] | None = None
    unit_price: Amount
    flat_fee: Annotated[Amount, Field(ge=0)] = Decimal(0)
    block: Annotated[Magnitude, Field(gt=0)] | None = None
    amount_cap: Annotated[Amount, Field(ge=0)] | None = None

    def lines(self, part: int, quantity: Decimal, unit: str, label: str) -> tuple[RatedLine, ...]:
        """Price a quantity of the tier: a line for its flat fee, if it has one, and a line for the units."""
        flat = (RatedLine(FLAT + part, Decimal(1), "each", self.flat_fee, f"{label}, once"),) if self.flat_fee else ()
        if not quantity:
            return flat
        many, of, calculation = quantity, unit, ""
        if self.block is not None:
            many, of = begun_blocks(quantity, self.block), "each"
            calculation = f"{plain(quantity)} {unit} are {plain(many)} begun blocks of {plain(self.block)}"
        line = RatedLine(part, many, of, self.unit_price, label, calculation)
        if self.amount_cap is not None and line.amount > self.amount_cap:
            calculation = f"{line.written_out}, at most {plain(self.amount_cap)}"
            line = RatedLine(part, Decimal(1), "each", self.amount_cap, label, calculation)
        return (*flat, line)


def begun_blocks(quantity: Decimal, size: Decimal) -> Decimal:
    """Count the blocks of a quantity; a block that is begun counts in full."""
    with localcontext(prec=ARITHMETIC_DIGITS):
        return (quantity / size).to_integral_value(ROUND_CEILING)


def tier_labels(bounds: Sequence[Decimal | None], unit: str) -> tuple[str, ...]:
    """Name tiers by their bounds, for a reader."""
    floors = [Decimal(0), *(bound for bound in bounds if bound is not None)]
    return tuple(
        f"above {plain(floor)} {unit}" if bound is None else f"{plain(floor)} to {plain(bound)} {unit}"
        for floor, bound in zip(floors, bounds, strict=False)
    )


def reached(bounds: Sequence[Decimal | None], quantity: Decimal) -> int:
    """Find the place of the tier that a quantity reaches; a bound belongs to its tier."""
    return next(at for at, bound in enumerate(bounds) if bound is None or quantity <= bound)


def priced_within(
    quantity: Decimal, bounds: Sequence[Decimal | None], above_last: AboveLast | None, unit: str
) -> Decimal:
    """Say how much of a quantity lies within tiers; all of it, unless the last one has a bound.

    Args:
        quantity: in ``unit``, as the bounds.
        bounds: the upper bounds.
        above_last: what is above the last of them.
        unit: for the reader of a refusal.

    Raises:
        UseAboveLastTier: a part of it is above, and refused.
    """
    last = bounds[-1]
    if last is None or quantity <= last:
        return quantity
    if above_last is AboveLast.FREE:
        return last
    detail = f"{plain(quantity)} {unit} are more than the {plain(last)} {unit} that the last tier ends with"
    raise UseAboveLastTier(detail, place="tiers", found=plain(quantity), expected=plain(last))


def free_above(quantity: Decimal, bounds: Sequence[Decimal | None], unit: str) -> tuple[RatedLine, ...]:
    """Make the line of what is above a bounded last tier and free; none where nothing is."""
    last = bounds[-1]
    if last is None or quantity <= last:
        return ()
    return (RatedLine(len(bounds), quantity - last, unit, Decimal(0), f"above {plain(last)} {unit}, free"),)


def require_rising(
    bounds: Sequence[Decimal | None],
    floors: Sequence[Decimal | None] = (),
    above_last: AboveLast | None = None,
) -> None:
    """Refuse tiers out of order, and a bounded last tier, unless it is said what use above it is.

    Args:
        bounds: the upper bounds; None for a tier without one.
        floors: the stated lower bounds; a stated one must be the upper bound of the tier before.
        above_last: what use above the last bound is; without it, the last tier has none.
    """
    if not bounds:
        return
    if above_last is not None:
        if bounds[-1] is None:
            detail = "above_last says what use above the last tier is: that tier has an up_to"
            raise PydanticCustomError("tiers-without-an-end", "{detail}", {"detail": detail})
    elif bounds[-1] is not None:
        raise PydanticCustomError(
            "tiers-bounded-at-the-end", "the last tier has no up_to: use above it would cost nothing"
        )
    inner = [bound for bound in bounds[:-1] if bound is not None]
    known = inner if bounds[-1] is None else [*inner, bounds[-1]]
    if len(inner) != len(bounds) - 1 or any(before >= after for before, after in pairwise(known)):
        raise PydanticCustomError(
            "tiers-out-of-order", "tiers rise: each up_to is above the one before, and only the last has none"
        )
    for floor, before in zip(floors, (Decimal(0), *inner), strict=False):
        if floor is not None and floor != before:
            code, what = ("tiers-overlap", "overlaps") if floor < before else ("tiers-have-a-gap", "leaves a gap after")
            detail = f"a tier above {plain(floor)} {what} the one that ends at {plain(before)}"
            raise PydanticCustomError(code, "{detail}", {"detail": detail})


def _checked(tiers: tuple[Tier, ...], info: ValidationInfo) -> tuple[Tier, ...]:
    require_rising([tier.up_to for tier in tiers], [tier.above for tier in tiers], info.data.get("above_last"))
    return tiers


Tiers: TypeAlias = Annotated[tuple[Tier, ...], Field(min_length=1), AfterValidator(_checked)]
