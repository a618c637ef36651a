"""Time of week and temperature by hours: a week found again, months that are missing, bounds that rise."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import numpy as np
import pytest

from quantities.document import FaultyDocument, parse
from quantities.period import Period
from savings.baseline import NoBaseline, fit
from savings.methods.caltrack import CaltrackDaily
from savings.methods.hourly import CaltrackHourly
from savings.methods.mean import Mean
from savings.model import Week
from savings.rows import TEMPERATURE, Interval, Series


def hourly(days: int, of_hour: Callable[[datetime, float], float]) -> tuple[Series, Series]:
    """Energy and temperature by hours, warmest in the afternoon and in July."""
    start = datetime(2025, 1, 1, tzinfo=UTC)
    starts = [start + timedelta(hours=n) for n in range(24 * days)]
    degrees = [
        round(float(52 + 26 * np.sin(2 * np.pi * (n / 24 - 100) / 365) + 8 * np.sin((n % 24 - 8) / 24 * 2 * np.pi)), 3)
        for n in range(24 * days)
    ]
    periods = tuple(Period(at, at + timedelta(hours=1)) for at in starts)
    energy = tuple(Decimal(repr(round(of_hour(at, warm), 6))) for at, warm in zip(starts, degrees, strict=True))
    return Series(periods, energy, "kWh"), Series(periods, tuple(Decimal(repr(warm)) for warm in degrees), "degF")


def test_a_week_and_a_slope_are_found_again() -> None:
    def load(at: datetime, degrees: float) -> float:
        return (20.0 if at.weekday() < 5 and 8 <= at.hour < 18 else 5.0) + 0.3 * max(0.0, degrees - 65)

    energy, temperature = hourly(365, load)
    baseline, outcome, rows = fit(CaltrackHourly(), energy, {TEMPERATURE: temperature}, "UTC")
    assert baseline.disqualifications == ()
    assert max(map(abs, outcome.residuals)) < 1e-5
    assert all(abs(float((row.energy or 0) - baseline.model.predict(row))) < 1e-5 for row in rows[::97])
    assert isinstance(baseline.model, Week)
    assert [segment.months for segment in baseline.model.segments] == [(month,) for month in range(1, 13)]
    assert baseline.interval is Interval.HOUR


def test_months_that_are_not_there_disqualify_it() -> None:
    energy, temperature = hourly(120, lambda at, degrees: 10 + at.hour + degrees / 10)
    with pytest.raises(NoBaseline, match="no hours of month"):
        fit(CaltrackHourly(), energy, {TEMPERATURE: temperature}, "UTC")
    whole_year = parse(CaltrackHourly, {"segments": "year"})
    baseline, _, _ = fit(whole_year, energy, {TEMPERATURE: temperature}, "UTC")
    codes = [finding.code for finding in baseline.disqualifications]
    assert codes == ["too_few_days", *["month_incomplete"] * 8]


def test_a_temperature_that_never_changes_is_disqualified() -> None:
    """The hours of the week are left; energy by them alone is found again."""
    energy, temperature = hourly(28, lambda at, degrees: 10.0 + at.hour)
    constant = Series(temperature.periods, (Decimal(60),) * len(temperature.periods), "degF")
    whole_year = parse(CaltrackHourly, {"segments": "year"})
    baseline, outcome, _ = fit(whole_year, energy, {TEMPERATURE: constant}, "UTC")
    assert "constant_driver" in [finding.code for finding in baseline.disqualifications]
    assert max(map(abs, outcome.residuals)) < 1e-9


def test_hours_of_the_week_that_were_never_measured_are_counted() -> None:
    """Of Saturday's and Sunday's 48 hours there is no energy."""
    energy, temperature = hourly(28, lambda at, degrees: 10 + degrees / 10)
    values = tuple(
        None if period.start.weekday() >= 5 else value
        for period, value in zip(energy.periods, energy.values, strict=True)
    )
    whole_year = parse(CaltrackHourly, {"segments": "year"})
    baseline, _, _ = fit(whole_year, Series(energy.periods, values, "kWh"), {TEMPERATURE: temperature}, "UTC")
    (unseen,) = [finding for finding in baseline.findings if finding.code == "unseen_hours"]
    assert (unseen.severity, unseen.found) == ("disqualification", "48")


@pytest.mark.parametrize(
    ("days_of_it", "once"),
    [pytest.param((8,), ["1"], id="one Wednesday of four"), pytest.param((8, 15), [], id="two of them")],
)
def test_an_hour_of_the_week_that_was_measured_once_disqualifies_it(
    days_of_it: tuple[int, ...], once: list[str]
) -> None:
    """Its level is that hour's energy, whatever it was. 2025-01-08 is a Wednesday; of three in the morning."""
    energy, temperature = hourly(28, lambda at, degrees: 10 + at.hour + degrees / 10)
    values = tuple(
        None if (at.weekday(), at.hour) == (2, 3) and at.day not in days_of_it else value
        for at, value in zip((period.start for period in energy.periods), energy.values, strict=True)
    )
    whole_year = parse(CaltrackHourly, {"segments": "year"})
    baseline, _, _ = fit(whole_year, Series(energy.periods, values, "kWh"), {TEMPERATURE: temperature}, "UTC")
    measured_once = [finding for finding in baseline.disqualifications if finding.code == "hours_measured_once"]
    assert [finding.found for finding in measured_once] == once


@pytest.mark.parametrize("fuel", ["electricity", "gas"])
def test_zero_hours_of_electricity_were_not_measured_and_those_of_gas_were(fuel: str) -> None:
    """CalTRACK 2.2.1.4: each tenth hour of 672 reads zero; the hour is left out, or a level is lower by it."""
    energy, temperature = hourly(28, lambda at, degrees: 20.0)
    values = tuple(Decimal(0) if n % 10 == 0 else value for n, value in enumerate(energy.values))
    method = parse(CaltrackHourly, {"segments": "year", "fuel": fuel})
    baseline, _, rows = fit(method, Series(energy.periods, values, "kWh"), {TEMPERATURE: temperature}, "UTC")
    mean = sum((row.energy or Decimal(0) for row in rows), Decimal(0)) / len(rows)
    assert (len(rows), round(mean, 3)) == ((604, Decimal(20)) if fuel == "electricity" else (672, Decimal("17.976")))
    assert baseline.figures.n == len(rows)


def test_weather_of_another_zone_is_noticed() -> None:
    energy, temperature = hourly(60, lambda at, degrees: 10 + degrees / 10)
    baseline, _, _ = fit(Mean(), energy, {TEMPERATURE: temperature}, "UTC")
    assert "weather_out_of_phase" not in [finding.code for finding in baseline.findings]
    baseline, _, _ = fit(CaltrackDaily(), energy, {TEMPERATURE: temperature}, "America/Los_Angeles")
    (phase,) = [finding for finding in baseline.findings if finding.code == "weather_out_of_phase"]
    assert (phase.severity, phase.found, phase.expected) == ("warning", "6", "11 to 19")


@pytest.mark.parametrize(
    "terms",
    [
        pytest.param({"bounds": ["45", "30"]}, id="bounds that fall"),
        pytest.param({"bounds": ["30", "30"]}, id="bounds that stand still"),
        pytest.param({"occupied_above": "1.1"}, id="more than all hours"),
        pytest.param({"fewest_hours": "0"}, id="a bin of no hour"),
    ],
)
def test_settings_that_are_none(terms: dict[str, object]) -> None:
    with pytest.raises(FaultyDocument):
        parse(CaltrackHourly, terms)
