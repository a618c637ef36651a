"""Baselines: fitted once, and never changed afterwards.

A baseline holds the coefficients of its model and how they were obtained: the method and the number of its arithmetic,
the figures of merit, the range of every driver, and a hash of the rows that it was fitted to. It predicts without the
code that fitted it. The parties agree on this document; another baseline is another version, with a reason.
"""

import hashlib
from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from typing import Annotated, Literal

from pydantic import Field

from quantities.errors import Invalid
from quantities.names import Name, UnitSymbol, ZoneName
from quantities.number import plain, trimmed
from quantities.period import Period, zone
from quantities.terms import Terms
from savings.avoided import avoided
from savings.energy_rules import EnergyBasis
from savings.finding import BaselineFinding, FindingSeverity, disqualified
from savings.methods import BaselineMethod
from savings.model import Model
from savings.own_period import OwnPeriod
from savings.ranges import Range, a_day, furthest_beyond, ranges_of
from savings.row_rules import RowRules
from savings.rows import TEMPERATURE, Interval, Row, Series, rows_of
from savings.statistics.fitting import FitOutcome, NotFitted
from savings.statistics.goodness import Figures
from savings.statistics.grid import NoCandidate
from savings.statistics.plausibility import check_values
from savings.statistics.sufficiency import (
    Sufficiency,
    check_drivers,
    check_figures,
    check_rows,
    check_series,
    usable_periods,
)
from savings.statistics.towt import EmptySegment


class NoBaseline(Invalid):
    """The rows are too few or too alike for a baseline."""


class Baseline(Terms):
    """A frozen baseline.

    Attributes:
        kind: that it was fitted; never written, for it was not before there were others.
        method: how it was fitted.
        unit: the unit of the energy.
        temperature_unit: the unit of temperatures and balance points; None if the method uses no temperature.
        zone: the time zone of its local days and hours.
        first: the first day of the baseline period.
        after_last: the day after its last day.
        model: the coefficients.
        figures: the figures of merit of the rows; for billing periods, of the energy a day.
        totals: for billing periods only: the same figures of the whole periods' energy.
        ranges: the range of each driver, by name; of one that is added up over billing periods, the range a day.
        input_sha256: the hash of the rows that it was fitted to.
        findings: what its data or its model lacks.
        own_period: the saving that it finds in its own period, as a check; None of baselines from before there was one.
        sufficiency: the profile that its data was checked by; None if it was frozen before that was stated.
    """

    kind: Annotated[Literal["fitted"], Field(exclude=True)] = "fitted"
    method: BaselineMethod
    unit: UnitSymbol
    temperature_unit: UnitSymbol | None = None
    zone: ZoneName
    first: date
    after_last: date
    model: Model
    figures: Figures
    totals: Figures | None = None
    ranges: Mapping[Name, Range]
    input_sha256: str
    findings: tuple[BaselineFinding, ...] = ()
    own_period: OwnPeriod | None = None
    sufficiency: Sufficiency | None = None

    @property
    def disqualifications(self) -> tuple[BaselineFinding, ...]:
        """The findings because of which the parties may not rely on it."""
        return tuple(finding for finding in self.findings if finding.severity is FindingSeverity.DISQUALIFICATION)

    @property
    def drops_zeros(self) -> bool:
        """True if a row with zero energy counts as not measured, as in the fit."""
        return self.method.drops_zeros

    @property
    def interval(self) -> Interval:
        """The length of one row: an hour, a day or a billing period."""
        return self.method.rows

    def expect(self, row: Row) -> Decimal:
        """The energy that a row would have used, by the model, in ``unit`` and unrounded.

        Raises:
            DriverMissing: a driver of the model has no value in this row.
        """
        return self.model.predict(self.method.with_degree_days(row))

    @property
    def measured_drivers(self) -> frozenset[str]:
        """The drivers that registers must measure: not those that follow from a calendar or the temperature."""
        return self.method.measured_of(self.model.needs)

    def furthest_beyond(self, row: Row) -> tuple[str, Decimal]:
        """The driver of a row that is furthest outside its range, and how far, as a fraction of the range's width.

        Returns:
            The driver's name and the fraction; an empty name and zero if every driver is within its range.
        """
        return furthest_beyond(self.ranges, self.model.needs, a_day(self.method, self.method.with_degree_days(row)))

    @property
    def uncertainty_figures(self) -> Figures:
        """The figures from which the uncertainty is computed: of billing periods those of whole periods."""
        return self.totals or self.figures


