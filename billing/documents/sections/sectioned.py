"""A document of sections laid out: the same values as page and as PDF."""

from dataclasses import dataclass
from datetime import date, datetime

from billing.documents.look.html import write_page
from billing.documents.look.page import Letterhead
from billing.documents.look.pdf import write_pdf
from billing.documents.sections.section import Section


@dataclass(frozen=True, slots=True)
class SectionedDocument:
    """A statement or a report in its reader's language.

    Attributes:
        head: what stands around it.
        sections: in their order.
        on: the day or instant that it is of; when the PDF says that it was made.
    """

    head: Letterhead
    sections: tuple[Section, ...]
    on: date | datetime

    def as_page(self) -> bytes:
        """Lay it out as HTML."""
        return write_page("sections/sections.html.j2", self.head, self.sections)

    def as_pdf(self) -> bytes:
        """Lay it out as PDF/A-3b and PDF/UA-1.

        Raises:
            MissingFont, UnprintableSign: ``billing.documents.look.pdf.write_pdf`` says when.
        """
        return write_pdf("sections/sections.typ", self.head, self.sections, self.on)
