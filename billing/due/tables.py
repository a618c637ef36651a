"""Rows of due work that has no other row, and of pauses that hold work back."""

from datetime import datetime

from sqlalchemy import CheckConstraint, Index, Text, UniqueConstraint, text
from sqlmodel import Field

from metering.tables import Tenanted, UtcInstant, acting, identity, reference


class DueWorkRow(Tenanted, table=True):
    """Work that waits by itself, or a contract's work that failed and when it is tried again; gone once it is done."""

    __tablename__ = "due_work"
    __table_args__ = (
        UniqueConstraint("tenant", "kind", "subject"),
        reference("contract_id", "contract"),
        # text: the conditions of partial indexes
        Index("ix_due_work_next_at", "tenant", "next_at", "id", postgresql_where=text("state = 'due'")),
        Index("ix_due_work_dead", "tenant", "id", postgresql_where=text("state = 'dead'")),
        Index(None, "tenant", "contract_id", postgresql_where=text("contract_id is not null")),
        CheckConstraint("state in ('due', 'dead')", name="state_is_one"),
        CheckConstraint("state = 'due' or reason <> ''", name="dead_for_a_reason"),
    )

    id: int = identity()
    kind: str = Field(sa_type=Text)
    subject: str = Field(sa_type=Text)  # the name of an index, the number of a finding, the key of a contract
    contract_id: int | None = None  # whose work failed, which has its own row in ``due``
    due_at: datetime = Field(sa_type=UtcInstant)  # when it fell due first
    next_at: datetime = Field(sa_type=UtcInstant)  # when it may be claimed
    tries: int = Field(default=0, sa_column_kwargs={"server_default": "0"})
    tried_at: datetime | None = Field(default=None, sa_type=UtcInstant)
    state: str = Field(default="due", sa_type=Text, sa_column_kwargs={"server_default": "due"})
    reason: str = Field(default="", sa_type=Text, sa_column_kwargs={"server_default": ""})
    revision: int = Field(default=0, sa_column_kwargs={"server_default": "0"})  # counts how often it came up again


class DuePauseRow(Tenanted, table=True):
    """Work that is held back: of a kind, of a contract, or all of it; until it ends."""

    __tablename__ = "due_pause"
    __table_args__ = (
        reference("contract_id", "contract"),
        # text: the condition of a partial index
        Index("ix_due_pause_open", "tenant", "id", postgresql_where=text("ended_at is null")),
        CheckConstraint("reason <> ''", name="for_a_reason"),
        CheckConstraint("until > paused_at", name="of_some_time"),
        CheckConstraint("num_nulls(released_by, released_at) in (0, 2)", name="released_whole"),
        CheckConstraint("num_nulls(ended_by, ended_at) in (0, 2)", name="ended_whole"),
    )

    id: int = identity()
    kind: str | None = Field(default=None, sa_type=Text)  # None: every kind
    contract_id: int | None = None  # None: whatever it is of
    reason: str = Field(sa_type=Text)
    until: datetime | None = Field(default=None, sa_type=UtcInstant)  # as asked; None: until somebody ends it
    ends_at: datetime | None = Field(default=None, sa_type=UtcInstant)  # as it counts: the database says it
    paused_by: str = Field(sa_type=Text)
    paused_identity: int | None = acting()
    paused_at: datetime = Field(sa_type=UtcInstant)
    released_by: str | None = Field(default=None, sa_type=Text)
    released_identity: int | None = None  # filled by the database
    released_at: datetime | None = Field(default=None, sa_type=UtcInstant)
    ended_by: str | None = Field(default=None, sa_type=Text)
    ended_identity: int | None = None  # filled by the database
    ended_at: datetime | None = Field(default=None, sa_type=UtcInstant)
