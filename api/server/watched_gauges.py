"""What waits in the database, as metrics: looked up when somebody asks, and not again for a while.

Each process would say the same, so none counts it. One look costs a transaction a tenant (a millisecond), and one at a
time looks; who asks meanwhile, or soon after, gets what was seen last. Where the database cannot be asked, that is a
metric too, and what the process counts itself is told all the same.
"""

import logging
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Generic, TypeVar

from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.metrics_core import Metric
from prometheus_client.registry import Collector

from api.operations.watching import DatabaseWaits, TenantBacklog, backlogs, database_waits, unmatched_registers
from api.server.database import Database
from api.server.metrics import shown
from quantities.errors import UsufructError

log = logging.getLogger(__name__)

#: For so many seconds a look is told again.
KEPT_S = 10.0
#: What reads the terms of all contracts.
KEPT_RARELY_S = 600.0
Seen = TypeVar("Seen")
Labels = tuple[str, ...]


@dataclass(slots=True)
class KeptLook(Generic[Seen]):
    """A look at the database that is kept for a while; one at a time looks."""

    look: Callable[[], Seen]
    kept_s: float
    seen: Seen | None = None
    looked_at: float = float("-inf")
    _alone: threading.Lock = field(default_factory=threading.Lock)

    def now(self) -> Seen | None:
        """What is seen now, or was a short while ago; None where the database cannot be asked."""
        with self._alone:
            self._look_again()
            return self.seen

    def soon(self) -> Seen | None:
        """What was seen last; where that is too old, somebody looks again meanwhile. None: nothing was seen yet."""
        if self._is_old and self._alone.acquire(blocking=False):
            threading.Thread(target=self._look_and_release, name="watching", daemon=True).start()
        return self.seen

    @property
    def _is_old(self) -> bool:
        return time.monotonic() - self.looked_at >= self.kept_s

    def _look_and_release(self) -> None:
        try:
            self._look_again()
        finally:
            self._alone.release()

    def close(self) -> None:
        """Wait for whoever looks, and never look again."""
        with self._alone:
            self.looked_at = float("inf")

    def _look_again(self) -> None:
        if not self._is_old:
            return
        try:
            self.seen = self.look()
        except UsufructError as error:
            log.warning("the database cannot be watched: %s", error)
            self.seen = None
        except Exception:
            log.exception("the database could not be watched")  # what the process counts is told all the same
            self.seen = None
        self.looked_at = time.monotonic()


