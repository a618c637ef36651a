"""Rows of what requests were answered."""

from datetime import datetime

from sqlalchemy import Column, Index, Integer, LargeBinary, SmallInteger, Text, text
from sqlmodel import Field

from metering.tables import STATED_IDENTITY, Tenanted, UtcInstant, key


class KeptAnswerRow(Tenanted, table=True):
    """The answer of a request with an idempotency key; committed with what the request did, and never changed."""

    __tablename__ = "kept_answer"
    __table_args__ = (Index(None, "tenant", "at"),)

    # text: the default of a column is SQL
    identity: int = Field(
        default=None,
        sa_column=Column(Integer, primary_key=True, autoincrement=False, server_default=text(STATED_IDENTITY)),
    )
    key: str = key(Text)
    request_sha256: bytes = Field(sa_type=LargeBinary)
    at: datetime = Field(sa_type=UtcInstant)
    status: int = Field(sa_type=SmallInteger)
    media_type: str | None = Field(default=None, sa_type=Text)
    body: bytes | None = Field(default=None, sa_type=LargeBinary)  # of what is shown once, none
