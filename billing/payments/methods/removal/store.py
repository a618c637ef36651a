"""Ended methods that a gateway is to forget: each attempt on record before the gateway is asked.

    due ── claimed ──▶ asking ── answered ──▶ done
     ▲                   │ └── refused ──▶ refused
     │◀── not made ──────┤
     └── looked up ── unknown ◀── no answer, or a lease that has ended

To remove a method twice removes it once, so that what nobody knows of is looked up, and asked anew under a key of its
own where the method is still there.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlmodel import Session, col, select

from billing.due.pauses.store import is_held_back
from billing.payments.gateway import GatewayCall
from billing.payments.methods.state import MethodRemoval
from billing.payments.orders.state import OrderState
from billing.payments.tables import GatewayOrderRow, SavedMethodRow

#: The kind of due work, by which it is paused.
KIND = "detach"
#: Whoever claims has so long; then another looks what became of it.
LEASE = timedelta(minutes=10)
_SOON, _LATER = timedelta(minutes=1), timedelta(hours=1)
_TRIES_SOON = 5
_DETAIL_MAX = 1000


@dataclass(frozen=True, slots=True)
class ClaimedRemoval:
    """A method that is to be removed now.

    Attributes:
        key: of the method.
        account: our name of the gateway account.
        method: the gateway's name of it.
        attempt: which one it is, from 1 on.
        is_lookup: whether an earlier attempt may have removed it, so that it is looked up first.
        at: when it was claimed.
    """

    key: int
    account: str
    method: str
    attempt: int
    is_lookup: bool
    at: datetime

    @property
    def call(self) -> GatewayCall:
        """The call of this attempt, whose key no other has: the gateway gives each method a name of its own."""
        return GatewayCall(self.method, self.attempt)


def claim_removal(session: Session, tenant: int, now: datetime) -> ClaimedRemoval | None:
    """Put the next attempt on record; None where none is due. It is committed before the gateway is asked.

    A method by which an order is just being charged waits: the gateway would refuse the charge.

    Args:
        session: states the tenant, in a transaction of its own.
        tenant: the same.
        now: the instant.
    """
    row, order = SavedMethodRow, GatewayOrderRow
    being_charged = select(order.id).where(
        order.method_id == row.id, col(order.state).in_([OrderState.SENDING.value, OrderState.UNKNOWN.value])
    )
    chosen = (
        select(row)
        .where(col(row.removal_next_at) <= now, ~is_held_back(tenant, [KIND], None, now))
        .where(~being_charged.correlate(row).exists())
        .order_by(col(row.removal_next_at), col(row.id))
        .limit(1)
        .with_for_update(skip_locked=True)
        .execution_options(populate_existing=True)
    )
    claimed = session.exec(chosen).first()
    if claimed is None:
        return None
    is_lookup = claimed.removal != MethodRemoval.DUE
    claimed.removal, claimed.removal_next_at = MethodRemoval.ASKING, now + LEASE
    claimed.removal_attempts += 1
    session.flush()
    return ClaimedRemoval(
        key=claimed.id,
        account=claimed.account,
        method=claimed.external,
        attempt=claimed.removal_attempts,
        is_lookup=is_lookup,
        at=now,
    )


def record_removal(
    session: Session, claimed: ClaimedRemoval, outcome: MethodRemoval, detail: str, now: datetime
) -> None:
    """Record what came of an attempt; nothing where another has claimed the method since, or it is known to be gone.

    Args:
        session: states the tenant.
        claimed: the attempt.
        outcome: ``due``: nothing was done, and it is asked again.
        detail: why, in the gateway's words; empty where it is gone.
        now: the instant.
    """
    chosen = select(SavedMethodRow).where(SavedMethodRow.id == claimed.key).with_for_update()
    row = session.exec(chosen.execution_options(populate_existing=True)).one()
    if row.removal != MethodRemoval.ASKING or row.removal_attempts != claimed.attempt:
        return
    is_open = outcome in {MethodRemoval.DUE, MethodRemoval.UNKNOWN}
    wait = _SOON if claimed.attempt <= _TRIES_SOON else _LATER
    row.removal, row.removal_next_at = outcome, now + wait if is_open else None
    row.removal_detail = " ".join(detail.replace("\0", "?").split())[:_DETAIL_MAX]
    session.flush()
