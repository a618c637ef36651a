"""Rows of mandates for direct debits, and of their versions."""

from datetime import date, datetime

from sqlalchemy import CheckConstraint, Text, UniqueConstraint, text
from sqlmodel import Field

from metering.tables import Tenanted, UtcInstant, acting, identity, reference


class MandateRow(Tenanted, table=True):
    """A mandate that a customer has signed. What it says stands in its versions; that it ended stands here."""

    __tablename__ = "mandate"
    __table_args__ = (
        reference("issuer_id", "party"),
        reference("party_id", "party"),
        UniqueConstraint("tenant", "issuer_id", "reference"),
        CheckConstraint("scheme in ('core', 'b2b')", name="scheme_is_one"),
        CheckConstraint("num_nulls(revoked_on, revoked_why, revoked_by, revoked_at) in (0, 4)", name="revoked_whole"),
    )

    id: int = identity()
    issuer_id: int  # who collects
    party_id: int  # whose account is debited
    scheme: str = Field(sa_type=Text)
    reference: str = Field(sa_type=Text)  # as it was signed
    signed_on: date
    # text: the defaults of columns are SQL
    is_one_off: bool = Field(default=False, sa_column_kwargs={"server_default": text("false")})
    # text: the default is SQL as well
    is_last: bool = Field(default=False, sa_column_kwargs={"server_default": text("false")})  # the next debit is
    recorded_by: str = Field(sa_type=Text)
    recorded_identity: int | None = acting()
    recorded_at: datetime = Field(sa_type=UtcInstant)
    revoked_on: date | None = None
    revoked_why: str | None = Field(default=None, sa_type=Text)
    revoked_by: str | None = Field(default=None, sa_type=Text)
    revoked_identity: int | None = None  # filled by the database
    revoked_at: datetime | None = Field(default=None, sa_type=UtcInstant)


class MandateVersionRow(Tenanted, table=True):
    """What of a mandate may be amended, as it is from now on. Never changed."""

    __tablename__ = "mandate_version"
    __table_args__ = (
        reference("mandate_id", "mandate"),
        UniqueConstraint("tenant", "mandate_id", "number"),
    )

    id: int = identity()
    mandate_id: int
    number: int  # from 1
    reference: str = Field(sa_type=Text)
    creditor_id: str = Field(sa_type=Text)
    creditor_name: str = Field(sa_type=Text)
    account: str = Field(sa_type=Text)
    bic: str = Field(sa_type=Text)
    holder: str = Field(sa_type=Text)
    recorded_by: str = Field(sa_type=Text)
    recorded_identity: int | None = acting()
    recorded_at: datetime = Field(sa_type=UtcInstant)
