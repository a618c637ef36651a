"""Rows of dunning: what is looked at and when, the steps that were made, claims, and pauses.

Letters, which are delivered as documents are, stand among the tables of billing.
"""

from datetime import date, datetime
from decimal import Decimal

from sqlalchemy import CheckConstraint, Index, Integer, Numeric, Text, UniqueConstraint, text
from sqlmodel import Field

from metering.tables import Tenanted, UtcInstant, acting, identity, key, reference


class DunningRow(Tenanted, table=True):
    """A document whose terms say what follows where it is not paid in time, from the day it is issued on.

    ``next_at`` is when it is looked at next: none while nothing can be due. Whatever happens to the document sets it to
    the beginning of time, which is at once for every clock.
    """

    __tablename__ = "dunning"
    __table_args__ = (
        reference("invoice_id", "invoice"),
        reference("issuer_id", "party"),
        reference("customer_id", "party"),
        UniqueConstraint("tenant", "invoice_id"),
        CheckConstraint("num_nulls(ordered_by, ordered_at) in (0, 2)", name="ordered_whole"),
        # text: the conditions of partial indexes
        Index("ix_dunning_next_at", "tenant", "next_at", "id", postgresql_where=text("next_at is not null")),
        Index("ix_dunning_stopped", "tenant", "id", postgresql_where=text("stopped_at is not null")),
        Index("ix_dunning_held", "tenant", "id", postgresql_where=text("held <> ''")),
        Index(None, "tenant", "customer_id", "id"),
    )

    id: int = identity()
    invoice_id: int
    issuer_id: int
    customer_id: int
    currency: str = Field(sa_type=Text)
    next_at: datetime | None = Field(default=None, sa_type=UtcInstant)
    held: str = Field(default="", sa_type=Text, sa_column_kwargs={"server_default": ""})  # why nothing is done
    stopped_at: datetime | None = Field(default=None, sa_type=UtcInstant)  # the service may be stopped since
    ordered_by: str | None = Field(default=None, sa_type=Text)  # a person has ordered the next step
    ordered_identity: int | None = None
    ordered_at: datetime | None = Field(default=None, sa_type=UtcInstant)


class DunningStepRow(Tenanted, table=True):
    """A step of a document that was made. Of those that stand a document has each once; one is withdrawn once."""

    __tablename__ = "dunning_step"
    __table_args__ = (
        reference("invoice_id", "invoice"),
        reference("customer_id", "party"),
        reference("letter_id", "dunning_letter"),
        reference("withdrawn_id", "dunning_letter"),
        CheckConstraint("kind in ('reminder', 'notice', 'stop')", name="kind_is_one"),
        # text: the condition of a partial index
        Index(
            "uq_dunning_step_standing",
            "tenant",
            "invoice_id",
            "place",
            unique=True,
            postgresql_where=text("withdrawn_id is null"),
        ),
        Index(None, "tenant", "letter_id"),
    )

    id: int = identity()
    invoice_id: int
    customer_id: int
    place: int  # among the steps of the document's terms, from 0
    kind: str = Field(sa_type=Text)
    made_on: date
    fee: Decimal = Field(sa_type=Numeric)
    letter_id: int
    withdrawn_id: int | None = None  # the letter that withdraws it


class LateClaimRow(Tenanted, table=True):
    """What a document claims of the delay of another one, or gives back. Never changed."""

    __tablename__ = "late_claim"
    __table_args__ = (
        reference("claim_id", "invoice"),
        reference("invoice_id", "invoice"),
        reference("customer_id", "party"),
        Index(None, "tenant", "invoice_id"),
    )

    claim_id: int = key(Integer)
    invoice_id: int = key(Integer)
    customer_id: int
    fee: Decimal = Field(sa_type=Numeric)
    interest: Decimal = Field(sa_type=Numeric)
    through: date | None = None  # the last day whose interest is claimed with it


class DunningPauseRow(Tenanted, table=True):
    """That nothing follows for a while: of all that a customer owes, or of one document.

    ``defers`` puts the document off: it is not late meanwhile, and bears no interest. A pause only keeps letters back.
    """

    __tablename__ = "dunning_pause"
    __table_args__ = (
        reference("customer_id", "party"),
        reference("invoice_id", "invoice"),
        CheckConstraint("num_nulls(ended_by, ended_at, ended_on) in (0, 3)", name="ended_whole"),
        CheckConstraint("until is null or until >= first", name="of_some_days"),
        Index(None, "tenant", "customer_id"),
        Index(None, "tenant", "invoice_id"),
    )

    id: int = identity()
    customer_id: int
    invoice_id: int | None = None
    defers: bool
    reason: str = Field(sa_type=Text)
    first: date
    until: date | None = None  # inclusive; none: until it is ended
    made_by: str = Field(sa_type=Text)
    made_identity: int | None = acting()
    made_at: datetime = Field(sa_type=UtcInstant)
    ended_on: date | None = None  # it does not count from that day on
    ended_by: str | None = Field(default=None, sa_type=Text)
    ended_identity: int | None = None
    ended_at: datetime | None = Field(default=None, sa_type=UtcInstant)
