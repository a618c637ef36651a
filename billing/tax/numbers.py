"""Tax numbers: whether one can be that of its country, by its length, its form and its check digits.

That it is anybody's, only the authority knows (VIES): a number that passes here is well-formed, and no more.
"""

from functools import cache
from importlib import import_module

from stdnum.exceptions import ValidationError as NotANumberOfIt

from billing.tax.law_book import countries, jurisdiction

#: Countries whose numbers begin otherwise than they are called: Greece, and Northern Ireland in the union's own trade.
_CALLED: dict[str, str] = {"EL": "GR", "XI": "GB"}


def country_of(number: str, established: str) -> str:
    """Name the country whose number it is: that with which it begins, or else where its holder is established."""
    called = _CALLED.get(number[:2], number[:2])
    return called if called.isalpha() and called in countries() else established


def is_well_formed(country: str, number: str) -> bool:
    """Tell whether a number can be one of a country's; of one whose form nobody knows, any can."""
    law = jurisdiction(country)
    forms = () if law is None else law.forms_of_number
    return not forms or any(_has_form(form, number) for form in forms)


@cache
def _has_form(form: str, number: str) -> bool:
    try:
        import_module(f"stdnum.{form}").validate(number)
    except NotANumberOfIt:
        return False
    return True
