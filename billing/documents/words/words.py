"""A language: its sentences, and how it writes numbers, amounts, days and instants."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from functools import lru_cache
from importlib import resources
from io import BytesIO
from zoneinfo import ZoneInfo

from babel import Locale
from babel.dates import format_date, format_datetime, format_skeleton
from babel.messages.pofile import read_po
from babel.numbers import (
    NumberPattern,
    get_decimal_symbol,
    get_group_symbol,
    get_minus_sign_symbol,
    parse_pattern,
)

from contracts.invoicing import Language
from quantities.money import exponent
from quantities.number import plain

#: Which places' habits a language follows; of English the common ones of Europe: 2 Apr 2026, 13:05, 1,234.56.
_LOCALES: Mapping[str, str] = {"en": "en_150"}
#: The categories of CLDR in the order in which a catalogue lists its forms of a counted thing.
_CATEGORIES = ("zero", "one", "two", "few", "many", "other")


@dataclass(frozen=True, slots=True)
class Counted:
    """A thing in English, one of it and several: the source of its forms in every catalogue."""

    one: str
    several: str


def message(text: str) -> str:
    """Mark a sentence that is kept in a table and said later, so that catalogues are checked for it."""
    return text


class Words:
    """One language. Sentences are asked for by their English, which is the source of every catalogue."""

    def __init__(self, language: Language) -> None:
        self.language = language
        self.locale = Locale.parse(_LOCALES.get(language.value, language.value))
        self._sentences, self._counted = _catalogue(language.value)
        self._plural = self.locale.plural_form
        self._forms = [name for name in _CATEGORIES if name in self._plural.tags or name == "other"]
        marks = {",": get_group_symbol(self.locale), ".": get_decimal_symbol(self.locale)}
        self._marks = str.maketrans(marks | {"-": get_minus_sign_symbol(self.locale)})

    def text(self, message: str, /, **values: object) -> str:
        """Say a sentence.

        Args:
            message: in English, with ``{name}`` for each value.
            values: put in as they are: numbers and days are written before.
        """
        return self._sentences.get(message, message).format(**values)

    def counted(self, thing: Counted, number: Decimal) -> str:
        """Name a thing as it is named beside a number: hour beside 1, hours beside 1.5; without the number."""
        category = self._plural(number)
        forms = self._counted.get(thing.one)
        if forms is None:
            return thing.one if category == "one" else thing.several
        return forms[min(self._forms.index(category), len(forms) - 1)]

    def number(self, number: Decimal) -> str:
        """Write a number with all its decimals and with the marks of thousands."""
        return f"{number:,f}".translate(self._marks)

    def amount(self, amount: Decimal, currency: str) -> str:
        """Write an amount in whole minor units, or finer where it is a price, without its currency."""
        places = max(exponent(currency), len(plain(amount).partition(".")[2]))
        return f"{amount:,.{places}f}".translate(self._marks)

    def day(self, on: date) -> str:
        """Write a local day, as 02.04.2026, 2 Apr 2026 or 2026年4月2日."""
        return format_date(on, format="medium", locale=self.locale)

    def days(self, first: date, last: date) -> str:
        """Write local days, from the first to the last."""
        return self.day(first) if first == last else f"{self.day(first)} – {self.day(last)}"

    def month(self, month: str) -> str:
        """Write a month that is given as 2026-03."""
        return format_skeleton("yMMM", date.fromisoformat(f"{month}-01"), locale=self.locale)

    def instant(self, at: datetime, zone: str) -> str:
        """Write an instant as the local time of a zone, to the minute; to the second where it is within one.

        Of the hour that a change of clocks repeats, the offset from UTC says which is meant.
        """
        local = at.astimezone(ZoneInfo(zone))
        time = "HH:mm:ss" if local.second else "HH:mm"
        other = local.replace(fold=1 - local.fold)
        offset = " (xxx)" if local.utcoffset() != other.utcoffset() else ""
        return f"{self.day(local.date())} {format_datetime(local, format=time + offset, locale=self.locale)}"


@lru_cache
def pattern_of(places: int) -> NumberPattern:
    """The pattern of CLDR for a number with so many decimals, read once."""
    return parse_pattern("#,##0" + ("." + "0" * places if places else ""))


@lru_cache
def words_in(language: Language) -> Words:
    """The words of a language, read once."""
    return Words(language)


def _catalogue(language: str) -> tuple[Mapping[str, str], Mapping[str, tuple[str, ...]]]:
    """Read a catalogue: sentences, and of counted things their forms, by the English of one."""
    if language == Language.ENGLISH:
        return {}, {}
    file = resources.files("billing.documents.words").joinpath(f"{language}.po")
    catalogue = read_po(BytesIO(file.read_bytes()))
    entries = [entry for entry in catalogue if entry.id and entry.string]
    sentences = {entry.id: str(entry.string) for entry in entries if isinstance(entry.id, str)}
    counted = {str(entry.id[0]): tuple(entry.string or ()) for entry in entries if not isinstance(entry.id, str)}
    return sentences, counted
