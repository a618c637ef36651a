"""What of documents between the supplier and its payees is shown, at either door."""

from datetime import date, timedelta
from typing import Annotated

from pydantic import BaseModel, Field

from billing.documents.payee_views import LegTaxOut
from billing.records.document_type import DocumentRules
from billing.records.payee_document import PayeeDocumentLine
from billing.records.record import Shown
from billing.sources.shipped import decision_of_token
from billing.tables import PayeeDocumentRow
from contracts.parties import Party
from contracts.taxed import TaxPaper
from quantities.money import Amount
from quantities.quantity import Magnitude


class PayeeDocumentHead(BaseModel):
    """A document between the supplier and a payee, without its lines; `leg` is what is sold on it.

    `document_type` is by UNTDID 1001: 389 and 261 in the payee's name, 380, 381 and 384 of a commission.
    """

    number: str
    leg: str
    document_type: str
    payee: str
    seller: str
    buyer: str
    made_out_by: str
    contract: str
    issued_on: date
    due_on: date
    corrects: list[str]
    currency: str
    net: Amount
    vat: Amount
    gross: Amount
    voided_on: Annotated[
        date | None,
        Field(exclude_if=lambda day: day is None, description="Since when it is void, with the customer's document."),
    ] = None


class PayeeDocumentLineOut(BaseModel):
    """What of a line of a customer's document is sold: `invoice` and `pos` name that line.

    `tax_rule` and `tax_rate` are the rows of the law that decided its tax; empty where it is outside of it.
    """

    pos: int
    invoice: str
    invoice_pos: int
    charge: str
    label: str
    nature: str
    service_from: date
    service_to: date
    tax_point: date
    tax_category: str
    tax_rate_percent: Magnitude
    tax_reason: str
    tax_rule: str
    tax_rate: str
    net: Amount
    corrects: str | None


class PayeeDocumentOut(PayeeDocumentHead):
    """A document between the supplier and a payee, with its parties, rules, lines and taxes.

    `agreements` let the supplier write it; `takes_back` is what it takes back wholly, `replaces` what it bills anew.
    """

    seller_party: Party
    buyer_party: Party
    agreements: list[TaxPaper]
    rules: Shown[DocumentRules]
    takes_back: str | None
    replaces: str | None
    lines: list[PayeeDocumentLineOut]
    taxes: list[LegTaxOut]


def payee_document_head(row: PayeeDocumentRow) -> PayeeDocumentHead:
    """Show a document without its lines."""
    content = row.content
    return PayeeDocumentHead(
        number=row.number,
        leg=row.leg,
        document_type=row.document_type,
        payee=content.payee,
        seller=content.seller.name,
        buyer=content.buyer.name,
        made_out_by=content.made_out_by,
        contract=content.contract,
        issued_on=row.issued_on,
        due_on=row.due_on,
        corrects=list(content.corrected),
        currency=row.currency,
        net=row.net,
        vat=row.vat,
        gross=row.gross,
        voided_on=row.voided_on,
    )


def payee_document_out(row: PayeeDocumentRow) -> PayeeDocumentOut:
    """Show a document with its lines."""
    content = row.content
    return PayeeDocumentOut(
        **dict(payee_document_head(row)),
        seller_party=content.seller,
        buyer_party=content.buyer,
        agreements=list(content.agreements),
        rules=content.documents,
        takes_back=content.takes_back,
        replaces=content.replaces,
        lines=[_line(pos, line) for pos, line in enumerate(content.lines, start=1)],
        taxes=[
            LegTaxOut(
                category=group.category,
                rate_percent=group.rate_percent,
                reason=group.reason,
                taxable=group.taxable,
                tax=group.tax,
            )
            for group in content.taxes
        ],
    )


def _line(pos: int, line: PayeeDocumentLine) -> PayeeDocumentLineOut:
    decision = None if line.law is None else decision_of_token(line.law.answer)
    return PayeeDocumentLineOut(
        pos=pos,
        invoice=line.number,
        invoice_pos=line.pos,
        charge=line.charge,
        label=line.label,
        nature=line.nature,
        service_from=line.service.first,
        service_to=line.service.after_last - timedelta(days=1),
        tax_point=line.tax_point,
        tax_category=line.category,
        tax_rate_percent=line.rate_percent,
        tax_reason=line.reason,
        tax_rule="" if decision is None else decision.rule,
        tax_rate="" if decision is None else decision.rate,
        net=line.net,
        corrects=line.corrects,
    )
