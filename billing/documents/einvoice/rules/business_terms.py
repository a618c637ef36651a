"""Which business terms a rule is about, and where each is told, in the user's words."""

import re
from collections.abc import Mapping
from functools import cache
from importlib import resources

from billing.documents.einvoice.rules.rule_engine import RuleFailure
from quantities.document import parse, read
from quantities.terms import Terms

_TERM = re.compile(r"BT-[0-9]+")
_NAMES = re.compile(r"[A-Za-z]+")
#: Where things are told, by the word of the table.
_PLACES = {
    "contract": "in the contract",
    "seller": "in the profile of the seller (party apply)",
    "buyer": "in the profile of the customer (party apply)",
    "site": "at the site",
}


class TermRow(Terms):
    """A business term.

    Attributes:
        name: in words.
        told: in which document, or ``product`` where it comes about of itself.
        field: of that document, or empty.
    """

    name: str
    told: str
    field: str = ""


class TermTable(Terms):
    """The table of business_terms.yaml."""

    terms: Mapping[str, TermRow]
    rules: Mapping[str, tuple[str, ...]]
    elements: Mapping[str, tuple[str, ...]]


@cache
def term_table() -> TermTable:
    """Read the table that ships with the code."""
    file = resources.files("billing.documents.einvoice.rules").joinpath("business_terms.yaml")
    return parse(TermTable, read(file.read_bytes()))


def terms_of(failure: RuleFailure) -> tuple[str, ...]:
    """Name the business terms that a failed rule is about, as its number or its text has them.

    Returns:
        Without repetition, in the order of the text; empty where it names none.
    """
    table = term_table()
    if failure.rule in table.rules:
        return table.rules[failure.rule]
    of_text = tuple(dict.fromkeys(_TERM.findall(failure.text)))
    if of_text:
        return of_text
    named = (table.elements.get(word, ()) for word in _NAMES.findall(failure.text))
    return next((terms for terms in named if terms), ())


def place_of(term: str) -> str:
    """Say where a term is told: ``BT-10 buyer reference, in the contract: invoicing.buyer_reference``."""
    row = term_table().terms.get(term)
    if row is None:
        return term
    place = _PLACES.get(row.told, "")
    where = f", {place}" if place else ""
    return f"{term} {row.name}{where}{f': {row.field}' if row.field else ''}"


def field_of(term: str) -> str:
    """Name the field that a term is told in: ``contract: invoicing.order``; empty where it comes about of itself."""
    row = term_table().terms.get(term)
    return f"{row.told}: {row.field}" if row is not None and row.field else ""
