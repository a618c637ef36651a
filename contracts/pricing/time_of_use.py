"""Time of use: a price for every band of the local clock.

Clause: "By day (Monday to Friday 08:00 to 20:00, public holidays excepted) a kWh costs 0.31 EUR, else 0.22 EUR."
"""

from collections.abc import Mapping
from typing import Annotated, ClassVar, Literal, Self

from pydantic import Field, model_validator

from contracts.clause import Rule
from contracts.rated_line import RatedLine
from contracts.rated_usage import UnpricedUse, Usage, in_unit, require_parts
from metering.usage.measure import Measure
from quantities.calendars import Calendar
from quantities.conversion import conversion
from quantities.exact import rounded, scaled, total
from quantities.money import Amount
from quantities.names import Name, UnitSymbol
from quantities.number import trimmed


class TimeOfUse(Rule):
    """A price per unit by the time of the use.

    Attributes:
        unit: of the priced quantity.
        calendar: the bands.
        unit_prices: by band, the band of all other time included.
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
        """The sums by the calendar's bands."""
        return Measure(calendar=self.calendar)

    def rate(self, usage: Usage) -> tuple[RatedLine, ...]:
        """Rate the use of one billing period.

        Args:
            usage: in any unit of the kind of ``unit``; its parts name their ``band``.

        Returns:
            One line for every band, in the calendar's order, also for a band without use; their quantities add up to
            ``usage``.

        Raises:
            IncompatibleUnit: ``usage`` measures something else.
            NegativeUse: the quantity is below zero.
            UnpricedUse: it is not divided by the calendar's bands.
        """
        in_unit(usage, self.unit)
        require_parts(usage, "the bands of its calendar")
        unpriced = {part.labels.get("band", "") for part in usage.parts if part.quantity} - {*self.calendar.names}
        if unpriced:
            detail = f"use of {', '.join(sorted(unpriced)) or 'no band'} has no price"
            raise UnpricedUse(detail, found=sorted(unpriced), expected=", ".join(self.calendar.names))
        factor, lines = conversion(usage.unit, self.unit), []
        for at, band in enumerate(self.calendar.names):
            used = total(part.exactly for part in usage.parts if part.labels.get("band") == band)
            lines.append(RatedLine(at, trimmed(rounded(scaled(used, factor))), self.unit, self.unit_prices[band], band))
        return tuple(lines)
