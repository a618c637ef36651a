"""Baselines: what one meter-year takes, daily and hourly, and 10,000 meters of one weather station.

The limit of the same run is one bare least-squares solution of the chosen model's own columns by LAPACK: what fitting
costs where the balance points are known already. Beside it stand the recorded times of the reference tools, of another
machine of two cores.

    python benchmarks/baselines.py [METERS]
"""

import sys
from collections.abc import Callable
from time import perf_counter

import numpy as np

from savings.methods.caltrack import CaltrackDaily
from savings.statistics import grid, towt
from savings.statistics.change_point import Form, Weather
from savings.statistics.grid import CandidateRules
from savings.statistics.linear import Floats
from savings.statistics.refine import fit_refined

_DAYS, _HOURS, _TURNS = 365, 8760, 15
_CALTRACK = CaltrackDaily().candidates
_FIVE = CandidateRules(grid.temperature_grid(30, 90, 1), (Form.FIVE,))
#: Recorded with opendsm 1.2.7 and eemeter 2.10.11 on two cores, Python 3.11, in milliseconds a meter.
_RECORDED = {
    "daily": "eemeter 2.10.11 7,000-7,200 (2,014 candidates); OpenDSM current 1,060-2,040, legacy 110-340",
    "hourly": "eemeter 2.10.11 4,000-4,500; OpenDSM HourlyCaltrack 4,200-4,600, HourlyModel 420-530",
}


def main(meters: int) -> None:
    """Fit, and print each time and what it is held against."""
    rng = np.random.default_rng(1)
    day = np.arange(_DAYS)
    temperature = 55 + 27 * np.sin(2 * np.pi * (day - 100) / 365) + rng.normal(0, 5, _DAYS)
    energy = 20 + 1.1 * np.maximum(57 - temperature, 0) + 2.3 * np.maximum(temperature - 66, 0)
    energy = energy * rng.normal(1, 0.15, _DAYS)
    weather = Weather(temperature)
    fitted = grid.fit(weather, _CALTRACK, energy)
    points = [(fitted.heating or (0, 55))[1]], [(fitted.cooling or (0, 65))[1]]
    columns = np.concatenate(
        [weather.columns, weather.heating(np.array(points[0])), weather.cooling(np.array(points[1]))], axis=1
    )
    bare = _median(lambda: np.linalg.lstsq(columns, energy, rcond=None))
    prepared = grid.design(weather, _CALTRACK)
    print(f"one least squares of the chosen columns, by LAPACK: {bare:.3f} ms\n")
    _show("CalTRACK daily, weather new", _median(lambda: grid.fit(weather, _CALTRACK, energy)), bare, "2 (0.5)")
    shared = _median(lambda: grid.fit_many(prepared, energy[:, np.newaxis]))
    _show("CalTRACK daily, weather shared", shared, bare, "2 (0.5)")
    _show("5P on the grid", _median(lambda: grid.fit(weather, _FIVE, energy)), bare, "2 (0.5)")
    _show("5P and polished off it", _median(lambda: fit_refined(weather, _FIVE, energy)), bare, "")
    print(f"  recorded: {_RECORDED['daily']}\n")

    hours, load = _year(rng)
    _show("TOWT, 12 segments, 8,760 hours", _median(lambda: towt.fit(hours, load, towt.WeekRules())), bare, "30 (10)")
    print(f"  recorded: {_RECORDED['hourly']}\n")

    many: Floats = energy[:, np.newaxis] * rng.normal(1, 0.1, (_DAYS, meters))
    started = perf_counter()
    chosen = grid.fit_many(grid.design(weather, _CALTRACK), many)
    took = perf_counter() - started
    meter_ms = took / meters * 1000
    print(f"{len(chosen):,} meters on one weather station: {took:.1f} s, {meter_ms:.2f} ms a meter (at most 60 s)")


def _year(rng: np.random.Generator) -> tuple[towt.HourlyRows, Floats]:
    hour = np.arange(_HOURS)
    day = 27 * np.sin(2 * np.pi * (hour / 24 - 100) / 365)
    temperature = 55 + day + 8 * np.sin((hour % 24 - 9) / 24 * 2 * np.pi) + rng.normal(0, 3, _HOURS)
    month = np.minimum(hour // 730 + 1, 12)
    busy = np.isin(hour % 168 // 24, range(5)) & np.isin(hour % 24, range(8, 19))
    load: Floats = (5 + 12 * busy + 0.2 * np.maximum(temperature - 65, 0)) * rng.normal(1, 0.1, _HOURS)
    return towt.HourlyRows(temperature, hour % 168, month), load


def _median(do: Callable[[], object]) -> float:
    """Time a call, in milliseconds: the median of so many turns."""
    times = []
    for _ in range(_TURNS):
        started = perf_counter()
        do()
        times.append(perf_counter() - started)
    return sorted(times)[_TURNS // 2] * 1000


def _show(what: str, took: float, bare: float, asked: str) -> None:
    held = f"   at most {asked} ms" if asked else ""
    print(f"{what:34} {took:8.2f} ms   {took / bare:6.1f} x the bare solution{held}")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 10_000)
