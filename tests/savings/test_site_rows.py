"""Stored readings become the rows that the same figures in a file become: zeros, gaps, estimates and weather alike.

March 2026 in Berlin, whose 29th has 23 hours. ``el`` uses 2 kWh an hour and ``quarters`` 0.5 in each quarter, with zeros,
gaps, estimates and days that stood still; ``degc`` is 10 °C and a little more each hour, with gaps; ``parts`` are 3 an hour.
"""

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest
from sqlmodel import Session

from api.operations.readings import ingest
from api.server.database import Database
from metering.consumption.use import BoundaryRule
from metering.deliveries.receipt import Sender
from metering.fleet.meter import Fleet, Register
from metering.fleet.store import declare
from metering.ingest import IngestOptions
from metering.log.store import watermark
from metering.usage.aggregation import UsageCell, UsageSeries
from quantities.calendars import Calendar
from quantities.document import parse, read
from quantities.period import Period, zone
from savings.baseline import rows_for
from savings.energy_rules import EnergyBasis, EnergyRules
from savings.methods import METHODS, BaselineMethod
from savings.rows import TEMPERATURE, Row, Series
from savings.site.request import SiteRequest
from savings.site_rows import SiteEnergy, StepEnergy, energy_by_step
from savings.store import SiteRows, rows_of_site
from tests.billing.scene import on

BERLIN = zone("Europe/Berlin")
MARCH = Period.of_days(date(2026, 3, 1), date(2026, 4, 1), BERLIN)
FLEET = """
sites:
  - name: Werk
    zone: Europe/Berlin
    assets:
      - name: Hall
        meters:
          - name: M
            registers:
              - {key: el, kind: interval, unit: kWh, resolution: "0.1", interval_minutes: "60"}
              - {key: quarters, kind: interval, unit: kWh, resolution: "0.1", interval_minutes: "15"}
              - {key: parts, kind: interval, unit: part, resolution: "1", interval_minutes: "60"}
              - {key: degc, kind: instantaneous, unit: degC, resolution: "0.01"}
              - {key: seldom, kind: instantaneous, unit: degC, resolution: "0.01"}
"""
DAY = parse(Calendar, {"bands": [{"name": "day", "hours": [{"start": "08:00", "end": "20:00"}]}], "otherwise": "night"})


def is_lost(at: datetime) -> bool:
    """Five hours of the 5th, the 6th but for eleven hours, all of the 7th, and one hour of the clock's change."""
    return (
        (at.day == 5 and at.hour < 5)
        or (at.day == 6 and at.hour < 13)
        or at.day == 7
        or (at.day == 29 and at.hour == 4)
    )


def is_zero(at: datetime) -> bool:
    """Three hours of the 9th, thirteen of the 10th, all of the 11th."""
    return (at.day == 9 and at.hour < 3) or (at.day == 10 and at.hour < 13) or at.day == 11


def is_estimate(at: datetime) -> bool:
    """Thirteen hours of the 13th, five of the 14th, and a quarter of each hour of the 16th."""
    return (at.day == 13 and at.hour < 13) or (at.day == 14 and at.hour < 5) or (at.day == 16 and at.minute == 15)


def figures() -> dict[str, dict[datetime, str]]:
    """Of each register, by the instant from which on they hold."""
    by_register: dict[str, dict[datetime, str]] = {name: {} for name in ("el", "quarters", "parts", "degc", "seldom")}
    for number, hour in enumerate(MARCH.hours(BERLIN)):
        at = hour.start.astimezone(BERLIN)
        if not is_lost(at):
            by_register["el"][hour.start] = "0.0" if is_zero(at) else "2.0"
            for quarter in range(4):
                by_register["quarters"][hour.start + timedelta(minutes=15) * quarter] = "0.0" if is_zero(at) else "0.5"
        by_register["parts"][hour.start] = "3"
        if not (at.day == 15 and at.hour in (4, 5, 6)) and at.day != 20:
            by_register["degc"][hour.start] = f"{10 + number % 24 / 4:.2f}"
        if number % 3 == 0 and at.day != 20:
            by_register["seldom"][hour.start] = f"{10 + number % 24 / 4:.2f}"
    return by_register


FIGURES = figures()


