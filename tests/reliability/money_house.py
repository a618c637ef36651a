"""A supplier whose documents are delivered, and charged at a Stripe of our own; and what somebody does there.

What works for it are the scheduler's own works (``Place``), in this process or in others that are killed. All instants
are the Stripe's clock, which begins with the real one.
"""

import threading
from collections.abc import Callable, Sequence
from contextlib import ExitStack, closing
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from random import Random
from typing import Any

from sqlalchemy import URL, text
from sqlmodel import Session, select

from api.collecting.runner import CollectingRules
from api.collecting.setup import GatewayAccount, GatewaysSetUp
from api.delivering.sender import DeliveryRules
from api.demo.stripe_server.server import SECRET_KEY, StripeServer
from api.demo.stripe_server.webhooks import SECRET
from api.due_work.tick import Ticker
from api.operations import collecting, gateway_events
from api.operations.billing import tick
from api.operations.originals import archived_original
from api.operations.webhook_delivery import WebhookSender
from api.server.database import Access, Database
from api.server.scheduler import CONNECTIONS, works_of
from billing.delivery.documents.store import NamedDocument
from billing.delivery.state import DeliveryHappening
from billing.delivery.store import send_again, settle, waiting_deliveries
from billing.invoices.store import billed, ids_of
from billing.payments.gateway import GatewayCall
from billing.payments.methods.store import gateway_customer
from billing.payments.orders.asked.store import ask_session
from billing.payments.orders.claims import LEASE
from billing.payments.refunds.store import RefundPrepared
from billing.payments.stripe import StripeGateway
from billing.payments.tables import GatewayOrderRow, SavedMethodRow
from billing.receivables.store import NewPayment, record_payment
from billing.tables import InvoiceRow
from tests.billing.scene import CONTRACT, Scene
from tests.build import acts
from tests.conftest import application_pool
from tests.contracts.party_profiles.told import profile, tells
from tests.reliability.kill_points import Point
from tests.reliability.outside import PUBLIC_URL, Addresses, Outside

ACCOUNT = "nordluft-cards"
SUPPLIER = "Nordluft"
GROSS = Decimal("119.00")
#: By customer: by what its documents are charged, if they are, and how they are delivered. One has saved nothing.
CUSTOMERS = {
    "Blechwerke": "collection: {by: card, on: issue}, delivery: {way: mail, to: [invoices@blechwerke.example]}",
    "Gießerei": "collection: {by: sepa_core, on: issue}, delivery: {way: peppol}, form: peppol, buyer_reference: G-1",
    "Papierfabrik": "collection: {by: card, on: issue}, delivery: {way: link, to: [a@papier.example]}",
    "Walzwerk": "delivery: {way: portal, to: [ariba]}",
}
SAVED = {"Blechwerke": "card", "Gießerei": "sepa_core"}
WITHOUT_METHOD = "Papierfabrik"
_TICKS_AT_MOST = 6


def _terms() -> list[str]:
    """Each owes 100.00 EUR for the month before this one, and no more."""
    ends = datetime.now(UTC).date().replace(day=1)
    starts = (ends - timedelta(days=1)).replace(day=1)
    fee = CONTRACT[: CONTRACT.index("  - name: energy")]
    fee = fee.replace("starts: 2026-01-01", f"starts: {starts}\nends: {ends}")
    fee = fee.replace('least_coverage: "0"', 'least_coverage: "0", issue: automatically')
    fee = fee.replace("{name: Nordluft, country: DE}", "{name: Nordluft, country: DE, vat_id: DE136695976}")
    return [
        fee.replace("C-1", f"C-{place}").replace("Blechwerke", customer) + f"invoicing: {{{terms}}}\n"
        for place, (customer, terms) in enumerate(CUSTOMERS.items(), start=1)
    ]


def agreed(access: Access) -> None:
    """Four contracts of which a document each is due, and none issued."""
    with application_pool(access) as database:
        scene = Scene(access, database).declared(*_terms())
        tells(scene, profile())
        of_buyer: dict[str, Any] = {"address": ["Gießereiweg 1"], "post_code": "86156", "city": "Augsburg"}
        tells(scene, profile("Gießerei", electronic={"scheme": "9930", "value": "DE129273398"}, **of_buyer))


