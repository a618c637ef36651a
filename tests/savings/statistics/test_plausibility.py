"""Wrong units: what can only be one is said, and what may be right is left alone."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from quantities.period import Period
from savings.rows import Interval, Row
from savings.statistics.plausibility import check_energy, check_scale, check_values

START = datetime(2025, 1, 1, tzinfo=UTC)


def days(energies: list[int], degrees: list[str] | None = None) -> list[Row]:
    step = timedelta(days=1)
    return [
        Row(
            Period(START + step * at, START + step * (at + 1)),
            START + step * at,
            Decimal(energy),
            () if degrees is None else (Decimal(degrees[at % len(degrees)]),),
        )
        for at, energy in enumerate(energies)
    ]


def codes(rows: list[Row], degrees: str | None = None, interval: Interval = Interval.DAY) -> list[tuple[str, str]]:
    return [(finding.code, finding.found) for finding in check_values(rows, interval, degrees)]


@pytest.mark.parametrize(
    ("degrees", "unit", "many", "found"),
    [
        pytest.param(["30", "75"], "degC", 30, ["75.0 °C"], id="75 °C is no weather"),
        pytest.param(["-20", "45"], "degC", 365, [], id="45 °C is"),
        pytest.param(["-91"], "degC", 2, ["-91.0 °C"], id="colder than the pole"),
        pytest.param(["-5", "28"], "degF", 365, ["-2.2 °C"], id="a year that never thaws: -5 to 28 °C"),
        pytest.param(["-5", "28"], "degF", 299, [], id="a winter may"),
        pytest.param(["20", "95"], "degF", 365, [], id="a year in °F"),
        pytest.param(["20", "140"], "degF", 3, ["60.0 °C"], id="140 °F are 60 °C"),
        pytest.param(["20", "300"], "K", 3, [], id="of another unit nothing is said"),
    ],
)
def test_temperatures(degrees: list[str], unit: str, many: int, found: list[str]) -> None:
    rows = days([1, 2] * (many // 2) + [1] * (many % 2), degrees)
    assert codes(rows, unit) == [("temperature_unit", value) for value in found]


@pytest.mark.parametrize(
    ("energies", "interval", "found"),
    [
        pytest.param(list(range(1000, 1028)), Interval.DAY, ["1000 to 1027"], id="28 days that only rise: a month"),
        pytest.param(list(range(1000, 1027)), Interval.DAY, [], id="27 may"),
        pytest.param([*range(1000, 1060), 1058], Interval.DAY, [], id="one fall is enough"),
        pytest.param([5] * 60, Interval.DAY, [], id="a flat load"),
        pytest.param(list(range(10)), Interval.BILLING, ["0 to 9"], id="ten bills"),
    ],
)
def test_a_running_counter(energies: list[int], interval: Interval, found: list[str]) -> None:
    assert codes(days(energies), None, interval) == [("running_counter", value) for value in found]


@pytest.mark.parametrize(
    ("measured", "expected", "found"),
    [
        pytest.param("950000", "1000", ["950"], id="Wh held against kWh"),
        pytest.param("0.95", "1000", ["0.00095"], id="MWh held against kWh"),
        pytest.param("1500", "1000", [], id="half as much again"),
        pytest.param("10", "1000", [], id="a hundredth: the measure was a good one, or the site closed"),
        pytest.param("0", "1000", [], id="none at all"),
    ],
)
def test_a_thousand_times_the_baselines(measured: str, expected: str, found: list[str]) -> None:
    assert [finding.found for finding in check_scale(Decimal(measured), Decimal(expected))] == found


@pytest.mark.parametrize(
    ("last", "expected", "found"),
    [
        pytest.param("110", "100", [], id="as expected"),
        pytest.param("90000", "100", ["900"], id="a day in Wh"),
        pytest.param("29900", "100", [], id="299 times may be a fault of the meter's, and of no unit"),
        pytest.param("30000", "100", ["300"], id="300 times is one"),
        pytest.param("3000", "1", [], id="next to nothing is expected of a day: held against the mean of all, 95"),
        pytest.param("0.1", "100", [], id="a day of next to no use"),
    ],
)
def test_a_day_in_another_unit(last: str, expected: str, found: list[str]) -> None:
    """Nineteen days of 100 kWh, as expected, and one more."""
    energies = [(Decimal(100), Decimal(100))] * 19 + [(Decimal(last), Decimal(expected))]
    measured, modelled = (sum((pair[at] for pair in energies), Decimal(0)) for at in (0, 1))
    assert [finding.found for finding in check_energy(energies, measured, modelled)] == found


def test_a_month_in_another_unit_is_told_by_its_sum() -> None:
    energies = [(Decimal(100_000), Decimal(100))] * 20
    (finding,) = check_energy(energies, Decimal(2_000_000), Decimal(2000))
    assert (finding.code, finding.found) == ("energy_unit", "1000")
