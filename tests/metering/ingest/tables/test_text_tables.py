"""Text tables as their columns by role: what stands between, around and below the rows is said, and no row is lost."""

from decimal import Decimal

import pytest

from metering.fleet.meter import MachineState, Register, RegisterKind
from metering.ingest import IngestOptions, RegisterLookup, TargetRegister
from metering.ingest.how_read import Aspect
from metering.ingest.interval_csv import read_columns
from metering.ingest.raw_columns import RawColumns
from metering.ingest.unreadable import UnreadableFile
from metering.log.reading import TooManyRefused
from quantities.period import zone

STATES = (MachineState(code=1, name="RUN", used=True), MachineState(code=2, name="UNAVAILABLE"))
KINDS = {"k": "interval", "a": "interval", "b": "cumulative", "4711": "interval", "SN 1/Ertrag": "cumulative"}
REGISTERS = {
    name: Register(key=f"r{at}", kind=RegisterKind(kind), unit="kWh", resolution=Decimal("0.1"), aliases=(name,))
    for at, (name, kind) in enumerate(KINDS.items())
} | {"lathe": Register(key="lathe", kind=RegisterKind.STATE, unit="h", resolution=Decimal(1), states=STATES)}
TARGETS = RegisterLookup(
    {name: TargetRegister(register, zone("Europe/Berlin")) for name, register in REGISTERS.items()}
)
OF_K = IngestOptions(register="k")


def read(text: str, options: IngestOptions = OF_K) -> RawColumns:
    return read_columns(text.encode(), TARGETS, options)


def cells(raw: RawColumns, *roles: str) -> list[tuple[str, ...]]:
    """The cells of some roles by row, without the blanks around them."""
    columns = [[cell.strip() for cell in raw.columns[role].to_pylist()] for role in roles]
    return list(zip(*columns, strict=True))


def verdicts(raw: RawColumns) -> list[tuple[int, str]]:
    return [(verdict.line, verdict.code) for verdict in raw.verdicts]


def said_of_table(raw: RawColumns) -> str:
    return "; ".join(how.taken for how in raw.how_read if how.aspect is Aspect.TABLE)


