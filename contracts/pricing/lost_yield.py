"""Lost yield: what equipment would have made at its guaranteed availability, and did not, is paid for.

Clause: "The baseline is what was measured × guaranteed / measured availability; the supplier pays 0.062 EUR for each
kWh between baseline and measurement."
"""

from collections.abc import Mapping
from decimal import Decimal
from typing import Annotated, ClassVar, Literal

from pydantic import Field

from contracts.clause import CarriedState, Nature, RatedLine, Rule, Stage, UnpricedUse, Usage, in_unit
from contracts.pricing.downtime import Downtime
from contracts.pricing.malus import Percent
from contracts.schedule import Per
from metering.usage.measure import Measure
from quantities.arithmetic import added, product, quotient
from quantities.money import Amount
from quantities.names import UnitSymbol
from quantities.number import plain, trimmed


class LostYield(Rule):
    """So much a unit that was not made.

    Attributes:
        unit: what is made.
        unit_price: what the supplier pays.
        guarantee: the availability, in percent, below which something was lost.
        downtime: what counts as down.
        per: over what; settled when the window ends.
    """

    stage: ClassVar[Stage] = Stage.ADJUST
    nature: ClassVar[Nature] = Nature.DAMAGES
    needs: ClassVar[Mapping[str, Measure]] = {"states": Measure(states=True)}
    prices: ClassVar = ("unit_price",)

    kind: Literal["lost_yield"] = "lost_yield"
    arithmetic: Literal[1] = 1
    unit: UnitSymbol
    unit_price: Annotated[Amount, Field(gt=0)]
    guarantee: Percent
    downtime: Downtime
    per: Per = Per.YEAR

    def rate(self, usage: Usage) -> tuple[RatedLine, ...]:
        """Rate what was made and for how long the machine was ready.

        Args:
            usage: what was made, in any unit of the kind of ``unit``; beside it ``states``.

        Returns:
            One line with a negative price, if anything was lost.

        Raises:
            UnpricedUse: nothing is known of the machine's time, or it was never ready.
            NegativeUse: less than nothing was made.
        """
        if not usage.closes(self.per):
            return ()
        down, known, made = self._sums(usage).values()
        reached = self.downtime.availability(down, known)
        if reached >= self.guarantee:
            return ()
        if not reached:
            raise UnpricedUse("it was never ready: no baseline follows from what it made")
        baseline = quotient(product(made, self.guarantee), reached)
        calculation = (
            f"{plain(trimmed(made))} × {plain(self.guarantee)} / {plain(trimmed(reached))} = {plain(baseline)}"
        )
        lost = trimmed(added((baseline, -made)))
        return (RatedLine(0, lost, self.unit, -self.unit_price, "not made", calculation),)

    def close(self, usage: Usage) -> CarriedState:
        """Carry the window's times and what was made in it."""
        return usage.carry(self.per, self._sums(usage))

    def _sums(self, usage: Usage) -> dict[str, Decimal]:
        down, known = self.downtime.times(usage.beside["states"].parts)
        return usage.so_far(self.per, down=down, known=known, made=in_unit(usage, self.unit))
