"""Documents a second of one core, and the share of each stage; data differ each time: no compiler remembers them.

    python benchmarks/documents.py [COUNT] [SEED]

Part 1, the PDF: an invoice of 24 lines with its codes and annexes, from its business document, as PDF/A-3b and
PDF/UA-1, against bare typst: the very texts of it, written out as the source of one document without any look, with its
lines and its annexes as plain tables, compiled by the same compiler to the same standards. By turns. Goal: 0.9.

Part 2, a ZUGFeRD: a chart of 31 days, the CII of 24 lines, its validation, the PDF with the chart, and the XML within
it, one after the other as a billing run would; and each by itself. Goal: 8 a second. Then each form of e-invoice.

Milliseconds are of a core (user and system, all threads). Saxon, the schemas and the renderer of charts are started
before, and have made some documents: the renderer's JavaScript is twice as fast by its twentieth chart.
"""

import sys

if __name__ == "__main__":
    sys.path.pop(0)  # this folder: in it, http.py would stand for the library's own

from collections.abc import Callable, Iterator, Sequence
from dataclasses import fields, is_dataclass, replace
from datetime import date, timedelta
from decimal import Decimal
from functools import cache, partial
from io import BytesIO
from os import getloadavg
from random import Random
from time import process_time
from typing import TypeVar

import typst
from pypdf import PdfReader

from billing.documents.charts.usage_chart import UsageRow, usage_chart
from billing.documents.einvoice.einvoice import write_xml
from billing.documents.einvoice.rules.validation import validate
from billing.documents.einvoice.zugferd import with_xml_within
from billing.documents.invoice.layout import laid_out
from billing.documents.invoice.pictures import NO_PICTURES, InvoicePictures
from billing.documents.invoice_pdf import InvoicePdf
from billing.documents.look.fonts import fonts
from billing.documents.look.page import Drawing, Letterhead
from billing.documents.model.business_document import BusinessDocument
from billing.documents.words.words import words_in
from billing.tax.tax import Tax, TaxCategory
from contracts.invoicing import E_INVOICE_FORMS, InvoiceForm
from tests.billing.documents.model.made import AIR, invoice
from tests.billing.documents.model.made_more import two_machines
from tests.billing.documents.random_documents import rounded, summed

LINES = 24
TURNS = 4
Of = TypeVar("Of")
Made = TypeVar("Made")
STANDARD = Tax(TaxCategory.STANDARD, Decimal(19))


def printed(count: int, draw: Random) -> list[BusinessDocument]:
    """Invoices of two machines and 24 lines: no two have a number, a quantity or an amount in common, but by chance."""
    return list(_printed(count, draw))


def _printed(count: int, draw: Random) -> Iterator[BusinessDocument]:
    model = two_machines()
    for _ in range(count):
        number = draw.randint(1, 10**6)
        lines = tuple(
            replace(
                model.lines[pos % 2],
                pos=pos + 1,
                name=f"{model.lines[pos % 2].name} {draw.randint(1, 10**6)}",
                quantity=Decimal(draw.randint(1, 10**7)) / 100,
                net=Decimal(draw.randint(1, 10**7)) / 100,
                reads=(),
                proof_address=f"/v1/invoices/2026-{number:06}/lines/{pos + 1}",
            )
            for pos in range(LINES)
        )
        yield replace(model, number=f"2026-{number:06}", lines=lines, corrections=(), preceding=())


def texts(value: object) -> Iterator[str]:
    """All texts that are printed, in their order."""
    if isinstance(value, str):
        yield value
    elif is_dataclass(value):
        for field in fields(value):
            if field.name != "svg":
                yield from texts(getattr(value, field.name))
    elif isinstance(value, tuple | list):
        for part in value:
            yield from texts(part)


