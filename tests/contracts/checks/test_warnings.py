"""Warnings: lawful clauses that a person should look at before the contract is signed."""

import pytest

from contracts.checks.warnings import warnings
from tests.contracts.checks.documents import FEE, Provoked, a_contract, rows

CPI = {"kind": "following", "terms": [{"index": "CPI", "base": "100"}], "first_review": "2027-01-01"}
STEPS = {"kind": "stepped", "steps": [{"first": "2027-01-01", "percent": "2"}]}


def indexed(**clause: object) -> dict[str, object]:
    return {"charges": [{**FEE, "index": {"clause": clause}}]}


RATCHET = {
    "name": "demand", "register": "kw", "rule": {"kind": "demand", "unit": "kW", "unit_price": "9", "ratchet": {"percent": "80"}}
}  # fmt: skip

PROVOKED = [
    Provoked("state-left-behind", "/charges/1",
             {"charges": [FEE, {**RATCHET, "name": "peak"}], "in_force_from": "2026-02-01"}, {"charges": [RATCHET]}),
    Provoked("never-billed", "/charges/1/rule/on",
             {"charges": [FEE, {"name": "late", "rule": {"kind": "one_off", "amount": "9", "on": "2026-01-20"}}],
              "in_force_from": "2026-02-01"}, {"charges": [FEE]}),
    Provoked("bare-index-clause", "/charges/0/index", indexed(**CPI)),
    Provoked("upwards-only", "/charges/0/index", indexed(**CPI, at_least_percent="0")),
    Provoked("stepped-rent", "/charges/0/index", indexed(**STEPS)),
    Provoked("minimum-despite-downtime", "/charges/0/rule",
             {"charges": [{"name": "m", "rule": {"kind": "minimum_spend", "amount": "1000"}}]}),
    Provoked("given-back", "/charges/0/rule",
             {"charges": [{"name": "r", "rule": {"kind": "one_off", "amount": "-100", "on": "2026-03-01"}}]}),
    Provoked("agreement-expires", "/sharing/payees/0/agreement",
             {"sharing": {"payees": [{"name": "F", "country": "DE", "agreement": {"reference": "A", "first": "2025-12-01", "after_last": "2026-07-01"}}]},
              "charges": [{**FEE, "waterfall": {"rest": "F"}}]}),
    Provoked("payouts-of-nothing", "/sharing/payees/0/payouts",
             {"sharing": {"payees": [{"name": "F", "country": "DE", "self_billed": "false", "payouts": {"by": "bank"}}]},
              "charges": [{**FEE, "waterfall": {"rest": "F"}}]}),
]  # fmt: skip


@pytest.mark.parametrize("row", rows(PROVOKED))
def test_a_warning_and_its_place(row: Provoked) -> None:
    earlier = [a_contract(**row.more)] if row.more else []
    cautions = warnings(a_contract(**row.parts), earlier)
    assert (row.code, row.path) in [(caution.code, caution.path) for caution in cautions]


@pytest.mark.parametrize("parts", [
    pytest.param({"charges": [FEE]}, id="a plain fee"),
    pytest.param({**indexed(**CPI), "ends": "2036-01-01"}, id="an index clause of ten years"),
    pytest.param({"charges": [{"name": "r", "nature": "deposit", "rule": {"kind": "one_off", "amount": "-100", "on": "2026-03-01"}}]},
                 id="a deposit that is returned"),
])  # fmt: skip
def test_what_needs_no_look(parts: dict[str, object]) -> None:
    assert warnings(a_contract(**parts)) == ()


@pytest.mark.parametrize("day", ["2026-01-20", "2025-12-20"])
def test_a_fee_that_the_version_before_has_is_billed_by_it(day: str) -> None:
    fees = [FEE, {"name": "early", "rule": {"kind": "one_off", "amount": "9", "on": day}}]
    assert warnings(a_contract(charges=fees, in_force_from="2026-02-01"), [a_contract(charges=fees)]) == ()


@pytest.mark.parametrize("charges", [
    pytest.param([{**RATCHET, "name": "peak", "continues": "demand"}], id="a renamed charge that says so"),
    pytest.param([RATCHET, {**RATCHET, "name": "peak"}], id="a further one beside it"),
    pytest.param([FEE], id="one that is given up"),
])  # fmt: skip
def test_what_leaves_nothing_behind(charges: list[dict[str, object]]) -> None:
    amended = a_contract(charges=charges, in_force_from="2026-02-01")
    assert warnings(amended, [a_contract(charges=[RATCHET])]) == ()
