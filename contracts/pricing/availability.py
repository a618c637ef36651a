"""Availability guarantee: a malus where equipment was ready less than agreed, a bonus where it was more.

Clauses: "The price is multiplied by 100 % - 2 × (98 % - A); below 70 % nothing is due." And: "For each tenth of a point
below 97 % the lump sum falls by 0.1 %, below 85 % by 0.2 %, below 80 % by 0.3 %, below 75 % by 0.4 %." And: "4,039 USD
× (A - 86 %) are due on top if A exceeds 86 %."
"""

from collections.abc import Mapping
from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal, localcontext
from enum import StrEnum
from itertools import pairwise
from typing import Annotated, ClassVar, Literal, Self, TypeAlias

from pydantic import Field, model_validator

from contracts.clause import (
    Measure,
    Nature,
    OverAmounts,
    Part,
    RatedLine,
    Stage,
    State,
    UnpricedUse,
    Usage,
    added,
    lump,
    product,
    quotient,
)
from contracts.money import Amount, Rounding
from contracts.schedule import Per
from contracts.terms import Terms
from metering.document import WholeNumber
from metering.meter import Name
from metering.number import ARITHMETIC_DIGITS, plain, trimmed
from metering.quantity import Magnitude

_HUNDRED, _ZERO = Decimal(100), Decimal(0)
Percent: TypeAlias = Annotated[Magnitude, Field(ge=0, le=100)]


class Excused(StrEnum):
    """How time that is excused counts: as ``available``, or not at all (``left_out``)."""

    AVAILABLE = "available"
    LEFT_OUT = "left_out"


class Downtime(Terms):
    """What of a machine's time counts as down.

    Attributes:
        states: of the state register that are down.
        excused: causes for which the supplier does not answer, such as force majeure or a planned stop.
        excused_as: how their time counts.
        places: to how many places the availability, in percent, is rounded, half away from zero.
    """

    states: Annotated[tuple[Name, ...], Field(min_length=1)]
    excused: tuple[Name, ...] = ()
    excused_as: Excused = Excused.AVAILABLE
    places: Annotated[WholeNumber, Field(ge=0, le=12)] = 4

    def times(self, parts: tuple[Part, ...]) -> tuple[Decimal, Decimal]:
        """Add up how long a machine was down, and how long it is known what it did."""
        known, down = added(part.quantity for part in parts), _ZERO
        for part in parts:
            if part.labels.get("state") not in self.states:
                continue
            if part.labels.get("cause") not in self.excused:
                down = added((down, part.quantity))
            elif self.excused_as is Excused.LEFT_OUT:
                known = added((known, -part.quantity))
        return down, known

    def availability(self, down: Decimal, known: Decimal) -> Decimal:
        """Tell the availability in percent.

        Raises:
            UnpricedUse: nothing is known of the machine's time.
        """
        if known <= 0:
            raise UnpricedUse("no availability can be told: nothing is known of the machine's time")
        return Rounding.HALF_UP.to_places(quotient(product(known - down, _HUNDRED), known), self.places)


class Linear(Terms):
    """So many percent off for each point below the guarantee, all of it below another mark.

    The price jumps at ``nothing_below``; above the guarantee nothing is added, or a malus would become a bonus.
    """

    kind: Literal["linear"] = "linear"
    guarantee: Percent
    factor: Annotated[Magnitude, Field(gt=0)]
    nothing_below: Percent | None = None

    def percent(self, availability: Decimal) -> Decimal:
        """Say how many percent of the price an availability takes off, none to all."""
        if self.nothing_below is not None and availability < self.nothing_below:
            return _HUNDRED
        return min(_HUNDRED, product(self.factor, max(_ZERO, self.guarantee - availability)))


class PartOfStep(StrEnum):
    """What a part of a step counts: in ``full``, in ``part``, or ``none``."""

    FULL = "full"
    PART = "part"
    NONE = "none"


class Band(Terms):
    """Below a mark, so many percent off for each step."""

    below: Percent
    percent: Percent


class Progressive(Terms):
    """So many percent off for each step below a mark, more below the next; each step bears its own band's rate."""

    kind: Literal["progressive"] = "progressive"
    step: Annotated[Magnitude, Field(gt=0)] = Decimal("0.1")
    part_of_step: PartOfStep = PartOfStep.FULL
    bands: Annotated[tuple[Band, ...], Field(min_length=1)]

    @model_validator(mode="after")
    def _fall(self) -> Self:
        if any(before.below <= after.below for before, after in pairwise(self.bands)):
            raise ValueError("bands fall: each begins below the one before")
        return self

    def percent(self, availability: Decimal) -> Decimal:
        """Say how many percent of the price an availability takes off, none to all."""
        off = _ZERO
        floors = [*(band.below for band in self.bands[1:]), _ZERO]
        for band, floor in zip(self.bands, floors, strict=True):
            points = band.below - max(floor, availability)
            if points <= 0:
                break
            off = added((off, product(self._steps(points), band.percent)))
        return min(_HUNDRED, off)

    def _steps(self, points: Decimal) -> Decimal:
        if self.part_of_step is PartOfStep.PART:
            return quotient(points, self.step)
        mode = ROUND_CEILING if self.part_of_step is PartOfStep.FULL else ROUND_FLOOR
        with localcontext(prec=ARITHMETIC_DIGITS):
            return (points / self.step).to_integral_value(mode)