def bare_source(document: BusinessDocument) -> bytes:
    """The same document as somebody would write it by hand: its facts, its lines and annexes as tables, other texts."""
    head, content = laid_out(document, NO_PICTURES)
    lines = _table(
        [(row.pos, " ".join((row.name, *row.details)), row.quantity, row.price, row.net) for row in content.rows],
        "auto, 1fr, 32mm, auto, auto",
    )
    annexes = "".join(
        f"== {_escaped(annex.title)}\n{_table(annex.rows, ', '.join('1fr' for _ in annex.columns))}"
        for annex in content.annexes
    )
    others = replace(content, rows=(), columns=("", "", "", "", ""), annexes=())
    words = "".join(f"{_escaped(text)} \\\n" for text in [*texts(_without_texts(head)), *texts(others)] if text)
    codes = content.payment.codes if content.payment else ()
    pictures = "".join(f'#image(bytes("{_quoted(code.svg)}"), alt: "code", width: 30mm)\n' for code in codes)
    return (
        f'#set document(title: "{document.number}")\n#set page(footer: context counter(page).display())\n'
        f'#set text(font: ("Arimo", "Noto Sans SC"), size: 9pt, lang: "de")\n= {_escaped(head.title)}\n{words}'
        f"{lines}{pictures}{annexes}"
    ).encode()


def _table(rows: Sequence[tuple[str, ...]], columns: str) -> str:
    header = ", ".join(f"[{n}]" for n, _ in enumerate(rows[0], 1))
    cells = "".join(", ".join(f"[{_escaped(cell)}]" for cell in row) + ",\n" for row in rows)
    return f"#table(columns: ({columns}), table.header({header}),\n{cells})\n"


def _without_texts(head: Letterhead) -> Letterhead:
    return replace(head, language="", page_words="", logo=None)


def _escaped(text: str) -> str:
    return "".join(f"\\{sign}" if sign in "\\#$*_@<>[]~`/=+-" else sign for sign in text)


def _quoted(text: str) -> str:
    return text.replace("\\", "\\\\").replace('"', '\\"')


def bare_pdf(source: bytes) -> bytes:
    """Compile a source as our documents are compiled."""
    pdf = _compiler().compile(source, format="pdf", pdf_standards=["a-3b", "ua-1"], timestamp=0)
    if not isinstance(pdf, bytes):
        raise TypeError("a PDF is one file")
    return pdf


@cache
def _compiler() -> typst.Compiler:
    return typst.Compiler(font_paths=fonts(), ignore_system_fonts=True)


def against_bare(count: int, draw: Random) -> None:
    """Part 1, by turns, after a first round that warms both up."""
    ours, bare, of_texts, pages = [], [], [], {"ours": 0, "bare": 0}
    for turn in range(TURNS):
        documents, others = printed(count, draw), [bare_source(document) for document in printed(count, draw)]
        pdfs, took = timed(InvoicePdf().render, documents)
        bare_pdfs, bare_took = timed(bare_pdf, others)
        _, texts_took = timed(lambda document: laid_out(document, NO_PICTURES), printed(count, draw))
        pages = {"ours": _pages(pdfs[-1]), "bare": _pages(bare_pdfs[-1])}
        if turn:
            ours.append(took)
            bare.append(bare_took)
            of_texts.append(texts_took)
    ms, bare_ms, texts_ms = (sum(times) / len(times) for times in (ours, bare, of_texts))
    ratios = ", ".join(f"{b / o:.2f}" for o, b in zip(ours, bare, strict=True))
    print(
        f"PDF of {pages['ours']} pages: {ms:.1f} ms, {1000 / ms:.1f} a second; of it texts and codes {texts_ms:.1f} ms"
    )
    print(f"bare typst, {pages['bare']} pages: {bare_ms:.1f} ms, {1000 / bare_ms:.1f} a second")
    print(f"ratio: {bare_ms / ms:.2f} (goal 0.9); by turns {ratios}")


def _pages(pdf: bytes) -> int:
    return len(PdfReader(BytesIO(pdf)).pages)


