"""HTTP ingest in small requests: 100 readings each, from clients that have registers of their own, beside COPY.

Clients, in a process of their own, send as fast as they are answered, to ``serve`` with one worker and with two. The
limit is the same rows by bare COPY of the log's loader in the same run: 100 rows and the row of their batch in each
transaction, on as many connections as there are clients, of as many processes as there are workers. Half of the
registers count intervals, half are counters.

    python benchmarks/http_ingest.py [seconds] [clients] [registers of a request]
"""

import http.client
import json
import multiprocessing
import os
import socket
import statistics
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from urllib.parse import urlsplit

import psycopg
from sqlalchemy import text

from api.access.caller import IdentityKind
from api.access.identities import NewIdentity
from api.access.roles import Role
from api.operations.people import enrol
from api.server.database import Access, Database, reach
from api.server.provision import administering, upgrade
from api.server.settings import Settings
from metering.fleet.meter import Fleet
from metering.fleet.store import declare
from metering.tenants.store import create_tenant
from quantities.document import parse, read

DATABASE = "usufruct_benchmark"
READINGS = 100
ROOT = Path(__file__).parents[1]
BEGIN = datetime(2026, 1, 1, tzinfo=UTC)
QUARTER = timedelta(minutes=15)


def fleet(registers: int) -> str:
    """Declare one meter with so many registers, as YAML: intervals and counters by turns."""
    kinds = ("kind: interval, unit: kWh, interval_minutes: '15'", "kind: cumulative, unit: kWh, modulus: '100000000'")
    rows = [f"{{key: r{number}, {kinds[number % 2]}, resolution: '0.001'}}" for number in range(registers)]
    listed = "\n".join(f"              - {row}" for row in rows)
    return f"""
sites:
  - name: Werk
    zone: Europe/Berlin
    assets:
      - name: Halle
        meters:
          - name: M
            registers:
{listed}
"""


def rows(client: int, registers: int, turn: int) -> Iterator[tuple[int, datetime, datetime, str]]:
    """Make the readings of a client's request: number of the register, start, end, value."""
    hours = READINGS // registers
    for register in range(registers):
        number = client * registers + register
        for at in range(turn * hours, (turn + 1) * hours):
            start = BEGIN + at * QUARTER
            is_counter = number % 2
            yield number, start, start if is_counter else start + QUARTER, f"{1000 + at if is_counter else 5}.125"


def body(client: int, registers: int, turn: int) -> bytes:
    """Write a request of a client."""
    readings = [
        {"register": f"r{number}", "time": f"{start:%Y-%m-%dT%H:%M:%SZ}", "value": value}
        for number, start, _, value in rows(client, registers, turn)
    ]
    return json.dumps({"readings": readings}).encode()


@dataclass(frozen=True, slots=True)
class Load:
    """What is sent: by how many clients, over how many registers a request, for how long, and from which turn on."""

    clients: int
    registers: int
    seconds: float
    turn: int

    def later(self) -> "Load":
        """The same with readings that nobody has sent yet."""
        return replace(self, turn=self.turn + 10_000)


def send(address: str, key: str, load: Load, answers: "multiprocessing.Queue[list[float]]") -> None:
    """Send as all clients, a thread each; put the seconds that every answer took."""
    waits: list[list[float]] = [[] for _ in range(load.clients)]
    until = time.monotonic() + load.seconds
    where = urlsplit(address).netloc
    headers = {"Authorization": f"Bearer {key}", "Content-Type": "application/json"}

    def deliver(client: int) -> None:
        connection = http.client.HTTPConnection(where, timeout=60)
        turn = load.turn
        while time.monotonic() < until:
            content = body(client, load.registers, turn)
            began = time.perf_counter()
            connection.request("POST", "/v1/readings", content, headers)
            answer = connection.getresponse()
            answered = answer.read()
            waits[client].append(time.perf_counter() - began)
            if answer.status != http.client.CREATED or f'"stored":{READINGS}'.encode() not in answered:
                raise AssertionError(answered)
            turn += 1
        connection.close()

    in_threads(deliver, range(load.clients))
    answers.put([wait for of_client in waits for wait in of_client])