def fit(
    method: BaselineMethod,
    energy: Series,
    drivers: Mapping[str, Series],
    zone_name: str,
    within: Period | None = None,
    thresholds: Sufficiency | None = None,
    earlier_findings: Sequence[BaselineFinding] = (),
) -> tuple[Baseline, FitOutcome, tuple[Row, ...]]:
    """Fit a baseline to series of energy and drivers, and freeze it.

    Args:
        method: the method and its settings.
        energy: the energy used; its unit becomes the baseline's.
        drivers: the series of each driver by name, temperature among them where the method needs it.
        zone_name: the time zone of the local days and hours.
        within: the baseline period; by default, from the first to the last reading of the energy.
        thresholds: how much data there must be.
        earlier_findings: findings from reading the data; they come first in the baseline's own.

    Returns:
        The baseline, how it was fitted, and the rows that it was fitted to.

    Raises:
        NoBaseline: nothing can be fitted; the message says what the data lacks.
    """
    if within is not None:
        energy = energy.within(within)
    _require(method, {*drivers, *method.modes})
    findings = (
        *earlier_findings,
        *check_series(energy, drivers[TEMPERATURE] if method.takes_weather else None, zone_name),
    )
    if not energy.periods:
        raise _refusal([*findings, disqualified("no_readings", "nothing was measured in the baseline period")])
    rows = rows_for(method, energy, drivers, zone_name, within)
    return fit_rows(method, rows, energy.unit, zone_name, thresholds, findings)


def rows_for(
    method: RowRules, energy: Series, drivers: Mapping[str, Series], zone_name: str, within: Period | None = None
) -> tuple[Row, ...]:
    """The rows of a method, out of series: the same for the fit of a baseline and for every saving by it.

    Args:
        method: the method, whose rules say what a value of energy is.
        energy: the energy used.
        drivers: the series of each driver by name, temperature among them; those that the method does not take are
            left alone, and one that is not there has no value in any row.
        zone_name: the time zone of the local days and hours.
        within: the period; by default, from the first to the last reading of the energy.
    """
    if within is not None:
        energy = energy.within(within)
    if not energy.periods and within is None:
        return ()
    taken = [*method.drivers, *([TEMPERATURE] if method.takes_weather else [])]
    return rows_of(
        method.rows,
        zone_name,
        energy,
        {name: drivers.get(name, Series((), ())) for name in taken},
        driver_aggregations=method.drivers,
        within=within,
        modes=method.modes,
        degrees=method.degrees if TEMPERATURE in drivers else None,
        rules=method.energy_rules,
    )