def issued(access: Access) -> None:
    """The same with their documents."""
    agreed(access)
    with application_pool(access) as database:
        assert tick(database, datetime.now(UTC)).issued == len(CUSTOMERS)
        with database.transaction(1) as session:  # what is made once only; ``agreed`` has it made where it is sent
            for stored in billed(session, ids_of(session)):
                archived_original(session, stored, datetime.now(UTC), PUBLIC_URL)


class Place:
    """What a process of the product has, and does: its database, what it reaches outside, and the instant."""

    def __init__(self, database: Database, addresses: Addresses, clock: Callable[[], datetime]) -> None:
        self.database, self.clock = database, clock
        self.gateway = StripeGateway(SECRET_KEY, [SECRET], address=addresses.stripe)
        account = GatewayAccount(ACCOUNT, SUPPLIER, SUPPLIER, self.gateway)
        self.rules = CollectingRules(GatewaysSetUp((account,), PUBLIC_URL), clock)
        self._sender = WebhookSender(database)
        delivering = DeliveryRules(addresses.ways(), clock, jitter=lambda: 0.0)
        self.works = works_of(database, threading.Event(), self._sender, delivering, self.rules, clock)

    def close(self) -> None:
        self.gateway.close()
        self._sender.close()

    def hears(self, told: Sequence[tuple[bytes, str]]) -> None:
        """Take what Stripe sends, as the door does."""
        (account,) = self.rules.setup.accounts
        for body, signature in told:
            event = gateway_events.read_told(account, body, signature, self.clock())
            gateway_events.keep_told(self.database, 1, account, event, self.clock())

    def ticks(self, *, side_by_side: bool = False) -> None:
        """Tick as the scheduler does, until nothing more is due; in order, or lane beside lane."""
        with closing(Ticker(self.database, self.works, clock=self.clock)) as ticker:
            for _ in range(_TICKS_AT_MOST):
                if side_by_side:
                    lanes = ticker.tick()
                    for lane in lanes:
                        lane.result()
                if not (lanes if side_by_side else ticker.tick_through()):
                    break


def works(
    url: URL,
    addresses: Addresses,
    now: datetime,
    told: Sequence[tuple[bytes, str]],
    point: Point | None = None,
    *,
    side_by_side: bool = False,
) -> None:
    """What a process does until it is killed; it says as it begins, and as it ends."""
    with ExitStack() as opened:
        database = opened.enter_context(closing(Database(url, pool_size=CONNECTIONS)))
        place = opened.enter_context(closing(Place(database, addresses, lambda: now)))
        if point is not None:
            point.kills()
        print("started", flush=True)
        place.hears(told)
        place.ticks(side_by_side=side_by_side)
        print("done", flush=True)


