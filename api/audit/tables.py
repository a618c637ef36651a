"""Rows of the audit: entries, the seals that chain them, and where the beginning of a chain was removed."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import BigInteger, CheckConstraint, Column, LargeBinary, Text, UniqueConstraint, Uuid, text
from sqlmodel import Field

from metering.tables import Tenanted, UtcInstant, acting, key


class AuditEntryRow(Tenanted, table=True):
    """Who did what; written in the transaction of the work, and never changed by the application.

    ``xact`` is the number of that transaction. It orders entries, and tells when nothing before one is in flight. Of
    the address the chain has a salted digest alone; address and salt are erased together.
    """

    __tablename__ = "audit_entry"
    __table_args__ = (CheckConstraint("door in ('http', 'command line', 'schedule')", name="door_is_one"),)

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
    # text: the default of a column is SQL
    id: UUID = Field(default=None, sa_column=Column(Uuid, primary_key=True, server_default=text("gen_random_uuid()")))
    at: datetime = Field(sa_type=UtcInstant)
    identity: int | None = acting()
    key: str | None = Field(default=None, sa_type=Text)
    door: str = Field(sa_type=Text)
    operation: str = Field(sa_type=Text)
    object: str = Field(sa_type=Text)
    body_sha256: bytes | None = Field(default=None, sa_type=LargeBinary)
    address: str | None = Field(default=None, sa_type=Text)
    address_salt: bytes | None = Field(default=None, sa_type=LargeBinary)
    address_sha256: bytes | None = Field(default=None, sa_type=LargeBinary)


class AuditSealRow(Tenanted, table=True):
    """The seal of an entry: its place in the tenant's chain, and a hash over it and all before it."""

    __tablename__ = "audit_seal"
    __table_args__ = (UniqueConstraint("tenant", "xact", "entry"),)

    position: int = key(BigInteger)
    xact: int = Field(sa_type=BigInteger)
    entry: UUID = Field(sa_type=Uuid)
    content_sha256: bytes = Field(sa_type=LargeBinary)
    hash: bytes = Field(sa_type=LargeBinary)


class AuditCutRow(Tenanted, table=True):
    """The last seal that was removed with all before it, because what they seal was past its retention."""

    __tablename__ = "audit_cut"

    position: int = key(BigInteger)
    xact: int = Field(sa_type=BigInteger)
    entry: UUID = Field(sa_type=Uuid)
    hash: bytes = Field(sa_type=LargeBinary)
