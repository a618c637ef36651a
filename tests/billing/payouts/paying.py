"""Payees that are paid: a factory with a part of what is billed, a Stripe of our own, and who works at both."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

from sqlmodel import col, select

from api.collecting.runner import TenantWork, collect_tenant
from api.collecting.setup import GatewayAccount, TenantGateways
from api.demo.stripe_server.server import StripeServer, stripe_server
from api.demo.stripe_server.webhooks import SECRET
from api.paying_out.connecting import connect_payees
from api.paying_out.everyone import make_payouts
from api.server.database import Access, Database
from billing.payments.gateway import ChargeAsked, GatewayCall, PaymentRail, SavedMethod
from billing.payments.stripe import StripeGateway
from billing.payments.tables import GatewayOrderRow
from billing.payouts.connections.store import PayeeConnection, ask_connection, connection
from billing.payouts.making import make_now, release_payout, withdraw_payout
from billing.payouts.payable import PayeeBalance
from billing.payouts.payout_query import PayoutQuery
from billing.payouts.standings import standing_of
from billing.payouts.store import KnownPayout, accounts_of, payouts
from billing.receivables.allocating import AllocatedAmount
from billing.receivables.store import NewPayment, record_payment, reverse_payment
from contracts.release.store import releasing
from quantities.money import Money
from tests.billing.payees.test_payee_documents import ENERGY, FACTORY, terms
from tests.billing.scene import Scene, on
from tests.build import acts
from tests.conftest import application_pool

NUMBER, OF_FACTORY = "2026-000001", "FACTORY-SB-2026-000001"
#: Of January's document, and what of it is the factory's: both with VAT.
GROSS, PART = Decimal("119.00"), Decimal("107.10")
ACCOUNT = "tests-nordluft"


def paid_out(payouts_: str = "by: gateway", **more: Any) -> str:
    """The terms of a contract by which the factory is paid."""
    described = FACTORY.replace("country: DE,", f"country: DE, payouts: {{{payouts_}}},")
    return terms(more.pop("charges", ENERGY), payees=described, **more)


def billed(access: Access, contract: str, *, four_eyes: bool = False) -> None:
    """January is billed: 100 kWh at 1 EUR, of which the factory has 90 %."""
    with application_pool(access) as database:
        scene = Scene(access, database).declared(contract)
        if not four_eyes:
            scene.as_superuser("update tenant set four_eyes_off = '{}' where id = 1")
        scene.delivers("2026-01-05 10 100")
        assert len(scene.bills("2026-02-01").invoices) == 1
        scene.as_superuser(
            "update payout_account set next_at = '2026-02-01 06:00Z'"
        )  # the tests have a clock of theirs


@dataclass
class PayoutScene:
    """One line for each thing somebody does; ``now`` is everybody's clock."""

    database: Database
    stripe: StripeServer
    gateway: StripeGateway
    now: datetime = field(default_factory=lambda: on("2026-02-02"))
    access: Access | None = None

    @property
    def work(self) -> TenantWork:
        account = GatewayAccount(ACCOUNT, "Nordluft", "Nordluft", self.gateway)
        return TenantWork(
            self.database, 1, TenantGateways({ACCOUNT: account}, "https://billing.example"), lambda: self.now
        )

    def passes(self, **later: float) -> "PayoutScene":
        self.now += timedelta(**later)
        self.stripe.move(**later)
        return self

    def has_money(self, amount: str = "1000.00") -> "PayoutScene":
        customer = self.stripe.payments.make_customer({"name": "somebody", "metadata": {}})["id"]
        card = SavedMethod(customer, self.stripe.payments.save_card(customer)["id"], PaymentRail.CARD)
        self.gateway.charge(ChargeAsked(GatewayCall("elsewhere", 1), Money(Decimal(amount), "EUR"), card))
        return self

    def onboards(self, payee: str = "factory") -> "PayoutScene":
        """The factory has an account at the gateway, and has said all that is asked."""
        with self.database.transaction(1) as session:
            acts(session, "anna")
            ask_connection(session, payee, self.now)
        connect_payees(self.work)
        self.stripe.connect.onboard(self.connection(payee).external)
        self.passes(hours=1)
        connect_payees(self.work)
        return self

    def connection(self, payee: str = "factory") -> PayeeConnection:
        with self.database.transaction(1) as session:
            return connection(session, payee, self.now)

    def pays(
        self, amount: Decimal = GROSS, reference: str = "bank 1", *, number: str = NUMBER, day: date | None = None,
        discount: Decimal = Decimal(0),
    ) -> int:  # fmt: skip
        with self.database.transaction(1) as session:
            new = NewPayment(
                customer="Blechwerke",
                supplier="Nordluft",
                currency="EUR",
                amount=amount,
                received_on=day or self.now.date(),
                reference=reference,
                allocations=(AllocatedAmount(number, amount, discount),),
            )
            return record_payment(session, new, by=acts(session, "anna"), at=self.now)[0].id

    def reverses(self, payment: int, reference: str = "back 1") -> None:
        with self.database.transaction(1) as session:
            by = acts(session, "anna")
            reverse_payment(session, payment, reference=reference, on=None, by=by, at=self.now)

    def makes(self) -> int:
        return make_payouts(self.work)

    def makes_now(self, by: str = "anna") -> tuple[int, ...]:
        with self.database.transaction(1) as session:
            acting = acts(session, by)
            return make_now(session, accounts_of(session, "factory")[0].id, by=acting, at=self.now).payouts

    def releases(self, payout: int, by: str) -> None:
        with self.database.transaction(1) as session:
            release_payout(session, payout, releasing(session, acts(session, by), self.now))

    def withdraws(self, payout: int) -> None:
        with self.database.transaction(1) as session:
            withdraw_payout(session, payout, reason="a test", by=acts(session, "anna"), at=self.now)

    def collects(self) -> int:
        return collect_tenant(self.work)

    def pays_out(self) -> "PayoutScene":
        """All that is due is done, by whoever is on duty."""
        self.makes()
        self.collects()
        return self

    def payouts(self) -> list[KnownPayout]:
        with self.database.transaction(1) as session:
            return list(payouts(session, PayoutQuery()).rows)

    def in_short(self) -> list[str]:
        return [f"{one.kind} {one.amount} {one.state}" for one in self.payouts()]

    def balance(self, payee: str = "factory") -> PayeeBalance:
        with self.database.transaction(1) as session:
            return standing_of(session, accounts_of(session, payee)[0], self.now).balance

    def orders(self) -> list[GatewayOrderRow]:
        with self.database.transaction(1) as session:
            chosen = select(GatewayOrderRow).order_by(col(GatewayOrderRow.id)).execution_options(populate_existing=True)
            return list(session.exec(chosen))

    def transferred(self) -> list[int]:
        """What Stripe transferred, less what it took back: in cents, the first first."""
        return [one["amount"] - one["amount_reversed"] for one in sorted(self.stripe.made("transfer"), key=_made_at)]

    def adds_up(self) -> None:
        """What payouts that count have is what Stripe has, once nothing is on its way."""
        counted = [one for one in self.payouts() if one.state in {"paid", "ordered", "due", "held"}]
        assert all(one.state == "paid" for one in counted), self.in_short()
        total = sum(one.amount if one.kind == "payout" else -one.amount for one in counted)
        assert total * 100 == sum(self.transferred())
        assert total == self.balance().paid


def _made_at(fields: dict[str, Any]) -> Any:
    return fields["created"], fields["id"]


@contextmanager
def paying(database: Database, access: Access | None = None) -> Iterator[PayoutScene]:
    with stripe_server() as stripe:
        gateway = StripeGateway(stripe.secret_key, [SECRET], address=stripe.address)
        try:
            yield PayoutScene(database, stripe, gateway, access=access)
        finally:
            gateway.close()
