"""Long work as use cases: asked for, listed, cancelled, and done by whichever process claims it.

It is done as of the instant at which it was asked, by whoever asked: what that identity may do is looked at again when
it begins. A process that is killed leaves it to another, so all of it is safe to repeat.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime

from pydantic import BaseModel, ConfigDict, TypeAdapter
from sqlmodel import Session

from api.access.caller import Caller
from api.access.roles import Permission
from api.audit.note import AuditNote, Door, made
from api.long_work import store
from api.long_work.operation_query import OperationKind, OperationQuery
from api.long_work.store import ClaimedOperation, NewOperation, Operation, OperationAnswer
from api.operations import contracts_in_bulk as in_bulk
from api.operations import readings
from api.operations.billed import RunningWork, bill_all, replay_all, show_ready
from api.operations.bulk_outcome import BulkOut
from api.operations.invoices import export_invoices
from api.operations.receipts import edit_out, receipt_out
from api.server.database import as_product
from api.server.metrics import count_verdicts
from billing.exports import EXPORTERS
from metering.deliveries.receipt import NothingStored, Sender
from metering.quality.edits.store import Edit
from metering.records.waiting_delivery import WaitingDelivery
from quantities.days import DayOrInstant
from quantities.document import parse
from quantities.listing import ListPage


class BillRequest(BaseModel):
    """What ``POST /v1/bill`` states."""

    model_config = ConfigDict(extra="forbid")

    issue: bool = False
    issue_date: date | None = None
    until: DayOrInstant | None = None


class BulkRequest(BaseModel):
    """What ``POST /v1/contracts/bulk`` states."""

    model_config = ConfigDict(extra="forbid")

    keep_going: bool = False
    yes: bool = False


class ExportRequest(BaseModel):
    """What ``GET /v1/exports/{what}`` states."""

    model_config = ConfigDict(extra="forbid")

    what: str
    options: dict[str, str] = {}


class IngestRequest(BaseModel):
    """What ``POST /v1/readings`` states of a file, but for its bytes."""

    model_config = ConfigDict(extra="forbid")

    delivery: WaitingDelivery
    reason: str | None = None


@dataclass(frozen=True, slots=True)
class WorkInHand:
    """Work that is being done: what is running, for whom, and what was asked."""

    running: RunningWork
    caller: Caller
    claimed: ClaimedOperation

    @property
    def noted(self) -> AuditNote:
        """What the audit has of what the work writes for whoever asked."""
        number, at = self.claimed.number, self.running.now
        return AuditNote(at, Door.HTTP, f"operation {self.claimed.kind}", f"operation={number}", self.caller.key)


@dataclass(frozen=True, slots=True)
class LongWork:
    """A kind of long work: what whoever asks for it must be allowed, one of them; and how it is done."""

    needs: tuple[Permission, ...]
    work: Callable[[WorkInHand], OperationAnswer]


def _bill(hand: WorkInHand) -> OperationAnswer:
    asked = parse(BillRequest, dict(hand.claimed.arguments))
    done = (
        bill_all(hand.running, asked.until, asked.issue_date) if asked.issue else show_ready(hand.running, asked.until)
    )
    return _json(done)


def _replay(hand: WorkInHand) -> OperationAnswer:
    return _json(replay_all(hand.running))


def _contracts(hand: WorkInHand) -> OperationAnswer:
    asked, running, caller = parse(BulkRequest, dict(hand.claimed.arguments)), hand.running, hand.caller
    with running.database.transaction(running.tenant, caller.party, acting=caller.acting, noted=hand.noted) as session:
        return _json(record_in_bulk(session, hand.claimed.body or b"", asked, who=caller.name, at=running.now))


def _export(hand: WorkInHand) -> OperationAnswer:
    asked, running, caller = parse(ExportRequest, dict(hand.claimed.arguments)), hand.running, hand.caller
    kind = EXPORTERS[asked.what]
    with running.database.transaction(running.tenant, caller.party, acting=caller.acting, noted=hand.noted) as session:
        return OperationAnswer(200, kind.media_type, export_invoices(session, parse(kind, asked.options)))


def _ingest(hand: WorkInHand) -> OperationAnswer:
    """Store a file; a batch of which no row is good is refused, and is kept all the same."""
    asked, running, caller = parse(IngestRequest, dict(hand.claimed.arguments)), hand.running, hand.caller
    sender = Sender(asked.delivery.source, caller.name, running.now, asked.reason)
    raw = hand.claimed.body or b""
    with running.database.transaction(running.tenant, caller.party, acting=caller.acting, noted=hand.noted) as session:
        receipt = readings.ingest_later(session, asked.delivery, raw, sender, running.tell)
    if isinstance(receipt, Edit):
        return _json(edit_out(receipt), 202)
    rows = receipt.stored + receipt.unchanged + receipt.refused
    running.tell(rows, rows)
    if not receipt.seen_before:
        count_verdicts(receipt.stored, receipt.unchanged, receipt.refused)
    if receipt.is_refused_whole:
        raise NothingStored.of(receipt)
    return _json(receipt_out(receipt), 201)


def record_in_bulk(session: Session, raw: bytes, asked: BulkRequest, *, who: str, at: datetime) -> BulkOut:
    """Record many contracts: all of them or none, or the good ones where it is to keep going.

    Raises:
        NoContractRecorded, ContractsRefused, ContractsWouldReprice: as ``api.operations.contracts_in_bulk`` does.
    """
    record = in_bulk.record_good if asked.keep_going else in_bulk.record_all
    outcome = record(session, in_bulk.documents_of(raw), in_bulk.Recording(who, at, agreed=asked.yes))
    in_bulk.refuse_nothing_recorded(outcome)
    return outcome.out()


def _json(answer: BaseModel, status: int = 200) -> OperationAnswer:
    content = TypeAdapter(type(answer)).dump_json(answer, by_alias=True)
    return OperationAnswer(status, "application/json", content)


#: How each kind is done.
KINDS: Mapping[OperationKind, LongWork] = {
    OperationKind.BILL: LongWork((Permission.INVOICES_ISSUE,), _bill),
    OperationKind.REPLAY: LongWork((Permission.INVOICES_REPLAY,), _replay),
    OperationKind.CONTRACTS: LongWork((Permission.CONTRACTS_WRITE,), _contracts),
    OperationKind.EXPORT: LongWork((Permission.EXPORTS_READ,), _export),
    OperationKind.INGEST: LongWork((Permission.READINGS_WRITE,), _ingest),
}


def ask_for(session: Session, new: NewOperation, caller: Caller, *, at: datetime) -> Operation:
    """Write down work that somebody asks for.

    Args:
        session: states the tenant, and acts as whoever asks.
        new: what is asked; with it the scope of the key that it was asked by is kept.
        caller: who asks.
        at: now.

    Raises:
        TooManyOperations: as many as may wait do.
    """
    scope = None if caller.scope is None else sorted(map(str, caller.scope))
    scoped = replace(new, arguments={"request": dict(new.arguments), "scope": scope})
    with as_product(session):
        number = store.ask(session, scoped, identity=caller.identity, key=caller.key, at=at)
        made(session, f"operation {number}")
        return store.find(session, number)


def list_operations(session: Session, query: OperationQuery) -> ListPage[Operation]:
    """List operations in pages, the newest first: of an owner or an auditor all, of others their own.

    Raises:
        UnknownSort, UnknownPage: there is no such order, or place in it.
    """
    return store.listed(session, query)


def find_operation(session: Session, number: int) -> Operation:
    """Find an operation that the caller may see.

    Raises:
        UnknownOperation: there is none.
    """
    return store.find(session, number)


def answer_of_operation(session: Session, number: int) -> OperationAnswer:
    """Read what the request would have been answered.

    Raises:
        UnknownOperation: there is none that the caller may see.
        OperationRuns: it has not ended.
        OperationEnded: it was cancelled before it began.
    """
    return store.answer_of(session, number)


def cancel_operation(session: Session, number: int, caller: Caller) -> Operation:
    """End an operation after what it is at; whoever asked for it may, and an owner.

    Raises:
        UnknownOperation: there is none that the caller may see.
        Forbidden: it is somebody else's.
        OperationEnded: it has ended already.
    """
    operation = store.find(session, number)
    if operation.identity != caller.identity:
        caller.needs(Permission.FOUR_EYES_SWITCH)  # an owner's
    with as_product(session):
        store.cancel(session, number)
        return store.find(session, number)
