"""Replay names an original that is not what was stored, not what its document says, or not what was sent.

Each change is made past every trigger and check, as by whoever has the database and nothing to fear.
"""

import zlib
from collections.abc import Iterator

import pytest
from sqlalchemy import create_engine, text
from sqlmodel import Session

from api.operations.originals import find_original
from api.operations.rating import replay_issued_invoices
from api.server.database import Database
from api.server.embedded import EmbeddedServer
from billing.archive.facts import facts_of
from billing.archive.replay import replay_originals
from tests.billing.archive.test_originals import NOW, NUMBER, UBL
from tests.billing.delivery.post import Post
from tests.billing.scene import Scene
from tests.conftest import fresh_database

#: One byte, and the digest as whoever changes it would leave it, or bring it up to it.
OF_XML = "content = convert_to(replace(convert_from(content, 'UTF8'), '{}', '{}'), 'UTF8')"
BROUGHT_UP = "update document_file set sha256 = encode(sha256(content), 'hex')"
AS_SENT = (
    "update delivery_event set original_sha256 = (select sha256 from document_file) where original_sha256 is not null"
)


@pytest.fixture(scope="module")
def sent(server: EmbeddedServer) -> Iterator[Scene]:
    with fresh_database(server, __name__) as access:
        database = Database(access.app)
        scene = Scene(access, database).declared(UBL)
        scene.delivers("2026-01-05 10 60\n2026-01-05 11 60", source="january.csv")
        scene.bills("2026-02-01")
        post = Post(scene)
        post.asks()
        assert post.delivers() == 1
        try:
            yield scene
        finally:
            database.close()


def named(scene: Scene, *statements: str) -> list[str]:
    """What replay says after something was changed; as it was, afterwards."""
    superuser = create_engine(scene.access.administrator)
    with Session(superuser) as session:
        session.execute(text("select set_config('app.tenant', '1', true)"))
        session.execute(text('alter table document_file drop constraint "ck_document_file_sha256_is_of_the_content"'))
        session.execute(text("set local session_replication_role = replica"))
        for statement in statements:
            session.execute(text(statement))
        told = [f"{one.what}: {one.stored}, {one.recomputed}" for one in replay_originals(session, [1])]
        session.rollback()
    superuser.dispose()
    return told


def test_what_is_as_it_was_proves(sent: Scene) -> None:
    with sent.database.transaction(1) as session:
        assert replay_issued_invoices(session).discrepancies == ()
        content = find_original(session, NUMBER, NOW).content
    assert facts_of(content).keys() == {"number", "issued_on", "currency", "net", "gross"}


@pytest.mark.parametrize(("statements", "what"), [
    pytest.param(["update document_file set " + OF_XML.format("EUR", "EUS")], "the SHA-256 of its original", id="a byte"),
    pytest.param(["update document_file set sha256 = repeat('0', 64)"], "the SHA-256 of its original", id="the digest"),
    pytest.param(["update document_file set " + OF_XML.format("Blechwerke", "Blechwerkf"), BROUGHT_UP],
                 "the original that delivery 1 sent at attempt 1", id="a byte and the digest"),
    pytest.param(["update document_file set " + OF_XML.format("2026-000001<", "2026-000002<"), BROUGHT_UP, AS_SENT],
                 "the number in its ubl", id="a byte, the digest, and what was sent"),
    pytest.param(["update document_file set " + OF_XML.format(">2026-02-01<", ">2026-02-02<"), BROUGHT_UP, AS_SENT],
                 "the issued on in its ubl", id="the day of issue"),
    pytest.param(["update document_file set content = 'x'", BROUGHT_UP, AS_SENT], "whether its ubl can be read", id="all"),
    pytest.param(["update document_file set report = jsonb_set(report::jsonb, '{form}', '\"cii\"')"],
                 "the form of its report", id="the form of the report"),
    pytest.param(["update document_file set report = jsonb_set(report::jsonb, '{errors}', '[{\"rule\": \"BR-1\", \"text\": \"x\", \"location\": \"/\"}]')"],
                 "the errors of its report", id="an error in the report"),
    pytest.param(["update delivery_event set original_sha256 = repeat('0', 64) where original_sha256 is not null"],
                 "the original that delivery 1 sent at attempt 1", id="what was sent"),
    pytest.param(["delete from document_file"], "the original that delivery 1 sent at attempt 1", id="it is deleted"),
])  # fmt: skip
def test_what_is_changed_is_named(sent: Scene, statements: list[str], what: str) -> None:
    (told,) = named(sent, *statements)
    assert told.startswith(f"{what}: ")


@pytest.mark.parametrize(("amounts", "what"), [(("net", "gross"), "net"), (("vat", "gross"), "gross")])
def test_a_total_of_the_document_that_is_not_the_originals_is_named(
    sent: Scene, amounts: tuple[str, str], what: str
) -> None:
    more = ", ".join(f"{amount} = {amount} + 0.01" for amount in amounts)
    (told,) = named(sent, f"update invoice set {more}")
    assert told.startswith(f"the {what} in its ubl: ")


def test_the_xml_within_a_pdf_is_read() -> None:
    xml = b"<CrossIndustryInvoice><ExchangedDocument><ID>A-1</ID></ExchangedDocument></CrossIndustryInvoice>"
    stream = zlib.compress(xml)
    pdf = (
        b"%PDF-1.7\n1 0 obj\n<< /Type /EmbeddedFile /Filter /FlateDecode >>\nstream\n" + stream + b"\nendstream\nendobj"
    )
    assert facts_of(pdf)["number"] == "A-1"
    assert facts_of(b"%PDF-1.7\nnothing within") == {}
