"""The hour that comes twice in autumn: a column tells its rows apart, or their order, or they are refused.

``Drawn`` files know the instant of each of their rows; nothing of the reader is used to write them.
"""

import random
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from time import process_time
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from metering.ingest import IngestOptions, Parsed
from metering.ingest.unreadable import UnreadableFile
from metering.ingest.which_hour import EARLIER, LATER, UNKNOWN, meanings
from tests.build import fewer_examples, rows
from tests.metering.ingest.test_asking import asked, hours, known, read
from tests.metering.ingest.test_formats import a_register, codes

SAID = IngestOptions({"start": "Zeit"}, "k", "kWh", zone="local")
BERLIN = ZoneInfo("Europe/Berlin")
QUARTER = known(a_register(minutes=15))


def table(*lines: str, names: str = "Zeit;Wert;DST") -> str:
    return "\n".join([names, *lines]) + "\n"


def of_order(parsed: Parsed) -> list[str]:
    return [f"{how.basis} {how.taken}" for how in parsed.how_read if "of two" in how.taken]


class TestAColumn:
    @pytest.mark.parametrize(("name", "first", "second"), [
        ("DST", "1", "0"), ("DST", "Y", "N"), ("DST", "true", "false"), ("dst", "A", "B"), ("Sommerzeit", "S", "W"), ("Sommerzeit", "ja", "nein"),
        ("S/W", "S", "W"), ("MEZ/MESZ", "MESZ", "MEZ"), ("RepeatedHourFlag", "N", "Y"), ("repeated_hour", "0", "1"), ("Repeated Hour", "", "x"),
        ("Ora legale", "L", "S"), ("Verano/Invierno", "V", "I"), ("DST", "EDT", "EST"), ("DST", "", "W"),
    ])  # fmt: skip
    def test_it_states_which_of_two_hours_a_row_is_of_in_any_order(self, name: str, first: str, second: str) -> None:
        later, earlier = f"25.10.2026 02:00;2,5;{second}", f"25.10.2026 02:00;1,5;{first}"
        parsed = read(table(later, earlier, f"26.10.2026 02:00;1,5;{second}", names=f"Zeit;Wert;{name}"), SAID)
        assert (hours(parsed)[:2], codes(parsed)) == (["25.10. 01:00", "25.10. 00:00"], [])
        assert [basis for basis in of_order(parsed) if basis.startswith("assumed")] == []
        assert any(text.startswith("stated of two equal hours") for text in of_order(parsed))

    def test_one_hour_alone_is_read_where_the_column_tells(self) -> None:
        parsed = read(table("25.10.2026 02:00;2,5;0", "25.10.2026 03:00;2,5;0"), SAID)
        assert (hours(parsed), codes(parsed)) == (["25.10. 01:00", "25.10. 02:00"], [])

    def test_two_rows_that_say_the_same_hour_are_refused_and_not_one_repeated(self) -> None:
        parsed = read(table("25.10.2026 02:00;2,5;1", "25.10.2026 02:00;2,5;1", "25.10.2026 03:00;2,5;0"), SAID)
        assert codes(parsed) == [(2, "ambiguous_local_time"), (3, "ambiguous_local_time")]

    def test_words_that_nobody_knows_tell_nothing(self) -> None:
        parsed = read(table("25.10.2026 02:00;2,5;7", "25.10.2026 02:00;3,5;8", "25.10.2026 03:00;2,5;8"), SAID)
        assert codes(parsed) == [(2, "ambiguous_local_time"), (3, "ambiguous_local_time")]

    def test_a_column_that_contradicts_the_clock_is_asked_about(self) -> None:
        text = table("25.06.2026 12:00;2,5;0", "25.06.2026 13:00;2,5;0")
        assert asked(text, SAID) == ["zone=+01:00", "column=repeated_hour=DST"]
        in_winter_time = read(text, replace(SAID, zone="+01:00"))
        assert hours(in_winter_time) == ["25.06. 11:00", "25.06. 12:00"]
        only_the_hour = read(text, replace(SAID, columns={"start": "Zeit", "repeated_hour": "DST"}))
        assert hours(only_the_hour) == ["25.06. 10:00", "25.06. 11:00"]

    def test_a_column_of_another_name_is_said(self) -> None:
        text = table("25.10.2026 02:00;2,5;W", "25.10.2026 02:00;2,5;S", names="Zeit;Wert;Kz")
        options = replace(SAID, columns={"start": "Zeit", "summer_time": "Kz"})
        assert hours(read(text, options)) == ["25.10. 01:00", "25.10. 00:00"]


@pytest.mark.parametrize(("words", "of_repeated", "taken"), [
    pytest.param("s w", False, {"s": EARLIER, "w": LATER}, id="summer, winter"),
    pytest.param("l s", False, {"l": EARLIER, "s": LATER}, id="legale, solare"),
    pytest.param("s", False, {"s": UNKNOWN}, id="summer or solare"),
    pytest.param("s n", True, {"s": LATER, "n": EARLIER}, id="sí, no"),
    pytest.param("s n", False, {"s": EARLIER, "n": LATER}, id="sí, no, of summer time"),
    pytest.param("1 2", True, {"1": UNKNOWN, "2": UNKNOWN}, id="numbers"),
    pytest.param("w y", False, {"w": UNKNOWN, "y": UNKNOWN}, id="two vocabularies"),
])  # fmt: skip
def test_words_of_which_two_vocabularies_make_something_else_tell_nothing(
    words: str,
    of_repeated: bool,  # noqa: FBT001 a case
    taken: Mapping[str, str],
) -> None:
    assert meanings(frozenset(words.split()), of_repeated=of_repeated) == taken


