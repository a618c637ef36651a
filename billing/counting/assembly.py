"""What a charge's registers counted: a use as rules take it, and the evidence that it rests on."""

from collections.abc import Iterable, Mapping
from dataclasses import field, replace
from datetime import date
from decimal import Decimal
from fractions import Fraction

from billing.counting.joining import joined_in_words, joined_usage
from billing.records.proof import RegisterProof
from contracts import formula
from contracts.charge import Charge
from contracts.contract import Contract
from contracts.rated_usage import Usage
from contracts.usage import NamedUse
from metering.consumption.reach import EVER, Reach
from metering.consumption.use import Use
from metering.fleet.store import StoredRegister
from metering.usage.aggregation import Aggregation
from metering.usage.measure import SUM, Measure, Part
from quantities.conversion import conversion
from quantities.exact import Exact, fraction_or_none, rounded, scaled, total
from quantities.number import plain, trimmed
from quantities.values import value_class
from savings.finding import BaselineFinding
from savings.plan import Plan


@value_class(frozen=True, slots=True)
class Evidence:
    """What one register counted over a segment, as of a watermark; of a level that drives a saving, its mean.

    Attributes:
        register: its key.
        unit: as it counts.
        series: its series without dimensions.
        use: what it counted.
        reach: the instants in which another reading may change that.
        is_mean: whether the quantity is the mean of a level.
        declared: the fingerprint of the register's declaration.
        zone: of its site.
        meter: that it is a register of.
        approved_until: as of the register (metering/fleet/store.py).
    """

    register: str
    unit: str
    series: int
    use: Use
    reach: Reach = EVER
    is_mean: bool = False
    declared: str = ""
    zone: str = ""
    meter: str = ""
    approved_until: date | None = None

    @classmethod
    def of(cls, stored: StoredRegister, unit: str, use: Use, reach: Reach, *, is_mean: bool = False) -> "Evidence":
        """Put what a register counted, in a unit."""
        return cls(
            register=stored.register.key,
            unit=unit,
            series=stored.series,
            use=use,
            reach=reach,
            is_mean=is_mean,
            declared=stored.fingerprint,
            zone=str(stored.zone),
            meter=stored.meter,
            approved_until=stored.approved_until,
        )

    def proof(self) -> RegisterProof:
        """Write it down for the proof of a line or a statement."""
        return RegisterProof(
            register_key=self.register,
            series=self.series,
            quantity=plain(self.use.quantity),
            unit=self.unit,
            count=self.use.count,
            total=plain(self.use.total),
            estimated=self.use.estimated,
            expected=self.use.expected,
            start=self.use.first.isoformat(),
            end=self.use.last.isoformat(),
            batch=self.use.batch,
            is_mean=self.is_mean,
            intervals=self.use.intervals,
        )


@value_class(frozen=True, slots=True)
class BilledUsage:
    """What a charge prices over a segment, as of a watermark.

    Attributes:
        usage: as its rule takes it, with its auxiliary uses.
        evidence: of each register that it rests on.
        name: of the use, or of the register.
        calculation: how it came about, where it is more than one register's sum.
        questions: what is in question about the units of a saving; nobody bills it before it is answered.
        split: what the parts used over which the charge is divided, by the purposes of its split.
    """

    usage: Usage
    evidence: tuple[Evidence, ...]
    name: str = ""
    calculation: str = ""
    questions: tuple[BaselineFinding, ...] = ()
    split: Mapping[str, Usage] = field(default_factory=dict)


@value_class(frozen=True, slots=True)
class RegisterRequest:
    """A use of registers and how it is measured; or a saving, with its plan."""

    use: NamedUse
    measure: Measure
    plan: Plan | None = None

    @property
    def is_plain(self) -> bool:
        """Whether it is the sum of everything that its registers counted."""
        return self.measure == SUM and not self.use.where


#: The purpose of a charge's own use.
OWN = ""


@value_class(frozen=True, slots=True)
class UsageRequest:
    """What a charge needs counted: its own use, and further ones by the rule's names for them.

    Attributes:
        name: of its own use; None for a charge that counts nothing.
        register_requests: by purpose (the rule's name for it, empty for the charge's own use) and by the name of the
            use: one register may be counted as a peak and as a sum.
        auxiliary: the names of further uses, by the rule's names for them.
        split: the names of the uses that its amount is divided by, by the purposes of its split.
    """

    name: str | None
    register_requests: Mapping[tuple[str, str], RegisterRequest] = field(default_factory=dict)
    auxiliary: Mapping[str, str] = field(default_factory=dict)
    split: Mapping[str, str] = field(default_factory=dict)


def usage_request(contract: Contract, charge: Charge) -> UsageRequest:
    """Say what a charge needs counted."""
    requests: dict[tuple[str, str], RegisterRequest] = {}
    if charge.counted is not None:
        _gather(contract, OWN, charge.counted, charge.rule.measure, requests)
    if charge.beside:
        measures = charge.rule.auxiliary_measures
        for purpose, name in charge.beside.items():
            _gather(contract, purpose, name, measures[purpose], requests)
    by_split = charge.split.asked if charge.split is not None else {}
    for purpose, (name, measure) in by_split.items():
        _gather(contract, purpose, name, measure, requests)
    names = {purpose: name for purpose, (name, _) in by_split.items()}
    return UsageRequest(charge.counted, requests, charge.beside, names)


