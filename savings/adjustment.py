"""Non-routine adjustments: what changed at the site that no driver of the baseline tells, in either direction.

An entry is dated, has its evidence, and is signed by both parties; it is priced with the saving, at the prices of the
same band and month. The routine adjustments are the baseline's own: what the model says of the day's drivers.

Source: IPMVP Core Concepts, "non-routine adjustments" and static factors.
"""

from datetime import date
from decimal import Decimal
from typing import Annotated, Self

from pydantic import Field, model_validator

from quantities.arithmetic import product, quotient
from quantities.names import Name
from quantities.number import plain
from quantities.quantity import Magnitude
from quantities.terms import Terms

_HUNDRED = Decimal(100)
_HOURS_A_DAY = Decimal(24)


class Signature(Terms):
    """Who agreed, for which party, and when.

    Attributes:
        party: the supplier's or the customer's name, or a verifier's.
        person: who signed.
        on: the day.
    """

    party: Name
    person: Name
    on: date


class NonRoutine(Terms):
    """A non-routine adjustment of the baseline.

    Attributes:
        name: what the statement calls it.
        first: the first day that it is for.
        after_last: the day after its last; None while it lasts.
        power: a constant load that was added (or, below zero, taken away), in the saving's unit an hour.
        percent: of the baseline: the area that was added, as a part of the area.
        energy_a_day: in the saving's unit.
        reason: what happened.
        evidence: where that is on record.
        signatures: of both parties.
    """

    name: Name
    first: date
    after_last: date | None = None
    power: Magnitude | None = None
    percent: Magnitude | None = None
    energy_a_day: Magnitude | None = None
    reason: Annotated[str, Field(min_length=1)]
    evidence: Annotated[str, Field(min_length=1)]
    signatures: tuple[Signature, ...] = ()

    @model_validator(mode="after")
    def _holds_together(self) -> Self:
        if sum(each is not None for each in (self.power, self.percent, self.energy_a_day)) != 1:
            raise ValueError("an adjustment is a power, a percentage or an energy a day: name one")
        if self.after_last is not None and self.after_last <= self.first:
            raise ValueError("an adjustment ends after it begins")
        return self

    def covers(self, day: date) -> bool:
        """Tell whether a day is one of its."""
        return self.first <= day and (self.after_last is None or day < self.after_last)

    def of(self, expected: Decimal, hours: Decimal) -> Decimal:
        """Say how much it adds to a part of a row: its expected energy, and how many hours it has."""
        if self.power is not None:
            return product(self.power, hours)
        if self.percent is not None:
            return quotient(product(expected, self.percent), _HUNDRED)
        return quotient(product(self.energy_a_day or Decimal(0), hours), _HOURS_A_DAY)

    def told(self, unit: str) -> str:
        """Say in words what it adds, in the saving's unit."""
        if self.power is not None:
            what = f"{plain(self.power)} {unit} an hour"
        elif self.percent is not None:
            what = f"{plain(self.percent)} % of the baseline"
        else:
            what = f"{plain(self.energy_a_day or Decimal(0))} {unit} a day"
        until = "on" if self.after_last is None else f"until {self.after_last}"
        return f"{self.name}: {what} from {self.first} {until}"
