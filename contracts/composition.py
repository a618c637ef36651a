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

from contracts.carrying import States, carried_by, carried_on, into_version
from contracts.charge import Charge
from contracts.clause import OverAmounts, Stage
from contracts.composed import Composed, Pieces, rate_charge
from contracts.contract import Contract
from contracts.division import division_of
from contracts.indexation.lookup import Lookup, no_index
from contracts.rated_usage import CarriedState, Division, Usage
from contracts.schedule import BillingPeriod
from quantities.arithmetic import added, product, quotient
from quantities.number import ARITHMETIC_DIGITS

_STAGES = list(Stage)


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
        for at in sorted(range(len(days)), key=lambda at: _order(days[at].charge)):
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


def computed_before(contract: Contract, charge: Charge) -> tuple[str, ...]:
    """Name the charges that are computed before another one, in the order in which they are."""
    names = [other.name for other in sorted(contract.charges, key=_order)]
    return tuple(names[: names.index(charge.name)])


def seen_by(contract: Contract, charge: Charge) -> tuple[str, ...]:
    """Name the charges whose amounts one is computed from: those that it names, or all before it; in their order."""
    if not isinstance(charge.rule, OverAmounts):
        return ()
    of = charge.rule.of
    return tuple(name for name in computed_before(contract, charge) if not of or name in of)


def _order(charge: Charge) -> tuple[int, bool]:
    return _STAGES.index(charge.rule.stage), isinstance(charge.rule, OverAmounts)


@dataclass(slots=True)
class _Composition:
    """Charges on their way through the stages.

    Attributes:
        days: what is billed.
        states: what each charge carries by now.
        lookup: finds the value of an index.
        done: what is rated already, by its place in ``days``.
    """

    days: Sequence[ChargeDays]
    states: dict[str, CarriedState]
    lookup: Lookup
    done: dict[int, tuple[Composed, ...]] = field(default_factory=dict)

    def rated(self, at: int) -> tuple[Composed, ...]:
        """Rate a charge over some of its days, once what it goes on from and what it is computed from is rated."""
        if at in self.done:
            return self.done[at]
        own = self.days[at]
        goes_on = False
        for earlier in self._before(own):
            self.rated(earlier)
            goes_on = goes_on or self.days[earlier].period.whole_first == own.period.whole_first
        stated = own.pieces[0][1].amounts
        amounts = {
            name: amount
            for name in seen_by(own.contract, own.charge)
            for amount in ([stated[name]] if name in stated else self._amounts(name, own))
        }
        states = into_version(own.contract, self.states) if goes_on else self.states
        carried, composed = carried_by(own.charge, states), list[Composed]()
        division = self._division(own)
        for days, used in own.pieces:
            usage = replace(used, piece_of=None if days == own.period else own.period, division=division)
            composed.append(
                rate_charge(own.contract, own.charge, days, usage, carried=carried, amounts=amounts, lookup=self.lookup)
            )
            carried = composed[-1].closing
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

    def _amounts(self, name: str, own: ChargeDays) -> Iterator[Decimal]:
        """Sum up what another charge comes to over some days; nothing where it is not billed on any of them."""
        shares = [
            _share(rated, own.period)
            for at, other in enumerate(self.days)
            if other.charge.name == name and other.period.meet(own.period.first, own.period.after_last) is not None
            for rated in self.rated(at)
        ]
        if not shares:
            charge = next(charge for charge in own.contract.charges if charge.name == name)
            shares = [rated.amount for rated in self._in_advance(charge, own)]
        if shares:
            yield added(shares)

    def _in_advance(self, charge: Charge, own: ChargeDays) -> Iterator[Composed]:
        """Rate a fee once more that was billed before its period, as one of the amounts of another charge."""
        if not charge.rule.billed_in_advance:
            return
        carried = carried_by(charge, self.states)
        for days in charge.pieces(own.period, self.lookup):
            usage = Usage(piece_of=None if days == own.period else own.period)
            rated = rate_charge(own.contract, charge, days, usage, carried=carried, amounts={}, lookup=self.lookup)
            carried = rated.closing
            yield rated


def _is_of(charge: Charge, other: Charge) -> bool:
    """Tell whether another charge is the same, continues it, or is continued by it."""
    return other.name in (charge.name, charge.continues) or other.continues == charge.name


def _share(rated: Composed, days: BillingPeriod) -> Decimal:
    """Take of what a charge came to the share of the days that are among others."""
    met = rated.period.meet(days.first, days.after_last)
    if met is None:
        return Decimal(0)
    whole = (rated.period.after_last - rated.period.first).days
    own = (met.after_last - met.first).days
    return rated.amount if own == whole else quotient(product(rated.amount, Decimal(own)), Decimal(whole))
