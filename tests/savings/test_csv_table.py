"""CSV tables as people have them: what is read, what is missing and said, and what is refused by name."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from quantities.document import parse
from quantities.errors import UsufructError
from savings.baseline import Baseline, fit
from savings.csv_table import UnknownQuality, UnreadableTable, names_of, read_table
from savings.methods import METHODS
from savings.rows import TEMPERATURE
from tests.build import fewer_examples
from tests.savings.samples import FIRST, SINE


class TestInstants:
    def test_a_clock_that_shows_an_hour_twice(self) -> None:
        raw = b"time,load\n2025-10-26T01:00,1\n2025-10-26T02:00,2\n2025-10-26T02:00,3\n2025-10-26T03:00,4\n"
        table = read_table(raw, "Europe/Berlin", {"load": "kWh"})
        assert list(table.series["load"].values) == [1, 2, 3, 4]
        assert table.findings == ()

    def test_a_gap_is_a_gap_and_a_long_day_is_a_day(self) -> None:
        raw = b"time,load\n2025-10-25,1\n2025-10-26,2\n2025-10-27,3\n2025-10-30,4\n"
        periods = read_table(raw, "Europe/Berlin", {"load": "kWh"}).series["load"].periods
        assert [period.duration // timedelta(hours=1) for period in periods] == [24, 25, 24, 24]

    def test_the_last_of_bills_only_ends_the_one_before(self) -> None:
        """Intervals of 31 and 28 days are of no usual length."""
        raw = b"time,load\n2025-01-01,1\n2025-02-01,2\n2025-03-01,3\n"
        series = read_table(raw, "UTC", {"load": "kWh"}).series["load"]
        assert [period.duration.days for period in series.periods] == [31, 28]
        assert list(series.values) == [1, 2]

    def test_lines_in_any_order_are_brought_into_that_of_time(self) -> None:
        """Of two offsets, and the site's own clock."""
        raw = b"time,load\n2025-01-01T02:00+01:00,2\n2025-01-01T00:00Z,1\n2025-01-01T03:00,3\n"
        series = read_table(raw, "Europe/Berlin", {"load": "kWh"}).series["load"]
        assert list(series.values) == [1, 2, 3]
        assert series.periods[0].start == datetime(2025, 1, 1, tzinfo=UTC)


class TestColumns:
    @pytest.mark.parametrize(
        "raw",
        [
            pytest.param(b"load,time\n1,2025-01-01\n2,2025-01-02\n", id="found by its name"),
            pytest.param(b"load;Timestamp\n1;2025-01-01\n2;2025-01-02\n", id="in any case, semicolons"),
            pytest.param(b"when\tload\n2025-01-01\t1\n2025-01-02\t2\n", id="else the first, tabs"),
            pytest.param(b"\xef\xbb\xbfload,time\r\n1,2025-01-01\r\n2,2025-01-02\r\n", id="with a byte order mark"),
        ],
    )
    def test_the_column_of_times(self, raw: bytes) -> None:
        assert list(read_table(raw, "UTC", {"load": "kWh"}).series["load"].values) == [1, 2]

    def test_another_may_be_named(self) -> None:
        raw = b"time,from,load\nx,2025-01-01,1\ny,2025-01-02,2\n"
        assert list(read_table(raw, "UTC", {"load": "kWh"}, "from").series["load"].values) == [1, 2]

    def test_names_leave_times_out(self) -> None:
        assert names_of(b"time, load ,temp\n1,2,3\n4,5,6\n") == ("load", "temp")


