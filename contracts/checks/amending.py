"""An amendment checked against the versions before it: what it must keep, and what needs a stated reason."""

from collections.abc import Iterator, Sequence

from contracts.arithmetic import with_numbers_of
from contracts.checks.circles import circles
from contracts.checks.spelling import unknown_name
from contracts.continuing import version_before, versions_before
from contracts.contract import Contract
from contracts.rehearsal import unopened
from quantities.document import Fault


def faults_of_amending(earlier: Sequence[Contract], amended: Contract) -> Iterator[Fault]:
    """Check an amendment.

    Args:
        earlier: all versions before it, oldest first; none for a new contract.
        amended: the version that is to follow them.
    """
    if not earlier:
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
    yield from _continues(earlier, amended)
    yield from _unexplained_savings(last, amended)
    yield from faults_among(earlier, with_numbers_of(last, amended))
    if amended.in_force_from is None and amended != last and with_numbers_of(last, amended) != last:
        detail = "an amendment says from which day on it counts; the contract's start reprices all that is billed"
        yield Fault("/in_force_from", "no-first-day", detail, "", str(last.effective))
    elif amended.effective < last.effective:
        detail = "a version comes into force no earlier than the one before it"
        yield Fault("/in_force_from", "out-of-order", detail, str(amended.effective), str(last.effective))


def _unexplained_savings(last: Contract, amended: Contract) -> Iterator[Fault]:
    """Ask for a reason where a saving is measured in another way than before, above all by another baseline."""
    for plan in amended.savings:
        before = last.saving(plan.name)
        if before is not None and before.option != plan.option and not amended.reason:
            detail = f"{plan.name} is measured otherwise than before: say why"
            yield Fault("/reason", "no-reason", detail, plan.option.summary, before.option.summary)


def faults_among(versions: Sequence[Contract], amended: Contract, later: Sequence[Contract] = ()) -> Iterator[Fault]:
    """Refuse a version with which a contract could not be rated, whatever is used.

    Args:
        versions: those that count and were recorded before it, in the order of their recording.
        amended: the version that is to count with them; it may come into force before some of them.
        later: those that count and were recorded after it.
    """
    yield from faults_of_states(versions, amended, later)
    yield from faults_of_circles(versions, amended, later)


def faults_of_circles(
    versions: Sequence[Contract], amended: Contract, later: Sequence[Contract] = ()
) -> Iterator[Fault]:
    """Refuse a version that divides a billing period so that a charge would be computed from itself."""
    all_versions = [*versions, amended, *later]
    known = {circle.others for circle in circles([*versions, *later])} if versions or later else set()
    for circle in circles(all_versions):
        if circle.others in known:
            continue
        version, names = all_versions[circle.version], ", ".join(circle.others)
        whose = "" if version is amended else f"the version in force from {version.effective}: "
        detail = (
            f"{whose}within a billing period, {names} would be computed from each other: let another rule begin "
            "with a period, or under a name of its own"
        )
        yield Fault(circle.path, "cycle", detail, *circle.kinds)


def faults_of_states(
    versions: Sequence[Contract], amended: Contract, later: Sequence[Contract] = ()
) -> Iterator[Fault]:
    """Refuse a version whose rules cannot go on from what is carried, or with which those of another one cannot.

    What others cannot open without it neither, is no fault of it.

    Args:
        versions: those that count and were recorded before it, in the order of their recording.
        amended: the version that is to count with them; it may come into force before some of them.
        later: those that count and were recorded after it.
    """
    place, all_versions = len(versions), [*versions, amended, *later]
    refused = unopened(all_versions)
    known = set[tuple[int, str]]()
    if any(charge.version != place for charge in refused):
        without = unopened([*versions, *later])
        known = {(charge.version + (charge.version >= place), charge.path) for charge in without}
    for charge in refused:
        if (charge.version, charge.path) in known:
            continue
        version = all_versions[charge.version]
        now, was = (str(charge.refusal.members.get(name, "")) for name in ("found", "expected"))
        whose = "" if version is amended else f"the version in force from {version.effective}: "
        detail = f"{whose}{version.charges[charge.charge].name} cannot go on: {charge.refusal}"
        yield Fault(charge.path, "state-not-opened", detail, now, was)


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
