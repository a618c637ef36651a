"""What the law of its issuer makes of the totals of a document, written down so that they come out so for ever."""

from collections.abc import Sequence
from datetime import date

from billing.invoices.invoice import Line, Totals, total
from billing.records.inputs import DocumentTax
from billing.tax.jurisdiction import TaxRounding
from billing.tax.law_book import LawBook
from contracts.contract import Contract


def totalled(lines: Sequence[Line], contract: Contract, on: date, law: LawBook) -> tuple[Totals, DocumentTax | None]:
    """Total the lines of a document as the law of its issuer's country has it.

    Args:
        lines: rounded.
        contract: the version that the document is by.
        on: the last day of its period.
        law: of all places, the tenant's rows first.

    Returns:
        The totals, and what of them no sum of the lines tells; None where there is nothing of it.
    """
    of_issuer = law.documents(contract.supplier.country, on)
    level = TaxRounding.RATE if of_issuer is None else of_issuer.tax_rounding
    totals = total(lines, contract.currency, level)
    noted = DocumentTax(
        rounded_at=None if level is TaxRounding.RATE else level,
        rounding=totals.rounding or None,
    )
    return totals, noted if noted != DocumentTax() else None


def totals_of(lines: Sequence[Line], currency: str, noted: DocumentTax | None) -> Totals:
    """Total the lines of a stored document as they were totalled."""
    return total(lines, currency, (noted or DocumentTax()).level)
