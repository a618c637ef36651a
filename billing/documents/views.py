"""What an invoice looks like outside: the models that HTTP answers with and the command line prints as JSON."""

from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Annotated, Any

from pydantic import BaseModel, Field

from billing.invoices.invoice import Line, total
from billing.invoices.store import StoredInvoice
from billing.proof.explain import Explanation
from quantities.money import Amount
from quantities.quantity import Magnitude, unit


class TaxOut(BaseModel):
    """One line of the VAT breakdown (BG-23)."""

    category: str
    rate_percent: Magnitude
    reason: str
    taxable: Amount
    tax: Amount


class CorrectsOut(BaseModel):
    """The invoice whose line an adjustment adjusts."""

    number: str


class LineOut(BaseModel):
    """One line (BG-25)."""

    pos: int
    charge: str
    label: str
    nature: str
    quantity: Magnitude
    unit: str
    unit_code: str
    unit_price: Amount
    net: Amount
    service_from: date
    service_to: date
    tax_point: date
    tax_category: str
    tax_rate_percent: Magnitude
    corrects: CorrectsOut | None
    changes: list[dict[str, Any]]
    dimensions: dict[str, str]
    allocation: dict[str, str]
    payees: dict[str, str]
    tax_code: str
    revenue_account: str


class HeldApartOut(BaseModel):
    """What an accepted dispute leaves out of an invoice until it is settled."""

    dispute: int
    charge: str
    period_from: date
    period_to: date
    net: Amount


class InvoiceHead(BaseModel):
    """An invoice without its lines."""

    number: str
    kind: str
    state: str
    contract: str
    supplier: str
    customer: str
    period_from: date
    period_to: date
    issued_on: date | None
    due_on: date | None
    currency: str
    net: Amount
    vat: Amount
    gross: Amount
    held_apart: Annotated[
        list[HeldApartOut], Field(exclude_if=lambda apart: not apart)
    ] = []  # left out if there is none


class InvoiceOut(InvoiceHead):
    """An invoice with its lines, its VAT breakdown, and the record of everything it was computed from."""

    lines: list[LineOut]
    taxes: list[TaxOut]
    inputs: dict[str, Any]


class OpenedReadingOut(BaseModel):
    """A reading that a line rests on; for an adjustment, with what was billed before."""

    register_key: str
    start: datetime
    end: datetime
    value: Magnitude | None
    quality: str
    batch: int
    source: str
    line: int
    recorded_by: str
    before: Magnitude | None


class ExplanationOut(BaseModel):
    """A line opened down to its readings."""

    invoice: str
    line: LineOut
    clause: dict[str, Any]
    contract_version: int
    watermark: int
    proof: dict[str, Any]
    readings: list[OpenedReadingOut]
    readings_in_all: int
    events: list[dict[str, Any]]


def name_of(billed: StoredInvoice) -> str:
    """Name an invoice by its number, a draft by its key."""
    return billed.row.number or f"draft-{billed.row.id}"


def head(billed: StoredInvoice) -> InvoiceHead:
    """Show an invoice without its lines."""
    row, inputs = billed.row, billed.row.inputs
    return InvoiceHead(
        number=name_of(billed),
        kind=billed.row.kind,
        state="draft" if row.sequence is None else "issued",
        contract=inputs["contract"],
        supplier=inputs["supplier"]["name"],
        customer=inputs["customer"]["name"],
        period_from=row.first,
        period_to=row.after_last - timedelta(days=1),
        issued_on=row.issued_on,
        due_on=row.due_on,
        currency=row.currency,
        net=row.net,
        vat=row.vat,
        gross=row.gross,
        held_apart=[
            HeldApartOut(
                dispute=apart["dispute"],
                charge=apart["charge"],
                period_from=date.fromisoformat(apart["first"]),
                period_to=date.fromisoformat(apart["after_last"]) - timedelta(days=1),
                net=Decimal(apart["net"]),
            )
            for apart in inputs.get("held_apart", ())
        ],
    )


def whole(billed: StoredInvoice) -> InvoiceOut:
    """Show an invoice with everything it has."""
    groups = total(billed.lines, billed.row.currency).groups
    return InvoiceOut(
        **head(billed).model_dump(),
        lines=[line_out(pos, line) for pos, line in enumerate(billed.lines, start=1)],
        taxes=[
            TaxOut(
                category=group.tax.category.value,
                rate_percent=group.tax.rate,
                reason=group.tax.reason,
                taxable=group.taxable,
                tax=group.amount,
            )
            for group in groups
        ],
        inputs=billed.row.inputs,
    )


def line_out(pos: int, line: Line) -> LineOut:
    """Show a line."""
    return LineOut(
        pos=pos,
        charge=line.charge,
        label=line.label,
        nature=line.nature.value,
        quantity=line.quantity,
        unit=line.unit,
        unit_code=unit(line.unit).code,
        unit_price=line.unit_price,
        net=line.net,
        service_from=line.service_first,
        service_to=line.service_after_last - timedelta(days=1),
        tax_point=line.tax_point,
        tax_category=line.tax.category.value,
        tax_rate_percent=line.tax.rate,
        corrects=CorrectsOut(number=line.corrects.number) if line.corrects else None,
        changes=list(line.proof.get("changes", [])),
        dimensions=dict(line.dimensions),
        allocation=dict(line.allocation),
        payees=dict(line.payees),
        tax_code=line.tax_code,
        revenue_account=line.revenue_account,
    )


def opened(explanation: Explanation) -> ExplanationOut:
    """Show a line opened to its readings."""
    return ExplanationOut(
        invoice=explanation.invoice,
        line=line_out(explanation.pos, explanation.line),
        clause=explanation.clause,
        contract_version=explanation.version,
        watermark=explanation.watermark,
        proof=dict(explanation.line.proof),
        readings=[
            OpenedReadingOut(
                register_key=each.register,
                start=each.start,
                end=each.end,
                value=each.value,
                quality=each.quality.name.lower(),
                batch=each.batch,
                source=each.source,
                line=each.line,
                recorded_by=each.recorded_by,
                before=each.before,
            )
            for each in explanation.readings
        ],
        readings_in_all=explanation.count,
        events=[{name: str(value) for name, value in event.items()} for event in explanation.events],
    )
