"""``serve`` starts a dead embedded PostgreSQL again, and leaves one alone that was stopped on purpose."""

import os
import signal
import time
from collections.abc import Iterator

import pytest
from fastapi.testclient import TestClient

from api.http.app import create_app
from api.server.embedded import EmbeddedServer
from api.server.settings import Settings
from tests.api.server.test_embedded import a_server, home, postmaster

__all__ = ["home"]  # the fixture


@pytest.fixture
def served(home: os.PathLike[str], monkeypatch: pytest.MonkeyPatch) -> Iterator[tuple[TestClient, EmbeddedServer]]:
    with a_server(home) as server:  # type: ignore[arg-type] # made here, small and without fsync, and found there
        app = create_app(Settings.model_validate({"home": home, "tick_s": 0}))
        with TestClient(app, raise_server_exceptions=False) as client:
            assert client.get("/ready").status_code == 200
            yield client, server


def statuses(client: TestClient, within_s: float) -> list[int]:
    """What ``/ready`` answers, until it is ready or the time is over."""
    answers, deadline = [0], time.monotonic() + within_s
    while answers[-1] != 200 and time.monotonic() < deadline:
        answers.append(client.get("/ready").status_code)
        time.sleep(0.05)
    return answers[1:]


def test_a_postgresql_that_is_killed_under_serve_is_started_again(served: tuple[TestClient, EmbeddedServer]) -> None:
    client, server = served
    os.kill(postmaster(server.home), signal.SIGKILL)
    answers = statuses(client, within_s=20)
    assert set(answers) <= {200, 503}
    assert answers[-1] == 200
    assert server.stop()
    time.sleep(1.5)  # longer than between two looks
    assert not server.is_running, "it was stopped on purpose"
    assert client.get("/ready").status_code == 503
    assert client.get("/health").status_code == 200
