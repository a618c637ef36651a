"""Demand charge: the highest average power of a period, raised by earlier peaks and by a poor power factor.

Clause: "Each kW of the highest quarter-hour demand of a month costs 9.80 EUR; at least 80 % of the highest of the
eleven months before is billed."
"""

from collections.abc import Iterator
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal, localcontext
from enum import StrEnum
from typing import Annotated, ClassVar, Literal, Self

from pydantic import Field, model_validator

from contracts.by_day import billed_days, parts_by_day
from contracts.carried_state import StateLeftOver
from contracts.clause import Rule
from contracts.proration import Proration, share, share_of
from contracts.rated_line import RatedLine
from contracts.rated_usage import CarriedState, NegativeUse, UnpricedUse, Usage, in_unit, require_parts
from contracts.schedule import BillingPeriod, Per
from metering.usage.aggregation import Aggregation
from metering.usage.measure import Measure
from quantities.arithmetic import added, product, quotient
from quantities.calendars import Calendar
from quantities.conversion import conversion
from quantities.document import WholeNumber, YesOrNo
from quantities.exact import Exact, exact_number, exact_text, rounded, scaled
from quantities.money import Amount
from quantities.names import Name, UnitSymbol
from quantities.number import ARITHMETIC_DIGITS, plain, trimmed
from quantities.quantity import Magnitude
from quantities.rounding import Rounding
from quantities.terms import Terms

_HUNDRED = Decimal(100)


class Ratchet(Terms):
    """The least demand that is billed: a percentage of the highest peak of some periods before."""

    percent: Annotated[Magnitude, Field(gt=0, le=100)]
    periods: Annotated[WholeNumber, Field(ge=1, le=120)] = 11


class PowerFactor(Terms):
    """Below the agreed power factor, the demand is multiplied by the agreed factor over the measured one.

    The measured factor is kWh / √(kWh² + kvarh²) of the period's use, rounded half up to ``places``.
    """

    at_least: Annotated[Magnitude, Field(gt=0, le=1)] = Decimal("0.9")
    places: Annotated[WholeNumber, Field(ge=1, le=12)] = 4


class Peak(StrEnum):
    """The peak that a period is billed for: its ``own``, or the highest of the ``year`` so far.

    Or the peaks of each day, week or month in it, each priced by itself, and added up.
    """

    OWN = "own"
    YEAR = "year"
    EACH_DAY = "each_day"
    EACH_WEEK = "each_week"
    EACH_MONTH = "each_month"


#: Within which windows a peak is looked for; None for a day.
_WINDOWS = {Peak.EACH_DAY: None, Peak.EACH_WEEK: Per.WEEK, Peak.EACH_MONTH: Per.MONTH}


