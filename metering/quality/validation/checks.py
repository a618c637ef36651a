"""Checks of readings: what a register's readings are asked before an invoice rests on them.

Each check is terms and a function in one, configured per register and listed in ``Check``. A reading that fails is kept
as it came, for a finding is a question and no answer: until a person has verified the reading or put another in its
place, what the finding covers is not billed (unless the check says ``holds: false``).

Sources: the validation rules of California VEE 2.0 and of meter data management by their usual names (limit, spike,
gap, step, history, frozen, sum check); and those that only who knows the machine can ask: hours beyond the clock,
energy at rest, none while running, parts beyond cadence, two sources that disagree.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta, tzinfo
from decimal import Decimal, localcontext
from itertools import groupby, pairwise
from typing import Annotated, Literal, TypeAlias

from pydantic import BaseModel, ConfigDict, Field

from metering.log.reading import Quality, Reading
from quantities.document import WholeNumber, YesOrNo
from quantities.number import ARITHMETIC_DIGITS, plain
from quantities.period import HOUR_US, MICROSECOND, Period
from quantities.quantity import Magnitude

_WEEK = timedelta(days=7)
Share: TypeAlias = Annotated[Magnitude, Field(ge=0)]
Positive: TypeAlias = Annotated[Magnitude, Field(gt=0)]
Key: TypeAlias = Annotated[str, Field(min_length=1, max_length=200)]


@dataclass(frozen=True, slots=True)
class ReadingFinding:
    """Why what a register said over an extent is in question.

    Attributes:
        start: of the extent.
        end: of the extent.
        check: the check's kind.
        found: what stands there.
        expected: what would not have been asked about.
        holds: whether it is not billed until a person has looked.
    """

    start: datetime
    end: datetime
    check: str
    found: str
    expected: str
    holds: bool


@dataclass(frozen=True, slots=True)
class CheckContext:
    """What is looked at.

    Attributes:
        readings: the register's live ones of the days looked at, in order of time, with the one before and after.
        days: the local days looked at, whole and one after the other.
        zone: the site's.
        cumulative: whether a reading is a counter's, so that its rise counts and not itself.
        extended: whether a reading is of an extent of time.
        interval: how long one is, where declared.
        multiplier: figures times this are use.
        told_at: when the batch that is looked at reached us.
        uses: what a register counted over each of some periods, None where that is not known; without a key the
            register itself.
    """

    readings: Sequence[Reading]
    days: Sequence[tuple[date, Period]]
    zone: tzinfo
    cumulative: bool
    extended: bool
    interval: timedelta | None
    multiplier: Decimal
    told_at: datetime
    uses: Callable[[str | None, Sequence[Period]], list[Decimal | None]]

    def inside(self) -> list[Reading]:
        """Take the readings of the days looked at, without those that a person has verified."""
        first = min(day.start for _, day in self.days)
        last = max(day.end for _, day in self.days)
        return [each for each in self.readings if first <= each.start < last and _is_open(each)]

    def days_with_open(self) -> list[tuple[date, Period]]:
        """Take the days looked at with a reading that no person has verified."""
        starts = [each.start for each in self.inside()]
        return [
            (first, day) for first, day in self.days if bisect_left(starts, day.start) < bisect_left(starts, day.end)
        ]


class _Check(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", validate_by_name=True, serialize_by_alias=True)

    holds: YesOrNo = True


def _is_open(reading: Reading) -> bool:
    return reading.quality not in (Quality.VERIFIED, Quality.MANUALLY_EDITED) and not reading.quality.estimated


def _hours(period: timedelta) -> Decimal:
    return Decimal(period // MICROSECOND) / HOUR_US


class Limit(_Check):
    """No more an hour than the machine can (rated power times hours), no less than it must; of a level, at any time."""

    kind: Literal["limit"] = "limit"
    highest: Magnitude | None = None
    lowest: Magnitude | None = None

    def findings(self, seen: CheckContext) -> Iterator[ReadingFinding]:
        """Ask about every reading beyond a limit."""
        for reading, value, hours in _rates(seen):
            low, high = (None if limit is None else limit * hours for limit in (self.lowest, self.highest))
            if (high is not None and value > high) or (low is not None and value < low):
                bounds = {"at least": low, "at most": high}
                said = [f"{word} {plain(_short(edge))}" for word, edge in bounds.items() if edge is not None]
                yield _about(reading, self, plain(value), " and ".join(said))


class Spike(_Check):
    """The highest of a day is not far above its third highest: (first − third) ÷ third is at most ``ratio``."""

    kind: Literal["spike"] = "spike"
    ratio: Positive = Decimal("1.8")

    def findings(self, seen: CheckContext) -> Iterator[ReadingFinding]:
        """Ask about the highest reading of a day that towers over the others."""
        rates = _rates(seen)
        starts = [reading.start for reading, _, _ in rates]
        for _, day in seen.days:
            of_day = rates[bisect_left(starts, day.start) : bisect_left(starts, day.end)]
            highest = sorted(of_day, key=lambda each: each[1], reverse=True)
            if len(highest) < 3 or highest[2][1] <= 0:  # noqa: PLR2004 the rule's own third
                continue
            first, third = highest[0][1], highest[2][1]
            if (first - third) > self.ratio * third:
                yield _about(highest[0][0], self, plain(first), f"at most {plain(_short(third * (1 + self.ratio)))}")


class Frozen(_Check):
    """So many equal readings in a row are a meter that hangs; zeros are lawful while the machine may be off."""

    kind: Literal["frozen"] = "frozen"
    times: Annotated[WholeNumber, Field(ge=2)] = 3
    zeros: YesOrNo = False

    def findings(self, seen: CheckContext) -> Iterator[ReadingFinding]:
        """Ask about every run of equal readings."""
        for value, run in groupby(seen.inside(), key=lambda each: each.value):
            alike = list(run)
            if len(alike) >= self.times and value is not None and (value != 0 or self.zeros):
                found = f"{len(alike)} times {plain(value)}"
                end = max(alike[-1].end, alike[-1].start + MICROSECOND)
                yield ReadingFinding(
                    alike[0].start, end, self.kind, found, f"fewer than {self.times} in a row", self.holds
                )


class Gap(_Check):
    """No interval is missing; of what is read at instants, no more than ``longest_minutes`` lie between two reads."""

    kind: Literal["gap"] = "gap"
    longest_minutes: Annotated[WholeNumber, Field(gt=0)] | None = None

    def findings(self, seen: CheckContext) -> Iterator[ReadingFinding]:
        """Ask about every stretch between two readings that none covers."""
        longest = timedelta(minutes=self.longest_minutes) if self.longest_minutes else timedelta()
        for before, after in pairwise(seen.readings):
            missing = after.start - before.end
            asked = seen.extended or self.longest_minutes
            if asked and missing > longest and _touches(seen, before.end, after.start):
                found = f"nothing for {missing}"
                yield ReadingFinding(before.end, after.start, self.kind, found, f"at most {longest}", self.holds)


class StepChange(_Check):
    """From one interval to the next, use does not change by more than ``ratio`` of the smaller."""

    kind: Literal["step"] = "step"
    ratio: Positive

    def findings(self, seen: CheckContext) -> Iterator[ReadingFinding]:
        """Ask about the later of two readings that differ too much."""
        for (_, before, _), (reading, value, _) in pairwise(_rates(seen)):
            low, high = sorted((before, value))
            if low > 0 and high - low > self.ratio * low:
                yield _about(reading, self, plain(value), f"within {plain(self.ratio)} times of {plain(before)}")


class History(_Check):
    """A day's use is within bounds of the mean of the same weekday in the weeks before."""

    kind: Literal["history"] = "history"
    weeks: Annotated[WholeNumber, Field(ge=1, le=53)] = 3
    low: Share = Decimal("0.2")
    high: Positive = Decimal(3)

    def findings(self, seen: CheckContext) -> Iterator[ReadingFinding]:
        """Ask about every day that is far from its like."""
        for first, day in seen.days_with_open():
            like = [first - _WEEK * back for back in range(1, self.weeks + 1)]
            before = [Period.of_days(each, each + timedelta(days=1), seen.zone) for each in like]
            used, *uses = seen.uses(None, [day, *before])
            known = [each for each in uses if each is not None]
            if used is None or len(known) < self.weeks:
                continue
            with localcontext(prec=ARITHMETIC_DIGITS):
                mean = sum(known, Decimal(0)) / len(known)
            if not mean * self.low <= used <= mean * self.high:
                expected = f"{plain(_short(mean * self.low))} to {plain(_short(mean * self.high))}"
                yield ReadingFinding(day.start, day.end, self.kind, plain(used), expected, self.holds)


