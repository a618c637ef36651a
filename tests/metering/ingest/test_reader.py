"""The reader by the column and the careful one say the same of every row; and what the careful one says is in its tables."""

from dataclasses import replace
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from metering import ingest
from metering.fleet.meter import MachineState, Register, RegisterKind
from metering.ingest import IngestOptions, RegisterLookup, TargetRegister, decimal_marks, reader, time_columns
from metering.ingest.decimal_marks import DecimalMarks
from metering.ingest.interpretation import Interpreted
from metering.ingest.row_series import RegisterColumns
from metering.ingest.time_columns import TimeSource
from metering.log.reading import TooManyRefused
from quantities.period import offset, offset_changes, zone
from tests.build import rows

BERLIN, LORD_HOWE = zone("Europe/Berlin"), zone("Australia/Lord_Howe")


def a_register(key: str, kind: str = "interval", **more: Any) -> Register:
    terms = {"unit": "kWh", "resolution": Decimal("0.1"), "interval_minutes": 15 if kind == "interval" else None} | more
    return Register(key=key, kind=RegisterKind(kind), **terms)


REGISTERS = [
    a_register("k1"),
    a_register("k2", resolution=Decimal("0.25"), aliases=("other",)),
    a_register("count", "cumulative", resolution=Decimal(1), unit="part"),
    a_register("temp", "instantaneous", unit="degC"),
    a_register("doors", "event", unit="each", resolution=Decimal(1), dimensions=("shift",)),
    a_register("state", "state", unit="h", resolution=Decimal(1), states=(MachineState(code=6, name="RUN", used=True), MachineState(code=2, name="DOWN", cause="jam"))),
    a_register("loose", interval_minutes=None, dimensions=("order", "shift")),
]  # fmt: skip
TARGETS = RegisterLookup(
    {name: TargetRegister(register, LORD_HOWE if register.key == "k2" else BERLIN) for register in REGISTERS for name in (register.key, *register.aliases)}
)  # fmt: skip

