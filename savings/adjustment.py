"""Non-routine adjustments: changes at the site that no driver of the baseline explains, in either direction.

An entry is dated, has evidence, and is signed by both parties; it is priced with the saving, at the prices of the same
band and month. Routine adjustments need no entry: the model makes them from the drivers of the day.

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
    """Who signed, for which party, and when.

    Attributes:
        party: the name of the supplier, the customer or a verifier.
        person: who signed.
        on: the day of the signature.
    """

    party: Name
    person: Name
    on: date


class NonRoutine(Terms):
    """A non-routine adjustment of the baseline.

    Attributes:
        name: its name in the statement.
        first: the first day that it applies to.
        after_last: the day after its last; None as long as it has no end.
        power: a constant load that was added, or removed if below zero; in the saving's unit an hour.
        percent: a percentage of the baseline's energy, as for floor area that was added.
        energy_a_day: energy a day that was added, in the saving's unit.
        reason: what happened.
        evidence: where it is on record.
        signatures: the signatures of both parties.
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
        if sum(size is not None for size in (self.power, self.percent, self.energy_a_day)) != 1:
            raise ValueError("an adjustment is a power, a percentage or an energy a day: name one")
        if self.after_last is not None and self.after_last <= self.first:
            raise ValueError("an adjustment ends after it begins")
        return self

    def covers(self, day: date) -> bool:
        """True if the adjustment applies on this day."""
        return self.first <= day and (self.after_last is None or day < self.after_last)

    def energy(self, expected: Decimal, hours: Decimal) -> Decimal:
        """The energy that it adds to a row, or to one band of it, in the saving's unit and unrounded.

        Args:
            expected: the energy that the baseline expects of it.
            hours: how many hours it has.
        """
        if self.power is not None:
            return product(self.power, hours)
        if self.percent is not None:
            return quotient(product(expected, self.percent), _HUNDRED)
        return quotient(product(self.energy_a_day or Decimal(0), hours), _HOURS_A_DAY)

    def summary(self, unit: str) -> str:
        """One line: its name, how much it adds, and from when until when; ``unit`` is the saving's."""
        if self.power is not None:
            amount = f"{plain(self.power)} {unit} an hour"
        elif self.percent is not None:
            amount = f"{plain(self.percent)} % of the baseline"
        else:
            amount = f"{plain(self.energy_a_day or Decimal(0))} {unit} a day"
        until = "on" if self.after_last is None else f"until {self.after_last}"
        return f"{self.name}: {amount} from {self.first} {until}"
