"""Whose name is erased stands beside a document by a number; the document, its original and its proof stay as they are."""

from api.access import identities
from api.operations.audit import erase_identity
from api.operations.originals import find_original
from api.operations.proofs import make_proof
from api.operations.rating import replay_issued_invoices
from api.server.database import Access, Database
from billing.delivery.documents.store import NamedDocument
from billing.delivery.links import links, make_link
from tests.billing.archive.test_originals import NOW, NUMBER, UBL, billed
from tests.billing.delivery.post import Post
from tests.build import acts


def test_who_asked_for_a_delivery_and_made_a_link_is_forgotten_and_nothing_sent_is(
    access: Access, database: Database
) -> None:
    post = Post(billed(access, database, UBL))
    post.asks()
    post.delivers()
    with database.transaction(1) as session:
        make_link(session, NamedDocument(NUMBER), days=9, by=acts(session, "carla"), at=NOW)
        before = find_original(session, NUMBER, NOW), make_proof(session, NUMBER, NOW).content, post.scene.page(NUMBER)
    with database.transaction(1) as session:
        acts(session, "bert")
        identities.disable(session, "carla", NOW)
        erased = erase_identity(session, "carla")
    with database.transaction(1) as session:
        assert replay_issued_invoices(session).discrepancies == ()
        after = find_original(session, NUMBER, NOW), make_proof(session, NUMBER, NOW).content, post.scene.page(NUMBER)
        (link,) = links(session, NamedDocument(NUMBER))
    assert after == before
    (delivery,) = post.listed()
    assert (delivery.asked_by, link.made_by) == (erased, erased)
    assert "carla" not in f"{delivery} {link}"
    assert delivery.to  # to whom it was sent is evidence, and kept with the document
