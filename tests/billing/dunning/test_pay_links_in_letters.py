"""A letter about late documents says where each is paid; its tokens stand in the mail, and nowhere that is kept."""

import hashlib
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from decimal import Decimal
from email.message import EmailMessage
from typing import Any

import pytest
from sqlalchemy import text
from sqlmodel import col, select

from api.collecting.setup import GatewayAccount, GatewaysSetUp
from api.delivering.mail_way import MailWay
from api.delivering.sender import DeliveryRules, deliver_tenant
from api.delivering.setup import WaysSetUp
from api.operations.letters import letter_of_dunning
from api.operations.pay_pages import PayPage, PayPages, click_pay_page, pay_link_holder, show_pay_page
from api.server.database import SYSTEM, Access, Database, act
from api.server.embedded import EmbeddedServer
from api.server.provision import administering
from billing.delivery.documents.store import NamedDocument
from billing.delivery.store import send_again
from billing.documents.dunning_letter import LetterPdf
from billing.dunning.letters.store import letter
from billing.dunning.store import dun_next
from billing.payments.links import UnknownPayLink, pay_links, revoke_pay_link
from billing.payments.pages.page import PayPageState
from billing.tables import DeliveryRow
from contracts.delivery_terms import DeliveryWay
from tests.api.delivering.mailbox import Mailbox, receiving_mail
from tests.billing.dunning.desk import BASE_RATE, DUNNED, NUMBER, Desk, opened, publishes
from tests.billing.payments.gateway_of_tests import GatewayOfTests
from tests.billing.payments.till import ACCOUNT, Till
from tests.billing.scene import Scene, on
from tests.build import acts
from tests.conftest import application_pool, world_copy

BY_LINK = DUNNED + "  collection: {by: pay_link}\n"
FURTHER = "X-1"
_ADDRESS = re.compile(r"^(?P<number>\S+):\n(?P<url>https://billing\.example/pay/\S+)$", re.MULTILINE)


@dataclass
class Counter:
    """A dunning desk whose letters leave by mail, and the pages that their links open."""

    desk: Desk
    mailbox: Mailbox
    gateway: GatewayOfTests = field(default_factory=lambda: GatewayOfTests(lambda: on("2026-03-23")))

    def sends(self, tenant: int = 1) -> list[EmailMessage]:
        """What is due leaves; the letters among it."""
        self.mailbox.taken.clear()
        way = MailWay(self.mailbox.server())
        setup = WaysSetUp({DeliveryWay.MAIL: way}, {}, "https://billing.example", 30, "nordluft.example")
        deliver_tenant(self.desk.database, tenant, DeliveryRules(setup, lambda: self.desk.now, lambda: 0.0))
        return [mail for mail in self.mailbox.messages if "<D-" in str(mail["Message-ID"])]

    @property
    def pages(self) -> PayPages:
        ours = GatewayAccount(ACCOUNT, "Nordluft", "Nordluft", self.gateway)
        theirs = GatewayAccount(f"{ACCOUNT}-2", "Südpresse", "Nordluft", self.gateway)
        setup = GatewaysSetUp((ours, theirs), "https://billing.example")
        return PayPages(self.desk.database, setup, lambda: self.desk.now)

    def shows(self, url: str) -> PayPage:
        holder = pay_link_holder(self.desk.database.look_up, token_of(url))
        return show_pay_page(self.pages, holder)

    def clicks(self, url: str) -> str | PayPage:
        return click_pay_page(self.pages, pay_link_holder(self.desk.database.look_up, token_of(url)))


def token_of(url: str) -> str:
    return url.removeprefix("https://billing.example/pay/")


def text_of(mail: EmailMessage) -> str:
    body: Any = mail.get_body(("plain",))
    return str(body.get_content()).replace("\r\n", "\n")


def addresses_in(mail: EmailMessage) -> dict[str, str]:
    return {match["number"]: match["url"] for match in _ADDRESS.finditer(text_of(mail))}


