"""What a document says, as a file of the bundle: as its customer sees it, without those who share its price."""

from typing import Any

from billing.invoices.document_tax import tax_by_part, totals_of
from billing.invoices.invoice import Line
from billing.invoices.store import StoredInvoice
from billing.records.inputs import DocumentTax
from billing.tax.tax import OUTSIDE, TaxGroup
from contracts.parties import Party
from quantities.money import exponent, exponent_then
from quantities.number import plain, trimmed

#: Of a line that bears no tax, for it is outside of it.
NO_ROW = "outside of tax"


def document_file(invoice: StoredInvoice) -> dict[str, Any]:
    """Write down what a document says: its head, its lines, its taxes by rate, its totals."""
    row, inputs = invoice.row, invoice.row.inputs
    totals = totals_of(invoice.lines, row.currency, inputs.tax)
    level = "rate" if inputs.tax is None else inputs.tax.level.value
    return {
        "number": row.number,
        "type": row.document_type,
        "issued_on": str(row.issued_on),
        "due_on": str(row.due_on),
        "supplier": party_file(inputs.supplier),
        "customer": party_file(inputs.customer),
        **({} if inputs.made_out_by is None else {"made_out_by": inputs.made_out_by}),
        "contracts": list(invoice.contracts),
        "period": [str(inputs.period.first), str(inputs.period.after_last)],
        "currency": row.currency,
        "places": exponent(row.currency),
        "tax_rounding": level,
        "lines": [
            _line(pos, line, contract)
            for pos, (line, contract) in enumerate(
                ((line, part.row.inputs.contract) for part in invoice.parts for line in part.lines), start=1
            )
        ],
        "taxes": [
            {
                "category": group.tax.category.value,
                "rate": plain(group.tax.rate),
                "taxable": plain(group.taxable),
                "amount": plain(group.amount),
                **_parts_of_tax(group, invoice, row.currency),
            }
            for group in totals.groups
        ],
        **_declared(inputs.tax),
        "totals": {
            "net": plain(row.net),
            "vat": plain(row.vat),
            "gross": plain(row.gross),
            "rounding": plain(totals.rounding),
            "withheld": plain(totals.withheld),
            "payable": plain(invoice.payable),
        },
    }


def party_file(party: Party) -> dict[str, Any]:
    """Write down who a party is, as far as a proof says it."""
    return {"name": party.name, "country": party.country, "vat_id": party.vat_id}


def _line(pos: int, line: Line, contract: str) -> dict[str, Any]:
    """One line; of its proof nothing of who shares it, and nobody's name of what called for it."""
    proof = line.proof.model_copy(update={"sharing": None, "changes": None})
    withheld = line.proof.withholding
    return {
        "pos": pos,
        "contract": contract,
        "charge": line.charge,
        "label": line.label,
        "nature": line.nature.value,
        "quantity": plain(line.quantity),
        "unit": line.unit,
        "unit_price": plain(line.unit_price),
        "net": plain(line.net),
        "service": [str(line.service_first), str(line.service_after_last)],
        "tax_point": str(line.tax_point),
        "tax": {
            "category": line.tax.category.value,
            "rate": plain(line.tax.rate),
            "row": tax_row(line),
            **parts_of_rate(line),
        },
        **({} if line.gross is None else {"gross": plain(line.gross)}),
        **({} if withheld is None else {"withheld_percent": plain(withheld.percent)}),
        **({} if line.corrects is None else {"corrects": line.corrects.number}),
        "proof": proof.model_dump(mode="json", by_alias=True),
    }


def parts_of_rate(line: Line) -> dict[str, Any]:
    """What a rate is the sum of, in order; of a line whose release did not say it none of its parts."""
    proof = line.proof.tax
    if proof is None:
        return {"parts": []}
    parts = proof.parts or {}
    return {"parts": [[name, plain(percent)] for name, percent in parts.items()]} if parts else {}


def _parts_of_tax(group: TaxGroup, invoice: StoredInvoice, currency: str) -> dict[str, Any]:
    """The tax of a rate by what the rate is the sum of."""
    divided = tax_by_part(group, invoice.lines, currency)
    return {"parts": {name: plain(amount) for name, amount in divided.items()}} if divided else {}


def _declared(tax: DocumentTax | None) -> dict[str, Any]:
    """The VAT in the currency in which it is declared (BT-6, BT-111); by which rates ``tables.json`` says."""
    declared = None if tax is None else tax.declared
    if declared is None:
        return {}
    places = exponent_then(declared.currency)
    return {"declared": {"currency": declared.currency, "places": places, "vat": plain(declared.vat)}}


def tax_row(line: Line) -> str:
    """Name the row of the law that a line's rate is of, or of the reason why none is charged; with the percent.

    By the first arithmetics of adjustments what was taken back named the row of what is owed: one row, two percents.
    """
    proof = line.proof.tax
    if proof is None:
        return NO_ROW if line.tax == OUTSIDE else f"as issued: {line.tax.category.value} {plain(line.tax.rate)}"
    return f"{proof.rate or proof.rule} ({plain(trimmed(line.tax.rate))} %)"


def tax_rows(lines: tuple[Line, ...]) -> dict[str, str]:
    """The rows of the law that lines rest on, each with its percent."""
    return {tax_row(line): plain(line.tax.rate) for line in lines}
