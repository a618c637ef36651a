"""Rows of what is owed."""

from collections.abc import Mapping
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Column,
    Computed,
    Dialect,
    Index,
    Integer,
    LargeBinary,
    Numeric,
    SmallInteger,
    Text,
    TypeDecorator,
    UniqueConstraint,
    text,
)
from sqlalchemy.dialects.postgresql import ARRAY, DATERANGE, JSONB, Range
from sqlmodel import Field, SQLModel

from billing.records.credit import AskedCredits
from billing.records.discount import DiscountShares
from billing.records.document_file import ValidationRecord
from billing.records.draft import DraftContent
from billing.records.dunning import DunningLetterContent
from billing.records.held import HoldReason
from billing.records.inputs import InvoiceInputs, RatingInputs
from billing.records.payee_document import PayeeDocumentContent
from billing.records.proof import LineProof
from billing.records.record import StoredRecord, read, written
from billing.records.statement import StatementContent
from metering.tables import Tenanted, UtcInstant, acting, identity, key, reference


class RecordColumn(TypeDecorator[StoredRecord]):
    """A ``jsonb`` that takes and gives typed records of one kind; what older releases wrote is upgraded when read.

    JSON of any form is seen here alone, between the driver and the record.
    """

    impl = JSONB(none_as_null=True)
    cache_ok = True

    def __init__(self, kind: type[StoredRecord]) -> None:
        """Hold records of a kind."""
        super().__init__()
        self.kind = kind

    def process_bind_param(self, value: StoredRecord | None, dialect: Dialect) -> dict[str, Any] | None:
        """Write a record as JSON, with the number of its schema."""
        return None if value is None else written(value)

    def process_result_value(self, value: Mapping[str, Any] | None, dialect: Dialect) -> StoredRecord | None:
        """Read a record of any schema."""
        return None if value is None else read(self.kind, value)


#: Due work that is not done; the planning of contracts is none of it, and most of the table.
_OPEN_WORK = "kind <> 'planning' and done_at is null"

#: What is to be paid of a document, out of what its totals have that no sum of its lines tells.
_PAYABLE = (
    "gross + coalesce((inputs #>> '{tax,rounding}')::numeric, 0) - coalesce((inputs #>> '{tax,withheld}')::numeric, 0)"
)


class DueRow(SQLModel, table=True):
    """Work that falls due: one contract, one period, one kind, once; and each contract's planning, when it is to go on.

    One of the three tables that answer "which tenant?": a worker that has stated none sees every row and writes none;
    with a tenant stated, its own rows alone are there. It holds no business data.
    """

    __tablename__ = "due"
    # text: the condition of a partial index
    __table_args__ = (
        Index(None, "tenant", "contract", postgresql_where=text(_OPEN_WORK)),
        Index(None, "tenant", "due_at", "contract", postgresql_where=text(_OPEN_WORK)),
        Index("ix_due_tenant_held", "tenant", postgresql_where=text("held is not null and done_at is null")),
        Index(
            "ix_due_tenant_due_at_planning",
            "tenant",
            "due_at",
            postgresql_where=text("kind = 'planning' and done_at is null"),
        ),
        Index("ix_due_by_itself", "tenant", "due_at", "contract", postgresql_where=text(f"by_itself and {_OPEN_WORK}")),
    )

    tenant: int = key(Integer)
    kind: str = key(Text)
    contract: int = key(Integer)
    period: Range[date] = key(DATERANGE)
    attempt: int = key(SmallInteger)
    due_at: datetime = Field(sa_type=UtcInstant)
    done_at: datetime | None = Field(default=None, sa_type=UtcInstant)
    held: HoldReason | None = Field(default=None, sa_type=RecordColumn(HoldReason))
    # whether its documents are issued without a person; the database says it, by the contract's newest version
    by_itself: bool = Field(default=False, sa_column_kwargs={"server_default": "false"})


