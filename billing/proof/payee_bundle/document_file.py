"""What a document between the supplier and a payee says, as a file of its bundle."""

from decimal import Decimal
from typing import Any

from billing.proof.bundle.document_file import NO_ROW, party_file
from billing.records.payee_document import PayeeDocumentLine
from billing.sources.shipped import decision_of_token
from billing.tables import PayeeDocumentRow
from quantities.money import exponent
from quantities.number import plain, trimmed


def payee_document_file(row: PayeeDocumentRow) -> dict[str, Any]:
    """Write down what a document says: its head, its lines, its taxes by rate, its totals; of the customer nothing."""
    content = row.content
    return {
        "number": row.number,
        "type": row.document_type,
        "issued_on": str(row.issued_on),
        "due_on": str(row.due_on),
        "supplier": party_file(content.seller),
        "customer": party_file(content.buyer),
        "made_out_by": content.made_out_by,
        "contracts": [content.contract],
        "agreements": [paper.model_dump(mode="json", by_alias=True) for paper in content.agreements],
        **({} if content.takes_back is None else {"takes_back": content.takes_back}),
        **({} if content.replaces is None else {"replaces": content.replaces}),
        "currency": row.currency,
        "places": exponent(row.currency),
        "tax_rounding": content.level.value,
        "lines": [_line(pos, line) for pos, line in enumerate(content.lines, start=1)],
        "taxes": [
            {
                "category": tax.category,
                "rate": plain(tax.rate_percent),
                "taxable": plain(tax.taxable),
                "amount": plain(tax.tax),
            }
            for tax in content.taxes
        ],
        "totals": {
            "net": plain(row.net),
            "vat": plain(row.vat),
            "gross": plain(row.gross),
            "rounding": "0",
            "withheld": "0",
            "payable": plain(row.gross),
        },
    }


def _line(pos: int, line: PayeeDocumentLine) -> dict[str, Any]:
    """One line: of an amount the quantity is one, or one taken back, as the document says it."""
    return {
        "pos": pos,
        "of": {"document": line.number, "line": line.pos},
        "charge": line.charge,
        "label": line.label,
        "nature": line.nature,
        "quantity": plain(quantity_of(line)),
        "unit": "each",
        "unit_price": plain(abs(line.net)),
        "net": plain(line.net),
        "service": [str(line.service.first), str(line.service.after_last)],
        "tax_point": str(line.tax_point),
        "tax": {"category": line.category, "rate": plain(line.rate_percent), "row": tax_row_of(line)},
        **({} if line.corrects is None else {"corrects": line.corrects}),
    }


def quantity_of(line: PayeeDocumentLine) -> Decimal:
    """One, or one taken back: a price is never below zero (BR-27)."""
    return Decimal(-1 if line.net < 0 else 1)


def tax_row_of(line: PayeeDocumentLine) -> str:
    """Name the row of the law that a line's rate is of, or of the reason why none is charged; with the percent."""
    if line.law is None:
        return NO_ROW
    decision = decision_of_token(line.law.answer)
    return f"{decision.rate or decision.rule} ({plain(trimmed(line.rate_percent))} %)"
