"""Counting with a database: the registers of many contracts over their periods, as of a watermark."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from decimal import Decimal
from typing import TypeAlias

from sqlmodel import Session

from billing.counting.assembly import BilledUsage, Evidence, RegisterRequest, UsageRequest, assembled, joined, wanted
from billing.counting.saving import evidence_of, usage_of
from contracts.clause import Usage
from contracts.contract import Contract
from contracts.schedule import BillingPeriod
from metering.consumption.level import ComesToNothing
from metering.consumption.store import Window, uses
from metering.consumption.use import NothingRead, Use
from metering.fleet.meter import RegisterKind
from metering.fleet.store import StoredRegister, registers
from metering.usage.aggregation import Aggregation, Granularity, UsageQuery
from metering.usage.measure import Part
from metering.usage.store import answer, durations, events
from quantities.errors import UsufructError
from quantities.period import Period, zone
from savings.plan import Plan, SavingsResult
from savings.store import SiteRows, measure

#: Contracts, each with days of a period, and which of its charges are counted.
CountingRequests: TypeAlias = Sequence[tuple[Contract, BillingPeriod, frozenset[str]]]


def count(session: Session, asked: CountingRequests, watermark: int) -> list[dict[str, BilledUsage] | UsufructError]:
    """Count every use of every contract over its period, the sums of all registers in one query for each kind.

    Returns:
        For each contract its uses by charge, or why they cannot be counted.
    """
    wishes: list[dict[str, UsageRequest]] = []
    for contract, _, names in asked:
        of_one = {charge.name: wanted(contract, charge) for charge in contract.charges if charge.name in names}
        wishes.append({name: wish for name, wish in of_one.items() if wish.leaves})
    of_each = [_keys(of_one) for of_one in wishes]
    known = registers(session, {key for keys in of_each for key in keys})
    # One window for each register and stretch, whatever asks for it: it is the evidence of all that is counted there.
    places: dict[tuple[str, int], int] = {}
    windows: list[Window] = []
    for number, (contract, period, _) in enumerate(asked):
        instants = period.instants(zone(contract.zone))
        for key in of_each[number]:
            places[key, number] = len(windows)
            windows.append(Window(known[key], instants, contract.settings.edges))
    counted = _divided(asked, places, uses(session, windows, watermark))
    found: list[dict[str, BilledUsage] | UsufructError] = []
    for number, ((contract, _, _), of_one) in enumerate(zip(asked, wishes, strict=True)):
        charge = ""
        saved: dict[str, BilledUsage] = {}  # by name: several charges price one saving
        try:
            of_contract = {}
            for charge, wish in of_one.items():
                leaves = {}
                for (for_, name), leaf in wish.leaves.items():
                    if leaf.plan is not None:
                        if name not in saved:
                            saved[name] = _saving(session, leaf.plan, contract, asked[number][1], watermark)
                        leaves[for_, name] = saved[name]
                        continue
                    mine = [(windows[at], counted[at]) for at in (places[key, number] for key in leaf.use.registers)]
                    leaves[for_, name] = _leaf(session, name, leaf, mine, watermark)
                of_contract[charge] = assembled(contract, wish, leaves)
            found.append(of_contract)
        except UsufructError as fault:
            found.append(type(fault)(f"{charge}: {fault}", **fault.members))
    return found


def _keys(wishes: Mapping[str, UsageRequest]) -> tuple[str, ...]:
    """Name the registers that a contract's charges count, each once; a saving asks its own itself, row by row."""
    leaves = (leaf for wish in wishes.values() for leaf in wish.leaves.values())
    return tuple(dict.fromkeys(key for leaf in leaves if leaf.plan is None for key in leaf.use.registers))


def _divided(
    asked: CountingRequests, places: Mapping[tuple[str, int], int], counted: Sequence[Use | UsufructError]
) -> list[Use | UsufructError]:
    """Let a stretch in which nothing was read have no use, if its register was read in the same period elsewhere.

    That nothing was read is asked of a whole period: a version that comes into force within it divides it by days on
    which no reading need fall.
    """
    found = list(counted)
    read = {
        (key, asked[number][0].contract, asked[number][1].whole_first)
        for (key, number), at in places.items()
        if isinstance(counted[at], Use)
    }
    for (key, number), at in places.items():
        contract, period, _ = asked[number]
        if isinstance(counted[at], NothingRead) and (key, contract.contract, period.whole_first) in read:
            found[at] = _stub(period.instants(zone(contract.zone)), ())
    return found


