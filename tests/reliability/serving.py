"""The application served by a process of its own, for tests that talk to it over real connections."""

import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx2

from api.server.database import Access

ROOT = Path(__file__).parents[2]


@contextmanager
def served(access: Access, **settings: object) -> Iterator[str]:
    """Serve a database; the address to talk to."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    environment = {
        **os.environ,
        "DATABASE_URL": access.app.render_as_string(hide_password=False),
        "USUFRUCT_TICK_S": "0",
        **{f"USUFRUCT_{name.upper()}": str(value) for name, value in settings.items()},
    }
    command = [sys.executable, "-m", "uvicorn", "--factory", "api.http.app:create_app", "--port", str(port)]
    with subprocess.Popen(
        [*command, "--log-level", "warning", "--backlog", "1024"], cwd=ROOT, env=environment, stderr=subprocess.DEVNULL
    ) as process:
        address = f"http://127.0.0.1:{port}"
        try:
            _wait_for(address, process)
            yield address
        finally:
            process.terminate()


def _wait_for(address: str, process: "subprocess.Popen[bytes]", within_s: float = 120) -> None:
    deadline = time.monotonic() + within_s
    with httpx2.Client(timeout=1) as client:  # one: each reads all authorities of the machine, for 30 ms of a core
        while time.monotonic() < deadline:
            if process.poll() is not None:
                raise RuntimeError(f"the application ended with {process.returncode}")
            try:
                client.get(f"{address}/health")
            except httpx2.HTTPError:
                time.sleep(0.05)
            else:
                return
    raise TimeoutError(address)
