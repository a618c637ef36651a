"""How a version goes on from the one before it: what its charges can open of what the others carried.

Nothing is rated here. Each charge of the version before makes a specimen of what it would carry out of the day before
the change, and the charge that goes on from it opens that. So an amendment is refused when it is written, and not by
its first invoice; and by the same function.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import takewhile
from typing import Any

from contracts.carried_state import BARE, KnownState, UnopenedState, known
from contracts.charge import Charge
from contracts.document import ContractDocument
from contracts.rated_usage import CarriedState, Usage


@dataclass(frozen=True, slots=True)
class Unopened:
    """What a charge cannot open of what the version before carried, and the field of the charge that is at fault."""

    charge: int
    field: str
    refusal: UnopenedState

    @property
    def path(self) -> str:
        """The place in the document."""
        return f"/charges/{self.charge}/{self.field}"


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


def version_after(versions: Sequence[ContractDocument], amended: ContractDocument) -> ContractDocument | None:
    """Choose the version that next comes into force after another one; None if there is none."""
    by_day = {version.effective: version for version in versions if version.effective > amended.effective}
    return by_day[min(by_day)] if by_day else None


def goes_on_from(charge: Charge, before: ContractDocument) -> Charge | None:
    """Find the charge of an earlier version that a charge goes on from: of its name, or of the name it continues."""
    by_name = {earlier.name: earlier for earlier in before.charges}
    return by_name.get(charge.name) or by_name.get(charge.continues or "")


def unopened(before: Sequence[tuple[ContractDocument, date]], amended: ContractDocument) -> Iterator[Unopened]:
    """Find what a version's charges cannot open of what those of the versions before it would carry.

    A charge that was gone for a while goes on from the last version that had it.

    Args:
        before: as ``versions_before`` returns them.
        amended: the version.
    """
    for at, charge in enumerate(amended.charges):
        last = _last_with(charge.name, before)
        if last is None and charge.continues is not None:
            last = _last_with(charge.continues, before)
        if last is None:
            continue
        version, until, earlier = last
        usages = _around(version, until, amended)
        if usages is not None:
            yield from _unopened(at, charge, earlier, *usages)


def _last_with(
    name: str, before: Sequence[tuple[ContractDocument, date]]
) -> tuple[ContractDocument, date, Charge] | None:
    """Find the last version with a charge of a name, unless one since then has taken over what it carried."""
    for version, until in before:
        for charge in version.charges:
            if charge.name == name:
                return version, until, charge
        if any(charge.continues == name for charge in version.charges):
            return None
    return None


def _unopened(at: int, charge: Charge, earlier: Charge, carried_out: Usage, carried_in: Usage) -> Iterator[Unopened]:
    try:
        charge.rule.open(earlier.rule.state_of(earlier.rule.specimen(carried_out), carried_out), carried_in)
    except UnopenedState as refusal:
        field = refusal.field if refusal.field in type(charge.rule).model_fields else ""
        yield Unopened(at, f"rule/{field}".rstrip("/"), refusal)
    if earlier.included is None or charge.included is None:
        return
    try:
        charge.included.open(earlier.included.state_of(earlier.included.specimen(carried_out)), carried_in)
    except UnopenedState as refusal:
        yield Unopened(at, f"included/{refusal.field}", refusal)


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


def _around(before: ContractDocument, until: date, amended: ContractDocument) -> tuple[Usage, Usage] | None:
    """Make usages of a version's last billed days, and of the first ones of another; None where nothing is billed."""
    day = amended.effective
    ended = list(takewhile(lambda period: period.first < until, before.periods()))
    begun = list(takewhile(lambda period: period.first <= day, amended.periods()))
    last = ended[-1].meet(ended[-1].first, until) if ended else None
    first = begun[-1].meet(day, None) if begun else None
    if last is None or first is None:
        return None
    return (
        Usage(period=last, life=before.life, currency=before.currency),
        Usage(period=first, life=amended.life, currency=amended.currency),
    )


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
                reader = None if charge is None else charge.included if part == "included" else charge.rule
                values[f"{part} of {name}"] = state if reader is None else reader.open(state, usage)
        return values

    try:
        return opened(one) == opened(other)
    except UnopenedState:
        return one == other
