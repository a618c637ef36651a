"""A supplier whose documents are charged at a Stripe of our own, and the processes of the product that work for it.

What a process does is a kind of work (``KINDS``): whatever else is to be killed joins there, and its points in
``test_money_kills.py``. All instants are the server's clock, which begins with the real one.
"""

import importlib
import os
import signal
from collections.abc import Callable, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from functools import wraps
from random import Random
from typing import Any

from sqlalchemy import URL, text
from sqlmodel import Session, col, select

from api.collecting.everyone import collect_everyone, poll_everyone
from api.collecting.runner import CollectingRules
from api.collecting.setup import GatewayAccount, GatewaysSetUp
from api.demo.stripe_server.books import Fields
from api.demo.stripe_server.server import SECRET_KEY, StripeServer
from api.demo.stripe_server.webhooks import SECRET
from api.operations import collecting, gateway_events
from api.operations.billing import tick
from api.server.database import Access, Database
from billing.payments.gateway import GatewayCall
from billing.payments.methods.store import gateway_customer
from billing.payments.orders.asked.store import ask_session
from billing.payments.orders.claims import LEASE
from billing.payments.refunds.store import RefundPrepared
from billing.payments.stripe import StripeGateway
from billing.payments.tables import GatewayCustomerRow, GatewayOrderEventRow, GatewayOrderRow, SavedMethodRow
from billing.receivables.standings import standings_now
from billing.receivables.store import NewPayment, record_payment
from billing.tables import InvoiceRow, PaymentRow
from tests.billing.scene import CONTRACT, Scene
from tests.build import acts
from tests.conftest import application_pool

ACCOUNT = "nordluft-cards"
SUPPLIER = "Nordluft"
GROSS = Decimal("119.00")
CENTS = 100
#: By customer: by what its documents are charged. The last one has saved nothing, and pays in a page.
CUSTOMERS = {"Blechwerke": "card", "Gießerei": "sepa_core", "Papierfabrik": "card"}
WITHOUT_METHOD = "Papierfabrik"


def _terms() -> list[str]:
    """Each pays 100.00 EUR for the month before this one, charged as it is issued."""
    of_this_month = datetime.now(UTC).date().replace(day=1)
    starts = (of_this_month - timedelta(days=1)).replace(day=1)
    fee = CONTRACT[: CONTRACT.index("  - name: energy")].replace("2026-01-01", starts.isoformat())
    fee = fee.replace('least_coverage: "0"', 'least_coverage: "0", issue: automatically')
    return [
        fee.replace("C-1", f"C-{place}").replace("Blechwerke", customer)
        + f"invoicing: {{collection: {{by: {rail}, on: issue}}}}\n"
        for place, (customer, rail) in enumerate(CUSTOMERS.items(), start=1)
    ]


def agreed(access: Access) -> None:
    """Three contracts of which a document each is due, and none issued."""
    with application_pool(access) as database:
        Scene(access, database).declared(*_terms())


def issued(access: Access) -> None:
    """The same with their documents."""
    agreed(access)
    with application_pool(access) as database:
        assert tick(database, datetime.now(UTC)).issued == len(CUSTOMERS)


@dataclass(frozen=True)
class Place:
    """What a process of the product has: its database, its gateway, the instant, and what was sent to it."""

    database: Database
    rules: CollectingRules
    told: Sequence[tuple[bytes, str]] = ()

    @property
    def now(self) -> datetime:
        return self.rules.clock()


def _hears(place: Place) -> None:
    (account,) = place.rules.setup.accounts
    for body, signature in place.told:
        event = gateway_events.read_told(account, body, signature, place.now)
        gateway_events.keep_told(place.database, 1, account, event, place.now)


#: What a process does, in this order; each as the scheduler, or the door, has it done.
KINDS: Mapping[str, Callable[[Place], object]] = {
    "bill and issue": lambda place: tick(place.database, place.now),
    "hear": _hears,
    "collect and handle": lambda place: collect_everyone(place.database, place.rules),
    "poll": lambda place: poll_everyone(place.database, place.rules),
}
_OF_MONEY = ("hear", "collect and handle", "poll")


