"""Due work without a row elsewhere: claimed, done in one transaction with its end, or put off with its reason."""

import logging
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from types import MappingProxyType
from typing import TypeAlias

from sqlmodel import Session

from api.server.database import Database
from billing import run
from billing.due.work import claims
from billing.due.work import store as work_store
from billing.due.work.claims import ClaimedWork
from billing.due.work.retries import REFUSED, UNFORESEEN
from billing.estimating import store as estimating
from metering.log.transaction import fetch
from metering.tenants.store import tenants
from quantities.errors import Unavailable, UsufructError

log = logging.getLogger(__name__)

#: A finding that is open is told again after three days, and from then on after so many.
REMINDED_EVERY = timedelta(days=7)


@dataclass(frozen=True, slots=True)
class WorkAtHand:
    """Work in hand: what is claimed, of whom, and when."""

    tenant: int
    claimed: ClaimedWork
    now: datetime


#: Does claimed work in a session that states the tenant; says when it falls due again, or None.
Doing: TypeAlias = Callable[[Session, WorkAtHand], datetime | None]


def _rerate(session: Session, hand: WorkAtHand) -> None:
    """Look for what the new values of an index change, and try again what waited for them."""
    run.refresh(session, hand.tenant, hand.now)
    work_store.wake(session, hand.claimed.subject, hand.now)


def _remind(session: Session, hand: WorkAtHand) -> datetime | None:
    """Tell a finding again that is still open."""
    ((is_open,),) = fetch(session, "select remind_of_finding(%(finding)s::int)", {"finding": int(hand.claimed.subject)})
    return hand.now + REMINDED_EVERY if is_open else None


def _estimate(session: Session, hand: WorkAtHand) -> datetime | None:
    """Estimate what a period lacks, where its contract allows it by now."""
    return estimating.estimate_due(session, hand.tenant, hand.claimed.subject, hand.now)


#: By kind, how it is done.
DOING: Mapping[str, Doing] = MappingProxyType({"rerate": _rerate, "remind": _remind, work_store.ESTIMATE: _estimate})


def do_own(
    database: Database,
    kinds: Collection[str],
    among: Collection[int] | None,
    clock: Callable[[], datetime],
    abandoned: Callable[[], bool] = lambda: False,
) -> int:
    """Do what is due of some kinds, tenant by tenant, one after the other; side by side with others who do the same.

    Args:
        database: the application's.
        kinds: by name, of ``DOING``.
        among: the tenants; None: all.
        clock: tells the instant.
        abandoned: tells between two works whether the rest is left.

    Returns:
        For how many tenants it could not be done.
    """
    failed = 0
    for tenant in sorted(_everyone(database) if among is None else among):
        try:
            while not abandoned() and _do_one(database, tenant, kinds, clock):
                pass
        except Exception:
            log.exception("due work of tenant %s could not be done", tenant)
            failed += 1
    return failed


def _do_one(database: Database, tenant: int, kinds: Collection[str], clock: Callable[[], datetime]) -> bool:
    """Claim one work and do it; say whether there was one."""
    with database.transaction(tenant) as session:
        claimed = claims.claim(session, tenant, kinds, clock())
    if claimed is None:
        return False
    try:
        with database.transaction(tenant) as session:
            if claims.hold(session, claimed):
                now = clock()
                again_at = DOING[claimed.kind](session, WorkAtHand(tenant, claimed, now))
                claims.done(session, claimed, now, again_at)
    except Unavailable:
        raise  # the database is: its lease ends, and it is tried again
    except Exception as fault:  # noqa: BLE001 whatever it is, it is the reason of this work alone
        _put_off(database, tenant, claimed, fault, clock())
    return True


def _put_off(database: Database, tenant: int, claimed: ClaimedWork, fault: Exception, now: datetime) -> None:
    is_refusal = isinstance(fault, UsufructError)
    reason = str(fault) if is_refusal else f"{type(fault).__name__}: {str(fault).partition(chr(10))[0]}"
    with database.transaction(tenant) as session:
        is_dead = claims.failed(session, claimed, reason, now, REFUSED if is_refusal else UNFORESEEN)
    if not is_refusal:  # a refusal says what it waits for; of what nobody foresaw the log has all
        dead = " and is dead" if is_dead else ""
        log.error("%s %s failed%s", claimed.kind, claimed.subject, dead, exc_info=fault)


def _everyone(database: Database) -> list[int]:
    with database.transaction() as session:
        return list(tenants(session).values())