class TestTheOrderOfRows:
    AROUND = ("25.10.2026 01:00;1", "25.10.2026 02:00;2", "25.10.2026 02:00;3", "25.10.2026 03:00;4")

    def test_it_is_assumed_and_recorded(self) -> None:
        parsed = read(table(*self.AROUND, names="Zeit;Wert"), SAID)
        assert hours(parsed) == ["24.10. 23:00", "25.10. 00:00", "25.10. 01:00", "25.10. 02:00"]
        assert of_order(parsed) == ["assumed of two rows at one local time the first is the earlier"]

    def test_the_newest_first(self) -> None:
        parsed = read(table(*reversed(self.AROUND), names="Zeit;Wert"), SAID)
        assert hours(parsed) == ["25.10. 02:00", "25.10. 01:00", "25.10. 00:00", "24.10. 23:00"]
        assert of_order(parsed) == ["assumed of two rows at one local time the second is the earlier"]

    def test_rows_in_no_order_are_refused(self) -> None:
        shuffled = [self.AROUND[at] for at in (3, 1, 0, 2)]
        parsed = read(table(*shuffled, names="Zeit;Wert"), SAID)
        assert codes(parsed) == [(3, "ambiguous_local_time"), (5, "ambiguous_local_time")]

    def test_rows_sorted_by_what_the_clock_shows_are_refused(self) -> None:
        times = [f"02:{minute:02}" for minute in (0, 0, 15, 15, 30, 30, 45, 45)]
        lines = [f"25.10.2026 {time};{at}" for at, time in enumerate(["01:45", *times, "03:00"])]
        parsed = read(table(*lines, names="Zeit;Wert"), SAID, QUARTER)
        assert codes(parsed) == [(line, "ambiguous_local_time") for line in range(3, 11)]
        assert len(parsed.readings) == 2

    def test_one_hour_without_the_other_is_refused(self) -> None:
        parsed = read(table(*(self.AROUND[at] for at in (0, 1, 3)), names="Zeit;Wert"), SAID)
        assert codes(parsed) == [(3, "ambiguous_local_time")]

    def test_the_order_counts_where_all_values_are_converted_one_by_one_too(self) -> None:
        text = table(*reversed(self.AROUND), names="Zeit;Wert")
        parsed = read(text, replace(SAID, unit="MWh"))
        assert hours(parsed) == ["25.10. 02:00", "25.10. 01:00", "25.10. 00:00", "24.10. 23:00"]


class TestNumberedHours:
    """ "A numbered row of a day of a clock change is refused, because it can be counted in two ways"."""

    OPTIONS = IngestOptions(register="k", zone="local")

    def day(self, date: str, numbers: Sequence[int], clock: str = "{}") -> str:
        return "".join(f"{date};{clock.format(number)};{number},5\n" for number in numbers)

    @pytest.mark.parametrize(("date", "numbers"), [("2026-10-25", range(1, 26)), ("2026-03-29", range(1, 24))])
    @pytest.mark.parametrize("clock", ["{}", "{:02}:00"])
    def test_a_day_that_counts_what_passes_is_refused(self, date: str, numbers: range, clock: str) -> None:
        ordinary = self.day("2026-06-01", range(1, 25), clock)
        parsed = read(f"Datum;Stunde;kWh\n{ordinary}{self.day(date, numbers, clock)}", self.OPTIONS)
        assert {code for _, code in codes(parsed)} == {"clock_change"}
        assert (len(codes(parsed)), len(parsed.readings)) == (len(numbers), 24)

    def test_hours_from_0_to_24_on_one_day_only(self) -> None:
        text = f"Datum;Stunde;kWh\n{self.day('2026-10-24', range(24))}{self.day('2026-10-25', range(25))}"
        parsed = read(text, self.OPTIONS)
        assert ({code for _, code in codes(parsed)}, len(parsed.readings)) == ({"clock_change"}, 24)

    @pytest.mark.parametrize(("numbers", "instants"), [
        pytest.param([1, 2, 4, 5, 24], ["28.03. 23:00", "29.03. 00:00", "29.03. 01:00", "29.03. 02:00", "29.03. 21:00"], id="by the clock, in spring"),
    ])  # fmt: skip
    def test_a_day_by_the_clock_is_read(self, numbers: Sequence[int], instants: Sequence[str]) -> None:
        parsed = read(f"Datum;Stunde;kWh\n{self.day('2026-03-29', numbers)}", self.OPTIONS)
        assert (hours(parsed), codes(parsed)) == (instants, [])

    def test_in_standard_time_all_year_every_day_has_24(self) -> None:
        text = f"Datum;Stunde;kWh\n{self.day('2026-03-29', range(1, 25))}{self.day('2026-10-25', range(1, 25))}"
        parsed = read(text, replace(self.OPTIONS, zone="+01:00"))
        assert (len(parsed.readings), codes(parsed)) == (48, [])


