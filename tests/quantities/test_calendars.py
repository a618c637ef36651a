"""Time-of-use bands by the clock on the wall, the weekday, the season and the public holidays."""

from collections import defaultdict
from datetime import date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from metering.usage.aggregation import Granularity, UsageQuery, blocks, sub_periods, usage_cells
from quantities.calendars import Calendar
from quantities.document import FaultyDocument, parse, read
from quantities.period import Period, zone

BERLIN = zone("Europe/Berlin")
#: "Peak is Monday to Friday from 08:00 to 20:00 local time, public holidays in Bavaria excepted; nights from 22:00 to 06:00
#: are low; all other time is off-peak. In winter, peak begins at 07:00."
CLAUSE = """
holidays: DE-BY
extra_holidays: [2026-12-24]
otherwise: off-peak
bands:
  - {name: winter peak, days: [mon, tue, wed, thu, fri], hours: [{start: "07:00", end: "20:00"}], seasons: [{first: 10-01, last: 03-31}]}
  - {name: peak, days: [mon, tue, wed, thu, fri], hours: [{start: "08:00", end: "20:00"}]}
  - {name: low, hours: [{start: "22:00", end: "06:00"}]}
"""
CALENDAR = parse(Calendar, read(CLAUSE))


@pytest.mark.parametrize(("wall", "band"), [
    ("2026-06-01 08:00", "peak"), ("2026-06-01 07:59", "off-peak"), ("2026-06-01 19:59", "peak"), ("2026-06-01 20:00", "off-peak"),
    ("2026-06-01 22:00", "low"), ("2026-06-01 05:59", "low"), ("2026-06-01 06:00", "off-peak"), ("2026-06-06 12:00", "off-peak"),
    ("2026-06-04 12:00", "off-peak"),  # Corpus Christi, a holiday in Bavaria and not in Berlin
    ("2026-12-24 12:00", "off-peak"), ("2026-01-07 07:30", "winter peak"), ("2026-04-01 07:30", "off-peak"), ("2026-03-31 07:30", "winter peak"), ("2026-01-06 12:00", "off-peak"),
])  # fmt: skip
def test_the_clause(wall: str, band: str) -> None:
    assert band == CALENDAR.band_at(datetime.fromisoformat(wall))


@pytest.mark.parametrize(("day", "low_hours"), [
    pytest.param("2026-06-01", 8, id="22 to 6"), pytest.param("2026-03-29", 7, id="the clock leaves out an hour of the night"), pytest.param("2026-10-25", 9, id="or repeats one"),
])  # fmt: skip
def test_a_night_when_the_clock_is_moved(day: str, low_hours: int) -> None:
    first = date.fromisoformat(day)
    whole = Period.of_days(first, first + timedelta(days=1), BERLIN)
    low = [piece.duration for band, piece in CALENDAR.pieces(whole, BERLIN) if band == "low"]
    assert timedelta(hours=low_hours) == sum(low, timedelta())


NIGHT = parse(Calendar, read('{otherwise: day, bands: [{name: night, hours: [{start: "02:15", end: "02:45"}]}]}'))


@pytest.mark.parametrize(("day", "pieces"), [
    ("2026-06-01", ["night 02:15+0200", "day 02:45+0200"]),
    ("2026-03-29", []),  # 02:15 to 02:45 is left out
    ("2026-10-25", ["night 02:15+0200", "day 02:45+0200", "night 02:15+0100", "day 02:45+0100"]),
])  # fmt: skip
def test_a_band_inside_the_hour_that_comes_twice_comes_twice(day: str, pieces: list[str]) -> None:
    first = date.fromisoformat(day)
    whole = Period.of_days(first, first + timedelta(days=1), BERLIN)
    assert (
        pieces
        == [f"{band} {piece.start.astimezone(BERLIN):%H:%M%z}" for band, piece in NIGHT.pieces(whole, BERLIN)][1:]
    )


