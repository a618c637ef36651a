"""Rules over savings whose use does not tell what they value, each with a row that provokes it."""

from typing import Any

import pytest

from contracts.checks.amending import faults_of_amending
from tests.contracts.checks.documents import SAVING, Provoked, a_contract, rows


def over_savings(kind: str = "trusteeship_fee", use: str = "saved", **rule: Any) -> dict[str, Any]:
    valuation = rule.pop("valuation", {"kind": "at_prices", "unit": "kWh", "bands": {"all": {"price": "1"}}})
    charge = {"name": "fee", "usage": use, "rule": {"kind": kind, "unit": "kWh", "valuation": valuation, **rule}}
    if use != "saved":
        charge["register"] = charge.pop("usage")
    return {"charges": [charge], "savings": [SAVING]}


def bills(*items: dict[str, Any]) -> dict[str, Any]:
    return {"kind": "bill_difference", "tariff": [{"name": item["kind"], "rule": item} for item in items]}


SHARE: dict[str, Any] = {"kind": "savings_share", "tranches": [{"percent": ["50"]}]}
KWH = {"kind": "per_unit", "unit": "kWh", "unit_price": "1"}
KW = {"kind": "demand", "unit": "kW", "unit_price": "1"}
OF_A_PEAK = {"kind": "at_prices", "unit": "kWh", "bands": {"peak": {"price": "1"}}}

PROVOKED = [
    Provoked("no-saving", "/charges/0/register", over_savings(use="kwh")),
    Provoked("no-saving", "/charges/0/register", over_savings(use="kwh", valuation=bills(KWH), **SHARE)),
    Provoked("no-peaks", "/charges/0/rule/valuation/tariff/1/rule", over_savings(valuation=bills(KWH, KW), **SHARE)),
    Provoked("no-price", "/charges/0/rule/valuation/bands", over_savings(valuation=OF_A_PEAK, **SHARE)),
    Provoked("missing-use", "/charges/0/beside", over_savings(under_run_percent="50")),
]


@pytest.mark.parametrize("row", rows(PROVOKED))
def test_what_could_never_be_billed(row: Provoked) -> None:
    """A contract is refused, and an amendment that brings it; one that goes on with it is not."""
    contract, amended = a_contract(**row.parts), a_contract(**row.parts, in_force_from="2026-02-01")
    for earlier, version in (([], contract), ([a_contract()], amended)):
        faults = [(fault.code, fault.path) for fault in faults_of_amending(earlier, version)]
        assert faults == [(row.code, row.path)]
    assert not list(faults_of_amending([contract], amended))


@pytest.mark.parametrize("parts", [over_savings(), over_savings(valuation=bills(KWH), **SHARE)], ids=["a fee", "bills"])
def test_a_saving_tells_what_is_valued(parts: dict[str, Any]) -> None:
    assert not list(faults_of_amending([], a_contract(**parts)))
