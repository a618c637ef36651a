"""The oracle's rules say what the pages of the documentation say: every worked example.

    PRICING_CASES=cases.json pytest tests/lives/test_oracle_rules.py

also asks them for published examples of other billing systems: a list of cases with `model`, `inputs` and `expected`.
"""

import json
import os
import re
from collections.abc import Callable, Iterator, Mapping
from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.lives.oracle.rules import Stretch, Use, rate
from tests.lives.oracle.windows import half_up

ROOT = Path(__file__).parents[2]


#: Examples that say something else than the words above them.
CONTRADICTIONS: dict[str, str] = {}


class Words(yaml.SafeLoader):
    """As the contract's own YAML: `on` is a name and not a truth value."""


Words.yaml_implicit_resolvers = {
    letter: [(tag, pattern) for tag, pattern in resolvers if tag != "tag:yaml.org,2002:bool"]
    for letter, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
}


def examples(page: str) -> Iterator[Any]:
    text = (ROOT / "docs" / page).read_text()
    for section in re.split(r"^## ", text, flags=re.MULTILINE)[1:]:
        for number, block in enumerate(re.findall(r"^```yaml\n(.*?)^```", section, re.DOTALL | re.MULTILINE)):
            example = yaml.load(block, Words)  # noqa: S506 - a safe loader
            if "rule" in example and {"usage", "usages"} & example.keys():
                name = f"{page} {section.splitlines()[0]} {number + 1}"
                marks = [pytest.mark.xfail(reason=CONTRADICTIONS[name])] if name in CONTRADICTIONS else []
                yield pytest.param(example, id=name, marks=marks)


def use(told: Mapping[str, Any]) -> Use | None:
    if "unit" not in told:
        return None
    parts = tuple(
        (Fraction(part["quantity"]), {name: str(value) for name, value in part.get("labels", {}).items()})
        for part in told.get("parts", ())
    )
    quantity = Fraction(told["quantity"]) if "quantity" in told else sum((part for part, _ in parts), Fraction(0))
    return Use(quantity, told["unit"], parts)


def stretch(example: Mapping[str, Any], told: Mapping[str, Any], first: date) -> Stretch:
    first = told.get("first", first)
    days = int(told.get("days", 31))
    return Stretch(
        first=first,
        after_last=first + timedelta(days),
        whole_first=first,
        whole_after_last=first + timedelta(int(told.get("days_of_whole", days))),
        document={},
        charge={"name": "example", "rule": example["rule"]},
        starts=example.get("starts", first),
        ends=first + timedelta(days) if "days_of_whole" in told else None,
        use=use(told),
        auxiliary={name: found for name, told_of in told.get("beside", {}).items() if (found := use(told_of))},
        amounts={name: Fraction(amount) for name, amount in told.get("amounts", {}).items()},
        rests=left_of(told.get("amounts", {})),
    )


def left_of(amounts: dict[str, str]) -> dict[str, dict[str, tuple[Fraction, Fraction]]]:
    """What credits leave of the other amounts, each of which bears its part of them."""
    owed = {name: Fraction(amount) for name, amount in amounts.items() if Fraction(amount) > 0}
    there = sum(owed.values(), Fraction(0))
    credit = -sum((Fraction(amount) for amount in amounts.values() if Fraction(amount) < 0), Fraction(0))
    return {name: {"price": (left := amount * (1 - credit / there), left)} for name, amount in owed.items()}


@pytest.mark.parametrize("example", [*examples("pricing.md"), *examples("savings.md")])
def test_a_worked_example_comes_out(example: Mapping[str, Any]) -> None:
    usages = example["usages"] if "usages" in example else [example["usage"]]
    nets = example["nets"] if "nets" in example else [example["net"]]
    history: list[Stretch] = []
    for usage, net in zip(usages, nets, strict=True):
        first = history[-1].after_last if history else date(2026, 1, 1)
        history.append(stretch(example, usage, first))

        billed = sum((half_up(line.amount, 2) for line in rate(history)), Fraction(0))

        assert Decimal(billed.numerator) / billed.denominator == Decimal(net)


def tiers_of(inputs: Mapping[str, Any]) -> list[dict[str, Any]]:
    return [{name: value for name, value in tier.items() if value is not None} for tier in inputs["tiers"]]


def of_amounts(rule: dict[str, Any], events: list[str]) -> list[tuple[dict[str, Any], dict[str, Any]]]:
    return [({"kind": "percentage"} | rule, {"unit": "one", "parts": [{"quantity": amount} for amount in events]})]


def of_units(rule: dict[str, Any], *quantities: str) -> list[tuple[dict[str, Any], dict[str, Any]]]:
    return [({"unit": "each"} | rule, {"quantity": quantity, "unit": "each"}) for quantity in quantities]


def blocks_of(inputs: Mapping[str, Any]) -> list[dict[str, Any]]:
    tiers, bound = [], 0
    for tier in inputs["tiers"]:
        bound += tier["block_size"] * tier["max_blocks"]
        tiers.append({"up_to": str(bound), "unit_price": tier["price_per_block"], "block": str(tier["block_size"])})
    del tiers[-1]["up_to"]
    return tiers


def sized(inputs: Mapping[str, Any]) -> dict[str, Any]:
    rule = {"kind": "package", "size": inputs["package_size"], "package_price": inputs["package_price"]}
    return rule | {"free_units": inputs.get("free_units", "0"), "begun": inputs.get("rounding", "up")}


