"""Which readings of an ESPI feed count, where a provider states several for one interval or for one start.

Of several readings of one interval, that of the entry updated last counts (``atom:updated``); equal ones are one. Where
the stamps do not tell, all are refused. Of several extents from one start, the longer is a total of what begins within
it, which the reader refuses as such; otherwise nobody knows which is right, unless the sender says that they lie end to
end.
"""

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal, InvalidOperation

from metering.ingest.row_parser import printable
from metering.log.reading import Verdict
from quantities.errors import UsufructError
from quantities.period import utc


@dataclass(slots=True)
class FeedReading:
    """An ``IntervalReading`` as text, before its reading type is known.

    Attributes:
        line: its position among those of the feed, from 1.
        meter: the address of its meter reading.
        start: seconds since 1970.
        duration: seconds; empty if the feed states none.
        value: before its power of ten.
        quality: the ESPI code; empty if the feed states none.
        updated: of its entry, in ISO 8601; empty if the feed states none.
    """

    line: int
    meter: str
    start: str
    duration: str
    value: str
    quality: str
    updated: str = ""


@dataclass(slots=True)
class CountedReadings:
    """The readings of a feed that count.

    Attributes:
        readings: in the order of the feed.
        several: the starts that have several extents of which none sums up others, by meter reading.
        replaced: number of readings that another one of the same interval says again or replaces.
        corrected: how many of these had another value or quality.
        verdicts: on readings of one interval of which no stamp tells which is later.
    """

    readings: list[FeedReading] = field(default_factory=list)
    several: set[tuple[str, str]] = field(default_factory=set)
    replaced: int = 0
    corrected: int = 0
    verdicts: list[Verdict] = field(default_factory=list)


def counted(readings: Sequence[FeedReading]) -> CountedReadings:
    """Choose the readings that count."""
    chosen = CountedReadings(several=_several_extents(readings))
    of_interval: dict[tuple[str, str, str], list[FeedReading]] = {}
    for reading in readings:
        if (reading.meter, reading.start) in chosen.several:
            chosen.readings.append(reading)
        else:
            of_interval.setdefault((reading.meter, reading.start, reading.duration), []).append(reading)
    for alike in of_interval.values():
        if len(alike) == 1:
            chosen.readings.append(alike[0])
        else:
            _choose(alike, chosen)
    chosen.readings.sort(key=lambda reading: reading.line)
    return chosen


def _choose(alike: Sequence[FeedReading], chosen: CountedReadings) -> None:
    first = alike[0]
    contents = {(reading.value, reading.quality) for reading in alike}
    if len(contents) == 1:
        chosen.readings.append(first)
        chosen.replaced += len(alike) - 1
        return
    stamps = [_updated(reading.updated) for reading in alike]
    known = [stamp for stamp in stamps if stamp is not None]
    latest = max(known, default=None)
    last = [reading for reading, stamp in zip(alike, stamps, strict=True) if stamp == latest]
    if len(known) < len(alike) or len({(reading.value, reading.quality) for reading in last}) > 1:
        for reading in alike:
            actual = printable(
                f"{reading.value} from {reading.start} for {reading.duration} s, updated {reading.updated or 'never'}"
            )
            others = ", ".join(str(other.line) for other in alike if other is not reading)[:50]
            expected = f"one value, or an updated that tells which is later; see line {others}"
            chosen.verdicts.append(Verdict(reading.line, "undecided_update", actual, expected))
        return
    chosen.readings.append(last[0])
    chosen.replaced += len(alike) - 1
    chosen.corrected += sum((reading.value, reading.quality) != (last[0].value, last[0].quality) for reading in alike)


def _updated(text: str) -> datetime | None:
    try:
        return utc(datetime.fromisoformat(text))
    except (ValueError, UsufructError):
        return None


def _several_extents(readings: Sequence[FeedReading]) -> set[tuple[str, str]]:
    """The starts, by meter reading, that have several extents of which none sums up what begins within it."""
    extents: dict[tuple[str, str], set[str]] = {}
    starts: dict[str, set[Decimal]] = {}
    for reading in readings:
        extents.setdefault((reading.meter, reading.start), set()).add(reading.duration)
        starts.setdefault(reading.meter, set()).add(_seconds(reading.start))
    ordered = {meter: sorted(of_meter) for meter, of_meter in starts.items()}
    several = set()
    for (meter, start), durations in extents.items():
        if len(durations) == 1:
            continue
        begins, longest = _seconds(start), max(map(_seconds, durations))
        following = bisect_right(ordered[meter], begins)
        if following == len(ordered[meter]) or ordered[meter][following] >= begins + longest:
            several.add((meter, start))
    return several


def _seconds(text: str) -> Decimal:
    try:
        seconds = Decimal(text or "0")
    except InvalidOperation:
        return Decimal(0)
    return seconds if seconds.is_finite() else Decimal(0)
