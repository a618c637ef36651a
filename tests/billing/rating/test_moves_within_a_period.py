"""A price that moves within a period: by the day on which it moves, for what is used or due from then on."""

import pytest

from api.server.database import Access, Database
from contracts.indexation.series import Index
from contracts.indexation.store import record
from contracts.indexation.store import release as release_index
from contracts.release.store import releasing
from quantities.document import parse, read
from tests.billing.scene import Scene, on
from tests.build import acts

#: A quarter; 10 kWh in each of its months.
READINGS = "2026-01-05 10 10\n2026-02-05 10 10\n2026-03-05 10 10"
QUARTER = """
contract: C-1
supplier: {name: Nordluft, country: DE}
customer: {name: Blechwerke, country: DE}
assets: [Press]
currency: EUR
zone: Europe/Berlin
starts: 2026-01-01
billing: {every: quarter}
charges:
  - name: fee
    rule: {kind: fixed_fee, amount: "900.00"}
    index: {clause: {kind: stepped, steps: [{first: 2026-03-01, percent: "10"}]}}
  - name: whole
    rule: {kind: fixed_fee, amount: "900.00", proration: none}
    index: {clause: {kind: stepped, steps: [{first: 2026-03-01, percent: "10"}]}}
  - name: energy
    register: kwh
    rule: {kind: graduated, unit: kWh, tiers: [{up_to: "15", unit_price: "1"}, {unit_price: "0.50"}]}
    index: {clause: {kind: following, terms: [{index: CPI, base: "100"}], first_review: 2026-01-01, every: month}}
  - {name: floor, rule: {kind: minimum_spend, amount: "2000", of: [fee, whole, energy]}}
"""
INDEX = """
index: CPI
values:
  - {month: 2026-01, value: "100", published: 2026-01-15}
  - {month: 2026-02, value: "%s", published: 2026-02-15, provisional: %s}
  - {month: 2026-03, value: "120", published: 2026-03-15}
"""


@pytest.fixture
def scene(access: Access, database: Database) -> Scene:
    return Scene(access, database)


def published(scene: Scene, february: str, provisional: str = "true") -> None:
    with scene.database.transaction(1) as session:
        record(
            session,
            parse(Index, read(INDEX % (february, provisional))),
            recorded_by=acts(session, "anna"),
            recorded_at=on("2026-04-01"),
        )
        release_index(session, "CPI", releasing(session, acts(session, "bert"), on("2026-04-01")))


def rows(scene: Scene, number: str) -> list[tuple[str, str, str, str]]:
    with scene.database.transaction(1) as session:
        from billing.invoices import store

        lines = store.find(session, number).lines
    return [(line.charge, str(line.service_first), str(line.net), str(line.tax_point)) for line in lines]


def test_each_review_prices_what_is_used_from_its_day_on_and_a_minimum_sees_all_of_it(scene: Scene) -> None:
    published(scene, "110")
    scene.declared(QUARTER)
    scene.delivers(READINGS)
    scene.bills("2026-04-02")
    assert rows(scene, "2026-000001") == [
        ("fee", "2026-01-01", "590.00", "2026-03-31"),  # 59 of 90 days at 900
        ("fee", "2026-03-01", "341.00", "2026-03-31"),  # 31 of 90 days at 990
        ("whole", "2026-01-01", "900.00", "2026-03-31"),
        ("energy", "2026-01-01", "10.00", "2026-03-31"),
        ("energy", "2026-02-01", "5.50", "2026-03-31"),  # the last 5 of the first tier at 1.10
        ("energy", "2026-02-01", "2.75", "2026-03-31"),
        ("energy", "2026-03-01", "6.00", "2026-03-31"),  # 10 of the second tier at 0.60
        ("floor", "2026-01-01", "144.75", "2026-03-31"),
    ]
    assert scene.replays() == []


def test_a_fee_that_was_billed_in_advance_leaves_the_moves_of_those_behind_it(scene: Scene) -> None:
    rent = '  - {name: rent, rule: {kind: fixed_fee, amount: "30.00", in_advance: "true"}}\n'
    published(scene, "110")
    scene.declared(QUARTER.replace("charges:\n", "charges:\n" + rent))
    scene.delivers(READINGS)
    scene.bills("2026-04-02")
    fees = [
        (str(line.service_first), str(line.net))
        for bill in scene.invoices()
        for line in bill.lines
        if line.charge == "fee"
    ]
    assert fees == [("2026-01-01", "590.00"), ("2026-03-01", "341.00")]


def test_a_review_that_leaves_the_price_as_it_is_cuts_nothing_and_is_asked_about(scene: Scene) -> None:
    published(scene, "100")
    scene.declared(QUARTER)
    scene.delivers(READINGS)
    scene.bills("2026-04-02")
    energy = [row[1:3] for row in rows(scene, "2026-000001") if row[0] == "energy"]
    assert energy == [("2026-01-01", "15.00"), ("2026-01-01", "2.50"), ("2026-03-01", "6.00")]
    published(scene, "110", "false")
    scene.bills("2026-04-03")
    scene.bills("2026-04-17")
    corrected = sum(float(net) for charge, _, net, _ in rows(scene, "2026-000002") if charge == "energy")
    assert corrected == pytest.approx(24.25 - 23.50)
    assert scene.replays() == []


def test_a_link_that_is_changed_later_is_found(scene: Scene) -> None:
    published(scene, "100")
    with scene.database.transaction(1) as session:
        other = {"index": "OLD", "values": [{"month": "2025-12", "value": "50", "published": "2026-01-01"}]}
        record(session, Index.model_validate(other), recorded_by=acts(session, "anna"), recorded_at=on("2026-01-02"))
        release_index(session, "OLD", releasing(session, acts(session, "bert"), on("2026-01-02")))
        linked = {"index": "CPI", "links": [{"index": "OLD", "factor": "2"}]}
        record(session, Index.model_validate(linked), recorded_by=acts(session, "anna"), recorded_at=on("2026-01-02"))
        release_index(session, "CPI", releasing(session, acts(session, "bert"), on("2026-01-02")))
    lagging = QUARTER.replace(
        "first_review: 2026-01-01, every: month", "first_review: 2026-01-01, lag_months: '1', every: year"
    )
    scene.declared(lagging.replace("starts: 2026-01-01\nbilling", "starts: 2026-01-01\nends: 2026-04-01\nbilling"))
    scene.delivers(READINGS)
    scene.bills("2026-04-02")
    with scene.database.transaction(1) as session:
        linked = {"index": "CPI", "links": [{"index": "OLD", "factor": "2.2"}]}
        record(session, Index.model_validate(linked), recorded_by=acts(session, "anna"), recorded_at=on("2026-04-03"))
        release_index(session, "CPI", releasing(session, acts(session, "bert"), on("2026-04-03")))
    scene.bills("2026-04-04")
    scene.bills("2026-04-18")
    (first, second) = scene.invoices()
    assert (first.row.kind, second.row.kind, str(second.row.net)) == ("period", "correction", "0.00")
    moved = [str(line.net) for line in second.lines if line.charge == "energy"]
    assert sum(map(float, moved)) == pytest.approx(2.25)  # 22.50 moved by 10 %, and the floor takes it
    assert scene.replays() == []
