"""Faults of a contract: at the place where they stand, all at once, and with a name that this place has."""

from typing import Any

import pytest

from contracts.contract import Contract
from quantities.document import FaultyDocument, parse

PARTIES = {"supplier": {"name": "A", "country": "DE"}, "customer": {"name": "B", "country": "DE"}}
COMMON = {"contract": "C", "currency": "EUR", "zone": "Europe/Berlin", "starts": "2026-01-01"}


def faults(*charges: dict[str, Any], **terms: Any) -> list[tuple[str, str, str, str]]:
    with pytest.raises(FaultyDocument) as refusal:
        parse(Contract, {**PARTIES, **COMMON, **terms, "charges": list(charges)})
    return [(fault.path, fault.code, fault.found, fault.expected) for fault in refusal.value.faults]


def of_energy(**rule: str) -> dict[str, Any]:
    return {"name": "energy", "register": "kwh", "rule": rule}


def test_all_of_a_charge_whose_kind_is_none_are_told_by_the_kind_that_is_most_like_it() -> None:
    charge = of_energy(kind="per_units", unit="kWhh", unit_prise="0.10")
    assert faults(charge) == [
        ("/charges/0/rule/kind", "unknown-kind", "per_units", "per_unit"),
        ("/charges/0/rule/unit", "unknown-unit", "kWhh", "kWh or kW or Wh"),
        ("/charges/0/rule/unit_price", "missing", "", ""),
        ("/charges/0/rule/unit_prise", "extra_forbidden", "0.10", "unit_price"),
    ]


def test_of_two_such_charges_both() -> None:
    of_both = faults(of_energy(kind="per_units"), {"name": "fee", "rule": {"kind": "fixed_fees", "amont": "5"}})
    assert {path for path, *_ in of_both} == {
        "/charges/0/rule/kind", "/charges/0/rule/unit", "/charges/0/rule/unit_price",
        "/charges/1/rule/kind", "/charges/1/rule/amont", "/charges/1/rule/amount",
    }  # fmt: skip


def test_of_a_kind_that_is_like_none_all_kinds_are_named() -> None:
    with pytest.raises(FaultyDocument, match="there is no such kind; there are fixed_fee, per_unit"):
        parse(Contract, {**PARTIES, **COMMON, "charges": [of_energy(kind="xyz")]})
    assert faults(of_energy(kind="xyz")) == [("/charges/0/rule/kind", "unknown-kind", "xyz", "")]


@pytest.mark.parametrize(("place", "name", "meant"), [
    ("charge", "tax_cod", "tax_code"),
    ("charge", "unit_price", ""),  # a name of a rule, and of no charge
    ("charge", "settings", ""),
    ("rule", "unit_prise", "unit_price"),
    ("rule", "registers", ""),  # a name of a named use
    ("rule", "tiers", ""),  # a name of another rule
    ("contract", "setings", "settings"),
    ("contract", "amount", ""),
])  # fmt: skip
def test_what_was_meant_is_a_name_of_that_place(place: str, name: str, meant: str) -> None:
    charge, terms = of_energy(kind="per_unit", unit="kWh", unit_price="0.10"), dict[str, Any]()
    path = {"charge": "/charges/0", "rule": "/charges/0/rule", "contract": ""}[place]
    {"charge": charge, "rule": charge["rule"], "contract": terms}[place][name] = "1"
    assert [fault for fault in faults(charge, **terms) if fault[1] == "extra_forbidden"] == [
        (f"{path}/{name}", "extra_forbidden", "1", meant)
    ]


@pytest.mark.parametrize("number", ["0.1234567890123", "1" * 25, "-1." + "0" * 13])
def test_a_number_of_too_many_digits_is_named_as_that(number: str) -> None:
    with pytest.raises(FaultyDocument, match="at most 24 digits before the point and 12 after it"):
        parse(Contract, {**PARTIES, **COMMON, "charges": [of_energy(kind="per_unit", unit="kWh", unit_price=number)]})
