"""When a document that is issued falls due to be sent: at the instant of issue, by the clock of whoever issues it."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import text
from sqlmodel import Session

# text: what the database has just made of the same documents, by its own clock, which may be ahead
_DUE_BY_NOW = text(
    """
    update delivery set next_at = :now
    where invoice_id = any(:documents) and state = 'due' and attempts = 0 and next_at > :now
    """
)


def due_from(session: Session, documents: Sequence[int], now: datetime) -> None:
    """Have the deliveries of documents that are issued now fall due now, and no later.

    Args:
        session: states the tenant; in it they were issued.
        documents: their keys.
        now: the instant of issue.
    """
    session.execute(_DUE_BY_NOW, {"documents": list(documents), "now": now})
