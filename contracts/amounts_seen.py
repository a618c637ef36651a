"""What charges come to, for those that are computed from them: by kind of nature, less what reduces each of them.

    amounts of the charges → of one kind, over the days of the charge that sees them → less the credits that reach them

A price and its reductions are one kind, damages and deposits each their own: a deposit fulfils no minimum. Of days that
reach beyond those of the charge that sees them, their share by days counts.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal

from contracts.composed import Composed
from contracts.rated_line import Nature
from contracts.rated_usage import Rest
from contracts.schedule import BillingPeriod
from contracts.settings import Successive
from quantities.arithmetic import added, product, quotient
from quantities.number import EXACT
from quantities.values import value_class

_NOTHING = Decimal(0)


def share_of_days(amount: Decimal, period: BillingPeriod, days: BillingPeriod) -> Decimal:
    """Take of an amount of some days the share of those that are among others."""
    if days.first <= period.first and period.after_last <= days.after_last:
        return amount
    met = period.meet(days.first, days.after_last)
    if met is None:
        return Decimal(0)
    whole, own = ((span.after_last - span.first).days for span in (period, met))
    return quotient(product(amount, Decimal(own)), Decimal(whole))


@value_class(frozen=True, slots=True)
class Reduction:
    """A credit on a charge, from another one that is computed from it.

    Attributes:
        of: the reduced charge.
        kind: of its amounts.
        period: the days of the credit.
        amount: below zero.
        is_discount: whether it is a discount.
    """

    of: str
    kind: Nature
    period: BillingPeriod
    amount: Decimal
    is_discount: bool

    def over(self, days: BillingPeriod) -> Decimal:
        """The part of it that is of some days."""
        return share_of_days(self.amount, self.period, days)


@dataclass(slots=True)
class Reductions:
    """The credits of a billing period so far, by the charge that each reduces and the kind of its amounts."""

    credits: dict[tuple[str, Nature], list[Reduction]] = field(default_factory=dict)

    def note(self, composed: Composed, rests: Mapping[str, Mapping[Nature, Rest]]) -> None:
        """Note what a rated charge takes off others: a lump is spread over what is left of those that it is over."""
        for line in composed.lines:
            kind = composed.kind_of(line)
            if line.of:
                self._add(Reduction(line.of, kind, composed.period, line.amount, is_discount=True))
            elif line.amount < 0:
                left = {name: kinds[kind].left for name, kinds in rests.items() if kind in kinds}
                base = added(left.values())
                for name, own in left.items() if base else ():
                    part = quotient(product(max(line.amount, -base), own), base)
                    self._add(Reduction(name, kind, composed.period, part, is_discount=False))

    def _add(self, credit: Reduction) -> None:
        self.credits.setdefault((credit.of, credit.kind), []).append(credit)

    def rest(self, name: str, kind: Nature, amount: Decimal, days: BillingPeriod, successive: Successive) -> Rest:
        """Say what is left of a charge's amount over some days."""
        own = self.credits.get((name, kind))
        if own is None:
            left = max(_NOTHING, amount)
            return Rest(left, left)
        others = (credit.over(days) for credit in own if not credit.is_discount)
        undiscounted = max(_NOTHING, added((amount, *others)))
        discounts = (credit.over(days) for credit in own if credit.is_discount)
        left = max(_NOTHING, added((undiscounted, *discounts)))
        return Rest(left, undiscounted if successive is Successive.ADD else left)


def amounts_of(composed: Sequence[Composed], days: BillingPeriod) -> dict[Nature, Decimal]:
    """Add up what a charge comes to over some days, by kind; the price is always one of them."""
    by_kind = {Nature.CONSIDERATION: _NOTHING}
    for rated in composed:
        for line in rated.lines:
            kind, share = rated.kind_of(line), share_of_days(line.amount, rated.period, days)
            by_kind[kind] = EXACT.add(by_kind.get(kind, _NOTHING), share)
    return by_kind
