"""What in a contract contradicts itself: names, formulas, auxiliary uses, indices, allocations."""

import pytest

from contracts.checks.within import faults_within
from tests.contracts.checks.documents import FEE, SAVING, Provoked, a_contract, faults, per_unit, rows

FORMULA = {"name": "a", "formula": "b * 2", "unit": "kWh"}
SIGNED = {"signatories": {"S": ["P"], "K": ["Q"]}}
STEPS = {"clause": {"kind": "stepped", "steps": [{"first": "2027-01-01", "percent": "2"}]}}
BANDS = {"bands": [{"name": "day", "days": ["mon"]}], "otherwise": "night"}
BY_BAND = {"kind": "time_of_use", "unit": "kWh", "calendar": BANDS, "unit_prices": {"day": "1", "night": "1"}}
SEVERITY = {
    "kind": "severity", "unit": "h", "unit_price": "1", "table": [{"from_ratio": "0", "factor": "1"}], "agreed_ratio": "1"
}  # fmt: skip

A_UNIT = {"kind": "energy_guarantee", "unit": "kWh", "guaranteed_a_unit": ["0.12"], "output_unit": "m3", "price": "1"}


def of_paper(row: str = "day", **days: str) -> dict[str, object]:
    """A saving by a baseline on paper."""
    baseline = {
        "kind": "agreed", "row": row, "unit": "kWh", "zone": "Europe/Berlin", "first": "2026-01-01", **days,
        "model": {"kind": "months", "energies": ["1"] * 12}, "uncertainty": {"none_agreed": "true"},
        "source": {"document": "A", "clause": "1", "on": "2025-12-01", "parties": ["S", "K"]},
    }  # fmt: skip
    return {**SAVING, "option": {"kind": "whole_facility", "registers": ["kwh"], "baseline": baseline}}


def joined(saving: str = "saved", unit: str = "tce", **factor: str) -> dict[str, object]:
    """A use that joins one carrier."""
    stated = {"value": "0.1229", "unit": "kgce", "per": "kWh", "first": "2026-01-01", "source": "GB/T 2589", **factor}
    return {"name": "carriers", "unit": unit, "joined": [{"saving": saving, "factors": [stated]}]}


def percentage_of(name: str, *of: str) -> dict[str, object]:
    return {"name": name, "rule": {"kind": "percentage_of", "percent": "5", "of": [*of]}}


