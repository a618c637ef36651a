"""A document is sent once by one way to one address, whoever asks, and whatever is killed between."""

from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from threading import Barrier

import pytest
from sqlalchemy import text
from sqlmodel import Session

from api.delivering.sender import deliver_tenant
from api.delivering.setup import WaysSetUp
from api.server.database import Access, Database
from billing.delivery.claims import LEASE, claim
from billing.delivery.documents.store import DeliveredDocument, NamedDocument
from billing.delivery.outgoing import Outgoing
from billing.delivery.state import DeliveryHappening, DeliveryNotSo
from billing.delivery.store import AlreadyDelivered, DeliveryAsked, NoWayToDeliver, ask_delivery
from billing.delivery.views import delivery_out
from billing.delivery.way import OutcomeUnknown, SendingFailed, SendingRefused
from billing.invoices.store import DocumentVoid, UnknownInvoice
from billing.receivables.issued import DocumentNotIssued
from billing.receivables.store import sendings
from billing.voiding.reliance import DocumentSent
from billing.voiding.store import VoidingAsked
from contracts.delivery_terms import DeliveryWay
from quantities.document import FaultyDocument
from tests.billing.delivery.post import JANUARY, TO, Post, answered, raising
from tests.billing.scene import CONTRACT, Scene
from tests.billing.voiding.voids import asked as asked_to_be_void
from tests.billing.voiding.voids import released, withdrawn
from tests.build import acts


@pytest.fixture
def post(access: Access, database: Database) -> Post:
    scene = Scene(access, database).declared(CONTRACT)
    scene.delivers("2026-01-05 10 140\n2026-02-05 10 10")
    scene.bills("2026-02-01")
    return Post(scene)


def sent_rows(post: Post) -> list[tuple[str, str]]:
    with post.scene.database.transaction(1) as session:
        return [(sending.how, sending.recorded_by) for sending in sendings(session, JANUARY, None)]


class TestSent:
    def test_moves_the_state_of_the_invoice_and_says_what_was_sent(self, post: Post) -> None:
        asked = post.asks()
        assert (asked.state, asked.asked_by, asked.to) == ("due", "carla", TO)
        assert post.delivers() == 1
        (delivery,) = post.listed()
        ((outgoing, to, attempt),) = post.way.given
        assert (delivery.state, delivery.attempts, delivery.next_at, to) == ("sent", 1, None, TO)
        assert delivery.original_sha256 == outgoing.original.sha256
        claimed, sent = delivery.events
        assert (claimed.kind, claimed.number, claimed.original_sha256) == (
            "claimed", attempt.key, outgoing.original.sha256,
        )  # fmt: skip
        assert (sent.kind, sent.number) == ("sent", "no. 1")
        assert sent_rows(post) == [("mail", "carla")]
        assert post.delivers() == 0

    def test_a_second_order_for_the_same_address_is_refused_and_another_address_is_not(self, post: Post) -> None:
        post.asks()
        post.asks()  # it is due already, and that one
        post.delivers()
        with pytest.raises(AlreadyDelivered):
            post.asks()
        post.asks(to=("copy@blechwerke.example",))
        assert post.delivers() == 1
        assert len(post.listed()) == 2

    def test_what_came_back_is_settled_by_a_person_and_goes_to_another_address(self, post: Post) -> None:
        key = post.asks().id
        post.delivers()
        bounced = post.settles(key, DeliveryHappening.GIVEN_UP)
        assert (bounced.state, bounced.waits, bounced.next_at) == ("given_up", False, None)
        post.asks(to=("accounts@blechwerke.example",))
        assert post.delivers() == 1
        with pytest.raises(DocumentSent):
            asked_to_be_void(post.scene, JANUARY)

    def test_again_is_a_persons_order_with_a_reason_and_another_identifier(self, post: Post) -> None:
        key = post.asks().id
        post.delivers()
        post.again(key)
        assert post.delivers() == 1
        assert len(set(post.way.keys)) == 2
        assert post.kinds() == ["claimed", "sent", "again", "claimed", "sent"]
        assert sent_rows(post) == [("mail", "carla")] * 2

    @pytest.mark.parametrize("_", range(2))
    def test_sixteen_at_once_send_one(self, post: Post, _: int) -> None:
        post.asks()
        barrier = Barrier(16)
        database = Database(post.scene.access.app, pool_size=16)

        def sends(_: int) -> int:
            barrier.wait()
            return deliver_tenant(database, 1, post.rules)

        with ThreadPoolExecutor(16) as pool:
            attempts = list(pool.map(sends, range(16)))
        database.close()
        assert (sum(attempts), len(post.way.given), post.state()) == (1, 1, "sent")
        assert len(sent_rows(post)) == 1


