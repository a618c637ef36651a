"""Fixed fee: an amount per billing period, prorated for a part of one.

Clause: "The base fee is 450 EUR a month, payable in advance; for a part of a month it is due by days."
"""

from typing import Annotated, ClassVar, Literal

from pydantic import Field

from contracts.clause import Rule
from contracts.proration import Proration, share_of
from contracts.rated_line import RatedLine
from contracts.rated_usage import Usage
from quantities.document import WholeNumber, YesOrNo
from quantities.money import Amount


class FixedFee(Rule):
    """An amount for a billing period, whatever is used.

    Attributes:
        amount: for a whole period.
        proration: how the share of a part of a period is computed.
        share_places: to how many places that share is rounded before it is multiplied; without it, to 12.
        in_advance: whether the fee of a period is on the invoice of the period before; the first one is due at the
            start.
    """

    counts: ClassVar[bool] = False
    prices: ClassVar = ("amount",)

    kind: Literal["fixed_fee"] = "fixed_fee"
    arithmetic: Literal[1] = 1
    amount: Annotated[Amount, Field(ge=0)]
    proration: Proration = Proration.CALENDAR_DAYS
    share_places: Annotated[WholeNumber, Field(ge=0, le=12)] | None = None
    in_advance: YesOrNo = False

    @property
    def billed_in_advance(self) -> bool:
        """Whether it is billed before its period."""
        return self.in_advance

    @property
    def is_priced_by_days(self) -> bool:
        """Whether it is due by days, and so at the amount of each day."""
        return self.proration is Proration.CALENDAR_DAYS and self.share_places is None

    def rate(self, usage: Usage) -> tuple[RatedLine, ...]:
        """Rate one billing period or a part of one.

        Args:
            usage: its days, and those of the whole period; no quantity.

        Returns:
            One line; its quantity is the share of the period, 1 for a whole one. None where it is due whole, and was
            with the days before a change of terms.
        """
        if self.proration is Proration.NONE and usage.division is not None and usage.division.days_before:
            return ()  # due whole with the first days of the period
        part, period = share_of(usage, self.proration, self.share_places), usage.period
        label = "" if part == 1 else f"{period.days} of {period.days_of_whole} days"
        return (RatedLine(0, part, "each", self.amount, label),)