def fit_rows(
    method: BaselineMethod,
    rows: Sequence[Row],
    unit: str,
    zone_name: str,
    thresholds: Sufficiency | None = None,
    earlier_findings: Sequence[BaselineFinding] = (),
) -> tuple[Baseline, FitOutcome, tuple[Row, ...]]:
    """Fit a baseline to rows, and freeze it.

    Args:
        method: the method and its settings.
        rows: all rows of the baseline period, complete or not.
        unit: the unit of their energy.
        zone_name: the time zone of their local days and hours.
        thresholds: how much data there must be.
        earlier_findings: findings from before; they come first in the baseline's own.

    Returns:
        The baseline, how it was fitted, and the complete rows that it was fitted to.

    Raises:
        NoBaseline: nothing can be fitted; the message says what the data lacks.
    """
    thresholds = thresholds or Sufficiency()
    if rows:
        _require(method, {*rows[0].drivers, *([TEMPERATURE] if rows[0].temperatures else [])})
    rows = [method.with_degree_days(row) for row in rows]
    findings = [*earlier_findings, *check_drivers([a_day(method, row) for row in rows])]
    if method.drops_zeros:
        rows = [_judged(method, row) for row in rows]
    if method.rows is Interval.BILLING:
        rows, period_findings = usable_periods(rows)
        findings += period_findings
    findings += check_rows(rows, method.rows, thresholds)
    findings += check_values(rows, method.rows, method.degrees if method.takes_weather else None)
    complete = tuple(row for row in rows if row.is_complete)
    if not complete or any(finding.code == "constant_driver" and finding.found in method.names for finding in findings):
        raise _refusal(findings)
    try:
        outcome = method.fit(complete)
    except (NotFitted, NoCandidate, EmptySegment) as error:
        code = {NotFitted: "singular_design", NoCandidate: "no_candidate", EmptySegment: "empty_segment"}[type(error)]
        raise _refusal([*findings, disqualified(code, str(error))]) from error
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
        ranges=ranges_of([a_day(method, row) for row in complete]),
        input_sha256=fingerprint(complete),
        findings=(*findings, *outcome.findings, *check_figures(outcome.figures, thresholds)),
        sufficiency=thresholds,
    )
    return _checked(baseline, rows, complete), outcome, complete


def _checked(baseline: Baseline, rows: Sequence[Row], complete: Sequence[Row]) -> Baseline:
    """Measure a saving over the baseline's own period, and write it into the baseline."""
    savings = avoided(baseline, rows)
    if not savings.counted:
        return baseline  # every hour of its own period is declined: other findings say why
    is_of_the_same_rows = [counted.row for counted in savings.counted] == list(complete)
    own_period = OwnPeriod.of(
        savings,
        baseline.uncertainty_figures,
        baseline.interval,
        zero_by_construction=baseline.method.sums_to_zero and is_of_the_same_rows,
    )
    findings = (*baseline.findings, own_period.finding(baseline.unit))
    return baseline.model_copy(update={"own_period": own_period, "findings": findings})


def _judged(method: BaselineMethod, row: Row) -> Row:
    energy = method.energy_rules.value(row.energy)
    return row if energy == row.energy else replace(row, energy=energy, basis=EnergyBasis.MISSING)


def _require(method: BaselineMethod, available: Collection[str]) -> None:
    needed = [*method.drivers, *method.modes, *([TEMPERATURE] if method.takes_weather else [])]
    missing = [name for name in needed if name not in available]
    if missing:
        raise _refusal([disqualified("missing_driver", f"{name} is not there", name) for name in missing])


def _refusal(findings: Sequence[BaselineFinding]) -> NoBaseline:
    """The error that names all findings, disqualifications first."""
    in_order = sorted(findings, key=lambda finding: list(FindingSeverity).index(finding.severity))
    return NoBaseline(
        "; ".join(map(str, in_order)) or "no row is complete",
        place="rows",
        findings=[finding.model_dump(mode="json") for finding in findings],
    )


def fingerprint(rows: Sequence[Row]) -> str:
    """The SHA-256 of rows, one line a row: start, end, energy, temperatures, then drivers in order of their names.

    Values are decimals without exponent or trailing zeros; a missing value is empty.
    """
    lines = (
        ",".join(
            [
                row.period.start.isoformat(),
                row.period.end.isoformat(),
                *(
                    "" if value is None else plain(trimmed(value))
                    for value in (row.energy, *row.temperatures, *(row.drivers[name] for name in sorted(row.drivers)))
                ),
            ]
        )
        for row in rows
    )
    return hashlib.sha256("\n".join(lines).encode()).hexdigest()
