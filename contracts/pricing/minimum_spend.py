"""Minimum spend: the least that charges add up to in a window.

Clause: "The fees of a quarter are at least 3,000 EUR, less the part of its time in which the supplier's own fault kept
the equipment from running."
"""

from decimal import Decimal
from typing import ClassVar, Literal

from contracts.pricing.bound import Bound
from contracts.pricing.downtime import in_hours, times_in_hours
from contracts.rated_line import RatedLine, lump
from contracts.rated_usage import CarriedState, Usage
from metering.usage.measure import Measure
from quantities.arithmetic import added, product, quotient
from quantities.exact import Exact, rounded, subtracted
from quantities.names import Name
from quantities.number import plain, trimmed


class MinimumSpend(Bound):
    """Bills what charges are below a minimum when the window ends.

    Attributes:
        amount: for a whole window.
        per: the window.
        proration: the minimum of a part of a window.
        lowered_by: states of the equipment, or their causes, whose time lowers the minimum in proportion: downtime for
            which the supplier is liable. The states are the auxiliary usage named ``states``.
    """

    accepts: ClassVar = {"states": Measure(states=True)}

    kind: Literal["minimum_spend"] = "minimum_spend"
    arithmetic: Literal[1, 2] = 2
    lowered_by: tuple[Name, ...] = ()

    def from_bare(self, values: CarriedState, usage: Usage) -> CarriedState:
        """Read times that earlier releases carried in the unit in which the states are counted."""
        return times_in_hours(values, usage.auxiliary_usage.get("states", Usage()))

    def rate(self, usage: Usage) -> tuple[RatedLine, ...]:
        """Rate the amounts of other charges: at the window's end one line of what is missing, if anything."""
        if not usage.closes(self.per):
            return ()
        bound, so_far, why = self.bound(usage), self.so_far(usage), ""
        down, known = self._times(usage)
        if down:
            bound = quotient(product(bound, rounded(subtracted(known, down))), rounded(known))
            why = f", lowered by {plain(trimmed(rounded(down)))} of {plain(trimmed(rounded(known)))} down"
        if so_far >= bound:
            return ()
        calculation = f"at least {plain(trimmed(bound))}{why}, less {plain(trimmed(so_far))}"
        return (lump(0, added((bound, so_far.copy_negate())), "to the minimum", calculation),)

    def close(self, usage: Usage) -> CarriedState:
        """Carry the window's amounts, and its downtime."""
        if usage.closes(self.per):
            return {}
        down, known = self._times(usage)
        return usage.carry(self.per, {"amount": self.so_far(usage), "down": down, "known": known})

    def _times(self, usage: Usage) -> tuple[Exact, Exact]:
        """Add up the window's downtime, and its time in which a state is known, in hours."""
        if not self.lowered_by:
            return Decimal(0), Decimal(0)
        states = usage.auxiliary_usage.get("states", Usage())
        down = added(part.quantity for part in states.parts if {*part.labels.values()} & {*self.lowered_by})
        known = added(part.quantity for part in states.parts)
        sums = usage.so_far(self.per, down=in_hours(down, states.unit), known=in_hours(known, states.unit))
        return sums["down"], sums["known"]
