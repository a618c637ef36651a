"""A simulation as a page: a bar a period, its charges stacked, contracts side by side, and the table behind it."""

from collections.abc import Sequence
from datetime import date, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, ClassVar

from billing.documents.charts.periods_chart import PeriodAmounts, periods_chart
from billing.documents.document import Preview, PreviewDocument
from billing.documents.look.html import STYLE
from billing.documents.look.page import Letterhead
from billing.documents.sections.section import Block, Section, drawing, numbers_column, paragraph, table, words_column
from billing.documents.sections.sectioned import SectionedDocument
from billing.documents.words.words import Words, words_in
from contracts.invoicing import Language

if TYPE_CHECKING:  # loading it would cost a command that only shows an invoice
    from billing.previews.simulate import Simulated

_TWO = 2
_A_DAY = timedelta(days=1)
_BEFORE_ALL = date(1970, 1, 1)


class SimulationPage(PreviewDocument):
    """What contracts would have come to, as a page.

    Attributes:
        language: of its texts.
    """

    language: Language = Language.ENGLISH

    name: ClassVar = "html"
    media_type: ClassVar = "text/html; charset=utf-8"
    suffix: ClassVar = ".html"
    style: ClassVar = STYLE

    def render(self, preview: Preview) -> bytes:
        """Draw one contract, or several side by side, with the table that the chart is drawn from."""
        return _document(preview, words_in(self.language)).as_page()


class SimulationPdf(PreviewDocument):
    """What contracts would have come to, as PDF/A-3b.

    Attributes:
        language: of its texts.
    """

    language: Language = Language.ENGLISH

    name: ClassVar = "pdf"
    media_type: ClassVar = "application/pdf"
    suffix: ClassVar = ".pdf"

    def render(self, preview: Preview) -> bytes:
        """Draw one contract, or several side by side, with the table that the chart is drawn from."""
        return _document(preview, words_in(self.language)).as_pdf()


def _document(preview: Preview, words: Words) -> SectionedDocument:
    contracts = preview.contracts
    drawn = periods_chart(
        [[PeriodAmounts(period.period.first, period.by_charge) for period in periods] for _, periods in contracts],
        currency=preview.currency,
        words=words,
    )
    names = [name for name, _ in contracts]
    blocks = [drawing(drawn, words.text("Net amounts by period and charge; the table below has them."))]
    if len(names) > 1:
        order = ", ".join(names)
        blocks.append(paragraph(words.text("Bars of one period, from the left: {contracts}.", contracts=order)))
    head = Letterhead(
        language=words.language.value,
        title=words.text("Simulation of {contract}", contract=preview.title),
        issuer=words.text("Simulation"),
        issuer_lines=(),
        return_line="",
        recipient=(),
        recipient_lines=(),
        facts=((words.text("Amounts"), words.text("net, {currency}", currency=preview.currency)),),
        foot=(),
        page_words=words.text("Page {page} of {pages}", page="{page}", pages="{pages}"),
    )
    last = max((period.period.after_last for _, periods in contracts for period in periods), default=_BEFORE_ALL)
    return SectionedDocument(head, (Section("", (*blocks, _table(contracts, preview.currency, words))),), last)


def _table(contracts: "Sequence[tuple[str, Sequence[Simulated]]]", currency: str, words: Words) -> Block:
    is_compared = len(contracts) == _TWO
    difference = (numbers_column(words.text("difference")),) if is_compared else ()
    columns = (words_column(words.text("period")), *(numbers_column(name) for name, _ in contracts), *difference)
    rows = tuple(
        (
            words.days(periods[0].period.first, periods[0].period.after_last - _A_DAY),
            *_amounts([period.net for period in periods], [period.held for period in periods], currency, words),
        )
        for periods in zip(*(periods for _, periods in contracts), strict=True)
    )
    sums = [sum((period.net for period in periods), Decimal(0)) for _, periods in contracts]
    total = (words.text("all"), *_amounts(sums, [""] * len(sums), currency, words))
    return table(columns, rows, (total,))


def _amounts(nets: Sequence[Decimal], held: Sequence[str], currency: str, words: Words) -> list[str]:
    """The cells of a row: of each contract its amount, or why there is none; of two their difference."""
    cells = [why or words.amount(net, currency) for net, why in zip(nets, held, strict=True)]
    if len(nets) == _TWO:
        cells.append("" if any(held) else words.amount(nets[1] - nets[0], currency))
    return cells
