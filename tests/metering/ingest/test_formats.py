"""Every format: told apart by its bytes, each of its traps, and what is no such file refused quickly and by name."""

import ctypes
import gc
import gzip
import io
import json
import time
import tracemalloc
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from metering import ingest
from metering.fleet.meter import MachineState, Register, RegisterKind
from metering.ingest import FORMATS, IngestOptions, RegisterLookup, TargetRegister, UnreadableFile
from metering.ingest.how_read import Unsaid
from metering.log.reading import Quality, Reading
from quantities.period import zone
from tests.build import rows
from tests.metering.ingest.tables.xlsx import workbook

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
BERLIN = zone("Europe/Berlin")


def targets(*registers: Register) -> RegisterLookup:
    return RegisterLookup(
        {name: TargetRegister(register, BERLIN) for register in registers for name in (register.key, *register.aliases)}
    )


def a_register(
    key: str = "k", kind: str = "interval", unit: str = "kWh", resolution: str = "0.001", **more: Any
) -> Register:
    minutes = more.pop("minutes", 60 if kind == "interval" else None)
    return Register(
        key=key, kind=RegisterKind(kind), unit=unit, resolution=Decimal(resolution), interval_minutes=minutes, **more
    )


K = targets(a_register())


def read(
    raw: bytes, known: RegisterLookup = K, options: IngestOptions | None = None, name: str | None = None
) -> ingest.Parsed:
    return ingest.parse(raw, known, options or IngestOptions(register="k"), name)


def values(parsed: ingest.Parsed) -> list[str]:
    return [f"{reading.value:f}" for reading in rows(parsed.readings)]


def codes(parsed: ingest.Parsed) -> list[tuple[int, str]]:
    return [(verdict.line, verdict.code) for verdict in parsed.verdicts]


#: What a sender says of a table with other names than our own.
SAID = IngestOptions({"time": "time"}, "k", "kWh")
CSV = b"time,value\n2026-03-01T12:00Z,1.5\n"
JSON = b'{"readings": [{"time": "2026-03-01T12:00Z", "value": "1.5"}]}'
NDJSON = b'{"time": "2026-03-01T12:00Z", "value": "1.5"}\n{"time": "2026-03-01T13:00Z", "value": "2"}\n'


def parquet(table: pa.Table) -> bytes:
    out = io.BytesIO()
    pq.write_table(table, out)
    return out.getvalue()


def arrow(table: pa.Table, *, stream: bool = False) -> bytes:
    out = io.BytesIO()
    with (pa.ipc.new_stream if stream else pa.ipc.new_file)(out, table.schema) as writer:
        writer.write_table(table)
    return out.getvalue()


TABLE = pa.table({"time": pa.array([NOON], pa.timestamp("us", "UTC")), "value": pa.array([Decimal("1.5")])})


@pytest.mark.parametrize(("raw", "name"), [
    (CSV, "csv"), (workbook({"S": [["time", "value"]]}), "xlsx"), (b"\xef\xbb\xbf" + CSV, "csv"), (JSON, "json"), (b"[]", "json"), (NDJSON, "ndjson"), (NDJSON.split(b"\n")[0], "ndjson"),
    (parquet(TABLE), "parquet"), (arrow(TABLE), "arrow"), (arrow(TABLE, stream=True), "arrow"),
    (b'<?xml version="1.0"?>\n<!-- c --><feed xmlns="http://www.w3.org/2005/Atom"/>', "green_button"), (b"<Fleet/>", "iso15143"),
    (b'{"Equipment": []}', "iso15143_json"), (b"", "csv"), (b"100,NEM12,202604100400,A,B", "nem12"), (b"100,NEM13,", "nem12"),
    (b"UNA:+.? 'UNB+UNOC:3", "mscons"), (b"UNA:+.? '\r\nUNB+UNOC:3", "mscons"), (b"UNB+UNOC:3", "mscons"), (b"UNA,time,value", "csv"),
])  # fmt: skip
def test_a_file_says_itself_what_it_is(raw: bytes, name: str) -> None:
    assert ingest.detect_format(raw) == name


