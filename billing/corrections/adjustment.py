"""What is owed as of now against what was billed: the difference becomes adjustment lines, with their reason.

Nothing issued is edited. Each line of the corrected period is rated again; where it differs from the sum of what was
billed for it, an adjustment line carries the difference and keeps service period, tax point and rate. Where its unit
price is another, what was billed is taken back and what is owed is billed anew: quantity × price is the net of both.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from decimal import Decimal
from typing import TypeAlias

from billing.invoices.invoice import Corrects, Line
from billing.records.changes import Change
from billing.records.proof import AdjustmentProof, LineProof
from quantities.number import plain, trimmed

Key: TypeAlias = tuple[str, int, date]


@dataclass(slots=True)
class _Sum:
    """What was billed for one line, all in all; ``last`` is how it was billed last."""

    last: Line
    quantity: Decimal = Decimal(0)
    net: Decimal = Decimal(0)
    allocation: dict[str, Decimal] = field(default_factory=dict)
    payees: dict[str, Decimal] = field(default_factory=dict)

    def add(self, line: Line) -> None:
        self.last, self.quantity, self.net = line, self.quantity + line.quantity, self.net + line.net
        for sums, shares in ((self.allocation, line.allocation), (self.payees, line.payees)):
            for name, amount in shares.items():
                sums[name] = sums.get(name, Decimal(0)) + Decimal(amount)


def adjustments(
    billed: Sequence[Line], owed: Sequence[Line], corrects: Corrects, changes: Sequence[Change]
) -> tuple[Line, ...]:
    """Bring what was billed for one period to what is owed for it.

    Args:
        billed: the lines of its invoice and every adjustment of them since, signs included.
        owed: the same period rated again.
        corrects: the invoice of the period.
        changes: what changed since.

    Returns:
        One line for each charge and part that differs, two where its price does; none if nothing differs.
    """
    was, now = _summed(billed), {line.key: line for line in owed}
    return tuple(
        line
        for key in dict.fromkeys([*was, *now])
        for line in _bring(was[key] if key in was else _Sum(now[key]), now.get(key), corrects, changes)
    )


def _bring(before: _Sum, target: Line | None, corrects: Corrects, changes: Sequence[Change]) -> Iterator[Line]:
    after_quantity, after_net = (target.quantity, target.net) if target else (Decimal(0), Decimal(0))
    if (after_quantity, after_net) == (before.quantity, before.net):
        return
    shape = target or before.last
    adjusts = AdjustmentProof(
        billed_quantity=plain(trimmed(before.quantity)),
        billed_net=plain(before.net),
        owed_quantity=plain(trimmed(after_quantity)),
        owed_net=plain(after_net),
    )
    proof = (target.proof if target else _of_the_rule(before.last.proof)).model_copy(
        update={"adjusts": adjusts, "changes": tuple(changes)}
    )
    last = before.last
    if target is not None and (last.unit_price, last.unit) != (target.unit_price, target.unit):
        back = {name: plain(-amount) for name, amount in before.allocation.items()}
        to = {name: plain(-amount) for name, amount in before.payees.items()}
        quantity = trimmed(-before.quantity)
        yield replace(
            last, quantity=quantity, net=-before.net, corrects=corrects, proof=proof, allocation=back, payees=to
        )
        yield replace(target, corrects=corrects, proof=proof)
        return
    yield replace(
        shape,
        quantity=trimmed(after_quantity - before.quantity),
        net=after_net - before.net,
        corrects=corrects,
        proof=proof,
        allocation=_apart(target.allocation if target else {}, before.allocation),
        payees=_apart(target.payees if target else {}, before.payees),
    )


def _of_the_rule(proof: LineProof) -> LineProof:
    """Keep what still holds of a line that is not owed any more."""
    return LineProof(rule=proof.rule, arithmetic=proof.arithmetic, version_id=proof.version_id)


def _apart(owed: Mapping[str, str], billed: Mapping[str, Decimal]) -> dict[str, str]:
    """Take the shares that were billed from those that are owed."""
    names = dict.fromkeys([*owed, *billed])
    differences = {name: Decimal(owed.get(name, "0")) - billed.get(name, Decimal(0)) for name in names}
    return {name: plain(amount) for name, amount in differences.items() if amount}


def _summed(billed: Iterable[Line]) -> dict[Key, _Sum]:
    sums: dict[Key, _Sum] = {}
    for line in billed:
        sums.setdefault(line.key, _Sum(line)).add(line)
    return sums
