"""Demand charge: the highest average power of a period, with what peaks of the past and a poor power factor add to it.

Clause: "Each kW of the highest quarter-hour demand of a month costs 9.80 EUR; at least 80 % of the highest of the
eleven months before is billed."
"""

from decimal import Decimal, localcontext
from enum import StrEnum
from typing import Annotated, ClassVar, Literal, Self

from pydantic import Field, model_validator

from contracts.clause import CarriedState, NegativeUse, RatedLine, Rule, Usage, in_unit
from contracts.proration import Proration, share
from contracts.schedule import Per
from metering.usage.aggregation import Aggregation
from metering.usage.measure import Measure
from quantities.arithmetic import added, product, quotient
from quantities.calendars import Calendar
from quantities.document import WholeNumber, YesOrNo
from quantities.money import Amount
from quantities.names import Name, UnitSymbol
from quantities.number import ARITHMETIC_DIGITS, plain, trimmed
from quantities.quantity import Magnitude
from quantities.rounding import Rounding
from quantities.terms import Terms

_HUNDRED = Decimal(100)


class Ratchet(Terms):
    """At least so many percent of the highest peak of so many periods before."""

    percent: Annotated[Magnitude, Field(gt=0, le=100)]
    periods: Annotated[WholeNumber, Field(ge=1, le=120)] = 11


class PowerFactor(Terms):
    """Below a power factor the demand is raised in the proportion by which it falls short.

    The factor is kWh / √(kWh² + kvarh²) of the period's use, at so many places, half up.
    """

    at_least: Annotated[Magnitude, Field(gt=0, le=1)] = Decimal("0.9")
    places: Annotated[WholeNumber, Field(ge=1, le=12)] = 4


class Peak(StrEnum):
    """Whose peak a period bears: its ``own``, or the ``year``'s so far, earlier periods being rated again."""

    OWN = "own"
    YEAR = "year"


class Demand(Rule):
    """So much a unit of the highest demand.

    Attributes:
        unit: of the demand.
        unit_price: per unit and billing period.
        block_minutes: over how long the power is averaged.
        sliding: whether a block may start at any interval.
        calendar: bands of the clock, of which only ``band`` counts.
        band: where a peak counts; anywhere, unless it is said.
        minimum: what is billed at least, in ``unit``.
        ratchet: what earlier peaks do.
        peak: whose peak counts. With ``year``, a new one is billed for the year's earlier periods too.
        power_factor: what a poor one adds; the reactive energy is a use beside, named ``reactive``, and the active one
            ``active``.
        proration: what a part of a period costs.
    """

    prices: ClassVar = ("unit_price",)
    accepts: ClassVar = {"active": Measure(), "reactive": Measure()}

    kind: Literal["demand"] = "demand"
    arithmetic: Literal[1] = 1
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
        return self

    @property
    def measure(self) -> Measure:
        """The highest block, of each band where there are some."""
        return Measure(
            Aggregation.DEMAND, calendar=self.calendar, block_minutes=self.block_minutes, sliding=self.sliding
        )

    @property
    def is_stateful(self) -> bool:
        """With a ratchet, or a year's peak."""
        return self.ratchet is not None or self.peak is Peak.YEAR

    def rate(self, usage: Usage) -> tuple[RatedLine, ...]:
        """Rate the highest demand of one billing period.

        Args:
            usage: a power of the kind of ``unit``; with a calendar its parts name their ``band``.

        Returns:
            One line, its quantity what is billed; with a year's peak another for what earlier periods now owe.

        Raises:
            IncompatibleUnit: ``usage`` is of another kind.
            NegativeUse: there is less than none to rate, or no power factor can be told.
        """
        measured, part = self._measured(usage), share(usage.period, self.proration)
        billed, why = max(measured, self.minimum), [f"{plain(trimmed(measured))} {self.unit} measured"]
        if billed > measured:
            why.append(f"at least {plain(self.minimum)}")
        if self.ratchet is not None:
            earlier = max((Decimal(each) for each in usage.opening.get("peaks", ())), default=Decimal(0))
            floor = quotient(product(earlier, self.ratchet.percent), _HUNDRED)
            if floor > billed:
                billed = floor
                why.append(f"{plain(self.ratchet.percent)} % of {plain(earlier)} before")
        lines = []
        if self.peak is Peak.YEAR:
            carried = usage.carried(Per.YEAR)
            known, periods = Decimal(carried.get("peak", "0")), Decimal(carried.get("periods", "0"))
            if billed > known and periods:
                calculation = f"{plain(periods)} periods × ({plain(billed)} - {plain(known)}) {self.unit}"
                lines.append(
                    RatedLine(
                        1, product(periods, billed - known), self.unit, self.unit_price, "earlier periods", calculation
                    )
                )
            billed = max(billed, known)
        price = product(self.unit_price, part)
        label = "" if part == 1 else f"{usage.period.days} of {usage.period.days_of_whole} days"
        return (RatedLine(0, trimmed(billed), self.unit, trimmed(price), label, ", ".join(why)), *lines)

    def close(self, usage: Usage) -> CarriedState:
        """Carry the peaks that a ratchet looks back at, or the year's and for how long it was billed."""
        if self.ratchet is not None:
            peaks = [*usage.opening.get("peaks", ()), plain(trimmed(self._measured(usage)))]
            return {"peaks": peaks[-self.ratchet.periods :]}
        if self.peak is Peak.YEAR and not usage.closes(Per.YEAR):
            carried = usage.carried(Per.YEAR)
            peak = max(self._measured(usage), self.minimum, Decimal(carried.get("peak", "0")))
            billed = added((Decimal(carried.get("periods", "0")), share(usage.period, self.proration)))
            return {**usage.mark(Per.YEAR), "peak": plain(trimmed(peak)), "periods": plain(trimmed(billed))}
        return {}

    def _measured(self, usage: Usage) -> Decimal:
        if self.band is not None:
            inside = [part.quantity for part in usage.parts if part.labels.get("band") == self.band]
            usage = Usage(max(inside, default=Decimal(0)), usage.unit, beside=usage.beside)
        measured = in_unit(usage, self.unit)
        if self.power_factor is None:
            return measured
        factor = _power_factor(usage, self.power_factor.places)
        if factor >= self.power_factor.at_least:
            return measured
        return quotient(product(measured, self.power_factor.at_least), factor)


def _power_factor(usage: Usage, places: int) -> Decimal:
    """Tell the factor that active and reactive energy have: active / √(active² + reactive²), half up."""
    known = [usage.beside.get(name) for name in ("active", "reactive")]
    active, reactive = (Decimal(0) if each is None or each.quantity is None else each.quantity for each in known)
    if None in known or not active:
        raise NegativeUse("a power factor is told from an active and a reactive energy", found=str(active))
    with localcontext(prec=ARITHMETIC_DIGITS):
        return Rounding.HALF_UP.to_places(active / (active * active + reactive * reactive).sqrt(), places)
