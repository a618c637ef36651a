"""Contracts in another currency than that in which their tax is declared: they name a rate of exchange, or are refused."""

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import Any

SERIES = "rate of exchange"
#: In which the tax of an issuer's country is declared, where it is another than the euro.
_DECLARED_IN: Mapping[str, str] = {"RO": "RON"}
#: From so many months before the first day of a life to so many after it.
_BEFORE, _AFTER = 14, 40


def is_needed(document: Mapping[str, Any]) -> bool:
    """Whether the tax of a contract is declared in another currency than the contract's."""
    return bool(document["currency"] != _DECLARED_IN.get(document["supplier"]["country"], "EUR"))


def stated(document: Mapping[str, Any]) -> dict[str, Any]:
    """Name the series in a contract's terms of its tax."""
    return {**document, "tax": {**document.get("tax", {}), "rate_of_exchange": {"index": SERIES}}}


def rates(first: date) -> dict[str, Any]:
    """A rate of each month that a life may bill, which is never a plain one."""
    months = range(first.year * 12 + first.month - 1 - _BEFORE, first.year * 12 + first.month - 1 + _AFTER)
    return {
        "index": SERIES,
        "values": [
            {
                "month": f"{at // 12}-{at % 12 + 1:02}",
                "value": str(Decimal("4.9713") + at % 7),
                "published": "2020-01-15",
            }
            for at in months
        ],
    }
