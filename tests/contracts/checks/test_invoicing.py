"""What a contract says of its documents: names of charges, a Leitweg-ID's check digits, fees for late payment."""

from typing import Any

import pytest

from contracts.checks.reading import read_contract
from contracts.contract import Contract
from contracts.invoicing import PLAIN, InvoicingTerms
from quantities.document import FaultyDocument, parse
from tests.contracts.checks.documents import FEE, Provoked, a_contract, rows

DOCUMENT: dict[str, Any] = {
    "contract": "C", "supplier": {"name": "S", "country": "DE"}, "customer": {"name": "K", "country": "DE"},
    "currency": "EUR", "zone": "Europe/Berlin", "starts": "2026-01-01", "charges": [FEE],
}  # fmt: skip


PROVOKED = [
    Provoked("unknown-charge", "/invoicing/order_lines/fees", {"charges": [FEE], "invoicing": {"order_lines": {"fees": "1"}}}),
    Provoked("not-a-leitweg-id", "/invoicing/buyer_reference",
             {"charges": [FEE], "invoicing": {"form": "xrechnung", "buyer_reference": "04011000-1234512345-07"}}),
    Provoked("fee-not-rounded", "/invoicing/dunning/steps/1/fee", {"charges": [FEE], "invoicing": {"dunning": {"steps": [
        {"after_days": "10", "kind": "reminder"}, {"after_days": "30", "kind": "notice", "fee": "40.005"}]}}}),
]  # fmt: skip


@pytest.mark.parametrize("row", rows(PROVOKED))
def test_a_fault_and_its_place(row: Provoked) -> None:
    with pytest.raises(FaultyDocument) as refused:
        a_contract(**row.parts)
    assert (row.code, row.path) in [(fault.code, fault.path) for fault in refused.value.faults]


def faults(invoicing: dict[str, Any], **more: Any) -> list[tuple[str, str]]:
    read = read_contract({**DOCUMENT, **more, "invoicing": invoicing})
    return [(fault.path, fault.code) for fault in read.faults]


def test_a_charge_that_there_is_not_is_named_with_the_nearest() -> None:
    name = FEE["name"]
    assert faults({"order_lines": {name: "10"}, "item_numbers": {name: "K-7"}}) == []
    with pytest.raises(FaultyDocument) as refused:
        parse(Contract, {**DOCUMENT, "invoicing": {"order_lines": {f"{name}s": "10"}, "item_numbers": {"none": "1"}}})
    assert [(fault.path, fault.code, fault.expected) for fault in refused.value.faults] == [
        (f"/invoicing/order_lines/{name}s", "unknown-charge", name),
        ("/invoicing/item_numbers/none", "unknown-charge", ""),
    ]


def test_a_charge_that_is_at_fault_itself_is_there_nevertheless() -> None:
    faulty = {"name": "hours", "rule": {"kind": "fixed_fee", "amuont": "1"}}
    paths = faults({"order_lines": {"hours": "10", "huors": "20"}}, charges=[FEE, faulty])
    assert ("/invoicing/order_lines/huors", "unknown-charge") in paths
    assert ("/invoicing/order_lines/hours", "unknown-charge") not in paths


@pytest.mark.parametrize(("form", "reference", "codes"), [
    ("xrechnung", "04011000-1234512345-06", []),
    ("xrechnung", "04011000-1234512345-07", ["not-a-leitweg-id"]),
    ("xrechnung_cii", "04011000-12345-67", ["not-a-leitweg-id"]),
    ("xrechnung", "991-01234-38", []),
    ("xrechnung", "Einkauf, Frau Petersen", []),
    ("pdf", "04011000-1234512345-07", []),
])  # fmt: skip
def test_what_is_written_like_a_leitweg_id_has_its_check_digits(form: str, reference: str, codes: list[str]) -> None:
    assert [code for _, code in faults({"form": form, "buyer_reference": reference})] == codes


def test_where_nothing_is_told_nothing_is_written() -> None:
    contract = parse(Contract, DOCUMENT)
    assert contract.invoicing == PLAIN
    assert "invoicing" not in contract.model_dump(mode="json")


def test_over_several_contracts_what_is_of_one_alone_is_left_out() -> None:
    one = InvoicingTerms(order="PO-1", contract="A", order_lines={"fee": "10"})
    assert InvoicingTerms.joined([one, one]) == one
    other = one.model_copy(update={"contract": "B"})
    assert InvoicingTerms.joined([one, other]) == one.model_copy(update={"contract": None})
