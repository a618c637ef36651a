"""Long work done: claimed by one process at a time, its heart beating, given back where the process ends before it."""

import json
import logging
import threading
import uuid
from collections.abc import Collection, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime

from api.access.caller import Caller, IdentityKind
from api.access.keys import caller_of_work
from api.access.roles import Permission, Role
from api.long_work import store
from api.long_work.operation_query import OperationState
from api.long_work.store import ClaimedOperation, OperationAnswer
from api.operations.billed import RunningWork
from api.operations.long_work import KINDS, WorkInHand
from api.refusals import Unforeseen, problem_of, status_of
from api.server.database import Database
from metering.tenants.store import tenants
from quantities.errors import UsufructError

log = logging.getLogger(__name__)

_PROBLEM = "application/problem+json"
_BEAT_S = 5.0
#: So much work a process does at once; each takes one connection, and another for a moment to say how far it is.
AT_ONCE = 2


@dataclass
class Progress:
    """How far a work is, and whether it goes on; told to the others every few seconds."""

    database: Database
    tenant: int
    claimed: ClaimedOperation
    stopping: threading.Event
    done: int = 0
    total: int | None = None
    is_cancelled: bool = False
    ended_early: bool = False
    _ended: threading.Event = field(default_factory=threading.Event)

    def tell(self, done: int, total: int | None) -> None:
        """Keep how much is done, and of how much."""
        self.done, self.total = done, total

    def is_over(self) -> bool:
        """Whether the work is to end here: it is cancelled, another does it, or the process ends."""
        self.beat()
        self.ended_early = self.ended_early or self.is_cancelled or self.stopping.is_set()
        return self.ended_early

    def beat(self) -> None:
        """Say that the work goes on; learn whether it is to."""
        with self.database.transaction(self.tenant) as session:
            if not store.tell(session, self.claimed, self.done, self.total):
                self.is_cancelled = True

    @contextmanager
    def beating(self) -> Iterator[None]:
        """Beat while the block is worked on."""
        heart = threading.Thread(target=self._beat_on, name=f"operation {self.claimed.number}", daemon=True)
        heart.start()
        try:
            yield
        finally:
            self._ended.set()
            heart.join()

    def _beat_on(self) -> None:
        while not self._ended.wait(_BEAT_S):
            try:
                self.beat()
            except UsufructError:
                log.warning("operation %s could not say that it goes on", self.claimed.number, exc_info=True)


class LongWorkRunner:
    """The threads of a process that do long work; they begin with the first of it."""

    def __init__(self, database: Database) -> None:
        """Hold the threads; the database's connections are for them alone."""
        self._database, self._stopping = database, threading.Event()
        self._threads = ThreadPoolExecutor(AT_ONCE, thread_name_prefix="long-work")

    def wake(self, tenant: int) -> None:
        """Do what waits of a tenant, soon."""
        if not self._stopping.is_set():
            self._threads.submit(self._do_all, tenant)

    def close(self) -> None:
        """End after what is being done; what is not finished waits for another process."""
        self._stopping.set()
        self._threads.shutdown(wait=True, cancel_futures=True)
        self._database.close()

    def _do_all(self, tenant: int) -> None:
        try:
            take_up(self._database, tenant, self._stopping)
        except Exception:
            log.exception("the operations of tenant %s could not be done", tenant)


def take_up_everyone(database: Database, stopping: threading.Event, among: Collection[int] | None = None) -> int:
    """Do what waits of every tenant, and forget what ended long ago: what the scheduler calls.

    Args:
        database: the application's.
        stopping: once it is set, nothing further is begun.
        among: the tenants of which something waits; None: all.

    Returns:
        For how many tenants it failed.
    """
    failed = 0
    if among is None:
        with database.transaction() as session:
            among = tenants(session).values()
    for tenant in sorted(among):
        if stopping.is_set():
            break
        try:
            take_up(database, tenant, stopping)
            with database.transaction(tenant) as session:
                store.forget(session)
        except Exception:
            failed += 1
            log.exception("the operations of tenant %s could not be done", tenant)
    return failed


def take_up(database: Database, tenant: int, stopping: threading.Event) -> None:
    """Do the work of a tenant that waits, one after the other, until there is none or the process ends."""
    while not stopping.is_set():
        with database.transaction(tenant) as session:
            claimed = store.claim(session)
        if claimed is None:
            return
        _do(Progress(database, tenant, claimed, stopping))


def _do(progress: Progress) -> None:
    with progress.beating():
        state, answer = _answered(progress)
    with progress.database.transaction(progress.tenant) as session:
        if progress.ended_early and progress.stopping.is_set() and not progress.is_cancelled:
            store.give_back(session, progress.claimed)
            return
        store.tell(session, progress.claimed, progress.done, progress.total)
        cancelled = progress.ended_early and state is OperationState.DONE
        store.end(session, progress.claimed, OperationState.CANCELLED if cancelled else state, answer)


def _answered(progress: Progress) -> tuple[OperationState, OperationAnswer]:
    """Do work, and say what its request would have been answered."""
    claimed = progress.claimed
    kind, asked = KINDS[claimed.kind], replace(claimed, arguments=claimed.arguments["request"])
    running = RunningWork(progress.database, progress.tenant, claimed.asked_at, progress.is_over, progress.tell)
    try:
        caller = _whoever_asked(progress)
        caller.needs(*kind.needs)
        return OperationState.DONE, kind.work(WorkInHand(running, caller, asked))
    except UsufructError as error:
        return OperationState.FAILED, _problem(problem_of(error), status_of(type(error)))
    except Exception:
        incident = str(uuid.uuid4())
        log.exception("incident %s in operation %s", incident, claimed.number)
        foreseen_by_nobody = Unforeseen(f"It is in our log as incident {incident}.", incident=incident)
        return OperationState.FAILED, _problem(problem_of(foreseen_by_nobody), status_of(Unforeseen))


def _problem(body: dict[str, object], status: int) -> OperationAnswer:
    return OperationAnswer(status, _PROBLEM, json.dumps(body, ensure_ascii=False).encode())


def _whoever_asked(progress: Progress) -> Caller:
    """Look again at what whoever asked may do.

    Raises:
        Unauthenticated: it acts no more.
    """
    scope, claimed = progress.claimed.arguments["scope"], progress.claimed
    before = Caller(
        tenant=progress.tenant,
        identity=claimed.identity,
        name="",
        kind=IdentityKind.PROGRAM,
        role=Role.PAYEE,  # the least; what it is, is looked up
        scope=None if scope is None else frozenset(map(Permission, scope)),
        key=claimed.key,
    )
    with progress.database.transaction(progress.tenant) as session:
        return caller_of_work(session, before, datetime.now(UTC))
