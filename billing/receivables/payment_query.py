"""What may be asked of the lists of payments, write-offs and accounts."""

from enum import StrEnum
from typing import Annotated, ClassVar

from pydantic import Field

from quantities.days import Day
from quantities.listing import ListQuery

_NAME_MAX = 200
_Customer = Annotated[str, Field(max_length=_NAME_MAX, description="Of this customer, by its whole name.")]


class PaymentQuery(ListQuery):
    """Payments by customer, reference, currency and days, in the order in which they were recorded."""

    SORTS: ClassVar[tuple[str, ...]] = ("payment", "received_on")

    customer: _Customer = ""
    reference: Annotated[str, Field(max_length=_NAME_MAX, description="Of this reference.")] = ""
    currency: Annotated[str, Field(max_length=3, description="In this currency.")] = ""
    received_from: Annotated[Day | None, Field(description="Received on this day or later.")] = None
    received_to: Annotated[Day | None, Field(description="Received on this day or earlier.")] = None


class WriteOffState(StrEnum):
    """Where a write-off stands: it waits for another person, or is released and counts; ``any`` asks for both."""

    WAITING = "waiting"
    RELEASED = "released"
    ANY = "any"


class WriteOffQuery(ListQuery):
    """Write-offs by where they stand; the oldest first."""

    SORTS: ClassVar[tuple[str, ...]] = ("write_off",)

    state: Annotated[WriteOffState, Field(description="Where they stand.")] = WriteOffState.WAITING


class AccountQuery(ListQuery):
    """Accounts by customer, supplier, currency, and whether something of them is overdue."""

    SORTS: ClassVar[tuple[str, ...]] = ("customer",)

    customer: _Customer = ""
    supplier: Annotated[str, Field(max_length=_NAME_MAX, description="Of this supplier, by its whole name.")] = ""
    currency: Annotated[str, Field(max_length=3, description="In this currency.")] = ""
    overdue: Annotated[bool | None, Field(description="Whether something of them is overdue.")] = None
