"""The tables of this room, and what the tables of all rooms share: constraint names, UTC instants, the tenant column.

Every unique key and every foreign key of a tenant's tables begins with ``tenant``, because row-level security does not
apply to keys: otherwise a tenant could refer to another's row, or learn from a refusal that it exists.
"""

from collections.abc import Iterable, Mapping
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Column,
    Dialect,
    ForeignKeyConstraint,
    Identity,
    Index,
    Integer,
    LargeBinary,
    Numeric,
    PrimaryKeyConstraint,
    SmallInteger,
    Text,
    TypeDecorator,
    UniqueConstraint,
    any_,
    literal,
    text,
)
from sqlalchemy.dialects.postgresql import ARRAY, JSONB, TIMESTAMP
from sqlalchemy.types import TypeEngine
from sqlmodel import Field, SQLModel

from metering.records.document import StoredDocument, read_document, write_document
from metering.records.file_reading import FileReading
from metering.records.sender_options import SenderOptions
from metering.records.waiting_delivery import WaitingDelivery
from quantities.period import NaiveInstant

#: Tables that SQL of other rooms may join: the ranges that every batch changed, the batches, assets, and the tenants.
PUBLISHED = frozenset({"batch_touch", "batch", "asset", "tenant"})

SQLModel.metadata.naming_convention = {
    # column_0_N_name, because keys of a table begin with the tenant: column_0_name would give them one name
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s",
    "pk": "pk_%(table_name)s",
}

#: The tenant that the transaction has stated, or null: without a tenant, no row is seen and none is written.
STATED_TENANT = (
    "(NULLIF(current_setting('app.tenant'::text, true), ''::text))::integer"  # in the form that PostgreSQL returns
)

#: Who acts in the transaction, by the number that the room of access gives; null: the product itself.
STATED_IDENTITY = "(NULLIF(current_setting('app.identity'::text, true), ''::text))::integer"

TENANT_MAX = 2**21 - 1  # open_batch() in the first migration keeps the tenant in 21 bits