@pytest.mark.parametrize("raw", [CSV, JSON, NDJSON.split(b"\n")[0], parquet(TABLE), arrow(TABLE), arrow(TABLE, stream=True), gzip.compress(CSV, mtime=0), gzip.compress(JSON, mtime=0)])  # fmt: skip
def test_every_format_gives_the_same_reading(raw: bytes) -> None:
    (reading,) = rows(read(raw).readings)
    assert (NOON, Decimal("1.5"), Quality.VALID) == (reading.start, reading.value, reading.quality)


@pytest.mark.parametrize(("raw", "kind"), [(b"PK\x03\x04sheet", "zip"), (b"%PDF-1.7", "PDF")])
def test_what_is_not_read_is_named(raw: bytes, kind: str) -> None:
    with pytest.raises(ingest.UnknownFormat, match=kind) as refusal:
        read(raw)
    assert refusal.value.members["expected"] == list(FORMATS)


def test_a_format_that_is_none_is_refused() -> None:
    with pytest.raises(ingest.UnknownFormat, match="'xls'"):
        read(CSV, name="xls")


class TestCsv:
    @pytest.mark.parametrize("raw", [
        pytest.param(b'"time","value","note"\n"2026-03-01T12:00Z","1.5","a, b"\n', id="a quoted delimiter"),
        pytest.param(b'time,value,note\n2026-03-01T12:00Z,1.5,"said ""no"""\n', id="quoted quotes"),
        pytest.param(b'time,value,note\n2026-03-01T12:00Z,1.5,"two\nlines"\n', id="a cell of two lines"),
        pytest.param(b'time,value,note\n2026-03-01T12:00Z,1.5,5" pipe\n', id="an inch mark"),
        pytest.param(b"time,value\r2026-03-01T12:00Z,1.5\r", id="line ends of old"),
        pytest.param(b"sep=;\r\ntime;value\r\n2026-03-01T12:00Z;1,5\r\n", id="what a spreadsheet writes above"),
        pytest.param("time,value\n2026-03-01T12:00Z,1.5\n".encode("utf-16"), id="UTF-16 with its mark"),
        pytest.param(b"time,value,a,b\n2026-03-01T12:00Z,1.5\n", id="fewer cells than the header"),
        pytest.param(b"time,value\n2026-03-01T12:00Z,1.5,,,\n", id="more cells than the header"),
        pytest.param(b"time,value\n2026-03-01T12:00Z,1.5", id="no line end at the end"),
        pytest.param(b"\xc3\xa4,time,value\nx,2026-03-01T12:00Z,1.5\n", id="a header beyond ASCII"),
    ])  # fmt: skip
    def test_every_dialect(self, raw: bytes) -> None:
        parsed = read(raw, options=SAID)
        assert (values(parsed), codes(parsed)) == (["1.5"], [])

    def test_a_quotation_mark_that_is_never_closed_ends_with_its_line(self) -> None:
        """An inch mark beside it makes two of them, so that the file looks as if all were closed."""
        row = b'2026-03-01T1%d:00Z,%d,5" pipe,"open\n'
        parsed = read(b"time,value,a,b\n" + row % (2, 1) + row % (3, 2), options=SAID)
        assert (values(parsed), codes(parsed)) == (["1", "2"], [])

    def test_lines_are_numbered_as_an_editor_does(self) -> None:
        parsed = read(b'sep=,\ntime,value,note\n\n2026-03-01T12:00Z,1.5,"a\nb"\nx,1,\n', options=SAID)
        assert codes(parsed) == [(6, "not_a_time")]
        assert [reading.line for reading in rows(parsed.readings)] == [5]

    def test_a_comma_in_quotes_between_commas_is_a_decimal_mark_where_it_can_be_nothing_else(self) -> None:
        assert values(read(b'time,value\n2026-03-01T12:00Z,"1,5"\n')) == ["1.5"]
        with pytest.raises(Unsaid, match="1,500"):
            read(b'time,value\n2026-03-01T12:00Z,"1,500"\n')


