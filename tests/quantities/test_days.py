"""Days and instants as ends: a day counts wholly, an instant does not."""

from datetime import UTC, date, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter, ValidationError

from quantities.days import DayOrInstant, NotATime, ToInUtc, begins, day_after, day_or_instant, ends, period_of
from quantities.period import EmptyPeriod, ImplausibleInstant, zone

#: With changes of the clock by day, at midnight, by half an hour, and of a whole day.
ZONES = ("Europe/Berlin", "America/Sao_Paulo", "Australia/Lord_Howe", "Pacific/Apia", "Asia/Kolkata", "UTC")
zones = st.sampled_from(ZONES).map(zone)
days = st.dates(date(1990, 1, 1), date(2040, 1, 1))


@given(day=days, where=zones)
def test_a_day_is_from_its_begin_to_the_begin_of_the_next(day: date, where: object) -> None:
    assert ends(day, where) == begins(day + timedelta(days=1), where)  # type: ignore[arg-type]


@given(first=days, more=st.integers(0, 400), where=zones)
def test_days_one_after_the_other_are_the_days_together(first: date, more: int, where: object) -> None:
    last = first + timedelta(days=more)
    middle = first + timedelta(days=more // 2)
    whole = period_of(first, last, where)  # type: ignore[arg-type]
    assert ends(middle, where) == begins(day_after(middle), where)  # type: ignore[arg-type]
    assert whole.start == begins(first, where)  # type: ignore[arg-type]
    assert whole.end == ends(last, where)  # type: ignore[arg-type]
    assert timedelta(days=more - 1) <= whole.duration <= timedelta(days=more + 2)


@given(st.datetimes(datetime(1990, 1, 1), datetime(2040, 1, 1)), st.integers(-14 * 60, 14 * 60), zones)  # noqa: DTZ001 wall clocks
def test_an_instant_is_the_same_as_begin_and_as_end_in_every_zone(wall: datetime, offset: int, where: object) -> None:
    instant = wall.replace(tzinfo=timezone(timedelta(minutes=offset)))
    read = day_or_instant(instant.isoformat())
    assert begins(read, where) == ends(read, where) == instant  # type: ignore[arg-type]


@pytest.mark.parametrize(("day", "hours"), [
    pytest.param("2026-03-29", 23, id="the clock is put forward"),
    pytest.param("2026-10-25", 25, id="the clock is put back"),
    pytest.param("2026-03-30", 24, id="any other day"),
])  # fmt: skip
def test_a_local_day_has_its_own_length(day: str, hours: int) -> None:
    read = day_or_instant(day)
    assert period_of(read, read, zone("Europe/Berlin")).duration == timedelta(hours=hours)


@pytest.mark.parametrize("written", ["", "soon", "2026-13-01", "2026-02-30", "20260301", "2026-03-01T12:00", "٢٠٢٦-٠٣-٠١", "2026-03"])  # fmt: skip
def test_what_is_neither_is_refused(written: str) -> None:
    with pytest.raises(NotATime):
        day_or_instant(written)
    with pytest.raises(ValidationError, match="not-a-time"):
        TypeAdapter[object](DayOrInstant).validate_python(written)


@pytest.mark.parametrize("written", ["1899-12-31", "2200-01-01", "9999-12-31", "0001-01-01", "9999-12-31T00:00Z"])
def test_beyond_the_supported_years_is_refused(written: str) -> None:
    with pytest.raises(ImplausibleInstant):
        ends(day_or_instant(written))


def test_an_end_before_its_begin_is_refused() -> None:
    with pytest.raises(EmptyPeriod):
        period_of(date(2026, 1, 2), date(2026, 1, 1))


def test_a_day_as_a_parameter_is_in_utc() -> None:
    assert TypeAdapter[datetime](ToInUtc).validate_python("2026-03-01") == datetime(2026, 3, 2, tzinfo=UTC)
    assert TypeAdapter[datetime](ToInUtc).validate_python("2026-03-01T12:00 02:00") == datetime(
        2026, 3, 1, 10, tzinfo=UTC
    )