SPLIT: dict[str, object] = {"unit": "kWh", "parts": [{"name": "press", "uses": ["kwh"]}]}
PROVOKED = [
    Provoked("named-twice", "/usages/1/name", {"usages": [{"name": "a", "registers": ["x"]}] * 2}),
    Provoked("named-twice", "/savings/0/name", {"usages": [{"name": "saved", "registers": ["x"]}], "savings": [SAVING]}),
    Provoked("named-twice", "/charges/0/name", {"charges": [FEE, FEE]}),
    Provoked("unknown-use", "/usages/0/formula", {"usages": [FORMULA]}),
    Provoked("unknown-use", "/charges/0/usage", {"charges": [per_unit(usage="nothing")]}),
    Provoked("unknown-use", "/charges/0/beside/x", {"charges": [{**FEE, "beside": {"x": "y"}}]}),
    Provoked("cycle", "/usages/0/formula", {"usages": [FORMULA, {"name": "b", "formula": "a + 1 * a", "unit": "kWh"}]}),
    Provoked("cycle", "/charges/0/rule/of/0", {"charges": [percentage_of("a", "b"), percentage_of("b", "a")]}),
    Provoked("unknown-charge", "/charges/0/rule/of/0", {"charges": [percentage_of("a", "nothing")]}),
    Provoked("missing-use", "/charges/0/beside", {"charges": [{"name": "h", "register": "h", "rule": SEVERITY}]}),
    Provoked("missing-use", "/charges/0/beside", {"charges": [{"name": "promise", "register": "kwh", "rule": A_UNIT}]}),
    Provoked("not-agreed-yet", "/savings/0/option/baseline/first", {"savings": [of_paper(first="2026-02-01")]}),
    Provoked("no-longer-agreed", "/savings/0/option/baseline/after_last",
             {"savings": [of_paper(first="2025-01-01", after_last="2026-01-01")]}),
    Provoked("not-an-energy", "/usages/0/unit", {"savings": [SAVING], "usages": [joined(unit="t")]}),
    Provoked("unknown-saving", "/usages/0/joined/0/saving", {"savings": [SAVING], "usages": [joined("heat")]}),
    Provoked("factor-within-row", "/usages/0/joined/0",
             {"savings": [of_paper("billing")], "usages": [joined(first="2025-12-15")]}),
    Provoked("nothing-to-state", "/statement", {"statement": SIGNED}),
    Provoked("no-signatory", "/statement/signatories", {"savings": [SAVING], "statement": {"signatories": {"S": ["P"]}}}),
    Provoked("nothing-to-include", "/charges/0/included",
             {"charges": [{"name": "e", "register": "e", "rule": BY_BAND, "included": {"quantity": "1", "unit": "kWh"}}]}),
    Provoked("nothing-to-settle", "/charges/0/instalments",
             {"charges": [{**FEE, "instalments": {"amounts": [{"amount": "1"}]}}]}),
    Provoked("no-machines", "/charges/0/included/each",
             {"charges": [per_unit(register="kwh", included={"quantity": "1", "unit": "kWh", "each": "asset"})]}),
    Provoked("split-in-advance", "/charges/0/split",
             {"charges": [{**FEE, "rule": {"kind": "fixed_fee", "amount": "1", "in_advance": "true"}, "split": SPLIT}]}),
    Provoked("split-twice", "/charges/0/split",
             {"charges": [{"name": "a", "register": "kwh", "split": SPLIT,
                           "rule": {"kind": "per_unit", "unit": "kWh", "unit_price": "1", "by": ["asset"]}}]}),
    Provoked("split-by-saving", "/charges/0/split/whole",
             {"savings": [SAVING], "charges": [{**FEE, "split": {**SPLIT, "whole": "saved", "owner": {"name": "w"}}}]}),
    Provoked("no-groups", "/charges/0/split/groups_of",
             {"usages": [FORMULA, {"name": "b", "registers": ["x"]}], "charges": [
                 {**FEE, "split": {"unit": "kWh", "groups_of": "a", "by": ["job"], "owner": {"name": "w"}}}]}),
    Provoked("nothing-to-index", "/charges/0/index", {"charges": [{**percentage_of("a", "b"), "index": STEPS}]}),
    Provoked("unknown-price", "/charges/0/index/only", {"charges": [{**FEE, "index": {**STEPS, "only": ["price"]}}]}),
    Provoked("still-there", "/charges/1/continues", {"charges": [FEE, per_unit(register="x", continues="fee")]}),
    Provoked("continued-twice", "/charges/1/continues",
             {"charges": [{**FEE, "continues": "rent"}, per_unit(register="x", continues="rent")]}),
    Provoked("mixed-natures", "/charges/2/rule/of", {"charges": [FEE, {**FEE, "name": "penalty", "nature": "damages"}, percentage_of("c", "fee", "penalty")]}),
    Provoked("weighs-nothing", "/charges/0/payees", {"charges": [{**FEE, "payees": {"S": "0"}}]}),
    Provoked("out-of-order", "/charges/0/allocation",
             {"charges": [{**FEE, "allocation": [{"first": "2026-02-01", "weights": {"a": "1"}}] * 2}]}),
]  # fmt: skip


@pytest.mark.parametrize("row", rows(PROVOKED))
def test_a_contradiction_is_a_fault_at_its_place(row: Provoked) -> None:
    assert (row.code, row.path) in faults(**row.parts)


def test_what_does_not_contradict_itself_has_no_fault() -> None:
    contract = a_contract(usages=[{"name": "a", "registers": ["x"]}], charges=[FEE, per_unit(usage="a")])
    assert faults_within(contract) == ()