class TestWhatStandsAroundTheRows:
    LIST = """20.04.2026        Liste        1
----------------------------------
|Datum     |Zeit von|      Wert|ME |
----------------------------------
|13.04.2026|00:00:00|   12,79 |kWh|
|13.04.2026|00:15:00|   12,50-|kWh|
----------------------------------

20.04.2026        Liste        2
----------------------------------
|Datum     |Zeit von|      Wert|ME |
----------------------------------
|13.04.2026|00:30:00|    1,00 |kWh|
----------------------------------
|*         |        |    1,29 |kWh|
"""

    def test_a_printed_list_is_its_rows(self) -> None:
        raw = read(self.LIST)
        assert cells(raw, "time", "value", "unit") == [
            ("13.04.2026 00:00:00", "12,79", "kWh"),
            ("13.04.2026 00:15:00", "12,50-", "kWh"),
            ("13.04.2026 00:30:00", "1,00", "kWh"),
        ]
        assert list(raw.lines) == [5, 6, 13]
        assert verdicts(raw) == [(15, "total")]
        assert "above the table: lines 1 to 2; between rows: lines 4, 7, 9 to 12, 14" in said_of_table(raw)

    @pytest.mark.parametrize(("line", "verdict"), [
        pytest.param("Summe;17,5;", "total", id="by its word"),
        pytest.param("Summe;17,5", "total", id="by its word, in a short line"),
        pytest.param("合计;17,5;", "total", id="by its word in Chinese"),
        pytest.param(";17,5;", "total", id="without a time"),
        pytest.param("Printed on 13-Jul-2026 09:14;;", "not_a_row", id="the time of printing"),
        pytest.param("Ende des Berichts;;", "not_a_row", id="a text"),
        pytest.param("Ende", "not_a_row", id="a text in a short line"),
        pytest.param("-----;----;", None, id="a rule"),
        pytest.param("time;value;note", None, id="the header again"),
        pytest.param("# 3 rows", None, id="a comment"),
        pytest.param(";;", None, id="nothing"),
    ])  # fmt: skip
    def test_a_line_below_the_rows_has_a_verdict_or_is_layout(self, line: str, verdict: str | None) -> None:
        raw = read(f"time;value;note\n2026-06-01T08:00Z;1,5;\n2026-06-01T09:00Z;2,5;\n{line}\n")
        assert cells(raw, "value") == [("1,5",), ("2,5",)]
        assert [code for _, code in verdicts(raw)] == ([verdict] if verdict else [])

    def test_a_total_between_the_rows_is_none_either(self) -> None:
        raw = read("time;value\n2026-06-01T08:00Z;1,5\nTagessumme;1,5\n2026-06-02T08:00Z;2,5\n")
        assert (cells(raw, "value"), verdicts(raw)) == ([("1,5",), ("2,5",)], [(3, "total")])

    def test_a_bad_time_between_the_rows_is_left_to_the_reader(self) -> None:
        raw = read("time;value\n2026-06-01T08:00Z;1,5\nyesterday;1,5\n2026-06-02T08:00Z;2,5\n")
        assert (len(raw.lines), raw.verdicts) == (3, ())

    def test_a_date_without_its_hour_is_no_midnight(self) -> None:
        raw = read("Date,Hour,value\n23/03/2026,00:00,14.2\n23/03/2026,01:00,15.4\n23/03/2026,,29.6\n")
        assert cells(raw, "time") == [("23/03/2026 00:00",), ("23/03/2026 01:00",)]
        assert verdicts(raw) == [(4, "half_a_time")]

    def test_rows_stay_in_the_order_of_the_file(self) -> None:
        """Of two rows with one local time the first is the earlier one, however its cells are written."""
        raw = read('time,value\n2026-10-25 02:00,"1,000.5"\n2026-10-25 02:00,3\n2026-10-25 03:00,"1,000.5"\n')
        assert cells(raw, "value") == [("1,000.5",), ("3",), ("1,000.5",)]
        assert list(raw.lines) == [2, 3, 4]

    @pytest.mark.parametrize("row", [
        pytest.param("2026-06-01T09:00Z,701,7", id="an unquoted decimal comma in each row"),
        pytest.param("2026-06-01T09:00Z,701,x,y", id="more cells than other rows"),
    ])  # fmt: skip
    def test_what_no_column_has_is_not_dropped(self, row: str) -> None:
        """701,7 between commas would be read as 701."""
        raw = read(f"time,value\n2026-06-01T08:00Z,12,5\n{row}\n")
        assert verdicts(raw) == [(2, "too_many_columns"), (3, "too_many_columns")]
        assert cells(raw, "value") == []

    def test_a_delimiter_at_the_end_of_each_row_is_nothing(self) -> None:
        assert cells(read("time;value\n2026-06-01T08:00Z;1,5;\n"), "value") == [("1,5",)]

    @pytest.mark.parametrize("delimiter", [";", "|", "\t"])
    def test_decimal_commas_are_no_delimiters(self, delimiter: str) -> None:
        """Both cut the two rows into three cells; one of them the names too."""
        rows = "Seewil\nZeit;a;b\n2026-06-01 08:00;4,1;10,2\n2026-06-01 09:00;4,2;10,3\n".replace(";", delimiter)
        assert cells(read(rows, IngestOptions()), "value") == [("4,1",), ("4,2",), ("10,2",), ("10,3",)]

    def test_comments_stand_anywhere_and_a_name_may_begin_with_their_sign(self) -> None:
        raw = read("# a\ntime,value\n# b\n2026-06-01T08:00Z,1\n# c,2\n2026-06-01T09:00Z,2\n")
        assert cells(raw, "value") == [("1",), ("2",)]
        assert raw.verdicts == ()

    def test_an_apostrophe_before_a_number_is_no_part_of_it(self) -> None:
        raw = read("register,time,value\n'4711,2026-06-01T08:00Z,1\n'4711,2026-06-01T09:00Z,2\n", IngestOptions())
        assert cells(raw, "register") == [("4711",), ("4711",)]

    def test_a_unit_above_is_that_of_the_values(self) -> None:
        raw = read("Einheit: MWh\nDatum;Wert\n01.01.2026;1,5\n")
        assert raw.roles is not None
        assert raw.roles.unit == "MWh"
        assert "where no column states one" in next(how.taken for how in raw.how_read if how.aspect is Aspect.UNIT)


