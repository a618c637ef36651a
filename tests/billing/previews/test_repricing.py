"""Before a version counts, one is told which documents it reprices and by how much; it is what is billed afterwards."""

from decimal import Decimal

import pytest

from api.operations import contracts
from api.operations.contracts import MadeVersion, WouldReprice
from api.server.database import Access, Database
from contracts.contract import Contract
from quantities.document import parse, read
from tests.billing.scene import CONTRACT, Scene, adjusting, on
from tests.build import acts

READINGS = "2026-01-05 10 80\n2026-02-05 10 70\n2026-03-05 10 10"
#: From the second month on each goes on from the one before.
BY_QUARTER = CONTRACT.replace("rule: {kind: graduated,", "rule: {kind: graduated, per: quarter,")
DEARER = CONTRACT.replace('unit_price: "0.50"', 'unit_price: "0.60"')


@pytest.fixture
def scene(access: Access, database: Database) -> Scene:
    return Scene(access, database)


def recorded(scene: Scene, terms: str, day: str = "2026-04-03") -> MadeVersion:
    with scene.database.transaction(1) as session:
        return contracts.record(session, parse(Contract, read(terms)), who=acts(session, "anna"), at=on(day))


def released(scene: Scene, day: str = "2026-04-03", *, agreed: bool) -> MadeVersion:
    with scene.database.transaction(1) as session:
        return contracts.release(session, "C-1", who=acts(session, "bert"), at=on(day), agreed=agreed)


def repriced_nets(done: MadeVersion) -> list[tuple[str, str]]:
    return [(document.number, str(document.net)) for document in done.reprices.documents]


def billed_back(scene: Scene, number: str) -> dict[str, Decimal]:
    """What an invoice adjusts, by the number of what it adjusts."""
    nets: dict[str, Decimal] = {}
    for _, _, net, of in adjusting(scene.lines(number)):
        nets[of] = nets.get(of, Decimal(0)) + Decimal(net)
    return nets


def a_quarter(scene: Scene, terms: str) -> Scene:
    scene.declared(terms)
    scene.delivers(READINGS)
    for day in ("2026-02-01", "2026-03-01", "2026-04-01"):
        scene.bills(day)
    return scene


