"""A contract checked against itself: its names, uses, savings and charges."""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from itertools import pairwise

from contracts import formula
from contracts.charge import Charge
from contracts.checks.dates import date_faults
from contracts.checks.invoicing import invoicing_faults
from contracts.checks.prepayments import prepayment_faults
from contracts.checks.sharing import sharing_faults
from contracts.checks.spelling import unknown_name
from contracts.checks.spending import spending_faults
from contracts.checks.windows import window_faults
from contracts.clause import is_over_amounts
from contracts.document import ContractDocument
from contracts.indexation.indexation import price_names
from contracts.joined import carrier_faults
from contracts.natures import kinds_named
from contracts.usage import NamedUse
from metering.usage.measure import SUM
from quantities.document import Fault
from quantities.quantity import QuantityKind
from quantities.quantity import unit as unit_of
from savings.plan import Plan
from savings.rows import Interval


def faults_within(contract: ContractDocument) -> tuple[Fault, ...]:
    """Check that the parts of a contract do not contradict each other."""
    of_terms = (*_usages(contract), *_savings(contract), *_charges(contract))
    of_terms = (*of_terms, *sharing_faults(contract), *invoicing_faults(contract))
    of_terms = (*date_faults(contract), *of_terms, *window_faults(contract))
    return (*of_terms, *prepayment_faults(contract), *spending_faults(contract))


def _usages(contract: ContractDocument) -> Iterator[Fault]:
    named = {use.name: use for use in contract.usages}
    names = [use.name for use in contract.usages]
    for at, use in enumerate(contract.usages):
        if use.name in names[:at]:
            yield Fault(f"/usages/{at}/name", "named-twice", "a use has a name of its own", use.name)
        yield from _joined(f"/usages/{at}", contract, use)
        if use.formula is None:
            continue
        for unknown in (name for name in formula.names(use.formula) if name not in named):
            yield unknown_name(f"/usages/{at}/formula", "unknown-use", "no use of this name", unknown, named)
        if _reaches_itself(use.name, named):
            detail = "a formula does not come back to itself"
            yield Fault(f"/usages/{at}/formula", "cycle", detail, use.formula)


def _joined(path: str, contract: ContractDocument, use: NamedUse) -> Iterator[Fault]:
    """Check that what is joined are savings of the contract, each once, by factors that lead to an energy."""
    if use.joined and use.unit is not None and unit_of(use.unit).kind is not QuantityKind.ENERGY:
        yield Fault(f"{path}/unit", "not-an-energy", "carriers are joined into an energy", use.unit, "kWh, GJ or tce")
        return
    plans, carriers = {plan.name: plan for plan in contract.savings}, [carrier.saving for carrier in use.joined]
    for at, carrier in enumerate(use.joined):
        place, plan = f"{path}/joined/{at}", plans.get(carrier.saving)
        if carrier.saving in carriers[:at]:
            yield Fault(f"{place}/saving", "named-twice", "a carrier's saving counts once", carrier.saving)
        if plan is None or use.unit is None:
            yield unknown_name(f"{place}/saving", "unknown-saving", "no saving of this name", carrier.saving, plans)
            continue
        faults = carrier_faults(carrier, plan.unit, use.unit, contract.effective)
        yield from (replace(fault, path=f"{place}{fault.path}") for fault in faults)
        if plan.option.rows is Interval.BILLING and any(day.day > 1 for day in carrier.changes):
            detail = f"a row of {plan.name} is a month: a factor changes with one"
            yield Fault(place, "factor-within-row", detail, ", ".join(map(str, sorted(carrier.changes))))


def _reaches_itself(name: str, named: Mapping[str, NamedUse]) -> bool:
    """Tell whether a formula names its own use, directly or through the formulas of the uses that it names."""
    seen: set[str] = set()
    waiting = [name]
    while waiting:
        use = named.get(waiting.pop())
        for other in formula.names(use.formula) if use is not None and use.formula is not None else ():
            if other == name:
                return True
            if other not in seen:
                seen.add(other)
                waiting.append(other)
    return False


def _savings(contract: ContractDocument) -> Iterator[Fault]:
    taken = [use.name for use in contract.usages]
    parties = (contract.supplier.name, contract.customer.name)
    for at, plan in enumerate(contract.savings):
        if plan.name in taken:
            yield Fault(f"/savings/{at}/name", "named-twice", "a use has a name of its own", plan.name)
        taken.append(plan.name)
        yield from (replace(fault, path=f"/savings/{at}{fault.path}") for fault in plan.faults(parties))
        yield from _agreed_days(f"/savings/{at}/option/baseline", contract, plan)
    if contract.statement is not None:
        if not contract.savings:
            yield Fault("/statement", "nothing-to-state", "a statement is of savings, and the contract has none")
        for name in parties:
            if name not in contract.statement.signatories:
                yield Fault("/statement/signatories", "no-signatory", f"nobody signs for {name}", name)


def _agreed_days(path: str, contract: ContractDocument, plan: Plan) -> Iterator[Fault]:
    """Find a baseline on paper that is not agreed yet, or no longer, when the version comes into force."""
    agreed = plan.option.agreed_baseline
    if agreed is None:
        return
    if agreed.first > contract.effective:
        detail = f"nothing is agreed for the days before it, and the version is in force from {contract.effective}"
        yield Fault(f"{path}/first", "not-agreed-yet", detail, str(agreed.first), str(contract.effective))
    elif agreed.after_last is not None and agreed.after_last <= contract.effective:
        detail = f"nothing is agreed from it on, and the version is in force from {contract.effective}"
        yield Fault(f"{path}/after_last", "no-longer-agreed", detail, str(agreed.after_last))


