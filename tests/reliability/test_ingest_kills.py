"""Ingest killed at random instants, over HTTP and the command line: what was acknowledged is there, and nothing twice."""

import http.client
import json
import math
import os
import random
import re
import shutil
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import text

from api.access.roles import Role
from api.server.database import Database
from api.server.embedded import EmbeddedServer
from api.server.provision import administering, upgrade
from metering.fleet.meter import Fleet
from metering.fleet.store import declare
from quantities.document import parse, read
from tests.build import a_key
from tests.conftest import access_to, private_home
from tests.reliability.forked import ROOT, Client, usufruct

ROWS = 500
FLEET = """
sites:
  - name: Werk
    zone: Europe/Berlin
    assets:
      - name: Press
        meters: [{name: M, registers: [
          {key: cli, kind: interval, unit: kWh, resolution: "1", interval_minutes: "15"},
          {key: http, kind: interval, unit: kWh, resolution: "1", interval_minutes: "15"}]}]
"""
COMMAND = [sys.executable, "-c", "from api.cli.main import main; main()"]  # as a shell starts it


def a_file(number: int) -> bytes:
    """The ``number``-th file: so many quarter-hours that no other file has, each of the file's own value."""
    start = datetime(2020, 1, 1, tzinfo=UTC) + timedelta(minutes=15) * ROWS * number
    rows = (f"{(start + timedelta(minutes=15) * n).isoformat()},{number + 1}" for n in range(ROWS))
    return ("time,value\n" + "\n".join(rows)).encode()


@pytest.fixture
def home() -> Iterator[Path]:
    found = private_home() / "home"
    with EmbeddedServer(home=found) as server:
        access = access_to(server, "usufruct")
        upgrade(access)
        with administering(access.administrator) as connection:
            connection.execute(text("insert into tenant (name) values ('Nordluft')"))
        key = a_key(access, 1, Role.OWNER, "feeder", datetime.now(UTC))
        database = Database(access.app)
        with database.transaction(1) as session:
            declare(session, parse(Fleet, read(FLEET)))
        database.close()
        (found / "key").write_text(key)
        yield found  # the server stays up while its clients are killed; test_kills.py kills the server too
    shutil.rmtree(found.parent, ignore_errors=True)


def stored(home: Path, register: str) -> dict[int, int]:
    """How many live readings there are of each file's value, and none beside them."""
    with EmbeddedServer(home=home) as server:
        database = Database(server.url("usufruct"))
        with database.transaction(1) as session:
            rows = session.execute(
                text("""select value::int as file, count(*) as live, count(distinct start) as instants from (
                            select distinct on (g.series, g.start) g.* from reading g
                            join series s on s.id = g.series join register r on r.id = s.register_id where r.key = :key
                            order by g.series, g.start, g.batch desc) newest
                        where value is not null group by value"""),
                {"key": register},
            ).all()
            written = session.execute(
                text("""select count(*) from reading g join series s on s.id = g.series join register r on r.id = s.register_id
                        where r.key = :key"""),
                {"key": register},
            ).scalar_one()
        database.close()
    assert all(row.live == row.instants for row in rows)
    assert written == sum(row.live for row in rows), "a row is in the log twice"
    return {row.file - 1: row.live for row in rows}