def validated(count: int, draw: Random) -> list[BusinessDocument]:
    """Invoices that keep all rules: totals and taxes are of their lines, of which no two are equal."""
    return list(_validated(count, draw))


def _validated(count: int, draw: Random) -> Iterator[BusinessDocument]:
    for _ in range(count):
        lines = []
        for pos in range(1, LINES + 1):
            quantity, price = Decimal(draw.randint(1, 10**6)) / 100, Decimal(draw.randint(1, 10**6)) / 10**5
            net, name = rounded(quantity * price, "EUR"), f"Air {draw.random()}"
            lines.append(replace(AIR, pos=pos, name=name, quantity=quantity, unit_price=price, net=net))
        yield summed(invoice(number=f"2026-{draw.randint(1, 10**6):06}", lines=tuple(lines)), (STANDARD,))


def charted(document: BusinessDocument, draw: Random) -> InvoicePictures:
    """Draw 31 days of use."""
    rows = [
        UsageRow(date(2026, 3, 1) + timedelta(day), Decimal(draw.randint(1, 10**5)) / 10, 24, draw.randint(0, 1))
        for day in range(31)
    ]
    name = f"Meter {document.number}"
    svg = usage_chart(rows, unit="kWh", words=words_in(document.language), of=name)
    return InvoicePictures(charts=(Drawing(svg, name, width_mm=160),))


def timed(work: Callable[[Of], Made], of: Sequence[Of]) -> tuple[list[Made], float]:
    """Do some work with each, and say how many milliseconds of a core one took."""
    begun = process_time()
    made = [work(one) for one in of]
    return made, (process_time() - begun) * 1000 / len(of)


def zugferd(count: int, draw: Random) -> None:
    """Part 2: all stages together, and each by itself, of other documents each time."""
    form = InvoiceForm.ZUGFERD

    def whole(document: BusinessDocument) -> bytes:
        pictures, xml = charted(document, draw), write_xml(document, form)
        if not validate(xml, form).is_clean:
            raise ValueError(document.number)
        return with_xml_within(document, xml, pictures)

    timed(whole, validated(20, draw))
    _, together = timed(whole, validated(count, draw))
    print(f"a ZUGFeRD with a chart: {together:.1f} ms, {1000 / together:.1f} a second (goal 8)")
    documents = validated(count, draw)
    pictures, chart = timed(lambda document: charted(document, draw), documents)
    xml, cii = timed(lambda document: write_xml(document, form), documents)
    _, validation = timed(lambda one: validate(one, form), xml)
    _, pdf = timed(lambda one: InvoicePdf().render(*one), list(zip(documents, pictures, strict=True)))
    others = validated(count, draw)
    drawn = [charted(document, draw) for document in others]
    written = [write_xml(document, form) for document in others]
    _, within = timed(lambda one: with_xml_within(*one), list(zip(others, written, drawn, strict=True)))
    stages = {"chart": chart, "CII": cii, "validation": validation, "PDF": pdf, "embedding": within - pdf}
    print("; ".join(f"{stage} {ms:.1f} ms ({ms / sum(stages.values()):.0%})" for stage, ms in stages.items()))


def each_form(count: int, draw: Random) -> None:
    """Write and validate in each form."""
    for form in E_INVOICE_FORMS:
        documents = validated(count, draw)
        timed(partial(validate, form=form), [write_xml(documents[0], form)])
        xml, writing = timed(partial(write_xml, form=form), documents)
        _, validating = timed(partial(validate, form=form), xml)
        print(f"{form.value:14} written {writing:6.1f} ms, validated {validating:6.1f} ms")


def main(count: int = 60, seed: int = 21) -> None:
    """Measure all parts, and say how busy the machine was."""
    draw = Random(seed)  # noqa: S311 what is written is no secret
    print(f"{count} documents of {LINES} lines a round, seed {seed}, load {getloadavg()[0]:.1f}")
    against_bare(count, draw)
    zugferd(count, draw)
    each_form(count, draw)
    print(f"load {getloadavg()[0]:.1f}")


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
