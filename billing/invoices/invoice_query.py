"""What may be asked of the list of invoices."""

from datetime import date
from typing import Annotated, ClassVar

from pydantic import BaseModel, Field

from billing.invoices.store import InvoiceKind
from contracts.indexation.lookup import Month
from quantities.listing import ListQuery
from quantities.money import Amount

_NAME_MAX = 200


class InvoiceQuery(ListQuery):
    """Invoices by kind, day of issue, month, and by whom they are of: in the order of their making, or by a day."""

    SORTS: ClassVar[tuple[str, ...]] = ("created", "issued_on", "period_from")

    kind: Annotated[InvoiceKind | None, Field(description="Of a period, of an opening, or of corrections.")] = None
    month: Annotated[Month | None, Field(description="Issued in this month, as 2026-03.")] = None
    issued_from: Annotated[date | None, Field(description="Issued on this day or later.")] = None
    issued_to: Annotated[date | None, Field(description="Issued on this day or earlier.")] = None
    service_month: Annotated[Month | None, Field(description="With days of this month in their period.")] = None
    contract: Annotated[str, Field(max_length=_NAME_MAX, description="Of this contract.")] = ""
    customer: Annotated[str, Field(max_length=_NAME_MAX, description="Of this customer, by its whole name.")] = ""
    supplier: Annotated[str, Field(max_length=_NAME_MAX, description="Of this supplier, by its whole name.")] = ""


class InvoiceTotals(BaseModel):
    """What the invoices of one currency come to."""

    currency: str
    invoices: int
    net: Amount
    vat: Amount
    gross: Amount
