"""What may be asked of the list of invoices."""

from enum import StrEnum
from typing import Annotated, ClassVar

from pydantic import BaseModel, Field

from billing.invoices.store import InvoiceKind
from billing.receivables.standing import PaymentState
from billing.records.document_type import DocumentType
from contracts.indexation.lookup import Month
from quantities.days import Day
from quantities.listing import ListQuery
from quantities.money import Amount

_NAME_MAX = 200


class InvoiceStanding(StrEnum):
    """Where an issued invoice stands, which itself never changes.

    ``disputed`` is one with a dispute over its days that is not settled; ``corrected`` one of whose period a later
    document settles what has changed; ``void`` one that bills nothing any more; ``unchanged`` is none of them.
    """

    UNCHANGED = "unchanged"
    CORRECTED = "corrected"
    DISPUTED = "disputed"
    VOID = "void"


class InvoiceQuery(ListQuery):
    """Invoices by state, kind, days, month, and by whom they are of: in the order of their making, or by a day."""

    SORTS: ClassVar[tuple[str, ...]] = ("created", "issued_on", "period_from")

    kind: Annotated[
        InvoiceKind | None,
        Field(description="Of a period, an opening, corrections, a credit by hand, or several contracts."),
    ] = None
    document_type: Annotated[
        DocumentType | None,
        Field(description="By its code (BT-3): 380 invoices, 381 credit notes, 384, 386, 389, 261."),
    ] = None
    state: Annotated[
        InvoiceStanding | None,
        Field(description="With a dispute that is not settled, corrected by a later document, void, or none of these."),
    ] = None
    payment: Annotated[
        PaymentState | None, Field(description="Where it stands with its payment today, by the supplier's day.")
    ] = None
    month: Annotated[Month | None, Field(description="Issued in this month, as 2026-03.")] = None
    issued_from: Annotated[Day | None, Field(description="Issued on this day or later.")] = None
    issued_to: Annotated[Day | None, Field(description="Issued on this day or earlier.")] = None
    due_from: Annotated[Day | None, Field(description="Due on this day or later.")] = None
    due_to: Annotated[Day | None, Field(description="Due on this day or earlier.")] = None
    service_month: Annotated[Month | None, Field(description="With days of this month in their period.")] = None
    contract: Annotated[str, Field(max_length=_NAME_MAX, description="Of this contract, alone or with others.")] = ""
    customer: Annotated[str, Field(max_length=_NAME_MAX, description="Of this customer, by its whole name.")] = ""
    supplier: Annotated[str, Field(max_length=_NAME_MAX, description="Of this supplier, by its whole name.")] = ""


class InvoiceTotals(BaseModel):
    """What the invoices of one currency come to, and what of it is still to be paid."""

    currency: str
    invoices: int
    net: Amount
    vat: Amount
    gross: Amount
    open: Amount
