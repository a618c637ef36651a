"""A contract checked against the fleet: its registers are declared, and count what the contract prices."""

from collections.abc import Container, Iterator, Mapping, Sequence
from dataclasses import replace
from decimal import Decimal

from contracts import formula
from contracts.charge import Charge
from contracts.checks.spelling import unknown_name
from contracts.document import ContractDocument
from contracts.usage import NamedUse
from metering.fleet.meter import Register, RegisterKind
from metering.usage.aggregation import Aggregation, unit_counted
from metering.usage.measure import OF_REGISTERS, SUM, Measure
from quantities.conversion import conversion
from quantities.document import Fault
from quantities.errors import UsufructError
from quantities.quantity import unit as unit_of
from savings.plan import Plan

NO_SUCH_ASSET, NO_SUCH_REGISTER = "no such asset is declared", "no such register is declared"
_ONE = Decimal(1)


def faults_against_fleet(
    contract: ContractDocument, known: Mapping[str, Register], assets: Container[str]
) -> tuple[Fault, ...]:
    """Check a contract against what is declared: all faults at once.

    Args:
        contract: well-formed by itself.
        known: the declared registers, by key.
        assets: the names of the declared assets.
    """
    faults = [
        unknown_name(f"/assets/{number}", "unknown-asset", NO_SUCH_ASSET, asset, assets)
        for number, asset in enumerate(contract.assets)
        if asset not in assets
    ]
    units: dict[str, str | None] = {}  # of named uses and savings, by name; None where it cannot be derived
    for at, use in enumerate(contract.usages):
        if use.joined:
            units[use.name] = use.unit
        elif use.formula is None:
            measure = use.measured_for(SUM)
            faults += _register_faults(f"/usages/{at}/registers", use, measure, known)
            units[use.name] = _unit(use, measure, known)
    for at, plan in enumerate(contract.savings):
        faults += _plan_faults(f"/savings/{at}/option", plan, known)
        units[plan.name] = plan.unit
    faults += _formula_faults(contract, units)
    for at, charge in enumerate(contract.charges):
        faults += _charge_faults(contract, at, charge, known, units)
    return tuple(faults)


def _charge_faults(
    contract: ContractDocument, at: int, charge: Charge, known: Mapping[str, Register], units: Mapping[str, str | None]
) -> Iterator[Fault]:
    path = f"/charges/{at}"
    if charge.counted is not None:
        use = contract.use(charge.counted)
        if charge.usage is None:
            yield from _at(f"{path}/register", _register_faults(path, use, charge.rule.measure, known))
        elif use.measured_for(charge.rule.measure).aggregation is not use.aggregation:
            # The rule asks another thing of the use than the use of itself: of its kWh the highest demand, in kW.
            measure = use.measured_for(charge.rule.measure)
            for register in (known[key] for key in use.registers if key in known):
                yield from _unit_faults(f"{path}/usage", measure, register)
        yield from _price_unit_faults(path, charge, _charge_unit(contract, use, charge.rule.measure, known))
    measures = charge.rule.auxiliary_measures
    for name, key in charge.beside.items():
        if key not in units and name in measures:
            yield from _at(f"{path}/beside/{name}", _register_faults(path, contract.use(key), measures[name], known))
        if name in charge.rule.units_beside:
            counted = _charge_unit(contract, contract.use(key), measures[name], known)
            yield from _unit_beside_faults(f"{path}/beside/{name}", charge.rule.units_beside[name], counted)
    yield from _split_faults(contract, charge, path, known, units)


def _split_faults(
    contract: ContractDocument,
    charge: Charge,
    path: str,
    known: Mapping[str, Register],
    units: Mapping[str, str | None],
) -> Iterator[Fault]:
    """Check that what a charge is split by is counted, told apart, and converts to the unit in which it is compared."""
    if charge.split is None:
        return
    for purpose, (name, measure) in charge.split.asked.items():
        place, use = f"{path}/split/{charge.split.places[purpose]}", contract.use(name)
        if name not in units or measure.by:
            yield from _at(place, _register_faults(path, use, use.measured_for(measure), known))
        yield from _unit_beside_faults(place, charge.split.unit, _charge_unit(contract, use, measure, known))


