"""APScheduler ticks, and nothing more: what is due is a row, and whoever claims it first has it.

In every process, in UTC, with no shared job store: two processes on one store ran every job twice.
"""

import logging
import signal
import threading
from datetime import UTC, datetime

from apscheduler.schedulers.background import BackgroundScheduler

from api.operations.billing import tick
from api.server.database import Database

log = logging.getLogger(__name__)


def start(database: Database, every_s: int) -> BackgroundScheduler:
    """Tick every so many seconds, at once for the first time; a tick that lasts longer is not joined by another."""
    scheduler = BackgroundScheduler(timezone=UTC)
    scheduler.add_job(
        lambda: tick(database, datetime.now(UTC)),
        "interval",
        seconds=every_s,
        next_run_time=datetime.now(UTC),
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
