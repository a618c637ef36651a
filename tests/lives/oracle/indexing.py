"""How the prices of a charge move: by published values, or by agreed steps."""

from collections.abc import Callable, Mapping
from datetime import date
from fractions import Fraction
from typing import Any

from tests.lives.oracle.windows import MONTHS, add_months, half_up

#: Which fields of a rule are its prices, at any depth. The pages do not list them: these are the amounts of money that
#: are due for something, and the caps of such amounts; bounds of use and blocks of money are none.
PRICES: dict[str, frozenset[str]] = {
    kind: frozenset(names.split())
    for kind, names in {
        "age": "unit_price",
        "availability": "amount at_most",
        "buy_out": "amount",
        "commitment": "unit_price amount",
        "deduction": "unitary_charge at_most",
        "demand": "unit_price",
        "downtime_damages": "a_day at_most",
        "early_exit": "amount lost_profit_a_month",
        "fixed_fee": "amount",
        "graduated": "unit_price flat_fee amount_cap",
        "holdover": "day_rate",
        "lost_yield": "unit_price",
        "matrix": "unit_price otherwise",
        "maximum_spend": "amount",
        "minimum_spend": "amount",
        "one_off": "amount",
        "overtime": "fee",
        "package": "package_price",
        "pass_through": "at_most",
        "per_unit": "unit_price",
        "percentage": "fee_per_event minimum maximum flat_fee",
        "prepaid": "unit_price cost",
        "savings_guarantee": "price at_most",
        "energy_guarantee": "price at_most",
        "savings_share": "at_most",
        "service_events": "unit_price",
        "severity": "unit_price",
        "shift": "fee",
        "stairstep": "amount",
        "take_or_pay": "unit_price excess_unit_price",
        "time_of_use": "unit_prices",
        "trusteeship_fee": "operation_fee",
        "volume": "unit_price flat_fee amount_cap",
    }.items()
}


class CannotRate(Exception):
    """What is needed for the price is not there, or the use is not one that has a price."""


def moved(
    rule: Any, indexed: Mapping[str, Any] | None, day: date, value_of: Callable[[str, str], Fraction | None]
) -> Any:
    """The rule with all its prices, or those named in `only`, as they are on a day."""
    if not indexed:
        return rule
    factor = factor_on(indexed["clause"], day, value_of)
    names = set(indexed.get("only") or PRICES[rule["kind"]])
    places = indexed.get("price_places")

    def price(agreed: str) -> Fraction:
        new = Fraction(agreed) * factor
        return new if places is None else half_up(new, int(places))

    def walk(part: Any) -> Any:
        if isinstance(part, Mapping) and part.get("kind") in ("at_prices", "bill_difference"):
            return part  # a valuation is not moved: its prices are published, or agreed year by year
        if isinstance(part, Mapping):
            return {
                name: all_of(inner) if name in names and inner is not None else walk(inner)
                for name, inner in part.items()
            }
        if isinstance(part, list | tuple):
            return [walk(inner) for inner in part]
        return part

    def all_of(part: Any) -> Any:
        if isinstance(part, Mapping):
            return {name: price(inner) for name, inner in part.items()}
        if isinstance(part, list | tuple):
            return [price(inner) for inner in part]
        return price(part)

    return walk(rule)


def factor_on(clause: Mapping[str, Any], day: date, value_of: Callable[[str, str], Fraction | None]) -> Fraction:
    places = int(clause.get("factor_places", 6))
    if clause["kind"] == "stepped":
        factor = Fraction(1)
        for step in clause["steps"]:
            if date.fromisoformat(str(step["first"])) <= day:
                factor *= 1 + Fraction(step["percent"]) / 100
        return half_up(factor, places)
    return following(clause, day, value_of, places)


def following(
    clause: Mapping[str, Any], day: date, value_of: Callable[[str, str], Fraction | None], places: int
) -> Fraction:
    def value(index: str, month: str) -> Fraction:
        known = value_of(index, month)
        if known is None:
            raise CannotRate(f"{index} has no value of {month}")
        return known

    terms = [
        (term["index"], Fraction(term.get("weight", 1)), Fraction(term["base"]) if term.get("base") else value(term["index"], term["base_month"]))
        for term in clause["terms"]
    ]  # fmt: skip
    factor, moved_at = Fraction(1), terms[0][2]
    first_review = date.fromisoformat(str(clause["first_review"]))
    count = 0
    while (review := add_months(first_review, count * MONTHS[clause.get("every", "year")])) <= day:
        count += 1
        month = add_months(review.replace(day=1), -int(clause.get("lag_months", 0))).isoformat()[:7]
        new = Fraction(clause.get("fixed", 0)) + sum(
            weight * value(index, month) / base for index, weight, base in terms
        )
        new = half_up(new, places)
        threshold = clause.get("threshold") or {}
        if threshold.get("percent") and abs(new / factor - 1) * 100 < Fraction(threshold["percent"]):
            continue
        if threshold.get("points") and abs(value(terms[0][0], month) - moved_at) < Fraction(threshold["points"]):
            continue
        if clause.get("at_most_percent") is not None:
            new = min(new, factor * (1 + Fraction(clause["at_most_percent"]) / 100))
        if clause.get("at_least_percent") is not None:
            new = max(new, factor * (1 + Fraction(clause["at_least_percent"]) / 100))
        if clause.get("ceiling") is not None:
            new = min(new, Fraction(clause["ceiling"]))
        if clause.get("floor") is not None:
            new = max(new, Fraction(clause["floor"]))
        factor, moved_at = half_up(new, places), value(terms[0][0], month)
    return factor
