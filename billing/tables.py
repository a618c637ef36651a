"""Rows of what is owed."""

from collections.abc import Mapping
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Dialect,
    Index,
    Integer,
    Numeric,
    SmallInteger,
    Text,
    TypeDecorator,
    UniqueConstraint,
    text,
)
from sqlalchemy.dialects.postgresql import ARRAY, DATERANGE, JSONB, Range
from sqlmodel import Field, SQLModel

from billing.records.held import HoldReason
from billing.records.inputs import InvoiceInputs
from billing.records.proof import LineProof
from billing.records.record import StoredRecord, read, written
from billing.records.statement import StatementContent
from metering.tables import Tenanted, UtcInstant, identity, key, reference


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


class DueRow(SQLModel, table=True):
    """Work that falls due: one contract, one period, one kind, once.

    One of the three tables that answer "which tenant?": a worker that has stated none sees every row and writes none;
    with a tenant stated, its own rows alone are there. It holds no business data.
    """

    __tablename__ = "due"
    # text: the condition of a partial index
    __table_args__ = (Index(None, "due_at", postgresql_where=text("done_at is null")),)

    tenant: int = key(Integer)
    kind: str = key(Text)
    contract: int = key(Integer)
    period: Range[date] = key(DATERANGE)
    attempt: int = key(SmallInteger)
    due_at: datetime = Field(sa_type=UtcInstant)
    done_at: datetime | None = Field(default=None, sa_type=UtcInstant)
    held: HoldReason | None = Field(default=None, sa_type=RecordColumn(HoldReason))


class InvoiceRow(Tenanted, table=True):
    """An invoice, a draft until it has a number. Issued, it refuses every change, by a trigger."""

    __tablename__ = "invoice"
    __table_args__ = (
        UniqueConstraint("tenant", "contract_id", "kind", "first"),
        UniqueConstraint("tenant", "issuer_id", "year", "sequence"),
        UniqueConstraint("tenant", "issuer_id", "number"),
        reference("contract_id", "contract"),
        reference("version_id", "contract_version"),
        reference("issuer_id", "party"),
        reference("customer_id", "party"),
        CheckConstraint("num_nulls(year, sequence, number, issued_on, due_on) in (0, 5)", name="issued_whole"),
        CheckConstraint("gross = net + vat", name="gross_is_the_sum"),
    )

    id: int = identity()
    kind: str = Field(default="period", sa_type=Text, sa_column_kwargs={"server_default": "period"})
    contract_id: int
    version_id: int
    issuer_id: int
    customer_id: int
    first: date
    after_last: date
    year: int | None = None
    sequence: int | None = None
    number: str | None = Field(default=None, sa_type=Text)
    issued_on: date | None = None
    due_on: date | None = None
    currency: str = Field(sa_type=Text)
    net: Decimal = Field(sa_type=Numeric)
    vat: Decimal = Field(sa_type=Numeric)
    gross: Decimal = Field(sa_type=Numeric)
    watermark: int = Field(sa_type=BigInteger)
    inputs: InvoiceInputs = Field(sa_type=RecordColumn(InvoiceInputs))
    created_at: datetime = Field(sa_type=UtcInstant)


class InvoiceLineRow(Tenanted, table=True):
    """A line of an invoice; written by COPY, never changed. The database stores wider than it rounds to, and checks."""

    __tablename__ = "invoice_line"
    __table_args__ = (
        reference("invoice_id", "invoice", ondelete="CASCADE"),
        CheckConstraint("scale(net) <= 4", name="net_is_rounded"),
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


class EvidenceRow(Tenanted, table=True):
    """What readings an invoice's rating rests on, known up to which watermark, by the invoice that carries the rating.

    A touch above the watermark means a second look.
    """

    __tablename__ = "evidence"
    __table_args__ = (
        reference("invoice_id", "invoice", ondelete="CASCADE"),
        reference("rated_by", "invoice", ondelete="CASCADE"),
        Index(None, "tenant", "invoice_id"),
        Index(None, "tenant", "rated_by"),
    )

    series: int = key(Integer)
    start: datetime = key(UtcInstant)
    invoice_id: int = key(Integer)
    rated_by: int = key(Integer)
    watermark: int = Field(sa_type=BigInteger)
    end: datetime = Field(sa_type=UtcInstant)


class BasisRow(Tenanted, table=True):
    """What of versions, index values and disputes an invoice's rating knew, by the invoice that carries the rating.

    Another version until ``until``, a newer value of a month, a dispute that was settled: each means a second look.
    """

    __tablename__ = "basis"
    __table_args__ = (
        reference("invoice_id", "invoice", ondelete="CASCADE"),
        reference("rated_by", "invoice", ondelete="CASCADE"),
    )

    invoice_id: int = key(Integer)
    rated_by: int = key(Integer)
    until: date
    versions: list[int] = Field(sa_type=ARRAY(Integer))
    index_values: list[int] = Field(sa_type=ARRAY(Integer))
    disputes: list[str] = Field(sa_type=ARRAY(Text))


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
    raised_at: datetime = Field(sa_type=UtcInstant)
    accepted_by: str | None = Field(default=None, sa_type=Text)
    accepted_at: datetime | None = Field(default=None, sa_type=UtcInstant)
    outcome: str | None = Field(default=None, sa_type=Text)
    settled_by: str | None = Field(default=None, sa_type=Text)
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
    )

    id: int = identity()
    statement_id: int
    customer_id: int
    step: str = Field(sa_type=Text)
    party: str = Field(sa_type=Text)
    person: str = Field(sa_type=Text)  # who signed
    recorded_by: str = Field(sa_type=Text)  # who entered it
    at: datetime = Field(sa_type=UtcInstant)
    charges: list[str] = Field(sa_type=ARRAY(Text))
    note: str = Field(sa_type=Text)


class CounterRow(Tenanted, table=True):
    """The last number of a legal entity's year, and its date: numbers are gapless and rise with the date."""

    __tablename__ = "counter"
    __table_args__ = (reference("issuer_id", "party"),)

    issuer_id: int = key(Integer)
    year: int = key(Integer)
    last: int
    last_on: date
