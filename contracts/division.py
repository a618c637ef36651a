"""How the days of a charge belong together, where a change of its terms divides a billing period.

    its days in the period, in order → the first of them, how many came before, and over which of them its sums go on

Sums go on over a change that ``continue``s, and begin anew at one that ``restart``s. With another rule under its name a
charge begins anew, as one that is added does.
"""

from collections.abc import Sequence
from dataclasses import replace
from typing import Protocol, TypeAlias

from contracts.charge import Charge
from contracts.composed import Composed
from contracts.contract import Contract
from contracts.rated_usage import Division, EarlierDays, MachineDays
from contracts.schedule import BillingPeriod, Per
from contracts.settings import OnChange


class DaysOfCharge(Protocol):
    """A charge over days for which its terms are the same."""

    @property
    def contract(self) -> Contract:
        """The version whose terms count."""

    @property
    def charge(self) -> Charge:
        """The charge of it."""

    @property
    def period(self) -> BillingPeriod:
        """The days, and the whole period that they are part of."""


#: Days of a charge, and what they came to: nothing for days that are not rated yet.
Rated: TypeAlias = tuple[DaysOfCharge, Sequence[Composed]]


def division_of(own: DaysOfCharge, of_period: Sequence[Rated]) -> Division | None:
    """Say how days belong to the others of their period.

    Args:
        own: the days.
        of_period: all days of the charge in the period, these among them, in order of time; those before are rated, if
            this document bills them.

    Returns:
        None for the whole period, and where the settings divide all charges at every version.
    """
    days = own.period
    if days.is_whole or own.contract.settings.divides_all:
        return None
    life = own.contract.life
    whole = life.window(Per.PERIOD, days)
    if (days.first, days.after_last) == (whole.first, whole.after_last):
        return None
    before = _in_a_row(own, [rated for rated in of_period if rated[0].period.first < own.period.first])
    later = [days for days, _ in of_period if days.period.first > own.period.first]
    so_far = [*(days for days, _ in before), own]
    paused = () if own.charge.while_suspended else life.paused
    return Division(
        first=so_far[0].period.first,
        days_before=sum(earlier.period.without_paused(paused).days for earlier, _ in before),
        span=_span(so_far, later, whole),
        earlier=tuple(EarlierDays(rated.charge.rule, rated.usage) for _, composed in before for rated in composed),
        machines=_machines(own, of_period),
    )


def _machines(own: DaysOfCharge, of_period: Sequence[Rated]) -> tuple[MachineDays, ...]:
    """Say for how many machines something is included on each of the days, if the charge has a quantity for each."""
    if own.charge.included is None or own.charge.included.by_machine is None:
        return ()
    return tuple(
        (days.period, days.contract.machine_count(days.charge))
        for days, _ in of_period
        if days.charge.included is not None and days.charge.included.by_machine is not None
    )


def _span(so_far: Sequence[DaysOfCharge], later: Sequence[DaysOfCharge], whole: BillingPeriod) -> BillingPeriod:
    """Find the days over which sums are added up: from the last restart until the next one, or all of the period."""
    first = max((days.period.first for days in so_far[1:] if _restarts(days)), default=whole.first)
    after_last = min((days.period.first for days in later if _restarts(days)), default=whole.after_last)
    return replace(whole, first=first, after_last=after_last, paused=0)


def _restarts(days: DaysOfCharge) -> bool:
    return days.contract.settings.on_change is OnChange.RESTART


def _in_a_row(own: DaysOfCharge, before: Sequence[Rated]) -> Sequence[Rated]:
    """Go back to the last day on which another kind of rule counted under the name."""
    row: list[Rated] = []
    for rated in reversed(before):
        if rated[0].charge.rule.kind != own.charge.rule.kind:
            break
        row.insert(0, rated)
    return row
