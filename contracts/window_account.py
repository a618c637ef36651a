"""The account of a charge that goes on from period to period: how its lines come about, for a reader with a pencil.

    opened with (what earlier stretches carried into this one) → this stretch adds → the cost of the window so far,
    less its cost before → the lines

It is computed by the rule itself from the numbers that the rule rated. What does not come to the rated lines is no
account of them, and none is given.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any

from contracts.carried_words import charge_in_words
from contracts.charge import Charge
from contracts.clause import Priced, Rule, is_over_amounts
from contracts.composed import Composed
from contracts.contract import Contract
from contracts.pricing.bound import Bound
from contracts.pricing.commitment import Commitment
from contracts.pricing.demand import Demand, Peak
from contracts.pricing.maximum_spend import MaximumSpend
from contracts.pricing.prepaid import Prepaid
from contracts.pricing.take_or_pay import TakeOrPay
from contracts.rated_line import RatedLine, difference
from contracts.rated_usage import Usage, exactly, in_unit
from contracts.schedule import BillingPeriod, Per
from quantities.arithmetic import added
from quantities.exact import exact_number, rounded, total
from quantities.number import plain, trimmed

_ZERO = Decimal(0)


@dataclass(frozen=True, slots=True)
class WindowAccount:
    """How the lines of one stretch follow from what was carried into it.

    Attributes:
        window: the days over which the rule adds up; None where it names no window.
        opened: what was carried into the stretch, in words; empty where nothing was.
        adds: what this stretch adds, in words.
        so_far: of a rule with a price over a window, its cost including this stretch, line by line.
        before: its cost before this stretch.
        steps: each calculation written out.
    """

    window: BillingPeriod | None
    opened: tuple[str, ...]
    adds: tuple[str, ...]
    so_far: tuple[RatedLine, ...] = ()
    before: tuple[RatedLine, ...] = ()
    steps: tuple[str, ...] = ()


def is_over_a_window(charge: Charge, carried: Mapping[str, Any]) -> bool:
    """Tell whether a stretch depends on those before it: by its terms, or because something was carried into it."""
    return charge.is_stateful or any(carried.values())


def account_of(contract: Contract, composed: Composed, counted: Usage, carried: Mapping[str, Any]) -> WindowAccount:
    """Write down how a rated charge over a window comes to its lines.

    Args:
        contract: the version that was rated.
        composed: the charge as it was rated.
        counted: its use, before anything of it was included.
        carried: what it was opened with, by ``rule`` and ``included``.
    """
    charge, usage = composed.charge, composed.usage
    rule = composed.rule
    so_far, before = _costs(rule, usage)
    if so_far and difference(so_far, before) != composed.lines:
        so_far = before = ()
    steps = [*_pool(contract, composed, counted, carried)]
    if so_far:
        steps += _subtracted(so_far, before)
    else:
        steps += _of_rule(rule, usage, composed.lines)
    return WindowAccount(
        window=_window(charge, usage),
        opened=charge_in_words(charge, carried, contract.starts, contract.currency),
        adds=tuple(_added(rule, usage, contract.currency, composed.free is not None)),
        so_far=so_far,
        before=before,
        steps=tuple(steps),
    )


def _window(charge: Charge, usage: Usage) -> BillingPeriod | None:
    """The window that the rule adds up over; where only an included quantity has a window, that one."""
    pers = [getattr(charge.rule, "per", None) or getattr(charge.rule, "reset", None)]
    pers += [charge.included.per] if charge.included is not None else []
    pers += [committed.per for committed in getattr(charge.rule, "committed", ())]
    longer = [per for per in pers if per not in (None, Per.PERIOD)]
    named = longer or [per for per in pers if per is not None]
    return usage.window(named[0]) if named and named[0] is not Per.CONTRACT else None


def _costs(rule: Rule, usage: Usage) -> tuple[tuple[RatedLine, ...], tuple[RatedLine, ...]]:
    """What the window costs with this stretch and without it; nothing where it begins with this stretch."""
    if not isinstance(rule, Priced) or rule.by or rule.needs_beside:
        return (), ()
    carried = usage.carried(rule.per)
    if not carried:
        return (), ()
    before = exact_number(carried["used"])
    return rule.price(rounded(total((before, exactly(usage, rule.unit))))), rule.price(rounded(before))


def _subtracted(so_far: Sequence[RatedLine], before: Sequence[RatedLine]) -> Iterator[str]:
    """Each part of the window: its amount so far, less its amount before."""
    now, was = ({line.part: line for line in lines} for lines in (so_far, before))
    for part in sorted(now | was):
        line = now.get(part) or was[part]
        yield f"{_labelled(line)}{_less(_amount(now.get(part)), _amount(was.get(part)))}"
    if len(now | was) > 1:
        yield f"together: {_less(added(map(_amount, so_far)), added(map(_amount, before)))}"


def _amount(line: RatedLine | None) -> Decimal:
    return _ZERO if line is None else line.amount


def _less(now: Decimal, was: Decimal) -> str:
    return f"{_text(now)} − {_text(was)} = {_text(added((now, was.copy_negate())))}"


def _labelled(line: RatedLine) -> str:
    return f"{line.label}: " if line.label else ""


def _added(rule: Rule, usage: Usage, currency: str, is_rest: bool) -> Iterator[str]:  # noqa: FBT001 a fact, no switch
    if is_over_amounts(rule):
        if usage.amounts:
            written = " + ".join(_text(amount) for amount in usage.amounts.values())
            total = f" = {_text(usage.amount)}" if len(usage.amounts) > 1 else ""
            yield f"charges of {written}{total} {currency}"
    elif usage.quantity is not None:
        unit = getattr(rule, "unit", usage.unit)
        quantity = in_unit(usage, unit) if unit != usage.unit else usage.quantity
        yield f"{_text(quantity)} {unit}" + (" beyond what is included" if is_rest else "")


def _pool(contract: Contract, composed: Composed, counted: Usage, carried: Mapping[str, Any]) -> Iterator[str]:
    """How much of the use is included: what the window has, less what was used of it, at most the use."""
    included, free = composed.charge.included, composed.free
    if included is None or free is None:
        return
    whole = replace(composed.usage, quantity=counted.quantity, unit=counted.unit, exact=counted.exact)
    whole = replace(whole, opening=included.open(carried.get("included", {}), whole))
    registers = contract.register_count(composed.charge.counted)
    machines = contract.machine_count(composed.charge)
    allowance, used = rounded(included.allowance(whole, registers, machines)), in_unit(whole, included.unit)
    before = rounded(included.drawn(whole))
    rest = added((allowance, before.copy_negate()))
    rest = rest if included.by_machine is not None else max(_ZERO, rest)
    if min(used, rest) != free:
        return
    unit = included.unit
    yield (
        f"included: {_text(allowance)} − {_text(before)} used before = {_text(rest)} {unit} left"
        if before
        else (f"included: {_text(allowance)} {unit}")
    )
    yield f"of {_text(used)} {unit} used, {_text(free)} {unit} are included: {_less(used, free)} {unit}"


def _of_rule(rule: Rule, usage: Usage, lines: Sequence[RatedLine]) -> Iterator[str]:
    """What the lines of some rules leave unsaid of how their quantities come about."""
    match rule:
        case Commitment() if not rule.each_hour and rule.band is None:
            yield from _within_commitment(rule, usage, lines)
        case Demand(peak=Peak.YEAR) if usage.carried(Per.YEAR):
            known, billed = _number(usage.carried(Per.YEAR)["peak"]), lines[0].quantity
            yield f"billed: the highest of {_text(known)} before and what is measured, {_text(billed)} {rule.unit}"
        case Prepaid():
            drawn = [line for line in lines if line.label.startswith("of ")]
            if drawn:
                used = in_unit(usage, rule.unit)
                written = "".join(f" − {_text(line.quantity)} {line.label}" for line in drawn)
                yield f"charged: {_text(used)}{written} = {_text(lines[0].quantity)} {rule.unit}"
        case TakeOrPay() if usage.closes(rule.per):
            before = _number(usage.carried(rule.per).get("used", "0"))
            used = in_unit(usage, rule.unit)
            yield f"taken: {_text(before)} before + {_text(used)} = {_text(added((before, used)))} {rule.unit}"
        case MaximumSpend() if lines:
            so_far, bound = rule.so_far(usage), rule.bound(usage)
            before = added((so_far, usage.amount.copy_negate()))
            above, known = max(_ZERO, so_far - bound), max(_ZERO, before - bound)
            yield f"above {_text(bound)}: {_text(above)} so far, {_text(known)} before; {_less(above, known)}"
        case Bound() if lines:
            so_far = rule.so_far(usage)
            before = added((so_far, usage.amount.copy_negate()))
            yield f"charges: {_text(before)} before + {_text(usage.amount)} = {_text(so_far)}"
        case _:
            pass


def _within_commitment(rule: Commitment, usage: Usage, lines: Sequence[RatedLine]) -> Iterator[str]:
    """The use within the first commitment: what of the window's use is within it, less what was before."""
    first = rule.committed[0]
    if first.amount is not None:
        return
    bound = rule.bound(first, usage)
    before = _number(usage.carried(first.per, usage.opening.get(first.per.value, {})).get("used", "0"))
    used = in_unit(usage, rule.unit)
    so_far = added((before, used))
    within = added((min(so_far, bound), min(before, bound).copy_negate()))
    if within == lines[0].quantity:
        committed, unit = f"{_text(bound)} {rule.unit} are committed", rule.unit
        yield f"used: {_text(before)} before + {_text(used)} = {_text(so_far)} {unit}; {committed}"
        yield f"within the commitment: {_less(min(so_far, bound), min(before, bound))} {unit}"
        if used > within:
            yield f"above the commitment: {_less(used, within)} {unit}"


def _number(written: str) -> Decimal:
    """Read a number of a state, as a line shows it."""
    return rounded(exact_number(written))


def _text(number: Decimal) -> str:
    return plain(trimmed(number))
