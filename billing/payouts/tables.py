"""Rows of what payees are paid: their accounts, payouts with their lines and events, and their accounts at gateways."""

from datetime import date, datetime
from decimal import Decimal

from sqlalchemy import ARRAY, CheckConstraint, Index, Numeric, Text, UniqueConstraint, text
from sqlmodel import Field

from metering.tables import Tenanted, UtcInstant, acting, identity, reference


class PayoutAccountRow(Tenanted, table=True):
    """What a supplier owes a payee in one currency: locked by whoever makes a payout, and looked at on payout days."""

    __tablename__ = "payout_account"
    __table_args__ = (
        reference("issuer_id", "party"),
        reference("payee_id", "party"),
        UniqueConstraint("tenant", "issuer_id", "payee_id", "currency"),
        # text: the condition of a partial index
        Index("ix_payout_account_next_at", "tenant", "next_at", "id", postgresql_where=text("next_at is not null")),
    )

    id: int = identity()
    issuer_id: int  # the supplier
    payee_id: int
    currency: str = Field(sa_type=Text)
    next_at: datetime | None = Field(default=None, sa_type=UtcInstant)
    looked_on: date | None = None  # the last day in the supplier's books on which its payouts were made
    # why none is made by itself; empty: they are
    held: str = Field(default="", sa_type=Text, sa_column_kwargs={"server_default": ""})


class PayoutRow(Tenanted, table=True):
    """Money for a payee, or money that is taken back of it; its lines say of which documents it is."""

    __tablename__ = "payout"
    __table_args__ = (
        reference("account_id", "payout_account"),
        reference("issuer_id", "party"),
        reference("payee_id", "party"),
        reference("of_id", "payout"),
        reference("order_id", "gateway_order"),
        UniqueConstraint("tenant", "order_id"),
        CheckConstraint("kind in ('payout', 'take_back')", name="kind_is_one"),
        CheckConstraint("by in ('gateway', 'bank')", name="by_is_one"),
        CheckConstraint("(kind = 'take_back') = (of_id is not null)", name="taken_back_of_one"),
        CheckConstraint("state in ('held', 'due', 'ordered', 'paid', 'failed', 'withdrawn')", name="state_is_one"),
        CheckConstraint("amount > 0", name="above_zero"),
        CheckConstraint("(released_by is null) = (released_at is null)", name="released_whole"),
        Index(None, "tenant", "account_id"),
        Index(None, "tenant", "of_id"),
        # text: the condition of a partial index
        Index("ix_payout_held", "tenant", "id", postgresql_where=text("state = 'held'")),
    )

    id: int = identity()
    # text: the default of a column is SQL
    reference: str = Field(
        default=None, sa_type=Text, sa_column_kwargs={"server_default": text("(gen_random_uuid())::text")}
    )
    account_id: int
    issuer_id: int
    payee_id: int
    kind: str = Field(sa_type=Text)
    by: str = Field(sa_type=Text)
    currency: str = Field(sa_type=Text)
    amount: Decimal = Field(sa_type=Numeric)
    made_on: date  # the day in the supplier's books by which it was worked out
    of_id: int | None = None  # the payout that is taken back
    order_id: int | None = None
    state: str = Field(sa_type=Text)
    held: str = Field(default="", sa_type=Text, sa_column_kwargs={"server_default": ""})
    external: str = Field(default="", sa_type=Text, sa_column_kwargs={"server_default": ""})  # of the gateway or a file
    paid_on: date | None = None
    prepared_by: str | None = Field(default=None, sa_type=Text)  # none: the product itself, by the contract
    prepared_identity: int | None = acting()
    prepared_at: datetime = Field(sa_type=UtcInstant)
    released_by: str | None = Field(default=None, sa_type=Text)
    released_identity: int | None = None  # filled by the database
    released_at: datetime | None = Field(default=None, sa_type=UtcInstant)