def _leaf(
    session: Session,
    name: str,
    leaf: RegisterRequest,
    mine: Sequence[tuple[Window, Use | UsufructError]],
    watermark: int,
) -> BilledUsage:
    """Count one use of registers: plain sums from what is counted already, all else by a question of its own."""
    evidence, found = [], []
    for window, use in mine:
        register = window.register.register
        unit = register.use_unit or register.unit
        if isinstance(use, NothingRead) and register.kind is RegisterKind.EVENT:
            # Nothing happened: of events, unlike of readings, that is an answer.
            use = _stub(window.period, ())  # noqa: PLW2901
        if isinstance(use, ComesToNothing) and not leaf.is_plain:
            usage, use = _asked(session, window, leaf, watermark)  # noqa: PLW2901
        elif isinstance(use, UsufructError):
            raise use
        elif leaf.is_plain:
            usage = Usage(use.quantity, unit)
        else:
            usage, _ = _asked(session, window, leaf, watermark)
        evidence.append(Evidence(register.key, unit, window.register.series, use))
        found.append(usage)
    several = f"{len(mine)} registers" if len(mine) > 1 else ""
    return BilledUsage(joined(leaf, found), tuple(evidence), name, several)


def _asked(session: Session, window: Window, leaf: RegisterRequest, watermark: int) -> tuple[Usage, Use]:
    """Ask a register what the rule wants to know; a level that comes to nothing has only that for evidence."""
    measure, register = leaf.measure, window.register
    if measure.events:
        happened = events(session, register, window.period, watermark)
        parts = tuple(Part(each.value, dict(each.dimensions)) for each in happened)
        return _usage(parts, register.register.unit), _stub(window.period, parts)
    if measure.states:
        (lasted,) = durations(session, register, UsageQuery(window.period), watermark)
        parts = tuple(
            Part(time, {"state": state.name} | ({"cause": state.cause} if state.cause else {}))
            for state, time in lasted[1].items()
        )
        return _usage(parts, register.register.unit), _stub(window.period, parts)
    return _answered(session, window, leaf, register, watermark)


def _answered(
    session: Session, window: Window, leaf: RegisterRequest, register: StoredRegister, watermark: int
) -> tuple[Usage, Use]:
    measure = leaf.measure
    question = UsageQuery(
        window.period,
        Granularity.HOUR if measure.hourly else Granularity.WHOLE,
        measure.aggregation,
        measure.calendar,
        measure.block_minutes,
        measure.sliding,
        (*measure.by, *leaf.use.where),
        window.edges,
    )
    (answers,) = answer(session, [register], question, watermark)
    parts, count = [], 0
    for each in answers:
        if each.value is None:
            if register.register.kind is not RegisterKind.INTERVAL and register.register.kind is not RegisterKind.EVENT:
                raise NothingRead(each.error or f"no reading of {register.register.key}")
            continue
        labels = dict(each.dimensions) | ({"band": each.part.band} if each.part.band else {})
        parts.append(Part(each.value, labels))
        count += each.count
    unit = answers[0].unit
    stub = _stub(window.period, tuple(parts), count)
    if len(parts) == 1 and not parts[0].labels and not measure.hourly:
        return Usage(parts[0].quantity, unit), stub
    usage = _usage(tuple(parts), unit)
    if measure.aggregation is Aggregation.DEMAND:
        usage = replace(usage, quantity=max((part.quantity for part in parts), default=Decimal(0)))
    return usage, stub


def _usage(parts: tuple[Part, ...], unit: str) -> Usage:
    return Usage(sum((part.quantity for part in parts), Decimal(0)), unit, parts=parts)


def _stub(period: Period, parts: tuple[Part, ...], count: int = 0) -> Use:
    total = sum((part.quantity for part in parts), Decimal(0))
    return Use(total, count or len(parts), total, 0, period.start, period.end, 0)


def measure_saving(
    session: Session, plan: Plan, contract: Contract, period: BillingPeriod, watermark: int
) -> tuple[SiteRows, SavingsResult]:
    """Measure what some days of a contract saved, row by row.

    Raises:
        CoverageTooLow: too little of them was measured.
    """
    where = zone(contract.zone)
    return measure(session, plan, period.instants(where), contract.zone, contract.settings.edges, watermark)


def _saving(session: Session, plan: Plan, contract: Contract, period: BillingPeriod, watermark: int) -> BilledUsage:
    """Measure what some days of a contract saved, as a use."""
    rows, measured = measure_saving(session, plan, contract, period, watermark)
    return BilledUsage(usage_of(measured), evidence_of(rows), plan.name, measured.told)
