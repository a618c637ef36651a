"""One charge over some days: its quantity converted and reduced, its prices moved, its lines, and what it carries on.

quantity → converted to the rule's unit → less the included quantity → prices moved by their index → priced
"""

from collections.abc import Mapping, Sequence
from dataclasses import field, replace
from datetime import date, timedelta
from decimal import Decimal
from functools import cache
from typing import Any, TypeAlias

from contracts.carried_state import StateLeftOver
from contracts.charge import Charge
from contracts.clause import Rule
from contracts.contract import Contract
from contracts.indexation.indexation import moved
from contracts.indexation.lookup import IndexFactor, IndexValue, Lookup, value_of
from contracts.rated_line import Nature, RatedLine
from contracts.rated_usage import CarriedState, Division, Rest, Usage, exactly
from contracts.schedule import BillingPeriod, Life
from quantities.arithmetic import added
from quantities.conversion import conversion
from quantities.exact import Exact, fraction_or_none, rounded, scaled, subtracted
from quantities.number import plain, trimmed
from quantities.rounding import Rounding
from quantities.values import value_class
from savings.coverage import CoverageTooLow

_MONTHS = 12


#: The days of a stretch piece by piece, each with the use of its days.
Pieces: TypeAlias = Sequence[tuple[BillingPeriod, Usage]]


@value_class(frozen=True, slots=True)
class Composed:
    """A rated charge.

    Attributes:
        charge: the charge of the contract.
        rule: its rule, with its prices as the index moved them.
        period: the days that it is rated over: all of the stretch, or a piece between two moves of its price.
        usage: the priced use: converted, and less the included quantity.
        lines: unrounded.
        closing: what the charge carries into the next stretch; may be empty.
        free: the part of the use that was included, in the unit of the included quantity; None without one.
        factor: the factor on the prices; None where they follow nothing.
        carried: what the charge carried into its days, for its ``rule`` and what is ``included``.
        over: the kind of the amounts that it is computed from.
        rounding: how the quantity was rounded once it was converted, for a reader; empty where it was not.
        amount: the sum of its lines, unrounded.
    """

    charge: Charge
    rule: Rule
    period: BillingPeriod
    usage: Usage
    lines: tuple[RatedLine, ...]
    closing: CarriedState
    free: Decimal | None = None
    factor: IndexFactor | None = None
    carried: Mapping[str, Any] = field(default_factory=dict)
    over: Nature = Nature.CONSIDERATION
    rounding: str = ""

    amount: Decimal = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "amount", added([line.amount for line in self.lines]))

    def nature_of(self, line: RatedLine) -> Nature:
        """Tell the nature of one of its lines."""
        return self.charge.nature_of(line, self.over)

    def kind_of(self, line: RatedLine) -> Nature:
        """Tell with which amounts the amount of one of its lines is added up."""
        return self.charge.nature_of(line, self.over).kind

    def kind_reduced(self, line: RatedLine) -> Nature:
        """Tell of which amounts one of its lines is a part: what is drawn of a prepayment is taken off a price."""
        kind = self.kind_of(line)
        return self.over if line.of and kind is Nature.PREPAYMENT else kind


@value_class(frozen=True, slots=True)
class Around:
    """What lies around the days of a charge: see the fields of the same names of a use, and of a rated charge."""

    amounts: Mapping[str, Decimal] = field(default_factory=dict)
    rests: Mapping[str, Mapping[Nature, Rest]] = field(default_factory=dict)
    piece_of: BillingPeriod | None = None
    days_before: int = 0
    division: Division | None = None
    over: Nature = Nature.CONSIDERATION


