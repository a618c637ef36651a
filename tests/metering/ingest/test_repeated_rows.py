"""A row repeats another only if the whole row is the same; one that differs elsewhere is refused by name."""

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal

import pyarrow as pa
import pytest

from metering import ingest
from metering.fleet.meter import Register, RegisterKind
from metering.ingest import IngestOptions, Parsed, RegisterLookup, TargetRegister
from metering.ingest.repeated_rows import WholeRows
from quantities.period import zone
from tests.metering.ingest.tables.xlsx import DATE, Stored, workbook
from tests.metering.ingest.test_formats import arrow, parquet

KWH = Register(key="k", kind=RegisterKind.INTERVAL, unit="kWh", resolution=Decimal("0.1"), interval_minutes=60)
TARGETS = RegisterLookup({"k": TargetRegister(KWH, zone("Europe/Berlin"))})
OPTIONS = IngestOptions(columns={"time": "time", "value": "value"}, register="k", unit="kWh")


def read(raw: str) -> Parsed:
    return ingest.parse(raw.encode(), TARGETS, OPTIONS)


def outcome(parsed: Parsed) -> tuple[int, int, list[tuple[int, str, str]]]:
    verdicts = [(verdict.line, verdict.code, verdict.found) for verdict in parsed.verdicts]
    return len(parsed.readings), parsed.repeated, verdicts


ROW, OTHER = "2026-03-01T00:00Z,5.5,1,note\n", "2026-03-01T00:00Z,5.5,2,note\n"
HEADER = "time,value,slot,remark\n"


@pytest.mark.parametrize(("raw", "expected"), [
    pytest.param(HEADER + ROW + ROW, (1, 1, []), id="the whole row again"),
    pytest.param(HEADER + ROW + OTHER, (1, 0, [(3, "differs_from_line", "slot 2")]), id="another slot"),
    pytest.param(HEADER + ROW + OTHER + ROW, (1, 1, [(3, "differs_from_line", "slot 2")]), id="one of each"),
    pytest.param(HEADER + ROW + ROW.replace("note", '"note"'), (1, 1, []), id="in quotes or not"),
    pytest.param(HEADER + ROW.replace("note", '"two\nlines"') + OTHER.replace("note", '"two\nlines"'), (1, 0, [(5, "differs_from_line", "slot 2")]), id="a cell over two lines"),
    pytest.param("time,value\n" + "2026-03-01T00:00Z,5.5\n" * 2, (1, 1, []), id="no other column"),
])  # fmt: skip
def test_rows_of_one_value_and_one_instant(raw: str, expected: object) -> None:
    assert outcome(read(raw)) == expected


def test_a_flat_load_whose_slot_nobody_read_is_no_single_reading_that_is_repeated() -> None:
    """24 rows of one date were one reading and 23 "unchanged"."""
    parsed = read(HEADER + "".join(f"2026-03-01T00:00Z,5.5,{slot},note\n" for slot in range(24)))
    assert (len(parsed.readings), parsed.repeated, len(parsed.verdicts)) == (1, 0, 23)
    assert (
        parsed.verdicts[0].expected
        == "the row of line 2 as a whole; if slot tells rows apart, say what it is (--column)"
    )


def test_objects_of_json_likewise() -> None:
    row = {"time": "2026-03-01T00:00Z", "value": "5.5", "slot": "1"}
    assert outcome(read(json.dumps([row, row]))) == (1, 1, [])
    assert outcome(read(json.dumps([row, row | {"slot": "2"}]))) == (1, 0, [(2, "differs_from_line", "slot 2")])


def test_nothing_is_looked_at_where_nothing_repeats(monkeypatch: pytest.MonkeyPatch) -> None:
    looked = []
    monkeypatch.setattr(WholeRows, "differing", lambda *given: looked.append(given))
    assert len(read(HEADER + ROW + OTHER.replace("T00", "T01")).readings) == 2
    assert looked == []


NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)


def typed(*slots: str) -> pa.Table:
    """Rows of one instant and one value, with a slot that nobody reads."""
    count = len(slots)
    return pa.table({
        "time": pa.array([NOON] * count), "value": pa.array([Decimal("5.5")] * count), "slot": list(slots),
        "odd": pa.array([2**62] * count, pa.timestamp("us")),  # no clock shows it, and so no text does
    })  # fmt: skip


def sheet(*slots: str) -> bytes:
    rows: list[list[Stored]] = [["time", "value", "slot"]]
    for slot in slots:
        rows.append([(46082.5, DATE), 5.5, slot])  # noqa: PERF401 a list of such rows
    return workbook({"Jan": rows, "Feb": rows[:2]})


@pytest.mark.parametrize("written", [
    pytest.param(lambda *slots: parquet(typed(*slots)), id="parquet"), pytest.param(lambda *slots: arrow(typed(*slots)), id="arrow"),
    pytest.param(lambda *slots: arrow(typed(*slots), stream=True), id="arrow stream"), pytest.param(sheet, id="xlsx"),
])  # fmt: skip
def test_typed_files_and_workbooks_likewise(written: Callable[..., bytes]) -> None:
    options = replace(OPTIONS, zone="UTC")
    first = 2 if written is sheet else 1
    more = 1 if written is sheet else 0  # the second sheet repeats the first row of the first
    same = ingest.parse(written("a", "a", "a"), TARGETS, options)
    assert outcome(same) == (1, 2 + more, [])
    other = ingest.parse(written("a", "b", "a"), TARGETS, options)
    assert outcome(other) == (1, 1 + more, [(first + 1, "differs_from_line", "slot b")])