def _at(path: str, faults: Iterator[Fault]) -> Iterator[Fault]:
    """Give faults the place of the field that names the register or use."""
    return (replace(fault, path=path) for fault in faults)


def _plan_faults(path: str, plan: Plan, known: Mapping[str, Register]) -> Iterator[Fault]:
    """Check that the registers of a saving are declared, and measure the kind of quantity that its option needs."""
    option = plan.option
    energy_unit = option.counts_in
    places: list[tuple[str, str, str | None]] = []
    places += [(f"registers/{number}", key, energy_unit) for number, key in enumerate(option.registers)]
    places += [(f"less/{number}", key, energy_unit) for number, key in enumerate(option.less)]
    places += [
        (name if name in ("temperature", "simulated") else f"further/{name}", key, option.units.get(name))
        for name, key in option.drivers.items()
    ]
    for place, key, unit in places:
        if key not in known:
            yield unknown_name(f"{path}/{place}", "unknown-register", NO_SUCH_REGISTER, key, known)
            continue
        register_unit = known[key].use_unit or known[key].unit
        if unit is not None and unit_of(register_unit).kind is not unit_of(unit).kind:
            detail = f"{key} measures {unit_of(register_unit).kind.value}, and not {unit_of(unit).kind.value}"
            yield Fault(f"{path}/{place}", "incompatible-unit", detail, register_unit, unit)


def _register_faults(path: str, use: NamedUse, measure: Measure, known: Mapping[str, Register]) -> Iterator[Fault]:
    """Check the registers of a use, each at its number: declared, of the right kind, and of one kind of quantity."""
    for number, key in enumerate(use.registers):
        place = f"{path}/{number}"
        if key not in known:
            yield unknown_name(place, "unknown-register", NO_SUCH_REGISTER, key, known)
            continue
        yield from _kind_faults(place, use, measure, known[key])
        yield from _unit_faults(place, measure, known[key])
    yield from _sum_faults(path, measure, [known[key] for key in use.registers if key in known])


def _sum_faults(path: str, measure: Measure, registers: Sequence[Register]) -> Iterator[Fault]:
    """Check that what several registers count can be added up."""
    units = [_unit_of_register(measure, register) for register in registers]
    for number, (register, unit) in enumerate(zip(registers, units, strict=True)):
        if unit is None or units[0] is None:
            continue
        try:
            conversion(unit, units[0])
        except UsufructError as error:
            yield Fault(f"{path}/{number}", "incompatible-unit", str(error), register.unit, registers[0].unit)


def _kind_faults(place: str, use: NamedUse, measure: Measure, register: Register) -> Iterator[Fault]:
    """Check that a register has the states, events and dimensions that a use needs."""
    key = register.key
    if measure.states and register.kind is not RegisterKind.STATE:
        yield Fault(place, "no-states", f"{key} is no state register", register.kind.value, "state")
    if measure.events and register.kind is not RegisterKind.EVENT:
        yield Fault(place, "no-events", f"{key} is no event register", register.kind.value, "event")
    for name in (*(name for name in measure.by if name not in OF_REGISTERS), *use.where):
        if name not in register.dimensions:
            yield unknown_name(
                place, "unknown-dimension", f"rows of {key} do not state it", name, frozenset(register.dimensions)
            )
    states = {state.name for state in register.states}
    for name in (name for name in use.states if name not in states):
        yield unknown_name(place, "unknown-state", f"{key} knows no such state", name, states)


