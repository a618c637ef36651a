"""The form is KSeF: the original is the file that KSeF cleared, and its picture bears KSeF's code and number."""

from contextlib import closing
from hashlib import sha256

import pytest
from sqlmodel import Session

from api.delivering.setup import WaysSetUp
from api.operations.business_documents import document_of
from api.operations.document_pictures import pictures_of
from api.operations.invoices import write_invoice
from api.operations.originals import find_original
from api.server.database import Access, Database
from api.server.settings import Settings
from billing.archive.original import OriginalOfState
from billing.documents.invoice_html import InvoiceHtml
from billing.invoices import store as invoices
from tests.billing.clearance.cleared import NIP
from tests.billing.clearance.states import KSEF, POLISH, asks, cleared_in_poland, corrected, file_of
from tests.billing.scene import Scene, on

JANUARY = "2026-000001"
TAKES_KSEF = POLISH + "invoicing: {form: ksef}\n"
PUBLIC = "https://billing.example"


def billed(access: Access, database: Database, contract: str = TAKES_KSEF) -> Scene:
    scene = Scene(access, database).declared(contract)
    scene.delivers("2026-01-05 10 140\n2026-02-05 10 10")
    scene.bills("2026-02-01")
    return scene


@pytest.fixture
def scene(access: Access, database: Database) -> Scene:
    return billed(access, database)


def page_of(session: Session, number: str) -> str:
    return write_invoice(session, number, InvoiceHtml(), on("2026-03-03"), public_url=PUBLIC).decode()


def key_of(session: Session, number: str) -> int:
    return invoices.find(session, number).row.id


@pytest.mark.parametrize(("ksef", "host"), [
    (None, "qr.ksef.mf.gov.pl"), ("production", "qr.ksef.mf.gov.pl"), ("demo", "qr-demo.ksef.mf.gov.pl"), ("test", "qr-test.ksef.mf.gov.pl"),
])  # fmt: skip
def test_its_code_leads_to_the_ksef_of_the_settings(scene: Scene, ksef: str | None, host: str) -> None:
    asks(scene, KSEF)
    settings = Settings() if ksef is None else Settings(ksef=ksef)
    database = Database(scene.access.app, pool_size=1, ksef=settings.ksef)
    with closing(database), database.transaction(1) as session:
        document = document_of(session, invoices.find(session, JANUARY))
        code = pictures_of(session, document, invoice_id=key_of(session, JANUARY)).clearance
    assert code is not None
    assert code.address.startswith(f"https://{host}/invoice/{NIP}/")


@pytest.mark.long
def test_the_original_waits_for_its_number_and_is_the_cleared_file(scene: Scene) -> None:
    asks(scene, KSEF)
    with scene.database.transaction(1) as session:
        with pytest.raises(OriginalOfState, match="`usufruct clearance export ksef` writes the file"):
            find_original(session, JANUARY, on("2026-02-02"))
        assert "KSeF has given 2026-000001 no number yet" in WaysSetUp().why_not_yet(session, key_of(session, JANUARY))
        assert "OFFLINE" in page_of(session, JANUARY)


@pytest.mark.long
def test_what_is_cleared_is_the_original_and_its_page_bears_the_number(scene: Scene) -> None:
    number = cleared_in_poland(scene, JANUARY, 1)
    with scene.database.transaction(1) as session:
        original = find_original(session, JANUARY, on("2026-02-04"))
        assert WaysSetUp().why_not_yet(session, key_of(session, JANUARY)) == ""
        page = page_of(session, JANUARY)
        sent = WaysSetUp().outgoing(session, key_of(session, JANUARY), on("2026-02-04"))
    assert original.content == file_of(scene, KSEF, 1)
    assert original.sha256 == sha256(original.content).hexdigest()
    assert (sent.original.content, [one.name for one in sent.pictures]) == (original.content, [f"{JANUARY}.pdf"])
    assert number in page
    assert f"{NIP}/01-02-2026" not in page  # the address itself is in the code alone


@pytest.mark.long
def test_a_correction_shows_the_number_of_what_it_corrects_and_where_its_proof_is(scene: Scene) -> None:
    number = cleared_in_poland(scene, JANUARY, 1)
    note = corrected(scene)
    with scene.database.transaction(1) as session:
        page = page_of(session, note)
    assert f", {number}" in page
    assert f'href="{PUBLIC}/v1/invoices/{note}/proof"' in page
