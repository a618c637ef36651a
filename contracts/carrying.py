"""What charges carry from stretch to stretch, across the versions of a contract."""

from collections.abc import Iterable, Mapping
from typing import TypeAlias

from contracts.composition import Composed
from contracts.contract import Contract
from contracts.rated_usage import CarriedState
from contracts.schedule import Per
from contracts.settings import OnChange

#: By charge.
States: TypeAlias = Mapping[str, CarriedState]


def into_version(contract: Contract, states: States) -> dict[str, CarriedState]:
    """Carry states into a version that comes into force within a billing period.

    Where its terms restart, what was added up within the billing period is forgotten; longer windows go on.
    """
    if contract.settings.on_change is not OnChange.RESTART:
        return dict(states)
    within_period = {
        name
        for charge in contract.charges
        for name in (charge.name, charge.continues)
        if getattr(charge.rule, "per", Per.PERIOD) is Per.PERIOD
        and (charge.included is None or charge.included.per is Per.PERIOD)
        and not charge.rule.is_stateful
    }
    return {name: state for name, state in states.items() if name not in within_period}


def carried_on(states: States, composed: Iterable[Composed]) -> dict[str, CarriedState]:
    """Carry states out of a stretch: each rated charge as it closes, and the others as they were."""
    carried = dict(states)
    for rated in composed:
        carried.pop(rated.charge.name, None)
        carried.pop(rated.charge.continues or "", None)  # what the charge went on from is its own now
        if rated.closing:
            carried[rated.charge.name] = rated.closing
    return carried
