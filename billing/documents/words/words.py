"""A language: its sentences, and how it writes numbers, amounts, days and instants."""

from collections.abc import Mapping
from datetime import date, datetime
from decimal import Decimal
from functools import lru_cache
from importlib import resources
from io import BytesIO
from zoneinfo import ZoneInfo

from babel import Locale
from babel.dates import format_date, format_datetime
from babel.messages.pofile import read_po
from babel.numbers import format_decimal

from contracts.invoicing import Language
from quantities.money import exponent
from quantities.number import plain


class Words:
    """One language. Sentences are asked for by their English, which is the source of every catalogue."""

    def __init__(self, language: Language) -> None:
        self.language = language
        self.locale = Locale.parse(language.value)
        self._sentences = _catalogue(language)

    def text(self, message: str, /, **values: object) -> str:
        """Say a sentence.

        Args:
            message: in English, with ``{name}`` for each value.
            values: put in as they are: numbers and days are written before.
        """
        return self._sentences.get(message, message).format(**values)

    def number(self, number: Decimal) -> str:
        """Write a number with all its decimals and with the marks of thousands."""
        text = plain(number)
        decimals = len(text.partition(".")[2])
        pattern = "#,##0" + ("." + "0" * decimals if decimals else "")
        return format_decimal(number, format=pattern, locale=self.locale, decimal_quantization=False)

    def amount(self, amount: Decimal, currency: str) -> str:
        """Write an amount in whole minor units, or finer where it is a price, without its currency."""
        places = max(exponent(currency), len(plain(amount).partition(".")[2]))
        pattern = "#,##0" + ("." + "0" * places if places else "")
        return format_decimal(amount, format=pattern, locale=self.locale, decimal_quantization=False)

    def day(self, on: date) -> str:
        """Write a local day, as 02.04.2026, 2 Apr 2026 or 2026年4月2日."""
        return format_date(on, format="medium", locale=self.locale)

    def instant(self, at: datetime, zone: str) -> str:
        """Write an instant as the local time of a zone."""
        return format_datetime(at, format="medium", tzinfo=ZoneInfo(zone), locale=self.locale)


@lru_cache
def words_in(language: Language) -> Words:
    """The words of a language, read once."""
    return Words(language)


def _catalogue(language: Language) -> Mapping[str, str]:
    if language is Language.ENGLISH:
        return {}
    folder = resources.files("billing.documents.words")
    files = sorted(
        (file for file in folder.iterdir() if file.name.startswith(language.value) and file.name.endswith(".po")),
        key=lambda file: file.name,
    )
    messages = (message for file in files for message in read_po(BytesIO(file.read_bytes())))
    return {str(message.id): str(message.string) for message in messages if message.id and message.string}
