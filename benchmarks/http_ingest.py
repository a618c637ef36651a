"""HTTP ingest in small requests: 100 readings each, from clients that have registers of their own, beside COPY.

Clients, in a process of their own, send as fast as they are answered, to ``serve`` with one worker and with two. The
limit is the same rows by bare COPY of the log's loader in the same run: 100 rows and the row of their batch in each
transaction, by as many processes as there are workers. Half of the registers count intervals, half are counters.

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
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from urllib.parse import urlsplit

import psycopg
from sqlalchemy import text

from api.access.auth import Role, create_key
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
    each = READINGS // registers
    for register in range(registers):
        number = client * registers + register
        for at in range(turn * each, (turn + 1) * each):
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

    threads = [threading.Thread(target=deliver, args=(client,)) for client in range(load.clients)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    answers.put([wait for of_client in waits for wait in of_client])


def copy(address: str, tenant: int, load: Load, part: tuple[int, int], done: "multiprocessing.Queue[int]") -> None:
    """COPY what some of the clients send, one transaction a request; put how many there were."""
    first, step = part
    turn, count = load.turn, 0
    with psycopg.connect(address) as connection, connection.cursor() as cursor:
        until = time.monotonic() + load.seconds
        while time.monotonic() < until:
            for client in range(first, load.clients, step):
                copy_once(cursor, tenant, list(rows(client, load.registers, turn)), client + count)
                connection.commit()
                count += 1
            turn += 1
    done.put(count)


def copy_once(
    cursor: "psycopg.Cursor[tuple[int]]", tenant: int, readings: list[tuple[int, datetime, datetime, str]], at: int
) -> None:
    """COPY the readings of one request, with the row of their batch."""
    cursor.execute("select set_config('app.tenant', %s, true)", [str(tenant)])
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


def prepared(access: Access, registers: int) -> tuple[int, str]:
    """Make the database anew, with a tenant and its registers; the tenant's number, and a key."""
    with administering(access.administrator.set(database="postgres")) as administrator:
        administrator.execute(text(f"drop database if exists {DATABASE} with (force)"))
    upgrade(access)
    with administering(access.administrator) as administrator:
        tenant = create_tenant(administrator, "Nordluft")
        key = create_key(administrator, tenant, Role.MANUFACTURER, "gateway", datetime.now(UTC))
    database = Database(access.app)
    with database.transaction(tenant) as session:
        declare(session, parse(Fleet, read(fleet(registers))))
    database.close()
    return tenant, key


@contextmanager
def served(access: Access, workers: int) -> Iterator[str]:
    """Serve by the command, with so many workers; the address to talk to."""
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
            yield f"http://127.0.0.1:{port}"
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
    print(f"{'workers':>8} {'requests/s':>11} {'p50 ms':>7} {'p95 ms':>7} {'COPY/s':>7} {'ratio':>6}")
    with reach(Settings(database=DATABASE)) as access:
        tenant, key = prepared(access, clients * registers)
        turn = 0
        for workers in (1, 2):
            with served(access, workers) as address:
                over_http(address, key, Load(clients, registers, 3, turn))  # warm
                turn += 10_000
                waits = over_http(address, key, Load(clients, registers, seconds, turn))
            copied = by_copy(access, tenant, Load(clients, registers, seconds, turn), workers)
            turn += 10_000
            rate, percentiles = len(waits) / seconds, statistics.quantiles(waits, n=20)
            middle, high = (percentiles[at] * 1000 for at in (9, 18))
            print(f"{workers:8} {rate:11.0f} {middle:7.1f} {high:7.1f} {copied:7.0f} {rate / copied:6.2f}")


if __name__ == "__main__":
    main()
