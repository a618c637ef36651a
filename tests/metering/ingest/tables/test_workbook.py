"""Workbooks: what a cell is, which sheets are read, and that a damaged or exploding one is a refusal."""

import random
import zipfile
from decimal import Decimal
from io import BytesIO
from typing import ClassVar

import pytest

from metering.fleet.meter import Register, RegisterKind
from metering.ingest import IngestOptions, RegisterLookup, TargetRegister, detect_format
from metering.ingest.how_read import Aspect
from metering.ingest.raw_columns import RawColumns
from metering.ingest.unreadable import UnreadableFile
from metering.ingest.workbook import read_columns
from quantities.period import zone
from tests.metering.ingest.tables.xlsx import CLOCK, DATE, HOURS, MAIN, Stored, packed, parts, workbook

TARGETS = RegisterLookup({
    name: TargetRegister(Register(key=f"r{at}", kind=RegisterKind.INTERVAL, unit="kWh", resolution=Decimal("0.001"), aliases=(name,)), zone("Europe/Rome"))
    for at, name in enumerate(("k", "Energia", "Gas"))
})  # fmt: skip
OF_K = IngestOptions(register="k")
HEADER: list[Stored] = ["Datum", "Verbrauch [kWh]"]
ROWS: list[list[Stored]] = [[(46082.0, DATE), 20.5], [(46082.010416666664, DATE), 21.487]]


def read(raw: bytes, options: IngestOptions = OF_K) -> RawColumns:
    return read_columns(raw, TARGETS, options)


def cells(raw: RawColumns, *roles: str) -> list[tuple[str, ...]]:
    return list(zip(*(raw.columns[role].to_pylist() for role in roles), strict=True))


def said_of_table(raw: RawColumns) -> str:
    return "; ".join(f"{how.taken}: {how.where}" for how in raw.how_read if how.aspect is Aspect.TABLE)


class TestCells:
    """A number is the shortest decimal that is the stored double; a date is a count of days."""

    @pytest.mark.parametrize(("stored", "text"), [
        (20.121, "20.121"), (20.121000000000002, "20.121000000000002"), (12.0, "12"), (1e-05, "0.00001"), (1e16, "10000000000000000"),
        (-0.5, "-0.5"), (0.1 + 0.2, "0.30000000000000004"), ("n/a", "n/a"), ("two\nlines", "two lines"),
    ])  # fmt: skip
    def test_a_value(self, stored: Stored, text: str) -> None:
        raw = read(workbook({"S": [HEADER, *ROWS, [(46083.0, DATE), stored]]}))
        assert cells(raw, "value")[-1] == (text,)

    @pytest.mark.parametrize(("stored", "text"), [
        (46082.0, "2026-03-01 00:00:00"), (46082.010416666664, "2026-03-01 00:15:00"), (46082.99999999, "2026-03-02 00:00:00"),
        (46082.000000046, "2026-03-01 00:00:00"), (46082.00000116, "2026-03-01 00:00:00.100000"),
    ])  # fmt: skip
    def test_a_date(self, stored: float, text: str) -> None:
        raw = read(workbook({"S": [HEADER, [(stored, DATE), 1.0], [(46084.5, DATE), 1.0]]}))
        assert cells(raw, "time")[0] == (text,)

    def test_days_alone_stay_days(self) -> None:
        raw = read(workbook({"S": [HEADER, [(46082.0, DATE), 1.0], [(46083.0, DATE), 1.0]]}))
        assert cells(raw, "time") == [("2026-03-01",), ("2026-03-02",)]

    def test_days_counted_since_1904(self) -> None:
        raw = read(workbook({"S": [HEADER, [(44620.5, DATE), 1.0], [(44621.5, DATE), 1.0]]}, since_1904=True))
        assert cells(raw, "time")[0] == ("2026-03-01 12:00:00",)

    def test_date_and_clock_time_in_two_columns(self) -> None:
        rows: list[list[Stored]] = [
            ["Datum", "Stunde", "Verbrauch"],
            [(46082.0, DATE), (1 / 24, CLOCK), 1.0],
            [(46082.0, DATE), (1.0, HOURS), 1.0],
        ]
        assert cells(read(workbook({"S": rows})), "time") == [("2026-03-01 01:00:00",), ("2026-03-01 24:00",)]

    def test_a_number_written_as_text_among_numbers_is_no_number(self) -> None:
        """4.078 as text is 4078 to whoever wrote it in German, and 4.078 to the workbook."""
        raw = read(workbook({"S": [HEADER, *ROWS, [(46083.0, DATE), "4.078"]]}))
        assert cells(raw, "value")[-1] == ("'4.078",)

    def test_another_column_that_is_text_is_none_of_numbers_either(self) -> None:
        raw = read(workbook({"S": [["Datum", "Energia", "Gas"], [(46082.0, DATE), 1.5, "4.078"]]}), IngestOptions())
        assert cells(raw, "register", "value") == [("Energia", "1.5"), ("Gas", "'4.078")]
        assert not raw.text_numbers

    def test_values_that_are_all_text_are_as_in_a_text_table(self) -> None:
        raw = read(workbook({"S": [HEADER, [(46082.0, DATE), "4.078"], [(46083.0, DATE), "5.078"]]}))
        assert (cells(raw, "value"), raw.text_numbers) == ([("4.078",), ("5.078",)], True)

    def test_a_name_that_is_a_number_has_no_point(self) -> None:
        rows: list[list[Stored]] = [["Zähler", "Datum", "Verbrauch"], [4711.0, (46082.0, DATE), 1.0]]
        assert cells(read(workbook({"S": rows}), IngestOptions()), "register") == [("4711",)]


