"""The usage statement of an invoice: what was used, by site, machine and register, with reads, coverage and charts."""

from collections.abc import Iterable, Sequence
from datetime import UTC, date, datetime
from decimal import ROUND_HALF_UP, Decimal
from typing import ClassVar

from billing.documents.charts.usage_chart import usage_chart
from billing.documents.document import UsageDocument
from billing.documents.invoice.register_words import use_words
from billing.documents.invoice.speech import Speech
from billing.documents.look.html import STYLE
from billing.documents.look.page import Column, Drawing
from billing.documents.model.business_document import BusinessDocument
from billing.documents.model.business_line import BoundaryRead, BusinessLine, ReadsOfRegister
from billing.documents.sections.letterhead import Correspondence, statement_letterhead
from billing.documents.sections.section import (
    CHART_WIDTH_MM,
    Block,
    Section,
    aside,
    numbers_column,
    paragraph,
    table,
)
from billing.documents.sections.sectioned import SectionedDocument
from billing.documents.usage.daily_usage import UsageOfRegister, UsageStatement
from billing.documents.words.units import unit_in_words
from billing.documents.words.words import Words, words_in
from contracts.invoicing import Language

_TENTH = Decimal("0.1")
_SEVERAL = Decimal(2)
_IN_ANNEX_MAX = 6


class UsageStatementPage(UsageDocument):
    """The usage statement of an invoice as a page: by site, machine and register, with reads, coverage and charts.

    Attributes:
        language: of its texts; that of the invoice, where none is named.
    """

    language: Language | None = None

    name: ClassVar = "html"
    media_type: ClassVar = "text/html; charset=utf-8"
    suffix: ClassVar = ".html"
    address: ClassVar = "page"
    style: ClassVar = STYLE

    def render(self, usage: UsageStatement) -> bytes:
        """Lay it out."""
        return _document(usage, self.language).as_page()


class UsageStatementPdf(UsageDocument):
    """The usage statement of an invoice as PDF/A-3b: by site, machine and register, with reads, coverage and charts.

    Attributes:
        language: of its texts; that of the invoice, where none is named.
    """

    language: Language | None = None

    name: ClassVar = "pdf"
    media_type: ClassVar = "application/pdf"
    suffix: ClassVar = ".pdf"
    address: ClassVar = "pdf"

    def render(self, usage: UsageStatement) -> bytes:
        """Lay it out."""
        return _document(usage, self.language).as_pdf()


def usage_drawings(usage: UsageStatement) -> tuple[Drawing, ...]:
    """Draw the use behind an invoice, a chart a register, in its language: for its annex.

    Of many registers the first ones alone: the usage statement has all of them.
    """
    words = words_in(usage.document.language)
    drawn = [register for register in usage.registers if register.rows]
    return tuple(_drawing(register, words) for register in drawn[:_IN_ANNEX_MAX])


def _document(usage: UsageStatement, language: Language | None) -> SectionedDocument:
    document = usage.document
    words = words_in(language or document.language)
    facts = (
        (words.text("Invoice"), document.number),
        (words.text("From"), words.day(document.period_from)),
        (words.text("To"), words.day(document.period_to)),
        *(((words.text("Contract"), document.references.contract),) if document.references.contract else ()),
        (words.text("Time zone"), document.zone),
        (words.text("Readings up to delivery"), str(document.watermark)),
    )
    title = words.text("Usage statement for invoice {number}", number=document.number)
    mark = words.text("DRAFT") if document.state == "draft" else ""
    notices = (words.text("The invoice is void."),) if document.state == "void" else ()
    speech = Speech(words, document.currency, document.zone, turned=False)
    between = Correspondence(document.seller, document.buyer, logo=usage.logo)
    head = statement_letterhead(title, between, facts, speech, mark=mark, notices=notices)
    return SectionedDocument(head, tuple(_sections(usage, words)), _made_on(document))


def _made_on(document: BusinessDocument) -> date | datetime:
    """The day of issue; of a draft, the last day of its period."""
    return datetime.combine(document.issued_on or document.period_to, datetime.min.time(), UTC)


