"""Requests that nobody thought of, made from the documentation, one after the other and each from what the last answered.

They are sent to a server over a socket, by an owner, to a tenant that has something of everything. Every check of
schemathesis is held against every answer.
"""

import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
import schemathesis
import uvicorn
from schemathesis.config import SchemathesisConfig
from schemathesis.engine import events, from_schema

from api.server.embedded import EmbeddedServer
from tests.api.access.test_matrix import fill
from tests.scenarios.world import World, a_world_copied, interface

#: Checks that are not held against answers, each with the reason why it is wrong about HTTP.
NOT_HELD = {
    "positive_data_acceptance": "what has the documented form may still be refused for what it says, with 422: a contract "
    "over a register that is not declared, days that end before they begin (RFC 9110, 15.5.21)",
}
#: What refuses a request that is malformed. A precondition that fails is told before the content is looked at (RFC 9110,
#: 13.2.1).
REFUSING = ["400", "401", "403", "404", "405", "406", "409", "412", "413", "415", "422", "428", "429", "503"]


@contextmanager
def served(world: World) -> Iterator[str]:
    """The address of a server that serves a world's application, whose lifespan the world's client keeps."""
    interface()  # written before it is asked for: whoever asks waits ten seconds
    config = uvicorn.Config(world.app, port=0, log_level="critical", lifespan="off")
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run)
    thread.start()
    while not server.started:
        time.sleep(0.01)
    try:
        (socket,) = server.servers[0].sockets
        yield f"http://127.0.0.1:{socket.getsockname()[1]}"
    finally:
        server.should_exit = True
        thread.join()


#: Who takes whole contracts, of which one is made up in a second: in the long form, but for the check of one.
OF_CONTRACTS = r"^/v1/contracts(/(bulk|diff|price|relief|shadow|simulate))?$"
#: How often a phase is gone through at most, each time from another seed, until as many requests are sent as are asked.
ROUNDS = 40


def failures(address: str, key: str, most: int, phases: dict[str, Any], left_out: str) -> Iterator[str]:
    """Send so many requests, and tell each check that an answer fails; fewer are a failure as well."""
    sent: Counter[int | None] = Counter()
    for seed in range(1, ROUNDS + 1):
        yield from failures_of_a_round(address, configured(address, key, seed, phases), most, sent, left_out)
        if sent.total() >= most:
            break
    print(f"{sent.total()} requests were answered with {dict(sent)}")
    if sent.total() < most:
        yield f"{sent.total()} of {most} requests were sent"


def configured(address: str, key: str, seed: int, phases: dict[str, Any]) -> SchemathesisConfig:
    return SchemathesisConfig.from_dict(
        {
            "seed": seed,
            "headers": {"Authorization": f"Bearer {key}"},
            "base-url": address,
            "checks": {name: {"enabled": False} for name in NOT_HELD}
            | {"negative_data_rejection": {"expected-statuses": REFUSING}},
            "generation": {"database": "none"},
            "suppress-health-check": ["all"],
            "phases": {name: {"enabled": False} for name in ("examples", "coverage", "fuzzing", "stateful")} | phases,
        }
    )


def failures_of_a_round(
    address: str, config: SchemathesisConfig, most: int, sent: Counter[int | None], left_out: str
) -> Iterator[str]:
    schema = schemathesis.openapi.from_url(f"{address}/openapi.json", config=config)
    some = schema.exclude(path_regex=left_out, method="POST") if left_out else schema
    stream = from_schema(some).execute()
    for event in stream:
        if isinstance(event, events.FatalError):
            raise event.exception
        if isinstance(event, events.NonFatalError):
            yield f"{event.label}: {event.value!r}"
        if isinstance(event, events.ScenarioFinished):
            for case, exchange in event.recorder.interactions.items():
                sent[getattr(exchange.response, "status_code", None)] += 1
                for check in event.recorder.checks.get(case, []):
                    if check.failure_info is not None:
                        failure, asked = check.failure_info.failure, exchange.request
                        yield f"{asked.method} {asked.uri} {asked.encoded_body}: {check.name}: {failure.message}"
            if sent.total() >= most:
                stream.stop()


def at_most(examples: int) -> dict[str, Any]:
    return {"enabled": True, "generation": {"max-examples": examples}}


@pytest.fixture
def world(server: EmbeddedServer, request: pytest.FixtureRequest) -> Iterator[World]:
    with a_world_copied(server, "everybody, and one of each thing", fill, request.node.nodeid) as world:
        yield world


@pytest.mark.parametrize(("most", "phases", "left_out"), [
    pytest.param(250, {"fuzzing": at_most(1)}, OF_CONTRACTS, id="each operation by itself"),
    pytest.param(250, {"stateful": at_most(30)}, "", id="one after the other", marks=pytest.mark.long),
    pytest.param(5_000, {"coverage": {"enabled": True}}, "", id="every bound of every schema", marks=pytest.mark.long),
    pytest.param(2_500, {"fuzzing": at_most(20)}, "", id="each operation by itself, often", marks=pytest.mark.long),
    pytest.param(2_500, {"stateful": at_most(300)}, "", id="one after the other, often", marks=pytest.mark.long),
])  # fmt: skip
def test_each_request_is_answered_as_it_is_documented(
    world: World, most: int, phases: dict[str, Any], left_out: str
) -> None:
    with served(world) as address:
        assert list(failures(address, world.keys["maker"], most, phases, left_out)) == []