@dataclass(frozen=True)
class Point:
    """Where a process ends: as a function is called for the so-manieth time, or as it returns."""

    function: str  # as "module:name" or "module:Class.name"
    is_after: bool
    time: int = 1

    def __str__(self) -> str:
        return f"{'after' if self.is_after else 'before'} {self.function.rpartition(':')[2]}, time {self.time}"

    def kills(self) -> None:
        """Let this process end there, with no word to anybody."""
        module, _, path = self.function.partition(":")
        place: Any = importlib.import_module(module)
        *owners, name = path.split(".")
        for owner in owners:
            place = getattr(place, owner)
        original, calls = getattr(place, name), 0

        @wraps(original)
        def ends(*arguments: Any, **named: Any) -> Any:
            nonlocal calls
            calls += 1
            if calls == self.time and not self.is_after:
                os.kill(os.getpid(), signal.SIGKILL)
            came = original(*arguments, **named)
            if calls == self.time:
                os.kill(os.getpid(), signal.SIGKILL)
            return came

        setattr(place, name, ends)


def works(url: URL, address: str, now: datetime, told: Sequence[tuple[bytes, str]], point: Point | None) -> None:
    """What a process does until it is killed; it says as it begins."""
    with closing(Database(url)) as database, closing(_gateway(address)) as gateway:
        place = Place(database, _rules(gateway, lambda: now), told)
        if point is not None:
            point.kills()
        print("started", flush=True)
        for work in KINDS.values():
            work(place)


def _gateway(address: str) -> StripeGateway:
    return StripeGateway(SECRET_KEY, [SECRET], address=address)


def _rules(gateway: StripeGateway, clock: Callable[[], datetime]) -> CollectingRules:
    setup = GatewaysSetUp((GatewayAccount(ACCOUNT, SUPPLIER, SUPPLIER, gateway),), "https://billing.example")
    return CollectingRules(setup, clock)


