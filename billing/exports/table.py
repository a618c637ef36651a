"""RFC 4180: UTF-8, one header, ISO dates, a decimal point, and no cell that a spreadsheet would run as a formula."""

import csv
import io
import re
from collections.abc import Iterable, Sequence
from datetime import date
from decimal import Decimal
from unicodedata import category

from quantities.number import plain

#: What makes a spreadsheet run a cell: the signs a formula begins with, in both widths, and what may hide them.
_RUN = frozenset("=+-@\t\r\n＝＋－＠")
_PLAIN_NUMBER = re.compile(r"-?[0-9]+(\.[0-9]+)?")


def write(header: Sequence[str], rows: Iterable[Sequence[object]]) -> bytes:
    """Write a table; the same rows give the same bytes."""
    text = io.StringIO(newline="")
    writer = csv.writer(text, lineterminator="\r\n")
    writer.writerow(header)
    writer.writerows([_cell(value) for value in row] for row in rows)
    return text.getvalue().encode()


def _cell(value: object) -> str:
    match value:
        case None:
            return ""
        case Decimal():
            return plain(value)
        case date():
            return value.isoformat()
        case _:
            return no_formula(str(value))


def no_formula(text: str) -> str:
    """Write a text so that no spreadsheet runs it, with an apostrophe before it where one would."""
    return f"'{text}" if _is_run(text) else text


def _is_run(text: str) -> bool:
    """Tell whether a spreadsheet may run a text as a formula, whatever blanks or invisible characters stand before."""
    if _PLAIN_NUMBER.fullmatch(text):
        return False
    first = next((sign for sign in text if sign in _RUN or not _is_unseen(sign)), "")
    return first in _RUN


def _is_unseen(sign: str) -> bool:
    return sign.isspace() or category(sign) in ("Cc", "Cf")
