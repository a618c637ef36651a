"""From the use of a period to the unrounded lines of every charge: the stages of a contract, on one page.

    each charge over each of its runs (contracts/own_terms.py): converted, less what is included, priced
    → minimum and maximum → malus, bonus, damages → discount → (billing rounds, once, at the line)
    → what was paid before is drawn, to the cent

A stage sees the unrounded amounts of the stages before it. Within a stage, charges over use are computed before charges
over amounts, and charges over amounts in the order of the contract. A charge over amounts sees what the others came to
over its own days: of one that was cut within them the sum, of one that reaches beyond them its share by days.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from decimal import Decimal, localcontext

from contracts.amounts_seen import Reductions, amounts_of, share_of_days
from contracts.carrying import States, carried_by, carry_on, into_version, see_that_all_is_drawn
from contracts.charge import Charge
from contracts.clause import is_over_amounts
from contracts.composed import Around, Composed, Pieces, rate_charge
from contracts.contract import Contract
from contracts.division import division_of
from contracts.indexation.lookup import Lookup, no_index
from contracts.invoiced import Apart, invoiced_besides, net_prices, nothing_apart
from contracts.natures import kind_seen, seen_by
from contracts.rated_line import Nature
from contracts.rated_usage import CarriedState, Division, Rest, Usage
from contracts.schedule import BillingPeriod
from quantities.arithmetic import added
from quantities.number import ARITHMETIC_DIGITS
from quantities.values import value_class

#: What is paid and not owed yet: it fulfils no other charge, and nothing is taken off it.
_HELD = frozenset({Nature.DEPOSIT, Nature.PREPAYMENT})


@value_class(frozen=True, slots=True)
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
    days: Sequence[ChargeDays],
    opening: States,
    lookup: Lookup,
    apart: Apart = nothing_apart,
    elsewhere: Sequence[ChargeDays] = (),
) -> tuple[tuple[tuple[Composed, ...], ...], dict[str, CarriedState]]:
    """Rate charges, each over its own days, stage by stage.

    Args:
        days: what is billed; of each charge in order of time, its name once on each day.
        opening: what every charge carried out of the period before, by its name.
        lookup: finds the value of an index.
        apart: tells what a dispute holds apart: it is not invoiced.
        elsewhere: days of the same periods that another document bills, without a use: a fee in advance, or what a
            charge was before it became one. They divide a period as those that are billed do, and are among the amounts
            that other charges are computed from.

    Returns:
        For each of ``days`` the rated charge, piece by piece; and what each charge carries on.

    Raises:
        UsufructError: a charge cannot be rated; the reason is its own.
    """
    with localcontext(prec=ARITHMETIC_DIGITS):
        composition = _Composition(days, dict(opening), lookup, elsewhere, apart)
        written = _places_as_written(days)
        for at in sorted(range(len(days)), key=lambda at: (days[at].charge.order, written[days[at].charge.name])):
            composition.rated(at)
        if any(of_charge.charge.rule.counts_invoiced for of_charge in days):
            composition.count_invoiced()
        if days:
            last = max(days, key=lambda of_charge: of_charge.period.after_last)
            see_that_all_is_drawn(composition.states, last.contract)
        return tuple(composition.done[at] for at in range(len(days))), composition.states


def _places_as_written(days: Sequence[ChargeDays]) -> Mapping[str, int]:
    """Number charges as their contract lists them, those of an amendment behind them, whichever days of them end first.

    A discount takes what those before it have left, also where its own days end earlier.
    """
    in_time = sorted(days, key=lambda of_charge: of_charge.period.first)
    contracts = {id(of_charge.contract): of_charge.contract for of_charge in in_time}
    names = dict.fromkeys(charge.name for contract in contracts.values() for charge in contract.charges)
    return {name: place for place, name in enumerate(names)}


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
        elsewhere: days of the same periods that another document bills.
        apart: tells what a dispute holds apart.
        places: of the days of each charge, by its name and by that of the charge that it continues; in order of time.
        done: what is rated already, by its place in ``days``.
        reductions: what rated charges take off others.
    """

    days: Sequence[ChargeDays]
    states: dict[str, CarriedState]
    lookup: Lookup
    elsewhere: Sequence[ChargeDays] = ()
    apart: Apart = nothing_apart
    places: dict[str, list[int]] = field(default_factory=dict)
    done: dict[int, tuple[Composed, ...]] = field(default_factory=dict)
    reductions: Reductions = field(default_factory=Reductions)

    def __post_init__(self) -> None:
        for at in sorted(range(len(self.days)), key=self._in_time):
            charge = self.days[at].charge
            self.places.setdefault(charge.name, []).append(at)
            if charge.continues is not None:
                self.places.setdefault(charge.continues, []).append(at)

    def _in_time(self, at: int) -> tuple[date, int]:
        return self.days[at].period.first, at

    def rated(self, at: int) -> tuple[Composed, ...]:
        """Rate a charge over some of its days, once what it goes on from and what it is computed from is rated."""
        if at in self.done:
            return self.done[at]
        own = self.days[at]
        of_charge = self._of(own.charge)
        before = [earlier for earlier in of_charge if self.days[earlier].period.first < own.period.first]
        for earlier in before:
            self.rated(earlier)
        goes_on = any(self.days[earlier].period.whole_first == own.period.whole_first for earlier in before)
        states = into_version(own.contract, self.states) if goes_on else self.states
        around, carried, composed = self._around(own), carried_by(own.charge, states), list[Composed]()
        for days, used in own.pieces:
            around = _of_piece(around, own, days)
            rated = rate_charge(
                own.contract, own.charge, days, used, carried=carried, lookup=self.lookup, around=around
            )
            composed.append(rated)
            carried = rated.closing
            if around.rests:
                self.reductions.note(rated, around.rests)
        carry_on(self.states, composed)
        self.done[at] = tuple(composed)
        return self.done[at]

    def count_invoiced(self) -> None:
        """Let each charge that goes on from what was invoiced know it, once all charges are rated."""
        composed = [(days.contract, self.done[at]) for at, days in enumerate(self.days)]
        last = {days.charge.name: at for at, days in sorted(enumerate(self.days), key=lambda one: one[1].period.first)}
        for name, at in last.items():
            rated = self.done[at][-1]
            state = rated.closing.get("rule")
            if not rated.rule.counts_invoiced or not state or name not in self.states:
                continue
            values = rated.rule.invoiced(state["values"], invoiced_besides(composed, rated.charge, self.apart))
            closing = {**rated.closing, "rule": {**state, "values": values}}
            self.states[name] = closing
            self.done[at] = (*self.done[at][:-1], replace(rated, closing=closing))

    def _of(self, charge: Charge) -> Sequence[int]:
        """Find, in order of time, the days of a charge and of those that it continues or that continue it."""
        of_charge = self.places.get(charge.name, ())
        if charge.continues is None:
            return of_charge
        return sorted({*of_charge, *self.places.get(charge.continues, ())}, key=self._in_time)

    def _around(self, own: ChargeDays) -> Around:
        """Say what lies around days: what the charges come to that theirs is computed from, and its other days."""
        if not is_over_amounts(own.charge.rule):
            return Around(division=self._division(own))
        if own.charge.rule.takes_nets:
            return Around(self._nets(own), division=self._division(own))
        kind = kind_seen(own.contract, own.charge)
        amounts, rests = self._seen(own, kind)
        over = kind if own.charge.rule.is_of_their_kind else Nature.CONSIDERATION
        return Around(amounts, rests, division=self._division(own), over=over)

    def _division(self, own: ChargeDays) -> Division | None:
        """Say how days belong to the others of their charge in the period, whichever document bills these."""
        if own.period.is_whole:
            return None  # there are no others
        of_charge = [(self.days[at], self.done.get(at, ())) for at in self._of(own.charge)]
        of_charge += [(days, ()) for days in self.elsewhere if _goes_with(days.charge, own.charge)]
        of_period = [rated for rated in of_charge if rated[0].period.whole_first == own.period.whole_first]
        return division_of(own, sorted(of_period, key=lambda rated: rated[0].period.first))

    def _seen(self, own: ChargeDays, kind: Nature) -> tuple[dict[str, Decimal], dict[str, dict[Nature, Rest]]]:
        """Say what the charges that one is computed from come to over its days, of a kind, and what is left of each."""
        contract, stated = own.contract, own.pieces[0][1].amounts
        amounts, rests = dict[str, Decimal](), dict[str, dict[Nature, Rest]]()
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
            by_kind = amounts_of(composed, own.period)
            amounts[name] = by_kind.get(kind, Decimal(0))
            rests[name] = {
                nature: self.reductions.rest(name, nature, amount, own.period, contract.settings.discounts)
                for nature, amount in by_kind.items()
                if nature not in _HELD or kind is nature
            }
        return amounts, rests

    def _nets(self, own: ChargeDays) -> dict[str, Decimal]:
        """Say with what the charges that one is computed from are billed in the end over its days, to the cent.

        While what is drawn is itself in dispute, nothing is.
        """
        stated, names = own.pieces[0][1].amounts, seen_by(own.contract, own.charge)
        before = own.contract.names_as_computed
        before = before[: before.index(own.charge.name)]
        for at, days in enumerate(self.days):
            is_before = days.charge.order < own.charge.order or days.charge.name in before
            if is_before and days.period.touches(own.period):
                self.rated(at)
        composed = [(days.contract, self.done[at]) for at, days in enumerate(self.days) if at in self.done]
        if self.apart(own.contract, own.charge.name, own.period):
            return dict.fromkeys(names, Decimal(0))
        nets = net_prices(composed, names, own.period, self.apart)
        return {**nets, **{name: stated[name] for name in names if name in stated}}

    def _over(self, name: str, own: ChargeDays) -> list[Composed]:
        """Rate another charge, as far as it is billed on some days: in arrears, or on another invoice in advance."""
        composed = [
            rated
            for at in self.places.get(name, ())
            if self.days[at].charge.name == name and self.days[at].period.touches(own.period)
            for rated in self.rated(at)
        ]
        composed += [
            rated for days in self.elsewhere if _is_billed_before(days, name, own) for rated in self._ahead(days)
        ]
        if composed:
            return composed
        charge = next(charge for charge in own.contract.charges if charge.name == name)
        return list(self._ahead(replace(own, charge=charge))) if charge.rule.billed_in_advance else []

    def _ahead(self, days: ChargeDays) -> Iterator[Composed]:
        """Rate a fee once more that was billed before its period, as one of the amounts of another charge.

        It carries nothing; what another rule under its name carries out of other days of the period is not its.
        """
        division = self._division(days)
        for piece in days.charge.pieces(days.period, self.lookup):
            around = _of_piece(Around(division=division), days, piece)
            yield rate_charge(days.contract, days.charge, piece, Usage(), carried={}, lookup=self.lookup, around=around)


def _of_piece(around: Around, own: ChargeDays, days: BillingPeriod) -> Around:
    """Say which piece of a charge's days is rated; by arithmetic 1 and 2 of settings, none knew of those before it."""
    if days == own.period:
        return around
    around = replace(around, piece_of=own.period)
    before = own.period.meet(own.period.first, days.first)
    if before is None or own.contract.settings.divides_all:
        return around
    paused = () if own.charge.while_suspended else own.contract.life.paused
    return replace(around, days_before=before.without_paused(paused).days)


def _goes_with(other: Charge, own: Charge) -> bool:
    """Tell whether a charge is another one under the same name, continues it, or is continued by it."""
    return other.name in (own.name, own.continues) or other.continues == own.name


def _is_billed_before(days: ChargeDays, name: str, own: ChargeDays) -> bool:
    """Tell whether days are those of a fee in advance that lie among some others."""
    return days.charge.name == name and days.charge.rule.billed_in_advance and days.period.touches(own.period)