class InvoiceRow(Tenanted, table=True):
    """An invoice, or a correction of some; or a period that came to nothing, of which there is no document.

    Without a number nothing else is committed; a trigger keeps what is.
    """

    __tablename__ = "invoice"
    __table_args__ = (
        # text: the condition of a partial index; of corrections a contract has as many as it needs
        Index(
            "uq_invoice_contract_id_kind_first_tenant",
            "contract_id",
            "kind",
            "first",
            "tenant",
            unique=True,
            postgresql_where=text(
                "kind not in ('correction', 'credit', 'consolidated', 'late', 'advance') and sequence is not null"
                " and of_id is null and voided_on is null"
            ),
        ),
        # what they find comes first: so that the invoice of a line is found by its key, and by no other index
        Index(None, "contract_id", "first", "tenant"),
        # of lists: the rows of a customer, of a day of issue, of a period, and the few that are no ordinary ones
        Index(None, "tenant", "customer_id", "id"),
        Index(None, "tenant", "issued_on", "id"),
        Index(None, "tenant", "first", "id"),
        Index(
            "ix_invoice_tenant_kind_id",
            "tenant",
            "kind",
            "id",
            postgresql_where=text("kind <> 'period'"),
        ),
        Index("ix_invoice_tenant_of_id", "tenant", "of_id", postgresql_where=text("of_id is not null")),
        # text: the condition of partial indexes; what stands within a consolidated document bears its number
        Index(
            "uq_invoice_issuer_id_series_year_sequence_tenant",
            "issuer_id",
            "series",
            "year",
            "sequence",
            "tenant",
            unique=True,
            postgresql_where=text("within_id is null"),
        ),
        Index(
            "uq_invoice_issuer_id_number_tenant",
            "issuer_id",
            "number",
            "tenant",
            unique=True,
            postgresql_where=text("within_id is null"),
        ),
        Index("ix_invoice_tenant_within_id", "tenant", "within_id", postgresql_where=text("within_id is not null")),
        reference("contract_id", "contract"),
        reference("version_id", "contract_version"),
        reference("issuer_id", "party"),
        reference("customer_id", "party"),
        reference("of_id", "invoice"),
        reference("within_id", "invoice"),
        CheckConstraint("num_nulls(year, sequence, number, issued_on, due_on) in (0, 5)", name="issued_whole"),
        CheckConstraint("gross = net + vat", name="gross_is_the_sum"),
        CheckConstraint("not came_to_nothing or number is null and net = 0 and vat = 0", name="nothing_has_no_number"),
        CheckConstraint("num_nulls(voided_on, counts_until) in (0, 2)", name="voided_whole"),
    )

    id: int = identity()
    kind: str = Field(default="period", sa_type=Text, sa_column_kwargs={"server_default": "period"})
    document_type: str = Field(default="380", sa_type=Text, sa_column_kwargs={"server_default": "380"})
    series: str = Field(default="", sa_type=Text, sa_column_kwargs={"server_default": ""})
    of_id: int | None = None  # of another document of the same piece of work, the first one
    within_id: int | None = None  # the consolidated document that it stands on, whose number and dates it bears
    contract_id: int
    version_id: int
    issuer_id: int
    customer_id: int
    first: date
    after_last: date
    year: int | None = None
    sequence: int | None = None
    number: str | None = Field(default=None, sa_type=Text)
    came_to_nothing: bool = Field(default=False, sa_column_kwargs={"server_default": "false"})
    issued_on: date | None = None
    due_on: date | None = None
    currency: str = Field(sa_type=Text)
    net: Decimal = Field(sa_type=Numeric)
    vat: Decimal = Field(sa_type=Numeric)
    gross: Decimal = Field(sa_type=Numeric)
    # what it says is to be paid: brought to prices with tax, less what the customer withholds (BT-115)
    payable: Decimal = Field(default=None, sa_column=Column(Numeric, Computed(_PAYABLE, persisted=True)))
    watermark: int = Field(sa_type=BigInteger)
    inputs: InvoiceInputs = Field(sa_type=RecordColumn(InvoiceInputs))
    created_at: datetime = Field(sa_type=UtcInstant)
    voided_on: date | None = None  # set once, and nothing else of what is issued ever is
    counts_until: int | None = None  # the newest document of the contract by then: those after it do not count this one


class DraftRow(Tenanted, table=True):
    """A draft that somebody looked at, as it was: no document, and nothing that bills. Named by its content."""

    __tablename__ = "draft"
    __table_args__ = (
        reference("contract_id", "contract"),
        UniqueConstraint("tenant", "content_hash"),
        Index(None, "tenant", "contract_id"),
    )

    name: str = key(Text)
    content_hash: str = Field(sa_type=Text)
    contract_id: int
    kind: str = Field(sa_type=Text)
    first: date  # the day by which its work is known
    watermark: int = Field(sa_type=BigInteger)
    looked_at: datetime = Field(sa_type=UtcInstant)
    due_by: datetime = Field(sa_type=UtcInstant)  # what was due by then was looked at
    content: DraftContent = Field(sa_type=RecordColumn(DraftContent))


class InvoiceLineRow(Tenanted, table=True):
    """A line of an invoice; written by COPY, never changed. The database stores wider than it rounds to, and checks."""

    __tablename__ = "invoice_line"
    __table_args__ = (
        reference("invoice_id", "invoice", ondelete="CASCADE"),
        CheckConstraint("scale(net) <= 4", name="net_is_rounded"),
        # text: the condition of a partial index: few lines are shared, and payees are found by these
        Index("ix_invoice_line_shared", "tenant", "invoice_id", postgresql_where=text("payees <> '{}'::jsonb")),
    )

    invoice_id: int = key(Integer)
    pos: int = key(Integer)
    customer_id: int
    charge: str = Field(sa_type=Text)
    part: int
    label: str = Field(sa_type=Text)
    nature: str = Field(sa_type=Text)
    quantity: Decimal = Field(sa_type=Numeric)
    unit: str = Field(sa_type=Text)
    unit_price: Decimal = Field(sa_type=Numeric)
    net: Decimal = Field(sa_type=Numeric)
    service_first: date
    service_after_last: date
    tax_point: date
    tax_category: str = Field(sa_type=Text)
    tax_rate: Decimal = Field(sa_type=Numeric)
    tax_reason: str = Field(sa_type=Text)
    corrects_id: int | None = None
    corrects_number: str | None = Field(default=None, sa_type=Text)
    dimensions: dict[str, str] = Field(sa_type=JSONB)
    allocation: dict[str, str] = Field(sa_type=JSONB)
    payees: dict[str, str] = Field(sa_type=JSONB)
    proof: LineProof = Field(sa_type=RecordColumn(LineProof))
    tax_code: str = Field(default="", sa_type=Text, sa_column_kwargs={"server_default": ""})
    revenue_account: str = Field(default="", sa_type=Text, sa_column_kwargs={"server_default": ""})


