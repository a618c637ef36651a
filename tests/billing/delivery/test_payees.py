"""Documents of payees leave the house as customers' do: by the way that the payee's profile tells, and once."""

from collections.abc import Iterator
from datetime import datetime
from typing import Any

import pytest
from sqlalchemy import text
from sqlmodel import Session

from api.delivering.mail_way import MailWay
from api.delivering.sender import DeliveryRules, deliver_tenant
from api.delivering.setup import WaysSetUp
from api.operations.opened_links import LinkToVoidDocument, holder_of, open_link
from api.server.database import Access, Acting, Database
from billing.archive.replay import replay_originals
from billing.delivery.claims import LEASE, claim
from billing.delivery.documents.store import NamedDocument
from billing.delivery.links import LinkTarget, links, make_link, revoke_link
from billing.delivery.state import DeliveryHappening
from billing.delivery.store import AlreadyDelivered, DeliveryAsked, NoWayToDeliver, ask_delivery, deliveries
from billing.delivery.way import OutcomeUnknown
from billing.invoices.store import DocumentVoid
from billing.payees.documents.store import UnknownPayeeDocument
from billing.receivables.store import sendings
from billing.voiding.reliance import DocumentSent
from billing.voiding.store import VoidingAsked
from contracts.delivery_terms import DeliveryWay
from contracts.party_profiles.store import recorded_profiles
from tests.api.delivering.mailbox import CLOSES, Mailbox, receiving_mail
from tests.billing.delivery.post import JANUARY, TO, Post, raising
from tests.billing.payees.test_payee_documents import FACTORY, HEIR, PER_UNIT, documents, terms
from tests.billing.scene import Scene, on
from tests.billing.voiding.voids import asked as asked_to_be_void
from tests.billing.voiding.voids import released
from tests.build import acts
from tests.contracts.party_profiles.told import prepared, profile, tells

OF_FACTORY, OF_HEIR = "FACTORY-SB-2026-000001", "HEIR-SB-2026-000001"
BOOKS = "books@factory.example"
BY_MAIL = {"way": "mail", "to": [BOOKS]}
#: What is issued here is due by the clock of the database, which is years ahead.
YEARS = {"days": 365 * 3}


def issued(scene: Scene, *, sold_in: str = "own_name", **told: Any) -> Post:
    """January is billed and shared by a factory that has told how it takes documents, and by an heir that has not."""
    payees = FACTORY if sold_in == "owners_name" else FACTORY + HEIR
    shared = '{steps: [{kind: percent, percent: "10"}%s], rest: factory}'
    heir = "" if sold_in == "owners_name" else ', {kind: percent, percent: "20", payee: heir}'
    scene.declared(terms(PER_UNIT % (shared % heir), sold_in=sold_in, payees=payees))
    tells(scene, profile())
    if told:
        tells(scene, profile("factory", **told))
    scene.delivers("2026-01-05 10 100")
    scene.bills("2026-02-01")
    return Post(scene, of_payee=True)


@pytest.fixture
def scene(access: Access, database: Database) -> Scene:
    return Scene(access, database)


@pytest.fixture
def post(scene: Scene) -> Post:
    return issued(scene)


@pytest.fixture
def mailbox() -> Iterator[Mailbox]:
    with receiving_mail() as opened:
        yield opened


def by_smtp(mailbox: Mailbox, now: datetime) -> DeliveryRules:
    way = MailWay(mailbox.server(), within_s=5)
    return DeliveryRules(WaysSetUp({DeliveryWay.MAIL: way}, mail_domain="nordluft.example"), clock=lambda: now)