@pytest.mark.parametrize("kills", [pytest.param(2, id="short"), pytest.param(20, id="long", marks=pytest.mark.long)])
def test_the_command_line(home: Path, kills: int) -> None:
    chance, acknowledged, killed = random.Random(11), set[int](), 0
    environment = {**os.environ, "USUFRUCT_HOME": str(home)}
    shortest: float | None = None  # seconds an ingest takes on this machine; the first one ends, however slow it is
    for number in range(1 + kills * 3):
        path = home.parent / f"{number}.csv"
        path.write_bytes(a_file(number))
        started = time.monotonic()
        client = Client(usufruct, ["ingest", str(path), "--register", "cli", "--json"], environment)
        if client.ends_within(None if shortest is None else chance.uniform(0.0, shortest)):
            shortest = min(time.monotonic() - started, shortest or math.inf)
        else:
            client.kill()
            killed += 1
        said, _ = client.everything()
        if said:
            assert json.loads(said)["stored"] == ROWS
            acknowledged.add(number)
        if killed >= kills:
            break
    found = stored(home, "cli")
    print(f"\n{killed} killed, {len(acknowledged)} acknowledged, {len(found)} stored")
    assert killed
    assert acknowledged <= found.keys()
    assert set(found.values()) == {ROWS}, "a file is stored whole or not at all"

    again = home.parent / f"{min(acknowledged)}.csv"
    repeated = subprocess.run([*COMMAND, "ingest", str(again), "--register", "cli", "--json"], capture_output=True, env=environment, cwd=ROOT, check=True).stdout  # fmt: skip
    assert (json.loads(repeated)["stored"], json.loads(repeated)["unchanged"]) == (0, ROWS)
    assert found == stored(home, "cli")


class Served:
    """A server that is killed and started again while someone feeds it."""

    def __init__(self, home: Path) -> None:
        self.home, self.random, self.over = home, random.Random(12), False
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]
        self.server: Client | None = None
        self.kills = 0

    def start(self) -> None:
        environment = {**os.environ, "USUFRUCT_HOME": str(self.home), "USUFRUCT_TICK_S": "0"}
        log = self.home.parent / "serve.log"
        self.server = Client(usufruct, ["serve", "--port", str(self.port)], environment, log)

    def kill_at_random(self, kills: int) -> None:
        while self.kills < kills and not self.over:
            time.sleep(self.random.uniform(0.0, 0.9))
            if not self.answers():
                continue
            time.sleep(self.random.uniform(0.0, 0.4))
            assert self.server is not None
            self.server.kill()
            self.server.everything()
            self.kills += 1
            self.start()

    def answers(self) -> bool:
        try:
            with closing(http.client.HTTPConnection("127.0.0.1", self.port, timeout=2)) as connection:
                connection.request("GET", "/health")
                return connection.getresponse().status < 500
        except (OSError, http.client.HTTPException):
            return False

    def posts(self, number: int) -> int | None:
        """Deliver a file, with a key that makes one request of many; what was stored, or None where nobody answered."""
        headers = {"Authorization": f"Bearer {(self.home / 'key').read_text()}", "Idempotency-Key": f"file {number}"}
        try:
            with closing(http.client.HTTPConnection("127.0.0.1", self.port, timeout=20)) as connection:
                connection.request("POST", "/v1/readings?register=http", a_file(number), headers)
                answer = connection.getresponse()
                body = answer.read()
        except (OSError, http.client.HTTPException):
            return None
        if answer.status == 503:
            return None
        assert answer.status == 201, body
        return int(json.loads(body)["stored"])


@pytest.mark.parametrize("kills", [pytest.param(5, id="short"), pytest.param(50, id="long", marks=pytest.mark.long)])
def test_http(home: Path, kills: int) -> None:
    served, acknowledged, retried = Served(home), dict[int, int](), 0
    served.start()
    killer = threading.Thread(target=served.kill_at_random, args=(kills,))
    killer.start()
    try:
        deadline = time.monotonic() + 12 * kills + 60
        while killer.is_alive() and time.monotonic() < deadline:
            number = len(acknowledged)
            said = served.posts(number)
            if said is None:
                retried += 1
                time.sleep(0.05)
            else:
                acknowledged[number] = said
    finally:
        served.over = True
        killer.join()
        if served.server is not None:
            served.server.process.terminate()
            assert served.server.ends_within(30)
            served.server.everything()
    log = (home.parent / "serve.log").read_text(errors="replace")
    found = stored(home, "http")
    print(
        f"\n{served.kills} killed, {len(acknowledged)} acknowledged after {retried} tries in vain, {len(found)} stored"
    )
    assert served.kills == kills
    assert acknowledged
    assert set(acknowledged.values()) == {ROWS}, "the first answer to a key is every answer to it"
    assert acknowledged.keys() <= found.keys()
    assert set(found.values()) == {ROWS}
    assert not re.search(r'" 500 ', log)
