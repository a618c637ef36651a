"""What engines, contracts and countries disagree on: settings, each with a stated default."""

from enum import StrEnum
from typing import Annotated

from pydantic import Field

from metering.consumption.use import BoundaryRule
from quantities.document import WholeNumber, YesOrNo, checked
from quantities.money import exponent
from quantities.rounding import Rounding
from quantities.terms import Terms


def _currency(code: str) -> str:
    exponent(code)
    return code


CurrencyCode = Annotated[str, checked(_currency)]


class OnChange(StrEnum):
    """What a price change within a billing period does to tiers: they ``continue``, or ``restart`` at the change."""

    CONTINUE = "continue"
    RESTART = "restart"


class ContractSettings(Terms):
    """What can be agreed otherwise.

    Attributes:
        rounding: how a line's net amount comes to its last place.
        quantity_places: how many places a converted quantity keeps before it is priced; none rounds nothing.
        payment_days: the invoice is due so many days after its date.
        bill_after_days: a period is billed so many days after its end, so that late readings are in.
        zero_lines: whether a charge without use has a line.
        edges: what counts where no reading falls on the edge of a billing period.
        on_change: what a price change within a billing period does to tiers and whatever else adds up.
    """

    rounding: Rounding = Rounding.HALF_UP
    quantity_places: Annotated[WholeNumber, Field(ge=0, le=12)] | None = None
    payment_days: Annotated[WholeNumber, Field(ge=0, le=365)] = 30
    bill_after_days: Annotated[WholeNumber, Field(ge=0, le=90)] = 0
    zero_lines: YesOrNo = True
    edges: BoundaryRule = BoundaryRule.LAST_READ
    on_change: OnChange = OnChange.CONTINUE