class Aligned(_Check):
    """Intervals begin at multiples of themselves from local midnight; others are those of a clock that drifts."""

    kind: Literal["aligned"] = "aligned"

    def findings(self, seen: CheckContext) -> Iterator[ReadingFinding]:
        """Ask about every interval that begins at another time."""
        midnights = [day.start for _, day in seen.days]
        for reading in seen.inside() if seen.interval else ():
            midnight = midnights[bisect_right(midnights, reading.start) - 1]
            if (reading.start - midnight) % (seen.interval or _WEEK):
                expected = f"a multiple of {seen.interval} after local midnight"
                yield _about(reading, self, reading.start.isoformat(), expected)


class Future(_Check):
    """A reading is of the past when it reaches us, but for so many minutes by which clocks may differ."""

    kind: Literal["future"] = "future"
    minutes: Annotated[WholeNumber, Field(ge=0)] = 60

    def findings(self, seen: CheckContext) -> Iterator[ReadingFinding]:
        """Ask about every reading of what was still to come."""
        latest = seen.told_at + timedelta(minutes=self.minutes)
        for reading in seen.inside():
            if max(reading.start, reading.end) > latest:
                yield _about(reading, self, max(reading.start, reading.end).isoformat(), f"until {latest.isoformat()}")


class SumCheck(_Check):
    """A day's intervals add up to what the counter beside them rose by, within a tolerance in percent."""

    kind: Literal["sum_check"] = "sum_check"
    register_key: Key = Field(alias="register")
    tolerance_percent: Share = Decimal(1)

    def findings(self, seen: CheckContext) -> Iterator[ReadingFinding]:
        """Ask about every day whose intervals and counter disagree."""
        yield from _disagreements(self, seen, self.register_key, self.tolerance_percent)


