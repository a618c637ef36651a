"""Coverage: how many of the intervals that were expected were read, and whether a contract bills a period by them.

Only a register that declares its interval has expected ones; of a counter, of events and of states there is no gap to
count. An estimate counts as read.
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import ROUND_CEILING, Decimal

from billing.counting.assembly import BilledUsage
from billing.rating.segments import VersionSegment
from metering.consumption.use import Use
from quantities.arithmetic import product
from quantities.errors import Conflict
from quantities.number import plain
from quantities.values import value_class


class IncompleteReadings(Conflict):
    """Readings of the period are missing."""


@dataclass(slots=True)
class _Coverage:
    """How many intervals of a register were read for a charge over the days of its segment, in all its pieces."""

    read: int = 0
    expected: int = 0

    def add(self, use: Use) -> None:
        self.read += use.intervals_read
        self.expected += use.expected or 0


@value_class(frozen=True, slots=True)
class _Days:
    """The days of a segment, the version in force at their end, and the part of the intervals that it asks for."""

    first: date
    after_last: date
    version_id: int
    asked: Decimal = field(compare=False)
    estimate_after_days: int | None = field(compare=False)


@dataclass(frozen=True, slots=True)
class MissingReadings:
    """That too little of a register was read in a segment for its contract to bill it.

    Attributes:
        register: its key.
        first, after_last: the local days of the segment.
        read: how many intervals were read.
        expected: how many there are.
        needed: how many the contract asks for.
        asked: the same as a part of those expected.
        charges: by name, those that count it so.
        estimate_after_days: as the version at the end of the segment says.
    """

    register: str
    first: date
    after_last: date
    read: int
    expected: int
    needed: int
    asked: Decimal
    charges: tuple[str, ...]
    estimate_after_days: int | None

    def __str__(self) -> str:
        asks = "" if self.needed == self.expected else f" (least_coverage {plain(self.asked)} asks for {self.needed})"
        return (
            f"{self.register}: {self.read} of {self.expected} readings from {self.first} to "
            f"{self.after_last - timedelta(days=1)}, for {', '.join(self.charges)}{asks}"
        )


def missing_readings(
    segments: Sequence[VersionSegment], uses: Sequence[Mapping[str, BilledUsage]]
) -> tuple[MissingReadings, ...]:
    """List the registers of a bill of which too little was read, segment by segment.

    Args:
        segments: of the bill; each asks by the version that is in force at its end. Pieces count together.
        uses: of each segment, by charge.
    """
    listed = []
    for days, register, coverage, charges in _coverages(segments, uses):
        needed = int(product(Decimal(coverage.expected), days.asked).to_integral_value(ROUND_CEILING))
        if coverage.read < needed:
            missing = MissingReadings(
                register=register,
                first=days.first,
                after_last=days.after_last,
                read=coverage.read,
                expected=coverage.expected,
                needed=needed,
                asked=days.asked,
                charges=tuple(charges),
                estimate_after_days=days.estimate_after_days,
            )
            listed.append(missing)
    return tuple(listed)


def see_that_all_was_read(segments: Sequence[VersionSegment], uses: Sequence[Mapping[str, BilledUsage]]) -> None:
    """See that every register of a bill was read as often as its contract asks, in each of its segments.

    Args:
        segments: as of ``missing_readings``.
        uses: of each segment, by charge.

    Raises:
        IncompleteReadings: too little was read; all registers are named, each with its days and charges.
    """
    missing = missing_readings(segments, uses)
    if missing:
        read, expected = sum(one.read for one in missing), sum(one.expected for one in missing)
        raise IncompleteReadings("; ".join(map(str, missing)), found=read, expected=expected)


def _coverages(
    segments: Sequence[VersionSegment], uses: Sequence[Mapping[str, BilledUsage]]
) -> Iterator[tuple[_Days, str, _Coverage, Sequence[str]]]:
    """Count, for each segment and register; charges that count the same of it stand together."""
    coverages: dict[tuple[_Days, str], dict[str, _Coverage]] = defaultdict(lambda: defaultdict(_Coverage))
    for segment, by_charge in zip(segments, uses, strict=True):
        if not segment.contract.settings.counts_coverage:
            continue
        whole = segment.piece_of or segment.period
        settings = segment.contract.settings
        days = _Days(
            whole.first, whole.after_last, segment.version_id, settings.coverage_asked, settings.estimate_after_days
        )
        for charge, usage in by_charge.items():
            for register, use in {evidence.register: evidence.use for evidence in usage.evidence}.items():
                coverages[days, register][charge].add(use)
    for (days, register), counted_by_charge in coverages.items():
        together: dict[tuple[int, int], list[str]] = defaultdict(list)
        for charge, coverage in counted_by_charge.items():
            together[coverage.read, coverage.expected].append(charge)
        for (read, expected), charges in together.items():
            yield days, register, _Coverage(read, expected), charges
