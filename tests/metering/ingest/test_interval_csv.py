"""CSV in its dialects: every row is a reading, repeats one, or has a verdict that names the line."""

import contextlib
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from metering import ingest
from metering.fleet.meter import Register, RegisterKind
from metering.ingest import IngestOptions, RegisterLookup, TargetRegister, UnreadableFile
from metering.ingest.how_read import Unsaid
from quantities.period import zone
from tests.build import rows

BERLIN = zone("Europe/Berlin")


def a_target(
    key: str = "k",
    minutes: int | None = 60,
    resolution: str = "0.1",
    unit: str = "kWh",
    where: str = "Europe/Berlin",
    kind: str = "interval",
) -> dict[str, TargetRegister]:
    register = Register(
        key=key, kind=RegisterKind(kind), unit=unit, resolution=Decimal(resolution), interval_minutes=minutes
    )
    return {key: TargetRegister(register, zone(where))}


class Read:
    """What a file says, its readings in the order of their lines."""

    def __init__(self, parsed: ingest.Parsed) -> None:
        self.verdicts, self.repeated = parsed.verdicts, parsed.repeated
        self.readings = sorted(rows(parsed.readings), key=lambda reading: reading.line)
        self.keys = [parsed.series[reading.series].register for reading in self.readings]


def parse(raw: bytes, targets: dict[str, TargetRegister], options: IngestOptions) -> Read:
    return Read(ingest.parse(raw, RegisterLookup(targets), options, "csv"))


#: What a sender says of a table with other names than our own.
SAID = IngestOptions({"time": "time"}, "k", "kWh")


def read(text: str, mapping: IngestOptions | None = None, targets: dict[str, TargetRegister] | None = None) -> Read:
    return parse(text.encode(), targets or a_target(), mapping or IngestOptions(register="k"))


def starts(parsed: Read) -> list[str]:
    return [f"{reading.start:%d. %H:%M}" for reading in parsed.readings]


@pytest.mark.parametrize(("raw", "value"), [
    pytest.param(b"time,value\n2026-06-01T10:00Z,12.5\n", "12.5", id="comma, point"),
    pytest.param(b"time;value\n2026-06-01T10:00Z;12,5\n", "12.5", id="semicolon, decimal comma"),
    pytest.param(b"time\tvalue\n2026-06-01T10:00Z\t12,5\n", "12.5", id="tab, decimal comma"),
    pytest.param(b"time|value\r\n2026-06-01T10:00Z|12.5\r\n", "12.5", id="bar, CRLF"),
    pytest.param(b"\xef\xbb\xbftime,value\n2026-06-01T10:00Z,12.5\n", "12.5", id="byte order mark"),
    pytest.param("Zeit;value;Bemerkung\n2026-06-01T10:00Z;12,5;für K1\n".encode("cp1252").replace(b"Zeit", b"time"), "12.5", id="Windows-1252"),
    pytest.param(b'"time","value"\n"2026-06-01T10:00Z","12.5"\n', "12.5", id="quoted"),
    pytest.param(b"TIME, Value\n2026-06-01 10:00+00:00 , 12.5 \n\n\n", "12.5", id="blanks, empty lines"),
])  # fmt: skip
def test_every_dialect_gives_the_same_reading(raw: bytes, value: str) -> None:
    (reading,) = parse(raw, a_target(), SAID).readings
    assert (datetime(2026, 6, 1, 10, tzinfo=UTC), Decimal(value), 2) == (reading.start, reading.value, reading.line)
    assert timedelta(hours=1) == reading.end - reading.start


@pytest.mark.parametrize(("row", "code"), [
    pytest.param("yesterday,1", "not_a_time", id="no time"),
    pytest.param("0001-01-01T00:00:00Z,1", "implausible_instant", id="telematics for never"),
    pytest.param("0001-01-01T00:00+14:00,1", "implausible_instant", id="before the first instant there is"),
    pytest.param("9999-12-31 23:59,1", "implausible_instant", id="after the last"),
    pytest.param("2026-06-01T10:00Z,1e3", "not_a_number", id="an exponent"),
    pytest.param("2026-06-01T10:00Z,", "no_value", id="nothing"),
    pytest.param("2026-06-01T10:00Z,NaN", "not_a_number", id="not a number"),
    pytest.param("2026-06-01T10:00Z,1.05", "finer_than_resolution", id="finer than the register shows: never rounded"),
    pytest.param("2026-06-01T10:00Z,-1", "negative_value", id="negative"),
    pytest.param("2026-06-01T10:00Z", "too_few_columns", id="too few columns"),
    pytest.param("2026-03-29 02:30,1", "nonexistent_local_time", id="the hour that spring leaves out"),
    pytest.param("2026-10-25 02:30,1", "ambiguous_local_time", id="the hour that autumn repeats, once"),
])  # fmt: skip
def test_a_bad_row_has_a_verdict_with_its_line_and_the_good_ones_are_read(row: str, code: str) -> None:
    parsed = read(f"time,value\n2026-06-01T08:00Z,1\n{row}\n2026-06-01T09:00Z,2\n")
    assert [(3, code)] == [(verdict.line, verdict.code) for verdict in parsed.verdicts]
    assert parsed.verdicts[0].expected
    assert [Decimal(1), Decimal(2)] == [reading.value for reading in parsed.readings]


