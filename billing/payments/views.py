"""What is told of collecting by gateways, as JSON: orders, links, saved methods, refunds, and what moved balances."""

from datetime import datetime
from typing import TYPE_CHECKING, Annotated

from pydantic import BaseModel, ConfigDict, Field

from billing.payments.gateway import BalanceKind, OrderedMovement, PaymentRail
from billing.payments.methods.state import MethodRemoval
from billing.payments.orders.state import OrderHappening, OrderState
from quantities.money import Amount

if TYPE_CHECKING:
    from billing.payments.balance.store import KnownBalanceEntry, KnownGatewayPayout
    from billing.payments.links import KnownPayLink
    from billing.payments.methods.store import KnownMethod
    from billing.payments.orders.known.store import KnownOrder
    from billing.payments.refunds.store import KnownRefund


class GatewayOrderEventOut(BaseModel):
    """What happened to an order; `by` is null where the product itself did it."""

    attempt: int
    kind: OrderHappening
    at: datetime
    amount: Amount | None
    external: str
    payment: int | None
    detail: str
    by: str | None


class GatewayOrderOut(BaseModel):
    """What a gateway is asked for, and where it stands; `waits`: a person is asked, and `why` says what about."""

    model_config = ConfigDict(frozen=True)

    order: int
    reference: str
    movement: OrderedMovement
    document: str
    supplier: str
    customer: str
    account: str
    currency: str
    amount: Amount | None
    state: OrderState
    next_at: datetime | None
    attempts: int
    external: str
    payment: int | None
    waits: bool
    why: str
    asked_by: str | None
    asked_at: datetime
    events: list[GatewayOrderEventOut]

    @property
    def for_customer(self) -> "GatewayOrderOut":
        """Without what is the supplier's own: its account, of whom it is asked and why, and each attempt."""
        own = {"reference": "", "account": "", "next_at": None, "external": "", "waits": False, "why": ""}
        return self.model_copy(update={**own, "asked_by": None, "events": []})


class PayLinkOut(BaseModel):
    """A link under which a document is paid, or for a contract a card or an account is saved; one of them is empty."""

    model_config = ConfigDict(frozen=True)

    link: int
    document: str
    contract: str
    supplier: str
    customer: str
    expires_at: datetime
    made_by: str | None
    made_at: datetime
    revoked_by: str | None
    revoked_at: datetime | None

    @property
    def for_customer(self) -> "PayLinkOut":
        """Without the names of the supplier's people."""
        return self.model_copy(update={"made_by": None, "revoked_by": None})


class MadePayLinkOut(PayLinkOut):
    """A link with its address: this is the only time that it is answered."""

    url: str


class SavedMethodOut(BaseModel):
    """A card or an account that a customer saved at a gateway; nothing is charged by one that has ended."""

    model_config = ConfigDict(frozen=True)

    method: int
    customer: str
    supplier: str
    account: str
    rail: PaymentRail
    mandate: str
    words: str
    saved_at: datetime
    ended_at: datetime | None
    ended_why: str | None
    ended_by: str | None
    removal: Annotated[
        MethodRemoval | None, Field(description="Of an ended one, how far its removal at the gateway has got.")
    ]
    removal_detail: str

    @property
    def for_customer(self) -> "SavedMethodOut":
        """Without what is the supplier's own: its account, who has ended it and why, what the gateway says."""
        return self.model_copy(update={"account": "", "ended_why": None, "ended_by": None, "removal_detail": ""})


class RefundOut(BaseModel):
    """What a gateway is to give back of a payment; its `order` is made once another person has released it."""

    model_config = ConfigDict(frozen=True)

    refund: int
    payment: int
    customer: str
    supplier: str
    credit_note: str
    currency: str
    amount: Amount
    reason: str
    order: int | None
    prepared_by: str
    prepared_at: datetime
    released_by: str | None
    released_at: datetime | None
    withdrawn_by: str | None
    withdrawn_at: datetime | None


