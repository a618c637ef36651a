"""What must hold of what any document says: the rules of EN 16931 on its sums, and that it is what its row is."""

from collections import defaultdict
from collections.abc import Iterator
from decimal import Decimal

from billing.documents.model.business_document import BusinessDocument
from billing.documents.model.business_line import BusinessLine
from billing.documents.model.of_tax import REASONED
from billing.documents.model.payment_reference import payment_reference
from billing.invoices.store import StoredInvoice
from quantities.money import exponent

_NOTHING = Decimal(0)


def faults(model: BusinessDocument) -> Iterator[str]:
    """Say what does not hold of a document by itself."""
    totals, lines = model.totals, model.lines
    sums = {
        "BR-CO-10": (totals.lines, sum((line.net for line in lines), _NOTHING)),
        "BR-CO-11": (totals.allowances, sum((one.amount for one in model.allowances if not one.is_charge), _NOTHING)),
        "BR-CO-12": (totals.charges, sum((one.amount for one in model.allowances if one.is_charge), _NOTHING)),
        "BR-CO-13": (totals.net, totals.lines - totals.allowances + totals.charges),
        "BR-CO-14": (totals.tax, sum((tax.tax for tax in model.taxes), _NOTHING)),
        "BR-CO-15": (totals.gross, totals.net + totals.tax),
        "BR-CO-16": (totals.payable + totals.withheld, totals.gross - totals.paid + totals.rounding),
    }
    yield from (f"{rule}: {stated} is {summed}" for rule, (stated, summed) in sums.items() if stated != summed)
    yield from _of_taxes(model)
    if [line.pos for line in lines] != list(range(1, len(lines) + 1)):
        yield "the lines are not numbered through"
    for line in lines:
        yield from (f"line {line.pos}: {fault}" for fault in _of_line(line, model))
    yield from _of_groups(model)
    if model.state != "draft" and model.payment.reference != payment_reference(model.number):
        yield "another reference"
    if not model.period_from <= model.period_to:
        yield "BR-29"
    if model.delivery.on is None:
        yield "no day of delivery (BT-72)"


def _of_taxes(model: BusinessDocument) -> Iterator[str]:
    bases: dict[tuple[str, Decimal | None], Decimal] = defaultdict(Decimal)
    for line in model.lines:
        bases[line.tax_category.value, line.tax_rate] += line.net
    if bases != {(tax.category.value, tax.rate): tax.taxable for tax in model.taxes}:
        yield f"BR-S-8 and its like: {dict(bases)}"
    for tax in model.taxes:
        if tax.category in REASONED and not (tax.reason or tax.reason_code):
            yield f"BR-{tax.category}-10: no reason"
        if (tax.category.value == "O") is not (tax.rate is None):
            yield f"{tax.category} at {tax.rate}"
        if tax.parts and sum((part.amount for part in tax.parts), _NOTHING) != tax.tax and len(tax.parts) > 1:
            yield f"{tax.parts} are not {tax.tax}"


def _of_line(line: BusinessLine, model: BusinessDocument) -> Iterator[str]:
    if line.unit_price < 0:
        yield f"BR-27: {line.unit_price}"
    if not line.unit_code or not line.name:
        yield "no unit code, or no name"
    cent = Decimal(1).scaleb(-exponent(model.currency))
    if abs(line.quantity * line.unit_price / line.price_base - line.net) > 2 * cent:
        yield f"PEPPOL-EN16931-R120: {line.quantity} × {line.unit_price} is {line.net}"
    if not model.period_from <= line.service_from <= line.service_to <= model.period_to:
        yield "PEPPOL-EN16931-R110, R111: days outside of the document's"
    for reads in line.reads:
        if (reads.opening is None) is not (reads.closing is None):
            yield "one read of two"
    if line.corrects and not line.corrects_on:
        yield f"{line.corrects} has no day"


def _of_groups(model: BusinessDocument) -> Iterator[str]:
    corrected = [(pos, one.number) for one in model.corrections for pos in one.lines]
    if sorted(corrected) != [(line.pos, line.corrects) for line in model.lines if line.corrects]:
        yield "corrections are not those of its lines"
    for one in model.corrections:
        if one.net != sum((model.lines[pos - 1].net for pos in one.lines), _NOTHING):
            yield f"correction of {one.number}: {one.net}"
    positions = [pos for part in model.parts for pos in part.lines]
    if model.parts and positions != [line.pos for line in model.lines]:
        yield "parts are not its lines"
    for part in model.parts:
        if part.net != sum((model.lines[pos - 1].net for pos in part.lines), _NOTHING):
            yield f"part {part.contract}: {part.net}"
    for before in model.preceding:
        if before.issued_on is None:
            yield f"{before.number} has no day (BT-26)"


def faults_against(model: BusinessDocument, stored: StoredInvoice) -> Iterator[str]:
    """Say what does not hold of a document, or is another than its row says."""
    row = stored.row
    stated = {
        "number": (model.number, stored.name),
        "day": (model.issued_on, row.issued_on),
        "net": (model.totals.net, row.net),
        "tax": (model.totals.tax, row.vat),
        "gross": (model.totals.gross, row.gross),
        "payable": (model.totals.payable, stored.payable),
        "lines": ([line.net for line in model.lines], [line.net for line in stored.lines]),
        "corrects": ([one.number for one in model.corrections], list(stored.names)),
    }
    yield from (f"{what}: {said} is not {kept}" for what, (said, kept) in stated.items() if said != kept)
    yield from faults(model)
