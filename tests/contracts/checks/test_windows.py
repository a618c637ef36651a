"""A window is no shorter than the billing period: of its use, parts of a period are not known."""

from typing import Any

import pytest

from contracts.checks.windows import window_faults
from tests.contracts.checks.documents import Provoked, a_contract, faults, rows


def of_window(per: str, every: str) -> dict[str, Any]:
    tier = {"kind": "graduated", "unit": "kWh", "per": per, "tiers": [{"unit_price": "1"}]}
    return {"charges": [{"name": "e", "register": "e", "rule": tier}], "billing": {"every": every}}


INCLUDED = {"quantity": "1", "unit": "kWh", "per": "month"}
COMMITTED = [{"per": "month", "quantity": "1"}, {"per": "year", "quantity": "9"}]
PROVOKED = [
    Provoked("window-too-short", "/charges/0/rule/per", of_window("month", "quarter")),
    Provoked("window-too-short", "/charges/0/rule/committed/0/per", {
        "charges": [{"name": "e", "register": "e", "rule": {"kind": "commitment", "unit": "kWh", "unit_price": "1", "committed": COMMITTED}}],
        "billing": {"every": "quarter"},
    }),
    Provoked("window-too-short", "/charges/0/included/per", {
        "charges": [{"name": "e", "register": "e", "included": INCLUDED, "rule": {"kind": "per_unit", "unit": "kWh", "unit_price": "1"}}],
        "billing": {"every": "two_months"},
    }),
]  # fmt: skip


@pytest.mark.parametrize("row", rows(PROVOKED))
def test_a_shorter_window_is_a_fault_at_its_place(row: Provoked) -> None:
    assert (row.code, row.path) in faults(**row.parts)


@pytest.mark.parametrize(
    ("per", "every"),
    [("month", "month"), ("month", "four_weeks"), ("quarter", "month"), ("period", "year"), ("contract", "year")],
)
def test_a_window_as_long_as_the_period_is_none(per: str, every: str) -> None:
    assert list(window_faults(a_contract(**of_window(per, every)))) == []


def test_what_is_stored_goes_on() -> None:
    assert list(window_faults(a_contract(**of_window("month", "quarter"), settings={"arithmetic": "2"}))) == []
