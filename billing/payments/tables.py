"""Rows of what gateways are asked for, and of what they tell."""

from datetime import datetime
from decimal import Decimal

from sqlalchemy import CheckConstraint, Index, LargeBinary, Numeric, Text, UniqueConstraint, text
from sqlmodel import Field

from metering.tables import Tenanted, UtcInstant, acting, identity, reference

#: In these money may come of an order; of a document one charge or page at most is so.
_MAY_BRING_MONEY = "state in ('due', 'sending', 'waits', 'processing', 'unknown') and movement in ('charge', 'session')"
#: Of a contract's customer one page at most is so in which a method is saved.
_MAY_BRING_A_METHOD = (
    "state in ('due', 'sending', 'waits', 'processing', 'unknown') and movement = 'session' and invoice_id is null"
)


class GatewayOrderRow(Tenanted, table=True):
    """What a gateway is asked for: one row for all attempts, and whatever becomes of it.

    ``next_at`` is when it is looked at next: of one that is due, to ask for it; of one that is being asked for, because
    whoever asks has had its time; of one that waits or is under way, to see where it stands.
    """

    __tablename__ = "gateway_order"
    __table_args__ = (
        reference("issuer_id", "party"),
        reference("party_id", "party"),
        reference("invoice_id", "invoice"),
        reference("of_id", "gateway_order"),
        reference("method_id", "saved_method"),
        reference("payment_id", "payment"),
        UniqueConstraint("tenant", "reference"),
        CheckConstraint("movement in ('charge', 'session', 'refund', 'transfer', 'take_back')", name="movement_is_one"),
        CheckConstraint("rail in ('card', 'sepa_core')", name="rail_is_one"),
        CheckConstraint(
            "state in ('due', 'sending', 'waits', 'processing', 'done', 'refused', 'expired', 'unknown', "
            "'charged_back', 'withdrawn')",
            name="state_is_one",
        ),
        CheckConstraint("asked > 0", name="asked_above_zero"),
        CheckConstraint("amount > 0", name="amount_above_zero"),
        CheckConstraint("state not in ('due', 'sending', 'unknown') or next_at is not null", name="looked_at_again"),
        CheckConstraint("state in ('due', 'withdrawn') or attempts > 0", name="attempted"),
        # text: the conditions of partial indexes
        Index(
            "uq_gateway_order_open",
            "tenant",
            "invoice_id",
            unique=True,
            postgresql_where=text(_MAY_BRING_MONEY),
        ),
        Index(
            "uq_gateway_order_saving",
            "tenant",
            "issuer_id",
            "party_id",
            "currency",
            "rail",
            unique=True,
            postgresql_where=text(_MAY_BRING_A_METHOD),
        ),
        Index("ix_gateway_order_next_at", "tenant", "next_at", "id", postgresql_where=text("next_at is not null")),
        Index("ix_gateway_order_waits", "tenant", "id", postgresql_where=text("waits")),
        Index(None, "tenant", "invoice_id"),
        Index(None, "tenant", "of_id"),
    )

    id: int = identity()
    # text: the default of a column is SQL
    reference: str = Field(
        default=None, sa_type=Text, sa_column_kwargs={"server_default": text("(gen_random_uuid())::text")}
    )
    movement: str = Field(sa_type=Text)
    account: str = Field(default="", sa_type=Text, sa_column_kwargs={"server_default": ""})  # our name of it
    issuer_id: int
    party_id: int  # whose money it is: the customer, or the payee
    currency: str = Field(sa_type=Text)
    asked: Decimal | None = Field(default=None, sa_type=Numeric)  # none: what is open and undisputed at the claim
    amount: Decimal | None = Field(default=None, sa_type=Numeric)  # of the last attempt
    fee: Decimal | None = Field(default=None, sa_type=Numeric)  # what the gateway kept, as far as it is known
    invoice_id: int | None = None
    of_id: int | None = None  # what is given back, or taken back
    rail: str | None = Field(default=None, sa_type=Text)  # of a charge, or of a method that is saved
    method_id: int | None = None
    payment_id: int | None = None  # the payment of ours that counts
    revision: int = Field(default=0, sa_column_kwargs={"server_default": "0"})  # payments recorded of it
    state: str = Field(default="due", sa_type=Text, sa_column_kwargs={"server_default": "due"})
    next_at: datetime | None = Field(default=None, sa_type=UtcInstant)
    attempts: int = Field(default=0, sa_column_kwargs={"server_default": "0"})
    tries: int = Field(default=0, sa_column_kwargs={"server_default": "0"})  # attempts since a person last ordered it
    began_at: datetime | None = Field(default=None, sa_type=UtcInstant)  # the last attempt, or the last look for it
    key_began_at: datetime | None = Field(default=None, sa_type=UtcInstant)  # the first call with the attempt's key
    looks: int = Field(default=0, sa_column_kwargs={"server_default": "0"})  # at the gateway, begun
    looked: int = Field(default=0, sa_column_kwargs={"server_default": "0"})  # the newest one that was recorded
    external: str = Field(default="", sa_type=Text, sa_column_kwargs={"server_default": ""})  # the gateway's name of it
    payment_external: str = Field(default="", sa_type=Text, sa_column_kwargs={"server_default": ""})
    url: str = Field(default="", sa_type=Text, sa_column_kwargs={"server_default": ""})  # of the customer's page
    expires_at: datetime | None = Field(default=None, sa_type=UtcInstant)  # of the customer's page
    held: str = Field(default="", sa_type=Text, sa_column_kwargs={"server_default": ""})  # why it is not begun
    # text: the default of a column is SQL
    waits: bool = Field(default=False, sa_column_kwargs={"server_default": text("false")})  # for a person
    asked_by: str | None = Field(default=None, sa_type=Text)  # none: the contract says so
    asked_identity: int | None = acting()
    asked_at: datetime = Field(sa_type=UtcInstant)


