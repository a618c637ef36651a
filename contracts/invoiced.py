"""What is invoiced for a charge in the end: its lines to the cent, less what bounds, malus and discounts take off it.

    lines of the charge, rounded → less its part of every credit of the charges that are computed from it, to the cent
    → without the days that a dispute holds apart

An investment that a share repays is repaid by what was invoiced for the share, and not by what the share came to; and
a prepayment is drawn by what is billed. What is drawn pays for a charge, and takes nothing off what is invoiced for it.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import date
from decimal import Decimal
from itertools import groupby
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
    composed: Sequence[tuple[Contract, Sequence[Composed]]],
    names: Sequence[str],
    days: BillingPeriod,
    apart: Apart = nothing_apart,
) -> dict[str, Decimal]:
    """Tell with what charges are billed as a price over some days, to the cent, less all that is taken off them.

    Args:
        composed: all charges of a billing period that are rated by now, in the order in which they are billed.
        names: of the charges.
        days: of those that reach beyond them, the share by days counts, rounded; none of a fee in advance.
        apart: tells what a dispute holds apart: it is not billed, and no discount off it.

    Returns:
        By charge, in the order of ``names``; below zero what is given back. What a charge takes off others counts with
        these, and not with itself.
    """
    nets, so_far = dict.fromkeys(names, Decimal(0)), dict[tuple[str, date], SoFar]()
    of_charges = dict[str, list[Composed]]()
    for _, of_charge in composed:
        for rated in of_charge:
            of_charges.setdefault(rated.charge.name, []).append(rated)
    for contract, of_charge in composed:
        for rated in of_charge:
            before = so_far.setdefault((rated.charge.name, rated.period.whole_first), SoFar())
            lines = agreed_lines(rated, contract, before)
            is_elsewhere = rated.rule.billed_in_advance or not rated.period.touches(days)
            if is_elsewhere or apart(contract, rated.charge.name, rated.period):
                continue
            sums = dict[str, Decimal]()
            for line, name, amount in _prices(contract, rated, lines):
                billed = _off_billed(contract, (rated, line), (name, amount), of_charges.get(name, ()), apart)
                sums[name] = added((sums.get(name, Decimal(0)), billed))
            for name in sums.keys() & nets.keys():
                share = share_of_days(sums[name], rated.period, days)
                nets[name] += Rounding.HALF_UP.to_places(share, exponent(contract.currency))
    return nets


def _prices(
    contract: Contract, rated: Composed, lines: Sequence[tuple[RatedLine, Decimal]]
) -> Iterator[tuple[RatedLine, str, Decimal]]:
    """List what the lines of a rated charge add to prices, by charge: to its own what it does not take off others."""
    of_price = [(line, net) for line, net in lines if rated.kind_reduced(line) is Nature.CONSIDERATION]
    taken = list(_credits(contract, rated, of_price)) if is_over_amounts(rated.rule) else []
    yield from taken
    for line, net in of_price:
        taken_off = added(off for other, _, off in taken if other is line)
        yield line, rated.charge.name, added((net, taken_off.copy_negate()))


def _off_billed(
    contract: Contract,
    of: tuple[Composed, RatedLine],
    off: tuple[str, Decimal],
    reduced: Sequence[Composed],
    apart: Apart,
) -> Decimal:
    """Tell how much of a line is billed where a part of what it is off is held apart: as a bill splits it."""
    (rated, line), (name, amount) = of, off
    is_drawn = rated.kind_of(line) is Nature.PREPAYMENT  # on what is billed alone: no part of it is held apart
    if line.of != name or name == rated.charge.name or is_drawn:
        return amount
    if contract.settings.divides_all:
        return Decimal(0) if apart(contract, name, rated.period) else amount
    pieces = [piece for piece in reduced if piece.period.touches(rated.period)]
    sides = [
        (is_apart, added(_price_within(piece, rated.period) for piece in together))
        for is_apart, together in groupby(pieces, lambda piece: apart(contract, name, piece.period))
    ]
    whole = added(own for _, own in sides)
    if len(sides) == 1 or not whole:
        return Decimal(0) if any(is_apart for is_apart, _ in sides) else amount
    parts = Money(amount, contract.currency).split([own for _, own in sides])
    return added(part.amount for part, (is_apart, _) in zip(parts, sides, strict=True) if not is_apart)


def _price_within(piece: Composed, days: BillingPeriod) -> Decimal:
    of_price = added(line.amount for line in piece.lines if piece.kind_of(line) is Nature.CONSIDERATION)
    return max(Decimal(0), share_of_days(of_price, piece.period, days))


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
