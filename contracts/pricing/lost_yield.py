"""Lost yield: the supplier pays for what the equipment would have made more at its guaranteed availability.

Clause: "The baseline is what was measured × guaranteed / measured availability; the supplier pays 0.062 EUR for each
kWh between baseline and measurement."
"""

from collections.abc import Mapping
from typing import Annotated, ClassVar, Literal

from pydantic import Field

from contracts.clause import Rule, Stage
from contracts.pricing.downtime import Downtime, times_in_hours
from contracts.pricing.malus import Percent
from contracts.rated_line import Nature, RatedLine
from contracts.rated_usage import CarriedState, UnpricedUse, Usage, exactly
from contracts.schedule import Per
from metering.usage.measure import Measure
from quantities.arithmetic import added, product, quotient
from quantities.exact import Exact, rounded
from quantities.money import Amount
from quantities.names import UnitSymbol
from quantities.number import plain, trimmed


class LostYield(Rule):
    """A payment per unit that was not made.

    Attributes:
        unit: of what is made.
        unit_price: what the supplier pays for a lost unit.
        guarantee: the guaranteed availability, in percent.
        downtime: which time counts as down.
        per: the window; it is settled when it ends.
    """

    stage: ClassVar[Stage] = Stage.ADJUST
    nature: ClassVar[Nature] = Nature.DAMAGES
    needs: ClassVar[Mapping[str, Measure]] = {"states": Measure(states=True)}
    prices: ClassVar = ("unit_price",)
    carried_quantities: ClassVar = frozenset({"made"})

    kind: Literal["lost_yield"] = "lost_yield"
    arithmetic: Literal[1] = 1
    unit: UnitSymbol
    unit_price: Annotated[Amount, Field(gt=0)]
    guarantee: Percent
    downtime: Downtime
    per: Per = Per.YEAR

    def from_bare(self, values: CarriedState, usage: Usage) -> CarriedState:
        """Read times that earlier releases carried in the unit in which the states are counted."""
        return times_in_hours(values, usage.auxiliary_usage.get("states", Usage()))

    def rate(self, usage: Usage) -> tuple[RatedLine, ...]:
        """Rate what was made and for how long the machine was ready.

        Args:
            usage: what was made, in any unit of the kind of ``unit``; with the auxiliary usage ``states``.

        Returns:
            One line with a negative price, if anything was lost.

        Raises:
            UnpricedUse: no state of the machine is known, or it was never ready.
            NegativeUse: the quantity is below zero.
        """
        if not usage.closes(self.per):
            return ()
        down, known, made = (rounded(number) for number in self._sums(usage).values())
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

    def _sums(self, usage: Usage) -> dict[str, Exact]:
        down, known = self.downtime.hours(usage.auxiliary_usage["states"])
        return usage.so_far(self.per, down=down, known=known, made=exactly(usage, self.unit))
