"""What an operator watches: who may read it, that it is true, and that no name stands in it."""

import os
import re
import subprocess
import sys
from contextlib import closing

import httpx2
import pytest
from fastapi.testclient import TestClient
from pydantic import SecretStr

from api.http.app import create_app
from api.operations.audit import seal_everyone
from api.operations.billing import tick
from api.operations.watching import backlogs, database_waits, unmatched_registers
from api.refusals import Unauthenticated
from api.server.database import Access, Database
from api.server.metrics_folder import metrics_folder
from api.server.metrics_readers import MetricsOfThisMachine, refuse_reader
from api.server.settings import Settings
from api.server.watched_gauges import WatchedGauges
from tests.api.server.test_workers import ROOT, answers, children, free_port, running, until
from tests.billing.scene import CONTRACT, Scene, on
from tests.scenarios.world import interface

TOKEN = SecretStr("sixteen or more characters")
AUTOMATIC = CONTRACT.replace("settings: {", "settings: {issue: automatically, ")
#: One hour of the month is known, so the period is held.
HELD = AUTOMATIC.replace("C-1", "C-2").replace('least_coverage: "0"', 'least_coverage: "0.9"')


def exposed_by(database: Database, *, by_tenant: bool = False) -> str:
    with closing(WatchedGauges(database, by_tenant=by_tenant)) as gauges:
        return gauges.exposition().decode()


def told(exposed: str) -> dict[str, float]:
    rows = (line.rpartition(" ") for line in exposed.splitlines() if not line.startswith("#"))
    return {name: float(value) for name, _, value in rows}


class TestWhoMayRead:
    @pytest.mark.parametrize("address", ["127.0.0.1", "127.8.8.8", "::1"])
    def test_without_a_token_this_machine(self, address: str) -> None:
        refuse_reader(None, None, address, forwarded=False)

    @pytest.mark.parametrize("address", ["10.0.0.1", "::2", "192.168.1.1", "testclient", "", None])
    def test_and_nobody_else(self, address: str | None) -> None:
        with pytest.raises(MetricsOfThisMachine):
            refuse_reader(None, None, address, forwarded=False)

    def test_nor_whom_a_proxy_of_this_machine_lets_through(self) -> None:
        with pytest.raises(MetricsOfThisMachine):
            refuse_reader(None, None, "127.0.0.1", forwarded=True)

    @pytest.mark.parametrize("address", ["127.0.0.1", "10.0.0.1"])
    def test_with_a_token_whoever_shows_it(self, address: str) -> None:
        refuse_reader(TOKEN, f"bearer {TOKEN.get_secret_value()}", address, forwarded=True)
        for shown in (None, "", "Bearer", "Bearer wrong", f"Basic {TOKEN.get_secret_value()}", "Bearer é"):
            with pytest.raises(Unauthenticated):
                refuse_reader(TOKEN, shown, address, forwarded=False)

    def test_over_http(self, access: Access) -> None:
        settings = Settings.model_validate(
            {"database_url": access.app.render_as_string(hide_password=False), "tick_s": 0}
        )
        with TestClient(create_app(settings), client=("10.0.0.1", 1)) as elsewhere:
            assert elsewhere.get("/metrics").json()["type"] == "/problems/metrics-of-this-machine"
        with TestClient(create_app(settings), client=("127.0.0.1", 1)) as here:
            assert here.get("/metrics").headers["content-type"].startswith("text/plain")
            assert here.get("/metrics", headers={"X-Forwarded-For": "10.0.0.1"}).status_code == 403
            assert "/metrics" not in interface()["paths"]


