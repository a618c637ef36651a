"""Waterfalls for the charges of lives: decided by what a charge says, so that no other choice of a life is another one."""

import json
from collections.abc import Mapping
from typing import Any
from zlib import crc32

from tests.lives.choices import Dice

PAYEES = ("Bank", "Factory", "Partner")
#: Percentages of one amount are together no more than
_HUNDRED = 100


def shared(charge: Mapping[str, Any], *, over_amounts: bool) -> dict[str, Any]:
    """Give a charge a waterfall, or none: an amended price comes with another one."""
    dice = Dice(crc32(json.dumps(charge, sort_keys=True, default=str).encode()))
    if over_amounts or charge.get("nature") in ("deposit", "prepayment") or not dice.chance(40):
        return dict(charge)
    steps, left = [], _HUNDRED
    for _ in range(dice.integer(0, 3)):
        step = _step(dice, left)
        left -= max([int(tier["percent"]) for tier in step.get("tiers", ())] or [0])
        left -= int(step["percent"]) if step["kind"] == "percent" and step["of"] == "amount" else 0
        steps.append(step)
    return {**charge, "waterfall": {"steps": steps, "rest": dice.among(PAYEES)}}


def agreed(contract: Mapping[str, Any], *, self_billed: bool) -> dict[str, Any]:
    """Say of half of the contracts who shares them: the supplier makes out the documents of all but one, or of all."""
    dice = Dice(crc32(json.dumps(contract, sort_keys=True, default=str).encode()))
    if not self_billed or not dice.chance(50):
        return {}
    agreement = {"reference": "as agreed", "first": "2000-01-01"}
    known = [
        {"name": name, "country": contract["supplier"]["country"], "agreement": agreement, "self_billed": "true"}
        for name in PAYEES
    ]
    if dice.chance(25):
        known[dice.integer(0, len(known) - 1)]["self_billed"] = "false"
    return {"sharing": {"payees": known}}


def _step(dice: Dice, left: int) -> dict[str, Any]:
    step: dict[str, Any] = {"kind": dice.among(["first", "percent", "tiers"])}
    if dice.chance(70):
        step["payee"] = dice.among(PAYEES)
    if step["kind"] == "first":
        return step | {"amount": f"{dice.integer(1, 40_000) / 100:.2f}"}
    least, most = f"{dice.integer(0, 2000) / 100:.2f}", f"{dice.integer(2001, 90_000) / 100:.2f}"
    step |= {name: amount for name, amount in (("least", least), ("most", most)) if dice.chance(25)}
    if step["kind"] == "percent":
        return step | {"percent": str(dice.integer(1, max(1, left // 2))), "of": dice.among(["amount", "rest"])}
    low, high = str(dice.integer(0, left // 4)), str(dice.integer(0, left // 2))
    return step | {"tiers": [{"up_to": str(dice.integer(1, 500)), "percent": low}, {"percent": high}]}
