"""Published cases of credit notes and of an invoice's total, through the product's own documents.

A contract is agreed, billed and given back over HTTP; the figures are those that the documents say. None is computed here
but the share of days of a case that states days: as a percentage, which is how it is asked for.
"""

from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest

from api.access.roles import Role
from api.server.database import Access
from tests.published.cases import of
from tests.scenarios.world import World

#: A country whose standard rate is that of a case.
COUNTRIES = {"25": "DK", "20": "FR"}


@pytest.fixture
def world(access: Access) -> Iterator[World]:
    world = World(access)
    with world.client:
        for name, role in (("maker", Role.OWNER), ("finance", Role.FINANCE), ("checker", Role.FINANCE)):
            world.key(name, role)
        yield world


def billed(world: World, *charges: Mapping[str, Any], country: str = "DE", **terms: Any) -> dict[str, Any]:
    """The invoice of a contract's one month."""
    party, currency = {"country": country}, {"DK": "DKK", "US": "USD"}.get(country, "EUR")
    contract = {
        "contract": "C", "supplier": {"name": "A", **party}, "customer": {"name": "B", **party}, "currency": currency,
        "zone": "Etc/UTC", "starts": "2026-01-01", "ends": "2026-02-01", "charges": list(charges), **terms,
    }  # fmt: skip
    world.done("maker", "POST", "/v1/contracts", json=contract)
    world.done("finance", "POST", "/v1/contracts/C/release")
    world.now = datetime(2026, 2, 2, 8, tzinfo=UTC)
    (invoice,) = world.done("finance", "POST", "/v1/bill?issue=true")["invoices"]
    shown: dict[str, Any] = world.done("finance", "GET", f"/v1/invoices/{invoice['number']}")
    return shown


def fee(amount: str, name: str = "fee") -> dict[str, Any]:
    return {"name": name, "rule": {"kind": "fixed_fee", "amount": amount}}


def credited(world: World, invoice: Mapping[str, Any], **line: Any) -> dict[str, Any]:
    """The credit note of the invoice's first line: prepared by one, released by another."""
    body = {"lines": [{"line": 1, **line}], "reason": "published"}
    credit = world.done("finance", "POST", f"/v1/invoices/{invoice['number']}/credits", json=body)["credit"]
    (number,) = world.done("checker", "POST", f"/v1/credits/{credit}/release")["documents"]
    note: dict[str, Any] = world.done("finance", "GET", f"/v1/invoices/{number}")
    assert (note["kind"], note["document_type"], note["corrects"]) == ("credit", "381", [invoice["number"]])
    return note


def amounts(document: Mapping[str, Any]) -> tuple[Decimal, Decimal, Decimal]:
    return Decimal(document["net"]), Decimal(document["vat"]), Decimal(document["gross"])


def proves(world: World) -> bool:
    replayed = world.done("finance", "POST", "/v1/replay")
    return bool(replayed["unproven"] == [] and replayed["replayed"] > 1)


@pytest.mark.parametrize(("inputs", "expected"), of("credit_note_rounding"))
def test_parts_of_an_invoice_add_up_to_it(world: World, inputs: Mapping[str, Any], expected: Mapping[str, Any]) -> None:
    price = inputs.get("price") or inputs["invoice_net"]
    invoice = billed(world, fee(price), country=COUNTRIES[inputs["tax_rate"]])
    if "unused_days" in inputs:
        percent = Decimal(100) * inputs["unused_days"] / inputs["period_days"]
        notes = [credited(world, invoice, percent=f"{percent:.10f}")]
    else:
        notes = [credited(world, invoice, amount=net) for net in (*inputs["already_credited"], *inputs["credit_items"])]
        assert [sum(part) for part in zip(*map(amounts, notes), strict=True)] == [-part for part in amounts(invoice)]
    assert tuple(-Decimal(expected[name]) for name in ("net", "tax", "total")) == amounts(notes[-1])
    assert proves(world)


@pytest.mark.parametrize(("inputs", "expected"), of("credit_cap"))
def test_no_more_is_given_back_than_was_billed(
    world: World, inputs: Mapping[str, Any], expected: Mapping[str, Any]
) -> None:
    """What was given back before is at most the line, also where the source says that it was more."""
    invoice = billed(world, fee(inputs["original_paid"]))
    credited(world, invoice, at_most=inputs["previous_credits"])
    if Decimal(expected["credit"]):
        note = credited(world, invoice, at_most=inputs["potential_credit"])
        assert -Decimal(expected["credit"]) == Decimal(note["net"])
    else:
        body = {"lines": [{"line": 1, "at_most": inputs["potential_credit"]}], "reason": "published"}
        refused = world.ask("finance", "POST", f"/v1/invoices/{invoice['number']}/credits", json=body)
        assert (refused.status_code, refused.json()["type"]) == (409, "/problems/nothing-to-give-back")
    assert proves(world)


def taxed_in_california(world: World, rates: Sequence[str]) -> dict[str, Any]:
    """A rate there that is the sum of some, and what a contract says of its tax to have it."""
    parts = {f"part {number}": rate for number, rate in enumerate(rates)}
    law = {
        "country": "US",
        "rates": [
            {"name": "standard", "percent": str(sum(map(Decimal, rates))), "place": "US-CA", "first": "2026-01-01",
             "source": "published", "parts": parts},
        ],
    }  # fmt: skip
    world.done("maker", "POST", "/v1/taxes", json=law)
    world.done("checker", "POST", "/v1/taxes/US/release")
    return {"tax": {"place": "US-CA"}}


@pytest.mark.parametrize(("inputs", "expected"), of("invoice_total", with_key="tax_rates"))
def test_an_invoice_of_two_taxes(world: World, inputs: Mapping[str, Any], expected: Mapping[str, Any]) -> None:
    """Neither is a tax on the other; each has its own part of what the document charges."""
    terms = taxed_in_california(world, inputs["tax_rates"])
    invoice = billed(world, fee(inputs["taxable"]), country="US", **terms)
    assert amounts(invoice)[:2] == (Decimal(inputs["taxable"]), Decimal(expected["tax"]))
    (tax,) = invoice["taxes"]
    assert [Decimal(part["tax"]) for part in tax["parts"]] == [Decimal(rate) for rate in inputs["tax_rates"]]
    note = credited(world, invoice, amount="33.33")
    assert [Decimal(part["tax"]) for part in note["taxes"][0]["parts"]] == [Decimal("-2.00"), Decimal("-0.67")]
    assert proves(world)


@pytest.mark.parametrize(("inputs", "expected"), of("invoice_total", with_key="coupons_amount"))
def test_an_invoice_less_its_vouchers(world: World, inputs: Mapping[str, Any], expected: Mapping[str, Any]) -> None:
    """No voucher takes off more than the ones before it have left."""
    lines = [fee(amount, f"line {number}") for number, amount in enumerate(inputs["lines"])]
    vouchers = [
        {"name": f"voucher {number}", "rule": {"kind": "discount", "amount": amount}}
        for number, amount in enumerate(inputs["coupons_amount"])
    ]
    net, vat, gross = amounts(billed(world, *lines, *vouchers))
    assert (net, vat) == (Decimal(expected["taxable"]), Decimal(expected["tax"]))
    assert gross == net + vat