TIMES = st.one_of(
    st.sampled_from([
        "2026-06-01T10:00Z", "2026-06-01 10:15", "2026-06-01T10:00:00+02:00", "2026-06-01T10:30:00.123Z", "2026-06-01T10:30:00.123456",
        "2026-10-25 02:30", "2026-10-25T02:30:00", "2026-10-25T02:30+01:00", "2026-03-29 02:30", "2026-03-29T03:00", "2026-04-05 01:45",
        "2026-02-30T10:00", "2026-13-01 00:00Z", "20260601T1000", "2026-06-01", "yesterday", "", "0001-01-01T00:00:00Z", "2199-12-31T23:59Z", "9999-12-31T23:59",
        " 2026-06-01T10:45Z ",
    ]),
    st.datetimes(min_value=__import__("datetime").datetime(2026, 3, 28), max_value=__import__("datetime").datetime(2026, 4, 6)).map(
        lambda time: time.replace(second=0, microsecond=0, minute=time.minute // 15 * 15).isoformat(" ")
    ),
)  # fmt: skip
VALUES = st.sampled_from(
    ["1", "12.5", "0.25", "-3", "-0.1", "", "1e3", "NaN", "999999999999999999999.5", "1,5", "RUN", "down", "6", "2", " 7 ", "0.05", "12345678901234567890123456", "1,234", "1.234", "1 234.5", "12,5-", "+3", "−1", "1.234,5", "1'234", "1.23"]
)  # fmt: skip
ROWS = st.lists(
    st.tuples(
        st.sampled_from(["k1", "k2", "other", "count", "temp", "doors", "state", "loose", "nobody", " k1 ", ""]),
        TIMES,
        st.sampled_from(["", "", "", "2026-06-01T11:00Z", "2026-06-01 10:00", "2027-06-03T00:00Z", "nonsense"]),
        VALUES,
        st.sampled_from(["", "", "kWh", "MWh", "kW", "part", "xyz", "degC"]),
        st.sampled_from(["", "0", "valid", "ESTIMATED_INTERPOLATION", "8", "17", "good"]),
        st.sampled_from(["", "early", "late"]),
        st.sampled_from(["", "A-1", "x" * 300]),
    ),
    max_size=12,
)  # fmt: skip


def everything_in(parsed: ingest.Parsed) -> tuple[object, ...]:
    readings = [(parsed.series[reading.series], replace(reading, series=0)) for reading in rows(parsed.readings)]
    return sorted(readings, key=str), parsed.verdicts, parsed.repeated


@given(ROWS, st.sampled_from([",", ";", "\t"]), st.sampled_from(["point", "comma"]))
def test_what_is_read_by_the_column_is_what_is_read_row_by_row(
    cells: list[tuple[str, ...]], delimiter: str, mark: str
) -> None:
    header = ["register", "time", "end", "value", "unit", "quality", "shift", "order"]
    raw = "\n".join(delimiter.join(cell.replace(delimiter, "") for cell in row) for row in [header, *cells]).encode()
    by_column = ingest.parse(raw, TARGETS, IngestOptions(decimal=mark), "csv")
    read_fast = reader._read_fast
    try:
        reader._read_fast = lambda *given, **more: replace(
            made := read_fast(*given, **more), certain=np.zeros(len(made.certain), np.bool_)
        )
        row_by_row = ingest.parse(raw, TARGETS, IngestOptions(decimal=mark), "csv")
    finally:
        reader._read_fast = read_fast
    assert everything_in(by_column) == everything_in(row_by_row)


def test_most_rows_of_an_ordinary_file_are_plain(monkeypatch: pytest.MonkeyPatch) -> None:
    """Or the speed would be lost without a test that notices."""
    raw = b"register,time,value,unit,quality\n" + b"".join(
        b"k1,2026-06-%02dT%02d:15:00Z,%d.5,kWh,valid\n" % (1 + at % 28, at % 24, at) for at in range(500)
    )
    seen = []
    read_fast = reader._read_fast

    def watched(*given: Any, **more: Any) -> Any:
        seen.append(read_fast(*given, **more))
        return seen[-1]

    monkeypatch.setattr(reader, "_read_fast", watched)
    ingest.parse(raw, TARGETS, IngestOptions())
    assert bool(seen[0].certain.all())


@pytest.mark.parametrize(("register", "row", "expected"), [
    ("temp", "2026-06-01T10:00Z,-12.5", ["-12.5"]), ("k1", "2026-06-01T10:00Z,-12.5", ["negative_value"]),
    ("doors", "2026-06-01T10:00Z,", ["1"]), ("doors", "2026-06-01T10:00Z,3", ["3"]), ("k1", "2026-06-01T10:00Z,", ["no_value"]),
    ("state", "2026-06-01T10:00Z,run", ["6"]), ("state", "2026-06-01T10:00Z,2", ["2"]), ("state", "2026-06-01T10:00Z,5", ["unknown_state"]),
    ("count", "2026-06-01T10:00Z,7", ["7"]), ("other", "2026-06-01T10:00Z,0.25", ["0.25"]), ("k1", "2026-06-01T10:00Z,0.25", ["finer_than_resolution"]),
    ("k1", "2026-06-01T10:00Z,1234567890123456789012345", ["not_a_number"]),
])  # fmt: skip
def test_each_kind_of_register_reads_its_own(register: str, row: str, expected: list[str]) -> None:
    parsed = ingest.parse(f"time,value\n{row}\n".encode(), TARGETS, IngestOptions(register=register), "csv")
    assert expected == [
        *(f"{reading.value:f}" for reading in rows(parsed.readings)),
        *(verdict.code for verdict in parsed.verdicts),
    ]


def test_dimensions_make_series_and_equal_instants_in_two_are_two_readings() -> None:
    raw = b"time,value,shift,order\n2026-06-01T10:00Z,1,early,A\n2026-06-01T10:00Z,2,late,A\n2026-06-01T10:00Z,3,,\n"
    parsed = ingest.parse(raw, TARGETS, IngestOptions(register="doors"))
    assert [(key.dimensions, f"{reading.value:f}") for reading in rows(parsed.readings) for key in [parsed.series[reading.series]]] == [
        ((("shift", "early"),), "1"), ((("shift", "late"),), "2"), ((), "3"),
    ]  # fmt: skip
    assert parsed.verdicts == ()


def test_two_events_at_one_instant_may_be_two_or_one_sent_twice_so_they_are_asked_about() -> None:
    parsed = ingest.parse(
        b"time,shift\n2026-06-01T10:00Z,early\n2026-06-01T10:00Z,early\n", TARGETS, IngestOptions(register="doors")
    )
    assert ([(verdict.line, verdict.code) for verdict in parsed.verdicts], parsed.repeated) == (
        [(3, "several_events")],
        0,
    )


@pytest.mark.parametrize(("options", "cell", "instant"), [
    (IngestOptions(register="count", time_format="%d.%m.%Y %H:%M"), "01.06.2026 12:00", "2026-06-01T10:00:00+00:00"),
    (IngestOptions(register="count", time_format="%d.%m.%Y %H:%M %z"), "01.06.2026 12:00 +0530", "2026-06-01T06:30:00+00:00"),
    (IngestOptions(register="count", time_format="unix"), "1780308000", "2026-06-01T10:00:00+00:00"),
    (IngestOptions(register="count", time_format="unix_ms"), "1780308000250", "2026-06-01T10:00:00.250000+00:00"),
])  # fmt: skip
def test_times_that_are_not_iso_are_read_as_told(options: IngestOptions, cell: str, instant: str) -> None:
    said = replace(options, unit="part", zone="local")
    (reading,) = rows(ingest.parse(f"time,value\n{cell},7\n".encode(), TARGETS, said).readings)
    assert instant == reading.start.isoformat()


def test_a_unit_that_is_told_is_every_rows() -> None:
    parsed = ingest.parse(b"time,value\n2026-06-01T10:00Z,1.5\n", TARGETS, IngestOptions(register="k1", unit="MWh"))
    assert Decimal(1500) == rows(parsed.readings)[0].value
    wrong = ingest.parse(b"time,value\n2026-06-01T10:00Z,1.5\n", TARGETS, IngestOptions(register="k1", unit="kW"))
    assert [verdict.code for verdict in wrong.verdicts] == ["incompatible_unit"]


@pytest.mark.parametrize(("where", "year", "hours"), [
    ("Europe/Berlin", 2026, [1, -1]), ("Australia/Lord_Howe", 2026, [-0.5, 0.5]), ("America/Sao_Paulo", 2018, [-1, 1]),
    ("Asia/Kathmandu", 2026, []), ("Asia/Kathmandu", 1985, [0.25]), ("Pacific/Apia", 2011, [-1, 1, 24]),
])  # fmt: skip
def test_the_clock_changes_of_a_zone_are_found(where: str, year: int, hours: list[float]) -> None:
    changes = offset_changes(zone(where), year)
    before = offset(changes[0][0] - timedelta(days=1), zone(where)) if changes else timedelta()
    moved = []
    for _, after in changes:
        moved.append((after - before) / timedelta(hours=1))
        before = after
    assert hours == moved


def test_a_file_that_is_refused_nearly_whole_is_refused_at_once() -> None:
    """Or sixteen million rubbish rows would be sixteen million verdicts."""
    with pytest.raises(TooManyRefused) as refusal:
        ingest.parse(b"time,value\n" + b"x,y\n" * 150_000, TARGETS, IngestOptions(register="k1"))
    assert refusal.value.members["found"] == "not_a_time"
    many = b"time,value\n" + b"x,y\n" * 99_000 + b"2026-06-01T10:00Z,1\n"
    assert (
        len((parsed := ingest.parse(many, TARGETS, IngestOptions(register="k1"))).verdicts),
        len(parsed.readings),
    ) == (
        99_000,
        1,
    )


OFFSETS = ["Z", "Z", "+00:00", "+05:30", "-14:00", "+23:59", "+24:00", "", "z", "+0100", "\n"]
WHOLE = ["2026-03-01", "1900-01-01", "2024-02-29", "2026-02-29", "2026-13-01", "0000-01-01", "0001-01-01", "9999-12-31"]
CLOCK = ["12:00", "23:59:59", "24:00", "24:00:00", "12:60", "12:00:60", "12:00:00.123", "12:00:00.123456", "12:00:00.1"]
TIMES = st.builds("{}{}{}{}".format, *map(st.sampled_from, (WHOLE, ["T", " ", "t"], CLOCK, OFFSETS)))
PLAIN_TIMES = st.builds(
    "{:%Y-%m-%dT%H:%M:%S}{}".format,
    st.datetimes(min_value=datetime.fromisoformat("0001-01-02")),
    st.sampled_from(["Z", "-03:30"]),
)


@given(st.lists(TIMES) | st.lists(PLAIN_TIMES))
def test_a_few_instants_are_read_as_many_are(cells: list[str]) -> None:
    column, lines = pa.array(cells, pa.string()), np.arange(len(cells))

    few = time_columns.written(column, lines, TimeSource())
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(time_columns, "_FEW", -1)
        many = time_columns.written(column, lines, TimeSource())

    for name in ("us", "is_local", "known"):
        assert getattr(few, name).tolist() == getattr(many, name).tolist()
    assert [few.cells(row) for row in range(len(cells))] == [many.cells(row) for row in range(len(cells))]
    assert (few.is_iso, few.how_read, few.form) == (many.is_iso, many.how_read, many.form)


NUMBERS = st.from_regex(r"-?[0-9]{1,19}(\.[0-9]{1,13})?", fullmatch=True) | st.sampled_from(
    ["", " 1", "1 ", "1\n2", "+1", "1.", ".5", "1e3", "-1.5", "12,5", "٣", "1\n"]
)


@given(st.lists(NUMBERS))
def test_a_few_plain_numbers_are_read_as_many_are(cells: list[str]) -> None:
    column = pa.array(cells, pa.string())

    few = decimal_marks.stated_points(column)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(decimal_marks, "_FEW", -1)
        many = decimal_marks.stated_points(column)

    assert few.numbers.to_pylist() == many.numbers.to_pylist()


RESOLUTIONS = st.sampled_from(["1", "0.1", "0.001", "0.000000000001", "5", "1000"]).map(Decimal)


@given(st.lists(NUMBERS, min_size=1), st.lists(RESOLUTIONS, min_size=1, max_size=2))
def test_values_are_whole_numbers_of_the_finest_step_by_either_of_two_ways(
    cells: list[str], resolutions: list[Decimal]
) -> None:
    """A column with a value beyond 64 bits takes the other way."""
    marks = decimal_marks.stated_points(pa.array(cells, pa.string()))
    scale = RegisterColumns.of([a_register("k", resolution=resolution) for resolution in resolutions]).scale
    beyond = decimal_marks.stated_points(pa.array([*cells, "9" * 18], pa.string()))

    def values(of: DecimalMarks) -> tuple[list[Decimal | None], list[int], list[bool]]:
        cells_ = Interpreted(stamps=None, marks=of)  # type: ignore[arg-type] # no times are read
        value, scaled, known = reader._values(of.numbers, len(of.numbers), scale, cells_)
        return value.to_pylist(), scaled.tolist(), known.tolist()

    assert values(marks) == tuple(column[:-1] for column in values(beyond))
