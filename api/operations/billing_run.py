"""A run of one process over due work: contracts planned a portion at a time, and billed chunk by chunk right after."""

from collections import deque
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta, timezone
from itertools import islice
from typing import Self, TypeAlias

from sqlalchemy import text
from sqlmodel import Session

from api.audit.note import AuditNote, Door, note
from api.server.database import Database, TookTooLong
from api.server.log_context import new_run
from billing import run
from billing.disputes import store as dispute_store
from billing.disputes.store import KnownDispute
from billing.due import store as due_store
from billing.due.store import HeldWork
from billing.due.together import portions
from billing.due.work import store as work_store
from billing.invoices.numbering import IssueDateAhead, IssueDateTooEarly
from quantities.errors import Invalid, Unavailable, UsufructError

#: Contracts whose planning is locked in one transaction: whoever releases a version of one waits for so many at most.
PLANNED_AT_ONCE = 1000
#: Is told how much is done, and of how much; None: that is not known.
Tell: TypeAlias = Callable[[int, int | None], None]


def untold(done: int, total: int | None) -> None:
    """Tell nobody."""


_FIRST_ZONE = timezone(timedelta(hours=14))
#: No contract is at fault for these, and none is held for them.
_OF_THE_RUN = (Unavailable, IssueDateAhead, IssueDateTooEarly)


@dataclass(slots=True)
class WaitingWork:
    """What waits for a person.

    Attributes:
        held: for contracts that were held now, why.
        held_work: all work that waits, each period for its own reason.
        disputes: those that wait to be accepted, and hold nothing back.
    """

    held: dict[str, str] = field(default_factory=dict)
    held_work: list[HeldWork] = field(default_factory=list)
    disputes: list[KnownDispute] = field(default_factory=list)


@dataclass(slots=True)
class BilledWork(WaitingWork):
    """What a run over everything due did; ``invoices`` are the keys of those it issued."""

    invoices: list[int] = field(default_factory=list)


class IssueAhead(Invalid):
    """Invoices would be issued before they fall due."""


@dataclass(frozen=True, slots=True)
class RunRequest:
    """What a run is to bill; see ``bill_everything`` for the fields of the same names.

    Attributes:
        due_by: what falls due later is left.
        run: the id by which the log has what is done of it, in whichever process.
    """

    tenant: int
    now: datetime
    due_by: datetime
    issue_date: date | None = None
    only_automatic: bool = False
    run: str = field(default_factory=new_run)

    @classmethod
    def of(
        cls,
        tenant: int,
        now: datetime,
        until: datetime | None,
        issue_date: date | None,
        *,
        only_automatic: bool = False,
    ) -> Self:
        """Check the dates that are asked for.

        Raises:
            IssueAhead: what falls due later than now would be issued.
            IssueDateAhead: the issue date lies in the future.
        """
        due_by = until or now
        _refuse_dates(now, due_by, issue_date)
        return cls(tenant, now, due_by, issue_date, only_automatic)