class RatingRow(Tenanted, table=True):
    """A period as it was rated: the first time, or once more because something had changed. Never changed.

    A document settles what it comes to; a second look that finds nothing makes none, and ends there.
    """

    __tablename__ = "rating"
    __table_args__ = (
        reference("contract_id", "contract"),
        reference("customer_id", "party"),
        reference("invoice_id", "invoice", ondelete="CASCADE"),
        reference("document_id", "invoice", ondelete="CASCADE"),
        reference("rests_on_id", "invoice", ondelete="CASCADE"),
        Index(None, "tenant", "invoice_id", "id"),
        Index(None, "tenant", "document_id"),
        Index(None, "tenant", "rests_on_id"),
        Index(None, "tenant", "contract_id", "first"),
        # text: the condition of a partial index
        Index("ix_rating_unswept", "tenant", "id", postgresql_where=text("not swept")),
        CheckConstraint("(document_id is null) = (rests_on_id is not null)", name="settled_or_found_nothing"),
    )

    id: int = identity()
    contract_id: int
    customer_id: int
    invoice_id: int  # of the period
    document_id: int | None = None  # that settles it
    rests_on_id: int | None = None  # where nothing was found: the newest document of the contract by then
    first: date
    after_last: date
    watermark: int = Field(sa_type=BigInteger)
    rated_at: datetime = Field(sa_type=UtcInstant)
    inputs: RatingInputs = Field(sa_type=RecordColumn(RatingInputs))
    swept: bool = Field(default=False, sa_column_kwargs={"server_default": "false"})
    counts_until: int | None = None  # the newest rating of the contract when this one was voided with its document


class RatingSourceRow(Tenanted, table=True):
    """What a rating asked, and what it was answered: of readings up to its watermark, of all else by a token."""

    __tablename__ = "rating_source"
    __table_args__ = (
        reference("rating_id", "rating", ondelete="CASCADE"),
        Index(None, "tenant", "rating_id"),
    )

    source: str = key(Text)
    subject: int = key(Integer)  # the key of a row of the source; 0 of what ships with the code
    rating_id: int = key(Integer)
    start: datetime = key(UtcInstant)  # of readings, without bound where a reading was missed
    about: str = key(Text)  # what of it: a month, the days; empty for all
    end: datetime = Field(sa_type=UtcInstant)
    token: str = Field(sa_type=Text)


class FactTouchRow(Tenanted, table=True):
    """A stored fact other than a reading that was changed, by whatever changed it: a trigger writes it."""

    __tablename__ = "fact_touch"
    # text: the condition of a partial index
    __table_args__ = (Index("ix_fact_touch_unswept", "tenant", "id", postgresql_where=text("not swept")),)

    id: int = identity()
    source: str = Field(sa_type=Text)
    subject: int
    about: str = Field(default="", sa_type=Text, sa_column_kwargs={"server_default": ""})
    swept: bool = Field(default=False, sa_column_kwargs={"server_default": "false"})


class StaleRow(Tenanted, table=True):
    """A rating of which something has changed since: it is looked at once more, unless a newer one was."""

    __tablename__ = "stale"
    __table_args__ = (reference("rating_id", "rating", ondelete="CASCADE"),)

    rating_id: int = key(Integer)
    found_at: datetime = Field(sa_type=UtcInstant)
    sources: list[str] = Field(sa_type=ARRAY(Text))


class SweepRow(Tenanted, table=True):
    """Up to where a tenant's changes were looked through for ratings that they concern."""

    __tablename__ = "sweep"

    watermark: int = Field(sa_type=BigInteger)
    shipped: dict[str, str] = Field(sa_type=JSONB)  # fingerprints of what ships with the code


class DisputeRow(Tenanted, table=True):
    """A charge that a party disputes over some days: raised, accepted by the supplier, settled.

    Held apart from its acceptance on, until it is due after all or waived; the rest goes on.
    """

    __tablename__ = "dispute"
    __table_args__ = (
        reference("contract_id", "contract"),
        reference("customer_id", "party"),
        CheckConstraint("outcome in ('due', 'waived')", name="outcome_is_one"),
        CheckConstraint(
            "(outcome is null) = (settled_by is null) and (outcome is null) = (settled_at is null)",
            name="settled_whole",
        ),
        CheckConstraint("(waiver_by is null) = (waiver_at is null)", name="waiver_whole"),
        CheckConstraint("(accepted_by is null) = (accepted_at is null)", name="accepted_whole"),
        CheckConstraint("outcome <> 'waived' or accepted_at is not null", name="waived_is_accepted"),
        CheckConstraint("first < after_last", name="of_some_days"),
    )

    id: int = identity()
    contract_id: int
    customer_id: int
    charge: str = Field(sa_type=Text)
    first: date
    after_last: date
    reason: str = Field(sa_type=Text)
    raised_by: str = Field(sa_type=Text)
    raised_identity: int | None = acting()
    raised_at: datetime = Field(sa_type=UtcInstant)
    accepted_by: str | None = Field(default=None, sa_type=Text)
    accepted_identity: int | None = None  # filled by the database
    accepted_at: datetime | None = Field(default=None, sa_type=UtcInstant)
    waiver_by: str | None = Field(default=None, sa_type=Text)  # the first of two who waive it
    waiver_identity: int | None = None  # filled by the database
    waiver_at: datetime | None = Field(default=None, sa_type=UtcInstant)
    outcome: str | None = Field(default=None, sa_type=Text)
    settled_by: str | None = Field(default=None, sa_type=Text)
    settled_identity: int | None = None  # filled by the database
    settled_at: datetime | None = Field(default=None, sa_type=UtcInstant)


class StatementRow(Tenanted, table=True):
    """A savings statement of a window, as it was prepared. Never changed: another one takes its place."""

    __tablename__ = "statement"
    __table_args__ = (
        reference("contract_id", "contract"),
        reference("customer_id", "party"),
        reference("version_id", "contract_version"),
        Index(None, "tenant", "contract_id", "first"),
        CheckConstraint("first < after_last", name="of_some_days"),
    )

    id: int = identity()
    contract_id: int
    customer_id: int
    version_id: int
    first: date
    after_last: date
    watermark: int = Field(sa_type=BigInteger)
    prepared_by: str = Field(sa_type=Text)
    prepared_identity: int | None = acting()
    prepared_at: datetime = Field(sa_type=UtcInstant)
    content: StatementContent = Field(sa_type=RecordColumn(StatementContent))


