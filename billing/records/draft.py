"""What a draft said when somebody looked at it: everything that the invoice would say but its number and its dates."""

from collections.abc import Mapping
from datetime import date
from typing import Annotated

from pydantic import Field

from billing.records.inputs import DocumentTax, StoredDays
from billing.records.invoicing import InvoicingRecord
from billing.records.record import Number, Optionally, Record, StoredRecord
from contracts.cash_discount import CashDiscount
from contracts.parties import Party


class DraftLine(Record):
    """A line as it was looked at; ``billing.invoices.invoice.Line`` says what each field is.

    Attributes:
        corrects: the number of the invoice that it adjusts.
    """

    charge: str
    part: int
    label: str
    nature: str
    quantity: Number
    unit: str
    unit_price: Number
    net: Number
    gross: Optionally[Number] = None
    withheld_percent: Optionally[Number] = None
    service: StoredDays
    tax_point: date
    tax_category: str
    tax_rate: Number
    tax_reason: str
    corrects: Optionally[str] = None
    dimensions: Mapping[str, str] = {}
    allocation: Mapping[str, str] = {}
    payees: Mapping[str, str] = {}
    tax_code: str = ""
    revenue_account: str = ""


class DraftContent(StoredRecord):
    """A document as it was looked at.

    Attributes:
        contract: whose, by its reference.
        kind: of a period, the opening, or a correction.
        supplier: who would issue it.
        customer: whom it would bill.
        days: that it bills.
        currency: of all amounts.
        payment_days: after how many days it would be due.
        cash_discount: what would be taken off where it is paid before.
        net: the sum of its lines.
        vat: what is added.
        gross: net and VAT.
        tax: what of its totals no sum of its lines tells.
        lines: in order.
        invoicing: how it would be made out today.
        sellers: the same of documents in the names of others, by these names.
    """

    contract: str
    kind: str
    supplier: Party
    customer: Party
    days: StoredDays
    currency: str
    payment_days: int
    cash_discount: Annotated[tuple[CashDiscount, ...], Field(exclude_if=lambda steps: not steps)] = ()
    net: Number
    vat: Number
    gross: Number
    lines: tuple[DraftLine, ...]
    tax: Optionally[DocumentTax] = None
    invoicing: Optionally[InvoicingRecord] = None
    sellers: Annotated[Mapping[str, InvoicingRecord | None], Field(exclude_if=lambda sellers: not sellers)] = {}
