"""What stands on every page of ours, ready to be printed: texts in the reader's language, drawings, tables."""

from dataclasses import dataclass

from contracts.logos.logo import Logo


@dataclass(frozen=True, slots=True)
class Drawing:
    """A drawing that we made ourselves: a chart, a QR code.

    Attributes:
        svg: without script, without styles in attributes (a page's policy names one style alone), nothing fetched.
        alternative: what it shows, for who does not see it.
        caption: printed below it, or empty.
        width_mm: as wide as this; 0 for the width of the page.
    """

    svg: str
    alternative: str
    caption: str = ""
    width_mm: int = 0


@dataclass(frozen=True, slots=True)
class Column:
    """A column of a table.

    Attributes:
        heading: above it.
        is_number: whether its cells are numbers, which stand to the right.
        share: of what is left of the width, in a PDF; 0: as wide as its cells are.
    """

    heading: str
    is_number: bool = False
    share: int = 0


@dataclass(frozen=True, slots=True)
class PageTable:
    """A table.

    Attributes:
        title: printed above it, or empty.
        columns: from the left; on a phone their headings stand beside each cell.
        rows: one cell a column.
        sums: rows below a rule, as ``rows``.
    """

    title: str
    columns: tuple[Column, ...]
    rows: tuple[tuple[str, ...], ...]
    sums: tuple[tuple[str, ...], ...] = ()


@dataclass(frozen=True, slots=True)
class Letterhead:
    """What stands around the content of every document.

    Attributes:
        language: of the document, as BCP 47 has it: ``de``.
        title: what it is, with its number.
        issuer: the name of who writes it.
        issuer_lines: its address and whom to ask.
        return_line: issuer and address in one short line above the recipient's, for an envelope's window.
        recipient: name and address, a line each.
        recipient_lines: what else is said of the recipient, as its VAT id.
        facts: name and value, in the order of a reader's questions.
        foot: columns at the foot of a page: register, numbers of the tax office, bank.
        page_words: the words of a page's number, with ``{page}`` and ``{pages}``.
        mark: written across every page, as of a draft; or empty.
        notices: what nobody may overlook, as that it is void.
        logo: of who writes it.
    """

    language: str
    title: str
    issuer: str
    issuer_lines: tuple[str, ...]
    return_line: str
    recipient: tuple[str, ...]
    recipient_lines: tuple[str, ...]
    facts: tuple[tuple[str, str], ...]
    foot: tuple[tuple[str, ...], ...]
    page_words: str
    mark: str = ""
    notices: tuple[str, ...] = ()
    logo: Logo | None = None