class StatementStepRow(Tenanted, table=True):
    """What a party did with a statement: submitted, verified, agreed or disputed it. Each once, never changed."""

    __tablename__ = "statement_step"
    __table_args__ = (
        reference("statement_id", "statement"),
        reference("customer_id", "party"),
        UniqueConstraint("tenant", "statement_id", "step"),
        CheckConstraint("step in ('submitted', 'verified', 'agreed', 'disputed')", name="step_is_one"),
        CheckConstraint("(countersigned_by is null) = (countersigned_at is null)", name="countersigned_whole"),
    )

    id: int = identity()
    statement_id: int
    customer_id: int
    step: str = Field(sa_type=Text)
    party: str = Field(sa_type=Text)
    person: str = Field(sa_type=Text)  # who signed
    recorded_by: str = Field(sa_type=Text)  # who entered it
    recorded_identity: int | None = acting()
    at: datetime = Field(sa_type=UtcInstant)
    charges: list[str] = Field(sa_type=ARRAY(Text))
    note: str = Field(sa_type=Text)
    # signed on paper: it counts once another person of the supplier has confirmed it
    on_paper: bool = Field(default=False, sa_column_kwargs={"server_default": "false"})
    countersigned_by: str | None = Field(default=None, sa_type=Text)
    countersigned_identity: int | None = None  # filled by the database
    countersigned_at: datetime | None = Field(default=None, sa_type=UtcInstant)


class SignatureRow(Tenanted, table=True):
    """Somebody outside has signed a version of a contract, or a statement, as it was. Never changed.

    The database writes who signed, and takes the digest of what was.
    """

    __tablename__ = "signature"
    __table_args__ = (
        reference("contract_id", "contract"),
        reference("customer_id", "party"),
        reference("version_id", "contract_version"),
        reference("statement_id", "statement"),
        UniqueConstraint("tenant", "version_id", "signed_identity"),
        UniqueConstraint("tenant", "statement_id", "signed_identity"),
        CheckConstraint("num_nonnulls(version_id, statement_id) = 1", name="of_one_thing"),
        Index(None, "contract_id", "tenant"),
    )

    id: int = identity()
    contract_id: int
    customer_id: int
    version_id: int | None = None
    statement_id: int | None = None
    name: str = Field(sa_type=Text)
    signed_identity: int | None = acting()
    signed_at: datetime = Field(sa_type=UtcInstant)
    content_sha256: bytes = Field(default=b"", sa_type=LargeBinary)  # filled by the database
    note: str = Field(sa_type=Text)


class TaxLawRow(Tenanted, table=True):
    """A tenant's own rows of the tax law of a country. Never edited: the newest that is released counts, as a whole."""

    __tablename__ = "tax_law"
    __table_args__ = (
        CheckConstraint("country ~ '^[A-Z]{2}$'", name="country_is_a_code"),
        CheckConstraint("(released_by is null) = (released_at is null)", name="released_whole"),
        Index(None, "tenant", "country", "id"),
    )

    id: int = identity()
    country: str = Field(sa_type=Text)
    law: dict[str, Any] = Field(sa_type=JSONB)
    recorded_at: datetime = Field(sa_type=UtcInstant)
    recorded_by: str = Field(sa_type=Text)
    recorded_identity: int | None = acting()
    released_at: datetime | None = Field(default=None, sa_type=UtcInstant)
    released_by: str | None = Field(default=None, sa_type=Text)  # until then nothing is taxed by it
    released_identity: int | None = None  # filled by the database


class CreditRow(Tenanted, table=True):
    """Lines of a document given back by hand: prepared by one, released by another, or withdrawn."""

    __tablename__ = "credit"
    __table_args__ = (
        reference("contract_id", "contract"),
        reference("customer_id", "party"),
        reference("invoice_id", "invoice"),
        reference("document_id", "invoice"),
        CheckConstraint("num_nulls(released_by, released_at, document_id) in (0, 3)", name="released_whole"),
        CheckConstraint("(withdrawn_by is null) = (withdrawn_at is null)", name="withdrawn_whole"),
        CheckConstraint("released_at is null or withdrawn_at is null", name="ends_once"),
        UniqueConstraint("tenant", "document_id"),
        Index(None, "tenant", "invoice_id"),
        Index(None, "tenant", "contract_id"),
    )

    id: int = identity()
    contract_id: int
    customer_id: int
    invoice_id: int  # that it gives back
    document_id: int | None = None  # that it was issued as, the first one
    reason: str = Field(sa_type=Text)
    asked: AskedCredits = Field(sa_type=RecordColumn(AskedCredits))
    currency: str = Field(sa_type=Text)
    net: Decimal = Field(sa_type=Numeric)
    prepared_by: str = Field(sa_type=Text)
    prepared_identity: int | None = acting()
    prepared_at: datetime = Field(sa_type=UtcInstant)
    released_by: str | None = Field(default=None, sa_type=Text)
    released_identity: int | None = None  # filled by the database
    released_at: datetime | None = Field(default=None, sa_type=UtcInstant)
    withdrawn_by: str | None = Field(default=None, sa_type=Text)
    withdrawn_identity: int | None = None  # filled by the database
    withdrawn_at: datetime | None = Field(default=None, sa_type=UtcInstant)