@dataclass(frozen=True)
class Drawn:
    """A file over the clock change: its text, what is said of it, and by line the instant and the value of each row."""

    text: str
    columns: Mapping[str, str]
    instants: Mapping[int, datetime]
    values: Mapping[int, Decimal]
    step: int


ZONES = (("Europe/Berlin", datetime(2026, 10, 24, 20, tzinfo=UTC)), ("America/New_York", datetime(2026, 11, 1, 1, tzinfo=UTC)))  # fmt: skip
ORDERS = ("oldest first", "newest first", "shuffled", "by the clock")
FLAGS = ("none", "summer", "repeated", "letter", "name of the zone")


@st.composite
def files(draw: st.DrawFn, flag: str, order: str) -> tuple[Drawn, str]:
    name, begin = draw(st.sampled_from(ZONES))
    zone, step = ZoneInfo(name), draw(st.sampled_from([15, 30, 60]))
    are_ends = draw(st.booleans())
    instants = [begin + timedelta(minutes=step) * at for at in range(12 * 60 // step)]
    gaps = set(draw(st.lists(st.integers(0, len(instants) - 1), max_size=3)))
    kept = [at for number, at in enumerate(instants) if number not in gaps]
    values = [Decimal(draw(st.integers(1, 3))) for _ in kept]

    def cells(at: datetime, value: Decimal) -> str:
        local = (at + timedelta(minutes=step if are_ends else 0)).astimezone(zone)
        is_twice = local.replace(fold=0).utcoffset() != local.replace(fold=1).utcoffset()
        is_later = is_twice and local.fold == 1
        behind = {"letter": "BA"[not is_later] if is_twice else "", "name of the zone": f" {local.tzname()}"}.get(
            flag, ""
        )
        marks = {"summer": "S" if local.dst() else "W", "repeated": "Y" if is_later else "N"}.get(flag, "")
        return f"{local:%Y-%m-%d %H:%M}{behind};{value},5;{marks}"

    rows_ = list(zip(kept, values, strict=True))
    if order == "newest first":
        rows_.reverse()
    elif order == "shuffled":
        random.Random(draw(st.integers(0, 99))).shuffle(rows_)
    elif order == "by the clock":
        rows_.sort(key=lambda row: row[0].astimezone(zone).replace(tzinfo=None))
    column = {"summer": "S/W", "repeated": "Repeated Hour"}.get(flag, "Notiz")
    text = f"Zeit;Wert;{column}\n" + "\n".join(cells(*row) for row in rows_) + "\n"
    stated = {"end" if are_ends else "start": "Zeit"}
    drawn = Drawn(
        text,
        stated,
        {line: at for line, (at, _) in enumerate(rows_, start=2)},
        {line: value + Decimal("0.5") for line, (_, value) in enumerate(rows_, start=2)},
        step,
    )
    return drawn, name


@pytest.mark.parametrize("order", ORDERS)
@pytest.mark.parametrize("flag", FLAGS)
def test_every_row_over_the_clock_change_is_at_its_instant_or_refused(flag: str, order: str) -> None:
    fewer_examples(10)(given(files(flag, order))(see_every_row_at_its_instant))()


def see_every_row_at_its_instant(file: tuple[Drawn, str]) -> None:
    drawn, zone = file
    registers = known(a_register(minutes=drawn.step), where=zone)
    parsed = read(drawn.text, IngestOptions(drawn.columns, "k", "kWh", zone="local", keep_totals=True), registers)
    at = {reading.line: (reading.start, reading.value) for reading in rows(parsed.readings)}
    refused = {verdict.line for verdict in parsed.verdicts}
    assert at == {line: (drawn.instants[line], drawn.values[line]) for line in at}
    assert {*at, *refused} == {*drawn.instants}
    assert not parsed.repeated


@pytest.mark.parametrize("text", [
    pytest.param(table("7026-06-01 12:00;1,5;S", "2026-06-01 12:00;1,5;S", "2026-10-25 12:00;1,5;W"), id="a column of summer time"),
    pytest.param("Datum;Stunde;kWh\n9026-03-01;3;1,5\n2026-03-01;24;1,5\n", id="numbered hours"),
    pytest.param(table("9999-06-01 12:00;1,5", "0001-06-01 12:00;1,5", names="Zeit;Wert"), id="the years 1 and 9999"),
])  # fmt: skip
def test_a_year_that_no_reading_has_takes_no_time(text: str) -> None:
    """The changes of the clock were looked for in all years up to it: 2.8 s for a file of six rows."""
    columns = {"end": "Zeit"} if text.startswith("Zeit") else {}
    started = process_time()
    with suppress(UnreadableFile):
        assert {code for _, code in codes(read(text, replace(SAID, columns=columns)))} & {
            "implausible_instant",
            "not_a_time",
        }
    assert process_time() - started < 2
