"""The Stripe of the tests in the place of the gateway of the tests: the same sequences, through the real client.

What happens there has the names that ``GatewayShown`` gives it; what is asked goes over loopback to the server.
"""

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Any, TypeVar

from api.demo.stripe_server.books import Fields
from api.demo.stripe_server.clock import GatewayClock
from api.demo.stripe_server.faults import GatewayFault
from api.demo.stripe_server.parameters import Refusal
from api.demo.stripe_server.server import SECRET_KEY, StripeServer
from api.demo.stripe_server.webhooks import SECRET
from billing.payments.gateway import (
    GatewayEvent,
    GatewayMovement,
    GatewayThing,
)
from billing.payments.stripe import StripeGateway
from billing.payments.stripe_events import event
from tests.billing.payments.collecting_model import Shown
from tests.billing.payments.gateway_of_tests import Killed

CENTS = 100
NEVER_BY_ITSELF = 100_000
_FAULTS = {
    "busy": GatewayFault.RATE_LIMITED, "lost_before": GatewayFault.CUT_BEFORE, "lost_after": GatewayFault.CUT_AFTER,
    "error": GatewayFault.ERROR_BEFORE, "error_after": GatewayFault.ERROR_AFTER,
}  # fmt: skip
_BEHAVES = {"insufficient funds": "insufficient_funds", "stolen card": "stolen_card"}
_STAGES = {"succeeded": "paid", "processing": "under way", "canceled": "failed"}
_CALLS = {"charge", "open_session", "refund", "save_customer", "close_session"}
_Came = TypeVar("_Came")


@dataclass
class StripeOfTests:
    """Stripe, begun anew; its customer and card have the names that the till knows."""

    server: StripeServer
    now: Callable[[], datetime]
    faults: list[str] = field(default_factory=list)
    decisions: list[str] = field(default_factory=list)
    misused: list[str] = field(default_factory=list)

    name = "stripe"
    signature_header = "Stripe-Signature"

    def __post_init__(self) -> None:
        address = self.server.address
        self.server.__init__(GatewayClock(self.now()))  # type: ignore[misc]  # its port stays
        self.server.address = address
        self.client = StripeGateway(SECRET_KEY, [SECRET], address=address)
        self.server.payments.debit_takes_days = NEVER_BY_ITSELF
        self._named(self.server.payments.make_customer({"name": "Blechwerke", "metadata": {}}), "cus_0")
        self._named(self.server.payments.save_card("cus_0"), "pm_0")
        self.server.balance.enter("charge", 10**7, "eur", "of others")  # so that refunds are never short of money
        self.server.books.events.clear()
        begin = self.server.keys.begin

        def begun(key: str, asked: tuple[str, str, str]) -> Any:
            try:
                return begin(key, asked)
            except Refusal as refusal:
                if "same parameters" in str(refusal.body):
                    self.misused.append(key)
                raise

        self.server.keys.begin = begun  # type: ignore[method-assign]

    def _named(self, made: Fields, name: str) -> None:
        objects = self.server.books.objects
        objects[name] = objects.pop(made["id"])
        made["id"] = name

    # what the gateway's pages show

    def shown(self) -> list[Shown]:
        return [self._shown(intent) for intent in self.server.made("payment_intent")]

    def _shown(self, intent: Fields) -> Shown:
        stage = _STAGES.get(intent["status"], "failed")
        refunds = [
            one for one in self.server.books.of("refund", payment_intent=intent["id"]) if one["status"] != "failed"
        ]
        disputes = self.server.books.of("dispute", payment_intent=intent["id"])
        return Shown(
            id=intent["id"],
            order=intent["metadata"].get("usufruct_order", ""),
            attempt=int(intent["metadata"].get("usufruct_attempt", 0)),
            amount=Decimal(intent["amount"]) / CENTS,
            stage=stage,
            by_hand=sum((Decimal(one["amount"]) / CENTS for one in refunds if not one["metadata"]), Decimal(0)),
            by_order=tuple(Decimal(one["amount"]) / CENTS for one in refunds if one["metadata"]),
            taken=sum((Decimal(one["amount"]) / CENTS for one in disputes if one["status"] != "won"), Decimal(0)),
            was_contested=bool(disputes),
        )

    def made_of(self) -> list[tuple[str, int]]:
        """Order and attempt of whatever was made for one."""
        metadata = [
            one["metadata"]
            for kind in ("payment_intent", "checkout.session", "refund")
            for one in self.server.made(kind)
        ]
        return [(one["usufruct_order"], int(one["usufruct_attempt"])) for one in metadata if one]

    def open_pages(self) -> list[str]:
        return [one["id"] for one in self.server.made("checkout.session") if one["status"] == "open"]

    @property
    def events(self) -> list[GatewayEvent]:
        return [event(one) for one in self.server.books.events]

    # what the world does

    def expires(self) -> None:
        self.server.clock.move(self.now() - self.server.clock.now)

    def settled(self, payment: str, *, well: bool) -> None:
        intent = self.server.books.get("payment_intent", payment)
        charge = self.server.books.get("charge", intent["latest_charge"])
        self.server.payments._debited(intent, charge, "succeeds" if well else "insufficient_funds")

    def paid_in(self, page: str, decision: str) -> None:
        rail = "sepa_debit" if decision == "processing" else "card"
        self.server.sessions.pay(page, rail, _BEHAVES.get(decision, "succeeds"))

    def taken_back(self, payment: str, amount: Decimal) -> None:
        self.server.payments.charge_back(payment, amount=int(amount * CENTS))

    def decided(self, payment: str, *, won: bool) -> None:
        for dispute in self.server.books.of("dispute", payment_intent=payment):
            if dispute["status"] in {"needs_response", "under_review"}:
                self.server.payments.decide(dispute["id"], is_won=won)

    def refunded_by_hand(self, payment: str, amount: Decimal) -> None:
        with suppress(Refusal):  # of what was charged back there is nothing to give back
            self.server.payments.make_refund({"payment_intent": payment, "amount": int(amount * CENTS)})

    def refund_comes_back(self) -> None:
        for refund in self.server.made("refund")[-1:]:
            if refund["status"] == "succeeded":
                self.server.payments.fail_refund(refund["id"])

    def stands(self, payment: str) -> GatewayMovement | None:
        """As it stands, read by somebody who is slow to say it."""
        return self.client.fetch(GatewayThing.PAYMENT, payment)

    # the port

    def __getattr__(self, name: str) -> Any:
        """Whatever is asked goes to the real client, and fails as it is told to."""
        asked = getattr(self.client, name)
        if not callable(asked):
            return asked

        def does(*arguments: Any, **named: Any) -> Any:
            return self._failing(lambda: asked(*arguments, **named), is_call=name in _CALLS, is_charge=name == "charge")

        return does

    def _failing(self, ask: Callable[[], _Came], *, is_call: bool, is_charge: bool) -> _Came:
        fault = ""
        if self.faults and (is_call or self.faults[0] == "busy"):
            fault = self.faults.pop(0)
        if fault == "killed_before":
            raise Killed
        if is_charge:
            decision = self.decisions.pop(0) if self.decisions else "done"
            self.server.payments.behaves["pm_0"] = _BEHAVES.get(decision, "succeeds")
        if fault in _FAULTS:
            self.server.faults.next(_FAULTS[fault])
        try:
            return ask()
        finally:
            self.server.faults._ordered.clear()
            if fault == "killed_after":
                raise Killed
