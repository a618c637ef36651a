"""Rows out of series of any interval: added up or averaged, bridged over short gaps, by the local clock."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from quantities.period import Period
from savings.rows import (
    TEMPERATURE,
    DriverAggregation,
    Interval,
    OverlappingPeriods,
    Row,
    Series,
    hours_of,
    in_unit,
    resampled,
    rows_of,
    slot_of_week,
    values_by_driver,
)
from tests.build import fewer_examples
from tests.savings.samples import day

START = datetime(2026, 3, 2, tzinfo=UTC)
BERLIN = ZoneInfo("Europe/Berlin")
SUM, MEAN = DriverAggregation.SUM, DriverAggregation.MEAN


def hours(*values: str | None, unit: str = "kWh", start: datetime = START) -> Series:
    """Of one hour each."""
    periods = tuple(Period(start + timedelta(hours=n), start + timedelta(hours=n + 1)) for n in range(len(values)))
    return Series(periods, tuple(None if value is None else Decimal(value) for value in values), unit)


def span(first: float, last: float) -> Period:
    return Period(START + timedelta(hours=first), START + timedelta(hours=last))


class TestResampled:
    @pytest.mark.parametrize(
        ("values", "row", "how", "value"),
        [
            pytest.param(["1", "2", "4", "8"], (0, 4), SUM, "15", id="a sum"),
            pytest.param(["1", "2", "4", "8"], (1, 3), SUM, "6", id="of the hours within"),
            pytest.param(["1", None, "4", "8"], (0, 4), SUM, "17.333333333333333", id="scaled up: 13 · 4/3"),
            pytest.param(["1", None, None, "8"], (0, 4), SUM, "18", id="half is enough: 9 · 4/2"),
            pytest.param(["1", None, None, None], (0, 4), SUM, None, id="a quarter is not"),
            pytest.param(["1", "2", "4", "8"], (0.5, 3.5), SUM, "9", id="halves of hours are no part: (2 + 4) · 3/2"),
            pytest.param(["1", "2", "4", "9"], (0, 4), MEAN, "4", id="a mean"),
            pytest.param(["1", None, "4", "8"], (0, 4), MEAN, "4.333333333333333", id="of what is known: 13/3"),
            pytest.param(["1", "2", "4", "8"], (0.5, 2), MEAN, "1.666666666666667", id="by time: (1/2 + 2)/1.5"),
            pytest.param(["1", None, None, None], (0, 4), MEAN, None, id="a quarter is not enough"),
            pytest.param([], (0, 4), MEAN, None, id="nothing"),
            pytest.param(["1", "2"], (8, 12), SUM, None, id="another time"),
        ],
    )
    def test_by_hand(
        self, values: list[str | None], row: tuple[float, float], how: DriverAggregation, value: str | None
    ) -> None:
        (result,) = resampled(hours(*values), [span(*row)], how)
        assert result == (None if value is None else Decimal(value))

    def test_how_much_must_be_measured_is_a_choice(self) -> None:
        assert resampled(hours("1", None, None, None), [span(0, 4)], SUM, Decimal("0.25")) == [4]

    @fewer_examples(4)
    @given(st.lists(st.integers(-99, 99), min_size=1, max_size=48), st.integers(1, 12))
    def test_no_energy_is_lost_between_rows(self, values: list[int], width: int) -> None:
        """Rows that follow on each other and are wholly measured have the sum of the series, and means by hand."""
        count = len(values) // width
        rows = [span(n * width, (n + 1) * width) for n in range(count)]
        series = hours(*map(str, values))
        assert sum(filter(None, resampled(series, rows, SUM))) == sum(values[: count * width])
        for n, mean in enumerate(resampled(series, rows, MEAN)):
            assert mean is not None
            assert float(mean) == pytest.approx(sum(values[n * width : (n + 1) * width]) / width)


class TestSeries:
    @pytest.mark.parametrize(
        ("values", "bridged"),
        [
            pytest.param(["1", None, "3"], ["1", "2", "3"], id="one between two"),
            pytest.param(["0", None, None, None, "8"], ["0", "2", "4", "6", "8"], id="a straight line"),
            pytest.param(["0", *[None] * 6, "7"], ["0", "1", "2", "3", "4", "5", "6", "7"], id="six are bridged"),
            pytest.param(["0", *[None] * 7, "8"], ["0", *[None] * 7, "8"], id="seven are not"),
            pytest.param([None, "1", None], [None, "1", None], id="never beyond the first and the last"),
            pytest.param([None, None], [None, None], id="nothing is known"),
        ],
    )
    def test_short_gaps_are_bridged(self, values: list[str | None], bridged: list[str | None]) -> None:
        assert hours(*values).bridged() == hours(*bridged)

    @pytest.mark.parametrize(
        ("second", "holes"),
        [pytest.param(1, 0, id="none"), pytest.param(4, 3, id="three"), pytest.param(40, 7, id="many")],
    )
    def test_lines_that_are_not_there_are_missing_values(self, second: int, holes: int) -> None:
        """One hour, and another hour some hours later: seven missing ones are too many for a bridge, and enough."""
        series = Series((span(0, 1), span(second, second + 1)), (Decimal(1), Decimal(2)))
        filled = series.with_holes()
        assert filled.values == (1, *[None] * holes, 2)
        assert filled.periods[1:-1] == tuple(span(at, at + 1) for at in range(1, holes + 1))
        assert Series((), ()).with_holes() == Series((), ())

    @fewer_examples(4)
    @given(st.lists(st.one_of(st.none(), st.integers(-50, 50)), max_size=30), st.integers(1, 8))
    def test_a_bridge_never_touches_what_is_known_nor_leaves_its_ends(
        self, values: list[int | None], most: int
    ) -> None:
        series = hours(*(None if value is None else str(value) for value in values))
        bridged = series.bridged(most)
        known = [value for value in values if value is not None]
        for before, after in zip(series.values, bridged.values, strict=True):
            assert before is None or after == before
            assert after is None or min(known) <= after <= max(known)

    def test_within_a_longer_period(self) -> None:
        assert hours("1", "2", "3", "4").within(span(0.5, 3)) == Series(
            (span(1, 2), span(2, 3)), (Decimal(2), Decimal(3)), "kWh"
        )

    def test_says_once_what_was_measured(self) -> None:
        with pytest.raises(OverlappingPeriods):
            Series((span(0, 2), span(1, 3)), (Decimal(1), Decimal(2)))

    def test_a_unit_is_converted_and_what_is_missing_stays_so(self) -> None:
        assert in_unit([Decimal(20), None, Decimal(0)], "degC", "degF") == [68, None, 32]


class TestRowsOf:
    def energy(self, first: date, after_last: date) -> Series:
        start, end = (datetime.combine(at, datetime.min.time(), BERLIN).astimezone(UTC) for at in (first, after_last))
        return hours(*["1"] * round((end - start) / timedelta(hours=1)), start=start)

    @pytest.mark.parametrize(
        ("first", "hours_a_day"),
        [
            pytest.param(date(2026, 3, 28), ["24", "23", "24"], id="the clock goes forward"),
            pytest.param(date(2026, 10, 24), ["24", "25", "24"], id="the clock goes back"),
        ],
    )
    def test_a_day_is_a_local_day(self, first: date, hours_a_day: list[str]) -> None:
        rows = rows_of(Interval.DAY, "Europe/Berlin", self.energy(first, first + timedelta(3)), {})
        assert [row.energy for row in rows] == list(map(Decimal, hours_a_day))
        assert [hours_of(row.period) for row in rows] == list(map(Decimal, hours_a_day))
        assert [row.local.date() - first for row in rows] == [timedelta(0), timedelta(1), timedelta(2)]

    def test_hours_are_rows_of_the_local_clock(self) -> None:
        rows = rows_of(Interval.HOUR, "Europe/Berlin", self.energy(date(2026, 3, 29), date(2026, 3, 30)), {})
        assert [row.local.hour for row in rows] == [0, 1, *range(3, 24)]
        assert [row.energy for row in rows] == [1] * 23

    def test_part_of_a_day_at_the_edge_is_no_row(self) -> None:
        rows = rows_of(Interval.DAY, "UTC", hours(*["1"] * 30), {})
        assert [row.energy for row in rows] == [24]

    def test_a_bill_has_the_temperature_of_each_of_its_days(self) -> None:
        """Two days of hours at 10 and 20 °C, in °F; the driver is added up."""
        bill = Series((Period(START, START + timedelta(days=2)),), (Decimal(99),), "kWh")
        drivers = {
            TEMPERATURE: hours(*["10"] * 24, *["20"] * 24, unit="degC"),
            "output": hours(*["2"] * 48, unit=""),
        }
        (row,) = rows_of(Interval.BILLING, "UTC", bill, drivers, {"output": SUM}, degrees="degF")
        assert [row.energy, *row.temperatures, row.drivers["output"], row.days] == [99, 50, 68, 96, 2]

    def test_a_gap_of_temperature_is_bridged_and_one_of_energy_never(self) -> None:
        energy = hours(*["1"] * 11, *[None] * 13)
        (row,) = rows_of(Interval.DAY, "UTC", energy, {TEMPERATURE: hours("0", *[None] * 5, *["6"] * 18, unit="degC")})
        assert row.energy is None
        assert row.temperatures == (Decimal("5.125"),)  # (0 + 1 + 2 + 3 + 4 + 5 + 18 · 6)/24


class TestARow:
    @pytest.mark.parametrize(
        ("row", "known", "complete"),
        [
            pytest.param(day("1", "5"), True, True, id="all"),
            pytest.param(day(None, "5"), True, False, id="no energy"),
            pytest.param(day("0", "0"), True, True, id="zeros are known"),
            pytest.param(day("1", drivers={"output": None}), False, False, id="a driver is missing"),
            pytest.param(
                Row(span(0, 24), START, Decimal(1), (Decimal(1), None)), False, False, id="a day's temperature"
            ),
        ],
    )
    def test_what_it_lacks(self, row: Row, known: bool, complete: bool) -> None:  # noqa: FBT001
        assert (row.is_known, row.is_complete) == (known, complete)

    def test_values_by_driver(self) -> None:
        rows = [
            day("1", "5", drivers={"b": Decimal(1), "a": None}),
            day("2", "7", drivers={"b": None, "a": Decimal(3)}),
        ]
        assert values_by_driver(rows) == {"a": [3], "b": [1], TEMPERATURE: [5, 7]}
        assert list(values_by_driver(rows)) == ["a", "b", TEMPERATURE]


@pytest.mark.parametrize(
    ("at", "slot"),
    [("2026-03-02T00:59", 0), ("2026-03-02T01:00", 1), ("2026-03-03T00:00", 24), ("2026-03-08T23:59", 167)],
)
def test_the_hour_of_the_week(at: str, slot: int) -> None:
    """2 March 2026 is a Monday."""
    assert slot_of_week(datetime.fromisoformat(at)) == slot
