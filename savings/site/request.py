"""What to read of a site, over which days."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from metering.consumption.use import BoundaryRule
from quantities.calendars import Calendar
from quantities.period import Period
from savings.operating_schedule import OperatingSchedule
from savings.row_rules import RowRules
from savings.rows import DriverAggregation, Interval


@dataclass(frozen=True, slots=True)
class SiteRequest:
    """What to read of a site.

    Attributes:
        energies: the keys of the registers whose use is added up.
        unit: the unit of the energy; by default that of the first of these registers.
        less: the keys of the registers whose use is subtracted.
        drivers: the key of each driver's register, by the driver's name.
        driver_aggregations: sum or mean for each driver; the mean by default.
        rows: the length of a row; a billing period is here a calendar month.
        units: the unit that each driver is converted to, by name; by default that of its register.
        modes: the drivers that follow from a calendar, by name.
        calendar: the calendar of price bands, if energy is told apart by band.
        method: of the baseline that the rows are of, whose rules say what a value of energy is. Without one, and by
            arithmetic 1, a row that lacks a reading is missing, and a zero is judged by the row.
    """

    energies: Sequence[str]
    unit: str | None
    less: Sequence[str]
    drivers: Mapping[str, str]
    driver_aggregations: Mapping[str, DriverAggregation]
    rows: Interval
    units: Mapping[str, str]
    modes: Mapping[str, OperatingSchedule]
    calendar: Calendar | None = None
    method: RowRules | None = None

    @property
    def keys(self) -> tuple[str, ...]:
        """The keys of its registers, each once: of the energies, of what is subtracted, of the drivers."""
        return tuple(dict.fromkeys((*self.energies, *self.less, *self.drivers.values())))


@dataclass(frozen=True, slots=True)
class SiteQuestion:
    """What to read of a site over some days.

    Attributes:
        request: which registers, and what the rows are.
        period: whole local days.
        zone_name: the time zone of the local days and hours; a weather station may stand in another one.
        edges: what a counter counted up to an instant at which it was not read.
    """

    request: SiteRequest
    period: Period
    zone_name: str
    edges: BoundaryRule