class TestJson:
    @pytest.mark.parametrize(("row", "code"), [
        ('{"time": "2026-03-01T12:00Z", "value": 1.5}', "not_a_string"), ('{"time": "2026-03-01T12:00Z", "value": 1}', "not_a_string"),
        ('{"time": 1772366400, "value": "1"}', "not_a_time"), ('{"time": ["2026"], "value": "1"}', "not_a_string"), ('{"time": "2026-03-01T12:00Z"}', "no_value"),
        ('{"time": "2026-03-01T12:00Z", "value": null}', "no_value"), ("7", "not_an_object"), ('"x"', "not_an_object"), ("null", "not_an_object"),
        ('{"time": "2026-03-01T12:00Z", "value": "\\ud800"}', "not_a_number"), ('{"time": "2026-03-01T12:00Z", "value": "1\\u0000"}', "not_a_number"),
    ])  # fmt: skip
    def test_a_row_that_is_none_has_a_verdict(self, row: str, code: str) -> None:
        good = '{"time": "2026-03-01T11:00Z", "value": "9"}'
        assert codes(read(f"[{good}, {row}]".encode())) == [(2, code)]
        assert codes(read(f"{good}\n{row}\n".encode(), name="ndjson")) == [(2, code)]

    def test_a_number_is_kept_as_it_is_written_until_it_is_refused(self) -> None:
        parsed = read(b'[{"time": "2026-03-01T12:00Z", "value": 12345678901234567.123456789}]')
        assert parsed.verdicts[0].found == "12345678901234567.123456789"

    @pytest.mark.parametrize("raw", [
        b"{", b'{"a": 1, "a": 2}', b'{"readings": {}}', b"[" * 100_000, b"[1, 2", b"\xff\xfe\x00", b'{"readings": [NaN]}', b'"readings"', b"[\xff]",
    ])  # fmt: skip
    def test_what_is_no_document_is_refused(self, raw: bytes) -> None:
        with pytest.raises(UnreadableFile):
            read(raw, name="json")

    def test_a_line_of_ndjson_that_is_none_is_refused_alone(self) -> None:
        parsed = read(NDJSON + b'{"time": \n{"value": "1", "value": "2"}\n', name="ndjson")
        assert (values(parsed), codes(parsed)) == (["1.5", "2"], [(3, "not_json"), (4, "not_json")])


class TestParquet:
    @pytest.mark.parametrize("column", [
        pytest.param(pa.array([3], pa.int8()), id="whole"), pytest.param(pa.array([3], pa.uint64()), id="unsigned"), pytest.param(pa.array([Decimal("3.000")]), id="decimal"),
        pytest.param(pa.array(["3"]), id="text"), pytest.param(pa.array(["3"], pa.large_string()), id="large text"), pytest.param(pa.array(["3"]).dictionary_encode(), id="a dictionary"),
        pytest.param(pa.array([Decimal(3)], pa.decimal256(50, 2)), id="a wide decimal"),
    ])  # fmt: skip
    def test_exact_types_are_read(self, column: pa.Array) -> None:
        table = pa.table({"time": TABLE.column("time"), "value": column})
        assert values(read(parquet(table))) == values(read(arrow(table))) == ["3"]

    @pytest.mark.parametrize(
        "column", [pa.array([1.5]), pa.array([1.5], pa.float32()), pa.array([True]), pa.array([[1]])]
    )
    def test_a_float_is_refused_for_it_may_be_rounded_already(self, column: pa.Array) -> None:
        with pytest.raises(UnreadableFile, match="the column 'value' is") as refusal:
            read(parquet(pa.table({"time": TABLE.column("time"), "value": column})))
        assert "decimal" in str(refusal.value.members["expected"])

    @pytest.mark.parametrize("scale", [39, 1308622849, -39])
    def test_decimal_places_that_no_number_has_are_refused(self, scale: int) -> None:
        number = pa.array([Decimal(1)], pa.decimal128(2, 0))
        damaged = pa.Array.from_buffers(pa.decimal128(2, scale), 1, number.buffers())
        with pytest.raises(UnreadableFile, match="the column 'value' is decimal"):
            read(arrow(pa.table({"time": TABLE.column("time"), "value": damaged})))

    @pytest.mark.parametrize(("kind", "start"), [
        (pa.timestamp("ns", "UTC"), NOON), (pa.timestamp("s", "UTC"), NOON), (pa.timestamp("ms", "Asia/Tokyo"), NOON),
        (pa.timestamp("us"), NOON.replace(hour=11)),  # a wall clock's in Berlin
    ])  # fmt: skip
    def test_instants_of_any_kind(self, kind: pa.DataType, start: datetime) -> None:
        time_ = pa.array([NOON if kind.tz else NOON.replace(tzinfo=None)], kind)
        assert [start] == [
            reading.start for reading in rows(read(parquet(pa.table({"time": time_, "value": ["1"]}))).readings)
        ]

    @pytest.mark.parametrize("written", [parquet, arrow])
    @pytest.mark.parametrize(("time", "value", "options"), [
        pytest.param(pa.array([NOON.replace(tzinfo=None)]), pa.array([Decimal("1.5")]), ["column=start=Zeit", "column=end=Zeit", "zone=local", "zone=UTC", "zone=+01:00", "unit=kWh"], id="typed, of a wall clock"),
        pytest.param(pa.array([NOON]), pa.array([Decimal("1.5")]), ["column=start=Zeit", "column=end=Zeit", "unit=kWh"], id="typed instants"),
        pytest.param(pa.array(["03/04/2026 12:00"]), pa.array(["4.078"]), ["time_format=%d/%m/%Y %H:%M", "time_format=%m/%d/%Y %H:%M", "decimal=comma", "decimal=point", "column=start=Zeit", "column=end=Zeit", "zone=local", "zone=UTC", "zone=+01:00", "unit=kWh"], id="texts"),
    ])  # fmt: skip
    def test_what_a_text_table_is_asked_a_typed_one_is_asked_too(
        self, written: Callable[[pa.Table], bytes], time: pa.Array, value: pa.Array, options: list[str]
    ) -> None:
        with pytest.raises(Unsaid) as refusal:
            read(written(pa.table({"Zeit": time, "Wert": value})))
        assert refusal.value.members["expected"] == options

    def test_missing_cells_have_verdicts(self) -> None:
        table = pa.table(
            {
                "time": pa.array([NOON, None], pa.timestamp("us", "UTC")),
                "value": pa.array([None, Decimal(1)], pa.decimal128(9, 2)),
            }
        )
        assert codes(read(parquet(table))) == [(1, "no_value"), (2, "not_a_time")]

    @pytest.mark.parametrize(
        "raw",
        [
            b"PAR1",
            b"PAR1" + b"\x00" * 100 + b"PAR1",
            parquet(TABLE)[:-9],
            b"ARROW1\x00\x00rest",
            b"\xff\xff\xff\xff\x10\x00\x00\x00",
        ],
    )
    def test_a_damaged_file_is_refused(self, raw: bytes) -> None:
        with pytest.raises(UnreadableFile):
            read(raw)


