"""Writers over HTTP with the audit and without it, by turns, in one run on one database.

Two servers stand side by side, of which one notes nothing. They are asked in short turns, first one, then the other,
then the other way round, so that whatever else the machine does meets both. Two processes of the very same program
differ by some hundredths, so that several pairs are asked, one after the other. Deliveries of 100 readings, and values
of an index. What counts is the CPU time of a request, of the server and of PostgreSQL: requests a second depend on what
else runs. At last the entries are sealed, and the chain is verified.

    python benchmarks/audit.py [rounds of a pair] [requests of a turn] [clients] [pairs]
"""

import http.client
import os
import socket
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

sys.path.insert(0, str(Path(__file__).parents[1]))

from api.access.identities import NewIdentity
from api.access.roles import Role
from api.operations.audit import seal_all, verify_chain
from api.server.database import Access, Database, reach
from api.server.settings import Settings
from benchmarks.http_ingest import DATABASE, ROOT, body, cpu_s, in_threads, postmaster, prepared

REGISTERS = 10
AT_MOST = 1.05  # of what a writer costs without it
WITHOUT = "import api.http.dependencies as doors; doors.noted = lambda *_: None; from api.cli.main import main; main()"
WITH = "from api.cli.main import main; main()"


@dataclass
class Side:
    """One of the two servers, and what each turn took: CPU seconds and wall seconds of a request."""

    name: str
    address: str = ""
    process: int = 0
    cpu: list[float] = field(default_factory=list)
    wall: list[float] = field(default_factory=list)


def index_value(turn: int, client: int) -> bytes:
    """One value of an index: of another index after each hundred."""
    year, month = divmod(turn % 100, 12)
    value = f"{{month: {2000 + year}-{month + 1:02}, value: '100.{turn % 10}', published: 2026-01-01}}"
    return f"index: CPI-{client}-{turn // 100}\nvalues: [{value}]\n".encode()


@contextmanager
def serving(access: Access, side: Side, code: str) -> Iterator[None]:
    """Serve one side."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    environment = {**os.environ, "DATABASE_URL": access.app.render_as_string(hide_password=False)}
    environment |= {"USUFRUCT_TICK_S": "0", "PYTHONPATH": str(ROOT)}
    command = [sys.executable, "-c", code, "serve", "--port", str(port)]
    with subprocess.Popen(command, cwd=ROOT, env=environment, stdout=subprocess.DEVNULL) as process:
        try:
            while process.poll() is None:
                try:
                    socket.create_connection(("127.0.0.1", port), timeout=1).close()
                except OSError:
                    time.sleep(0.1)
                else:
                    break
            side.address, side.process = f"127.0.0.1:{port}", process.pid
            yield
        finally:
            process.terminate()


def ask(
    side: Side, key: str, path: str, contents: Callable[[int, int], bytes], span: tuple[int, int], clients: int
) -> None:
    """Send a span of turns as all clients, a connection each."""
    kind = "application/json" if path.endswith("readings") else "application/yaml"
    headers = {"Authorization": f"Bearer {key}", "Content-Type": kind}

    def send(client: int) -> None:
        connection = http.client.HTTPConnection(urlsplit(f"http://{side.address}").netloc, timeout=60)
        for turn in range(*span):
            connection.request("POST", path, contents(turn, client), headers)
            answer = connection.getresponse()
            answered = answer.read()
            if answer.status != http.client.CREATED:
                raise AssertionError(answered)
        connection.close()

    in_threads(send, range(clients))


def measured(
    sides: tuple[Side, Side],
    database: int,
    asked: tuple[str, str, Callable[[int, int], bytes]],
    shape: tuple[int, int, int],
    at: int,
) -> int:
    """Ask both sides by turns, from a turn on that nobody has asked yet; the turn that is next."""
    (key, path, contents), (rounds, requests, clients) = asked, shape
    length = max(1, requests // clients)
    for number in range(-1, rounds):  # the first warms up
        for side in sides if number % 2 else tuple(reversed(sides)):
            before, began = cpu_s(side.process) + cpu_s(database), time.perf_counter()
            ask(side, key, path, contents, (at, at + length), clients)
            spent, took = cpu_s(side.process) + cpu_s(database) - before, time.perf_counter() - began
            at += length
            if number >= 0:
                side.cpu.append(spent / length / clients)
                side.wall.append(took / length / clients)
    return at


def compared(sides: tuple[Side, Side], path: str) -> float:
    """Print what a request costs on both sides; with the audit, as a ratio to without."""
    ratios = [first / second for first, second in zip(sides[0].cpu, sides[1].cpu, strict=True)]
    ratio = sum(sides[0].cpu) / sum(sides[1].cpu)
    for side in sides:
        milliseconds, rate = statistics.mean(side.cpu) * 1000, 1 / statistics.median(side.wall)
        print(f"  {side.name:>8}: {milliseconds:6.3f} ms of CPU, {rate:5.0f} requests/s")
    spread = statistics.stdev(ratios) / len(ratios) ** 0.5 if len(ratios) > 1 else 0
    faster = statistics.median(sides[0].wall) / statistics.median(sides[1].wall)
    print(f"  {path}: CPU {ratio:.3f} of that without (± {spread:.3f}; at most {AT_MOST}), wall {faster:.3f}")
    return ratio


def main() -> None:
    """Deliveries and values of an index, and then the seals."""
    given = dict(enumerate(sys.argv))
    rounds, requests, clients, pairs = (int(given.get(at, most)) for at, most in enumerate((5, 400, 8, 4), start=1))
    with reach(Settings(database=DATABASE)) as access:
        tenant, key = prepared(access, clients * REGISTERS, NewIdentity("gateway", Role.OWNER))
        process, ratios = postmaster(access), []
        asked = {
            "/v1/readings": lambda turn, client: body(client, REGISTERS, turn),
            "/v1/indices": index_value,
        }
        for path, contents in asked.items():
            both, turn = (Side("with"), Side("without")), 0
            for pair in range(pairs):
                started = list(zip(both, (WITH, WITHOUT), strict=True))[:: -1 if pair % 2 else 1]
                with serving(access, *started[0]), serving(access, *started[1]):
                    turn = measured(both, process, (key, path, contents), (rounds, requests, clients), turn)
            ratios.append(compared(both, path))
        database = Database(access.app)
        began = time.perf_counter()
        sealed = seal_all(database, tenant)
        sealing, began = time.perf_counter() - began, time.perf_counter()
        with database.transaction(tenant) as session:
            verified, faults = verify_chain(session, tenant)
        verifying = time.perf_counter() - began
        database.close()
    print(f"  {sealed} entries sealed, {sealed / sealing:.0f}/s; {verified} verified, {verified / verifying:.0f}/s")
    if faults or verified != sealed:
        raise SystemExit(f"the chain has faults: {faults}")
    if max(ratios) > AT_MOST:
        raise SystemExit("writers are slowed by more than a twentieth")


if __name__ == "__main__":
    main()
