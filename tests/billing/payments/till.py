"""A till for tests: one document that is charged by a card, a gateway of the tests' own, and who works at them."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

from sqlmodel import Session, col, select

from api.collecting.events import handle_events, poll_tenant
from api.collecting.runner import TenantWork, collect_tenant
from api.collecting.setup import GatewayAccount, TenantGateways
from api.server.database import SYSTEM, Access
from billing.payments.events.store import record_events
from billing.payments.gateway import GatewayEvent, GatewayLimits, PaymentRail, SavedMethod
from billing.payments.methods.store import remember
from billing.payments.orders.asked.store import ask_session
from billing.payments.orders.known import store as known
from billing.payments.orders.known.store import KnownOrder
from billing.payments.tables import GatewayOrderRow
from billing.receivables.allocating import AllocatedAmount
from billing.receivables.issued import document
from billing.receivables.standing import PaymentStanding
from billing.receivables.standings import standings_now
from billing.receivables.store import NewPayment, record_payment
from tests.billing.payments.gateway_of_tests import GatewayOfTests
from tests.billing.receivables.books import OTHER
from tests.billing.scene import CONTRACT, Scene, on
from tests.build import acts
from tests.conftest import application_pool

NUMBER = "2026-000001"
GROSS = Decimal("178.50")
ACCOUNT = "tests-nordluft"
BY_CARD = CONTRACT + "invoicing: {collection: {by: card, on: issue}}\n"
BY_DEBIT_WHEN_DUE = CONTRACT + "invoicing: {collection: {by: sepa_core}}\n"


def opened(access: Access, terms: str = BY_CARD, *, saved: bool = True) -> None:
    """A document of 178.50 EUR that a card is charged for, and the card; one of another customer that sends its money."""
    with application_pool(access) as database:
        scene = Scene(access, database).declared(terms, OTHER)
        scene.delivers("2026-01-05 10 100")
        assert len(scene.bills("2026-02-01").invoices) == 2
        with database.transaction(1) as session:
            order = session.exec(select(GatewayOrderRow)).one()
            order.next_at, order.account = on("2026-02-01"), ACCOUNT  # the clock of the tests is not the database's
            if saved:
                saves(session, order)


def saves(session: Session, order: GatewayOrderRow, at: datetime | None = None) -> None:
    rail = PaymentRail(order.rail or "card")
    method = SavedMethod("cus_0", "pm_0", rail, words="card ending in 4242")
    remember(session, order, method, at or on("2026-02-01"))


@dataclass
class OneTransaction:
    """A database of which each transaction is a part of one that is never committed."""

    session: Session

    @contextmanager
    def transaction(self, tenant: int | None = None, **_: Any) -> Iterator[Session]:
        self.session.info["acting"] = SYSTEM  # stated as the part begins, as it is of each transaction
        with self.session.begin_nested():
            yield self.session


@dataclass
class Till:
    """The gateway and the database, and the instant at which they are; one line for each thing somebody does."""

    database: Any
    now: datetime = field(default_factory=lambda: on("2026-02-02"))
    gateway: GatewayOfTests = field(default_factory=lambda: GatewayOfTests(lambda: on("2026-02-02")))
    limits: GatewayLimits = field(default_factory=GatewayLimits)

    def __post_init__(self) -> None:
        self.gateway.now = lambda: self.now

    @property
    def work(self) -> TenantWork:
        account = GatewayAccount(ACCOUNT, "Nordluft", "Nordluft", self.gateway, self.limits)
        setup = TenantGateways({ACCOUNT: account}, "https://billing.example")
        return TenantWork(self.database, 1, setup, lambda: self.now)

    def passes(self, **later: float) -> "Till":
        self.now += timedelta(**later)
        self.gateway.expires()
        return self

    def collects(self) -> int:
        return collect_tenant(self.work)

    def hears(self, *events: GatewayEvent) -> int:
        """The gateway tells something, or all that it ever told, and it is handled."""
        with self.database.transaction(1) as session:
            record_events(session, ACCOUNT, {one.id: one for one in events or self.gateway.events}.values(), self.now)
        return handle_events(self.work)

    def polls(self) -> int:
        return poll_tenant(self.work)

    def clicks(self) -> int:
        """A customer asks for a page; the number of its order."""
        with self.database.transaction(1) as session:
            return ask_session(session, NUMBER, None, account=ACCOUNT, by=None, at=self.now).id

    def pays_otherwise(self, amount: Decimal, reference: str, *, to_document: bool = True) -> None:
        with self.database.transaction(1) as session:
            new = NewPayment(
                customer="Blechwerke",
                supplier="Nordluft",
                currency="EUR",
                amount=amount,
                received_on=date(2026, 2, 2),
                reference=reference,
                allocations=(AllocatedAmount(NUMBER, amount),) if to_document else (),
            )
            record_payment(session, new, by=acts(session, "anna"), at=self.now)

    def orders(self) -> list[KnownOrder]:
        with self.database.transaction(1) as session:
            return known.orders(session)

    def rows(self) -> list[GatewayOrderRow]:
        with self.database.transaction(1) as session:
            chosen = select(GatewayOrderRow).order_by(col(GatewayOrderRow.id)).execution_options(populate_existing=True)
            return list(session.exec(chosen))

    def states(self) -> list[str]:
        return [row.state for row in self.rows()]

    def stands(self) -> PaymentStanding:
        with self.database.transaction(1) as session:
            row = document(session, NUMBER)
            return standings_now(session, [row], self.now)[row.id]