def test_a_point_beside_decimal_commas_groups_or_is_refused() -> None:
    """Where a comma is the decimal mark, 1.234 is 1234, and 1.23 is nothing that anybody writes."""
    text = "time;value\n2026-06-01T08:00Z;12,5\n2026-06-01T09:00Z;1.234\n2026-06-01T10:00Z;1.234,5\n"
    assert [f"{reading.value:f}" for reading in read(text).readings] == ["12.5", "1234", "1234.5"]
    with pytest.raises(Unsaid, match=r"line 5 has 1.23 and line 2 has 12,5"):
        read(f"{text}2026-06-01T11:00Z;1.23\n")
    parsed = read(f"{text}2026-06-01T11:00Z;1.23\n", IngestOptions(register="k", decimal="comma"))
    assert [f"{reading.value:f}" for reading in parsed.readings] == ["12.5", "1234", "1234.5"]
    assert [(verdict.line, verdict.code) for verdict in parsed.verdicts] == [(5, "ambiguous_number")]


def test_a_cell_of_several_lines_does_not_shift_the_numbers_of_the_next() -> None:
    parsed = read('time,value,note\n2026-06-01T08:00Z,1,"two\nlines"\nrubbish,1,\n', SAID)
    assert [(verdict.line, verdict.code) for verdict in parsed.verdicts] == [(4, "not_a_time")]


def test_a_line_without_end_is_refused() -> None:
    with pytest.raises(UnreadableFile, match="line 2"):
        read("time,value\n2026-06-01T08:00Z," + "1" * 200_000)


def test_a_register_by_row_with_the_nearest_key_where_it_is_misspelt() -> None:
    targets = a_target("k1.air") | a_target("k2.air")
    parsed = read(
        "register,time,value\nk1.air,2026-06-01T08:00Z,1\nk2.aire,2026-06-01T08:00Z,1\n", IngestOptions(), targets
    )
    assert parsed.keys == ["k1.air"]
    assert (parsed.verdicts[0].code, parsed.verdicts[0].found) == ("unknown_register", "k2.aire")
    assert "k2.air" in parsed.verdicts[0].expected


def test_units_are_converted_exactly_or_refused() -> None:
    text = "time,value,unit\n2026-06-01T08:00Z,1.5,MWh\n2026-06-01T09:00Z,3.6,MJ\n2026-06-01T10:00Z,1,kW\n2026-06-01T11:00Z,1,kwhh\n2026-06-01T12:00Z,1,MJ\n"
    parsed = read(text)
    assert [Decimal(1500), Decimal(1)] == [reading.value for reading in parsed.readings]
    assert [(verdict.line, verdict.code) for verdict in parsed.verdicts] == [
        (4, "incompatible_unit"),
        (5, "unknown_unit"),
        (6, "finer_than_resolution"),
    ]