@given(st.dates(date(2025, 1, 1), date(2027, 12, 1)), st.integers(1, 40), st.sampled_from(["Europe/Berlin", "Australia/Lord_Howe", "America/Sao_Paulo", "Asia/Kathmandu", "Pacific/Apia"]))  # fmt: skip
def test_the_pieces_cover_a_period_once_and_each_is_of_its_band(first: date, days: int, where: str) -> None:
    there = zone(where)
    whole = Period.of_days(first, first + timedelta(days=days), there)
    pieces = list(CALENDAR.pieces(whole, there))
    assert [whole.start, *(piece.end for _, piece in pieces)] == [*(piece.start for _, piece in pieces), whole.end]
    for band, piece in pieces:
        for moment in (piece.start, piece.end - timedelta(microseconds=1)):
            assert band == CALENDAR.band_at(moment.astimezone(there).replace(tzinfo=None))


@pytest.mark.parametrize("document", [
    "{otherwise: a, bands: []}", "{otherwise: a, bands: [{name: a}]}", "{otherwise: a, bands: [{name: b}], holidays: XX}", "{otherwise: a, bands: [{name: b}], holidays: DE-XX}",
    "{otherwise: a, bands: [{name: b, days: [monday]}]}", '{otherwise: a, bands: [{name: b, hours: [{start: "25:00", end: "06:00"}]}]}', "{otherwise: a, bands: [{name: b, seasons: [{first: 13-01, last: 01-01}]}]}",
])  # fmt: skip
def test_a_calendar_that_cannot_be_is_a_fault(document: str) -> None:
    with pytest.raises(FaultyDocument):
        parse(Calendar, read(document))


@pytest.mark.parametrize(("where", "day", "quarters"), [
    ("Europe/Berlin", "2026-06-01", 96), ("Europe/Berlin", "2026-03-29", 92), ("Europe/Berlin", "2026-10-25", 100), ("Australia/Lord_Howe", "2026-04-05", 98),
    ("Australia/Lord_Howe", "2026-10-04", 94), ("America/Sao_Paulo", "2018-11-04", 92), ("America/Sao_Paulo", "2018-02-17", 100), ("Asia/Kathmandu", "2026-06-01", 96), ("Asia/Kolkata", "2026-06-01", 96),
])  # fmt: skip
def test_a_local_day_has_so_many_quarter_hours(where: str, day: str, quarters: int) -> None:
    first = date.fromisoformat(day)
    whole = Period.of_days(first, first + timedelta(days=1), zone(where))
    assert quarters == len(blocks(whole, 15, zone(where)))


@pytest.mark.parametrize(("where", "day", "hours"), [
    ("Europe/Berlin", "2026-03-29", 23), ("Europe/Berlin", "2026-10-25", 25), ("Asia/Kathmandu", "2026-06-01", 24), ("Australia/Lord_Howe", "2026-04-05", 25),
])  # fmt: skip
def test_local_hours_begin_when_the_clock_shows_a_full_one(where: str, day: str, hours: int) -> None:
    there, first = zone(where), date.fromisoformat(day)
    whole = Period.of_days(first, first + timedelta(days=1), there)
    periods = list(sub_periods(whole, Granularity.HOUR, there))
    assert (hours, whole.duration) == (len(periods), sum((period.duration for period in periods), timedelta()))
    assert sum(period.start.astimezone(there).minute == 0 for period in periods) >= hours - 1


def test_each_month_is_cut_into_its_bands() -> None:
    whole = Period.of_days(date(2026, 1, 1), date(2026, 3, 1), BERLIN)
    lasted: dict[tuple[str, str], timedelta] = defaultdict(timedelta)
    for part in usage_cells(UsageQuery(whole, Granularity.MONTH, calendar=CALENDAR), BERLIN):
        lasted[f"{part.period.start.astimezone(BERLIN):%m}", str(part.band)] += sum(
            (piece.duration for piece in part.pieces), timedelta()
        )
    # January 2026 has 20 working days in Bavaria (1st and 6th are holidays), February 20; 13 winter peak hours each
    assert timedelta(hours=20 * 13) == lasted["01", "winter peak"] == lasted["02", "winter peak"]
    assert timedelta(days=31) == sum((time for (month, _), time in lasted.items() if month == "01"), timedelta())
