"""Questions about stored registers: the database's answers are those of arithmetic by hand, in every band and dimension."""

import random
from collections import defaultdict
from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from itertools import pairwise

import pytest
from sqlmodel import Session

from api.operations.readings import ingest
from api.server.database import Database
from metering.consumption.use import BoundaryRule
from metering.deliveries.receipt import Receipt, Sender
from metering.fleet.meter import Fleet
from metering.fleet.store import declare, registers
from metering.ingest import IngestOptions
from metering.usage.aggregation import Aggregation, Granularity, NoBlocks, UsageQuery, UsageSeries
from metering.usage.store import durations, usage_series
from quantities.calendars import Calendar
from quantities.document import parse, read
from quantities.period import Period, zone

BERLIN = zone("Europe/Berlin")
FLEET = """
sites:
  - name: Werk
    zone: Europe/Berlin
    assets:
      - name: Press
        meters:
          - name: M
            registers:
              - {key: kwh, kind: interval, unit: kWh, resolution: "0.1", interval_minutes: "15", multiplier: "40"}
              - {key: parts, kind: interval, unit: part, resolution: "1", interval_minutes: "60", dimensions: [order, shift]}
              - {key: hours, kind: cumulative, unit: machine_hour, resolution: "0.1", modulus: "1000"}
              - {key: kw, kind: instantaneous, unit: kW, resolution: "0.1"}
              - {key: doors, kind: event, unit: each, resolution: "1"}
              - {key: state, kind: state, unit: machine_hour, resolution: "1", states: [{code: 1, name: RUN, used: true}, {code: 2, name: DOWN, cause: jam}]}
"""
CALENDAR = parse(
    Calendar,
    read(
        '{otherwise: off, bands: [{name: peak, days: [mon, tue, wed, thu, fri], hours: [{start: "08:00", end: "20:00"}]}]}'
    ),
)
MARCH = Period.of_month(2026, 3, BERLIN)


@pytest.fixture
def metered(database: Database) -> Database:
    with database.transaction(1) as session:
        declare(session, parse(Fleet, read(FLEET)))
    return database


def delivers(session: Session, register: str, rows: str) -> Receipt:
    sender = Sender("t.csv", "anna", datetime(2026, 4, 1, tzinfo=UTC))
    receipt = ingest(session, sender, rows.encode(), IngestOptions(register=register))
    assert receipt.verdicts == ()
    return receipt


def asks(session: Session, key: str, question: UsageQuery) -> tuple[UsageSeries, ...]:
    return usage_series(session, [registers(session)[key]], question)[0]


def quarters() -> list[tuple[datetime, Decimal]]:
    chance = random.Random(4)
    count = MARCH.duration // timedelta(minutes=15)
    return [(MARCH.start + timedelta(minutes=15 * n), Decimal(chance.randint(0, 300)) / 10) for n in range(count)]