def copy(address: str, tenant: int, load: Load, part: tuple[int, int], done: "multiprocessing.Queue[int]") -> None:
    """COPY what some of the clients send, each on a connection of its own; put how many transactions there were."""
    first, step = part
    until = time.monotonic() + load.seconds
    counts = dict.fromkeys(range(first, load.clients, step), 0)

    def deliver(client: int) -> None:
        with psycopg.connect(address) as connection, connection.cursor() as cursor:
            while time.monotonic() < until:
                turn = load.turn + counts[client]
                copy_once(cursor, tenant, list(rows(client, load.registers, turn)), (client << 32) + turn)
                connection.commit()
                counts[client] += 1

    in_threads(deliver, counts)
    done.put(sum(counts.values()))


def in_threads(work: Callable[[int], None], clients: Iterable[int]) -> None:
    """Let each client work on a thread of its own."""
    threads = [threading.Thread(target=work, args=(client,)) for client in clients]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def copy_once(
    cursor: "psycopg.Cursor[tuple[int]]", tenant: int, readings: list[tuple[int, datetime, datetime, str]], at: int
) -> None:
    """COPY the readings of one request, with the row of their batch."""
    cursor.execute("select set_config('app.tenant', %s, true), set_config('app.role', 'system', true)", [str(tenant)])
    cursor.execute("select open_batch()")
    (batch,) = cursor.fetchone() or (0,)
    cursor.execute(
        "insert into batch (id, kind, source, recorded_by, recorded_at, payload_sha256, stored, corrected, unchanged,"
        " refused) values (%s, 'import', 'copy', 'copy', now(), %s, %s, 0, 0, 0)",
        [batch, at.to_bytes(32, "big"), len(readings)],
    )
    cursor.execute("set local role usufruct_load")
    with cursor.copy('copy reading (series, start, "end", batch, line, quality, value) from stdin') as stream:
        stream.write(
            "".join(
                f"{1_000_000 + number}\t{start.isoformat()}\t{end.isoformat()}\t{batch}\t{line}\t0\t{value}\n"
                for line, (number, start, end, value) in enumerate(readings, start=1)
            )
        )
    cursor.execute("set local role none")


GATEWAY = NewIdentity("gateway", Role.METER, IdentityKind.PROGRAM)


def prepared(access: Access, registers: int, who: NewIdentity = GATEWAY) -> tuple[int, str]:
    """Make the database anew, with a tenant and its registers; the tenant's number, and a key."""
    with administering(access.administrator.set(database="postgres")) as administrator:
        administrator.execute(text(f"drop database if exists {DATABASE} with (force)"))
    upgrade(access)
    with administering(access.administrator) as administrator:
        tenant = create_tenant(administrator, "Nordluft")
    database = Database(access.app)
    with database.transaction(tenant) as session:
        key = enrol(session, who, at=datetime.now(UTC)).key
        declare(session, parse(Fleet, read(fleet(registers))))
    database.close()
    return tenant, key


def cpu_s(root: int) -> float:
    """CPU seconds of a process and of all below it, those that have ended included (Linux)."""
    fields = Path(f"/proc/{root}/stat").read_text(encoding="ascii").rpartition(")")[2].split()
    below = Path(f"/proc/{root}/task/{root}/children").read_text(encoding="ascii").split()
    return sum(map(int, fields[11:15])) / os.sysconf("SC_CLK_TCK") + sum(cpu_s(int(child)) for child in below)


def postmaster(access: Access) -> int:
    """The process of PostgreSQL that has all others."""
    with psycopg.connect(access.app.set(drivername="postgresql").render_as_string(hide_password=False)) as connection:
        status = Path(f"/proc/{connection.info.backend_pid}/stat").read_text(encoding="ascii")
    return int(status.rpartition(")")[2].split()[1])


