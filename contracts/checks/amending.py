"""An amendment checked against the versions before it: what it must keep, and what needs a stated reason."""

from collections.abc import Iterator, Sequence

from contracts.arithmetic import with_numbers_of
from contracts.checks.spelling import unknown_name
from contracts.continuing import unopened, version_after, version_before, versions_before
from contracts.document import ContractDocument
from quantities.document import Fault


def faults_of_amending(earlier: Sequence[ContractDocument], amended: ContractDocument) -> Iterator[Fault]:
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
    yield from faults_of_states(earlier, amended)
    if amended.in_force_from is None and amended != last and with_numbers_of(last, amended) != last:
        detail = "an amendment says from which day on it counts; the contract's start reprices all that is billed"
        yield Fault("/in_force_from", "no-first-day", detail, "", str(last.effective))
    elif amended.effective < last.effective:
        detail = "a version comes into force no earlier than the one before it"
        yield Fault("/in_force_from", "out-of-order", detail, str(amended.effective), str(last.effective))


def _unexplained_savings(last: ContractDocument, amended: ContractDocument) -> Iterator[Fault]:
    """Ask for a reason where a saving is measured in another way than before, above all by another baseline."""
    for plan in amended.savings:
        before = last.saving(plan.name)
        if before is not None and before.option != plan.option and not amended.reason:
            detail = f"{plan.name} is measured otherwise than before: say why"
            yield Fault("/reason", "no-reason", detail, plan.option.summary, before.option.summary)


def faults_of_states(versions: Sequence[ContractDocument], amended: ContractDocument) -> Iterator[Fault]:
    """Refuse a version whose rules cannot go on from what the version before it carries.

    Args:
        versions: all others that count, in the order of their recording.
        amended: the version that is to count with them; it may come into force before some of them.
    """
    after = version_after(versions, amended)
    for later in (amended, after):
        if later is None:
            continue
        for charge in unopened(versions_before([*versions, amended], later), later):
            now, was = (str(charge.refusal.members.get(name, "")) for name in ("found", "expected"))
            whose = "" if later is amended else f"the version in force from {later.effective}: "
            detail = f"{whose}{later.charges[charge.charge].name} cannot go on: {charge.refusal}"
            yield Fault(charge.path, "state-not-opened", detail, now, was)


def _continues(earlier: Sequence[ContractDocument], amended: ContractDocument) -> Iterator[Fault]:
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