class TestNotTaken:
    def test_what_may_be_tried_again_is_and_then_sent(self, post: Post) -> None:
        post.way.answers = [raising(SendingFailed("busy")), raising(SendingFailed("busy"))]
        post.asks()
        assert (post.delivers(), post.state()) == (1, "due")
        assert post.passes(seconds=4).delivers() == 0
        assert post.passes(seconds=1).delivers() == 1
        assert post.passes(minutes=5).delivers() == 1
        assert (post.state(), len(post.way.given)) == ("sent", 3)
        assert post.kinds() == ["claimed", "failed", "claimed", "failed", "claimed", "sent"]

    def test_it_is_given_up_after_days_and_put_before_a_person(self, post: Post) -> None:
        post.way.answers = [raising(SendingFailed("busy"))] * 20
        post.asks()
        while post.state() == "due":
            post.passes(hours=25).delivers()
        (delivery,) = post.listed()
        assert (delivery.attempts, delivery.state, delivery.waits) == (10, "refused", True)
        assert delivery.why_it_waits == "not taken: given up after 10 attempts: busy"

    def test_what_would_be_refused_again_is_put_before_a_person(self, post: Post) -> None:
        post.way.answers = [raising(SendingRefused("550 no such user"))]
        key = post.asks().id
        post.delivers()
        (delivery,) = post.listed()
        assert (delivery.state, delivery.waits) == ("refused", True)
        assert (delivery.why_it_waits, sent_rows(post)) == ("not taken: 550 no such user", [])
        assert (delivery.message, delivery.settled) == (post.way.keys[0], None)
        assert post.passes(days=9).delivers() == 0
        given_up = post.settles(key, DeliveryHappening.GIVEN_UP)
        assert (given_up.state, given_up.waits) == ("given_up", False)
        shown = delivery_out(given_up)
        assert (shown.settled, shown.settled_by, shown.note) == (DeliveryHappening.GIVEN_UP, "carla", "asked them")


class TestNobodyKnows:
    def test_a_mail_is_not_repeated_and_its_identifier_is_said(self, post: Post) -> None:
        post.way.answers = [raising(OutcomeUnknown("cut off"))]
        key = post.asks().id
        post.delivers()
        (delivery,) = post.listed()
        assert (delivery.state, delivery.waits) == ("unknown", True)
        assert delivery.why_it_waits == f"nobody knows whether {post.way.keys[0]} was taken: cut off"
        assert post.passes(days=9).delivers() == 0
        arrived = post.settles(key, DeliveryHappening.ARRIVED)
        assert (arrived.state, arrived.waits, sent_rows(post)) == ("sent", False, [("mail", "carla")])
        shown = delivery_out(arrived)
        assert (shown.message, shown.settled, shown.note) == (post.way.keys[0], DeliveryHappening.ARRIVED, "asked them")
        hidden = shown.for_customer
        assert (hidden.message, hidden.settled, hidden.settled_by, hidden.note) == ("", None, None, "")

    def test_whoever_is_killed_between_leaves_it_unknown(self, post: Post) -> None:
        post.asks()
        with post.scene.database.transaction(1) as session:
            assert claim(session, post.now, post.rules.setup) is not None
        assert (post.delivers(), post.state()) == (0, "sending")
        assert post.passes(seconds=LEASE.total_seconds() + 1).delivers() == 0
        assert (post.state(), len(post.way.given)) == ("unknown", 0)
        with pytest.raises(DeliveryNotSo):
            post.settles(post.listed()[0].id, DeliveryHappening.NOTED)

    def test_a_way_that_can_be_asked_is_asked_first(self, post: Post) -> None:
        post.way.answers = [raising(OutcomeUnknown("cut off"))]
        post.asks(way=DeliveryWay.PEPPOL, to=("9930:DE129273398",))
        post.delivers()
        assert post.state() == "sending"
        post.way.is_down = True
        post.passes(minutes=2).delivers()
        assert (post.state(), len(post.way.given)) == ("sending", 1)
        post.way.is_down, post.way.statuses = False, {post.way.keys[0]: answered("AB")}
        post.passes(minutes=20).delivers()
        (delivery,) = post.listed()
        assert (delivery.state, delivery.answer, len(post.way.given)) == ("sent", "AB", 1)

    def test_one_that_it_never_heard_of_is_given_to_it_once_more_under_the_same_name(self, post: Post) -> None:
        post.way.answers = [raising(OutcomeUnknown("cut off"))]
        post.asks(way=DeliveryWay.PEPPOL, to=("9930:DE129273398",))
        post.delivers()
        post.passes(minutes=2).delivers()
        assert (post.state(), len(post.way.given), len(set(post.way.keys))) == ("sent", 2, 1)

    def test_one_that_does_not_answer_for_days_is_put_before_a_person(self, post: Post) -> None:
        post.way.answers, post.way.is_down = [raising(OutcomeUnknown("cut off"))], True
        post.asks(way=DeliveryWay.PEPPOL, to=("9930:DE129273398",))
        post.delivers()
        for _ in range(5):
            post.passes(days=1).delivers()
        assert (post.state(), len(post.way.given)) == ("unknown", 1)


