"""What of payees is shown, at either door: who they are, their statements, and the legs of an invoice."""

from collections.abc import Mapping
from datetime import date, timedelta
from typing import Annotated, TypeAlias

from pydantic import BaseModel, Field

from billing.invoices.store import StoredInvoice
from billing.payees.legs import Payable, SaleLeg, SharedSale
from billing.payees.statement import KnownPayee, PayeeLine, PayeeStatement, PayeeTotals
from quantities.money import Amount
from quantities.quantity import Magnitude


class KnownPayeeOut(BaseModel):
    """Somebody who has a part of issued lines, in one currency; `share` is all of its parts, without tax."""

    name: str
    currency: str
    lines: int
    share: Amount


class PayeeLineOut(BaseModel):
    """An issued line of which a payee has a part: `net` is the line's, `others` what other payees have of it."""

    supplier: str
    number: str
    issued_on: date
    pos: int
    contract: str
    charge: str
    label: str
    service_from: date
    service_to: date
    corrects: str | None
    currency: str
    net: Amount
    share: Amount
    commission: Amount
    others: Amount


class PayeeTotalsOut(BaseModel):
    """What a payee's lines of one currency come to."""

    currency: str
    lines: int
    net: Amount
    share: Amount
    commission: Amount


class PayeeStatementOut(BaseModel):
    """What a payee has of the documents issued on some days; without them, of all."""

    payee: str
    issued_from: date | None
    issued_to: date | None
    lines: list[PayeeLineOut]
    totals: list[PayeeTotalsOut]


class LegTaxOut(BaseModel):
    """A line of a leg's tax breakdown."""

    category: str
    rate_percent: Magnitude
    reason: str
    taxable: Amount
    tax: Amount


class LegOut(BaseModel):
    """One sale between two parties, which one document says; `document_type` is by UNTDID 1001.

    `documents` are the numbers of those that were issued for it between the supplier and a payee.
    """

    kind: str
    seller: str
    buyer: str
    made_out_by: str
    document_type: str
    net: Amount
    vat: Amount
    gross: Amount
    taxes: list[LegTaxOut]
    documents: list[str] = []


class PayableOut(BaseModel):
    """What a payee is owed for an invoice."""

    payee: str
    net: Amount
    vat: Amount
    gross: Amount


class SharedSaleOut(BaseModel):
    """The legs of an invoice: its net is what payees are owed and the supplier's own commission."""

    number: str
    currency: str
    sold_in: str
    revenue_is: str
    net: Amount
    commission: Amount
    revenue: Amount
    cost: Amount
    legs: list[LegOut]
    payables: list[PayableOut]
    voided_on: Annotated[
        date | None,
        Field(exclude_if=lambda day: day is None, description="Since when the invoice is void: nothing of it is owed."),
    ] = None


def known_payee_out(known: KnownPayee) -> KnownPayeeOut:
    """Show a payee."""
    return KnownPayeeOut(name=known.name, currency=known.currency, lines=known.lines, share=known.share)


def payee_statement_out(statement: PayeeStatement) -> PayeeStatementOut:
    """Show the statement of a payee."""
    return PayeeStatementOut(
        payee=statement.payee,
        issued_from=statement.issued_from,
        issued_to=statement.issued_to,
        lines=[_line(line) for line in statement.lines],
        totals=[_totals(totals) for totals in statement.totals],
    )


def _line(line: PayeeLine) -> PayeeLineOut:
    return PayeeLineOut(
        supplier=line.supplier,
        number=line.number,
        issued_on=line.issued_on,
        pos=line.pos,
        contract=line.contract,
        charge=line.charge,
        label=line.label,
        service_from=line.first,
        service_to=line.after_last - timedelta(days=1),
        corrects=line.corrects,
        currency=line.currency,
        net=line.net,
        share=line.share,
        commission=line.commission,
        others=line.others,
    )


def _totals(totals: PayeeTotals) -> PayeeTotalsOut:
    return PayeeTotalsOut(
        currency=totals.currency,
        lines=totals.lines,
        net=totals.net,
        share=totals.share,
        commission=totals.commission,
    )


#: The numbers of issued documents, by what is sold, seller and buyer.
NumbersOfLegs: TypeAlias = Mapping[tuple[str, str, str], list[str]]


def shared_sale_out(invoice: StoredInvoice, sale: SharedSale, numbers: NumbersOfLegs) -> SharedSaleOut:
    """Show the legs of an invoice, with the numbers of the documents that were issued for them."""
    return SharedSaleOut(
        number=invoice.name,
        currency=invoice.row.currency,
        voided_on=invoice.row.voided_on,
        sold_in=sale.sold_in.value,
        revenue_is=sale.revenue.value,
        net=sale.net,
        commission=sale.commission,
        revenue=sale.revenue_amount,
        cost=sale.cost_amount,
        legs=[_leg(leg, numbers.get((leg.kind.value, leg.seller, leg.buyer), [])) for leg in sale.legs],
        payables=[_payable(name, payable) for name, payable in sale.payables.items()],
    )


def _leg(leg: SaleLeg, numbers: list[str]) -> LegOut:
    totals = leg.totals
    return LegOut(
        kind=leg.kind.value,
        seller=leg.seller,
        buyer=leg.buyer,
        made_out_by=leg.made_out_by,
        document_type=leg.document_type.value,
        net=totals.net,
        vat=totals.vat,
        gross=totals.gross,
        taxes=[
            LegTaxOut(
                category=group.tax.category.value,
                rate_percent=group.tax.rate,
                reason=group.tax.reason,
                taxable=group.taxable,
                tax=group.amount,
            )
            for group in totals.groups
        ],
        documents=numbers,
    )


def _payable(name: str, payable: Payable) -> PayableOut:
    return PayableOut(payee=name, net=payable.net, vat=payable.vat, gross=payable.gross)
