"""Availability guarantee: a malus where equipment was ready less than agreed, a bonus where it was more.

Clause: "4,039 USD × (A - 86 %) are due on top if A exceeds 86 %"; the clauses of a malus are in malus.py.
"""

from collections.abc import Mapping
from decimal import Decimal
from enum import StrEnum
from typing import Annotated, ClassVar, Literal, Self

from pydantic import Field, model_validator

from contracts.clause import OverAmounts, Stage
from contracts.pricing.downtime import Downtime, times_in_hours
from contracts.pricing.malus import Malus, Percent
from contracts.rated_line import Nature, RatedLine, lump
from contracts.rated_usage import CarriedState, Usage
from contracts.schedule import Per
from metering.usage.measure import Measure
from quantities.arithmetic import product, quotient
from quantities.exact import Exact, rounded
from quantities.money import Amount
from quantities.number import plain, trimmed
from quantities.terms import Terms

_HUNDRED = Decimal(100)


class BonusUnit(StrEnum):
    """What the amount of a bonus is due for: one ``point`` of a percent, or a hundred points (``fraction``)."""

    POINT = "point"
    FRACTION = "fraction"


class Bonus(Terms):
    """An amount times the points by which the availability exceeds a mark.

    Attributes:
        above: the mark, in percent.
        amount: for one ``per``.
        per: a point, or a hundred points.
        at_most: the highest bonus.
    """

    prices: ClassVar = ("amount", "at_most")

    above: Percent
    amount: Annotated[Amount, Field(gt=0)]
    per: BonusUnit = BonusUnit.POINT
    at_most: Annotated[Amount, Field(ge=0)] | None = None


class Availability(OverAmounts):
    """What an availability takes off the amounts of other charges, or adds to them.

    Attributes:
        downtime: which time counts as down.
        malus: how much is taken off below the guarantee.
        bonus: how much is added above a mark.
        at_most_percent: the most that the malus takes off, in percent of the amounts.
        per: the window over which the availability is computed. A window longer than a billing period is settled when
            it ends, on all amounts of the window.
    """

    stage: ClassVar[Stage] = Stage.ADJUST
    nature: ClassVar[Nature] = Nature.PRICE_REDUCTION
    needs: ClassVar[Mapping[str, Measure]] = {"states": Measure(states=True)}

    kind: Literal["availability"] = "availability"
    arithmetic: Literal[1, 2] = 2
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

    @property
    def carries_money(self) -> bool:
        """Part of what it carries is a sum of amounts."""
        return True

    def from_bare(self, values: CarriedState, usage: Usage) -> CarriedState:
        """Read times that earlier releases carried in the unit in which the states are counted."""
        return times_in_hours(values, usage.auxiliary_usage.get("states", Usage()))

    def rate(self, usage: Usage) -> tuple[RatedLine, ...]:
        """Rate the amounts of other charges.

        Args:
            usage: with the amounts, and the auxiliary usage ``states``: the durations of the machine's states.

        Returns:
            A negative line for the malus and one for the bonus, as far as there is one.

        Raises:
            UnpricedUse: no state of the machine is known.
        """
        if not usage.closes(self.per):
            return ()
        down, known, base = (rounded(number) for number in self._sums(usage).values())
        reached, lines = self.downtime.availability(down, known), []
        shown = f"{plain(trimmed(known - down))} of {plain(trimmed(known))} ready = {plain(trimmed(reached))} %"
        if self.malus is not None and (percent := self.malus.percent(reached)) and base > 0:
            if self.at_most_percent is not None:
                percent = min(percent, self.at_most_percent)
            calculation = f"{shown}; {plain(trimmed(percent))} % of {plain(trimmed(base))}"
            off = quotient(product(base, percent), _HUNDRED)
            lines.append(lump(0, -off, f"availability {plain(trimmed(reached))} %", calculation))
        if self.bonus is not None and reached > self.bonus.above:
            points = reached - self.bonus.above
            many = points if self.bonus.per is BonusUnit.POINT else quotient(points, _HUNDRED)
            extra = product(self.bonus.amount, many)
            if self.bonus.at_most is not None:
                extra = min(extra, self.bonus.at_most)
            calculation = f"{shown}; {plain(self.bonus.amount)} × {plain(trimmed(many))}"
            label = f"above {plain(self.bonus.above)} %"
            lines.append(lump(1, extra, label, calculation, Nature.CONSIDERATION))
        return tuple(lines)

    def close(self, usage: Usage) -> CarriedState:
        """Carry the window's times, in hours, and amounts."""
        return usage.carry(self.per, self._sums(usage))

    def _sums(self, usage: Usage) -> dict[str, Exact]:
        down, known = self.downtime.hours(usage.auxiliary_usage["states"])
        return usage.so_far(self.per, down=down, known=known, amount=usage.amount)