class TestOverTheYearsEnd:
    """The first numbers of two years are alike but for the year; what is under way at midnight is of its own."""

    OLD, NEW = "2025-000001", "2026-000001"

    def test_what_is_under_way_keeps_its_number_its_bytes_and_its_outcome(
        self, access: Access, database: Database
    ) -> None:
        scene = Scene(access, database).declared(CONTRACT.replace("starts: 2026-01-01", "starts: 2025-11-01"))
        scene.delivers("2025-11-05 10 140\n2025-12-05 10 10")
        scene.bills("2025-12-31")
        post = Post(scene, now=datetime.fromisoformat("2025-12-31T22:59:30+00:00"))  # half a minute to go in Berlin
        key = post.asks(self.OLD).id
        with scene.database.transaction(1) as session:
            assert claim(session, post.now, post.rules.setup) is not None
        scene.bills("2026-01-01")
        assert [invoice.name for invoice in scene.invoices()] == [self.OLD, self.NEW]
        post.passes(seconds=LEASE.total_seconds() + 1)
        post.asks(self.NEW)
        assert post.delivers() == 1
        assert (post.state(self.OLD), post.state(self.NEW)) == ("unknown", "sent")

        scene.delivers("2025-11-05 10 40", source="late.csv", reason="misread")
        scene.bills("2026-02-01")  # the old year's correction is of the new year, and leaves what is under way alone
        assert post.again(key, self.OLD).original_sha256
        assert post.delivers() == 1
        assert post.kinds(self.OLD) == ["claimed", "lost", "again", "claimed", "sent"]
        outgoing = [given.original for given, *_ in post.way.given]
        assert [self.NEW in outgoing[0].name, self.OLD in outgoing[1].name] == [True, True]
        assert outgoing[1].sha256 == post.listed(self.OLD)[0].original_sha256
        assert scene.replays() == []


class TestVoid:
    def test_what_is_asked_to_be_void_waits_and_what_is_void_is_not_sent(self, post: Post) -> None:
        post.asks()
        asked_to_be_void(post.scene, JANUARY)
        assert post.delivers() == 0
        (delivery,) = post.listed()
        assert (delivery.state, delivery.why_it_waits) == ("due", f"somebody has asked for {JANUARY} to be void")
        with pytest.raises(VoidingAsked):
            post.asks(to=("copy@blechwerke.example",))
        released(post.scene, JANUARY)
        assert post.passes(hours=1).delivers() == 0
        (delivery,) = post.listed()
        assert (delivery.state, delivery.waits, post.way.given) == ("given_up", False, [])
        with pytest.raises(DocumentVoid):
            post.again(delivery.id)

    def test_a_voiding_that_is_withdrawn_lets_it_go(self, post: Post) -> None:
        post.asks()
        asked_to_be_void(post.scene, JANUARY)
        post.delivers()
        withdrawn(post.scene, JANUARY)
        assert post.passes(hours=1).delivers() == 1
        (delivery,) = post.listed()
        assert (delivery.state, delivery.held, delivery.waits) == ("sent", "", False)

    def test_what_is_on_its_way_is_not_void_any_more(self, post: Post) -> None:
        post.asks()
        with post.scene.database.transaction(1) as session:
            claim(session, post.now, post.rules.setup)
        with pytest.raises(DocumentSent):
            asked_to_be_void(post.scene, JANUARY)
        post.passes(hours=1).delivers()
        with pytest.raises(DocumentSent):
            asked_to_be_void(post.scene, JANUARY)

    def test_the_database_says_so_too(self, post: Post) -> None:
        post.asks()
        asked_to_be_void(post.scene, JANUARY)
        with post.scene.database.transaction(1) as session:
            acts(session, "anna")
        post.scene.as_superuser("update delivery set state = 'unknown'")
        with pytest.raises(DocumentSent):
            released(post.scene, JANUARY)
        released_by_hand = """update voiding set released_by = 'bert', released_at = now();
            update invoice set voided_on = '2026-02-02', counts_until = id where number = '2026-000001'"""
        with pytest.raises(Exception, match="was sent, or something of it is settled"):
            post.scene.as_superuser(released_by_hand)


