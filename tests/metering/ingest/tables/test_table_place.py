"""Where a table stands: below which lines, under which names, with which units; and what is asked of several tables."""

import pytest

from metering.ingest import IngestOptions, RegisterLookup
from metering.ingest.tables.cell_shapes import (
    RowShape,
    looks_like_number,
    looks_like_time,
    row_shape,
    split_unit,
    time_pattern,
)
from metering.ingest.tables.header import header_of
from metering.ingest.tables.table_place import TablePlace, find_table
from metering.ingest.tables.text_rows import take_sample
from metering.ingest.unreadable import UnreadableFile


def place(text: str, options: IngestOptions | None = None) -> TablePlace:
    options = options or IngestOptions()
    return find_table(take_sample(text.encode(), options).rows, options)


@pytest.mark.parametrize(("text", "names", "line", "data"), [
    pytest.param("time,value\n2026-01-01,1\n", "time value", 1, 2, id="our own format"),
    pytest.param("time,value\nyesterday,1\n2026-01-01,1\n", "time value", 1, 2, id="a bad first row is still a row"),
    pytest.param("Werk;Nord\nZähler:;4711\n\nDatum;kWh\n01.01.2026;1,5\n02.01.2026;2,5\n", "Datum kWh", 4, 5, id="lines above"),
    pytest.param("Stand;01.02.2026 10:00\nDatum;kWh\n01.01.2026;1,5\n", "Datum kWh", 2, 3, id="a line above with a date"),
    pytest.param("PRM;Début;Unité\n0999;01/03/2026;W\nHorodate;Valeur\n2026-03-01T00:30+01:00;10\n2026-03-01T01:00+01:00;11\n", "Horodate Valeur", 3, 4, id="a table of one row above"),
    pytest.param("# kWh\n# 2026\ndate,hour,kwh\n2026-03-01,1,45.5\n", "date hour kwh", 3, 4, id="comments"),
    pytest.param("|Datum|Wert|\n|-----|----|\n|01.01.2026|1,5|\n", " Datum Wert ", 1, 2, id="a list with a rule below the names"),
    pytest.param("Datum;1;2;3\n01.01.2026;1,5;2,5;3,5\n", "Datum 1 2 3", 1, 2, id="names that are whole numbers"),
    pytest.param("Zeit;A;B\n[dd.MM.yyyy];[Wh];[Wh]\n01.01.2026;1;2\n", "Zeit A B", 1, 3, id="a line of units"),
    pytest.param("TIMESTAMP,Heat,Flow\nTS,MWh,degC\n,Tot,Smp\n2026-01-19 00:00:00,88.6,46.0\n", "TIMESTAMP Heat Flow", 1, 4, id="units and kinds"),
    pytest.param("sep=;\nVersion|1\n\n;SN: 1;SN: 1\n;Ertrag;Leistung\n;Counter;Analog\ndd.MM.yyyy HH:mm;kWh;kW\n20.04.2026 00:00;1,5;0\n", " Ertrag Leistung", 5, 8, id="the kind and unit below the names, groups above"),
    pytest.param("Werk Ost;;;;\nZeit;Zähler A;;Zähler B;\n;Stand;Leistung;Stand;Leistung\n01.01.2026;1;2;3;4\n", "Zeit Stand Leistung Stand Leistung", 3, 4, id="names in two lines, groups over several columns"),
    pytest.param("Zeit;A;\n;an;aus\n01.01.2026;1;2\n", "Zeit an aus", 2, 3, id="a group over two columns"),
    pytest.param("Zeit;A;B\n;an;aus\n01.01.2026;1;2\n", " an aus", 2, 3, id="names over one column each are no groups"),
    pytest.param("time,register,shift\n2026-01-01T10:00,doors,early\n", "time register shift", 1, 2, id="rows that count themselves"),
    pytest.param("Zeitpunkt;Anlage;Ereignis\n13.02.2026 21:32:46;Presse;Ein\n", "Zeitpunkt Anlage Ereignis", 1, 2, id="rows without a number"),
])  # fmt: skip
def test_the_header_is_the_nearest_line_of_names_above_the_rows(text: str, names: str, line: int, data: int) -> None:
    table = place(text)
    assert (names.split(" "), line, data) == (list(table.names), table.line, table.data_line)
    assert table.questions == ()