@dataclass(slots=True)
class BillingRun:
    """A run of one process: contracts are planned a portion at a time and billed right after, while they are known.

    Attributes:
        database: the application's.
        asked: what is to be billed.
        chunk: contracts a transaction.
        abandoned: tells between two chunks whether whoever asked has left.
        tell: is told how many invoices are issued.
        done: what it did so far.
        passed: work that was held now, and is not tried again.
    """

    database: Database
    asked: RunRequest
    chunk: int = run.CHUNK
    abandoned: Callable[[], bool] = lambda: False
    tell: Tell = untold
    done: BilledWork = field(default_factory=BilledWork)
    passed: set[due_store.Due] = field(default_factory=set)

    def plan_and_bill(self, contract_ids: Collection[int]) -> None:
        """Write down what falls due of contracts, and issue it.

        Raises:
            UsufructError: as ``bill_everything`` does.
        """
        with self.database.transaction(self.asked.tenant) as session:
            run.plan(session, self.asked.tenant, self.asked.due_by, contract_ids)
            self._note_outcome(session, contract_ids)
        self.bill(contract_ids)

    def bill_the_rest(self) -> BilledWork:
        """Issue all that is due of whichever contract, and note what waits for a person.

        Raises:
            UsufructError: as ``bill_everything`` does.
        """
        self.bill()
        if not self.asked.only_automatic:
            note_waiting(self.database, self.asked.tenant, self.asked.due_by, self.done)
        return self.done

    def bill(self, among: Collection[int] | None = None) -> None:
        """Issue what is due of contracts, or of all: the oldest of each, then the next, until nothing can be claimed.

        Raises:
            UsufructError: as ``bill_everything`` does.
        """
        while self._bill_queue(self._queue(among)):
            pass

    def _queue(self, among: Collection[int] | None) -> deque[int]:
        asked = self.asked
        with self.database.transaction(asked.tenant) as session:
            return deque(
                due_store.queue(
                    session,
                    asked.tenant,
                    asked.due_by,
                    self.passed,
                    among=among,
                    only_automatic=asked.only_automatic,
                    at=asked.now,
                )
            )

    def _bill_queue(self, queue: deque[int]) -> int:
        """Issue what is due of contracts chunk by chunk, and one that failed in smaller ones, until one is alone.

        Returns:
            How much work was claimed.
        """
        claimed, size, apart = 0, self.chunk, False
        while queue and not self.abandoned():
            contract_ids = list(islice(queue, size))
            work, fault = self._bill_chunk(contract_ids, apart=apart)
            if fault is not None:
                apart = not self._hold_at_fault(work, fault)
                size = max(1, min(len(work), len(contract_ids)) // 2) if apart else size
                continue
            for _ in contract_ids:
                queue.popleft()
            claimed, size = claimed + len(work), min(self.chunk, 2 * size)
            apart = apart and size < self.chunk
            self.tell(len(self.done.invoices), None)
        return claimed

    def _bill_chunk(
        self, contract_ids: Sequence[int], *, apart: bool = False
    ) -> tuple[Sequence[due_store.Due], Exception | None]:
        """Issue what is due of contracts in one transaction, or hold what fails alone.

        Returns:
            What was claimed, and why it is not done with: of several that fail together, none is.
        """
        asked, work = self.asked, list[due_store.Due]()
        try:
            with self.database.transaction(asked.tenant) as session:
                work = due_store.claim(
                    session,
                    asked.tenant,
                    asked.due_by,
                    contract_ids,
                    self.passed,
                    only_automatic=asked.only_automatic,
                    apart=apart,
                    at=asked.now,
                )
                if not work:
                    return work, None
                outcome = run.bill(session, asked.tenant, work, asked.now, asked.due_by, asked.issue_date)
                self._note_outcome(session, {one.contract_id for one in work})
                if asked.only_automatic and outcome.invoices:  # a person's run is noted when it is asked for
                    keys = ", ".join(map(str, outcome.invoices))
                    note(session, AuditNote(asked.now, Door.SCHEDULE, "bill", f"invoices by key: {keys}"))
        except Exception as fault:
            if is_of_the_run(fault) or not work:
                raise
            if len(work) > 1:
                return work, fault
            outcome = self._hold(work[0], fault)
        self._note(outcome)
        return work, None

    def _hold_at_fault(self, claimed: Sequence[due_store.Due], fault: Exception) -> bool:
        """Hold what is at fault of contracts that failed together: the others stay together.

        A document of several that its form refuses, whether or not it would refuse each by itself, waits as a whole:
        billed apart, the customer would get documents that it has not asked for.

        Returns:
            Whether something is held.
        """
        named = fault.members.get("contracts") if isinstance(fault, UsufructError) else None
        whole = [work for work in claimed if isinstance(named, list) and work.reference in named]
        faults = self._faults_alone([work for work in claimed if work.together is not None])
        if all(work in faults for work in whole) or not faults:
            faults |= dict.fromkeys(whole, fault)
        for work, why in faults.items():
            self._note(self._hold(work, why))
        return bool(faults)

    def _hold(self, work: due_store.Due, fault: Exception) -> run.RunOutcome:
        with self.database.transaction(self.asked.tenant) as session:
            outcome = run.hold(session, self.asked.tenant, work, fault, self.asked.now)
            self._note_outcome(session, [work.contract_id])
        return outcome

    def _note_outcome(self, session: Session, contract_ids: Collection[int]) -> None:
        """Put off by schedule what failed; a person may try what is put off whenever they like."""
        if self.asked.only_automatic:
            work_store.note_outcome(session, self.asked.tenant, contract_ids, self.asked.now)

    def _faults_alone(self, together: Sequence[due_store.Due]) -> dict[due_store.Due, Exception]:
        """Try each of some contracts alone and take it back: which of them are at fault by themselves, and why."""
        asked, faults = self.asked, dict[due_store.Due, Exception]()
        for work in together:
            try:
                with self.database.transaction(asked.tenant) as session:
                    alone = due_store.claim(
                        session, asked.tenant, asked.due_by, [work.contract_id], self.passed, apart=True, at=asked.now
                    )
                    if alone:
                        run.bill(session, asked.tenant, alone, asked.now, asked.due_by, asked.issue_date)
                        session.execute(_CHECK_NOW)
                    session.rollback()
            except Exception as fault:
                if is_of_the_run(fault):
                    raise
                faults[work] = fault
        return faults

    def _note(self, outcome: run.RunOutcome) -> None:
        self.done.invoices += outcome.invoices
        self.done.held = outcome.held | self.done.held  # of a contract the first reason stands
        self.passed |= outcome.held_work


# text: what the database checks at the commit
_CHECK_NOW = text("set constraints all immediate")


def to_plan(database: Database, asked: RunRequest, at_once: int = PLANNED_AT_ONCE) -> Iterator[list[int]]:
    """Look for what has changed, and name the contracts of which something new falls due, by key, in portions."""
    with database.transaction(asked.tenant) as session:
        run.refresh(session, asked.tenant, asked.now)
        at = asked.now if asked.only_automatic else None
        contract_ids = due_store.to_plan(session, asked.tenant, asked.due_by, at=at)
        portions_ = portions(session, contract_ids, at_once)
    yield from portions_


def note_waiting(database: Database, tenant: int, due_by: datetime, waiting: WaitingWork) -> None:
    """Note what waits for a person, of what is due by an instant."""
    with database.transaction(tenant) as session:
        waiting.held = due_store.unplanned(session, tenant, due_by) | waiting.held
        waiting.disputes = dispute_store.waiting(session)
        waiting.held_work = due_store.held_work(session, tenant, due_by)


def is_of_the_run(fault: Exception) -> bool:
    """Tell whether a fault is no contract's: the whole run ends with it."""
    return isinstance(fault, _OF_THE_RUN) and not isinstance(fault, TookTooLong)


def _refuse_dates(now: datetime, due_by: datetime, issue_date: date | None) -> None:
    if due_by > now:
        raise IssueAhead(
            f"{due_by.isoformat()} lies ahead; without issuing, it can be looked at",
            found=due_by.isoformat(),
            expected=f"{now.isoformat()} at most",
        )
    if issue_date is None:
        return
    latest = now.astimezone(_FIRST_ZONE).date()  # nowhere on Earth is it a later day
    if issue_date > latest:
        raise IssueDateAhead(f"{issue_date} lies ahead", found=str(issue_date), expected=f"{latest} at most")
