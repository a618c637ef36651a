"""What stands below the name of a line: its part, its days, its reads, its price's index, what was taken off."""

from collections.abc import Iterator
from decimal import Decimal

from billing.documents.invoice.register_words import read_sentences
from billing.documents.invoice.speech import Speech
from billing.documents.model.business_document import BusinessDocument
from billing.documents.model.business_line import BusinessLine, IndexedPrice, LineAllowance
from billing.documents.words.units import quantity_in_words
from billing.documents.words.words import Words
from billing.documents.words.written_numbers import in_numbers
from quantities.money import Money


def price_of(line: BusinessLine, speech: Speech) -> str:
    """Write the unit price with all its decimals, and for how many units it is where that is not one."""
    price = speech.words.amount(line.unit_price, speech.currency)
    if line.price_base == 1:
        return price
    base = quantity_in_words(speech.words, line.price_base, line.unit)
    return speech.text("{price} per {base}", price=price, base=base)


def details_of(
    line: BusinessLine, document: BusinessDocument, speech: Speech, *, with_reads: bool = True
) -> tuple[str, ...]:
    """All that is said of a line below its name, a sentence each.

    Args:
        line: which.
        document: of it.
        speech: of the document.
        with_reads: whether its reads are written out; not where they stand at the line above.
    """
    sentences = _details(line, document, speech, with_reads=with_reads)
    return tuple(sentence for sentence in sentences if sentence)


def _details(line: BusinessLine, document: BusinessDocument, speech: Speech, *, with_reads: bool) -> Iterator[str]:
    yield line.description
    billed = (document.billed_from or document.period_from, document.billed_to or document.period_to)
    if (line.service_from, line.service_to) != billed:
        yield days_of(line, speech)
    if line.reads and with_reads:
        yield from read_sentences(line, speech)
        yield from _usage(line, speech)
    elif not line.reads:
        yield from (f"{attribute.name}: {attribute.value}" for attribute in line.attributes)
    if line.index is not None:
        yield from _index(line.index, speech)
    if not _is_product(line, document.currency):
        yield in_numbers(line.sum_words, speech.words)
    yield from (_allowance(allowance, speech) for allowance in line.allowances)
    if line.gross is not None:
        yield speech.text("with tax {amount}", amount=speech.money(line.gross))
    yield line.note
    yield from _references(line, speech)
    if len(document.taxes) > 1:
        rate = speech.percent(line.tax_rate or Decimal(0))
        yield speech.text("Tax {rate} ({category})", rate=rate, category=line.tax_category.value)


def _usage(line: BusinessLine, speech: Speech) -> Iterator[str]:
    """Say how registers came to the use, unless a conversion beside the reads says it already."""
    if line.usage_sentences:
        yield from line.usage_sentences
    elif not any(reads.conversion is not None and reads.conversion.agreed_from is not None for reads in line.reads):
        yield in_numbers(line.usage_words, speech.words)


def days_of(line: BusinessLine, speech: Speech) -> str:
    """Write the days of a line."""
    return speech.words.days(line.service_from, line.service_to)


def _is_product(line: BusinessLine, currency: str) -> bool:
    """Whether quantity × price is the amount, so that the line shows its calculation already."""
    product = Money(line.quantity * line.unit_price / line.price_base, currency).rounded().amount
    return product == line.net and not line.allowances


def _index(index: IndexedPrice, speech: Speech) -> Iterator[str]:
    words = speech.words
    factor = words.number(index.factor)
    if index.base_price is None:
        yield speech.text("Indexed: agreed prices × {factor}", factor=factor)
    else:
        base = speech.unturned(index.base_price)
        yield speech.text("Indexed: agreed price {base} × {factor}", base=base, factor=factor)
    if index.calculation:
        yield in_numbers(index.calculation, speech.words)
    yield ", ".join(
        f"{_of_month(name, month, words)}: {words.number(value)}"
        + (f" ({speech.text('provisional')})" if provisional else "")
        for name, month, value, provisional in index.values
    )


def _of_month(name: str, month: str, words: Words) -> str:
    """Name an index with the month of its value; a base that was agreed as a number has none."""
    return f"{name} {words.month(month)}" if month else name


def _allowance(allowance: LineAllowance, speech: Speech) -> str:
    amount = speech.money(allowance.amount if allowance.is_charge else -allowance.amount)
    kind = speech.text("Charge") if allowance.is_charge else speech.text("Allowance")
    percent = f" {speech.percent(allowance.percent)}" if allowance.percent is not None else ""
    base = f" {speech.text('of {amount}', amount=speech.money(allowance.base))}" if allowance.base is not None else ""
    reason = f", {allowance.reason}" if allowance.reason else ""
    return f"{kind}{percent}{base}{reason}: {amount}"


def _references(line: BusinessLine, speech: Speech) -> Iterator[str]:
    named = [
        (speech.text("Line of your order"), line.order_line),
        (speech.text("Your item"), line.buyer_item),
        (speech.text("Our item"), line.seller_item),
        (speech.text("GTIN"), line.standard_item),
        (speech.text("Cost centre"), line.cost_centre),
    ]
    shown = [f"{name} {value}" for name, value in named if value]
    shown += [speech.text("Classification {code}", code=known.code) for known in line.classifications]
    yield "; ".join(shown)
