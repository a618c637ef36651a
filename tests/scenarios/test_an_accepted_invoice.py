"""A public buyer takes XRechnung: what is missing is asked for, held before a number, told, issued, sent and proven."""

import io
import re
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from lxml import etree

from api.server.embedded import EmbeddedServer
from tests.billing.scene import CONTRACT
from tests.scenarios.world import World, a_world_copied, leave

OF_NORDLUFT = CONTRACT.replace("C-1", "C-X").replace(
    "{name: Nordluft, country: DE}", "{name: Nordluft, country: DE, vat_id: DE136695976}"
)
TAKES = """invoicing: {language: de, form: xrechnung, order: PO-4711, order_lines: {energy: "10"}}
"""
NORDLUFT = """party: Nordluft
in_force_from: 2026-01-01
full_name: Nordluft Anlagen GmbH
address: [Werftstraße 12]
post_code: "20457"
city: Hamburg
tax_number: 27/123/01234
register_number: {value: HRB 4711}
register_note: Amtsgericht Hamburg HRB 4711
electronic: {scheme: EM, value: rechnung@nordluft.example}
contact: {name: Rechnungsstelle, phone: +49 40 1234 0, email: rechnung@nordluft.example}
banks: [{account: DE89370400440532013000, bic: COBADEFFXXX}]
"""
BLECHWERKE = """party: Blechwerke
in_force_from: 2026-01-01
address: [Industriestraße 5]
post_code: "86156"
city: Augsburg
electronic: {scheme: EM, value: eingang@blechwerke.example}
"""


@pytest.fixture
def world(server: EmbeddedServer, request: pytest.FixtureRequest) -> Iterator[World]:
    with a_world_copied(server, "two contracts", leave, request.node.nodeid) as world:
        yield world


def test_is_held_until_all_is_told_and_then_proves_itself(world: World, tmp_path: Path) -> None:
    warnings = _agrees(world, TAKES)
    assert "BR-DE-15" in str(warnings)  # asked for before the period has begun

    _reads(world, "2026-01-05T10:00+01:00,1234.5")
    billed = _bills(world, 2)
    assert [(work["contract"], work["code"]) for work in billed["held_work"]] == [("C-X", "e-invoice-refused")]
    assert "PEPPOL-EN16931-R020" in billed["held"]["C-X"]  # the seller has no electronic address
    assert world.done("maker", "GET", "/v1/invoices", params={"contract": "C-X"}) == []  # no number is used

    for profile in (NORDLUFT, BLECHWERKE):
        name = profile.splitlines()[0].removeprefix("party: ")
        world.done("maker", "PUT", f"/v1/parties/{name}/profile", content=profile)
        world.done("finance", "POST", f"/v1/parties/{name}/profile/release")
    assert "BR-DE-15" in _bills(world, 2)["held"]["C-X"]  # the buyer's reference alone is missing now
    _amends(world, TAKES.replace("order: PO", "buyer_reference: 04011000-12345-03, order: PO"))
    (number,) = [one["number"] for one in _bills(world, 2)["invoices"] if one["contract"] == "C-X"]

    report = world.done("maker", "GET", f"/v1/invoices/{number}/validation")
    assert (report["errors"], report["warnings"]) == ([], [])
    xml = etree.fromstring(world.ask("blechwerke", "GET", f"/v1/invoices/{number}/original").content)
    invoice = world.done("maker", "GET", f"/v1/invoices/{number}")
    assert xml.findtext(".//{*}PayableAmount") == invoice["gross"]
    assert xml.findtext(".//{*}BuyerReference") == "04011000-12345-03"
    assert xml.findtext(".//{*}OrderLineReference/{*}LineID") == "10"
    page = world.ask("blechwerke", "GET", f"/v1/invoices/{number}/page").text
    assert "Rechnung" in page
    assert "DE89 3704 0044 0532 0130 00" in re.sub(r"\s|&nbsp;", " ", page)
    _verifies(world.ask("blechwerke", "GET", f"/v1/invoices/{number}/proof").content, tmp_path)

    original = world.ask("blechwerke", "GET", f"/v1/invoices/{number}/original").content
    params = {"register": "kwh", "source": "late.csv", "reason": "meter test"}
    late = world.done(
        "maker", "POST", "/v1/readings", params=params, content="time,value\n2026-01-05T10:00+01:00,1000\n"
    )
    world.done("finance", "POST", f"/v1/edits/{late['id']}/release")
    _reads(world, "2026-02-05T10:00+01:00,50")
    billed = _bills(world, 3)
    assert "C-X" not in billed["held"], billed["held"]
    (next_one,) = [one["number"] for one in billed["invoices"] if one["contract"] == "C-X"]
    report = world.done("maker", "GET", f"/v1/invoices/{next_one}/validation")
    assert (report["errors"], report["warnings"]) == ([], [])
    xml = etree.fromstring(world.ask("blechwerke", "GET", f"/v1/invoices/{next_one}/original").content)
    assert xml.findtext(".//{*}BillingReference/{*}InvoiceDocumentReference/{*}ID") == number
    assert xml.findtext(".//{*}PayableAmount") == world.done("maker", "GET", f"/v1/invoices/{next_one}")["gross"]
    assert world.ask("blechwerke", "GET", f"/v1/invoices/{number}/original").content == original


def _agrees(world: World, invoicing: str) -> Any:
    terms = OF_NORDLUFT + invoicing
    warnings = world.done("maker", "POST", "/v1/contracts/check", content=terms)["warnings"]
    world.done("maker", "POST", "/v1/contracts", content=terms)
    world.done("finance", "POST", "/v1/contracts/C-X/release")
    return warnings


def _amends(world: World, invoicing: str) -> None:
    terms = OF_NORDLUFT.replace("starts:", "in_force_from: 2026-01-01\nstarts:") + invoicing
    world.done("maker", "POST", "/v1/contracts", content=terms)
    world.done("finance", "POST", "/v1/contracts/C-X/release")


def _reads(world: World, row: str) -> None:
    params = {"register": "kwh", "source": "reads.csv"}
    world.done("maker", "POST", "/v1/readings", params=params, content=f"time,value\n{row}\n")


def _bills(world: World, month: int) -> Any:
    world.now = datetime(2026, month, 1, 8, tzinfo=UTC)
    return world.done("maker", "POST", "/v1/bill", params={"issue": "true"})


def _verifies(bundle: bytes, folder: Path) -> None:
    file = folder / "proof.zip"
    file.write_bytes(bundle)
    with zipfile.ZipFile(io.BytesIO(bundle)) as files:
        (folder / "verify.py").write_bytes(files.read("verify.py"))
    command = [sys.executable, "-I", "-S", str(folder / "verify.py"), str(file)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
