"""A row a day: which part of the day a column is, and what is no gap on the days of a clock change."""

from decimal import Decimal

import pytest

from metering.fleet.meter import Register, RegisterKind
from metering.ingest import IngestOptions, RegisterLookup, TargetRegister
from metering.ingest.how_read import Aspect
from metering.ingest.interval_csv import read_columns
from metering.ingest.raw_columns import RawColumns
from metering.ingest.table_roles import Header
from metering.ingest.tables.day_columns import DayColumns, roles_and_days
from metering.ingest.tables.table_place import SampleRow
from metering.ingest.unreadable import UnreadableFile
from quantities.period import zone


def targets(minutes: int | None, where: str = "Europe/Berlin") -> RegisterLookup:
    register = Register(
        key="k", kind=RegisterKind.INTERVAL, unit="kWh", resolution=Decimal("0.01"), interval_minutes=minutes
    )
    return RegisterLookup({"k": TargetRegister(register, zone(where))})


def clocks(minutes: int, first: int = 0) -> list[str]:
    return [f"{at // 60:02}:{at % 60:02}" for at in range(first, first + 1440, minutes)]


def days(names: list[str]) -> DayColumns | None:
    header = Header(("Datum", *names, "Tagessumme"), ("",) * (len(names) + 2))
    row = SampleRow(2, ["01.03.2026", *["1,5"] * len(names), "9"])
    return roles_and_days(header, [row], IngestOptions(register="k"), targets(None))[1]


@pytest.mark.parametrize(("names", "minutes", "first", "last"), [
    pytest.param(clocks(15), 15, 0, 1425, id="quarters by their starts"),
    pytest.param(clocks(15, 15), 15, 0, 1425, id="quarters by their ends"),
    pytest.param([*clocks(30, 30)[:-1], "00:00"], 30, 0, 1410, id="the last end is midnight"),
    pytest.param(clocks(60), 60, 0, 1380, id="hours by their starts"),
    pytest.param([f"{at}:00 - {at + 1}:00" for at in range(24)], 60, 0, 1380, id="both ends"),
    pytest.param([str(at) for at in range(1, 25)], 60, 0, 1380, id="hours by number"),
    pytest.param([f"H{at:02}" for at in range(24)], 60, 0, 1380, id="hours by number from 0"),
    pytest.param([str(at) for at in range(1, 97)], 15, 0, 1425, id="quarters by number"),
    pytest.param([name for name in clocks(15, 15) if not "02:15" <= name <= "03:00"], 15, 0, 1425, id="a day with an hour less"),
])  # fmt: skip
def test_the_part_of_the_day_that_a_column_is(names: list[str], minutes: int, first: int, last: int) -> None:
    columns = days(names)
    assert columns is not None
    assert (columns.minutes, columns.starts[1], columns.starts[len(names)]) == (minutes, first, last)
    assert columns.extra == frozenset()


@pytest.mark.parametrize("names", [
    pytest.param(clocks(15)[:-3], id="not a whole day"), pytest.param(["00:15", "01:00"], id="two times"), pytest.param(["1", "2", "3"], id="three numbers"),
    pytest.param([*clocks(60), *clocks(60)], id="two days"), pytest.param(["a", "b"], id="names"),
])  # fmt: skip
def test_other_columns_are_no_parts_of_a_day(names: list[str]) -> None:
    assert days(names) is None


def read(
    names: list[str], rows: list[tuple[str, list[str]]], minutes: int = 60, where: str = "Europe/Berlin", **options: str
) -> RawColumns:
    header = ";".join(["Datum", *names, "Tagessumme"])
    lines = [";".join([date, *values, "999"]) for date, values in rows]
    text = "\n".join([header, *lines, ""]).encode()
    return read_columns(text, targets(minutes, where), IngestOptions(register="k", zone=options.get("zone")))


def times(raw: RawColumns) -> list[str]:
    return [str(time) for time in raw.columns["time"].to_pylist()]


def test_each_cell_is_a_reading_and_the_total_of_the_day_is_none() -> None:
    raw = read(clocks(60, 60), [("01.03.2026", [str(at) for at in range(24)]), ("02.03.2026", ["7"] * 24)])
    assert len(times(raw)) == 48
    assert (times(raw)[0], times(raw)[-1]) == ("01.03.2026 00:00", "02.03.2026 23:00")
    assert "999" not in raw.columns["value"].to_pylist()
    assert "columns 01:00 to 24:00 are ends of 60 minutes" in [
        how.taken for how in raw.how_read if how.aspect is Aspect.STAMP
    ]
    assert raw.roles is not None
    assert raw.roles.stamp == "start"


class TestClockChanges:
    SPRING, AUTUMN = "29.03.2026", "25.10.2026"

    def test_an_hour_that_does_not_exist_is_no_gap_and_others_are(self) -> None:
        values = [""] * 4
        values[0], values[1], values[3] = "1", "", "1"
        raw = read(clocks(60), [(self.SPRING, [*values, *["1"] * 20]), ("30.03.2026", ["1", "1", "", *["1"] * 21])])
        assert [(verdict.line, verdict.code, verdict.found) for verdict in raw.verdicts] == [
            (2, "no_value", "01:00: empty"), (3, "no_value", "02:00: empty"),
        ]  # fmt: skip

    def test_where_the_file_keeps_standard_time_it_is_a_gap(self) -> None:
        raw = read(clocks(60), [(self.SPRING, ["1", "1", "", *["1"] * 21])], zone="+01:00")
        assert [verdict.code for verdict in raw.verdicts] == ["no_value"]

    def test_an_hour_that_comes_twice_has_columns_of_its_own(self) -> None:
        names = [*clocks(60)[:3], "02:00", *clocks(60)[3:]]
        raw = read(
            names, [("24.10.2026", ["1", "1", "2", "", *["1"] * 21]), (self.AUTUMN, ["1", "1", "2", "3", *["1"] * 21])]
        )
        assert len(times(raw)) == 49
        assert raw.verdicts == ()
        twice = [
            value
            for time, value in zip(times(raw), raw.columns["value"].to_pylist(), strict=True)
            if time == "25.10.2026 02:00"
        ]
        assert twice == ["2", "3"]

    @pytest.mark.parametrize(("date", "values"), [
        pytest.param(SPRING, ["1"] * 23 + ["", ""], id="an hour less"), pytest.param(AUTUMN, ["1"] * 25, id="an hour more"),
    ])  # fmt: skip
    def test_numbered_hours_of_such_a_day_are_not_guessed(self, date: str, values: list[str]) -> None:
        raw = read([str(at) for at in range(1, 26)], [("24.03.2026", [*["1"] * 24, ""]), (date, values)])
        assert [(verdict.line, verdict.code) for verdict in raw.verdicts] == [(3, "clock_change")]
        assert len(times(raw)) == 24

    def test_a_date_in_an_order_that_others_rule_out_is_not_that_day(self) -> None:
        """08/03/2026 is 3 August where 08/31/2026 stands beside it, and no hour is missing in August."""
        rows = [("08/03/2026", ["1", "1", "", *["1"] * 21]), ("08/31/2026", ["1"] * 24)]
        assert [verdict.code for verdict in read(clocks(60), rows, where="America/Chicago").verdicts] == ["no_value"]


def test_parts_that_are_not_the_registers_interval_are_refused() -> None:
    with pytest.raises(UnreadableFile, match="60 minutes apart"):
        read(clocks(60), [("01.03.2026", ["1"] * 24)], minutes=15)
