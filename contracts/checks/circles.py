"""Charges that would be computed from themselves, because a version comes into force within a billing period.

Within one version a charge over amounts sees charges before it. Over a period that an amendment divides, a charge goes
on from its own days before, and one that is not divided sees all days of the others: a bound that becomes a fee under
the same name is seen by what it was computed from.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from graphlib import CycleError, TopologicalSorter
from itertools import takewhile

from contracts.clause import is_over_amounts
from contracts.contract import Contract
from contracts.natures import seen_by
from contracts.rehearsal import DaysOfVersion, days_of


@dataclass(frozen=True, slots=True)
class Circle:
    """A charge that would be computed from itself.

    Attributes:
        version: its place among the versions: of those of the circle, the last one.
        charge: its place in the version.
        others: the names of the charges of the circle, itself among them.
        kinds: of its rule, and of that on its days before.
    """

    version: int
    charge: int
    others: tuple[str, ...]
    kinds: tuple[str, str]

    @property
    def path(self) -> str:
        """The place in the document."""
        return f"/charges/{self.charge}/rule"


def circles(versions: Sequence[Contract]) -> tuple[Circle, ...]:
    """Find charges that would be computed from themselves: one in each period that a version divides.

    Args:
        versions: of one contract, in the order of their recording.
    """
    if not any(is_over_amounts(charge.rule) for version in versions for charge in version.charges):
        return ()
    days, newest = {version.effective for version in versions}, versions[-1]
    periods = takewhile(lambda period: period.first < max(days), newest.periods())
    divided = [period for period in periods if any(period.first < day < period.after_last for day in days)]
    return tuple(circle for period in divided for circle in _of_period(list(days_of(versions, period))))


def _of_period(of_period: Sequence[DaysOfVersion]) -> Iterator[Circle]:
    sorter = TopologicalSorter({at: [*_computed_before(at, of_period)] for at in range(len(of_period))})
    try:
        sorter.prepare()
    except CycleError as error:
        circle = [of_period[at] for at in sorted(set(error.args[1]))]
        yield _named(circle, of_period)


def _computed_before(at: int, of_period: Sequence[DaysOfVersion]) -> Iterator[int]:
    """List what is rated before some days: the days of the charge before them, and the charges that it sees on them."""
    own = of_period[at]
    seen = seen_by(own.contract, own.charge)
    for number, other in enumerate(of_period):
        goes_on = other.names & own.names and other.period.first < own.period.first
        if goes_on or (other.charge.name in seen and other.period.touches(own.period)):
            yield number


def _named(circle: Sequence[DaysOfVersion], of_period: Sequence[DaysOfVersion]) -> Circle:
    """Name, of the charges of a circle, one whose rule has changed; of them that of the last version."""

    def before(own: DaysOfVersion) -> str:
        kinds = [
            other.charge.rule.kind
            for other in of_period
            if other.names & own.names and other.period.first < own.period.first
        ]
        return next((kind for kind in kinds if kind != own.charge.rule.kind), own.charge.rule.kind)

    last = max(circle, key=lambda own: (before(own) != own.charge.rule.kind, own.version))
    others = tuple(dict.fromkeys(own.charge.name for own in circle))
    return Circle(last.version, last.place, others, (last.charge.rule.kind, before(last)))