class UtcInstant(TypeDecorator[datetime]):
    """A ``timestamptz`` that refuses an instant without an offset, and always returns UTC."""

    impl = TIMESTAMP(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Refuse an instant without an offset, which PostgreSQL would read in the zone of the session."""
        if value is not None and value.utcoffset() is None:
            raise NaiveInstant(found=value.isoformat(), expected="an offset from UTC")
        return value

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """The instant in UTC, whatever the zone of the session."""
        return value.astimezone(UTC) if value is not None else None


class DocumentColumn(TypeDecorator[StoredDocument]):
    """A ``jsonb`` that takes and gives typed documents of one kind.

    JSON of any form is seen here alone, between the driver and the document.
    """

    impl = JSONB(none_as_null=True)
    cache_ok = True

    def __init__(self, kind: type[StoredDocument]) -> None:
        """Hold documents of a kind."""
        super().__init__()
        self.kind = kind

    def process_bind_param(self, value: StoredDocument | None, dialect: Dialect) -> dict[str, Any] | None:
        """Write a document as JSON, with the number of its schema."""
        return None if value is None else write_document(value)

    def process_result_value(self, value: Mapping[str, Any] | None, dialect: Dialect) -> StoredDocument | None:
        """Read a document of any schema."""
        return None if value is None else read_document(self.kind, value)


def identity() -> Any:
    """A primary key that the database numbers; it cannot be set."""
    # named as what numbers the rows, beside the tenant: by it many rows are inserted at once, and their keys come back
    column = Column(Integer, Identity(always=True), primary_key=True, autoincrement=True)
    return Field(default=None, sa_column=column)


def key(type_: type[TypeEngine[Any]], default: str | None = None) -> Any:
    """A column of the primary key that whoever writes the row fills, unless it has a default."""
    return Field(sa_column=Column(type_, primary_key=True, autoincrement=False, server_default=default))


def reference(column: str, target: str, **options: Any) -> ForeignKeyConstraint:
    """A foreign key to a row of the same tenant; ``target`` is the name of the other table."""
    return ForeignKeyConstraint(["tenant", column], [f"{target}.tenant", f"{target}.id"], **options)


def within_tenant(one: Any, other: Any) -> Any:
    """Join two tables of tenants by two of their columns, and by the tenant, on which a cluster sends the join on.

    Args:
        one: a column of a table that is mapped, or of an alias of it.
        other: one of the other table.
    """
    tenant, tenant_of_other = (column.parent.entity.tenant for column in (one, other))
    return (one == other) & (tenant == tenant_of_other)


def one_of(column: Any, values: Iterable[int]) -> Any:
    """Set the condition that a column is one of some numbers, however many.

    They are one array, because a statement has at most 65,535 parameters, and ``in`` takes one for each number.
    """
    return column == any_(literal(sorted(set(values)), ARRAY(Integer)))


def acting() -> Any:
    """The identity that writes the row, beside its name; the database fills it."""
    # text: the default of a column is SQL
    return Field(default=None, sa_type=Integer, sa_column_kwargs={"server_default": text(STATED_IDENTITY)})


class Tenanted(SQLModel):
    """A row of one tenant. The database fills the column from what the transaction stated."""

    tenant: int = Field(
        default=None,
        primary_key=True,
        sa_type=Integer,
        # text: the default of a column is SQL
        sa_column_kwargs={"server_default": text(STATED_TENANT), "autoincrement": False},
    )


class TenantRow(SQLModel, table=True):
    """A tenant. One of the four tables without row-level security; it holds no business data."""

    __tablename__ = "tenant"
    __table_args__ = (CheckConstraint(f"id between 1 and {TENANT_MAX}", name="id_fits_a_batch_mark"),)

    id: int = identity()
    name: str = Field(sa_type=Text, unique=True)
    four_eyes_off: dict[str, str] | None = Field(default=None, sa_type=JSONB(none_as_null=True))  # by whom, when, why


class FourEyesChangeRow(Tenanted, table=True):
    """When, by whom and why the four-eyes rule is switched off or on; it counts from its release on. Never changed."""

    __tablename__ = "four_eyes_change"

    id: int = identity()
    switched_off: bool
    by: str = Field(sa_type=Text)
    by_identity: int | None = acting()
    at: datetime = Field(sa_type=UtcInstant)
    reason: str = Field(sa_type=Text)
    released_by: str | None = Field(default=None, sa_type=Text)
    released_identity: int | None = None  # filled by the database
    released_at: datetime | None = Field(default=None, sa_type=UtcInstant)
    taken_back_at: datetime | None = Field(default=None, sa_type=UtcInstant)  # by whoever asked for it


class FourEyesLimitRow(Tenanted, table=True):
    """Up to which amount one person is enough for an operation; the newest that is released counts. Never changed."""

    __tablename__ = "four_eyes_limit"
    __table_args__ = (
        CheckConstraint(
            "operation in ('dispute_waived', 'credit_note', 'write_off', 'payout')", name="operation_has_an_amount"
        ),
        CheckConstraint("amount >= 0", name="amount_is_not_negative"),
    )

    id: int = identity()
    operation: str = Field(sa_type=Text)
    amount: Decimal = Field(sa_type=Numeric)
    currency: str = Field(sa_type=Text)
    reason: str = Field(sa_type=Text)
    by: str = Field(sa_type=Text)
    by_identity: int | None = acting()
    at: datetime = Field(sa_type=UtcInstant)
    released_by: str | None = Field(default=None, sa_type=Text)
    released_identity: int | None = None  # filled by the database
    released_at: datetime | None = Field(default=None, sa_type=UtcInstant)
    taken_back_at: datetime | None = Field(default=None, sa_type=UtcInstant)  # by whoever asked for it


class SiteRow(Tenanted, table=True):
    """A place with a local calendar."""

    __tablename__ = "site"
    __table_args__ = (UniqueConstraint("tenant", "name"),)

    id: int = identity()
    name: str = Field(sa_type=Text)
    zone: str = Field(sa_type=Text)  # IANA


class AssetRow(Tenanted, table=True):
    """A machine whose use or savings are billed."""

    __tablename__ = "asset"
    __table_args__ = (
        UniqueConstraint("tenant", "name"),
        reference("site_id", "site"),
        Index(None, "site_id", "tenant"),
    )

    id: int = identity()
    site_id: int
    name: str = Field(sa_type=Text)


class MeterRow(Tenanted, table=True):
    """A measuring point at an asset; its devices come and go by exchange."""

    __tablename__ = "meter"
    __table_args__ = (
        UniqueConstraint("tenant", "name"),
        reference("asset_id", "asset"),
        Index(None, "asset_id", "tenant"),
    )

    id: int = identity()
    asset_id: int
    name: str = Field(sa_type=Text)
    serial: str | None = Field(default=None, sa_type=Text)
    approved_until: date | None = None  # legal metrology: later readings are not billed where the law says so


class RegisterRow(Tenanted, table=True):
    """A register of a meter: its kind, unit and resolution."""

    __tablename__ = "register"
    __table_args__ = (
        UniqueConstraint("key", "tenant"),  # in this order, as of invoices
        reference("meter_id", "meter"),
        Index(None, "meter_id", "tenant"),
        CheckConstraint("resolution > 0", name="resolution_positive"),
        CheckConstraint("modulus > 0", name="modulus_positive"),
        CheckConstraint("multiplier > 0", name="multiplier_positive"),
        # each delivery asks which checks refer to a register that it brings
        # text: a function over JSON
        Index(None, "tenant", postgresql_where=text("jsonb_exists(traits, 'checks')")),
    )

    id: int = identity()
    meter_id: int
    key: str = Field(sa_type=Text)  # how files and contracts name it
    kind: str = Field(sa_type=Text)
    unit: str = Field(sa_type=Text)
    quantity_kind: str = Field(sa_type=Text)
    resolution: Decimal = Field(sa_type=Numeric)
    modulus: Decimal | None = Field(default=None, sa_type=Numeric)
    multiplier: Decimal = Field(default=Decimal(1), sa_type=Numeric)
    interval_minutes: int | None = None
    aliases: list[str] = Field(default_factory=list, sa_column=Column(ARRAY(Text), nullable=False, server_default="{}"))
    traits: dict[str, Any] = Field(
        default_factory=dict, sa_column=Column(JSONB, nullable=False, server_default="{}")
    )  # what only some kinds of registers have, such as dimensions, states, and the level between reads


class RegisterAliasRow(Tenanted, table=True):
    """An alias of a register, to find it by: no index serves an array's names under row-level security.

    Written by the database whenever a register's aliases are.
    """

    __tablename__ = "register_alias"
    __table_args__ = (
        reference("register_id", "register", ondelete="CASCADE"),
        Index(None, "register_id", "tenant"),
        PrimaryKeyConstraint("name", "tenant", "register_id"),
    )

    name: str = key(Text)
    register_id: int = key(Integer)


class FleetChangesRow(Tenanted, table=True):
    """How often the fleet of a tenant was changed; a trigger of its tables counts, in the transaction of the change."""

    __tablename__ = "fleet_changes"

    number: int = Field(sa_type=BigInteger)


class SeriesRow(Tenanted, table=True):
    """A register with one combination of dimensions (work order, material, shift); readings belong to a series."""

    __tablename__ = "series"
    __table_args__ = (UniqueConstraint("tenant", "register_id", "dimensions"), reference("register_id", "register"))

    id: int = identity()
    register_id: int
    dimensions: dict[str, str] = Field(default_factory=dict, sa_type=JSONB)


class BatchRow(Tenanted, table=True):
    """A delivery of readings, recorded even if all of it is refused. Batch numbers order what was known when."""

    __tablename__ = "batch"
    __table_args__ = (
        UniqueConstraint("tenant", "idempotency_key"),
        Index(None, "payload_sha256", "tenant"),  # in this order, as of registers
        # of lists: the deliveries of a source, of a time, and those of which rows were refused
        Index(None, "tenant", "source", "id"),
        Index(None, "tenant", "recorded_at", "id"),
        # text: the rows of a partial index
        Index("ix_batch_tenant_id_refused", "tenant", "id", postgresql_where=text("refused > 0")),
    )

    id: int = key(BigInteger)  # drawn by open_batch()
    kind: str = Field(sa_type=Text)
    source: str = Field(sa_type=Text)  # a file's name, an endpoint, a person's form
    reason: str | None = Field(default=None, sa_type=Text)
    recorded_by: str = Field(sa_type=Text)
    recorded_identity: int | None = acting()
    recorded_at: datetime = Field(sa_type=UtcInstant)
    payload_sha256: bytes = Field(sa_type=LargeBinary)
    idempotency_key: str | None = Field(default=None, sa_type=Text)
    request_sha256: bytes | None = Field(default=None, sa_type=LargeBinary)  # of everything the key stands for
    stored: int
    corrected: int  # of the stored ones, how many replaced or withdrew an earlier value
    unchanged: int
    refused: int
    how_read: FileReading | None = Field(default=None, sa_type=DocumentColumn(FileReading))  # of what came as a file


class ReadingProfileRow(Tenanted, table=True):
    """A version of what is said about the files of a source. Never edited: who says something else adds a version."""

    __tablename__ = "reading_profile"
    __table_args__ = (CheckConstraint("version > 0", name="version_from_1"),)

    name: str = key(Text)
    version: int = key(Integer)
    options: SenderOptions = Field(sa_type=DocumentColumn(SenderOptions))
    recorded_by: str = Field(sa_type=Text)
    recorded_identity: int | None = acting()
    recorded_at: datetime = Field(sa_type=UtcInstant)


class ReadingRow(Tenanted, table=True):
    """The log. Append-only; no foreign key and no trigger, because checking every row costs two thirds of the speed.

    ``tenant`` comes first in the key and costs no space: before an instant, two integers take the room of one.
    """

    __tablename__ = "reading"
    __table_args__ = (
        {
            "postgresql_with": {
                "autovacuum_vacuum_insert_scale_factor": "0.02",
                "autovacuum_analyze_scale_factor": "0.02",
            }
        },
    )

    series: int = key(Integer)
    start: datetime = key(UtcInstant)
    end: datetime = Field(sa_type=UtcInstant)
    batch: int = key(BigInteger)
    line: int = Field(default=0, sa_column_kwargs={"server_default": "0"})  # in the batch's source; 0: it has no lines
    quality: int = Field(sa_type=SmallInteger)
    value: Decimal | None = Field(default=None, sa_type=Numeric)  # null: withdrawn


class RegisterEventRow(Tenanted, table=True):
    """After which instant a counter's figures start anew: exchange, reset, rollover. Append-only, like the log.

    An exchange or a reset has its opening read in the log, of the same series, instant and batch; those of earlier
    releases have none.
    """

    __tablename__ = "register_event"

    series: int = key(Integer)
    at: datetime = key(UtcInstant)  # the read from which the new figures count
    batch: int = key(BigInteger)
    kind: str = Field(sa_type=Text)
    gained: Decimal | None = Field(
        default=None, sa_type=Numeric
    )  # what the difference of the reads lacks; null: withdrawn
    serial: str | None = Field(default=None, sa_type=Text)  # of the device that counts from here on


class EventMeterRow(Tenanted, table=True):
    """What of the events of one type is their amount, and what its registers are called. Never changed."""

    __tablename__ = "event_meter"
    __table_args__ = (
        CheckConstraint("client in ('openmeter', 'lago')", name="client_is_known"),
        CheckConstraint("aggregation in ('sum', 'count')", name="aggregation_is_exact"),
        CheckConstraint("(aggregation = 'sum') = (value is not null)", name="sum_has_a_value"),
    )

    name: str = key(Text)
    client: str = Field(sa_type=Text)
    event_type: str = Field(sa_type=Text)
    aggregation: str = Field(sa_type=Text)
    unit: str = Field(sa_type=Text)
    value: str | None = Field(default=None, sa_type=Text)  # the path to the number in an event's content
    dimensions: dict[str, str] = Field(default_factory=dict, sa_type=JSONB)  # by dimension, the path to its value
    recorded_identity: int | None = acting()
    recorded_at: datetime = Field(sa_type=UtcInstant)


class UsageEventRow(Tenanted, table=True):
    """An event as a client posted it, whether anything takes it or not. Its key is why it counts once."""

    __tablename__ = "usage_event"
    __table_args__ = (
        CheckConstraint("client in ('openmeter', 'lago')", name="client_is_known"),
        Index(None, "event_type", "client", "tenant"),  # all of a meter's are asked for when it is declared
    )

    client: str = key(Text)
    source: str = key(Text)
    event_id: str = key(Text)
    event_type: str = Field(sa_type=Text)
    subject: str = Field(sa_type=Text)
    at: datetime = Field(sa_type=UtcInstant)
    content: str = Field(sa_type=Text)  # JSON with its numbers as they were written, which jsonb would not keep
    received_at: datetime = Field(sa_type=UtcInstant)


class EventUseRow(Tenanted, table=True):
    """What an event adds to a reading, by one event meter. Append-only; the reading of an instant is their sum."""

    __tablename__ = "event_use"
    __table_args__ = (Index(None, "series", "at", "tenant"),)

    client: str = key(Text)
    source: str = key(Text)
    event_id: str = key(Text)
    meter: str = key(Text)
    series: int
    at: datetime = Field(sa_type=UtcInstant)
    batch: int = Field(sa_type=BigInteger)
    line: int  # the event's place in the batch's request, from 1
    amount: Decimal = Field(sa_type=Numeric)  # in the register's unit, before its multiplier


class BatchTouchRow(Tenanted, table=True):
    """A range of readings of one series that a batch changed; corrections of invoices are found from these."""

    __tablename__ = "batch_touch"
    __table_args__ = (Index(None, "tenant", "batch"),)

    series: int = key(Integer)
    batch: int = key(BigInteger)
    start: datetime = key(UtcInstant)
    end: datetime = Field(sa_type=UtcInstant)
    corrected: int  # rows that changed a stored value; 0: all of them new


class VerdictRow(Tenanted, table=True):
    """Why a row of a delivery was not stored: its line, what was found, what was expected."""

    __tablename__ = "verdict"
    __table_args__ = (reference("batch", "batch"),)

    batch: int = key(BigInteger)
    line: int = key(Integer)
    code: str = Field(sa_type=Text)
    found: str = Field(sa_type=Text)
    expected: str = Field(sa_type=Text)


class FindingRow(Tenanted, table=True):
    """A finding of a check: why readings over an extent are in question; open until a later batch answers it."""

    __tablename__ = "finding"
    __table_args__ = (
        reference("batch", "batch"),
        # text: the column is not defined yet where its table names it
        Index(None, "tenant", "series", postgresql_where=text("closed_batch is null")),
        Index(None, "tenant", "start", "id", postgresql_where=text("closed_batch is null")),
    )

    id: int = identity()
    series: int  # the series without dimensions of the register
    start: datetime = Field(sa_type=UtcInstant)
    end: datetime = Field(sa_type=UtcInstant)
    check_kind: str = Field(sa_type=Text)
    found: str = Field(sa_type=Text)
    expected: str = Field(sa_type=Text)
    holds: bool
    batch: int = Field(sa_type=BigInteger)  # after which it was found
    closed_batch: int | None = Field(default=None, sa_type=BigInteger)  # after which it was found no more


class EditRow(Tenanted, table=True):
    """What one person prepares and another releases: a reading set by hand, or what changes what bills rest on.

    The database enforces it.
    """

    __tablename__ = "edit"
    __table_args__ = (
        CheckConstraint("(released_by is null) = (released_at is null)", name="released_whole"),
        CheckConstraint("(batch is null) = (released_by is null)", name="written_when_released"),
        # text: the condition of a partial index; a request with a key asks whether one of the same waits
        Index("ix_edit_waiting", "tenant", postgresql_where=text("released_by is null")),
    )

    id: int = identity()
    series: int  # the series without dimensions of the register
    kind: str = Field(sa_type=Text)
    start: datetime = Field(sa_type=UtcInstant)
    end: datetime = Field(sa_type=UtcInstant)
    value: Decimal | None = Field(default=None, sa_type=Numeric)
    reason: str = Field(sa_type=Text)
    prepared_by: str = Field(sa_type=Text)
    prepared_identity: int | None = acting()
    prepared_at: datetime = Field(sa_type=UtcInstant)
    released_by: str | None = Field(default=None, sa_type=Text)
    released_identity: int | None = None  # filled by the database
    released_at: datetime | None = Field(default=None, sa_type=UtcInstant)
    batch: int | None = Field(default=None, sa_type=BigInteger)
    delivery: WaitingDelivery | None = Field(default=None, sa_type=DocumentColumn(WaitingDelivery))
    payload: bytes | None = Field(default=None, sa_type=LargeBinary)  # of a file that waits, as it came
