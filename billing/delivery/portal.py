"""A document as a file for the portal of a customer's purchasing: one row a line, by the lines of their order.

Semicolons, decimal points, UTF-8 with its mark: what spreadsheets in Europe and the imports of portals read alike. A
text that a spreadsheet would take for a formula is preceded by an apostrophe.
"""

import csv
from io import StringIO

from billing.documents.model.business_document import BusinessDocument
from billing.documents.model.business_line import BusinessLine
from billing.exports.table import no_formula
from quantities.number import plain

COLUMNS = (
    "invoice",
    "issued",
    "due",
    "type",
    "currency",
    "supplier",
    "supplier_vat",
    "customer",
    "order",
    "order_line",
    "cost_centre",
    "line",
    "item",
    "description",
    "from",
    "to",
    "quantity",
    "unit",
    "unit_price",
    "price_base",
    "net",
    "vat_rate",
    "corrects",
)


def portal_csv(document: BusinessDocument) -> bytes:
    """Write a document; the sum of ``net`` and the document's allowances is its net amount (BT-109).

    Quantities and prices are unrounded, nets in whole minor units. Allowances and charges of the whole document (BG-20,
    BG-21) are rows without a line number.
    """
    text = StringIO()
    writer = csv.writer(text, delimiter=";", lineterminator="\r\n")
    writer.writerow(COLUMNS)
    for line in document.lines:
        writer.writerow(_no_formula(*_head(document), *_line(document, line)))
    for allowance in document.allowances:
        net = allowance.amount if allowance.is_charge else -allowance.amount
        rate = "" if allowance.tax_rate is None else plain(allowance.tax_rate)
        row = [
            "",
            document.references.cost_centre,
            "",
            "",
            allowance.reason,
            "",
            "",
            "",
            "",
            "",
            "",
            plain(net),
            rate,
            "",
        ]
        writer.writerow(_no_formula(*_head(document), *row))
    return b"\xef\xbb\xbf" + text.getvalue().encode()


def _head(document: BusinessDocument) -> list[str]:
    return [
        document.number,
        "" if document.issued_on is None else document.issued_on.isoformat(),
        "" if document.due_on is None else document.due_on.isoformat(),
        document.document_type.value,
        document.currency,
        document.seller.name,
        document.seller.vat_id,
        document.buyer.name,
        document.references.order,
    ]


def _line(document: BusinessDocument, line: BusinessLine) -> list[str]:
    return [
        line.order_line,
        line.cost_centre or document.references.cost_centre,
        str(line.pos),
        line.buyer_item or line.seller_item,
        " ".join(filter(None, (line.name, line.description))),
        line.service_from.isoformat(),
        line.service_to.isoformat(),
        plain(line.quantity),
        line.unit_code,
        plain(line.unit_price),
        plain(line.price_base),
        plain(line.net),
        "" if line.tax_rate is None else plain(line.tax_rate),
        line.corrects,
    ]


def _no_formula(*cells: str) -> list[str]:
    return [no_formula(cell) for cell in cells]