def by_link(access: Access) -> None:
    opened(access, BY_LINK, more={FURTHER: "100.00"})


@pytest.fixture(scope="module")
def mailbox() -> Iterator[Mailbox]:
    with receiving_mail() as taking:
        yield taking


@contextmanager
def counter_of(server: EmbeddedServer, mailbox: Mailbox, build: Any, name: str, node: str) -> Iterator[Counter]:
    mailbox.taken.clear()
    with world_copy(server, name, build, node) as (access, _), application_pool(access) as pool:
        yield Counter(Desk(pool, access), mailbox)


@pytest.fixture
def counter(server: EmbeddedServer, mailbox: Mailbox, request: pytest.FixtureRequest) -> Iterator[Counter]:
    with counter_of(server, mailbox, by_link, "two that are paid by link and dunned", request.node.nodeid) as one:
        yield one


class TestWhereToPay:
    def test_each_document_and_the_claim_has_its_own_address(self, counter: Counter) -> None:
        counter.desk.duns_daily("2026-03-22")
        counter.desk.duns("2026-03-23")
        (reminder, notice) = counter.sends()
        assert addresses_in(reminder).keys() == {NUMBER, FURTHER}
        ((claim, _),) = counter.desk.claims()
        named = addresses_in(notice)
        assert list(named) == [NUMBER, FURTHER, claim]
        assert "Each document can be paid at its own address until 22 Apr 2026:" in text_of(notice)
        for number, url in named.items():
            page = counter.shows(url)
            assert page.state is PayPageState.PAYABLE
            assert number in page.content.decode()

    def test_once_it_is_paid_there_the_address_says_so_and_the_others_stay(self, counter: Counter) -> None:
        counter.desk.duns("2026-03-13")
        (reminder,) = counter.sends()
        named = addresses_in(reminder)
        assert isinstance(counter.clicks(named[NUMBER]), str)
        till = Till(counter.desk.database, counter.desk.now, counter.gateway)
        counter.gateway.pays_in(counter.gateway.sessions()[0], "done")
        till.hears()
        assert counter.shows(named[NUMBER]).state is PayPageState.SETTLED
        assert counter.shows(named[FURTHER]).state is PayPageState.PAYABLE
        assert [one.number for one in counter.desk.letter(1).content.documents] == [NUMBER, FURTHER]
        assert counter.desk.duns_daily("2026-03-23") == [("2026-03-23", "notice")]
        assert [one.number for one in counter.desk.letter(2).content.documents] == [FURTHER]

    def test_what_was_paid_after_it_was_written_has_none(self, counter: Counter) -> None:
        counter.desk.duns("2026-03-13")
        counter.desk.pays("178.50")
        (reminder,) = counter.sends()
        assert addresses_in(reminder).keys() == {FURTHER}

    def test_what_is_sent_again_has_others_and_the_first_ones_open_still(self, counter: Counter) -> None:
        counter.desk.duns("2026-03-13")
        (first,) = counter.sends()
        with counter.desk.database.transaction(1) as session:
            key = session.exec(select(DeliveryRow.id).where(col(DeliveryRow.dunning_letter_id) == 1)).one()
            by = acts(session, "carla")
            send_again(session, NamedDocument("D-1"), key, reason="lost", by=by, at=counter.desk.now)
        (again,) = counter.sends()
        assert not set(addresses_in(first).values()) & set(addresses_in(again).values())
        for url in (*addresses_in(first).values(), *addresses_in(again).values()):
            assert counter.shows(url).state is PayPageState.PAYABLE

    def test_a_correction_asks_for_nothing_and_has_none(self, counter: Counter) -> None:
        counter.desk.duns("2026-03-13")
        payment = counter.desk.passes(2).pays("178.50", on_day="2026-03-10")
        counter.desk.duns()
        assert counter.desk.letter(2).kind == "correction"
        counter.desk.reverses(payment)  # before it leaves, the document is open again
        mails = {str(mail["Subject"]): addresses_in(mail) for mail in counter.sends()}
        assert [links for subject, links in mails.items() if "Correction" in subject] == [{}]

    def test_a_contract_that_is_paid_otherwise_has_none(
        self, server: EmbeddedServer, mailbox: Mailbox, request: pytest.FixtureRequest
    ) -> None:
        node = request.node.nodeid
        with counter_of(server, mailbox, opened, "a document that is dunned", node) as counter:
            counter.desk.duns("2026-03-13")
            (reminder,) = counter.sends()
            assert "/pay/" not in text_of(reminder)


