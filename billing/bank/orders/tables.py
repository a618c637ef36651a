"""Rows of orders to banks, what happened to them, and the files that they are in."""

from datetime import date, datetime
from decimal import Decimal

from sqlalchemy import CheckConstraint, Index, LargeBinary, Numeric, Text, UniqueConstraint, text
from sqlmodel import Field

from metering.tables import Tenanted, UtcInstant, acting, identity, reference


class BankOrderFileRow(Tenanted, table=True):
    """A file for a bank, byte by byte: prepared once, and then taken or cancelled by a person."""

    __tablename__ = "bank_order_file"
    __table_args__ = (
        reference("issuer_id", "party"),
        UniqueConstraint("tenant", "message_id"),
        # text: the condition of a partial index
        Index("ix_bank_order_file_prepared", "tenant", "id", postgresql_where=text("state = 'prepared'")),
        CheckConstraint("kind in ('debits', 'payments')", name="kind_is_one"),
        CheckConstraint("state in ('prepared', 'taken', 'cancelled')", name="state_is_one"),
        CheckConstraint("num_nulls(taken_by, taken_at) in (0, 2)", name="taken_whole"),
        CheckConstraint("num_nulls(cancelled_by, cancelled_at, cancelled_why) in (0, 3)", name="cancelled_whole"),
        CheckConstraint("orders > 0", name="of_something"),
    )

    id: int = identity()
    message_id: str = Field(sa_type=Text)
    kind: str = Field(sa_type=Text)
    form: str = Field(sa_type=Text)  # pain.008.001.08, pain.001.001.09, or the name of a table
    issuer_id: int
    account: str = Field(sa_type=Text)  # ours
    currency: str = Field(sa_type=Text)
    orders: int
    amount: Decimal = Field(sa_type=Numeric)  # of all of them
    content: bytes = Field(sa_type=LargeBinary)
    sha256: str = Field(sa_type=Text)
    checked: str = Field(sa_type=Text)  # by which schema; none of a table
    state: str = Field(default="prepared", sa_type=Text, sa_column_kwargs={"server_default": "prepared"})
    prepared_by: str = Field(sa_type=Text)
    prepared_identity: int | None = acting()
    prepared_at: datetime = Field(sa_type=UtcInstant)
    taken_by: str | None = Field(default=None, sa_type=Text)
    taken_identity: int | None = None  # filled by the database
    taken_at: datetime | None = Field(default=None, sa_type=UtcInstant)
    cancelled_by: str | None = Field(default=None, sa_type=Text)
    cancelled_identity: int | None = None  # filled by the database
    cancelled_at: datetime | None = Field(default=None, sa_type=UtcInstant)
    cancelled_why: str | None = Field(default=None, sa_type=Text)