@pytest.mark.parametrize("options", [IngestOptions(), IngestOptions({"time": "Zeit"}), IngestOptions(header_line=2)])
def test_a_group_reaches_to_the_next_one_or_to_a_column_of_its_own(options: IngestOptions) -> None:
    text = "Werk Ost;;;;;\nZeit;Zähler A;;Temperatur;;Zähler B\n;Stand [kWh];Leistung [kW];;kW;Stand [MWh]\n01.01.2026;1;2;3;4;5\n"
    names = header_of(place(text, options), RegisterLookup({})).names
    assert names == ("Zeit", "Zähler A/Stand", "Leistung", "Temperatur", "kW", "Zähler B/Stand")


def test_names_that_the_sender_says_are_the_header_wherever_they_stand() -> None:
    text = "Datum;Zeit\n01.01.2026;1\n02.01.2026;2\nTag;Wert [kWh]\n01.01.2026;5\n02.01.2026;6\n"
    assert place(text, IngestOptions({"time": "Tag", "value": "Wert"})).line == 4
    assert place(text, IngestOptions({"time": "tag", "value": "Wert [kWh]"})).line == 4
    assert place("Datum;Zeit;Wert\n01.01.2026;00:00;1,5\n", IngestOptions({"time": "Datum+Zeit"})).line == 1


def test_the_line_that_the_sender_says_is_the_header() -> None:
    assert place("Bericht;2026\nTag;Wert\n01.01.2026;5\n", IngestOptions(header_line=2)).names == ("Tag", "Wert")
    with pytest.raises(UnreadableFile, match="no line 9"):
        place("a;b\n", IngestOptions(header_line=9))


def test_which_of_several_tables_it_is_is_asked_and_the_answer_is_the_line_of_its_header() -> None:
    (question,) = place(
        "Datum;kWh\n01.01.2026;1\n02.01.2026;2\n\nTag;m3;bar\n01.01.2026;5;1\n02.01.2026;6;1\n"
    ).questions
    assert [(answer.option, answer.value) for answer in question.answers] == [
        ("header_line", "1"),
        ("header_line", "5"),
    ]


def test_the_same_header_again_goes_on_with_the_same_table() -> None:
    assert place("Datum;kWh\n01.01.2026;1\nDatum;kWh\n02.01.2026;2\n").questions == ()


def test_rows_without_a_header_are_refused_with_what_to_type() -> None:
    with pytest.raises(UnreadableFile, match="line 1") as refusal:
        place("01.01.2026;1,5\n02.01.2026;2,5\n")
    assert "--header-line" in str(refusal.value.members["expected"])


@pytest.mark.parametrize(("text", "unit"), [
    pytest.param("Einheit;MWh\n\nDatum;Wert\n01.01.2026;1\n", ("MWh", 1), id="beside its word"),
    pytest.param("Einheit: MWh\n\nDatum;Wert\n01.01.2026;1\n", ("MWh", 1), id="behind a colon"),
    pytest.param("PRM;Unité\n0999;W\nHorodate;Valeur\n2026-03-01T00:30+01:00;10\n2026-03-01T01:00+01:00;11\n", ("W", 1), id="below it"),
    pytest.param("Einheit;MWh\nEinheit;kWh\nDatum;Wert\n01.01.2026;1\n", None, id="two of them state none"),
    pytest.param("Kunde;MWh\nDatum;Wert\n01.01.2026;1\n", None, id="not beside a word for it"),
])  # fmt: skip
def test_the_unit_that_the_lines_above_state(text: str, unit: tuple[str, int] | None) -> None:
    assert place(text).stated_unit == unit


