"""What the charges of a period come to, kind by kind, and what is left of them: docs/pricing.md (how charges are composed, discount)."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from decimal import Decimal
from fractions import Fraction
from typing import Any

from tests.lives.oracle.dividing import seen, share
from tests.lives.oracle.kinds import PRICE, kind, kind_seen
from tests.lives.oracle.last_place import minor_units, rounded, spread
from tests.lives.oracle.rules import RatedLine, in_advance, over_amounts

ZERO = Fraction(0)


@dataclass
class Ledger:
    """What the charges of a billing period came to, and what was taken off each of them.

    Attributes:
        amounts: charge, kind, first day, day after the last, amount.
        credits: the same of what reduces a charge, and whether it is a discount.
    """

    amounts: list[tuple[str, str, date, date, Fraction]] = field(default_factory=list)
    credits: list[tuple[str, str, date, date, Fraction, bool]] = field(default_factory=list)

    def enter(
        self,
        charge: Mapping[str, Any],
        days: tuple[date, date],
        lines: Sequence[RatedLine],
        rests: Mapping[str, Mapping[str, tuple[Fraction, Fraction]]],
    ) -> None:
        """Enter the lines of a charge over some days; a credit reaches each charge by what was left of it."""
        self.amounts.append((charge["name"], PRICE, *days, ZERO))
        for line in lines:
            self.amounts.append((charge["name"], kind(line.nature), *days, line.amount))
            if not over_amounts(charge):
                continue
            if line.of:
                self.credits.append((line.of, kind(line.nature), *days, line.amount, True))
            elif line.amount < 0:
                left = {
                    name: kinds[kind(line.nature)][0] for name, kinds in rests.items() if kind(line.nature) in kinds
                }
                there = sum(left.values(), ZERO)
                off = max(line.amount, -there)
                self.credits += [
                    (name, kind(line.nature), *days, off * own / there, False) for name, own in left.items() if there
                ]

    def of_kind(self, name: str, of_kind: str) -> list[tuple[date, date, Fraction]]:
        """What a charge came to of one kind, by the days of its parts."""
        return [
            (first, after_last, amount)
            for other, entered, first, after_last, amount in self.amounts
            if (other, entered) == (name, of_kind)
        ]

    def seen(
        self, document: Mapping[str, Any], charge: Mapping[str, Any], days: tuple[date, date]
    ) -> dict[str, Fraction]:
        """What the charges that one is computed from come to over its days, each of one kind with it."""
        own = kind_seen(document, charge)
        sums: dict[str, Fraction] = {}
        for name, _ in seen(document, charge):
            for other, of_kind, *span, amount in self.amounts:
                if other == name and _part(days, span):
                    sums[name] = sums.get(name, ZERO) + (amount * _part(days, span) if of_kind == own else ZERO)
        return sums

    def rests(
        self, document: Mapping[str, Any], charge: Mapping[str, Any], days: tuple[date, date]
    ) -> dict[str, dict[str, tuple[Fraction, Fraction]]]:
        """What is left of entered of them, by kind, and what a percentage is taken of."""
        adds = (document.get("settings") or {}).get("discounts") == "add"
        left_of: dict[str, dict[str, tuple[Fraction, Fraction]]] = {}
        for name in self.seen(document, charge, days):
            kinds = {of_kind for other, of_kind, *span, _ in self.amounts if other == name and _part(days, span)}
            for of_kind in kinds - ({"deposit", "prepayment"} - {kind_seen(document, charge)}):
                here = [
                    (amount * _part(days, span), is_discount)
                    for other, entered, *span, amount, is_discount in self.credits
                    if (other, entered) == (name, of_kind)
                ]
                amount = sum(
                    (
                        amount * _part(days, span)
                        for other, entered, *span, amount in self.amounts
                        if (other, entered) == (name, of_kind)
                    ),
                    ZERO,
                )
                before = max(ZERO, amount + sum((credit for credit, is_discount in here if not is_discount), ZERO))
                left = max(ZERO, before + sum((credit for credit, is_discount in here if is_discount), ZERO))
                left_of.setdefault(name, {})[of_kind] = left, before if adds else left
        return left_of


def _part(days: tuple[date, date], span: Sequence[Any]) -> Fraction:
    met, of_all = share(*days, *span)
    return Fraction(met, of_all)


@dataclass(frozen=True)
class Billed:
    """Lines of a charge over some days, each with its net amount, and what was left of the charges that they are over."""

    charge: Mapping[str, Any]
    lines: Sequence[RatedLine]
    nets: Sequence[Decimal]
    rests: Mapping[str, Mapping[str, tuple[Fraction, Fraction]]]
    days: tuple[date, date]


def besides(name: str, of_period: Sequence[Billed], currency: str) -> Fraction:
    """What is invoiced for a charge besides what its lines come to: roundings, and what others take off it, to the cent."""
    sums = ZERO
    for billed in of_period:
        if billed.charge["name"] == name:
            sums += Fraction(sum(billed.nets, Decimal(0))) - sum((line.amount for line in billed.lines), ZERO)
        elif over_amounts(billed.charge):
            sums += sum((Fraction(off) for other, off in taken_off(billed, currency) if other == name), ZERO)
    return sums


def net_prices(
    document: Mapping[str, Any], charge: Mapping[str, Any], days: tuple[date, date], of_period: Sequence[Billed]
) -> dict[str, Fraction]:
    """With what the charges that one draws on are billed as a price over its days, to the cent, by charge.

    A line that takes something off others is theirs; what is drawn before is off a price, too.
    """
    places = minor_units(document["currency"])
    sums = {name: ZERO for name, _ in seen(document, charge)}
    for billed in of_period:
        part = _part(days, billed.days)
        if not part or in_advance(billed.charge):
            continue
        of_price = [kind(line.nature) == PRICE or (line.nature == "prepayment" and line.of) for line in billed.lines]
        priced = [at for at, is_price in enumerate(of_price) if is_price]
        own = replace(billed, lines=[billed.lines[at] for at in priced], nets=[billed.nets[at] for at in priced])
        off: dict[str, Fraction] = {}
        for name, taken in taken_off(own, document["currency"]) if over_amounts(billed.charge) else ():
            off[name] = off.get(name, ZERO) + Fraction(taken)
        rest = sum((Fraction(net) for net in own.nets), ZERO) - sum(off.values(), ZERO)
        for name, amount in [*off.items(), (billed.charge["name"], rest)]:
            if name in sums:
                sums[name] += Fraction(rounded(amount * part, "half_up", places))
    return sums


def taken_off(billed: Billed, currency: str) -> Iterator[tuple[str, Decimal]]:
    """What the lines of a charge over amounts take off each of the others."""
    for line, net in zip(billed.lines, billed.nets, strict=True):
        if line.of:
            yield line.of, net
        elif net < 0:
            left = {
                name: kinds[kind(line.nature)][0] for name, kinds in billed.rests.items() if kind(line.nature) in kinds
            }
            weights = {name: own for name, own in left.items() if own}
            shares = [Fraction(net) * own / sum(weights.values(), ZERO) for own in weights.values()]
            yield from zip(weights, spread(shares, "half_up", minor_units(currency)), strict=True)
