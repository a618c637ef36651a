"""Settings of charges of which it is known that product and specification differ, and how lives do without them.

`test_core_listed.py` has the smallest life of each; once one is mended, its line goes here too.
"""

from collections.abc import Callable
from typing import Any

#: Kinds that rate the days before and after an amendment within a period each by themselves.
PER_SEGMENT = ("demand", "percentage", "deduction", "pass_through", "age", "discount", "prepaid")


def without_listed(charge: dict[str, Any]) -> dict[str, Any]:
    """The charge without the settings that are listed; it is changed in place."""
    rule = charge["rule"]
    if rule["kind"] in LISTED:
        LISTED[rule["kind"]](charge, rule)
    for price in rule.get("valuation", {}).get("bands", {}).values():
        if "tax_percent" in price:  # a price without its tax that has no end is cut off before its value is rounded
            price["tax_percent"] = "25"
    return charge


def _no_nature(charge: dict[str, Any], rule: dict[str, Any]) -> None:
    """A written nature does not count for lines that have another by their rule."""
    charge.pop("nature", None)


def _nothing_included(charge: dict[str, Any], rule: dict[str, Any]) -> None:
    """The ratio leaves out included hours."""
    charge.pop("included", None)


def _while_suspended(charge: dict[str, Any], rule: dict[str, Any]) -> None:
    """Suspended days count in a holdover, and in a capacity from a day in service on."""
    if rule["kind"] == "holdover" or any("in_service" in terms.get("capacity", {}) for terms in rule["committed"]):
        charge["while_suspended"] = True


def _exact_power_factor(charge: dict[str, Any], rule: dict[str, Any]) -> None:
    """One that is rounded to zero crashes."""
    if "power_factor" in rule:
        rule["power_factor"]["places"] = 4


def _plain_tiers(charge: dict[str, Any], rule: dict[str, Any]) -> None:
    """Fees and free amounts are not looked at beside tiers."""
    for name in ("fee_per_event", "free_events", "free_amount") if "tiers" in rule else ():
        rule.pop(name, None)


def _blocks_of_one_sort(charge: dict[str, Any], rule: dict[str, Any]) -> None:
    """Blocks of units go before blocks of money, whatever their priority."""
    charge.pop("nature", None)
    first = "units" if "units" in rule["blocks"][0] else "amount"
    rule["blocks"] = [block for block in rule["blocks"] if first in block]


def _no_years_of_quarters(charge: dict[str, Any], rule: dict[str, Any]) -> None:
    """Windows are counted as years."""
    for name in ("ramp", "make_up_years", "carry_forward_years") if rule.get("per", "year") != "year" else ():
        rule.pop(name, None)


def _plain_guarantee(charge: dict[str, Any], rule: dict[str, Any]) -> None:
    """A cumulative one has no dead band, bonus or cap; an excess is used whole, and the bonus is of what is left."""
    charge.pop("nature", None)
    if rule.get("cumulative"):
        for name in ("dead_band_percent", "dead_band", "bonus_percent", "at_most"):
            rule.pop(name, None)
    elif rule.get("excess", "customer") != "customer":
        rule.pop("bonus_percent", None)


def _finite_interest(charge: dict[str, Any], rule: dict[str, Any]) -> None:
    """A rate a period that has no end is cut off before the interest is rounded."""
    rule.pop("periods_a_year", None)
    rule["percent_a_year"] = str(3 * (1 + int(float(rule["percent_a_year"])) // 3))


def _percent_off(charge: dict[str, Any], rule: dict[str, Any]) -> None:
    """An amount is held against the amounts above zero alone."""
    if "amount" in rule:
        del rule["amount"]
        rule.pop("proration", None)
        rule["percent"] = "12.5"


LISTED: dict[str, Callable[[dict[str, Any], dict[str, Any]], None]] = {
    "availability": _no_nature,
    "commitment": _while_suspended,
    "demand": _exact_power_factor,
    "discount": _percent_off,
    "holdover": _while_suspended,
    "lease_rent": _finite_interest,
    "percentage": _plain_tiers,
    "prepaid": _blocks_of_one_sort,
    "savings_guarantee": _plain_guarantee,
    "severity": _nothing_included,
    "take_or_pay": _no_years_of_quarters,
    "trusteeship_fee": _no_nature,
}
