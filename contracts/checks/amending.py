"""An amendment checked against the versions before it: what it must keep, and what needs a stated reason."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import date, timedelta
from itertools import takewhile

from contracts.arithmetic import with_numbers_of
from contracts.checks.circles import circles
from contracts.checks.spelling import unknown_name
from contracts.checks.undivided import undivided
from contracts.checks.valued import valuation_faults
from contracts.continuing import version_before, versions_before
from contracts.contract import Contract
from contracts.rehearsal import unopened
from quantities.document import Fault

#: Faults of a charge by itself, which earlier releases did not see: a charge that goes on with one is not refused.
_OF_ONE_VERSION = frozenset({"undivided-period", "no-saving", "no-price", "no-peaks", "missing-use"})


def faults_of_amending(earlier: Sequence[Contract], amended: Contract) -> Iterator[Fault]:
    """Check an amendment.

    Args:
        earlier: all versions before it, oldest first; none for a new contract.
        amended: the version that is to follow them.
    """
    if not earlier:
        yield from faults_among((), amended)
        return
    first, last = earlier[0], earlier[-1]
    for name in ("supplier", "customer"):
        was, now = getattr(first, name).name, getattr(amended, name).name
        if was != now:
            yield Fault(f"/{name}/name", "party-changed", "another party is another contract", now, was)
    for name in ("starts", "billing", "zone", "currency"):
        was, now = getattr(first, name), getattr(amended, name)
        if was != now:
            detail = "an amendment keeps it; billed periods hang on it"
            yield Fault(f"/{name}", "fixed-term", detail, str(now), str(was))
    if last.settings.edges is not amended.settings.edges:
        detail = "an amendment keeps it; where two of them meet, use between two reads is billed twice or not at all"
        yield Fault("/settings/edges", "fixed-term", detail, amended.settings.edges, last.settings.edges)
    yield from _continues(earlier, amended)
    yield from _unexplained_savings(last, amended)
    yield from _unsettled(earlier, amended)
    yield from faults_among(earlier, with_numbers_of(last, amended))
    if amended.in_force_from is None and amended != last and with_numbers_of(last, amended) != last:
        detail = "an amendment says from which day on it counts; the contract's start reprices all that is billed"
        yield Fault("/in_force_from", "no-first-day", detail, "", str(last.effective))
    elif amended.effective < last.effective:
        detail = "a version comes into force no earlier than the one before it"
        yield Fault("/in_force_from", "out-of-order", detail, str(amended.effective), str(last.effective))


def _unsettled(earlier: Sequence[Contract], amended: Contract) -> Iterator[Fault]:
    """Refuse to leave out a charge whose instalments were billed, and that no settlement follows."""
    before, day = version_before(earlier, amended), amended.effective
    last = day - timedelta(days=1)
    begun = takewhile(lambda days: days.first <= last, amended.periods(since=last))
    period = next((days for days in begun if last < days.after_last), None)
    kept = {name for charge in amended.charges for name in (charge.name, charge.continues)}
    for charge in before.charges if before is not None else ():
        if charge.instalments is None or charge.name in kept or period is None:
            continue
        ends = amended.life.window(charge.instalments.per, period).after_last
        if ends != date.max:  # a window that ends within a billing period ends with it
            later = (days.after_last for days in amended.periods(since=last))
            ends = next((after_last for after_last in later if after_last >= ends), ends)
        if ends > day:
            detail = f"{charge.name} is billed on account and gone before its window ends: nothing settles it"
            yield Fault("/charges", "not-settled", detail, str(day), str(ends))


def _unexplained_savings(last: Contract, amended: Contract) -> Iterator[Fault]:
    """Ask for a reason where a saving is measured in another way than before, above all by another baseline."""
    for plan in amended.savings:
        before = last.saving(plan.name)
        if before is not None and before.option != plan.option and not amended.reason:
            detail = f"{plan.name} is measured otherwise than before: say why"
            yield Fault("/reason", "no-reason", detail, plan.option.summary, before.option.summary)


def faults_among(versions: Sequence[Contract], amended: Contract, later: Sequence[Contract] = ()) -> Iterator[Fault]:
    """Refuse a version with which a contract could not be rated, whatever is used.

    What could not be rated without it neither, is no fault of it.

    Args:
        versions: those that count and were recorded before it, in the order of their recording.
        amended: the version that is to count with them; it may come into force before some of them.
        later: those that count and were recorded after it.
    """
    place, all_versions, others = len(versions), [*versions, amended, *later], [*versions, *later]
    faults = [*_unrated(all_versions)]
    known = [*_unrated(others)] if faults and others else []
    of_others = {(at + (at >= place), fault.path, fault.code) for at, fault in known}
    of_charges = {(_charge_of(others[at], fault), fault.code) for at, fault in known if fault.code in _OF_ONE_VERSION}
    for at, fault in faults:
        version = all_versions[at]
        if (at, fault.path, fault.code) in of_others or (_charge_of(version, fault), fault.code) in of_charges:
            continue
        whose = "" if version is amended else f"the version in force from {version.effective}: "
        yield replace(fault, detail=f"{whose}{fault.detail}")


def _charge_of(version: Contract, fault: Fault) -> str:
    """Name the charge that a fault is of."""
    return version.charges[int(fault.path.split("/")[2])].name


def _unrated(versions: Sequence[Contract]) -> Iterator[tuple[int, Fault]]:
    """Find what of a contract cannot be rated, by the place of the version that is at fault."""
    for charge in unopened(versions):
        now, was = (str(charge.refusal.members.get(name, "")) for name in ("found", "expected"))
        detail = f"{versions[charge.version].charges[charge.charge].name} cannot go on: {charge.refusal}"
        yield charge.version, Fault(charge.path, "state-not-opened", detail, now, was)
    for circle in circles(versions):
        detail = (
            f"within a billing period, {', '.join(circle.others)} would be computed from each other: let another rule "
            "begin with a period, or under a name of its own"
        )
        yield circle.version, Fault(circle.path, "cycle", detail, *circle.kinds)
    for days in undivided(versions):
        detail = f"hours do not tell on which side of a day they are, within {days.period}: let terms begin on it"
        expected = f"{days.period.first} or {days.period.after_last}"
        yield days.version, Fault(days.path, "undivided-period", detail, str(days.day), expected)
    for at, version in enumerate(versions):
        yield from ((at, fault) for fault in valuation_faults(version))


def _continues(earlier: Sequence[Contract], amended: Contract) -> Iterator[Fault]:
    """Check that a charge that continues another is new, and that the other is one of the version before it."""
    before = version_before(earlier, amended)
    if before is None:
        return
    names = {charge.name for charge in before.charges}
    ever = {charge.name for version, _ in versions_before(earlier, amended) for charge in version.charges}
    for at, charge in enumerate(amended.charges):
        if charge.continues is None:
            continue
        path = f"/charges/{at}/continues"
        if charge.name in names and charge.continues in names:
            detail = f"{charge.name} was there before, and goes on from itself"
            yield Fault(path, "continues-itself", detail, charge.continues)
        elif charge.name not in names and charge.continues not in ever:
            detail = "no version before it has such a charge"
            yield unknown_name(path, "unknown-charge", detail, charge.continues, ever)
