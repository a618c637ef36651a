"""An amendment keeps what billed periods depend on, and states a reason where a saving is measured in another way."""

from typing import Any

import pytest

from contracts.checks.amending import faults_of_amending, faults_of_states
from tests.contracts.checks.documents import SAVING, Provoked, a_contract, per_unit, rows

OTHERWISE = {**SAVING, "option": {**SAVING["option"], "before": "40"}}  # type: ignore[dict-item]

FEBRUARY = {"in_force_from": "2026-02-01"}


def ratchet(name: str = "demand", unit: str = "kW", **charge: Any) -> dict[str, Any]:
    rule = {"kind": "demand", "unit": unit, "unit_price": "9", "ratchet": {"percent": "80"}}
    return {"name": name, "register": "kw", "rule": rule, **charge}


def of_the_year(**rule: Any) -> dict[str, Any]:
    terms = {"kind": "per_unit", "unit": "kWh", "unit_price": "1", "per": "year", **rule}
    return {"charges": [{"name": "energy", "register": "kwh", "rule": terms}]}


def pooled(**included: str) -> dict[str, Any]:
    return {"charges": [per_unit(register="kwh", included={"quantity": "9", "unit": "kWh", "per": "year", **included})]}


PROVOKED = [
    Provoked("state-not-opened", "/charges/0/rule/kind", {
        "charges": [{"name": "energy", "rule": {"kind": "minimum_spend", "amount": "1"}}], **FEBRUARY}, of_the_year()),
    Provoked("state-not-opened", "/charges/0/rule/unit", {**of_the_year(unit="h"), **FEBRUARY}, of_the_year()),
    Provoked("state-not-opened", "/charges/0/rule/per", {**of_the_year(per="month"), **FEBRUARY}, of_the_year()),
    Provoked("state-not-opened", "/charges/0/rule/unit",
             {"charges": [ratchet("peak", "h", continues="demand")], **FEBRUARY}, {"charges": [ratchet()]}),
    Provoked("state-not-opened", "/charges/0/included/unit", {**pooled(unit="h"), **FEBRUARY}, pooled()),
    Provoked("state-not-opened", "/charges/0/included/per", {**pooled(per="month"), **FEBRUARY}, pooled()),
    Provoked("unknown-charge", "/charges/0/continues",
             {"charges": [ratchet("peak", continues="demnad")], **FEBRUARY}, {"charges": [ratchet()]}),
    Provoked("continues-itself", "/charges/0/continues",
             {"charges": [ratchet("peak", continues="demand")], **FEBRUARY}, {"charges": [ratchet(), ratchet("peak")]}),
    Provoked("no-first-day", "/in_force_from", {"reason": "an address"}),
    Provoked("party-changed", "/customer/name", {"customer": {"name": "X", "country": "DE"}}),
    Provoked("fixed-term", "/starts", {"starts": "2026-02-01"}),
    Provoked("fixed-term", "/billing", {"billing": {"every": "year"}}),
    Provoked("fixed-term", "/currency", {"currency": "USD"}),
    Provoked("no-reason", "/reason", {"savings": [OTHERWISE]}, {"savings": [SAVING]}),
    Provoked("out-of-order", "/in_force_from", {"in_force_from": "2026-03-01"}, {"in_force_from": "2026-04-01"}),
]  # fmt: skip


@pytest.mark.parametrize("row", rows(PROVOKED))
def test_what_an_amendment_cannot_change(row: Provoked) -> None:
    earlier: dict[str, Any] = row.more or {}
    parts = (
        row.parts
        if row.code == "no-first-day"
        else {"in_force_from": row.parts.get("starts", "2026-01-01")} | row.parts
    )
    faults = faults_of_amending([a_contract(**earlier)], a_contract(**parts))
    assert [(fault.code, fault.path) for fault in faults] == [(row.code, row.path)]


def test_a_stated_reason_is_enough() -> None:
    amended = a_contract(savings=[OTHERWISE], reason="the hall was measured again", in_force_from="2026-01-01")
    assert not list(faults_of_amending([a_contract(savings=[SAVING])], amended))


def test_the_same_terms_again_need_no_day() -> None:
    assert not list(faults_of_amending([a_contract(settings={"arithmetic": "2"})], a_contract()))


def test_a_new_contract_amends_nothing() -> None:
    assert not list(faults_of_amending([], a_contract()))


@pytest.mark.parametrize(("before", "amended"), [
    pytest.param(of_the_year(), {**of_the_year(unit="MWh"), **FEBRUARY}, id="kWh become MWh"),
    pytest.param(of_the_year(), {**of_the_year(unit="h"), "in_force_from": "2027-01-01"}, id="the year has ended"),
    pytest.param(of_the_year(per="period"), {**of_the_year(unit="h", per="period"), **FEBRUARY}, id="the month has ended"),
    pytest.param(of_the_year(per="month"), {**of_the_year(per="year"), "in_force_from": "2026-01-15"},
                 id="the month and the year began on the same day"),
    pytest.param({"charges": [ratchet()]}, {"charges": [ratchet("peak", continues="demand")], **FEBRUARY}, id="a renamed charge"),
    pytest.param({"charges": [ratchet("peak", continues="old")]},
                 {"charges": [ratchet("peak", continues="old")], **FEBRUARY}, id="one that was renamed before"),
    pytest.param({"charges": [ratchet()]}, {"charges": [ratchet("peak", "h")], **FEBRUARY}, id="a charge of a new name"),
])  # fmt: skip
def test_what_goes_on(before: dict[str, Any], amended: dict[str, Any]) -> None:
    assert not list(faults_of_amending([a_contract(**before)], a_contract(**amended)))


def test_the_version_before_is_the_one_in_force_on_the_day_before() -> None:
    """Of two versions for one day, the second stands in place of the first."""
    kwh, hours = a_contract(**of_the_year()), a_contract(**of_the_year(unit="h"), **FEBRUARY)
    back = a_contract(**of_the_year(unit="MWh"), **FEBRUARY)
    assert list(faults_of_amending([kwh], hours))
    assert not list(faults_of_amending([kwh, hours], back))


def test_a_charge_that_was_gone_for_a_while_goes_on_from_the_last_version_that_had_it() -> None:
    first, without = a_contract(charges=[ratchet()]), a_contract(**FEBRUARY)
    march = {"in_force_from": "2026-03-01"}
    assert not list(faults_of_amending([first, without], a_contract(charges=[ratchet(unit="MW")], **march)))
    assert not list(
        faults_of_amending([first, without], a_contract(charges=[ratchet("p", continues="demand")], **march))
    )
    (fault,) = faults_of_amending([first, without], a_contract(charges=[ratchet(unit="h")], **march))
    assert (fault.code, fault.path) == ("state-not-opened", "/charges/0/rule/unit")


def test_a_version_that_comes_in_between_is_checked_against_the_one_after_it() -> None:
    first, third = a_contract(**of_the_year()), a_contract(**of_the_year(unit="MWh"), in_force_from="2026-04-01")
    second = a_contract(**of_the_year(unit="h"), **FEBRUARY)
    places = [
        (fault.code, fault.path, fault.found, fault.expected) for fault in faults_of_states([first, third], second)
    ]
    into, out_of = ("h", "kWh"), ("MWh", "h")
    assert places == [("state-not-opened", "/charges/0/rule/unit", *units) for units in (into, out_of)]
