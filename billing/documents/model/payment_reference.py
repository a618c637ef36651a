"""The reference by which a payment is matched with its document: a creditor reference (ISO 11649) of the number.

    NORD26-2026-000123  →  RF + two check digits + NORD262026000123

The dashes of a number are left out, for banks take letters and digits alone; a number that is longer than the 21 of the
norm loses letters at its front, which are those of its issuer's name and the same on all of its documents. So no two
documents of one issuer have the same reference: what is left ends with the letters of a series, the year and the place.
"""

import re
from collections.abc import Iterator

from stdnum import iso11649
from stdnum.iso7064 import mod_97_10

from billing.invoices.invoice import invoice_number, series_name

_MOST = 21
#: As of ``invoice_number``: six digits at least, and no more leading zeros than those make.
_YEAR_AND_PLACE = re.compile(r"(?P<year>20\d\d)(?P<place>\d{6}|[1-9]\d{6,})$")


def payment_reference(number: str) -> str:
    """Make the reference of a document.

    Args:
        number: of an issued document.

    Returns:
        ``RF``, two check digits, and up to 21 letters and digits.
    """
    body = _body(number)
    return f"RF{mod_97_10.calc_check_digits(f'{body}RF')}{body}"


def _body(number: str) -> str:
    return re.sub(r"[^0-9A-Z]", "", number.upper())[-_MOST:]


def numbers_of_reference(reference: str, series: str) -> tuple[str, ...]:
    """Find which numbers a payment's reference may be of.

    Args:
        reference: as a bank writes it, in groups or not.
        series: the issuer's own, which its numbers begin with; empty of one that numbers without.

    Returns:
        The numbers, the likeliest first: nearly always one. None of what is no creditor reference, of one whose check
        digits are wrong, and of one of another issuer's.
    """
    if not iso11649.is_valid(reference):
        return ()
    body = iso11649.compact(reference)[4:]
    return tuple(dict.fromkeys(number for number in _numbers(body, series) if _body(number) == body))


def _numbers(body: str, series: str) -> Iterator[str]:
    for start in range(len(body)):
        match = _YEAR_AND_PLACE.match(body, start)
        if match is None:
            continue
        before = body[:start]
        for kept in range(len(series), -1, -1):  # a long number has lost the front of its issuer's letters
            own = series[len(series) - kept :]
            if before.startswith(own) and (kept == len(series) or len(body) == _MOST):
                letters = before[len(own) :]
                yield invoice_number(int(match["year"]), int(match["place"]), series_name(series, letters))
