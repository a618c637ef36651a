"""A prepayment over HTTP: claimed in January, and the final invoice bills the remainder and names its claim."""

import re
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest

from api.server.embedded import EmbeddedServer
from tests.scenarios.world import TWO_CONTRACTS, World, a_world_copied, leave

#: Heat for 30,000 EUR, of which 6,000 are paid on 1 January.
HEAT = """
contract: HEAT
supplier: {name: Nordluft, country: DE}
customer: {name: Blechwerke, country: DE}
assets: [Press]
currency: EUR
zone: Europe/Berlin
starts: 2026-01-01
settings: {least_coverage: "0"}
charges:
  - {name: heat, register: kwh, rule: {kind: per_unit, unit: kWh, unit_price: "1"}}
  - name: paid before
    nature: prepayment
    rule: {kind: one_off, amount: "6000", on: 2026-01-01, in_advance: "yes"}
  - name: drawn
    rule: {kind: drawdown, amount: "6000", claimed: 2026-01-01, of: [heat]}
"""


@pytest.fixture
def world(server: EmbeddedServer, request: pytest.FixtureRequest) -> Iterator[World]:
    with a_world_copied(server, TWO_CONTRACTS, leave, request.node.nodeid) as world:
        yield world


def billed_of_heat(world: World) -> list[dict[str, Any]]:
    made = world.done("maker", "POST", "/v1/bill", params={"issue": "true"})
    return [invoice for invoice in made["invoices"] if invoice["contract"] == "HEAT"]


def test_the_final_invoice_bills_the_remainder_by_rate_and_names_the_claim(world: World) -> None:
    """35,700 in all, of which 7,140 are prepaid: 24,000 and 4,560; the tax of both is 5,700, and never 6,840."""
    checked = world.done("maker", "POST", "/v1/contracts/check", content=HEAT)
    assert [caution for caution in checked["warnings"] if "paid" in caution or "drawn" in caution] == []
    world.done("maker", "POST", "/v1/contracts", content=HEAT)
    world.done("finance", "POST", "/v1/contracts/HEAT/release")
    world.now = datetime(2026, 1, 1, 8, tzinfo=UTC)
    (claim,) = billed_of_heat(world)
    assert [claim[name] for name in ("document_type", "document_name", "net", "vat", "gross")] == [
        "386", "prepayment", "6000.00", "1140.00", "7140.00"
    ]  # fmt: skip

    rows = "time,value\n2026-01-05T10:00+01:00,30000\n"
    world.done("maker", "POST", "/v1/readings", params={"register": "kwh", "source": "january.csv"}, content=rows)
    world.now = datetime(2026, 2, 1, 8, tzinfo=UTC)
    (head,) = billed_of_heat(world)
    final = world.done("blechwerke", "GET", f"/v1/invoices/{head['number']}")
    assert [final[name] for name in ("document_type", "net", "vat", "gross", "prepayments")] == [
        "380", "24000.00", "4560.00", "28560.00", [claim["number"]]
    ]  # fmt: skip
    (group,) = final["taxes"]
    assert (group["category"], group["rate_percent"], group["taxable"], group["tax"]) == (
        "S",
        "19",
        "24000.00",
        "4560.00",
    )
    assert [(line["charge"], line["net"], line["nature"], line["tax_point"]) for line in final["lines"]] == [
        ("heat", "30000.00", "consideration", "2026-01-31"),
        ("drawn", "-6000.00", "prepayment", "2026-01-01"),
    ]
    explained = world.done("finance", "GET", f"/v1/invoices/{head['number']}/lines/2/explanation")
    assert explained["proof"]["sum"].startswith("of 6000 that are left, at most 30000 for heat; ")
    page = world.ask("finance", "GET", f"/v1/invoices/{head['number']}/page").text
    assert re.search(rf"<dt>Prepaid by</dt>\s*<dd>{claim['number']}\b", page)
