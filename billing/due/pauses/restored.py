"""Money is not moved by a restored backup before somebody has looked: it may have moved since the backup was made.

What the machine of before asked a gateway for after the snapshot is not on record here, and a document that is issued
once more gets another order, by whose number the gateway finds nothing. So nothing is collected or paid out until a
person ends the pause, or for the week that a pause holds by itself.
"""

from datetime import datetime

from sqlmodel import Session, select

from billing.due.tables import DuePauseRow
from billing.payments.tables import GatewayOrderRow, SavedMethodRow
from billing.payouts.tables import PayoutAccountRow

#: Kinds of work by which money moves, each with the rows without any of which a tenant has none of it.
_MOVES_MONEY = {"collect": (GatewayOrderRow, SavedMethodRow), "pay out": (PayoutAccountRow,)}
#: Who holds it back; no person.
RESTORED_BY = "restore"


def hold_money_restored(session: Session, *, backup_at: datetime, at: datetime) -> int:
    """Hold back what moves money of a tenant that has moved some by gateways, or has payees that are paid.

    Args:
        session: states the tenant, as the product itself.
        backup_at: when the backup was made.
        at: now.

    Returns:
        How many kinds of work are held back.
    """
    reason = (
        f"restored from the backup of {backup_at:%Y-%m-%d %H:%M} UTC: look at the gateway first for what it has "
        "collected or paid since, and end the pause"
    )
    kinds = [
        kind
        for kind, tables in _MOVES_MONEY.items()
        if any(session.exec(select(table).limit(1)).first() is not None for table in tables)
    ]
    session.add_all(DuePauseRow(kind=kind, reason=reason, paused_by=RESTORED_BY, paused_at=at) for kind in kinds)
    session.flush()
    return len(kinds)
