"""What an archived original says of itself, read off its own bytes: apart from whoever wrote them.

UBL 2.1, CII (also within a PDF) and FA(3) say the number, the day, the currency and the totals at these places. A PDF
alone says them to people.
"""

import re
import zlib
from collections.abc import Callable, Mapping
from datetime import date
from decimal import Decimal, InvalidOperation

from lxml import etree

_PDF = b"%PDF-"
_EMBEDDED = re.compile(rb"/EmbeddedFile\b(?:(?!endobj).){0,2000}?\bstream\r?\n", re.DOTALL)
_TOTALS = "//*[local-name() = 'SpecifiedTradeSettlementHeaderMonetarySummation']"
#: By the root of the XML, where each fact stands.
_PLACES = {
    "Invoice": {
        "number": "/*/*[local-name() = 'ID']",
        "issued_on": "/*/*[local-name() = 'IssueDate']",
        "currency": "/*/*[local-name() = 'DocumentCurrencyCode']",
        "net": "/*/*[local-name() = 'LegalMonetaryTotal']/*[local-name() = 'TaxExclusiveAmount']",
        "gross": "/*/*[local-name() = 'LegalMonetaryTotal']/*[local-name() = 'TaxInclusiveAmount']",
    },
    "CrossIndustryInvoice": {
        "number": "/*/*[local-name() = 'ExchangedDocument']/*[local-name() = 'ID']",
        "issued_on": "/*/*[local-name() = 'ExchangedDocument']/*[local-name() = 'IssueDateTime']/*",
        "currency": "//*[local-name() = 'InvoiceCurrencyCode']",
        "net": f"{_TOTALS}/*[local-name() = 'TaxBasisTotalAmount']",
        "gross": f"{_TOTALS}/*[local-name() = 'GrandTotalAmount']",
    },
    "Faktura": {
        "number": "/*/*[local-name() = 'Fa']/*[local-name() = 'P_2']",
        "issued_on": "/*/*[local-name() = 'Fa']/*[local-name() = 'P_1']",
        "currency": "/*/*[local-name() = 'Fa']/*[local-name() = 'KodWaluty']",
        "gross": "/*/*[local-name() = 'Fa']/*[local-name() = 'P_15']",
    },
}
_PLACES["CreditNote"] = _PLACES["Invoice"]


def facts_of(content: bytes) -> Mapping[str, object]:
    """Read what an original says.

    Returns:
        By name, as far as its syntax says it: ``number`` (BT-1), ``issued_on`` (BT-2, a day), ``currency`` (BT-5),
        ``net`` (BT-109) and ``gross`` (BT-112) without their sign, which a credit note turns. What cannot be read is
        the text that stands there. Nothing of a PDF without XML within, and of what is no e-invoice.
    """
    root = _root(_within_pdf(content) if content.startswith(_PDF) else content)
    if root is None:
        return {}
    places = _PLACES.get(etree.QName(root).localname, {})
    texts = {name: "".join(node.text or "" for node in root.xpath(place)[:1]) for name, place in places.items()}
    return {name: _READ.get(name, str)(text) for name, text in texts.items()}


def _root(xml: bytes) -> etree._Element | None:
    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False)
    try:
        return etree.fromstring(xml, parser) if xml else None
    except etree.XMLSyntaxError:
        return None


def _within_pdf(content: bytes) -> bytes:
    """Take the file out of a PDF of ours: the one stream that is an embedded file."""
    stream = _EMBEDDED.search(content)
    if stream is None:
        return b""
    try:
        return zlib.decompressobj().decompress(content[stream.end() :])
    except zlib.error:
        return b""


def _day(text: str) -> date | str:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return text


def _amount(text: str) -> Decimal | str:
    try:
        return abs(Decimal(text))
    except InvalidOperation:
        return text


_READ: Mapping[str, Callable[[str], object]] = {"issued_on": _day, "net": _amount, "gross": _amount}
