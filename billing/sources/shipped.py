"""Facts that ship with the code: how a question about them is answered today, and the fingerprint of each table.

A new release of a table has another fingerprint; what was asked of it is then resolved anew, and compared.
"""

from collections.abc import Callable, Mapping
from datetime import date
from decimal import Decimal
from fractions import Fraction
from functools import cache
from hashlib import sha256
from importlib import metadata

from billing.sources.asked import Question, SourceName
from billing.tax import STANDARD_RATES, NoTaxRule, Tax, TaxCategory, decide
from contracts.parties import Party
from quantities.calendars import public_holidays
from quantities.conversion import conversion
from quantities.errors import UsufructError
from quantities.gas import STATES
from quantities.number import plain
from quantities.period import TZDATA_VERSION, Period, zone
from quantities.quantity import UNITS

_NONE = "none"
_ANY_VAT_ID = "XX00"  # which one it is decides nothing


def of_zone(name: str, first: date, after_last: date) -> Question:
    """Ask which instants some local days are."""
    return Question(SourceName.ZONES, 0, f"{name}|{first}|{after_last}")


def of_holidays(code: str, year: int) -> Question:
    """Ask for the public holidays of a year."""
    return Question(SourceName.HOLIDAYS, 0, f"{code}|{year}")


def of_units(from_unit: str, to_unit: str) -> Question:
    """Ask for the factor between two units."""
    return Question(SourceName.UNITS, 0, f"{from_unit}|{to_unit}")


def of_tax(supplier: Party, customer: Party, on: date) -> Question:
    """Ask how a supply between two parties is taxed; of a party its country counts, and whether it has a VAT id."""
    sides = "|".join(f"{party.country}{'+' if party.vat_id is not None else ''}" for party in (supplier, customer))
    return Question(SourceName.TAX, 0, f"{sides}|{on}")


@cache
def answer(question: Question) -> str:
    """Answer a question about what ships with the code, as of today's code."""
    first, *further = question.about.split("|")
    try:
        match question.source:
            case SourceName.ZONES:
                return _offsets(first, date.fromisoformat(further[0]), date.fromisoformat(further[1]))
            case SourceName.HOLIDAYS:
                return " ".join(f"{day:%m-%d}" for day in sorted(public_holidays(first, int(further[0]))))
            case SourceName.UNITS:
                factor = conversion(first, further[0])
                return f"{factor.numerator}/{factor.denominator}"
            case _:
                return token_of_tax(decide(_side(first), _side(further[0]), date.fromisoformat(further[1])))
    except NoTaxRule:
        return _NONE
    except UsufructError as fault:
        return f"{_NONE}: {type(fault).__name__}"


def token_of_tax(tax: Tax) -> str:
    """Write down how a supply is taxed."""
    return f"{tax.category.value} {plain(tax.rate)} {tax.reason}".strip()


def tax_of_token(token: str) -> Tax:
    """Read how a supply is taxed, as ``token_of_tax`` wrote it.

    Raises:
        NoTaxRule: no rule covered it.
    """
    if token == _NONE:
        raise NoTaxRule("no tax rule covered it")
    category, rate, *reason = token.split(" ", 2)
    return Tax(TaxCategory(category), Decimal(rate), *reason)


def factor_of_token(token: str) -> Fraction | None:
    """Read a factor between two units; None where there was none."""
    return None if token.startswith(_NONE) else Fraction(token)


def _side(written: str) -> Party:
    country = written.removesuffix("+")
    return Party(name=country, country=country, vat_id=_ANY_VAT_ID if written.endswith("+") else None)


def _offsets(name: str, first: date, after_last: date) -> str:
    """Write down when some local days begin and end, and each offset of the clock in between."""
    period = Period.of_days(first, after_last, zone(name))
    pieces = [f"{steady.start.isoformat()} {ahead}" for steady, ahead in period.steadily(zone(name))]
    return "; ".join([*pieces, period.end.isoformat()])


def fingerprints() -> Mapping[str, str]:
    """Name the release of each table that ships with the code."""
    return {source.value: fingerprint() for source, fingerprint in _FINGERPRINTS.items()}


@cache
def _version(distribution: str) -> str:
    return metadata.version(distribution)  # from a file of some hundred lines: read once


def _digest(table: object) -> str:
    return sha256(repr(table).encode()).hexdigest()[:16]


_FINGERPRINTS: Mapping[SourceName, Callable[[], str]] = {
    SourceName.TAX: lambda: _digest(sorted(STANDARD_RATES.items())),
    SourceName.ZONES: lambda: TZDATA_VERSION,
    SourceName.HOLIDAYS: lambda: _version("holidays"),
    SourceName.UNITS: lambda: _digest((UNITS, sorted(STATES.items()))),
}