Malus: TypeAlias = Annotated[Linear | Progressive, Field(discriminator="kind")]


class BonusUnit(StrEnum):
    """What the amount of a bonus is for: each ``point`` above, or the whole (``fraction``), a hundred points."""

    POINT = "point"
    FRACTION = "fraction"


class Bonus(Terms):
    """An amount times what is above a mark.

    Attributes:
        above: the mark, in percent.
        amount: for ``per``.
        per: a point, or the whole of a hundred.
        at_most: of money.
    """

    prices: ClassVar = ("amount", "at_most")

    above: Percent
    amount: Annotated[Amount, Field(gt=0)]
    per: BonusUnit = BonusUnit.POINT
    at_most: Annotated[Amount, Field(ge=0)] | None = None


class Availability(OverAmounts):
    """What an availability takes off the amounts of other charges, and adds to them.

    Attributes:
        downtime: what counts as down.
        malus: what is taken off.
        bonus: what is added.
        at_most_percent: of the amounts, the most that a malus takes off.
        per: over what the availability is told. Over more than a billing period it is settled when the window ends, on
            all of the window's amounts.
    """

    stage: ClassVar[Stage] = Stage.ADJUST
    nature: ClassVar[Nature] = Nature.PRICE_REDUCTION
    needs: ClassVar[Mapping[str, Measure]] = {"states": Measure(states=True)}

    kind: Literal["availability"] = "availability"
    arithmetic: Literal[1] = 1
    downtime: Downtime
    malus: Malus | None = None
    bonus: Bonus | None = None
    at_most_percent: Percent | None = None
    per: Per = Per.PERIOD

    @model_validator(mode="after")
    def _does_something(self) -> Self:
        if self.malus is None and self.bonus is None:
            raise ValueError("an availability has a malus, a bonus or both")
        return self

    def rate(self, usage: Usage) -> tuple[RatedLine, ...]:
        """Rate the amounts of other charges.

        Args:
            usage: with the amounts, and beside it ``states``: how long each state lasted.

        Returns:
            A negative line for the malus, one for the bonus, each if there is one.

        Raises:
            UnpricedUse: nothing is known of the machine's time.
        """
        if not usage.closes(self.per):
            return ()
        down, known, base = self._sums(usage)
        reached, lines = self.downtime.availability(down, known), []
        told = f"{plain(trimmed(known - down))} of {plain(trimmed(known))} ready = {plain(trimmed(reached))} %"
        if self.malus is not None and (percent := self.malus.percent(reached)) and base > 0:
            if self.at_most_percent is not None:
                percent = min(percent, self.at_most_percent)
            working = f"{told}; {plain(trimmed(percent))} % of {plain(trimmed(base))}"
            off = quotient(product(base, percent), _HUNDRED)
            lines.append(lump(0, -off, f"availability {plain(trimmed(reached))} %", working))
        if self.bonus is not None and reached > self.bonus.above:
            points = reached - self.bonus.above
            many = points if self.bonus.per is BonusUnit.POINT else quotient(points, _HUNDRED)
            extra = product(self.bonus.amount, many)
            if self.bonus.at_most is not None:
                extra = min(extra, self.bonus.at_most)
            working = f"{told}; {plain(self.bonus.amount)} × {plain(trimmed(many))}"
            label = f"above {plain(self.bonus.above)} %"
            lines.append(lump(1, extra, label, working, Nature.CONSIDERATION))
        return tuple(lines)

    def close(self, usage: Usage) -> State:
        """Carry the window's times and amounts."""
        if usage.closes(self.per):
            return {}
        sums = zip(("down", "known", "amount"), self._sums(usage), strict=True)
        return usage.mark(self.per) | {name: plain(trimmed(each)) for name, each in sums}

    def _sums(self, usage: Usage) -> tuple[Decimal, Decimal, Decimal]:
        carried = usage.carried(self.per)
        down, known = self.downtime.times(usage.beside["states"].parts)
        return (
            added((Decimal(carried.get("down", "0")), down)),
            added((Decimal(carried.get("known", "0")), known)),
            added((Decimal(carried.get("amount", "0")), usage.amount)),
        )
