"""What is left of a faulty document is checked as well, and its faults have their places in the whole."""

from typing import Any

import pytest

from contracts.checks.salvage import replaced, salvage
from contracts.contract import Contract
from quantities.document import Fault, parse
from tests.contracts.checks.documents import FEE, SAVING, document, per_unit

USE = {"name": "u", "registers": ["kwh"]}


def left(faulty: str, **parts: Any) -> tuple[dict[str, Any], dict[int, int]]:
    """The document without what is faulty at a place; it is well-formed."""
    rest, places = salvage(document(**parts), [Fault(faulty, "value_error", "", "")])
    parse(Contract, rest)
    return rest, places


@pytest.mark.parametrize(("faulty", "parts", "names", "places"), [
    pytest.param("/charges/0/rule", {"charges": [FEE, per_unit(register="x")]}, ["energy"], {0: 1}, id="a faulty charge"),
    pytest.param("/usages/0", {"usages": [USE], "charges": [per_unit(usage="u"), FEE]}, ["fee"], {0: 1}, id="a use, and the charge of it"),
    pytest.param("/savings/0/option", {"savings": [SAVING], "charges": [per_unit(usage="saved"), FEE]}, ["fee"], {0: 1}, id="a saving, and the charge of it"),
    pytest.param("/zone", {"charges": [FEE]}, ["fee"], {0: 0}, id="a required field"),
    pytest.param("/billing/every", {"charges": [FEE], "billing": {"every": "day"}}, ["fee"], {0: 0}, id="an optional field"),
])  # fmt: skip
def test_the_faulty_part_is_left_out(
    faulty: str, parts: dict[str, Any], names: list[str], places: dict[int, int]
) -> None:
    rest, numbers = left(faulty, **parts)
    assert ([charge["name"] for charge in rest["charges"]], numbers) == (names, places)


def test_a_required_field_holds_a_placeholder_and_an_optional_one_is_gone() -> None:
    rest, _ = left("/currency", currency="EURO", reason="x")
    assert (rest["currency"], rest["reason"]) == ("EUR", "x")
    assert "billing" not in left("/billing/every", billing={"every": "day"})[0]


def test_what_is_no_document_leaves_nothing() -> None:
    assert salvage(["no", "mapping"], []) == (None, {})


@pytest.mark.parametrize(("path", "whole"), [
    ("/charges/0/rule/unit", "/charges/2/rule/unit"),
    ("/charges/0", "/charges/2"),
    ("/charges", "/charges"),
    ("/usages/0/name", "/usages/0/name"),
])  # fmt: skip
def test_a_fault_of_the_rest_has_its_place_in_the_whole(path: str, whole: str) -> None:
    assert replaced(Fault(path, "x", "", ""), {0: 2}).path == whole