class PayoutLineRow(Tenanted, table=True):
    """What a payout has of a document; below zero it was taken off. Never changed."""

    __tablename__ = "payout_line"
    __table_args__ = (
        reference("payout_id", "payout"),
        reference("payee_id", "party"),
        reference("payee_document_id", "payee_document"),
        reference("invoice_id", "invoice"),
        UniqueConstraint(
            "tenant", "payout_id", "kind", "payee_document_id", "invoice_id", postgresql_nulls_not_distinct=True
        ),
        CheckConstraint("kind in ('document', 'sale', 'fee')", name="kind_is_one"),
        CheckConstraint("(kind = 'document') = (payee_document_id is not null)", name="of_its_document"),
        CheckConstraint("amount <> 0", name="of_something"),
        Index(None, "tenant", "payee_document_id"),
        Index(None, "tenant", "invoice_id"),
    )

    id: int = identity()
    payout_id: int
    payee_id: int
    kind: str = Field(sa_type=Text)
    payee_document_id: int | None = None
    invoice_id: int  # the customer's document that it comes of
    number: str = Field(sa_type=Text)  # of the document that says it
    amount: Decimal = Field(sa_type=Numeric)


class PayoutEventRow(Tenanted, table=True):
    """What happened to a payout. Never changed."""

    __tablename__ = "payout_event"
    __table_args__ = (reference("payout_id", "payout"), Index(None, "tenant", "payout_id"))

    id: int = identity()
    payout_id: int
    kind: str = Field(sa_type=Text)
    at: datetime = Field(sa_type=UtcInstant)
    detail: str = Field(default="", sa_type=Text)
    recorded_by: str | None = Field(default=None, sa_type=Text)  # none: the product itself
    recorded_identity: int | None = acting()


class ConnectedAccountRow(Tenanted, table=True):
    """The account of a payee at a gateway, as it was when it was last read."""

    __tablename__ = "connected_account"
    __table_args__ = (
        reference("issuer_id", "party"),
        reference("payee_id", "party"),
        UniqueConstraint("tenant", "issuer_id", "payee_id"),
        UniqueConstraint("tenant", "reference"),
        # text: the condition of a partial index
        Index("ix_connected_account_next_at", "tenant", "next_at", "id", postgresql_where=text("next_at is not null")),
    )

    id: int = identity()
    # text: the default of a column is SQL
    reference: str = Field(
        default=None, sa_type=Text, sa_column_kwargs={"server_default": text("(gen_random_uuid())::text")}
    )
    # our name of the gateway account; empty until it is asked for
    account: str = Field(default="", sa_type=Text, sa_column_kwargs={"server_default": ""})
    issuer_id: int  # the supplier
    payee_id: int
    country: str = Field(sa_type=Text)
    attempts: int = Field(default=0, sa_column_kwargs={"server_default": "0"})
    began_at: datetime | None = Field(default=None, sa_type=UtcInstant)  # the first attempt to make it
    key_began_at: datetime | None = Field(default=None, sa_type=UtcInstant)
    external: str = Field(default="", sa_type=Text, sa_column_kwargs={"server_default": ""})
    # text: the default of a column is SQL
    may_receive: bool = Field(default=False, sa_column_kwargs={"server_default": text("false")})
    # text: the default of a column is SQL
    is_paid_out: bool = Field(default=False, sa_column_kwargs={"server_default": text("false")})
    missing: list[str] = Field(default_factory=list, sa_type=ARRAY(Text), sa_column_kwargs={"server_default": "{}"})
    asked_until: datetime | None = Field(default=None, sa_type=UtcInstant)
    held: str = Field(default="", sa_type=Text, sa_column_kwargs={"server_default": ""})
    link_asked_at: datetime | None = Field(default=None, sa_type=UtcInstant)
    # where the payee tells the gateway what it asks for; used once, and for minutes
    link: str = Field(default="", sa_type=Text, sa_column_kwargs={"server_default": ""})
    link_until: datetime | None = Field(default=None, sa_type=UtcInstant)
    looked_at: datetime | None = Field(default=None, sa_type=UtcInstant)
    next_at: datetime | None = Field(default=None, sa_type=UtcInstant)
