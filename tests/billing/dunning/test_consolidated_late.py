"""A document of several contracts that is late is one late document: one letter, one claim, and each service stops."""

from collections.abc import Iterator
from datetime import date
from decimal import Decimal

import pytest

from api.operations.dunning import find_service
from api.server.database import Access
from api.server.embedded import EmbeddedServer
from billing.disputes.store import raise_
from billing.documents.explanation import lines_of
from billing.documents.views import explanation_out
from billing.due.pauses.store import PauseAsked, pause
from billing.invoices import store as invoices
from billing.proof.bundle.store import proof_bundle
from billing.proof.bundle.verify import verify
from billing.proof.explain import explain
from billing.proof.replay import replay
from contracts.release.store import releasing
from tests.billing.dunning.desk import BASE_RATE, NUMBER, STEPS, Desk, publishes
from tests.billing.invoices.consolidating import ENERGY, together
from tests.billing.scene import Scene, on
from tests.build import acts
from tests.conftest import application_pool, world_copy

#: 33.33 of A and C, 83.33 of B with its 100 kWh: 149.99, with VAT 178.49.
ALL, GROSS = ("A", "B", "C"), Decimal("178.49")


def opened_together(access: Access) -> None:
    with application_pool(access) as database:
        with database.transaction(1) as session:
            publishes(session, BASE_RATE)
        of = [together(name, charges=ENERGY if name == "B" else "", more=STEPS.strip()) for name in ALL]
        scene = Scene(access, database).declared(*of)
        scene.delivers("2026-01-05 10 100")
        scene.bills("2026-02-01")


@pytest.fixture
def desk(server: EmbeddedServer, request: pytest.FixtureRequest) -> Iterator[Desk]:
    copied = world_copy(server, "three contracts on one late document", opened_together, request.node.nodeid)
    with copied as (access, _), application_pool(access) as pool:
        yield Desk(pool, access)


def test_one_letter_with_one_claim_of_the_whole(desk: Desk) -> None:
    assert desk.stands().open == GROSS
    assert desk.duns_daily("2026-03-23") == [("2026-03-13", "reminder"), ("2026-03-23", "notice")]
    (document,) = desk.letter(2).content.documents
    assert (document.number, document.open) == (NUMBER, GROSS)
    # 178.49 × 10.27 % × 20 / 365 = 1.004…, once of the whole and not of each part
    assert desk.claimed() == [Decimal("41.00")]
    with desk.books() as session:
        claim = invoices.find(session, desk.claims()[0][0])
        assert replay(session, [claim.row.id]) == []
        said = "\n".join(lines_of(explanation_out(explain(session, claim, 1))))
        assert "178.49 at 10.27 %" in said
        bundle = proof_bundle(session, claim)
    assert verify(bundle.content)


def test_what_is_disputed_of_one_contract_is_not_asked_for(desk: Desk) -> None:
    with desk.books() as session:
        raise_(
            session, "B", "energy", first=date(2026, 1, 1), after_last=date(2026, 2, 1), reason="unfounded",
            by="anna", at=on("2026-02-10"), accepted=False,
        )  # fmt: skip
    desk.duns_daily("2026-03-23")
    (document,) = desk.letter(2).content.documents
    assert (document.open, document.disputed) == (GROSS, Decimal("59.50"))
    # 118.99 × 10.27 % × 20 / 365 = 0.669…
    assert desk.claimed() == [Decimal("40.67")]


@pytest.mark.parametrize("contract", ALL)
def test_a_pause_of_any_of_them_holds_it_and_a_service_of_each_stops(desk: Desk, contract: str) -> None:
    with desk.database.transaction(1) as session:
        asked = PauseAsked("a look", "dun", contract, until=on("2026-03-17"))
        pause(session, asked, releasing(session, acts(session, "anna"), on("2026-03-12")))
    assert desk.at("2026-03-12").duns_daily("2026-04-10") == [
        ("2026-03-17", "reminder"), ("2026-03-27", "notice"), ("2026-04-06", "stop"),
    ]  # fmt: skip
    assert desk.told() == [("service.stopped", name) for name in ALL]
    with desk.books() as session:
        assert find_service(session, contract).documents == [NUMBER]
    desk.pays(str(GROSS))
    desk.duns()
    assert desk.told()[3:] == [("service.resumed", name) for name in ALL]


def test_a_part_that_is_paid_late_is_no_more_asked_for(desk: Desk) -> None:
    desk.at("2026-03-15").pays("100.00")
    desk.duns_daily("2026-03-25")
    # 178.49 for 12 days and 78.49 for 10 more: 0.602… + 0.220…
    assert desk.claimed() == [Decimal("40.82")]
