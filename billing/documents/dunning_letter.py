"""A letter about late documents in its reader's language, as page and PDF: what is late and claimed, how to pay."""

from collections.abc import Iterator
from decimal import Decimal
from typing import ClassVar

from billing.documents.document import LetterDocument
from billing.documents.invoice.parties import grouped
from billing.documents.invoice.speech import Speech
from billing.documents.look.html import STYLE
from billing.documents.model.business_party import BankAccount
from billing.documents.model.of_party import accounts_for, party_in_document
from billing.documents.model.payment_reference import payment_reference
from billing.documents.sections.letter_facts import NO_FACTS, LetterFacts
from billing.documents.sections.letterhead import Correspondence, statement_letterhead
from billing.documents.sections.section import Section, facts, numbers_column, paragraph, table, words_column
from billing.documents.sections.sectioned import SectionedDocument
from billing.documents.words.words import Words, message, words_in
from billing.dunning.letter import WrittenLetter, letter_name
from billing.records.dunning import LetteredDocument
from contracts.invoicing import Language

_TITLES = {
    "reminder": message("Payment reminder"),
    "notice": message("Notice of late payment"),
    "stop": message("Last notice before the service is stopped"),
    "correction": message("Correction of a letter about late payment"),
}
_SENTENCES = {
    "reminder": message(
        "We have not received the payment of these documents. Perhaps they were overlooked: please pay what is open."
    ),
    "notice": message("These documents are late. Please pay what is open, with what is claimed for the delay."),
    "stop": message(
        "These documents are still late. Unless they are paid the service may be stopped; it goes on once they are."
    ),
    "correction": message(
        "By what is known now, what our letter said of these documents does not hold. It is withdrawn as stated here."
    ),
}
_STEPS = {
    "reminder": message("reminder"),
    "notice": message("notice"),
    "stop": message("last notice"),
    "correction": message("interest given back"),
}


class LetterHtml(LetterDocument):
    """A letter about late documents as a page to print.

    Attributes:
        language: of its texts; that of the customer's newest document in it, where none is named.
    """

    language: Language | None = None

    name: ClassVar = "html"
    media_type: ClassVar = "text/html; charset=utf-8"
    suffix: ClassVar = ".html"
    address: ClassVar = "page"
    style: ClassVar = STYLE

    def render(self, letter: WrittenLetter, facts: LetterFacts = NO_FACTS) -> bytes:
        """Lay a letter out."""
        return _document(letter, self.language or facts.language, facts).as_page()


class LetterPdf(LetterDocument):
    """A letter about late documents as PDF/A-3b.

    Attributes:
        language: of its texts; that of the customer's newest document in it, where none is named.
    """

    language: Language | None = None

    name: ClassVar = "pdf"
    media_type: ClassVar = "application/pdf"
    suffix: ClassVar = ".pdf"
    address: ClassVar = "pdf"

    def render(self, letter: WrittenLetter, facts: LetterFacts = NO_FACTS) -> bytes:
        """Lay a letter out."""
        return _document(letter, self.language or facts.language, facts).as_pdf()


def letter_title(letter: WrittenLetter, words: Words) -> str:
    """Say what a letter is."""
    return words.text(_TITLES[letter.kind])


def _document(letter: WrittenLetter, language: Language, known: LetterFacts) -> SectionedDocument:
    words, content = words_in(language), letter.content
    speech = Speech(words, letter.currency, content.zone, turned=False)
    supplier, customer = content.supplier, content.customer
    seller, buyer = known.profiles.get(supplier.name), known.profiles.get(customer.name)
    accounts = accounts_for(supplier, seller, letter.currency)
    between = Correspondence(
        party_in_document(supplier, seller),
        party_in_document(customer, buyer),
        accounts,
        known.logo_of(supplier.name),
    )
    head = statement_letterhead(
        letter_title(letter, words),
        between,
        (
            (words.text("Letter"), letter_name(letter.id)),
            (words.text("Date"), words.day(letter.written_on)),
            (words.text("Currency"), letter.currency),
        ),
        speech,
    )
    sections = (_what_is_late(letter, words), *_claims(letter, words), *_how_to_pay(letter, accounts, speech))
    return SectionedDocument(head, sections, letter.written_on)