def test_bands_demand_and_all_the_others_are_those_of_arithmetic_by_hand(metered: Database) -> None:
    values = quarters()
    with metered.transaction(1) as session:
        delivers(session, "kwh", "time,value\n" + "\n".join(f"{start.isoformat()},{value}" for start, value in values))
        assert len(values) == 31 * 96 - 4

        sums: dict[str, Decimal] = defaultdict(Decimal)
        for start, value in values:
            sums[CALENDAR.band_at(start.astimezone(BERLIN).replace(tzinfo=None))] += value * 40
        series_of_bands = asks(session, "kwh", UsageQuery(MARCH, calendar=CALENDAR))
        assert sums == {series.part.band: series.value for series in series_of_bands}
        assert sum(series.count for series in series_of_bands) == len(values)

        days: dict[date, Decimal] = defaultdict(Decimal)
        for start, value in values:
            days[start.astimezone(BERLIN).date()] += value * 40
        by_day = asks(session, "kwh", UsageQuery(MARCH, Granularity.DAY))
        assert list(days.values()) == [series.value for series in by_day]
        assert [series.count for series in by_day].count(92) == 1

        hours = asks(session, "kwh", UsageQuery(MARCH, Granularity.HOUR))
        assert (743, sum(sums.values())) == (
            len(hours),
            sum((series.value or Decimal(0) for series in hours), Decimal(0)),
        )

        # a quarter-hour's kWh × 4 is its mean kW; a sliding half-hour may start at any quarter
        top = max(values, key=lambda reading: reading[1])
        (peak,) = asks(session, "kwh", UsageQuery(MARCH, aggregation=Aggregation.DEMAND))
        assert (top[1] * 40 * 4, top[0], "kW") == (peak.value, peak.at, peak.unit)
        (fixed,) = asks(session, "kwh", UsageQuery(MARCH, aggregation=Aggregation.DEMAND, block_minutes=30))
        (sliding,) = asks(
            session, "kwh", UsageQuery(MARCH, aggregation=Aggregation.DEMAND, block_minutes=30, sliding=True)
        )
        pairs = [one[1] + two[1] for one, two in pairwise(values)]
        assert max(pairs) * 40 * 2 == sliding.value
        assert max(pairs[::2]) * 40 * 2 == fixed.value

        def one(aggregation: Aggregation) -> Decimal | None:
            return asks(session, "kwh", UsageQuery(MARCH, aggregation=aggregation))[0].value

        assert Decimal(len(values)) == one(Aggregation.COUNT)
        assert Decimal(len({value for _, value in values})) == one(Aggregation.UNIQUE)
        assert values[-1][1] * 40 == one(Aggregation.LAST)
        mean = one(Aggregation.MEAN)
        assert mean is not None
        assert abs(mean - sum(sums.values(), Decimal(0)) / 743) < Decimal("1e-12")


def test_a_sliding_demand_does_not_reach_across_a_gap(metered: Database) -> None:
    with metered.transaction(1) as session:
        delivers(
            session,
            "kwh",
            "time,value\n2026-03-02T10:00Z,1\n2026-03-02T10:15Z,2\n2026-03-02T10:45Z,9\n2026-03-02T11:00Z,1\n",
        )
        (peak,) = asks(
            session, "kwh", UsageQuery(MARCH, aggregation=Aggregation.DEMAND, block_minutes=30, sliding=True)
        )
        assert Decimal(10 * 40 * 2) == peak.value
        with pytest.raises(NoBlocks):
            asks(session, "kwh", UsageQuery(MARCH, aggregation=Aggregation.DEMAND, block_minutes=20, sliding=True))


def test_dimensions_are_added_up_or_told_apart(metered: Database) -> None:
    with metered.transaction(1) as session:
        delivers(
            session,
            "parts",
            "time,value,order,shift\n2026-03-02T10:00Z,5,A,early\n2026-03-02T10:00Z,7,B,early\n2026-03-02T11:00Z,4,A,late\n2026-03-02T12:00Z,1,,\n",
        )

        def by_dimensions(*by: str) -> dict[object, Decimal | None]:
            return {series.dimensions: series.value for series in asks(session, "parts", UsageQuery(MARCH, by=by))}

        assert by_dimensions() == {(): 17}
        assert by_dimensions("order") == {(("order", "A"),): 9, (("order", "B"),): 7, (): 1}
        assert by_dimensions("shift", "order") == {
            (("order", "A"), ("shift", "early")): 5,
            (("order", "B"), ("shift", "early")): 7,
            (("order", "A"), ("shift", "late")): 4,
            (): 1,
        }
        again = delivers(
            session, "parts", "time,value,order,shift\n2026-03-02T10:00Z,5,A,early\n2026-03-02T10:00Z,8,B,early\n"
        )
        assert (again.unchanged, again.corrected) == (1, 1)
        assert by_dimensions() == {(): 18}


