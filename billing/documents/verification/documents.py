"""The documents of a savings statement: the statement itself in short, and the verification report by its clauses."""

from abc import abstractmethod
from collections.abc import Sequence
from typing import TYPE_CHECKING, ClassVar

from billing.documents.document import StatementDocument
from billing.documents.invoice.speech import Speech
from billing.documents.look.html import STYLE
from billing.documents.model.of_party import party_in_document
from billing.documents.sections.letter_facts import NO_FACTS, LetterFacts
from billing.documents.sections.letterhead import Correspondence, statement_letterhead
from billing.documents.sections.section import Section
from billing.documents.sections.sectioned import SectionedDocument
from billing.documents.verification.baseline_sections import baselines, exclusions
from billing.documents.verification.closing_sections import duration, equivalents, insurance, risk, signatures
from billing.documents.verification.energy_sections import charts_of, evaluation, joined_carriers, obligations, targets
from billing.documents.verification.money_sections import division, financing, guaranteed, payment
from billing.documents.verification.report_words import ReportWords
from billing.documents.words.words import words_in
from contracts.invoicing import Language
from quantities.document import YesOrNo

if TYPE_CHECKING:  # loading it would cost a command that only shows an invoice
    from billing.statements.store import Statement


class _OfStatement(StatementDocument):
    """A document of a savings statement; without the supplier's margin, unless its own copy is asked for.

    Attributes:
        margin: whether the supplier's margin is in it, where the contract states costs. A customer's never has it.
        language: of its texts; that of the contract, where none is named.
    """

    margin: YesOrNo = False
    language: Language | None = None

    @abstractmethod
    def _laid_out(self, statement: "Statement", language: Language, facts: LetterFacts) -> SectionedDocument:
        """Make its sections of the reader's copy of a statement."""

    def _made(self, statement: "Statement", facts: LetterFacts) -> SectionedDocument:
        own = statement if self.margin else statement.for_customer
        return self._laid_out(own, self.language or facts.language, facts)


class _ByClauses(_OfStatement):
    """By the clauses of EN 17669:2022."""

    def _laid_out(self, statement: "Statement", language: Language, facts: LetterFacts) -> SectionedDocument:
        return _report(statement, language, facts)


class _InShort(_OfStatement):
    """What was saved, what it comes to, who has what, who has signed."""

    def _laid_out(self, statement: "Statement", language: Language, facts: LetterFacts) -> SectionedDocument:
        return _short(statement, language, facts)


class _AsPdf(_OfStatement):
    """As PDF/A-3b."""

    media_type: ClassVar = "application/pdf"
    suffix: ClassVar = ".pdf"

    def render(self, statement: "Statement", facts: LetterFacts = NO_FACTS) -> bytes:
        """Lay a statement out."""
        return self._made(statement, facts).as_pdf()


class _AsPage(_OfStatement):
    """As a page."""

    media_type: ClassVar = "text/html; charset=utf-8"
    suffix: ClassVar = ".html"
    style: ClassVar = STYLE

    def render(self, statement: "Statement", facts: LetterFacts = NO_FACTS) -> bytes:
        """Lay a statement out."""
        return self._made(statement, facts).as_page()


class VerificationReport(_ByClauses, _AsPdf):
    """The verification report of a savings statement as PDF/A-3b, in the order of the clauses of EN 17669:2022."""

    name: ClassVar = "pdf"
    address: ClassVar = "report.pdf"


class VerificationPage(_ByClauses, _AsPage):
    """The verification report of a savings statement as a page, in the order of the clauses of EN 17669:2022."""

    name: ClassVar = "html"
    address: ClassVar = "report"


class SavingsStatementPdf(_InShort, _AsPdf):
    """A savings statement in short, as PDF/A-3b: what was saved, what it comes to, who has what, who has signed."""

    name: ClassVar = "statement_pdf"
    address: ClassVar = "pdf"


class SavingsStatementPage(_InShort, _AsPage):
    """A savings statement in short, as a page: what was saved, what it comes to, who has what, who has signed."""

    name: ClassVar = "statement_html"
    address: ClassVar = "page"


def _report(statement: "Statement", language: Language, known: LetterFacts) -> SectionedDocument:
    content = statement.content
    report = ReportWords(words_in(language), content.currency, content.zone)
    sections = (
        targets(content, report),
        *baselines(content, report),
        *evaluation(content, report),
        *joined_carriers(content, report),
        obligations(content, report),
        financing(content, report),
        guaranteed(content, report),
        duration(content, report),
        *payment(content, report),
        *division(content, report),
        risk(content, report),
        insurance(report),
        exclusions(content, report),
        *equivalents(content, report),
        signatures(statement, report),
    )
    return _laid(statement, report.words.text("Verification report"), sections, known, report)


def _short(statement: "Statement", language: Language, known: LetterFacts) -> SectionedDocument:
    content = statement.content
    report = ReportWords(words_in(language), content.currency, content.zone)
    drawn = tuple(
        Section(report.words.text("{saving}, by month and by day", saving=saving.name), charts_of(saving, report))
        for saving in content.savings
    )
    sections = (
        targets(content, report),
        *drawn,
        *joined_carriers(content, report),
        *payment(content, report, in_short=True),
        *division(content, report),
        *equivalents(content, report),
        signatures(statement, report),
    )
    return _laid(statement, report.words.text("Savings statement"), sections, known, report)


def _laid(
    statement: "Statement", kind: str, sections: Sequence[Section], known: LetterFacts, report: ReportWords
) -> SectionedDocument:
    words, content = report.words, statement.content
    supplier, customer = content.parties
    facts = (
        (words.text("Contract"), content.contract),
        (words.text("From"), report.day(content.period.first)),
        (words.text("Up to, not included"), report.day(content.period.after_last)),
        (words.text("Time zone"), content.zone),
        (words.text("Status"), report.status(statement.status.value)),
        (words.text("Prepared"), report.day(statement.prepared_at.date())),
        (words.text("Prepared by"), statement.prepared_by),
    )
    between = Correspondence(
        party_in_document(supplier, known.profiles.get(supplier.name)),
        party_in_document(customer, known.profiles.get(customer.name)),
        logo=known.logo_of(supplier.name),
    )
    speech = Speech(words, content.currency, content.zone, turned=False)
    return SectionedDocument(
        statement_letterhead(f"{kind} {statement.id}", between, facts, speech),
        tuple(sections),
        statement.prepared_at,
    )
