"""What a document comes to: allowances, taxes by rate with their reasons, rounding, what is paid, what is owed."""

from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import Final

from billing.documents.invoice.content import SumRow
from billing.documents.invoice.speech import Speech
from billing.documents.invoice.titles import tax_name
from billing.documents.model.business_document import BusinessDocument, TaxInOtherCurrency, TaxOfRate
from billing.documents.words.words import message
from billing.tax.tax import TaxCategory

#: What a category without tax means, in the reader's words; the words of the law, BT-120, stand behind.
_UNTAXED: Final[Mapping[TaxCategory, str]] = {
    TaxCategory.ZERO: message("Zero-rated"),
    TaxCategory.EXEMPT: message("Exempt from tax"),
    TaxCategory.REVERSE_CHARGE: message("Reverse charge: the customer owes the tax"),
    TaxCategory.INTRA_COMMUNITY: message("Exempt intra-Community supply"),
    TaxCategory.EXPORT: message("Exempt export"),
    TaxCategory.OUT_OF_SCOPE: message("Outside the scope of the tax"),
}

#: The same in the row of the tax, where that is shorter.
_IN_SHORT: Final[Mapping[TaxCategory, str]] = {TaxCategory.REVERSE_CHARGE: message("Reverse charge")}
#: What stands as the reason (BT-120) where the law has no words of its own, and means no more than the category.
_SAME: Final[Mapping[TaxCategory, str]] = {
    TaxCategory.INTRA_COMMUNITY: message("Intra-community supply"),
    TaxCategory.EXPORT: message("Export"),
    TaxCategory.OUT_OF_SCOPE: message("Outside the scope of VAT"),
}


def sums_of(document: BusinessDocument, speech: Speech) -> tuple[SumRow, ...]:
    """Add up a document, from the sum of its lines to what is to be paid; rows that say nothing are left out."""
    return (*_net(document, speech), *_taxes(document, speech), *_payable(document, speech))


def _net(document: BusinessDocument, speech: Speech) -> Iterator[SumRow]:
    totals = document.totals
    if document.allowances:
        yield SumRow(speech.text("Sum of lines"), speech.amount(totals.lines))
    for allowance in document.allowances:
        kind = speech.text("Charge") if allowance.is_charge else speech.text("Allowance")
        amount = allowance.amount if allowance.is_charge else -allowance.amount
        yield SumRow(f"{kind}: {allowance.reason}" if allowance.reason else kind, speech.amount(amount))
    yield SumRow(speech.text("Net total"), speech.amount(totals.net))


def _taxes(document: BusinessDocument, speech: Speech) -> Iterator[SumRow]:
    name = tax_name(document, speech)
    for tax in document.taxes:
        yield SumRow(_tax_row(name, tax, speech), speech.amount(tax.tax))
        for part in tax.parts:
            yield SumRow(speech.text("of it {name}", name=part.name), speech.amount(part.amount), is_part=True)
    gross = speech.amount(document.totals.gross)
    yield SumRow(_with_currency(speech.text("Gross total"), document), gross, is_main=True)
    if document.tax_elsewhere is not None:
        elsewhere = document.tax_elsewhere
        label = speech.text("{tax} in {currency}", tax=name, currency=elsewhere.currency)
        amount = speech.words.amount(speech.signed(elsewhere.tax), elsewhere.currency)
        yield SumRow(f"{label} {_rates(elsewhere, document, speech)}".rstrip(), amount, is_part=True)


def _tax_row(name: str, tax: TaxOfRate, speech: Speech) -> str:
    rate, net = speech.percent(tax.rate or Decimal(0)), speech.amount(tax.taxable)
    if tax.category is TaxCategory.STANDARD:
        return speech.text("{tax} {rate} on {net}", tax=name, rate=rate, net=net)
    category = speech.text(_IN_SHORT.get(tax.category, _UNTAXED[tax.category]))
    return speech.text("{category}: {tax} {rate} on {net}", category=category, tax=name, rate=rate, net=net)


def _rates(elsewhere: TaxInOtherCurrency, document: BusinessDocument, speech: Speech) -> str:
    """Write the rates by which a tax was converted, with their source and month."""
    sentences = []
    for month, series, rate, per_unit in elsewhere.rates:
        one, other = (elsewhere.currency, document.currency) if per_unit else (document.currency, elsewhere.currency)
        day = speech.words.month(month)
        sentences.append(f"1 {one} = {speech.words.number(rate)} {other}, {series}, {day}")
    return f"({'; '.join(sentences)})" if sentences else ""


def _payable(document: BusinessDocument, speech: Speech) -> Iterator[SumRow]:
    totals = document.totals
    rows = [
        (speech.text("Rounding"), totals.rounding),
        (speech.text("Paid already"), -totals.paid),
        (speech.text("Withheld, and paid to the state by the customer"), -totals.withheld),
    ]
    yield from (SumRow(name, speech.amount(amount)) for name, amount in rows if amount)
    yield SumRow(_with_currency(payable_name(document, speech), document), speech.amount(totals.payable), is_main=True)


def payable_name(document: BusinessDocument, speech: Speech) -> str:
    """Name the last amount: what is to be paid, or what is in the customer's favour."""
    if speech.turned:
        return speech.text("To be credited")
    if document.totals.payable < 0:
        return speech.text("In your favour")
    return speech.text("To be paid")


def tax_remarks(document: BusinessDocument, speech: Speech) -> Iterator[str]:
    """Say why there is no tax, in the words of the law (BT-120) and of the reader."""
    for tax in document.taxes:
        if tax.category is TaxCategory.STANDARD:
            if tax.reason:
                yield tax.reason
            continue
        category = speech.text(_UNTAXED[tax.category])
        law = "; ".join(filter(None, (_further(tax, category, speech), tax.reason_code)))
        yield f"{category} ({law})" if law else category


def _further(tax: TaxOfRate, category: str, speech: Speech) -> str:
    """Say of a reason what the category does not say: nothing is said twice in one sentence."""
    english = (_IN_SHORT.get(tax.category, ""), _SAME.get(tax.category, ""), _UNTAXED[tax.category])
    known = [category, *filter(None, english), *(speech.text(text) for text in english if text)]
    rest = tax.reason
    for words in sorted(known, key=len, reverse=True):
        if rest.casefold().startswith(words.casefold()):
            rest = rest[len(words) :].lstrip(",:; ")
            break
    return "" if rest.casefold().startswith("the customer owes") else rest


def _with_currency(name: str, document: BusinessDocument) -> str:
    return f"{name} {document.currency}"
