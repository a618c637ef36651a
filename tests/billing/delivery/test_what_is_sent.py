"""What is sent of which document: as the contract says, consolidated, in an owner's name, a credit note; and answers."""

import json
from typing import Any

import pytest

from api.delivering.sender import deliver_everyone
from api.server.database import Access, Database
from billing.delivery.answer import DeliveryAnswer
from billing.delivery.claims import next_asked
from billing.delivery.documents.store import NamedDocument
from billing.delivery.links import links
from billing.delivery.state import DeliveryHappening
from billing.delivery.store import (
    AlreadyDelivered,
    AnswerToNothing,
    DeliveryAsked,
    UnknownDocumentDelivery,
    ask_delivery,
    record_answer,
)
from billing.delivery.way import AskedStatus, SendingReceipt
from contracts.delivery_terms import DeliveryWay
from tests.billing.credits.giving import gives
from tests.billing.delivery.post import JANUARY, TO, Post, answered
from tests.billing.payees.test_consolidated_shares import contract
from tests.billing.payees.test_owners_names import terms
from tests.billing.scene import CONTRACT, Scene
from tests.build import acts


@pytest.fixture
def post(access: Access, database: Database) -> Post:
    scene = Scene(access, database).declared(CONTRACT)
    scene.delivers("2026-01-05 10 140")
    scene.bills("2026-02-01")
    return Post(scene)


def issued_with(scene: Scene, delivery: dict[str, Any], electronic: dict[str, str] | None = None) -> None:
    """Give the first document its number once more, as if its contract had named a way."""
    invoicing: dict[str, Any] = {"terms": {"delivery": delivery}}
    if electronic:
        invoicing["buyer"] = {"party": "Blechwerke", "in_force_from": "2026-01-01", "electronic": electronic}
    scene.as_superuser(f"""
        set session_replication_role = replica;
        create temp table numbered as select * from invoice where number is not null;
        update invoice set number = null, year = null, sequence = null, issued_on = null, due_on = null,
               inputs = jsonb_set(inputs, '{{invoicing}}', '{json.dumps(invoicing)}');
        set session_replication_role = origin;
        update invoice i set number = n.number, year = n.year, sequence = n.sequence, issued_on = n.issued_on,
               due_on = n.due_on from numbered n
        where n.id = i.id and n.tenant = i.tenant;
        drop table numbered""")


class TestAsTheContractSays:
    def test_it_is_due_as_it_is_issued_and_sent_by_the_schedule(self, post: Post) -> None:
        issued_with(post.scene, {"way": "mail", "to": ["a@b.example", "c@b.example"]})
        (delivery,) = post.listed()
        assert (delivery.state, delivery.to, delivery.asked_by) == ("due", ("a@b.example", "c@b.example"), None)
        post.passes(days=365 * 2)  # the rows of these tests are issued by the clock of the database
        assert deliver_everyone(post.scene.database, post.rules) == 0
        assert (post.state(), len(post.way.given)) == ("sent", 1)
        with pytest.raises(AlreadyDelivered):
            post.asks(way=None, to=())

    def test_peppol_goes_to_the_customers_own_address(self, post: Post) -> None:
        issued_with(post.scene, {"way": "peppol", "to": []}, {"scheme": "9930", "value": "DE129273398"})
        assert post.listed()[0].to == ("9930:DE129273398",)

    def test_without_one_a_person_is_asked(self, post: Post) -> None:
        issued_with(post.scene, {"way": "peppol", "to": []})
        post.passes(days=365 * 2).delivers()
        (delivery,) = post.listed()
        assert (delivery.state, delivery.waits, post.way.given) == ("refused", True, [])

    def test_none_is_sent_by_nobody(self, post: Post) -> None:
        issued_with(post.scene, {"way": "none", "to": []})
        assert post.listed() == []


class TestTenantsTakeTurns:
    """What is due of one waits for a few of another, not for all of them."""

    def test_one_of_the_second_is_sent_among_the_many_of_the_first(self, access: Access, database: Database) -> None:
        posts = [Post(Scene(access, database, tenant).declared(CONTRACT)) for tenant in (1, 2)]
        for post, many in zip(posts, (25, 1), strict=True):
            post.scene.delivers("2026-01-05 10 100")
            post.scene.bills("2026-02-01")
            for n in range(many):
                post.asks(to=(f"invoices-{n}@blechwerke.example",))
        assert deliver_everyone(database, posts[0].rules) == 0
        tenants = [attempt.tenant for _, _, attempt in posts[0].way.given]
        assert tenants == [1] * 10 + [2] + [1] * 15


