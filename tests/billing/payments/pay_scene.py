"""A till with a door: links to pay its document by, the pages behind them, and clicks."""

from dataclasses import dataclass, field, replace
from datetime import datetime

from api.collecting.setup import GatewayAccount, GatewaysSetUp
from api.operations.opened_links import TokenHolder
from api.operations.pay_pages import PayPage, PayPages, click_pay_page, pay_link_holder, show_pay_page
from billing.payments.gateway import (
    GatewayMovement,
    MovementState,
    OrderedMovement,
    PaymentRail,
    SavedMethod,
)
from billing.payments.links import KnownPayLink, make_method_link, make_pay_link, revoke_pay_link
from tests.billing.payments.gateway_of_tests import GatewayOfTests, Made
from tests.billing.payments.till import ACCOUNT, NUMBER, Till
from tests.build import acts


@dataclass
class SavingGateway(GatewayOfTests):
    """The gateway of the tests, in whose pages methods can be saved besides."""

    saved: dict[str, PaymentRail] = field(default_factory=dict)

    def saves_in(self, session: Made, rail: PaymentRail = PaymentRail.CARD) -> None:
        """A customer saves a method in an open page."""
        assert session.amount == 0
        session.state = MovementState.DONE
        self.saved[session.id] = rail

    def _movement(self, made: Made) -> GatewayMovement:
        movement = super()._movement(made)
        if made.kind is OrderedMovement.SESSION and made.amount == 0:
            rail = self.saved.get(made.id)
            words = "account ending in 3000" if rail is PaymentRail.SEPA_CORE else "card ending in 1881"
            saved = None if rail is None else SavedMethod(made.customer, f"pm_of_{made.id}", rail, words=words)
            return replace(movement, amount=None, saved=saved)
        return movement


@dataclass
class Door:
    """What whoever has a link can do."""

    till: Till

    @property
    def pages(self) -> PayPages:
        account = GatewayAccount(ACCOUNT, "Nordluft", "Nordluft", self.till.gateway)
        setup = GatewaysSetUp((account,), "https://billing.example")
        return PayPages(self.till.database, setup, lambda: self.till.now)

    def link(self, *, days: int = 30) -> tuple[str, KnownPayLink]:
        with self.till.database.transaction(1) as session:
            by = acts(session, "anna")
            return make_pay_link(session, NUMBER, None, days=days, by=by, at=self.till.now)

    def method_link(self, contract: str = "C-1") -> tuple[str, KnownPayLink]:
        with self.till.database.transaction(1) as session:
            return make_method_link(session, contract, days=30, by=acts(session, "anna"), at=self.till.now)

    def revokes(self, key: int) -> None:
        with self.till.database.transaction(1) as session:
            revoke_pay_link(session, NUMBER, None, key, by=acts(session, "anna"), at=self.till.now)

    def holder(self, token: str) -> TokenHolder:
        return pay_link_holder(self.till.database.look_up, token)

    def shows(self, token: str) -> PayPage:
        return show_pay_page(self.pages, self.holder(token))

    def clicks(self, token: str) -> str | PayPage:
        return click_pay_page(self.pages, self.holder(token))

    def at(self, now: datetime) -> None:
        self.till.now = now
