"""What may be asked of the lists of payouts, and of what payees are owed."""

from typing import Annotated, ClassVar

from pydantic import Field

from billing.payouts.state import PayeePayoutState
from contracts.sharing.payout_terms import PaidOutBy
from quantities.days import Day
from quantities.listing import ListQuery

_NAME_MAX = 200


class PayoutQuery(ListQuery):
    """Payouts by where they stand, payee, rail, currency and day: in the order of their making, or by their day."""

    SORTS: ClassVar[tuple[str, ...]] = ("payout", "made_on")

    state: Annotated[
        PayeePayoutState | None, Field(description="Where it stands; what is held waits for somebody.")
    ] = None
    by: Annotated[PaidOutBy | None, Field(description="By what it is paid.")] = None
    payee: Annotated[str, Field(max_length=_NAME_MAX, description="Of this payee.")] = ""
    currency: Annotated[str, Field(max_length=3, description="In this currency.")] = ""
    made_from: Annotated[Day | None, Field(description="Made on this day or later.")] = None
    made_to: Annotated[Day | None, Field(description="Made on this day, which counts, or earlier.")] = None


class PayeeStandingQuery(ListQuery):
    """What payees are owed, by payee, supplier and currency: an account for each, in the order of their opening."""

    SORTS: ClassVar[tuple[str, ...]] = ("account",)

    payee: Annotated[str, Field(max_length=_NAME_MAX, description="Of this payee alone.")] = ""
    supplier: Annotated[str, Field(max_length=_NAME_MAX, description="By this supplier.")] = ""
    currency: Annotated[str, Field(max_length=3, description="In this currency.")] = ""
