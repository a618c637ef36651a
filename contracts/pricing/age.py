"""Age bands: the rate depends on how old the equipment is.

Clause: "Up to 36 months in service an hour costs 98.20 USD, up to 60 months 114.75 USD, above 130.53 USD."
"""

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from typing import Annotated, ClassVar, Literal, TypeAlias

from pydantic import AfterValidator, Field

from contracts.clause import RatedLine, Rule, Usage, in_unit
from contracts.pricing.tiers import rising
from quantities.document import WholeNumber
from quantities.money import Amount
from quantities.months import full_months
from quantities.names import UnitSymbol
from quantities.terms import Terms


class AgeBand(Terms):
    """The price up to so many full months in service; the last has no bound."""

    prices: ClassVar = ("unit_price",)

    up_to_months: Annotated[WholeNumber, Field(ge=1)] | None = None
    unit_price: Annotated[Amount, Field(ge=0)]


def _rising(bands: tuple[AgeBand, ...]) -> tuple[AgeBand, ...]:
    bounds: Sequence[int | None] = [band.up_to_months for band in bands]
    rising([None if bound is None else Decimal(bound) for bound in bounds])
    return bands


AgeBands: TypeAlias = Annotated[tuple[AgeBand, ...], Field(min_length=1), AfterValidator(_rising)]


class Age(Rule):
    """So much a unit, by the age on a period's first day.

    Attributes:
        unit: what is priced.
        in_service: the day from which months are counted.
        bands: rising.
    """

    kind: Literal["age"] = "age"
    arithmetic: Literal[1] = 1
    unit: UnitSymbol
    in_service: date
    bands: AgeBands

    def rate(self, usage: Usage) -> tuple[RatedLine, ...]:
        """Rate the use of one billing period: one line, at the price of the age on its first day.

        Raises:
            IncompatibleUnit: ``usage`` is of another kind.
            NegativeUse: there is less than none to rate.
        """
        months = full_months(self.in_service, usage.period.first)
        at = next(at for at, b in enumerate(self.bands) if b.up_to_months is None or months < b.up_to_months)
        label = f"{months} months in service"
        return (RatedLine(0, in_unit(usage, self.unit), self.unit, self.bands[at].unit_price, label),)
