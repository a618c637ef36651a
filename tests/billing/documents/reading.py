"""Documents read back as text, as a person sees it."""

import re
from io import BytesIO

from lxml import html
from pypdf import PdfReader


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