class GatewayOrderEventRow(Tenanted, table=True):
    """What happened to an order. Never changed; that an attempt begins is written once, and before it does."""

    __tablename__ = "gateway_order_event"
    __table_args__ = (
        reference("order_id", "gateway_order"),
        reference("payment_id", "payment"),
        Index(None, "tenant", "order_id"),
        # text: the condition of a partial index
        Index(
            "uq_gateway_order_event_claimed",
            "tenant",
            "order_id",
            "attempt",
            unique=True,
            postgresql_where=text("kind = 'claimed'"),
        ),
    )

    id: int = identity()
    order_id: int
    attempt: int
    kind: str = Field(sa_type=Text)
    at: datetime = Field(sa_type=UtcInstant)
    key: str = Field(default="", sa_type=Text)  # of the call, where an attempt begins
    amount: Decimal | None = Field(default=None, sa_type=Numeric)
    external: str = Field(default="", sa_type=Text)  # the gateway's name of what it is of
    payment_id: int | None = None  # the payment of ours that was recorded with it
    detail: str = Field(default="", sa_type=Text)
    recorded_by: str | None = Field(default=None, sa_type=Text)  # none: the product itself
    recorded_identity: int | None = acting()


class GatewayCustomerRow(Tenanted, table=True):
    """A customer as a gateway account knows it; ``external`` is empty until the gateway has said its name."""

    __tablename__ = "gateway_customer"
    __table_args__ = (
        reference("party_id", "party"),
        UniqueConstraint("tenant", "account", "party_id"),
        UniqueConstraint("tenant", "reference"),
    )

    id: int = identity()
    # text: the default of a column is SQL
    reference: str = Field(
        default=None, sa_type=Text, sa_column_kwargs={"server_default": text("(gen_random_uuid())::text")}
    )
    account: str = Field(sa_type=Text)
    party_id: int
    attempts: int = Field(default=0, sa_column_kwargs={"server_default": "0"})
    key_began_at: datetime | None = Field(default=None, sa_type=UtcInstant)
    external: str = Field(default="", sa_type=Text, sa_column_kwargs={"server_default": ""})


