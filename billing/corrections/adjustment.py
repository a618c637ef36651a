"""What is owed as of now against what was billed: the difference becomes adjustment lines, with their reason.

Nothing issued is edited. Each line of the corrected period is rated again. What was billed on the same terms (unit,
price, tax, tax point, nature, accounts) is adjusted by the difference; what was billed on others is taken back as it
was, and what is owed is billed anew: so quantity × price and base × rate are right on both sides.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from decimal import Decimal
from typing import TypeAlias

from billing.corrections.shares import bring_shares
from billing.invoices.invoice import Corrects, Line
from billing.records.changes import Change
from billing.records.proof import AdjustmentProof, LineProof
from quantities.number import plain, trimmed

Key: TypeAlias = tuple[str, int, date]
#: The number of the arithmetic of adjustments. By the first, a line kept the tax and the days that it was billed with,
#: and was brought to the amount that is owed alone. By the second, shares were brought up with the amount of each line.
#: By the third, what is taken back said that its tax rests on the row of the law by which the period is taxed now.
ARITHMETIC = 4
_BY_AMOUNT = 1
_BY_LINE = 2
_BY_TODAYS_LAW = 3


@dataclass(slots=True)
class _Sum:
    """What was billed for one line, all in all; ``last`` is how it was billed last."""

    last: Line
    quantity: Decimal = Decimal(0)
    net: Decimal = Decimal(0)
    gross: Decimal = Decimal(0)
    allocation: dict[str, Decimal] = field(default_factory=dict)
    payees: dict[str, Decimal] = field(default_factory=dict)

    def add(self, line: Line) -> "_Sum":
        self.last, self.quantity, self.net = line, self.quantity + line.quantity, self.net + line.net
        self.gross += line.gross or Decimal(0)
        for sums, shares in ((self.allocation, line.allocation), (self.payees, line.payees)):
            for name, amount in shares.items():
                sums[name] = sums.get(name, Decimal(0)) + Decimal(amount)
        return self

    @property
    def is_nothing(self) -> bool:
        return not self.quantity and not self.net


def adjustments(
    billed: Sequence[Line],
    owed: Sequence[Line],
    corrects: Corrects,
    changes: Sequence[Change],
    arithmetic: int = ARITHMETIC,
    *,
    takes_back_whole: bool = False,
    supplier: str = "",
) -> tuple[Line, ...]:
    """Bring what was billed for one period to what is owed for it.

    Args:
        billed: the lines of its invoice and every adjustment of them since, signs included.
        owed: the same period rated again.
        corrects: the invoice of the period.
        changes: what changed since.
        arithmetic: by which a stored document was adjusted.
        takes_back_whole: whether the issuer's law has all of it taken back and billed anew where any of it differs.
        supplier: who has what no payee has of a charge that some share.

    Returns:
        For each charge and part that differs: what is taken back, then what is billed; none if nothing differs.
    """
    was, now = _by_key(billed), {line.key: line for line in owed}
    bring = _bring if arithmetic > _BY_AMOUNT else _bring_by_amount
    keys = dict.fromkeys([*was, *now])
    brought = [line for key in keys for line in bring(was.get(key, ()), now.get(key))]
    if brought and takes_back_whole:
        brought = [line for key in keys for line in _anew(was.get(key, ()), now.get(key))]
    if arithmetic > _BY_LINE:
        brought = bring_shares(brought, billed, owed, supplier)
    if arithmetic <= _BY_TODAYS_LAW:
        brought = [_by_todays_law(line, now.get(line.key)) for line in brought]
    return tuple(
        replace(line, corrects=corrects, proof=line.proof.model_copy(update={"changes": tuple(changes)}))
        for line in brought
    )


def _by_todays_law(line: Line, target: Line | None) -> Line:
    """Prove the tax of a line by that of what is owed, as the first arithmetics did of what they took back as well."""
    tax = None if target is None else target.proof.tax
    return replace(line, proof=line.proof.model_copy(update={"tax": tax}))


def _by_key(billed: Iterable[Line]) -> dict[Key, list[Line]]:
    lines: dict[Key, list[Line]] = {}
    for line in billed:
        lines.setdefault(line.key, []).append(line)
    return lines


def _terms(line: Line) -> tuple[object, ...]:
    """What a line says besides its amount: where one of it is another, no difference of amounts tells it."""
    tax = line.tax.category, line.tax.rate
    withheld = None if line.proof.withholding is None else line.proof.withholding.percent
    books = line.nature, line.tax_code, line.revenue_account
    return line.unit, line.unit_price, tax, line.tax_point, line.gross is None, withheld, *books


def _by_terms(billed: Sequence[Line]) -> dict[tuple[object, ...], _Sum]:
    by_terms: dict[tuple[object, ...], _Sum] = {}
    for line in billed:
        by_terms.setdefault(_terms(line), _Sum(line)).add(line)
    return by_terms


def _anew(billed: Sequence[Line], target: Line | None) -> Iterator[Line]:
    """Take back all that was billed, and bill what is owed."""
    groups = [group for group in _by_terms(billed).values() if not group.is_nothing]
    for group in groups:
        adjusts = _of_both(group.quantity, group.net, target).model_copy(update={"takes_back": True})
        yield _adjusting(_less(None, group), adjusts, target)
    if target is not None and (target.quantity or target.net):
        quantity, net = sum(group.quantity for group in groups), sum(group.net for group in groups)
        anew = replace(target, quantity=trimmed(target.quantity))
        yield _adjusting(anew, _of_both(Decimal(quantity), Decimal(net), target), target)


def _bring(billed: Sequence[Line], target: Line | None) -> Iterator[Line]:
    """Take back what was billed on other terms than those that are owed, and bill the difference on these."""
    by_terms = _by_terms(billed)
    alike = None if target is None else by_terms.pop(_terms(target), None)
    others = [group for group in by_terms.values() if not group.is_nothing]
    for group in others:
        yield _adjusting(_less(None, group), _of_both(group.quantity, group.net, target), target)
    if target is None:
        return
    if alike is not None and not alike.is_nothing:
        if (alike.quantity, alike.net) != (target.quantity, target.net):
            yield _adjusting(_less(target, alike), _of_both(alike.quantity, alike.net, target), target)
    elif target.quantity or target.net:
        quantity, net = sum(group.quantity for group in others), sum(group.net for group in others)
        anew = replace(target, quantity=trimmed(target.quantity))
        yield _adjusting(anew, _of_both(Decimal(quantity), Decimal(net), target), target)


def _bring_by_amount(billed: Sequence[Line], target: Line | None) -> Iterator[Line]:
    """Arithmetic 1: only a difference of quantity or net was adjusted, and only for another price in two lines."""
    first = billed[0] if billed else target
    if first is None:
        return
    before = _Sum(first)
    for line in billed:
        before.add(line)
    if (before.quantity, before.net) == ((target.quantity, target.net) if target else (Decimal(0), Decimal(0))):
        return
    adjusts, last = _of_both(before.quantity, before.net, target), before.last
    if target is not None and (last.unit_price, last.unit) != (target.unit_price, target.unit):
        back = {name: plain(-amount) for name, amount in before.allocation.items()}
        to = {name: plain(-amount) for name, amount in before.payees.items()}
        yield _adjusting(replace(_less(None, before), allocation=back, payees=to), adjusts, target)
        yield _adjusting(target, adjusts, target)
        return
    yield _adjusting(_less(target, before), adjusts, target)


def _less(target: Line | None, billed: _Sum) -> Line:
    """What is owed less what was billed; where nothing is owed, the line that was billed last, taken back."""
    quantity, net = (target.quantity, target.net) if target else (Decimal(0), Decimal(0))
    line = target or billed.last
    gross = None
    if line.gross is not None:
        gross = (target.gross or Decimal(0) if target else Decimal(0)) - billed.gross
    return replace(
        line,
        proof=line.proof.model_copy(update={"gross": gross}),
        quantity=trimmed(quantity - billed.quantity),
        net=net - billed.net,
        allocation=_apart(target.allocation if target else {}, billed.allocation),
        payees=_apart(target.payees if target else {}, billed.payees),
    )


def _of_both(quantity: Decimal, net: Decimal, target: Line | None) -> AdjustmentProof:
    """Say what was billed, and what is owed instead."""
    return AdjustmentProof(
        billed_quantity=plain(trimmed(quantity)),
        billed_net=plain(net),
        owed_quantity=plain(trimmed(target.quantity)) if target else "0",
        owed_net=plain(target.net) if target else "0",
    )


def _adjusting(line: Line, adjusts: AdjustmentProof, target: Line | None) -> Line:
    """Prove a line by what is owed, or else by what still holds of a line that is not owed any more.

    Its own are what it is billed with or taken back with: the price with tax, what is withheld, who sells, and the tax.
    """
    proof = target.proof if target else _of_the_rule(line.proof)
    own = {
        "gross": line.gross,
        "withholding": line.proof.withholding,
        "seller": line.proof.seller,
        "tax": line.proof.tax,
    }
    return replace(line, proof=proof.model_copy(update={"adjusts": adjusts, **own}))


def _of_the_rule(proof: LineProof) -> LineProof:
    return LineProof(rule=proof.rule, arithmetic=proof.arithmetic, version_id=proof.version_id, credit=proof.credit)


def _apart(owed: Mapping[str, str], billed: Mapping[str, Decimal]) -> dict[str, str]:
    """Take the shares that were billed from those that are owed."""
    names = dict.fromkeys([*owed, *billed])
    differences = {name: Decimal(owed.get(name, "0")) - billed.get(name, Decimal(0)) for name in names}
    return {name: plain(amount) for name, amount in differences.items() if amount}
