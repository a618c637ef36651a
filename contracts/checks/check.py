"""What can be wrong with a contract besides its form: every fault with its path, by itself and against the fleet."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from difflib import get_close_matches
from itertools import pairwise
from typing import TYPE_CHECKING, Any, TypeAlias

from pydantic import BaseModel

from contracts import formula
from contracts.clause import OverAmounts, Stage
from contracts.indexation.indexation import price_names
from contracts.usage import NamedUse
from metering.fleet.meter import Register, RegisterKind
from metering.usage.aggregation import POWER, Aggregation
from metering.usage.measure import SUM, Measure
from quantities.conversion import conversion
from quantities.document import Fault
from quantities.errors import UsufructError
from quantities.period import nearest_supported, zone
from quantities.quantity import unit as unit_of

if TYPE_CHECKING:
    from contracts.contract import Charge, Contract
    from savings.plan import Plan

_Place: TypeAlias = tuple[str | int, ...]
_LEAVES = frozenset({type(None), str, Decimal, int, bool})
_STAGES = list(Stage)
_ONE = Decimal(1)
#: Where the dates stand that periods are computed from.
_OF_PERIODS = ("/starts", "/ends", "/in_force_from", "/extension", "/billing")


def faults_within(contract: "Contract") -> tuple[Fault, ...]:
    """Check what a contract says against itself."""
    return (*_dates(contract), *_usages(contract), *_savings(contract), *_charges(contract))


def _dates(contract: "Contract") -> Iterator[Fault]:
    out_of_range = tuple(_range_faults(contract))
    yield from out_of_range
    if not any(fault.path.startswith(_OF_PERIODS) for fault in out_of_range):
        yield from _life(contract)
    for at, (before, after) in enumerate(pairwise(contract.suspensions)):
        if after.first < before.after_last:
            yield Fault(f"/suspensions/{at + 1}", "overlapping", "suspensions follow on each other", str(after.first))


def _days(part: object, place: _Place = ()) -> Sequence[tuple[_Place, date]]:
    """List every date in a part of a contract, wherever it is, with the names and numbers that lead there."""
    if isinstance(part, date):
        return [(place, part)]
    steps: Iterable[tuple[str | int, object]]
    if isinstance(part, BaseModel):
        steps = vars(part).items()
    elif isinstance(part, tuple | list):
        steps = enumerate(part)
    elif isinstance(part, dict):
        steps = part.items()
    else:
        return ()
    days: list[tuple[_Place, date]] = []
    for step, value in steps:
        if type(value) not in _LEAVES:  # as most are, and a run loads thousands of contracts
            days += _days(value, (*place, step))
    return days


def _range_faults(contract: "Contract") -> Iterator[Fault]:
    where = zone(contract.zone)
    for place, day in _days(contract):
        nearest = nearest_supported(day, where)
        if nearest != day:
            detail = f"a day outside the years 1900 to 2200, in {contract.zone} or in UTC, cannot be billed"
            yield Fault(_pointer(contract, place), "out-of-range", detail, str(day), str(nearest))


def _pointer(part: Any, place: _Place) -> str:
    """Write a place down by the document's own keys."""
    pointer = ""
    for step in place:
        if isinstance(part, BaseModel):
            pointer += f"/{type(part).model_fields[str(step)].alias or step}"
            part = vars(part)[str(step)]
        else:
            pointer += f"/{step}"
            part = part[step]
    return pointer


def _life(contract: "Contract") -> Iterator[Fault]:
    where, until = zone(contract.zone), contract.until
    if contract.ends is not None and contract.ends <= contract.starts:
        yield Fault("/ends", "ends-before-it-starts", "a contract ends after it starts", str(contract.ends))
    elif contract.in_force_from is not None and not (
        contract.starts <= contract.in_force_from and (until is None or contract.in_force_from < until)
    ):
        found = str(contract.in_force_from)
        yield Fault("/in_force_from", "out-of-life", "a version comes into force while the contract lasts", found)
    if contract.extension is not None and contract.ends is None:
        yield Fault("/extension", "nothing-to-extend", "a contract without an end goes on by itself")
    if until is not None and nearest_supported(until, where) != until:
        detail = "it is extended beyond the year 2200"
        yield Fault("/extension", "out-of-range", detail, str(until), str(nearest_supported(until, where)))
    first = next(contract.periods(), None)
    if first is None:
        detail = "the calendar has no period in which the contract starts"
        yield Fault("/billing/calendar", "no-period", detail, str(contract.starts))
        return
    billed_on = first.after_last + timedelta(days=contract.settings.bill_after_days)
    if nearest_supported(billed_on, where) != billed_on:
        detail = f"its first period is billed before the year 2200, and not on {billed_on}"
        yield Fault("/starts", "out-of-range", detail, str(contract.starts))


