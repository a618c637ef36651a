"""Rows of who may call."""

from datetime import datetime

from sqlalchemy import (
    ARRAY,
    Boolean,
    CheckConstraint,
    Column,
    Index,
    Integer,
    LargeBinary,
    Text,
    UniqueConstraint,
    text,
)
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
    disabled_at: datetime | None = Field(default=None, sa_type=UtcInstant)  # until it is released, too
    released_at: datetime | None = Field(default=None, sa_type=UtcInstant)  # the database says whether at once
    released_identity: int | None = None  # filled by the database


class CredentialRow(SQLModel, table=True):
    """The hash of an API key, of a token that a key was exchanged for, or of a session; and whose it is.

    It is looked up, before a tenant is stated, by ``bearer_of`` and ``session_of`` alone. What came of a key ends with
    it, what came of an outside subject with its binding.
    """

    __tablename__ = "credential"
    __table_args__ = (
        UniqueConstraint("tenant", "id"),
        reference("identity", "identity"),
        reference("of_key", "credential"),
        reference("openid_subject", "openid_subject"),
        # text: a condition, and another
        Index(None, "tenant", "of_key", postgresql_where=text("of_key is not null")),
        Index(None, "tenant", "expires_at", postgresql_where=text("kind <> 'key'")),
        CheckConstraint("kind in ('key', 'token', 'session')", name="kind_is_one"),
        CheckConstraint(
            "num_nonnulls(of_key, openid_subject) = (kind <> 'key')::int and (kind <> 'token' or of_key is not null)",
            name="comes_of_one",
        ),
        CheckConstraint("kind = 'key' or expires_at is not null", name="ends_by_itself"),
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
    kind: str = Field(
        default="key", sa_type=Text, sa_column_kwargs={"server_default": text("'key'")}
    )  # text: a default is SQL
    of_key: str | None = Field(default=None, sa_type=Text)  # the key that a token or a session was had for
    openid_subject: int | None = None  # or whose subject a session was had for
    identity: int
    party: int | None = None  # of the identity; the database fills it, so that a party's administrator sees its own
    scope: list[str] | None = Field(default=None, sa_column=Column(ARRAY(Text)))  # none: all that the role may
    created_at: datetime = Field(sa_type=UtcInstant)
    created_identity: int | None = acting()
    expires_at: datetime | None = Field(default=None, sa_type=UtcInstant)
    revoked_at: datetime | None = Field(default=None, sa_type=UtcInstant)  # until it is released, too
    released_at: datetime | None = Field(default=None, sa_type=UtcInstant)  # the database says whether at once
    released_identity: int | None = None  # filled by the database
    recovery_reason: str | None = Field(default=None, sa_type=Text)  # of a key that an administrator made for an owner


class OpenIdIssuerRow(Tenanted, table=True):
    """An outside issuer that a tenant trusts: its address, the audience of its tokens, and the claim that names."""

    __tablename__ = "openid_issuer"
    __table_args__ = (
        # text: a condition
        Index(
            "uq_openid_issuer_issuer_tenant",
            "issuer",
            "tenant",
            unique=True,
            postgresql_where=text("removed_at is null"),
        ),
    )

    id: int = identity()
    issuer: str = Field(sa_type=Text)
    audience: str = Field(sa_type=Text)
    claim: str = Field(sa_type=Text)
    added_at: datetime = Field(sa_type=UtcInstant)
    added_identity: int | None = acting()
    removed_at: datetime | None = Field(default=None, sa_type=UtcInstant)


class OpenIdSubjectRow(Tenanted, table=True):
    """A subject of an issuer, bound to the identity that it is here."""

    __tablename__ = "openid_subject"
    __table_args__ = (
        # text: a condition
        Index(
            "uq_openid_subject_issuer_id_subject_tenant",
            "issuer_id",
            "subject",
            "tenant",
            unique=True,
            postgresql_where=text("unbound_at is null"),
        ),
        reference("issuer_id", "openid_issuer"),
        reference("identity", "identity"),
    )

    id: int = identity()
    issuer_id: int
    subject: str = Field(sa_type=Text)
    identity: int
    bound_at: datetime = Field(sa_type=UtcInstant)
    bound_identity: int | None = acting()
    unbound_at: datetime | None = Field(default=None, sa_type=UtcInstant)


class OpenIdUseRow(Tenanted, table=True):
    """An ID token that has opened a session, kept until it expires: it opens no other."""

    __tablename__ = "openid_use"
    __table_args__ = (Index(None, "tenant", "expires_at"),)

    token_sha256: bytes = key(LargeBinary)
    expires_at: datetime = Field(sa_type=UtcInstant)


class SigningSecretRow(SQLModel, table=True):
    """What session cookies are signed with: one row, made with the table, which the application may only read."""

    __tablename__ = "signing_secret"
    __table_args__ = (CheckConstraint('"only"', name="is_one"),)

    # text: the default of a column is SQL
    only: bool = Field(
        default=True,
        sa_column=Column(Boolean, primary_key=True, autoincrement=False, server_default=text("true")),
    )
    secret: bytes = Field(sa_type=LargeBinary)


class MachineGrantRow(Tenanted, table=True):
    """A customer lets a third party see the use of one machine, until it is revoked; never edited otherwise."""

    __tablename__ = "machine_grant"
    __table_args__ = (
        reference("identity", "identity"),
        reference("asset_id", "asset"),
        reference("party", "party"),
        # text: the rows of a partial index
        Index(
            "uq_machine_grant_in_force",
            "identity",
            "asset_id",
            "tenant",
            unique=True,
            postgresql_where=text("revoked_at is null"),
        ),
    )

    id: int = identity()
    identity: int  # the third party
    asset_id: int
    party: int  # the customer that grants
    granted_at: datetime = Field(sa_type=UtcInstant)
    granted_identity: int | None = acting()
    revoked_at: datetime | None = Field(default=None, sa_type=UtcInstant)
    revoked_identity: int | None = None  # the database fills it