def _what_is_late(letter: WrittenLetter, words: Words) -> Section:
    documents, currency = letter.content.documents, letter.currency
    columns = (
        words_column(words.text("Document, payment reference")),
        words_column(words.text("Date")),
        words_column(words.text("Due")),
        numbers_column(words.text("Days late")),
        numbers_column(words.text("Total {currency}", currency=currency)),
        numbers_column(words.text("Disputed")),
        numbers_column(words.text("To be paid")),
    )
    asked = sum((_asked(document) for document in documents), Decimal(0))
    total = (words.text("Total"), "", "", "", "", "", words.amount(asked, currency))
    rows = tuple(_row(document, words, currency) for document in documents)
    blocks = [paragraph(words.text(_SENTENCES[letter.kind])), table(columns, rows, (total,))]
    disputed = sum((document.disputed for document in documents), Decimal(0))
    if disputed:
        blocks.append(paragraph(words.text("What is disputed is not asked for with this letter.")))
    return Section("", tuple(blocks))


def _asked(document: LetteredDocument) -> Decimal:
    return max(Decimal(0), document.open - document.disputed)


def _row(document: LetteredDocument, words: Words, currency: str) -> tuple[str, ...]:
    named = document.number
    if document.open > 0:
        named += f"\n{grouped(payment_reference(document.number))}"
    if document.withdrawn is not None:
        named += "\n" + words.text("letter {letter} is withdrawn", letter=document.withdrawn)
    amounts = (words.amount(number, currency) for number in (document.gross, document.disputed, _asked(document)))
    late = str(document.days_late) if document.days_late else ""
    return named, words.day(document.issued_on), words.day(document.due_on), late, *amounts


def _claims(letter: WrittenLetter, words: Words) -> Iterator[Section]:
    """What is claimed for the delay, or given back, by document; the document that claims it opens down to each day."""
    content, currency = letter.content, letter.currency
    if content.claim is None:
        return
    columns = (
        words_column(words.text("Document")),
        words_column(words.text("Step")),
        numbers_column(words.text("Fee {currency}", currency=currency)),
        numbers_column(words.text("Interest")),
        numbers_column(words.text("Total")),
    )
    claimed = [document for document in content.documents if document.fee or document.interest]
    rows = tuple(
        (
            document.number,
            words.text(_STEPS[document.step]),
            *(words.amount(of, currency) for of in (document.fee, document.interest, document.fee + document.interest)),
        )
        for document in claimed
    )
    whole = sum((document.fee + document.interest for document in claimed), Decimal(0))
    total = (words.text("Total"), "", "", "", words.amount(whole, currency))
    sentence = words.text(
        "{number} has every rate, day and amount. Neither fee nor interest bears value added tax.", number=content.claim
    )
    heading = message("Claimed for the delay") if whole > 0 else message("Given back")
    yield Section(words.text(heading), (table(columns, rows, (total,)), paragraph(sentence)))


def _how_to_pay(letter: WrittenLetter, accounts: tuple[BankAccount, ...], speech: Speech) -> Iterator[Section]:
    if letter.kind == "correction" or not accounts:
        return
    blocks = []
    for account in accounts[:1]:
        is_iban = account.account[:2].isalpha()
        pairs = (
            (speech.text("Account holder"), account.holder),
            (speech.text("IBAN") if is_iban else speech.text("Account number"), grouped(account.account)),
            (speech.text("BIC"), account.bic),
            (speech.text("Bank"), account.bank),
        )
        blocks.append(facts(*((name, value) for name, value in pairs if value)))
        blocks.append(paragraph(speech.text("Please state the payment reference of each document that you pay.")))
    yield Section(speech.text("Where to pay"), tuple(blocks))
