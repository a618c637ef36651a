"""Documents for the tests of checks: a faultless contract, with parts of it replaced."""

from dataclasses import dataclass
from typing import Any

import pytest

from contracts.contract import Contract
from quantities.document import FaultyDocument, parse

FEE = {"name": "fee", "rule": {"kind": "fixed_fee", "amount": "100"}}
#: A saving by Option A, signed by both parties.
SAVING = {
    "name": "saved",
    "option": {
        "kind": "key_parameter", "registers": ["hall.hours"], "parameter_unit": "h", "before": "41.5", "after": "16.2",
        "energy_unit": "kWh", "basis": "measured in March",
    },
    "signatures": [{"party": party, "person": "P", "on": "2025-12-01"} for party in ("S", "K")],
}  # fmt: skip


@dataclass(frozen=True)
class Provoked:
    """A fault or warning, its place, and the parts of a contract that provoke it."""

    code: str
    path: str
    parts: dict[str, Any]
    more: Any = None


def document(**parts: Any) -> dict[str, Any]:
    parties = {"supplier": {"name": "S", "country": "DE"}, "customer": {"name": "K", "country": "DE"}}
    terms = {"contract": "C", **parties, "currency": "EUR", "zone": "Europe/Berlin", "starts": "2026-01-01"}
    return {**terms, "charges": [FEE], **parts}


def a_contract(**parts: Any) -> Contract:
    return parse(Contract, document(**parts))


def faults(**parts: Any) -> list[tuple[str, str]]:
    """Code and place of every fault of a contract by itself."""
    with pytest.raises(FaultyDocument) as refusal:
        a_contract(**parts)
    return [(fault.code, fault.path) for fault in refusal.value.faults]


def per_unit(**charge: Any) -> dict[str, Any]:
    return {"name": "energy", "rule": {"kind": "per_unit", "unit": "kWh", "unit_price": "1"}, **charge}


def rows(provoked: list[Provoked]) -> list[Any]:
    return [pytest.param(row, id=f"{row.code} {row.path}") for row in provoked]
