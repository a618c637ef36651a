"""The number that KSeF gives: the seller's NIP, the day, twelve signs of its own, and a check sum."""

import re
from functools import reduce

from billing.clearance.refusals import ClearanceNumberInvalid

_FORM = re.compile(r"(?P<nip>[0-9]{10})-[0-9]{8}-[0-9A-F]{6}-?[0-9A-F]{6}-[0-9A-F]{2}\Z", re.ASCII)
_CHECKED = 32
_POLYNOMIAL = 0x07
_TOP_BIT = 0x80
_BYTE = 0xFF


def ksef_number(text: str) -> str:
    """Check a number of KSeF: its form, and its check sum (CRC-8, polynomial 07, over all before it).

    Numbers of the first KSeF have a hyphen more, and no check sum that is known.

    Raises:
        ClearanceNumberInvalid: it is none.
    """
    matched = _FORM.match(text)
    if matched is None or (text.count("-") == _HYPHENS and check_sum(text[:_CHECKED]) != text[-2:]):
        detail = f"{text!r} is no number of KSeF"
        expected = "as 5265877635-20250826-0100001AF629-AF"
        raise ClearanceNumberInvalid(detail, place="NumerKSeFDokumentu", found=text, expected=expected)
    return text


_HYPHENS = 3


def check_sum(text: str) -> str:
    """Compute the two signs at the end of a number."""
    return f"{reduce(_next, text.encode(), 0):02X}"


def _next(sum_so_far: int, byte: int) -> int:
    value = sum_so_far ^ byte
    for _ in range(8):
        value = (value << 1 ^ _POLYNOMIAL if value & _TOP_BIT else value << 1) & _BYTE
    return value
