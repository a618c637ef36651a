"""The statement of an account in its reader's language, as a page and as PDF: two balances and all between them."""

from collections.abc import Iterable, Sequence
from decimal import Decimal
from typing import ClassVar

from billing.documents.document import AccountDocument
from billing.documents.invoice.parties import grouped
from billing.documents.invoice.speech import Speech
from billing.documents.look.html import STYLE
from billing.documents.model.business_party import BankAccount, BusinessParty, PostalAddress
from billing.documents.model.of_party import accounts_for, party_in_document
from billing.documents.model.payment_reference import payment_reference
from billing.documents.sections.letter_facts import NO_FACTS, LetterFacts
from billing.documents.sections.letterhead import Correspondence, statement_letterhead
from billing.documents.sections.section import (
    Block,
    Section,
    facts,
    numbers_column,
    paragraph,
    table,
    words_column,
)
from billing.documents.sections.sectioned import SectionedDocument
from billing.documents.words.words import Words, words_in
from billing.receivables.accounts import AccountStatement, OpenOnStatement
from billing.receivables.statement import AccountEntry, MovementKind
from contracts.invoicing import Language


class AccountHtml(AccountDocument):
    """The statement of an account as a page to print.

    Attributes:
        language: of its texts; that of the customer's newest document, where none is named.
    """

    language: Language | None = None

    name: ClassVar = "html"
    media_type: ClassVar = "text/html; charset=utf-8"
    suffix: ClassVar = ".html"
    address: ClassVar = "page"
    style: ClassVar = STYLE

    def render(self, statement: AccountStatement, facts: LetterFacts = NO_FACTS) -> bytes:
        """Lay a statement out."""
        return _document(statement, self.language or facts.language, facts).as_page()


class AccountPdf(AccountDocument):
    """The statement of an account as PDF/A-3b.

    Attributes:
        language: of its texts; that of the customer's newest document, where none is named.
    """

    language: Language | None = None

    name: ClassVar = "pdf"
    media_type: ClassVar = "application/pdf"
    suffix: ClassVar = ".pdf"
    address: ClassVar = "pdf"

    def render(self, statement: AccountStatement, facts: LetterFacts = NO_FACTS) -> bytes:
        """Lay a statement out."""
        return _document(statement, self.language or facts.language, facts).as_pdf()


def _document(statement: AccountStatement, language: Language, known: LetterFacts) -> SectionedDocument:
    words = words_in(language)
    speech = Speech(words, statement.currency, "UTC", turned=False)
    between = _between(statement, known)
    head = statement_letterhead(
        words.text("Statement of account"),
        between,
        (
            (words.text("From"), words.day(statement.first)),
            (words.text("To"), words.day(statement.last)),
            (words.text("Currency"), statement.currency),
        ),
        speech,
    )
    sections = (
        _entries(statement, words),
        *_open(statement, words),
        *_where_to_pay(between.accounts, statement, speech),
    )
    return SectionedDocument(head, sections, statement.last)


def _where_to_pay(accounts: Sequence[BankAccount], statement: AccountStatement, speech: Speech) -> Iterable[Section]:
    """To which account what is open is paid, and by which references; nothing where nothing is owed."""
    if not accounts or statement.balance.open <= 0:
        return
    account = accounts[0]
    pairs = (
        (speech.text("Account holder"), account.holder),
        (
            speech.text("IBAN") if account.account[:2].isalpha() else speech.text("Account number"),
            grouped(account.account),
        ),
        (speech.text("BIC"), account.bic),
        (speech.text("Bank"), account.bank),
    )
    sentence = speech.text("Please state the payment reference of each document that you pay.")
    known = facts(*((name, value) for name, value in pairs if value))
    yield Section(speech.text("Where to pay"), (known, paragraph(sentence)))


def _between(statement: AccountStatement, known: LetterFacts) -> Correspondence:
    if statement.parties is None:
        nowhere = PostalAddress()
        return Correspondence(BusinessParty(statement.supplier, nowhere), BusinessParty(statement.customer, nowhere))
    supplier, customer = statement.parties
    seller, buyer = known.profiles.get(supplier.name), known.profiles.get(customer.name)
    return Correspondence(
        party_in_document(supplier, seller),
        party_in_document(customer, buyer),
        accounts_for(supplier, seller, statement.currency),
        known.logo_of(supplier.name),
    )


