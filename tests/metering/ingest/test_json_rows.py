"""JSON whose objects are alike is read by the column; it comes out as by the object, and values stay as written."""

import json
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from metering.fleet.lookup import RegisterLookup, TargetRegister
from metering.fleet.meter import Register, RegisterKind
from metering.ingest import IngestOptions, detect_format, json_rows, parse
from metering.ingest.raw_columns import RawColumns
from quantities.period import zone

TARGETS = RegisterLookup({
    name: TargetRegister(register, zone("Europe/Berlin"))
    for register in (
        Register(key="kwh", kind=RegisterKind.INTERVAL, unit="kWh", resolution=Decimal("0.001"), interval_minutes=60),
        Register(key="hours", kind=RegisterKind.CUMULATIVE, unit="h", resolution=Decimal("0.001"), aliases=("h7",)),
    )
    for name in (register.key, *register.aliases)
})  # fmt: skip
MEMBERS = ["register", "time", "value", "unit", "quality", "end", "kwh", "h7", "note", "a.b", "value.x", ""]
CELLS = st.one_of(
    st.sampled_from(
        ["kwh", "hours", "h7", "2026-01-05T10:00Z", "2026-01-05 11:00", "12.5", "1,5", "", "kWh", "\ud800", "\x00"]
    ),
    st.text(max_size=5),
    st.integers(-5, 5),
    st.none(),
    st.booleans(),
    st.dictionaries(st.sampled_from(["x", "b"]), st.sampled_from(["1", "2"]), max_size=2),
)
OBJECTS = st.lists(st.sampled_from(MEMBERS), max_size=5, unique=True).flatmap(
    lambda names: st.lists(
        st.one_of(
            st.fixed_dictionaries(dict.fromkeys(names, CELLS)),
            st.fixed_dictionaries(dict.fromkeys(names, st.sampled_from(["kwh", "2026-01-05T10:00Z", "7"]))),
        ),
        min_size=1,
        max_size=5,
    )
)


def raw_columns(raw: bytes, options: IngestOptions) -> Any:
    """Everything of the columns that can be compared, or the refusal."""
    try:
        read: RawColumns = json_rows.read_json_columns(raw, TARGETS, options)
    except Exception as error:  # noqa: BLE001 whatever it is, both ways have it
        return type(error), str(error)
    columns = {role: column.to_pylist() for role, column in read.columns.items()}
    whole = (
        None if read.whole_rows is None else read.whole_rows.differing([(line, line) for line in read.lines.tolist()])
    )
    return columns, read.lines.tolist(), read.verdicts, read.roles, read.questions, read.how_read, whole


@given(OBJECTS, st.sampled_from([IngestOptions(), IngestOptions(json_numbers=True), IngestOptions(register="kwh")]))
def test_each_document_is_read_by_the_column_as_by_the_object(objects: list[Any], options: IngestOptions) -> None:
    raw = json.dumps({"readings": objects}).encode()
    by_column = raw_columns(raw, options)
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(json_rows, "_plain_columns", lambda _: None)
        assert by_column == raw_columns(raw, options)


@pytest.mark.parametrize("written", ["12345678901234567.123", "0.100", "7", "1e3", "-0", "0.10000000000000000001"])
def test_a_number_is_never_a_float(written: str) -> None:
    """As a value it is refused, unless its sender says that it is exact; then it is what is written, to the last digit."""
    raw = f'[{{"register": "kwh", "time": "2026-01-05T10:00Z", "value": {written}}}]'.encode()
    assert [verdict.found for verdict in parse(raw, TARGETS).verdicts] == [written]
    columns = json_rows.read_json_columns(raw, TARGETS, IngestOptions(json_numbers=True)).columns
    assert Decimal(columns["value"].to_pylist()[0]) == Decimal(written)


@pytest.mark.parametrize(("raw", "format_"), [
    (b'{"readings": [{"time": "1"}]}', "json"),
    (b'{"readings": [{"time": "1"}]}\n', "ndjson"),
    (b'{"readings":\n [{"time": "1"}]}', "json"),
    (b'{"time": "1"}', "ndjson"),
    (b'{"time": "readings"}', "json"),
    (b'{"time": "1"}\n{"time": "2"}', "ndjson"),
    (b'[{"time": "1"}]', "json"),
    (b'{"time": ', "json"),
])  # fmt: skip
def test_one_object_is_a_line_unless_it_has_readings(raw: bytes, format_: str) -> None:
    assert detect_format(raw) == format_
