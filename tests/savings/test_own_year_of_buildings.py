"""Buildings whose meters failed at random: fitted, and held against the very year that they were fitted to.

Zeros, outages and gaps are put in by a seed: single values, hours of a morning, whole weeks; where a meter is electric an
outage may read zero. Nothing was saved in any of these years. With the same failures on both sides a method whose
residuals sum to zero finds zero; with failures on one side alone, the saving lies within the uncertainty at 95 %.

The sums, the half width by ASHRAE 14 and what is left of a corrupted year are computed here once more, by numpy.
"""

import csv
import gzip
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from quantities.document import parse
from quantities.period import Period, zone
from savings.avoided import avoided
from savings.baseline import Baseline, fit, rows_for
from savings.methods import METHODS, BaselineMethod
from savings.rows import TEMPERATURE, Row, Series

FOLDER = Path(__file__).parents[3] / "shared/data/buildings"
needs_buildings = pytest.mark.skipif(not FOLDER.exists(), reason="the buildings are not beside this checkout")
CHICAGO = "America/Chicago"
#: Student's t at 97.5 % of some 300 degrees of freedom; the table has 1.968, and 1.960 for infinitely many.
T_95 = 1.968
#: Of a few degrees of freedom, as bills leave.
T_95_OF_BILLS = {6: 2.447, 7: 2.365, 8: 2.306, 9: 2.262, 10: 2.228, 11: 2.201}


@dataclass(frozen=True)
class Building:
    """A year of a building: its energy by hours or days, and its temperature."""

    energy: Series
    temperature: Series
    zone: str

    def fitted(self, method: BaselineMethod, energy: Series) -> Baseline:
        return fit(method, energy, {TEMPERATURE: self.temperature}, self.zone)[0]

    def rows(self, method: BaselineMethod, energy: Series) -> tuple[Row, ...]:
        return rows_for(method, energy, {TEMPERATURE: self.temperature}, self.zone)


def year_of(
    rows: list[tuple[datetime, str]], first: date, step: timedelta | None, unit: str, where: str, days: int = 365
) -> Series:
    whole = Period.of_days(first, first + timedelta(days=days), zone(where))
    inside = [(at.astimezone(UTC), value) for at, value in rows if at in whole]
    known = {
        at: (Decimal(value), at + step if step else None) for at, value in inside if value not in ("nan", "", "NA")
    }
    starts = [*known, whole.end]
    periods = tuple(Period(at, end or later) for (at, (_, end)), later in zip(known.items(), starts[1:], strict=True))
    return Series(periods, tuple(value for value, _ in known.values()), unit)


def opendsm(name: str, step: timedelta | None, first: date = date(2015, 12, 27), days: int = 365) -> Building:

    def read(file: str) -> list[tuple[datetime, str]]:
        with gzip.open(FOLDER / f"opendsm_{file}.csv.gz", "rt", encoding="utf-8") as opened:
            return [(datetime.fromisoformat(at), value) for at, value in list(csv.reader(opened))[1:]]

    hour = timedelta(hours=1)
    return Building(
        year_of(read(name), first, step, "kWh", CHICAGO, days),
        year_of(read("il-tempF"), first, hour, "degF", CHICAGO, days),
        CHICAGO,
    )


def office() -> Building:
    with (FOLDER / "nmecr_office_hourly_2019_2021.csv").open(encoding="utf-8") as opened:
        lines = list(csv.reader(opened))[1:]
    starts = [datetime.fromisoformat(line[0]).replace(tzinfo=UTC) for line in lines]
    hour, first = timedelta(hours=1), date(2019, 4, 13)
    energy, degrees = ([(at, line[column]) for at, line in zip(starts, lines, strict=True)] for column in (1, 2))
    return Building(year_of(energy, first, hour, "kWh", "UTC"), year_of(degrees, first, hour, "degF", "UTC"), "UTC")


