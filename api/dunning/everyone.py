"""Documents that are not paid in time are looked at, for all tenants: what the scheduler calls."""

import logging
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime

from api.server.database import Database
from billing.dunning.store import dun_next, hold_next
from quantities.errors import UsufructError
from quantities.period import utc

log = logging.getLogger(__name__)

#: Accounts of one tenant before the next has its turn.
_TURN = 20
_DUE = "select tenant from dunning_due(%(now)s)"


@dataclass(frozen=True, slots=True)
class DunningRules:
    """How late documents are looked at.

    Attributes:
        clock: tells the instant.
    """

    clock: Callable[[], datetime] = lambda: datetime.now(UTC)


def dun_everyone(database: Database, rules: DunningRules, abandoned: Callable[[], bool] = lambda: False) -> int:
    """Look at what is due, of all tenants, an account a transaction; where nothing is due, it costs one query.

    Tenants take turns. An account of which something is refused, as what cannot be laid out, is held with the
    reason, tried again after an hour, and holds no other.

    Returns:
        Of how many tenants it could not be done.
    """
    failed: set[int] = set()
    has_more = True
    while has_more and not abandoned():
        has_more = False
        for tenant in sorted(_due(database, rules) - failed):
            if abandoned():
                break
            try:
                has_more |= dun_tenant(database, tenant, rules, abandoned, _TURN) == _TURN
            except Exception:
                log.exception("late documents of tenant %s could not be looked at", tenant)
                failed.add(tenant)
    return len(failed)


def dun_tenant(
    database: Database,
    tenant: int,
    rules: DunningRules,
    abandoned: Callable[[], bool] = lambda: False,
    at_most: int | None = None,
) -> int:
    """Look at what is due of a tenant, an account a transaction; say how many."""
    accounts = 0
    while not abandoned() and accounts != at_most:
        now = rules.clock()
        try:
            with database.transaction(tenant) as session:
                done = dun_next(session, now)
        except UsufructError as refusal:
            log.warning("late documents of tenant %s are held: %s", tenant, refusal)
            with database.transaction(tenant) as session:
                hold_next(session, now, str(refusal))
        else:
            if done is None:
                break
        accounts += 1
    return accounts


def _due(database: Database, rules: DunningRules) -> set[int]:
    return {tenant for (tenant,) in database.look_up(_DUE, {"now": utc(rules.clock())})}