class TestWhatIsKept:
    def test_no_row_has_a_token_and_the_letter_that_left_is_the_one_that_is_kept(self, counter: Counter) -> None:
        counter.desk.duns("2026-03-13")
        (reminder,) = counter.sends()
        with counter.desk.books() as session:
            known = letter(session, 1)
            kept = LetterPdf().render(known, letter_of_dunning(session, known))
            delivery = session.exec(select(DeliveryRow).where(col(DeliveryRow.dunning_letter_id) == 1)).one()
            assert delivery.original_sha256 == hashlib.sha256(kept).hexdigest()
        (attached,) = [one.get_content() for one in reminder.iter_attachments()]
        assert attached == kept
        tokens = [token_of(url) for url in addresses_in(reminder).values()]
        assert len(tokens) == 2
        with administering(counter.desk.access.administrator) as connection:
            tables = connection.execute(text("select tablename from pg_tables where schemaname = 'public'")).scalars()
            having = [
                table
                for table in tables
                for token in tokens
                if connection.execute(
                    text(f'select exists (select from "{table}" one where one::text like :token)'),
                    {"token": f"%{token}%"},
                ).scalar_one()
            ]
        assert having == []


class TestAnotherTenant:
    """Two suppliers on one server, each with a document of the same number."""

    @pytest.fixture
    def other(self, counter: Counter) -> Counter:
        database: Database = counter.desk.database
        with database.transaction(2) as session:
            publishes(session, BASE_RATE)
        scene = Scene(counter.desk.access, database, tenant=2).declared(BY_LINK)
        scene.delivers("2026-01-05 10 10")
        scene.bills("2026-02-01")
        counter.desk.at("2026-03-13")
        with database.transaction(2) as session:
            act(session, SYSTEM)
            assert dun_next(session, counter.desk.now) is not None
        return counter

    def test_a_token_opens_the_document_of_its_own_tenant_alone(self, other: Counter) -> None:
        other.desk.duns("2026-03-13")
        (ours,), (theirs,) = other.sends(1), other.sends(2)
        our_page, their_page = (other.shows(addresses_in(mail)[NUMBER]) for mail in (ours, theirs))
        assert ("178.50" in our_page.content.decode(), "178.50" in their_page.content.decode()) == (True, False)
        (their_token,) = [token_of(url) for url in addresses_in(theirs).values()]
        assert pay_link_holder(other.desk.database.look_up, their_token).tenant == 2
        assert isinstance(other.clicks(addresses_in(theirs)[NUMBER]), str)
        for tenant, orders in ((1, 0), (2, 1)):
            with other.desk.database.transaction(tenant) as session:
                assert session.execute(text("select count(*) from gateway_order")).scalar() == orders
        other.gateway.pays_in(other.gateway.sessions()[0], "done")
        assert other.desk.stands().open == Decimal("178.50")

    def test_nobody_else_lists_or_ends_it(self, other: Counter) -> None:
        other.sends(2)
        with other.desk.database.transaction(2) as session:
            acts(session, "anna")
            theirs, *_ = pay_links(session, NUMBER, None)  # of the letter, and of the document itself
        with other.desk.database.transaction(1) as session, pytest.raises(UnknownPayLink):
            by = acts(session, "anna")
            revoke_pay_link(session, NUMBER, None, theirs.id, by=by, at=other.desk.now)
        with other.desk.database.transaction(2) as session:
            acts(session, "anna")
            assert all(link.revoked_at is None for link in pay_links(session, NUMBER, None))