class TestLocalTimesAreResolvedByTheirOrder:
    """Two rows of one local time in autumn are two hours; the first in the file is the earlier."""

    def test_hours(self) -> None:
        parsed = read("time,value\n2026-10-25 01:00,1\n2026-10-25 02:00,2\n2026-10-25 02:00,3\n2026-10-25 03:00,4\n")
        assert starts(parsed) == ["24. 23:00", "25. 00:00", "25. 01:00", "25. 02:00"]
        assert [Decimal(number) for number in (1, 2, 3, 4)] == [reading.value for reading in parsed.readings]
        assert parsed.verdicts == ()

    def test_equal_values_in_both_hours_are_two_readings_and_not_a_repetition(self) -> None:
        parsed = read("time,value\n2026-10-25 02:00,0\n2026-10-25 02:00,0\n")
        assert (starts(parsed), parsed.repeated) == (["25. 00:00", "25. 01:00"], 0)

    def test_quarter_hours(self) -> None:
        rows = "".join(
            f"2026-10-25 02:{minute:02},{value}\n" for value, minute in enumerate([0, 15, 30, 45, 0, 15, 30, 45])
        )
        parsed = read(f"time,value\n{rows}", targets=a_target(minutes=15))
        assert [Decimal(number) for number in range(8)] == [
            reading.value for reading in sorted(parsed.readings, key=lambda reading: reading.start)
        ]

    def test_a_product_of_two_loads_and_two_temperatures_is_two_readings(self) -> None:
        parsed = read(
            "time,value,temp\n2026-10-25 02:00,5,50\n2026-10-25 02:00,5,51\n2026-10-25 02:00,4,50\n2026-10-25 02:00,4,51\n",
            replace(SAID, zone="local"),
        )
        assert [Decimal(5), Decimal(4)] == [reading.value for reading in parsed.readings]
        assert (parsed.repeated, parsed.verdicts) == (2, ())

    def test_three_values_for_two_hours_are_one_too_many(self) -> None:
        parsed = read("time,value\n2026-10-25 02:00,1\n2026-10-25 02:00,2\n2026-10-25 02:00,3\n")
        assert [(verdict.line, verdict.code) for verdict in parsed.verdicts] == [(4, "ambiguous_local_time")]

    @pytest.mark.parametrize(("where", "day", "rows"), [
        ("Europe/Berlin", "2026-03-29", 92), ("Europe/Berlin", "2026-10-25", 100), ("Europe/Berlin", "2026-06-01", 96), ("Australia/Lord_Howe", "2026-04-05", 98),
        ("America/Sao_Paulo", "2018-11-04", 92), ("Asia/Kathmandu", "2026-06-01", 96),
    ])  # fmt: skip
    def test_a_day_of_quarter_hours_in_wall_clock_order_is_read_whole(self, where: str, day: str, rows: int) -> None:
        there = zone(where)
        first = datetime.fromisoformat(day).date()
        instant, lines = None, []
        from quantities.period import Period

        period = Period.of_days(first, first + timedelta(days=1), there)
        instant = period.start
        while instant < period.end:
            lines.append(f"{instant.astimezone(there):%Y-%m-%d %H:%M},1")
            instant += timedelta(minutes=15)
        parsed = read("time,value\n" + "\n".join(lines), targets=a_target(minutes=15, where=where))
        assert (rows, ()) == (len(parsed.readings), parsed.verdicts)
        assert period.duration == sum((reading.end - reading.start for reading in parsed.readings), timedelta())


def test_a_line_that_repeats_another_is_counted_and_one_that_contradicts_it_refused() -> None:
    parsed = read("time,value\n2026-06-01T08:00Z,1\n2026-06-01T08:00Z,1\n2026-06-01T08:00Z,2\n")
    assert (len(parsed.readings), parsed.repeated) == (1, 1)
    assert [(verdict.line, verdict.code, verdict.expected) for verdict in parsed.verdicts] == [
        (4, "contradicts_line", "as line 2 has it")
    ]


def test_an_end_column_states_the_extent_and_nothing_guesses_one() -> None:
    parsed = read(
        "time,end,value\n2026-06-01T08:00Z,2026-06-01T08:30Z,1\n2026-06-01T09:00Z,2026-06-01T09:00Z,1\n2026-06-01T10:00Z,,1\n",
        targets=a_target(minutes=None),
    )
    assert timedelta(minutes=30) == parsed.readings[0].end - parsed.readings[0].start
    assert [(verdict.line, verdict.code) for verdict in parsed.verdicts] == [
        (3, "impossible_extent"),
        (4, "unknown_extent"),
    ]


def test_a_cumulative_register_is_read_at_instants() -> None:
    (reading,) = read(
        "time,value\n2026-06-01T08:00Z,41873.5\n", targets=a_target(minutes=None, kind="cumulative")
    ).readings
    assert reading.start == reading.end


@pytest.mark.parametrize(("text", "mapping"), [
    pytest.param("", IngestOptions(register="k"), id="empty"),
    pytest.param("a,b\n1,2\n", IngestOptions(register="k"), id="no known column"),
    pytest.param("time,value\n", IngestOptions(), id="no register"),
    pytest.param("time,value\n", IngestOptions({"time": "Datum"}, "k"), id="a mapped column that is not there"),
    pytest.param("time,value\n", IngestOptions(register="nobody"), id="a register that is not there"),
    pytest.param("time,value\n", IngestOptions(register=""), id="a register without a name"),
    pytest.param("time,value\n", IngestOptions({"tmie": "time"}, "k"), id="a column that is mapped to nothing"),
])  # fmt: skip
def test_a_file_without_its_columns_is_refused_whole(text: str, mapping: IngestOptions) -> None:
    with pytest.raises(UnreadableFile) as refusal:
        read(text, mapping)
    assert {"found", "expected"} <= refusal.value.members.keys()


def test_mapped_columns() -> None:
    (reading,) = read(
        "Datum;Verbrauch\n2026-06-01T08:00Z;1,5\n", IngestOptions({"time": "Datum", "value": "verbrauch"}, "k", "kWh")
    ).readings
    assert Decimal("1.5") == reading.value


@given(st.binary(max_size=400))
def test_no_bytes_crash_it(raw: bytes) -> None:
    with contextlib.suppress(UnreadableFile):
        parse(b"time,value\n" + raw, a_target(), IngestOptions(register="k"))
