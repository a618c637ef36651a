"""Rows of long work: what was asked, how far it is, and what was answered."""

from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, Index, Integer, LargeBinary, Text, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlmodel import Field

from metering.tables import Tenanted, UtcInstant, key, reference


class OperationRow(Tenanted, table=True):
    """Work that a request asked for, and that goes on when the request is answered; written by the product alone.

    It is claimed by raising ``attempt``: whoever has raised it last writes how far it is, and what it comes to. Where
    ``beat_at`` grows old, whoever did it is gone, and another goes on.
    """

    __tablename__ = "operation"
    __table_args__ = (
        reference("identity", "identity"),
        CheckConstraint("state in ('waiting', 'running', 'done', 'failed', 'cancelled')", name="state_is_one"),
        CheckConstraint("(ended_at is null) = (state in ('waiting', 'running'))", name="ended_whole"),
        CheckConstraint("body is null or ended_at is null", name="body_goes_with_the_end"),
        Index(None, "tenant", "identity", "number"),
        # text: the rows of a partial index
        Index("ix_operation_open", "tenant", "number", postgresql_where=text("ended_at is null")),
    )

    number: int = key(Integer)
    kind: str = Field(sa_type=Text)
    identity: int  # who asked
    key: str = Field(sa_type=Text)  # by which key, as lists of keys name it
    arguments: dict[str, Any] = Field(sa_type=JSONB)
    body: bytes | None = Field(default=None, sa_type=LargeBinary)
    state: str = Field(sa_type=Text)
    attempt: int
    is_cancelled: bool  # it ends after what it is at
    done: int
    total: int | None = None  # of as many, where that is known
    asked_at: datetime = Field(sa_type=UtcInstant)
    began_at: datetime | None = Field(default=None, sa_type=UtcInstant)
    beat_at: datetime | None = Field(default=None, sa_type=UtcInstant)
    ended_at: datetime | None = Field(default=None, sa_type=UtcInstant)
    status: int | None = None  # of the answer, as over HTTP
    media_type: str | None = Field(default=None, sa_type=Text)
    answer: bytes | None = Field(default=None, sa_type=LargeBinary)
