"""Rows of what is told outside: notifications, webhooks with their secrets, and what is on its way to which."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Column,
    Identity,
    Index,
    LargeBinary,
    Text,
    UniqueConstraint,
    Uuid,
    text,
)
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlmodel import Field

from metering.tables import Tenanted, UtcInstant, acting, key, reference


class NotificationRow(Tenanted, table=True):
    """Something that happened, written by a trigger in the transaction in which it did. Never changed.

    ``xact`` is the number of that transaction: what is below the oldest one in flight is settled, which gives it its
    ``position`` and its ``id``: a random number would be a quarter of what it costs the writer. No position leaves the
    house: from two of them a customer would learn what else has happened.
    """

    __tablename__ = "notification"
    # text: conditions of partial indexes
    __table_args__ = (
        Index("ix_notification_unsettled", "tenant", "xact", "nth", postgresql_where=text("position is null")),
        Index("uq_notification_tenant_id", "tenant", "id", unique=True, postgresql_where=text("id is not null")),
        Index(
            "uq_notification_tenant_position",
            "tenant",
            "position",
            unique=True,
            postgresql_where=text("position is not null"),
        ),
        CheckConstraint("(id is null) = (position is null)", name="settled_whole"),
    )

    xact: int = Field(
        default=None,
        # text: the default of a column is SQL
        sa_column=Column(
            BigInteger,
            primary_key=True,
            autoincrement=False,
            server_default=text("((pg_current_xact_id())::text)::bigint"),
        ),
    )
    nth: int = Field(default=None, sa_column=Column(BigInteger, Identity(always=True), primary_key=True))
    id: UUID | None = Field(default=None, sa_type=Uuid)
    type: str = Field(sa_type=Text)
    # text: as above
    at: datetime = Field(
        default=None, sa_type=UtcInstant, sa_column_kwargs={"server_default": text("statement_timestamp()")}
    )
    customer_id: int | None = None  # whose customer's it is; none: the supplier's alone
    facts: dict[str, Any] = Field(sa_type=JSONB)
    position: int | None = Field(default=None, sa_type=BigInteger)


class WebhookRow(Tenanted, table=True):
    """Where notifications are sent to, and on whose word."""

    __tablename__ = "webhook"
    __table_args__ = (
        reference("party", "party"),
        reference("identity", "identity"),
        CheckConstraint("(disabled_at is null) = (disabled_because is null)", name="disabled_whole"),
        CheckConstraint("disabled_because in ('asked', 'gone')", name="disabled_because_is_one"),
    )

    id: str = key(Text)
    url: str = Field(sa_type=Text)
    types: list[str] = Field(sa_column=Column(ARRAY(Text), nullable=False))  # none: all
    party: int | None = None  # it gets what is of this one's contracts; none: all that happens
    identity: int | None = acting()  # whoever made or changed it last: where it acts no more, nothing is sent
    created_at: datetime = Field(sa_type=UtcInstant)
    disabled_at: datetime | None = Field(default=None, sa_type=UtcInstant)
    disabled_because: str | None = Field(default=None, sa_type=Text)
    failures: int = Field(default=0, sa_column_kwargs={"server_default": "0"})  # since it answered well


class WebhookSecretRow(Tenanted, table=True):
    """What is sent to a webhook is signed by it; the product alone reads it. One before it signs until it ends."""

    __tablename__ = "webhook_secret"
    __table_args__ = (reference("webhook", "webhook", ondelete="CASCADE"), Index(None, "tenant", "webhook"))

    # text: the default of a column is SQL
    id: UUID = Field(default=None, sa_column=Column(Uuid, primary_key=True, server_default=text("gen_random_uuid()")))
    webhook: str = Field(sa_type=Text)
    created_at: datetime = Field(sa_type=UtcInstant)
    ends_at: datetime | None = Field(default=None, sa_type=UtcInstant)
    secret: bytes = Field(sa_type=LargeBinary)


class WebhookDeliveryRow(Tenanted, table=True):
    """A notification on its way to a webhook: waiting until it is delivered, or dead after the last attempt."""

    __tablename__ = "webhook_delivery"
    # text: the condition of a partial index
    __table_args__ = (
        reference("webhook", "webhook", ondelete="CASCADE"),
        UniqueConstraint("tenant", "webhook", "notification"),
        Index(
            "ix_webhook_delivery_waiting",
            "tenant",
            "webhook",
            "next_at",
            "position",
            postgresql_where=text("state = 'waiting'"),
        ),
        CheckConstraint("state in ('waiting', 'delivered', 'dead')", name="state_is_one"),
        CheckConstraint("(state = 'waiting') = (next_at is not null)", name="waits_for_a_time"),
    )

    webhook: str = key(Text)
    position: int = key(BigInteger)
    notification: UUID = Field(sa_type=Uuid)
    party: int | None = None
    state: str = Field(default="waiting", sa_type=Text, sa_column_kwargs={"server_default": "waiting"})
    attempts: int = Field(default=0, sa_column_kwargs={"server_default": "0"})
    next_at: datetime | None = Field(default=None, sa_type=UtcInstant)
    last_at: datetime | None = Field(default=None, sa_type=UtcInstant)
    status: int | None = None  # of the last answer
    failure: str | None = Field(default=None, sa_type=Text)  # why there was none, or none that is good
