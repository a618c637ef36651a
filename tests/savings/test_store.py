"""The rows of a site out of stored readings: March 2026 in Berlin, whose 29th has 23 hours.

kwh    2 an hour; the 31st lacks its hour from 10:00, which comes with a second delivery
pv     0.5 an hour, which is taken off
parts  3 an hour
degc   10, and 20 on the 2nd
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from sqlmodel import Session

from api.operations.readings import ingest
from api.server.database import Database
from metering.consumption.use import BoundaryRule
from metering.deliveries.receipt import Sender
from metering.fleet.meter import Fleet
from metering.fleet.store import declare
from metering.ingest import IngestOptions
from metering.log.store import watermark
from quantities.calendars import Calendar
from quantities.document import parse, read
from quantities.period import Period, zone
from savings.coverage import CoverageTooLow
from savings.operating_schedule import OperatingSchedule
from savings.plan import ALL, Plan, ReportingRow
from savings.rows import TEMPERATURE, DriverAggregation, Interval
from savings.site.request import SiteRequest
from savings.store import SiteRows, measure, rows_of_site
from tests.billing.scene import on

BERLIN = zone("Europe/Berlin")
FLEET = """
sites:
  - name: Werk
    zone: Europe/Berlin
    assets:
      - name: Hall
        meters:
          - name: M
            registers:
              - {key: kwh, kind: interval, unit: kWh, resolution: "0.1", interval_minutes: "60"}
              - {key: pv, kind: interval, unit: kWh, resolution: "0.1", interval_minutes: "60"}
              - {key: parts, kind: interval, unit: part, resolution: "1", interval_minutes: "60"}
              - {key: degc, kind: instantaneous, unit: degC, resolution: "0.1"}
"""
MARCH = Period.of_days(date(2026, 3, 1), date(2026, 4, 1), BERLIN)
LATE = datetime.fromisoformat("2026-03-31T10:00+02:00")
DAY = parse(Calendar, {"bands": [{"name": "day", "hours": [{"start": "08:00", "end": "20:00"}]}], "otherwise": "night"})


def csv(late: bool) -> bytes:  # noqa: FBT001
    """Each hour of March and each register, or the hour that was late alone."""
    lines = ["time,value,register"]
    for hour in MARCH.hours(BERLIN):
        at = hour.start.astimezone(BERLIN)
        values = {"kwh": "2.0", "pv": "0.5", "parts": "3", "degc": "20.0" if at.day == 2 else "10.0"}
        for register, value in values.items():
            if (register == "kwh" and hour.start == LATE) is late:
                lines.append(f"{at.isoformat()},{value},{register}")
    return "\n".join(lines).encode()


@dataclass
class Site:
    session: Session
    before_the_late_hour: int

    def rows(self, first: str, days: int, **changes: Any) -> SiteRows:
        request: dict[str, Any] = {
            "energies": ["kwh"],
            "unit": None,
            "less": [],
            "drivers": {},
            "driver_aggregations": {},
            "rows": Interval.DAY,
            "units": {},
            "modes": {},
        }
        mark = changes.pop("watermark", None) or watermark(self.session)
        start = date.fromisoformat(first)
        period = Period.of_days(start, start + timedelta(days), BERLIN)
        request_of_site = SiteRequest(**{**request, **changes})
        return rows_of_site(self.session, request_of_site, period, "Europe/Berlin", BoundaryRule.LAST_READ, mark)


@pytest.fixture
def site(database: Database) -> Iterator[Site]:
    marks = []
    with database.transaction(1) as session:
        declare(session, parse(Fleet, read(FLEET)))
    for late in (False, True):
        with database.transaction(1) as session:
            ingest(session, Sender("march.csv", "telematics", on("2026-04-01")), csv(late), IngestOptions())
        with database.transaction(1) as session:
            marks.append(watermark(session))
    with database.transaction(1) as session:
        yield Site(session, marks[0])


def energies(site: SiteRows) -> list[str | None]:
    return [None if row.row.energy is None else f"{row.row.energy:.1f}" for row in site.rows]


def test_days(site: Site) -> None:
    """The 28th to the 30th: 24, 23 and 24 hours of 2 kWh, less 0.5 of the PV plant's; and the evidence for both."""
    plain = site.rows("2026-03-28", 3)
    assert energies(plain) == ["48.0", "46.0", "48.0"]
    assert [dict(row.hours) for row in plain.rows] == [{ALL: 24}, {ALL: 23}, {ALL: 24}]
    assert plain.unit == "kWh"
    net = site.rows("2026-03-28", 3, less=["pv"], unit="MWh")
    assert [row.row.energy for row in net.rows] == [Decimal("0.036"), Decimal("0.0345"), Decimal("0.036")]
    assert net.unit == "MWh"
    assert {key: (use.count, use.total) for key, use in net.uses.items()} == {
        "kwh": (71, Decimal(142)),
        "pv": (71, Decimal("35.5")),
    }


