"""From the use of a period to the unrounded lines of every charge: the stages of a contract, on one page.

    quantity → converted to the rule's unit → less the included quantity → prices moved by their index → priced
    → minimum and maximum → malus, bonus, damages → discount → (billing rounds, once, at the line)

A stage sees the unrounded amounts of the stages before it. Within a stage, charges over use are computed before charges
over amounts, and charges over amounts in the order of the contract.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta
from decimal import Decimal, localcontext
from fractions import Fraction
from functools import cache
from typing import Any, TypeAlias

from contracts.charge import Charge
from contracts.clause import OverAmounts, Rule, Stage
from contracts.contract import Contract
from contracts.indexation.indexation import moved
from contracts.indexation.lookup import IndexFactor, IndexValue, Lookup, no_index, value_of
from contracts.rated_line import RatedLine
from contracts.rated_usage import CarriedState, Usage, exactly
from contracts.schedule import BillingPeriod, Life
from quantities.arithmetic import added
from quantities.conversion import conversion
from quantities.exact import Exact, fraction_or_none, rounded, scaled, subtracted
from quantities.number import ARITHMETIC_DIGITS, trimmed
from quantities.rounding import Rounding

_STAGES = list(Stage)
_MONTHS = 12


#: The days of a stretch piece by piece, each with the use of its days.
Pieces: TypeAlias = Sequence[tuple[BillingPeriod, Usage]]


@dataclass(frozen=True, slots=True)
class Composed:
    """A rated charge.

    Attributes:
        charge: the charge of the contract.
        period: the days that it is rated over: all of the stretch, or a piece between two moves of its price.
        usage: the priced use: converted, and less the included quantity.
        lines: unrounded.
        closing: what the charge carries into the next stretch; may be empty.
        free: the part of the use that was included, in the unit of the included quantity; None without one.
        factor: the factor on the prices; None where they follow nothing.
        amount: the sum of its lines, unrounded.
    """

    charge: Charge
    period: BillingPeriod
    usage: Usage
    lines: tuple[RatedLine, ...]
    closing: CarriedState
    free: Decimal | None = None
    factor: IndexFactor | None = None

    amount: Decimal = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "amount", added([line.amount for line in self.lines]))


def compose(
    contract: Contract,
    period: BillingPeriod,
    uses: Mapping[str, Usage],
    opening: Mapping[str, CarriedState] | None = None,
    lookup: Lookup = no_index,
    names: frozenset[str] | None = None,
    pieces: Mapping[str, Pieces] | None = None,
) -> tuple[Composed, ...]:
    """Rate the charges of a contract over a billing period, or over a part of one.

    Args:
        contract: the version in force.
        period: the billed days, and the whole period that they are part of.
        uses: the use of every charge that prices one or takes one into account, by the charge's name.
        opening: what every charge carried out of the stretch before, by the charge's name; a charge that ``continues``
            another, and has carried nothing yet, takes over what the other carried.
        lookup: finds the value of an index.
        names: of the charges to rate; without them, all. A charge that is billed in advance is rated in any case where
            charges over amounts are, as one of their amounts.
        pieces: of charges whose price moves within the days, the pieces in order, each with its use.

    Returns:
        The rated charges, in the order of the contract; one of which the price moves several times, piece by piece.

    Raises:
        UsufructError: a charge cannot be rated; the reason is its own.
    """
    asked = [charge for charge in contract.charges if names is None or charge.name in names]
    over_amounts = any(isinstance(charge.rule, OverAmounts) for charge in asked)
    others = [charge for charge in contract.charges if names is not None and charge.name not in names]
    in_advance = [charge for charge in others if over_amounts and charge.rule.billed_in_advance]
    composed: dict[str, list[Composed]] = {}
    amounts: dict[str, Decimal] = {}
    life = contract.life
    with localcontext(prec=ARITHMETIC_DIGITS):
        for charge in sorted([*asked, *in_advance], key=_order):
            carried = carried_by(charge, opening or {})
            whole: Pieces = ((period, uses.get(charge.name, Usage())),)
            if charge in in_advance:
                whole = tuple((piece, Usage()) for piece in charge.pieces(period, lookup))
            composed[charge.name] = []
            for days, usage in (pieces or {}).get(charge.name, whole):
                rated = _rated(
                    contract,
                    charge,
                    usage=replace(usage, piece_of=None if days == period else period),
                    period=days,
                    life=life,
                    carried=carried,
                    before=amounts,
                    lookup=lookup,
                )
                composed[charge.name].append(rated)
                carried = rated.closing
            amounts[charge.name] = added([rated.amount for rated in composed[charge.name]])
    return tuple(rated for charge in asked for rated in composed[charge.name])


def computed_before(contract: Contract, charge: Charge) -> tuple[str, ...]:
    """Name the charges that are computed before another one, in the order in which they are."""
    names = [other.name for other in sorted(contract.charges, key=_order)]
    return tuple(names[: names.index(charge.name)])


def _order(charge: Charge) -> tuple[int, bool]:
    return _STAGES.index(charge.rule.stage), isinstance(charge.rule, OverAmounts)


def _rated(
    contract: Contract,
    charge: Charge,
    *,
    usage: Usage,
    period: BillingPeriod,
    life: Life,
    carried: Mapping[str, Any],
    before: Mapping[str, Decimal],
    lookup: Lookup,
) -> Composed:
    if charge.while_suspended:
        life = replace(life, paused=())
    closing: dict[str, CarriedState] = {}
    free = factor = None
    quantity, unit, exact = _converted(contract, charge, usage)
    values = _published(charge.rule, period, lookup)
    usage = Usage(
        quantity=quantity,
        unit=unit,
        period=period.without_paused(life.paused),
        life=life,
        parts=usage.parts,
        auxiliary_usage=usage.auxiliary_usage,
        amounts=_amounts(charge, before),
        published={(value.index, value.month): value.value for value in values},
        exact=exact,
        currency=contract.currency,
        piece_of=usage.piece_of,
    )
    rule: Rule = charge.rule
    if charge.included is not None:
        whole = replace(usage, opening=charge.included.open(carried.get("included", {}), usage))
        registers = contract.register_count(charge.counted)
        exactly_free = charge.included.free_quantity(whole, registers)
        free = rounded(exactly_free)
        closing["included"] = charge.included.state(whole, registers)
        usage = _less(usage, exactly_free, charge.included.unit)
    if state := carried.get("rule"):
        usage = replace(usage, opening=rule.open(state, usage))
    if charge.index is not None:
        factor = charge.index.clause.factor(usage.period.first, lookup)
        rule = moved(rule, factor.value, charge.index)
    lines, closing["rule"] = rule.rate(usage), rule.state(usage)
    return Composed(
        charge=charge,
        period=period,
        usage=usage,
        lines=lines,
        closing={name: state for name, state in closing.items() if state},
        free=free,
        factor=factor,
    )


def carried_by(charge: Charge, states: Mapping[str, CarriedState]) -> Mapping[str, Any]:
    """Find what a charge carries: under its name, or else under the name of the charge that it continues."""
    if charge.name in states or charge.continues is None:
        return states.get(charge.name, {})
    return states.get(charge.continues, {})


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


def _converted(contract: Contract, charge: Charge, usage: Usage) -> tuple[Decimal | None, str, Fraction | None]:
    """Convert a use to the rule's unit; where the contract says so, rounded to its places, half away from zero.

    A use with parts stays in the unit in which it was counted: its rule converts the parts where it prices them.

    Returns:
        The quantity, its unit, and the exact quantity where its decimals do not end.
    """
    unit = charge.rule.unit if _has_unit(type(charge.rule)) else None  # type: ignore[union-attr]
    if unit is None or usage.quantity is None or usage.parts:
        return usage.quantity, usage.unit, usage.exact
    exact, places = exactly(usage, unit), contract.settings.quantity_places
    if places is not None:
        return Rounding.HALF_UP.to_places(rounded(exact), places), unit, None
    return rounded(exact), unit, fraction_or_none(exact)


@cache
def _has_unit(rule: type[Rule]) -> bool:
    return "unit" in rule.model_fields


def _less(usage: Usage, free: Exact, unit: str) -> Usage:
    """Subtract the included quantity, in the unit in which it is stated."""
    rest = scaled(subtracted(exactly(usage, unit), free), conversion(unit, usage.unit))
    return replace(usage, quantity=trimmed(rounded(rest)), exact=fraction_or_none(rest), counted=usage.exactly)


def _amounts(charge: Charge, before: Mapping[str, Decimal]) -> dict[str, Decimal]:
    """Collect the amounts that a charge is computed from: of the charges that it names, or of all before it."""
    if not isinstance(charge.rule, OverAmounts):
        return {}
    of = charge.rule.of
    return {name: amount for name, amount in before.items() if not of or name in of}