@pytest.fixture
def session(database: Database) -> Iterator[Session]:
    lines = ["time,value,register,quality"]
    for register, values in FIGURES.items():
        quality = {True: "estimated_reference_day", False: ""}
        lines += [
            f"{at.isoformat()},{value},{register},{quality[is_estimate(at.astimezone(BERLIN))]}"
            for at, value in values.items()
        ]
    with database.transaction(1) as session:
        declare(session, parse(Fleet, read(FLEET)))
    with database.transaction(1) as session:
        ingest(session, Sender("march.csv", "telematics", on("2026-04-01")), "\n".join(lines).encode(), IngestOptions())
    with database.transaction(1) as session:
        yield session


def method(kind: str, **settings: object) -> BaselineMethod:
    parsed: BaselineMethod = parse(METHODS[kind], {"kind": kind, **settings})
    return parsed


def stored(
    session: Session, of: BaselineMethod, energy: str, weather: str = "degc", calendar: Calendar | None = None
) -> SiteRows:
    request = SiteRequest(
        energies=[energy],
        unit=None,
        less=[],
        drivers={"parts": "parts", TEMPERATURE: weather},
        driver_aggregations=of.drivers,
        rows=of.rows,
        units={TEMPERATURE: of.degrees},
        modes={},
        calendar=calendar,
        method=of,
    )
    return rows_of_site(session, request, MARCH, "Europe/Berlin", BoundaryRule.LAST_READ, watermark(session))


def as_a_file(register: str, unit: str, minutes: int) -> Series:
    values = FIGURES[register]
    step = timedelta(minutes=minutes)
    periods = tuple(Period(at.astimezone(UTC), at.astimezone(UTC) + step) for at in values)
    estimates = frozenset(at for at in values if is_estimate(at.astimezone(BERLIN)))
    return Series(periods, tuple(map(Decimal, values.values())), unit, estimates)


def same(row: Row) -> object:
    degrees = [None if degree is None else round(degree, 9) for degree in row.temperatures]
    return row.local, row.energy, row.basis, row.zeros, row.rests_on_estimates, degrees, dict(row.drivers)


@pytest.mark.parametrize(
    ("kind", "settings"),
    [
        pytest.param("caltrack_daily", {}, id="days of electricity"),
        pytest.param("caltrack_daily", {"fuel": "gas"}, id="days of gas"),
        pytest.param("caltrack_hourly", {}, id="hours of electricity"),
        pytest.param("mean", {"row": "hour", "degree_days": {"h": {"side": "heating", "base": "20"}}}, id="hours"),
    ],
)
@pytest.mark.parametrize(("energy", "minutes"), [("el", 60), pytest.param("quarters", 15, marks=pytest.mark.long)])
def test_the_rows_are_those_of_a_file(
    session: Session, kind: str, settings: dict[str, object], energy: str, minutes: int
) -> None:
    of = method(kind, drivers={"parts": "sum"}, **settings)
    drivers = {TEMPERATURE: as_a_file("degc", "degC", 60), "parts": as_a_file("parts", "", 60)}
    file = rows_for(of, as_a_file(energy, "kWh", minutes), drivers, "Europe/Berlin", MARCH)
    rows = [row.row for row in stored(session, of, energy).rows]
    assert list(map(same, rows)) == list(map(same, file))
    assert {row.basis for row in rows} >= {EnergyBasis.MEASURED, EnergyBasis.MISSING}
    hours = 13 + 5 if kind == "caltrack_hourly" or "row" in settings else 1
    assert sum(row.rests_on_estimates for row in rows) == hours


def test_days_of_electricity(session: Session) -> None:
    """19 hours of 2 stand for the 5th's 24, 21 for the 9th's; the 6th, 7th, 10th and 11th are missing; 22 of 23 hours."""
    rows = {row.row.local.day: row.row for row in stored(session, method("caltrack_daily"), "el").rows}
    assert [(day, row.basis, row.zeros) for day, row in rows.items() if row.basis is not EnergyBasis.MEASURED] == [
        (5, "estimated", 0),
        (6, "missing", 0),
        (7, "missing", 0),
        (9, "estimated", 3),
        (10, "missing", 13),
        (11, "missing", 24),
        (13, "estimated", 0),
        (14, "estimated", 0),
        (29, "estimated", 0),
    ]
    assert [rows[day].energy for day in (4, 5, 9, 29)] == [48, 48, 48, 46]


