"""Fixed fee: an amount per billing period, prorated for a part of one.

Clause: "The base fee is 450 EUR a month; for a part of a month it is due by days."
"""

from decimal import Decimal, localcontext
from enum import StrEnum
from typing import Annotated, ClassVar, Literal

from pydantic import Field

from contracts.clause import RatedLine, Rule, Usage
from contracts.money import Amount
from metering.number import ARITHMETIC_DIGITS

_THIRTY = 30


class Proration(StrEnum):
    """What a part of a period is a part of."""

    CALENDAR_DAYS = "calendar_days"  # days billed / days of the whole period
    THIRTY_DAYS = "thirty_days"  # days billed / 30 for each month of the period, at most the whole
    NONE = "none"  # a part costs the whole


class FixedFee(Rule):
    """So much a period, whatever is used."""

    counts: ClassVar[bool] = False

    kind: Literal["fixed_fee"] = "fixed_fee"
    arithmetic: Literal[1] = 1
    amount: Annotated[Amount, Field(ge=0)]
    proration: Proration = Proration.CALENDAR_DAYS

    def rate(self, usage: Usage) -> tuple[RatedLine, ...]:
        """Rate one billing period or a part of one.

        Args:
            usage: its days, and those of the whole period; no quantity.

        Returns:
            One line; its quantity is the part of the period, 1 for a whole one, at 12 decimal places.
        """
        part = Decimal(1)
        if usage.days < usage.days_of_whole and self.proration is not Proration.NONE:
            whole = usage.days_of_whole if self.proration is Proration.CALENDAR_DAYS else _thirties(usage.days_of_whole)
            with localcontext(prec=ARITHMETIC_DIGITS):
                part = min(Decimal(1), (Decimal(usage.days) / whole).quantize(Decimal("1E-12")))
        label = "" if part == 1 else f"{usage.days} of {usage.days_of_whole} days"
        return (RatedLine(0, part, "each", self.amount, label),)


def _thirties(days: int) -> int:
    """Thirty for each month that a whole period of so many days has: 28–31 is one, 89–92 three, 365 twelve."""
    return _THIRTY * max(1, round(Decimal(days * 12) / Decimal("365.25")))
