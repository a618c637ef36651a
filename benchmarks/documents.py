"""Documents a second of one core, with data that differ each time: equal data would measure the compiler's memory.

    python benchmarks/documents.py [COUNT]

Part "PDF": an invoice of two pages, laid out from its business document as PDF/A-3b and PDF/UA-1, against bare typst:
the very texts of it, written out as the source of one document without any look, compiled by the same compiler to the
same standards. By turns, CPU seconds of the process. Goal: 0.9.
"""

import sys
import time
from collections.abc import Iterator
from dataclasses import fields, is_dataclass, replace
from decimal import Decimal
from io import BytesIO

import typst
from pypdf import PdfReader

from billing.documents.invoice.layout import laid_out
from billing.documents.invoice.pictures import NO_PICTURES
from billing.documents.invoice_pdf import InvoicePdf
from billing.documents.look.fonts import fonts
from billing.documents.look.page import Letterhead
from billing.documents.model.business_document import BusinessDocument
from tests.billing.documents.model.made_more import two_machines

COUNT = int(sys.argv[1]) if len(sys.argv) > 1 else 60


def invoices(first: int, count: int) -> Iterator[BusinessDocument]:
    """Invoices of 24 lines on two pages; every one has other numbers, quantities and amounts."""
    model = two_machines()
    for number in range(first, first + count):
        lines = tuple(
            replace(
                model.lines[pos % 2],
                pos=pos + 1,
                name=f"{model.lines[pos % 2].name} {number}-{pos}",
                quantity=Decimal(number * 100 + pos),
                net=Decimal(number * 100 + pos) / 4,
                reads=(),
                proof_address=f"/v1/invoices/2026-{number:06}/lines/{pos + 1}",
            )
            for pos in range(24)
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
    """The same document as somebody would write it by hand: its facts, its lines as a table, its other texts."""
    head, content = laid_out(document, NO_PICTURES)
    rows = "".join(
        f"[{row.pos}], [{_escaped(' '.join((row.name, *row.details)))}], [{_escaped(row.quantity)}], "
        f"[{_escaped(row.price)}], [{_escaped(row.net)}],\n"
        for row in content.rows
    )
    others = replace(content, rows=(), columns=("", "", "", "", ""))
    words = "".join(f"{_escaped(text)} \\\n" for text in [*texts(_without_texts(head)), *texts(others)] if text)
    codes = content.payment.codes if content.payment else ()
    pictures = "".join(f'#image(bytes("{_quoted(code.svg)}"), alt: "code", width: 30mm)\n' for code in codes)
    return (
        f'#set document(title: "{document.number}")\n#set page(footer: context counter(page).display())\n'
        f'#set text(font: ("Arimo", "Noto Sans SC"), size: 9pt, lang: "de")\n= {_escaped(head.title)}\n{words}'
        f"#table(columns: (auto, 1fr, 32mm, auto, auto), table.header([1], [2], [3], [4], [5]),\n{rows})\n{pictures}"
    ).encode()


def _without_texts(head: Letterhead) -> Letterhead:
    return replace(head, language="", page_words="", logo=None)


def _escaped(text: str) -> str:
    return "".join(f"\\{sign}" if sign in "\\#$*_@<>[]~`/=+-" else sign for sign in text)


def _quoted(text: str) -> str:
    return text.replace("\\", "\\\\").replace('"', '\\"')


def timed(kind: str, first: int) -> tuple[float, int]:
    """CPU seconds for one batch, and how many pages its last document has."""
    written, pdf = list(invoices(first, COUNT)), b""
    sources = [bare_source(document) for document in written] if kind == "bare" else []
    document = InvoicePdf()
    began = time.process_time()
    if kind == "bare":
        for source in sources:
            compiler = typst.Compiler(font_paths=fonts(), ignore_system_fonts=True)
            pdf = compiler.compile(source, format="pdf", pdf_standards=["a-3b", "ua-1"], timestamp=0)  # type: ignore[assignment]
    else:
        for invoice in written:
            pdf = document.render(invoice)
    took = time.process_time() - began
    return took, len(PdfReader(BytesIO(pdf)).pages)


def main() -> None:
    """Measure by turns, after a first round that warms both up."""
    ours = bare = 0.0
    pages: dict[str, int] = {}
    for turn in range(4):
        for kind in ("ours", "bare"):
            took, pages[kind] = timed(kind, 1 + turn * COUNT)
            if turn:
                ours, bare = (ours + took, bare) if kind == "ours" else (ours, bare + took)
    count = 3 * COUNT
    print(f"PDF: {count / ours:.1f} a second a core, {pages['ours']} pages")
    print(f"bare typst: {count / bare:.1f} a second a core, {pages['bare']} pages")
    print(f"ratio: {bare / ours:.2f} (goal 0.9)")


if __name__ == "__main__":
    main()
