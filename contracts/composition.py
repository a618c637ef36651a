"""From what was used to the unrounded lines of every charge: the stages of a contract, on one page.

    quantity → converted to the rule's unit → what is included taken off → prices moved by their index → priced
    → minimum and maximum → malus, bonus, damages → discount → (billing rounds, once, at the line)

Every stage sees the unrounded amounts of those before it. A minimum that came last would eat the malus. Within a stage,
charges come in any order: those over amounts after those over use, and those over each other as the contract has them.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import timedelta
from decimal import Decimal, localcontext
from functools import cache
from typing import Any

from contracts.charge import Charge
from contracts.clause import CarriedState, OverAmounts, RatedLine, Rule, Stage, Usage, in_unit
from contracts.contract import Contract
from contracts.indexation.indexation import IndexFactor, IndexValue, Lookup, moved, value_of
from contracts.schedule import BillingPeriod, Life
from quantities.arithmetic import added
from quantities.number import ARITHMETIC_DIGITS, trimmed
from quantities.rounding import Rounding

_STAGES = list(Stage)
_MONTHS = 12


@dataclass(frozen=True, slots=True)
class Composed:
    """What one charge comes to.

    Attributes:
        charge: as the contract has it.
        usage: what was priced: converted, and without what is included.
        lines: unrounded.
        closing: what the charge carries into the next stretch; empty if nothing.
        free: how much of the use was included, where something is; in the unit of what is included.
        factor: what the prices were multiplied by, where they follow something.
        published: the values of the series that the rule prices by.
        amount: the sum of its lines, unrounded.
    """

    charge: Charge
    usage: Usage
    lines: tuple[RatedLine, ...]
    closing: CarriedState
    free: Decimal | None = None
    factor: IndexFactor | None = None
    published: tuple[IndexValue, ...] = ()

    amount: Decimal = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "amount", added([line.amount for line in self.lines]))


def no_index(index: str, month: str) -> None:
    """Know no index value: for contracts that need none."""


def compose(
    contract: Contract,
    period: BillingPeriod,
    uses: Mapping[str, Usage],
    opening: Mapping[str, CarriedState] | None = None,
    lookup: Lookup = no_index,
    names: frozenset[str] | None = None,
) -> tuple[Composed, ...]:
    """Rate the charges of a contract over a billing period, or over a part of one.

    Args:
        contract: the version in force.
        period: the billed days, and the whole period that they are part of.
        uses: for each charge that prices use or takes one into account, by the charge's name, what was used.
        opening: what each charge carried out of the stretch before, by its name.
        lookup: finds the value of an index.
        names: of the charges; all, unless some are named. What is billed ahead of the period is counted among the
            amounts of those over it nevertheless.

    Returns:
        Each charge, in the order of the contract.

    Raises:
        UsufructError: a charge cannot be rated; the reason is its own.
    """
    asked = [charge for charge in contract.charges if names is None or charge.name in names]
    over = any(isinstance(charge.rule, OverAmounts) for charge in asked)
    besides = [charge for charge in contract.charges if over and charge.rule.ahead and charge not in asked]
    found: dict[str, Composed] = {}
    life = contract.life
    with localcontext(prec=ARITHMETIC_DIGITS):
        for charge in sorted([*asked, *besides], key=_turn):
            carried = dict((opening or {}).get(charge.name, {}))
            usage = uses.get(charge.name, Usage())
            found[charge.name] = _rated(contract, life, charge, period, usage, carried, found, lookup)
    return tuple(found[charge.name] for charge in asked)


def _turn(charge: Charge) -> tuple[int, bool]:
    return _STAGES.index(charge.rule.stage), isinstance(charge.rule, OverAmounts)


def _rated(
    contract: Contract,
    life: Life,
    charge: Charge,
    period: BillingPeriod,
    usage: Usage,
    carried: Mapping[str, Any],
    before: Mapping[str, Composed],
    lookup: Lookup,
) -> Composed:
    if charge.while_suspended:
        life = replace(life, paused=())
    closing: dict[str, CarriedState] = {}
    free = factor = None
    quantity, unit = _converted(contract, charge, usage)
    amounts = _amounts(charge, before)
    opened = carried.get("rule", {})
    values = _published(charge.rule, period, lookup)
    usage = Usage(
        quantity,
        unit,
        period.less(life.paused),
        life,
        usage.parts,
        usage.beside,
        amounts,
        {(each.index, each.month): each.value for each in values},
        opened,
    )
    if charge.included is not None:
        whole = replace(usage, opening=carried.get("included", {}))
        registers = contract.counted_by(charge.counted)
        free = charge.included.free(whole, registers)
        closing["included"] = charge.included.close(whole, registers)
        usage = _less(usage, free, charge.included.unit)
    rule: Rule = charge.rule
    if charge.index is not None:
        factor = charge.index.clause.factor(usage.period.first, lookup)
        rule = moved(rule, factor.value, charge.index)
    lines, closing["rule"] = rule.rate(usage), rule.close(usage)
    kept = {name: state for name, state in closing.items() if state}
    return Composed(charge, usage, lines, kept, free, factor, values)


def _published(rule: Rule, period: BillingPeriod, lookup: Lookup) -> tuple[IndexValue, ...]:
    """Find the value of each series that a rule follows, in each billed month.

    Raises:
        IndexValueMissing: one is not known yet.
    """
    if not rule.follows:
        return ()
    last = period.after_last - timedelta(days=1)
    months = [
        f"{number // _MONTHS:04d}-{number % _MONTHS + 1:02d}"
        for number in range(period.first.year * _MONTHS + period.first.month - 1, last.year * _MONTHS + last.month)
    ]
    return tuple(value_of(series, month, lookup) for series in sorted(rule.follows) for month in months)


def _converted(contract: Contract, charge: Charge, usage: Usage) -> tuple[Decimal | None, str]:
    """Bring a use to the rule's unit and, where that is agreed, to so many places, half away from zero.

    Parts that are told apart stay in the unit in which they were counted, and are converted where they are priced.
    """
    unit = charge.rule.unit if _has_unit(type(charge.rule)) else None  # type: ignore[union-attr]
    if unit is None or usage.quantity is None or usage.parts:
        return usage.quantity, usage.unit
    quantity, places = in_unit(usage, unit), contract.settings.quantity_places
    if places is not None:
        quantity = Rounding.HALF_UP.to_places(quantity, places)
    return quantity, unit


@cache
def _has_unit(rule: type[Rule]) -> bool:
    return "unit" in rule.model_fields


def _less(usage: Usage, free: Decimal, unit: str) -> Usage:
    """Take off what is included, in the unit that it is stated in."""
    rest = added((in_unit(usage, unit), -free))
    back = in_unit(Usage(rest, unit), usage.unit)
    return replace(usage, quantity=trimmed(back))


def _amounts(charge: Charge, before: Mapping[str, Composed]) -> dict[str, Decimal]:
    """Gather what a charge is over: the charges that it names, or all of those before it."""
    if not isinstance(charge.rule, OverAmounts):
        return {}
    return {name: each.amount for name, each in before.items() if not charge.rule.of or name in charge.rule.of}
