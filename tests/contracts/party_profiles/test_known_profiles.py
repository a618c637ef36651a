"""Which profile counts on a day: that of the latest day in force, and of one day the one recorded last."""

from datetime import UTC, date, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from contracts.party_profiles.known_profiles import KnownProfiles, ReleasedProfile
from tests.contracts.party_profiles.told import profile

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)


def released(number: int, day: str, at: datetime = NOON, city: str = "") -> ReleasedProfile:
    return ReleasedProfile(number, at, profile("A", day, city=city or str(number)))


def city(known: KnownProfiles, day: str) -> str | None:
    told = known.on("A", date.fromisoformat(day))
    return None if told is None else told.city


def test_each_counts_from_its_day_on() -> None:
    known = KnownProfiles({"A": [released(1, "2026-01-01"), released(2, "2026-03-01")]})
    assert [city(known, day) for day in ("2025-12-31", "2026-01-01", "2026-02-28", "2026-03-01")] == [
        None,
        "1",
        "1",
        "2",
    ]
    assert known.on("B", date(2026, 3, 1)) is None


def test_of_two_of_one_day_the_one_recorded_last_counts_whichever_was_released_first() -> None:
    early, late = NOON, NOON + timedelta(hours=1)
    known = KnownProfiles({"A": [released(1, "2026-01-01", late), released(2, "2026-01-01", early)]})
    assert city(known, "2026-01-01") == "2"


def test_one_told_late_of_an_earlier_day_leaves_what_is_in_force_since_a_later_one() -> None:
    known = KnownProfiles({"A": [released(1, "2026-01-01"), released(2, "2026-03-01"), released(3, "2026-02-01")]})
    assert [city(known, day) for day in ("2026-02-10", "2026-03-10")] == ["3", "2"]


class TestWhatADocumentMayHaveKnown:
    """A run reads profiles after the instant that it states."""

    def test_is_what_was_released_before_or_what_was_since_and_outranks_it(self) -> None:
        day = date(2026, 4, 1)
        known = KnownProfiles({"A": [
            released(1, "2026-01-01", NOON - timedelta(hours=1)), released(2, "2026-02-01", NOON + timedelta(minutes=1)),
            released(3, "2025-06-01", NOON + timedelta(minutes=1)), released(4, "2026-05-01", NOON - timedelta(hours=1)),
        ]})  # fmt: skip
        assert [told and told.city for told in known.could_count("A", day, NOON)] == ["1", "2"]

    def test_is_nothing_where_nothing_was_told(self) -> None:
        known = KnownProfiles({"A": [released(1, "2026-01-01", NOON + timedelta(days=1))]})
        assert [told and told.city for told in known.could_count("A", date(2026, 4, 1), NOON)] == [None, "1"]
        assert known.could_count("B", date(2026, 4, 1), NOON) == (None,)

    @given(st.lists(st.tuples(st.dates(date(2026, 1, 1), date(2026, 1, 9)), st.integers(-60, 60)), max_size=6))
    def test_always_holds_what_counted_if_all_that_was_there_is_read(self, told: list[tuple[date, int]]) -> None:
        profiles = [
            released(number, str(day), NOON + timedelta(minutes=minutes)) for number, (day, minutes) in enumerate(told)
        ]
        on = date(2026, 1, 5)
        for seen in (0, 30, 60):  # whatever of them is read by then
            read_by_then = [one for one in profiles if one.released_at <= NOON + timedelta(minutes=seen)]
            counted = KnownProfiles({"A": read_by_then}).on("A", on)
            assert counted in KnownProfiles({"A": profiles}).could_count("A", on, NOON)