class TestAnotherTableFollows:
    TEXT = "Datum;Wert\n01.01.2026;1,5\n02.01.2026;2,5\n{rows}Tag;Leistung\n03.01.2026;7,0\n"

    @pytest.mark.parametrize("before", [0, 1000], ids=["soon", "far below"])
    def test_it_is_asked_which_is_meant(self, before: int) -> None:
        rows = "".join(f"03.01.2026 {at // 60:02}:{at % 60:02};1,0\n" for at in range(before))
        (question, *_) = read(self.TEXT.format(rows=rows)).questions
        assert question.aspect is Aspect.TABLE
        assert {answer.value for answer in question.answers} == {"1", str(before + 4)}

    def test_the_line_of_a_header_says_which(self) -> None:
        first = read(self.TEXT.format(rows=""), IngestOptions(register="k", header_line=1))
        second = read(self.TEXT.format(rows=""), IngestOptions(register="k", header_line=4))
        assert [cells(raw, "value") for raw in (first, second)] == [[("1,5",), ("2,5",)], [("7,0",)]]
        assert "ends above line 4" in said_of_table(first)


class TestWideTables:
    def test_each_column_is_its_register(self) -> None:
        raw = read("Zeit;a [kWh];b (MWh);c\n01.01.2026 00:00;1;2;9\n01.01.2026 01:00;3;4;9\n", IngestOptions())
        assert cells(raw, "register", "time", "value", "unit") == [
            ("a", "01.01.2026 00:00", "1", "kWh"), ("a", "01.01.2026 01:00", "3", "kWh"),
            ("b", "01.01.2026 00:00", "2", "MWh"), ("b", "01.01.2026 01:00", "4", "MWh"),
        ]  # fmt: skip
        assert list(raw.lines) == [2, 3, 2, 3]
        assert [how.column for how in raw.how_read if how.taken == "not read"] == ["c"]

    def test_a_cell_without_a_value_is_a_gap_with_its_line_and_column(self) -> None:
        raw = read(
            "Zeit;a;b;lathe\n01.01.2026 00:00;;2;UNAVAILABLE\n01.01.2026 01:00;Bad;99;RUN\n",
            IngestOptions(not_available=frozenset({"99"})),
        )
        assert cells(raw, "register", "value") == [("b", "2"), ("lathe", "UNAVAILABLE"), ("lathe", "RUN")]
        assert [(verdict.line, verdict.code, verdict.found) for verdict in raw.verdicts] == [
            (2, "no_value", "a: empty"), (3, "no_value", "a: Bad"), (3, "no_value", "b: 99"),
        ]  # fmt: skip

    def test_very_many_gaps_are_counted_and_the_rest_is_read(self) -> None:
        rows = "".join(f"2026-01-{1 + at // 1440:02} {at // 60 % 24:02}:{at % 60:02};1;\n" for at in range(3000))
        raw = read(f"Zeit;a;b\n{rows}", IngestOptions())
        assert cells(raw, "register") == [("a",)] * 3000
        assert len(raw.verdicts) == 1001
        assert raw.verdicts[-1].found == "b: 2000 more cells up to this line"
        assert raw.verdicts[-1].line == 3001

    def test_a_name_over_several_lines_is_that_of_the_register(self) -> None:
        text = ";SN 1;SN 2\n;Ertrag;Ertrag\n;Counter;Counter\ndd.MM.yyyy HH:mm;kWh;MWh\n20.04.2026 00:00; 7,5; 8,5\n"
        raw = read(text, IngestOptions())
        assert cells(raw, "register", "value", "unit") == [("SN 1/Ertrag", "7,5", "kWh")]
        assert raw.roles is not None
        assert (raw.roles.time_format, raw.roles.names[2]) == ("%d.%m.%Y %H:%M", "SN 2/Ertrag")

    def test_a_total_below_it_is_none_of_its_rows(self) -> None:
        raw = read("Zeit;a;b\n01.01.2026 00:00;1;2\n;1;2\n\nPrinted on 13-Jul-2026 09:14;;\n", IngestOptions())
        assert cells(raw, "register", "value") == [("a", "1"), ("b", "2")]
        assert verdicts(raw) == [(5, "not_a_row"), (3, "total")]


@pytest.mark.long
def test_a_file_of_rubbish_is_refused_before_its_verdicts_fill_the_memory() -> None:
    with pytest.raises(TooManyRefused):
        read("time,value,note\n2026-06-01T08:00Z,1,\n" + "rubbish\n" * 150_000)


@pytest.mark.parametrize("text", ["", "\n\n", "# nothing\n", "   \r\n"])
def test_an_empty_file_is_refused(text: str) -> None:
    with pytest.raises(UnreadableFile, match="empty"):
        read(text)