def percent_terms(inputs: Mapping[str, Any]) -> dict[str, Any]:
    rule = {"percent": inputs["rate_pct"], "fee_per_event": inputs["fixed_fee_per_event"]}
    limits = {
        "minimum": "per_event_min",
        "maximum": "per_event_max",
        "free_events": "free_events",
        "free_amount": "free_amount",
    }
    return rule | {name: inputs[told] for name, told in limits.items() if inputs.get(told) is not None}


def running(inputs: Mapping[str, Any]) -> list[str]:
    sums = [Fraction(0), *map(Fraction, inputs["running_totals"]), Fraction(inputs["total"])]
    return [str(after - before) for before, after in pairwise(sums)]


#: How a model of the cases is said as a rule: the rule and the use of each period; the last period is billed.
SAID: dict[str, Callable[[Mapping[str, Any]], list[tuple[dict[str, Any], dict[str, Any]]]]] = {
    "per_unit": lambda told: of_units({"kind": "per_unit", "unit_price": told["unit_price"]}, told["usage"]),
    "graduated": lambda told: of_units({"kind": "graduated", "tiers": tiers_of(told)}, told["usage"]),
    "graduated_tier_cap": lambda told: of_units(
        {
            "kind": "graduated",
            "tiers": [
                {"unit_price": tier["unit_price"], "amount_cap": tier["tier_amount_cap"]} for tier in told["tiers"]
            ],
        },
        told["usage"],
    ),
    "volume": lambda told: of_units({"kind": "volume", "tiers": tiers_of(told)}, told["usage"]),
    "graduated_blocks": lambda told: of_units({"kind": "graduated", "tiers": blocks_of(told)}, told["usage"]),
    "volume_blocks": lambda told: of_units({"kind": "volume", "tiers": blocks_of(told)}, told["usage"]),
    "package": lambda told: of_units(sized(told), told["usage"]),
    "package_rounding": lambda told: of_units(sized(told), told["usage"]),
    "stairstep": lambda told: of_units(
        {"kind": "stairstep", "steps": [{"up_to": band["up_to"], "amount": band["price"]} for band in told["bands"]]},
        told["usage"],
    ),
    "percentage": lambda told: of_amounts(percent_terms(told), running(told)),
    "percentage_min_max": lambda told: of_amounts(percent_terms(told), told["events"]),
    "commitment_quantity": lambda told: of_units(
        {
            "kind": "commitment",
            "unit_price": told["unit_price"],
            "overage_factor": told["overage_factor"],
            "committed": [{"quantity": told["committed_quantity"], "true_up": told["true_up"]}],
        },
        told["usage"],
    ),
    "commitment_windowed": lambda told: [
        (
            {
                "kind": "commitment",
                "unit": "each",
                "unit_price": told["unit_price"],
                "overage_factor": told["overage_factor"],
                "each_hour": True,
                "committed": [{"amount": told["commitment_amount_per_window"], "true_up": told["true_up"]}],
            },
            {"unit": "each", "parts": [{"quantity": quantity} for quantity in told["windows"]]},
        )
    ],
    "matrix": lambda told: [
        (
            {
                "kind": "matrix",
                "unit": "each",
                "entries": [{"when": {"name": name}, "unit_price": price} for name, price in told["prices"].items()],
                "otherwise": told["default_price"],
            },
            {
                "unit": "each",
                "parts": [{"quantity": quantity, "labels": {"name": name}} for name, quantity in told["usage"].items()],
            },
        )
    ],
    "rerate_delta": lambda told: of_units(
        {
            "kind": told["pricing"],
            "per": "contract",
            **({"tiers": open_ended(told)} if "tiers" in told else sized(told)),
        },
        *increments(told["cumulative_usage_per_run"]),
    ),
}


def open_ended(inputs: Mapping[str, Any]) -> list[dict[str, Any]]:
    tiers = tiers_of(inputs)
    tiers[-1].pop("up_to", None)
    return tiers


def increments(sums: list[str]) -> list[str]:
    return [str(Fraction(after) - Fraction(before)) for before, after in pairwise(["0", *sums])]


def cases() -> list[Any]:
    if "PRICING_CASES" not in os.environ:
        return [pytest.param({}, marks=pytest.mark.skip(reason="PRICING_CASES names no file"))]
    known = json.loads(Path(os.environ["PRICING_CASES"]).read_text())
    unsaid = pytest.mark.skip(reason="it is about a system's own way, not about a rule")
    return [pytest.param(case, id=case["id"], marks=[] if can_be_said(case) else [unsaid]) for case in known]


def can_be_said(case: Mapping[str, Any]) -> bool:
    """Whether it is about a rule; and not a sum that falls, which a rule is never asked."""
    sums = [Fraction(quantity) for quantity in case["inputs"].get("cumulative_usage_per_run", ())]
    return case["model"] in SAID and sums == sorted(sums)


@pytest.mark.parametrize("case", cases())
def test_a_published_case_comes_out(case: Mapping[str, Any]) -> None:
    expected = case["expected"]
    history: list[Stretch] = []
    amounts = []
    for rule, told in SAID[case["model"]](case["inputs"]):
        first = history[-1].after_last if history else date(2026, 1, 1)
        history.append(stretch({"rule": rule, "starts": date(2026, 1, 1)}, told, first))
        amounts.append(sum((line.amount for line in rate(history)), Fraction(0)))

    if "delta_per_run" in expected:
        assert amounts == [Fraction(delta) for delta in expected["delta_per_run"]]
    else:
        assert amounts[-1] == Fraction(expected["amount"])
