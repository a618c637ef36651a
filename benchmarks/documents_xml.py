"""E-invoices, embedding and validation: documents a second a core, and the share of each stage.

Documents of 30 lines whose amounts and texts differ each time are written in each form, held to all of its rules, and
put into a PDF of two pages; Saxon and the schemas are compiled before, as in a process that has made one document.

    python benchmarks/documents_xml.py [documents]
"""

import sys

if __name__ == "__main__":
    sys.path.pop(0)  # this folder: in it, http.py would stand for the library's own

from collections.abc import Callable, Iterator
from dataclasses import replace
from decimal import Decimal
from random import Random
from time import perf_counter, process_time

from billing.documents.einvoice.einvoice import write_xml
from billing.documents.einvoice.profile import E_INVOICE_FORMS
from billing.documents.einvoice.rules.validation import validate
from billing.documents.einvoice.zugferd import with_xml_within
from billing.documents.invoice_pdf import InvoicePdf
from billing.documents.model.business_document import BusinessDocument
from billing.tax.tax import Tax, TaxCategory
from contracts.invoicing import InvoiceForm
from tests.billing.documents.model.made import AIR, invoice
from tests.billing.documents.random_documents import rounded, summed

LINES = 30
STANDARD = Tax(TaxCategory.STANDARD, Decimal(19))


def documents(count: int, draw: Random) -> Iterator[BusinessDocument]:
    """Documents of which no two are equal."""
    for number in range(1, count + 1):
        lines = []
        for pos in range(1, LINES + 1):
            quantity, price = Decimal(draw.randint(1, 10**6)) / 100, Decimal(draw.randint(1, 10**6)) / 10**5
            net = rounded(quantity * price, "EUR")
            lines.append(
                replace(AIR, pos=pos, name=f"Air {draw.random()}", quantity=quantity, unit_price=price, net=net)
            )
        yield summed(invoice(number=f"2026-{number:06}", lines=tuple(lines)), (STANDARD,))


def timed(stage: str, work: Callable[[BusinessDocument], object], of: list[BusinessDocument]) -> float:
    """Do some work with each document, and print what it took; milliseconds a document, of a core."""
    work(of[0])
    started, begun = perf_counter(), process_time()
    for document in of:
        work(document)
    taken, busy = (perf_counter() - started) * 1000 / len(of), (process_time() - begun) * 1000 / len(of)
    print(f"{stage:42} {busy:7.1f} ms of a core, {taken:7.1f} ms by the clock")
    return busy


def main(count: int = 50) -> None:
    """Time each form, and all stages of a ZUGFeRD together."""
    of = list(documents(count, Random(21)))  # noqa: S311 what is written is no secret
    for form in E_INVOICE_FORMS:
        timed(f"{form.value}: written", lambda document, form=form: write_xml(document, form), of)  # type: ignore[misc]
        xml = {document.number: write_xml(document, form) for document in of}
        timed(f"{form.value}: validated", lambda document, form=form, xml=xml: validate(xml[document.number], form), of)  # type: ignore[misc]
    form = InvoiceForm.ZUGFERD
    pdfs = {document.number: InvoicePdf().render(document) for document in of}
    xml = {document.number: write_xml(document, form) for document in of}
    parts = {
        "PDF": timed("PDF", lambda document: InvoicePdf().render(document), of),
        "CII": timed("CII", lambda document: write_xml(document, form), of),
        "embedding": timed(
            "embedding", lambda document: with_xml_within(pdfs[document.number], xml[document.number], document), of
        ),
        "validation": timed("validation", lambda document: validate(xml[document.number], form), of),
    }
    whole = sum(parts.values())
    shares = ", ".join(f"{stage} {part / whole:.0%}" for stage, part in parts.items())
    print(f"a ZUGFeRD: {1000 / whole:.1f} a second of a core (goal with a chart: 8); {shares}")


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