class PayeeDocumentRow(Tenanted, table=True):
    """A document between the supplier and a payee, issued with the customer's document it comes of. Never changed."""

    __tablename__ = "payee_document"
    __table_args__ = (
        reference("invoice_id", "invoice"),
        reference("contract_id", "contract"),
        reference("payee_id", "party"),
        reference("issuer_id", "party"),
        UniqueConstraint("issuer_id", "series", "year", "sequence", "tenant"),
        UniqueConstraint("issuer_id", "number", "tenant"),
        Index(None, "tenant", "contract_id"),
        Index(None, "tenant", "invoice_id"),
        Index(None, "tenant", "payee_id", "id"),
        Index(None, "tenant", "number"),
        CheckConstraint("leg in ('purchase', 'commission')", name="leg_is_one"),
        CheckConstraint("gross = net + vat", name="gross_is_the_sum"),
    )

    id: int = identity()
    invoice_id: int  # the first document of the piece of work that it comes of
    contract_id: int
    payee_id: int
    issuer_id: int  # in whose books it is numbered: the seller
    leg: str = Field(sa_type=Text)
    document_type: str = Field(sa_type=Text)
    series: str = Field(sa_type=Text)
    year: int
    sequence: int
    number: str = Field(sa_type=Text)
    issued_on: date
    due_on: date
    currency: str = Field(sa_type=Text)
    net: Decimal = Field(sa_type=Numeric)
    vat: Decimal = Field(sa_type=Numeric)
    gross: Decimal = Field(sa_type=Numeric)
    about: list[int] = Field(sa_type=ARRAY(Integer))  # the pieces of work that first billed what its lines are of
    content: PayeeDocumentContent = Field(sa_type=RecordColumn(PayeeDocumentContent))
    created_at: datetime = Field(sa_type=UtcInstant)
    voided_on: date | None = None  # with the customer's document: the database writes it


class DocumentFileRow(Tenanted, table=True):
    """The original of an issued document: its exact bytes, never changed and never deleted."""

    __tablename__ = "document_file"
    __table_args__ = (
        reference("invoice_id", "invoice"),
        reference("payee_document_id", "payee_document"),
        reference("party_id", "party"),
        CheckConstraint("num_nonnulls(invoice_id, payee_document_id) = 1", name="of_one_document"),
        CheckConstraint("sha256 = encode(sha256(content), 'hex')", name="sha256_is_of_the_content"),
        UniqueConstraint("invoice_id", "form", "tenant"),
        UniqueConstraint("payee_document_id", "form", "tenant"),
        Index(None, "tenant", "party_id"),
    )

    id: int = identity()
    invoice_id: int | None = None
    payee_document_id: int | None = None
    party_id: int  # the customer, or the payee: who sees it besides the supplier
    form: str = Field(sa_type=Text)
    version: str = Field(sa_type=Text)  # the release of this product that made it
    media_type: str = Field(sa_type=Text)
    sha256: str = Field(sa_type=Text)
    content: bytes = Field(sa_type=LargeBinary)
    report: ValidationRecord = Field(sa_type=RecordColumn(ValidationRecord))
    made_at: datetime = Field(sa_type=UtcInstant)
    retained_until: date


class VoidingRow(Tenanted, table=True):
    """A piece of work to be void with all its documents: asked for by one, released by another, or withdrawn."""

    __tablename__ = "voiding"
    __table_args__ = (
        reference("contract_id", "contract"),
        reference("customer_id", "party"),
        reference("invoice_id", "invoice"),
        CheckConstraint("(released_by is null) = (released_at is null)", name="released_whole"),
        CheckConstraint("(withdrawn_by is null) = (withdrawn_at is null)", name="withdrawn_whole"),
        CheckConstraint("released_at is null or withdrawn_at is null", name="ends_once"),
        # text: the condition of a partial index
        Index(
            "uq_voiding_tenant_invoice_id",
            "tenant",
            "invoice_id",
            unique=True,
            postgresql_where=text("withdrawn_at is null"),
        ),
        Index(None, "tenant", "contract_id"),
    )

    id: int = identity()
    contract_id: int
    customer_id: int
    invoice_id: int  # the first document of the work
    reason: str = Field(sa_type=Text)
    asked_by: str = Field(sa_type=Text)
    asked_identity: int | None = acting()
    asked_at: datetime = Field(sa_type=UtcInstant)
    released_by: str | None = Field(default=None, sa_type=Text)
    released_identity: int | None = None  # filled by the database
    released_at: datetime | None = Field(default=None, sa_type=UtcInstant)
    withdrawn_by: str | None = Field(default=None, sa_type=Text)
    withdrawn_identity: int | None = None  # filled by the database
    withdrawn_at: datetime | None = Field(default=None, sa_type=UtcInstant)


class ClearanceFileRow(Tenanted, table=True):
    """A file made for a state, or one that it answered with: its exact bytes. Never changed, and retained."""

    __tablename__ = "clearance_file"
    __table_args__ = (
        Index(None, "tenant", "authority", "id"),
        CheckConstraint("direction in ('out', 'in')", name="goes_out_or_comes_in"),
        CheckConstraint("octet_length(sha256) = 32", name="has_its_digest"),
    )

    id: int = identity()
    authority: str = Field(sa_type=Text)
    direction: str = Field(sa_type=Text)
    name: str = Field(sa_type=Text)
    media_type: str = Field(sa_type=Text)
    content: bytes = Field(sa_type=LargeBinary)
    sha256: bytes = Field(sa_type=LargeBinary)
    recorded_by: str = Field(sa_type=Text)
    recorded_identity: int | None = acting()
    recorded_at: datetime = Field(sa_type=UtcInstant)