@dataclass
class House:
    """The database and the server; a line for each thing that somebody does, and what must be so."""

    access: Access
    database: Database
    stripe: StripeServer
    random: Random = field(default_factory=lambda: Random(1))
    sent: list[tuple[bytes, str]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.gateway = _gateway(self.stripe.address)
        self.rules = _rules(self.gateway, lambda: self.stripe.clock.now)
        self.stripe.webhooks.receiver = lambda body, header: self.sent.append((body, header))
        with self.database.transaction(1) as session:
            parties = dict(session.execute(text("select name, id from party")).all())
            for customer, rail in CUSTOMERS.items():
                if customer != WITHOUT_METHOD:
                    self._saves(session, parties[SUPPLIER], parties[customer], customer, rail)
        self.stripe.books.events.clear()

    def _saves(self, session: Session, supplier: int, party: int, customer: str, rail: str) -> None:
        known = gateway_customer(session, ACCOUNT, party)
        known.attempts, known.key_began_at = 1, self.now
        known.external = self.gateway.save_customer(GatewayCall(known.reference, 1), customer, {})
        save = self.stripe.payments.save_card if rail == "card" else self.stripe.payments.save_account
        method = save(known.external)["id"]
        session.add(
            SavedMethodRow(
                account=ACCOUNT, issuer_id=supplier, party_id=party, customer=known.external, external=method,
                rail=rail, saved_at=self.now,
            )
        )  # fmt: skip

    @property
    def now(self) -> datetime:
        return self.stripe.clock.now

    # what happens

    def arguments(self, point: Point | None = None) -> tuple[Any, ...]:
        """Of a process that works now, and is sent what happened by then, in any order."""
        self.stripe.webhooks.deliver(in_order_of=self.random)
        told, self.sent = self.sent, []
        return self.access.app, self.stripe.address, self.now, told, point

    def runs(self, *kinds: str) -> None:
        """A process that is not killed works; at all that there is, or at some kinds."""
        self.stripe.webhooks.deliver(in_order_of=self.random)
        told, self.sent = self.sent, []
        place = Place(self.database, self.rules, told)
        for name, work in KINDS.items():
            if not kinds or name in kinds:
                work(place)

    def lives_on(self) -> None:
        """Whoever is killed is followed by others; what was sent to it, and not answered, is sent again, or is not."""
        self.stripe.webhooks.drop(self.random.randint(0, len(self.stripe.webhooks.waiting)))
        self.runs("bill and issue")
        for _ in range(3):
            self.stripe.move(seconds=LEASE.total_seconds() + 61)
            self.runs(*_OF_MONEY)
            self.pays_pages()
        for pause in ({"days": 6}, {"hours": 2}, {"days": 8}):  # a debit takes five; a key is forgotten by then
            self.stripe.move(**pause)
            self.runs(*_OF_MONEY)

    def pays_pages(self) -> None:
        for page in self.stripe.made("checkout.session"):
            if page["status"] == "open":
                self.stripe.sessions.pay(page["id"])

    def asks_page(self) -> None:
        with self.database.transaction(1) as session:
            row = session.exec(select(GatewayOrderRow).where(GatewayOrderRow.party_id == self._party(session))).one()
            number = session.exec(select(InvoiceRow.number).where(InvoiceRow.id == row.invoice_id)).one()
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

    # what must be so

    def is_right(self, *, charged_back: int = 0) -> None:
        """No document twice, none missing, no charge twice, all that the server has ours and known, the books equal."""
        with self.database.transaction(1) as session:
            self._documents_are_whole(session)
            self._is_charged_once(session)
            self._everything_is_ours(session)
            self._books_agree(session, charged_back)

    def _documents_are_whole(self, session: Session) -> None:
        rows = session.exec(select(InvoiceRow).where(col(InvoiceRow.number).is_not(None)).order_by(col(InvoiceRow.id)))
        documents = list(rows)
        assert len({row.contract_id for row in documents}) == len(documents) == len(CUSTOMERS)
        assert sorted(row.sequence or 0 for row in documents) == list(range(1, len(CUSTOMERS) + 1))

    def _is_charged_once(self, session: Session) -> None:
        numbers = session.exec(select(InvoiceRow.number).where(col(InvoiceRow.number).is_not(None))).all()
        taken = [one for one in self.stripe.made("payment_intent") if one["status"] in {"succeeded", "processing"}]
        charged = sorted(one["metadata"]["usufruct_document"] for one in taken)
        has_page = bool(self.stripe.made("checkout.session"))
        assert len(charged) == len(set(charged)) == len(CUSTOMERS) - (not has_page), charged
        assert set(charged) <= set(numbers)
        assert {one["amount"] for one in taken} == {int(GROSS * CENTS)}

    def _everything_is_ours(self, session: Session) -> None:
        orders = {row.reference: row for row in session.exec(select(GatewayOrderRow))}
        customers = {row.reference: row.external for row in session.exec(select(GatewayCustomerRow))}
        known = {name for row in orders.values() for name in (row.external, row.payment_external)}
        known |= set(session.exec(select(GatewayOrderEventRow.external)))
        for kind in ("payment_intent", "checkout.session", "refund"):
            for made in self.stripe.made(kind):
                assert made["metadata"].get("usufruct_order") in orders, made
                assert made["id"] in known, made
        for customer in self.stripe.made("customer"):
            assert customers.get(customer["metadata"]["usufruct_order"]) == customer["id"], customer
        assert {row.state for row in orders.values()} <= {"done", "charged_back", "withdrawn", "due", "refused"}
        assert sum(row.state == "due" for row in orders.values()) <= 1  # of whom has saved nothing, and has no page

    def _books_agree(self, session: Session, charged_back: int) -> None:
        paid = list(session.exec(select(PaymentRow)))
        ours = sum((one.amount for one in paid if one.reference.startswith("stripe ")), Decimal(0))
        theirs = sum(self._cents_of(one) for one in self.stripe.made("payment_intent"))
        assert ours * CENTS == theirs, [(one.reference, one.amount) for one in paid]
        assert len({one.reference for one in paid}) == len(paid)
        documents = list(session.exec(select(InvoiceRow).where(col(InvoiceRow.number).is_not(None))))
        standings = standings_now(session, documents, self.now)
        charged = sum(one["status"] == "succeeded" for one in self.stripe.made("payment_intent"))
        assert sum(stands.open == 0 for stands in standings.values()) == charged - charged_back

    def _cents_of(self, intent: Fields) -> int:
        disputes = [one for one in self.stripe.made("dispute") if one["payment_intent"] == intent["id"]]
        refunds = [one for one in self.stripe.made("refund") if one["payment_intent"] == intent["id"]]
        back = sum(one["amount"] for one in disputes if one["status"] != "won")
        given = sum(one["amount"] for one in refunds if one["status"] in {"succeeded", "pending"})
        return int(intent["amount_received"]) - int(back) - int(given)
