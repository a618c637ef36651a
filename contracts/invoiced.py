"""What is invoiced for a charge in the end: its lines to the cent, less what bounds, malus and discounts take off it.

    lines of the charge, rounded → less its part of every credit of the charges that are computed from it, to the cent
    → without the days that a dispute holds apart

An investment that a share repays is repaid by what was invoiced for the share, and not by what the share came to.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import TypeAlias

from contracts.charge import Charge
from contracts.clause import is_over_amounts
from contracts.composed import Composed
from contracts.contract import Contract
from contracts.net_amounts import SoFar, agreed_lines
from contracts.rated_line import RatedLine
from contracts.schedule import BillingPeriod
from quantities.arithmetic import added
from quantities.money import Money

#: Tells whether a dispute holds a charge, by its name, of a version apart over some days.
Apart: TypeAlias = Callable[[Contract, str, BillingPeriod], bool]


def nothing_apart(_contract: Contract, _charge: str, _days: BillingPeriod) -> bool:
    """Hold nothing apart."""
    return False


def invoiced_besides(
    composed: Sequence[tuple[Contract, Sequence[Composed]]], charge: Charge, apart: Apart = nothing_apart
) -> Decimal:
    """Tell what is invoiced for a charge besides what its lines come to: roundings, credits, what is held apart.

    Args:
        composed: all charges of a billing period, with the versions whose terms count, in the order in which they are
            billed.
        charge: as it carries on.
        apart: tells what a dispute holds apart.

    Returns:
        Mostly below zero. A credit that is off several charges is spread over what was left of them, to the cent.
    """
    names, so_far = {charge.name, charge.continues}, dict[tuple[str, date], SoFar]()
    parts = list[Decimal]()
    for contract, of_charge in composed:
        for rated in of_charge:
            before = so_far.setdefault((rated.charge.name, rated.period.whole_first), SoFar())
            lines = agreed_lines(rated, contract, before)
            if rated.charge.name in names:
                is_apart = apart(contract, rated.charge.name, rated.period)
                parts += [Decimal(0) if is_apart else added(net for _, net in lines), rated.amount.copy_negate()]
            elif is_over_amounts(rated.rule):
                parts += (
                    off
                    for name, off in _credits(contract, rated, lines)
                    if name in names and not _is_apart(apart, contract, rated, name)
                )
    return added(parts)


def _is_apart(apart: Apart, contract: Contract, rated: Composed, reduced: str) -> bool:
    """Tell whether a credit is held apart: by itself, or with the charge that it reduces."""
    return any(apart(contract, name, rated.period) for name in (rated.charge.name, reduced))


def _credits(
    contract: Contract, rated: Composed, lines: Sequence[tuple[RatedLine, Decimal]]
) -> Iterator[tuple[str, Decimal]]:
    """List what a charge over amounts takes off each of them, to the cent."""
    for line, net in lines:
        if line.of:
            yield line.of, net
        elif net < 0:
            kind = rated.nature_of(line).kind
            left = {name: kinds[kind].left for name, kinds in rated.usage.rests.items() if kind in kinds}
            weights: Mapping[str, Decimal] = {name: own for name, own in left.items() if own}
            if weights:
                parts = Money(net, contract.currency).split(list(weights.values()))
                yield from zip(weights, (part.amount for part in parts), strict=True)
