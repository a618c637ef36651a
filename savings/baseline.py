"""Baselines: fitted once, then a value that nothing changes.

A baseline is its coefficients, with everything that tells how they came about: the method and the number of its
arithmetic, the figures of merit, the range of every driver, and a hash of what it was fitted to. It predicts without
the code that fitted it. What the parties agreed is this document; another one is another version, with a reason.
"""

import hashlib
from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal

from quantities.arithmetic import quotient
from quantities.errors import Invalid
from quantities.names import Name, UnitSymbol, ZoneName
from quantities.number import plain, trimmed
from quantities.period import Period, zone
from quantities.terms import Terms
from savings.finding import BaselineFinding, FindingSeverity, disqualified
from savings.methods import BaselineMethod
from savings.model import Model
from savings.rows import TEMPERATURE, Interval, Row, Series, rows_of, values_by_driver
from savings.statistics.fitting import FitOutcome, NotFitted
from savings.statistics.goodness import Figures
from savings.statistics.grid import NoCandidate
from savings.statistics.statistic import Statistic
from savings.statistics.sufficiency import Sufficiency, of_drivers, of_figures, of_rows, of_series, usable_periods
from savings.statistics.towt import EmptySegment

_ZERO = Decimal(0)


class NoBaseline(Invalid):
    """A baseline is fitted to enough rows that differ."""


class Range(Terms):
    """The least and the most that a driver was in the baseline."""

    least: Statistic
    most: Statistic


class Baseline(Terms):
    """A frozen baseline.

    Attributes:
        method: how it was fitted.
        unit: of the energy.
        temperature_unit: of temperatures and balance points.
        zone: whose local days and hours its rows are.
        first: the first day of the baseline period.
        after_last: the day after its last.
        model: its coefficients.
        figures: of merit; of billing periods, of a day's energy.
        totals: of billing periods: those of their totals.
        ranges: of each driver.
        input_sha256: of the rows that it was fitted to.
        findings: what its data or its model was said to lack.
    """

    method: BaselineMethod
    unit: UnitSymbol
    temperature_unit: UnitSymbol | None
    zone: ZoneName
    first: date
    after_last: date
    model: Model
    figures: Figures
    totals: Figures | None = None
    ranges: Mapping[Name, Range]
    input_sha256: str
    findings: tuple[BaselineFinding, ...] = ()

    @property
    def disqualifications(self) -> tuple[BaselineFinding, ...]:
        """Why the parties may not rely on it as it is."""
        return tuple(each for each in self.findings if each.severity is FindingSeverity.DISQUALIFICATION)

    @property
    def drops_zeros(self) -> bool:
        """Whether a row that used nothing was not measured, as in the fit."""
        return self.method.drops_zeros

    @property
    def interval(self) -> Interval:
        """What one of its rows is."""
        return self.method.rows

    def expect(self, row: Row) -> Decimal:
        """Say what a row would have used.

        Raises:
            UnknownDriver: something that drives it is not known.
        """
        return self.model.predict(self.method.derived(row))

    @property
    def measured_by(self) -> frozenset[str]:
        """What must be measured to predict: not what a calendar or the temperature tells."""
        told = self.method.modes.keys() | self.method.degree_days.keys()
        return (self.model.needs - told) | (frozenset({TEMPERATURE}) if self.method.degree_days else frozenset())

    def beyond(self, row: Row) -> tuple[str, Decimal]:
        """Find the driver of a row that is furthest beyond its range, in parts of the range; zero within it."""
        furthest, row = ("", _ZERO), self.method.derived(row)
        for name in sorted(self.model.needs & self.ranges.keys()):
            known = self.ranges[name]
            values = row.temperatures if name == TEMPERATURE else (row.drivers.get(name),)
            width = known.most - known.least
            for value in (each for each in values if each is not None):
                over = max(known.least - value, value - known.most, _ZERO)
                share = quotient(over, width) if width else Decimal(bool(over))
                if share > furthest[1]:
                    furthest = (name, share)
        return furthest

    @property
    def told_by(self) -> Figures:
        """The figures from which uncertainty is told."""
        return self.totals or self.figures


def fit(
    method: BaselineMethod,
    energy: Series,
    drivers: Mapping[str, Series],
    zone_name: str,
    within: Period | None = None,
    asked: Sufficiency | None = None,
    said: Sequence[BaselineFinding] = (),
) -> tuple[Baseline, FitOutcome, tuple[Row, ...]]:
    """Fit a baseline, and freeze it.

    Args:
        method: how.
        energy: what was used; its unit is the baseline's.
        drivers: by name, each with its unit; temperature among them, where the method needs it.
        zone_name: whose local days and hours its rows are.
        within: the baseline period; all that the energy spans, unless it is said.
        asked: what the data must be.
        said: what was found while the data was read.

    Returns:
        The baseline, how it was fitted, and the rows that it was fitted to.

    Raises:
        NoBaseline: nothing can be fitted; the message says what the data lacks.
    """
    if within is not None:
        energy = energy.within(within)
    if method.drops_zeros:
        energy = energy.without_zeros()
    wanted = _wanted(method, drivers)
    found = (*said, *of_series(energy, wanted.get(TEMPERATURE), zone_name))
    if not energy.periods:
        raise _nothing([*found, disqualified("no_readings", "nothing was measured in the baseline period")])
    rows = rows_of(method.rows, zone_name, energy, wanted, method.drivers, within, method.modes, method.degrees)
    return fit_rows(method, rows, energy.unit, zone_name, asked, found)


