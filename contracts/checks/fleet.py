"""A contract held against the fleet: its registers are declared, and count what they are taken for."""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from decimal import Decimal

from contracts import formula
from contracts.charge import Charge
from contracts.checks.spelling import unknown_name
from contracts.document import ContractDocument
from contracts.usage import NamedUse
from metering.fleet.meter import Register, RegisterKind
from metering.usage.aggregation import POWER, Aggregation
from metering.usage.measure import Measure
from quantities.conversion import conversion
from quantities.document import Fault
from quantities.errors import UsufructError
from quantities.quantity import unit as unit_of
from savings.plan import Plan

_ONE = Decimal(1)


def faults_against_fleet(
    contract: ContractDocument, known: Mapping[str, Register], assets: frozenset[str]
) -> tuple[Fault, ...]:
    """Check a contract against what is declared: all faults at once.

    Args:
        contract: well-formed by itself.
        known: each declared register, by key.
        assets: the names of the declared assets.
    """
    faults = [
        unknown_name(f"/assets/{number}", "unknown-asset", "no such asset is declared", asset, assets)
        for number, asset in enumerate(contract.assets)
        if asset not in assets
    ]
    units: dict[str, str | None] = {}
    for at, use in enumerate(contract.usages):
        if use.formula is None:
            faults += _register_faults(f"/usages/{at}/registers", use, _measure_of(use), known)
            units[use.name] = _unit(use, _measure_of(use), known)
    for at, plan in enumerate(contract.savings):
        faults += _plan_faults(f"/savings/{at}/option", plan, known)
        units[plan.name] = plan.unit
    faults += _formula_faults(contract, units)
    for at, charge in enumerate(contract.charges):
        path = f"/charges/{at}"
        if charge.counted is not None:
            if charge.usage is None:
                use = contract.use(charge.counted)
                found = _register_faults(f"{path}/register", use, charge.rule.measure, known)
                faults += [replace(each, path=f"{path}/register") for each in found]
            faults += _unit_fault(contract, at, charge, known, units)
        needed = charge.rule.takes
        for name, key in charge.beside.items():
            if key not in units and name in needed:
                found = _register_faults(f"{path}/beside/{name}", contract.use(key), needed[name], known)
                faults += [replace(each, path=f"{path}/beside/{name}") for each in found]
    return tuple(faults)


def _plan_faults(path: str, plan: Plan, known: Mapping[str, Register]) -> Iterator[Fault]:
    """Check a saving against the fleet: that its registers are there, and measure what they are taken for."""
    option = plan.option
    wanted = option.counts_in
    places: list[tuple[str, str, str | None]] = []
    places += [(f"registers/{n}", key, wanted) for n, key in enumerate(option.registers)]
    places += [(f"less/{n}", key, wanted) for n, key in enumerate(option.less)]
    places += [
        (name if name in ("temperature", "simulated") else f"further/{name}", key, option.units.get(name))
        for name, key in option.drivers.items()
    ]
    for place, key, unit in places:
        if key not in known:
            yield unknown_name(f"{path}/{place}", "unknown-register", "no such register is declared", key, known)
            continue
        found = known[key].use_unit or known[key].unit
        if unit is not None and unit_of(found).kind is not unit_of(unit).kind:
            detail = f"{key} measures {unit_of(found).kind.value}, and not {unit_of(unit).kind.value}"
            yield Fault(f"{path}/{place}", "incompatible-unit", detail, found, unit)


def _measure_of(use: NamedUse) -> Measure:
    return Measure(use.aggregation, calendar=use.calendar, block_minutes=use.block_minutes, states=bool(use.states))


def _register_faults(path: str, use: NamedUse, measure: Measure, known: Mapping[str, Register]) -> Iterator[Fault]:
    for number, key in enumerate(use.registers):
        place = f"{path}/{number}"
        if key not in known:
            yield unknown_name(place, "unknown-register", "no such register is declared", key, known)
            continue
        register = known[key]
        yield from _kind_faults(place, use, measure, register)
    units = [known[key] for key in use.registers if key in known]
    for number, other in enumerate(units[1:], start=1):
        try:
            conversion(other.use_unit or other.unit, units[0].use_unit or units[0].unit)
        except UsufructError as error:
            yield Fault(f"{path}/{number}", "incompatible-unit", str(error), other.unit, units[0].unit)


