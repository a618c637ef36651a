"""The account of a line over a window, computed from what its invoice keeps: its use, what was carried, the clause.

Nothing is read and nothing is guessed: the rule rates the numbers of the line's own proof once more. Where that does
not come to the line, no account of it is given, and the reason is.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal

from billing.invoices.invoice import Line
from billing.records.index_value import IndexValueRecord
from billing.records.inputs import CarriedStates, SegmentRecord
from contracts.carried_words import rule_in_words
from contracts.charge import Charge
from contracts.clause import Rule, is_over_amounts
from contracts.composed import Composed
from contracts.composition import ChargeDays, compose_one
from contracts.contract import Contract
from contracts.indexation.lookup import IndexValue, Lookup
from contracts.natures import seen_by
from contracts.net_amounts import SoFar, agreed_lines
from contracts.pricing.demand import Demand
from contracts.rated_line import amount_written
from contracts.rated_usage import Usage
from contracts.savings_pricing.over_savings import OverSavings
from contracts.schedule import BillingPeriod
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
        composed, usage, so_far = _composed(line, rated)
        carried = composed.carried
        if not is_over_a_window(charge, {**carried, "rule": own_opening}):
            return None
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


def _composed(line: Line, rated: RatedFrom) -> tuple[Composed, Usage, SoFar]:
    """Rate the days of a line once more, and those of its charge before them.

    Returns:
        The rated charge, its use, and what the charge's lines came to in the period before it.
    """
    days, own = list[ChargeDays](), None
    for segment in rated.segments:
        contract = rated.contracts[segment.version_id]
        charge = next((charge for charge in contract.charges if charge.name == line.charge), None)
        if charge is None or (segment.charges is not None and charge.name not in segment.charges):
            continue
        usage = _usage_of(line, charge, contract, segment, rated) if own is None else Usage()
        piece = segment.period, usage
        whole = BillingPeriod(*(segment.piece_of or segment.days), *segment.whole)
        if days and days[-1].period == whole and days[-1].contract is contract:
            days[-1] = replace(days[-1], pieces=(*days[-1].pieces, piece))
        else:
            days.append(ChargeDays(contract, charge, whole, (piece,)))
        own = piece if _is_of(line, segment) else own
    if own is None:
        raise _NotKept("the days that it bills are not kept with this line")
    return _picked(days, own, compose_one(days, _place(days, own), rated.opening, _lookup(rated)))


def _place(days: Sequence[ChargeDays], own: tuple[BillingPeriod, Usage]) -> int:
    return next(at for at, of_charge in enumerate(days) if any(piece is own for piece in of_charge.pieces))


def _picked(
    days: Sequence[ChargeDays], own: tuple[BillingPeriod, Usage], done: Mapping[int, Sequence[Composed]]
) -> tuple[Composed, Usage, SoFar]:
    """Pick what a line's own days came to, and add up what the days of their period before came to."""
    so_far, period = SoFar(), own[0]
    for at in sorted(done):
        if days[at].period.whole_first != period.whole_first:
            continue
        for composed, piece in zip(done[at], days[at].pieces, strict=True):
            if piece is own:
                return composed, own[1], so_far
            agreed_lines(composed, days[at].contract, so_far)
    raise _NotKept("the days that it bills are not kept with this line")


def _is_of(line: Line, segment: SegmentRecord) -> bool:
    return segment.days.first == line.service_first and line.proof.version_id in (None, segment.version_id)


def _usage_of(line: Line, charge: Charge, contract: Contract, segment: SegmentRecord, rated: RatedFrom) -> Usage:
    """Read what a charge used over days, or the amounts that it is computed from, from what the invoice keeps."""
    lines = [line, *rated.lines] if _is_of(line, segment) else _lines_of(charge.name, segment, rated.lines)
    if not lines:
        raise _NotKept("what the days before the change of terms used is not kept with this line")
    if isinstance(charge.rule, OverSavings):
        raise _NotKept("the whole calculation needs the saving by band and month, which the line keeps as a sum alone")
    if charge.beside:
        raise _NotKept("the whole calculation needs the uses beside its own, which the line keeps as a sum alone")
    measure = charge.rule.measure
    is_divided = measure.by or measure.calendar or measure.hourly or measure.events or measure.states
    if measure.daily or (is_divided and not isinstance(charge.rule, Demand)):
        raise _NotKept("the whole calculation needs the parts of its use, which the line keeps as a sum alone")
    usage = _usage(charge.rule, segment, lines)
    if not is_over_amounts(charge.rule):
        return usage
    if any(other.corrects for other in rated.lines):
        raise _NotKept("a correction keeps the amounts that differ, and it needs those of all charges that it is over")
    amounts = {
        name: added(amount_written(other.proof.sum) for other in of_name if other.proof.sum)
        for name in seen_by(contract, charge)
        if (of_name := _lines_of(name, segment, rated.lines))
    }
    return replace(usage, amounts=amounts)


def _lines_of(charge: str, segment: SegmentRecord, lines: Sequence[Line]) -> list[Line]:
    """The lines of a charge over a segment's days; of one that was divided, each whole line once."""
    by_part: dict[int, Line] = {}
    for line in lines:
        if line.charge == charge and line.service_first == segment.days.first:
            by_part.setdefault(_part(line), line)
    return list(by_part.values())


def _part(line: Line) -> int:
    """The number of a line within its charge; of a share, that of the line that it is a share of."""
    return line.part if line.proof.split is None else line.proof.split.part


def _lookup(rated: RatedFrom) -> Lookup:
    values = {(value.index, value.month): value for value in rated.index_values}

    def lookup(index: str, month: str) -> IndexValue | None:
        value = values.get((index, month))
        return None if value is None else IndexValue(index, month, value.value, value.provisional, value.id)

    return lookup


def _see_that_it_is(line: Line, contract: Contract, composed: Composed, so_far: SoFar) -> None:
    """Refuse an account that is not the line's: its sum, its included quantity and its net are the same texts."""
    adjusts = line.proof.adjusts
    billed = agreed_lines(composed, contract, so_far)
    written, net = next(((rated.written_out, net) for rated, net in billed if rated.part == _part(line)), ("", None))
    owed = line.net if adjusts is None else Decimal(adjusts.owed_net)
    if line.proof.split is not None:
        owed = Decimal(line.proof.split.of)
    free, included = composed.free, composed.charge.included
    pool = None if free is None or included is None else f"{plain(trimmed(free))} {included.unit}"
    if (written, net, pool) != (line.proof.sum, owed, line.proof.included):
        raise _NotKept("what the line keeps does not come to its amount when it is rated once more")
