"""Rows of who may call."""

from datetime import datetime

from sqlalchemy import ARRAY, CheckConstraint, Column, Index, Integer, LargeBinary, Text, UniqueConstraint, text
from sqlmodel import Field, SQLModel

from metering.tables import STATED_TENANT, Tenanted, UtcInstant, acting, identity, key, reference


class IdentityRow(Tenanted, table=True):
    """Someone who acts: a person, a program, or an account at the command line; one row whichever keys it holds.

    A name is one identity's for ever, whatever its case: what was recorded under it stays its own. An account of the
    machine may be called as a person is, and is not that person.
    """

    __tablename__ = "identity"
    __table_args__ = (
        # text: an expression
        Index(
            "uq_identity_lower_name_kind_tenant", text("lower(name)"), text("(kind = 'account')"), "tenant", unique=True
        ),
        reference("party", "party"),
        reference("contract", "contract"),
        CheckConstraint("kind in ('person', 'program', 'account')", name="kind_is_one"),
        CheckConstraint("(party is not null) = (role in ('customer', 'payee', 'third_party'))", name="of_a_party"),
        CheckConstraint("(contract is not null) = (role in ('verifier', 'lender'))", name="of_a_contract"),
        CheckConstraint("not administers or role = 'customer'", name="administers_its_party"),
    )

    id: int = identity()
    kind: str = Field(sa_type=Text)
    name: str = Field(sa_type=Text)
    role: str = Field(sa_type=Text)
    party: int | None = None
    contract: int | None = None
    administers: bool = Field(
        default=False, sa_column_kwargs={"server_default": text("false")}
    )  # text: a default is SQL
    created_at: datetime = Field(sa_type=UtcInstant)
    created_identity: int | None = acting()
    disabled_at: datetime | None = Field(default=None, sa_type=UtcInstant)


class CredentialRow(SQLModel, table=True):
    """The hash of an API key, and whose it is. It is looked up, before a tenant is stated, by ``bearer_of`` alone."""

    __tablename__ = "credential"
    __table_args__ = (
        UniqueConstraint("tenant", "id"),
        reference("identity", "identity"),
    )

    tenant: int = Field(
        default=None,
        sa_type=Integer,
        foreign_key="tenant.id",
        # text: the default of a column is SQL
        sa_column_kwargs={"server_default": text(STATED_TENANT), "autoincrement": False},
    )
    key_sha256: bytes = key(LargeBinary)
    id: str = Field(sa_type=Text)  # the first characters of the key, by which people name it
    identity: int
    scope: list[str] | None = Field(default=None, sa_column=Column(ARRAY(Text)))  # none: all that the role may
    created_at: datetime = Field(sa_type=UtcInstant)
    created_identity: int | None = acting()
    expires_at: datetime | None = Field(default=None, sa_type=UtcInstant)
    revoked_at: datetime | None = Field(default=None, sa_type=UtcInstant)