def test_a_day_that_lacks_an_hour_is_missing_until_it_comes(site: Site) -> None:
    """As of the first delivery the 31st has 23 of 24 hours."""
    assert energies(site.rows("2026-03-30", 2, watermark=site.before_the_late_hour)) == ["48.0", None]
    assert energies(site.rows("2026-03-30", 2)) == ["48.0", "48.0"]
    banded = site.rows("2026-03-31", 1, calendar=DAY, watermark=site.before_the_late_hour).rows[0]
    assert dict(banded.measured) == {"night": 24}  # the hour is missing in the band that it is in
    assert banded.row.energy is None


def test_bands(site: Site) -> None:
    """Of days: 12 hours of day and the rest of night, 11 of them on the 29th. An hour is in the band it begins in."""
    days = site.rows("2026-03-28", 2, calendar=DAY, less=["pv"])
    assert [dict(row.hours) for row in days.rows] == [{"day": 12, "night": 12}, {"day": 12, "night": 11}]
    assert [dict(row.measured) for row in days.rows] == [
        {"day": 18, "night": 18},
        {"day": 18, "night": Decimal("16.5")},
    ]
    hours = site.rows("2026-03-29", 1, calendar=DAY, rows=Interval.HOUR).rows
    assert [row.row.local.hour for row in hours] == [0, 1, *range(3, 24)]
    assert [next(iter(row.hours)) for row in hours] == ["night"] * 7 + ["day"] * 12 + ["night"] * 4
    assert all(row.measured == {next(iter(row.hours)): 2} for row in hours)


def test_drivers(site: Site) -> None:
    """The mean of the temperature in °F, the sum or the mean of parts, and a mode by the calendar."""
    modes = {"daytime": OperatingSchedule(calendar=DAY, band="day")}

    def drivers(first: str, days: int, **changes: Any) -> list[ReportingRow]:
        asked = {TEMPERATURE: "degc", "parts": "parts"}
        return list(site.rows(first, days, drivers=asked, modes=modes, units={TEMPERATURE: "degF"}, **changes).rows)

    second, third = drivers("2026-03-02", 2, driver_aggregations={"parts": DriverAggregation.SUM})
    assert [*second.row.temperatures, *third.row.temperatures] == [68, 50]
    assert second.row.drivers == {"parts": 72, "daytime": Decimal("0.5")}
    (mean,) = drivers("2026-03-02", 1)
    assert mean.row.drivers["parts"] == 3


def test_a_month_has_the_temperature_of_each_of_its_days(site: Site) -> None:
    (month,) = site.rows("2026-03-01", 31, rows=Interval.BILLING, drivers={TEMPERATURE: "degc"}).rows
    assert [month.row.energy, month.row.days, month.hours[ALL]] == [1486, 31, 743]
    assert list(month.row.temperatures) == [10, 20, *[10] * 29]


class TestAPlan:
    PLAN = parse(
        Plan,
        {
            "name": "hall",
            "least_coverage": "1",
            "option": {
                "kind": "key_parameter", "registers": ["kwh"], "less": ["pv"], "parameter_unit": "kWh", "before": "1.5", "after": "1",
                "energy_unit": "kWh", "basis": "stipulated",
            },
        },
    )  # fmt: skip

    def measured(self, site: Site, mark: int) -> Any:
        return measure(site.session, self.PLAN, MARCH, "Europe/Berlin", BoundaryRule.LAST_READ, mark)

    def test_is_measured_as_of_a_watermark(self, site: Site) -> None:
        """743 · 1.5 kWh = 1,114.5 are used, 1,671.75 expected; as of the first delivery a day is missing."""
        rows, result = self.measured(site, watermark(site.session))
        ((part),) = result.parts
        assert (part.expected, part.measured, part.saved) == (1672, 1115, 557)
        assert len(rows.rows) == 31
        with pytest.raises(CoverageTooLow, match="30 of 31 rows count"):
            self.measured(site, site.before_the_late_hour)