def _kind_faults(place: str, use: NamedUse, measure: Measure, register: Register) -> Iterator[Fault]:
    key = register.key
    if measure.states and register.kind is not RegisterKind.STATE:
        yield Fault(place, "no-states", f"{key} is no state register", register.kind.value, "state")
    if measure.events and register.kind is not RegisterKind.EVENT:
        yield Fault(place, "no-events", f"{key} is no event register", register.kind.value, "event")
    for name in (*measure.by, *use.where):
        if name not in register.dimensions:
            yield unknown_name(
                place, "unknown-dimension", f"rows of {key} do not state it", name, frozenset(register.dimensions)
            )
    states = {each.name for each in register.states}
    for name in (name for name in use.states if name not in states):
        yield unknown_name(place, "unknown-state", f"{key} knows no such state", name, states)
    if measure.aggregation is Aggregation.DEMAND and (register.use_unit or register.unit) not in POWER:
        yield Fault(place, "no-demand", f"{register.unit} over time is no power", register.unit)


def _unit(use: NamedUse, measure: Measure, known: Mapping[str, Register]) -> str | None:
    """Say in what unit a use is counted; None where that cannot be told."""
    register = known.get(use.registers[0]) if use.registers else None
    if register is None:
        return None
    unit = register.use_unit or register.unit
    match measure.aggregation:
        case Aggregation.COUNT | Aggregation.UNIQUE:
            return "each"
        case Aggregation.DEMAND:
            return POWER.get(unit)
        case Aggregation.LAST | Aggregation.MEAN if register.kind is RegisterKind.INSTANTANEOUS:
            return register.unit
        case Aggregation.MEAN:
            return POWER.get(unit, unit)
        case _:
            return unit


def _formula_faults(contract: ContractDocument, units: dict[str, str | None]) -> Iterator[Fault]:
    """Try each formula on one of everything: what does not add up says so."""
    for at, use in enumerate(contract.usages):
        if use.formula is None or use.unit is None:
            continue
        units[use.name] = use.unit
        named = {each.name: each.unit or units.get(each.name) for each in contract.usages}
        ones = {name: named.get(name) for name in formula.names(use.formula)}
        if None in ones.values():
            continue
        try:
            formula.evaluate(use.formula, {name: (_ONE, unit) for name, unit in ones.items() if unit}, use.unit)
        except formula.DivisionByNothing:
            continue  # of ones; another use may well be divided by
        except UsufructError as error:
            yield Fault(f"/usages/{at}/formula", "incompatible-unit", str(error), use.formula, use.unit)


def _unit_fault(
    contract: ContractDocument, at: int, charge: Charge, known: Mapping[str, Register], units: Mapping[str, str | None]
) -> Iterator[Fault]:
    use = contract.use(charge.counted or "")
    found = units.get(use.name) if charge.usage is not None else _unit(use, charge.rule.measure, known)
    wanted = [("rule/unit", getattr(charge.rule, "unit", None))]
    if charge.included is not None:
        wanted.append(("included/unit", charge.included.unit))
    for place, unit in wanted:
        if unit is None or found is None:
            continue
        try:
            conversion(found, unit)
        except UsufructError as error:
            yield Fault(f"/charges/{at}/{place}", "incompatible-unit", str(error), unit, found)


def faults_of_amending(was: ContractDocument, now: ContractDocument) -> Iterator[Fault]:
    """Check an amendment of savings: what is measured otherwise, a new baseline above all, has a stated reason."""
    for plan in now.savings:
        before = was.saving(plan.name)
        if before is not None and before.option != plan.option and not now.reason:
            detail = f"{plan.name} is measured otherwise than before: say why"
            yield Fault("/reason", "no-reason", detail, plan.option.told, before.option.told)
