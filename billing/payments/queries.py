"""What may be asked of the lists of orders, refunds, saved methods, and of what moved a balance at a gateway."""

from enum import StrEnum
from typing import Annotated, ClassVar

from pydantic import Field

from billing.payments.gateway import BalanceKind, OrderedMovement
from billing.payments.orders.state import OrderState
from quantities.days import Day
from quantities.listing import ListQuery

_NAME_MAX = 200
_Customer = Annotated[str, Field(max_length=_NAME_MAX, description="Of this customer, by its whole name.")]
_Account = Annotated[str, Field(max_length=_NAME_MAX, description="At this gateway account, by our name of it.")]


class GatewayOrderQuery(ListQuery):
    """Orders by where they stand, what they are for, and whether a person is asked."""

    SORTS: ClassVar[tuple[str, ...]] = ("order",)

    state: Annotated[OrderState | None, Field(description="Where they stand.")] = None
    movement: Annotated[OrderedMovement | None, Field(description="What a gateway is asked for.")] = None
    document: Annotated[str, Field(max_length=_NAME_MAX, description="Of the document of this number.")] = ""
    customer: _Customer = ""
    waits: Annotated[bool | None, Field(description="Whether a person is asked.")] = None


class SavedMethodQuery(ListQuery):
    """Saved methods by customer, and whether they have ended."""

    SORTS: ClassVar[tuple[str, ...]] = ("method",)

    customer: _Customer = ""
    ended: Annotated[bool | None, Field(description="Whether nothing is charged by them any more.")] = None


class RefundState(StrEnum):
    """Where a refund stands: it waits for another person, was released or withdrawn; ``any`` asks for all."""

    WAITING = "waiting"
    RELEASED = "released"
    WITHDRAWN = "withdrawn"
    ANY = "any"


class RefundQuery(ListQuery):
    """Refunds by where they stand; the oldest first."""

    SORTS: ClassVar[tuple[str, ...]] = ("refund",)

    state: Annotated[RefundState, Field(description="Where they stand.")] = RefundState.WAITING


class BalanceEntryQuery(ListQuery):
    """Changes of balances by account, kind, payout and days, in the order in which they were read."""

    SORTS: ClassVar[tuple[str, ...]] = ("entry", "at")

    account: _Account = ""
    kind: Annotated[BalanceKind | None, Field(description="What it is of.")] = None
    payout: Annotated[str, Field(max_length=_NAME_MAX, description="In this payout, by the gateway's name.")] = ""
    currency: Annotated[str, Field(max_length=3, description="In this currency.")] = ""
    since: Annotated[Day | None, Field(description="On this day (UTC) or later.")] = None
    until: Annotated[Day | None, Field(description="On this day (UTC) or earlier.")] = None


class GatewayPayoutQuery(ListQuery):
    """What gateways paid out to our bank, by account."""

    SORTS: ClassVar[tuple[str, ...]] = ("payout",)

    account: _Account = ""
