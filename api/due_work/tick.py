"""A tick: one look at what is due, of every kind and tenant, and each lane set to work on what it has.

What is due is a row, and whoever claims it first has it: as many processes as one likes tick side by side. Where
nothing is due, a tick is one statement.
"""

import json
import logging
import threading
import time
from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TypeAlias

from api.due_work.kinds import KINDS, DueKind, Lane, look_statement
from api.server.database import Database
from api.server.metrics import JOB_DONE_AT, JOB_SECONDS, JOBS
from billing.sources import shipped
from quantities.period import utc

log = logging.getLogger(__name__)

#: A tick that comes so much too early is one all the same.
_EARLY_S = 0.5
#: Does the work of kinds for tenants; None: for all of them. Answers for how many it failed.
Work: TypeAlias = Callable[[Collection[int] | None], int]


@dataclass(frozen=True, slots=True)
class DueOfKind:
    """What a look sees of a kind.

    Attributes:
        tenant: of whom.
        kind: by name.
        many: how much is due; more than a hundred are told as a hundred.
        earliest: since when the oldest of it has been due.
    """

    tenant: int
    kind: str
    many: int
    earliest: datetime


def look(database: Database, now: datetime, kinds: Sequence[DueKind] = KINDS) -> list[DueOfKind]:
    """Look what is due, of all tenants, in one statement: what a pause holds, or is put off, is not."""
    prints = json.dumps(dict(shipped.fingerprints()))
    rows = database.look_up(look_statement(kinds), {"now": utc(now), "prints": prints})
    return [DueOfKind(*row) for row in rows]


class Ticker:
    """Sets lanes to work on what is due; a lane that is still at work is left to it."""

    def __init__(
        self,
        database: Database,
        works: Mapping[str, Work],
        *,
        ending: threading.Event | None = None,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
        kinds: Sequence[DueKind] = KINDS,
        lane_pauses: Mapping[Lane, float] | None = None,
    ) -> None:
        """Hold the lanes; kinds without work here are left to other processes.

        Args:
            database: the application's.
            works: by name, what does the work of kinds.
            ending: once it is set, nothing further is begun.
            clock: tells the instant.
            kinds: in the order in which they are done.
            lane_pauses: seconds between two beginnings of a lane at least; of others none.
        """
        self._database, self._works, self._clock = database, works, clock
        self._ending = ending or threading.Event()
        self._kinds = tuple(kind for kind in kinds if kind.work in works)
        self._threads = ThreadPoolExecutor(len(Lane), "lane")
        self._at_work: dict[Lane, Future[None]] = {}
        self._pauses = dict(lane_pauses or {})
        self._begun: dict[Lane, float] = {}
        self._done: dict[str, float] = {}

    def tick(self) -> list[Future[None]]:
        """Look, and set to work each lane of which something is due and that is not at work; do not wait for any.

        Returns:
            The lanes that were set to work.
        """
        turns = self._turns()
        begun = []
        for lane, of_lane in turns.items():
            if self._ending.is_set() or not self._may_begin(lane):
                continue
            self._begun[lane] = time.monotonic()
            self._at_work[lane] = self._threads.submit(self._take_turns, of_lane)
            begun.append(self._at_work[lane])
        return begun

    def tick_through(self) -> int:
        """Look, and do all that is due, in order, in this thread; say how many turns were taken."""
        turns = self._turns()
        in_order = [turn for lane in Lane for turn in turns.get(lane, ())]
        self._take_turns(in_order)
        return len(in_order)

    def close(self) -> None:
        """Wait for what is at work, and begin nothing more."""
        self._ending.set()
        self._threads.shutdown(wait=True)

    def _may_begin(self, lane: Lane) -> bool:
        at_work, begun = self._at_work.get(lane), self._begun.get(lane)
        if at_work is not None and not at_work.done():
            return False
        return begun is None or time.monotonic() - begun >= self._pauses.get(lane, 0.0) - _EARLY_S

    def _turns(self) -> dict[Lane, list[tuple[str, Collection[int] | None]]]:
        """Say of each lane which works are to be done for which tenants, in order; and count the others as done."""
        due = look(self._database, self._clock(), self._kinds)
        by_work = self._by_work(due)
        turns: dict[Lane, list[tuple[str, Collection[int] | None]]] = defaultdict(list)
        for kind in self._kinds:
            if kind.work not in by_work and not self._is_to_be_done_anyway(kind):
                continue
            if all(kind.work != work for work, _ in turns[kind.lane]):
                turns[kind.lane].append((kind.work, by_work.get(kind.work)))
        idle = {kind.work for kind in self._kinds} - {work for of_lane in turns.values() for work, _ in of_lane}
        for work in idle:
            JOB_DONE_AT.labels(work).set(time.time())
        return {lane: of_lane for lane, of_lane in turns.items() if of_lane}

    def _by_work(self, due: Iterable[DueOfKind]) -> dict[str, set[int]]:
        """Put together of which tenants each work has something to do."""
        of_tenant: dict[int, set[str]] = defaultdict(set)
        for one in due:
            of_tenant[one.tenant].add(one.kind)
        by_work: dict[str, set[int]] = defaultdict(set)
        for kind in self._kinds:
            for tenant, names in of_tenant.items():
                if kind.name in names and names.isdisjoint(kind.after):
                    by_work[kind.work].add(tenant)
        return dict(by_work)

    def _is_to_be_done_anyway(self, kind: DueKind) -> bool:
        if kind.anyway is None:
            return False
        before = self._done.get(kind.work)
        return before is None or time.monotonic() - before >= kind.anyway.total_seconds()

    def _take_turns(self, turns: Iterable[tuple[str, Collection[int] | None]]) -> None:
        for work, tenants in turns:
            if self._ending.is_set():
                break
            if tenants is None:
                self._done[work] = time.monotonic()
            turn(work, lambda work=work, tenants=tenants: self._works[work](tenants))  # type: ignore[misc]  # bound now


def turn(job: str, work: Callable[[], int]) -> None:
    """Do a job once, and count it; it has failed where it fails for a tenant."""
    began = time.monotonic()
    try:
        failed = work()
    except Exception:
        log.exception("%s could not be done by schedule", job)
        failed = 1
    JOB_SECONDS.labels(job).observe(time.monotonic() - began)
    JOBS.labels(job, "failed" if failed else "done").inc()
    if not failed:
        JOB_DONE_AT.labels(job).set(time.time())
