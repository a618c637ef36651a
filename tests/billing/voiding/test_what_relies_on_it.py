"""What is not void any more, and why: each refusal, in the program and in the database whatever asks it."""

from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import text

from api.operations import opened_links
from api.operations.credit_notes import prepare_credit
from api.operations.opened_links import LinkToVoidDocument, OpenedFile, holder_of, open_link
from api.server.database import Access, ContradictsStored, Database
from billing.delivery.documents.store import NamedDocument
from billing.delivery.links import LinkTarget, links, make_link
from billing.invoices.store import DocumentVoid, UnknownInvoice
from billing.receivables.allocating import AllocatedAmount
from billing.receivables.issued import DocumentNotIssued
from billing.receivables.store import NewPayment, record_payment, record_sending, reverse_payment
from billing.receivables.write_offs import prepare_write_off, release_write_off
from billing.tables import StatementRow
from billing.voiding import store as voidings
from billing.voiding.reliance import (
    CorrectedSince,
    DocumentGivenBack,
    DocumentPaid,
    DocumentSent,
    DocumentWrittenOff,
    PrepaymentDrawn,
    Reliance,
    StatedSince,
    refuse_reliance,
)
from billing.voiding.store import NoVoiding, VoidingAsked
from contracts.release.store import OwnWork, releasing
from quantities.errors import Conflict
from tests.billing.credits.giving import asked as lines_asked
from tests.billing.credits.giving import gives
from tests.billing.invoices.test_prepayments import HEAT, paid, terms
from tests.billing.scene import CONTRACT, Scene, on
from tests.billing.voiding.voids import asked, documents, released, voids, withdrawn
from tests.build import acts

JANUARY = "2026-000001"
AT = on("2026-02-02")


@pytest.fixture
def scene(access: Access, database: Database) -> Scene:
    scene = Scene(access, database).declared(CONTRACT)
    scene.delivers("2026-01-05 10 140\n2026-02-05 10 10")
    scene.bills("2026-02-01")
    return scene


def sends(scene: Scene, number: str = JANUARY) -> None:
    with scene.database.transaction(1) as session:
        record_sending(session, number, None, sent_on=None, how="mail", note="", by=acts(session, "anna"), at=AT)


def pays(scene: Scene, amount: str = "1.00") -> int:
    with scene.database.transaction(1) as session:
        to = (AllocatedAmount(JANUARY, Decimal(amount)),)
        new = NewPayment("Blechwerke", None, "EUR", Decimal(amount), AT.date(), "bank 1", allocations=to)
        return record_payment(session, new, by=acts(session, "anna"), at=AT)[0].id


def writes_off(scene: Scene, amount: str) -> None:
    with scene.database.transaction(1) as session:
        acting = releasing(session, acts(session, "anna"), AT)
        waits = prepare_write_off(session, JANUARY, None, Decimal(amount), reason="lost", releasing=acting)
    with scene.database.transaction(1) as session:
        release_write_off(session, waits.id, releasing(session, acts(session, "bert"), AT))


def opens(scene: Scene) -> None:
    """A link that somebody has made by hand is opened; it makes no sending, and needs no delivery."""
    with scene.database.transaction(1) as session:
        token, _ = make_link(session, NamedDocument(JANUARY), days=30, by=acts(session, "carla"), at=AT)
    open_link(scene.database, holder_of(scene.database.look_up, token), LinkTarget.PAGE, AT)


def corrects(scene: Scene) -> None:
    scene.delivers("2026-01-05 10 90", reason="meter test", by="jonas")
    scene.bills("2026-03-01")


RELIED_ON = [
    pytest.param(sends, DocumentSent, "sendings", id="sent"),
    pytest.param(opens, DocumentSent, "links", id="opened by a link"),
    pytest.param(pays, DocumentPaid, "payments", id="paid"),
    pytest.param(lambda scene: writes_off(scene, "1.00"), DocumentWrittenOff, "write_offs", id="written off"),
    pytest.param(
        lambda scene: gives(scene, JANUARY, {"line": 1, "amount": "1"}, day="2026-02-02"),
        DocumentGivenBack, "credits", id="given back",
    ),
    pytest.param(corrects, CorrectedSince, "corrections", id="corrected"),
]  # fmt: skip


