"""Availability guarantee: a malus where equipment was ready less than agreed, a bonus where it was more.

Clause: "4,039 USD × (A - 86 %) are due on top if A exceeds 86 %"; what a malus is stands in malus.py.
"""

from collections.abc import Mapping
from decimal import Decimal
from enum import StrEnum
from typing import Annotated, ClassVar, Literal, Self

from pydantic import Field, model_validator

from contracts.clause import CarriedState, Nature, OverAmounts, RatedLine, Stage, Usage, lump
from contracts.pricing.downtime import Downtime
from contracts.pricing.malus import Malus, Percent
from contracts.schedule import Per
from metering.usage.measure import Measure
from quantities.arithmetic import product, quotient
from quantities.money import Amount
from quantities.number import plain, trimmed
from quantities.terms import Terms

_HUNDRED = Decimal(100)


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
        down, known, base = self._sums(usage).values()
        reached, lines = self.downtime.availability(down, known), []
        told = f"{plain(trimmed(known - down))} of {plain(trimmed(known))} ready = {plain(trimmed(reached))} %"
        if self.malus is not None and (percent := self.malus.percent(reached)) and base > 0:
            if self.at_most_percent is not None:
                percent = min(percent, self.at_most_percent)
            calculation = f"{told}; {plain(trimmed(percent))} % of {plain(trimmed(base))}"
            off = quotient(product(base, percent), _HUNDRED)
            lines.append(lump(0, -off, f"availability {plain(trimmed(reached))} %", calculation))
        if self.bonus is not None and reached > self.bonus.above:
            points = reached - self.bonus.above
            many = points if self.bonus.per is BonusUnit.POINT else quotient(points, _HUNDRED)
            extra = product(self.bonus.amount, many)
            if self.bonus.at_most is not None:
                extra = min(extra, self.bonus.at_most)
            calculation = f"{told}; {plain(self.bonus.amount)} × {plain(trimmed(many))}"
            label = f"above {plain(self.bonus.above)} %"
            lines.append(lump(1, extra, label, calculation, Nature.CONSIDERATION))
        return tuple(lines)

    def close(self, usage: Usage) -> CarriedState:
        """Carry the window's times and amounts."""
        return usage.carry(self.per, self._sums(usage))

    def _sums(self, usage: Usage) -> dict[str, Decimal]:
        down, known = self.downtime.times(usage.beside["states"].parts)
        return usage.so_far(self.per, down=down, known=known, amount=usage.amount)
