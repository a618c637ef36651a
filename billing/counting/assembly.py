"""What a charge's registers counted: a use as rules take it, and the evidence that it rests on."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from decimal import Decimal
from typing import Any

from contracts import formula
from contracts.charge import Charge
from contracts.clause import Usage
from contracts.contract import Contract
from contracts.usage import NamedUse
from metering.consumption.use import Use
from metering.usage.aggregation import Aggregation
from metering.usage.measure import Measure, Part
from quantities.arithmetic import added
from quantities.conversion import conversion
from quantities.number import plain, trimmed
from quantities.quantity import times
from savings.plan import Plan


@dataclass(frozen=True, slots=True)
class Evidence:
    """What one register counted over a stretch, as of a watermark; of a level that drives a saving, its mean."""

    register: str
    unit: str
    series: int
    use: Use
    is_mean: bool = False

    def shown(self) -> dict[str, Any]:
        """Write it down for a proof: enough to notice a reading that is gone."""
        return {
            "register": self.register,
            "series": self.series,
            "quantity": plain(self.use.quantity),
            "unit": self.unit,
            "count": self.use.count,
            "total": plain(self.use.total),
            "estimated": self.use.estimated,
            "expected": self.use.expected,
            "start": self.use.first.isoformat(),
            "end": self.use.last.isoformat(),
            "batch": self.use.batch,
            **({"is_mean": True} if self.is_mean else {}),
        }


@dataclass(frozen=True, slots=True)
class BilledUsage:
    """What a charge prices over a stretch, as of a watermark.

    Attributes:
        usage: as its rule takes it, with what is beside it.
        evidence: of each register that it rests on.
        name: of the use, or of the register.
        calculation: how it came about, where it is more than one register's sum.
    """

    usage: Usage
    evidence: tuple[Evidence, ...]
    name: str = ""
    calculation: str = ""


@dataclass(frozen=True, slots=True)
class RegisterRequest:
    """A use of registers, and how it is told apart; or a saving."""

    use: NamedUse
    measure: Measure
    plan: Plan | None = None

    @property
    def is_plain(self) -> bool:
        """Whether it is the sum of everything that its registers counted."""
        return self.measure == Measure() and not self.use.where


#: What a charge's own use is for.
OWN = ""


@dataclass(frozen=True, slots=True)
class UsageRequest:
    """What a charge wants counted: its use, and those beside it by the rule's names for them.

    Attributes:
        name: of its use.
        leaves: what is counted, by the rule's name for what it is for (empty for the charge's own use) and its own: one
            register may be counted as a peak and as a sum.
        beside: the names of further uses, by the rule's names for them.
    """

    name: str | None
    leaves: Mapping[tuple[str, str], RegisterRequest] = field(default_factory=dict)
    beside: Mapping[str, str] = field(default_factory=dict)


def wanted(contract: Contract, charge: Charge) -> UsageRequest:
    """Say what a charge wants counted."""
    leaves: dict[tuple[str, str], RegisterRequest] = {}
    if charge.counted is not None:
        _gather(contract, OWN, charge.counted, charge.rule.measure, leaves)
    asked = charge.rule.takes
    for name, key in charge.beside.items():
        _gather(contract, name, key, asked[name], leaves)
    return UsageRequest(charge.counted, leaves, charge.beside)


def _gather(
    contract: Contract, for_: str, name: str, measure: Measure, leaves: dict[tuple[str, str], RegisterRequest]
) -> None:
    use = contract.use(name)
    if (plan := contract.saving(name)) is not None:
        leaves[for_, name] = RegisterRequest(use, measure, plan)
        return
    if use.formula is None:
        leaves[for_, name] = RegisterRequest(use, _measured(use, measure))
        return
    for inner in formula.names(use.formula):
        _gather(contract, for_, inner, Measure(), leaves)


def _measured(use: NamedUse, measure: Measure) -> Measure:
    """Join what a use says about itself with what a rule asks of it; the use's own word goes first."""
    own = use.aggregation is not Aggregation.SUM
    return replace(
        measure,
        aggregation=use.aggregation if own else measure.aggregation,
        block_minutes=use.block_minutes if own else measure.block_minutes,
        sliding=use.sliding if own else measure.sliding,
        calendar=measure.calendar or use.calendar,
        states=measure.states or bool(use.states),
    )


def assembled(contract: Contract, wish: UsageRequest, counted: Mapping[tuple[str, str], BilledUsage]) -> BilledUsage:
    """Put together what a charge wants from what its leaves counted.

    Raises:
        UsufructError: a formula cannot be computed.
    """
    evidence = tuple(dict.fromkeys(each for leaf in counted.values() for each in leaf.evidence))
    found = BilledUsage(Usage(), ()) if wish.name is None else _use(contract, OWN, wish.name, counted)
    beside = {name: _use(contract, name, key, counted).usage for name, key in wish.beside.items()}
    return replace(found, usage=replace(found.usage, beside={**found.usage.beside, **beside}), evidence=evidence)


def _use(contract: Contract, for_: str, name: str, counted: Mapping[tuple[str, str], BilledUsage]) -> BilledUsage:
    use = contract.use(name)
    if use.formula is None or use.unit is None:
        return counted[for_, name]
    inner = {each: _use(contract, for_, each, counted).usage for each in formula.names(use.formula)}
    values = {each: (usage.quantity or Decimal(0), usage.unit) for each, usage in inner.items()}
    result = formula.evaluate(use.formula, values, use.unit)
    shown = ", ".join(f"{each} = {plain(trimmed(many))} {unit}" for each, (many, unit) in values.items())
    calculation = f"{name} = {use.formula} = {plain(result)} {use.unit}, with {shown}"
    return BilledUsage(Usage(result, use.unit), (), name, calculation)


def joined(leaf: RegisterRequest, uses: Iterable[Usage]) -> Usage:
    """Add up what several registers counted, in the unit of the first, with their parts.

    A band or dimensions that the use names leave out every other part; of several demands the highest counts.
    """
    known = list(uses)
    unit, parts = known[0].unit, list[Part]()
    for usage in known:
        factor = conversion(usage.unit, unit)
        parts += [replace(part, quantity=times(part.quantity, factor)) for part in usage.parts]
    if leaf.use.where or leaf.use.band is not None or leaf.use.states:
        parts = [part for part in parts if _is_meant(leaf.use, part)]
        quantities = [part.quantity for part in parts]
        parts = [replace(part, labels=_without(part.labels, leaf.use.where)) for part in parts]
    elif parts:
        quantities = [part.quantity for part in parts]
    else:
        quantities = [times(usage.quantity or Decimal(0), conversion(usage.unit, unit)) for usage in known]
    highest = leaf.measure.aggregation is Aggregation.DEMAND
    quantity = max(quantities, default=Decimal(0)) if highest else added(quantities)
    return Usage(trimmed(quantity), unit, parts=tuple(parts))


def _is_meant(use: NamedUse, part: Part) -> bool:
    return (
        all(part.labels.get(name) == value for name, value in use.where.items())
        and use.band in (None, part.labels.get("band"))
        and (not use.states or part.labels.get("state") in use.states)
    )


def _without(labels: Mapping[str, str], where: Mapping[str, str]) -> dict[str, str]:
    return {name: value for name, value in labels.items() if name not in where}
