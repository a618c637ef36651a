"""How a use is told apart, and the parts that come of it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal

from metering.usage.aggregation import Aggregation
from quantities.calendars import Calendar


@dataclass(frozen=True, slots=True)
class Measure:
    """How a rule wants a use to be told apart; the sum of a period, unless it says more.

    Attributes:
        aggregation: what is asked of the readings.
        by: dimensions that are told apart.
        calendar: whose bands are told apart.
        hourly: whether each hour of the local clock is.
        block_minutes: how long the block of a demand is.
        sliding: whether a block may start at any interval.
        events: whether each reading is.
        states: whether what a machine did is: how long each of its states lasted.
    """

    aggregation: Aggregation = Aggregation.SUM
    by: tuple[str, ...] = ()
    calendar: Calendar | None = None
    hourly: bool = False
    block_minutes: int = 15
    sliding: bool = False
    events: bool = False
    states: bool = False


SUM = Measure()


@dataclass(frozen=True, slots=True)
class Part:
    """A part of a use that is told apart.

    Attributes:
        quantity: in the unit of the use.
        labels: by which it is: a band, dimensions, a state and its cause.
    """

    quantity: Decimal
    labels: Mapping[str, str] = field(default_factory=dict)
