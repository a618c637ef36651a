"""Tax numbers: whether one can be that of its country, by its length, its form and its check digits.

That it is anybody's, only the authority knows (VIES): a number that passes here is well-formed, and no more.
"""

from functools import cache
from importlib import import_module

from stdnum.exceptions import ValidationError as NotANumberOfIt

from billing.tax.law_book import countries, jurisdiction
from contracts.parties import Party

#: Countries whose numbers begin otherwise than they are called: Greece, and Northern Ireland in the union's own trade.
_CALLED: dict[str, str] = {"EL": "GR", "XI": "GB"}


def country_of(number: str, established: str) -> str:
    """Name the country whose number it is: that with which it begins, or else where its holder is established."""
    called = _CALLED.get(number[:2], number[:2])
    return called if called.isalpha() and called in countries() else established


def fault_of_number(party: Party) -> str | None:
    """Say what is wrong with the tax number of a party; None where nothing is, or nobody knows its form."""
    number = party.vat_id
    if number is None:
        return None
    country = country_of(number, party.country)
    law = jurisdiction(country)
    forms = () if law is None else law.forms_of_number
    if not forms or any(_is_well_formed(form, number) for form in forms):
        return None
    return f"{number} is no tax number of {country}: its form or its check digits are wrong"


@cache
def _is_well_formed(form: str, number: str) -> bool:
    try:
        import_module(f"stdnum.{form}").validate(number)
    except NotANumberOfIt:
        return False
    return True
