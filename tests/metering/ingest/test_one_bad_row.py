"""A file with one bad row: the good rows are stored, the bad one is named with its line, what was found and expected.

A file whose form itself is in doubt is refused as a whole: then more is asked than about a row.
"""

import pytest

from metering import ingest
from metering.ingest import IngestOptions, RegisterLookup
from metering.ingest.how_read import Unsaid
from tests.metering.ingest.tables.xlsx import DATE, Stored, workbook
from tests.metering.ingest.test_interval_csv import a_target

SAID = IngestOptions({"start": "Datum"}, "k", zone="local")
OWN = IngestOptions(register="k", zone="local")


def of_csv(rows: list[str], options: IngestOptions = SAID) -> ingest.Parsed:
    return ingest.parse("\n".join(rows).encode(), RegisterLookup(a_target()), options)


def verdicts(parsed: ingest.Parsed) -> list[tuple[int, str, str, str]]:
    return [(verdict.line, verdict.code, verdict.found, verdict.expected) for verdict in parsed.verdicts]


GERMAN = ["Datum;Verbrauch [kWh]", *(f"06.06.2026 1{hour}:00;{hour},5" for hour in range(6))]
PLAIN = ["time,value", *(f"2026-06-06T1{hour}:00,{hour}.5" for hour in range(6))]


class TestTheLastRowIsBad:
    @pytest.mark.parametrize(("row", "verdict"), [
        pytest.param("07.06.2026 10:00;7.5", ("ambiguous_number", "7.5", "no point but between groups of three digits, as in 1.234,5"), id="the other decimal mark"),
        pytest.param("2026-06-07 10:00;7,5", ("not_a_time", "2026-06-07 10:00", "as in 06.06.2026 10:00"), id="another order of the day"),
        pytest.param("06/14/2026 10:00;7,5", ("not_a_time", "06/14/2026 10:00", "as in 06.06.2026 10:00"), id="months first"),
        pytest.param("1780308000;7,5", ("not_a_time", "1780308000", "as in 06.06.2026 10:00"), id="seconds since 1970"),
        pytest.param("07.06.2026 10:00 PM;7,5", ("not_a_time", "07.06.2026 10:00 PM", "as in 06.06.2026 10:00"), id="a half of the day"),
        pytest.param("06.06.2026 25:00;7,5", ("not_a_time", "06.06.2026 25:00", "as in 06.06.2026 10:00"), id="an hour that the day has not"),
        pytest.param("07.06.2026 10:00;#NV", ("not_a_number", "#NV", 'digits, as in "12.50"'), id="what a spreadsheet failed at"),
    ])  # fmt: skip
    def test_of_a_table_of_its_own_form(self, row: str, verdict: tuple[str, str, str]) -> None:
        parsed = of_csv([*GERMAN, row])

        assert verdicts(parsed) == [(8, *verdict)]
        assert len(parsed.readings.line) == 6

    @pytest.mark.parametrize("row", ['2026-06-07T10:00,"7,5"', '2026-06-07T10:00,"1.234,5"'])
    def test_of_our_own_form(self, row: str) -> None:
        parsed = of_csv([*PLAIN, row], OWN)

        ((line, _, found, expected),) = verdicts(parsed)
        assert (line, f'"{found}"') == (8, row.partition(",")[2])
        assert expected
        assert len(parsed.readings.line) == 6

    @pytest.mark.parametrize(("row", "code"), [
        pytest.param([(46180.0, DATE), "7,5"], "not_a_number", id="a number as text"),
        pytest.param([(46180.0, DATE), "#REF!"], "not_a_number", id="what a spreadsheet failed at"),
        pytest.param(["yesterday", 7.5], "not_a_time", id="no time"),
        pytest.param(["07.06.2026 10:00", 7.5], "not_a_time", id="a time as text"),
        pytest.param([46180.0, 7.5], "not_a_time", id="a date without its style"),
        pytest.param([(46180.0, DATE), None], "no_value", id="nothing"),
    ])  # fmt: skip
    @pytest.mark.parametrize("header", [["Datum", "Verbrauch [kWh]"], ["time", "value"]])
    def test_of_a_workbook(self, header: list[Stored], row: list[Stored], code: str) -> None:
        good: list[list[Stored]] = [[(46179.0 + hour / 24, DATE), hour + 0.5] for hour in range(6)]
        options = SAID if header[0] == "Datum" else OWN

        parsed = ingest.parse(workbook({"S": [header, *good, row]}), RegisterLookup(a_target()), options)

        assert [(line, found_code) for line, found_code, _, _ in verdicts(parsed)] == [(8, code)]
        assert len(parsed.readings.line) == 6


class TestTheFormIsInDoubt:
    def test_as_many_rows_with_either_decimal_mark(self) -> None:
        half = [row.replace(",", ".") for row in GERMAN[4:]]
        with pytest.raises(Unsaid, match="separators"):
            of_csv([*GERMAN[:4], *half])

    def test_a_value_that_either_mark_reads_otherwise(self) -> None:
        """4.078 is 4078 by the mark of most rows, and 4.078 by that of the odd one: a thousand times as much."""
        with pytest.raises(Unsaid, match="separators"):
            of_csv([*GERMAN, "07.06.2026 10:00;4.078", "08.06.2026 10:00;7.5"])

    def test_as_many_rows_in_either_order_of_the_day(self) -> None:
        days = ["Datum;Verbrauch [kWh]", "13/06/2026 10:00;1,5", "14/06/2026 10:00;1,5", "06/15/2026 10:00;1,5"]
        with pytest.raises(Unsaid, match="time"):
            of_csv(days)

    def test_a_day_that_the_odd_row_reads_otherwise(self) -> None:
        """03/04 is in April by most rows, and in March by the odd one."""
        rows = [f"{day}/04/2026 10:00;1,5" for day in ("03", *range(13, 19))]
        with pytest.raises(Unsaid, match="time"):
            of_csv(["Datum;Verbrauch [kWh]", *rows, "04/20/2026 10:00;1,5"])


class TestA25thHour:
    """On the day on which the clock is put back it may be numbered or of the clock; on another day it is none."""

    def rows(self, day: str) -> ingest.Parsed:
        hours = [f"{day}.2026 {hour:02d}:00;1500" for hour in range(1, 26)]
        options = IngestOptions({"end": "Datum"}, "k", unit="Wh", zone="local")
        return of_csv(["Datum;Verbrauch", *hours], options)

    def test_on_an_ordinary_day(self) -> None:
        parsed = self.rows("24.10")

        assert [(line, code) for line, code, _, _ in verdicts(parsed)] == [(26, "not_a_time")]
        assert len(parsed.readings.line) == 24  # each is converted from Wh, as rows are that are read one by one

    def test_on_the_day_of_25_hours(self) -> None:
        assert {code for _, code, _, _ in verdicts(self.rows("25.10"))} == {"clock_change"}
