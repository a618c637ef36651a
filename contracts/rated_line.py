"""A rated line: what one part of a charge comes to, unrounded; and how two ratings of one window are subtracted."""

from collections.abc import Sequence
from dataclasses import field, replace
from decimal import Decimal
from enum import StrEnum

from quantities.arithmetic import added
from quantities.number import EXACT, plain, trimmed
from quantities.values import value_class


class Nature(StrEnum):
    """What an amount is, for tax and accounting.

    ``deposit``: money held, and nobody's revenue until it is kept or given back. ``prepayment``: what is paid before it
    is supplied, taxed when it is claimed; what is drawn of it is below zero.
    """

    CONSIDERATION = "consideration"
    PRICE_REDUCTION = "price_reduction"
    DAMAGES = "damages"
    DEPOSIT = "deposit"
    PREPAYMENT = "prepayment"

    @property
    def kind(self) -> "Nature":
        """With which amounts it is added up: a price and its reductions are one sum, each other nature its own."""
        return Nature.CONSIDERATION if self is Nature.PRICE_REDUCTION else self


@value_class(frozen=True, slots=True)
class RatedLine:
    """One line of a charge, unrounded.

    Attributes:
        part: the number of the rule's part (of the tier), from 0; with the charge's name it identifies the line.
        quantity: in ``unit``.
        unit: a listed unit, or ``each``.
        unit_price: per unit, unrounded.
        label: tells the part from the others, for a reader.
        calculation: how the unit price or the quantity was computed, where it is more than their product.
        nature: of the amount, unless the charge states one; None where it is that of the rule.
        of: the charge that the amount reduces, where the rule reduces several.
        is_lump: True for an amount without a quantity; its unit price on an invoice is the rounded amount.
        amount: quantity times unit price, unrounded.
    """

    part: int
    quantity: Decimal
    unit: str
    unit_price: Decimal
    label: str = ""
    calculation: str = ""
    nature: Nature | None = None
    of: str = ""
    is_lump: bool = False
    amount: Decimal = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "amount", EXACT.multiply(self.quantity, self.unit_price))

    @property
    def written_out(self) -> str:
        """``calculation; quantity unit × unit price = amount`` as a person writes it: unrounded, without a currency."""
        product = f"{plain(self.quantity)} {self.unit} × {plain(self.unit_price)} = {plain(self.amount)}"
        return f"{self.calculation}; {product}" if self.calculation else product


def amount_written(written: str) -> Decimal:
    """Read the amount of a line, unrounded, from what ``RatedLine.written_out`` wrote."""
    return Decimal(written.rpartition(" = ")[2])


def lump(
    part: int, amount: Decimal, label: str, calculation: str = "", nature: Nature | None = None, *, of: str = ""
) -> RatedLine:
    """Make a line of an amount without a quantity: 1 ``each`` at this price."""
    return RatedLine(
        part=part,
        quantity=Decimal(1),
        unit="each",
        unit_price=trimmed(amount),
        label=label,
        calculation=calculation,
        nature=nature,
        of=of,
        is_lump=True,
    )


def difference(current: Sequence[RatedLine], previous: Sequence[RatedLine]) -> tuple[RatedLine, ...]:
    """Subtract the previous cumulative rating of a window from the current one, part by part.

    | the part was rated | the line is |
    |---|---|
    | now only | the current line, as it is |
    | twice, at the same unit price | the difference of the quantities, at that price; none where it is 0 |
    | twice, at two unit prices | a lump: the difference of the amounts; none where it is 0 |
    | before only | the previous line with its quantity negated, its label ``back: …`` |

    Args:
        current: the window so far, this stretch included; one line for each part.
        previous: the window before this stretch; one line for each part.

    Returns:
        Lines in the order of their parts, unrounded. Their amounts add up to that of ``current`` less ``previous``.
    """
    previous_by_part = {line.part: line for line in previous}
    lines: list[RatedLine] = []
    for line in current:
        earlier = previous_by_part.pop(line.part, None)
        if earlier is None:
            lines.append(line)
        elif earlier.unit_price == line.unit_price:
            quantity = added((line.quantity, earlier.quantity.copy_negate()))
            if quantity:
                calculation = f"{plain(trimmed(line.quantity))} so far, {plain(trimmed(earlier.quantity))} before"
                lines.append(replace(line, quantity=quantity, calculation=calculation))
        elif earlier.amount != line.amount:
            lines.append(lump(line.part, added((line.amount, earlier.amount.copy_negate())), line.label))
    taken_back = [
        replace(line, quantity=line.quantity.copy_negate(), label=f"back: {line.label}")
        for line in previous_by_part.values()
    ]
    return tuple(sorted([*lines, *taken_back], key=lambda line: line.part))
