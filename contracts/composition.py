"""From the use of a period to the unrounded lines of every charge: the stages of a contract, on one page.

    each charge over each of its runs (contracts/own_terms.py): converted, less what is included, priced
    → minimum and maximum → malus, bonus, damages → discount → (billing rounds, once, at the line)

A stage sees the unrounded amounts of the stages before it. Within a stage, charges over use are computed before charges
over amounts, and charges over amounts in the order of the contract. A charge over amounts sees what the others came to
over its own days: of one that was cut within them the sum, of one that reaches beyond them its share by days.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal, localcontext

from contracts.amounts_seen import Reductions, amounts_of, share_of_days
from contracts.carrying import States, carried_by, carried_on, into_version
from contracts.charge import Charge
from contracts.clause import OverAmounts
from contracts.composed import Composed, Pieces, rate_charge
from contracts.contract import Contract
from contracts.division import division_of
from contracts.indexation.lookup import Lookup, no_index
from contracts.natures import kind_seen, order, seen_by
from contracts.rated_line import Nature
from contracts.rated_usage import CarriedState, Division, Rest, Usage
from contracts.schedule import BillingPeriod
from quantities.arithmetic import added
from quantities.number import ARITHMETIC_DIGITS


@dataclass(frozen=True, slots=True)
class ChargeDays:
    """A charge over days of a billing period for which its terms are the same.

    Attributes:
        contract: the version whose terms count.
        charge: of it.
        period: the days, and the whole period that they are part of.
        pieces: all of them with their use, or piece by piece between two moves of the price. Amounts of other charges
            that a use states are taken as they are.
    """

    contract: Contract
    charge: Charge
    period: BillingPeriod
    pieces: Pieces


def compose(
    contract: Contract,
    period: BillingPeriod,
    uses: Mapping[str, Usage],
    opening: Mapping[str, CarriedState] | None = None,
    lookup: Lookup = no_index,
    names: frozenset[str] | None = None,
    pieces: Mapping[str, Pieces] | None = None,
) -> tuple[Composed, ...]:
    """Rate the charges of one version over a billing period, or over a part of one.

    Args:
        contract: the version in force.
        period: the billed days, and the whole period that they are part of.
        uses: the use of every charge that prices one or takes one into account, by the charge's name.
        opening: what every charge carried out of the stretch before, by the charge's name; a charge that ``continues``
            another, and has carried nothing yet, takes over what the other carried.
        lookup: finds the value of an index.
        names: of the charges to rate; without them, all.
        pieces: of charges whose price moves within the days, the pieces in order, each with its use.

    Returns:
        The rated charges, in the order of the contract; one of which the price moves several times, piece by piece.

    Raises:
        UsufructError: a charge cannot be rated; the reason is its own.
    """
    days = [
        ChargeDays(
            contract,
            charge,
            period,
            (pieces or {}).get(charge.name, ((period, uses.get(charge.name, Usage())),)),
        )
        for charge in contract.charges
        if names is None or charge.name in names
    ]
    composed, _ = compose_days(days, opening or {}, lookup)
    return tuple(rated for of_charge in composed for rated in of_charge)


def compose_days(
    days: Sequence[ChargeDays], opening: States, lookup: Lookup
) -> tuple[tuple[tuple[Composed, ...], ...], dict[str, CarriedState]]:
    """Rate charges, each over its own days, stage by stage.

    Args:
        days: what is billed; of each charge in order of time, its name once on each day.
        opening: what every charge carried out of the period before, by its name.
        lookup: finds the value of an index.

    Returns:
        For each of ``days`` the rated charge, piece by piece; and what each charge carries on.

    Raises:
        UsufructError: a charge cannot be rated; the reason is its own.
    """
    with localcontext(prec=ARITHMETIC_DIGITS):
        composition = _Composition(days, dict(opening), lookup)
        for at in sorted(range(len(days)), key=lambda at: order(days[at].charge)):
            composition.rated(at)
        return tuple(composition.done[at] for at in range(len(days))), composition.states


def compose_one(
    days: Sequence[ChargeDays], at: int, opening: States, lookup: Lookup
) -> Mapping[int, tuple[Composed, ...]]:
    """Rate days of a charge, and besides them only what they go on from and are computed from.

    Returns:
        What was rated, by its place in ``days``.

    Raises:
        UsufructError: something cannot be rated; the reason is its own.
    """
    with localcontext(prec=ARITHMETIC_DIGITS):
        composition = _Composition(days, dict(opening), lookup)
        composition.rated(at)
        return composition.done


@dataclass(slots=True)
class _Composition:
    """Charges on their way through the stages.

    Attributes:
        days: what is billed.
        states: what each charge carries by now.
        lookup: finds the value of an index.
        done: what is rated already, by its place in ``days``.
        reductions: what rated charges take off others.
    """

    days: Sequence[ChargeDays]
    states: dict[str, CarriedState]
    lookup: Lookup
    done: dict[int, tuple[Composed, ...]] = field(default_factory=dict)
    reductions: Reductions = field(default_factory=Reductions)

    def rated(self, at: int) -> tuple[Composed, ...]:
        """Rate a charge over some of its days, once what it goes on from and what it is computed from is rated."""
        if at in self.done:
            return self.done[at]
        own = self.days[at]
        goes_on = False
        for earlier in self._before(own):
            self.rated(earlier)
            goes_on = goes_on or self.days[earlier].period.whole_first == own.period.whole_first
        amounts, rests = self._seen(own)
        states = into_version(own.contract, self.states) if goes_on else self.states
        carried, composed = carried_by(own.charge, states), list[Composed]()
        division = self._division(own)
        for days, used in own.pieces:
            usage = replace(used, piece_of=None if days == own.period else own.period, division=division)
            usage = replace(usage, amounts=amounts, rests=rests)
            rated = rate_charge(own.contract, own.charge, days, usage, carried=carried, lookup=self.lookup)
            composed.append(rated)
            carried = rated.closing
            if isinstance(own.charge.rule, OverAmounts) and own.contract.settings.natures_apart:
                self.reductions.note(rated, rests)
        self.states, self.done[at] = carried_on(self.states, composed), tuple(composed)
        return self.done[at]

    def _before(self, own: ChargeDays) -> Iterator[int]:
        """Find the earlier days of the same charge, and of the one that it continues."""
        for at, other in enumerate(self.days):
            if _is_of(own.charge, other.charge) and other.period.first < own.period.first:
                yield at

    def _division(self, own: ChargeDays) -> Division | None:
        """Say how days of a charge belong to its others of the same period."""
        of_charge = [
            (other, at)
            for at, other in enumerate(self.days)
            if other.period.whole_first == own.period.whole_first and _is_of(own.charge, other.charge)
        ]
        of_charge.sort(key=lambda one: one[0].period.first)
        return division_of(own, [(other, self.done.get(at, ())) for other, at in of_charge])

    def _seen(self, own: ChargeDays) -> tuple[dict[str, Decimal], dict[str, dict[Nature, Rest]]]:
        """Say what the charges come to that one is computed from, over its days, and what is left of each."""
        contract, stated = own.contract, own.pieces[0][1].amounts
        kind, amounts, rests = kind_seen(contract, own.charge), dict[str, Decimal](), dict[str, dict[Nature, Rest]]()
        for name in seen_by(contract, own.charge):
            if name in stated:
                amounts[name] = stated[name]
                continue
            composed = self._over(name, own)
            if not composed:
                continue
            if not contract.settings.natures_apart:
                amounts[name] = added(share_of_days(rated.amount, rated.period, own.period) for rated in composed)
                continue
            by_kind = dict(amounts_of(composed, own.period))
            amounts[name] = by_kind.get(kind, Decimal(0))
            rests[name] = {
                nature: self.reductions.rest(name, nature, amount, own.period, contract.settings.discounts)
                for nature, amount in by_kind.items()
                if nature is not Nature.DEPOSIT or kind is Nature.DEPOSIT
            }
        return amounts, rests

    def _over(self, name: str, own: ChargeDays) -> list[Composed]:
        """Rate another charge, as far as it is billed on some days: in arrears, or on another invoice in advance."""
        composed = [
            rated
            for at, other in enumerate(self.days)
            if other.charge.name == name and other.period.meet(own.period.first, own.period.after_last) is not None
            for rated in self.rated(at)
        ]
        if composed:
            return composed
        return list(self._in_advance(next(charge for charge in own.contract.charges if charge.name == name), own))

    def _in_advance(self, charge: Charge, own: ChargeDays) -> Iterator[Composed]:
        """Rate a fee once more that was billed before its period, as one of the amounts of another charge."""
        if not charge.rule.billed_in_advance:
            return
        carried = carried_by(charge, self.states)
        for days in charge.pieces(own.period, self.lookup):
            usage = Usage(piece_of=None if days == own.period else own.period)
            rated = rate_charge(own.contract, charge, days, usage, carried=carried, lookup=self.lookup)
            carried = rated.closing
            yield rated


def _is_of(charge: Charge, other: Charge) -> bool:
    """Tell whether another charge is the same, continues it, or is continued by it."""
    return other.name in (charge.name, charge.continues) or other.continues == charge.name
