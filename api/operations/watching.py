"""What whoever runs the product watches, as a use case: what lies there and waits, tenant by tenant.

The product looks as itself, and states each tenant in turn: no role sees across tenants, and no wall is opened for it.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from api.audit.backlog import unsealed_entries
from api.server.database import Database, answers
from billing.due.backlog import dead_work, due_work, held_work
from contracts import store as contract_store
from metering.deliveries.history import keys_with_readings
from metering.log.transaction import fetch
from metering.quality.validation.backlog import open_findings
from metering.tenants.store import tenants


@dataclass(frozen=True, slots=True)
class DueBacklog:
    """Work that is due, not done and not held.

    Attributes:
        kind: what its invoice is of, or ``planning``.
        issue: ``automatically``, so that it waits for us, or ``after_review``, so that it waits for a person.
        count: at most 10,000.
        oldest_s: for how long the oldest has been due; None: there is none.
    """

    kind: str
    issue: str
    count: int
    oldest_s: float | None


@dataclass(frozen=True, slots=True)
class TenantBacklog:
    """What waits of a tenant; each count is at most 10,000.

    Attributes:
        due: by kind and how it is issued.
        held: work that waits for a person, by the code of its reason.
        dead: work that failed too often and is tried no more, by kind.
        findings: open ones, by whether a bill waits for them: ``holds`` or ``asks``.
        unsealed: entries of the audit behind the newest seal.
        unsealed_s: the age of the oldest of them; 0: there is none.
    """

    due: Sequence[DueBacklog]
    held: Mapping[str, int]
    dead: Mapping[str, int]
    findings: Mapping[str, int]
    unsealed: int
    unsealed_s: float


@dataclass(frozen=True, slots=True)
class DatabaseWaits:
    """What goes on in the database at this moment, whoever does it.

    Attributes:
        lock_waits: statements that wait for a lock.
        longest_lock_wait_s: for how long the first of them has waited; 0: none waits.
        connections: to this database, by state, as PostgreSQL names it.
        connections_max: to all databases of the server.
        longest_transaction_s: for how long the oldest transaction has been open; 0: none is.
    """

    lock_waits: int
    longest_lock_wait_s: float
    connections: Mapping[str, int]
    connections_max: int
    longest_transaction_s: float


def backlogs(database: Database, now: datetime) -> dict[int, TenantBacklog]:
    """Look what waits, of each tenant; a transaction each, of five statements sent at once."""
    with database.transaction() as session:
        everyone = sorted(tenants(session).values())
    return {tenant: _backlog(database, tenant, now) for tenant in everyone}


def _backlog(database: Database, tenant: int, now: datetime) -> TenantBacklog:
    questions = (
        due_work(tenant, now),
        held_work(tenant),
        dead_work(tenant),
        open_findings(tenant),
        unsealed_entries(tenant),
    )
    with database.transaction(tenant, questions=questions) as session:
        due, held, dead, findings, ((unsealed, unsealed_since),) = answers(session)
    return TenantBacklog(
        due=[DueBacklog(kind, issue, count, _age(oldest, now)) for kind, issue, count, oldest in due],
        held=dict(held),
        dead=dict(dead),
        findings=dict(findings),
        unsealed=unsealed,
        unsealed_s=_age(unsealed_since, now) or 0.0,
    )


def _age(since: datetime | None, now: datetime) -> float | None:
    return None if since is None else max(0.0, (now - since).total_seconds())


def database_waits(database: Database) -> DatabaseWaits:
    """Look who waits for whom in the database; of other roles' sessions, what the application's role may see."""
    with database.transaction() as session:
        ((waits, longest),) = fetch(session, _LOCK_WAITS, {})
        rows = fetch(session, _CONNECTIONS, {})
        ((most, transaction_s),) = fetch(session, _SERVER, {})
    return DatabaseWaits(
        lock_waits=waits,
        longest_lock_wait_s=float(longest),
        connections=dict(rows),
        connections_max=int(most),
        longest_transaction_s=float(transaction_s),
    )


_LOCK_WAITS = """
    select count(*), coalesce(extract(epoch from clock_timestamp() - min(waitstart)), 0)
    from pg_locks join pg_stat_activity using (pid)
    where not granted and datname = current_database()"""
_CONNECTIONS = """
    select coalesce(state, 'unknown'), count(*) from pg_stat_activity
    where datname = current_database() and backend_type = 'client backend' group by 1"""
_SERVER = """
    select current_setting('max_connections'), coalesce(extract(epoch from clock_timestamp() - min(xact_start)), 0)
    from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid()"""


def unmatched_registers(database: Database) -> dict[int, int]:
    """Count, of each tenant, the registers that have readings and that no contract names.

    It reads the terms of every contract in the database, so it is asked rarely; ``unbilled`` lists them exactly.
    """
    with database.transaction() as session:
        everyone = sorted(tenants(session).values())
    counts = {}
    for tenant in everyone:
        with database.transaction(tenant) as session:
            with_readings = keys_with_readings(session)
            counts[tenant] = len(with_readings - contract_store.named_in_terms(session, with_readings))
    return counts
