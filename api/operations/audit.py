"""The audit as use cases: listed, sealed, verified, anchored, pruned; and a person's name erased."""

import logging
from collections.abc import Callable, Collection, Sequence
from datetime import datetime

from sqlmodel import Session

from api.access import identities
from api.access.identities import Identity
from api.audit import store
from api.audit.audit_query import AuditQuery
from api.audit.chain import ChainFault
from api.audit.note import AuditNote, Door, about, note
from api.audit.personal import ADDRESSES, TRACES
from api.audit.store import AuditAnchor, ListedEntry
from api.repeats.store import forget
from api.server.database import Database
from metering.log.transaction import fetch
from metering.tenants.store import tenants
from quantities.errors import Conflict
from quantities.listing import ListPage

log = logging.getLogger(__name__)


class StillActing(Conflict):
    """The identity is not disabled."""


def list_entries(session: Session, tenant: int, query: AuditQuery) -> ListPage[ListedEntry]:
    """List entries in pages, the newest first, with the names that their identities have now.

    Raises:
        UnknownSort, UnknownPage: there is no such order, or place in it.
    """
    return store.entries(session, tenant, query)


def newest_anchor(session: Session, tenant: int) -> AuditAnchor:
    """The newest seal of a tenant's chain, to be kept outside."""
    return store.anchor(session, tenant)


def verify_chain(
    session: Session, tenant: int, anchored: AuditAnchor | None = None
) -> tuple[int, Sequence[ChainFault]]:
    """Recompute a tenant's chain, and hold it against a seal that was kept outside.

    Returns:
        How many seals were recomputed, and the first faults by position.
    """
    return store.verify(session, tenant, anchored)


def seal_all(database: Database, tenant: int) -> int:
    """Seal what can be sealed of a tenant, in portions, each its own transaction; say how many entries."""
    sealed = 0
    while True:
        with database.transaction(tenant) as session:
            portion = store.seal_portion(session, tenant)
        sealed += portion
        if portion < store.PORTION:
            return sealed


def seal_everyone(
    database: Database, *, among: Collection[int] | None = None, abandoned: Callable[[], bool] = lambda: False
) -> int:
    """Seal what can be sealed of every tenant: what the scheduler calls.

    Args:
        database: the application's.
        among: the tenants of which something can be sealed; None: all.
        abandoned: tells between two tenants whether the rest is left for the next time.

    Returns:
        For how many tenants it failed.
    """
    failed = 0
    for tenant in _everyone(database) if among is None else sorted(among):
        if abandoned():
            break
        try:
            seal_all(database, tenant)
        except Exception:
            failed += 1
            log.exception("the audit of tenant %s could not be sealed", tenant)
    return failed


def prune(session: Session, now: datetime) -> tuple[int, int]:
    """Remove what is past its retention: addresses, and entries with their seals from the beginning of the chain.

    Args:
        session: states the tenant; its own entry says what was removed, so that the chain goes on from there.
        now: the instant.

    Returns:
        How many addresses are erased, and up to which position the chain is removed; 0: none of it.
    """
    forgotten = store.forget_addresses(session, ADDRESSES.ends(now))
    start = store.cut(session, TRACES.ends(now))
    if start is not None:
        about(session, store.cut_object(start))
    return forgotten, 0 if start is None else start.position


def prune_everyone(database: Database, now: datetime) -> int:
    """Remove what is past its retention of every tenant, and say for how many that failed; once a day, by schedule."""
    failed = 0
    for tenant in _everyone(database):
        try:
            with database.transaction(tenant) as session:
                note(session, AuditNote(now, Door.SCHEDULE, store.CUT_OPERATION))
                prune(session, now)
                forget(session, now)
        except Exception:
            failed += 1
            log.exception("the audit of tenant %s could not be pruned", tenant)
    return failed


def erase_identity(session: Session, name: str) -> str:
    """Write a number where a disabled identity's name stands, and erase from where it acted.

    What it did stays, under its number. Issued documents keep the names that are inside them, for they are kept by law.

    Returns:
        What stands in the place of the name.

    Raises:
        UnknownIdentity: nobody has the name.
        StillActing: it is not disabled.
    """
    identity: Identity = identities.find(session, name)
    if identity.disabled_at is None:
        detail = f"`usufruct user disable` first: {name!r} still acts"
        raise StillActing(detail, found=name, expected="an identity that is disabled")
    about(session, f"identity {identity.id}")
    fetch(session, "select erase_identity(%(number)s::int)", {"number": identity.id})
    return f"erased {identity.id}"


def _everyone(database: Database) -> list[int]:
    with database.transaction() as session:
        return sorted(tenants(session).values())
