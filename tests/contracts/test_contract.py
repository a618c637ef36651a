"""A contract as a document: all its faults at once, each with its place."""

from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest

from contracts.checks.fleet import faults_against_fleet
from contracts.contract import Contract
from metering.fleet.meter import Register, RegisterKind
from quantities.document import FaultyDocument, parse, read

EXAMPLES = Path(__file__).parents[2] / "examples"

WHOLE = """
contract: C-1
supplier: {name: S, country: DE}
customer: {name: K, country: DE}
assets: [Press]
currency: EUR
zone: Europe/Berlin
starts: 2026-01-01
charges:
  - {name: fee, rule: {kind: fixed_fee, amount: "100"}}
  - {name: air, register: k.air, rule: {kind: per_unit, unit: Nm3, unit_price: "0.03"}}
"""


def a_contract(text: str = WHOLE) -> Contract:
    return parse(Contract, read(text))


def registers(key: str, unit: str) -> dict[str, Register]:
    return {key: Register(key=key, kind=RegisterKind.INTERVAL, unit=unit, resolution=Decimal("0.1"))}


def test_what_is_not_said_has_its_stated_default() -> None:
    contract = a_contract()
    assert (
        contract.settings.rounding,
        contract.settings.payment_days,
        contract.settings.zero_lines,
        contract.settings.quantity_places,
    ) == ("half_up", 30, True, None)
    assert (contract.billing.every, contract.billing.anchor_day) == ("month", 1)
    assert contract.starts == contract.effective


def test_it_is_stored_and_loaded_as_it_was() -> None:
    contract = a_contract()
    assert contract == Contract.model_validate(contract.model_dump(mode="json"))


@pytest.mark.parametrize(("was", "becomes", "path", "said"), [
    ("currency: EUR", "currency: EURO", "/currency", "no currency"),
    ("zone: Europe/Berlin", "zone: CET+1", "/zone", "IANA"),
    ("starts: 2026-01-01", "starts: 2026-02-30", "/starts", "date"),
    ("country: DE}\nassets", "country: Germany}\nassets", "/customer/country", "two capital letters"),
    ('amount: "100"', "amount: 1e2", "/charges/0/rule/amount", "digits"),
    ("kind: per_unit", "kind: perunit", "/charges/1/rule/kind", "there is no such kind"),
    ("register: k.air, ", "", "/charges/1", "name the register"),
    ("{name: fee, rule", "{name: fee, register: x, rule", "/charges/0", "counts nothing"),
    ("name: air", "name: fee", "/charges/0/name", "each has a name"),
    ("assets: [Press]", "asset: [Press]", "/asset", "not permitted"),
    ("starts: 2026-01-01", "starts: 2026-01-01\nends: 2026-01-01", "/ends", "ends after it starts"),
    ("starts: 2026-01-01", "starts: 2026-01-01\nin_force_from: 2025-12-15", "/in_force_from", "while the contract lasts"),
    ("starts: 2026-01-01", "starts: 2026-01-01\nbilling: {anchor_day: 32}", "/billing/anchor_day", "less than or equal to 31"),
])  # fmt: skip
def test_a_fault_and_its_place(was: str, becomes: str, path: str, said: str) -> None:
    assert was in WHOLE
    with pytest.raises(FaultyDocument) as refusal:
        a_contract(WHOLE.replace(was, becomes))
    faults = [fault for fault in refusal.value.faults if fault.path == path and said in fault.detail]
    assert faults, refusal.value


def test_faults_come_all_at_once() -> None:
    with pytest.raises(FaultyDocument) as refusal:
        a_contract(WHOLE.replace("EUR", "EURO").replace("Europe/Berlin", "Nowhere").replace('"100"', "x"))
    assert len(refusal.value.faults) == 3


def test_against_what_is_declared() -> None:
    faults = faults_against_fleet(a_contract(), registers("k.aire", "m3@iso1217"), frozenset({"Presse"}))
    assert [(fault.path, fault.code, fault.expected) for fault in faults] == [
        ("/assets/0", "unknown-asset", "Presse"),
        ("/charges/1/register", "unknown-register", "k.aire"),
    ]
    (fault,) = faults_against_fleet(a_contract(), registers("k.air", "kWh"), frozenset({"Press"}))
    assert (fault.path, fault.code) == ("/charges/1/rule/unit", "incompatible-unit")
    assert faults_against_fleet(a_contract(), registers("k.air", "m3@iso1217"), frozenset({"Press"})) == ()


@pytest.mark.parametrize(
    "path", sorted(path for path in EXAMPLES.glob("*.yaml") if path.stem != "fleet"), ids=lambda path: path.stem
)
def test_every_example_is_a_contract(path: Path) -> None:
    parse(Contract, read(path.read_bytes()))


LIFE = """
milestones: {quoted: 2025-10-01, signed: 2025-11-01, installed: 2025-12-01, accepted: 2025-12-20, ramp_until: 2026-04-01}
suspensions: [{first: 2026-06-01, after_last: 2026-06-15, reason: planned stop}]
ends: 2027-01-01
"""


@pytest.mark.parametrize(("day", "state"), [
    ("2025-10-15", "quoted"), ("2025-11-15", "signed"), ("2025-12-10", "installed"), ("2025-12-28", "accepted"),
    ("2026-01-01", "ramp"), ("2026-04-01", "running"), ("2026-06-14", "suspended"), ("2026-06-15", "running"), ("2027-01-01", "ended"),
])  # fmt: skip
def test_where_it_stands_on_a_day(day: str, state: str) -> None:
    assert state == a_contract(WHOLE.replace("charges:", f"{LIFE}charges:")).state_on(date.fromisoformat(day))
