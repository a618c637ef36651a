"""A document is paid under a link by whoever has it: once, as it stands at that moment, and nothing else is shown."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from threading import Barrier

import pytest

from api.collecting.setup import GatewaysSetUp
from api.operations.pay_pages import PayPage, click_pay_page
from api.server.database import Access, Database
from api.server.embedded import EmbeddedServer
from billing.documents.pay.pay_page import ClickFailure
from billing.payments.gateway import OrderedMovement, PaymentRail
from billing.payments.links import NoMethodSaved, UnknownPayLink, make_pay_link
from billing.payments.methods.store import end_method, saved_methods
from billing.payments.orders.state import OrderState
from billing.payments.pages.page import OpenOrder, PayableDocument, PayPageState, page_state
from billing.receivables.standing import PaymentState, standing
from billing.voiding.store import ask as ask_voiding
from tests.billing.payments.pay_scene import Door, SavingGateway
from tests.billing.payments.till import GROSS, NUMBER, Till, opened, saves
from tests.billing.scene import CONTRACT, on
from tests.build import acts
from tests.conftest import application_pool, world_copy

BY_LINK = CONTRACT + "invoicing: {collection: {by: pay_link}}\n"


@pytest.fixture
def door(server: EmbeddedServer, request: pytest.FixtureRequest) -> Iterator[Door]:
    """A document that a card would be charged for, and no card."""

    def build(access: Access) -> None:
        opened(access, saved=False)

    copied = world_copy(server, "a document and no card", build, request.node.nodeid)
    with copied as (access, _), application_pool(access) as pool:
        till = Till(pool)
        till.gateway = SavingGateway(lambda: till.now)
        yield Door(till)


def text_of(page: str | PayPage) -> str:
    assert isinstance(page, PayPage)
    return page.content.decode()


class TestPaid:
    def test_a_click_leads_to_one_page_and_what_is_paid_there_is_on_the_books(self, door: Door) -> None:
        token, _ = door.link()
        assert door.shows(token).state is PayPageState.PAYABLE
        url = door.clicks(token)
        assert url == f"https://gateway.example/{door.till.gateway.sessions()[0].id}"
        assert door.clicks(token) == url
        assert [one.amount for one in door.till.gateway.sessions()] == [GROSS]
        door.till.gateway.pays_in(door.till.gateway.sessions()[0], "done")
        door.till.hears()
        assert door.till.stands().state is PaymentState.PAID
        assert door.shows(token).state is PayPageState.SETTLED
        assert isinstance(door.clicks(token), PayPage)
        assert len(door.till.gateway.sessions()) == 1

    def test_the_page_says_number_supplier_day_and_amounts(self, door: Door) -> None:
        door.till.pays_otherwise(Decimal("78.50"), "bank 1")
        page = text_of(door.shows(door.link()[0]))
        for shown in (
            NUMBER,
            "Nordluft",
            "Blechwerke",
            "Pay 100.00\N{NO-BREAK SPACE}EUR",
            "178.50",
            "78.50",
            "Due date",
        ):
            assert shown in page, shown
        assert "<script" not in page

    def test_sixteen_clicks_at_once_lead_to_one_page(self, door: Door) -> None:
        token, _ = door.link()
        barrier, database = Barrier(16), Database(door.till.database.engine.url, pool_size=16)
        door.till.database, pool_of_one = database, door.till.database

        def clicks(_: int) -> str | PayPage:
            barrier.wait()
            return door.clicks(token)

        with ThreadPoolExecutor(16) as pool:
            answers = set(pool.map(clicks, range(16)))
        database.close()
        door.till.database = pool_of_one
        (session,) = door.till.gateway.sessions()
        assert answers == {f"https://gateway.example/{session.id}"}
        assert door.till.states() == ["withdrawn", "waits"]

    def test_two_links_of_a_document_lead_to_the_same_page(self, door: Door) -> None:
        assert door.clicks(door.link()[0]) == door.clicks(door.link()[0])

    def test_money_on_its_way_is_said_and_not_taken_twice(self, door: Door) -> None:
        token, _ = door.link()
        door.clicks(token)
        door.till.gateway.pays_in(door.till.gateway.sessions()[0], "processing")
        door.till.hears()
        assert door.shows(token).state is PayPageState.UNDER_WAY
        answer = door.clicks(token)
        assert isinstance(answer, PayPage)
        assert answer.state is PayPageState.UNDER_WAY
        assert len(door.till.gateway.sessions()) == 1


class TestPageOfTheGateway:
    @pytest.mark.parametrize("hours", [22.98, 23.5, 40])
    def test_one_that_has_closed_or_is_about_to_is_begun_anew(self, door: Door, hours: float) -> None:
        token, _ = door.link()
        first = door.clicks(token)
        door.till.passes(hours=hours)
        second = door.clicks(token)
        assert isinstance(second, str) == (hours > 23)
        if isinstance(second, str):
            assert second != first
            assert door.till.states() == ["withdrawn", "waits"]  # another attempt of the same order
            assert len([one for one in door.till.gateway.sessions() if one.state == "waits"]) == 1

    def test_one_over_an_amount_that_is_not_open_any_more_is_closed_first(self, door: Door) -> None:
        token, _ = door.link()
        door.clicks(token)
        door.till.pays_otherwise(Decimal("78.50"), "bank 1")
        assert isinstance(door.clicks(token), str)
        amounts = [(one.amount, one.state.value) for one in door.till.gateway.sessions()]
        assert amounts == [(GROSS, "expired"), (Decimal("100.00"), "waits")]

    def test_one_that_was_paid_before_we_knew_is_paid(self, door: Door) -> None:
        """The page is about to close, and its payment was never told: the look before the new attempt finds it."""
        token, _ = door.link()
        door.clicks(token)
        door.till.gateway.pays_in(door.till.gateway.sessions()[0], "done")
        door.till.passes(hours=23.5)
        answer = door.clicks(token)
        assert isinstance(answer, PayPage)
        assert answer.state is PayPageState.SETTLED
        assert len(door.till.gateway.payments()) == 1

    @pytest.mark.parametrize(
        ("fault", "failure"),
        [
            ("busy", ClickFailure.UNAVAILABLE),
            ("lost_after", ClickFailure.UNKNOWN),
            ("lost_before", ClickFailure.UNKNOWN),
        ],
    )
    def test_what_did_not_open_is_said_and_one_page_opens_later(
        self, door: Door, fault: str, failure: ClickFailure
    ) -> None:
        token, _ = door.link()
        door.till.gateway.faults = ["", fault]  # the customer is made, and then it fails
        answer = door.clicks(token)
        assert isinstance(answer, PayPage)
        assert answer.failure is (failure if failure is ClickFailure.UNAVAILABLE else None)
        door.till.passes(minutes=2).collects()
        assert isinstance(door.clicks(token), str)
        assert len(door.till.gateway.sessions()) == 1


class TestRefused:
    def test_a_guessed_token_is_nobodys(self, door: Door) -> None:
        token, _ = door.link()
        for guessed in (token[:-1] + ("A" if token[-1] != "A" else "B"), "", "x" * 43, "\ud800"):
            with pytest.raises(UnknownPayLink):
                door.holder(guessed)

    def test_a_link_that_has_ended_opens_nothing(self, door: Door) -> None:
        token, link = door.link(days=1)
        other, _ = door.link()
        door.revokes(link.id)
        for answer in (door.shows(token), door.clicks(token)):
            assert isinstance(answer, PayPage)
            assert answer.state is PayPageState.REVOKED
            assert "178.50" not in text_of(answer)
        door.till.passes(days=31)
        assert [door.shows(other).state, door.till.gateway.calls] == [PayPageState.EXPIRED, 0]
        assert "178.50" not in text_of(door.clicks(other))

    def test_a_voiding_that_is_asked_for_between_page_and_click_stops_it(self, door: Door) -> None:
        token, _ = door.link()
        assert door.shows(token).state is PayPageState.PAYABLE
        with door.till.database.transaction(1) as session:
            ask_voiding(session, NUMBER, None, reason="wrong customer", by=acts(session, "anna"), at=door.till.now)
        answer = door.clicks(token)
        assert isinstance(answer, PayPage)
        assert (answer.state, door.till.gateway.sessions()) == (PayPageState.HELD, [])

    def test_one_that_a_saved_card_is_charged_for_is_not_paid_twice(self, door: Door) -> None:
        with door.till.database.transaction(1) as session:
            saves(session, door.till.rows()[0])
        token, _ = door.link()
        assert door.shows(token).state is PayPageState.CHARGED_LATER
        assert isinstance(door.clicks(token), PayPage)
        door.till.collects()
        assert (door.till.stands().open, len(door.till.gateway.sessions())) == (Decimal(0), 0)

    def test_a_charge_that_failed_gives_way(self, door: Door) -> None:
        with door.till.database.transaction(1) as session:
            saves(session, door.till.rows()[0])
        door.till.gateway.decisions = ["insufficient funds"]
        door.till.collects()
        assert door.till.states() == ["due"]
        assert isinstance(door.clicks(door.link()[0]), str)
        assert door.till.states() == ["withdrawn", "waits"]

    def test_without_an_account_at_a_gateway_it_says_so(self, door: Door) -> None:
        token, _ = door.link()
        nowhere = replace(door.pages, setup=GatewaysSetUp((), "https://billing.example"))
        answer = click_pay_page(nowhere, door.holder(token))
        assert isinstance(answer, PayPage)
        assert answer.failure is ClickFailure.UNAVAILABLE
        assert door.till.states() == ["due"]


class TestMethods:
    def test_a_card_is_saved_under_a_link_and_what_waits_for_it_is_charged(self, door: Door) -> None:
        door.till.collects()
        assert [row.held for row in door.till.rows()] != [""]
        token, link = door.method_link()
        assert (link.contract, link.document, link.supplier, link.customer) == ("C-1", "", "Nordluft", "Blechwerke")
        page = text_of(door.shows(token))
        assert "Save a card" in page
        assert NUMBER not in page
        url = door.clicks(token)
        assert isinstance(url, str)
        assert door.clicks(token) == url
        (session,) = door.till.gateway.sessions()
        gateway = door.till.gateway
        assert isinstance(gateway, SavingGateway)
        gateway.saves_in(session)
        door.till.passes(minutes=20).collects()
        with door.till.database.transaction(1) as database:
            (method,) = saved_methods(database, "Blechwerke")
        assert (method.words, method.rail) == ("card ending in 1881", PaymentRail.CARD)
        door.till.passes(minutes=1).collects()
        assert door.till.stands().state is PaymentState.PAID
        assert [row.movement for row in door.till.rows()] == ["charge", "session"]

    def test_a_second_one_is_saved_later_and_an_ended_one_is_not_charged(self, door: Door) -> None:
        gateway = door.till.gateway
        assert isinstance(gateway, SavingGateway)
        for _ in range(2):
            token, _ = door.method_link()
            door.clicks(token)
            gateway.saves_in(gateway.sessions()[-1])
            door.till.passes(minutes=20).collects()
        assert len(gateway.sessions()) == 2
        with door.till.database.transaction(1) as session:
            first, second = saved_methods(session)
            end_method(session, second.id, reason="lost", by="anna", at=door.till.now)
        assert first.id < second.id

    def test_of_a_contract_that_no_gateway_charges_none_is(self, door: Door) -> None:
        with pytest.raises(NoMethodSaved):
            door.method_link("C-2")

    def test_sixteen_clicks_at_once_open_one_page(self, door: Door) -> None:
        token, _ = door.method_link()
        barrier, database = Barrier(16), Database(door.till.database.engine.url, pool_size=16)
        door.till.database, pool_of_one = database, door.till.database

        def clicks(_: int) -> str | PayPage:
            barrier.wait()
            return door.clicks(token)

        with ThreadPoolExecutor(16) as pool:
            answers = set(pool.map(clicks, range(16)))
        database.close()
        door.till.database = pool_of_one
        assert len(door.till.gateway.sessions()) == len(answers) == 1


class TestWhatAPageSays:
    """What can be done, by all that a page depends on."""

    @pytest.mark.parametrize(
        ("gross", "disputed", "order", "held", "said"),
        [
            pytest.param("10", "0", None, False, "payable", id="open"),
            pytest.param("10", "4", None, False, "payable", id="a part disputed"),
            pytest.param("10", "10", None, False, "disputed", id="all disputed"),
            pytest.param("0", "0", None, False, "settled", id="of nothing"),
            pytest.param("10", "0", None, True, "held", id="somebody wants it void"),
            pytest.param("10", "0", ("session", "waits", False), False, "payable", id="a page is open"),
            pytest.param("10", "0", ("session", "due", False), False, "payable", id="a page is to be opened"),
            pytest.param("10", "0", ("session", "processing", False), False, "under_way", id="money is on its way"),
            pytest.param("10", "10", ("session", "processing", False), False, "under_way", id="and disputed meanwhile"),
            pytest.param("10", "0", ("charge", "sending", False), False, "under_way", id="it is being charged"),
            pytest.param("10", "0", ("charge", "due", False), False, "charged_later", id="it will be charged"),
            pytest.param("10", "0", ("charge", "due", True), False, "payable", id="it would be, had a card been saved"),
        ],
    )
    def test_state(
        self, gross: str, disputed: str, order: tuple[str, str, bool] | None, *, held: bool, said: str
    ) -> None:
        day = on("2026-02-02").date()
        stands = standing(Decimal(gross), day, day, disputed=Decimal(disputed))
        opened_order = None
        if order is not None:
            opened_order = OpenOrder(OrderedMovement(order[0]), OrderState(order[1]), PaymentRail.CARD, order[2])
        assert page_state(PayableDocument("1", day, day, "EUR", stands, opened_order, held)) == said

    def test_a_link_that_has_ended_says_that_alone(self) -> None:
        day = on("2026-02-02").date()
        document = PayableDocument("1", day, day, "EUR", standing(Decimal(0), day, day, is_void=True))
        assert page_state(document) is PayPageState.VOID
        assert page_state(document, is_expired=True) is PayPageState.EXPIRED
        assert page_state(document, is_expired=True, is_revoked=True) is PayPageState.REVOKED


def test_links_are_of_issued_documents_that_are_owed(door: Door) -> None:
    with door.till.database.transaction(1) as session:
        by = acts(session, "anna")
        token, link = make_pay_link(session, NUMBER, "Nordluft", days=3, by=by, at=door.till.now)
    assert (len(token), link.expires_at - door.till.now) == (43, timedelta(days=3))
