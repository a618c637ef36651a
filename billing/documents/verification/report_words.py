"""How a savings statement writes its numbers, days and terms: in one language, in the units of its place."""

from datetime import date, datetime
from decimal import ROUND_HALF_EVEN, Decimal

from babel.dates import format_skeleton

from billing.documents.words.savings_words import option_words, row_status_words
from billing.documents.words.words import Words
from quantities.number import trimmed

_HUNDRED = Decimal(100)


class ReportWords:
    """The words of one statement.

    Attributes:
        words: its language.
        currency: of its amounts.
        zone: of its contract, whose people read it.
    """

    def __init__(self, words: Words, currency: str, zone: str) -> None:
        self.words, self.currency, self.zone = words, currency, zone

    def amount(self, number: Decimal | None) -> str:
        """Write an amount of the statement's currency, without it; a dash for none."""
        return "–" if number is None else self.words.amount(number, self.currency)

    def number(self, number: Decimal | str | None) -> str:
        """Write a number with all its decimals; a dash for none."""
        return "–" if number is None else self.words.number(Decimal(number))

    def rounded(self, number: Decimal | str | None, places: int = 4) -> str:
        """Write a number rounded half-even, without zeros at its end; a dash for none."""
        if number is None:
            return "–"
        step = Decimal(1).scaleb(-places)
        return self.words.number(trimmed(Decimal(number).quantize(step, ROUND_HALF_EVEN)))

    def percent(self, fraction: Decimal | str | None) -> str:
        """Write a fraction of one as percent, rounded to two places."""
        return "–" if fraction is None else f"{self.rounded(Decimal(fraction) * _HUNDRED, 2)} %"

    def day(self, day: date | str) -> str:
        """Write a day."""
        return self.words.day(day if isinstance(day, date) else date.fromisoformat(day[:10]))

    def local_time(self, stated: str) -> str:
        """Write a local time that stands in a statement as ISO 8601, to the minute."""
        at = datetime.fromisoformat(stated)
        return f"{self.words.day(at.date())}, {at:%H:%M}"

    def month(self, month: str) -> str:
        """Write a month that stands in a statement as 2026-03."""
        return format_skeleton("yMMM", date.fromisoformat(f"{month}-01"), locale=self.words.locale)

    def month_of_year(self, number: int) -> str:
        """Name a month by its number, from 1."""
        return str(self.words.locale.months["stand-alone"]["wide"][number])

    def option(self, kind: str) -> str:
        """Name an option of the IPMVP."""
        return option_words(kind, self.words)

    def row_status(self, status: str) -> str:
        """Name the status of a row of a window."""
        return row_status_words(status, self.words)

    def rule(self, kind: str) -> str:
        """Name a rule that prices savings."""
        words = self.words
        return {
            "savings_share": words.text("share of savings"),
            "savings_guarantee": words.text("guarantee of savings"),
            "energy_guarantee": words.text("guarantee of energy"),
            "savings_cap": words.text("cap of savings"),
            "trusteeship_fee": words.text("trusteeship fee"),
            "lease_rent": words.text("rent"),
        }.get(kind, kind.replace("_", " "))

    def step(self, step: str) -> str:
        """Name a step of a statement."""
        words = self.words
        return {
            "submitted": words.text("submitted"),
            "verified": words.text("verified"),
            "agreed": words.text("agreed"),
            "disputed": words.text("disputed"),
        }.get(step, step)

    def status(self, status: str) -> str:
        """Name the status of a statement."""
        words = self.words
        return {
            "draft": words.text("draft"),
            "submitted": words.text("submitted"),
            "agreed": words.text("agreed"),
            "silent": words.text("agreed by silence"),
            "disputed": words.text("disputed in part"),
        }.get(status, status)


def variant_name(variant: str) -> str:
    """Name a formula of uncertainty as those who published it are called, alike in every language."""
    return {
        "nmecr": "nmecr",
        "ashrae14": "ASHRAE 14",
        "caltrack": "CalTRACK",
        "sun_baltazar": "Sun & Baltazar",
    }.get(variant, variant.replace("_", " "))