def rate_charge(
    contract: Contract,
    charge: Charge,
    period: BillingPeriod,
    usage: Usage,
    *,
    carried: Mapping[str, Any],
    lookup: Lookup,
    around: Around,
) -> Composed:
    """Rate one charge over some days.

    Args:
        contract: the version whose terms count.
        charge: of it.
        period: the days.
        usage: what was used of them.
        carried: what the charge carried out of the days before, for its ``rule`` and what is ``included``.
        lookup: finds the value of an index.
        around: what other charges came to, and how the days belong to others.

    Raises:
        UsufructError: it cannot be rated; the reason is its own.
    """
    life = life_of(contract, charge)
    closing: dict[str, CarriedState] = {}
    free = factor = None
    converted, rounding = _converted(contract, charge, usage)
    values = _published(charge.rule, period, lookup)
    usage = Usage(
        quantity=converted.quantity,
        unit=converted.unit,
        period=period.without_paused(life.paused),
        life=life,
        parts=usage.parts,
        auxiliary_usage=usage.auxiliary_usage,
        amounts=around.amounts,
        rests=around.rests,
        published={(value.index, value.month): value.value for value in values},
        exact=converted.exact,
        currency=contract.currency,
        piece_of=around.piece_of,
        days_before=around.days_before,
        division=around.division,
        coverage=usage.coverage,
    )
    rule: Rule = charge.rule
    if charge.included is not None:
        whole = replace(usage, opening=charge.included.open(carried.get("included", {}), usage))
        registers, machines = contract.register_count(charge.counted), contract.machine_count(charge)
        exactly_free = charge.included.free_quantity(whole, registers, machines)
        free = rounded(exactly_free)
        closing["included"] = charge.included.state(whole, registers, machines)
        usage = _less(usage, exactly_free, charge.included.unit)
    if state := carried.get("rule"):
        usage = replace(usage, opening=rule.open(state, usage))
    if charge.index is not None:
        factor = charge.index.clause.factor(_priced_on(rule, usage), lookup)
        rule = moved(rule, factor.value, charge.index)
    try:
        lines, closing["rule"] = rule.rate(usage), rule.state(usage)
    except CoverageTooLow as held:
        raise CoverageTooLow(f"{charge.name}: {held}", **held.members) from held
    on_account = carried.get("instalments", {})
    if charge.instalments is not None:
        days = replace(usage, opening=charge.instalments.open(on_account, usage))
        lines, owed = charge.instalments.bill(lines, days, contract.settings.rounding)
        closing["instalments"] = charge.instalments.state_of(owed, contract.currency)
    elif on_account:
        raise unsettled(charge)
    return Composed(
        charge=charge,
        rule=rule,
        period=period,
        usage=usage,
        lines=lines,
        closing={name: state for name, state in closing.items() if state},
        free=free,
        factor=factor,
        carried=carried,
        over=around.over,
        rounding=rounding,
    )


def unsettled(charge: Charge) -> StateLeftOver:
    """Refuse a charge that has no instalments any more, while some that were billed are not settled."""
    detail = f"{charge.name} was billed on account, and has no instalments that settle it: end them with their window"
    return StateLeftOver(detail, found="no instalments", expected="instalments")


def life_of(contract: Contract, charge: Charge) -> Life:
    """The life of a contract as a charge has it: without suspensions where they are billed as well."""
    life = contract.life
    return replace(life, paused=()) if charge.while_suspended and life.paused else life


def _priced_on(rule: Rule, usage: Usage) -> date:
    """Name the day whose index counts: the first of the days where the rule prices by days, or else of the period."""
    return usage.period.first if rule.is_priced_by_days else usage.first_of_period


def _published(rule: Rule, period: BillingPeriod, lookup: Lookup) -> tuple[IndexValue, ...]:
    """Find the values of the series that a rule prices by: of every series, all billed months.

    Raises:
        IndexValueMissing: a value is not published yet.
    """
    if not rule.follows:
        return ()
    last = period.after_last - timedelta(days=1)
    months = [
        f"{number // _MONTHS:04d}-{number % _MONTHS + 1:02d}"
        for number in range(period.first.year * _MONTHS + period.first.month - 1, last.year * _MONTHS + last.month)
    ]
    return tuple(value_of(series, month, lookup) for series in sorted(rule.follows) for month in months)


def _converted(contract: Contract, charge: Charge, usage: Usage) -> tuple[Usage, str]:
    """Convert a use to the rule's unit; where the contract says so, rounded to its places, half away from zero.

    A use with parts stays in the unit in which it was counted: its rule converts the parts where it prices them. One
    that was counted in the rule's unit is rounded by arithmetic 1 and 2 of the settings only.

    Returns:
        Its quantity and unit, and nothing else of it if it was converted; and how it was rounded, for a reader.
    """
    unit = charge.rule.unit if _has_unit(type(charge.rule)) else None  # type: ignore[union-attr]
    if unit is None or usage.quantity is None or usage.parts:
        return usage, ""
    exact, places = exactly(usage, unit), contract.settings.quantity_places
    if places is None or (unit == usage.unit and not contract.settings.rounds_as_counted):
        return Usage(rounded(exact), unit, exact=fraction_or_none(exact)), ""
    quantity = Rounding.HALF_UP.to_places(rounded(exact), places)
    if quantity == exact or contract.settings.rounds_as_counted:
        return Usage(quantity, unit), ""
    return Usage(quantity, unit), f"{plain(trimmed(rounded(exact)))} {unit} rounded to {plain(quantity)}"


@cache
def _has_unit(rule: type[Rule]) -> bool:
    return "unit" in rule.model_fields


def _less(usage: Usage, free: Exact, unit: str) -> Usage:
    """Subtract the included quantity, in the unit in which it is stated."""
    rest = scaled(subtracted(exactly(usage, unit), free), conversion(unit, usage.unit))
    return replace(usage, quantity=trimmed(rounded(rest)), exact=fraction_or_none(rest), counted=usage.exactly)
