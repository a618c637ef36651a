"""Downtime: the time of a machine that counts as down, the time that is excused, and the availability that follows."""

from decimal import Decimal
from enum import StrEnum
from typing import Annotated

from pydantic import Field

from contracts.rated_usage import CarriedState, UnpricedUse, Usage
from metering.usage.measure import Part
from quantities.arithmetic import added, product, quotient
from quantities.conversion import conversion
from quantities.document import WholeNumber
from quantities.exact import Exact, exact_text, scaled
from quantities.names import Name
from quantities.quantity import QuantityKind, unit
from quantities.rounding import Rounding
from quantities.terms import Terms

_HUNDRED, _ZERO = Decimal(100), Decimal(0)
HOURS = {QuantityKind.DURATION: "h", QuantityKind.MACHINE_TIME: "machine_hour"}


class Excused(StrEnum):
    """How excused time counts: as ``available``, or not at all (``left_out``)."""

    AVAILABLE = "available"
    LEFT_OUT = "left_out"


class Downtime(Terms):
    """Which time of a machine counts as down.

    Attributes:
        states: the states of the state register in which the machine is down.
        excused: causes for which the supplier is not liable, such as force majeure or a planned stop.
        excused_as: how their time counts.
        places: to how many places the availability, in percent, is rounded, half away from zero.
    """

    states: Annotated[tuple[Name, ...], Field(min_length=1)]
    excused: tuple[Name, ...] = ()
    excused_as: Excused = Excused.AVAILABLE
    places: Annotated[WholeNumber, Field(ge=0, le=12)] = 4

    def times(self, parts: tuple[Part, ...]) -> tuple[Decimal, Decimal]:
        """Add up the time in which a machine was down, and the time in which its state is known."""
        known, down = added(part.quantity for part in parts), _ZERO
        for part in parts:
            if part.labels.get("state") not in self.states:
                continue
            if part.labels.get("cause") not in self.excused:
                down = added((down, part.quantity))
            elif self.excused_as is Excused.LEFT_OUT:
                known = added((known, -part.quantity))
        return down, known

    def hours(self, states: Usage) -> tuple[Exact, Exact]:
        """Add up the same times in hours, exactly, so that they can be carried whatever register counts the states."""
        down, known = self.times(states.parts)
        return in_hours(down, states.unit), in_hours(known, states.unit)

    def availability(self, down: Decimal, known: Decimal) -> Decimal:
        """Compute the availability in percent: the known time that is not down, over the known time.

        Raises:
            UnpricedUse: no state of the machine is known.
        """
        if known <= 0:
            raise UnpricedUse("no availability can be told: nothing is known of the machine's time")
        return Rounding.HALF_UP.to_places(quotient(product(known - down, _HUNDRED), known), self.places)


def in_hours(time: Decimal, counted_in: str) -> Exact:
    """Express a time in hours, or machine-hours, exactly; a time without a unit of time stays as it is."""
    kind = unit(counted_in).kind if counted_in else None
    if kind not in HOURS:
        return time
    return scaled(time, conversion(counted_in, HOURS[kind]))


def times_in_hours(values: CarriedState, states: Usage) -> CarriedState:
    """Bring the carried times ``down`` and ``known`` from the unit of states to hours."""
    times = {name: in_hours(Decimal(values[name]), states.unit) for name in ("down", "known") if name in values}
    return {**values, **{name: exact_text(time) for name, time in times.items()}}
