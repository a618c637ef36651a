"""Two years of weather without noise, energy of every form of model, and small frozen baselines."""

from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import numpy as np

from quantities.period import Period
from savings.baseline import Baseline
from savings.energy_rules import Fuel
from savings.methods import BaselineMethod
from savings.methods.caltrack import CaltrackDaily
from savings.model import LinearModel, Model
from savings.ranges import Range
from savings.rows import Row, Series
from savings.statistics.change_point import Form
from savings.statistics.goodness import Figures, figures_of_merit
from savings.statistics.linear import Floats

FIRST = date(2025, 1, 1)
DAYS = tuple(Period.of_days(FIRST + timedelta(n), FIRST + timedelta(n + 1), UTC) for n in range(730))
#: The mean temperature of each day in °F: a year's wave, and weather on top of it.
SINE: Floats = 52 + 26 * np.sin(2 * np.pi * (np.arange(730) - 100) / 365) + 6 * np.sin(np.arange(730) * 1.7)


def series(values: Any, unit: str = "kWh", many: int = 365, first: int = 0) -> Series:
    """Daily values from the day number ``first`` on; None and NaN are missing."""
    stated = tuple(
        None if value is None or np.isnan(value) else Decimal(repr(float(value)))
        for value in values[first : first + many]
    )
    return Series(DAYS[first : first + many], stated, unit)


def weather(many: int = 730) -> Series:
    return series(SINE, "degF", many)


def in_celsius(fahrenheit: Series) -> Series:
    values = tuple(None if value is None else (value - 32) / Decimal("1.8") for value in fahrenheit.values)
    return Series(fahrenheit.periods, values, "degC")


def year(number: int) -> Period:
    return Period(DAYS[365 * number].start, DAYS[365 * number + 364].end)


def energy_of(form: Form, a: float, heat: float, cool: float, low: float, high: float) -> Floats:
    """Energy without noise by the formula of a form; 4P takes ``low`` for both balance points."""
    high = low if form is Form.FOUR else high
    heats = heat * np.maximum(low - SINE, 0) if form in (Form.HEATING, Form.FOUR, Form.FIVE) else 0
    cools = cool * np.maximum(SINE - high, 0) if form in (Form.COOLING, Form.FOUR, Form.FIVE) else 0
    slope = heat * SINE if form is Form.TWO else 0
    return np.full(730, a) + heats + cools + slope


def day(
    energy: str | None = None,
    temperature: str | None = None,
    at: str = "2026-03-02",
    drivers: Mapping[str, Decimal | None] | None = None,
) -> Row:
    """One local day in UTC; without a temperature the row has none."""
    start = datetime.fromisoformat(at).replace(tzinfo=UTC)
    return Row(
        Period(start, start + timedelta(days=1)),
        start,
        None if energy is None else Decimal(energy),
        () if temperature is None else (Decimal(temperature),),
        drivers or {},
    )


#: Of four rows, as tests/savings/statistics/test_goodness.py has it by hand.
FIGURES: Figures = figures_of_merit(np.array([10.0, 12, 14, 16]), np.array([11.0, 12, 13, 18]), 1)
FLAT = LinearModel(form=Form.MEAN, intercept=Decimal(100))


def baseline_of(
    model: Model = FLAT,
    ranges: Mapping[str, tuple[str, str]] | None = None,
    method: BaselineMethod | None = None,
    **changes: Any,
) -> Baseline:
    """A frozen baseline in kWh and °F; gas, so that zero energy counts as measured."""
    return Baseline(
        method=method or CaltrackDaily(fuel=Fuel.GAS),
        unit="kWh",
        temperature_unit="degF",
        zone="UTC",
        first=date(2025, 1, 1),
        after_last=date(2026, 1, 1),
        model=model,
        figures=changes.pop("figures", FIGURES),
        ranges={name: Range(least=Decimal(low), most=Decimal(high)) for name, (low, high) in (ranges or {}).items()},
        input_sha256="0" * 64,
        **changes,
    )
