"""One account of Stripe's, its customer, and our gateway to it: what the tests of the gateway begin with."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal

from api.demo.stripe_server.server import StripeServer, stripe_server
from api.demo.stripe_server.webhooks import SECRET
from billing.payments.gateway import (
    ChargeAsked,
    ConnectedAccount,
    GatewayCall,
    GatewayMovement,
    PaymentRail,
    RefundAsked,
    SavedMethod,
    SessionAsked,
    TakeBackAsked,
    TransferAsked,
)
from billing.payments.stripe import StripeGateway
from quantities.money import Money

ORDER = "11111111-1111-4111-8111-111111111111"
#: Of whoever gives up soon; all others wait as long as a busy machine needs.
IMPATIENT = timedelta(seconds=0.03)


def money(text: str) -> Money:
    amount, currency = text.split()
    return Money(Decimal(amount), currency)


def call(order: str = ORDER, attempt: int = 1, document: str = "2026-000001") -> GatewayCall:
    return GatewayCall(order, attempt, document)


@dataclass
class Scene:
    stripe: StripeServer
    gateway: StripeGateway
    customer: str

    @contextmanager
    def impatient(self) -> Iterator[None]:
        """Give up soon, and then wait until the server has come to be silent."""
        patient = self.gateway
        key, address = self.stripe.secret_key, self.stripe.address
        self.gateway = StripeGateway(key, [SECRET], address=address, answered_within=IMPATIENT)
        try:
            yield
        finally:
            self.gateway.close()
            self.gateway = patient
            assert self.stripe.silent.wait(10), "nobody was silent"

    def card(self, behaves: str = "succeeds") -> SavedMethod:
        return SavedMethod(
            self.customer, self.stripe.payments.save_card(self.customer, behaves)["id"], PaymentRail.CARD
        )

    def account(self, behaves: str = "succeeds") -> SavedMethod:
        method = self.stripe.payments.save_account(self.customer, behaves)["id"]
        return SavedMethod(self.customer, method, PaymentRail.SEPA_CORE)

    def charge(
        self, amount: str = "119.00 EUR", saved: SavedMethod | None = None, of: GatewayCall | None = None
    ) -> GatewayMovement:
        return self.gateway.charge(ChargeAsked(of or call(), money(amount), saved or self.card()))

    def session(
        self, amount: str | None = "119.00 EUR", *, rails: tuple[PaymentRail, ...] = tuple(PaymentRail), saves: bool = False,
        customer: str | None = None, hours: float = 23, of: GatewayCall | None = None,
    ) -> GatewayMovement:  # fmt: skip
        return self.gateway.open_session(
            SessionAsked(
                call=of or call(),
                amount=money(amount) if amount else None,
                customer=self.customer if customer is None else customer,
                customer_name="Blechwerke",
                rails=rails,
                success_url="https://pay.example/done",
                cancel_url="https://pay.example/back",
                ends_at=self.stripe.clock.now + timedelta(hours=hours),
                saves_method=saves,
            )
        )

    def refund(self, payment: str, amount: str = "19.00 EUR", of: GatewayCall | None = None) -> GatewayMovement:
        return self.gateway.refund(RefundAsked(of or call("refund"), money(amount), payment))

    def payee(self) -> ConnectedAccount:
        made = self.gateway.connect(call("payee"), "Hallenbau", "DE")
        self.stripe.connect.onboard(made.id)
        return self.gateway.account(made.id)

    def transfer(self, account: str, amount: str = "80.00 EUR", of: GatewayCall | None = None) -> GatewayMovement:
        return self.gateway.transfer(TransferAsked(of or call("transfer"), money(amount), account, "2026-000001"))

    def take_back(self, transfer: str, amount: str = "30.00 EUR", of: GatewayCall | None = None) -> GatewayMovement:
        return self.gateway.take_back(TakeBackAsked(of or call("back"), money(amount), transfer))


@contextmanager
def scene() -> Iterator[Scene]:
    with stripe_server() as stripe:
        gateway = StripeGateway(stripe.secret_key, [SECRET], address=stripe.address)
        customer = stripe.payments.make_customer({"name": "Blechwerke", "metadata": {}})["id"]
        stripe.books.events.clear()
        try:
            yield Scene(stripe, gateway, customer)
        finally:
            gateway.close()
