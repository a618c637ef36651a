"""Age bands: the rate depends on how old the equipment is.

Clause: "Up to 36 months in service an hour costs 98.20 USD, up to 60 months 114.75 USD, above 130.53 USD."
"""

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from typing import Annotated, ClassVar, Literal, TypeAlias

from pydantic import AfterValidator, Field

from contracts.clause import Rule
from contracts.pricing.completed_months import months_between
from contracts.pricing.tiers import require_rising
from contracts.rated_line import RatedLine
from contracts.rated_usage import Usage, in_unit
from quantities.document import WholeNumber
from quantities.money import Amount
from quantities.names import UnitSymbol
from quantities.terms import Terms


class AgeBand(Terms):
    """The price of a unit up to a number of full months in service."""

    prices: ClassVar = ("unit_price",)

    up_to_months: Annotated[WholeNumber, Field(ge=1)] | None = None
    unit_price: Annotated[Amount, Field(ge=0)]


def _rising(bands: tuple[AgeBand, ...]) -> tuple[AgeBand, ...]:
    bounds: Sequence[int | None] = [band.up_to_months for band in bands]
    require_rising([None if bound is None else Decimal(bound) for bound in bounds])
    return bands


AgeBands: TypeAlias = Annotated[tuple[AgeBand, ...], Field(min_length=1), AfterValidator(_rising)]


class Age(Rule):
    """A price per unit by the age of the equipment on a period's first day.

    Attributes:
        unit: of the priced quantity.
        in_service: the day from which months are counted.
        bands: by rising age; the last one has no bound.
    """

    kind: Literal["age"] = "age"
    arithmetic: Literal[1, 2] = 2
    unit: UnitSymbol
    in_service: date
    bands: AgeBands

    def rate(self, usage: Usage) -> tuple[RatedLine, ...]:
        """Rate the use of one billing period: one line, at the price of the age on its first day.

        Raises:
            IncompatibleUnit: ``usage`` measures something else.
            NegativeUse: the quantity is below zero.
        """
        months = months_between(self.in_service, usage.first_of_period, self.arithmetic)
        band = next(band for band in self.bands if band.up_to_months is None or months < band.up_to_months)
        label = f"{months} months in service"
        return (RatedLine(0, in_unit(usage, self.unit), self.unit, band.unit_price, label),)
