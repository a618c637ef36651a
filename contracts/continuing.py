"""How a version goes on from the one before it: which that is, which charges go on, and what their states are.

What a charge cannot open of what the others carried is found in rehearsal.py.
"""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from typing import Any

from contracts.carried_state import BARE, KnownState, UnopenedState, known
from contracts.charge import Charge
from contracts.clause import Rule
from contracts.document import ContractDocument
from contracts.included import Included
from contracts.instalments import Instalments
from contracts.rated_usage import CarriedState, Usage


def versions_before(
    versions: Sequence[ContractDocument], amended: ContractDocument
) -> tuple[tuple[ContractDocument, date], ...]:
    """List the versions that are in force before another one comes into force.

    Args:
        versions: in the order of their recording; of several for one day, the last one stands.
        amended: the other one.

    Returns:
        Newest first, each with the day from which it is no longer in force.
    """
    by_day = {version.effective: version for version in versions if version.effective < amended.effective}
    days = sorted(by_day, reverse=True)
    return tuple((by_day[day], until) for day, until in zip(days, [amended.effective, *days], strict=False))


def version_before(versions: Sequence[ContractDocument], amended: ContractDocument) -> ContractDocument | None:
    """Choose the version that is in force on the day before another one comes into force; None if there is none."""
    return next((version for version, _ in versions_before(versions, amended)), None)


def goes_on_from(charge: Charge, before: ContractDocument) -> Charge | None:
    """Find the charge of an earlier version that a charge goes on from: of its name, or of the name it continues."""
    by_name = {earlier.name: earlier for earlier in before.charges}
    return by_name.get(charge.name) or by_name.get(charge.continues or "")


def left_behind(before: ContractDocument, amended: ContractDocument) -> Iterator[tuple[int, Charge, Charge]]:
    """Find charges that carry something and are gone, while a new one of the same kind begins with nothing.

    Yields:
        The number of the new charge, itself, and the one that is gone.
    """
    kept = {name for charge in amended.charges for name in (charge.name, charge.continues)}
    gone = [charge for charge in before.charges if charge.is_stateful and charge.name not in kept]
    for at, charge in enumerate(amended.charges):
        if goes_on_from(charge, before) is not None:
            continue
        earlier = next((other for other in gone if other.rule.kind == charge.rule.kind), None)
        if earlier is not None:
            yield at, charge, earlier


def as_written_by(version: ContractDocument, states: Mapping[str, CarriedState]) -> dict[str, CarriedState]:
    """Say of the bare states of an earlier release what they are: as the version's charges have written them.

    Args:
        version: the one by whose terms the states were closed.
        states: by charge, as an invoice's inputs or a correction note has them.

    Returns:
        The same states; those that know what they are, and those of charges that the version does not have, unchanged.
    """
    charges = {charge.name: charge for charge in version.charges}
    return {
        name: {part: _known(charges[name], part, state, version) for part, state in parts.items()}
        if name in charges
        else parts
        for name, parts in states.items()
    }


def _known(charge: Charge, part: str, state: Any, version: ContractDocument) -> CarriedState:
    if not state or known(state) is not None:
        return dict(state)
    usage = Usage(currency=version.currency)
    if part == "included":
        if charge.included is None:
            return dict(state)
        written = charge.included.state_of(state)
    else:
        written = charge.rule.state_of(charge.rule.from_bare(state, usage), usage)
    # Times of states are in the unit of their register, which is known once they are opened.
    times = part == "rule" and "states" in charge.rule.auxiliary_measures
    return KnownState(**{**written, "schema": BARE}).written() if times else written


def _reader(charge: Charge, part: str) -> Included | Instalments | Rule | None:
    """What of a charge reads a part of what it carries."""
    match part:
        case "included":
            return charge.included
        case "instalments":
            return charge.instalments
        case _:
            rule: Rule = charge.rule
            return rule


def same_states(
    contract: ContractDocument, one: Mapping[str, CarriedState], other: Mapping[str, CarriedState], on: date
) -> bool:
    """Tell whether two states of a contract's charges are the same, however they are written.

    Args:
        contract: by whose terms they are opened.
        one: by charge, of any release.
        other: likewise.
        on: the first day that opens with them.
    """
    period = next((period for period in contract.periods() if period.after_last > on), None)
    if period is None:
        return one == other
    usage = Usage(period=period, life=contract.life, currency=contract.currency)
    charges = {charge.name: charge for charge in contract.charges}

    def opened(states: Mapping[str, CarriedState]) -> dict[str, Any]:
        values: dict[str, Any] = {}
        for name, parts in states.items():
            charge = charges.get(name)
            for part, state in parts.items():
                reader = None if charge is None else _reader(charge, part)
                values[f"{part} of {name}"] = state if reader is None else reader.open(state, usage)
        return values

    try:
        return opened(one) == opened(other)
    except UnopenedState:
        return one == other
