"""Time of use: a price for each band of the local clock.

Clause: "By day (Monday to Friday 08:00 to 20:00, public holidays excepted) a kWh costs 0.31 EUR, else 0.22 EUR."
"""

from collections.abc import Mapping
from typing import Annotated, ClassVar, Literal, Self

from pydantic import Field, model_validator

from contracts.clause import RatedLine, Rule, Usage, in_unit
from metering.usage.measure import Measure
from quantities.arithmetic import added
from quantities.calendars import Calendar
from quantities.conversion import conversion
from quantities.money import Amount
from quantities.names import Name, UnitSymbol
from quantities.number import trimmed
from quantities.quantity import times


class TimeOfUse(Rule):
    """So much a unit, by the clock.

    Attributes:
        unit: what is priced.
        calendar: the bands.
        unit_prices: one for each band, the one of all other time among them.
    """

    prices: ClassVar = ("unit_prices",)

    kind: Literal["time_of_use"] = "time_of_use"
    arithmetic: Literal[1] = 1
    unit: UnitSymbol
    calendar: Calendar
    unit_prices: Annotated[Mapping[Name, Amount], Field(min_length=1)]

    @model_validator(mode="after")
    def _every_band_has_a_price(self) -> Self:
        bands = self.calendar.names
        missing = [name for name in bands if name not in self.unit_prices]
        unknown = sorted(self.unit_prices.keys() - set(bands))
        if missing or unknown:
            raise ValueError(f"each band has one price: {', '.join(missing) or 'none'} has none, {unknown} is no band")
        return self

    @property
    def measure(self) -> Measure:
        """By the calendar's bands."""
        return Measure(calendar=self.calendar)

    def rate(self, usage: Usage) -> tuple[RatedLine, ...]:
        """Rate the use of one billing period.

        Args:
            usage: in any unit of the kind of ``unit``; its parts name their ``band``.

        Returns:
            One line a band, in the calendar's order, also for none; their quantities add up to ``usage``.

        Raises:
            IncompatibleUnit: ``usage`` is of another kind.
            NegativeUse: there is less than none to rate.
        """
        in_unit(usage, self.unit)
        factor, lines = conversion(usage.unit, self.unit), []
        for at, band in enumerate(self.calendar.names):
            used = added(part.quantity for part in usage.parts if part.labels.get("band") == band)
            lines.append(RatedLine(at, trimmed(times(used, factor)), self.unit, self.unit_prices[band], band))
        return tuple(lines)