@pytest.mark.parametrize(("text", "delimiter"), [
    ("time,value;note\n2026-01-01,1\n", ","), ("a,b,c,d;e\n01.01.2026;1,5\n02.01.2026;2,5\n", ";"),
    ("Datum\tWert\n01.01.2026\t1,5\n", "\t"), ("a|b,c,d\n01.01.2026|1\n", "|"), ("sep=;\nDatum;a,b,c\n", ";"), ("value\n1\n", ","),
])  # fmt: skip
def test_the_delimiter_is_the_one_that_makes_rows(text: str, delimiter: str) -> None:
    assert take_sample(text.encode(), IngestOptions()).delimiter == delimiter


@pytest.mark.parametrize(("cell", "looks_like"), [
    ("2026-03-01T12:00Z", "time"), ("01.03.2026", "time"), ("1/3/2026 12:00:00 AM", "time"), ("06-Jul-2026 00:00", "time"),
    ("2026年3月9日 00:00", "time"), ("Mo 01.03.26", "time"), ("1772362800", "time number"), ("1772362800250", "time number"), ("20260301", "time"),
    ("1.8.0", "number"), ("17.703,346", "number"), ("12,50-", "number"), ("2 031,5", "number"), ("1.5E+07", "number"), ("-3", "number"),
    ("Printed on 13-Jul-2026 09:14", ""), ("00:15", ""), ("", ""), ("kWh", ""), ("40001:u32", ""),
    ("99.99.2026", "number"), ("4711", "number"),
])  # fmt: skip
def test_what_a_cell_looks_like(cell: str, looks_like: str) -> None:
    shapes = {"time": looks_like_time, "number": looks_like_number}
    assert looks_like.split() == [name for name, is_it in shapes.items() if is_it(cell)]


@pytest.mark.parametrize(("cells", "shape"), [
    (["", " "], RowShape.BLANK), (["# a", "1"], RowShape.COMMENT), (["----", "---"], RowShape.RULE), (["01.01.2026", "1"], RowShape.DATA),
    (["#7", "01.01.2026", "1"], RowShape.DATA), (["Datum", "kWh"], RowShape.HEADER), (["Summe", "17"], RowShape.OTHER), (["Titel"], RowShape.OTHER),
    (["4711", "kWh"], RowShape.OTHER), (["01.01.2026", "x"], RowShape.OTHER), (["1772362800", ""], RowShape.OTHER), (["1772362800", "1772362900"], RowShape.DATA),
])  # fmt: skip
def test_what_a_line_looks_like(cells: list[str], shape: RowShape) -> None:
    assert row_shape(cells) is shape


@pytest.mark.parametrize(("written", "name", "unit"), [
    ("Verbrauch [kWh]", "Verbrauch", "kWh"), ("Pac(W)", "Pac", "W"), ("Hall.Temp [°C]", "Hall.Temp", "°C"), ("Air.Flow (Nm³/h)", "Air.Flow", "Nm³/h"),
    ("Meter (north)", "Meter (north)", ""), ("[kWh]", "[kWh]", ""), ("kWh", "kWh", ""), ("电量（kWh）", "电量", "kWh"), ("x [unknown]", "x", "unknown"),
])  # fmt: skip
def test_a_unit_in_brackets_is_taken_out_of_the_name(written: str, name: str, unit: str) -> None:
    assert split_unit(written) == (name, unit)


@pytest.mark.parametrize(("cell", "pattern"), [
    ("[dd.MM.yyyy HH:mm]", "%d.%m.%Y %H:%M"), ("dd/MM/yy hh:mm:ss tt", "%d/%m/%y %I:%M:%S %p"), ("yyyy-MM-dd'T'HH:mm:ss.SSS", "%Y-%m-%dT%H:%M:%S.%f"),
    ("kWh", None), ("day", None), ("dddd yyyy", None),
])  # fmt: skip
def test_a_line_of_units_states_how_times_are_written(cell: str, pattern: str | None) -> None:
    assert time_pattern(cell) == pattern
