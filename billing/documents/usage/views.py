"""The use behind an invoice as it is shown to a program, at either door."""

from pydantic import BaseModel

from billing.documents.usage.daily_usage import UsageOfRegister, UsageStatement
from quantities.quantity import Magnitude


class UsageRowOut(BaseModel):
    """A local day, or an hour by its local time, as ISO 8601 has them: `quantity` is null where nothing was read."""

    start: str
    quantity: Magnitude | None
    readings: int
    estimated: int


class RegisterInInvoiceOut(BaseModel):
    """What one register counted: `lines` are those that rest on it; a `mean` is that of a level, and no sum."""

    register_key: str
    meter: str
    asset: str
    site: str
    unit: str
    mean: bool
    lines: list[int]
    rows: list[UsageRowOut]


class InvoiceUsageOut(BaseModel):
    """The use behind an invoice by local days of its contract's zone, as of the readings that it knew."""

    number: str
    zone: str
    watermark: int
    registers: list[RegisterInInvoiceOut]


def invoice_usage_out(usage: UsageStatement) -> InvoiceUsageOut:
    """Show the use behind an invoice."""
    document = usage.document
    return InvoiceUsageOut(
        number=document.number,
        zone=document.zone,
        watermark=document.watermark,
        registers=[_register(register) for register in usage.registers],
    )


def _register(register: UsageOfRegister) -> RegisterInInvoiceOut:
    return RegisterInInvoiceOut(
        register_key=register.register_key,
        meter=register.meter,
        asset=register.asset,
        site=register.site,
        unit=register.unit,
        mean=register.is_mean,
        lines=list(register.lines),
        rows=[
            UsageRowOut(start=row.start.isoformat(), quantity=row.quantity, readings=row.count, estimated=row.estimated)
            for row in register.rows
        ],
    )
