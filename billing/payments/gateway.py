"""The port to whoever moves money for us: collect, refund, pay out, and read what it tells.

Rate here, collect there: a gateway gets one amount for an issued document, with our reference, and says what became of
it. It meters nothing, prices nothing and makes no document of its own.

Whoever calls has committed an order before (``billing/payments/orders``). Each call names the order and the attempt:
the key of the call, so that a gateway that is asked twice does it once, as long as it remembers. What nobody knows the
outcome of is looked up by our reference before anything is asked anew.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Protocol

from quantities.money import Money


class GatewayFailed(Exception):
    """Nothing was done by this call, and it may be asked again: it was busy, or could not be reached at all.

    Of an earlier call with the same key nobody knows more than before: what was unknown stays so.
    """


class GatewayRefused(Exception):
    """No money moved, and asking the same again would not help.

    Attributes:
        code: the gateway's own, as ``insufficient_funds``.
        may_retry_later: whether another attempt on another day may do, as after "insufficient funds".
        made: the gateway's name of what it made all the same, as of a charge that was declined; empty where nothing.
    """

    def __init__(self, detail: str, *, code: str = "", may_retry_later: bool = False, made: str = "") -> None:
        super().__init__(detail)
        self.code = code
        self.may_retry_later = may_retry_later
        self.made = made


class GatewayOutcomeUnknown(Exception):
    """Nobody knows whether it was done: no answer came, or one that says nothing of it."""


class GatewayEventRefused(Exception):
    """What came is no event of this gateway: a wrong signature, one of another time, or no event at all."""


class PaymentRail(StrEnum):
    """By what a gateway takes money.

    ``card``: final but for a chargeback. ``sepa_core``: takes days, and may be given back for eight weeks without a
    reason (13 months where there was no mandate).
    """

    CARD = "card"
    SEPA_CORE = "sepa_core"


class OrderedMovement(StrEnum):
    """What a gateway is asked for.

    ``charge``: of a saved method. ``session``: a page for a customer to pay in. ``refund``: of what was paid.
    ``transfer``: to the connected account of a payee. ``take_back``: of such a transfer.
    """

    CHARGE = "charge"
    SESSION = "session"
    REFUND = "refund"
    TRANSFER = "transfer"
    TAKE_BACK = "take_back"


class MovementState(StrEnum):
    """How far money has got.

    ``waits``: the customer has to do something, as in an open session. ``processing``: it is on its way, and not paid.
    ``done``: it is paid, refunded, transferred. ``failed``: it is not, and this attempt will never be. ``expired``: the
    customer did nothing in time.
    """

    WAITS = "waits"
    PROCESSING = "processing"
    DONE = "done"
    FAILED = "failed"
    EXPIRED = "expired"


@dataclass(frozen=True, slots=True)
class GatewayCall:
    """Which order is asked for, by which attempt.

    Attributes:
        order: our reference, which the gateway keeps with what it makes, for us to find it by.
        attempt: from 1 on; a new one only once it is known that nothing came of the one before.
        document: the number of our document, for whoever reads the gateway's own pages.
    """

    order: str
    attempt: int
    document: str = ""

    @property
    def key(self) -> str:
        """By which the gateway knows a call that it gets twice."""
        return f"{self.order}.{self.attempt}"


@dataclass(frozen=True, slots=True)
class SavedMethod:
    """A card or a mandate as a gateway keeps it.

    Attributes:
        customer: the gateway's name of the customer.
        method: the gateway's name of the card or the account.
        rail: of it.
        mandate: the reference of the mandate; empty of a card.
        words: for people, as ``card ending in 4242``.
        is_active: whether it may still be charged; a mandate may be withdrawn, a card be removed.
    """

    customer: str
    method: str
    rail: PaymentRail
    mandate: str = ""
    words: str = ""
    is_active: bool = True


@dataclass(frozen=True, slots=True)
class ChargeAsked:
    """Money to be taken by a saved method, with nobody there."""

    call: GatewayCall
    amount: Money
    saved: SavedMethod


@dataclass(frozen=True, slots=True)
class SessionAsked:
    """A page of the gateway in which a customer pays one document, or saves a method.

    Attributes:
        call: which order.
        amount: None where a method is saved and nothing is paid.
        customer: the gateway's name of the customer; empty where it has none yet, which is slower to look up, and
            saves no method.
        customer_name: for the gateway's records.
        rails: by which may be paid.
        success_url: where the customer is sent afterwards.
        cancel_url: where it is sent where it goes back.
        ends_at: when the page closes at the latest; ``GatewayLimits`` says what may be asked.
        saves_method: whether what is paid by is kept for later charges.
    """

    call: GatewayCall
    amount: Money | None
    customer: str
    customer_name: str
    rails: tuple[PaymentRail, ...]
    success_url: str
    cancel_url: str
    ends_at: datetime
    saves_method: bool = False


@dataclass(frozen=True, slots=True)
class RefundAsked:
    """Money to be given back of what was taken; ``payment`` is the gateway's name of that."""

    call: GatewayCall
    amount: Money
    payment: str