class ClearanceRow(Tenanted, table=True):
    """What a state says of documents of ours, or is asked to: its own number, status and figures, beside ours."""

    __tablename__ = "clearance"
    __table_args__ = (
        reference("issuer_id", "party"),
        reference("customer_id", "party"),
        reference("file_id", "clearance_file"),
        Index(None, "tenant", "authority", "id"),
        Index(None, "tenant", "issuer_id", "month"),
        # text: the condition of a partial index
        Index(
            "uq_clearance_tenant_authority_number",
            "tenant",
            "authority",
            "number",
            unique=True,
            postgresql_where=text("number is not null"),
        ),
        CheckConstraint("(number is null) = (given_on is null)", name="numbered_on_a_day"),
        CheckConstraint("(status in ('accepted', 'confirmed')) = (number is not null)", name="accepted_with_a_number"),
    )

    id: int = identity()
    authority: str = Field(sa_type=Text)
    kind: str = Field(sa_type=Text)
    status: str = Field(sa_type=Text)
    issuer_id: int
    customer_id: int
    seller: str = Field(sa_type=Text)  # the number by which the state knows the seller
    currency: str = Field(sa_type=Text)
    net: Decimal = Field(sa_type=Numeric)
    tax: Decimal = Field(sa_type=Numeric)
    month: str = Field(sa_type=Text)  # in which it counts against a quota, as 2026-04
    quota: Decimal | None = Field(default=None, sa_type=Numeric)  # of that month, as it was stated with the file
    hand_in_by: date | None = None  # of what was issued offline
    number: str | None = Field(default=None, sa_type=Text)
    given_on: date | None = None
    given_at: datetime | None = Field(default=None, sa_type=UtcInstant)
    net_given: Decimal | None = Field(default=None, sa_type=Numeric)  # as the state counts
    tax_given: Decimal | None = Field(default=None, sa_type=Numeric)
    file_id: int | None = None
    asked_by: str = Field(sa_type=Text)
    asked_identity: int | None = acting()
    asked_at: datetime = Field(sa_type=UtcInstant)


class ClearanceDocumentRow(Tenanted, table=True):
    """Which document of ours a clearance is of, and which of its lines; many of one, one of many. Never changed."""

    __tablename__ = "clearance_document"
    __table_args__ = (
        reference("clearance_id", "clearance"),
        reference("invoice_id", "invoice"),
        reference("payee_document_id", "payee_document"),
        Index(None, "tenant", "invoice_id"),
        Index(None, "tenant", "payee_document_id"),
        Index(None, "tenant", "number"),
        CheckConstraint("num_nulls(invoice_id, payee_document_id) = 1", name="of_one_document"),
    )

    clearance_id: int = key(Integer)
    number: str = key(Text)  # ours
    customer_id: int
    invoice_id: int | None = None
    payee_document_id: int | None = None
    lines: list[int] = Field(sa_type=ARRAY(Integer))  # positions from 1


class RedConfirmationRow(Tenanted, table=True):
    """That something of a fapiao is to be taken back, by a credit note of ours; both sides have a say in it."""

    __tablename__ = "red_confirmation"
    __table_args__ = (
        reference("clearance_id", "clearance"),
        reference("invoice_id", "invoice"),
        reference("red_id", "clearance"),
        Index(None, "tenant", "clearance_id"),
        Index(None, "tenant", "invoice_id"),
        CheckConstraint("net >= 0 and tax >= 0", name="takes_back"),
    )

    id: int = identity()
    clearance_id: int  # of the blue one
    invoice_id: int  # our credit note
    red_id: int | None = None  # the red one that was asked for last
    number: str = Field(sa_type=Text)  # of the confirmation, as the authority numbers it; empty while there is none
    reason: str = Field(sa_type=Text)
    state: str = Field(sa_type=Text)  # as it was recorded; the clock makes it void
    deducted: bool
    by_buyer: bool
    net: Decimal = Field(sa_type=Numeric)
    tax: Decimal = Field(sa_type=Numeric)
    asked_by: str = Field(sa_type=Text)
    asked_identity: int | None = acting()
    asked_at: datetime = Field(sa_type=UtcInstant)


class ClearanceEventRow(Tenanted, table=True):
    """A step of a clearance or of a red confirmation, in the order in which it was recorded. Never changed."""

    __tablename__ = "clearance_event"
    __table_args__ = (
        reference("clearance_id", "clearance"),
        reference("confirmation_id", "red_confirmation"),
        reference("file_id", "clearance_file"),
        Index(None, "tenant", "clearance_id"),
    )

    id: int = identity()
    clearance_id: int  # of a red confirmation the blue one
    confirmation_id: int | None = None
    step: str = Field(sa_type=Text)
    reason: str = Field(sa_type=Text)  # in the state's own words
    file_id: int | None = None
    recorded_by: str = Field(sa_type=Text)
    recorded_identity: int | None = acting()
    recorded_at: datetime = Field(sa_type=UtcInstant)


class IssuerSeriesRow(Tenanted, table=True):
    """How the numbers of a legal entity are told from those of others of the tenant; given once, never changed."""

    __tablename__ = "issuer_series"
    __table_args__ = (
        reference("issuer_id", "party"),
        UniqueConstraint("tenant", "name"),
        CheckConstraint("name ~ '^[A-Z0-9]{0,12}$'", name="name_is_plain"),
    )

    issuer_id: int = key(Integer)
    name: str = Field(sa_type=Text)  # empty of the first issuer, which numbers without a name


class CounterRow(Tenanted, table=True):
    """The last number of a legal entity's series and year, and its date: without gap, and rising with the date."""

    __tablename__ = "counter"
    __table_args__ = (reference("issuer_id", "party"),)

    issuer_id: int = key(Integer)
    series: str = key(Text, default="")
    year: int = key(Integer)
    last: int
    last_on: date


class ReceivablesAccountRow(Tenanted, table=True):
    """What one customer owes one supplier in one currency. It has no amount: it is locked by whoever changes one."""

    __tablename__ = "receivables_account"
    __table_args__ = (
        reference("issuer_id", "party"),
        reference("customer_id", "party"),
        UniqueConstraint("tenant", "issuer_id", "customer_id", "currency"),
    )

    id: int = identity()
    issuer_id: int
    customer_id: int
    currency: str = Field(sa_type=Text)