def _gather(
    contract: Contract, purpose: str, name: str, measure: Measure, requests: dict[tuple[str, str], RegisterRequest]
) -> None:
    """Add the registers of a use; of one with a formula, or of savings joined, those of every use in it."""
    use = contract.use(name)
    if (plan := contract.saving(name)) is not None:
        requests[purpose, name] = RegisterRequest(use, measure, plan)
        return
    if use.registers:
        requests[purpose, name] = RegisterRequest(use, use.measured_for(measure))
        return
    for inner in use.inner_uses:
        _gather(contract, purpose, inner, SUM, requests)


def assembled(contract: Contract, request: UsageRequest, counted: Mapping[tuple[str, str], BilledUsage]) -> BilledUsage:
    """Put together what a charge prices from what its registers counted.

    Args:
        contract: whose uses they are.
        request: what the charge needs.
        counted: for each of its register requests.

    Raises:
        UsufructError: a formula cannot be computed.
    """
    if request.name is not None and not request.auxiliary and [*counted] == [(OWN, request.name)]:
        return counted[OWN, request.name]  # nothing is to be put together
    evidence = tuple(dict.fromkeys(register for usage in counted.values() for register in usage.evidence))
    own = BilledUsage(Usage(), ()) if request.name is None else _use(contract, OWN, request.name, counted)
    auxiliary = {purpose: _use(contract, purpose, name, counted).usage for purpose, name in request.auxiliary.items()}
    usage = replace(own.usage, auxiliary_usage={**own.usage.auxiliary_usage, **auxiliary})
    questions = tuple(dict.fromkeys(question for usage in counted.values() for question in usage.questions))
    split = {purpose: _use(contract, purpose, name, counted).usage for purpose, name in request.split.items()}
    return replace(own, usage=usage, evidence=evidence, questions=questions, split=split)


def _use(contract: Contract, purpose: str, name: str, counted: Mapping[tuple[str, str], BilledUsage]) -> BilledUsage:
    use = contract.use(name)
    if use.joined:
        savings = {carrier.saving: counted[purpose, carrier.saving] for carrier in use.joined}
        usages = {saving: billed.usage for saving, billed in savings.items()}
        measured = "; ".join(f"{saving}: {billed.calculation}" for saving, billed in savings.items())
        return BilledUsage(joined_usage(use, usages), (), name, f"{joined_in_words(use, usages)}; {measured}")
    if use.formula is None or use.unit is None:
        return counted[purpose, name]
    inner = {term: _use(contract, purpose, term, counted).usage for term in formula.names(use.formula)}
    values = {term: (usage.quantity or Decimal(0), usage.unit) for term, usage in inner.items()}
    result = formula.evaluate(use.formula, values, use.unit)
    exactly = {term: (usage.exactly or Decimal(0), usage.unit) for term, usage in inner.items()}
    unrounded = formula.evaluate_exactly(use.formula, exactly, use.unit)
    terms = ", ".join(f"{term} = {plain(trimmed(quantity))} {unit}" for term, (quantity, unit) in values.items())
    calculation = f"{name} = {use.formula} = {plain(result)} {use.unit}, with {terms}"
    return BilledUsage(
        Usage(result, use.unit, exact=None if unrounded == result else Fraction(unrounded)), (), name, calculation
    )


def joined(request: RegisterRequest, uses: Iterable[Usage]) -> Usage:
    """Add up what several registers counted, in the unit of the first, with their parts.

    A band or dimensions that the use names leave out every other part; of several demands the highest counts.
    """
    usages, use = list(uses), request.use
    unit, parts = usages[0].unit, list[Part]()
    for usage in usages:
        factor = conversion(usage.unit, unit)
        parts += [_part(scaled(part.exactly, factor), part.labels) for part in usage.parts]
    if use.where or use.band is not None or use.states:
        parts = [part for part in parts if _is_meant(use, part)]
        quantities = [part.exactly for part in parts]
        parts = [replace(part, labels=_without(part.labels, use.where)) for part in parts]
    elif parts:
        quantities = [part.exactly for part in parts]
    else:
        quantities = [scaled(usage.exactly or Decimal(0), conversion(usage.unit, unit)) for usage in usages]
    highest = request.measure.aggregation is Aggregation.DEMAND
    quantity = max(quantities, default=Decimal(0)) if highest else total(quantities)
    return Usage(trimmed(rounded(quantity)), unit, parts=tuple(parts), exact=fraction_or_none(quantity))


def _part(quantity: Exact, labels: Mapping[str, str]) -> Part:
    return Part(rounded(quantity), labels, fraction_or_none(quantity))


def _is_meant(use: NamedUse, part: Part) -> bool:
    return (
        all(part.labels.get(name) == value for name, value in use.where.items())
        and use.band in (None, part.labels.get("band"))
        and (not use.states or part.labels.get("state") in use.states)
    )


def _without(labels: Mapping[str, str], where: Mapping[str, str]) -> dict[str, str]:
    return {name: value for name, value in labels.items() if name not in where}
