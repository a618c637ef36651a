"""What Stripe sends to us: only what is signed and of now is read, and nothing is believed but which thing it tells of."""

import json
import threading
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer
from random import Random
from typing import Any

import pytest
import stripe
from hypothesis import given
from hypothesis import strategies as st

from api.demo.stripe_server.faults import GatewayFault
from api.demo.stripe_server.webhooks import signature
from billing.payments.gateway import GatewayEvent, GatewayEventRefused, GatewayThing, MovementState, OrderedMovement
from billing.payments.stripe_events import BODY_BYTES_MAX, read_event
from tests.billing.payments.stripe_scene import ORDER, Scene, call, money, scene

NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
SECRET = "whsec_one"


@pytest.fixture
def here() -> Iterator[Scene]:
    with scene() as made:
        yield made


def body(kind: str = "payment_intent.succeeded", about: dict[str, Any] | None = None, **more: Any) -> bytes:
    fields = {"id": "evt_1", "object": "event", "type": kind, "created": int(NOW.timestamp()), **more}
    return json.dumps({**fields, "data": {"object": about or {"id": "pi_1"}}}).encode()


def signed(text: bytes, *secrets: str, at: datetime = NOW) -> str:
    return signature(text, secrets or (SECRET,), int(at.timestamp()))


class TestWhatIsSigned:
    def test_is_read(self) -> None:
        text = body(account="acct_1")
        assert read_event(text, signed(text), [SECRET], NOW) == GatewayEvent(
            "evt_1", "payment_intent.succeeded", GatewayThing.PAYMENT, "pi_1", "acct_1", NOW
        )

    def test_as_stripes_own_client_signs(self) -> None:
        text = body()
        header = stripe.WebhookSignature.generate_signature_header(text.decode(), SECRET, int(NOW.timestamp()))
        assert read_event(text, header, [SECRET], NOW).id == "evt_1"

    def test_while_one_secret_is_replaced_by_another(self) -> None:
        text = body()
        for header in (
            signed(text, "old"),
            signed(text, "new"),
            signed(text, "old", "new"),
            signed(text, "older", "new"),
        ):
            assert read_event(text, header, ["new", "old"], NOW).id == "evt_1"
        with pytest.raises(GatewayEventRefused):
            read_event(text, signed(text, "old"), ["new"], NOW)

    @pytest.mark.parametrize(("seconds", "is_read"), [(-301, False), (-300, True), (300, True), (301, False)])
    def test_is_of_now(self, seconds: int, *, is_read: bool) -> None:
        text = body()
        header = signed(text, at=NOW + timedelta(seconds=seconds))
        if is_read:
            assert read_event(text, header, [SECRET], NOW).id == "evt_1"
        else:
            with pytest.raises(GatewayEventRefused):
                read_event(text, header, [SECRET], NOW)

    def test_may_tell_of_long_ago(self) -> None:
        text = body(created=int(NOW.timestamp()) - 20 * 86400)
        assert read_event(text, signed(text), [SECRET], NOW).at == NOW - timedelta(days=20)


class TestWhatIsNotRead:
    @pytest.mark.parametrize("header", [
        "", "t=", "t=x,v1=y", f"t={int(NOW.timestamp())}", f"t={int(NOW.timestamp())},v1=", f"v1={'0' * 64}",
        f"t={int(NOW.timestamp())},v0={'0' * 64}", f"t={int(NOW.timestamp())},v1={'0' * 64}", "t=²,v1=²", "t=-1,v1=0",
        f"t={'9' * 5000},v1=0", f"t={int(NOW.timestamp())}," + ",".join(["v1=0"] * 100_000),
        f"t={int(NOW.timestamp())},v1=é",
    ])  # fmt: skip
    def test_a_wrong_signature(self, header: str) -> None:
        with pytest.raises(GatewayEventRefused):
            read_event(body(), header, [SECRET], NOW)

    def test_another_body_or_another_time_under_the_signature(self) -> None:
        text = body()
        header = signed(text)
        with pytest.raises(GatewayEventRefused):
            read_event(text + b" ", header, [SECRET], NOW)
        with pytest.raises(GatewayEventRefused):
            read_event(
                text, header.replace(f"t={int(NOW.timestamp())}", f"t={int(NOW.timestamp()) + 1}"), [SECRET], NOW
            )

    @pytest.mark.parametrize("secrets", [[], [""]])
    def test_by_no_secret(self, secrets: list[str]) -> None:
        text = body()
        with pytest.raises(GatewayEventRefused):
            read_event(text, signed(text, ""), secrets, NOW)

    @pytest.mark.parametrize("text", [
        b"", b"null", b"[]", b"{}", b"7", b"\xff\xfe", b'{"object": "event"}', b'{"object": "v2.core.event", "id": "evt_1"}',
        b"[" * 100_000, b'{"object":"event","id":"e","type":"charge.failed","created":1,"data":{"object":null}}',
        b'{"object":"event","id":"e","type":"charge.failed","created":1e999,"data":{"object":{"id":"x"}}}',
        b'{"object":"event","id":"e","type":"charge.failed","created":99999999999999,"data":{"object":{"id":"x"}}}',
    ])  # fmt: skip
    def test_what_is_signed_and_no_event(self, text: bytes) -> None:
        with pytest.raises(GatewayEventRefused):
            read_event(text, signed(text), [SECRET], NOW)

    def test_fifty_megabytes_are_not_even_hashed(self) -> None:
        text = b" " * (50 << 20)
        began = time.perf_counter()
        with pytest.raises(GatewayEventRefused):
            read_event(text, "t=1,v1=0", [SECRET], NOW)
        assert time.perf_counter() - began < 0.01
        just = body()
        just += b" " * (BODY_BYTES_MAX - len(just))
        assert read_event(just, signed(just), [SECRET], NOW).id == "evt_1"
        with pytest.raises(GatewayEventRefused):
            read_event(just + b" ", signed(just + b" "), [SECRET], NOW)

    @given(st.binary(max_size=200), st.text(max_size=200))
    def test_whatever_comes(self, text: bytes, header: str) -> None:
        with pytest.raises(GatewayEventRefused):
            read_event(text, header, [SECRET], NOW)

    @given(st.binary(max_size=200))
    def test_whatever_is_signed(self, text: bytes) -> None:
        with pytest.raises(GatewayEventRefused):
            read_event(text, signed(text), [SECRET], NOW)