class TestWhatCannotBeRead:
    def test_is_missing_and_said(self) -> None:
        raw = (
            b"start;load\n2025-01-01T00:00Z;1\n2025-01-01T01:00Z;Infinity\n2025-01-01T02:00Z;nan\n"
            b"2025-01-01T02:00Z;nan\n2025-01-01T03:00Z;0\nyesterday;5\n2025-01-01T04:00Z;7\n2025-01-01T04:00Z;8\n"
        )
        table = read_table(raw, "UTC", {"load": "kWh"})
        assert list(table.series["load"].values) == [1, None, None, 0, None]
        assert {finding.code: finding.found for finding in table.findings} == {
            "not_a_time": "1", "duplicated_timestamps": "1", "contradicting_timestamps": "1", "not_a_number": "1",
            "missing_values": "2", "zero_values": "1",
        }  # fmt: skip

    @pytest.mark.parametrize(
        ("text", "value"),
        [
            ("-5", "-5"),
            ("+1.5", "1.5"),
            (".5", "0.5"),
            ("1e3", "1000"),
            ("999999999999999999999999", "999999999999999999999999"),
            ("1e24", None),
            ("0x10", None),
            ("1.2.3", None),
            ("１２", None),
            ("9" * 41, None),
            ("N/A", None),
            ("-", None),
        ],
    )
    def test_each_text_is_a_number_or_missing(self, text: str, value: str | None) -> None:
        raw = f"time,load\n2025-01-01,{text}\n2025-01-02,2\n".encode()
        assert read_table(raw, "UTC", {"load": "kWh"}).series["load"].values[0] == (
            None if value is None else Decimal(value)
        )

    @pytest.mark.parametrize(
        ("raw", "says"),
        [
            pytest.param(b"", "no rows", id="empty"),
            pytest.param(b"time,load\n2025-01-01,1\n", "no rows", id="one row"),
            pytest.param(b"\xff\xfe", "no UTF-8", id="not text"),
            pytest.param(b"time,load\nx,1\ny,2\n", "no two instants", id="no times"),
            pytest.param(b"time,power\n2025-01-01,1\n2025-01-02,2\n", "no column 'load'", id="another column"),
        ],
    )
    def test_no_table(self, raw: bytes, says: str) -> None:
        with pytest.raises(UnreadableTable, match=says):
            read_table(raw, "UTC", {"load": "kWh"})


class TestQuality:
    """The words of readings: the name or the code of ESPI, in capitals or not."""

    RAW = "time,load,how\n2025-01-01,1,{}\n2025-01-02,2,\n2025-01-03,3,validated\n"

    @pytest.mark.parametrize(
        ("word", "is_estimate"),
        [
            ("", False),
            ("valid", False),
            ("17", False),
            ("estimated_reference_day", True),
            ("Estimated_Interpolation", True),
            ("9", True),
            ("PROJECTED", True),
        ],
    )
    def test_says_which_lines_are_estimates(self, word: str, is_estimate: bool) -> None:  # noqa: FBT001
        table = read_table(self.RAW.format(word).encode(), "UTC", {"load": "kWh"}, quality="how")
        assert table.estimates == ({datetime(2025, 1, 1, tzinfo=UTC)} if is_estimate else set())

    def test_a_word_that_is_none_is_refused_with_its_line_and_those_that_are(self) -> None:
        with pytest.raises(UnknownQuality, match="line 2: 'guessed' is no quality") as refused:
            read_table(self.RAW.format("guessed").encode(), "UTC", {"load": "kWh"}, quality="how")
        assert (refused.value.members["line"], refused.value.members["found"]) == (2, "guessed")
        assert "estimated_interpolation (9)" in str(refused.value.members["expected"])

    def test_a_column_that_is_not_there_is_refused(self) -> None:
        with pytest.raises(UnreadableTable, match="no column 'good'"):
            read_table(self.RAW.format("").encode(), "UTC", {"load": "kWh"}, quality="good")


class TestHostileTables:
    """Whatever a file says: a baseline, or a refusal by name; never a traceback, never a warning of numpy's."""

    GOOD = "time,kwh,temperature\n" + "\n".join(
        f"{FIRST + timedelta(n)},{30 + n % 7 * 3 + max(0, 60 - SINE[n]):.2f},{SINE[n]:.1f}" for n in range(365)
    )
    NASTY = (
        "NaN", "inf", "-inf", "1e99", "1e-99", "9" * 60, "", "-5", "0", "0x10", "1,5", '"', "１２", "null", "2025-13-01", "\x00",
    )  # fmt: skip

    @fewer_examples(5)
    @given(
        st.lists(st.tuples(st.integers(0, 365), st.integers(0, 2), st.sampled_from(NASTY)), max_size=400),
        st.sampled_from(list(METHODS)),
    )
    def test_is_fitted_or_refused_by_name(self, changes: list[tuple[int, int, str]], name: str) -> None:
        rows = [line.split(",") for line in self.GOOD.splitlines()]
        for row, column, text in changes:
            rows[row][column] = text
        raw = "\n".join(",".join(row) for row in rows).encode()
        terms = {"kind": name, **({"form": "5P"} if name == "change_point" else {})}
        try:
            table = read_table(raw, "Europe/Berlin", {"kwh": "kWh", "temperature": "degF"})
            drivers = {TEMPERATURE: table.series["temperature"]}
            baseline, _, _ = fit(parse(METHODS[name], terms), table.series["kwh"], drivers, "Europe/Berlin")
        except UsufructError as refusal:
            assert str(refusal)
        else:
            assert parse(Baseline, baseline.model_dump(mode="json")) == baseline