def _sections(usage: UsageStatement, words: Words) -> Iterable[Section]:
    reads = [(line, register) for line in usage.document.lines for register in line.reads]
    if not reads:
        yield Section("", (paragraph(words.text("Nothing in this invoice is for a use that was measured.")),))
        return
    for site in dict.fromkeys(register.site for _, register in reads):
        yield Section(site, ())
        of_site = [(line, register) for line, register in reads if register.site == site]
        for asset in dict.fromkeys(register.asset for _, register in of_site):
            of_asset = [(line, register) for line, register in of_site if register.asset == asset]
            charts = [register for register in usage.registers if (register.site, register.asset) == (site, asset)]
            yield Section(asset, tuple(_asset(of_asset, charts, usage.document.zone, words)), is_sub=True)


def _asset(
    reads: Sequence[tuple[BusinessLine, ReadsOfRegister]], counted: Sequence[UsageOfRegister], zone: str, words: Words
) -> Iterable[Block]:
    columns = (
        Column(words.text("Meter, register"), share=4),
        Column(words.text("Reads"), is_number=True, share=5),
        numbers_column(words.text("Factor")),
        numbers_column(words.text("Use")),
        numbers_column(words.text("Read")),
        numbers_column(words.text("Estimated")),
    )
    rows = dict.fromkeys(_row(line, register, zone, words) for line, register in reads)
    yield table(columns, tuple(rows), widest=None)
    for exchange in dict.fromkeys(exchange for _, register in reads for exchange in register.exchanges):
        yield aside(exchange)
    for register in counted:
        if register.rows:
            yield Block(drawing=_drawing(register, words))
        else:
            yield aside(words.text("{register} is read too seldom for a chart by day.", register=register.register_key))
        lines = ", ".join(map(str, register.lines))
        yield aside(words.text("{register} is billed in line {lines}.", register=register.register_key, lines=lines))


def _row(line: BusinessLine, register: ReadsOfRegister, zone: str, words: Words) -> tuple[str, ...]:
    name = ", ".join(dict.fromkeys((register.meter, register.register_key)))
    read = (
        words.number(Decimal(register.read))
        if register.expected is None
        else _share(register.read, register.expected, words)
    )
    return (
        f"{name}\n{words.days(line.service_from, line.service_to)}",
        "\n".join(_read(boundary, zone, words) for boundary in (register.opening, register.closing) if boundary) or "–",
        words.number(register.multiplier),
        use_words(register, words),
        read,
        _share(register.estimated, register.read, words) if register.read else "–",
    )


def _read(read: BoundaryRead, zone: str, words: Words) -> str:
    value, at = words.number(read.value), words.instant(read.at, zone)
    if read.estimated:
        return words.text("{value} ({at}, estimated)", value=value, at=at)
    return f"{value} ({at})"


def _share(part: int, whole: int, words: Words) -> str:
    share = (Decimal(part * 100) / whole).quantize(_TENTH, ROUND_HALF_UP) if whole else Decimal(0)
    return f"{words.number(share)} %"


def _drawing(register: UsageOfRegister, words: Words) -> Drawing:
    unit = unit_in_words(words, register.unit, _SEVERAL)
    name = f"{register.meter}, {register.register_key}"
    svg = usage_chart(register.rows, unit=unit, words=words, of=name, is_mean=register.is_mean)
    return Drawing(svg, _alternative(register, words), caption=_days(register, words), width_mm=CHART_WIDTH_MM)


def _days(register: UsageOfRegister, words: Words) -> str:
    """The days that a chart shows, for a register may have several."""
    first, last = (
        row.start.date() if isinstance(row.start, datetime) else row.start
        for row in (register.rows[0], register.rows[-1])
    )
    return words.days(first, last)


def _alternative(register: UsageOfRegister, words: Words) -> str:
    """What a chart shows, for who does not see it: its days, its sum and its highest day."""
    read = [row for row in register.rows if row.quantity is not None]
    unit = unit_in_words(words, register.unit, _SEVERAL)
    if not read:
        return words.text("{register}: nothing was read.", register=register.register_key)
    highest = max(read, key=lambda row: row.quantity or Decimal(0))
    day = highest.start.date() if isinstance(highest.start, datetime) else highest.start
    return words.text(
        "{register} over time; the highest bar is {quantity} {unit} on {day}.",
        register=register.register_key, quantity=words.number(highest.quantity or Decimal(0)), unit=unit,
        day=words.day(day),
    )  # fmt: skip
