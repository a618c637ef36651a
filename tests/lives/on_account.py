"""Pools that follow machines, and instalments, for the charges of lives: both stay with a charge that is amended."""

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any

from tests.lives.charges import SUMS, an_included
from tests.lives.choices import Choices, number

Charge = dict[str, Any]
MACHINES = ("Press", "Lathe", "Mill", "Saw")
#: By the register that a charge counts, the named use that has another one beside it.
TOGETHER: Mapping[str, tuple[str, ...]] = {
    "kwh": ("kwh", "kwh2"),
    "runtime": ("runtime", "hours"),
    "made": ("made", "parts"),
}
#: Rules whose lines are each a quantity at a price, so that those of one price can be added up.
AT_PRICES = ("per_unit", "graduated")
_MONTHS = 12


def may_have_a_pool(charge: Mapping[str, Any]) -> bool:
    """Tell whether something may be included in the use of a charge."""
    rule = charge["rule"]
    is_sum = rule["kind"] in SUMS and not {"by", "each_day", "each_hour", "calendar"} & rule.keys()
    return is_sum and "unit" in rule and ("register" in charge or "usage" in charge)


def machines(choices: Choices) -> list[str]:
    """The machines of a contract: at least one."""
    return [*MACHINES[: choices.integer(1, len(MACHINES))]]


def a_pool(choices: Choices, charge: Mapping[str, Any], place: Any, each: str) -> dict[str, Any]:
    """An included quantity for each machine, or each register, by its days."""
    pool = an_included(choices, charge["rule"]["unit"], place)
    for other in ("each_register", "proration"):
        pool.pop(other, None)
    if pool.get("per") == "contract":
        pool.pop("per")
    # Of more than is used nothing would be told: a part of the pools is small.
    return pool | {"each": each, "quantity": number(choices, 0, choices.among([3, 15, 120]), 2)}


def instalments(choices: Choices, charge: Mapping[str, Any], place: Any) -> dict[str, Any] | None:
    """Amounts on account that vary by month and by date; None where a charge has none."""
    rule, windows = charge["rule"], [window for window in place.windows if window != "period"]
    if rule["kind"] not in AT_PRICES or not may_have_a_pool(charge) or not windows:
        return None
    if any({"flat_fee", "block", "amount_cap"} & tier.keys() for tier in rule.get("tiers", ())):
        return None
    amounts: list[dict[str, Any]] = [{"amount": number(choices, 0, 400, 2)}]
    if choices.chance(60):
        months = sorted({choices.integer(1, _MONTHS) for _ in range(choices.integer(1, 6))})
        amounts.append({"amount": number(choices, 0, 400, 2), "months": months})
    if choices.chance(40):
        day = place.starts + timedelta(days=choices.integer(10, 120))
        amounts.append({"amount": number(choices, 0, 400, 2), "first": day.isoformat()})
    return {"per": choices.among(windows), "amounts": amounts}


def added(choices: Choices, charge: Charge, place: Any, like: Mapping[str, Any] | None = None) -> Charge:
    """A charge with a pool by machine, with instalments, or as it is.

    Args:
        choices: where it comes from.
        charge: as it is without them.
        place: where it stands.
        like: the charge that it takes the place of: it keeps what that has.
    """
    if like is not None:
        kept = {name: like[name] for name in ("instalments",) if name in like}
        if (like.get("included") or {}).get("each"):
            kept["included"] = like["included"]
        charge = {name: value for name, value in charge.items() if name != "included" or "included" not in kept}
        return charge | kept
    if may_have_a_pool(charge) and choices.chance(45):
        charge = charge | {"included": a_pool(choices, charge, place, "asset")}
        if charge.get("register") in TOGETHER and place.uses and choices.chance(50):
            pool, use = charge["included"] | {"each": "register"}, together(charge["register"])
            own = {name: value for name, value in charge.items() if name not in ("register", "split")}
            charge = own | {"usage": use, "included": pool}
    if choices.chance(80) and (terms := instalments(choices, charge, place)):
        charge = charge | {"instalments": terms}
    return charge


def with_another_quantity(choices: Choices, charges: Sequence[Charge]) -> list[Charge]:
    """The charges with another quantity for each machine."""
    return [
        charge | {"included": charge["included"] | {"quantity": number(choices, 0, 120, 3)}}
        if (charge.get("included") or {}).get("each")
        else charge
        for charge in charges
    ]


def together(register: str) -> str:
    """The name of the use of a register and the one beside it."""
    return f"{register} and more"


def uses_of(charges: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """The named uses that charges count, each over several registers."""
    counted = {charge.get("usage") for charge in charges}
    return [{"name": together(key), "registers": [*keys]} for key, keys in TOGETHER.items() if together(key) in counted]


def as_allowed(charge: Charge, *, pools: bool, instalments: bool) -> Charge:
    """A charge without what a life is to do without."""
    without = set() if instalments else {"instalments"}
    if not pools and (charge.get("included") or {}).get("each"):
        without.add("included")
    charge = {name: value for name, value in charge.items() if name not in without}
    if "included" in without and "usage" in charge:  # its named use is not there either
        named = charge.pop("usage")
        charge["register"] = next(key for key in TOGETHER if together(key) == named)
    return charge


def other_machines(choices: Choices, document: Mapping[str, Any]) -> dict[str, Any]:
    """The fields of an amendment by which machines come or go: of the contract, or of a named use."""
    if not document.get("assets"):
        return {"reason": "no machine of it has a pool"}
    uses = [dict(use) for use in document.get("usages") or ()]
    if uses and choices.chance(50):
        use = choices.among(uses)
        keys = next(keys for key, keys in TOGETHER.items() if together(key) == use["name"])
        use["registers"] = [*keys[: choices.integer(1, len(keys))]]
        return {"usages": uses}
    return {"assets": machines(choices)}


def amended(choices: Choices, charges: Sequence[Charge], what: str) -> dict[str, Any]:
    """The fields by which machines come or go, or by which there is another quantity for each of them."""
    if what == "machines":
        return {"assets": machines(choices)}
    return {"charges": with_another_quantity(choices, charges)}
