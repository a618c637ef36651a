"""The rows of a site as by arithmetic 1: one that lacks a reading is missing."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import timedelta, tzinfo
from decimal import Decimal

from metering.fleet.meter import Register
from metering.usage.aggregation import UsageSeries
from quantities.arithmetic import added
from quantities.conversion import conversion
from quantities.period import Period
from quantities.quantity import times
from savings.operating_schedule import mode_shares
from savings.plan import ALL, ReportingRow
from savings.rows import TEMPERATURE, Interval, Row
from savings.site.request import SiteRequest


def energy_by_row(
    register: Register, cells: Sequence[UsageSeries], unit: str, sign: int
) -> dict[Period, dict[str, Decimal | None]]:
    """A register's use by row and band, in ``unit`` and with ``sign``.

    None where there are fewer readings than the register's interval makes in the time of that row and band.
    """
    energy: dict[Period, dict[str, Decimal | None]] = defaultdict(dict)
    counts: dict[tuple[Period, str], int] = defaultdict(int)
    lengths: dict[tuple[Period, str], timedelta] = {}
    for cell in cells:
        row, band = cell.part.period, cell.part.band or ALL
        counts[row, band] += cell.count
        lengths[row, band] = sum((piece.duration for piece in cell.part.pieces), timedelta())
        value = None if cell.value is None else times(cell.value * sign, conversion(cell.unit, unit))
        known = [number for number in (energy[row].get(band), value) if number is not None]
        energy[row][band] = added(known) if known else None
    interval = register.interval
    for (row, band), count in counts.items():
        if interval is not None and count * interval < lengths[row, band]:
            energy[row][band] = None
    return energy


def complete_row(
    request: SiteRequest,
    period: Period,
    where: tzinfo,
    hours: Mapping[str, Decimal],
    energies: Sequence[Mapping[Period, Mapping[str, Decimal | None]]],
    drivers: Mapping[str, Mapping[Period, Decimal | None]],
) -> ReportingRow:
    """A row of a site.

    Args:
        request: what the row is of.
        period: of the row.
        where: the zone of local days.
        hours: of the row, by band.
        energies: of each register, by row and band.
        drivers: by name, the values of rows; of a billing period's temperature those of its days.
    """
    measured: dict[str, Decimal | None] = {}
    for band in hours:
        asked = band if request.rows is not Interval.HOUR else ALL
        of_band = [of_register.get(period, {}).get(asked) for of_register in energies]
        measured[band] = None if None in of_band else added(energy for energy in of_band if energy is not None)
    known = {band: energy for band, energy in measured.items() if energy is not None}
    temperatures: tuple[Decimal | None, ...] = ()
    days = 1
    if request.rows is Interval.BILLING:
        of_days = [day for _, day in period.days(where)]
        days = len(of_days)
        if TEMPERATURE in drivers:
            temperatures = tuple(drivers[TEMPERATURE].get(day) for day in of_days)
    elif TEMPERATURE in drivers:
        temperatures = (drivers[TEMPERATURE].get(period),)
    further = {name: values.get(period) for name, values in drivers.items() if name != TEMPERATURE}
    row = Row(
        period=period,
        local=period.start.astimezone(where),
        energy=added(known.values()) if len(known) == len(measured) else None,
        temperatures=temperatures,
        drivers=further | mode_shares(request.modes, period, where),
        days=days,
    )
    return ReportingRow(row, known, hours)