class BankOrderRow(Tenanted, table=True):
    """What a bank is asked for: a debit of a customer, or a payment. What happened to it stands in its events."""

    __tablename__ = "bank_order"
    __table_args__ = (
        reference("issuer_id", "party"),
        reference("party_id", "party"),
        reference("invoice_id", "invoice"),
        reference("file_id", "bank_order_file"),
        reference("version_id", "mandate_version"),
        reference("payment_id", "payment"),
        reference("entry_id", "bank_entry"),
        UniqueConstraint("tenant", "reference"),
        UniqueConstraint("tenant", "key"),
        # text: the conditions of partial indexes
        Index(
            "uq_bank_order_open",
            "tenant",
            "invoice_id",
            unique=True,
            postgresql_where=text("state in ('due', 'prepared', 'taken')"),
        ),
        Index("ix_bank_order_due", "tenant", "issuer_id", "id", postgresql_where=text("state = 'due'")),
        Index("ix_bank_order_waits", "tenant", "id", postgresql_where=text("waits")),
        Index(None, "tenant", "file_id"),
        Index(None, "tenant", "version_id"),
        Index(None, "tenant", "payment_id"),
        Index(None, "tenant", "invoice_id"),
        CheckConstraint("purpose in ('collection', 'refund', 'payout')", name="purpose_is_one"),
        CheckConstraint(
            "state in ('due', 'prepared', 'taken', 'done', 'returned', 'refused', 'withdrawn')", name="state_is_one"
        ),
        CheckConstraint("(purpose = 'collection') = (scheme is not null)", name="collected_by_a_scheme"),
        CheckConstraint("purpose <> 'collection' or invoice_id is not null", name="collected_for_a_document"),
        CheckConstraint("purpose = 'collection' or asked is not null", name="paid_what_is_asked"),
        CheckConstraint("(state in ('prepared', 'taken')) <= (file_id is not null)", name="in_a_file"),
        CheckConstraint("amount > 0", name="amount_above_zero"),
        CheckConstraint("asked > 0", name="asked_above_zero"),
    )

    id: int = identity()
    # text: the default of a column is SQL
    reference: str = Field(
        default=None,
        sa_type=Text,
        sa_column_kwargs={
            "server_default": text("('E'::text || replace((gen_random_uuid())::text, '-'::text, ''::text))")
        },
    )
    purpose: str = Field(sa_type=Text)
    key: str | None = Field(default=None, sa_type=Text)  # of whoever asked for a payment
    issuer_id: int
    party_id: int
    currency: str = Field(sa_type=Text)
    asked: Decimal | None = Field(default=None, sa_type=Numeric)  # none: what is open and undisputed as it is prepared
    amount: Decimal | None = Field(default=None, sa_type=Numeric)  # in its file
    invoice_id: int | None = None  # collected for, or given back by
    scheme: str | None = Field(default=None, sa_type=Text)
    due_on: date
    state: str = Field(default="due", sa_type=Text, sa_column_kwargs={"server_default": "due"})
    file_id: int | None = None
    batch: int | None = None  # in its file, from 1
    version_id: int | None = None  # of the mandate that it was collected by
    sequence: str | None = Field(default=None, sa_type=Text)
    day: date | None = None  # on which the bank is to do it
    account: str = Field(default="", sa_type=Text, sa_column_kwargs={"server_default": ""})  # of the other side
    holder: str = Field(default="", sa_type=Text, sa_column_kwargs={"server_default": ""})
    bic: str = Field(default="", sa_type=Text, sa_column_kwargs={"server_default": ""})
    bank: str = Field(default="", sa_type=Text, sa_column_kwargs={"server_default": ""})
    bank_code: str = Field(default="", sa_type=Text, sa_column_kwargs={"server_default": ""})
    country: str = Field(default="", sa_type=Text, sa_column_kwargs={"server_default": ""})
    town: str = Field(default="", sa_type=Text, sa_column_kwargs={"server_default": ""})
    post_code: str = Field(default="", sa_type=Text, sa_column_kwargs={"server_default": ""})
    address: str = Field(
        default="", sa_type=Text, sa_column_kwargs={"server_default": ""}
    )  # lines with a break between
    their_reference: str = Field(default="", sa_type=Text, sa_column_kwargs={"server_default": ""})  # of ISO 11649
    words: str = Field(default="", sa_type=Text, sa_column_kwargs={"server_default": ""})
    noticed_on: date | None = None  # the customer was told by a letter
    held: str = Field(default="", sa_type=Text, sa_column_kwargs={"server_default": ""})
    # text: the default of a column is SQL
    waits: bool = Field(default=False, sa_column_kwargs={"server_default": text("false")})  # for a person
    payment_id: int | None = None
    entry_id: int | None = None  # of the bank, by which it was booked
    asked_by: str | None = Field(default=None, sa_type=Text)  # none: the contract says so
    asked_identity: int | None = acting()
    asked_at: datetime = Field(sa_type=UtcInstant)


class BankOrderEventRow(Tenanted, table=True):
    """What happened to an order. Never changed."""

    __tablename__ = "bank_order_event"
    __table_args__ = (
        reference("order_id", "bank_order"),
        reference("file_id", "bank_order_file"),
        reference("entry_id", "bank_entry"),
        reference("payment_id", "payment"),
        Index(None, "tenant", "order_id"),
    )

    id: int = identity()
    order_id: int
    kind: str = Field(sa_type=Text)
    at: datetime = Field(sa_type=UtcInstant)
    file_id: int | None = None
    entry_id: int | None = None
    payment_id: int | None = None
    amount: Decimal | None = Field(default=None, sa_type=Numeric)
    detail: str = Field(default="", sa_type=Text)
    recorded_by: str | None = Field(default=None, sa_type=Text)  # none: the product itself
    recorded_identity: int | None = acting()
