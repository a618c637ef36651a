"""Baselines and savings on stored readings: what a site's registers say, fitted, or held against a frozen baseline."""

from collections.abc import Mapping
from datetime import date
from typing import Annotated, Self

from pydantic import Field, model_validator
from sqlmodel import Session

from metering.consumption.use import BoundaryRule
from metering.fleet.store import registers
from metering.log.store import watermark
from quantities.errors import NotFound
from quantities.names import Name, ZoneName
from quantities.period import Period, zone
from quantities.terms import Terms
from savings.avoided import Avoided, Extrapolation, Mask, avoided
from savings.baseline import Baseline, fit_rows
from savings.methods import BaselineMethod
from savings.rows import TEMPERATURE
from savings.statistics.sufficiency import Sufficiency
from savings.store import SiteRequest, SiteRows, slices_of


class UnknownRegisters(NotFound):
    """A site is measured by registers that are declared."""


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


class FitAsked(Terms):
    """A baseline to be fitted to stored readings."""

    site: MeasuredSite
    method: BaselineMethod
    sufficiency: Sufficiency = Sufficiency()


class SavingsAsked(Terms):
    """A reporting period to be held against a frozen baseline."""

    site: MeasuredSite
    baseline: Baseline
    masks: tuple[Mask, ...] = ()
    extrapolation: Extrapolation = Extrapolation()


def fit_stored(session: Session, asked: FitAsked) -> Baseline:
    """Fit a baseline to stored readings.

    Raises:
        UnknownRegisters: one of them is not declared.
        NoBaseline: nothing can be fitted.
    """
    method = asked.method
    degrees = method.degrees if method.takes_weather else None
    found = _found(session, asked.site, method, None, degrees)
    rows = [each.row for each in found.slices]
    baseline, _, _ = fit_rows(method, rows, found.unit, asked.site.zone, asked.sufficiency)
    return baseline


def savings_stored(session: Session, asked: SavingsAsked) -> Avoided:
    """Hold stored readings against a frozen baseline.

    Raises:
        UnknownRegisters: one of them is not declared.
    """
    method = asked.baseline.method
    found = _found(session, asked.site, method, asked.baseline.unit, asked.baseline.temperature_unit)
    return avoided(asked.baseline, [each.row for each in found.slices], asked.masks, asked.extrapolation)


def _found(
    session: Session, site: MeasuredSite, method: BaselineMethod, unit: str | None, degrees: str | None
) -> SiteRows:
    drivers = {name: key for name, key in site.further.items() if name in method.drivers}
    if site.temperature is not None and degrees is not None:
        drivers[TEMPERATURE] = site.temperature
    units = {} if degrees is None else {TEMPERATURE: degrees}
    keys = {*site.registers, *site.less, *drivers.values()}
    lost = sorted(keys - registers(session, keys).keys())
    if lost:
        raise UnknownRegisters(f"no register {', '.join(lost)} is declared", found=lost)
    wanted = SiteRequest(site.registers, unit, site.less, drivers, method.drivers, method.rows, units, method.modes)
    period = Period.of_days(site.first, site.after_last, zone(site.zone))
    return slices_of(session, wanted, period, site.zone, site.edges, watermark(session))
