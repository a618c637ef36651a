"""The statement of a payee in its reader's language, as a page and as PDF: what was sold, and what of it is its own."""

from datetime import date
from typing import ClassVar

from billing.documents.document import PayeeDocument
from billing.documents.invoice.speech import Speech
from billing.documents.look.html import STYLE
from billing.documents.model.business_party import BusinessParty, ContactPoint, PostalAddress
from billing.documents.payee_views import PayeeLineOut, PayeeStatementOut
from billing.documents.sections.letter_facts import NO_FACTS, LetterFacts
from billing.documents.sections.letterhead import Correspondence, statement_letterhead
from billing.documents.sections.section import Section, aside, numbers_column, paragraph, table, words_column
from billing.documents.sections.sectioned import SectionedDocument
from billing.documents.words.labels import line_words
from billing.documents.words.words import Words, words_in
from contracts.invoicing import Language

_BEFORE_ALL = date(1970, 1, 1)


class PayeeStatementHtml(PayeeDocument):
    """The statement of a payee as a page to print.

    Attributes:
        language: of its texts; that which the payee has told, where none is named.
    """

    language: Language | None = None

    name: ClassVar = "html"
    media_type: ClassVar = "text/html; charset=utf-8"
    suffix: ClassVar = ".html"
    address: ClassVar = "page"
    style: ClassVar = STYLE

    def render(self, statement: PayeeStatementOut, facts: LetterFacts = NO_FACTS) -> bytes:
        """Lay a statement out."""
        return _document(statement, words_in(self.language or facts.language), facts).as_page()


class PayeeStatementPdf(PayeeDocument):
    """The statement of a payee as PDF/A-3b.

    Attributes:
        language: of its texts; that which the payee has told, where none is named.
    """

    language: Language | None = None

    name: ClassVar = "pdf"
    media_type: ClassVar = "application/pdf"
    suffix: ClassVar = ".pdf"
    address: ClassVar = "pdf"

    def render(self, statement: PayeeStatementOut, facts: LetterFacts = NO_FACTS) -> bytes:
        """Lay a statement out."""
        return _document(statement, words_in(self.language or facts.language), facts).as_pdf()


def _document(statement: PayeeStatementOut, words: Words, known: LetterFacts) -> SectionedDocument:
    suppliers = list(dict.fromkeys(line.supplier for line in statement.lines))
    facts = [(words.text("Supplier"), supplier) for supplier in suppliers if len(suppliers) > 1]
    if statement.issued_from is not None:
        facts.append((words.text("Issued from"), words.day(statement.issued_from)))
    if statement.issued_to is not None:
        facts.append((words.text("Issued up to"), words.day(statement.issued_to)))
    if not (statement.issued_from or statement.issued_to):
        facts.append((words.text("Issued"), words.text("all since the beginning")))
    one = suppliers[0] if len(suppliers) == 1 else ""
    between = Correspondence(
        _party(one, known) if one else BusinessParty(", ".join(suppliers), PostalAddress()),
        _party(statement.payee, known),
        logo=known.logo_of(one),
    )
    speech = Speech(words, "", "UTC", turned=False)  # several currencies, and no times
    head = statement_letterhead(words.text("Payee statement"), between, facts, speech)
    on = statement.issued_to or max((line.issued_on for line in statement.lines), default=None)
    return SectionedDocument(head, (_lines(statement, words),), on or statement.issued_from or _BEFORE_ALL)


def _party(name: str, known: LetterFacts) -> BusinessParty:
    """Name a party; where nothing was told of it, by its name alone."""
    profile = known.profiles.get(name)
    if profile is None:
        return BusinessParty(name, PostalAddress())
    address = PostalAddress(profile.address or (), profile.city or "", profile.post_code or "", profile.region or "")
    contact = profile.contact
    return BusinessParty(
        profile.full_name or name,
        address,
        tax_number=profile.tax_number or "",
        register_note=profile.register_note or "",
        contact=ContactPoint()
        if contact is None
        else ContactPoint(contact.name or "", contact.phone or "", contact.email or ""),
        website=profile.website or "",
    )


def _lines(statement: PayeeStatementOut, words: Words) -> Section:
    note = aside(
        words.text("Without tax. Every line opens down to its steps and readings: usufruct explain NUMBER LINE.")
    )
    if not statement.lines:
        return Section("", (paragraph(words.text("Nothing was issued on these days.")), note))
    columns = (
        words_column(words.text("Document, line")),
        words_column(words.text("Charge, days of service")),
        numbers_column(words.text("Sold, net")),
        numbers_column(words.text("Commission")),
        numbers_column(words.text("Share")),
    )
    sums = tuple(
        (
            words.text("Total {currency}", currency=total.currency),
            "",
            *(words.amount(amount, total.currency) for amount in (total.net, total.commission, total.share)),
        )
        for total in statement.totals
    )
    return Section("", (table(columns, tuple(_row(line, words) for line in statement.lines), sums, widest=1), note))


def _row(line: PayeeLineOut, words: Words) -> tuple[str, ...]:
    charge = [f"{line.contract}, {line.charge}", line_words(line.label, words) if line.label else ""]
    if line.corrects is not None:
        charge.append(words.text("adjusts {number}", number=line.corrects))
    sold, commission, share = (
        words.amount(amount, line.currency) for amount in (line.net, line.commission, line.share)
    )
    issued = words.text("issued {day}", day=words.day(line.issued_on))
    return (
        f"{line.number}, {line.pos}\n{issued}",
        f"{'; '.join(filter(None, charge))}\n{words.days(line.service_from, line.service_to)}",
        f"{sold} {line.currency}",
        commission,
        share,
    )