class SavedMethodRow(Tenanted, table=True):
    """A card or a mandate that a customer saved at a gateway, for one supplier; ended ones stay."""

    __tablename__ = "saved_method"
    __table_args__ = (
        reference("issuer_id", "party"),
        reference("party_id", "party"),
        UniqueConstraint("tenant", "account", "external"),
        CheckConstraint("rail in ('card', 'sepa_core')", name="rail_is_one"),
        CheckConstraint("(ended_at is null) = (ended_why is null)", name="ended_whole"),
        CheckConstraint("removal in ('due', 'asking', 'unknown', 'done', 'refused')", name="removal_is_one"),
        CheckConstraint(
            "coalesce(removal in ('due', 'asking', 'unknown'), false) = (removal_next_at is not null)",
            name="removal_looked_at_again",
        ),
        CheckConstraint("removal is null or ended_at is not null", name="removed_once_ended"),
        # text: the condition of a partial index
        Index(
            "ix_saved_method_removal_next_at",
            "tenant",
            "removal_next_at",
            "id",
            postgresql_where=text("removal_next_at is not null"),
        ),
        Index(None, "tenant", "party_id"),
    )

    id: int = identity()
    account: str = Field(sa_type=Text)
    issuer_id: int
    party_id: int
    customer: str = Field(sa_type=Text)  # the gateway's name of the customer
    external: str = Field(sa_type=Text)  # the gateway's name of the method
    rail: str = Field(sa_type=Text)
    mandate: str = Field(default="", sa_type=Text)
    words: str = Field(default="", sa_type=Text)
    saved_at: datetime = Field(sa_type=UtcInstant)
    ended_at: datetime | None = Field(default=None, sa_type=UtcInstant)
    ended_why: str | None = Field(default=None, sa_type=Text)
    ended_by: str | None = Field(default=None, sa_type=Text)  # none: the gateway says so
    ended_identity: int | None = None
    removal: str | None = Field(default=None, sa_type=Text)  # at the gateway; none: it is not asked for
    removal_next_at: datetime | None = Field(default=None, sa_type=UtcInstant)
    removal_attempts: int = Field(default=0, sa_column_kwargs={"server_default": "0"})
    removal_detail: str = Field(default="", sa_type=Text, sa_column_kwargs={"server_default": ""})


class GatewayEventRow(Tenanted, table=True):
    """What a gateway told, once; the thing is fetched before anything of it is believed."""

    __tablename__ = "gateway_event"
    __table_args__ = (
        UniqueConstraint("tenant", "account", "external"),
        CheckConstraint("state in ('due', 'done', 'ignored', 'dead')", name="state_is_one"),
        CheckConstraint("(state = 'due') = (next_at is not null)", name="looked_at_while_due"),
        # text: the condition of a partial index
        Index("ix_gateway_event_next_at", "tenant", "next_at", "id", postgresql_where=text("next_at is not null")),
        Index(None, "tenant", "account", "happened_at"),
    )

    id: int = identity()
    account: str = Field(sa_type=Text)
    external: str = Field(sa_type=Text)  # the gateway's name of the event
    kind: str = Field(sa_type=Text)  # the gateway's own word
    thing: str | None = Field(default=None, sa_type=Text)  # none: nothing of ours
    thing_id: str = Field(sa_type=Text)
    connected: str = Field(default="", sa_type=Text)  # the connected account that it is of
    happened_at: datetime = Field(sa_type=UtcInstant)  # by the gateway's clock
    received_at: datetime = Field(sa_type=UtcInstant)
    state: str = Field(sa_type=Text)
    next_at: datetime | None = Field(default=None, sa_type=UtcInstant)
    tries: int = Field(default=0, sa_column_kwargs={"server_default": "0"})
    detail: str = Field(default="", sa_type=Text, sa_column_kwargs={"server_default": ""})


class GatewayBalanceEntryRow(Tenanted, table=True):
    """One change of our balance at a gateway, with its fee; ``payout`` is written once it is known."""

    __tablename__ = "gateway_balance_entry"
    __table_args__ = (
        UniqueConstraint("tenant", "account", "external"),
        Index(None, "tenant", "account", "at"),
        Index(None, "tenant", "account", "payout"),
    )

    id: int = identity()
    account: str = Field(sa_type=Text)
    external: str = Field(sa_type=Text)
    kind: str = Field(sa_type=Text)
    kind_words: str = Field(default="", sa_type=Text)
    currency: str = Field(sa_type=Text)
    gross: Decimal = Field(sa_type=Numeric)
    fee: Decimal = Field(sa_type=Numeric)
    source: str = Field(sa_type=Text)
    payout: str = Field(default="", sa_type=Text, sa_column_kwargs={"server_default": ""})
    at: datetime = Field(sa_type=UtcInstant)


