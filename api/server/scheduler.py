"""APScheduler ticks, and nothing more: what is due is a row, and whoever claims it first has it.

In every process, in UTC, with no shared job store: two processes on one store ran every job twice.
"""

import logging
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from apscheduler.events import EVENT_SCHEDULER_SHUTDOWN
from apscheduler.schedulers.background import BackgroundScheduler

from api.collecting.everyone import collect_everyone, poll_everyone
from api.collecting.runner import CollectingRules
from api.delivering.sender import DeliveryRules, deliver_everyone
from api.delivering.setup import WaysSetUp
from api.long_work.runner import take_up_everyone
from api.operations.audit import prune_everyone, seal_everyone
from api.operations.billing import tick
from api.operations.webhook_delivery import SendingRules, WebhookSender, prune_notifications
from api.server.database import Database
from api.server.metrics import INVOICES, JOB_DONE_AT, JOB_SECONDS, JOBS
from api.spending.everyone import SpendingRules, spend_everyone

log = logging.getLogger(__name__)

#: After its start a process has other things to do than to look for what is past its retention.
_BEFORE_PRUNING = timedelta(hours=1)
#: Who integrates waits for what it is told: that is looked for more often than what falls due, and costs one query.
WEBHOOKS_S = 5
#: Whoever asks for a document to be sent looks whether it was.
DELIVERIES_S = 5
#: Whoever has asked for a page to pay in waits for it; and what a gateway tells is soon on the books.
COLLECTING_S = 5
#: What is spent is to be told soon; where nothing is due, it costs one query.
SPENDING_S = 60


@dataclass(frozen=True, slots=True)
class Ticking:
    """What is done by schedule, until ``end``."""

    scheduler: BackgroundScheduler
    ending: threading.Event

    def end(self) -> None:
        """Let what is under way end: a run of bills after its chunk, another job after its tenant; and wait for it."""
        self.ending.set()
        self.scheduler.shutdown(wait=True)


def start(
    database: Database,
    every_s: int,
    ending: threading.Event | None = None,
    sending: SendingRules | None = None,
    delivering: DeliveryRules | None = None,
    collecting: CollectingRules | None = None,
) -> Ticking:
    """Tick every so many seconds, at once for the first time; a tick that lasts longer is not joined by another.

    As often the audit is sealed; once a day it is pruned. What has happened is told to webhooks every few seconds.

    Args:
        database: the application's.
        every_s: seconds between two ticks.
        ending: once it is set, nothing further is begun.
        sending: how webhooks are sent to.
        delivering: how documents leave the house; without it, none does.
        collecting: how money is collected; without it, none is.
    """
    told = ending or threading.Event()
    scheduler = BackgroundScheduler(timezone=UTC)

    def by_schedule(job: str, work: Callable[[], int], **when: object) -> None:
        scheduler.add_job(lambda: _turn(job, work), "interval", max_instances=1, coalesce=True, **when)

    def ticked() -> int:
        done = tick(database, datetime.now(UTC), abandoned=told.is_set)
        INVOICES.inc(done.issued)
        return done.failed

    by_schedule("bill", ticked, seconds=every_s, next_run_time=datetime.now(UTC))
    # Beside the tick, which may last: what is written is to be sealed soon.
    by_schedule("seal", lambda: seal_everyone(database, abandoned=told.is_set), seconds=every_s)
    # Operations that nobody does: of processes that are gone, or are busy.
    by_schedule("operations", lambda: take_up_everyone(database, told), seconds=every_s)
    first = datetime.now(UTC) + _BEFORE_PRUNING

    def pruned() -> int:
        failed = prune_everyone(database, datetime.now(UTC))
        return failed + prune_notifications(database, datetime.now(UTC))

    by_schedule("prune", pruned, days=1, next_run_time=first)
    if delivering is not None:
        by_schedule(
            "deliver",
            lambda: deliver_everyone(database, delivering, told.is_set),
            seconds=min(every_s, DELIVERIES_S),
        )
    if collecting is not None:
        often = min(every_s, COLLECTING_S)
        by_schedule("collect", lambda: collect_everyone(database, collecting, told.is_set), seconds=often)
        # each account is read once an hour, by whoever comes first
        by_schedule("poll", lambda: poll_everyone(database, collecting, told.is_set), seconds=every_s)
    spending = SpendingRules(WaysSetUp() if delivering is None else delivering.setup)
    by_schedule("spend", lambda: spend_everyone(database, spending, told.is_set), seconds=min(every_s, SPENDING_S))
    sender = WebhookSender(database, sending)

    def told_webhooks() -> int:
        sender.look()
        return 0  # what fails is sent again, and shown where it is listed

    by_schedule("webhooks", told_webhooks, seconds=min(every_s, WEBHOOKS_S))
    scheduler.add_listener(lambda _: sender.close(), EVENT_SCHEDULER_SHUTDOWN)
    scheduler.start()
    return Ticking(scheduler, told)


def _turn(job: str, work: Callable[[], int]) -> None:
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


def run_forever(
    database: Database,
    every_s: int,
    ending: threading.Event,
    sending: SendingRules | None = None,
    delivering: DeliveryRules | None = None,
    collecting: CollectingRules | None = None,
) -> None:
    """Tick until the process is told to end; the chunk that is billed is finished first."""
    ticking = start(database, every_s, ending, sending, delivering, collecting)
    log.info("looking every %s s for what is due", every_s)
    ending.wait()
    ticking.end()
    log.info("ended as told")