def _entries(statement: AccountStatement, words: Words) -> Section:
    def amount(number: Decimal) -> str:
        return words.amount(number, statement.currency)

    opening = (words.day(statement.first), words.text("Balance before"), "", "", amount(statement.entries.opening))
    closing = words.text("Balance on {day}", day=words.day(statement.last))
    balance = statement.balance
    sums = [
        (words.text("Open"), balance.open),
        (words.text("On account"), -balance.on_account),
        (words.text("Overdue"), balance.overdue),
        (words.text("Disputed"), balance.disputed),
    ]
    columns = (
        words_column(words.text("Day")),
        words_column(words.text("Entry")),
        words_column(words.text("Reference")),
        numbers_column(statement.currency),
        numbers_column(words.text("Balance {currency}", currency=statement.currency)),
    )
    rows = (opening, *(_row(entry, words, statement.currency) for entry in statement.entries.entries))
    total = (closing, "", "", "", amount(statement.entries.closing))
    return Section(
        "",
        (
            table(columns, rows, (total,), widest=2),
            facts(*((name, f"{amount(number)} {statement.currency}") for name, number in sums)),
        ),
    )


def _row(entry: AccountEntry, words: Words, currency: str) -> tuple[str, ...]:
    moved = entry.movement
    notes = [moved.name] if moved.name else []
    if moved.documents:
        notes.append(words.text("for {documents}", documents=", ".join(moved.documents)))
    if moved.due_on is not None:
        notes.append(words.text("due {day}", day=words.day(moved.due_on)))
    amounts = (words.amount(number, currency) for number in (moved.amount, entry.balance))
    return words.day(moved.on), _kind(moved.kind, words), ", ".join(notes), *amounts


def _kind(kind: MovementKind, words: Words) -> str:
    return {
        MovementKind.DOCUMENT: words.text("Document"),
        MovementKind.PAYMENT: words.text("Payment"),
        MovementKind.DISCOUNT: words.text("Cash discount"),
        MovementKind.WRITE_OFF: words.text("Written off"),
    }[kind]


def _open(statement: AccountStatement, words: Words) -> Iterable[Section]:
    if not statement.open_documents:
        return
    currency = statement.currency
    columns = (
        words_column(words.text("Document, payment reference")),
        words_column(words.text("Due")),
        numbers_column(words.text("Total {currency}", currency=currency)),
        numbers_column(words.text("Open")),
        numbers_column(words.text("Disputed")),
        numbers_column(words.text("Days overdue")),
    )
    rows = tuple(_open_row(document, words, currency) for document in statement.open_documents)
    yield Section(words.text("Open documents"), (table(columns, rows), _overdue(statement, words)))


def _open_row(document: OpenOnStatement, words: Words, currency: str) -> tuple[str, ...]:
    stands = document.standing
    amounts = (words.amount(number, currency) for number in (document.gross, stands.open, stands.disputed))
    late = str(stands.days_late) if stands.days_late else ""
    named = document.number
    if stands.open > 0:
        named += f"\n{grouped(payment_reference(document.number))}"
    return named, words.day(document.due_on), *amounts, late


def _overdue(statement: AccountStatement, words: Words) -> Block:
    aging = statement.balance.aging
    parts = [
        (words.text("not due"), aging.not_due),
        (words.text("1 to 30 days"), aging.days_1_to_30),
        (words.text("31 to 60 days"), aging.days_31_to_60),
        (words.text("61 to 90 days"), aging.days_61_to_90),
        (words.text("over 90 days"), aging.over_90),
        (words.text("credit notes"), aging.credits),
    ]
    known = ", ".join(f"{name} {words.amount(sum_, statement.currency)}" for name, sum_ in parts if sum_)
    return paragraph(known or words.text("nothing"), words.text("Open and not disputed, by days overdue:"))