class Agreement(_Check):
    """Two sources of one quantity, such as telematics and the machine's own counter, agree day by day."""

    kind: Literal["agreement"] = "agreement"
    register_key: Key = Field(alias="register")
    tolerance_percent: Share = Decimal(2)

    def findings(self, seen: CheckContext) -> Iterator[ReadingFinding]:
        """Ask about every day on which they do not."""
        yield from _disagreements(self, seen, self.register_key, self.tolerance_percent)


class BeyondClock(_Check):
    """A machine runs no more hours than the clock: the register's unit is one of time."""

    kind: Literal["beyond_clock"] = "beyond_clock"
    tolerance_percent: Share = Decimal(0)

    def findings(self, seen: CheckContext) -> Iterator[ReadingFinding]:
        """Ask about every reading by which it would have."""
        for reading, value, hours in _rates(seen):
            most = hours * (1 + self.tolerance_percent / 100)
            if value * seen.multiplier > most:
                found = plain(value * seen.multiplier)
                yield _about(reading, self, found, f"at most {plain(_short(most))}, which have passed")


class Stopped(_Check):
    """While the machine stands still, by another register of its running time, it uses no more than at rest."""

    kind: Literal["stopped"] = "stopped"
    register_key: Key = Field(alias="register")
    at_rest: Share = Decimal(0)

    def findings(self, seen: CheckContext) -> Iterator[ReadingFinding]:
        """Ask about every reading of use in which the machine did not run."""
        asked = [
            (reading, period, value, most)
            for reading, period, value in _periods(seen)
            if value > (most := self.at_rest * _hours(period.duration))
        ]
        ran = seen.uses(self.register_key, [period for _, period, _, _ in asked])
        for (reading, _, value, most), time in zip(asked, ran, strict=True):
            if time == 0:
                expected = f"at most {plain(_short(most))} while {self.register_key} rests"
                yield _about(reading, self, plain(value), expected)


