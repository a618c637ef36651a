"""Counting with a database: the registers of many contracts over their periods, as of a watermark."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import date, tzinfo
from typing import TypeAlias

from sqlmodel import Session

from billing.counting.assembly import (
    BilledUsage,
    Evidence,
    RegisterRequest,
    UsageRequest,
    assembled,
    joined,
    usage_request,
)
from billing.counting.questions import Answers, RegisterQuestion, answered, use_of_parts
from billing.counting.saving import evidence_of, usage_of
from contracts.contract import Contract
from contracts.rated_usage import Usage
from contracts.rules import ChargeRule
from contracts.schedule import BillingPeriod
from metering.consumption.level import ComesToNothing
from metering.consumption.store import CountedUse, Window, counted_uses
from metering.consumption.use import NothingRead, Use, expected_intervals
from metering.fleet.meter import RegisterKind
from metering.fleet.store import StoredRegister, registers
from metering.usage.measure import OF_REGISTERS, Part
from quantities.errors import UsufructError
from quantities.period import zone
from savings.plan import Plan, coverage_of
from savings.store import MeasuredRows, SavingRequest, measure_all

#: Contracts, each with days of a period, and which of its charges are counted.
CountingRequests: TypeAlias = Sequence[tuple[Contract, BillingPeriod, frozenset[str]]]


def count(session: Session, requests: CountingRequests, watermark: int) -> list[dict[str, BilledUsage] | UsufructError]:
    """Count every use of every contract over its period, of all registers by one query for each kind of question.

    Returns:
        For each contract its uses by charge, or why they cannot be counted.
    """
    needed = [_usage_requests(contract, names) for contract, _, names in requests]
    keys_of = [_register_keys(by_charge) for by_charge in needed]
    known = registers(session, {key for keys in keys_of for key in keys})
    # One window for each register and segment, whatever asks for it: it is the evidence of all that is counted there.
    places: dict[tuple[str, int], int] = {}
    windows: list[Window] = []
    for number, (contract, period, _) in enumerate(requests):
        instants = period.instants(zone(contract.zone))
        for key in keys_of[number]:
            places[key, number] = len(windows)
            windows.append(Window(known[key], instants, contract.settings.edges))
    sums = _with_quiet_segments(requests, places, windows, counted_uses(session, windows, watermark))
    savings = _savings(session, requests, needed, watermark)
    own_sums = [
        {key: (windows[at], _proven_by(contract, sums[at])) for key in keys for at in (places[key, number],)}
        for number, ((contract, _, _), keys) in enumerate(zip(requests, keys_of, strict=True))
    ]
    questions = [
        question
        for (contract, _, _), by_charge, of_registers in zip(requests, needed, own_sums, strict=True)
        for question in _questions(by_charge, of_registers, zone(contract.zone))
    ]
    answers = answered(session, questions, watermark)
    return [
        _count_charges(contract, by_charge, of_registers, of_savings, answers)
        for (contract, _, _), by_charge, of_registers, of_savings in zip(
            requests, needed, own_sums, savings, strict=True
        )
    ]


def _questions(
    by_charge: Mapping[str, UsageRequest], sums: Mapping[str, tuple[Window, CountedUse]], clock: tzinfo
) -> Iterator[RegisterQuestion]:
    """List what charges ask of their registers beyond the sum of their use; savings ask by themselves."""
    for usage_needed in by_charge.values():
        for request in usage_needed.register_requests.values():
            if request.plan is None and not request.is_plain:
                yield from (RegisterQuestion.of(sums[key][0], request, clock) for key in request.use.registers)


def _usage_requests(contract: Contract, names: frozenset[str]) -> dict[str, UsageRequest]:
    """Say what each charge needs counted; those that need nothing are left out."""
    by_charge = {charge.name: usage_request(contract, charge) for charge in contract.charges if charge.name in names}
    return {name: request for name, request in by_charge.items() if request.register_requests}


def _register_keys(by_charge: Mapping[str, UsageRequest]) -> tuple[str, ...]:
    """Name the registers that a contract's charges count, each once; a saving asks its own itself, row by row."""
    requests = (inner for request in by_charge.values() for inner in request.register_requests.values())
    return tuple(dict.fromkeys(key for request in requests if request.plan is None for key in request.use.registers))


