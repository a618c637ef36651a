"""What is claimed before it is supplied is drawn, at its own tax, and nothing else is."""

from typing import Any

import pytest

from contracts.checks.warnings import warnings
from tests.contracts.checks.documents import FEE, Provoked, a_contract, faults, rows


def claim(amount: str = "600", on: str = "2026-01-01", **charge: Any) -> dict[str, Any]:
    rule = {"kind": "one_off", "amount": amount, "on": on, "in_advance": charge.pop("in_advance", "yes")}
    return {"name": "paid before", "nature": "prepayment", "rule": rule, **charge}


def drawn(*of: str, amount: str = "600", claimed: str = "2026-01-01", **charge: Any) -> dict[str, Any]:
    rule = {"kind": "drawdown", "amount": amount, "claimed": claimed, "of": [*of]}
    return {"name": "drawn", "rule": rule, **charge}


AHEAD = {"name": "rent", "rule": {"kind": "fixed_fee", "amount": "9", "in_advance": "yes"}}
STEPS = {"clause": {"kind": "stepped", "steps": [{"first": "2027-01-01", "percent": "2"}]}}
PROVOKED = [
    Provoked("no-prepayment", "/charges/2/nature", {"charges": [FEE, claim(), drawn("fee", nature="deposit")]}),
    Provoked("not-whole", "/charges/2/rule/amount", {"charges": [FEE, claim(), drawn("fee", amount="600.001")]}),
    Provoked("not-a-price", "/charges/2/rule/of/0", {"charges": [{**FEE, "nature": "damages"}, claim(), drawn("fee")]}),
    Provoked("billed-before", "/charges/2/rule/of/0", {"charges": [AHEAD, claim(), drawn("rent")]}),
    Provoked("another-tax", "/charges/2/tax", {"charges": [FEE, claim(tax={"rate": "reduced"}), drawn("fee")]}),
]  # fmt: skip
DOUBTED = [
    Provoked("prepayment-not-claimed", "/charges/1/rule/amount", {"charges": [FEE, drawn("fee")]}),
    Provoked("prepayment-not-claimed", "/charges/2/rule/amount", {"charges": [FEE, claim("500"), drawn("fee")]}),
    Provoked("prepayment-not-drawn", "/charges/1/rule", {"charges": [FEE, claim()]}),
    Provoked("claimed-with-its-period", "/charges/1/rule/in_advance",
             {"charges": [FEE, claim(in_advance="no"), drawn("fee")]}),
    Provoked("prepayment-moves", "/charges/1/index", {"charges": [FEE, claim(index=STEPS), drawn("fee")]}),
    Provoked("prepayment-dropped", "/charges", {"charges": [FEE], "in_force_from": "2026-02-01"},
             {"charges": [FEE, claim(), drawn("fee")]}),
]  # fmt: skip


@pytest.mark.parametrize("row", rows(PROVOKED))
def test_a_fault_and_its_place(row: Provoked) -> None:
    assert (row.code, row.path) in faults(**row.parts)


@pytest.mark.parametrize("row", rows(DOUBTED))
def test_a_caution_and_its_place(row: Provoked) -> None:
    earlier = [a_contract(**row.more)] if row.more else []
    cautions = warnings(a_contract(**row.parts), earlier)
    assert (row.code, row.path) in [(caution.code, caution.path) for caution in cautions]


@pytest.mark.parametrize("charges", [
    pytest.param([FEE, claim(), drawn("fee")], id="one claimed and drawn"),
    pytest.param([FEE, claim(), drawn()], id="drawn on all charges"),
    pytest.param([FEE, claim("200"), claim("400", name="more"), drawn("fee")], id="claimed by two charges of one day"),
])  # fmt: skip
def test_what_fits_needs_no_look(charges: list[dict[str, Any]]) -> None:
    assert warnings(a_contract(charges=charges)) == ()


def test_what_the_version_of_the_day_claims_is_what_counts() -> None:
    """A later version that states another amount of a claim that is past claims nothing by it."""
    before = a_contract(charges=[FEE, claim("500"), drawn("fee", amount="500")])
    amended = a_contract(charges=[FEE, claim("900"), drawn("fee", amount="900")], in_force_from="2026-02-01")
    assert "prepayment-not-claimed" in [caution.code for caution in warnings(amended, [before])]
    kept = a_contract(charges=[FEE, drawn("fee", amount="500")], in_force_from="2026-02-01")
    assert warnings(kept, [before]) == ()
