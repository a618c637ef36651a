"""Indices as use cases: recorded, released, listed, and shown with every value that they ever had."""

from collections.abc import Sequence
from datetime import datetime

from sqlmodel import Session

from api.audit.note import made
from contracts.indexation import store
from contracts.indexation.series import Index
from contracts.indexation.store import KnownValue, Recorded
from contracts.indexation.value_query import IndexValueQuery
from contracts.release.store import releasing
from quantities.listing import ListPage


def record_index(session: Session, index: Index, *, who: str, at: datetime) -> Recorded:
    """Record an index and its values; they count once another person has released them.

    Raises:
        FaultyDocument: a month has two values, or a link leads to no index.
    """
    recorded = store.record(session, index, recorded_by=who, recorded_at=at)
    months = sorted(value.month for value in index.values)
    made(session, f"index {index.index}" + (f" {months[0]} to {months[-1]}" if months else ""))
    return recorded


def release_index(session: Session, name: str, *, who: str, at: datetime) -> int:
    """Release the values of an index that another person has recorded.

    Returns:
        How many.

    Raises:
        UnknownIndex: there is none of that name (others: ``contracts.indexation.store.release``).
    """
    return store.release(session, name, releasing(session, who, at))


def list_indices(session: Session) -> Sequence[str]:
    """List the names of the indices that are recorded."""
    return store.names(session)


def list_index_values(session: Session, name: str, query: IndexValueQuery) -> ListPage[KnownValue]:
    """List every value that an index ever had in pages, in the order of months and of recording.

    Raises:
        UnknownIndex: there is none of that name.
        UnknownSort, UnknownPage: there is no such order, or place in it.
    """
    return store.values_listed(session, name, query)