@pytest.mark.parametrize(("kind", "about", "thing", "thing_id"), [
    ("payment_intent.payment_failed", {"id": "pi_1"}, GatewayThing.PAYMENT, "pi_1"),
    ("charge.succeeded", {"object": "charge", "id": "ch_1", "payment_intent": "pi_1"}, GatewayThing.PAYMENT, "pi_1"),
    ("charge.refunded", {"object": "charge", "id": "ch_1", "payment_intent": "pi_1"}, GatewayThing.PAYMENT, "pi_1"),
    ("charge.succeeded", {"object": "charge", "id": "ch_1", "payment_intent": None}, None, ""),
    ("charge.dispute.closed", {"object": "dispute", "id": "du_1"}, GatewayThing.CHARGEBACK, "du_1"),
    ("charge.refund.updated", {"object": "refund", "id": "re_1"}, GatewayThing.REFUND, "re_1"),
    ("refund.failed", {"object": "refund", "id": "re_1"}, GatewayThing.REFUND, "re_1"),
    ("checkout.session.async_payment_failed", {"id": "cs_1"}, GatewayThing.SESSION, "cs_1"),
    ("transfer.reversed", {"id": "tr_1"}, GatewayThing.TRANSFER, "tr_1"),
    ("account.updated", {"id": "acct_1"}, GatewayThing.ACCOUNT, "acct_1"),
    ("capability.updated", {"id": "transfers", "account": "acct_1"}, GatewayThing.ACCOUNT, "acct_1"),
    ("account.application.deauthorized", {"id": "ca_1"}, GatewayThing.ACCOUNT, "acct_9"),
    ("mandate.updated", {"id": "mandate_1"}, GatewayThing.MANDATE, "mandate_1"),
    ("payment_method.detached", {"id": "pm_1"}, GatewayThing.MANDATE, "pm_1"),
    ("payout.failed", {"id": "po_1"}, GatewayThing.PAYOUT, "po_1"),
    ("customer.subscription.created", {"id": "sub_1"}, None, ""),
    ("account.external_account.created", {"id": "ba_1"}, None, ""),
    ("something.of.next.year", {"what": "ever"}, None, ""),
])  # fmt: skip
def test_of_which_thing_a_kind_tells(
    kind: str, about: dict[str, Any], thing: GatewayThing | None, thing_id: str
) -> None:
    text = body(kind, about, account="acct_9")
    read = read_event(text, signed(text), [SECRET], NOW)
    assert (read.kind, read.thing, read.thing_id) == (kind, thing, thing_id)


class Inbox:
    """What an endpoint of ours would have taken in."""

    def __init__(self, here: Scene) -> None:
        self._here = here
        self.events: list[GatewayEvent] = []
        here.stripe.webhooks.receiver = self.take

    def take(self, text: bytes, header: str) -> None:
        self.events.append(self._here.gateway.read_event(text, header, self._here.stripe.clock.now))


