"""Of which kind an amount is: docs/pricing.md (how charges are composed).

A price and what reduces it are one kind; damages and deposits are each their own.
"""

from collections.abc import Mapping
from typing import Any

from tests.lives.oracle.rules import NATURES, over_amounts

PRICE = "price"


def charge_of(document: Mapping[str, Any], name: str) -> Mapping[str, Any] | None:
    return next((charge for charge in document["charges"] if charge["name"] == name), None)


def kind(nature: str) -> str:
    return PRICE if nature in ("consideration", "price_reduction") else nature


def kind_of(document: Mapping[str, Any], charge: Mapping[str, Any]) -> str:
    """Of which kind what a charge comes to is."""
    if charge.get("nature"):
        return kind(charge["nature"])
    rule = charge["rule"]["kind"]
    if over_amounts(charge) and rule not in ("percentage_of", "drawdown"):
        return kind_seen(document, charge)
    return kind(NATURES.get(rule, "consideration"))


def kind_seen(document: Mapping[str, Any], charge: Mapping[str, Any]) -> str:
    """Of which kind the amounts are that a charge is computed from: the one that all it names have, or the price."""
    named = [charge_of(document, name) for name in charge["rule"].get("of") or ()]
    kinds = {kind_of(document, one) for one in named if one is not None}
    return kinds.pop() if len(kinds) == 1 else PRICE
