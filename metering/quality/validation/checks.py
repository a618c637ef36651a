"""Checks of readings before they are billed.

A check is one class: its terms, and a method that returns findings. Checks are declared per register and listed in
``Check``. A reading that fails a check is stored unchanged, because a finding is a question and not a correction. Until
a person has verified the reading or replaced it, the extent of the finding is not billed (unless the check has ``holds:
false``).

Sources: the validation rules of California VEE 2.0 and of meter data management by their usual names (limit, spike,
gap, step, history, frozen, sum check); and rules about machines: more hours than the clock, use at rest, no use while
running, more parts than the cadence allows, two sources that disagree.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Iterator
from datetime import timedelta
from decimal import Decimal, localcontext
from itertools import groupby, pairwise
from typing import Annotated, Literal, TypeAlias

from pydantic import BaseModel, ConfigDict, Field

from metering.log.reading import Reading
from metering.quality.validation.context import CheckContext, ReadingFinding, hours_of
from quantities.document import WholeNumber, YesOrNo
from quantities.number import ARITHMETIC_DIGITS, plain
from quantities.period import MICROSECOND, Period
from quantities.quantity import Magnitude

_WEEK = timedelta(days=7)
Share: TypeAlias = Annotated[Magnitude, Field(ge=0)]
Positive: TypeAlias = Annotated[Magnitude, Field(gt=0)]
Key: TypeAlias = Annotated[str, Field(min_length=1, max_length=200)]


class _Check(BaseModel):
    model_config = ConfigDict(
        frozen=True, extra="forbid", validate_by_name=True, serialize_by_alias=True, defer_build=True
    )

    holds: YesOrNo = True


class Limit(_Check):
    """Use per hour is within limits (highest: rated power); of a level, every reading is."""

    kind: Literal["limit"] = "limit"
    highest: Magnitude | None = None
    lowest: Magnitude | None = None

    def findings(self, context: CheckContext) -> Iterator[ReadingFinding]:
        """A finding for every reading beyond a limit."""
        for reading, value, hours in context.rates():
            low, high = (None if limit is None else limit * hours for limit in (self.lowest, self.highest))
            if (high is not None and value > high) or (low is not None and value < low):
                bounds = {"at least": low, "at most": high}
                bound_texts = [f"{word} {plain(_short(edge))}" for word, edge in bounds.items() if edge is not None]
                yield _finding_on(reading, self, plain(value), " and ".join(bound_texts))


class Spike(_Check):
    """The highest reading of a day is not far above the third highest: (first − third) ÷ third is at most ``ratio``."""

    kind: Literal["spike"] = "spike"
    ratio: Positive = Decimal("1.8")

    def findings(self, context: CheckContext) -> Iterator[ReadingFinding]:
        """A finding for the highest reading of a day if it is too far above the third highest."""
        rates = context.rates()
        starts = [reading.start for reading, _, _ in rates]
        for _, day in context.days:
            of_day = rates[bisect_left(starts, day.start) : bisect_left(starts, day.end)]
            highest = sorted(of_day, key=lambda rate: rate[1], reverse=True)
            if len(highest) < 3 or highest[2][1] <= 0:  # noqa: PLR2004 the rule's own third
                continue
            first, third = highest[0][1], highest[2][1]
            if (first - third) > self.ratio * third:
                yield _finding_on(
                    highest[0][0], self, plain(first), f"at most {plain(_short(third * (1 + self.ratio)))}"
                )


class Frozen(_Check):
    """Many equal readings in a row mean a defect meter; zeros are allowed unless ``zeros``: a machine may be off."""

    kind: Literal["frozen"] = "frozen"
    times: Annotated[WholeNumber, Field(ge=2)] = 3
    zeros: YesOrNo = False

    def findings(self, context: CheckContext) -> Iterator[ReadingFinding]:
        """A finding for every run of at least ``times`` equal readings."""
        for value, run in groupby(context.inside(), key=lambda reading: reading.value):
            alike = list(run)
            if len(alike) >= self.times and value is not None and (value != 0 or self.zeros):
                actual = f"{len(alike)} times {plain(value)}"
                end = max(alike[-1].end, alike[-1].start + MICROSECOND)
                yield ReadingFinding(
                    alike[0].start, end, self.kind, actual, f"fewer than {self.times} in a row", self.holds
                )


class Gap(_Check):
    """No interval is missing; between two reads at instants there are at most ``longest_minutes``."""

    kind: Literal["gap"] = "gap"
    longest_minutes: Annotated[WholeNumber, Field(gt=0)] | None = None

    def findings(self, context: CheckContext) -> Iterator[ReadingFinding]:
        """A finding for every stretch of time between two readings that is too long."""
        longest = timedelta(minutes=self.longest_minutes) if self.longest_minutes else timedelta()
        for before, after in pairwise(context.readings):
            missing = after.start - before.end
            asked = context.extended or self.longest_minutes
            if asked and missing > longest and context.touches(before.end, after.start):
                actual = f"nothing for {missing}"
                yield ReadingFinding(before.end, after.start, self.kind, actual, f"at most {longest}", self.holds)


class StepChange(_Check):
    """From one interval to the next, use does not change by more than ``ratio`` times the smaller one."""

    kind: Literal["step"] = "step"
    ratio: Positive

    def findings(self, context: CheckContext) -> Iterator[ReadingFinding]:
        """A finding for the later of two readings that differ too much."""
        for (_, before, _), (reading, value, _) in pairwise(context.rates()):
            low, high = sorted((before, value))
            if low > 0 and high - low > self.ratio * low:
                yield _finding_on(reading, self, plain(value), f"within {plain(self.ratio)} times of {plain(before)}")


class History(_Check):
    """The use of a day is between ``low`` and ``high`` times the mean of the same weekday in the weeks before."""

    kind: Literal["history"] = "history"
    weeks: Annotated[WholeNumber, Field(ge=1, le=53)] = 3
    low: Share = Decimal("0.2")
    high: Positive = Decimal(3)

    def findings(self, context: CheckContext) -> Iterator[ReadingFinding]:
        """A finding for every day outside these bounds."""
        for first, day in context.days_with_open():
            like = [first - _WEEK * back for back in range(1, self.weeks + 1)]
            before = [Period.of_days(earlier, earlier + timedelta(days=1), context.zone) for earlier in like]
            used, *uses = context.uses(None, [day, *before])
            known = [use for use in uses if use is not None]
            if used is None or len(known) < self.weeks:
                continue
            with localcontext(prec=ARITHMETIC_DIGITS):
                mean = sum(known, Decimal(0)) / len(known)
            if not mean * self.low <= used <= mean * self.high:
                expected = f"{plain(_short(mean * self.low))} to {plain(_short(mean * self.high))}"
                yield ReadingFinding(day.start, day.end, self.kind, plain(used), expected, self.holds)


class Aligned(_Check):
    """Intervals begin at multiples of their duration from local midnight; otherwise the clock of the meter is wrong."""

    kind: Literal["aligned"] = "aligned"

    def findings(self, context: CheckContext) -> Iterator[ReadingFinding]:
        """A finding for every interval that begins at another time."""
        midnights = [day.start for _, day in context.days]
        for reading in context.inside() if context.interval else ():
            midnight = midnights[bisect_right(midnights, reading.start) - 1]
            if (reading.start - midnight) % (context.interval or _WEEK):
                expected = f"a multiple of {context.interval} after local midnight"
                yield _finding_on(reading, self, reading.start.isoformat(), expected)


class Future(_Check):
    """A reading does not lie in the future when it reaches us; clocks may differ by ``minutes``."""

    kind: Literal["future"] = "future"
    minutes: Annotated[WholeNumber, Field(ge=0)] = 60

    def findings(self, context: CheckContext) -> Iterator[ReadingFinding]:
        """A finding for every reading in the future."""
        latest = context.received_at + timedelta(minutes=self.minutes)
        for reading in context.inside():
            if max(reading.start, reading.end) > latest:
                yield _finding_on(
                    reading, self, max(reading.start, reading.end).isoformat(), f"until {latest.isoformat()}"
                )


class SumCheck(_Check):
    """The intervals of a day add up to the rise of the counter of another register, within a tolerance in percent."""

    kind: Literal["sum_check"] = "sum_check"
    register_key: Key = Field(alias="register")
    tolerance_percent: Share = Decimal(1)

    def findings(self, context: CheckContext) -> Iterator[ReadingFinding]:
        """A finding for every day on which intervals and counter disagree."""
        yield from _disagreements(self, context, self.register_key, self.tolerance_percent)


class Agreement(_Check):
    """Two sources of the same quantity, such as telematics and the machine's counter, agree for every day."""

    kind: Literal["agreement"] = "agreement"
    register_key: Key = Field(alias="register")
    tolerance_percent: Share = Decimal(2)

    def findings(self, context: CheckContext) -> Iterator[ReadingFinding]:
        """A finding for every day on which they disagree."""
        yield from _disagreements(self, context, self.register_key, self.tolerance_percent)


