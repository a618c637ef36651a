"""One process that looks for what is due, without serving, until it is told to end."""

import logging
import threading
from contextlib import ExitStack
from signal import signal

from api.collecting.accounts_file import gateways_set_up
from api.collecting.runner import CollectingRules
from api.delivering.sender import DeliveryRules
from api.delivering.setup import ways_set_up
from api.operations.billing import collect_rarely
from api.operations.webhook_delivery import SendingRules
from api.server.database import LOOKUP, Database
from api.server.embedded import kept_alive
from api.server.ending import SIGNALS
from api.server.metrics import in_use
from api.server.metrics_port import metrics_served
from api.server.provision import ready_database
from api.server.scheduler import CONNECTIONS, run_forever
from api.server.serving import log_as_set
from api.server.settings import Settings
from api.server.starting import Listening
from api.server.watched_gauges import WatchedGauges

log = logging.getLogger(__name__)


def work(settings: Settings, every_s: int, metrics: Listening | None) -> None:
    """Issue what is to be issued automatically; a chunk that is billed when the end is asked for is finished first.

    Args:
        settings: of the environment.
        every_s: between two looks.
        metrics: where to answer ``/metrics``; None: nowhere.

    Raises:
        Unavailable: the database cannot be reached.
    """
    log_as_set(settings)
    ending = threading.Event()
    for number in SIGNALS:
        signal(number, lambda *_: ending.set())
    with ExitStack() as ends:
        access = ends.enter_context(ready_database(settings))
        ends.enter_context(kept_alive(access.server))
        used = in_use("schedule", CONNECTIONS)
        database = Database(access.app, pool_size=CONNECTIONS, in_use=used, ksef=settings.ksef)
        ends.callback(database.close)
        collect_rarely()
        if metrics is not None:
            watching = Database(access.app, pool_size=1, patience=LOOKUP)
            ends.callback(watching.close)
            gauges = WatchedGauges(watching, by_tenant=settings.metrics_by_tenant)
            ends.callback(gauges.close)
            port = ends.enter_context(metrics_served(settings, gauges, metrics.host, metrics.port))
            log.info("metrics at http://%s:%s/metrics", metrics.host, port)
        sending = SendingRules(loopback=settings.webhook_loopback)
        collecting = CollectingRules(gateways_set_up(settings))
        run_forever(database, every_s, ending, sending, DeliveryRules(ways_set_up(settings)), collecting)
