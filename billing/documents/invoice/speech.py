"""How one document speaks: in its language, of its currency, with the signs that its type has."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from billing.documents.model.business_document import BusinessDocument
from billing.documents.words.units import quantity_in_words
from billing.documents.words.words import Words, words_in
from billing.records.document_type import DocumentType
from quantities.number import unsigned_zero

#: What gives back: it is written with the signs turned, as in its e-invoice, so that what it gives is above zero.
CREDITS = frozenset({DocumentType.CREDIT_NOTE, DocumentType.SELF_BILLED_CREDIT_NOTE})
#: What the customer writes in the name of who supplies it.
SELF_BILLED = frozenset({DocumentType.SELF_BILLED, DocumentType.SELF_BILLED_CREDIT_NOTE})


@dataclass(frozen=True, slots=True)
class Speech:
    """The words of one document.

    Attributes:
        words: of its language.
        currency: of its amounts.
        zone: of its local days.
        turned: whether signs are turned.
    """

    words: Words
    currency: str
    zone: str
    turned: bool

    def text(self, message: str, /, **values: object) -> str:
        """Say a sentence, by its English."""
        return self.words.text(message, **values)

    def amount(self, amount: Decimal) -> str:
        """Write an amount of the document with the signs of its type, without its currency."""
        return self.words.amount(self.signed(amount), self.currency)

    def money(self, amount: Decimal) -> str:
        """Write an amount with its currency."""
        return f"{self.amount(amount)}\N{NO-BREAK SPACE}{self.currency}"

    def unturned(self, amount: Decimal) -> str:
        """Write an amount of another document, or an agreed price, with its currency and its own sign."""
        return f"{self.words.amount(amount, self.currency)}\N{NO-BREAK SPACE}{self.currency}"

    def quantity(self, number: Decimal, unit: str) -> str:
        """Write a quantity of the document with the signs of its type, and with its unit."""
        return quantity_in_words(self.words, self.signed(number), unit)

    def instant(self, at: datetime) -> str:
        """Write an instant as local time."""
        return self.words.instant(at, self.zone)

    def percent(self, rate: Decimal) -> str:
        """Write a rate in percent."""
        return f"{self.words.number(rate)}\N{NO-BREAK SPACE}%"

    def signed(self, number: Decimal) -> Decimal:
        """Turn the sign of a number where the document's type turns them."""
        return unsigned_zero(-number if self.turned else number)


def speech_of(document: BusinessDocument) -> Speech:
    """How a document speaks."""
    turned = document.document_type in CREDITS
    return Speech(words_in(document.language), document.currency, document.zone, turned)
