"""Net amounts: which lines of a charge are billed, and what each comes to once it is rounded.

Clause: "Each line is rounded once, to the cent. A discount shared by several charges is spread over them to the cent."
"""

from collections.abc import Sequence
from decimal import Decimal

from contracts.rated_line import RatedLine
from quantities.arithmetic import added
from quantities.money import Money, exponent
from quantities.rounding import Rounding


def billed_lines(
    lines: Sequence[RatedLine], currency: str, rounding: Rounding, *, zero_lines: bool = True
) -> tuple[tuple[RatedLine, Decimal], ...]:
    """Pair each billed line of one charge with its net amount.

    A line rounds by itself. Lines that reduce other charges (``of``) are parts of one amount: their sum is rounded, and
    its minor units are spread over them by largest remainder, so that the nets add up to the rounded sum.

    Args:
        lines: all of one charge, unrounded; lines of two charges never share.
        currency: whose minor unit the nets are whole numbers of.
        rounding: the rule of the contract.
        zero_lines: whether a line without quantity is billed.

    Returns:
        In the order of ``lines``.
    """
    billed = [line for line in lines if line.quantity or zero_lines]
    places = exponent(currency)
    nets = [rounding.to_places(line.amount, places) for line in billed]
    # A discount of a suspended period takes nothing off: nothing is spread.
    sharing = [at for at, line in enumerate(billed) if line.of and line.amount]
    if len(sharing) > 1:
        whole = Money(added(billed[at].amount for at in sharing), currency).rounded(rounding)
        parts = whole.split([abs(billed[at].amount) for at in sharing])
        for at, part in zip(sharing, parts, strict=True):
            nets[at] = part.amount
    return tuple(zip(billed, nets, strict=True))
