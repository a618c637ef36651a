"""A contract tried on past readings, two side by side, and issued invoices held against it; nothing is stored."""

from datetime import date

import pytest

from api.server.database import Access, Database
from billing.documents.document import Preview
from billing.documents.simulation_page import SimulationPage
from billing.previews.shadow import compare, read_issued
from billing.previews.simulate import Simulated, simulate
from contracts.contract import Contract
from quantities.document import FaultyDocument, parse, read
from tests.billing.scene import CONTRACT, Scene

CHEAPER = CONTRACT.replace('"0.50"', '"0.40"').replace("C-1", "C-2")


@pytest.fixture
def scene(access: Access, database: Database) -> Scene:
    scene = Scene(access, database).declared()
    scene.delivers("2026-01-05 10 60\n2026-01-20 10 60\n2026-02-05 10 40")
    return scene


def tried(scene: Scene, terms: str, first: str = "2026-01-01", after_last: str = "2026-04-01") -> tuple[Simulated, ...]:
    with scene.database.transaction(1) as session:
        contract = parse(Contract, read(terms))
        return simulate(session, contract, date.fromisoformat(first), date.fromisoformat(after_last))


def test_each_period_comes_to_what_it_would_be_billed(scene: Scene) -> None:
    found = tried(scene, CONTRACT)
    assert [(str(each.period.first), str(each.net)) for each in found[:2]] == [
        ("2026-01-01", "154.00"),  # 100 + 50 + 20 × 0.20
        ("2026-02-01", "120.00"),
    ]
    assert "no reading" in found[2].held
    assert scene.invoices() == []


def test_a_contract_of_the_future_is_tried_as_if_it_had_begun(scene: Scene) -> None:
    later = CONTRACT.replace("starts: 2026-01-01", "starts: 2030-01-01")
    assert [each.net for each in tried(scene, later)] == [each.net for each in tried(scene, CONTRACT)]


def test_what_a_year_adds_up_goes_on_from_period_to_period(scene: Scene) -> None:
    yearly = CONTRACT.replace("unit: kWh, tiers", "unit: kWh, per: year, tiers")
    assert [str(each.net) for each in tried(scene, yearly)[:2]] == ["154.00", "108.00"]  # 40 × 0.20


def test_a_contract_whose_tax_no_rule_covers_is_tried_without(scene: Scene) -> None:
    abroad = CONTRACT.replace("customer: {name: Blechwerke, country: DE}", "customer: {name: Blechwerke, country: US}")
    assert [each.net for each in tried(scene, abroad)] == [each.net for each in tried(scene, CONTRACT)]


def test_two_side_by_side_are_drawn(scene: Scene) -> None:
    two = Preview("C", "EUR", [("C-1", tried(scene, CONTRACT)), ("C-2", tried(scene, CHEAPER))])
    page = SimulationPage().render(two).decode()
    assert page.count('stroke="#ffffff"') == 8  # two contracts, two months, two charges
    assert all(each in page for each in ("154.00", "144.00", "-10.00", "no reading"))
    assert "<script" not in page


ISSUED = """period_from;charge;quantity;net
2026-01-01;fee;1;100.00
2026-01-01;energy;120;54.00
2026-02-01;fee;1;100.00
2026-02-01;energy;41;20.50
2026-02-01;travel;1;80.00
2025-12-01;fee;1;100.00
"""


def test_issued_invoices_are_held_against_it_with_the_reason_of_each_difference(scene: Scene) -> None:
    found = compare(read_issued(ISSUED.encode()), tried(scene, CONTRACT, after_last="2026-03-01"))
    assert [(each.first.month, each.charge, str(each.difference)) for each in found] == [
        (1, "fee", "0.00"),
        (1, "energy", "0.00"),
        (2, "fee", "0.00"),
        (2, "energy", "-0.50"),
        (2, "travel", "-80.00"),
        (12, "fee", "-100.00"),
    ]
    reasons = [each.reason for each in found]
    assert reasons[:3] == ["", "", ""]
    assert reasons[3] == "the quantity: 40 kWh, issued 41"
    assert "no such charge" in reasons[4]
    assert "no billing period" in reasons[5]
    by_price = compare(read_issued(ISSUED.encode()), tried(scene, CHEAPER, after_last="2026-02-01"))
    assert by_price[1].reason == "the price: 100 kWh × 0.40 = 40.00; 20 kWh × 0.20 = 4.00"


def test_a_file_that_cannot_be_read_names_every_row() -> None:
    with pytest.raises(FaultyDocument, match="no column net"):
        read_issued(b"period_from,charge\n2026-01-01,fee\n")
    with pytest.raises(FaultyDocument) as refusal:
        read_issued(b"period_from,charge,net\n2026-13-01,fee,1\n2026-01-01,fee,1e2\n")
    assert [fault.path for fault in refusal.value.faults] == ["/line/2", "/line/3"]