def _count_charges(
    contract: Contract,
    by_charge: Mapping[str, UsageRequest],
    sums: Mapping[str, tuple[Window, CountedUse]],
    savings: Mapping[str, BilledUsage | UsufructError],
    answers: Answers,
) -> dict[str, BilledUsage] | UsufructError:
    """Count what a contract's charges need, by charge; or say which of them cannot be counted, and why.

    A saving of which too little was measured holds the charges that price each period by itself. A rule that knows what
    it settles holds that alone: what is on account is billed.
    """
    rules = {charge.name: charge.rule for charge in contract.charges}
    results: dict[str, BilledUsage] = {}
    charge = ""
    try:
        for charge, usage_needed in by_charge.items():
            counted: dict[tuple[str, str], BilledUsage] = {}
            for (purpose, name), request in usage_needed.register_requests.items():
                if request.plan is None:
                    of_registers = [sums[key] for key in request.use.registers]
                    clock = zone(contract.zone)
                    counted[purpose, name] = _count_registers(name, request, of_registers, answers, clock)
                    continue
                counted[purpose, name] = _covered(savings[name], rules[charge])
            results[charge] = assembled(contract, usage_needed, counted)
    except UsufructError as fault:
        return type(fault)(f"{charge}: {fault}", **fault.members)
    return results


def _with_quiet_segments(
    requests: CountingRequests,
    places: Mapping[tuple[str, int], int],
    windows: Sequence[Window],
    counted: Sequence[CountedUse],
) -> list[CountedUse]:
    """Let a segment in which nothing was read have no use, if its register was read in the same period elsewhere.

    That nothing was read is asked of a whole period: a version that comes into force within it divides it by days on
    which no reading need fall. A line between readings around the period is no reading of it; arithmetic 1 and 2 of the
    settings took it for one.
    """
    results = list(counted)
    has_use, was_read = set[tuple[str, str, date]](), set[tuple[str, str, date]]()
    for (key, number), at in places.items():
        use, of_period = counted[at].use, (key, requests[number][0].contract, requests[number][1].whole_first)
        if isinstance(use, Use):
            has_use.add(of_period)
            if use.is_read_within:
                was_read.add(of_period)
    for (key, number), at in places.items():
        contract, period, _ = requests[number]
        asked = has_use if contract.settings.takes_a_line_for_read else was_read
        if isinstance(counted[at].use, NothingRead) and (key, contract.contract, period.whole_first) in asked:
            results[at] = replace(
                counted[at], use=_no_use(windows[at], counts_coverage=contract.settings.counts_coverage)
            )
    return results


def _proven_by(contract: Contract, counted: CountedUse) -> CountedUse:
    """Leave out of a use what the proofs of a contract that does not ask for coverage never said."""
    if contract.settings.counts_coverage or not isinstance(counted.use, Use) or counted.use.intervals is None:
        return counted
    return replace(counted, use=replace(counted.use, intervals=None))


def _no_use(window: Window, *, counts_coverage: bool) -> Use:
    """Make the use of a segment in which nothing was read, with the intervals that were expected.

    Args:
        window: of the segment.
        counts_coverage: whether the contract asks for them; the proofs of one that does not never said them.
    """
    interval = window.register.register.interval if counts_coverage else None
    return replace(use_of_parts(window.period, ()), expected=expected_intervals(window.period, interval))


def _count_registers(
    name: str,
    request: RegisterRequest,
    sums: Sequence[tuple[Window, CountedUse]],
    answers: Answers,
    clock: tzinfo,
) -> BilledUsage:
    """Count one use of registers: plain sums from what is counted already, all else from what registers answered.

    Args:
        name: of the use.
        request: its registers, and how they are measured.
        sums: of each register, or why there is none.
        answers: of the registers to what is more than a sum.
        clock: of the contract, by which days are told apart.
    """
    evidence, usages = [], []
    for window, counted in sums:
        use, register = counted.use, window.register.register
        unit = register.use_unit or register.unit
        if isinstance(use, NothingRead) and register.kind is RegisterKind.EVENT:
            # Nothing happened: of events, unlike of readings, that is an answer.
            use = use_of_parts(window.period, ())
        if isinstance(use, ComesToNothing) and not request.is_plain:
            usage, use = answers.of(RegisterQuestion.of(window, request, clock))
        elif isinstance(use, UsufructError):
            raise use
        elif request.is_plain:
            usage = Usage(use.quantity, unit)
        else:
            usage, _ = answers.of(RegisterQuestion.of(window, request, clock))
        evidence.append(Evidence.of(window.register, unit, use, counted.reach))
        usages.append(_of_register(usage, window.register, request.measure.by))
    several = f"{len(sums)} registers" if len(sums) > 1 else ""
    return BilledUsage(joined(request, usages), tuple(evidence), name, several)