@dataclass(frozen=True, slots=True)
class TransferAsked:
    """Money for a payee, to its connected account; ``group`` holds together what one document paid for."""

    call: GatewayCall
    amount: Money
    account: str
    group: str


@dataclass(frozen=True, slots=True)
class TakeBackAsked:
    """Money to be taken back of a transfer, which is the gateway's name of it."""

    call: GatewayCall
    amount: Money
    transfer: str


@dataclass(frozen=True, slots=True)
class Chargeback:
    """A customer's bank takes money back.

    Attributes:
        id: the gateway's.
        amount: taken.
        reason: the gateway's code.
        answer_by: until when it may be contested; None where it may not.
        is_lost: whether it is decided against us. True also where the gateway cannot contest it.
        is_won: whether the money came back.
    """

    id: str
    amount: Money
    reason: str
    answer_by: datetime | None = None
    is_lost: bool = False
    is_won: bool = False


@dataclass(frozen=True, slots=True)
class GatewayMovement:
    """What a gateway knows of one attempt, as it stands now.

    Attributes:
        movement: of which kind.
        id: the gateway's name of it: of a session its own, of what was paid in it ``payment``.
        call: our reference and the attempt; None where it is none of ours.
        state: how far it has got.
        amount: asked for; None of a session that saves a method alone.
        received: what has come in by now, before fees.
        refunded: what of that was given back.
        fee: what the gateway keeps, as far as it is known.
        payment: the gateway's name of the payment, where there is one.
        url: of a page for the customer, while it waits.
        saved: the method that was saved or used, where it is known.
        failure_code: of one that failed, the gateway's own.
        failure: the same in words.
        may_retry_later: whether another attempt on another day may do.
        chargebacks: all of it, the oldest first.
        inquiries: what a customer's bank asks about, without taking anything yet; also those that ended so.
        at: when it became so, by the gateway's clock.
    """

    movement: OrderedMovement
    id: str
    call: GatewayCall | None
    state: MovementState
    amount: Money | None
    received: Money | None = None
    refunded: Money | None = None
    fee: Money | None = None
    payment: str = ""
    url: str = ""
    saved: SavedMethod | None = None
    failure_code: str = ""
    failure: str = ""
    may_retry_later: bool = False
    chargebacks: tuple[Chargeback, ...] = ()
    inquiries: tuple[Chargeback, ...] = ()
    at: datetime | None = None


class GatewayThing(StrEnum):
    """Of what an event tells; each is fetched as it stands now before anything is believed."""

    PAYMENT = "payment"
    SESSION = "session"
    REFUND = "refund"
    CHARGEBACK = "chargeback"
    TRANSFER = "transfer"
    ACCOUNT = "account"
    MANDATE = "mandate"
    PAYOUT = "payout"


@dataclass(frozen=True, slots=True)
class GatewayEvent:
    """What a gateway tells: that something of a thing is new, never what.

    Attributes:
        id: the gateway's; the same event comes more than once.
        kind: the gateway's own word.
        thing: of what it tells; None where nothing of ours is of that kind.
        thing_id: the gateway's name of that.
        account: the connected account that it is of; empty of our own.
        at: when it happened, by the gateway's clock.
    """

    id: str
    kind: str
    thing: GatewayThing | None
    thing_id: str
    account: str
    at: datetime


@dataclass(frozen=True, slots=True)
class ConnectedAccount:
    """The account of a payee at the gateway.

    Attributes:
        id: the gateway's.
        may_receive: whether transfers may be made to it now.
        is_paid_out: whether the gateway hands on to its bank what it receives.
        missing: what the gateway still asks for, in its own words.
        asked_by: until when it wants that.
        held_because: why it may not receive or is not paid out, as the gateway says; empty where it says nothing.
    """

    id: str
    may_receive: bool
    is_paid_out: bool
    missing: tuple[str, ...] = ()
    asked_by: datetime | None = None
    held_because: str = ""


class BalanceKind(StrEnum):
    """What changed our balance at a gateway."""

    PAYMENT = "payment"
    REFUND = "refund"
    CHARGEBACK = "chargeback"
    CHARGEBACK_WON = "chargeback_won"
    TRANSFER = "transfer"
    TAKE_BACK = "take_back"
    FEE = "fee"
    PAYOUT = "payout"
    PAYOUT_FAILED = "payout_failed"
    OTHER = "other"


