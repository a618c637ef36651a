"""What a dispute leaves out of a bill: days of a charge, and of a discount the part that is off them.

    disputed days → a charge that is priced by days is cut at their edges; of any other the whole line is left out
    → a discount goes with what it is off: its line is split in the proportion of what the charge comes to on each side

The cent is the whole line's: where a dispute is settled as due, what was held apart is exactly what was missing.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from itertools import groupby

from billing.invoices.invoice import Line
from contracts.amounts_seen import share_of_days
from contracts.charge import Charge
from contracts.composed import Composed
from contracts.contract import Contract
from contracts.rated_line import Nature, RatedLine
from contracts.schedule import BillingPeriod
from quantities.arithmetic import added, product, quotient
from quantities.money import Money
from quantities.number import plain, trimmed
from quantities.values import value_class


@dataclass(frozen=True, slots=True)
class Dispute:
    """A charge that is left out over some days."""

    charge: str
    first: date
    after_last: date

    def covers(self, line: Line, *, by_its_first_day: bool = False) -> bool:
        """Tell whether a line is meant: by its charge or the one that it reduces, and by its days.

        Args:
            line: that is billed.
            by_its_first_day: as arithmetic 1 and 2 of settings do, which bill a line that begins before the disputed
                days, though an amendment has joined it with them; by any of its days otherwise.
        """
        if self.charge not in (line.charge, line.reduces):
            return False
        return self.meets(line.service_first, line.service_after_last, by_its_first_day=by_its_first_day)

    def meets(self, first: date, after_last: date, *, by_its_first_day: bool = False) -> bool:
        """Tell whether days from a first one to before another are disputed: the first of them, or any."""
        if by_its_first_day:
            return self.first <= first < self.after_last
        return first < self.after_last and self.first < after_last


def is_cut_by_disputes(contract: Contract, charge: Charge) -> bool:
    """Tell whether some days of a line can be disputed: of a charge by days, from arithmetic 3 of settings on."""
    return charge.rule.is_priced_by_days and not contract.settings.divides_all


def edges(disputes: Iterable[Dispute], charge: str) -> frozenset[date]:
    """Name the days on which disputes of a charge begin, and those after their last ones."""
    return frozenset(
        day for dispute in disputes if dispute.charge == charge for day in (dispute.first, dispute.after_last)
    )


@dataclass(frozen=True, slots=True)
class _Side:
    """Days of a charge that are all left out, or all billed, and what the charge comes to on them."""

    first: date
    after_last: date
    amount: Decimal


@value_class(frozen=True, slots=True)
class LeftOut:
    """What disputes leave out of one bill.

    Attributes:
        disputes: of its contract.
        rated: its charges, by name, in order of time; none are needed where nothing is disputed.
    """

    disputes: tuple[Dispute, ...]
    rated: Mapping[str, Sequence[Composed]]

    def has(self, line: Line, contract: Contract) -> bool:
        """Tell whether a line is left out."""
        if not self.disputes:
            return False
        by_first = contract.settings.divides_all
        return any(dispute.covers(line, by_its_first_day=by_first) for dispute in self.disputes)

    def parts_of(
        self, contract: Contract, days: BillingPeriod, line: RatedLine, net: Decimal, kind: Nature
    ) -> Iterator[tuple[date, date, RatedLine, Decimal]]:
        """Split the line of a discount where a part of the charge that it is off is left out.

        Args:
            contract: the version whose terms count.
            days: of the line.
            line: unrounded.
            net: its net amount, which the parts add up to.
            kind: of its amount: those of the charge count that are of the same one.

        Returns:
            The days of each part, the part, and its net amount; any other line is one.
        """
        sides = self._sides(contract, days, line.of, kind) if line.of and self.disputes else []
        if kind is Nature.PREPAYMENT:
            sides = []  # nothing is drawn on what is left out
        whole = added(side.amount for side in sides) if len(sides) > 1 else None
        if not whole:
            yield days.first, days.after_last, line, net
            return
        nets = Money(net, contract.currency).split([side.amount for side in sides])
        for side, own in zip(sides, nets, strict=True):
            share = f"{plain(trimmed(side.amount))} / {plain(trimmed(whole))}"
            price = trimmed(quotient(product(line.amount, side.amount), whole))
            calculation = f"{line.calculation}, × {share}" if line.calculation else f"× {share}"
            yield side.first, side.after_last, replace(line, unit_price=price, calculation=calculation), own.amount

    def _sides(self, contract: Contract, days: BillingPeriod, charge: str, kind: Nature) -> list[_Side]:
        """Divide days by what of a charge is left out on them."""
        of_charge = [dispute for dispute in self.disputes if dispute.charge == charge]
        own = [dispute for dispute in of_charge if dispute.meets(days.first, days.after_last)]
        if not own or contract.settings.divides_all:
            return []
        pieces = list(self._pieces(contract, days, charge, kind))
        sides = []
        for _, together in groupby(
            pieces, lambda piece: any(dispute.meets(piece.first, piece.after_last) for dispute in own)
        ):
            joined = list(together)
            sides.append(_Side(joined[0].first, joined[-1].after_last, added(piece.amount for piece in joined)))
        if sides:  # the first and the last reach as far as the discount does
            sides[0] = replace(sides[0], first=days.first)
            sides[-1] = replace(sides[-1], after_last=days.after_last)
        return sides

    def _pieces(self, contract: Contract, days: BillingPeriod, name: str, kind: Nature) -> Iterator[_Side]:
        """List what a charge comes to within days, piece by piece; a fee of another bill counts by its days."""
        composed = [rated for rated in self.rated.get(name, ()) if rated.period.touches(days)]
        for rated in composed:
            of_kind = added(line.amount for line in rated.lines if rated.nature_of(line).kind is kind)
            own = max(Decimal(0), share_of_days(of_kind, rated.period, days))
            yield _Side(rated.period.first, rated.period.after_last, own)
        charge = next((charge for charge in contract.charges if charge.name == name), None)
        if composed or charge is None:
            return
        paused = () if charge.while_suspended else contract.life.paused
        for piece in charge.pieces(days, None, disputed=edges(self.disputes, name)):
            yield _Side(piece.first, piece.after_last, Decimal(piece.without_paused(paused).days))
