"""What is invoiced for a charge in the end: its lines to the cent, less what bounds, malus and discounts take off it.

    lines of the charge, rounded → less its part of every credit of the charges that are computed from it, to the cent
    → without the days that a dispute holds apart

An investment that a share repays is repaid by what was invoiced for the share, and not by what the share came to; and
a prepayment is drawn by what is billed. What is drawn pays for a charge, and takes nothing off what is invoiced for it.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import TypeAlias

from contracts.amounts_seen import share_of_days
from contracts.charge import Charge
from contracts.clause import is_over_amounts
from contracts.composed import Composed
from contracts.contract import Contract
from contracts.net_amounts import SoFar, agreed_lines
from contracts.rated_line import Nature, RatedLine
from contracts.schedule import BillingPeriod
from quantities.arithmetic import added
from quantities.money import Money, exponent
from quantities.rounding import Rounding

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
                    for line, name, off in _credits(contract, rated, lines)
                    if name in names
                    and rated.kind_of(line) is not Nature.PREPAYMENT
                    and not _is_apart(apart, contract, rated, name)
                )
    return added(parts)


def net_prices(
    composed: Sequence[tuple[Contract, Sequence[Composed]]], names: Sequence[str], days: BillingPeriod
) -> dict[str, Decimal]:
    """Tell with what charges are billed as a price over some days, to the cent, less all that is taken off them.

    Args:
        composed: all charges of a billing period that are rated by now, in the order in which they are billed.
        names: of the charges.
        days: of those that reach beyond them, the share by days counts, rounded.

    Returns:
        By charge, in the order of ``names``; below zero what is given back. What a charge takes off others counts with
        these, and not with itself.
    """
    nets, so_far = dict.fromkeys(names, Decimal(0)), dict[tuple[str, date], SoFar]()
    for contract, of_charge in composed:
        for rated in of_charge:
            before = so_far.setdefault((rated.charge.name, rated.period.whole_first), SoFar())
            lines = agreed_lines(rated, contract, before)
            if not rated.period.touches(days):
                continue
            for name, amount in _prices(contract, rated, lines):
                share = share_of_days(amount, rated.period, days)
                if name in nets:
                    nets[name] += Rounding.HALF_UP.to_places(share, exponent(contract.currency))
    return nets


def _prices(
    contract: Contract, rated: Composed, lines: Sequence[tuple[RatedLine, Decimal]]
) -> Iterator[tuple[str, Decimal]]:
    """List what a rated charge adds to prices, by charge: to its own what it does not take off others."""
    own = [net for line, net in lines if rated.kind_reduced(line) is Nature.CONSIDERATION]
    if is_over_amounts(rated.rule):
        for line, name, off in _credits(contract, rated, lines):
            if rated.kind_reduced(line) is Nature.CONSIDERATION:
                own.append(-off)
                yield name, off
    yield rated.charge.name, added(own)


def _is_apart(apart: Apart, contract: Contract, rated: Composed, reduced: str) -> bool:
    """Tell whether a credit is held apart: by itself, or with the charge that it reduces."""
    return any(apart(contract, name, rated.period) for name in (rated.charge.name, reduced))


def _credits(
    contract: Contract, rated: Composed, lines: Sequence[tuple[RatedLine, Decimal]]
) -> Iterator[tuple[RatedLine, str, Decimal]]:
    """List what each line of a charge over amounts takes off each of them, to the cent."""
    for line, net in lines:
        if line.of:
            yield line, line.of, net
        elif net < 0:
            kind = rated.nature_of(line).kind
            left = {name: kinds[kind].left for name, kinds in rated.usage.rests.items() if kind in kinds}
            weights: Mapping[str, Decimal] = {name: own for name, own in left.items() if own}
            if weights:
                parts = Money(net, contract.currency).split(list(weights.values()))
                yield from ((line, name, part.amount) for name, part in zip(weights, parts, strict=True))