class TestSheets:
    OVERVIEW: ClassVar[list[list[Stored]]] = [["Monat", "Summe"], ["Januar", 42.0]]

    def test_a_header_below_others_and_a_total_below_the_rows(self) -> None:
        raw = read(
            workbook(
                {
                    "S": [
                        ["Titolo"],
                        ["POD", "IT999"],
                        [],
                        ["Data e ora", "Energia (kWh)", "Note"],
                        *ROWS,
                        [],
                        ["Totale", 41.987],
                    ]
                }
            ),
            IngestOptions(),
        )
        assert cells(raw, "register", "value", "unit") == [("Energia", "20.5", "kWh"), ("Energia", "21.487", "kWh")]
        assert list(raw.lines) == [5, 6]
        assert [(verdict.line, verdict.code) for verdict in raw.verdicts] == [(8, "total")]

    def test_sheets_of_the_same_columns_are_one_table_each_in_its_unit(self) -> None:
        later: list[list[Stored]] = [["Zähler getauscht"], ["Datum", "Verbrauch [MWh]"], [(46113.0, DATE), 0.0277]]
        raw = read(
            workbook(
                {"Übersicht": self.OVERVIEW, "Jan": [HEADER, *ROWS], "Feb": later, "Stamm": [HEADER, *ROWS]},
                hidden=["Stamm"],
            )
        )
        assert cells(raw, "value", "unit") == [("20.5", "kWh"), ("21.487", "kWh"), ("0.0277", "MWh")]
        assert list(raw.lines) == [2, 3, 6]
        assert "left out, hidden: sheets Stamm" in said_of_table(raw)
        assert "left out, without rows of a time and a number: sheets Übersicht" in said_of_table(raw)
        assert "its rows are lines 4 to 6: sheet 'Feb'" in said_of_table(raw)

    def test_sheets_of_other_columns_are_asked_about(self) -> None:
        raw = workbook({"Strom": [HEADER, *ROWS], "Gas": [["Datum", "Gas", "Brennwert"], [(46082.0, DATE), 1.0, 11.2]]})
        (question,) = read(raw).questions
        assert [(answer.option, answer.value) for answer in question.answers] == [("sheet", "Strom"), ("sheet", "Gas")]
        assert cells(read(raw, IngestOptions(register="k", sheets=frozenset({"Strom"}))), "value") == [
            ("20.5",),
            ("21.487",),
        ]

    def test_a_hidden_sheet_that_the_sender_says_is_read(self) -> None:
        raw = workbook({"A": [HEADER, *ROWS], "B": [HEADER, *ROWS[:1]]}, hidden=["B"])
        assert cells(read(raw, IngestOptions(register="k", sheets=frozenset({"B"}))), "value") == [("20.5",)]

    def test_a_sheet_that_is_not_there_is_refused_with_those_that_are(self) -> None:
        with pytest.raises(UnreadableFile, match="Mai") as refusal:
            read(workbook({"Jan": [HEADER, *ROWS]}), IngestOptions(register="k", sheets=frozenset({"Mai"})))
        assert refusal.value.members["expected"] == ["Jan"]

    def test_a_workbook_without_a_table_is_refused(self) -> None:
        with pytest.raises(UnreadableFile, match="no sheet has rows"):
            read(workbook({"Übersicht": self.OVERVIEW}))


