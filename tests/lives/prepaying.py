"""Prepayments of lives: an amount that is claimed before, and the drawdown that sets it against what is billed.

Some are claimed before a day on which the issuer's country changes its rate, so that the claim bears one rate and the
supply another.
"""

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from typing import Any

from tests.lives.charges import PRICED
from tests.lives.choices import Choices

Charge = dict[str, Any]
#: By country the first days of rates: of claims and supplies around them each bears its own.
RATES_CHANGE = {"DE": (date(2020, 7, 1), date(2021, 1, 1)), "RO": (date(2025, 8, 1),), "SK": (date(2025, 1, 1),)}
#: First days of lives in which a rate changes, with the country.
AROUND_A_CHANGE = {"2020-11-01": "DE", "2024-11-01": "SK", "2025-06-01": "RO"}
_NEAR = timedelta(days=200)


def pair(choices: Choices, name: str, document: Mapping[str, Any], others: Sequence[Mapping[str, Any]]) -> list[Charge]:
    """A claim and the drawdown of it, of one amount and one day.

    Args:
        choices: where they come from.
        name: of the claim.
        document: the contract as it is without them.
        others: the charges that it may be set against.
    """
    amount, day = str(choices.integer(1, 60) * 50), _claimed(choices, document).isoformat()
    claim: Charge = {"name": name, "rule": {"kind": "one_off", "amount": amount, "on": day}, "nature": "prepayment"}
    if choices.chance(80):
        claim["rule"]["in_advance"] = "true"
    drawdown: Charge = {"name": f"{name} drawn", "rule": {"kind": "drawdown", "amount": amount, "claimed": day}}
    named = [str(other["name"]) for other in others if other["rule"]["kind"] in PRICED and choices.chance(60)]
    if named and choices.chance(50):
        drawdown["rule"]["of"] = named
    return [claim, drawdown]


def _claimed(choices: Choices, document: Mapping[str, Any]) -> date:
    starts = date.fromisoformat(document["starts"])
    near = [day for day in RATES_CHANGE.get(document["supplier"]["country"], ()) if abs(day - starts) < _NEAR]
    if near and choices.chance(60):
        return near[0] - timedelta(days=choices.integer(1, 40))
    return starts + timedelta(days=choices.integer(-30, 100))


def is_prepaid(charge: Mapping[str, Any]) -> bool:
    """Tell whether a charge claims a prepayment, or draws on one."""
    return charge["rule"]["kind"] == "drawdown" or charge.get("nature") == "prepayment"


def day_of(charge: Mapping[str, Any]) -> str:
    """The day on which it is claimed, which a claim and its drawdown have in common."""
    rule = charge["rule"]
    return str(rule["claimed"] if rule["kind"] == "drawdown" else rule["on"])


def with_another_amount(choices: Choices, charges: Sequence[Charge], of: Charge) -> list[Charge]:
    """The charges of a prepayment with another amount, the claim and what is drawn alike."""
    amount = str(choices.integer(1, 60) * 50)
    return [
        charge | {"rule": charge["rule"] | {"amount": amount}}
        if is_prepaid(charge) and day_of(charge) == day_of(of)
        else charge
        for charge in charges
    ]


def without_pair(charges: Sequence[Charge], of: Charge) -> list[Charge]:
    """The charges without a prepayment, its claim and what is drawn alike."""
    return [charge for charge in charges if not is_prepaid(charge) or day_of(charge) != day_of(of)]