class BalanceEntryOut(BaseModel):
    """A change of our balance at a gateway: `net` is `gross` less `fee`; `payout` is empty until one has it."""

    model_config = ConfigDict(frozen=True)

    entry: int
    account: str
    external: str
    kind: BalanceKind
    kind_words: str
    currency: str
    gross: Amount
    fee: Amount
    net: Amount
    source: str
    payout: str
    at: datetime


class GatewayPayoutOut(BaseModel):
    """What a gateway paid out to our bank: `unexplained` is what of it no entry that was read makes up."""

    model_config = ConfigDict(frozen=True)

    payout: str
    account: str
    currency: str
    amount: Amount
    gross: Amount
    fees: Amount
    unexplained: Amount
    entries: int
    at: datetime


def order_out(known: "KnownOrder") -> GatewayOrderOut:
    """Show an order."""
    return GatewayOrderOut(
        order=known.id,
        reference=known.reference,
        movement=known.movement,
        document=known.document,
        supplier=known.supplier,
        customer=known.party,
        account=known.account,
        currency=known.currency,
        amount=known.amount,
        state=known.state,
        next_at=known.next_at,
        attempts=known.attempts,
        external=known.external,
        payment=known.payment,
        waits=known.waits,
        why=known.why,
        asked_by=known.asked_by,
        asked_at=known.asked_at,
        events=[
            GatewayOrderEventOut(
                attempt=event.attempt,
                kind=event.kind,
                at=event.at,
                amount=event.amount,
                external=event.external,
                payment=event.payment,
                detail=event.detail,
                by=event.by,
            )
            for event in known.events
        ],
    )


def pay_link_out(known: "KnownPayLink") -> PayLinkOut:
    """Show a link."""
    return PayLinkOut(
        link=known.id,
        document=known.document,
        contract=known.contract,
        supplier=known.supplier,
        customer=known.customer,
        expires_at=known.expires_at,
        made_by=known.made_by,
        made_at=known.made_at,
        revoked_by=known.revoked_by,
        revoked_at=known.revoked_at,
    )


def made_pay_link_out(known: "KnownPayLink", url: str) -> MadePayLinkOut:
    """Show a link with its address."""
    return MadePayLinkOut(**pay_link_out(known).model_dump(), url=url)


def method_out(known: "KnownMethod") -> SavedMethodOut:
    """Show a saved method."""
    return SavedMethodOut(
        method=known.id,
        customer=known.customer,
        supplier=known.supplier,
        account=known.account,
        rail=known.rail,
        mandate=known.mandate,
        words=known.words,
        saved_at=known.saved_at,
        ended_at=known.ended_at,
        ended_why=known.ended_why,
        ended_by=known.ended_by,
        removal=known.removal,
        removal_detail=known.removal_detail,
    )


def refund_out(known: "KnownRefund") -> RefundOut:
    """Show a refund."""
    return RefundOut(
        refund=known.id,
        payment=known.payment,
        customer=known.customer,
        supplier=known.supplier,
        credit_note=known.credit_note,
        currency=known.currency,
        amount=known.amount,
        reason=known.reason,
        order=known.order,
        prepared_by=known.prepared_by,
        prepared_at=known.prepared_at,
        released_by=known.released_by,
        released_at=known.released_at,
        withdrawn_by=known.withdrawn_by,
        withdrawn_at=known.withdrawn_at,
    )


def balance_entry_out(known: "KnownBalanceEntry") -> BalanceEntryOut:
    """Show a change of a balance."""
    return BalanceEntryOut(
        entry=known.id,
        account=known.account,
        external=known.external,
        kind=known.kind,
        kind_words=known.kind_words,
        currency=known.currency,
        gross=known.gross,
        fee=known.fee,
        net=known.net,
        source=known.source,
        payout=known.payout,
        at=known.at,
    )


def gateway_payout_out(known: "KnownGatewayPayout") -> GatewayPayoutOut:
    """Show a payout to our bank."""
    return GatewayPayoutOut(
        payout=known.payout,
        account=known.account,
        currency=known.currency,
        amount=known.amount,
        gross=known.gross,
        fees=known.fees,
        unexplained=known.unexplained,
        entries=known.entries,
        at=known.at,
    )
