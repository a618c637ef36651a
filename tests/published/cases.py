"""The published numeric cases of ``pricing.json``, and the rules that they describe as documents of ours."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any, TypeAlias

import pytest

from contracts.contract import Contract
from contracts.pricing_preview import ContractTrial, ContractTrialResult, Trial, TrialResult, try_contract, try_rules
from quantities.document import FaultyDocument, parse
from tests.billing.rating.billed import agreed, fee

CASES: dict[str, dict[str, Any]] = {
    case["id"]: case for case in json.loads(Path(__file__).with_name("pricing.json").read_text(encoding="utf-8"))
}
Inputs: TypeAlias = Mapping[str, Any]
Document: TypeAlias = dict[str, Any]


def of(model: str, with_key: str = "") -> list[object]:
    """The cases of a model that can be said, as parameters ``inputs`` and ``expected``; those alone that have a key."""
    return [
        pytest.param(case["inputs"], case["expected"], id=name)
        for name, case in CASES.items()
        if case["model"] == model and name not in UNSAYABLE and (not with_key or with_key in case["inputs"])
    ]


def case_of(inputs: Inputs) -> Mapping[str, Any]:
    return next(case for case in CASES.values() if case["inputs"] == inputs)


def tiers_of(tiers: list[Document]) -> Document:
    """The tiers of a source as ours say them: use above a last one with a bound is refused, by name."""
    caps = {"tier_amount_cap": "amount_cap"}
    terms = [{caps.get(name, name): value for name, value in tier.items()} for tier in tiers]
    return {"tiers": terms} | ({"above_last": "refused"} if terms[-1].get("up_to") is not None else {})


def graduated(inputs: Inputs, **terms: Any) -> Document:
    return {"kind": "graduated", "unit": "each", **tiers_of(inputs["tiers"]), **terms}


def volume(inputs: Inputs, **terms: Any) -> Document:
    return {"kind": "volume", "unit": "each", **tiers_of(inputs["tiers"]), **terms}


def package(inputs: Inputs, **terms: Any) -> Document:
    sizes = {"size": inputs["package_size"], "package_price": inputs["package_price"]}
    free = {"free_units": inputs.get("free_units", "0"), "begun": inputs.get("rounding", "up")}
    return {"kind": "package", "unit": "each", **sizes, **free, **terms}


def per_unit(inputs: Inputs, **terms: Any) -> Document:
    return {"kind": "per_unit", "unit": "each", "unit_price": inputs["unit_price"], **terms}


#: The models that are one rule and one quantity.
RULES: Mapping[str, Callable[[Inputs], Document]] = {
    "graduated": graduated,
    "graduated_tier_cap": graduated,
    "volume": volume,
    "package": package,
    "package_rounding": package,
    "per_unit": per_unit,
}


def tried(rule: Document, quantity: str | None = None, **usage: Any) -> TrialResult:
    """What ``usufruct price`` makes of a rule and a use."""
    asked = {"unit": "each", **usage} | ({} if quantity is None else {"quantity": quantity})
    return try_rules(parse(Trial, {"rules": [rule], "usage": asked}))


def unrounded(result: TrialResult | ContractTrialResult) -> Decimal:
    return sum((line.amount for line in result.lines), Decimal(0))


def tried_by_period(contract: Contract, *uses: Mapping[str, Document]) -> list[ContractTrialResult]:
    """What ``usufruct price`` makes of a contract's first periods, each opening with what the one before closed with.

    Args:
        contract: of as many periods as are asked for, or more.
        uses: of each period, by charge.
    """
    opening: Mapping[str, Any] = {}
    results = []
    for period, by_charge in zip(contract.periods(), uses, strict=False):
        trial = {"contract": contract, "uses": by_charge, "first": period.first, "opening": opening}
        result = try_contract(ContractTrial.model_validate(trial))
        opening = result.closing
        results.append(result)
    return results


def custom(first: date, after_last: date) -> Document:
    """Billing of one period from a day up to another."""
    return {"every": "custom", "calendar": [str(first), str(after_last)]}


def part_of(part: int, whole: int, first: date = date(2026, 1, 1)) -> Document:
    """Terms of a contract that begins in the course of a period: the last ``part`` of its ``whole`` days are billed."""
    after_last = first + timedelta(days=whole)
    return {
        "starts": str(after_last - timedelta(days=part)),
        "ends": str(after_last),
        "billing": custom(first, after_last),
    }


@dataclass(frozen=True)
class Unsayable:
    """A case that no contract of ours says.

    Attributes:
        reason: what the product lacks.
        figure: what a way to say it would come to.
        attempts: the nearest ways to write it, each with what it comes to; one that is refused comes to nothing.
    """

    reason: str
    figure: Callable[[Inputs], object]
    attempts: tuple[Callable[[Inputs], object], ...]

    def comes_out(self, name: str) -> bool:
        """Whether one of the attempts comes to the published figure."""
        case = CASES[name]
        return any(_attempted(attempt, case["inputs"]) == self.figure(case["expected"]) for attempt in self.attempts)


def _attempted(attempt: Callable[[Inputs], object], inputs: Inputs) -> object:
    try:
        return attempt(inputs)
    except FaultyDocument:
        return None


def _accepted(**terms: Any) -> Callable[[Inputs], object]:
    """Whether a contract may have these terms."""
    return lambda inputs: bool(agreed(fee("plan", inputs["plan_fee"]), **terms))


_THRESHOLD = Unsayable(
    "a period is billed at its end, and never because what it came to so far has passed a threshold",
    lambda expected: True,
    (
        _accepted(billing={"threshold": "200"}),
        _accepted(billing={"every": "threshold"}),
    ),
)
#: By case. That none of them can be said is a test: an attempt that comes out takes its case off this list.
UNSAYABLE: Mapping[str, Unsayable] = {
    "threshold-lago-terminate": _THRESHOLD,
    "threshold-lago-two": _THRESHOLD,
}
