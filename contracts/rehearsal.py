"""What charges carry from period to period by their terms alone: to find out early what an amendment cannot open.

    versions → billing periods, divided for each charge where its own terms change, as an invoice divides them
    → each charge opens what it carries, and makes a specimen of what its days carry on

No use is counted and nothing is priced: the sums of a specimen are zero, and what follows from terms and dates alone,
as the instalments of a lease, is as an invoice has it. So an amendment is refused when it is recorded, and not by an
invoice later; and by the same functions.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import localcontext
from itertools import takewhile
from typing import Any

from contracts.carried_state import UnopenedState
from contracts.carrying import carried_by, carry_on, into_version
from contracts.charge import Charge
from contracts.clause import Rule
from contracts.composed import Composed, life_of, unsettled
from contracts.contract import Contract
from contracts.division import division_of
from contracts.own_terms import divisions, stretches_of
from contracts.rated_usage import CarriedState, Usage
from contracts.schedule import BillingPeriod, Per
from quantities.number import ARITHMETIC_DIGITS


@dataclass(frozen=True, slots=True)
class Unopened:
    """What a charge of a version cannot open of what it carries, and the field of the charge that is at fault.

    Attributes:
        version: its place among the versions.
        charge: its place in the version.
        field: of the charge.
        refusal: why.
    """

    version: int
    charge: int
    field: str
    refusal: UnopenedState

    @property
    def path(self) -> str:
        """The place in the document."""
        return f"/charges/{self.charge}/{self.field}"


@dataclass(frozen=True, slots=True)
class DaysOfVersion:
    """A charge over days for which its own terms are the same, and where it stands.

    Attributes:
        contract: the version whose terms count, with the life of the newest one.
        charge: of it.
        period: the days, and the whole period that they are part of.
        version: its place among the versions.
        place: of the charge in the version.
    """

    contract: Contract
    charge: Charge
    period: BillingPeriod
    version: int
    place: int

    @property
    def names(self) -> set[str]:
        """Its own name, and that of the charge that it continues."""
        return _names(self.charge)


def unopened(versions: Sequence[Contract]) -> tuple[Unopened, ...]:
    """Find what charges cannot open of what they carry, from the contract's start to its last amendment.

    What cannot be opened is gone, so that one amendment is not refused for what another one did.

    Args:
        versions: of one contract, in the order of their recording; of several for one day, the last one stands.
    """
    names = _amended_names(versions)
    if not names:
        return ()
    newest, last_change = versions[-1], max(version.effective for version in versions)
    states: dict[str, CarriedState] = {}
    refused: list[Unopened] = []
    with localcontext(prec=ARITHMETIC_DIGITS):
        for period in takewhile(lambda period: period.first <= last_change, newest.periods()):
            refused += _rehearsed(list(days_of(versions, period, names)), states)
    return tuple(refused)


def _amended_names(versions: Sequence[Contract]) -> frozenset[str]:
    """Name the charges that carry something on, and whose rule or included quantity is not the same in all versions.

    A charge and the one that it continues are one: both are named, or none.
    """
    groups: dict[str, set[str]] = {}
    charges = [charge for version in versions for charge in version.charges]
    for charge in charges:
        group = set[str]().union(*(groups.get(name, {name}) for name in _names(charge)))
        groups.update(dict.fromkeys(group, group))
    of_group: dict[int, list[Charge]] = {}
    for charge in charges:
        of_group.setdefault(id(groups[charge.name]), []).append(charge)
    named = set[str]()
    for together in of_group.values():
        first = together[0]
        if not any(charge.is_stateful for charge in together):
            continue
        if any(_carrying(charge) != _carrying(first) for charge in together):
            named |= groups[first.name]
    return frozenset(named)


def _carrying(charge: Charge) -> tuple[object, ...]:
    return charge.rule, charge.included, charge.instalments


def _names(charge: Charge) -> set[str]:
    return {charge.name} if charge.continues is None else {charge.name, charge.continues}


def days_of(
    versions: Sequence[Contract], period: BillingPeriod, names: frozenset[str] | None = None
) -> Iterator[DaysOfVersion]:
    """Divide a period, for each charge, as an invoice of it does.

    Args:
        versions: of one contract, in the order of their recording.
        period: the billing period, by the life of the newest version.
        names: of the charges; without them, all.
    """
    places = {id(version): place for place, version in enumerate(versions)}
    stretches = [
        (days, version, version.living_as(versions[-1]))
        for days, version in stretches_of(versions, period)
        if version is not None
    ]
    for run in divisions([(days, living) for days, _, living in stretches]) if stretches else ():
        _, version, living = stretches[run.version]
        for place, charge in enumerate(living.charges):
            if charge.name in run.charges and (names is None or charge.name in names):
                yield DaysOfVersion(living, charge, run.period, places[id(version)], place)


def _rehearsed(of_period: Sequence[DaysOfVersion], states: dict[str, CarriedState]) -> Iterator[Unopened]:
    """Carry states through the days of a period."""
    in_time = sorted(of_period, key=lambda days: days.period.first)
    for own in in_time:
        of_charge = [other for other in in_time if other.names & own.names]
        goes_on = any(other.period.first < own.period.first for other in of_charge)
        carried = _carried(own, states, goes_on=goes_on)
        usage = _usage(own, of_charge)
        closing, refused = _closing(own, carried, usage)
        carry_on(states, [Composed(own.charge, own.charge.rule, own.period, usage, (), closing)])
        yield from refused


def _carried(own: DaysOfVersion, states: Mapping[str, CarriedState], *, goes_on: bool) -> Mapping[str, Any]:
    """Find what a charge carries into its days.

    Where terms restart within a period, a rating forgets longer windows as well once the new rule has none; an
    amendment is refused for them, as on the first day of a period.
    """
    carried = carried_by(own.charge, states)
    if not goes_on:
        return carried
    kept = carried_by(own.charge, into_version(own.contract, states))
    return {part: state for part, state in carried.items() if part in kept or state.get("per") != Per.PERIOD.value}


def _usage(own: DaysOfVersion, of_charge: Iterable[DaysOfVersion]) -> Usage:
    """Make a usage of days, without use."""
    life = life_of(own.contract, own.charge)
    return Usage(
        period=own.period.without_paused(life.paused),
        life=life,
        currency=own.contract.currency,
        division=division_of(own, [(other, ()) for other in of_charge]),
    )


def _closing(own: DaysOfVersion, carried: Mapping[str, Any], usage: Usage) -> tuple[CarriedState, list[Unopened]]:
    """Open what a charge carries, and make a specimen of what it carries on."""
    rule: Rule = own.charge.rule
    closing: dict[str, CarriedState] = {}
    refused: list[Unopened] = []
    opening: CarriedState = {}
    if own.charge.included is not None:
        included = own.charge.included
        try:
            opening = included.open(carried.get("included", {}), usage)
        except UnopenedState as refusal:
            refused.append(Unopened(own.version, own.place, f"included/{refusal.field}", refusal))
        closing["included"] = included.state_of(included.specimen(replace(usage, opening=opening)))
    on_account, refusals = _on_account(own, carried.get("instalments", {}), usage)
    closing["instalments"] = on_account
    refused += refusals
    opening = {}
    try:
        opening = rule.open(carried.get("rule", {}), usage)
    except UnopenedState as refusal:
        field = refusal.field if refusal.field in type(rule).model_fields else ""
        refused.append(Unopened(own.version, own.place, f"rule/{field}".rstrip("/"), refusal))
    specimen = rule.specimen(replace(usage, opening=opening))
    closing["rule"] = rule.state_of(specimen, usage) if specimen else {}
    return {name: state for name, state in closing.items() if state}, refused


def _on_account(own: DaysOfVersion, carried: CarriedState, usage: Usage) -> tuple[CarriedState, list[Unopened]]:
    """Open what was billed on account, and make a specimen of what goes on."""
    instalments = own.charge.instalments
    if instalments is None:
        refusal: UnopenedState = unsettled(own.charge)
        return {}, [Unopened(own.version, own.place, "instalments", refusal)] if carried else []
    refused = []
    try:
        instalments.open(carried, usage)
    except UnopenedState as fault:
        refused.append(Unopened(own.version, own.place, f"instalments/{fault.field}", fault))
    return instalments.state_of(instalments.specimen(usage), own.contract.currency), refused