def _unit_faults(place: str, measure: Measure, register: Register) -> Iterator[Fault]:
    """Refuse an aggregation whose result has no unit, so that it could never be billed."""
    unit = register.use_unit or register.unit
    if _unit_of_register(measure, register) is None:
        match measure.aggregation:
            case Aggregation.DEMAND:
                yield Fault(place, "no-demand", f"{register.unit} over time is no power", register.unit)
            case Aggregation.MEAN:
                yield Fault(place, "no-mean", f"{unit} an hour is no listed unit", register.unit)
            case _:
                detail = f"{register.unit} over time is no use: name a use of its mean or its last"
                yield Fault(place, "no-sum", detail, register.unit)
    elif measure.aggregation is Aggregation.DEMAND and measure.sliding:
        yield from _sliding_faults(place, measure, register)


def _sliding_faults(place: str, measure: Measure, register: Register) -> Iterator[Fault]:
    if register.kind not in (RegisterKind.INTERVAL, RegisterKind.EVENT):
        return  # its use is computed between any two instants
    interval = register.interval_minutes
    if interval is None or measure.block_minutes % interval:
        detail = f"a sliding block is a whole number of the intervals of {register.key}"
        expected = "a register with an interval" if interval is None else f"a multiple of {interval}"
        yield Fault(place, "no-blocks", detail, str(measure.block_minutes), expected)


def _unit_of_register(measure: Measure, register: Register) -> str | None:
    """Derive the unit in which a measure of a register is counted; None where it has none."""
    if measure.events or measure.states:
        return register.unit
    return unit_counted(measure.aggregation, register)


def _unit(use: NamedUse, measure: Measure, known: Mapping[str, Register]) -> str | None:
    """Derive the unit in which a use of registers is counted: that of its first one. None where it has none."""
    register = known.get(use.registers[0]) if use.registers else None
    return None if register is None else _unit_of_register(measure, register)


def _formula_faults(contract: ContractDocument, units: dict[str, str | None]) -> Iterator[Fault]:
    """Check the dimensions of each formula by evaluating it with every input equal to 1."""
    for at, use in enumerate(contract.usages):
        if use.formula is None or use.unit is None:
            continue
        units[use.name] = use.unit
        named = {use.name: use.unit or units.get(use.name) for use in contract.usages}
        inputs = {name: named.get(name) for name in formula.names(use.formula)}
        if None in inputs.values():
            continue
        try:
            formula.evaluate(use.formula, {name: (_ONE, unit) for name, unit in inputs.items() if unit}, use.unit)
        except formula.DivisionByNothing:
            continue  # of ones, as in 1 / (a - b); of other numbers it may be no division by zero
        except UsufructError as error:
            yield Fault(f"/usages/{at}/formula", "incompatible-unit", str(error), use.formula, use.unit)


def _charge_unit(
    contract: ContractDocument, use: NamedUse, asked: Measure, known: Mapping[str, Register]
) -> str | None:
    """Derive the unit in which a charge's use is counted, as its rule measures it; None where it has none."""
    plan = contract.saving(use.name)
    if plan is not None:
        return plan.unit
    return use.unit if use.unit is not None else _unit(use, use.measured_for(asked), known)


def _price_unit_faults(path: str, charge: Charge, counted: str | None) -> Iterator[Fault]:
    """Check that what is counted converts to the unit that the rule prices, and to that of what is included."""
    wanted = [("rule/unit", charge.rule.priced_unit)]
    if charge.included is not None:
        wanted.append(("included/unit", charge.included.unit))
    for place, unit in wanted:
        if unit is None or counted is None:
            continue
        try:
            conversion(counted, unit)
        except UsufructError as error:
            yield Fault(f"{path}/{place}", "incompatible-unit", str(error), unit, counted)


def _unit_beside_faults(path: str, wanted: str, counted: str | None) -> Iterator[Fault]:
    """Check that a further use converts to the unit that the rule takes it into account in."""
    if counted is None:
        return
    try:
        conversion(counted, wanted)
    except UsufructError as error:
        yield Fault(path, "incompatible-unit", str(error), counted, wanted)
