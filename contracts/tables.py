"""Rows of what was agreed."""

from datetime import date, datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import (
    CheckConstraint,
    Column,
    Computed,
    Index,
    LargeBinary,
    Numeric,
    Text,
    UniqueConstraint,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB
from sqlmodel import Field

from metering.tables import Tenanted, UtcInstant, acting, identity, key, reference

#: What other rooms' SQL may join, or lock: the contract and its parties, version keys, index values.
PUBLISHED = frozenset({"party", "contract", "contract_version", "index_value"})
#: A version that has its contract billed on documents together with others of the same customer.
CONSOLIDATED = "(terms #>> '{settings,document}') = 'consolidated'"
#: A version whose documents have another form than a PDF: what the form needs is asked for before they are due.
E_INVOICED = "(terms #>> '{invoicing,form}') <> 'pdf'"
_ISSUE = "coalesce(terms #>> '{settings,issue}', 'after_review')"


class PartyRow(Tenanted, table=True):
    """A customer, supplier or other side of a contract. A caller who speaks for one party sees that one alone."""

    __tablename__ = "party"
    __table_args__ = (UniqueConstraint("tenant", "name"),)

    id: int = identity()
    name: str = Field(sa_type=Text)


class PartyProfileRow(Tenanted, table=True):
    """What the documents of a party say of it from a day on. Never edited: a change is another row, of two people.

    Of those released the one counts that is in force since the latest day, and of one day the one recorded last.
    """

    __tablename__ = "party_profile"
    __table_args__ = (
        reference("party_id", "party"),
        Index(None, "tenant", "party_id", "in_force_from", "id"),
        CheckConstraint("(released_by is null) = (released_at is null)", name="released_whole"),
        CheckConstraint("(withdrawn_by is null) = (withdrawn_at is null)", name="withdrawn_whole"),
        CheckConstraint("released_at is null or withdrawn_at is null", name="ends_once"),
    )

    id: int = identity()
    party_id: int
    in_force_from: date
    profile: dict[str, Any] = Field(sa_type=JSONB)
    prepared_by: str = Field(sa_type=Text)
    prepared_identity: int | None = acting()
    prepared_at: datetime = Field(sa_type=UtcInstant)
    released_by: str | None = Field(default=None, sa_type=Text)  # until then it waits, and no document says it
    released_identity: int | None = None  # filled by the database
    released_at: datetime | None = Field(default=None, sa_type=UtcInstant)
    withdrawn_by: str | None = Field(default=None, sa_type=Text)
    withdrawn_identity: int | None = None  # filled by the database
    withdrawn_at: datetime | None = Field(default=None, sa_type=UtcInstant)


class PartyLogoRow(Tenanted, table=True):
    """A logo, by the SHA-256 of its bytes. It is kept for ever: issued documents name it."""

    __tablename__ = "party_logo"
    __table_args__ = (CheckConstraint("sha256 ~ '^[0-9a-f]{64}$'", name="sha256_is_one"),)

    sha256: str = key(Text)
    media_type: str = Field(sa_type=Text)
    content: bytes = Field(sa_type=LargeBinary)
    stored_at: datetime = Field(sa_type=UtcInstant)


class ContractRow(Tenanted, table=True):
    """A contract; its terms are in its versions."""

    __tablename__ = "contract"
    __table_args__ = (
        UniqueConstraint("tenant", "reference"),
        reference("supplier_id", "party"),
        reference("customer_id", "party"),
        Index(None, "customer_id", "reference", "tenant"),
    )

    id: int = identity()
    reference: str = Field(sa_type=Text)
    supplier_id: int
    customer_id: int


class ContractVersionRow(Tenanted, table=True):
    """The terms of a contract from a day on. Never edited; an amendment is another version."""

    __tablename__ = "contract_version"
    __table_args__ = (
        UniqueConstraint("tenant", "contract_id", "number"),
        reference("contract_id", "contract"),
        reference("customer_id", "party"),
        CheckConstraint("(released_by is null) = (released_at is null)", name="released_whole"),
        # text: the condition of a partial index: the few that are billed together with others of their customer
        Index("ix_contract_version_consolidated", "tenant", "customer_id", postgresql_where=text(CONSOLIDATED)),
        # text: likewise, those whose documents need more than a PDF does
        Index("ix_contract_version_e_invoiced", "tenant", "contract_id", postgresql_where=text(E_INVOICED)),
    )

    id: int = identity()
    contract_id: int
    customer_id: int  # repeated here for the row-level security of parties
    number: int
    effective: date
    recorded_at: datetime = Field(sa_type=UtcInstant)
    recorded_by: str = Field(sa_type=Text)
    recorded_identity: int | None = acting()
    released_at: datetime | None = Field(default=None, sa_type=UtcInstant)
    released_by: str | None = Field(default=None, sa_type=Text)  # until then it waits, and nothing is billed by it
    released_identity: int | None = None  # filled by the database
    terms: dict[str, Any] = Field(sa_type=JSONB)
    # so that a run leaves out what is reviewed without reading the terms
    issue: str | None = Field(default=None, sa_column=Column(Text, Computed(_ISSUE, persisted=True)))


class IndexSeriesRow(Tenanted, table=True):
    """A published index that prices follow, and the series in which it goes on."""

    __tablename__ = "index_series"
    __table_args__ = (
        UniqueConstraint("tenant", "name"),
        CheckConstraint("kind in ('index', 'price')", name="kind_is_one"),
    )

    id: int = identity()
    name: str = Field(sa_type=Text)
    title: str = Field(sa_type=Text)
    source: str = Field(sa_type=Text)
    base: str = Field(sa_type=Text)
    kind: str = Field(default="index", sa_type=Text, sa_column_kwargs={"server_default": "index"})
    links: list[dict[str, Any]] = Field(sa_type=JSONB)
    # what takes the place of the links once another person releases it
    new_links: list[dict[str, Any]] | None = Field(default=None, sa_type=JSONB(none_as_null=True))
    linked_by: str | None = Field(default=None, sa_type=Text)
    linked_identity: int | None = None  # filled by the database
    linked_at: datetime | None = Field(default=None, sa_type=UtcInstant)


class IndexValueRow(Tenanted, table=True):
    """A value of an index as it was published. Never edited: a revision is another row; the newest released counts."""

    __tablename__ = "index_value"
    __table_args__ = (
        reference("series_id", "index_series"),
        Index(None, "tenant", "series_id", "month"),
        CheckConstraint("(released_by is null) = (released_at is null)", name="released_whole"),
    )

    id: int = identity()
    series_id: int
    month: str = Field(sa_type=Text)
    value: Decimal = Field(sa_type=Numeric)
    provisional: bool
    published_on: date
    recorded_at: datetime = Field(sa_type=UtcInstant)
    recorded_by: str = Field(sa_type=Text)
    recorded_identity: int | None = acting()
    released_at: datetime | None = Field(default=None, sa_type=UtcInstant)
    released_by: str | None = Field(default=None, sa_type=Text)
    released_identity: int | None = None  # filled by the database
