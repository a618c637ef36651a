"""Several at once: originals and proofs asked for, a document voided while it is on its way."""

from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from threading import Barrier

from sqlalchemy import text

from api.operations.invoices import write_invoice
from api.operations.originals import find_original
from api.operations.proofs import make_proof
from api.server.database import Access, Database
from billing.documents.invoice_pdf import InvoicePdf
from billing.voiding.reliance import DocumentSent
from tests.billing.archive.test_originals import NOW, NUMBER, UBL, billed
from tests.billing.delivery.post import JANUARY, Post
from tests.billing.voiding.voids import asked as asked_to_be_void
from tests.billing.voiding.voids import released


def test_nine_ask_for_original_pdf_and_proof_and_get_the_same_bytes(access: Access, database: Database) -> None:
    scene = billed(access, database, UBL)
    barrier, pool = Barrier(9), Database(access.app, pool_size=9)

    def ask(number: int) -> tuple[int, bytes]:
        barrier.wait()
        with pool.transaction(1) as session:
            match number % 3:
                case 0:
                    return 0, find_original(session, NUMBER, NOW).content
                case 1:
                    return 1, write_invoice(session, NUMBER, InvoicePdf(), NOW)
                case _:
                    return 2, make_proof(session, NUMBER, NOW).content

    with ThreadPoolExecutor(9) as askers:
        answers = set(askers.map(ask, range(9)))
    pool.close()
    assert sorted(kind for kind, _ in answers) == [0, 1, 2]
    with scene.database.transaction(1) as session:
        assert session.execute(text("select count(*) from document_file")).scalar_one() == 1


def test_of_a_voiding_and_a_sending_at_once_one_wins(access: Access, database: Database) -> None:
    post = Post(billed(access, database, UBL))
    post.asks()
    barrier = Barrier(2)

    def sends() -> int:
        barrier.wait()
        return post.delivers()

    def voids() -> bool:
        barrier.wait()
        with suppress(DocumentSent):
            asked_to_be_void(post.scene, JANUARY)
            released(post.scene, JANUARY)
            return True
        return False

    with ThreadPoolExecutor(2) as pool:
        sending, voiding = pool.submit(sends), pool.submit(voids)
    post.passes(hours=1).delivers()
    is_void = voiding.result()
    assert (post.state(), len(post.way.given)) == (("given_up", 0) if is_void else ("sent", 1))
    assert sending.result() == (0 if is_void else 1)
