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


def see_that_all_was_read(segments: Sequence[VersionSegment], uses: Sequence[Mapping[str, BilledUsage]]) -> None:
    """See that every register of a bill was read as often as its contract asks, in each of its segments.

    Args:
        segments: of the bill; each asks by the version that is in force at its end. Pieces count together.
        uses: of each segment, by charge.

    Raises:
        IncompleteReadings: too little was read; all registers are named, each with its days and charges.
    """
    texts, read, expected = [], 0, 0
    for days, register, coverage, charges in _coverages(segments, uses):
        needed = int(product(Decimal(coverage.expected), days.asked).to_integral_value(ROUND_CEILING))
        if coverage.read < needed:
            asks = "" if needed == coverage.expected else f" (least_coverage {plain(days.asked)} asks for {needed})"
            texts.append(
                f"{register}: {coverage.read} of {coverage.expected} readings from {days.first} to "
                f"{days.after_last - timedelta(days=1)}, for {', '.join(charges)}{asks}"
            )
            read, expected = read + coverage.read, expected + coverage.expected
    if texts:
        raise IncompleteReadings("; ".join(texts), found=read, expected=expected)


def _coverages(
    segments: Sequence[VersionSegment], uses: Sequence[Mapping[str, BilledUsage]]
) -> Iterator[tuple[_Days, str, _Coverage, Sequence[str]]]:
    """Count, for each segment and register; charges that count the same of it stand together."""
    coverages: dict[tuple[_Days, str], dict[str, _Coverage]] = defaultdict(lambda: defaultdict(_Coverage))
    for segment, by_charge in zip(segments, uses, strict=True):
        if not segment.contract.settings.counts_coverage:
            continue
        whole = segment.piece_of or segment.period
        days = _Days(whole.first, whole.after_last, segment.version_id, segment.contract.settings.coverage_asked)
        for charge, usage in by_charge.items():
            for register, use in {evidence.register: evidence.use for evidence in usage.evidence}.items():
                coverages[days, register][charge].add(use)
    for (days, register), counted_by_charge in coverages.items():
        together: dict[tuple[int, int], list[str]] = defaultdict(list)
        for charge, coverage in counted_by_charge.items():
            together[coverage.read, coverage.expected].append(charge)
        for (read, expected), charges in together.items():
            yield days, register, _Coverage(read, expected), charges