def _of_register(usage: Usage, register: StoredRegister, by: Sequence[str]) -> Usage:
    """Label what a register counted with its own name, its asset's or its site's, where it is told apart by these."""
    own = dict(zip(OF_REGISTERS, (register.register.key, register.asset, register.site), strict=True))
    labels = {name: own[name] for name in by if name in own and name not in register.register.dimensions}
    if not labels or usage.quantity is None:
        return usage
    parts = usage.parts or (Part(usage.quantity, exact=usage.exact),)
    return replace(usage, parts=tuple(replace(part, labels={**part.labels, **labels}) for part in parts))


def _savings(
    session: Session, requests: CountingRequests, needed: Sequence[Mapping[str, UsageRequest]], watermark: int
) -> list[dict[str, BilledUsage | UsufructError]]:
    """Measure what charges price of savings, all contracts at once, each saving once whatever many charges price it.

    Returns:
        For each request, by the saving's name: what its days saved, or why that cannot be measured.
    """
    plans = {
        (number, request.plan.name): request.plan
        for number, by_charge in enumerate(needed)
        for usage_needed in by_charge.values()
        for request in usage_needed.register_requests.values()
        if request.plan is not None
    }
    results: list[dict[str, BilledUsage | UsufructError]] = [{} for _ in requests]
    asked = [
        (plan, contract, period) for (number, _), plan in plans.items() for contract, period, _ in (requests[number],)
    ]
    for (number, name), measured in zip(plans, measure_savings(session, asked, watermark), strict=True):
        results[number][name] = _saving(plans[number, name], measured)
    return results


def _covered(saving: BilledUsage | UsufructError, rule: ChargeRule) -> BilledUsage:
    """Take a saving for a charge, unless too little of it was measured for a rule that prices periods by themselves."""
    if isinstance(saving, UsufructError):
        raise saving
    coverage = saving.usage.coverage
    if coverage is not None and rule.needs_covered_periods:
        coverage.require()
    return saving


#: A plan of a contract, and days of which a saving is measured by it.
SavingOfContract: TypeAlias = tuple[Plan, Contract, BillingPeriod]


def measure_savings(
    session: Session, asked: Sequence[SavingOfContract], watermark: int
) -> list[MeasuredRows | UsufructError]:
    """Measure what some days of contracts saved, row by row, however much of them was measured.

    Returns:
        For each of them its rows and its saving, or why it cannot be measured.
    """
    requests = [
        SavingRequest(
            plan,
            period.instants(zone(contract.zone)),
            contract.zone,
            contract.settings.edges,
            covered=False,
            factor_days=contract.factor_days(plan.name),
        )
        for plan, contract, period in asked
    ]
    return measure_all(session, requests, watermark)


def measure_saving(
    session: Session, plan: Plan, contract: Contract, period: BillingPeriod, watermark: int
) -> MeasuredRows:
    """Measure one as ``measure_savings`` does many.

    Raises:
        UsufructError: it cannot be measured; the reason is its own.
    """
    (measured,) = measure_savings(session, [(plan, contract, period)], watermark)
    if isinstance(measured, UsufructError):
        raise measured
    return measured


def _saving(plan: Plan, measured: MeasuredRows | UsufructError) -> BilledUsage | UsufructError:
    """Take what some days of a contract saved as a use that says how much of it was measured; a fault stays one."""
    if isinstance(measured, UsufructError):
        return measured
    rows, saved = measured
    try:
        usage = replace(usage_of(saved), coverage=coverage_of(plan, saved.rows))
        return BilledUsage(usage, evidence_of(rows), plan.name, saved.summary, plan.questions(saved.rows))
    except UsufructError as fault:
        return fault