def failing(energy: Series, seed: int, *, zeros: bool) -> Series:
    """Lose a few percent of a year: single values, a dozen mornings, and a fortnight or so in blocks; or two bills."""
    rng, values = np.random.default_rng(seed), list(energy.values)
    a_day = max(1, round(timedelta(days=1) / sorted(period.duration for period in energy.periods)[len(values) // 2]))

    def lose(at: int, length: int) -> None:
        for place in range(at, min(len(values), at + length)):
            values[place] = Decimal(0) if zeros and rng.random() < 0.7 else None

    if len(values) < 50:
        for at in rng.choice(len(values), 2, replace=False):
            lose(int(at), 1)
        return Series(energy.periods, tuple(values), energy.unit)
    for at in rng.choice(len(values), len(values) // 50, replace=False):
        lose(int(at), 1)
    for at in rng.integers(0, len(values), 12):
        lose(int(at), max(1, a_day // 4))
    for at in rng.integers(0, len(values), 3):
        lose(int(at), int(rng.integers(1, 5)) * a_day)
    return Series(energy.periods, tuple(values), energy.unit)


def half_width(baseline: Baseline, rows: int, mean_expected: float) -> float:
    """1.26 · t · CV(RMSE) · √(n/n′ · (1 + 2/n′)/m) of the expected energy, m times its mean; n′ = n(1 − ρ)/(1 + ρ)."""
    figures = baseline.uncertainty_figures
    n, rho, freedom = figures.n, float(figures.autocorrelation or 0), figures.n - figures.p - 1
    prime = n * (1 - rho) / (1 + rho)
    cv = float(np.sqrt(float(figures.sse) / freedom)) / float(figures.mean)
    t = T_95_OF_BILLS.get(freedom, T_95)
    return float(1.26 * t * cv * np.sqrt(n / prime * (1 + 2 / prime) / rows) * rows * mean_expected)


def sums(baseline: Baseline, rows: tuple[Row, ...]) -> tuple[float, float, int]:
    """Saved and uncertain by numpy: the predictions of the model over the rows that have an energy and a temperature."""
    counted = [row for row in avoided(baseline, rows).rows if row.status.value in ("in_range", "caveat")]
    modelled = np.array([float(baseline.expect(row.row)) for row in counted])
    measured = np.array([float(row.row.energy or 0) for row in counted])
    return float((modelled - measured).sum()), half_width(baseline, len(counted), float(modelled.mean())), len(counted)


def method(kind: str, **settings: Any) -> BaselineMethod:
    parsed: BaselineMethod = parse(METHODS[kind], {"kind": kind, **settings})
    return parsed


@dataclass
class Tally:
    """How many of some seeds lay within the uncertainty, and the largest saving as a fraction of the energy."""

    tries: int = 0
    within: int = 0
    largest: float = 0.0

    def add(self, saved: float, width: float, energy: float) -> None:
        self.tries += 1
        self.within += abs(saved) <= width
        self.largest = max(self.largest, abs(saved) / energy)


def outcomes(building: Building, of: BaselineMethod, seeds: int, *, zeros: bool) -> Iterator[tuple[str, Tally]]:
    """With no failure, and for each seed with the same failures on both sides, in the reporting year, in the baseline."""
    whole = building.fitted(of, building.energy)
    whole_rows = building.rows(of, building.energy)
    energy = sum(float(row.energy or 0) for row in whole_rows)
    tallies = {name: Tally() for name in ("whole", "same on both sides", "reporting alone", "baseline alone")}
    saved, width, _ = sums(whole, whole_rows)
    tallies["whole"].add(saved, width if not of.sums_to_zero else 1e-9 * energy, energy)
    for seed in range(seeds):
        corrupted = failing(building.energy, seed, zeros=zeros)
        lossy_rows = building.rows(of, corrupted)
        lossy = building.fitted(of, corrupted)
        saved, width, count = sums(lossy, lossy_rows)
        is_exact = of.sums_to_zero and count == lossy.figures.n
        tallies["same on both sides"].add(saved, 1e-9 * energy if is_exact else width, energy)
        assert lossy.own_period is not None
        assert float(lossy.own_period.saved) == pytest.approx(saved, abs=1e-5)
        assert lossy.own_period.holds
        saved, width, _ = sums(whole, lossy_rows)
        tallies["reporting alone"].add(saved, width, energy)
        saved, width, _ = sums(lossy, whole_rows)
        tallies["baseline alone"].add(saved, width, energy)
    yield from tallies.items()


@needs_buildings
def test_a_year_of_days_with_failures_saves_nothing() -> None:
    """The short form: five seeds of a house of electricity, whose days are read."""
    building = opendsm("il-electricity-cdd-hdd-daily", None)
    for name, tally in outcomes(building, method("caltrack_daily"), 5, zeros=True):
        assert tally.within == tally.tries, name


def gas() -> Building:
    return opendsm("il-gas-hdd-only-hourly", timedelta(hours=1))


def electricity() -> Building:
    return opendsm("il-electricity-cdd-hdd-daily", None)


def bills() -> Building:
    """Twelve bills, read about each 24th of a month."""
    return opendsm("il-gas-hdd-only-billing_monthly", None, date(2015, 11, 22), 368)


@needs_buildings
@pytest.mark.long
@pytest.mark.parametrize(
    ("building", "of", "zeros", "seeds"),
    [
        pytest.param(electricity, {"kind": "caltrack_daily"}, True, 100, id="electricity by days, CalTRACK"),
        pytest.param(electricity, {"kind": "change_point", "form": "5P", "fuel": "electricity"}, True, 100, id="electricity, 5P"),
        pytest.param(gas, {"kind": "caltrack_daily", "fuel": "gas"}, False, 100, id="gas by hours, days of CalTRACK"),
        pytest.param(office, {"kind": "caltrack_daily"}, True, 100, id="an office by hours, days of CalTRACK"),
        pytest.param(office, {"kind": "towt_daily", "fuel": "electricity"}, True, 100, id="an office, TOWT by days"),
        pytest.param(bills, {"kind": "caltrack_billing", "fuel": "gas"}, False, 100, id="bills of gas"),
        pytest.param(office, {"kind": "mean", "fuel": "electricity"}, True, 100, id="an office, the mean"),
        pytest.param(office, {"kind": "caltrack_hourly"}, True, 100, id="an office, TOWT of three weighted months"),
        pytest.param(office, {"kind": "caltrack_hourly", "segments": "year"}, True, 100, id="an office, TOWT of the year"),
    ],
)  # fmt: skip
def test_a_building_with_failures_saves_nothing(building: Any, of: dict[str, Any], zeros: bool, seeds: int) -> None:  # noqa: FBT001
    """In at least nine of ten seeds the saving lies within the uncertainty; where it is zero by construction, in all."""
    settings = {name: value for name, value in of.items() if name != "kind"}
    tallies = dict(outcomes(building(), method(of["kind"], **settings), seeds, zeros=zeros))
    for name, tally in tallies.items():
        print(
            f"{of['kind']}: {name}: {tally.within} of {tally.tries} within, at most {tally.largest:.2e} of the energy"
        )
    assert tallies["whole"].within == 1
    assert tallies["same on both sides"].within == seeds
    for name in ("reporting alone", "baseline alone"):
        assert tallies[name].within >= 0.9 * seeds, name