class BeyondClock(_Check):
    """A machine runs no more hours than have passed; for registers whose unit is one of time."""

    kind: Literal["beyond_clock"] = "beyond_clock"
    tolerance_percent: Share = Decimal(0)

    def findings(self, context: CheckContext) -> Iterator[ReadingFinding]:
        """A finding for every reading with more hours than have passed."""
        for reading, value, hours in context.rates():
            most = hours * (1 + self.tolerance_percent / 100)
            if value * context.multiplier > most:
                actual = plain(value * context.multiplier)
                yield _finding_on(reading, self, actual, f"at most {plain(_short(most))}, which have passed")


class Stopped(_Check):
    """While the machine is stopped (by a register of its running time) it uses at most ``at_rest`` per hour."""

    kind: Literal["stopped"] = "stopped"
    register_key: Key = Field(alias="register")
    at_rest: Share = Decimal(0)

    def findings(self, context: CheckContext) -> Iterator[ReadingFinding]:
        """A finding for every reading with more use while the machine did not run."""
        asked = [
            (reading, period, value, most)
            for reading, period, value in context.extents()
            if value > (most := self.at_rest * hours_of(period.duration))
        ]
        ran = context.uses(self.register_key, [period for _, period, _, _ in asked])
        for (reading, _, value, most), time in zip(asked, ran, strict=True):
            if time == 0:
                expected = f"at most {plain(_short(most))} while {self.register_key} rests"
                yield _finding_on(reading, self, plain(value), expected)


