"""By which taxes an amount is divided that is computed from charges of several: a discount, a minimum, a cap.

    what it is computed from → what is left of each, by its tax → the net amount, spread over the taxes to the cent

So the base of each rate is right (Directive 2006/112/EC Art. 79: a reduction is none of the taxable amount of what it
is off). Where nothing is left of any of them, the charge bears its own tax.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from decimal import Decimal
from typing import TypeAlias

from billing.rating.segments import VersionSegment
from billing.tax.decision import Decision
from billing.tax.tax import Tax
from contracts.amounts_seen import share_of_days
from contracts.charge import Charge
from contracts.composed import Composed
from contracts.natures import is_taxed_as_seen, seen_by
from contracts.rated_line import Nature, RatedLine
from quantities.arithmetic import added, product, quotient
from quantities.money import Money
from quantities.number import plain, trimmed
from quantities.values import value_class

#: Of a line that is divided by taxes, the parts of each tax but the first begin at a multiple of this: so that a
#: correction meets the line that it corrects.
PARTS_OF_A_TAX = 10_000
_NOTHING = Decimal(0)

#: Decides how a charge of a segment is taxed.
DecisionOf: TypeAlias = Callable[[VersionSegment, Charge], Decision]
#: A line, its net amount, and how it is taxed.
TaxedPart: TypeAlias = tuple[RatedLine, Decimal, Decision]


@value_class(frozen=True, slots=True)
class TaxesSeen:
    """The taxes of what charges are computed from.

    Attributes:
        decision_of: how a charge is taxed.
        rated: what each charge came to, by its name, in order of time.
    """

    decision_of: DecisionOf
    rated: Mapping[str, Sequence[tuple[VersionSegment, Composed]]]

    def parts_of(self, segment: VersionSegment, own: Composed, line: RatedLine, net: Decimal) -> Sequence[TaxedPart]:
        """Divide a line of a charge by the taxes that it bears.

        Args:
            segment: of the charge.
            own: the charge.
            line: of it, unrounded.
            net: its net amount.

        Returns:
            The parts, whose net amounts add up to that of the line; one, unless it bears several taxes.
        """
        contract = segment.contract
        if not is_taxed_as_seen(contract, own.charge):
            return [(line, net, self.decision_of(segment, own.charge))]
        decisions, left = dict[Tax, Decision](), dict[Tax, Decimal]()
        for decision, amount in self._left(segment, own, line):
            decisions.setdefault(decision.tax, decision)
            left[decision.tax] = added((left.get(decision.tax, _NOTHING), amount))
        whole = added(left.values())
        if not whole:
            return [(line, net, self.decision_of(segment, own.charge))]
        taxes = sorted(left, key=lambda tax: (tax.category, tax.rate, tax.reason))
        if len(taxes) == 1:
            return [(line, net, decisions[taxes[0]])]
        nets = Money(net, contract.currency).split([left[tax] for tax in taxes])
        return [
            (_part(line, place, tax, left[tax], whole), own_net.amount, decisions[tax])
            for (place, tax), own_net in zip(enumerate(taxes), nets, strict=True)
            if left[tax]
        ]

    def _left(self, segment: VersionSegment, own: Composed, line: RatedLine) -> Iterator[tuple[Decision, Decimal]]:
        """Say what is left of the charges that a line is computed from, and how each is taxed."""
        contract, kind = segment.contract, own.kind_of(line)
        by_name = {charge.name: charge for charge in contract.charges}
        for name in (line.of,) if line.of else seen_by(contract, own.charge):
            amounts = list(self._amounts(name, kind, own))
            whole = added(amount for _, amount in amounts)
            rest = own.usage.rests.get(name, {}).get(kind)
            if not amounts and name in by_name:  # another document bills it
                amount = own.usage.amounts.get(name, _NOTHING) if rest is None else rest.left
                yield self.decision_of(segment, by_name[name]), max(_NOTHING, amount)
                continue
            for decision, amount in amounts:
                of_rest = amount if rest is None or not whole else quotient(product(rest.left, amount), whole)
                yield decision, of_rest

    def _amounts(self, name: str, kind: Nature, own: Composed) -> Iterator[tuple[Decision, Decimal]]:
        """List what a charge comes to over the days of another one, by kind; below zero it takes no part."""
        for segment, rated in self.rated.get(name, ()):
            if not rated.period.touches(own.period):
                continue
            of_kind = added(line.amount for line in rated.lines if rated.kind_of(line) is kind)
            amount = share_of_days(of_kind, rated.period, own.period)
            yield self.decision_of(segment, rated.charge), max(_NOTHING, amount)


def _part(line: RatedLine, place: int, tax: Tax, amount: Decimal, whole: Decimal) -> RatedLine:
    share = f"× {plain(trimmed(amount))} / {plain(trimmed(whole))} taxed at {plain(tax.rate)} %"
    return replace(
        line,
        part=line.part + PARTS_OF_A_TAX * place,
        unit_price=trimmed(quotient(product(line.unit_price, amount), whole)),
        label=f"{line.label}, {plain(tax.rate)} %" if line.label else f"{plain(tax.rate)} %",
        calculation=f"{line.calculation}, {share}" if line.calculation else share,
    )