@contextmanager
def served(access: Access, workers: int) -> Iterator[tuple[str, int]]:
    """Serve by the command, with so many workers; the address to talk to, and the process."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    environment = {**os.environ, "DATABASE_URL": access.app.render_as_string(hide_password=False)}
    environment |= {"USUFRUCT_TICK_S": "0", "PYTHONPATH": str(ROOT)}
    command = [sys.executable, "-c", "from api.cli.main import main; main()", "serve", "--port", str(port)]
    command += ["--workers", str(workers)] if workers > 1 else []
    with subprocess.Popen(command, cwd=ROOT, env=environment, stdout=subprocess.DEVNULL) as process:
        try:
            deadline = time.monotonic() + 60
            while time.monotonic() < deadline and process.poll() is None:
                try:
                    socket.create_connection(("127.0.0.1", port), timeout=1).close()
                except OSError:
                    time.sleep(0.1)
                else:
                    break
            yield f"http://127.0.0.1:{port}", process.pid
        finally:
            process.terminate()


def over_http(address: str, key: str, load: Load) -> list[float]:
    """Let all clients send from a process of their own; the seconds of every answer."""
    spawn = multiprocessing.get_context("spawn")
    answers: multiprocessing.Queue[list[float]] = spawn.Queue()
    process = spawn.Process(target=send, args=(address, key, load, answers))
    process.start()
    waits = answers.get(timeout=load.seconds + 120)
    process.join()
    return waits


def by_copy(access: Access, tenant: int, load: Load, processes: int) -> float:
    """COPY the same in so many processes; transactions a second."""
    spawn = multiprocessing.get_context("spawn")
    done: multiprocessing.Queue[int] = spawn.Queue()
    address = access.app.set(drivername="postgresql").render_as_string(hide_password=False)
    started = [
        spawn.Process(target=copy, args=(address, tenant, load, (first, processes), done)) for first in range(processes)
    ]
    for process in started:
        process.start()
    counts = [done.get(timeout=load.seconds + 120) for _ in started]
    for process in started:
        process.join()
    return sum(counts) / load.seconds


def main() -> None:
    """One worker and two, each beside COPY by as many processes."""
    given = dict(enumerate(sys.argv))
    seconds, clients, registers = float(given.get(1, 10)), int(given.get(2, 8)), int(given.get(3, 10))
    print(f"{clients} clients, {READINGS} readings a request over {registers} registers")
    print(f"{'':>8} {'':>11} {'':>7} {'':>7} {'CPU ms a request':>16}  {'':>7} {'':>6} {'CPU ms':>6}")
    print(f"{'workers':>8} {'requests/s':>11} {'p50 ms':>7} {'p95 ms':>7} {'serve':>7} {'database':>8}", end="  ")
    print(f"{'COPY/s':>7} {'ratio':>6} {'database':>8}")
    with reach(Settings(database=DATABASE)) as access:
        tenant, key = prepared(access, clients * registers)
        database = postmaster(access)
        load = Load(clients, registers, seconds, turn=0)
        for workers in (1, 2):
            with served(access, workers) as (address, server):
                over_http(address, key, replace(load, seconds=3))  # warm
                load, before = load.later(), (cpu_s(server), cpu_s(database))
                waits = over_http(address, key, load)
                spent = [cpu_s(process) - at for process, at in zip((server, database), before, strict=True)]
            load, before_copy = load.later(), cpu_s(database)
            copied = by_copy(access, tenant, load, workers)
            spent_copying = cpu_s(database) - before_copy
            load = load.later()
            rate, percentiles = len(waits) / seconds, statistics.quantiles(waits, n=20)
            middle, high = (percentiles[at] * 1000 for at in (9, 18))
            serve_ms, database_ms = (part / len(waits) * 1000 for part in spent)
            print(f"{workers:8} {rate:11.0f} {middle:7.1f} {high:7.1f} {serve_ms:7.2f} {database_ms:8.2f}", end="  ")
            print(f"{copied:7.0f} {rate / copied:6.2f} {spent_copying / copied / seconds * 1000:8.2f}")


if __name__ == "__main__":
    main()
