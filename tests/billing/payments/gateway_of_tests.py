"""A gateway of the tests' own: it keeps what it made, does each key once while it remembers it, and fails on command.

What it is told to do next stands in ``faults`` (of calls) and ``decisions`` (of charges). ``Killed`` stands for the end
of our process: before the effect of a call, or after it.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from billing.payments.gateway import (
    BalanceEntry,
    BalanceKind,
    ChargeAsked,
    Chargeback,
    ConnectedAccount,
    GatewayCall,
    GatewayEvent,
    GatewayEventRefused,
    GatewayFailed,
    GatewayMovement,
    GatewayOutcomeUnknown,
    GatewayRefused,
    GatewayThing,
    MovementState,
    OrderedMovement,
    PaymentRail,
    RefundAsked,
    SavedMethod,
    SessionAsked,
    TakeBackAsked,
    TransferAsked,
)
from billing.payments.gateway_records import GatewayPayout
from quantities.money import Money

FORGETS_KEYS_AFTER = timedelta(hours=24)
NOTHING = Decimal(0)
_S = MovementState


class Killed(BaseException):
    """Our process ends here."""


@dataclass
class Made:
    """A payment, a page or a refund, as the gateway has it."""

    kind: OrderedMovement
    id: str
    call: GatewayCall | None
    state: MovementState
    amount: Decimal
    currency: str
    customer: str = ""
    payment: str = ""
    refunded: Decimal = NOTHING
    chargebacks: list[Chargeback] = field(default_factory=list)
    failure: str = ""
    may_retry: bool = False
    ends_at: datetime | None = None
    saves: bool = False
    at: datetime | None = None

    @property
    def taken(self) -> Decimal:
        return sum((one.amount.amount for one in self.chargebacks if not one.is_won), NOTHING)

    @property
    def ours(self) -> Decimal:
        """What of a payment is ours by now."""
        return self.amount - self.refunded - self.taken if self.state is _S.DONE else NOTHING


@dataclass
class GatewayOfTests:
    """State behind the port; ``now`` is its clock."""

    now: Callable[[], datetime]
    faults: list[str] = field(default_factory=list)
    decisions: list[str] = field(default_factory=list)
    made: dict[str, Made] = field(default_factory=dict)
    keys: dict[str, tuple[Any, GatewayMovement | Exception | str, datetime]] = field(default_factory=dict)
    customers: list[str] = field(default_factory=list)
    customers_of: dict[str, str] = field(default_factory=dict)  # by the order that they were made for
    methods: dict[str, SavedMethod] = field(default_factory=dict)  # those of which something was told
    removed: list[str] = field(default_factory=list)  # methods, each time that one was
    events: list[GatewayEvent] = field(default_factory=list)
    balance: list[BalanceEntry] = field(default_factory=list)
    calls: int = 0
    answers_looks: bool = False  # whatever happens to calls
    lists_late: bool = False  # what was made is not listed yet
    forgets_keys_after: timedelta = FORGETS_KEYS_AFTER  # at the soonest, as it says; and it may be much later
    reads_nothing: bool = False
    misused: list[str] = field(default_factory=list)  # keys that came again with another question

    name = "tests"
    signature_header = "Tests-Signature"

    # what the world does

    def payments(self) -> list[Made]:
        return [one for one in self.made.values() if one.kind is OrderedMovement.CHARGE]

    def sessions(self) -> list[Made]:
        return [one for one in self.made.values() if one.kind is OrderedMovement.SESSION]

    def settles(self, payment: Made, *, well: bool) -> None:
        """A direct debit that was on its way is paid, or comes back."""
        payment.state = _S.DONE if well else _S.FAILED
        payment.failure, payment.may_retry = ("", False) if well else ("insufficient funds", True)
        self._moved(payment, BalanceKind.PAYMENT, payment.amount if well else NOTHING)
        self._tells(GatewayThing.PAYMENT, payment.id, "payment.settled" if well else "payment.failed")

    def pays_in(self, session: Made, decision: str) -> None:
        """A customer pays in an open page: what is declined leaves it open."""
        if session.state is not _S.WAITS:
            return
        payment = self._payment(session.call, session.amount, session.currency, session.customer, decision)
        session.payment = payment.id if payment.state is not _S.FAILED else ""
        if payment.state is not _S.FAILED:
            session.state = payment.state
            self._tells(GatewayThing.SESSION, session.id, "session.completed")

    def expires(self) -> None:
        """Pages close by the clock."""
        for session in self.sessions():
            if session.state is _S.WAITS and session.ends_at is not None and session.ends_at <= self.now():
                session.state = _S.EXPIRED
                self._tells(GatewayThing.SESSION, session.id, "session.expired")

    def takes_back(self, payment: Made, amount: Decimal) -> None:
        chargeback = Chargeback(
            f"dp_{len(self.made)}_{len(payment.chargebacks)}", Money(amount, payment.currency), "fraud"
        )
        payment.chargebacks.append(chargeback)
        self._moved(payment, BalanceKind.CHARGEBACK, -amount)
        self._tells(GatewayThing.CHARGEBACK, chargeback.id, "chargeback.opened")

    def decides(self, payment: Made, *, won: bool) -> None:
        for place, one in enumerate(payment.chargebacks):
            if not one.is_lost and not one.is_won:
                payment.chargebacks[place] = replace(one, is_won=won, is_lost=not won)
                self._tells(GatewayThing.CHARGEBACK, one.id, "chargeback.closed")

    def refunds_by_hand(self, payment: Made, amount: Decimal) -> None:
        refund = self._make(OrderedMovement.REFUND, "re", None, _S.DONE, amount, payment.currency)
        refund.payment = payment.id
        payment.refunded += amount
        self._tells(GatewayThing.PAYMENT, payment.id, "payment.refunded")
        self._tells(GatewayThing.REFUND, refund.id, "refund.created")

    def comes_back(self, refund: Made) -> None:
        """The customer's bank did not take what was given back."""
        refund.state, refund.failure = _S.FAILED, "the account is closed"
        self.made[refund.payment].refunded -= refund.amount
        self._tells(GatewayThing.REFUND, refund.id, "refund.failed")

    # the port

    def save_customer(self, call: GatewayCall, name: str, details: Mapping[str, str]) -> str:
        def make() -> str:
            self.customers.append(f"cus_{len(self.customers) + 1}")
            self.customers_of[call.order] = self.customers[-1]
            return self.customers[-1]

        made: str = self._once(call.key, ("customer", name), make)
        return made

    def charge(self, asked: ChargeAsked) -> GatewayMovement:
        def make() -> GatewayMovement:
            decision = self.decisions.pop(0) if self.decisions else "done"
            payment = self._payment(
                asked.call, asked.amount.amount, asked.amount.currency, asked.saved.customer, decision
            )
            if payment.state is _S.FAILED:
                raise GatewayRefused(payment.failure, code="card_declined", may_retry_later=payment.may_retry)
            return self._movement(payment)

        made: GatewayMovement = self._once(asked.call.key, asked, make)
        return made

    def open_session(self, asked: SessionAsked) -> GatewayMovement:
        def make() -> GatewayMovement:
            amount = asked.amount or Money(NOTHING, "EUR")
            assert asked.customer in self.customers
            session = self._make(OrderedMovement.SESSION, "cs", asked.call, _S.WAITS, amount.amount, amount.currency)
            session.customer, session.ends_at, session.saves = asked.customer, asked.ends_at, asked.saves_method
            return self._movement(session)

        made: GatewayMovement = self._once(asked.call.key, asked, make)
        return made

    def remove_method(self, call: GatewayCall, method: str) -> None:
        def remove() -> None:
            kept = self.methods.get(method, SavedMethod("cus_0", method, PaymentRail.CARD))
            self.methods[method] = replace(kept, is_active=False)
            self.removed.append(method)
            self._tells(GatewayThing.MANDATE, method, "payment_method.detached")

        self._once(f"detach.{call.key}", method, remove)

    def close_session(self, session: str) -> GatewayMovement:
        self._may_fail()
        made = self.made[session]
        if made.state is _S.WAITS:
            made.state = _S.EXPIRED
            self._tells(GatewayThing.SESSION, made.id, "session.expired")
        return self._movement(made)

    def refund(self, asked: RefundAsked) -> GatewayMovement:
        def make() -> GatewayMovement:
            payment = self.made[asked.payment]
            if payment.state is not _S.DONE or asked.amount.amount > payment.ours:
                raise GatewayRefused("more than is left", code="amount_too_large")
            refund = self._make(
                OrderedMovement.REFUND, "re", asked.call, _S.DONE, asked.amount.amount, asked.amount.currency
            )
            refund.payment, refund.customer = payment.id, payment.customer
            payment.refunded += asked.amount.amount
            self._moved(refund, BalanceKind.REFUND, -asked.amount.amount)
            self._tells(GatewayThing.REFUND, refund.id, "refund.created")
            self._tells(GatewayThing.PAYMENT, payment.id, "payment.refunded")
            return self._movement(refund)

        made: GatewayMovement = self._once(asked.call.key, asked, make)
        return made

    def transfer(self, asked: TransferAsked) -> GatewayMovement:
        raise NotImplementedError

    def take_back(self, asked: TakeBackAsked) -> GatewayMovement:
        raise NotImplementedError

    def find(self, movement: OrderedMovement, order: str, customer: str) -> tuple[GatewayMovement, ...]:
        self._may_fail()
        if self.lists_late:
            return ()
        return tuple(
            self._movement(one)
            for one in self.made.values()
            if one.kind is movement and one.call is not None and one.call.order == order and one.customer == customer
        )

    def fetch(self, thing: GatewayThing, thing_id: str, account: str = "") -> GatewayMovement | None:
        self._may_fail()
        if self.reads_nothing:
            raise GatewayFailed("429 too many requests")
        if thing is GatewayThing.CHARGEBACK:
            disputed = (one for one in self.payments() if thing_id in {taken.id for taken in one.chargebacks})
            return next((self._movement(one) for one in disputed), None)
        made = self.made.get(thing_id)
        return None if made is None else self._movement(made)

    def read_event(self, body: bytes, signature: str, now: datetime) -> GatewayEvent:
        if signature != "signed":
            raise GatewayEventRefused("a wrong signature")
        known = [event for event in self.events if event.id == body.decode()]
        if not known:
            raise GatewayEventRefused("no event at all")
        return known[0]

    def events_since(self, since: datetime) -> Iterator[GatewayEvent]:
        self._may_fail()
        yield from [event for event in self.events if event.at >= since]

    def connect(self, call: GatewayCall, name: str, country: str) -> ConnectedAccount:
        raise NotImplementedError

    def onboarding_url(self, account: str, back_url: str) -> str:
        raise NotImplementedError

    def account(self, account: str) -> ConnectedAccount:
        raise NotImplementedError

    def balance_since(self, since: datetime) -> Iterator[BalanceEntry]:
        self._may_fail()
        yield from [entry for entry in self.balance if entry.at >= since]

    # the other half of the port

    def find_customer(self, order: str, since: datetime) -> str:
        self._may_fail()
        return self.customers_of.get(order, "")

    def saved_method(self, thing_id: str) -> SavedMethod | None:
        self._may_fail()
        return self.methods.get(thing_id)

    def payout(self, payout: str, account: str = "") -> GatewayPayout | None:
        raise NotImplementedError

    def find_account(self, order: str, since: datetime) -> ConnectedAccount | None:
        raise NotImplementedError

    # how it does it

    def _once(self, key: str, asked: Any, make: Callable[[], Any]) -> Any:
        self.calls += 1
        fault = self.faults.pop(0) if self.faults else ""
        if fault == "busy":
            raise GatewayFailed("429 too many requests")
        if fault == "killed_before":
            raise Killed
        if fault == "lost_before":
            raise GatewayOutcomeUnknown("the connection ended")
        if (known := self.keys.get(key)) is not None and self.now() - known[2] < self.forgets_keys_after:
            return self._said_before(key, known, asked)
        if fault == "error":
            self.keys[key] = (asked, GatewayOutcomeUnknown("500"), self.now())
            raise GatewayOutcomeUnknown("500")
        try:
            answer = make()
        except GatewayRefused as refusal:
            answer = refusal
        self.keys[key] = (asked, GatewayOutcomeUnknown("500") if fault == "error_after" else answer, self.now())
        if fault == "killed_after":
            raise Killed
        if fault in {"lost_after", "error_after"}:
            raise GatewayOutcomeUnknown("the connection ended")
        return self._given(answer)

    def _said_before(self, key: str, known: tuple[Any, Any, datetime], asked: Any) -> Any:
        if known[0] != asked:
            self.misused.append(key)
            raise GatewayRefused("the same key with another question", code="idempotency_error")
        return self._given(known[1])

    def _given(self, answer: Any) -> Any:
        if isinstance(answer, Exception):
            raise answer
        return answer

    def _may_fail(self) -> None:
        if not self.answers_looks and self.faults and self.faults[0] == "busy":
            self.faults.pop(0)
            raise GatewayFailed("429 too many requests")

    def _payment(self, call: GatewayCall | None, amount: Decimal, currency: str, customer: str, decision: str) -> Made:
        states = {"done": _S.DONE, "processing": _S.PROCESSING}
        payment = self._make(OrderedMovement.CHARGE, "pi", call, states.get(decision, _S.FAILED), amount, currency)
        payment.customer, payment.payment = customer, payment.id
        if payment.state is _S.FAILED:
            payment.failure, payment.may_retry = decision, decision == "insufficient funds"
        if payment.state is _S.DONE:
            self._moved(payment, BalanceKind.PAYMENT, amount)
        self._tells(GatewayThing.PAYMENT, payment.id, f"payment.{payment.state.value}")
        return payment

    def _make(
        self,
        kind: OrderedMovement,
        letters: str,
        call: GatewayCall | None,
        state: MovementState,
        amount: Decimal,
        currency: str,
    ) -> Made:
        made = Made(kind, f"{letters}_{len(self.made) + 1}", call, state, amount, currency, at=self.now())
        self.made[made.id] = made
        return made

    def _moved(self, made: Made, kind: BalanceKind, gross: Decimal) -> None:
        if gross:
            fee = Money(Decimal("0.25") if gross > 0 else NOTHING, made.currency)
            number = f"txn_{len(self.balance) + 1}"
            self.balance.append(BalanceEntry(number, kind, Money(gross, made.currency), fee, made.id, "", self.now()))

    def _tells(self, thing: GatewayThing, thing_id: str, kind: str) -> None:
        self.events.append(GatewayEvent(f"evt_{len(self.events) + 1}", kind, thing, thing_id, "", self.now()))

    def _movement(self, made: Made) -> GatewayMovement:
        payment = self.made.get(made.payment, made) if made.kind is OrderedMovement.SESSION else made
        state = payment.state if made.kind is OrderedMovement.SESSION and made.payment else made.state
        is_paid = payment.kind is OrderedMovement.CHARGE and payment.state is _S.DONE
        saved = None
        if made.kind is OrderedMovement.SESSION and made.saves and made.payment:
            saved = SavedMethod(made.customer, f"pm_{made.customer}", PaymentRail.CARD, words="card ending in 4242")
        return GatewayMovement(
            movement=made.kind,
            id=made.id,
            call=made.call,
            state=state,
            amount=Money(made.amount, made.currency),
            received=Money(payment.amount, made.currency) if is_paid else None,
            refunded=Money(payment.refunded, made.currency) if is_paid else None,
            payment=made.payment,
            url=f"https://gateway.example/{made.id}" if state is _S.WAITS else "",
            saved=saved,
            failure=payment.failure,
            may_retry_later=payment.may_retry,
            chargebacks=tuple(payment.chargebacks),
            at=made.at,
        )
