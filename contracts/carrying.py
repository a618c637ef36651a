"""What charges carry from stretch to stretch, across the versions of a contract."""

from collections.abc import Iterable, Mapping
from typing import Any, TypeAlias

from contracts.carried_state import StateLeftOver, known
from contracts.charge import Charge
from contracts.composed import Composed
from contracts.contract import Contract
from contracts.rated_usage import CarriedState
from contracts.schedule import Per
from contracts.settings import OnChange

#: By charge.
States: TypeAlias = Mapping[str, CarriedState]


def carried_by(charge: Charge, states: Mapping[str, CarriedState]) -> Mapping[str, Any]:
    """Find what a charge carries: under its name, or else under the name of the charge that it continues."""
    if charge.name in states or charge.continues is None:
        return states.get(charge.name, {})
    return states.get(charge.continues, {})


def into_version(contract: Contract, states: States) -> dict[str, CarriedState]:
    """Carry states into a version that comes into force within a billing period.

    Where its terms restart, what was added up within the billing period is forgotten; longer windows go on. What a
    charge prices and what is included in it are two sums, each of its own window.
    """
    if contract.settings.on_change is not OnChange.RESTART:
        return dict(states)
    charges = {name: charge for charge in contract.charges for name in (charge.name, charge.continues) if name}
    keeps = _longer_windows if contract.settings.arithmetic > 1 else _all_or_nothing
    kept = {name: keeps(charges[name], parts) if name in charges else parts for name, parts in states.items()}
    return {name: parts for name, parts in kept.items() if parts}


def _longer_windows(charge: Charge, parts: CarriedState) -> CarriedState:
    """Leave out each part that was added up within the billing period."""
    begins_again = {"rule": _rule_restarts(charge), "included": _included_restarts(charge)}
    return {part: state for part, state in parts.items() if not begins_again.get(part, False)}


def _all_or_nothing(charge: Charge, parts: CarriedState) -> CarriedState:
    """Arithmetic 1: one longer window of a charge kept all that it carried."""
    without_pool = charge.included is None or _included_restarts(charge)
    return {} if _rule_restarts(charge) and without_pool else parts


def _rule_restarts(charge: Charge) -> bool:
    return getattr(charge.rule, "per", Per.PERIOD) is Per.PERIOD and not charge.rule.is_stateful


def _included_restarts(charge: Charge) -> bool:
    return charge.included is not None and charge.included.per is Per.PERIOD


def carry_on(states: dict[str, CarriedState], composed: Iterable[Composed]) -> None:
    """Carry states out of days: each rated charge as it closes, and the others as they were."""
    for rated in composed:
        states.pop(rated.charge.name, None)
        states.pop(rated.charge.continues or "", None)  # what the charge went on from is its own now
        if rated.closing:
            states[rated.charge.name] = rated.closing


def see_that_all_is_drawn(states: States, contract: Contract) -> None:
    """See that what is left of a prepayment is not left behind by a version without the charge that draws on it.

    Args:
        states: as they are carried on.
        contract: the version that is in force last.

    Raises:
        StateLeftOver: it would never be given back.
    """
    names = {name for charge in contract.charges for name in (charge.name, charge.continues)}
    for name, parts in states.items():
        state = None if name in names or not parts.get("rule") else known(parts["rule"])
        if state is not None and state.is_prepaid:
            detail = f"{name} is gone, and {state.values['left']} are left of what was paid before: keep it to the end"
            raise StateLeftOver(detail, place="charges", found="no such charge", expected=name)
