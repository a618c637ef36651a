"""Downtime allowance: for downtime beyond the allowed days the supplier owes damages.

Clause: "Each unit may stand still for six working days a year, force majeure excepted; for each further day the
supplier owes the unit's yearly cost × 1.5 / 220."
"""

from collections.abc import Mapping
from decimal import Decimal
from fractions import Fraction
from typing import Annotated, ClassVar, Literal

from pydantic import Field

from contracts.clause import Rule, Stage
from contracts.pricing.downtime import Downtime
from contracts.proration import Proration, window_share
from contracts.rated_line import Nature, RatedLine, lump
from contracts.rated_usage import CarriedState, Usage
from contracts.schedule import Per
from metering.usage.measure import Measure
from quantities.arithmetic import added, product, quotient
from quantities.exact import Exact, exact_number, exact_text, multiplied, rounded, scaled, subtracted, total
from quantities.money import Amount
from quantities.number import plain, trimmed
from quantities.quantity import Magnitude


class DowntimeDamages(Rule):
    """Damages for every day of downtime beyond an allowance.

    Attributes:
        downtime: which time counts as down.
        hours_a_day: the hours of a day of downtime: 24 for a calendar day, 8 for a working day.
        allowed_days: in a whole window.
        a_day: the damages of a further day, before factors and divisor.
        factors: multiplied with ``a_day``, in their order.
        divisor: of the product.
        at_most: the highest damages of a window.
        per: the window.
        proration: the allowance of a part of a window.
    """

    counts: ClassVar[bool] = False
    stage: ClassVar[Stage] = Stage.ADJUST
    nature: ClassVar[Nature] = Nature.DAMAGES
    needs: ClassVar[Mapping[str, Measure]] = {"states": Measure(states=True)}
    prices: ClassVar = ("a_day", "at_most")

    kind: Literal["downtime_damages"] = "downtime_damages"
    arithmetic: Literal[1, 2] = 2
    downtime: Downtime
    hours_a_day: Annotated[Magnitude, Field(gt=0, le=24)] = Decimal(24)
    allowed_days: Annotated[Magnitude, Field(ge=0)]
    a_day: Annotated[Amount, Field(gt=0)]
    factors: tuple[Magnitude, ...] = ()
    divisor: Annotated[Magnitude, Field(gt=0)] = Decimal(1)
    at_most: Annotated[Amount, Field(ge=0)] | None = None
    per: Per = Per.YEAR
    proration: Proration = Proration.CALENDAR_DAYS

    def rate(self, usage: Usage) -> tuple[RatedLine, ...]:
        """Rate the downtime of one billing period: one negative line for its days beyond the window's allowance."""
        hours = self._hours(usage)
        before, so_far = (quotient(rounded(number), self.hours_a_day) for number in hours)
        share = window_share(usage.window(self.per), self.proration, self.arithmetic)
        allowed = product(self.allowed_days, share)
        if self.arithmetic == 1:  # it cut off the days before it multiplied them
            was, now = (self._owed_for_days(max(Decimal(0), days - allowed)) for days in (before, so_far))
            owed = added((now, -was))
        else:
            owed = rounded(subtracted(*(self._owed_for_hours(number, allowed) for number in reversed(hours))))
        if not owed:
            return ()
        factors = "".join(f" × {plain(factor)}" for factor in self.factors)
        by = "" if self.divisor == 1 else f" / {plain(self.divisor)}"
        calculation = (
            f"{plain(trimmed(so_far))} days down, {plain(trimmed(before))} before, {plain(trimmed(allowed))} allowed; "
            f"{plain(self.a_day)}{factors}{by} a day"
        )
        return (lump(0, -owed, "downtime beyond the allowance", calculation),)

    def close(self, usage: Usage) -> CarriedState:
        """Carry the window's hours of downtime: how many a day has is a term that may change."""
        return usage.carry(self.per, {"hours": self._hours(usage)[1]})

    def from_bare(self, values: CarriedState, usage: Usage) -> CarriedState:
        """Read the days that earlier releases carried, of as many hours as a day of this rule has."""
        if "days" not in values:
            return values
        hours = multiplied(exact_number(values["days"]), self.hours_a_day)
        return {name: value for name, value in values.items() if name != "days"} | {"hours": exact_text(hours)}

    def _owed_for_days(self, days: Decimal) -> Decimal:
        owed = quotient(product(days, self.a_day, *self.factors), self.divisor)
        return owed if self.at_most is None else min(owed, self.at_most)

    def _owed_for_hours(self, hours: Exact, allowed_days: Decimal) -> Exact:
        """Compute the damages of a window's hours of downtime, without rounding."""
        beyond = max(Decimal(0), subtracted(hours, product(allowed_days, self.hours_a_day)))
        owed = multiplied(beyond, product(self.a_day, *self.factors))
        owed = scaled(owed, 1 / Fraction(product(self.divisor, self.hours_a_day)))
        return owed if self.at_most is None else min(owed, self.at_most)

    def _hours(self, usage: Usage) -> tuple[Exact, Exact]:
        """Add up the window's hours of downtime, before these days and with them."""
        down, _ = self.downtime.hours(usage.auxiliary_usage["states"])
        before = exact_number(usage.carried(self.per).get("hours", "0"))
        return before, total((before, down))
