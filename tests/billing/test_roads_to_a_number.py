"""Whatever road leads to a number, a document that is refused before it has none, and nothing of its work is issued."""

from collections.abc import Callable

import pytest
from sqlalchemy import text

from api.server.database import Access, Database
from billing.documents.einvoice.held_to_rules import EInvoiceRefused
from billing.drafts.look import issue
from quantities.errors import UsufructError
from tests.billing.credits.giving import gives
from tests.billing.invoices.consolidating import together
from tests.billing.payees.test_payee_documents import terms as payee_terms
from tests.billing.scene import CONTRACT, Scene, on
from tests.billing.voiding.voids import voids

FEE = CONTRACT.split("  - name: energy")[0]


def billed(scene: Scene) -> None:
    """One document of January, issued: what a credit gives back, and what is void and billed anew."""
    scene.declared(FEE).bills("2026-02-01")


def voided(scene: Scene) -> None:
    billed(scene)
    voids(scene, "2026-000001")


def gives_back(scene: Scene) -> None:
    gives(scene, "2026-000001", {"line": 1, "rest": True}, day="2026-02-10")


def issues_a_draft(scene: Scene) -> None:
    (draft,) = scene.looks("2026-02-01").drafts
    with scene.database.transaction(scene.tenant) as session:
        issue(session, draft.name, on("2026-02-01"))


def amended(scene: Scene) -> None:
    billed(scene)
    scene.declared(FEE.replace("100.00", "90.00"))


#: By road, what stands before, and what leads to a number.
ROADS: dict[str, tuple[Callable[[Scene], object], Callable[[Scene], object]]] = {
    "a run": (lambda scene: scene.declared(FEE), lambda scene: scene.bills("2026-02-01")),
    "a draft that is issued": (lambda scene: scene.declared(FEE), issues_a_draft),
    "several on one document": (
        lambda scene: scene.declared(together("A"), together("B")),
        lambda scene: scene.bills("2026-02-01"),
    ),
    "a payee's with the customer's": (
        lambda scene: scene.declared(payee_terms()).delivers("2026-01-05 10 100"),
        lambda scene: scene.bills("2026-02-01"),
    ),
    "a credit by hand": (billed, gives_back),
    "what replaces a void one": (
        voided,
        lambda scene: scene.bills("2026-02-15"),
    ),
    "a correction": (amended, lambda scene: scene.bills("2026-03-15")),
}


def numbers(scene: Scene) -> list[str]:
    with scene.database.transaction(scene.tenant) as session:
        both = "select number from invoice where number is not null union all select number from payee_document"
        return sorted(session.execute(text(both)).scalars())


@pytest.mark.parametrize("road", ROADS)
def test_every_road_leads_through_the_hold(
    access: Access, database: Database, monkeypatch: pytest.MonkeyPatch, road: str
) -> None:
    before, leads = ROADS[road]
    scene, held = Scene(access, database), list[int]()
    before(scene)
    issued = numbers(scene)

    def refuses(session: object, saved: object, *_: object) -> None:
        held.append(1)
        raise EInvoiceRefused("it is refused")

    with monkeypatch.context() as refusing:
        refusing.setattr("billing.issuing.hold_to_forms", refuses)
        try:
            leads(scene)
        except UsufructError as refusal:
            assert isinstance(refusal, EInvoiceRefused)
    assert held
    assert numbers(scene) == issued
    leads(scene)
    assert len(numbers(scene)) > len(issued)  # the road does lead to one
