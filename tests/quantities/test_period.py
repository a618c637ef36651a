from datetime import UTC, date, datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from quantities.period import EmptyPeriod, NaiveInstant, Period, UnknownZone, midnight, zone

BERLIN = zone("Europe/Berlin")
INSTANTS = st.datetimes(datetime(1990, 1, 1), datetime(2035, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001
ZONES = st.sampled_from(
    [
        "Europe/Berlin",
        "America/Los_Angeles",
        "Australia/Lord_Howe",
        "Asia/Kathmandu",
        "America/Sao_Paulo",
        "Pacific/Apia",
        "Africa/Cairo",
        "America/Havana",
        "Asia/Beirut",
    ]
).map(zone)


def at(text: str) -> datetime:
    return datetime.fromisoformat(text)


@pytest.mark.parametrize(("day", "where", "first", "hours"), [
    pytest.param(date(2026, 3, 29), "Europe/Berlin", "2026-03-28T23:00Z", 23, id="spring: 92 quarter-hours"),
    pytest.param(date(2026, 10, 25), "Europe/Berlin", "2026-10-24T22:00Z", 25, id="autumn: 100 quarter-hours"),
    pytest.param(date(2026, 6, 1), "Europe/Berlin", "2026-05-31T22:00Z", 24, id="any other day: 96"),
    pytest.param(date(2026, 4, 5), "Australia/Lord_Howe", "2026-04-04T13:00Z", 24.5, id="a clock change of half an hour"),
    pytest.param(date(2026, 10, 4), "Australia/Sydney", "2026-10-03T14:00Z", 23, id="southern spring"),
    pytest.param(date(2026, 1, 1), "Asia/Kathmandu", "2025-12-31T18:15Z", 24, id="an offset of 5:45"),
    pytest.param(date(2018, 11, 4), "America/Sao_Paulo", "2018-11-04T03:00Z", 23, id="midnight does not exist: the day starts at one"),
    pytest.param(date(1919, 3, 31), "America/Toronto", "1919-03-31T04:30Z", 23.5, id="the jump from 23:30 to 0:30 swallows midnight"),
    pytest.param(date(2024, 11, 3), "America/Havana", "2024-11-03T04:00Z", 25, id="midnight comes twice: the day starts at the first"),
])  # fmt: skip
def test_a_local_day_lasts_from_its_first_instant_to_the_next_days(
    day: date, where: str, first: str, hours: float
) -> None:
    local_day = Period.of_days(day, day + timedelta(days=1), zone(where))

    assert at(first) == local_day.start
    assert timedelta(hours=hours) == local_day.duration


def test_a_date_that_its_zone_skipped_has_no_part() -> None:
    apia = zone("Pacific/Apia")
    assert midnight(date(2011, 12, 30), apia) == midnight(date(2011, 12, 31), apia)

    days = [day for day, _ in Period.of_days(date(2011, 12, 29), date(2012, 1, 1), apia).days(apia)]

    assert [date(2011, 12, 29), date(2011, 12, 31)] == days


class TestAPeriodIsHalfOpen:
    """From its start up to, and without, its end."""

    def test_its_edges(self) -> None:
        march = Period.of_month(2026, 3, BERLIN)
        assert march.start in march
        assert march.end not in march
        assert Period.of_month(2026, 4, BERLIN).start == march.end

    @given(INSTANTS, st.timedeltas(timedelta(seconds=1), timedelta(days=400)), st.lists(INSTANTS))
    def test_its_parts_cover_it_once(self, start: datetime, length: timedelta, cuts: list[datetime]) -> None:
        period = Period(start, start + length)
        parts = period.split(*cuts)
        assert (period.start, period.end) == (parts[0].start, parts[-1].end)
        assert all(before.end == after.start for before, after in pairwise(parts))

    @given(INSTANTS, st.timedeltas(timedelta(seconds=1), timedelta(days=90)), ZONES)
    def test_its_days_and_months_cover_it_once(self, start: datetime, length: timedelta, where: object) -> None:
        period = Period(start, start + length)
        for parts in ([part for _, part in period.days(where)], [part for _, part in period.months(where)]):  # type: ignore[arg-type]
            assert period.duration == sum((part.duration for part in parts), timedelta())
            assert (period.start, period.end) == (parts[0].start, parts[-1].end)

    def test_what_two_periods_share(self) -> None:
        march, april = Period.of_month(2026, 3, BERLIN), Period.of_month(2026, 4, BERLIN)
        assert march.meet(april) is None
        assert march == march.meet(Period(march.start, april.end))
        assert Period(march.start, april.end).covers(march)
        assert not march.covers(april)


@pytest.mark.parametrize(("start", "end", "error"), [
    pytest.param("2026-01-01T00:00Z", "2026-01-01T00:00Z", EmptyPeriod, id="nothing"),
    pytest.param("2026-01-02T00:00Z", "2026-01-01T00:00Z", EmptyPeriod, id="backwards"),
    pytest.param("2026-01-01T00:00", "2026-01-02T00:00Z", NaiveInstant, id="no offset"),
])  # fmt: skip
def test_no_period(start: str, end: str, error: type[Exception]) -> None:
    with pytest.raises(error):
        Period(at(start), at(end))


@pytest.mark.parametrize("name", ["Europe/Berln", "europe/berlin", "../etc/passwd", "", "/etc/localtime", "CEST"])
def test_an_unknown_zone_is_refused_and_never_looked_up_on_the_machine(name: str) -> None:
    with pytest.raises(UnknownZone) as refusal:
        zone(name)
    if name == "Europe/Berln":
        assert "Europe/Berlin" in str(refusal.value.members["expected"])
