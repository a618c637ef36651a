"""docs/pricing.md and docs/savings.md have a page for each rule, and what they show comes out to the cent."""

import re
from pathlib import Path
from typing import Any, get_args

import pytest

from contracts.pricing import PricingRule
from contracts.pricing_preview import Trial, try_rules
from contracts.savings_pricing import SavingsRule
from quantities.document import parse, read

DOCS = Path(__file__).parents[3] / "docs"
PAGE = "\n".join((DOCS / name).read_text(encoding="utf-8") for name in ("pricing.md", "savings.md"))
SECTIONS = dict(re.findall(r"^## (\w+)\n(.*?)(?=^## |\Z)", PAGE, flags=re.DOTALL | re.MULTILINE))
KINDS = [
    rule.model_fields["kind"].default for union in (PricingRule, SavingsRule) for rule in get_args(get_args(union)[0])
]
EXAMPLES = [
    pytest.param(kind, read(block), id=f"{kind}-{number}")
    for kind in KINDS
    for number, block in enumerate(re.findall(r"```yaml\n(.*?)```", SECTIONS.get(kind, ""), flags=re.DOTALL))
]


@pytest.mark.parametrize("kind", KINDS)
def test_each_rule_has_its_page_with_clause_formula_and_example(kind: str) -> None:
    assert f"| [{kind}](#{kind}) |" in PAGE
    clause, formula, *_ = [part.strip() for part in SECTIONS[kind].strip().split("\n\n")]
    assert clause.startswith('"')
    assert formula
    assert "```yaml" in SECTIONS[kind]


def test_every_page_is_of_a_rule() -> None:
    assert set(KINDS) == {name for name in SECTIONS if name != "How"}


def rated(example: dict[str, Any]) -> list[str]:
    """The net of each period, each opening with what the one before closed with."""
    usages = example.get("usages") or [example["usage"]]
    opening: dict[str, Any] = {}
    nets = []
    for usage in usages:
        document = {"rules": [example["rule"]], "usage": {**usage, "opening": opening}}
        if "starts" in example:
            document["starts"] = example["starts"]
        result = try_rules(parse(Trial, document))
        opening = dict(result.closing[0])
        nets.append(f"{result.net:.2f}")
    return nets


@pytest.mark.parametrize(("kind", "example"), EXAMPLES)
def test_the_examples_come_out_to_the_cent(kind: str, example: dict[str, Any]) -> None:
    assert kind == example["rule"]["kind"]
    assert (example.get("nets") or [example["net"]]) == rated(example)


@pytest.mark.parametrize(("kind", "example"), EXAMPLES)
def test_terms_are_stored_and_loaded_as_they_were(kind: str, example: dict[str, Any]) -> None:
    (rule,) = parse(Trial, {"rules": [example["rule"]], "usage": {}}).rules
    (loaded,) = Trial.model_validate({"rules": [rule.model_dump(mode="json")], "usage": {}}).rules
    assert rule == loaded
    assert type(rule).model_fields["arithmetic"].default == rule.arithmetic