class TestRefused:
    @pytest.mark.parametrize(("first", "refusal", "place"), RELIED_ON)
    def test_where_something_relies_on_it(
        self, scene: Scene, first: object, refusal: type[Conflict], place: str
    ) -> None:
        assert callable(first)
        first(scene)
        before = documents(scene)
        with pytest.raises(refusal) as refused:
            asked(scene, JANUARY)
        assert refused.value.members["place"] == place
        assert refused.value.members["found"]
        assert refused.value.members["expected"]
        assert documents(scene) == before

    @pytest.mark.parametrize(("meanwhile", "refusal", "place"), RELIED_ON)
    def test_where_it_does_by_the_release(
        self, scene: Scene, meanwhile: object, refusal: type[Conflict], place: str
    ) -> None:
        asked(scene, JANUARY)
        assert callable(meanwhile)
        meanwhile(scene)
        with pytest.raises(refusal):
            released(scene, JANUARY)
        assert documents(scene)[0] == (JANUARY, "158.00", True)

    def test_a_link_that_nobody_has_opened_is_no_obstacle(self, scene: Scene) -> None:
        with scene.database.transaction(1) as session:
            make_link(session, NamedDocument(JANUARY), days=30, by=acts(session, "carla"), at=AT)
        assert voids(scene, JANUARY) == (JANUARY,)

    def test_what_is_void_before_it_is_shown_is_shown_to_nobody(
        self, scene: Scene, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """Of a voiding and an opening at once one wins: whoever is later finds what the other has left."""
        made = opened_links._opened

        def void_meanwhile(*given: Any) -> OpenedFile:
            file = made(*given)
            voids(scene, JANUARY)
            return file

        monkeypatch.setattr(opened_links, "_opened", void_meanwhile)
        with pytest.raises(LinkToVoidDocument):
            opens(scene)
        with scene.database.transaction(1) as session:
            assert [link.downloads for link in links(session, NamedDocument(JANUARY))] == [()]

    def test_where_its_prepayment_is_drawn(self, access: Access, database: Database) -> None:
        scene = Scene(access, database).declared(terms(HEAT, paid("6000")))
        scene.bills("2026-01-02")
        scene.delivers("2026-01-05 10 30000")
        scene.bills("2026-02-01")
        with pytest.raises(PrepaymentDrawn) as refused:
            asked(scene, JANUARY)
        assert refused.value.members["found"] == ["2026-000002"]

    def test_where_it_corrects_what_a_later_one_corrects_again(self, scene: Scene) -> None:
        corrects(scene)
        scene.delivers("2026-01-05 10 80\n2026-03-05 10 10", reason="meter test", by="jonas")
        scene.bills("2026-04-01")
        with pytest.raises(CorrectedSince) as refused:
            asked(scene, "2026-000002")
        assert refused.value.members["found"] == ["2026-000003"]
        voids(scene, "2026-000003", day="2026-04-02")
        asked(scene, "2026-000002", day="2026-04-02")

    def test_where_a_statement_counts_it(self, scene: Scene) -> None:
        """A statement that was prepared after the document was issued; one that was before is none of its business."""
        scene.as_superuser("""
            set session_replication_role = replica;
            insert into statement (tenant, contract_id, customer_id, version_id, first, after_last, watermark,
                                   prepared_by, prepared_at, content)
            select tenant, contract_id, customer_id, version_id, first, after_last, 0, 'anna', created_at, '{}'
            from invoice""")
        asked(scene, JANUARY)
        withdrawn(scene, JANUARY)
        scene.as_superuser("""
            set session_replication_role = replica; update statement set prepared_at = prepared_at + interval '1 day'""")
        with pytest.raises(StatedSince):
            asked(scene, JANUARY)
        assert StatementRow.__tablename__ == "statement"

    def test_where_it_is_void_already(self, scene: Scene) -> None:
        voids(scene, JANUARY)
        for act in (asked, released, withdrawn):
            with pytest.raises(DocumentVoid):
                act(scene, JANUARY)

    def test_where_somebody_has_asked_already_and_where_nobody_has(self, scene: Scene) -> None:
        for act in (released, withdrawn):
            with pytest.raises(NoVoiding):
                act(scene, JANUARY)
        asked(scene, JANUARY)
        with pytest.raises(VoidingAsked):
            asked(scene, JANUARY, by="anna")
        withdrawn(scene, JANUARY)
        with pytest.raises(NoVoiding):
            released(scene, JANUARY)

    def test_where_the_same_person_releases(self, scene: Scene) -> None:
        asked(scene, JANUARY)
        with pytest.raises(OwnWork):
            released(scene, JANUARY, by="carla")

    def test_where_there_is_no_such_document(self, scene: Scene) -> None:
        with pytest.raises(UnknownInvoice):
            asked(scene, "2026-000009")
        with pytest.raises(DocumentNotIssued):
            asked(scene, "draft-1234")

    def test_by_nothing_where_nothing_relies_on_it(self) -> None:
        refuse_reliance(JANUARY, Reliance())


class TestNotRefused:
    def test_where_what_was_paid_is_reversed(self, scene: Scene) -> None:
        payment = pays(scene)
        with scene.database.transaction(1) as session:
            reverse_payment(session, payment, reference="back", on=None, by=acts(session, "anna"), at=AT)
        voids(scene, JANUARY)

    def test_where_what_was_written_off_is_taken_back(self, scene: Scene) -> None:
        writes_off(scene, "1.00")
        writes_off(scene, "-1.00")
        voids(scene, JANUARY)

    def test_where_the_credit_note_is_void(self, scene: Scene) -> None:
        (note,) = gives(scene, JANUARY, {"line": 1, "amount": "1"}, day="2026-02-02")
        voids(scene, note)
        voids(scene, JANUARY)
        scene.bills("2026-02-03")
        assert [row for row in documents(scene) if row[2]] == [("2026-000003", "158.00", True)]
        assert scene.replays() == []

    def test_where_a_later_look_found_nothing(self, scene: Scene) -> None:
        """Readings that come to the same: the later look counts no more, and the period is billed anew."""
        scene.delivers("2026-01-05 10 70\n2026-01-06 10 70", reason="by day", by="jonas")
        scene.bills("2026-03-01")
        assert scene.lines("2026-000002") == [("fee", "1", "100.00", ""), ("energy", "10", "5.00", "")]
        voids(scene, JANUARY, day="2026-03-02")
        scene.bills("2026-03-03")
        assert [row for row in documents(scene) if row[2]] == [
            ("2026-000002", "105.00", True), ("2026-000003", "158.00", True),
        ]  # fmt: skip
        assert scene.replays() == []

    def test_by_one_person_where_four_eyes_are_off(self, scene: Scene) -> None:
        scene.as_superuser("update tenant set four_eyes_off = '{}' where id = 1")
        assert asked(scene, JANUARY).state == "released"
        assert documents(scene) == [(JANUARY, "158.00", False)]


class TestWhatIsVoid:
    @pytest.fixture(autouse=True)
    def void(self, scene: Scene) -> None:
        voids(scene, JANUARY)

    def test_is_not_sent(self, scene: Scene) -> None:
        with pytest.raises(DocumentVoid):
            sends(scene)

    def test_is_not_paid(self, scene: Scene) -> None:
        with pytest.raises(DocumentVoid) as refused:
            pays(scene)
        assert refused.value.members["place"] == "/allocations/0/document"

    def test_is_not_written_off(self, scene: Scene) -> None:
        with pytest.raises(DocumentVoid):
            writes_off(scene, "1.00")

    def test_is_not_given_back(self, scene: Scene) -> None:
        with pytest.raises(DocumentVoid), scene.database.transaction(1) as session:
            lines = lines_asked({"line": 1, "rest": True})
            prepare_credit(session, JANUARY, lines, supplier=None, reason="late", who=acts(session, "anna"), at=AT)


def test_what_waits_is_listed_for_another(scene: Scene) -> None:
    asked(scene, JANUARY)
    with scene.database.transaction(1) as session:
        (known,) = voidings.waiting_voidings(session)
    assert (known.documents, known.asked_by, known.state) == ((JANUARY,), "carla", "waiting")
    released(scene, JANUARY)
    with scene.database.transaction(1) as session:
        assert voidings.waiting_voidings(session) == []
        assert voidings.find(session, JANUARY).state == "released"


MARKED = "update invoice set voided_on = '2026-02-02', counts_until = id"
RELEASED = "update voiding set released_by = 'x', released_at = now()"


class TestTheDatabaseItself:
    """Statements of SQL that the program would refuse; the names that they state are not believed."""

    def refused(self, scene: Scene, constraint: str, *statements: str, by: str = "anna") -> None:
        with pytest.raises(ContradictsStored, match=constraint), scene.database.transaction(1) as session:
            acts(session, by)
            for statement in statements:
                session.execute(text(statement))

    def test_marks_nothing_that_two_have_not_seen(self, scene: Scene) -> None:
        self.refused(scene, "released_first", MARKED)
        asked(scene, JANUARY)
        self.refused(scene, "released_first", MARKED)
        self.refused(scene, "two_pairs_of_eyes", RELEASED, by="carla")

    def test_nor_anything_else_of_what_is_issued(self, scene: Scene) -> None:
        asked(scene, JANUARY)
        self.refused(scene, "issued_never_changes", RELEASED, MARKED + ", net = 1, gross = 1 + vat")
        released(scene, JANUARY)
        self.refused(scene, "issued_never_changes", "update invoice set voided_on = null, counts_until = null")
        self.refused(scene, "issued_never_changes", "update invoice set voided_on = '2026-02-03'")
        self.refused(scene, "released_first", "update rating set counts_until = null")
        self.refused(scene, "released_never_changes", "update voiding set withdrawn_by = 'x', withdrawn_at = now()")

    def test_and_a_replay_names_a_mark_that_nobody_has_released(self, scene: Scene) -> None:
        scene.as_superuser("set session_replication_role = replica; " + MARKED)
        assert [(one.invoice, one.what) for one in scene.replays()] == [
            (JANUARY, "whether it is void, as two have released")
        ]

    def test_nor_what_was_sent(self, scene: Scene) -> None:
        asked(scene, JANUARY)
        sends(scene)
        self.refused(scene, "void_before_it_is_sent", RELEASED, MARKED)

    def test_nor_is_what_is_void_sent_or_paid(self, scene: Scene) -> None:
        voids(scene, JANUARY)
        self.refused(
            scene,
            "void_stays_void",
            """
            insert into sending (invoice_id, customer_id, sent_on, how, note, recorded_by, recorded_at)
            select id, customer_id, issued_on, 'mail', '', 'x', now() from invoice""",
        )
        self.refused(
            scene,
            "void_stays_void",
            """
            insert into write_off (invoice_id, customer_id, amount, reason, prepared_by, prepared_at)
            select id, customer_id, 1, 'r', 'x', now() from invoice""",
        )