class TestAsTheProfileTells:
    def test_it_is_due_as_it_is_issued_and_its_mail_says_who_has_made_it_out(
        self, scene: Scene, mailbox: Mailbox
    ) -> None:
        post = issued(scene, delivery=BY_MAIL)
        assert post.listed(OF_HEIR) == []
        (due,) = post.listed(OF_FACTORY)
        assert (due.state, due.to, due.asked_by, due.of_payee) == ("due", (BOOKS,), None, True)
        assert deliver_tenant(scene.database, 1, by_smtp(mailbox, post.passes(**YEARS).now)) == 1
        (message,) = mailbox.messages
        assert message["Subject"] == f"Invoice {OF_FACTORY}, made out in your name by Nordluft Anlagen GmbH"
        assert message["Reply-To"] == "rechnung@nordluft.example"
        assert [part.get_filename() for part in message.iter_attachments()] == [f"{OF_FACTORY}.pdf"]
        (sent,) = post.listed(OF_FACTORY)
        assert (sent.state, sent.attempts, [event.kind for event in sent.events]) == ("sent", 1, ["claimed", "sent"])
        assert deliver_tenant(scene.database, 1, by_smtp(mailbox, post.passes(**YEARS).now)) == 0
        with scene.database.transaction(1) as session:
            assert sendings(session, JANUARY, None) == []  # of the customer's document nothing was sent
        assert scene.replays() == []

    @pytest.mark.parametrize("leg", ["own_name", "owners_name"])
    def test_peppol_goes_to_the_payees_own_address_by_its_maker(self, scene: Scene, leg: str) -> None:
        """A self-billed document is sent by its buyer (BT-49) to its seller (BT-34), a commission by its seller."""
        post = issued(
            scene, sold_in=leg, delivery={"way": "peppol"}, electronic={"scheme": "9930", "value": "DE333333339"}
        )
        number = OF_FACTORY if leg == "own_name" else "NORDLUFT-COM-2026-000001"
        assert post.listed(number)[0].to == ("9930:DE333333339",)
        assert post.passes(**YEARS).delivers() == 1
        ((outgoing, to, _),) = post.way.given
        assert (to, outgoing.seller_id) == (("9930:DE333333339",), "9930:DE136695976")
        assert (outgoing.number, outgoing.seller, outgoing.buyer) == (number, "Nordluft Anlagen GmbH", "factory")
        assert outgoing.is_self_billed is (leg == "own_name")

    def test_customers_and_payees_documents_are_claimed_by_the_same_work(self, scene: Scene) -> None:
        post = issued(scene, delivery=BY_MAIL)
        with scene.database.transaction(1) as session:
            asked = DeliveryAsked(NamedDocument(JANUARY), DeliveryWay.MAIL, TO)
            ask_delivery(session, asked, by=acts(session, "carla"), at=post.now)
        assert post.passes(**YEARS).delivers() == 2
        assert {outgoing.number for outgoing, _, _ in post.way.given} == {JANUARY, OF_FACTORY}

    def test_a_credit_note_is_one_and_a_late_reading_is_sent_by_itself(self, scene: Scene) -> None:
        post = issued(scene, delivery=BY_MAIL)
        scene.delivers("2026-01-05 10 60\n2026-02-06 10 10", reason="read again")
        scene.bills("2026-03-01")
        assert post.passes(**YEARS).delivers() == 2
        assert [(outgoing.number, outgoing.is_credit) for outgoing, _, _ in post.way.given] == [
            (OF_FACTORY, False), ("FACTORY-SB-2026-000002", True),
        ]  # fmt: skip

    def test_without_a_way_a_person_says_one(self, post: Post) -> None:
        with pytest.raises(NoWayToDeliver, match="payee's profile"):
            post.asks(OF_FACTORY, way=None, to=())
        assert post.asks(OF_FACTORY, to=(BOOKS,)).state == "due"
        assert post.delivers() == 1