class Demand(Rule):
    """A price per unit of the highest demand.

    Attributes:
        unit: of the demand.
        unit_price: per unit and billing period.
        block_minutes: the length of the blocks over which power is averaged.
        sliding: whether a block may start at any interval.
        calendar: bands of the clock, of which only ``band`` counts.
        band: the name of the band whose peaks count; without it, all of them.
        minimum: the least demand that is billed, in ``unit``.
        ratchet: the least demand that follows from earlier peaks.
        peak: the peak that counts. With ``year``, a new peak is billed for the earlier periods of the year as well,
            above the minimum that each of them had. With ``each_day``, ``each_week`` or ``each_month`` the price and
            the minimum are of each of these windows; one that the edge of the billed days or a suspension cuts has the
            share of the price that its days are.
        power_factor: raises the demand below an agreed factor; the reactive energy is the auxiliary usage named
            ``reactive``, the active energy the one named ``active``.
        proration: the share of the price for a part of a period.
    """

    prices: ClassVar = ("unit_price",)
    accepts: ClassVar = {"active": Measure(), "reactive": Measure()}
    carried_quantities: ClassVar = frozenset({"peaks", "peak", "minimum"})

    kind: Literal["demand"] = "demand"
    arithmetic: Literal[1, 2] = 2
    unit: UnitSymbol
    unit_price: Amount
    block_minutes: Annotated[WholeNumber, Field(ge=1, le=1440)] = 15
    sliding: YesOrNo = False
    calendar: Calendar | None = None
    band: Name | None = None
    minimum: Annotated[Magnitude, Field(ge=0)] = Decimal(0)
    ratchet: Ratchet | None = None
    peak: Peak = Peak.OWN
    power_factor: PowerFactor | None = None
    proration: Proration = Proration.CALENDAR_DAYS

    @model_validator(mode="after")
    def _holds_together(self) -> Self:
        if (self.calendar is None) is not (self.band is None):
            raise ValueError("a band is one of a calendar: name both or none")
        if self.calendar is not None and self.band not in self.calendar.names:
            raise ValueError(f"{self.band} is no band of the calendar")
        if self.ratchet is not None and self.peak is Peak.YEAR:
            raise ValueError("a year's own peak needs no ratchet: name one of both")
        if self.peak in _WINDOWS and (self.ratchet is not None or self.power_factor is not None):
            raise ValueError("peaks that are priced each by itself have no ratchet and no power factor")
        if self.peak in _WINDOWS and self.proration not in (Proration.CALENDAR_DAYS, Proration.NONE):
            raise ValueError("peaks that are priced each by itself are shared by calendar days, or not at all")
        return self

    @property
    def measure(self) -> Measure:
        """The highest block; with a calendar, the highest of every band; of each day, where each has a price."""
        return Measure(
            Aggregation.DEMAND,
            calendar=self.calendar,
            block_minutes=self.block_minutes,
            sliding=self.sliding,
            daily=self.peak in _WINDOWS,
        )

    @property
    def is_stateful(self) -> bool:
        """Whether it has a ratchet, or bills the year's peak."""
        return self.ratchet is not None or self.peak is Peak.YEAR

    @property
    def windows(self) -> tuple[Per, ...]:
        """The year, where its peak is billed; a ratchet looks back over periods."""
        return (Per.YEAR,) if self.peak is Peak.YEAR else ()

    def specimen(self, usage: Usage) -> CarriedState:
        """A peak of zero for the ratchet or the year."""
        return {"peaks": ["0"]} if self.ratchet is not None else super().specimen(usage)

    def open(self, state: CarriedState, usage: Usage) -> CarriedState:
        """Take over earlier peaks.

        A ratchet over more periods than before looks back over the peaks that are still carried; one over fewer lets
        the oldest go. A rule without ratchet and year looks back at none.

        Raises:
            StateLeftOver: the peaks of a ratchet do not tell the peak of a year.
        """
        values = super().open(state, usage)
        if self.peak is Peak.YEAR and "peaks" in values:
            detail = "a ratchet's peaks have no dates: which of them are of this year is unknown"
            raise StateLeftOver(detail, found="peak: year", expected="ratchet")
        if self.arithmetic > 1 and "periods" in values:
            # As arithmetic 1 wrote it, which billed all of the year's periods for one demand: that is their least one.
            lot = {"minimum": values["peak"], "periods": values["periods"]}
            return {name: value for name, value in values.items() if name != "periods"} | {"billed": [lot]}
        return values

    def rate(self, usage: Usage) -> tuple[RatedLine, ...]:
        """Rate the highest demand of one billing period.

        Args:
            usage: a power of the kind of ``unit``; with a calendar its parts name their ``band``.

        Returns:
            One line with the billed demand, or with the sum of those of all windows; with a year's peak, another line
            for the earlier periods of the year.

        Raises:
            IncompatibleUnit: ``usage`` measures something else.
            NegativeUse: the demand is below zero, or an energy is missing for the power factor.
            UnpricedUse: the power factor is rounded to zero; or peaks of windows are not told by days.
        """
        if self.peak in _WINDOWS:
            return (self._of_each_window(usage),)
        own, part = self._measured(usage), share_of(usage, self.proration)
        before = self._before(usage)
        measured, least = max(own, before), self.minimum
        why = [f"{plain(trimmed(measured))} {self.unit} measured"]
        if least > measured:
            why.append(f"at least {plain(least)}")
        if self.ratchet is not None:
            peaks = self._peaks(usage)[0][-self.ratchet.periods :]
            earlier = max((rounded(exact_number(peak)) for peak in peaks), default=Decimal(0))
            floor = quotient(product(earlier, self.ratchet.percent), _HUNDRED)
            if floor > max(measured, least):
                why.append(f"{plain(self.ratchet.percent)} % of {plain(earlier)} before")
            least = max(least, floor)
        billed = max(measured, least)
        lines = list(self._earlier_days(usage, billed, max(before, least)))
        if self.peak is Peak.YEAR:
            quantity, calculation = self._earlier_periods(usage, measured, billed)
            if quantity:
                lines.append(RatedLine(1, quantity, self.unit, self.unit_price, "earlier periods", calculation))
            billed = max(billed, rounded(exact_number(usage.carried(Per.YEAR).get("peak", "0"))))
        price = product(self.unit_price, part)
        label = "" if part == 1 else f"{usage.period.days} of {usage.period.days_of_whole} days"
        return (RatedLine(0, trimmed(billed), self.unit, trimmed(price), label, ", ".join(why)), *lines)

    def _of_each_window(self, usage: Usage) -> RatedLine:
        """Price the peak of each window by itself: one line for all of them, whose quantity is their sum."""
        in_unit(usage, self.unit)
        peaks, factor = self._peaks_of_days(usage), conversion(usage.unit, self.unit)
        windows: dict[BillingPeriod, list[date]] = {}
        for day in billed_days(usage):
            windows.setdefault(self._window_of(usage, day), []).append(day)
        quantities, written = [], []
        for window, days in windows.items():
            highest = max((peaks[day] for day in days if day in peaks), default=Decimal(0))
            peak = max(rounded(scaled(highest, factor)), self.minimum)
            part = share(replace(window, paused=window.days_of_whole - len(days)), self.proration)
            quantities.append(product(peak, part))
            shown = plain(trimmed(peak))
            written.append(shown if part == 1 else f"{shown} × {len(days)}/{window.days_of_whole}")
        label = self.peak.value.replace("_", " ")
        return RatedLine(0, trimmed(added(quantities)), self.unit, self.unit_price, label, " + ".join(written))

    def _peaks_of_days(self, usage: Usage) -> dict[date, Exact]:
        """Find the highest demand of each day that has one, of the band that counts; as it was counted."""
        return {
            day: max(inside)
            for day, parts in parts_by_day(usage).items()
            if (inside := [part.exactly for part in parts if self.band in (None, part.labels.get("band"))])
        }

    def _window_of(self, usage: Usage, day: date) -> BillingPeriod:
        """Find the whole window that a day is in."""
        per, after = _WINDOWS[self.peak], day + timedelta(days=1)
        if per is None:
            return BillingPeriod(day, after, day, after)
        whole = usage.life.window(per, BillingPeriod(day, after, day, after))
        return BillingPeriod(whole.whole_first, whole.whole_after_last, whole.whole_first, whole.whole_after_last)

    def _earlier_days(self, usage: Usage, billed: Decimal, before: Decimal) -> Iterator[RatedLine]:
        """Bill a higher peak for the days of the period before a change of terms as well."""
        if self.peak is Peak.OWN and usage.earlier and billed > before:
            part = added(share_of(days.usage, self.proration) for days in usage.earlier)
            calculation = f"{plain(trimmed(billed))} - {plain(trimmed(before))} {self.unit}"
            price = trimmed(product(self.unit_price, part))
            yield RatedLine(2, trimmed(billed - before), self.unit, price, "earlier days", calculation)

    def _before(self, usage: Usage) -> Decimal:
        """Tell the highest demand of the period before a change of terms, each as the terms of its days measured it.

        The peak of a year is carried.
        """
        if self.peak is Peak.YEAR:
            return Decimal(0)
        measured = (
            rounded(scaled(days.rule._measured(days.usage), conversion(days.rule.unit, self.unit)))  # noqa: SLF001 its own class
            for days in usage.earlier
        )
        return max(measured, default=Decimal(0))

    def _peaks(self, usage: Usage) -> tuple[list[str], list[str]]:
        """Divide the carried peaks into those of earlier periods and the one that this period had so far, if any."""
        peaks = list(usage.opening.get("peaks", ()))
        days = () if usage.division is None else usage.division.earlier
        if not days or days[-1].rule.ratchet is None or not peaks:
            return peaks, []
        return peaks[:-1], peaks[-1:]

    def _earlier_periods(self, usage: Usage, measured: Decimal, billed: Decimal) -> tuple[Decimal, str]:
        """Compute what a new peak adds to the year's earlier periods, each above the minimum that it had itself.

        Arithmetic 1 took a minimum for a peak: it lasted for the rest of the year, and a higher one was billed for the
        periods before it as well.
        """
        carried = usage.carried(Per.YEAR)
        known = rounded(exact_number(carried.get("peak", "0")))
        if self.arithmetic == 1:
            periods = Decimal(carried.get("periods", "0"))
            if billed <= known or not periods:
                return Decimal(0), ""
            calculation = f"{plain(periods)} periods × ({plain(billed)} - {plain(known)}) {self.unit}"
            return product(periods, billed - known), calculation
        added_up, written = [], []
        for lot in carried.get("billed", ()):
            least, periods = rounded(exact_number(lot["minimum"])), Decimal(lot["periods"])
            now, before = max(least, measured, known), max(least, known)
            if now > before:
                added_up.append(product(periods, now - before))
                written.append(f"{plain(periods)} periods × ({plain(now)} - {plain(before)}) {self.unit}")
        return added(added_up), " + ".join(written)

    def close(self, usage: Usage) -> CarriedState:
        """Carry the peaks of the ratchet's periods; or the year's peak, and its periods by the least that each had."""
        if self.ratchet is not None:
            earlier, own = self._peaks(usage)
            highest = max([self._measured(usage), *(rounded(exact_number(peak)) for peak in own)])
            # before a change of terms, the peak that its period has so far takes the place of no earlier one
            goes_on = usage.division is not None and not usage.ends_period
            return {"peaks": [*earlier, plain(trimmed(highest))][-self.ratchet.periods - goes_on :]}
        if self.peak is Peak.YEAR and not usage.closes(Per.YEAR):
            carried, part = usage.carried(Per.YEAR), share_of(usage, self.proration)
            peak = max(self._measured(usage), exact_number(carried.get("peak", "0")))
            if self.arithmetic == 1:
                peak, billed = max(peak, self.minimum), added((Decimal(carried.get("periods", "0")), part))
                return {**usage.window_key(Per.YEAR), "peak": exact_text(peak), "periods": plain(trimmed(billed))}
            lots = {lot["minimum"]: Decimal(lot["periods"]) for lot in carried.get("billed", ())}
            least = plain(trimmed(self.minimum))
            lots[least] = added((lots.get(least, Decimal(0)), part))
            by_minimum = [{"minimum": minimum, "periods": plain(trimmed(periods))} for minimum, periods in lots.items()]
            return {**usage.window_key(Per.YEAR), "peak": exact_text(peak), "billed": by_minimum}
        return {}

    def _measured(self, usage: Usage) -> Decimal:
        if self.band is not None:
            require_parts(usage, "the bands of its calendar")
            inside = [part.quantity for part in usage.parts if part.labels.get("band") == self.band]
            usage = Usage(max(inside, default=Decimal(0)), usage.unit, auxiliary_usage=usage.auxiliary_usage)
        measured = in_unit(usage, self.unit)
        if self.power_factor is None:
            return measured
        factor = _power_factor(usage, self.power_factor.places)
        if factor is None or factor >= self.power_factor.at_least:
            return measured
        if factor <= 0:
            detail = f"the power factor is 0 at {self.power_factor.places} places: no demand is its multiple"
            raise UnpricedUse(detail, found=plain(factor))
        return quotient(product(measured, self.power_factor.at_least), factor)


def _power_factor(usage: Usage, places: int) -> Decimal | None:
    """Compute a power factor: active / √(active² + reactive²), rounded half up; None where there is no energy at all.

    Raises:
        NegativeUse: one of the energies is missing.
    """
    uses = [usage.auxiliary_usage.get(name, Usage()) for name in ("active", "reactive")]
    active, reactive = (use.quantity for use in uses)
    if active is None or reactive is None:
        raise NegativeUse("a power factor is told from an active and a reactive energy", found=str(active))
    if not active and not reactive:
        return None
    with localcontext(prec=ARITHMETIC_DIGITS):
        return Rounding.HALF_UP.to_places(active / (active * active + reactive * reactive).sqrt(), places)
