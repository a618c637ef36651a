"""Paths of documents behind the address of the product, with what a number may have in it written as paths have it."""

import re

_RESERVED = re.compile(r"[^A-Za-z0-9._~-]", re.ASCII)


def in_path(number: str) -> str:
    """Write a number as one part of a path: all but letters, digits and ``._~-`` by its bytes (RFC 3986, 2.1)."""
    return _RESERVED.sub(lambda sign: "".join(f"%{byte:02X}" for byte in sign.group().encode()), number)