class WatchedGauges(Collector):
    """The metrics of what waits; ``by_tenant`` tells tenants apart, by number."""

    def __init__(self, database: Database, *, by_tenant: bool = False) -> None:
        """Watch a database, on connections that nobody waits for."""
        self._by_tenant = by_tenant
        self._backlogs = KeptLook(lambda: backlogs(database, datetime.now(UTC)), KEPT_S)
        self._waits = KeptLook(lambda: database_waits(database), KEPT_S)
        self._unmatched = KeptLook(lambda: unmatched_registers(database), KEPT_RARELY_S)

    def close(self) -> None:
        """Wait for whoever looks, and look no more; the database may be closed then."""
        for kept in (self._backlogs, self._waits, self._unmatched):
            kept.close()

    def exposition(self) -> bytes:
        """All that this process has to tell, in Prometheus' text format."""
        registry = CollectorRegistry(auto_describe=False)
        registry.register(self)
        return generate_latest(shown()) + generate_latest(registry)

    def describe(self) -> Iterable[Metric]:
        """Nothing: what is told is known when it is told, and the database is not asked for its names."""
        return []

    def collect(self) -> Iterator[Metric]:
        """Tell what waits."""
        tenants, waits = self._backlogs.now(), self._waits.now()
        yield _gauge("usufruct_database_up", "Whether the database could be asked.", (), {(): float(waits is not None)})
        if tenants is not None:
            yield from self._of_tenants(tenants)
        if waits is not None:
            yield from _of_waits(waits)
        unmatched = self._unmatched.soon()
        if unmatched is not None:
            yield self._summed(
                "usufruct_registers_unmatched",
                "Registers with readings that no contract names; looked at every ten minutes.",
                (),
                ((tenant, (), count) for tenant, count in unmatched.items()),
            )

    def _of_tenants(self, tenants: Mapping[int, TenantBacklog]) -> Iterator[Metric]:
        due = [(tenant, work) for tenant, backlog in tenants.items() for work in backlog.due]
        yield self._summed(
            "usufruct_due_work",
            "Work that is due, not done and not held; counted up to 10,000 a tenant.",
            ("kind", "issue"),
            ((tenant, (work.kind, work.issue), work.count) for tenant, work in due),
        )
        yield self._highest(
            "usufruct_due_oldest_seconds",
            "For how long the oldest such work has been due.",
            ("kind", "issue"),
            ((tenant, (work.kind, work.issue), work.oldest_s or 0.0) for tenant, work in due),
        )
        yield self._summed(
            "usufruct_held_work",
            "Work that waits for a person, by the code of its reason.",
            ("reason",),
            ((tenant, (why,), count) for tenant, seen in tenants.items() for why, count in seen.held.items()),
        )
        yield self._summed(
            "usufruct_dead_work",
            "Work that failed too often and is tried no more, by kind.",
            ("kind",),
            ((tenant, (kind,), count) for tenant, seen in tenants.items() for kind, count in seen.dead.items()),
        )
        yield self._summed(
            "usufruct_findings_open",
            "Findings of checks that are open, by whether a bill waits for them (holds) or not (asks).",
            ("kind",),
            ((tenant, (kind,), count) for tenant, seen in tenants.items() for kind, count in seen.findings.items()),
        )
        yield self._summed(
            "usufruct_audit_unsealed_entries",
            "Entries of the audit that are not sealed yet.",
            (),
            ((tenant, (), seen.unsealed) for tenant, seen in tenants.items()),
        )
        yield self._highest(
            "usufruct_audit_unsealed_seconds",
            "The age of the oldest entry of the audit that is not sealed yet.",
            (),
            ((tenant, (), seen.unsealed_s) for tenant, seen in tenants.items()),
        )

    def _summed(self, name: str, meaning: str, labels: Labels, rows: Iterable[tuple[int, Labels, float]]) -> Metric:
        values: Counter[Labels] = Counter()
        for tenant, of, value in rows:
            values[self._labelled(tenant, of)] += value  # type: ignore[assignment]  # seconds too
        return _gauge(name, meaning, self._names(labels), values or ({} if labels else {(): 0.0}))

    def _highest(self, name: str, meaning: str, labels: Labels, rows: Iterable[tuple[int, Labels, float]]) -> Metric:
        values: dict[Labels, float] = {}
        for tenant, of, value in rows:
            place = self._labelled(tenant, of)
            values[place] = max(value, values.get(place, 0.0))
        return _gauge(name, meaning, self._names(labels), values)

    def _labelled(self, tenant: int, labels: Labels) -> Labels:
        return (*labels, str(tenant)) if self._by_tenant else labels

    def _names(self, labels: Labels) -> Sequence[str]:
        return (*labels, "tenant") if self._by_tenant else labels


def _of_waits(waits: DatabaseWaits) -> Iterator[Metric]:
    told = {
        "usufruct_lock_waits": ("Statements that wait for a lock now.", waits.lock_waits),
        "usufruct_lock_wait_seconds": ("For how long the first of them has waited.", waits.longest_lock_wait_s),
        "usufruct_longest_transaction_seconds": (
            "For how long the oldest open transaction has been open; the audit is sealed up to it.",
            waits.longest_transaction_s,
        ),
        "usufruct_database_connections_max": ("Connections that the server takes.", waits.connections_max),
    }
    for name, (meaning, value) in told.items():
        yield _gauge(name, meaning, (), {(): float(value)})
    connections: dict[Labels, float] = {(state,): float(count) for state, count in waits.connections.items()}
    yield _gauge("usufruct_database_connections", "Connections to this database, by state.", ("state",), connections)


def _gauge(name: str, meaning: str, labels: Sequence[str], values: Mapping[Labels, float]) -> Metric:
    family = GaugeMetricFamily(name, meaning, labels=labels)
    for of, value in values.items():
        family.add_metric(of, value)
    return family