def _usages(contract: "Contract") -> Iterator[Fault]:
    named = {each.name: each for each in contract.usages}
    names = [each.name for each in contract.usages]
    for at, each in enumerate(contract.usages):
        if each.name in names[:at]:
            yield Fault(f"/usages/{at}/name", "named-twice", "a use has a name of its own", each.name)
        if each.formula is None:
            continue
        for unknown in (name for name in formula.names(each.formula) if name not in named):
            yield _unknown(f"/usages/{at}/formula", "unknown-use", "no use of this name", unknown, named)
        if _reaches_itself(each.name, named):
            detail = "a formula does not come back to itself"
            yield Fault(f"/usages/{at}/formula", "cycle", detail, each.formula)


def _reaches_itself(name: str, named: Mapping[str, NamedUse]) -> bool:
    seen: set[str] = set()
    ahead = [name]
    while ahead:
        use = named.get(ahead.pop())
        for other in formula.names(use.formula) if use is not None and use.formula is not None else ():
            if other == name:
                return True
            if other not in seen:
                seen.add(other)
                ahead.append(other)
    return False


def _savings(contract: "Contract") -> Iterator[Fault]:
    taken = [each.name for each in contract.usages]
    parties = (contract.supplier.name, contract.customer.name)
    for at, plan in enumerate(contract.savings):
        if plan.name in taken:
            yield Fault(f"/savings/{at}/name", "named-twice", "a use has a name of its own", plan.name)
        taken.append(plan.name)
        yield from (replace(each, path=f"/savings/{at}{each.path}") for each in plan.faults(parties))
    if contract.statement is not None:
        if not contract.savings:
            yield Fault("/statement", "nothing-to-state", "a statement is of savings, and the contract has none")
        for name in parties:
            if name not in contract.statement.signatories:
                yield Fault("/statement/signatories", "no-signatory", f"nobody signs for {name}", name)


def _charges(contract: "Contract") -> Iterator[Fault]:
    order = {charge.name: (at, charge) for at, charge in enumerate(contract.charges)}
    named = {each.name for each in contract.usages} | {each.name for each in contract.savings}
    for at, charge in enumerate(contract.charges):
        path = f"/charges/{at}"
        if order[charge.name][0] != at:
            yield Fault(f"{path}/name", "named-twice", "a line is known by its charge: each has a name", charge.name)
        if charge.usage is not None and charge.usage not in named:
            yield _unknown(f"{path}/usage", "unknown-use", "no use of this name", charge.usage, named)
        yield from _beside(charge, path)
        if isinstance(charge.rule, OverAmounts):
            yield from _over(charge, at, order)
        if charge.included is not None and not (charge.rule.counts and charge.rule.measure == SUM):
            detail = f"{charge.rule.kind} tells its use apart: nothing is included in it by its sum"
            yield Fault(f"{path}/included", "nothing-to-include", detail)
        yield from _index(charge, path)
        if charge.payees and not any(charge.payees.values()):
            yield Fault(f"{path}/payees", "weighs-nothing", "weights are not all zero")
        if any(before.first >= after.first for before, after in pairwise(charge.allocation)):
            yield Fault(f"{path}/allocation", "out-of-order", "allocations follow on each other in time")


def _index(charge: "Charge", path: str) -> Iterator[Fault]:
    if charge.index is None:
        return
    known = price_names(charge.rule)
    if not known:
        yield Fault(f"{path}/index", "nothing-to-index", f"{charge.rule.kind} has no price that could move")
    for unknown in (name for name in charge.index.only if name not in known):
        yield _unknown(f"{path}/index/only", "unknown-price", "the rule has no such price", unknown, known)


def _beside(charge: "Charge", path: str) -> Iterator[Fault]:
    known = charge.rule.takes
    for name in charge.rule.needs:
        if name not in charge.beside:
            yield Fault(f"{path}/beside", "missing-use", f"{charge.rule.kind} needs a use beside it, named {name}")
    for name in charge.beside:
        if name not in known:
            detail = f"{charge.rule.kind} takes no such use into account"
            yield _unknown(f"{path}/beside/{name}", "unknown-use", detail, name, known)


def _over(charge: "Charge", at: int, order: "Mapping[str, tuple[int, Charge]]") -> Iterator[Fault]:
    rule = charge.rule
    for number, name in enumerate(getattr(rule, "of", ())):
        path = f"/charges/{at}/rule/of/{number}"
        if name not in order:
            yield _unknown(path, "unknown-charge", "the contract has no such charge", name, order)
            continue
        other_at, other = order[name]
        if _turn(other.rule, other_at) >= _turn(rule, at):
            yield Fault(path, "cycle", f"{name} is computed after {charge.name}, or with it", name)


