"""What whoever writes a contract is told: faults all at once, cautions, differences in words, and the published schema."""

import json
from pathlib import Path
from typing import Any

import pytest

from contracts.checks.warnings import warnings
from contracts.contract import Contract
from contracts.difference import differences
from contracts.schema import contract_schema
from quantities.document import FaultyDocument, parse, read
from tests.contracts.pricing.test_clauses import a_charge, a_contract

SCHEMA = Path(__file__).parents[2] / "docs/contract.schema.json"
TIERS = [{"up_to": "10", "unit_price": "1"}, {"unit_price": "2"}]


def faults(*charges: dict[str, Any], **more: Any) -> list[tuple[str, str]]:
    with pytest.raises(FaultyDocument) as refusal:
        a_contract(*charges, **more)
    return [(fault.path, fault.code) for fault in refusal.value.faults]


def graduated(*tiers: dict[str, str], **over: Any) -> dict[str, Any]:
    return a_charge("energy", "kwh", kind="graduated", unit="kWh", tiers=list(tiers), over=over)


@pytest.mark.parametrize(("tiers", "code"), [
    pytest.param([{"up_to": "10", "unit_price": "1"}, {"up_to": "20", "unit_price": "2"}], "tiers-bounded-at-the-end", id="bounded at the end"),
    pytest.param([{"up_to": "10", "unit_price": "1"}, {"up_to": "10", "unit_price": "1"}, {"unit_price": "2"}], "tiers-out-of-order", id="equal bounds"),
    pytest.param([{"above": "0", "up_to": "10", "unit_price": "1"}, {"above": "8", "unit_price": "2"}], "tiers-overlap", id="overlapping"),
    pytest.param([{"above": "0", "up_to": "10", "unit_price": "1"}, {"above": "12", "unit_price": "2"}], "tiers-have-a-gap", id="gapped"),
])  # fmt: skip
def test_tiers(tiers: list[dict[str, str]], code: str) -> None:
    assert [("/charges/0/rule/tiers", code)] == faults(graduated(*tiers))


@pytest.mark.parametrize(("price", "code"), [
    pytest.param("1.5 USD", "currency-in-amount", id="another currency"),
    pytest.param("EUR 1.5", "currency-in-amount", id="a currency before it"),
    pytest.param("1e2", "not-a-number", id="what YAML reads as a float"),
    pytest.param("yes", "not-a-number", id="what YAML reads as a boolean"),
    pytest.param(1.5, "not-a-string", id="a float"),
    pytest.param(True, "not-a-string", id="a boolean"),
])  # fmt: skip
def test_a_price(price: object, code: str) -> None:
    charge = a_charge("energy", "kwh", kind="per_unit", unit="kWh", unit_price=price)
    assert [("/charges/0/rule/unit_price", code)] == faults(charge)


USES = [{"name": "a", "formula": "b + 1 * b", "unit": "kWh"}, {"name": "b", "formula": "a * 2", "unit": "kWh"}]


