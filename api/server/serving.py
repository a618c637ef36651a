"""One process that serves: from checked settings to an end in time."""

import logging.config
import signal
import sys
from functools import partial
from math import ceil
from typing import Any

import uvicorn
from uvicorn.config import STARTUP_FAILURE

from api.server.connection import BoundedConnection
from api.server.ending import SIGNALS
from api.server.logs import kind_of, log_config
from api.server.provision import ready_database
from api.server.settings import Settings


def uvicorn_options(settings: Settings) -> dict[str, Any]:
    """What one process and several have in common: our log in place of uvicorn's, and how long an end may take."""
    return {
        "log_config": log_config(kind_of(settings)),
        "access_log": False,  # ``api/http/observed.py`` says more of a request
        "timeout_graceful_shutdown": ceil(settings.stop_s),
        "server_header": False,
        "http": partial(BoundedConnection, receive_s=settings.receive_s),
        "ws": "none",
    }


def serve(settings: Settings, host: str, port: int) -> None:
    """Serve with this process until a signal says to end; then let requests end that are under way.

    Args:
        settings: of the environment, which the application reads as well.
        host: where to listen.
        port: where to listen.

    Raises:
        Unavailable: the database cannot be reached, or is not at this program's revision.
        SystemExit: the application cannot start.
    """
    config = uvicorn.Config("api.http.app:create_app", factory=True, host=host, port=port, **uvicorn_options(settings))
    for number in SIGNALS:  # uvicorn raises the signal once more when all has ended, which would be no orderly end
        signal.signal(number, lambda *_: None)
    server = uvicorn.Server(config)
    with ready_database(settings):  # which the application finds ready: what is wrong with it is refused by its name
        server.run()
    if not server.started:
        sys.exit(STARTUP_FAILURE)


def log_as_set(settings: Settings) -> None:
    """Let this process log as the settings say; uvicorn's processes do so by themselves."""
    logging.config.dictConfig(log_config(kind_of(settings)))
