"""Due work that waits by itself, claimed by one worker at a time; and what came of it.

A claim is a transaction of its own: it writes that the work is tried, and leases it. The work is done in another one,
which holds the row from its first statement to its commit and does nothing where somebody else has claimed it since:
whoever was stopped for longer than its lease comes back to find that out. So it is done once, or not at all.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import delete
from sqlalchemy.dialects.postgresql import insert
from sqlmodel import Session, col, func, or_, select

from billing.due.pauses.store import is_held_back
from billing.due.tables import DueWorkRow
from billing.due.work.retries import UNFORESEEN, RetryPolicy
from billing.due.work.store import WorkState

#: Whoever claims has so long to be done; then another claims it.
LEASE = timedelta(minutes=10)
#: A try that lies further ahead than this was made by a clock that has been set back since.
SET_BACK = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class ClaimedWork:
    """Due work that is to be done now.

    Attributes:
        number: its own.
        kind: of work.
        subject: of what.
        due_at: when it fell due.
        tries: the number of this try, from 1 on.
        revision: how often it had come up again when it was claimed.
    """

    number: int
    kind: str
    subject: str
    due_at: datetime
    tries: int
    revision: int


def claim(session: Session, tenant: int, kinds: Collection[str], now: datetime) -> ClaimedWork | None:
    """Claim the work that has waited longest and that nobody else holds; None where none does.

    Args:
        session: states the tenant; it is committed before anything of the work is done.
        tenant: the same.
        kinds: of which it is.
        now: the instant.
    """
    row = DueWorkRow
    is_due = or_(col(row.next_at) <= now, col(row.tried_at) > now + SET_BACK)
    chosen = (
        select(row)
        .where(row.tenant == tenant, row.state == WorkState.DUE, col(row.contract_id).is_(None), is_due)
        .where(col(row.kind).in_(kinds), ~is_held_back(tenant, [col(row.kind)], None, now))
        .order_by(col(row.next_at), col(row.id))
        .limit(1)
        .with_for_update(skip_locked=True)
        .execution_options(populate_existing=True)
    )
    claimed = session.exec(chosen).first()
    if claimed is None:
        return None
    claimed.tries, claimed.tried_at, claimed.next_at = claimed.tries + 1, now, now + LEASE
    session.flush()
    return ClaimedWork(
        number=claimed.id,
        kind=claimed.kind,
        subject=claimed.subject,
        due_at=claimed.due_at,
        tries=claimed.tries,
        revision=claimed.revision,
    )


def hold(session: Session, claimed: ClaimedWork) -> bool:
    """Hold claimed work until the transaction ends, which does it; False: another has claimed it, or has done it."""
    row = DueWorkRow
    of_claim = select(row.id).where(row.id == claimed.number, row.tries == claimed.tries, row.state == WorkState.DUE)
    return session.exec(of_claim.with_for_update()).first() is not None


def done(session: Session, claimed: ClaimedWork, now: datetime, again_at: datetime | None = None) -> None:
    """Note that work is done, in the transaction that did it: it is gone, unless it came up again meanwhile.

    Args:
        session: has it held.
        claimed: the work.
        now: the instant.
        again_at: when it falls due the next time; None: it does not by itself.
    """
    row = session.exec(select(DueWorkRow).where(DueWorkRow.id == claimed.number)).one()
    session.refresh(row)
    came_up_again = row.revision != claimed.revision
    if again_at is None and not came_up_again:
        session.execute(delete(DueWorkRow).where(col(DueWorkRow.id) == claimed.number))
        return
    row.next_at = now if came_up_again or again_at is None else again_at
    row.due_at, row.tries, row.tried_at, row.reason = row.next_at, 0, None, ""
    session.flush()


def failed(
    session: Session, claimed: ClaimedWork, reason: str, now: datetime, policy: RetryPolicy = UNFORESEEN
) -> bool:
    """Note that work failed: it is tried again after a while, or is dead.

    Returns:
        Whether it is dead; False as well where another has claimed it since.
    """
    if not hold(session, claimed):
        return False
    row = session.exec(select(DueWorkRow).where(DueWorkRow.id == claimed.number)).one()
    wait = policy.wait(claimed.tries)
    row.reason, row.state = reason, WorkState.DEAD if wait is None else WorkState.DUE
    row.next_at = row.next_at if wait is None else now + wait
    session.flush()
    return wait is None


def put_down(session: Session, tenant: int, kind: str, subject: str, due_at: datetime) -> None:
    """Write down that something falls due; what is there stays, and is known to have come up again.

    The one door by which kinds of other rooms leave work that has no row of its own.
    """
    values = {"tenant": tenant, "kind": kind, "subject": subject, "due_at": due_at, "next_at": due_at}
    new = insert(DueWorkRow).values(**values)
    session.execute(
        new.on_conflict_do_update(
            index_elements=["tenant", "kind", "subject"],
            set_={
                "next_at": func.least(DueWorkRow.next_at, new.excluded.next_at),
                "revision": DueWorkRow.revision + 1,
            },
        )
    )
