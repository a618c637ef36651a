"""Rows of what was agreed."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import Text, UniqueConstraint
from sqlalchemy.dialects.postgresql import JSONB
from sqlmodel import Field

from metering.tables import Tenanted, UtcInstant, identity, reference


class PartyRow(Tenanted, table=True):
    """A customer, supplier or other side of a contract. A caller who speaks for one party sees that one alone."""

    __tablename__ = "party"
    __table_args__ = (UniqueConstraint("tenant", "name"),)

    id: int = identity()
    name: str = Field(sa_type=Text)


class ContractRow(Tenanted, table=True):
    """A contract; what it says is in its versions."""

    __tablename__ = "contract"
    __table_args__ = (
        UniqueConstraint("tenant", "reference"),
        reference("supplier_id", "party"),
        reference("customer_id", "party"),
    )

    id: int = identity()
    reference: str = Field(sa_type=Text)
    supplier_id: int
    customer_id: int


class ContractVersionRow(Tenanted, table=True):
    """What a contract says from a day on. Never edited; an amendment is another version."""

    __tablename__ = "contract_version"
    __table_args__ = (
        UniqueConstraint("tenant", "contract_id", "number"),
        reference("contract_id", "contract"),
        reference("customer_id", "party"),
    )

    id: int = identity()
    contract_id: int
    customer_id: int  # said again for the party's wall
    number: int
    effective: date
    recorded_at: datetime = Field(sa_type=UtcInstant)
    recorded_by: str = Field(sa_type=Text)
    terms: dict[str, Any] = Field(sa_type=JSONB)
