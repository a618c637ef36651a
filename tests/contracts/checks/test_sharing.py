"""What is wrong with who shares a charge, named at its place before anything is billed."""

from collections.abc import Mapping
from typing import Any

import pytest

from contracts.checks.sharing import sharing_faults
from tests.contracts.checks.documents import FEE, Provoked, a_contract, faults, per_unit, rows

AGREED: dict[str, str] = {"reference": "A-1", "first": "2025-12-01"}
FACTORY: dict[str, Any] = {"name": "F", "country": "DE", "agreement": AGREED}
BANK = {**FACTORY, "name": "Bank"}


def shared(*steps: Mapping[str, Any], rest: str = "F", **charge: Any) -> dict[str, Any]:
    return {**FEE, "waterfall": {"steps": [*steps], "rest": rest}, **charge}


def percent(of_100: str, **step: str) -> dict[str, Any]:
    return {"kind": "percent", "percent": of_100, **step}


def by(*payees: Mapping[str, Any], **terms: str) -> dict[str, Any]:
    return {"payees": [*payees], **terms}


IN_ITS_NAME = {"sold_in": "owners_name"}
TIERS = {"kind": "tiers", "payee": "P", "tiers": [{"up_to": "1000", "percent": "20"}, {"percent": "60"}]}
CAP = {"name": "cap", "rule": {"kind": "maximum_spend", "amount": "50", "of": ["fee", "other"]}}

PROVOKED = [
    Provoked("shared-twice", "/charges/0/waterfall", {"charges": [shared(payees={"F": "1"})]}),
    Provoked("deposit-shared", "/charges/0/waterfall", {"charges": [shared(nature="deposit")]}),
    Provoked("shared-over-hundred", "/charges/0/waterfall/steps", {"charges": [shared(percent("60"), percent("40.01", payee="P"))]}),
    Provoked("shared-over-hundred", "/charges/0/waterfall/steps", {"charges": [shared(TIERS, percent("41"))]}),
    Provoked("nothing-to-count", "/charges/0/waterfall/steps/0", {"charges": [shared({"kind": "per_unit", "payee": "P", "unit_price": "1"})]}),
    Provoked("unknown-payee", "/charges/0/waterfall/steps/0/payee", {"charges": [shared(percent("1", payee="Bnak"))], "sharing": by(FACTORY, BANK)}),
    Provoked("unknown-payee", "/charges/0/waterfall/rest", {"charges": [shared(rest="G")], "sharing": by(FACTORY)}),
    Provoked("named-twice", "/sharing/payees/1/name", {"charges": [shared()], "sharing": by(FACTORY, FACTORY)}),
    Provoked("party-is-payee", "/sharing/payees/1/name", {"charges": [shared()], "sharing": by(FACTORY, {**FACTORY, "name": "K"})}),
    Provoked("agreement-missing", "/sharing/payees/0", {"charges": [shared()], "sharing": by({"name": "F", "country": "DE"})}),
    Provoked("agreement-missing", "/sharing/payees/0",
             {"charges": [shared()], "sharing": by({"name": "F", "country": "DE", "self_billed": "false"}, **IN_ITS_NAME)}),
    Provoked("agreement-not-in-force", "/sharing/payees/0/agreement",
             {"charges": [shared()], "sharing": by({**FACTORY, "agreement": {**AGREED, "first": "2026-01-02"}})}),
    Provoked("agreement-not-in-force", "/sharing/payees/0/agreement",
             {"charges": [shared()], "sharing": by({**FACTORY, "agreement": {**AGREED, "after_last": "2026-01-01"}})}),
    Provoked("several-owners", "/charges/0/waterfall",
             {"charges": [shared(percent("1", payee="Bank"))], "sharing": by(FACTORY, BANK, **IN_ITS_NAME)}),
    Provoked("several-owners", "/charges/0/payees",
             {"charges": [{**FEE, "payees": {"F": "1"}}], "sharing": by(FACTORY, **IN_ITS_NAME)}),
    Provoked("several-owners", "/charges/2/rule/of",
             {"charges": [shared(), shared(rest="Bank", name="other"), CAP], "sharing": by(FACTORY, BANK, **IN_ITS_NAME)}),
]  # fmt: skip


@pytest.mark.parametrize("row", rows(PROVOKED))
def test_a_fault_of_sharing_is_named_at_its_place(row: Provoked) -> None:
    assert (row.code, row.path) in faults(**row.parts)


@pytest.mark.parametrize("parts", [
    pytest.param({"charges": [shared(percent("60"), percent("40", payee="P"), percent("100", of="rest", payee="Q"))]}, id="all of it, and of the rest all"),
    pytest.param({"charges": [shared(percent("1", payee="P"))]}, id="payees that are names alone"),
    pytest.param({"charges": [per_unit(register="x", waterfall={"steps": [{"kind": "per_unit", "payee": "P", "unit_price": "1"}]})]}, id="for each unit that is priced"),
    pytest.param({"charges": [shared()], "sharing": by({"name": "F", "country": "DE", "self_billed": "false"})}, id="who sends its own invoices agrees to nothing"),
    pytest.param({"charges": [shared(percent("12")), shared(rest="Bank", name="other"), {**CAP, "rule": {"kind": "discount", "percent": "10"}}],
                  "sharing": by(FACTORY, BANK, **IN_ITS_NAME)}, id="a discount has a line for each owner"),
])  # fmt: skip
def test_what_is_shared_well_has_no_fault(parts: dict[str, object]) -> None:
    assert tuple(sharing_faults(a_contract(**parts))) == ()


@pytest.mark.parametrize(("waterfall", "code", "path"), [
    pytest.param({}, "value_error", "", id="nobody shares"),
    pytest.param({"steps": [percent("12")]}, "value_error", "", id="the supplier alone"),
    pytest.param({"rest": "F", "steps": [percent("12", least="2", most="1")]}, "value_error", "/steps/0", id="bounds out of order"),
    pytest.param({"rest": "F", "steps": [percent("101")]}, "less_than_equal", "/steps/0/percent", id="more than all"),
    pytest.param({"rest": "F", "steps": [{**TIERS, "tiers": [{"up_to": "1", "percent": "1"}]}]}, "tiers-bounded-at-the-end", "/steps/0/tiers", id="nothing is said of more"),
    pytest.param({"rest": "F", "steps": [{"kind": "firts", "amount": "1"}]}, "unknown-kind", "/steps/0/kind", id="a misspelt kind"),
])  # fmt: skip
def test_a_waterfall_that_is_none(waterfall: dict[str, object], code: str, path: str) -> None:
    found = faults(charges=[{**FEE, "waterfall": waterfall}])
    assert (code, f"/charges/0/waterfall{path}") in found
