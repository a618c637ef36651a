"""A contract against the fleet: registers that are not there, of the wrong kind, or counted in a unit without a price."""

from typing import Any

import pytest

from contracts.checks.fleet import faults_against_fleet
from contracts.contract import Contract
from metering.fleet.meter import Register
from tests.contracts.checks.documents import FEE, SAVING, Provoked, a_contract, per_unit, rows

ASSETS = frozenset({"Press"})


def register(key: str, kind: str, unit: str, **more: Any) -> Register:
    return Register.model_validate({"key": key, "kind": kind, "unit": unit, "resolution": "0.1", **more})


KNOWN = {
    known.key: known
    for known in (
        register("kwh", "interval", "kWh", interval_minutes="15"),
        register("kg", "interval", "kg", dimensions=["order"]),
        register("degc", "instantaneous", "degC"),
        register("kw", "instantaneous", "kW"),
        register("orders", "event", "one"),
        register("state", "state", "h", states=[{"code": "1", "name": "run", "used": True}]),
    )
}


def priced(register: str, **rule: Any) -> dict[str, Any]:
    return {"charges": [{"name": "c", "register": register, "rule": {"kind": "per_unit", "unit_price": "1", **rule}}]}


def used(unit: str, **use: Any) -> dict[str, Any]:
    """One named use, priced by the unit."""
    charge = {"name": "c", "usage": "u", "rule": {"kind": "per_unit", "unit": unit, "unit_price": "1"}}
    return {"usages": [{"name": "u", **use}], "charges": [charge]}


LOST = {
    "kind": "lost_yield", "unit": "kWh", "unit_price": "1", "guarantee": "95", "downtime": {"states": ["down"]}
}  # fmt: skip
BY_ORDER = {"kind": "matrix", "unit": "kg", "entries": [{"when": {"shift": "night"}, "unit_price": "1"}]}
DEMAND = {"kind": "demand", "unit": "kW", "unit_price": "1"}
A_PIECE = {"kind": "energy_guarantee", "unit": "kWh", "guaranteed_a_unit": ["0.12"], "output_unit": "m3", "price": "1"}
MEASURED = {**SAVING, "option": {**SAVING["option"], "registers": ["kg"]}}  # type: ignore[dict-item]

PROVOKED = [
    Provoked("unknown-asset", "/assets/0", {"assets": ["Presse"]}),
    Provoked("unknown-register", "/charges/0/register", priced("kwhs", unit="kWh")),
    Provoked("unknown-register", "/usages/0/registers/1", used("kWh", registers=["kwh", "kwhs"])),
    Provoked("unknown-register", "/savings/0/option/registers/0", {"savings": [SAVING]}),
    Provoked("incompatible-unit", "/savings/0/option/registers/0", {"savings": [MEASURED]}),
    Provoked("incompatible-unit", "/usages/0/registers/1", used("kWh", registers=["kwh", "kg"])),
    Provoked("incompatible-unit", "/charges/0/rule/unit", priced("kwh", unit="kg")),
    Provoked("incompatible-unit", "/charges/0/rule/unit", {"charges": [{"name": "c", "register": "kg", "rule": {"kind": "pass_through"}}]}),
    Provoked("incompatible-unit", "/charges/0/included/unit",
             {"charges": [per_unit(register="kwh", included={"quantity": "1", "unit": "kg"})]}),
    Provoked("incompatible-unit", "/charges/0/beside/output",
             {"charges": [{"name": "c", "register": "kwh", "beside": {"output": "kg"}, "rule": A_PIECE}]}),
    Provoked("incompatible-unit", "/usages/1/formula",
             {"usages": [{"name": "a", "registers": ["kwh"]}, {"name": "b", "formula": "a / 2", "unit": "kg"}]}),
    Provoked("no-states", "/charges/0/beside/states",
             {"charges": [{"name": "c", "register": "kwh", "beside": {"states": "kwh"}, "rule": LOST}]}),
    Provoked("no-events", "/charges/0/register",
             {"charges": [{"name": "c", "register": "kwh", "rule": {"kind": "percentage", "percent": "3"}}]}),
    Provoked("unknown-dimension", "/charges/0/register", {"charges": [{"name": "c", "register": "kg", "rule": BY_ORDER}]}),
    Provoked("unknown-dimension", "/usages/0/registers/0", used("kg", registers=["kg"], where={"shift": "night"})),
    Provoked("unknown-state", "/usages/0/registers/0", used("h", registers=["state"], states=["runs"])),
    Provoked("no-demand", "/charges/0/register", {"charges": [{"name": "c", "register": "kg", "rule": DEMAND}]}),
    Provoked("no-demand", "/charges/0/usage", {**used("kg", registers=["kg"]), "charges": [{"name": "c", "usage": "u", "rule": DEMAND}]}),
    Provoked("no-mean", "/usages/0/registers/0", used("kg", registers=["kg"], aggregation="mean")),
    Provoked("no-sum", "/charges/0/register", priced("degc", unit="degC")),
    Provoked("no-blocks", "/usages/0/registers/0",
             used("kW", registers=["kwh"], aggregation="demand", sliding="true", block_minutes="20")),
]  # fmt: skip


def against_fleet(contract: Contract) -> list[tuple[str, str]]:
    return [(fault.code, fault.path) for fault in faults_against_fleet(contract, KNOWN, ASSETS)]


@pytest.mark.parametrize("row", rows(PROVOKED))
def test_what_the_fleet_cannot_count_is_a_fault_at_its_place(row: Provoked) -> None:
    assert (row.code, row.path) in against_fleet(a_contract(**row.parts))


@pytest.mark.parametrize("parts", [
    pytest.param(used("each", registers=["orders"], aggregation="count"), id="events are counted in each"),
    pytest.param(used("degC", registers=["degc"], aggregation="mean"), id="a level has a mean"),
    pytest.param(used("kW", registers=["kw", "kwh"], aggregation="mean"), id="means of a level and of a use add up"),
    pytest.param({**used("kWh", registers=["kwh"]), "charges": [{"name": "c", "usage": "u", "rule": DEMAND}]},
                 id="the highest demand of a named use"),
    pytest.param({"assets": ["Press"], "charges": [FEE]}, id="nothing is counted"),
])  # fmt: skip
def test_what_the_fleet_counts_has_no_fault(parts: dict[str, Any]) -> None:
    assert against_fleet(a_contract(**parts)) == []