def test_bands_add_up_to_the_day(session: Session) -> None:
    """Of the 5th's 24 hours five of the night are lost: 19 hours of 2 are 38, and stand for 48.

    By night 7 of 12 hours were read, 14 kWh, and by day 12, 24 kWh: 48 · 24/38 = 30.32 are of the day, 17.68 of the
    night.
    """
    rows = {row.row.local.day: row for row in stored(session, method("caltrack_daily"), "el", calendar=DAY).rows}
    assert dict(rows[4].measured) == {"day": 24, "night": 24}
    fifth = {band: round(energy, 2) for band, energy in rows[5].measured.items()}
    assert fifth == {"day": Decimal("30.32"), "night": Decimal("17.68")}
    assert sum(rows[5].measured.values()) == rows[5].row.energy == 48


def test_a_band_that_was_not_measured_at_all_leaves_the_row_out() -> None:
    """Twelve hours of the day, and none of the night: the whole is known to be 48, and nobody knows of which band."""
    start = datetime(2026, 3, 2, tzinfo=UTC)
    hours = [Period(start + timedelta(hours=at), start + timedelta(hours=at + 1)) for at in range(24)]
    site = SiteEnergy.of(
        [{hour: StepEnergy({"day": Decimal(2)}) if at >= 12 else None for at, hour in enumerate(hours)}], "kWh"
    )
    row = Row(Period(start, start + timedelta(days=1)), start, Decimal(48))
    assert site.by_band(row, ["day", "night"], EnergyRules()) is None
    assert site.by_band(row, ["day"], EnergyRules()) == {"day": Decimal(48)}


@pytest.mark.parametrize(
    ("kind", "estimated", "rests"),
    [
        pytest.param("cumulative", 0, False, id="a counter whose reads are measured"),
        pytest.param("cumulative", 1, True, id="of a counter one estimated read leaves nothing that was measured"),
        pytest.param("interval", 1, False, id="of intervals an estimate is a part of the time"),
    ],
)
def test_an_estimated_read_of_a_counter_is_of_all_the_time_beside_it(kind: str, estimated: int, rests: bool) -> None:  # noqa: FBT001
    """A day of four reads, or of four intervals of six hours; one of them may be an estimate."""
    day = Period(MARCH.start, MARCH.start + timedelta(days=1))
    stated = {"key": "total", "kind": kind, "unit": "kWh", "resolution": "0.1"}
    register = parse(Register, stated | ({"interval_minutes": "360"} if kind == "interval" else {}))
    cell = UsageSeries(UsageCell(day, None, (day,)), (), Decimal(48), "kWh", count=4, estimated=estimated)
    (energy,) = energy_by_step(register, [cell], "kWh", band="all").values()
    assert energy == StepEnergy({"all": Decimal(48)}, is_estimated=bool(estimated), rests_on_estimates=rests)


class TestMissingWeather:
    """Three hours are bridged; a day without a read is a day without a temperature: no read holds that long."""

    @pytest.mark.parametrize("weather", [pytest.param("degc", id="hourly"), pytest.param("seldom", id="three-hourly")])
    def test_a_day(self, session: Session, weather: str) -> None:
        rows = {row.row.local.day: row.row for row in stored(session, method("caltrack_daily"), "el", weather).rows}
        assert [day for day, row in rows.items() if None in row.temperatures] == [20]

    def test_hours(self, session: Session) -> None:
        rows = [row.row for row in stored(session, method("caltrack_hourly"), "el").rows]
        assert [row.local.day for row in rows if None in row.temperatures] == [20] * 24


def test_a_month_of_readings_counts_from_nine_tenths_on(session: Session) -> None:
    """Of 743 hours 5 + 13 + 24 + 1 are not there: 700, of which 3 + 13 + 24 are zero and 660 are 2 kWh.

    Of gas 700 are 94 %: 1,320 · 743/700 = 1,401.09. Of electricity 660 are 88.8 %.
    """
    (gas,) = stored(session, method("caltrack_billing", fuel="gas"), "el").rows
    assert (gas.row.basis, gas.row.energy and round(gas.row.energy, 2)) == ("estimated", Decimal("1401.09"))
    (electricity,) = stored(session, method("caltrack_billing"), "el").rows
    assert (electricity.row.basis, electricity.row.energy) == ("missing", None)