def a_feed(
    *,
    uom: str = "72",
    power: str = "0",
    behaviour: str = "4",
    readings: str = "",
    more: str = "",
    type_: str | None = None,
) -> bytes:
    kind = (
        type_
        if type_ is not None
        else f"<ReadingType xmlns='http://naesb.org/espi'><accumulationBehaviour>{behaviour}</accumulationBehaviour><powerOfTenMultiplier>{power}</powerOfTenMultiplier><uom>{uom}</uom></ReadingType>"
    )
    return f"""<feed xmlns="http://www.w3.org/2005/Atom">
      <entry><link rel="self" href="C/1/UsagePoint/1/MeterReading/01/IntervalBlock/1"/><link rel="up" href="C/1/UsagePoint/1/MeterReading/01/IntervalBlock"/>
        <content><IntervalBlock xmlns="http://naesb.org/espi">{readings}</IntervalBlock></content></entry>{more}
      <entry><link rel="self" href="C/1/UsagePoint/1/MeterReading/01"/><link rel="related" href="C/ReadingType/07"/><content><MeterReading xmlns="http://naesb.org/espi"/></content></entry>
      <entry><link rel="self" href="C/ReadingType/07"/><content>{kind}</content></entry></feed>""".encode()


def an_interval(value: str, start: str = "1772366400", duration: str = "3600", quality: str = "") -> str:
    qualities = "".join(f"<ReadingQuality><quality>{code}</quality></ReadingQuality>" for code in quality.split())
    return f"<IntervalReading>{qualities}<timePeriod><duration>{duration}</duration><start>{start}</start></timePeriod><value>{value}</value></IntervalReading>"


