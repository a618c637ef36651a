"""The signs of a credit note: all of a document's amounts turned, as its syntaxes write it."""

from dataclasses import replace

from billing.documents.model.business_document import BusinessDocument, DocumentAllowance
from billing.documents.model.business_line import LineAllowance


def with_signs_of_credit_note(document: BusinessDocument) -> BusinessDocument:
    """Turn the signs of a document: what it gives back is above zero, and an allowance becomes a charge."""
    totals = document.totals
    elsewhere = document.tax_elsewhere
    return replace(
        document,
        lines=tuple(
            replace(
                line,
                quantity=-line.quantity,
                net=-line.net,
                allowances=tuple(_turned_part(part) for part in line.allowances),
            )
            for line in document.lines
        ),
        taxes=tuple(replace(tax, taxable=-tax.taxable, tax=-tax.tax) for tax in document.taxes),
        allowances=tuple(_turned_allowance(part) for part in document.allowances),
        tax_elsewhere=None if elsewhere is None else replace(elsewhere, tax=-elsewhere.tax),
        totals=replace(
            totals,
            lines=-totals.lines,
            net=-totals.net,
            tax=-totals.tax,
            gross=-totals.gross,
            payable=-totals.payable,
            allowances=totals.charges,
            charges=totals.allowances,
            paid=-totals.paid,
            rounding=-totals.rounding,
            withheld=-totals.withheld,
        ),
    )


def _turned_part(part: LineAllowance) -> LineAllowance:
    return replace(part, is_charge=not part.is_charge, reason_code="")  # the lists of both have no code in common


def _turned_allowance(part: DocumentAllowance) -> DocumentAllowance:
    return replace(part, is_charge=not part.is_charge, reason_code="")