class Running(_Check):
    """While the machine runs, by another register of its running time, it uses something."""

    kind: Literal["running"] = "running"
    register_key: Key = Field(alias="register")

    def findings(self, seen: CheckContext) -> Iterator[ReadingFinding]:
        """Ask about every reading of nothing through which the machine ran."""
        idle = [(reading, period) for reading, period, value in _periods(seen) if value == 0]
        ran = seen.uses(self.register_key, [period for _, period in idle])
        for (reading, _), time in zip(idle, ran, strict=True):
            if time is not None and time > 0:
                yield _about(reading, self, "0", f"something, for {self.register_key} says {plain(_short(time))}")


class Cadence(_Check):
    """No more parts than the machine can make in the time that it ran: ``highest`` an hour of the other register."""

    kind: Literal["cadence"] = "cadence"
    register_key: Key = Field(alias="register")
    highest: Positive

    def findings(self, seen: CheckContext) -> Iterator[ReadingFinding]:
        """Ask about every day that made more."""
        for day, made, ran in _both(seen, self.register_key):
            if made is not None and ran is not None and made > self.highest * ran:
                expected = f"at most {plain(_short(self.highest * ran))} in {plain(_short(ran))}"
                yield ReadingFinding(day.start, day.end, self.kind, plain(made), expected, self.holds)


#: All checks; a register lists those that it wants, each with its terms.
Check: TypeAlias = Annotated[
    Limit
    | Spike
    | Frozen
    | Gap
    | StepChange
    | History
    | Aligned
    | Future
    | SumCheck
    | Agreement
    | BeyondClock
    | Stopped
    | Running
    | Cadence,
    Field(discriminator="kind"),
]


def _about(
    reading: Reading,
    check: Limit | Spike | StepChange | Aligned | Future | BeyondClock | Stopped | Running,
    found: str,
    expected: str,
) -> ReadingFinding:
    return ReadingFinding(
        reading.start, max(reading.end, reading.start + MICROSECOND), check.kind, found, expected, check.holds
    )


def _rates(seen: CheckContext) -> list[tuple[Reading, Decimal, Decimal]]:
    """Take each reading with what it says was used and the hours that this took; a level as it is, over one hour."""
    inside = {each.start for each in seen.inside()}
    if seen.cumulative:
        return [
            (after, after.value - before.value, _hours(after.start - before.start))
            for before, after in pairwise(seen.readings)
            if after.start in inside and before.value is not None and after.value is not None
            if after.value >= before.value
        ]
    return [
        (each, each.value, _hours(each.end - each.start) if seen.extended else Decimal(1))
        for each in seen.readings
        if each.start in inside and each.value is not None
    ]


def _periods(seen: CheckContext) -> list[tuple[Reading, Period, Decimal]]:
    """Take each reading with the time that it is about, and what was used in it."""
    begins = {after.start: before.start for before, after in pairwise(seen.readings)} if seen.cumulative else {}
    return [
        (reading, Period(begins.get(reading.start, reading.start), max(reading.start, reading.end)), value)
        for reading, value, hours in _rates(seen)
        if hours > 0 and (seen.cumulative or seen.extended)
    ]


def _disagreements(
    check: SumCheck | Agreement, seen: CheckContext, key: str, tolerance_percent: Decimal
) -> Iterator[ReadingFinding]:
    for day, own, other in _both(seen, key):
        if own is None or other is None:
            continue
        if abs(own - other) * 100 > tolerance_percent * max(own, other):
            expected = f"{plain(other)} by {key}, within {plain(tolerance_percent)} %"
            yield ReadingFinding(day.start, day.end, check.kind, plain(own), expected, check.holds)


def _both(seen: CheckContext, key: str) -> Iterator[tuple[Period, Decimal | None, Decimal | None]]:
    days = [day for _, day in seen.days_with_open()]
    yield from zip(days, seen.uses(None, days), seen.uses(key, days), strict=True)


def _touches(seen: CheckContext, start: datetime, end: datetime) -> bool:
    return any(start < day.end and end > day.start for _, day in seen.days)


def _short(number: Decimal) -> Decimal:
    rounded = round(number, 6)
    return rounded.normalize() if rounded else Decimal(0)
