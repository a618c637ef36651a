"""`serve --workers`: several processes answer behind one port; one that dies is replaced, and nothing is left behind."""

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import httpx2
import pytest

from api.server import workers
from api.server.database import Access
from api.server.settings import Settings

ROOT = Path(__file__).parents[3]
COMMAND = "from api.cli.main import main; main()"
#: The parent is given a good address by hand, its workers read a bad one.
WORKERS_CANNOT_START = """
import os
from api.server.settings import Settings
from api.server.workers import serve
serve(Settings(database_url=os.environ.pop("GOOD"), tick_s=0), "127.0.0.1", int(os.environ["PORT"]), 2)
"""


def free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])


@contextmanager
def running(access: Access, port: int, program: str = COMMAND, **more: str) -> Iterator["subprocess.Popen[bytes]"]:
    address = access.app.render_as_string(hide_password=False)
    environment = {**os.environ, "DATABASE_URL": address, "USUFRUCT_TICK_S": "0", "PYTHONPATH": str(ROOT), **more}
    arguments = ["serve", "--port", str(port), "--workers", "2"] if program is COMMAND else []
    with subprocess.Popen(
        [sys.executable, "-c", program, *arguments], env=environment, stderr=subprocess.DEVNULL, start_new_session=True
    ) as process:
        try:
            yield process
        finally:
            with suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)


def until(holds: Callable[[], bool], within_s: float = 90) -> None:
    deadline = time.monotonic() + within_s
    while not holds():
        assert time.monotonic() < deadline
        time.sleep(0.05)


def children(process: "subprocess.Popen[bytes]") -> set[int]:
    """The workers: what multiprocessing has beside them is its tracker of resources."""
    numbers = Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text().split()
    return {int(number) for number in numbers if b"spawn_main" in Path(f"/proc/{number}/cmdline").read_bytes()}


def answers(port: int) -> bool:
    try:
        return httpx2.get(f"http://127.0.0.1:{port}/ready", timeout=30).status_code == 200
    except httpx2.HTTPError:
        return False


def is_taken(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


@pytest.mark.long
def test_a_worker_that_dies_is_replaced_and_the_end_is_clean(access: Access) -> None:
    port = free_port()
    with running(access, port) as process:
        until(lambda: answers(port))
        first = children(process)
        assert len(first) == 2
        os.kill(min(first), signal.SIGKILL)
        until(lambda: len(children(process)) == 2 and children(process) != first)
        until(lambda: answers(port))
        process.send_signal(signal.SIGTERM)
        assert process.wait(90) == 0
    assert not is_taken(port)


def test_an_answer_does_not_wait_for_the_receipt_of_its_head(access: Access, monkeypatch: pytest.MonkeyPatch) -> None:
    """Most clients confirm after 40 ms what they receive; the connections of the workers' socket do not wait for it."""
    waits = []

    class Parent:
        processes = ()

        def __init__(self, config: object, sockets: list[socket.socket]) -> None:
            self.listening = sockets[0]

        def run(self) -> None:
            self.listening.listen()
            with socket.create_connection(self.listening.getsockname()):
                connection, _ = self.listening.accept()
                with connection:
                    waits.append(not connection.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY))

    monkeypatch.setattr(workers, "Multiprocess", Parent)
    monkeypatch.setattr(workers, "collect_rarely", lambda: None)
    for name in ("USUFRUCT_TICK_S", "USUFRUCT_POOL_SIZE"):
        monkeypatch.setenv(name, "1")  # it sets them for its workers
    address = access.app.render_as_string(hide_password=False)

    workers.serve(Settings(database_url=address, tick_s=0), "127.0.0.1", free_port(), workers=2)

    assert waits == [False]


@pytest.mark.long
def test_ctrl_c_ends_all(access: Access) -> None:
    port = free_port()
    with running(access, port) as process:
        until(lambda: answers(port))
        os.killpg(process.pid, signal.SIGINT)  # as a terminal does
        assert process.wait(90) == 0
    assert not is_taken(port)


@pytest.mark.long
def test_workers_end_with_a_parent_that_is_killed(access: Access) -> None:
    port = free_port()
    with running(access, port) as process:
        until(lambda: answers(port))
        process.kill()
        process.wait()
        until(lambda: not is_taken(port))


@pytest.mark.long
def test_workers_that_cannot_start_end_all_with_a_code(access: Access) -> None:
    port = free_port()
    good = access.app.render_as_string(hide_password=False)
    bad = access.app.set(database="nobody_has_it").render_as_string(hide_password=False)
    with running(access, port, WORKERS_CANNOT_START, DATABASE_URL=bad, GOOD=good, PORT=str(port)) as process:
        assert process.wait(90) == 3
    assert not is_taken(port)


@pytest.mark.long
def test_a_port_that_is_taken_ends_it_with_a_code(access: Access) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        with running(access, taken.getsockname()[1]) as process:
            assert process.wait(90) == 3


@pytest.mark.long
def test_the_parent_alone_looks_for_due_work(access: Access) -> None:
    """Its pool of connections is beside those of the workers, which have none for ticks."""
    port = free_port()
    with running(access, port, USUFRUCT_TICK_S="1") as process:
        until(lambda: answers(port))
        settings = [Path(f"/proc/{number}/environ").read_bytes().split(b"\0") for number in children(process)]
        assert all(b"USUFRUCT_TICK_S=0" in of_worker for of_worker in settings)
        assert all(b"USUFRUCT_POOL_SIZE=20" in of_worker for of_worker in settings)
        process.send_signal(signal.SIGTERM)
        assert process.wait(90) == 0
