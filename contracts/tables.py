"""Rows of what was agreed."""

from sqlalchemy import Text, UniqueConstraint
from sqlmodel import Field

from metering.tables import Tenanted, identity


class PartyRow(Tenanted, table=True):
    """A customer, supplier or other side of a contract. A caller who speaks for one party sees that one alone."""

    __tablename__ = "party"
    __table_args__ = (UniqueConstraint("tenant", "name"),)

    id: int = identity()
    name: str = Field(sa_type=Text)
