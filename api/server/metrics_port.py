"""The metrics of a process that serves nothing else, on a port of their own."""

import threading
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from http import HTTPStatus
from typing import Any
from wsgiref.simple_server import ServerHandler, WSGIRequestHandler, make_server

from prometheus_client import CONTENT_TYPE_LATEST

from api.refusals import status_of
from api.server.metrics_readers import refuse_reader
from api.server.settings import Settings
from api.server.watched_gauges import WatchedGauges
from quantities.errors import UsufructError

StartResponse = Callable[[str, list[tuple[str, str]]], object]


class _Quiet(WSGIRequestHandler):
    """Says nothing of a scrape, and gives up on whoever asks and does not read."""

    timeout = 10

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 the parent's name
        """Say nothing."""


@contextmanager
def metrics_served(settings: Settings, watched: WatchedGauges, host: str, port: int) -> Iterator[int]:
    """Serve the metrics while inside.

    Args:
        settings: say who may read them.
        watched: what waits in the database.
        host: where to listen.
        port: where to listen; 0: whichever is free.

    Yields:
        The port.
    """
    ServerHandler.server_software = ""

    def answer(environment: dict[str, Any], start: StartResponse) -> Iterable[bytes]:
        status, kind, told = _told(settings, watched, environment)
        start(f"{status.value} {status.phrase}", [("Content-Type", kind), ("Cache-Control", "no-store")])
        return [told]

    with make_server(host, port, answer, handler_class=_Quiet) as server:
        serving = threading.Thread(target=server.serve_forever, name="metrics", daemon=True)
        serving.start()
        try:
            yield int(server.server_port)
        finally:
            server.shutdown()
            serving.join()


def _told(settings: Settings, watched: WatchedGauges, environment: dict[str, Any]) -> tuple[HTTPStatus, str, bytes]:
    if environment["PATH_INFO"] != "/metrics":
        return HTTPStatus.NOT_FOUND, "text/plain", b"there is /metrics alone\n"
    forwarded = any(name in environment for name in ("HTTP_FORWARDED", "HTTP_X_FORWARDED_FOR", "HTTP_VIA"))
    try:
        refuse_reader(
            settings.metrics_token,
            environment.get("HTTP_AUTHORIZATION"),
            environment.get("REMOTE_ADDR"),
            forwarded=forwarded,
        )
    except UsufructError as refused:
        return HTTPStatus(status_of(type(refused))), "text/plain", f"{refused}\n".encode()
    return HTTPStatus.OK, CONTENT_TYPE_LATEST, watched.exposition()
