"""Clients and the server killed at random instants: what was acknowledged is there, and nothing is left behind."""

import itertools
import os
import random
import shutil
import signal
import threading
import time
from pathlib import Path

import psycopg
import pytest
from sqlalchemy import text

from api.server.database import Database
from api.server.embedded import EmbeddedServer
from api.server.provision import administering, upgrade
from tests.api.server.test_embedded import processes_of
from tests.conftest import access_to, private_home
from tests.reliability.forked import Client, write


def killed_after(client: Client, seconds: float) -> tuple[str, str]:
    """Kill a client so long after it has started; how long it takes to start says nothing, least of all under load.

    Returns:
        What it said, and its complaints.
    """
    client.stdout.readline()
    time.sleep(seconds)
    client.kill()
    return client.everything()


class Toll:
    """What was killed, and what had been acknowledged before."""

    def __init__(self, home: Path, seed: int, servers: int) -> None:
        self.home, self.random, self.acknowledged, self.lock = home, random.Random(seed), set[int](), threading.Lock()
        self.clients_killed, self.servers_to_kill = 0, servers
        self.unforeseen: list[str] = []

    def kill_clients(self, count: int, lane: int) -> None:
        """So many, and more for as long as a server is still to be killed under them, or nothing was written yet."""
        for number in itertools.count():
            if number >= count and not self.servers_to_kill and self.acknowledged:
                return
            if self.unforeseen:  # clients that cannot even start would go on for ever
                return
            client = Client(write, self.home, 1000 * lane + number)
            said, complaints = killed_after(client, self.random.uniform(0.0, 1.5))
            with self.lock:
                self.clients_killed += 1
                self.acknowledged |= {int(line) for line in said.splitlines(keepends=True) if line.endswith("\n")}
                if complaints:
                    self.unforeseen.append(complaints)

    def kill_servers(self) -> None:
        pid_file = self.home / "cluster/data/postmaster.pid"
        while self.servers_to_kill and not self.unforeseen:
            time.sleep(0.02)
            try:
                number = int(pid_file.read_text().split()[0])
                if str(self.home) not in Path(f"/proc/{number}/cmdline").read_text():
                    continue  # what an earlier kill left
                time.sleep(self.random.uniform(0, 1.0))
                os.kill(number, signal.SIGKILL)
            except (OSError, ValueError, IndexError):
                continue  # none runs at this instant
            self.servers_to_kill -= 1
            time.sleep(self.random.uniform(0.2, 3.0))


@pytest.mark.parametrize(
    ("clients", "servers"), [pytest.param(8, 1, id="short"), pytest.param(200, 20, id="long", marks=pytest.mark.long)]
)
def test_every_acknowledged_write_survives_and_nothing_is_left(clients: int, servers: int) -> None:
    home = private_home() / "a home"
    modes = {folder: folder.stat().st_mode for folder in home.parents}
    with EmbeddedServer(home=home) as server:
        access = access_to(server, "usufruct")
        upgrade(access)
        with administering(access.administrator) as connection:
            connection.execute(text("insert into tenant (name) values ('Nordluft')"))
    own_modes = {path: path.stat().st_mode for path in home.rglob("*") if path.is_dir()}

    toll = Toll(home, seed=20260301, servers=servers)
    lanes = [threading.Thread(target=toll.kill_clients, args=(clients // 4, lane)) for lane in range(1, 5)]
    lanes.append(threading.Thread(target=toll.kill_servers))
    for lane in lanes:
        lane.start()
    for lane in lanes:
        lane.join()

    with EmbeddedServer(home=home) as server:
        database = Database(server.url("usufruct"))
        with database.transaction(1) as session:
            stored = set(session.execute(text("select distinct batch from reading")).scalars())
        database.close()
    print(
        f"\n{toll.clients_killed} clients and {servers} servers killed; {len(toll.acknowledged)} writes acknowledged, {len(stored)} stored"
    )
    assert toll.acknowledged
    assert set() == toll.acknowledged - stored
    assert toll.unforeseen == []
    assert processes_of(home) == []
    assert modes == {folder: folder.stat().st_mode for folder in modes}
    assert own_modes == {path: path.stat().st_mode for path in own_modes}
    with pytest.raises(psycopg.OperationalError):
        psycopg.connect(host=str(home / "socket"), user="postgres", dbname="postgres")
    shutil.rmtree(home.parent)


@pytest.mark.long
def test_a_kill_while_the_server_is_being_created() -> None:
    chance = random.Random(1)
    for _ in range(40):
        home = private_home()
        killed_after(Client(write, home, 1), chance.uniform(0.0, 1.8))
        with EmbeddedServer(home=home) as server:
            assert server.is_running
        assert processes_of(home) == []
        shutil.rmtree(home)
