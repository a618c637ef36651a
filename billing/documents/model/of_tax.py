"""The taxes of a document as its reader gets them (BG-23): with the reason, or its code, where none is charged."""

from collections.abc import Sequence

from billing.documents.model.business_document import TaxInOtherCurrency, TaxOfRate, TaxPartOfRate
from billing.documents.words.words import Words
from billing.invoices.document_tax import tax_by_part, totals_of
from billing.invoices.invoice import Line
from billing.records.inputs import DeclaredVat, DocumentTax
from billing.tax.tax import Tax, TaxCategory, TaxGroup

#: The categories of which EN 16931 wants a reason or its code (BR-E-10, BR-AE-10, BR-IC-10, BR-G-10, BR-O-10).
REASONED = frozenset(
    {
        TaxCategory.EXEMPT,
        TaxCategory.REVERSE_CHARGE,
        TaxCategory.INTRA_COMMUNITY,
        TaxCategory.EXPORT,
        TaxCategory.OUT_OF_SCOPE,
    }
)


def taxes_of(lines: Sequence[Line], currency: str, noted: DocumentTax | None, words: Words) -> tuple[TaxOfRate, ...]:
    """List the taxes of a document by category and rate, as they were computed when it was made."""
    return tuple(_of_group(group, lines, currency, words) for group in totals_of(lines, currency, noted).groups)


def _of_group(group: TaxGroup, lines: Sequence[Line], currency: str, words: Words) -> TaxOfRate:
    codes = [
        line.proof.tax.code
        for line in lines
        if line.tax.group == group.tax.group and line.proof.tax is not None and line.proof.tax.code
    ]
    return TaxOfRate(
        category=group.tax.category,
        rate=None if group.tax.category is TaxCategory.OUT_OF_SCOPE else group.tax.rate,
        taxable=group.taxable,
        tax=group.amount,
        reason=reason_in_document(group.tax, words),
        reason_code=codes[-1] if codes else "",
        parts=tuple(TaxPartOfRate(name, amount) for name, amount in tax_by_part(group, lines, currency).items()),
    )


def reason_in_document(tax: Tax, words: Words) -> str:
    """Say why no tax is charged: as the law has it, else by the category; nothing where one is charged."""
    if tax.reason or tax.category not in REASONED:
        return tax.reason
    match tax.category:
        case TaxCategory.EXEMPT:
            return words.text("Exempt from tax")
        case TaxCategory.REVERSE_CHARGE:
            return words.text("Reverse charge")
        case TaxCategory.INTRA_COMMUNITY:
            return words.text("Intra-community supply")
        case TaxCategory.EXPORT:
            return words.text("Export")
        case _:
            return words.text("Outside the scope of VAT")


def tax_elsewhere(declared: DeclaredVat | None) -> TaxInOtherCurrency | None:
    """Show the tax in the currency in which it is declared; None where that is the document's."""
    if declared is None:
        return None
    rates = tuple((rate.month, rate.index, rate.value, rate.per_unit) for rate in declared.rates)
    return TaxInOtherCurrency(declared.currency, declared.vat, rates)
