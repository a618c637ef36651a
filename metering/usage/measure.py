"""How the use of a charge is divided, and the parts that result."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from fractions import Fraction

from metering.usage.aggregation import Aggregation
from quantities.calendars import Calendar
from quantities.exact import Exact


@dataclass(frozen=True, slots=True)
class Measure:
    """How a pricing rule needs a use to be divided; by default one sum for the period.

    Attributes:
        aggregation: how the readings are aggregated.
        by: dimensions that are kept apart; the ``register``, its ``asset`` or its ``site`` among them.
        calendar: the calendar whose bands are kept apart; None: no bands.
        hourly: whether hours of the local clock are kept apart.
        daily: whether local days are kept apart, labelled ``day``.
        block_minutes: duration of the blocks of a demand.
        sliding: whether a block may start at any interval.
        events: whether single readings are kept apart.
        states: whether the states of a machine are kept apart, by their durations.
    """

    aggregation: Aggregation = Aggregation.SUM
    by: tuple[str, ...] = ()
    calendar: Calendar | None = None
    hourly: bool = False
    daily: bool = False
    block_minutes: int = 15
    sliding: bool = False
    events: bool = False
    states: bool = False


SUM = Measure()
#: What parts of a use may be told apart by besides dimensions that rows state: which register counted them, and where.
OF_REGISTERS = ("register", "asset", "site")


@dataclass(frozen=True, slots=True)
class Part:
    """A part of a divided use.

    Attributes:
        quantity: in the unit of the use.
        exact: the quantity where ``quantity`` is rounded, because its decimals do not end.
        labels: what it is a part for: its band, its dimensions, its state and cause.
    """

    quantity: Decimal
    labels: Mapping[str, str] = field(default_factory=dict)
    exact: Fraction | None = None

    @property
    def exactly(self) -> Exact:
        """The quantity, unrounded."""
        return self.quantity if self.exact is None else self.exact
