"""APScheduler ticks, and nothing more: what is due is a row, and whoever claims it first has it.

In every process, in UTC, with no shared job store: two processes on one store ran every job twice.
"""

import logging
import signal
import threading
from datetime import UTC, datetime, timedelta

from apscheduler.schedulers.background import BackgroundScheduler

from api.operations.audit import prune_everyone, seal_everyone
from api.operations.billing import tick
from api.server.database import Database

log = logging.getLogger(__name__)

#: After its start a process has other things to do than to look for what is past its retention.
_BEFORE_PRUNING = timedelta(hours=1)


def start(database: Database, every_s: int) -> BackgroundScheduler:
    """Tick every so many seconds, at once for the first time; a tick that lasts longer is not joined by another.

    As often the audit is sealed; once a day it is pruned.
    """
    scheduler = BackgroundScheduler(timezone=UTC)
    scheduler.add_job(
        lambda: tick(database, datetime.now(UTC)),
        "interval",
        seconds=every_s,
        next_run_time=datetime.now(UTC),
        max_instances=1,
        coalesce=True,
    )
    # Beside the tick, which may last: what is written is to be sealed soon.
    scheduler.add_job(lambda: seal_everyone(database), "interval", seconds=every_s, max_instances=1, coalesce=True)
    first = datetime.now(UTC) + _BEFORE_PRUNING
    scheduler.add_job(
        lambda: prune_everyone(database, datetime.now(UTC)),
        "interval",
        days=1,
        next_run_time=first,
        max_instances=1,
        coalesce=True,
    )
    scheduler.start()
    return scheduler


def run_forever(database: Database, every_s: int) -> None:
    """Tick until a signal says to end; the tick that runs is finished first."""
    ended = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: ended.set())
    scheduler = start(database, every_s)
    log.info("looking every %s s for what is due", every_s)
    ended.wait()
    scheduler.shutdown(wait=True)
