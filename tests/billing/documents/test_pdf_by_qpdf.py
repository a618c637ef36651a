"""PDFs as qpdf reads them, by pikepdf: another program than what writes them, and than pypdf, which the other tests read by.

qpdf is no validator of PDF/A. It finds what is wrong with a file's structure; what of ISO 19005-3 is read off here is what
other readers of ours do not see: that marked content closes, and that each sign which is printed is in its font's set.
"""

from collections.abc import Iterator
from dataclasses import replace
from io import BytesIO
from typing import Any

import pikepdf
import pytest

from billing.documents.einvoice.einvoice import write_xml
from billing.documents.einvoice.zugferd import with_xml_within
from billing.documents.invoice_pdf import InvoicePdf
from contracts.invoicing import InvoiceForm, Language
from tests.billing.documents.model.made import invoice
from tests.billing.documents.model.made_more import ALL

_SHOWS = {"Tj", "TJ"}


def faults_of(content: bytes) -> list[str]:
    """Say what of a file is not as ISO 32000 or ISO 19005-3 has it."""
    with pikepdf.open(BytesIO(content)) as pdf:
        said = [*pdf.check_pdf_syntax(), *_of_catalogue(pdf)]
        for page in pdf.pages:
            said += _of_page(page)
    return said


def _of_catalogue(pdf: pikepdf.Pdf) -> Iterator[str]:
    if pdf.is_encrypted:
        yield "6.1.3: it is encrypted"
    with pdf.open_metadata() as metadata:
        if metadata.pdfa_status != "3B":
            yield f"6.6.4: it claims {metadata.pdfa_status}"
    intents = [intent for intent in pdf.Root.get("/OutputIntents", []) if intent.S == "/GTS_PDFA1"]
    if not intents or any("/DestOutputProfile" not in intent for intent in intents):
        yield "6.2.3: no profile of the output"
    for name, file in pdf.attachments.items():
        if "/AFRelationship" not in file.obj:
            yield f"6.8: {name} has no relationship"


def _of_page(page: pikepdf.Page) -> Iterator[str]:
    fonts = dict(page.Resources.get("/Font", {}).items())
    printed: dict[str, set[int]] = {}
    depth, font = 0, ""
    for instruction in pikepdf.parse_content_stream(page):
        operands = instruction.operands
        match str(instruction.operator):
            case "BDC" | "BMC":
                depth += 1
            case "EMC":
                depth -= 1
            case "Tf":
                font = str(operands[0])
            case shows if shows in _SHOWS:
                printed.setdefault(font, set()).update(_cids(operands[0]))
        if depth < 0:
            yield "6.7: marked content ends that never began"
    if depth:
        yield f"6.7: {depth} of its marked contents never end"
    for name, cids in printed.items():
        yield from _of_font(name, fonts[name], cids)


def _cids(shown: Any) -> Iterator[int]:
    for text in [shown] if isinstance(shown, pikepdf.String) else shown:
        if isinstance(text, pikepdf.String):
            raw = bytes(text)
            yield from (int.from_bytes(raw[at : at + 2], "big") for at in range(0, len(raw), 2))


def _of_font(name: str, font: Any, cids: set[int]) -> Iterator[str]:
    described = font.DescendantFonts[0].FontDescriptor
    if not {"/FontFile2", "/FontFile3"} & {*described.keys()}:
        yield f"6.2.11.4.1: {name} is not embedded"
    if "/ToUnicode" not in font:
        yield f"6.2.11.7: {name} does not say which letters its signs are"
    listed = described.CIDSet.read_bytes() if "/CIDSet" in described else None
    if listed is not None:
        missing = [cid for cid in cids if cid // 8 >= len(listed) or not listed[cid // 8] >> (7 - cid % 8) & 1]
        if missing:
            yield f"6.2.11.4.2: {name} prints {missing[:5]}, and its set does not list them"


def zugferd(language: Language) -> bytes:
    document = invoice(language=language)
    return with_xml_within(document, write_xml(document, InvoiceForm.ZUGFERD))


@pytest.mark.long
@pytest.mark.parametrize("language", Language)
@pytest.mark.parametrize("name", ALL)
def test_qpdf_finds_nothing_in_a_pdf(name: str, language: Language) -> None:
    assert faults_of(InvoicePdf().render(replace(ALL[name], language=language))) == []


@pytest.mark.long
@pytest.mark.parametrize("language", Language)
def test_nor_in_a_zugferd_which_is_updated_after_it_was_laid_out(language: Language) -> None:
    assert faults_of(zugferd(language)) == []


@pytest.mark.long
def test_what_is_spoilt_is_found() -> None:
    """Each of these is a fault that the checks above are for."""
    content = zugferd(Language.GERMAN)
    with pikepdf.open(BytesIO(content)) as pdf:
        page = pdf.pages[0]
        font = next(iter(page.Resources.Font.values())).DescendantFonts[0].FontDescriptor
        font.CIDSet = pdf.make_stream(b"\x00")
        page.Contents = pdf.make_stream(page.Contents.read_bytes().replace(b"EMC", b"   ", 1))
        del pdf.Root.OutputIntents
        written = BytesIO()
        pdf.save(written)
    rules = {fault.partition(":")[0] for fault in faults_of(written.getvalue())}
    assert {"6.2.3", "6.7", "6.2.11.4.2"} <= rules
    at = content.rindex(b"startxref")
    assert faults_of(content[:at] + b"startxref\n7\n%%EOF\n")
