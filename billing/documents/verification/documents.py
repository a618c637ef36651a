"""The documents of a savings statement: the statement itself in short, and the verification report by its clauses."""

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

    def _copy(self, statement: "Statement") -> "Statement":
        return statement if self.margin else statement.for_customer


class VerificationReport(_OfStatement):
    """The verification report of a savings statement as PDF/A-3b, in the order of the clauses of EN 17669:2022."""

    name: ClassVar = "pdf"
    media_type: ClassVar = "application/pdf"
    suffix: ClassVar = ".pdf"
    address: ClassVar = "report.pdf"

    def render(self, statement: "Statement", facts: LetterFacts = NO_FACTS) -> bytes:
        """Lay a statement out."""
        return _report(self._copy(statement), self.language or facts.language, facts).as_pdf()


class VerificationPage(_OfStatement):
    """The verification report of a savings statement as a page, in the order of the clauses of EN 17669:2022."""

    name: ClassVar = "html"
    media_type: ClassVar = "text/html; charset=utf-8"
    suffix: ClassVar = ".html"
    address: ClassVar = "report"
    style: ClassVar = STYLE

    def render(self, statement: "Statement", facts: LetterFacts = NO_FACTS) -> bytes:
        """Lay a statement out."""
        return _report(self._copy(statement), self.language or facts.language, facts).as_page()


class SavingsStatementPdf(_OfStatement):
    """A savings statement in short, as PDF/A-3b: what was saved, what it comes to, who has what, who has signed."""

    name: ClassVar = "statement_pdf"
    media_type: ClassVar = "application/pdf"
    suffix: ClassVar = ".pdf"
    address: ClassVar = "pdf"

    def render(self, statement: "Statement", facts: LetterFacts = NO_FACTS) -> bytes:
        """Lay a statement out."""
        return _short(self._copy(statement), self.language or facts.language, facts).as_pdf()


class SavingsStatementPage(_OfStatement):
    """A savings statement in short, as a page: what was saved, what it comes to, who has what, who has signed."""

    name: ClassVar = "statement_html"
    media_type: ClassVar = "text/html; charset=utf-8"
    suffix: ClassVar = ".html"
    address: ClassVar = "page"
    style: ClassVar = STYLE

    def render(self, statement: "Statement", facts: LetterFacts = NO_FACTS) -> bytes:
        """Lay a statement out."""
        return _short(self._copy(statement), self.language or facts.language, facts).as_page()


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
