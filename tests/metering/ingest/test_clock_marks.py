"""What stands behind a time tells its instant where the zone is known: EST and EDT, the hours A and B."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from metering.ingest import IngestOptions, Parsed
from tests.build import fewer_examples, rows
from tests.metering.ingest.test_asking import asked, hours, known, read
from tests.metering.ingest.test_formats import a_register, codes

SAID = IngestOptions({"time": "Zeit"}, "k", "kWh", zone="America/New_York")
NEW_YORK, BERLIN = ZoneInfo("America/New_York"), ZoneInfo("Europe/Berlin")
IN_BERLIN = replace(SAID, zone="local")


def table(*times: str) -> str:
    return "Zeit;Wert\n" + "".join(f"{time};{at},5\n" for at, time in enumerate(times))


def starts(parsed: Parsed) -> dict[int, datetime]:
    return {reading.line: reading.start for reading in rows(parsed.readings)}


class TestTheNameOfAZone:
    def test_it_tells_the_hours_that_come_twice_in_any_order(self) -> None:
        parsed = read(table("11/1/2026 01:00 EST", "11/1/2026 01:00 EDT", "10/31/2026 23:00 EDT"), SAID)
        assert (hours(parsed), codes(parsed)) == (["01.11. 06:00", "01.11. 05:00", "01.11. 03:00"], [])
        taken = [how.taken for how in parsed.how_read if how.aspect == "zone"]
        assert taken == ["America/New_York", "EDT is UTC-04:00", "EST is UTC-05:00"]

    def test_without_a_zone_it_is_asked_whose_name_it_is(self) -> None:
        text = table("10/31/2026 23:00 EST", "10/31/2026 22:00 EST")
        assert asked(text, replace(SAID, zone=None)) == ["zone=local", "zone=NAME"]

    @pytest.mark.parametrize(("time", "zone"), [
        pytest.param("2026-10-31 23:00 EST", "America/New_York", id="in October its clock is on EDT"),
        pytest.param("2026-12-31 23:00 EST", "America/Chicago", id="Chicago has CST"),
        pytest.param("2026-12-31 23:00 EST", "UTC", id="UTC has no EST"),
        pytest.param("2026-12-31 23:00 EST", "-05:00", id="an offset has no name"),
        pytest.param("2026-11-01 02:00 EDT", "America/New_York", id="a time that the clock does not show under that name"),
    ])  # fmt: skip
    def test_one_that_the_zone_does_not_have_then_is_refused(self, time: str, zone: str) -> None:
        parsed = read(table(time), replace(SAID, zone=zone))
        assert (codes(parsed), len(parsed.readings)) == ([(2, "other_zone_name")], 0)

    def test_the_same_name_is_another_offset_elsewhere(self) -> None:
        for zone, hour in (("America/Chicago", 18), ("Asia/Shanghai", 4)):
            parsed = read(table("31.12.2026 12:00 CST"), replace(SAID, zone=zone))
            assert [reading.start.hour for reading in rows(parsed.readings)] == [hour], zone

    def test_a_pattern_has_a_place_for_it(self) -> None:
        options = replace(SAID, time_format="%a %b %d %H:%M:%S %Z %Y")
        parsed = read(table("Sun Nov 01 01:00:00 EST 2026", "Sun Nov 01 01:00:00 UTC 2026"), options)
        assert (hours(parsed), codes(parsed)) == (["01.11. 06:00", "01.11. 01:00"], [])

    @fewer_examples(10)
    @given(st.sampled_from([datetime(2026, 3, 8, tzinfo=UTC), datetime(2026, 11, 1, tzinfo=UTC)]),
           st.lists(st.integers(0, 40), min_size=1, max_size=40, unique=True))  # fmt: skip
    def test_every_hour_of_a_clock_change_is_at_its_instant_in_any_order(
        self, day: datetime, drawn: Sequence[int]
    ) -> None:
        instants = [day + timedelta(hours=hour) for hour in drawn]
        times = [f"{at.astimezone(NEW_YORK):%d-%b-%Y %I:%M %p %Z}" for at in instants]
        assert starts(read(table(*times), SAID)) == dict(enumerate(instants, start=2))


class TestTheLetterOfAnHour:
    @pytest.mark.parametrize(
        "written", ["25.10.2026 02:00{}", "25.10.2026 2{}", "25.10.2026 02{}:00", "25.10.2026 02:00 {}"]
    )
    @pytest.mark.parametrize(("first", "second"), [("A", "B"), ("B", "A")])
    def test_it_tells_which_of_two(self, written: str, first: str, second: str) -> None:
        others = ("25.10.2026 01:00", "25.10.2026 03:00") if ":00" in written else ("25.10.2026 1", "25.10.2026 3")
        parsed = read(table(written.format(first), written.format(second), *others), IN_BERLIN)
        assert codes(parsed) == []
        two = ["25.10. 00:00", "25.10. 01:00"]
        assert hours(parsed) == [*(two if first == "A" else reversed(two)), "24.10. 23:00", "25.10. 02:00"]

    def test_elsewhere_it_is_refused(self) -> None:
        parsed = read(table("25.10.2026 02:00A", "26.10.2026 02:00A", "29.03.2026 02:00B"), IN_BERLIN)
        assert codes(parsed) == [(3, "no_second_hour"), (4, "no_second_hour")]

    def test_labels_of_ends_keep_the_letter_of_their_start(self) -> None:
        labels = ["02:00", "02:15A", "02:30A", "02:45A", "03:00A", "02:15B", "02:30B", "02:45B", "03:00B", "03:15"]
        text = table(*(f"25.10.2026 {label}" for label in labels))
        parsed = read(text, replace(IN_BERLIN, columns={"end": "Zeit"}), known(a_register(minutes=15)))
        first = datetime(2026, 10, 24, 23, 45, tzinfo=UTC)
        assert codes(parsed) == []
        assert list(starts(parsed).values()) == [first + timedelta(minutes=15) * at for at in range(10)]
