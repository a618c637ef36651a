"""Rows of what is spent: when a contract is looked at, and which thresholds it has reached."""

from datetime import date, datetime
from decimal import Decimal

from sqlalchemy import BigInteger, CheckConstraint, Index, Integer, Numeric, Text, UniqueConstraint, text
from sqlalchemy.dialects.postgresql import ARRAY
from sqlmodel import Field

from metering.tables import Tenanted, UtcInstant, identity, key, reference


class SpendingLookRow(Tenanted, table=True):
    """When a contract's spending is looked at next, and what was known at the last look; one of each contract."""

    __tablename__ = "spending_look"
    __table_args__ = (
        reference("contract_id", "contract"),
        reference("top_up_id", "invoice"),
        # text: the condition of a partial index
        Index("ix_spending_look_tenant_next_at", "tenant", "next_at", postgresql_where=text("next_at is not null")),
    )

    contract_id: int = key(Integer)
    began_at: datetime = Field(sa_type=UtcInstant)  # windows that ended before it are not looked at
    next_at: datetime | None = Field(default=None, sa_type=UtcInstant)  # none: the contract is over, and settled
    watermark: int = Field(default=0, sa_type=BigInteger, sa_column_kwargs={"server_default": "0"})
    seen: str = Field(default="", sa_type=Text, sa_column_kwargs={"server_default": ""})
    waits: str = Field(default="", sa_type=Text, sa_column_kwargs={"server_default": ""})  # why it cannot be told
    top_up_id: int | None = None  # the claim of this fall of the credit
    looked_at: datetime | None = Field(default=None, sa_type=UtcInstant)


class SpendingAlertRow(Tenanted, table=True):
    """A threshold that was reached in a window, once; what the reading is by now moves with each look."""

    __tablename__ = "spending_alert"
    __table_args__ = (
        reference("contract_id", "contract"),
        reference("customer_id", "party"),
        CheckConstraint("kind in ('alert', 'cap')", name="kind_is_one"),
        CheckConstraint(
            "mail_state in ('none', 'due', 'sending', 'sent', 'failed', 'unknown')", name="mail_state_is_one"
        ),
        UniqueConstraint("tenant", "contract_id", "threshold_name", "first", name="uq_spending_alert_once"),
        # text: the condition of a partial index
        Index(
            "ix_spending_alert_tenant_mail_next_at",
            "tenant",
            "mail_next_at",
            postgresql_where=text("mail_next_at is not null"),
        ),
    )

    id: int = identity()
    contract_id: int
    customer_id: int
    kind: str = Field(sa_type=Text)
    threshold_name: str = Field(sa_type=Text)
    charge: str = Field(sa_type=Text)  # empty: of all that is spent
    per: str = Field(sa_type=Text)
    first: date
    after_last: date
    unit: str = Field(sa_type=Text)  # of a quantity; of an amount its currency
    threshold: Decimal = Field(sa_type=Numeric)
    reading: Decimal = Field(sa_type=Numeric)
    now_reading: Decimal = Field(sa_type=Numeric)
    watermark: int = Field(sa_type=BigInteger)
    is_late: bool
    fired_at: datetime = Field(sa_type=UtcInstant)
    looked_at: datetime = Field(sa_type=UtcInstant)
    mail_to: list[str] = Field(default_factory=list, sa_type=ARRAY(Text), sa_column_kwargs={"server_default": "{}"})
    mail_state: str = Field(default="none", sa_type=Text, sa_column_kwargs={"server_default": "none"})
    mail_next_at: datetime | None = Field(default=None, sa_type=UtcInstant)
    mail_tries: int = Field(default=0, sa_column_kwargs={"server_default": "0"})
    mail_detail: str = Field(default="", sa_type=Text, sa_column_kwargs={"server_default": ""})
