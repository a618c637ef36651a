"""Lines of a document in FA(3): FaWiersz, of a prepayment ZamowienieWiersz, and the reads of registers besides."""

from collections.abc import Iterator
from decimal import Decimal

from lxml import etree

from billing.clearance.ksef.elements import NAME_MAX, SHORT_MAX, amount, day, described, element, optional, price, token
from billing.clearance.ksef.elements import quantity as written_quantity
from billing.clearance.ksef.taxes import rate_of_exchange, rate_of_form
from billing.documents.model.business_document import BusinessDocument, DocumentAllowance
from billing.documents.model.business_line import BusinessLine
from quantities.number import EXACT, plain

_RATE_OF_EXCHANGE_PLACES = 6


def rows(document: BusinessDocument) -> Iterator[etree._Element]:
    """Write each line, and after them each allowance or charge of the whole document as a line of its own.

    Of a correction these are the differences, with their signs.
    """
    for number, line in enumerate(document.lines, start=1):
        yield _row(document, number, line)
    for number, allowance in enumerate(document.allowances, start=len(document.lines) + 1):
        yield _row_of_allowance(document, number, allowance)


def order(document: BusinessDocument) -> etree._Element:
    """Write what a prepayment is for: the order with its lines (Ustawa o VAT Art. 106f (1) 4)."""
    written = []
    for number, line in enumerate(document.lines, start=1):
        place = rate_of_form(line.tax_category, line.tax_rate, document.buyer.address.country)
        parts = (
            element("NrWierszaZam", str(number)),
            element("P_7Z", _name(line)),
            optional("P_8AZ", token(line.unit)),
            element("P_8BZ", written_quantity(line.quantity)),
            element("P_9AZ", price(_unit_price(line))),
            element("P_11NettoZ", amount(line.net)),
            element("P_11VatZ", amount(_tax_of(document, line))),
            element("P_12Z", place.code),
        )
        written.append(element("ZamowienieWiersz", *parts))
    return element("Zamowienie", element("WartoscZamowienia", amount(document.totals.gross)), *written)


def additional(document: BusinessDocument) -> Iterator[etree._Element]:
    """Write the reads of each line, its service days, and the customer's own references."""
    for key, value in (
        ("Referencja nabywcy", document.references.buyer_reference),
        ("Projekt", document.references.project),
        ("Miejsce powstawania kosztów", document.references.cost_centre),
    ):
        yield from described(key, value)
    for number, line in enumerate(document.lines, start=1):
        yield from described("Okres", f"{line.service_from} - {line.service_to}", number)
        yield from described("Urządzenie", line.object_id, number)
        for attribute in line.attributes:
            yield from described(attribute.name, attribute.value, number)
        if not line.attributes:
            yield from _reads(number, line)


def _reads(number: int, line: BusinessLine) -> Iterator[etree._Element]:
    for reads in line.reads:
        if reads.opening is not None and reads.closing is not None:
            value = (
                f"{plain(reads.opening.value)} → {plain(reads.closing.value)} {reads.unit} × {plain(reads.multiplier)}"
            )
            yield from described(f"Licznik {reads.meter} {reads.register_key}", value, number)


def _row(document: BusinessDocument, number: int, line: BusinessLine) -> etree._Element:
    place = rate_of_form(line.tax_category, line.tax_rate, document.buyer.address.country)
    exchange = rate_of_exchange(document)
    # P_6A only where the document does not state one period for all its lines
    own_day = (
        line.service_to if (line.service_from, line.service_to) != (document.period_from, document.period_to) else None
    )
    parts = (
        element("NrWierszaFa", str(number)),
        None if own_day is None else element("P_6A", day(own_day)),
        element("P_7", _name(line)),
        optional("Indeks", token(line.seller_item, SHORT_MAX)),
        optional("GTIN", token(line.standard_item, 20)),
        optional("P_8A", token(line.unit)),
        element("P_8B", written_quantity(line.quantity)),
        *_worth(line),
        element("P_12", place.code),
        None if exchange is None or not place.tax_field else element("KursWaluty", _exchange(exchange)),
    )
    return element("FaWiersz", *parts)


def _worth(line: BusinessLine) -> Iterator[etree._Element]:
    """Price and value: net, or with tax where the agreed price has it in it (Ustawa o VAT Art. 106e (7))."""
    reductions = sum((one.amount * (-1 if one.is_charge else 1) for one in line.allowances), Decimal(0))
    if line.gross is None:
        yield element("P_9A", price(_unit_price(line)))
    elif line.quantity:
        yield element("P_9B", price(EXACT.divide(line.gross, line.quantity)))
    if reductions:
        yield element("P_10", price(reductions))
    yield element("P_11", amount(line.net)) if line.gross is None else element("P_11A", amount(line.gross))


def _row_of_allowance(document: BusinessDocument, number: int, allowance: DocumentAllowance) -> etree._Element:
    place = rate_of_form(allowance.tax_category, allowance.tax_rate, document.buyer.address.country)
    worth = allowance.amount if allowance.is_charge else -allowance.amount
    return element(
        "FaWiersz",
        element("NrWierszaFa", str(number)),
        element("P_7", token(allowance.reason, NAME_MAX) or ("dopłata" if allowance.is_charge else "rabat")),
        element("P_11", amount(worth)),
        element("P_12", place.code),
    )


def _name(line: BusinessLine) -> str:
    return token(" ".join(part for part in (line.name, line.description) if part), NAME_MAX)


def _unit_price(line: BusinessLine) -> Decimal:
    return EXACT.divide(line.unit_price, line.price_base)


def _tax_of(document: BusinessDocument, line: BusinessLine) -> Decimal:
    """The tax of a line of an order: by itself, for the document has it by rate."""
    if line.gross is not None:
        return line.gross - line.net
    return EXACT.divide(line.net * (line.tax_rate or Decimal(0)), Decimal(100))


def _exchange(rate: Decimal) -> str:
    return written_quantity(rate)