def _charges(contract: ContractDocument) -> Iterator[Fault]:
    order = {charge.name: (at, charge) for at, charge in enumerate(contract.charges)}
    named = {use.name for use in contract.usages} | {plan.name for plan in contract.savings}
    for at, charge in enumerate(contract.charges):
        path = f"/charges/{at}"
        if order[charge.name][0] != at:
            yield Fault(f"{path}/name", "named-twice", "a line is known by its charge: each has a name", charge.name)
        if charge.usage is not None and charge.usage not in named:
            yield unknown_name(f"{path}/usage", "unknown-use", "no use of this name", charge.usage, named)
        yield from _auxiliary_uses(charge, path)
        if is_over_amounts(charge.rule):
            yield from _over_amounts(charge, at, order)
            yield from _over_one_kind(contract, charge, at)
        if charge.included is not None and not (charge.rule.counts and charge.rule.measure == SUM):
            detail = f"{charge.rule.kind} tells its use apart: nothing is included in it by its sum"
            yield Fault(f"{path}/included", "nothing-to-include", detail)
        if charge.included is not None and not contract.machine_count(charge):
            detail = "a quantity for each asset is none: the contract names no asset"
            yield Fault(f"{path}/included/each", "no-machines", detail, "no assets", "at least one asset")
        if charge.instalments is not None and (not charge.rule.counts or contract.saving(charge.counted or "")):
            detail = "a use is billed on account and settled; a rule over savings has instalments of its own"
            yield Fault(f"{path}/instalments", "nothing-to-settle", detail, charge.rule.kind, "a rule over use")
        yield from _split(contract, charge, path)
        yield from _continues(charge, at, order)
        yield from _index(charge, path)
        if charge.payees and not any(charge.payees.values()):
            yield Fault(f"{path}/payees", "weighs-nothing", "weights are not all zero")
        if any(before.first >= after.first for before, after in pairwise(charge.allocation)):
            yield Fault(f"{path}/allocation", "out-of-order", "allocations follow on each other in time")


def _split(contract: ContractDocument, charge: Charge, path: str) -> Iterator[Fault]:
    """Find a split that could not be computed, or whose lines could not be told apart."""
    split = charge.split
    if split is None:
        return
    if charge.rule.billed_in_advance:
        detail = "what a period used is not known before it: bill the charge in arrears, or do not split it by use"
        yield Fault(f"{path}/split", "split-in-advance", detail, "in advance", "in arrears")
    if charge.rule.measure.by:
        detail = f"{charge.rule.kind} bills each group by itself already: its lines are not split once more"
        yield Fault(f"{path}/split", "split-twice", detail, ", ".join(charge.rule.measure.by), "no groups")
    for purpose, (name, measure) in split.asked.items():
        place = f"{path}/split/{split.places[purpose]}"
        if contract.saving(name) is not None:
            yield Fault(place, "split-by-saving", "a charge is split by use, and not by a saving", name, "a use")
        elif measure.by and not contract.use(name).registers:
            yield Fault(place, "no-groups", "rows of registers tell groups, and a formula none", name, "registers")


def _continues(charge: Charge, at: int, order: Mapping[str, tuple[int, Charge]]) -> Iterator[Fault]:
    """Check that a charge continues one that is gone, and that no other charge continues the same."""
    if charge.continues is None:
        return
    others = [other for number, other in order.values() if number < at]
    if charge.continues in order:
        detail = "a charge that is still there goes on by itself: what it carries is not taken over twice"
        yield Fault(f"/charges/{at}/continues", "still-there", detail, charge.continues)
    elif any(other.continues == charge.continues for other in others):
        detail = "what a charge carries is taken over once"
        yield Fault(f"/charges/{at}/continues", "continued-twice", detail, charge.continues)


def _index(charge: Charge, path: str) -> Iterator[Fault]:
    if charge.index is None:
        return
    known = price_names(charge.rule)
    if not known:
        yield Fault(f"{path}/index", "nothing-to-index", f"{charge.rule.kind} has no price that could move")
    for unknown in (name for name in charge.index.only if name not in known):
        yield unknown_name(f"{path}/index/only", "unknown-price", "the rule has no such price", unknown, known)


def _auxiliary_uses(charge: Charge, path: str) -> Iterator[Fault]:
    known = charge.rule.auxiliary_measures
    for name in sorted(charge.rule.needs_beside):
        if name not in charge.beside:
            yield Fault(f"{path}/beside", "missing-use", f"{charge.rule.kind} needs a use beside it, named {name}")
    for name in charge.beside:
        if name not in known:
            detail = f"{charge.rule.kind} takes no such use into account"
            yield unknown_name(f"{path}/beside/{name}", "unknown-use", detail, name, known)


def _over_one_kind(contract: ContractDocument, charge: Charge, at: int) -> Iterator[Fault]:
    """Find a sum of amounts that do not mix: a price, damages, a deposit; a discount takes each by itself."""
    rule = charge.rule
    if not is_over_amounts(rule) or rule.takes_rests or not contract.settings.natures_apart:
        return
    kinds = sorted(kinds_named(contract, charge))
    if len(kinds) > 1:
        detail = "a price, damages and a deposit are no one sum: name charges of one of them"
        yield Fault(f"/charges/{at}/rule/of", "mixed-natures", detail, ", ".join(kinds))


def _over_amounts(charge: Charge, at: int, order: Mapping[str, tuple[int, Charge]]) -> Iterator[Fault]:
    rule = charge.rule
    for number, name in enumerate(getattr(rule, "of", ())):
        path = f"/charges/{at}/rule/of/{number}"
        if name not in order:
            yield unknown_name(path, "unknown-charge", "the contract has no such charge", name, order)
            continue
        other_at, other = order[name]
        if (other.order, other_at) >= (charge.order, at):
            yield Fault(path, "cycle", f"{name} is computed after {charge.name}, or with it", name)