class SendingRow(Tenanted, table=True):
    """A document was sent: by mail, link, portal, Peppol or hand; once or more often. Never changed."""

    __tablename__ = "sending"
    __table_args__ = (
        reference("invoice_id", "invoice"),
        reference("customer_id", "party"),
        CheckConstraint("how in ('mail', 'portal', 'hand', 'link', 'peppol')", name="how_is_one"),
        Index(None, "tenant", "invoice_id"),
    )

    id: int = identity()
    invoice_id: int
    customer_id: int
    sent_on: date
    how: str = Field(sa_type=Text)
    note: str = Field(sa_type=Text)
    recorded_by: str = Field(sa_type=Text)
    recorded_identity: int | None = acting()
    recorded_at: datetime = Field(sa_type=UtcInstant)


class DunningLetterRow(Tenanted, table=True):
    """A letter to a customer about what is late of one currency, or about what is withdrawn of it. Never changed."""

    __tablename__ = "dunning_letter"
    __table_args__ = (
        reference("issuer_id", "party"),
        reference("customer_id", "party"),
        reference("claim_id", "invoice"),
        CheckConstraint("kind in ('reminder', 'notice', 'stop', 'correction')", name="kind_is_one"),
        Index(None, "tenant", "customer_id", "id"),
    )

    id: int = identity()
    issuer_id: int
    customer_id: int
    currency: str = Field(sa_type=Text)
    kind: str = Field(sa_type=Text)
    written_on: date  # in the supplier's books
    claim_id: int | None = None  # the document that claims interest and fees, or gives them back
    content: DunningLetterContent = Field(sa_type=RecordColumn(DunningLetterContent))
    made_at: datetime = Field(sa_type=UtcInstant)


class DeliveryRow(Tenanted, table=True):
    """A document or a letter, on its way to one address, or several of one way: one row for each.

    ``next_at`` is when it is looked at next: of one that is due, to send it; of one that is being sent, because whoever
    sends it has had its time; of one that was taken, to ask what became of it.
    """

    __tablename__ = "delivery"
    __table_args__ = (
        reference("invoice_id", "invoice"),
        reference("payee_document_id", "payee_document"),
        reference("dunning_letter_id", "dunning_letter"),
        reference("customer_id", "party"),
        UniqueConstraint("tenant", "invoice_id", "way", "address"),
        UniqueConstraint("tenant", "payee_document_id", "way", "address"),
        UniqueConstraint("tenant", "dunning_letter_id", "way", "address"),
        UniqueConstraint("tenant", "reference"),
        CheckConstraint("num_nonnulls(invoice_id, payee_document_id, dunning_letter_id) = 1", name="of_one_document"),
        CheckConstraint("way in ('mail', 'link', 'peppol', 'portal')", name="way_is_one"),
        CheckConstraint("state in ('due', 'sending', 'sent', 'refused', 'unknown', 'given_up')", name="state_is_one"),
        CheckConstraint("answer in ('AB', 'IP', 'UQ', 'CA', 'RE', 'AP', 'PD')", name="answer_is_one"),
        CheckConstraint("state not in ('due', 'sending') or next_at is not null", name="looked_at_again"),
        # text: the conditions of partial indexes
        Index("ix_delivery_next_at", "tenant", "next_at", "id", postgresql_where=text("next_at is not null")),
        Index("ix_delivery_waits", "tenant", "id", postgresql_where=text("waits")),
    )

    id: int = identity()
    # text: the default of a column is SQL
    reference: str = Field(
        default=None, sa_type=Text, sa_column_kwargs={"server_default": text("(gen_random_uuid())::text")}
    )
    invoice_id: int | None = None
    payee_document_id: int | None = None
    dunning_letter_id: int | None = None
    customer_id: int  # or the payee: who sees it besides the supplier
    way: str = Field(sa_type=Text)
    address: str = Field(sa_type=Text)  # several with ", " between them
    state: str = Field(default="due", sa_type=Text, sa_column_kwargs={"server_default": "due"})
    next_at: datetime | None = Field(default=None, sa_type=UtcInstant)
    attempts: int = Field(default=0, sa_column_kwargs={"server_default": "0"})
    rounds: int = Field(default=1, sa_column_kwargs={"server_default": "1"})  # orders to send it
    tries: int = Field(default=0, sa_column_kwargs={"server_default": "0"})  # attempts of this round
    began_at: datetime | None = Field(default=None, sa_type=UtcInstant)  # the last attempt
    original_sha256: str | None = Field(default=None, sa_type=Text)  # of what the last attempt sent
    held: str = Field(default="", sa_type=Text, sa_column_kwargs={"server_default": ""})  # why it is not begun
    answer: str | None = Field(default=None, sa_type=Text)
    # text: the default of a column is SQL
    waits: bool = Field(default=False, sa_column_kwargs={"server_default": text("false")})  # for a person
    asked_by: str | None = Field(default=None, sa_type=Text)  # none: the contract says so
    asked_identity: int | None = acting()
    asked_at: datetime = Field(sa_type=UtcInstant)


class DeliveryEventRow(Tenanted, table=True):
    """What happened to a delivery. Never changed; that an attempt begins is written once, and before it does."""

    __tablename__ = "delivery_event"
    __table_args__ = (
        reference("delivery_id", "delivery"),
        Index(None, "tenant", "delivery_id"),
        # text: the condition of a partial index
        Index(
            "uq_delivery_event_claimed",
            "tenant",
            "delivery_id",
            "attempt",
            unique=True,
            postgresql_where=text("kind = 'claimed'"),
        ),
    )

    id: int = identity()
    delivery_id: int
    attempt: int
    kind: str = Field(sa_type=Text)
    at: datetime = Field(sa_type=UtcInstant)
    number: str = Field(default="", sa_type=Text)  # our key of the attempt, or what whoever took it calls it
    detail: str = Field(default="", sa_type=Text)
    original_sha256: str | None = Field(default=None, sa_type=Text)
    answer: str | None = Field(default=None, sa_type=Text)
    recorded_by: str | None = Field(default=None, sa_type=Text)  # none: the product itself
    recorded_identity: int | None = acting()


