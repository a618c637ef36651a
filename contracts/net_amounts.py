"""Net amounts: which lines of a charge are billed, and what each comes to once it is rounded.

Clause: "Each line is rounded once, to the cent. A discount shared by several charges is spread over them to the cent."
"""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal

from contracts.clause import Rule
from contracts.composed import Composed
from contracts.contract import Contract
from contracts.rated_line import RatedLine
from quantities.arithmetic import added
from quantities.money import Money, exponent
from quantities.number import unsigned_zero
from quantities.rounding import Rounding, without_noise

#: From this arithmetic of settings on, the days of a period are rounded as one sum, however they are cut at one price.
CUMULATIVE = 3


def settled(amount: Decimal, arithmetic: int) -> Decimal:
    """Round an amount half-even to ten decimal places, so that no noise decides its last place.

    240 MJ at 0.30 a kWh are 66.666666666666667 × 0.30 = 20.0000000000000001, and no 20.01 where each begun cent counts.
    Arithmetic 1 rounded the noise.
    """
    return amount if arithmetic == 1 else without_noise(amount)


@dataclass(slots=True)
class SoFar:
    """What a charge came to in a billing period before a change of terms, as long as its price stayed the same.

    Attributes:
        price: its rule, with its prices as they were moved, and how it is rounded.
        parts: the sum of each part's lines, unrounded and rounded.
    """

    price: tuple[Rule, Rounding] | None = None
    parts: dict[int, tuple[Decimal, Decimal]] = field(default_factory=dict)


def agreed_lines(
    composed: Composed, contract: Contract, so_far: SoFar | None = None
) -> tuple[tuple[RatedLine, Decimal], ...]:
    """Pair each billed line of a rated charge with its net amount, by the settings of its contract.

    Args:
        composed: the charge over some days.
        contract: the version whose terms count.
        so_far: of the days before in the same billing period; brought up to these days. None where a charge was not
            cut. From arithmetic 3 of the settings on, the lines of one that was cut add up to what they are in one, as
            long as its price is the same: 10.01 over two halves of a month is 5.01 and 5.00. At another price they are
            rounded by themselves, and lines that share an amount among themselves.
    """
    settings, currency = contract.settings, contract.currency
    lines = [_saying(composed.rounding, line) for line in composed.lines] if composed.rounding else composed.lines
    billed = billed_lines(
        lines, currency, settings.rounding, zero_lines=settings.zero_lines, arithmetic=settings.arithmetic
    )
    if so_far is None or settings.arithmetic < CUMULATIVE:
        return billed
    price = composed.rule, settings.rounding
    if so_far.price != price:
        so_far.price, so_far.parts = price, {}
    return tuple((line, net if line.of else _added(line, net, contract, so_far)) for line, net in billed)


def _saying(rounding: str, line: RatedLine) -> RatedLine:
    """Say on a line that the quantity which it is computed from was rounded."""
    return replace(line, calculation=f"{rounding}; {line.calculation}" if line.calculation else rounding)


def _added(line: RatedLine, net: Decimal, contract: Contract, so_far: SoFar) -> Decimal:
    """Round what a part comes to with these days, less what it was rounded to without them."""
    if line.part not in so_far.parts:
        so_far.parts[line.part] = line.amount, net
        return net
    unrounded, rounded = so_far.parts[line.part]
    whole, settings = added((unrounded, line.amount)), contract.settings
    now = settings.rounding.to_places(settled(whole, settings.arithmetic), exponent(contract.currency))
    so_far.parts[line.part] = whole, now
    return unsigned_zero(now - rounded)


def billed_lines(
    lines: Sequence[RatedLine], currency: str, rounding: Rounding, *, zero_lines: bool = True, arithmetic: int = 2
) -> tuple[tuple[RatedLine, Decimal], ...]:
    """Pair each billed line of one charge with its net amount.

    A line rounds by itself. Lines that reduce other charges (``of``) are parts of one amount: their sum is rounded, and
    its minor units are spread over them by largest remainder, so that the nets add up to the rounded sum.

    Args:
        lines: all of one charge, unrounded; lines of two charges never share.
        currency: whose minor unit the nets are whole numbers of.
        rounding: the rule of the contract.
        zero_lines: whether a line without quantity is billed.
        arithmetic: the number of the arithmetic of rounding.

    Returns:
        In the order of ``lines``.
    """
    billed = [line for line in lines if line.quantity or zero_lines]
    places = exponent(currency)
    nets = [rounding.to_places(settled(line.amount, arithmetic), places) for line in billed]
    # A discount of a suspended period takes nothing off: nothing is spread.
    sharing = [at for at, line in enumerate(billed) if line.of and line.amount]
    if len(sharing) > 1:
        shared = settled(added(billed[at].amount for at in sharing), arithmetic)
        whole = Money(shared, currency).rounded(rounding)
        parts = whole.split([abs(billed[at].amount) for at in sharing])
        for at, part in zip(sharing, parts, strict=True):
            nets[at] = part.amount
    if arithmetic >= CUMULATIVE:
        nets = [unsigned_zero(net) for net in nets]
    return tuple(zip(billed, nets, strict=True))
