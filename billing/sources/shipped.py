"""Facts that ship with the code: how a question about them is answered today, and the fingerprint of each table.

A new release of a table has another fingerprint; what was asked of it is then resolved anew, and compared.
"""

import json
from collections.abc import Callable, Mapping
from datetime import date
from decimal import Decimal
from fractions import Fraction
from functools import cache
from hashlib import sha256
from importlib import metadata

from billing.sources.asked import Question, SourceName
from billing.tax import law_book
from billing.tax.decision import NO_TAX, Deciding, Decision, NoTaxRule, Supply, TaxedSide, decide_as_shipped
from billing.tax.tax import Tax, TaxCategory
from contracts.taxed import TaxTerms
from quantities.calendars import public_holidays
from quantities.conversion import conversion
from quantities.errors import UsufructError
from quantities.gas import STATES
from quantities.number import plain
from quantities.period import TZDATA_VERSION, Period, zone
from quantities.quantity import UNITS

_NONE = "none"
#: What a decision rests on, beside the tax that it comes to.
_RESTS_ON = ("place", "rule", "rate", "code")


def of_zone(name: str, first: date, after_last: date) -> Question:
    """Ask which instants some local days are."""
    return Question(SourceName.ZONES, 0, f"{name}|{first}|{after_last}")


def of_holidays(code: str, year: int) -> Question:
    """Ask for the public holidays of a year."""
    return Question(SourceName.HOLIDAYS, 0, f"{code}|{year}")


def of_units(from_unit: str, to_unit: str) -> Question:
    """Ask for the factor between two units."""
    return Question(SourceName.UNITS, 0, f"{from_unit}|{to_unit}")


@cache
def of_tax(supply: Supply, on: date) -> Question:
    """Ask how a supply is taxed: of a party its country counts, and whether it has a tax number."""
    return Question(SourceName.TAX, 0, f"{_sides(supply)}|{on}|{supply.terms.model_dump_json(exclude_defaults=True)}")


def of_tax_before(supply: Supply, on: date) -> Question:
    """Ask it as releases did that asked for services alone; their answer said no more than the tax."""
    return Question(SourceName.TAX, 0, f"{_sides(supply)}|{on}")


def _sides(supply: Supply) -> str:
    sides = (supply.supplier, supply.customer)
    return "|".join(f"{side.country}{'+' if side.is_registered else ''}" for side in sides)


def supply_of_question(question: Question) -> tuple[Supply, date]:
    """Read of a question about tax what is supplied, and on which day."""
    supplier, customer, on, *terms = question.about.split("|", 3)
    stated = TaxTerms.model_validate_json(terms[0]) if terms else TaxTerms()
    return Supply(_side(supplier), _side(customer), stated), date.fromisoformat(on)


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
                return answer_of_tax(question, decide_as_shipped)
    except UsufructError as fault:
        return f"{_NONE}: {type(fault).__name__}"


def answer_of_tax(question: Question, decide: Deciding) -> str:
    """Answer a question about tax in the form in which it is asked."""
    supply, on = supply_of_question(question)
    try:
        decision = decide(supply, on)
    except NO_TAX as fault:
        return f"{_NONE}: {fault}" if _is_of_today(question) else _NONE
    return token_of_decision(decision) if _is_of_today(question) else token_of_tax(decision.tax)


def _is_of_today(question: Question) -> bool:
    return question.about.count("|") > 2  # noqa: PLR2004 what is supplied is asked as well


def token_of_decision(decision: Decision) -> str:
    """Write down how a supply is taxed, and on which rows of the law that rests."""
    written: dict[str, object] = {"tax": token_of_tax(decision.tax)}
    written |= {name: getattr(decision, name) for name in _RESTS_ON}
    if decision.parts:
        written["parts"] = {name: plain(percent) for name, percent in decision.parts}
    return json.dumps(written)


def decision_of_token(token: str) -> Decision:
    """Read how a supply is taxed, as either form of a question was answered.

    Raises:
        NoTaxRule: no rule covered it.
    """
    if token.startswith(_NONE):
        raise NoTaxRule(token.partition(": ")[2] or "no tax rule covered it")
    if not token.startswith("{"):
        return Decision(_tax(token), "", "")
    answer = json.loads(token)
    parts = tuple((name, Decimal(percent)) for name, percent in answer.pop("parts", {}).items())
    return Decision(_tax(answer.pop("tax")), **answer, parts=parts)


def token_of_tax(tax: Tax) -> str:
    """Write down how a supply is taxed."""
    return f"{tax.category.value} {plain(tax.rate)} {tax.reason}".strip()


def _tax(token: str) -> Tax:
    category, rate, *reason = token.split(" ", 2)
    return Tax(TaxCategory(category), Decimal(rate), *reason)


def factor_of_token(token: str) -> Fraction | None:
    """Read a factor between two units; None where there was none."""
    return None if token.startswith(_NONE) else Fraction(token)


def _side(written: str) -> TaxedSide:
    return TaxedSide(written.removesuffix("+"), written.endswith("+"))


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
    SourceName.TAX: law_book.fingerprint,
    SourceName.ZONES: lambda: TZDATA_VERSION,
    SourceName.HOLIDAYS: lambda: _version("holidays"),
    SourceName.UNITS: lambda: _digest((UNITS, sorted(STATES.items()))),
}
