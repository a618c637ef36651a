"""APScheduler ticks, and nothing more: what is due is a row, and whoever claims it first has it.

In every process, in UTC, with no shared job store: two processes on one store ran every job twice. A tick is one look
at every kind of due work (api/due_work/kinds.py); what is done of it is said here, a line for each work.
"""

import logging
import threading
from collections.abc import Callable, Collection
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial

from apscheduler.schedulers.background import BackgroundScheduler

from api.collecting.everyone import collect_everyone, poll_everyone
from api.collecting.removing import remove_everyone
from api.collecting.runner import CollectingRules
from api.delivering.sender import DeliveryRules, deliver_everyone
from api.delivering.setup import WaysSetUp
from api.due_work.kinds import Lane
from api.due_work.own import DOING, do_own
from api.due_work.tick import Ticker, Work, turn
from api.dunning.everyone import DunningRules, dun_everyone
from api.long_work.runner import take_up_everyone
from api.operations.audit import prune_everyone, seal_everyone
from api.operations.billing import tick
from api.operations.webhook_delivery import SendingRules, WebhookSender, prune_notifications
from api.paying_out.everyone import pay_out_everyone
from api.server.database import Database
from api.server.metrics import INVOICES
from api.spending.everyone import SpendingRules, spend_everyone

log = logging.getLogger(__name__)

#: After its start a process has other things to do than to look for what is past its retention.
_BEFORE_PRUNING = timedelta(hours=1)
#: Whoever integrates, asks for a document to be sent, or for a page to pay in, waits for it: all of it is looked for
#: this often, and costs one query.
TICK_S = 5
WEBHOOKS_S = TICK_S
#: At once: each lane has one, a long piece of work says that it lives by another, and a tick looks by one more. With
#: fewer, what is sent while others keep theirs could not be recorded, and nobody would know whether it was taken.
CONNECTIONS = len(Lane) + 2


@dataclass(frozen=True, slots=True)
class Ticking:
    """What is done by schedule, until ``end``."""

    scheduler: BackgroundScheduler
    ending: threading.Event
    ticker: Ticker
    sender: WebhookSender

    def end(self) -> None:
        """Let what is under way end: a run of bills after its chunk, another job after its tenant; and wait for it."""
        self.ending.set()
        self.scheduler.shutdown(wait=True)
        self.ticker.close()
        self.sender.close()


def start(
    database: Database,
    every_s: int,
    ending: threading.Event | None = None,
    sending: SendingRules | None = None,
    delivering: DeliveryRules | None = None,
    collecting: CollectingRules | None = None,
) -> Ticking:
    """Tick every few seconds, at once for the first time; what lasts longer than to the next is not begun twice.

    Bills are begun every so many seconds at most. Once a day what is past its retention is pruned.

    Args:
        database: the application's.
        every_s: seconds between two runs of bills, and between two ticks where that is less than ``TICK_S``.
        ending: once it is set, nothing further is begun.
        sending: how webhooks are sent to.
        delivering: how documents leave the house; without it, none does.
        collecting: how money is collected; without it, none is.
    """
    told = ending or threading.Event()
    sender = WebhookSender(database, sending)
    works = works_of(database, told, sender, delivering, collecting)
    ticker = Ticker(database, works, ending=told, lane_pauses={Lane.BOOKS: float(every_s)})
    scheduler = BackgroundScheduler(timezone=UTC)
    often, at_once = min(every_s, TICK_S), datetime.now(UTC)

    def look() -> int:
        ticker.tick()
        return 0  # what fails is counted where it is done

    def pruned() -> int:
        failed = prune_everyone(database, datetime.now(UTC))
        return failed + prune_notifications(database, datetime.now(UTC))

    once: dict[str, object] = {"max_instances": 1, "coalesce": True}
    scheduler.add_job(partial(turn, "tick", look), "interval", seconds=often, next_run_time=at_once, **once)
    first = at_once + _BEFORE_PRUNING
    scheduler.add_job(partial(turn, "prune", pruned), "interval", days=1, next_run_time=first, **once)
    scheduler.start()
    return Ticking(scheduler, told, ticker, sender)


def works_of(
    database: Database,
    ending: threading.Event,
    sender: WebhookSender,
    delivering: DeliveryRules | None = None,
    collecting: CollectingRules | None = None,
    clock: Callable[[], datetime] = lambda: datetime.now(UTC),
) -> dict[str, Work]:
    """Say what does each work of ``KINDS`` for the tenants of which something is due; None: for all of them.

    Args:
        database: the application's.
        ending: once it is set, each ends where it can.
        sender: of webhooks.
        delivering: as of ``start``.
        collecting: as of ``start``.
        clock: tells the instant.
    """
    is_over = ending.is_set

    def bill(among: Collection[int] | None) -> int:
        done = tick(database, clock(), among=among, abandoned=is_over)
        INVOICES.inc(done.issued)
        return done.failed

    def tell(among: Collection[int] | None) -> int:
        sender.look(among)
        return 0  # what fails is sent again, and shown where it is listed

    works: dict[str, Work] = {
        "bill": bill,
        "seal": lambda among: seal_everyone(database, among=among, abandoned=is_over),
        "operations": lambda among: take_up_everyone(database, ending, among),
        "webhooks": tell,
        "dun": lambda _: dun_everyone(database, DunningRules(clock), is_over),
    }
    spending = SpendingRules(WaysSetUp() if delivering is None else delivering.setup, clock)
    works["spend"] = lambda _: spend_everyone(database, spending, is_over)
    works |= {kind: lambda among, kind=kind: do_own(database, [kind], among, clock, is_over) for kind in DOING}  # type: ignore[misc]  # bound now
    if delivering is not None:
        works["deliver"] = lambda _: deliver_everyone(database, delivering, is_over)
    if collecting is not None:
        works["collect"] = lambda _: collect_everyone(database, collecting, is_over)
        works["detach"] = lambda _: remove_everyone(database, collecting, is_over)
        works["pay out"] = lambda _: pay_out_everyone(database, collecting, is_over)
        # each account is read once an hour, by whoever comes first
        works["poll"] = lambda _: poll_everyone(database, collecting, is_over)
    return works


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
