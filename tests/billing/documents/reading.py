"""Documents read back as text, as a person sees it."""

import re
from dataclasses import replace
from functools import cache
from io import BytesIO

from lxml import html
from pypdf import PdfReader

from billing.documents.invoice_pdf import InvoicePdf
from contracts.invoicing import Language
from tests.billing.documents.model.made_more import ALL


def text_of_page(page: bytes) -> str:
    """The words of a page, without its style and its drawings."""
    tree = html.fromstring(page.decode())
    for part in tree.xpath("//style | //*[local-name()='svg']"):
        part.getparent().remove(part)
    return "\n".join(filter(None, (text.strip() for text in tree.xpath("//text()"))))


def text_of_pdf(pdf: bytes) -> str:
    """The words of a PDF, page by page."""
    pages = [page.extract_text() for page in PdfReader(BytesIO(pdf)).pages]
    return "\n\f\n".join("\n".join(line.rstrip() for line in page.splitlines()) for page in pages) + "\n"


def squeezed(text: str) -> str:
    """A text without blanks and ends of lines, which a narrow column breaks anywhere."""
    return re.sub(r"\s+", "", text)


@cache
def pdf_of(name: str, language: Language) -> str:
    """The words of the PDF of a made document in a language: reading one takes longer than writing it."""
    return text_of_pdf(InvoicePdf().render(replace(ALL[name], language=language)))