@dataclass
class House:
    """The database and what is outside; a line for each thing that somebody does."""

    access: Access
    database: Database
    stripe: StripeServer
    outside: Outside
    random: Random = field(default_factory=lambda: Random(1))
    sent: list[tuple[bytes, str]] = field(default_factory=list)
    killed: int = 0
    people_asked: int = 0

    def __post_init__(self) -> None:
        self.place = Place(self.database, self.addresses, lambda: self.stripe.clock.now)
        self.stripe.webhooks.receiver = lambda body, header: self.sent.append((body, header))
        with self.database.transaction(1) as session:
            parties = dict(session.execute(text("select name, id from party")).all())
            for customer, rail in SAVED.items():
                self._saves(session, parties[SUPPLIER], parties[customer], customer, rail)
        self.stripe.books.events.clear()

    def _saves(self, session: Session, supplier: int, party: int, customer: str, rail: str) -> None:
        known = gateway_customer(session, ACCOUNT, party)
        known.attempts, known.key_began_at = 1, self.now
        known.external = self.place.gateway.save_customer(GatewayCall(known.reference, 1), customer, {})
        save = self.stripe.payments.save_card if rail == "card" else self.stripe.payments.save_account
        method = save(known.external)["id"]
        session.add(
            SavedMethodRow(
                account=ACCOUNT, issuer_id=supplier, party_id=party, customer=known.external, external=method,
                rail=rail, saved_at=self.now,
            )
        )  # fmt: skip

    def close(self) -> None:
        self.place.close()

    @property
    def addresses(self) -> Addresses:
        return self.outside.addresses(self.stripe.address)

    @property
    def now(self) -> datetime:
        return self.stripe.clock.now

    def arguments(self, point: Point | None = None) -> tuple[Any, ...]:
        """Of a process that works now, and is sent what happened by then, in any order."""
        return self.access.app, self.addresses, self.now, self._told(), point

    def _told(self) -> list[tuple[bytes, str]]:
        self.stripe.webhooks.deliver(in_order_of=self.random)
        told, self.sent = self.sent, []
        return told

    def runs(self) -> None:
        """A process that is not killed works."""
        self.place.hears(self._told())
        self.place.ticks()

    def does(self, work: str) -> None:
        """It does one of the scheduler's works alone."""
        assert self.place.works[work](None) == 0

    def lives_on(self) -> None:
        """Whoever is killed is followed by others; what was sent to it, and not answered, is sent again, or is not."""
        self.stripe.webhooks.drop(self.random.randint(0, len(self.stripe.webhooks.waiting)))
        for _ in range(3):
            self.stripe.move(seconds=LEASE.total_seconds() + 61)
            self.runs()
            self.pays_pages()
            self.answers_about_deliveries()
        for pause in ({"days": 6}, {"hours": 2}, {"days": 8}):  # a debit takes five; a key is forgotten by then
            self.stripe.move(**pause)
            self.runs()
            self.pays_pages()
            self.answers_about_deliveries()

    def answers_about_deliveries(self) -> None:
        """A person looks for what nobody knows the outcome of: it has arrived, or is sent once more."""
        with self.database.transaction(1) as session:
            for delivery in waiting_deliveries(session):
                self.people_asked += 1
                named, by = NamedDocument(delivery.document), acts(session, "carla")
                if self.outside.has(delivery):
                    arrived = DeliveryHappening.ARRIVED
                    settle(session, named, delivery.id, outcome=arrived, reason="it is there", by=by, at=self.now)
                else:
                    send_again(session, named, delivery.id, reason="it is not there", by=by, at=self.now)

    def pays_pages(self) -> None:
        """Whoever has a page pays in it; who finds it closed asks for another one, under the same link."""
        pages = self.stripe.made("checkout.session")
        for page in pages:
            if page["status"] == "open":
                self.stripe.sessions.pay(page["id"])
        if pages and all(page["status"] == "expired" for page in pages):
            self.asks_page()

    def asks_page(self) -> None:
        with self.database.transaction(1) as session:
            of_customer = select(InvoiceRow.number).where(InvoiceRow.customer_id == self._party(session))
            number = session.exec(of_customer).one()
            ask_session(session, number or "", SUPPLIER, account=ACCOUNT, by=None, at=self.now)

    def _party(self, session: Session) -> int:
        found = session.execute(text("select id from party where name = :name"), {"name": WITHOUT_METHOD})
        return int(found.scalar_one())

    def asks_refund(self, amount: Decimal = Decimal("19.00")) -> None:
        """Of what a customer paid besides, and what is on account; one person prepares it, another releases it."""
        with self.database.transaction(1) as session:
            by = acts(session, "anna")
            new = NewPayment("Blechwerke", SUPPLIER, "EUR", amount, self.now.date(), "bank 1")
            record_payment(session, new, by=by, at=self.now)
            order = session.exec(select(GatewayOrderRow).where(GatewayOrderRow.state == "done")).first()
            assert order is not None
            assert order.payment_id is not None
            prepared = RefundPrepared(order.payment_id, amount, None, "paid twice")
            refund = collecting.prepare_refund(session, prepared, who=by, at=self.now).refund
        with self.database.transaction(1) as session:
            collecting.release_refund(session, refund, who=acts(session, "bert"), at=self.now)

    def charges_back(self) -> None:
        intent = next(one for one in self.stripe.made("payment_intent") if one["status"] == "succeeded")
        self.stripe.payments.charge_back(intent["id"])
