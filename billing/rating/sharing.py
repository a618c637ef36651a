"""Lines shared by the waterfalls of their charges: over what a charge comes to in a period, then line by line.

    lines of one charge, over days that are shared alike → their sum → its waterfall → spread over the lines to the cent

What is taken off a charge by one without a waterfall of its own (a discount, a cap) is taken off all who have a part
of it, in the proportion of the parts. What a dispute holds apart is shared with all else, so that it is exactly what is
missing.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import TypeAlias

from billing.invoices.invoice import Line
from billing.records.proof import SharingProof, SharingStepProof
from contracts.charge import Charge
from contracts.clause import is_over_amounts
from contracts.composed import Composed
from contracts.contract import Contract
from contracts.natures import seen_by
from contracts.sharing.steps import Divisible
from contracts.sharing.waterfall import SharedOut, Waterfall, share_out, spread
from quantities.money import Money
from quantities.number import plain, trimmed
from quantities.values import value_class

_NOTHING = Decimal(0)
#: Lines that are shared together: the charge, the period that they are of, the waterfall, and the supplier.
_Key: TypeAlias = tuple[str, date, Waterfall, str]


@value_class(frozen=True, slots=True)
class LinesOfCharge:
    """The lines of a charge over some days, and what they were rated from.

    Attributes:
        contract: the version whose terms count.
        composed: the rated charge.
        lines: billed or held apart; maybe none.
    """

    contract: Contract
    composed: Composed
    lines: tuple[Line, ...]

    @property
    def charge(self) -> Charge:
        """The charge of the lines."""
        return self.composed.charge

    @property
    def whole_first(self) -> date:
        """The first day of the whole period that they are of."""
        return self.composed.period.whole_first


def share_lines(rated: Sequence[LinesOfCharge]) -> list[tuple[Line, ...]]:
    """Share the lines of one rating.

    Args:
        rated: all charges over all their days.

    Returns:
        The lines of each, in their order; those that nobody shares are as they were.
    """
    lines = [one.lines for one in rated]
    groups: dict[_Key, list[int]] = {}
    for at, one in enumerate(rated):
        if one.charge.waterfall is not None:
            key = one.charge.name, one.whole_first, one.charge.waterfall, one.contract.supplier.name
            groups.setdefault(key, []).append(at)
    for places in groups.values():
        for at, shared in zip(places, _share_group([rated[at] for at in places]), strict=True):
            lines[at] = shared
    contracts = {id(one.contract): one.contract for one in rated}.values()  # one of many charges is looked at once
    if any(charge.waterfall is not None for contract in contracts for charge in contract.charges):
        reductions = [at for at, one in enumerate(rated) if _may_reduce(one.charge)]
        for at in sorted(reductions, key=lambda at: (rated[at].charge.order, at)):
            lines[at] = tuple(_like_what_it_reduces(rated[at], line, rated, lines) for line in lines[at])
    return lines


def _share_group(rated: Sequence[LinesOfCharge]) -> list[tuple[Line, ...]]:
    """Share what one charge comes to over days that are shared alike, and spread the shares over its lines."""
    first, lines = rated[0], [line for one in rated for line in one.lines]
    if not lines:
        return [one.lines for one in rated]
    nets = [line.net for line in lines]
    priced = first.charge.rule.priced_unit if first.charge.rule.counts else None
    quantity = sum((line.quantity for line in lines if line.unit == priced), _NOTHING)
    days = sum(one.composed.usage.period.days for one in rated)
    out = _by_waterfall(first, first.charge, sum(nets, _NOTHING), quantity, days)
    proof, parts = _proof(out), iter(spread(out.shares, nets, first.contract.currency))
    return [tuple(_with_shares(line, next(parts), proof) for line in one.lines) for one in rated]


def _by_waterfall(of: LinesOfCharge, charge: Charge, amount: Decimal, quantity: Decimal, days: int) -> SharedOut:
    """Share an amount of a period as a charge is; what has no waterfall is the supplier's."""
    waterfall, contract = charge.waterfall, of.contract
    if waterfall is None:
        return SharedOut(amount, (), {contract.supplier.name: amount})
    divisible = Divisible(abs(amount), abs(amount), trimmed(abs(quantity)), days, of.composed.period.days_of_whole)
    rounding = contract.settings.rounding
    return share_out(waterfall, contract.supplier.name, contract.currency, rounding, amount=amount, of=divisible)


def _proof(out: SharedOut) -> SharingProof:
    steps = [
        SharingStepProof(
            payee=part.payee,
            calculation=part.calculation,
            asked=plain(part.asked),
            taken=plain(part.taken),
            left=plain(part.left),
        )
        for part in out.taken
    ]
    return SharingProof(amount=plain(out.amount), steps=tuple(steps))


def _with_shares(line: Line, shares: Mapping[str, Decimal], proof: SharingProof) -> Line:
    payees = {name: plain(amount) for name, amount in shares.items()}
    return replace(line, payees=payees, proof=line.proof.model_copy(update={"sharing": proof}))


def _may_reduce(charge: Charge) -> bool:
    """Tell whether a charge may take something off others, and does not say itself whose its amounts are.

    What is drawn of a prepayment pays for others and takes nothing off them: who has a part of the sale keeps it.
    """
    if not is_over_amounts(charge.rule) or charge.rule.takes_nets:
        return False
    return charge.waterfall is None and not charge.payees


def _like_what_it_reduces(
    one: LinesOfCharge, line: Line, rated: Sequence[LinesOfCharge], lines: Sequence[tuple[Line, ...]]
) -> Line:
    """Share a reduction in the proportion in which what it reduces is shared; any other line is the supplier's."""
    contract = one.contract
    names = (line.reduces,) if line.reduces else seen_by(contract, one.charge)
    reduced = [charge for charge in contract.charges if charge.name in names]
    if line.net >= 0 or not any(charge.waterfall is not None for charge in reduced):
        return line
    weights: dict[str, Decimal] = {}
    for charge in reduced:
        for payee, amount in _shares_of(charge, one, rated, lines):
            weights[payee] = weights.get(payee, _NOTHING) + amount
    weights = {payee: amount for payee, amount in weights.items() if amount > 0}
    if not weights:
        weights = {contract.supplier.name: Decimal(1)}
    parts = Money(line.net, contract.currency).split(list(weights.values()))
    shares = {payee: part.amount for payee, part in zip(weights, parts, strict=True) if part}
    like = {payee: plain(amount) for payee, amount in weights.items()}
    return _with_shares(line, shares, SharingProof(amount=plain(line.net), like=like))


def _shares_of(
    charge: Charge, one: LinesOfCharge, rated: Sequence[LinesOfCharge], lines: Sequence[tuple[Line, ...]]
) -> Iterator[tuple[str, Decimal]]:
    """List what each has of a charge in a reduction's period; of one billed elsewhere, of what it came to there."""
    supplier = one.contract.supplier.name
    own = [
        line
        for other, of_other in zip(rated, lines, strict=True)
        if other.charge.name == charge.name and other.whole_first == one.whole_first
        for line in of_other
    ]
    for line in own:
        yield from ((payee, Decimal(amount)) for payee, amount in line.payees.items())
        if not line.payees:
            yield supplier, line.net
    if not own:
        amount = Money(one.composed.usage.amounts.get(charge.name, _NOTHING), one.contract.currency).rounded().amount
        yield from _by_waterfall(one, charge, amount, _NOTHING, one.composed.period.days).shares.items()