class DeliveryLinkRow(Tenanted, table=True):
    """A link to a document for whoever has it, until it expires; of its token only the hash is kept."""

    __tablename__ = "delivery_link"
    __table_args__ = (
        reference("invoice_id", "invoice"),
        reference("payee_document_id", "payee_document"),
        reference("customer_id", "party"),
        reference("delivery_id", "delivery"),
        CheckConstraint("num_nonnulls(invoice_id, payee_document_id) = 1", name="of_one_document"),
        CheckConstraint("(revoked_by is null) = (revoked_at is null)", name="revoked_whole"),
        UniqueConstraint("tenant", "token_sha256"),
        Index("ix_delivery_link_token_sha256", "token_sha256"),
        Index(None, "tenant", "invoice_id"),
        Index(None, "tenant", "payee_document_id"),
    )

    id: int = identity()
    invoice_id: int | None = None
    payee_document_id: int | None = None
    customer_id: int  # or the payee: whose document it opens
    delivery_id: int | None = None  # by whose mail it was sent
    token_sha256: bytes = Field(sa_type=LargeBinary)
    expires_at: datetime = Field(sa_type=UtcInstant)
    made_by: str | None = Field(default=None, sa_type=Text)  # none: the product itself
    made_identity: int | None = acting()
    made_at: datetime = Field(sa_type=UtcInstant)
    revoked_by: str | None = Field(default=None, sa_type=Text)
    revoked_identity: int | None = None
    revoked_at: datetime | None = Field(default=None, sa_type=UtcInstant)


class DeliveryDownloadRow(Tenanted, table=True):
    """What was opened by a link, and when; from where is not kept. Never changed."""

    __tablename__ = "delivery_download"
    __table_args__ = (
        reference("link_id", "delivery_link"),
        CheckConstraint("what in ('page', 'pdf', 'original')", name="what_is_one"),
        Index(None, "tenant", "link_id"),
    )

    id: int = identity()
    link_id: int
    what: str = Field(sa_type=Text)
    at: datetime = Field(sa_type=UtcInstant)


class PaymentRow(Tenanted, table=True):
    """Money that was received, or paid back (below zero), or none, where documents are set off. Never changed."""

    __tablename__ = "payment"
    __table_args__ = (
        reference("account_id", "receivables_account"),
        reference("customer_id", "party"),
        reference("issuer_id", "party"),
        reference("reverses_id", "payment"),
        UniqueConstraint("tenant", "issuer_id", "reference"),
        UniqueConstraint("tenant", "reverses_id"),
        Index(None, "tenant", "account_id", "id"),
        CheckConstraint("char_length(reference) between 1 and 200", name="reference_is_one"),
    )

    id: int = identity()
    account_id: int
    issuer_id: int
    customer_id: int
    currency: str = Field(sa_type=Text)
    amount: Decimal = Field(sa_type=Numeric)
    received_on: date
    reference: str = Field(sa_type=Text)  # of the bank, or of whoever records it
    payer: str = Field(sa_type=Text)  # who paid, where it was another than the customer
    reverses_id: int | None = None
    recorded_by: str = Field(sa_type=Text)
    recorded_identity: int | None = acting()
    recorded_at: datetime = Field(sa_type=UtcInstant)


class PaymentAllocationRow(Tenanted, table=True):
    """What of a payment went to a document, and which cash discount was taken off with it. Never changed."""

    __tablename__ = "payment_allocation"
    __table_args__ = (
        reference("payment_id", "payment"),
        reference("invoice_id", "invoice"),
        reference("customer_id", "party"),
        Index(None, "tenant", "invoice_id"),
        Index(None, "tenant", "payment_id"),
        CheckConstraint("amount <> 0 or discount <> 0", name="of_something"),
        CheckConstraint("(discount = 0) = (shares is null)", name="discount_has_its_shares"),
    )

    id: int = identity()
    payment_id: int
    invoice_id: int
    customer_id: int
    amount: Decimal = Field(sa_type=Numeric)
    discount: Decimal = Field(sa_type=Numeric)
    shares: DiscountShares | None = Field(default=None, sa_type=RecordColumn(DiscountShares))
    counts_on: date  # of both: the day of the payment, or of the document where that is later
    is_first: bool  # it was recorded with its payment
    recorded_by: str = Field(sa_type=Text)
    recorded_identity: int | None = acting()
    recorded_at: datetime = Field(sa_type=UtcInstant)


class WriteOffRow(Tenanted, table=True):
    """What is given up of a document; it counts once another person has released it. Taken back by one below zero."""

    __tablename__ = "write_off"
    __table_args__ = (
        reference("invoice_id", "invoice"),
        reference("customer_id", "party"),
        Index(None, "tenant", "invoice_id"),
        CheckConstraint("amount <> 0", name="of_something"),
        CheckConstraint("num_nulls(released_by, released_at, counts_on) in (0, 3)", name="released_whole"),
    )

    id: int = identity()
    invoice_id: int
    customer_id: int
    amount: Decimal = Field(sa_type=Numeric)
    reason: str = Field(sa_type=Text)
    prepared_by: str = Field(sa_type=Text)
    prepared_identity: int | None = acting()
    prepared_at: datetime = Field(sa_type=UtcInstant)
    released_by: str | None = Field(default=None, sa_type=Text)
    released_identity: int | None = None  # filled by the database
    released_at: datetime | None = Field(default=None, sa_type=UtcInstant)
    counts_on: date | None = None  # the day of its release, in the books of the issuer
