"""An amendment keeps what billed periods depend on, and states a reason where a saving is measured in another way."""

from typing import Any

import pytest

from contracts.checks.amending import faults_of_amending
from tests.contracts.checks.documents import SAVING, Provoked, a_contract, rows

OTHERWISE = {**SAVING, "option": {**SAVING["option"], "before": "40"}}  # type: ignore[dict-item]

PROVOKED = [
    Provoked("party-changed", "/customer/name", {"customer": {"name": "X", "country": "DE"}}),
    Provoked("fixed-term", "/starts", {"starts": "2026-02-01"}),
    Provoked("fixed-term", "/billing", {"billing": {"every": "year"}}),
    Provoked("fixed-term", "/currency", {"currency": "USD"}),
    Provoked("no-reason", "/reason", {"savings": [OTHERWISE]}, {"savings": [SAVING]}),
    Provoked("out-of-order", "/in_force_from", {"in_force_from": "2026-03-01"}, {"in_force_from": "2026-04-01"}),
]


@pytest.mark.parametrize("row", rows(PROVOKED))
def test_what_an_amendment_cannot_change(row: Provoked) -> None:
    earlier: dict[str, Any] = row.more or {}
    faults = faults_of_amending([a_contract(**earlier)], a_contract(**row.parts))
    assert [(fault.code, fault.path) for fault in faults] == [(row.code, row.path)]


def test_a_stated_reason_is_enough() -> None:
    amended = a_contract(savings=[OTHERWISE], reason="the hall was measured again")
    assert not list(faults_of_amending([a_contract(savings=[SAVING])], amended))


def test_a_new_contract_amends_nothing() -> None:
    assert not list(faults_of_amending([], a_contract()))
