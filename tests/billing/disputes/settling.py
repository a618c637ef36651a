"""A dispute settled: what is due by one, a waiver by two."""

from datetime import datetime

from sqlmodel import Session

from billing.disputes import store
from billing.disputes.store import KnownDispute
from tests.build import acts


def settled_by_two(session: Session, number: int, at: datetime, *, due: bool) -> KnownDispute:
    """Let Carla settle it, and Bert with her where two must."""
    known = store.settle(session, number, due=due, by=acts(session, "carla"), at=at)
    return known if known.outcome else store.settle(session, number, due=due, by=acts(session, "bert"), at=at)