class TestBounds:
    """What a few bytes can blow up to is refused before it is opened."""

    def sheet(self, rows: str) -> bytes:
        return packed(parts({"S": f'<worksheet xmlns="{MAIN}"><sheetData>{rows}</sheetData></worksheet>'}))

    @pytest.mark.parametrize("rows", [
        pytest.param('<row r="1"><c r="A1"><v>1</v></c></row><row r="1048576"><c r="XFD1048576"><v>1</v></c></row>', id="two corners"),
        pytest.param('<row r="1"><c r="ZZZZ99999999"><v>1</v></c></row>', id="beyond the corner"),
        pytest.param('<row r="9000000"><c><v>1</v></c></row>', id="a far row, its cell without a place"),
    ])  # fmt: skip
    def test_a_grid_that_does_not_fit_into_memory(self, rows: str) -> None:
        with pytest.raises(UnreadableFile, match="cells"):
            read(self.sheet(rows))

    def test_a_cell_without_content_far_away_is_none(self) -> None:
        whole = parts({"S": ""}) | {
            "xl/worksheets/sheet1.xml": workbook_sheet('<row r="1048576"><c r="XFD1048576" s="1"/></row>')
        }
        assert cells(read(packed(whole)), "value") == [("1",)]

    def test_parts_that_unpack_to_too_much(self) -> None:
        with pytest.raises(UnreadableFile, match="unpack"):
            read(self.sheet("<!--" + " " * (40 << 20) + "-->"))

    def test_a_part_that_claims_to_be_small(self) -> None:
        raw = self.sheet("<!--" + " " * (40 << 20) + "-->")
        size = (40 << 20).to_bytes(4, "little")
        with zipfile.ZipFile(BytesIO(raw)) as archive:
            size = archive.getinfo("xl/worksheets/sheet1.xml").file_size.to_bytes(4, "little")
        with pytest.raises(UnreadableFile, match="unpack"):
            read(raw.replace(size, (100).to_bytes(4, "little")))

    def test_parts_that_overlap(self) -> None:
        """One packed part that many names stand for unpacks to many times itself."""
        raw = workbook({"S": [HEADER, *ROWS * 200]})
        with zipfile.ZipFile(BytesIO(raw)) as archive:
            sheet = archive.getinfo("xl/worksheets/sheet1.xml")
            sizes = {info.filename: info.compress_size for info in archive.infolist()}
        small = sizes["xl/styles.xml"].to_bytes(4, "little")
        at = raw.rfind(b"PK\x01\x02", 0, raw.rfind(b"xl/styles.xml"))
        assert raw[at + 20 : at + 24] == small
        with pytest.raises(UnreadableFile, match="overlap"):
            read(raw[: at + 20] + (len(raw) - sheet.compress_size).to_bytes(4, "little") + raw[at + 24 :])

    def test_a_document_type(self) -> None:
        bomb = '<!DOCTYPE x [<!ENTITY a "aaaa">]><worksheet><sheetData/></worksheet>'
        with pytest.raises(UnreadableFile, match="document type"):
            read(packed(parts({"S": bomb})))

    def test_a_password(self) -> None:
        raw = bytearray(workbook({"S": [HEADER, *ROWS]}))
        at = raw.rfind(b"PK\x01\x02")
        raw[at + 8] |= 1
        with pytest.raises(UnreadableFile, match="password"):
            read(bytes(raw))

    @pytest.mark.parametrize(
        "count", [pytest.param(150, id="few"), pytest.param(10_000, id="many", marks=pytest.mark.long)]
    )
    def test_a_damaged_workbook_is_read_or_refused(self, count: int) -> None:
        whole, chance, read_ones = workbook({"S": [HEADER, *ROWS * 10], "T": [HEADER, *ROWS]}), random.Random(7), 0
        unpacked = parts({"S": workbook_sheet("")})
        for number in range(count):
            if number % 2:
                raw = bytearray(whole)
                for _ in range(chance.choice([1, 3, 20])):
                    raw[chance.randrange(len(raw))] = chance.randrange(256)
                damaged = bytes(raw[: chance.choice([len(raw), chance.randrange(len(raw))])])
            else:
                name = chance.choice(list(unpacked))
                content = unpacked[name]
                at = chance.randrange(len(content))
                piece = chance.choice(
                    ["", "<", "&#66;", '"', "9" * 20, "XFD", content[at : at + 40], "<row>", "\x00", "é"]
                )
                damaged = packed(unpacked | {name: content[:at] + piece + content[at + chance.randrange(3) :]})
            try:
                read(damaged)
                read_ones += 1
            except UnreadableFile:
                pass
        assert 0 < read_ones < count


def workbook_sheet(more: str) -> str:
    """A sheet of two rows, and others below."""
    first = '<row r="1"><c r="A1" t="inlineStr"><is><t>Datum</t></is></c><c r="B1" t="inlineStr"><is><t>Wert</t></is></c></row>'
    return f'<worksheet xmlns="{MAIN}"><sheetData>{first}<row r="2"><c r="A2" s="1"><v>46082</v></c><c r="B2"><v>1</v></c></row>{more}</sheetData></worksheet>'


def test_a_workbook_is_known_by_its_bytes_and_other_archives_are_refused_by_name() -> None:
    assert detect_format(workbook({"S": [HEADER, *ROWS]})[:65536]) == "xlsx"
    for raw, kind in ((packed({"a.txt": "a"}), "zip archive"), (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "XLS")):
        with pytest.raises(UnreadableFile, match=kind):
            detect_format(raw)