class TestAnAmendmentOfBilledDays:
    def test_says_what_it_reprices_when_it_is_recorded_and_is_released_once_that_is_agreed(self, scene: Scene) -> None:
        """80, 70 and 10 kWh within 100 a month at 0.50; from February on 0.60: 70 × 0.10, 10 × 0.10."""
        a_quarter(scene, CONTRACT)
        done = recorded(scene, DEARER + "in_force_from: 2026-02-01\n")
        assert repriced_nets(done) == [("2026-000002", "7.00"), ("2026-000003", "1.00")]
        assert [str(document.gross) for document in done.reprices.documents] == ["8.33", "1.19"]
        with pytest.raises(WouldReprice, match=r"reprices 2 documents by \+8.00 EUR net") as refused:
            released(scene, agreed=False)
        assert refused.value.members["found"] == ["2026-000002", "2026-000003"]
        with pytest.raises(WouldReprice):
            released(scene, agreed=False)  # nothing was released
        released(scene, agreed=True)
        scene.bills("2026-04-04")
        scene.bills("2026-04-18")
        assert billed_back(scene, "2026-000004") == {"2026-000002": Decimal("7.00"), "2026-000003": Decimal("1.00")}

    def test_says_what_it_changes_in_later_periods_that_go_on_from_it(self, scene: Scene) -> None:
        """100 kWh a quarter at 0.50, then 0.20; at 0.60 from January on: 80, then 20 × 0.10, and nothing of March."""
        a_quarter(scene, BY_QUARTER)
        dearer = BY_QUARTER.replace('unit_price: "0.50"', 'unit_price: "0.60"')
        done = recorded(scene, dearer + "in_force_from: 2026-01-01\n")
        assert repriced_nets(done) == [("2026-000001", "8.00"), ("2026-000002", "2.00")]
        released(scene, agreed=True)
        scene.bills("2026-04-04")
        scene.bills("2026-04-18")
        assert billed_back(scene, "2026-000004") == {"2026-000001": Decimal("8.00"), "2026-000002": Decimal("2.00")}

    def test_that_changes_the_tax_alone_says_by_how_much(self, scene: Scene) -> None:
        a_quarter(scene, CONTRACT)
        moved = CONTRACT.replace(
            "customer: {name: Blechwerke, country: DE}",
            "customer: {name: Blechwerke, country: AT, vat_id: ATU12345675}",
        ).replace(
            "supplier: {name: Nordluft, country: DE}", "supplier: {name: Nordluft, country: DE, vat_id: DE123456788}"
        )
        done = recorded(scene, moved + "in_force_from: 2026-03-01\n")
        assert [(document.number, str(document.net), str(document.gross)) for document in done.reprices.documents] == [
            ("2026-000003", "0.00", "-19.95"),  # 19 % of 105.00
        ]

    def test_leaves_out_what_waits_to_be_corrected_for_another_reason(self, scene: Scene) -> None:
        a_quarter(scene, CONTRACT)
        scene.delivers("2026-01-05 10 90", reason="meter test")  # 5.00 more in January, not billed yet
        done = recorded(scene, DEARER + "in_force_from: 2026-01-01\n")
        assert repriced_nets(done) == [("2026-000001", "9.00"), ("2026-000002", "7.00"), ("2026-000003", "1.00")]

    def test_that_cannot_be_rated_says_that_it_holds_what_is_billed(self, scene: Scene) -> None:
        a_quarter(scene, CONTRACT)
        unread = CONTRACT.replace(
            "register: kwh\n    rule: {kind: graduated, unit: kWh",
            "register: hours\n    rule: {kind: graduated, unit: machine_hour",
        ).replace("name: energy", "name: hours")
        recorded(scene, unread + "in_force_from: 2026-02-01\n")
        with pytest.raises(WouldReprice, match="holds what is billed already: hours: no read"):
            released(scene, agreed=False)

    def test_that_ends_the_contract_in_a_billed_period_says_what_is_given_back(self, scene: Scene) -> None:
        a_quarter(scene, CONTRACT)
        ended = CONTRACT.replace("starts: 2026-01-01", "starts: 2026-01-01\nends: 2026-03-01")
        done = recorded(scene, ended + "in_force_from: 2026-02-15\n")
        assert repriced_nets(done) == [("2026-000003", "-105.00")]

    def test_without_four_eyes_is_not_recorded_before_it_is_agreed(self, scene: Scene) -> None:
        a_quarter(scene, CONTRACT)
        scene.as_superuser(
            'update tenant set four_eyes_off = \'{"by": "anna", "at": "2026-01-01", "reason": "alone"}\''
        )
        amended = DEARER + "in_force_from: 2026-02-01\n"
        with pytest.raises(WouldReprice):
            recorded(scene, amended)
        with scene.database.transaction(1) as session:
            assert [version.number for version in contracts.versions(session, "C-1")] == [1]
            contract = parse(Contract, read(amended))
            done = contracts.record(session, contract, who=acts(session, "anna"), at=on("2026-04-03"), agreed=True)
            assert (done.version.number, repriced_nets(done)) == (2, [("2026-000002", "7.00"), ("2026-000003", "1.00")])
            again = contracts.record(session, contract, who=acts(session, "anna"), at=on("2026-04-04"))
            assert (again.version.number, repriced_nets(again)) == (2, []), "the same again: it counts already"


class TestNothingToAgree:
    def test_of_days_that_are_not_billed(self, scene: Scene) -> None:
        a_quarter(scene, CONTRACT)
        assert repriced_nets(recorded(scene, DEARER + "in_force_from: 2026-04-01\n")) == []
        assert released(scene, agreed=False).version.released_by == "bert"

    def test_of_a_neutral_amendment(self, scene: Scene) -> None:
        a_quarter(scene, CONTRACT)
        assert repriced_nets(recorded(scene, CONTRACT + "in_force_from: 2026-02-01\nreason: same price\n")) == []
        assert released(scene, agreed=False).version.released_by == "bert"

    def test_of_a_new_contract(self, scene: Scene) -> None:
        scene.declared()
        assert recorded(scene, CONTRACT).reprices.is_nothing
