"""Downtime allowance: so much downtime is part of the bargain, more of it costs the supplier damages.

Clause: "Each unit may stand still for six working days a year, force majeure excepted; for each further day the
supplier owes the unit's yearly cost × 1.5 / 220."
"""

from collections.abc import Mapping
from decimal import Decimal
from typing import Annotated, ClassVar, Literal

from pydantic import Field

from contracts.clause import CarriedState, Nature, RatedLine, Rule, Stage, Usage, lump
from contracts.pricing.downtime import Downtime
from contracts.proration import Proration, share
from contracts.schedule import Per
from metering.usage.measure import Measure
from quantities.arithmetic import added, product, quotient
from quantities.conversion import conversion
from quantities.money import Amount
from quantities.names import UnitSymbol
from quantities.number import plain, trimmed
from quantities.quantity import Magnitude, times


class DowntimeDamages(Rule):
    """So much for each day of downtime beyond an allowance.

    Attributes:
        downtime: what counts as down.
        hours_a_day: how long a day of downtime is: 24 of the calendar's, 8 of a working day's.
        allowed_days: in a whole window.
        a_day: what a further day costs, times every factor.
        factors: what ``a_day`` is multiplied by, in their order.
        divisor: and what it is divided by.
        at_most: for a window.
        per: the window.
        proration: what a part of a window allows.
    """

    counts: ClassVar[bool] = False
    stage: ClassVar[Stage] = Stage.ADJUST
    nature: ClassVar[Nature] = Nature.DAMAGES
    needs: ClassVar[Mapping[str, Measure]] = {"states": Measure(states=True)}
    prices: ClassVar = ("a_day", "at_most")

    kind: Literal["downtime_damages"] = "downtime_damages"
    arithmetic: Literal[1] = 1
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
        """Rate the downtime of one billing period: one negative line for the days that are now beyond the allowance."""
        before, so_far = self._days(usage)
        allowed = product(self.allowed_days, share(usage.window(self.per), self.proration))
        owed = added((self._owed(max(Decimal(0), so_far - allowed)), -self._owed(max(Decimal(0), before - allowed))))
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
        """Carry the window's days."""
        return usage.carry(self.per, {"days": self._days(usage)[1]})

    def _owed(self, days: Decimal) -> Decimal:
        owed = quotient(product(days, self.a_day, *self.factors), self.divisor)
        return owed if self.at_most is None else min(owed, self.at_most)

    def _days(self, usage: Usage) -> tuple[Decimal, Decimal]:
        states = usage.beside["states"]
        down, _ = self.downtime.times(states.parts)
        hours = times(down, conversion(states.unit, _hour(states.unit)))
        before = Decimal(usage.carried(self.per).get("days", "0"))
        return before, added((before, quotient(hours, self.hours_a_day)))


def _hour(unit: UnitSymbol) -> str:
    return "machine_hour" if unit.startswith("machine") else "h"