def fit_rows(
    method: BaselineMethod,
    rows: Sequence[Row],
    unit: str,
    zone_name: str,
    asked: Sufficiency | None = None,
    found: Sequence[BaselineFinding] = (),
) -> tuple[Baseline, FitOutcome, tuple[Row, ...]]:
    """Fit a baseline to rows that are laid out already, and freeze it.

    Args:
        method: how.
        rows: all of the baseline period, complete or not.
        unit: of their energy.
        zone_name: whose local days and hours they are.
        asked: what the data must be.
        found: what was found before.

    Returns:
        The baseline, how it was fitted, and the rows that it was fitted to.

    Raises:
        NoBaseline: nothing can be fitted; the message says what the data lacks.
    """
    asked = asked or Sufficiency()
    if rows:
        there = {*rows[0].drivers, *([TEMPERATURE] if rows[0].temperatures else [])}
        _require(method, there)
    rows = [method.derived(row) for row in rows]
    found = [*found, *of_drivers(rows)]
    if method.drops_zeros:
        rows = [replace(row, energy=row.energy or None) for row in rows]
    if method.rows is Interval.BILLING:
        rows, dropped = usable_periods(rows)
        found += dropped
    found += of_rows(rows, method.rows, asked)
    complete = tuple(row for row in rows if row.is_complete)
    if not complete or any(each.code == "constant_driver" and each.found in method.names for each in found):
        raise _nothing(found)
    try:
        outcome = method.fit(complete)
    except (NotFitted, NoCandidate, EmptySegment) as error:
        code = {NotFitted: "singular_design", NoCandidate: "no_candidate", EmptySegment: "empty_segment"}[type(error)]
        raise _nothing([*found, disqualified(code, str(error))]) from error
    where = zone(zone_name)
    baseline = Baseline(
        method=method,
        unit=unit,
        temperature_unit=method.degrees if method.takes_weather else None,
        zone=zone_name,
        first=complete[0].local.date(),
        after_last=(complete[-1].period.end - timedelta(microseconds=1)).astimezone(where).date() + timedelta(days=1),
        model=outcome.model,
        figures=outcome.figures,
        totals=outcome.totals,
        ranges=_ranges(complete),
        input_sha256=fingerprint(complete),
        findings=(*found, *outcome.findings, *of_figures(outcome.figures, asked)),
    )
    return baseline, outcome, complete


def _wanted(method: BaselineMethod, drivers: Mapping[str, Series]) -> dict[str, Series]:
    """Keep the drivers that a method takes.

    Raises:
        NoBaseline: one that it needs is not there.
    """
    _require(method, {*drivers, *method.modes})
    names = [*method.drivers, *([TEMPERATURE] if method.takes_weather else [])]
    return {name: drivers[name] for name in names}


def _require(method: BaselineMethod, there: Collection[str]) -> None:
    wanted = [*method.drivers, *method.modes, *([TEMPERATURE] if method.takes_weather else [])]
    lost = [name for name in wanted if name not in there]
    if lost:
        raise _nothing([disqualified("missing_driver", f"{name} is not there", name) for name in lost])


def _nothing(found: Sequence[BaselineFinding]) -> NoBaseline:
    in_order = sorted(found, key=lambda each: list(FindingSeverity).index(each.severity))
    return NoBaseline(
        "; ".join(map(str, in_order)) or "no row is complete",
        findings=[each.model_dump(mode="json") for each in found],
    )


def _ranges(rows: Sequence[Row]) -> dict[str, Range]:
    return {name: Range(least=min(values), most=max(values)) for name, values in values_by_driver(rows).items()}


def fingerprint(rows: Sequence[Row]) -> str:
    """Hash rows: a line each of start, end, energy, temperatures and drivers by name, in plain decimals."""
    lines = (
        ",".join(
            [
                row.period.start.isoformat(),
                row.period.end.isoformat(),
                *(
                    "" if each is None else plain(trimmed(each))
                    for each in (row.energy, *row.temperatures, *(row.drivers[name] for name in sorted(row.drivers)))
                ),
            ]
        )
        for row in rows
    )
    return hashlib.sha256("\n".join(lines).encode()).hexdigest()
