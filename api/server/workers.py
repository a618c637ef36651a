"""Several processes that serve behind one port, and what their parent does meanwhile.

The parent brings the database into shape, binds the port, looks for due work (so that one process does, as without
workers), and starts a worker again that died. It ends when it is told to, or when a worker cannot start; workers end
with it, also where it was killed. Whoever calls ``serve`` has named the folder by which they share their counts
(``metrics_folder.py``): one that is asked for the metrics tells those of all.
"""

import os
import socket
import sys

import uvicorn
from fastapi import FastAPI
from uvicorn.config import STARTUP_FAILURE
from uvicorn.supervisors import Multiprocess

from api.collecting.accounts_file import gateways_set_up
from api.collecting.runner import CollectingRules
from api.delivering.sender import DeliveryRules
from api.delivering.setup import ways_set_up
from api.http.app import create_app
from api.operations.billing import collect_rarely
from api.operations.webhook_delivery import SendingRules
from api.server.database import Database
from api.server.embedded import kept_alive
from api.server.parent import end_with_parent
from api.server.provision import ready_database
from api.server.scheduler import CONNECTIONS, start
from api.server.serving import uvicorn_options
from api.server.settings import Settings

#: A worker that says nothing for so long hangs; the largest body of JSON is read in a tenth of it.
_SILENT_S = 30
_POOL_MIN = 2


def serve(settings: Settings, host: str, port: int, workers: int) -> None:
    """Serve with several processes until a signal says to end.

    Args:
        settings: of the environment, which the workers read as well.
        host: where to listen.
        port: where to listen.
        workers: how many processes, at least two; they share the connections to the database that one would have.

    Raises:
        Unavailable: the database cannot be reached.
        SystemExit: the port is taken, or a worker cannot start.
    """
    with ready_database(settings) as access, kept_alive(access.server):
        config = uvicorn.Config(
            "api.server.workers:create_worker", factory=True, host=host, port=port, workers=workers,
            timeout_worker_healthcheck=_SILENT_S, **uvicorn_options(settings),
        )  # fmt: skip
        listening = config.bind_socket()
        # asyncio sets this on connections only where the socket states its protocol, which uvicorn's does not. Without
        # it an answer's body waits for the client's receipt of its head, which most delay by 40 ms.
        listening.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        ticks = Database(access.app, pool_size=CONNECTIONS, ksef=settings.ksef)
        collect_rarely()
        sending = SendingRules(loopback=settings.webhook_loopback)
        ticking = (
            start(
                ticks,
                settings.tick_s,
                sending=sending,
                delivering=DeliveryRules(ways_set_up(settings)),
                collecting=CollectingRules(gateways_set_up(settings)),
            )
            if settings.tick_s
            else None
        )
        os.environ["USUFRUCT_TICK_S"] = "0"
        os.environ["USUFRUCT_POOL_SIZE"] = str(max(_POOL_MIN, settings.pool_size // workers))
        try:
            parent = Multiprocess(config, [listening])
            parent.run()
        finally:
            listening.close()
            if ticking is not None:
                ticking.end()
            ticks.close()
    if any(worker.exitcode == STARTUP_FAILURE for worker in parent.processes):
        sys.exit(STARTUP_FAILURE)


def create_worker() -> FastAPI:
    """Build the application of a worker, which ends when its parent has ended."""
    end_with_parent()
    return create_app()
