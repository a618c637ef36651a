"""What documents of all contracts would lack is said once for all of them, and by whoever lists what waits."""

from datetime import date

import pytest
from sqlalchemy import text
from sqlalchemy.exc import ProgrammingError

from api.server.database import Access, Database
from contracts.logos.reading import read_logo
from contracts.logos.store import UnknownLogo, has_logo, logo_named, store_logo
from contracts.missing.store import missing_by_contracts
from tests.billing.payees.test_payee_documents import terms as payee_terms
from tests.billing.scene import CONTRACT, Scene, on
from tests.build import acts
from tests.contracts.party_profiles.told import profile, tells

FEE = (
    CONTRACT.partition("  - name: energy")[0]
    .replace("Nordluft, country: DE", "Nordluft, country: DE, vat_id: DE136695976")
    .replace("Blechwerke, country: DE", "Blechwerke, country: AT, vat_id: ATU12345675")
)
PEPPOL = FEE.replace("charges:", "invoicing: {form: peppol, order: PO-1}\ncharges:")
SVG = b'<svg xmlns="http://www.w3.org/2000/svg"/>'


@pytest.fixture
def scene(access: Access, database: Database) -> Scene:
    return Scene(access, database)


def lacking(scene: Scene, day: str = "2026-02-01") -> list[tuple[str, str, list[str]]]:
    with scene.database.transaction(1) as session:
        lists = missing_by_contracts(session, date.fromisoformat(day))
        return [(one.datum.subject, one.datum.need.rule, list(one.contracts)) for one in lists]


def test_what_is_of_a_party_is_said_once_for_all_its_contracts(scene: Scene) -> None:
    ended = PEPPOL.replace("C-1", "C-3").replace("settings:", "ends: 2026-01-31\nsettings:")
    scene.declared(PEPPOL, PEPPOL.replace("C-1", "C-2").replace(", order: PO-1", ""), ended, FEE.replace("C-1", "C-4"))
    assert lacking(scene) == [
        ("Nordluft", "PEPPOL-EN16931-R020", ["C-1", "C-2"]),
        ("Blechwerke", "PEPPOL-EN16931-R010", ["C-1", "C-2"]),
        ("", "PEPPOL-EN16931-R003", ["C-2"]),
    ]
    tells(scene, profile())
    tells(scene, profile("Blechwerke", electronic={"scheme": "9914", "value": "ATU12345675"}))
    assert lacking(scene) == [("", "PEPPOL-EN16931-R003", ["C-2"])]


def test_so_is_what_payees_need_of_the_form_that_they_have_told(scene: Scene) -> None:
    shared = payee_terms().replace("C-1", "C-9")
    scene.declared(shared, FEE)
    tells(scene, profile())
    assert lacking(scene) == []
    tells(scene, profile("factory", form="peppol"))
    assert lacking(scene) == [("factory", "PEPPOL-EN16931-R020", ["C-9"])]


def test_a_logo_is_stored_once_and_given_to_whoever_knows_its_hash(scene: Scene) -> None:
    """A customer's page bears the logo of its supplier, whose table and profile the customer does not see."""
    logo = read_logo(SVG)
    scene.declared(FEE)
    tells(scene, profile())
    tells(scene, profile("Blechwerke", city="Augsburg"))
    with scene.database.transaction(1) as session:
        acts(session, "anna")
        for _ in range(2):
            store_logo(session, logo, on("2026-01-01"))
        assert has_logo(session, logo.sha256)
        customer = session.execute(text("select id from party where name = 'Blechwerke'")).scalar_one()
    with scene.database.transaction(1, party=customer) as session:
        assert logo_named(session, logo.sha256) == logo
        assert session.execute(text("select profile->>'party' from party_profile")).scalars().all() == ["Blechwerke"]
        with pytest.raises(ProgrammingError, match="permission denied for table party_logo"):
            session.execute(text("select * from party_logo"))
    with scene.database.transaction(2) as session, pytest.raises(UnknownLogo):
        logo_named(session, logo.sha256)