class TestFromTheServer:
    def test_each_event_of_a_life_is_read_and_fetched(self, here: Scene) -> None:
        inbox = Inbox(here)
        live_through(here)
        sent = here.stripe.webhooks.deliver()
        assert sent == len(inbox.events) > 15
        for event in inbox.events:
            if event.thing in {
                GatewayThing.PAYMENT,
                GatewayThing.SESSION,
                GatewayThing.REFUND,
                GatewayThing.CHARGEBACK,
            }:
                assert here.gateway.fetch(event.thing, event.thing_id) is not None

    def test_twice_in_any_order_and_late_says_the_same(self, here: Scene) -> None:
        """What is fetched is as it stands now, so neither the order nor the number of events changes what is known."""
        inbox, since = Inbox(here), here.stripe.clock.now
        live_through(here)
        here.stripe.move(days=12)
        here.stripe.webhooks.deliver(times=2, in_order_of=Random(7))
        told = {event.id: (event.thing, event.thing_id) for event in inbox.events if event.thing}
        assert {told[event.id] for event in here.gateway.events_since(since) if event.id in told} <= set(told.values())
        charge, page = (here.gateway.find(kind, order, here.customer)[0] for kind, order in (
            (OrderedMovement.CHARGE, ORDER), (OrderedMovement.SESSION, "page")))  # fmt: skip
        for thing, thing_id in set(told.values()):
            if thing in {GatewayThing.PAYMENT, GatewayThing.SESSION, GatewayThing.CHARGEBACK}:
                assert here.gateway.fetch(thing, thing_id) in {charge, page}
        assert (charge.refunded, charge.chargebacks[0].is_won, page.state) == (
            money("19.00 EUR"),
            True,
            MovementState.DONE,
        )
        assert len(inbox.events) == 2 * len({event.id for event in inbox.events})

    def test_over_http_whatever_the_endpoint_answers(self, here: Scene) -> None:
        """To the byte: what is read is what was signed."""
        inbox = Inbox(here)

        class Endpoint(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                inbox.take(self.rfile.read(int(self.headers["Content-Length"])), self.headers["Stripe-Signature"])
                self.send_error(503)

            def log_message(self, *_: object) -> None:
                """Nothing is logged."""

        with HTTPServer(("127.0.0.1", 0), Endpoint) as http:
            thread = threading.Thread(target=http.serve_forever, args=(0.01,), daemon=True)
            thread.start()
            here.stripe.webhooks.send_to(f"http://127.0.0.1:{http.server_address[1]}/v1/gateway-events/main")
            here.charge()
            sent = here.stripe.webhooks.deliver()
            http.shutdown()
            thread.join(5)
        assert [event.kind for event in inbox.events] == [
            "payment_method.attached", "payment_intent.created", "charge.succeeded", "payment_intent.succeeded",
        ]  # fmt: skip
        assert sent == len(inbox.events)

    def test_before_the_answer(self, here: Scene) -> None:
        inbox = Inbox(here)
        here.stripe.webhooks.is_before_answer = True
        here.stripe.faults.next(GatewayFault.CUT_AFTER, "POST /v1/payment_intents")
        with pytest.raises(Exception, match="no answer came"):
            here.charge()
        last = inbox.events[-1]
        assert last.kind == "payment_intent.succeeded"
        told = here.gateway.fetch(GatewayThing.PAYMENT, last.thing_id)
        assert told is not None
        assert (told.state, told.call, told.received) == (MovementState.DONE, call(), money("119.00 EUR"))

    def test_what_was_dropped_is_listed(self, here: Scene) -> None:
        inbox = Inbox(here)
        since = here.stripe.clock.now
        live_through(here)
        here.stripe.webhooks.drop(5)
        here.stripe.webhooks.deliver()
        listed = list(here.gateway.events_since(since))
        assert [event.at for event in listed] == sorted(event.at for event in listed)
        ours = {event.id for event in inbox.events if not event.account}
        assert ours < {event.id for event in listed}
        assert len(listed) == len(ours) + 5

    def test_stripe_lists_thirty_days(self, here: Scene) -> None:
        since = here.stripe.clock.now
        here.charge()
        here.stripe.move(days=31)
        assert list(here.gateway.events_since(since)) == []

    def test_a_replaced_secret(self, here: Scene) -> None:
        inbox = Inbox(here)
        here.charge()
        here.stripe.webhooks.secrets = ("whsec_unknown",)
        with pytest.raises(GatewayEventRefused):
            here.stripe.webhooks.deliver()
        assert inbox.events == []


def live_through(here: Scene) -> None:
    """A charge with a refund, a page, a debit, a chargeback that is won, a payee: what events tell of."""
    paid = here.charge("1000.00 EUR")
    here.refund(paid.id)
    page = here.session(of=call("page"))
    here.stripe.sessions.pay(page.id, "sepa_debit")
    here.stripe.move(days=5)
    dispute = here.stripe.payments.charge_back(paid.id, amount=100)
    here.stripe.payments.decide(dispute["id"], is_won=True)
    here.take_back(here.transfer(here.payee().id).id)
    here.stripe.balance.pay_out()
