"""Rows of who may call."""

from datetime import datetime

from sqlalchemy import LargeBinary, Text
from sqlmodel import Field, SQLModel

from metering.tables import UtcInstant, key


class CredentialRow(SQLModel, table=True):
    """The hash of an API key, and for whom its bearer speaks.

    One of the three tables without a policy: it answers "which tenant?" and so is read before one is stated.
    """

    __tablename__ = "credential"

    key_sha256: bytes = key(LargeBinary)
    tenant: int = Field(foreign_key="tenant.id")
    party: int | None = None  # none: the tenant itself
    role: str = Field(sa_type=Text)
    label: str = Field(sa_type=Text)
    created_at: datetime = Field(sa_type=UtcInstant)
    revoked_at: datetime | None = Field(default=None, sa_type=UtcInstant)
