"""Rows of what is owed."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import Index, Integer, SmallInteger, Text, text
from sqlalchemy.dialects.postgresql import DATERANGE, JSONB, Range
from sqlmodel import Field, SQLModel

from metering.tables import UtcInstant, key


class DueRow(SQLModel, table=True):
    """Work that falls due: one contract, one period, one kind, once.

    One of the three tables without a policy: a worker finds here whose turn it is before it states a tenant, and then
    locks the row again. It holds no business data.
    """

    __tablename__ = "due"
    __table_args__ = (Index(None, "due_at", postgresql_where=text("done_at is null")),)

    tenant: int = key(Integer)
    kind: str = key(Text)
    contract: int = key(Integer)
    period: Range[date] = key(DATERANGE)
    attempt: int = key(SmallInteger)
    due_at: datetime = Field(sa_type=UtcInstant)
    done_at: datetime | None = Field(default=None, sa_type=UtcInstant)
    held: dict[str, Any] | None = Field(default=None, sa_type=JSONB)  # why it waits for a person
