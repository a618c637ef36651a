"""What billing and replay answer, whether at once or as an operation: computed chunk by chunk, shown to programs."""

from collections.abc import Callable
from dataclasses import asdict, dataclass
from datetime import date, datetime

from pydantic import BaseModel

from api.operations import billing
from api.operations.billing_run import Tell, untold
from api.operations.invoices import invoices_by_id
from api.operations.rating import replay_in_chunks
from api.server.database import Database
from billing.documents.views import HeldOut, InvoiceHead, held_out, invoice_head
from quantities.days import begins, ends
from quantities.errors import Invalid


class DueAhead(Invalid):
    """The instant until which work is asked for lies ahead."""


class BilledOut(BaseModel):
    """What a run made, what is held, and the numbers of disputes that wait to be accepted and hold nothing back.

    `held` has one reason of each contract that this run held, `held_work` all that waits, each period for its own.
    """

    invoices: list[InvoiceHead]
    held: dict[str, str]
    held_work: list[HeldOut]
    disputes_waiting: list[int]


class DiscrepancyOut(BaseModel):
    """A line, or at position 0 a head, that no longer proves."""

    invoice: str
    pos: int
    charge: str
    what: str
    stored: str
    recomputed: str


class ReplayOut(BaseModel):
    """How many invoices were recomputed, and which of their lines and heads no longer prove."""

    replayed: int
    unproven: list[DiscrepancyOut]


@dataclass(frozen=True, slots=True)
class RunningWork:
    """A work of many transactions while it is done.

    Attributes:
        database: the application's.
        tenant: whose.
        now: the instant as of which it is done.
        is_over: tells between two chunks whether it is to end there.
        tell: is told how much is done, and of how much, where that is known.
    """

    database: Database
    tenant: int
    now: datetime
    is_over: Callable[[], bool] = lambda: False
    tell: Tell = untold


def due_by(until: date | datetime | None, now: datetime) -> datetime:
    """Say by when due work is billed: now, or earlier; of a day by its end in UTC, and of today by now.

    Raises:
        DueAhead: it lies ahead.
    """
    if until is None:
        return now
    if begins(until) > now:
        raise DueAhead(
            f"{until.isoformat()} lies ahead", found=until.isoformat(), expected=f"{now.isoformat()} at most"
        )
    return min(ends(until), now)


def show_ready(running: RunningWork, until: date | datetime | None) -> BilledOut:
    """Show what is due as drafts.

    Raises:
        DueAhead: what falls due later than now is asked for (others: ``billing.look_at_everything``).
    """
    by = due_by(until, running.now)
    ready = billing.look_at_everything(
        running.database, running.tenant, running.now, until=by, abandoned=running.is_over, tell=running.tell
    )
    return BilledOut(
        invoices=[invoice_head(draft) for draft in ready.drafts],
        held=ready.held,
        held_work=[held_out(work) for work in ready.held_work],
        disputes_waiting=[dispute.id for dispute in ready.disputes],
    )


def bill_all(running: RunningWork, until: date | datetime | None, issue_date: date | None) -> BilledOut:
    """Issue what is due.

    Raises:
        DueAhead: what falls due later than now is asked for (others: ``billing.bill_everything``).
    """
    done = billing.bill_everything(
        running.database,
        running.tenant,
        running.now,
        until=due_by(until, running.now),
        issue_date=issue_date,
        abandoned=running.is_over,
        tell=running.tell,
    )
    with running.database.transaction(running.tenant) as session:
        heads = [invoice_head(invoice) for invoice in invoices_by_id(session, done.invoices)]
    return BilledOut(
        invoices=heads,
        held=done.held,
        held_work=[held_out(work) for work in done.held_work],
        disputes_waiting=[dispute.id for dispute in done.disputes],
    )


def replay_all(running: RunningWork) -> ReplayOut:
    """Recompute every issued invoice; where it ends early, those that were come to by then."""
    done = replay_in_chunks(running.database, running.tenant, running.is_over, running.tell)
    unproven = [DiscrepancyOut(**asdict(discrepancy)) for discrepancy in done.discrepancies]
    return ReplayOut(replayed=done.count, unproven=unproven)
