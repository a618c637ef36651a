"""A late reading of January, where the issuer's country has it corrected in a way of its own: each is replayed."""

from decimal import Decimal

import pytest

from api.server.database import Access, Database
from tests.billing.scene import CONTRACT, Scene


@pytest.fixture
def scene(access: Access, database: Database) -> Scene:
    return Scene(access, database)


#: By country: the documents after January's invoice (50.00), of which 10 kWh less are owed: type, number, corrects, net.
FEWER = {
    "DE": [("380", "2026-000002", ["2026-000001"], "115.00")],
    "FR": [("380", "2026-000002", [], "120.00"), ("381", "2026-000003", ["2026-000001"], "-5.00")],
    "ES": [("380", "2026-000002", [], "120.00"), ("381", "R-2026-000001", ["2026-000001"], "-5.00")],
    "RO": [
        ("380", "2026-000002", [], "120.00"),
        ("381", "2026-000003", ["2026-000001"], "-150.00"),
        ("384", "2026-000004", ["2026-000001"], "145.00"),
    ],
    "CN": [("380", "2026-000002", [], "120.00"), ("381", "2026-000003", ["2026-000001"], "-5.00")],
}
#: The same, where 10 kWh more are owed.
MORE = {
    "DE": [("380", "2026-000002", ["2026-000001"], "122.00")],
    "FR": [("380", "2026-000002", [], "120.00"), ("384", "2026-000003", ["2026-000001"], "2.00")],
    "ES": [("380", "2026-000002", [], "120.00"), ("384", "R-2026-000001", ["2026-000001"], "2.00")],
    "RO": [
        ("380", "2026-000002", [], "120.00"),
        ("381", "2026-000003", ["2026-000001"], "-150.00"),
        ("384", "2026-000004", ["2026-000001"], "152.00"),
    ],
    "CN": [("380", "2026-000002", ["2026-000001"], "122.00")],
}


def of_country(country: str) -> str:
    tax = {"CN": "tax: {rate: standard}\n"}.get(country, "")
    return CONTRACT.replace("country: DE", f"country: {country}") + tax


def billed(scene: Scene, country: str, corrected: str) -> Scene:
    scene.declared(of_country(country))
    scene.delivers("2026-01-05 10 100")
    scene.bills("2026-02-01")
    scene.delivers("2026-02-05 10 40")
    scene.delivers(f"2026-01-05 10 {corrected}", reason="meter test", by="jonas")
    scene.bills("2026-03-01")
    return scene


def told(scene: Scene) -> list[tuple[str, str | None, list[str], str]]:
    return [(one.row.document_type, one.row.number, list(one.names), str(one.row.net)) for one in scene.invoices()[1:]]


@pytest.mark.parametrize("country", FEWER)
class TestALateReading:
    def test_that_takes_some_away(self, scene: Scene, country: str) -> None:
        assert told(billed(scene, country, "90")) == FEWER[country]
        assert scene.replays() == []

    def test_that_adds_some(self, scene: Scene, country: str) -> None:
        assert told(billed(scene, country, "110")) == MORE[country]
        assert scene.replays() == []

    def test_twice_and_back_comes_to_what_was_billed_first(self, scene: Scene, country: str) -> None:
        billed(scene, country, "90")
        scene.delivers("2026-01-05 10 100", reason="the test was wrong", by="jonas")
        scene.delivers("2026-03-05 10 40")
        scene.bills("2026-04-01")
        of_january = [
            line.net for one in scene.invoices() for line in one.lines if line.service_first.month == 1
        ]  # fmt: skip
        assert sum(of_january) == Decimal("150.00")
        assert scene.replays() == []
        documents = [one.row for one in scene.invoices()]
        assert all(row.gross == row.net + row.vat for row in documents)


def test_after_the_end_each_document_is_corrected_by_its_own(scene: Scene) -> None:
    """Two months are corrected when no third follows: by lines on one document in Germany, in France by two notes."""
    ended = of_country("FR").replace("starts: 2026-01-01", "starts: 2026-01-01\nends: 2026-03-01")
    scene.declared(ended)
    scene.delivers("2026-01-05 10 100\n2026-02-05 10 80")
    scene.bills("2026-03-01")
    scene.delivers("2026-01-05 10 90\n2026-02-05 10 100", reason="meter test", by="jonas")
    scene.bills("2026-03-02")
    scene.bills("2026-03-20")
    assert told(scene)[1:] == [
        ("381", "2026-000003", ["2026-000001"], "-5.00"),
        ("384", "2026-000004", ["2026-000002"], "10.00"),
    ]
    assert scene.replays() == []


def test_damages_are_corrected_on_a_note_of_their_own_that_names_theirs(scene: Scene) -> None:
    damages = """
  - {name: shortfall, nature: damages, register: kwh, rule: {kind: per_unit, unit: kWh, unit_price: "-0.10"}}
"""
    scene.declared(of_country("FR").rstrip() + damages)
    scene.delivers("2026-01-05 10 100")
    scene.bills("2026-02-01")
    scene.delivers("2026-01-05 10 90", reason="meter test", by="jonas")
    scene.delivers("2026-02-05 10 40")
    scene.bills("2026-03-01")
    assert [
        (one.row.document_type, list(one.names), str(one.row.net), str(one.row.vat)) for one in scene.invoices()
    ] == [
        ("380", [], "150.00", "30.00"),
        ("381", [], "-10.00", "0.00"),
        ("380", [], "120.00", "24.00"),
        ("381", [], "-4.00", "0.00"),
        ("381", ["2026-000001"], "-5.00", "-1.00"),
        ("384", ["2026-000002"], "1.00", "0.00"),
    ]
    assert scene.replays() == []
