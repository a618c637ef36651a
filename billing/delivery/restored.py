"""What a backup had as due, once it is restored: nobody knows whether it was sent after the backup was made.

The machine that the backup comes from went on. What its contract or a person had asked for may have left the house a
second after the snapshot, and the restored rows cannot say so: it is put before a person, and not sent once more. An
access point takes what it is given twice under one id once, so what goes there stays due.
"""

from datetime import datetime

from sqlmodel import Session, col, select

from billing.delivery.state import DeliveryHappening, DocumentDeliveryState
from billing.delivery.store import happens
from billing.tables import DeliveryRow
from contracts.delivery_terms import DeliveryWay


def hold_restored(session: Session, *, backup_at: datetime, at: datetime) -> int:
    """Put what is due, and would be sent by a way that takes the same twice, before a person.

    Args:
        session: states the tenant, as the product itself.
        backup_at: when the backup was made.
        at: now.

    Returns:
        How many deliveries of the tenant nobody knows the outcome of by that.
    """
    due = select(DeliveryRow).where(
        DeliveryRow.state == DocumentDeliveryState.DUE.value, DeliveryRow.way != DeliveryWay.PEPPOL.value
    )
    rows = session.exec(due.order_by(col(DeliveryRow.id)).with_for_update()).all()
    detail = f"it was due in the backup of {backup_at:%Y-%m-%d %H:%M} UTC, and may have been sent since"
    for row in rows:
        happens(session, row, DeliveryHappening.RESTORED, at=at, detail=detail)
        row.next_at = None
    session.flush()
    return len(rows)