class TestWhatWaits:
    """Two tenants, each with a contract that bills itself; the first one's second contract has too little to bill."""

    @pytest.fixture
    def scenes(self, access: Access, database: Database) -> list[Scene]:
        scenes = [
            Scene(access, database).declared(AUTOMATIC, HELD),
            Scene(access, database, tenant=2).declared(AUTOMATIC, CONTRACT.replace("C-1", "C-3")),
        ]
        for scene in scenes:
            scene.delivers("2026-01-05 10 60")
        return scenes

    def test_is_counted_of_all_tenants_by_kind_and_reason(self, scenes: list[Scene], database: Database) -> None:
        seen = backlogs(database, on("2026-02-03"))
        assert [(work.kind, work.count) for work in seen[1].due if work.count] == [("planning", 2)]
        tick(database, on("2026-02-03"))
        after = backlogs(database, on("2026-02-03"))
        assert {tenant: [(w.kind, w.issue, w.count) for w in of.due if w.count] for tenant, of in after.items()} == {
            1: [], 2: [("period", "after_review", 1)],
        }  # fmt: skip
        assert [dict(of.held) for of in after.values()] == [{"incomplete-readings": 1}, {}]
        exposed = told(exposed_by(database))
        assert exposed['usufruct_due_work{issue="after_review",kind="period"}'] == 1
        assert exposed['usufruct_due_oldest_seconds{issue="after_review",kind="period"}'] > 0
        assert exposed['usufruct_held_work{reason="incomplete-readings"}'] == 1

    def test_of_the_audit_is_gone_once_it_is_sealed(self, scenes: list[Scene], database: Database) -> None:
        tick(database, on("2026-02-03"))
        entries = [of.unsealed for of in backlogs(database, on("2026-02-03")).values()]
        assert sum(entries) > 0
        seal_everyone(database)
        assert [of.unsealed for of in backlogs(database, on("2026-02-03")).values()] == [0, 0]

    def test_are_registers_that_no_contract_names(self, scenes: list[Scene], database: Database) -> None:
        """Hours are named by no contract; there is no reading of them yet."""
        assert unmatched_registers(database) == {1: 0, 2: 0}
        scenes[1].delivers("2026-01-05 10 60", register="hours")
        assert unmatched_registers(database) == {1: 0, 2: 1}

    def test_tells_tenants_apart_where_that_is_asked_for_and_never_by_name(
        self, scenes: list[Scene], database: Database
    ) -> None:
        apart = exposed_by(database, by_tenant=True)
        assert 'usufruct_audit_unsealed_entries{tenant="2"}' in apart
        together = exposed_by(database)
        assert "tenant=" not in together
        for exposed in (apart, together):
            assert not re.search(r"Nordluft|Südpresse|Blechwerke|C-1|kwh", exposed)

    def test_are_statements_for_a_lock(self, database: Database) -> None:
        waits = database_waits(database)
        assert (waits.lock_waits, waits.longest_lock_wait_s) == (0, 0)
        assert waits.connections_max == 200
        assert waits.connections["active"] >= 1

    def test_is_looked_up_once_in_a_while(self, scenes: list[Scene], database: Database) -> None:
        with closing(WatchedGauges(database)) as gauges:
            before = told(gauges.exposition().decode())
            tick(database, on("2026-02-03"))
            after = told(gauges.exposition().decode())
        assert (
            after.items()
            >= {
                name: value for name, value in before.items() if name.startswith(("usufruct_due", "usufruct_held"))
            }.items()
        )

    def test_that_the_database_is_gone_is_told(self, access: Access) -> None:
        nowhere = Database(access.app.set(database="nobody_has_it"))
        exposed = told(exposed_by(nowhere))
        nowhere.close()
        assert exposed["usufruct_database_up"] == 0
        assert "usufruct_http_requests_waiting" in exposed, "what the process counts is told all the same"


COUNTS = """
import sys
from api.server.metrics import CONNECTIONS_MAX, REQUESTS, shown
from prometheus_client import generate_latest
REQUESTS.labels("GET", "/x", "200").inc(int(sys.argv[1]))
CONNECTIONS_MAX.labels("requests").set(20)
print(generate_latest(shown()).decode(), flush=True)
sys.stdin.read()
"""


def test_processes_that_share_a_folder_tell_the_sum_of_all_and_what_the_dead_held_no_more() -> None:
    with metrics_folder():
        environment = {**os.environ, "PYTHONPATH": str(ROOT)}
        counted = []
        for number in ("3", "4"):
            command = [sys.executable, "-c", COUNTS, number]
            with subprocess.Popen(command, env=environment, stdin=-1, stdout=-1, text=True) as process:
                assert process.stdin is not None
                assert process.stdout is not None
                lines = list(iter(process.stdout.readline, "\n"))
                process.kill()  # so that it leaves its files
                counted.append(told("".join(lines)))
    requests = 'usufruct_http_requests_total{method="GET",route="/x",status="200"}'
    assert [each[requests] for each in counted] == [3, 7]
    assert [each['usufruct_pool_connections_max{work="requests"}'] for each in counted] == [20, 20]
    assert "PROMETHEUS_MULTIPROC_DIR" not in os.environ


@pytest.mark.long
def test_each_of_several_processes_tells_the_sum_of_all(access: Access) -> None:
    """Of many requests each worker had some; whichever is asked, says how many there were, also after one has died."""
    port = free_port()
    with running(access, port) as process:
        until(lambda: answers(port))
        for _ in range(30):
            assert httpx2.get(f"http://127.0.0.1:{port}/v1/contracts").status_code == 401
        most = 'usufruct_pool_connections_max{work="requests"}'
        name = 'usufruct_http_requests_total{method="GET",route="/v1/contracts",status="401"}'

        def scraped() -> dict[str, float]:
            return told(httpx2.get(f"http://127.0.0.1:{port}/metrics").text)

        until(lambda: scraped()[most] == 40)
        assert {scraped()[name] for _ in range(6)} == {30}
        killed = min(children(process))
        os.kill(killed, 9)
        until(lambda: killed not in children(process) and len(children(process)) == 2 and answers(port))
        until(lambda: scraped()[most] == 40)
        assert scraped()[name] == 30