class GatewayPollRow(Tenanted, table=True):
    """How far a gateway account was read, and when it is read next."""

    __tablename__ = "gateway_poll"
    __table_args__ = (UniqueConstraint("tenant", "account"),)

    id: int = identity()
    account: str = Field(sa_type=Text)
    events_from: datetime = Field(sa_type=UtcInstant)
    balance_from: datetime = Field(sa_type=UtcInstant)
    next_at: datetime = Field(sa_type=UtcInstant)


class PayLinkRow(Tenanted, table=True):
    """A link to the page of ours under which a document is paid, or a method saved for a contract.

    Of its token only the hash is kept.
    """

    __tablename__ = "pay_link"
    __table_args__ = (
        reference("invoice_id", "invoice"),
        reference("contract_id", "contract"),
        reference("customer_id", "party"),
        CheckConstraint("(invoice_id is null) <> (contract_id is null)", name="of_one"),
        Index(None, "tenant", "contract_id"),
        CheckConstraint("(revoked_by is null) = (revoked_at is null)", name="revoked_whole"),
        UniqueConstraint("tenant", "token_sha256"),
        Index("ix_pay_link_token_sha256", "token_sha256"),
        Index(None, "tenant", "invoice_id"),
    )

    id: int = identity()
    invoice_id: int | None = None
    contract_id: int | None = None  # for which a method is saved
    customer_id: int
    token_sha256: bytes = Field(sa_type=LargeBinary)
    expires_at: datetime = Field(sa_type=UtcInstant)
    made_by: str | None = Field(default=None, sa_type=Text)  # none: the product itself
    made_identity: int | None = acting()
    made_at: datetime = Field(sa_type=UtcInstant)
    revoked_by: str | None = Field(default=None, sa_type=Text)
    revoked_identity: int | None = None
    revoked_at: datetime | None = Field(default=None, sa_type=UtcInstant)


class RefundRow(Tenanted, table=True):
    """Money that a gateway is to give back: prepared by one person, released by another; then its order is made."""

    __tablename__ = "refund"
    __table_args__ = (
        reference("of_id", "gateway_order"),
        reference("customer_id", "party"),
        reference("payment_id", "payment"),
        reference("invoice_id", "invoice"),
        reference("order_id", "gateway_order"),
        CheckConstraint("amount > 0", name="amount_above_zero"),
        CheckConstraint("(released_by is null) = (released_at is null)", name="released_whole"),
        CheckConstraint("(withdrawn_by is null) = (withdrawn_at is null)", name="withdrawn_whole"),
        CheckConstraint("released_by is null or withdrawn_by is null", name="released_or_withdrawn"),
        CheckConstraint("order_id is null or released_by is not null", name="released_first"),
        Index(None, "tenant", "of_id"),
    )

    id: int = identity()
    of_id: int  # the charge or the page that was paid
    customer_id: int
    payment_id: int  # of ours, that is given back as it was recorded
    invoice_id: int | None = None  # the credit note; none: it is of what is on account
    order_id: int | None = None  # none until it is released
    currency: str = Field(sa_type=Text)
    amount: Decimal = Field(sa_type=Numeric)
    reason: str = Field(sa_type=Text)
    prepared_by: str = Field(sa_type=Text)
    prepared_identity: int | None = acting()
    prepared_at: datetime = Field(sa_type=UtcInstant)
    released_by: str | None = Field(default=None, sa_type=Text)
    released_identity: int | None = None  # filled by the database
    released_at: datetime | None = Field(default=None, sa_type=UtcInstant)
    withdrawn_by: str | None = Field(default=None, sa_type=Text)
    withdrawn_identity: int | None = None  # filled by the database
    withdrawn_at: datetime | None = Field(default=None, sa_type=UtcInstant)
