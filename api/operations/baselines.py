"""Baselines and savings on stored readings: what a site's registers say, fitted, or held against a baseline."""

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import Annotated, Self

from pydantic import Field, model_validator
from sqlmodel import Session

from metering.consumption.use import BoundaryRule
from metering.fleet.store import registers
from metering.log.transaction import watermark
from quantities.errors import NotFound
from quantities.names import Name, ZoneName
from quantities.period import Period, zone
from quantities.quantity import Magnitude
from quantities.terms import Terms
from savings.any_baseline import AnyBaseline
from savings.avoided import Avoided, Extrapolation, Mask, avoided
from savings.baseline import Baseline, fit_rows
from savings.finding import BaselineFinding
from savings.methods import BaselineMethod
from savings.reporting_findings import LEAST_COVERAGE, check_savings
from savings.row_rules import RowRules
from savings.rows import TEMPERATURE
from savings.site.request import SiteRequest
from savings.statistics.sufficiency import Sufficiency
from savings.store import SiteRows, rows_of_site


class UnknownRegisters(NotFound):
    """Some registers are not declared."""


class MeasuredSite(Terms):
    """Which registers measure a site, over which days.

    Attributes:
        registers: whose use is added up.
        less: and taken off.
        temperature: outdoors, in any unit of temperature.
        further: of the method's further drivers, by their names.
        zone: whose local days and hours.
        first: the first day.
        after_last: the day after the last.
        edges: what a counter says where it was not read.
    """

    registers: Annotated[tuple[Name, ...], Field(min_length=1)]
    less: tuple[Name, ...] = ()
    temperature: Name | None = None
    further: Mapping[Name, Name] = {}
    zone: ZoneName
    first: date
    after_last: date
    edges: BoundaryRule = BoundaryRule.LAST_READ

    @model_validator(mode="after")
    def _has_days(self) -> Self:
        if self.after_last <= self.first:
            raise ValueError("the days end after they begin")
        return self


class FitRequest(Terms):
    """A baseline to be fitted to stored readings."""

    site: MeasuredSite
    method: BaselineMethod
    sufficiency: Sufficiency = Sufficiency()


class SavingsRequest(Terms):
    """A reporting period to be held against a baseline."""

    site: MeasuredSite
    baseline: AnyBaseline
    masks: tuple[Mask, ...] = ()
    extrapolation: Extrapolation = Extrapolation()
    least_coverage: Annotated[Magnitude, Field(gt=0, le=1)] = LEAST_COVERAGE


class PlannedRequest(Terms):
    """An expected saving, as a part of what a frozen baseline expects in a reporting period of so many months."""

    baseline: AnyBaseline
    fraction: Magnitude
    months: Magnitude = Decimal(12)
    confidence: Magnitude = Decimal("0.9")


def fit_stored(session: Session, request: FitRequest) -> Baseline:
    """Fit a baseline to stored readings.

    Raises:
        UnknownRegisters: one of them is not declared.
        NoBaseline: nothing can be fitted; the message says what the data lacks.
    """
    method = request.method
    degrees = method.degrees if method.takes_weather else None
    site_rows = _rows_of(session, request.site, method, unit=None, degrees=degrees)
    rows = [row.row for row in site_rows.rows]
    baseline, _, _ = fit_rows(method, rows, site_rows.unit, request.site.zone, request.sufficiency)
    return baseline


def savings_stored(session: Session, request: SavingsRequest) -> tuple[Avoided, list[BaselineFinding]]:
    """Hold stored readings against a frozen baseline.

    Returns:
        The savings by row, and findings about them.

    Raises:
        UnknownRegisters: one of them is not declared.
        NothingCounts: every row is declined, masked or missing.
    """
    baseline = request.baseline
    site_rows = _rows_of(session, request.site, baseline.method, unit=baseline.unit, degrees=baseline.temperature_unit)
    savings = avoided(baseline, [row.row for row in site_rows.rows], request.masks, request.extrapolation)
    savings.require_some()
    return savings, list(check_savings(baseline, savings, request.least_coverage))


def _rows_of(
    session: Session, site: MeasuredSite, method: RowRules, *, unit: str | None, degrees: str | None
) -> SiteRows:
    """Read the rows of a site, as of now.

    Args:
        session: states the tenant.
        site: its registers and days.
        method: whose drivers are read, row by row of its length.
        unit: of the energy; that of the first register, unless it is stated.
        degrees: of the temperature; None where none is read.
    """
    drivers = {name: key for name, key in site.further.items() if name in method.drivers}
    if site.temperature is not None and degrees is not None:
        drivers[TEMPERATURE] = site.temperature
    keys = {*site.registers, *site.less, *drivers.values()}
    lost = sorted(keys - registers(session, keys).keys())
    if lost:
        raise UnknownRegisters(f"no register {', '.join(lost)} is declared", found=lost)
    request = SiteRequest(
        energies=site.registers,
        unit=unit,
        less=site.less,
        drivers=drivers,
        driver_aggregations=method.drivers,
        rows=method.rows,
        units={} if degrees is None else {TEMPERATURE: degrees},
        modes=method.modes,
        method=method,
    )
    period = Period.of_days(site.first, site.after_last, zone(site.zone))
    return rows_of_site(session, request, period, site.zone, site.edges, watermark(session))