def test_a_replacement_withdraws_what_was_said_of_other_dimensions(metered: Database) -> None:
    with metered.transaction(1) as session:
        delivers(
            session, "parts", "time,value,order\n2026-03-02T10:00Z,5,A\n2026-03-02T11:00Z,7,B\n2026-03-03T10:00Z,9,B\n"
        )
        sender = Sender("t.csv", "anna", datetime(2026, 4, 1, tzinfo=UTC))
        day = Period.of_days(date(2026, 3, 2), date(2026, 3, 3), BERLIN)
        receipt = ingest(
            session, sender, b"time,value,order\n2026-03-02T10:00Z,4,A\n", IngestOptions(register="parts"), replaces=day
        )
        assert (receipt.stored, receipt.corrected) == (2, 2)
        assert [series.value for series in asks(session, "parts", UsageQuery(MARCH))] == [4 + 9]


def test_counters_levels_events_and_states(metered: Database) -> None:
    with metered.transaction(1) as session:
        delivers(
            session,
            "hours",
            "time,value\n2026-02-28T23:00Z,990\n2026-03-10T23:00Z,999\n2026-03-20T23:00Z,8\n2026-03-31T22:00Z,20\n",
        )
        delivers(
            session,
            "kw",
            "time,value\n2026-03-01T00:00+01:00,10\n2026-03-16T00:00+01:00,20\n2026-04-01T00:00+02:00,0\n",
        )
        delivers(session, "doors", "time\n2026-03-02T10:00Z\n2026-03-02T11:00Z\n2026-03-03T10:00Z\n")
        delivers(
            session,
            "state",
            "time,value\n2026-03-01T00:00+01:00,RUN\n2026-03-02T00:00+01:00,DOWN\n2026-03-02T06:00+01:00,1\n2026-03-03T00:00+01:00,2\n",
        )

        def used(
            key: str, every: Granularity = Granularity.WHOLE, **more: BoundaryRule | Aggregation
        ) -> list[Decimal | None]:
            return [series.value for series in asks(session, key, UsageQuery(MARCH, every, **more))]  # type: ignore[arg-type]

        assert used("hours") == [30]  # 9 + 9 (over the modulus of 1,000) + 12
        assert [series for series in used("hours", Granularity.DAY) if series] == [9, 9, 12]
        steady = used("hours", Granularity.DAY, edges=BoundaryRule.INTERPOLATED)
        assert (len(steady), sum(hours or Decimal(0) for hours in steady)) == (31, 30)
        assert Decimal("0.9") == steady[0]

        assert used("kw") == [10 * 15 * 24 + 20 * (16 * 24 - 1)]
        assert used("kw", aggregation=Aggregation.DEMAND) == [20]
        assert used("kw", Granularity.DAY, aggregation=Aggregation.MEAN)[14:16] == [10, 20]
        assert used("doors", Granularity.DAY)[:3] == [None, 2, 1]
        assert used("state", Granularity.DAY)[:3] == [24, 18, 0]
        whole = UsageQuery(MARCH)
        (((_, lasted),),) = durations(session, [registers(session)["state"]], whole)
        assert {state.name: time for state, time in lasted.items()} == {"RUN": 42, "DOWN": 6 + 29 * 24 - 1}


def test_many_registers_are_answered_at_once_and_as_of_any_watermark(metered: Database) -> None:
    with metered.transaction(1) as session:
        delivers(session, "kwh", "time,value\n2026-03-02T10:00Z,1\n")
        before = delivers(session, "doors", "time\n2026-03-02T10:00Z\n").batch
    with metered.transaction(1) as session:
        delivers(session, "kwh", "time,value\n2026-03-02T10:00Z,2\n")
        known = registers(session)
        chosen = [known[key] for key in ("doors", "kwh", "hours")]

        def values(watermark: int | None = None) -> Sequence[Decimal | None]:
            asked = (session, chosen, UsageQuery(MARCH))
            return [
                series[0].value
                for series in (usage_series(*asked) if watermark is None else usage_series(*asked, watermark))
            ]

        assert values() == [1, 80, None]
        assert values(before) == [1, 40, None]


def test_what_was_not_read_is_said_and_never_zero(metered: Database) -> None:
    with metered.transaction(1) as session:
        (nothing,) = asks(session, "kwh", UsageQuery(MARCH))
    assert (nothing.value, nothing.error) == (None, "no reading of kwh")