class TestWhichDocument:
    def test_a_consolidated_one_is_one_mail(self, access: Access, database: Database) -> None:
        scene = Scene(access, database).declared(contract("C-1", "100"), contract("C-2", "200"))
        scene.bills("2026-02-01")
        post = Post(scene)
        issued_with(scene, {"way": "mail", "to": list(TO)})
        assert len(post.listed()) == 1
        post.passes(days=365 * 2).delivers()
        ((outgoing, _, _),) = post.way.given
        assert outgoing.number == JANUARY
        with pytest.raises(Exception, match="what stands within a document is sent and paid with it"):
            scene.as_superuser(
                """insert into delivery (tenant, invoice_id, customer_id, way, address, next_at, asked_at)
                   select tenant, id, customer_id, 'mail', 'x@y.example', now(), now() from invoice
                   where within_id is not null limit 1"""
            )

    def test_one_in_an_owners_name_is_the_owners(self, access: Access, database: Database) -> None:
        scene = Scene(access, database).declared(terms())
        scene.delivers("2026-01-05 10 100")
        scene.bills("2026-02-01")
        post = Post(scene)
        first, second = scene.invoices()[:2]
        assert first.row.inputs.supplier.name != second.row.inputs.supplier.name
        for invoice in (first, second):
            with database.transaction(1) as session:
                asked = DeliveryAsked(
                    NamedDocument(invoice.name, invoice.row.inputs.supplier.name), DeliveryWay.MAIL, TO
                )
                ask_delivery(session, asked, by=acts(session, "carla"), at=post.now)
        assert post.delivers() == 2
        assert [outgoing.seller for outgoing, _, _ in post.way.given] == [
            first.row.inputs.supplier.name, second.row.inputs.supplier.name,
        ]  # fmt: skip

    def test_a_credit_note_says_that_it_is_one(self, post: Post) -> None:
        (number,) = gives(post.scene, JANUARY, {"line": 1, "rest": True}, day="2026-02-02")
        post.asks(number)
        post.delivers()
        ((outgoing, _, _),) = post.way.given
        assert (outgoing.number, outgoing.is_credit) == (number, True)

    def test_a_link_has_a_token_of_its_own_and_no_file(self, post: Post) -> None:
        post.asks(way=DeliveryWay.LINK)
        post.delivers()
        ((outgoing, _, _),) = post.way.given
        assert outgoing.link.startswith("https://billing.example/d/")
        assert str(outgoing.link_ends_on) == "2026-03-04"
        with post.scene.database.transaction(1) as session:
            (link,) = links(session, NamedDocument(JANUARY))
        assert link.expires_at.isoformat() == "2026-03-04T23:00:00+00:00"  # it opens on all of that day, in Berlin
        (delivery,) = post.listed()
        assert outgoing.link.rpartition("/")[2] not in str(delivery)


class TestAnswers:
    @pytest.fixture
    def sent(self, post: Post) -> Post:
        post.asks(way=DeliveryWay.PEPPOL, to=("9930:DE129273398",))
        post.delivers()
        return post

    def answers(self, post: Post, message: str, code: str, detail: str = "so they say") -> None:
        with post.scene.database.transaction(1) as session:
            answer, by = DeliveryAnswer(code), acts(session, "ap")
            record_answer(session, message, answer, detail=detail, by=by, at=post.now)

    def test_the_way_is_asked_until_the_answer_is_final(self, sent: Post) -> None:
        key = sent.way.keys[0]
        for code in ("AB", "AP", "PD"):
            sent.way.statuses = {key: answered(code)}
            sent.passes(days=1).delivers()
        (delivery,) = sent.listed()
        assert (delivery.answer, delivery.waits, delivery.next_at) == ("PD", False, None)
        assert [event.answer for event in delivery.events if event.answer] == ["AB", "AP", "PD"]

    @pytest.mark.parametrize("code", ["RE", "UQ", "CA"])
    def test_what_is_not_accepted_waits_for_a_person_who_notes_it(self, sent: Post, code: str) -> None:
        self.answers(sent, "no. 1", code)
        (delivery,) = sent.listed()
        assert (delivery.state, delivery.waits) == ("sent", True)
        assert delivery.why_it_waits == f"answered {code}: so they say"
        noted = sent.settles(delivery.id, DeliveryHappening.NOTED)
        assert (noted.state, noted.waits, noted.answer) == ("sent", False, code)

    def test_the_same_answer_once_more_changes_nothing(self, sent: Post) -> None:
        for _ in range(3):
            self.answers(sent, sent.way.keys[0], "AP")
        assert sent.kinds() == ["claimed", "sent", "answered"]

    def test_to_nothing_or_to_nobody_there_is_none(self, post: Post) -> None:
        with pytest.raises(UnknownDocumentDelivery):
            self.answers(post, "no. 9", "AP")
        post.asks(way=DeliveryWay.PEPPOL, to=("9930:DE129273398",))
        with pytest.raises(AnswerToNothing):
            with post.scene.database.transaction(1) as session:
                reference = session.connection().exec_driver_sql("select reference from delivery").scalar_one()
            self.answers(post, reference, "AP")

    def test_what_could_not_be_handed_over_is_refused_after_all(self, sent: Post) -> None:
        sent.way.statuses = {
            sent.way.keys[0]: AskedStatus(SendingReceipt("access point", "m-1"), failure="no such receiver")
        }
        sent.passes(hours=1).delivers()
        (delivery,) = sent.listed()
        assert (delivery.state, delivery.why_it_waits) == ("refused", "not taken: no such receiver")

    def test_it_is_asked_more_seldom_and_ends(self, post: Post) -> None:
        assert next_asked(post.now, post.now) == post.now.replace(minute=15)
        later = post.now.replace(day=12)
        assert next_asked(post.now, later) == later.replace(day=13)
        assert next_asked(post.now, post.now.replace(month=6)) is None