class TestNeverTwice:
    def test_what_was_sent_there_is_not_sent_again_without_a_reason(self, post: Post) -> None:
        key = post.asks(OF_FACTORY).id
        post.delivers()
        with pytest.raises(AlreadyDelivered, match="was given to mail"):
            post.asks(OF_FACTORY)
        post.again(key, OF_FACTORY)
        assert post.delivers() == 1
        assert len(set(post.way.keys)) == 2

    def test_a_mail_server_that_says_nothing_leaves_it_to_a_person(self, post: Post, mailbox: Mailbox) -> None:
        mailbox.answers = [CLOSES]
        key = post.asks(OF_FACTORY).id
        for hours in (0, 1, 300):
            deliver_tenant(post.scene.database, 1, by_smtp(mailbox, post.passes(hours=hours).now))
        (delivery,) = post.listed(OF_FACTORY)
        assert (delivery.state, delivery.waits, len(mailbox.taken)) == ("unknown", True, 1)
        arrived = post.settles(key, DeliveryHappening.ARRIVED, OF_FACTORY)
        assert (arrived.state, arrived.waits) == ("sent", False)

    def test_whoever_is_killed_between_leaves_it_unknown(self, post: Post) -> None:
        post.asks(OF_FACTORY)
        with post.scene.database.transaction(1) as session:
            assert claim(session, post.now, post.rules.setup) is not None
        assert (post.delivers(), post.state(OF_FACTORY)) == (0, "sending")
        post.passes(seconds=LEASE.total_seconds() + 1).delivers()
        assert (post.state(OF_FACTORY), post.way.given) == ("unknown", [])


class TestVoid:
    def test_what_is_asked_to_be_void_waits_and_what_is_void_is_not_sent(self, post: Post) -> None:
        post.asks(OF_FACTORY)
        asked_to_be_void(post.scene, JANUARY)
        assert post.delivers() == 0
        assert post.listed(OF_FACTORY)[0].why_it_waits == f"somebody has asked for {OF_FACTORY} to be void"
        with pytest.raises(VoidingAsked):
            post.asks(OF_HEIR)
        released(post.scene, JANUARY)
        post.passes(hours=1).delivers()
        (delivery,) = post.listed(OF_FACTORY)
        assert (delivery.state, post.way.given) == ("given_up", [])
        with pytest.raises(DocumentVoid):
            post.again(delivery.id, OF_FACTORY)

    def test_the_customers_is_not_void_once_a_payees_may_have_arrived(self, post: Post) -> None:
        post.way.answers = [raising(OutcomeUnknown("cut off"))]
        post.asks(OF_FACTORY)
        post.delivers()
        with pytest.raises(DocumentSent, match=OF_FACTORY):
            asked_to_be_void(post.scene, JANUARY)

    def test_the_database_says_so_too(self, post: Post) -> None:
        post.asks(OF_FACTORY)
        asked_to_be_void(post.scene, JANUARY)
        by_hand = """update voiding set released_by = 'bert', released_at = now();
            update invoice set voided_on = '2026-02-02', counts_until = id where number = '2026-000001'"""
        post.scene.as_superuser("update delivery set state = 'unknown'")
        with pytest.raises(Exception, match="was sent, or something of it is settled"):
            post.scene.as_superuser(by_hand)
        post.scene.as_superuser(f"update delivery set state = 'due', next_at = now(); {by_hand}")
        with pytest.raises(Exception, match="what this document comes of is void"):
            post.scene.as_superuser("update delivery set state = 'sending'")

    def test_a_delivery_is_of_one_document(self, post: Post) -> None:
        post.asks(OF_FACTORY)
        with pytest.raises(Exception, match="of_one_document"):
            post.scene.as_superuser("update delivery set invoice_id = (select min(id) from invoice)")


def as_payee(scene: Scene, name: str) -> Any:
    with scene.database.transaction(1) as session:
        (key,) = session.execute(text("select id from party where name = :name"), {"name": name}).one()
    return scene.database.transaction(1, key, acting=Acting(role="payee"))


def test_replay_holds_what_was_sent_to_a_payee_against_the_stored_original(scene: Scene) -> None:
    post = issued(scene, delivery=BY_MAIL)
    assert post.passes(**YEARS).delivers() == 1
    with scene.database.transaction(1) as session:
        assert replay_originals(session, [1]) == []
    scene.as_superuser("""set session_replication_role = replica;
        update delivery_event set original_sha256 = repeat('0', 64) where original_sha256 is not null""")
    with scene.database.transaction(1) as session:
        (differing,) = replay_originals(session, [1])
    assert (differing.invoice, differing.what) == (OF_FACTORY, "the original that delivery 1 sent at attempt 1")