class TestGreenButton:
    """ESPI: value × 10^multiplier in the reading type's unit, seconds since 1970."""

    @pytest.mark.parametrize(("uom", "power", "unit", "value", "read_as"), [
        ("72", "0", "kWh", "1500", "1.5"), ("72", "3", "kWh", "15", "15"), ("72", "-3", "Wh", "1500", "1.5"), ("119", "0", "ft3", "1", "1"), ("5", "0", "kWh", "1", "unknown_unit"),
        ("73", "3", "kvarh", "2", "2"), ("169", "0", "therm_us", "12", "12"), ("42", "0", "m3", "7", "7"), ("38", "0", "kWh", "7", "incompatible_unit"),
        ("72", "99", "kWh", "1", "unknown_multiplier"), ("", "0", "kWh", "1", "no_unit"), ("72", "0", "kWh", "1.0005", "finer_than_resolution"), ("72", "0", "kWh", "x", "not_a_number"),
    ])  # fmt: skip
    def test_units(self, uom: str, power: str, unit: str, value: str, read_as: str) -> None:
        parsed = read(a_feed(uom=uom, power=power, readings=an_interval(value)), targets(a_register(unit=unit)))
        assert [read_as] == [*values(parsed), *(verdict.code for verdict in parsed.verdicts)]

    def test_a_register_is_found_by_the_address_of_its_meter_reading(self) -> None:
        raw = a_feed(readings=an_interval("1000"))
        for alias in ("UsagePoint/1/MeterReading/01", "C/1/UsagePoint/1/MeterReading/01"):
            assert values(read(raw, targets(a_register(aliases=(alias,))), IngestOptions())) == ["1"]
        unknown = read(raw, options=IngestOptions())
        assert [(verdict.code, verdict.found) for verdict in unknown.verdicts] == [
            ("unknown_register", "UsagePoint/1/MeterReading/01")
        ]

    def test_two_meter_readings_are_not_one_register(self) -> None:
        other = f"<entry><link rel='up' href='C/1/UsagePoint/2/MeterReading/01/IntervalBlock'/><content><IntervalBlock xmlns='http://naesb.org/espi'>{an_interval('1')}</IntervalBlock></content></entry>"
        with pytest.raises(UnreadableFile, match="several meter readings"):
            read(a_feed(readings=an_interval("1"), more=other))

    @pytest.mark.parametrize(
        ("behaviour", "kind", "code"),
        [("4", "cumulative", "other_kind"), ("1", "interval", "other_kind"), ("12", "interval", "other_kind")],
    )
    def test_deltas_are_not_taken_for_totals(self, behaviour: str, kind: str, code: str) -> None:
        parsed = read(a_feed(behaviour=behaviour, readings=an_interval("1")), targets(a_register(kind=kind)))
        assert [verdict.code for verdict in parsed.verdicts] == [code]

    @pytest.mark.parametrize(
        ("quality", "read_as"),
        [
            ("", Quality.VALID),
            ("0", Quality.VALID),
            ("8", Quality.ESTIMATED_REFERENCE_DAY),
            ("9 9", Quality.ESTIMATED_INTERPOLATION),
            ("0 8", Quality.MIXED),
        ],
    )
    def test_the_fine_quality_is_kept(self, quality: str, read_as: Quality) -> None:
        assert [read_as] == [
            reading.quality for reading in rows(read(a_feed(readings=an_interval("1000", quality=quality))).readings)
        ]

    def test_an_extent_of_its_own_and_one_of_the_register(self) -> None:
        parsed = read(
            a_feed(readings=an_interval("1000", duration="900") + an_interval("2000", start="1772370000", duration=""))
        )
        assert [(reading.end - reading.start).seconds // 60 for reading in rows(parsed.readings)] == [15, 60]

    BLOCKS = "".join(
        an_interval(value, start="1721154384.66136", duration=str(days * 86400))
        for value, days in (("1000", 29), ("2000", 30), ("3000", 31))
    )

    def test_blocks_that_all_state_one_start_are_refused_for_none_says_when_it_was(self) -> None:
        parsed = read(a_feed(readings=self.BLOCKS))
        assert codes(parsed) == [(1, "several_extents"), (2, "several_extents"), (3, "several_extents")]
        assert parsed.verdicts[0].found == "1000 from 1721154384.66136 for 2505600 s"

    def test_unless_their_sender_tells_that_they_lie_end_to_end(self) -> None:
        parsed = read(
            a_feed(readings=self.BLOCKS),
            options=IngestOptions(register="k", blocks_start=datetime(2026, 1, 1, tzinfo=UTC)),
        )
        assert [(f"{reading.start:%Y-%m-%d}", f"{reading.end:%Y-%m-%d}") for reading in rows(parsed.readings)] == [
            ("2026-01-01", "2026-01-30"),
            ("2026-01-30", "2026-03-01"),
            ("2026-03-01", "2026-04-01"),
        ]

    @pytest.mark.parametrize(
        "raw", [b"<feed", b"<feed xmlns='http://www.w3.org/2005/Atom'/>", b"<feed>&x;</feed>", b"<feed>\x00</feed>"]
    )
    def test_what_is_no_feed_of_readings_is_refused(self, raw: bytes) -> None:
        with pytest.raises(UnreadableFile):
            read(raw, name="green_button")


def a_fleet(*machines: str, namespace: str = "http://standards.iso.org/iso/15143/-3", more: str = "") -> bytes:
    return f'<?xml version="1.0"?><Fleet xmlns="{namespace}" version="1" snapshotTime="2026-03-02T06:00:00Z">{more}{"".join(machines)}</Fleet>'.encode()


def a_machine(
    elements: str, id_: str = "EX-12", serial: str = "missing", pin: str = "CAT0001", pin_name: str = "PIN"
) -> str:
    return f"<Equipment><EquipmentHeader><OEMName>M</OEMName><EquipmentID>{id_}</EquipmentID><SerialNumber>{serial}</SerialNumber><{pin_name}>{pin}</{pin_name}></EquipmentHeader>{elements}</Equipment>"


HOURS = '<CumulativeOperatingHours datetime="2026-03-01T12:00:00Z"><Hour>1234.5</Hour></CumulativeOperatingHours>'
FUEL = '<FuelUsed datetime="2026-03-01T12:10:00Z"><FuelUnits>{unit}</FuelUnits><FuelConsumed>88.25</FuelConsumed></FuelUsed>'
MACHINE = targets(
    a_register("hours", "cumulative", "machine_hour", "0.1", aliases=("EX-12/CumulativeOperatingHours",)),
    a_register("fuel", "cumulative", "L", "0.01", aliases=("CAT0001/FuelUsed",)),
    a_register("idle", "cumulative", "machine_hour", "0.1", aliases=("EX-12/CumulativeIdleHours",)),
    a_register("engine", "state", "h", "1", states=(MachineState(code=1, name="RUNNING", used=True), MachineState(code=0, name="STOPPED")), aliases=("EX-12/EngineStatus",)),
)  # fmt: skip


class TestIso15143:
    """AEMP 2.0: each element has an instant of its own; the snapshot's is only when the server answered."""

    @pytest.mark.parametrize(
        "namespace", ["http://standards.iso.org/iso/15143/-3", "http://schemas.aemp.org/fleet", ""]
    )
    def test_elements_of_either_namespace(self, namespace: str) -> None:
        parsed = read(a_fleet(a_machine(HOURS), namespace=namespace), MACHINE, IngestOptions())
        (reading,) = rows(parsed.readings)
        assert (NOON, NOON, Decimal("1234.5")) == (reading.start, reading.end, reading.value)
        assert parsed.dialect["snapshot"] == "2026-03-02T06:00:00Z"

    @pytest.mark.parametrize("unit", ["litre", "liter", "L", "litres"])
    def test_units_as_makers_spell_them(self, unit: str) -> None:
        assert values(read(a_fleet(a_machine(FUEL.format(unit=unit))), MACHINE, IngestOptions())) == ["88.25"]

    def test_a_unit_that_is_none_has_a_verdict(self) -> None:
        assert [
            verdict.code
            for verdict in read(a_fleet(a_machine(FUEL.format(unit="jerrycan"))), MACHINE, IngestOptions()).verdicts
        ] == ["unknown_unit"]

    @pytest.mark.parametrize("machine", [
        pytest.param(a_machine(HOURS, pin_name="Pin"), id="Pin for PIN"),
        pytest.param(a_machine(HOURS.replace("datetime=", "dateTime=")), id="dateTime for datetime"),
        pytest.param(a_machine("<CumulativeOperatingHours><datetime>2026-03-01T12:00:00Z</datetime><Hour>1234.5</Hour></CumulativeOperatingHours>"), id="the instant as a child"),
        pytest.param(a_machine(HOURS.replace("12:00:00Z", "12:00:00")), id="no Z"),
        pytest.param(a_machine(HOURS.replace("12:00:00Z", "12:00:00.0000000Z")), id="seven places of a second"),
        pytest.param(a_machine(HOURS) + a_machine("", id_="EX-13"), id="a machine with a header alone"),
        pytest.param(a_machine(HOURS, serial=""), id="no serial"),
        pytest.param(a_machine(HOURS + HOURS), id="a stale repetition"),
    ])  # fmt: skip
    def test_the_fields_traps(self, machine: str) -> None:
        parsed = read(a_fleet(machine), MACHINE, IngestOptions())
        assert (values(parsed), codes(parsed)) == (["1234.5"], [])

    def test_never_is_no_time(self) -> None:
        raw = a_fleet(a_machine(HOURS.replace("2026-03-01T12:00:00Z", "0001-01-01T00:00:00Z") + FUEL.format(unit="L")))
        parsed = read(raw, MACHINE, IngestOptions())
        assert (values(parsed), [verdict.code for verdict in parsed.verdicts]) == (["88.25"], ["implausible_instant"])

    def test_a_snapshot_is_no_instant_of_an_element(self) -> None:
        raw = a_fleet(a_machine("<CumulativeOperatingHours><Hour>5</Hour></CumulativeOperatingHours>"))
        assert [verdict.code for verdict in read(raw, MACHINE, IngestOptions()).verdicts] == ["not_a_time"]

    def test_what_is_nobodys_is_listed_and_the_next_page_named(self) -> None:
        other = '<Distance datetime="2026-03-01T12:00:00Z"><OdometerUnits>kilometre</OdometerUnits><Odometer>5</Odometer></Distance>'
        links = "<Links><rel>self</rel><href>/Fleet/1</href></Links><Links><rel>next</rel><href>/Fleet/2</href></Links>"
        parsed = read(a_fleet(a_machine(HOURS + other), more=links), MACHINE, IngestOptions())
        assert (parsed.dialect["unmapped"], parsed.dialect["next"]) == ("EX-12/Distance", "/Fleet/2")

    def test_where_nothing_is_anybodys_the_names_are_told(self) -> None:
        with pytest.raises(UnreadableFile) as refusal:
            read(a_fleet(a_machine(HOURS, id_="EX-99", pin="")), MACHINE, IngestOptions())
        assert refusal.value.members["found"] == ["EX-99/CumulativeOperatingHours"]

    def test_an_engine_that_runs_is_a_state(self) -> None:
        raw = a_fleet(a_machine('<EngineStatus datetime="2026-03-01T12:00:00Z"><Running>true</Running></EngineStatus>'))
        assert values(read(raw, MACHINE, IngestOptions())) == ["1"]

    def test_as_json_where_numbers_are_the_norms(self) -> None:
        fleet = {
            "Links": [{"rel": "next", "href": "/Fleet/2"}],
            "snapshotTime": "2026-03-02T06:00:00Z",
            "Equipment": [
                {
                    "EquipmentHeader": {"EquipmentID": "EX-12", "PIN": "CAT0001"},
                    "CumulativeOperatingHours": {"Hour": 1234.5, "datetime": "2026-03-01T12:00:00Z"},
                    "FuelUsed": {"FuelUnits": "litre", "FuelConsumed": 88.25, "datetime": "2026-03-01T12:10:00Z"},
                    "Distance": {"Odometer": 1, "OdometerUnits": "kilometre", "datetime": "2026-03-01T12:10:00Z"},
                    "Location": {"Latitude": 1},
                },
                {"EquipmentHeader": {"EquipmentID": "EX-13"}},
            ],
        }
        parsed = read(json.dumps(fleet).encode(), MACHINE, IngestOptions())
        assert sorted(values(parsed)) == ["1234.5", "88.25"]
        assert (parsed.dialect["unmapped"], parsed.dialect["next"]) == ("EX-12/Distance", "/Fleet/2")


@contextmanager
def measured_peak() -> Iterator[Callable[[], int]]:
    """How many bytes more than at the start were in use at once: by the kernel's count, or where it keeps none, Python's.

    Python's count takes three times as long as what it watches, and leaves out what libraries in C take for themselves.
    """
    try:
        before = resident_peak(reset=True)
    except OSError:
        tracemalloc.start()
        try:
            yield lambda: peak
            peak = tracemalloc.get_traced_memory()[1]
        finally:
            tracemalloc.stop()
    else:
        yield lambda: resident_peak() - before


def resident_peak(*, reset: bool = False) -> int:
    """The most memory that this process had since the last reset, in bytes."""
    if reset:
        no_rubbish()
        with suppress(AttributeError):
            ctypes.CDLL(None).malloc_trim(0)  # what is free and not given back would hide as much that is taken
        Path("/proc/self/clear_refs").write_text("5", encoding="ascii")
    lines = Path("/proc/self/status").read_text(encoding="utf-8").splitlines()
    (kilobytes,) = (line.split()[1] for line in lines if line.startswith("VmHWM:"))
    return int(kilobytes) << 10


@cache
def no_rubbish() -> None:
    """Collect what other tests have left, once: what a file that is refused leaves is gone without it."""
    gc.collect()


@cache
def packed_nothing() -> bytes:
    """300 MB of one byte, packed a thousandfold; the strategy for runs does that in a third of the time."""
    packing = zlib.compressobj(9, wbits=31, strategy=zlib.Z_RLE)
    return packing.compress(b"0" * (300 << 20)) + packing.flush()


LAUGHS = b'<?xml version="1.0"?><!DOCTYPE feed [<!ENTITY a "' + b"ha" * 1000 + b'">' + b"".join(
    b'<!ENTITY %c "%s">' % (98 + n, b"&%c;" % (97 + n) * 10) for n in range(9)
) + b"]><feed>&j;</feed>"  # fmt: skip


@pytest.mark.parametrize(("bomb", "name"), [
    pytest.param(lambda: LAUGHS, "green_button", id="a billion laughs"),
    pytest.param(lambda: LAUGHS.replace(b"feed", b"Fleet"), "iso15143", id="a billion laughs of machines"),
    pytest.param(lambda: b"<feed>" + b"<a>" * 1_000_000, "green_button", id="a million elements deep"),
    pytest.param(lambda: b'<!DOCTYPE feed SYSTEM "file:///etc/passwd"><feed/>', "green_button", id="a document type from elsewhere"),
    pytest.param(packed_nothing, None, id="a gzip of 300 MB of nothing"),
    pytest.param(lambda: gzip.compress(packed_nothing()), None, id="a gzip in a gzip"),
    pytest.param(lambda: gzip.compress(b"", mtime=0) * 100_000, None, id="a hundred thousand members"),
    pytest.param(lambda: gzip.compress(CSV, mtime=0)[:-4], None, id="a gzip that ends early"),
    pytest.param(lambda: b"time,value\n" + b"1" * (60 << 20), None, id="a line of 60 MB"),
    pytest.param(lambda: b"time,value\n" + b"\x00" * (60 << 20), None, id="60 MB of zeros", marks=pytest.mark.long),
    pytest.param(lambda: b'time,value\n"' + b"1\n" * (1 << 20), None, id="a quote that never ends"),
    pytest.param(lambda: b"[" * (20 << 20), None, id="brackets without end"),
    pytest.param(lambda: b"[" + b"{}," * (5 << 20) + b"{}]", "json", id="five million empty objects"),
    pytest.param(lambda: b"<feed>" + b"<a/>" * (1 << 19), "green_button", id="half a million empty elements", marks=pytest.mark.long),
    pytest.param(lambda: b"<feed><entry>" + b"<a/>" * (1 << 20), "green_button", id="a million empty elements in one"),
    pytest.param(lambda: b'{"a":' * (4 << 20), None, id="objects without end"),
])  # fmt: skip
def test_a_bomb_is_refused_quickly_and_in_bounded_memory(bomb: Callable[[], bytes], name: str | None) -> None:
    raw = bomb()
    started = time.process_time()
    with measured_peak() as peak, pytest.raises(UnreadableFile):
        read(raw, name=name)
    assert time.process_time() - started < 20  # seconds of a slow processor; each takes three at most
    assert peak() < 300 << 20


def test_a_reading_is_a_reading_whatever_its_format() -> None:
    assert Reading(0, NOON, NOON.replace(hour=13), Decimal("1.5"), Quality.VALID, line=2) == rows(read(CSV).readings)[0]