def _turn(rule: Any, at: int) -> tuple[int, bool, int]:
    return _STAGES.index(rule.stage), isinstance(rule, OverAmounts), at


def faults_against_fleet(
    contract: "Contract", known: Mapping[str, Register], assets: frozenset[str]
) -> tuple[Fault, ...]:
    """Check a contract against what is declared: all faults at once.

    Args:
        contract: well-formed by itself.
        known: each declared register, by key.
        assets: the names of the declared assets.
    """
    faults = [
        _unknown(f"/assets/{number}", "unknown-asset", "no such asset is declared", asset, assets)
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


def _plan_faults(path: str, plan: "Plan", known: Mapping[str, Register]) -> Iterator[Fault]:
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
            yield _unknown(f"{path}/{place}", "unknown-register", "no such register is declared", key, known)
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
            yield _unknown(place, "unknown-register", "no such register is declared", key, known)
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
            yield _unknown(
                place, "unknown-dimension", f"rows of {key} do not state it", name, frozenset(register.dimensions)
            )
    states = {each.name for each in register.states}
    for name in (name for name in use.states if name not in states):
        yield _unknown(place, "unknown-state", f"{key} knows no such state", name, states)
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


def _formula_faults(contract: "Contract", units: dict[str, str | None]) -> Iterator[Fault]:
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
    contract: "Contract", at: int, charge: "Charge", known: Mapping[str, Register], units: Mapping[str, str | None]
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


def faults_of_amending(was: "Contract", now: "Contract") -> Iterator[Fault]:
    """Check an amendment of savings: what is measured otherwise, a new baseline above all, has a stated reason."""
    for plan in now.savings:
        before = was.saving(plan.name)
        if before is not None and before.option != plan.option and not now.reason:
            detail = f"{plan.name} is measured otherwise than before: say why"
            yield Fault("/reason", "no-reason", detail, plan.option.told, before.option.told)


def _unknown(path: str, code: str, detail: str, found: str, known: Any) -> Fault:
    return Fault(path, code, detail, found, next(iter(get_close_matches(found, list(known), n=1)), ""))


def salvage(document: Any, faults: Iterable[Fault]) -> tuple[Any, dict[int, int]]:
    """Leave out of a contract's document what has faults, so that the rest of it can be checked too.

    Returns:
        The document without faulty charges, uses and optional parts, what is indispensable replaced by what is never at
        fault; and for each charge that is left its place in the whole.
    """
    if not isinstance(document, dict):
        return None, {}
    steps = {tuple(fault.path.strip("/").split("/")[:2]) for fault in faults}
    kept = {name: value for name, value in document.items() if (name,) not in {step[:1] for step in steps}}
    places: dict[int, int] = {}
    lost: set[object] = set()  # uses that are left out, and with them whoever names them
    for name in ("usages", "savings", "charges"):
        every = document.get(name)
        if not isinstance(every, list) or (name,) in steps:
            continue
        left = [
            (at, each)
            for at, each in enumerate(every)
            if (name, str(at)) not in steps and not (name == "charges" and _names_any(each, lost))
        ]
        if name != "charges":
            of_left = [each for _, each in left]
            lost |= {str(each.get("name")) for each in every if isinstance(each, dict) and each not in of_left}
        kept[name] = [each for _, each in left]
        if name == "charges":
            places = {new: at for new, (at, _) in enumerate(left)}
    for name, stand_in in _STAND_INS.items():
        kept.setdefault(name, stand_in)
    return kept, places


def _names_any(charge: Any, lost: set[object]) -> bool:
    if not isinstance(charge, dict):
        return False
    beside = charge.get("beside")
    named = [charge.get("usage"), *(beside.values() if isinstance(beside, dict) else ())]
    return any(each in lost for each in named if isinstance(each, str))


def replaced(fault: Fault, places: Mapping[int, int]) -> Fault:
    """Say a fault's place in the whole document."""
    head, _, rest = fault.path.removeprefix("/charges/").partition("/")
    if not fault.path.startswith("/charges/") or not head.isdecimal():
        return fault
    return replace(fault, path=f"/charges/{places.get(int(head), int(head))}" + (f"/{rest}" if rest else ""))


#: What a contract cannot do without, in forms that have no fault.
_STAND_INS: Mapping[str, Any] = {
    "contract": "-",
    "supplier": {"name": "-", "country": "DE"},
    "customer": {"name": "-", "country": "DE"},
    "currency": "EUR",
    "zone": "Etc/UTC",
    "starts": "2026-01-01",
}
