"""Rows of banks' files, their entries, what these pay, who pays for whom, and what payers say of their payments."""

from datetime import date, datetime
from decimal import Decimal

from sqlalchemy import CheckConstraint, Index, Numeric, Text, UniqueConstraint, text
from sqlmodel import Field

from metering.tables import Tenanted, UtcInstant, acting, identity, reference


class BankFileRow(Tenanted, table=True):
    """A file of a bank that was read; the same bytes are read once."""

    __tablename__ = "bank_file"
    __table_args__ = (UniqueConstraint("tenant", "sha256"),)

    id: int = identity()
    sha256: str = Field(sa_type=Text)
    form: str = Field(sa_type=Text)  # how it was read: a version of camt, or a profile
    entries: int  # in it, booked
    added: int  # of these, not known from another file
    left_out: int  # not booked yet
    recorded_by: str = Field(sa_type=Text)
    recorded_identity: int | None = acting()
    recorded_at: datetime = Field(sa_type=UtcInstant)


class BankEntryRow(Tenanted, table=True):
    """An entry of a bank's statement. What the bank says never changes; what became of it does."""

    __tablename__ = "bank_entry"
    __table_args__ = (
        reference("file_id", "bank_file"),
        UniqueConstraint("tenant", "account", "key_sha256", "part"),
        # text: the condition of a partial index
        Index("ix_bank_entry_queued", "tenant", "id", postgresql_where=text("state = 'queued'")),
        Index(None, "tenant", "file_id"),
        CheckConstraint(
            "state in ('queued', 'matched', 'returned', 'payout', 'no_payment', 'ignored', 'detailed', 'ordered')",
            name="state_is_one",
        ),
        CheckConstraint("charges >= 0", name="charges_not_below_zero"),
    )

    id: int = identity()
    file_id: int
    account: str = Field(sa_type=Text)  # ours
    key_sha256: str = Field(sa_type=Text)  # of what names its booking
    part: int  # its place in the booking
    place: str = Field(sa_type=Text)  # in its file
    booked_on: date
    value_on: date
    amount: Decimal = Field(sa_type=Numeric)
    currency: str = Field(sa_type=Text)
    before_charges: Decimal | None = Field(default=None, sa_type=Numeric)
    charges: Decimal = Field(sa_type=Numeric)
    creditor_references: str = Field(sa_type=Text)  # with a blank between them; none has one
    document_references: str = Field(sa_type=Text)  # with a line break between them
    end_to_end: str = Field(sa_type=Text)
    mandate: str = Field(sa_type=Text)
    of_bank: str = Field(sa_type=Text)
    # identifications of files and batches, with a line break between them
    batches: str = Field(default="", sa_type=Text, sa_column_kwargs={"server_default": ""})
    text: str = Field(sa_type=Text)
    party_name: str = Field(sa_type=Text)
    party_account: str = Field(sa_type=Text)
    party_behind: str = Field(sa_type=Text)
    return_reason: str | None = Field(default=None, sa_type=Text)  # None: it takes nothing back
    return_end_to_end: str = Field(default="", sa_type=Text)
    return_of_bank: str = Field(default="", sa_type=Text)
    state: str = Field(sa_type=Text)
    reason: str = Field(default="", sa_type=Text)  # why it waits, or is no payment
    candidates: str = Field(default="", sa_type=Text)  # numbers of documents, with a line break between them
    settled_by: str | None = Field(default=None, sa_type=Text)  # who has settled it; None: a rule
    settled_identity: int | None = None  # filled by the database
    settled_at: datetime | None = Field(default=None, sa_type=UtcInstant)


class BankMatchRow(Tenanted, table=True):
    """The payment that an entry became, and by which rule. Never changed."""

    __tablename__ = "bank_match"
    __table_args__ = (
        reference("entry_id", "bank_entry"),
        reference("payment_id", "payment"),
        UniqueConstraint("tenant", "entry_id"),
        UniqueConstraint("tenant", "payment_id"),
    )

    id: int = identity()
    entry_id: int
    payment_id: int
    rule: str = Field(sa_type=Text)
    short: Decimal = Field(sa_type=Numeric)  # what is missing of the documents that it pays
    short_reason: str | None = Field(default=None, sa_type=Text)
    charges: Decimal = Field(sa_type=Numeric)  # what the bank took with a return
    matched_by: str = Field(sa_type=Text)
    matched_identity: int | None = acting()
    matched_at: datetime = Field(sa_type=UtcInstant)


class PayerAliasRow(Tenanted, table=True):
    """For whom a bank account or a name stands: prepared by one person, released by another; then it counts."""

    __tablename__ = "payer_alias"
    __table_args__ = (
        reference("customer_id", "party"),
        # text: the condition of a partial index
        Index(
            "uq_payer_alias_in_force",
            "tenant",
            "kind",
            "account",
            "name",
            text("coalesce(customer_id, 0)"),
            unique=True,
            postgresql_where=text("withdrawn_at is null"),
        ),
        CheckConstraint("kind in ('customer', 'gateway', 'own', 'other')", name="kind_is_one"),
        CheckConstraint("(kind = 'customer') = (customer_id is not null)", name="customer_has_its_party"),
        CheckConstraint("(account = '') <> (name = '')", name="account_or_name"),
        CheckConstraint("num_nulls(released_by, released_at) in (0, 2)", name="released_whole"),
        CheckConstraint("num_nulls(withdrawn_by, withdrawn_at) in (0, 2)", name="withdrawn_whole"),
    )

    id: int = identity()
    kind: str = Field(sa_type=Text)
    account: str = Field(sa_type=Text)
    name: str = Field(sa_type=Text)
    customer_id: int | None = None
    prepared_by: str = Field(sa_type=Text)
    prepared_identity: int | None = acting()
    prepared_at: datetime = Field(sa_type=UtcInstant)
    released_by: str | None = Field(default=None, sa_type=Text)
    released_identity: int | None = None  # filled by the database
    released_at: datetime | None = Field(default=None, sa_type=UtcInstant)
    withdrawn_by: str | None = Field(default=None, sa_type=Text)
    withdrawn_identity: int | None = None  # filled by the database
    withdrawn_at: datetime | None = Field(default=None, sa_type=UtcInstant)


class BankAdviceRow(Tenanted, table=True):
    """What a payer says a payment of its is for; answered by one entry at most."""

    __tablename__ = "bank_advice"
    __table_args__ = (
        reference("customer_id", "party"),
        reference("entry_id", "bank_entry"),
        UniqueConstraint("tenant", "sha256"),
        # text: the condition of a partial index
        Index("ix_bank_advice_open", "tenant", "id", postgresql_where=text("entry_id is null")),
    )

    id: int = identity()
    sha256: str = Field(sa_type=Text)  # of what it says
    reference: str = Field(sa_type=Text)
    customer_id: int
    currency: str = Field(sa_type=Text)
    amount: Decimal = Field(sa_type=Numeric)
    paid_on: date
    entry_id: int | None = None
    recorded_by: str = Field(sa_type=Text)
    recorded_identity: int | None = acting()
    recorded_at: datetime = Field(sa_type=UtcInstant)


class BankAdviceLineRow(Tenanted, table=True):
    """What of an advised payment is for a document."""

    __tablename__ = "bank_advice_line"
    __table_args__ = (
        reference("advice_id", "bank_advice"),
        Index(None, "tenant", "advice_id"),
        CheckConstraint("amount <> 0", name="of_something"),
    )

    id: int = identity()
    advice_id: int
    document: str = Field(sa_type=Text)
    amount: Decimal = Field(sa_type=Numeric)
    discount: Decimal = Field(sa_type=Numeric)
