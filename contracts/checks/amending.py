"""An amendment checked against the versions before it: what it must keep, and what needs a stated reason."""

from collections.abc import Iterator, Sequence

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
    yield from _unexplained_savings(last, amended)
    if amended.effective < last.effective:
        detail = "a version comes into force no earlier than the one before it"
        yield Fault("/in_force_from", "out-of-order", detail, str(amended.effective), str(last.effective))


def _unexplained_savings(last: ContractDocument, amended: ContractDocument) -> Iterator[Fault]:
    """Ask for a reason where a saving is measured in another way than before, above all by another baseline."""
    for plan in amended.savings:
        before = last.saving(plan.name)
        if before is not None and before.option != plan.option and not amended.reason:
            detail = f"{plan.name} is measured otherwise than before: say why"
            yield Fault("/reason", "no-reason", detail, plan.option.summary, before.option.summary)
