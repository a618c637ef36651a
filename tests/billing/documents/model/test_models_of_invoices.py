"""What an invoice says is made of what is issued, alone, and says the same for ever."""

from api.server.database import Access, Database
from billing.documents.model.business_document import BusinessDocument
from billing.documents.model.load import business_document
from billing.invoices import store
from tests.billing.scene import CONTRACT, Scene

COUNTER = CONTRACT + "  - {name: hours, register: hours, rule: {kind: per_unit, unit: machine_hour, unit_price: '2'}}\n"


def models(scene: Scene) -> dict[str, BusinessDocument]:
    with scene.database.transaction(scene.tenant) as session:
        return {one.name: business_document(session, one) for one in store.billed(session, store.ids_of(session))}


def test_smoke(access: Access, database: Database) -> None:
    scene = Scene(access, database).declared(COUNTER)
    scene.delivers("2026-01-05 10 60\n2026-01-05 11 60", source="january.csv")
    scene.delivers("2026-01-01 00 100\n2026-01-20 10 150\n2026-02-01 00 170", register="hours")
    scene.delivers("2026-02-05 10 40.5", source="february.csv")
    scene.bills("2026-02-01")
    scene.delivers("2026-01-05 10 10", by="jonas", reason="meter test of 10 February", source="test.csv")
    scene.bills("2026-03-01")
    for model in models(scene).values():
        assert model.lines
    assert models(scene)