class TestWhoSeesIt:
    def test_a_payee_sees_where_its_own_stand_and_nobody_elses(self, post: Post) -> None:
        post.asks(OF_FACTORY)
        post.delivers()
        with as_payee(post.scene, "factory") as session:
            (own,) = deliveries(session, NamedDocument(OF_FACTORY, of_payee=True), as_customer=True)
            assert (own.state, own.events) == ("sent", ())
        with as_payee(post.scene, "heir") as session, pytest.raises(UnknownPayeeDocument):
            deliveries(session, NamedDocument(OF_FACTORY, of_payee=True), as_customer=True)
        with as_payee(post.scene, "heir") as session:
            assert session.execute(text("select count(*) from delivery")).scalar_one() == 0
        with pytest.raises(Exception, match="permission denied"), as_payee(post.scene, "factory") as session:
            session.execute(text("select count(*) from delivery_event"))

    def test_another_tenant_sends_nothing_of_it(self, post: Post) -> None:
        post.asks(OF_FACTORY)
        assert deliver_tenant(post.scene.database, 2, post.rules) == 0
        with post.scene.database.transaction(2) as session, pytest.raises(UnknownPayeeDocument):
            deliveries(session, NamedDocument(OF_FACTORY, of_payee=True))

    def test_a_payee_sees_its_own_profile_as_far_as_it_is_released(self, scene: Scene) -> None:
        issued(scene, delivery=BY_MAIL)
        tells(scene, profile("heir", city="Ulm"))
        prepared(scene, profile("factory", day="2026-06-01", city="Bonn"), on("2026-05-01"))
        with as_payee(scene, "factory") as session:
            assert [one.profile.delivery for one in recorded_profiles(session, "factory", as_customer=True)] == [
                profile("factory", delivery=BY_MAIL).delivery
            ]
            assert names(session) == ["factory"]
            assert session.execute(text("select count(*) from party_profile")).scalar_one() == 2


def names(session: Session) -> list[str]:
    return list(session.execute(text("select name from party")).scalars())


class TestALink:
    def test_opens_the_document_as_its_payee_sees_it(self, post: Post) -> None:
        named = NamedDocument(OF_FACTORY, of_payee=True)
        with post.scene.database.transaction(1) as session:
            token, _ = make_link(session, named, days=30, by=acts(session, "carla"), at=post.now)
        database = post.scene.database
        for what in LinkTarget:
            opened = open_link(database, holder_of(database.look_up, token), what, post.now)
            assert len(opened.file.content) > 1000
        with database.transaction(1) as session:
            (known,) = links(session, named)
            assert (known.document, [target for target, _ in known.downloads]) == (OF_FACTORY, list(LinkTarget))
            assert revoke_link(session, named, known.id, by=acts(session, "carla"), at=post.now).revoked_at is not None

    def test_to_what_is_void_opens_nothing(self, post: Post) -> None:
        named, database = NamedDocument(OF_FACTORY, of_payee=True), post.scene.database
        with database.transaction(1) as session:
            token, _ = make_link(session, named, days=30, by=acts(session, "carla"), at=post.now)
        asked_to_be_void(post.scene, JANUARY)
        released(post.scene, JANUARY)
        with pytest.raises(LinkToVoidDocument):
            open_link(database, holder_of(database.look_up, token), LinkTarget.PAGE, post.now)

    def test_goes_out_by_mail(self, post: Post) -> None:
        post.asks(OF_FACTORY, way=DeliveryWay.LINK)
        post.delivers()
        ((outgoing, _, _),) = post.way.given
        token = outgoing.link.rpartition("/")[2]
        assert holder_of(post.scene.database.look_up, token).customer == documents(post.scene)[0].payee_id