@dataclass(frozen=True, slots=True)
class BalanceEntry:
    """One change of our balance at a gateway, in the currency of the balance.

    Attributes:
        id: the gateway's.
        kind: of what.
        gross: above zero where it comes in.
        fee: what is kept of it, above zero.
        source: the gateway's name of what it is of.
        payout: the gateway's name of the payout to our bank that has it; empty while none has.
        at: when.
        kind_words: the gateway's own word.
    """

    id: str
    kind: BalanceKind
    gross: Money
    fee: Money
    source: str
    payout: str
    at: datetime
    kind_words: str = ""


class Gateway(Protocol):
    """Whoever moves money. Each call takes a bounded time, and is never repeated by itself.

    A call that is repeated by its key may be answered as it was at first, also where the movement got further since:
    ``fetch`` says how it stands now.
    """

    @property
    def name(self) -> str:
        """Of the gateway, as ``stripe``."""

    @property
    def signature_header(self) -> str:
        """The header by which it signs what it sends."""

    def save_customer(self, call: GatewayCall, name: str, details: Mapping[str, str]) -> str:
        """Make a customer at the gateway, and say its name there.

        Raises:
            GatewayFailed, GatewayRefused, GatewayOutcomeUnknown: as each call below.
        """

    def charge(self, asked: ChargeAsked) -> GatewayMovement:
        """Take money by a saved method.

        Raises:
            GatewayRefused: as the card that is declined; what the gateway made of it can be found.
        """

    def open_session(self, asked: SessionAsked) -> GatewayMovement:
        """Open a page for a customer."""

    def close_session(self, session: str) -> GatewayMovement:
        """Close a page, so that nobody pays in it any more; of one in which was paid, say so."""

    def remove_method(self, call: GatewayCall, method: str) -> None:
        """Forget a card or an account, so that nobody can charge it any more; one that is gone is gone.

        What was taken by it stays, and so does a debit that is on its way.

        Args:
            call: of which nothing is kept with the method: whether it is gone is read from the method itself.
            method: the gateway's name of it.
        """

    def refund(self, asked: RefundAsked) -> GatewayMovement:
        """Give money back."""

    def transfer(self, asked: TransferAsked) -> GatewayMovement:
        """Give a payee its share."""

    def take_back(self, asked: TakeBackAsked) -> GatewayMovement:
        """Take back of what a payee was given."""

    def find(self, movement: OrderedMovement, order: str, customer: str) -> tuple[GatewayMovement, ...]:
        """List what was made for an order, of whatever attempt, the oldest first.

        By listing all that is the customer's, and never by the gateway's search, which lags behind. What failed is
        listed too.

        Args:
            movement: of which kind.
            order: our reference.
            customer: the gateway's name of the customer; of a refund also of the payment; of a transfer of the
                connected account; of what is taken back of the transfer or of the connected account. Empty: all that
                is of our account.
        """

    def fetch(self, thing: GatewayThing, thing_id: str, account: str = "") -> GatewayMovement | None:
        """Read a movement as it stands now. None: there is no such thing, or the thing is no movement.

        Of a chargeback it is the payment that it is of; of a payment that was made in a session, the session.
        """

    def read_event(self, body: bytes, signature: str, now: datetime) -> GatewayEvent:
        """Read what was sent to us.

        Args:
            body: as it came, to the byte.
            signature: the header.
            now: the instant.

        Raises:
            GatewayEventRefused: it is not by this gateway, or not of now.
        """

    def events_since(self, since: datetime) -> Iterator[GatewayEvent]:
        """List what has happened since, the oldest first: for whoever missed what was sent.

        Of our own account alone; a gateway may remember no more than ``GatewayLimits.remembers_events_d``.
        """

    def connect(self, call: GatewayCall, name: str, country: str) -> ConnectedAccount:
        """Make an account for a payee."""

    def onboarding_url(self, account: str, back_url: str) -> str:
        """Say where a payee tells the gateway what it asks for; the address expires soon."""

    def account(self, account: str) -> ConnectedAccount:
        """Read a payee's account."""

    def balance_since(self, since: datetime) -> Iterator[BalanceEntry]:
        """List what has changed our balance, the oldest first, with fees and payouts.

        What a payout since then consists of is listed again with its payout, however old: an entry has none before.
        """


@dataclass(frozen=True, slots=True)
class GatewayLimits:
    """What holds of a gateway.

    Attributes:
        remembers_keys_h: for how long a call may be repeated by its key; after that it is looked up first.
        session_h: how long a page is open at most.
        session_least_min: how long it is open at least.
        remembers_events_d: for how long it lists what happened.
    """

    remembers_keys_h: int = 20
    session_h: int = 23
    session_least_min: int = 31
    remembers_events_d: int = 29
    rails: frozenset[PaymentRail] = field(default_factory=lambda: frozenset(PaymentRail))