class Running(_Check):
    """While the machine runs (by a register of its running time) it uses something."""

    kind: Literal["running"] = "running"
    register_key: Key = Field(alias="register")

    def findings(self, context: CheckContext) -> Iterator[ReadingFinding]:
        """A finding for every reading of zero during which the machine ran."""
        idle = [(reading, period) for reading, period, value in context.extents() if value == 0]
        ran = context.uses(self.register_key, [period for _, period in idle])
        for (reading, _), time in zip(idle, ran, strict=True):
            if time is not None and time > 0:
                yield _finding_on(reading, self, "0", f"something, for {self.register_key} says {plain(_short(time))}")


class Cadence(_Check):
    """At most ``highest`` parts per hour of running time, which is another register."""

    kind: Literal["cadence"] = "cadence"
    register_key: Key = Field(alias="register")
    highest: Positive

    def findings(self, context: CheckContext) -> Iterator[ReadingFinding]:
        """A finding for every day with more parts."""
        for day, made, ran in context.daily_uses(self.register_key):
            if made is not None and ran is not None and made > self.highest * ran:
                expected = f"at most {plain(_short(self.highest * ran))} in {plain(_short(ran))}"
                yield ReadingFinding(day.start, day.end, self.kind, plain(made), expected, self.holds)


#: All checks; a register lists the checks that apply to it, with their terms.
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


def _finding_on(
    reading: Reading,
    check: Limit | Spike | StepChange | Aligned | Future | BeyondClock | Stopped | Running,
    actual: str,
    expected: str,
) -> ReadingFinding:
    return ReadingFinding(
        reading.start, max(reading.end, reading.start + MICROSECOND), check.kind, actual, expected, check.holds
    )


def _disagreements(
    check: SumCheck | Agreement, context: CheckContext, key: str, tolerance_percent: Decimal
) -> Iterator[ReadingFinding]:
    for day, own, other in context.daily_uses(key):
        if own is None or other is None:
            continue
        if abs(own - other) * 100 > tolerance_percent * max(own, other):
            expected = f"{plain(other)} by {key}, within {plain(tolerance_percent)} %"
            yield ReadingFinding(day.start, day.end, check.kind, plain(own), expected, check.holds)


def _short(number: Decimal) -> Decimal:
    rounded = round(number, 6)
    return rounded.normalize() if rounded else Decimal(0)
