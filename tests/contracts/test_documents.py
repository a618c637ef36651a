"""What was read once is written as a document that is read as the same: contracts, rules, templates."""

import json
from pathlib import Path

import pytest
from pydantic import BaseModel

from api.operations.contract_check import check_alone
from api.operations.templates import UnknownTemplate, kinds, template
from contracts.contract import Contract
from contracts.rules import ChargeRule
from quantities.document import Model, document_of, parse, read, write

ROOT = Path(__file__).parents[2]
EXAMPLES = [path for path in sorted((ROOT / "examples").glob("**/*.yaml")) if path.name != "fleet.yaml" and path.parent.name != "parties" and not path.name.endswith(".usage.yaml")]  # fmt: skip


class AnyRule(BaseModel):
    """A rule of any kind."""

    rule: ChargeRule


def same_by_every_way(kind: type[Model], model: Model) -> None:
    """Written as YAML, and dumped as JSON, it reads as the same, and is stored as the same."""
    for written in (write(document_of(model)), json.dumps(model.model_dump(mode="json")), model.model_dump_json()):
        again = parse(kind, read(written))
        assert again == model
        assert again.model_dump(mode="json") == model.model_dump(mode="json")


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.stem)
def test_an_example(path: Path) -> None:
    same_by_every_way(Contract, parse(Contract, read(path.read_bytes())))


@pytest.mark.parametrize("path", sorted((ROOT / "tests/golden/terms").glob("*.json")), ids=lambda path: path.stem)
def test_terms_of_every_release(path: Path) -> None:
    same_by_every_way(AnyRule, AnyRule.model_validate({"rule": json.loads(path.read_text(encoding="utf-8"))}))


@pytest.mark.parametrize("kind", kinds())
class TestATemplate:
    def test_has_no_fault_as_it_is_written(self, kind: str) -> None:
        contract = check_alone(read(template(kind))).contract
        same_by_every_way(Contract, contract)

    def test_says_what_its_terms_mean(self, kind: str) -> None:
        lines = template(kind).splitlines()
        assert any(line.startswith("# Clause: ") for line in lines)
        assert sum("  # " in line for line in lines) >= 10
        assert max(map(len, lines)) <= 125


def test_an_unknown_template_is_refused_with_those_that_there_are() -> None:
    with pytest.raises(UnknownTemplate) as refused:
        template("../usage")
    assert refused.value.members["expected"] == list(kinds())