class TestWhatMayNotBeSent:
    def test_a_draft_and_what_is_not_there(self, post: Post) -> None:
        post.scene.looks("2026-03-01")
        with pytest.raises(DocumentNotIssued):
            post.asks("draft-1")
        with pytest.raises(UnknownInvoice):
            post.asks("2026-000009")

    def test_an_order_without_way_or_with_addresses_of_another(self, post: Post) -> None:
        with pytest.raises(NoWayToDeliver):
            post.asks(way=None, to=())
        with pytest.raises(FaultyDocument):
            post.asks(to=("9930:DE129273398",))
        with pytest.raises(FaultyDocument):
            post.asks(to=("a@b.example\r\nBcc: c@d.example",))

    def test_another_tenant_sends_nothing_of_it(self, post: Post) -> None:
        post.asks()
        assert deliver_tenant(post.scene.database, 2, post.rules) == 0
        with post.scene.database.transaction(2) as session, pytest.raises(UnknownInvoice):
            ask_delivery(session, DeliveryAsked(NamedDocument(JANUARY), DeliveryWay.MAIL, TO), by="x", at=post.now)

    def test_an_attempt_is_begun_once(self, post: Post) -> None:
        post.asks()
        post.delivers()
        with pytest.raises(Exception, match="uq_delivery_event_claimed"):
            post.scene.as_superuser(
                """insert into delivery_event (tenant, delivery_id, attempt, kind, at, number, detail)
                   select tenant, delivery_id, attempt, kind, at, '', '' from delivery_event where kind = 'claimed'"""
            )


class Killed(BaseException):
    """The process ends here: nothing of it handles this."""


class TestKilledWhileAnotherTenantSends:
    """Between the original that is archived and the mail that is to have it, while a second tenant sends its own."""

    @pytest.fixture
    def other(self, post: Post) -> Post:
        post.scene.as_superuser("insert into tenant (name) values ('another')")
        scene = Scene(post.scene.access, post.scene.database, tenant=2).declared(CONTRACT.replace("100.00", "77.00"))
        scene.delivers("2026-01-05 10 140")
        scene.bills("2026-02-01")
        return Post(scene)

    def archived(self, post: Post) -> list[str]:
        with post.scene.database.transaction(post.scene.tenant) as session:
            return list(session.execute(text("select sha256 from document_file")).scalars())

    def test_in_the_claim_nothing_was_there_and_it_is_sent_once(
        self, post: Post, other: Post, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        post.asks()
        other.asks()
        made, seen = WaysSetUp.outgoing, list[int]()

        def killed(setup: WaysSetUp, session: Session, delivered: DeliveredDocument, at: datetime) -> Outgoing:
            outgoing = made(setup, session, delivered, at)
            tenant = session.execute(text("select current_setting('app.tenant')")).scalar_one()
            if tenant == "1" and not seen:
                seen.append(len(session.execute(text("select from document_file")).all()))
                with ThreadPoolExecutor(1) as pool:  # whoever waited for the first would wait here for ever
                    seen.append(pool.submit(other.delivers).result(timeout=60))
                raise Killed
            return outgoing

        monkeypatch.setattr(WaysSetUp, "outgoing", killed)
        with pytest.raises(Killed):
            post.delivers()
        assert seen == [1, 1]  # archived and not committed; and the other tenant has sent
        assert (self.archived(post), post.way.given, post.state()) == ([], [], "due")
        assert post.delivers() == 1
        self.each_has_its_own(post, other)

    def test_after_the_claim_it_is_archived_and_nobody_sends_it_twice(self, post: Post, other: Post) -> None:
        def killed(_: Outgoing) -> None:
            with ThreadPoolExecutor(1) as pool:
                assert pool.submit(other.delivers).result(timeout=60) == 1
            raise Killed

        key = post.asks().id
        other.asks()
        post.way.answers = [killed]
        with pytest.raises(Killed):
            post.delivers()
        post.passes(seconds=LEASE.total_seconds() + 1).delivers()
        assert (post.state(), len(post.way.given)) == ("unknown", 1)
        post.again(key)
        assert post.delivers() == 1
        self.each_has_its_own(post, other, times=2)

    def each_has_its_own(self, post: Post, other: Post, times: int = 1) -> None:
        """The bytes that left are those that are archived, the same each time, and none of another tenant's."""
        first, second = self.archived(post), self.archived(other)
        assert [outgoing.original.sha256 for outgoing, *_ in post.way.given] == first * times
        assert [outgoing.original.sha256 for outgoing, *_ in other.way.given] == second
        assert first != second
        assert (post.state(), other.state()) == ("sent", "sent")
