"""Billed days that reach across a day on which a rule changes by itself, and that it cannot tell apart."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import takewhile

from contracts.contract import Contract
from contracts.rehearsal import days_of
from contracts.schedule import BillingPeriod


@dataclass(frozen=True, slots=True)
class Undivided:
    """Billed days of a charge that reach across a day on which they must be divided.

    Attributes:
        version: its place among the versions.
        charge: its place in the version.
        field: of its rule, which says the day.
        day: which.
        period: the billed days.
    """

    version: int
    charge: int
    field: str
    day: date
    period: BillingPeriod

    @property
    def path(self) -> str:
        """The place in the document."""
        return f"/charges/{self.charge}/rule/{self.field}"


def undivided(versions: Sequence[Contract]) -> Iterator[Undivided]:
    """Find the billed days that no version divides where a rule needs it.

    Args:
        versions: of one contract, in the order of their recording.
    """
    named = {
        (charge.name, day)
        for version in versions
        for charge in version.charges
        for day in charge.rule.dividing_days.values()
    }
    for name, day in sorted(named):
        before = takewhile(lambda period: period.first < day, versions[-1].periods())  # noqa: B023 used at once
        period = next((period for period in before if day < period.after_last), None)
        for days in days_of(versions, period, frozenset({name})) if period is not None else ():
            if not days.period.first < day < days.period.after_last:
                continue
            for field, own in days.charge.rule.dividing_days.items():
                if own == day:
                    yield Undivided(days.version, days.place, field, day, days.period)
