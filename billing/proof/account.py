"""The account of a line over a window, computed from what its invoice keeps: its use, what was carried, the clause.

Nothing is read and nothing is guessed: the rule rates the numbers of the line's own proof once more. Where that does
not come to the line, no account of it is given, and the reason is.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal

from billing.invoices.invoice import Line
from billing.records.inputs import CarriedStates, IndexValueRecord, SegmentRecord
from contracts.carried_words import rule_in_words
from contracts.carrying import States, carried_by, carried_on, into_version
from contracts.charge import Charge
from contracts.clause import OverAmounts, Rule
from contracts.composed import Composed
from contracts.composition import compose, computed_before
from contracts.contract import Contract
from contracts.indexation.indexation import moved
from contracts.indexation.lookup import IndexValue
from contracts.net_amounts import SoFar, agreed_lines
from contracts.pricing.demand import Demand
from contracts.rated_line import amount_written
from contracts.rated_usage import Usage
from contracts.savings_pricing.over_savings import OverSavings
from contracts.window_account import WindowAccount, account_of, is_over_a_window
from metering.usage.measure import Part
from quantities.arithmetic import added
from quantities.errors import UsufructError
from quantities.number import plain, trimmed

#: How a demand charge writes its peak down.
_PEAK = re.compile(r"([0-9.]+) \S+ measured")


class _NotKept(Exception):
    """What the line rests on is not all kept with it."""


@dataclass(frozen=True, slots=True)
class RatedFrom:
    """What an invoice, or a later correction of it, was rated from.

    Attributes:
        segments: in order of time.
        opening: what charges had carried before the first of them.
        index_values: that prices rest on.
        lines: that were rated together; of a correction only those that differ.
        contracts: the terms of every version, by its key.
    """

    segments: tuple[SegmentRecord, ...]
    opening: CarriedStates
    index_values: tuple[IndexValueRecord, ...]
    lines: Sequence[Line]
    contracts: Mapping[int, Contract]


@dataclass(frozen=True, slots=True)
class LineAccount:
    """How a line over a window comes about.

    Attributes:
        opened: what its charge had carried before, in words.
        account: the whole calculation; None where it cannot be given.
        left_out: why it is not given; empty where it is.
    """

    opened: tuple[str, ...]
    account: WindowAccount | None
    left_out: str = ""


def line_account(line: Line, contract: Contract, rated: RatedFrom) -> LineAccount | None:
    """Compute a line once more, and write down how it comes about.

    Args:
        line: of a charge of ``contract``; an adjustment is accounted for as what is owed.
        contract: the version that rated it.
        rated: what it was rated from.

    Returns:
        None for a line that does not depend on earlier stretches, and for one of which nothing is owed any more.
    """
    charge = next(charge for charge in contract.charges if charge.name == line.charge)
    written = line.proof.sum
    if written is None:
        return None
    own_opening = line.proof.opening or {}
    opened = rule_in_words(charge.rule, own_opening, contract.starts, contract.currency)
    try:
        segment, states, so_far = _opening(line, rated)
        carried = carried_by(charge, states)
        if not is_over_a_window(charge, {**carried, "rule": own_opening}):
            return None
        usage = _usage(charge.rule, segment, [line, *rated.lines])
        composed = _rated(contract, segment, charge, usage, states, rated)
        _see_that_it_is(line, contract, composed, so_far)
    except _NotKept as reason:
        return LineAccount(opened, None, str(reason)) if is_over_a_window(charge, {"rule": own_opening}) else None
    except UsufructError as fault:
        return LineAccount(opened, None, f"it cannot be computed from what the line keeps: {fault}")
    account = account_of(contract, composed, usage, carried)
    return LineAccount(account.opened, account)


def _usage(rule: Rule, segment: SegmentRecord, lines: Sequence[Line]) -> Usage:
    """Read a charge's use from the proof of its lines: what was counted, in its unit; of a demand, its peak.

    Args:
        rule: of the charge.
        segment: whose use.
        lines: the first of the charge, and all that were rated with it.
    """
    of_charge = _lines_of(lines[0].charge, segment, lines)
    usage = lines[0].proof.usage
    if isinstance(rule, Demand):
        # The proof has what the register counted; its peak is written in the sum, and is checked with it.
        written = next((peak for line in of_charge if (peak := _PEAK.match(line.proof.sum or ""))), None)
        if written is None:
            raise _NotKept("its peak is not kept with this line")
        parts = () if rule.band is None else (Part(Decimal(written[1]), {"band": rule.band}),)
        return Usage(Decimal(written[1]), rule.unit, parts=parts)
    if usage is None and rule.counts and rule.priced_unit:
        return Usage(Decimal(0), rule.priced_unit)  # a register without a reading has counted nothing
    if usage is None or usage.quantity is None:
        return Usage()
    return Usage(Decimal(usage.quantity), usage.unit)


def _opening(line: Line, rated: RatedFrom) -> tuple[SegmentRecord, States, SoFar]:
    """Find a line's segment, and what charges carried into it; its charge alone goes through the segments before.

    Returns:
        The segment, the states, and what the charge's lines came to in the period before it.
    """
    states: States = rated.opening
    so_far = SoFar()
    for number, segment in enumerate(rated.segments):
        contract = rated.contracts[segment.version_id]
        if number:
            states = into_version(contract, states)
        version_id = line.proof.version_id
        charge = next((charge for charge in contract.charges if charge.name == line.charge), None)
        if charge is None or (segment.charges is not None and charge.name not in segment.charges):
            continue
        if segment.days.first == line.service_first and version_id in (None, segment.version_id):
            return segment, states, so_far
        earlier = _lines_of(charge.name, segment, rated.lines)
        if not earlier:
            raise _NotKept("what the days before the change of terms used is not kept with this line")
        usage = _usage(charge.rule, segment, earlier)
        composed = _rated(contract, segment, charge, usage, states, rated)
        states = carried_on(states, [composed])
        agreed_lines(composed, contract, so_far)
    raise _NotKept("the days that it bills are not kept with this line")


def _lines_of(charge: str, segment: SegmentRecord, lines: Sequence[Line]) -> list[Line]:
    return [line for line in lines if line.charge == charge and line.service_first == segment.days.first]


def _rated(
    contract: Contract, segment: SegmentRecord, charge: Charge, usage: Usage, states: States, rated: RatedFrom
) -> Composed:
    if isinstance(charge.rule, OverSavings):
        raise _NotKept("the whole calculation needs the saving by band and month, which the line keeps as a sum alone")
    if charge.beside:
        raise _NotKept("the whole calculation needs the uses beside its own, which the line keeps as a sum alone")
    measure = charge.rule.measure
    is_divided = measure.by or measure.calendar or measure.hourly or measure.events or measure.states
    if is_divided and not isinstance(charge.rule, Demand):
        raise _NotKept("the whole calculation needs the parts of its use, which the line keeps as a sum alone")
    values = {(value.index, value.month): value for value in rated.index_values}

    def lookup(index: str, month: str) -> IndexValue | None:
        value = values.get((index, month))
        return None if value is None else IndexValue(index, month, value.value, value.provisional, value.id)

    only = frozenset({charge.name})
    (composed,) = compose(contract, segment.period, {charge.name: usage}, states, lookup, only)
    rule: Rule = charge.rule
    return _over_amounts(contract, segment, composed, rule, rated) if isinstance(rule, OverAmounts) else composed


def _over_amounts(
    contract: Contract, segment: SegmentRecord, composed: Composed, rule: OverAmounts, rated: RatedFrom
) -> Composed:
    """Rate a charge over the amounts that the invoice's other lines come to, and over fees billed in advance."""
    if any(line.corrects for line in rated.lines):
        raise _NotKept("a correction keeps the amounts that differ, and it needs those of all charges that it is over")
    charge, usage = composed.charge, composed.usage
    named = [name for name in computed_before(contract, charge) if not rule.of or name in rule.of]
    of_invoice = {
        name: added(amount_written(line.proof.sum) for line in lines if line.proof.sum)
        for name in named
        if (lines := _lines_of(name, segment, rated.lines))
    }
    together = {**usage.amounts, **of_invoice}
    usage = replace(usage, amounts={name: together[name] for name in named if name in together})
    if charge.index is not None and composed.factor is not None:
        rule = moved(rule, composed.factor.value, charge.index)
    closing = rule.close(usage)
    return replace(composed, usage=usage, lines=rule.rate(usage), closing={"rule": closing} if closing else {})


def _see_that_it_is(line: Line, contract: Contract, composed: Composed, so_far: SoFar) -> None:
    """Refuse an account that is not the line's: its sum, its included quantity and its net are the same texts."""
    adjusts = line.proof.adjusts
    billed = agreed_lines(composed, contract, so_far)
    written, net = next(((rated.written_out, net) for rated, net in billed if rated.part == line.part), ("", None))
    owed = line.net if adjusts is None else Decimal(adjusts.owed_net)
    free, included = composed.free, composed.charge.included
    pool = None if free is None or included is None else f"{plain(trimmed(free))} {included.unit}"
    if (written, net, pool) != (line.proof.sum, owed, line.proof.included):
        raise _NotKept("what the line keeps does not come to its amount when it is rated once more")