@pytest.mark.parametrize(("charges", "more", "expected"), [
    pytest.param([], {}, ("/charges", "too_short"), id="no charge"),
    pytest.param([a_charge("off", kind="discount", percent="5", of=["nothing"])], {}, ("/charges/0/rule/of/0", "unknown-charge"), id="a charge that is none"),
    pytest.param([a_charge("a", kind="percentage_of", percent="5", of=["b"]), a_charge("b", kind="percentage_of", percent="5")], {}, ("/charges/0/rule/of/0", "cycle"), id="one that comes later"),
    pytest.param([a_charge("fee", kind="fixed_fee", amount="1")], {"usages": USES}, ("/usages/0/formula", "cycle"), id="formulas that go round"),
    pytest.param([a_charge("fee", kind="fixed_fee", amount="1")], {"usages": [{"name": "a", "formula": "c * 2", "unit": "kWh"}]}, ("/usages/0/formula", "unknown-use"), id="a formula over nothing"),
    pytest.param([a_charge("fee", kind="fixed_fee", amount="1")], {"ends": "2025-12-31"}, ("/ends", "ends-before-it-starts"), id="it ends before it starts"),
    pytest.param([a_charge("fee", kind="fixed_fee", amount="1")], {"suspensions": [{"first": "2026-03-01", "after_last": "2026-02-01"}]}, ("/suspensions/0", "value_error"), id="a suspension that ends before"),
    pytest.param([a_charge("malus", kind="availability", downtime={"states": ["down"]}, malus={"kind": "linear", "guarantee": "98", "factor": "2"})], {}, ("/charges/0/beside", "missing-use"), id="no states beside"),
    pytest.param([a_charge("fee", kind="fixed_fee", amount="1", over={"index": {"only": ["price"], "clause": {"kind": "stepped", "steps": [{"first": "2027-01-01", "percent": "2"}]}}})], {}, ("/charges/0/index/only", "unknown-price"), id="a price that is none"),
    pytest.param([a_charge("e", "kwh", kind="time_of_use", unit="kWh", calendar={"bands": [{"name": "day", "days": ["mon"]}], "otherwise": "night"}, unit_prices={"day": "1"})], {}, ("/charges/0/rule", "value_error"), id="a band without a price"),
    pytest.param([a_charge("e", "kwh", kind="prepaid", unit="kWh", unit_price="1", blocks=[{"name": "b", "units": "1", "cost": "1", "bought": "2026-02-01", "expires": "2026-01-01"}])], {}, ("/charges/0/rule/blocks/0", "value_error"), id="gone before it is bought"),
])  # fmt: skip
def test_a_fault_and_its_place(charges: list[dict[str, Any]], more: dict[str, Any], expected: tuple[str, str]) -> None:
    assert expected in faults(*charges, **more)


def test_what_should_be_looked_at() -> None:
    cpi = {
        "kind": "following",
        "terms": [{"index": "CPI", "base": "100"}],
        "first_review": "2027-01-01",
        "at_least_percent": "0",
    }
    steps = {"kind": "stepped", "steps": [{"first": "2027-01-01", "percent": "2"}]}
    charges = [
        a_charge("rent", kind="fixed_fee", amount="100", over={"index": {"clause": cpi}}),
        a_charge("stepped", kind="fixed_fee", amount="100", over={"index": {"clause": steps}}),
        a_charge("minimum", kind="minimum_spend", amount="1000"),
    ]
    codes = [caution.code for caution in warnings(a_contract(*charges))]
    assert codes == ["bare-index-clause", "upwards-only", "stepped-rent", "minimum-despite-downtime"]
    ten_years = warnings(a_contract(*charges, ends="2036-01-01"))
    assert "bare-index-clause" not in [caution.code for caution in ten_years]


def test_a_difference_in_words() -> None:
    was = a_contract(graduated(*TIERS), a_charge("fee", kind="fixed_fee", amount="100"))
    now = a_contract(
        graduated({"up_to": "12", "unit_price": "1"}, {"unit_price": "2"}),
        a_charge("visit", kind="one_off", amount="50", on="2026-03-01"),
        in_force_from="2026-02-01",
    )
    words = [str(difference) for difference in differences(was, now)]
    assert "in force from: 2026-02-01 is new" in words
    assert "charges energy rule tiers 1 up to: 10 becomes 12" in words
    assert any(
        difference.startswith("charges fee: name fee, rule kind fixed_fee") and difference.endswith("is gone")
        for difference in words
    )
    assert any(difference.startswith("charges visit:") and difference.endswith("is new") for difference in words)
    assert differences(was, was) == ()


def test_the_published_schema_is_that_of_the_contract(pytestconfig: pytest.Config) -> None:
    if pytestconfig.getoption("--update-golden"):
        SCHEMA.write_text(contract_schema(), encoding="utf-8")
    assert SCHEMA.read_text(encoding="utf-8") == contract_schema()


def test_the_schema_names_every_rule_and_says_what_it_is() -> None:
    schema = json.loads(contract_schema())
    assert "graduated" in schema["$defs"]["Charge"]["properties"]["rule"]["discriminator"]["mapping"]
    assert schema["$defs"]["TakeOrPay"]["description"]


@pytest.mark.parametrize(
    "path", sorted((Path(__file__).parents[2] / "examples/offers").glob("*.yaml")), ids=lambda p: p.stem
)
def test_offers_are_stored_and_loaded_as_they_were(path: Path) -> None:
    if ".usage" not in path.name:
        contract = parse(Contract, read(path.read_bytes()))
        assert contract == Contract.model_validate(contract.model_dump(mode="json"))
        assert differences(contract, Contract.model_validate(contract.model_dump(mode="json"))) == ()
