"""Rows of the ledger: whose books there are, what is to be posted, entries with their postings, and closed months."""

from datetime import date, datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import BigInteger, CheckConstraint, Index, Integer, Numeric, Text, UniqueConstraint, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlmodel import Field

from metering.tables import Tenanted, UtcInstant, acting, identity, key, reference


class LedgerBooksRow(Tenanted, table=True):
    """The books of a legal entity: locked by whoever posts, who gives each entry the next number."""

    __tablename__ = "ledger_books"
    __table_args__ = (
        reference("issuer_id", "party"),
        CheckConstraint("currency ~ '^[A-Z]{3}$'", name="currency_is_a_code"),
        CheckConstraint("first_day = date_trunc('month', first_day)::date", name="begins_with_a_month"),
    )

    issuer_id: int = key(Integer)
    chart: str = Field(sa_type=Text)
    currency: str = Field(sa_type=Text)  # the functional one: in which its books are kept
    zone: str = Field(sa_type=Text)  # whose local days its entries bear
    first_day: date  # what happened before is there as it stood
    own_rows: list[dict[str, Any]] = Field(sa_type=JSONB)  # of the chart, before its own
    last_number: int = Field(default=0, sa_column_kwargs={"server_default": "0"})
    opened_by: str = Field(sa_type=Text)
    opened_identity: int | None = acting()
    opened_at: datetime = Field(sa_type=UtcInstant)


class LedgerDueRow(Tenanted, table=True):
    """A fact that is to be posted. A trigger writes it with the fact, where there are books; posting deletes it."""

    __tablename__ = "ledger_due"
    __table_args__ = (UniqueConstraint("tenant", "cause", "fact_id"),)

    id: int = identity()
    cause: str = Field(sa_type=Text)
    fact_id: int
    held: str = Field(default="", sa_type=Text, sa_column_kwargs={"server_default": ""})  # why it is not posted yet
    due_at: datetime = Field(sa_type=UtcInstant)


class LedgerEntryRow(Tenanted, table=True):
    """An entry: one cause, posted once. Never changed; what is taken back is another entry."""

    __tablename__ = "ledger_entry"
    __table_args__ = (
        reference("issuer_id", "party"),
        reference("party_id", "party"),
        reference("reverses_id", "ledger_entry"),
        UniqueConstraint("tenant", "issuer_id", "number"),
        UniqueConstraint("tenant", "issuer_id", "cause", "fact_id"),
        UniqueConstraint("tenant", "reverses_id"),
        Index(None, "tenant", "issuer_id", "posted_on"),
        CheckConstraint("rate > 0", name="rate_above_zero"),
    )

    id: int = identity()
    issuer_id: int  # whose books
    number: int  # in them, without gap
    cause: str = Field(sa_type=Text)
    fact_id: int = Field(sa_type=BigInteger)
    posted_on: date
    happened_on: date  # earlier, where that month was closed by then
    currency: str = Field(sa_type=Text)
    rate: Decimal = Field(sa_type=Numeric)  # units of the books' currency for one
    rate_id: int | None = None  # the rate that it is; none where both are one currency
    party_id: int | None = None  # the customer or the payee
    document: str = Field(default="", sa_type=Text, sa_column_kwargs={"server_default": ""})  # its number
    words: str = Field(sa_type=Text)
    postings: int  # how many it has
    reverses_id: int | None = None
    recorded_by: str | None = Field(default=None, sa_type=Text)  # none: the product itself
    recorded_identity: int | None = acting()
    recorded_at: datetime = Field(sa_type=UtcInstant)


class LedgerPostingRow(Tenanted, table=True):
    """A posting of an entry; debits above zero. All of an entry add up to nothing in both currencies. Never changed."""

    __tablename__ = "ledger_posting"
    __table_args__ = (
        reference("entry_id", "ledger_entry"),
        reference("contract_id", "contract"),
        # text: the condition of a partial index: of what is carried by document
        Index(
            "ix_ledger_posting_carried",
            "tenant",
            "document_id",
            "role",
            postgresql_where=text("document_id is not null"),
        ),
        Index(None, "tenant", "role", "contract_id"),
        CheckConstraint("amount <> 0 or functional <> 0", name="of_something"),
    )

    entry_id: int = key(Integer)
    pos: int = key(Integer)
    account: str = Field(sa_type=Text)
    role: str = Field(sa_type=Text)
    amount: Decimal = Field(sa_type=Numeric)
    functional: Decimal = Field(sa_type=Numeric)
    tag: str = Field(sa_type=Text)
    tax_country: str | None = Field(default=None, sa_type=Text)
    tax_category: str | None = Field(default=None, sa_type=Text)
    tax_rate: Decimal | None = Field(default=None, sa_type=Numeric)
    service_first: date | None = None
    service_after_last: date | None = None
    line: int
    charge: str = Field(sa_type=Text)
    contract_id: int | None = None
    document_id: int | None = None
    dimensions: dict[str, str] = Field(sa_type=JSONB)


class LedgerMonthRow(Tenanted, table=True):
    """A month that is closed in the books of a legal entity: nothing is posted in it any more."""

    __tablename__ = "ledger_month"
    __table_args__ = (
        reference("issuer_id", "party"),
        CheckConstraint("month = date_trunc('month', month)::date", name="is_a_month"),
    )

    issuer_id: int = key(Integer)
    month: date = Field(primary_key=True)
    last_number: int  # the newest entry by then
    closed_by: str = Field(sa_type=Text)
    closed_identity: int | None = acting()
    closed_at: datetime = Field(sa_type=UtcInstant)


class ExchangeRateRow(Tenanted, table=True):
    """A rate of exchange of a day, as its source published it. Never edited: the newest that is released counts."""

    __tablename__ = "exchange_rate"
    __table_args__ = (
        Index(None, "tenant", "currency", "of_currency", "on_day"),
        CheckConstraint("rate > 0", name="rate_above_zero"),
        CheckConstraint("currency <> of_currency", name="of_two_currencies"),
        CheckConstraint("(released_by is null) = (released_at is null)", name="released_whole"),
    )

    id: int = identity()
    currency: str = Field(sa_type=Text)  # units of this one
    of_currency: str = Field(sa_type=Text)  # for one of this one
    on_day: date
    rate: Decimal = Field(sa_type=Numeric)
    source: str = Field(sa_type=Text)
    recorded_by: str = Field(sa_type=Text)
    recorded_identity: int | None = acting()
    recorded_at: datetime = Field(sa_type=UtcInstant)
    released_by: str | None = Field(default=None, sa_type=Text)
    released_identity: int | None = None  # filled by the database
    released_at: datetime | None = Field(default=None, sa_type=UtcInstant)
