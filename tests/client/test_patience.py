"""A request is tried again where its answer is lost or says to come again, keeps its key, and is done once."""

import asyncio
import io
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from typing import Any

import httpx
import pytest
from usufruct_client import File, Patience, Refusal, Usufruct
from usufruct_client.api.billing import list_invoices
from usufruct_client.api.metering import store_readings
from usufruct_client.models import ReceiptOut

import tests.client.made  # noqa: F401 makes what is imported next
from api.server.embedded import EmbeddedServer
from tests.client.through import Into
from tests.scenarios.world import TWO_CONTRACTS, World, a_world_copied, leave

GOOD = httpx.Response(200, json=[])
UNDER_WAY = {"type": "/problems/still-under-way", "title": "It is under way.", "status": 409, "detail": ""}
ISSUED = UNDER_WAY | {"type": "/problems/already-issued"}
Answers = list[httpx.Response | httpx.TransportError]


def busy(status: int, retry_after: str | None = None) -> httpx.Response:
    return httpx.Response(status, headers={} if retry_after is None else {"Retry-After": retry_after}, text="later")


@pytest.fixture
def pauses(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    waited = list[float]()

    async def slept(pause: float) -> None:
        waited.append(pause)

    monkeypatch.setattr("usufruct_client.patience.time.sleep", waited.append)
    monkeypatch.setattr("usufruct_client.patience.asyncio.sleep", slept)
    return waited


class Server:
    """Answers one after the other, and keeps what it was asked."""

    def __init__(self, *answers: httpx.Response | httpx.TransportError) -> None:
        self.answers, self.keys, self.bodies = list(answers), list[str | None](), list[bytes]()

    def usufruct(self, **patience: Any) -> Usufruct:
        transport = httpx.MockTransport(self._answer)
        return Usufruct(
            "http://house", "usu_key", patience=Patience(**patience), transport=transport, async_transport=transport
        )

    def _answer(self, request: httpx.Request) -> httpx.Response:
        self.keys.append(request.headers.get("Idempotency-Key"))
        self.bodies.append(request.content)
        answer = self.answers[len(self.keys) - 1]
        if isinstance(answer, httpx.TransportError):
            raise answer
        return httpx.Response(answer.status_code, headers=answer.headers, content=answer.content)


AGAIN = [
    pytest.param([busy(503, "7")], [(7, 7)], id="no sooner than the server says"),
    pytest.param([busy(429, "0")], [(0.25, 0.5)], id="at once is after the first pause"),
    pytest.param([busy(502), busy(504)], [(0.25, 0.5), (0.5, 1)], id="a gateway; the pause doubles"),
    pytest.param([httpx.ConnectError("refused")], [(0.25, 0.5)], id="nobody is there"),
    pytest.param(
        [httpx.ReadTimeout(""), httpx.RemoteProtocolError("gone")], [(0.25, 0.5), (0.5, 1)], id="no answer came"
    ),
    pytest.param([httpx.Response(409, json=UNDER_WAY)], [(0.25, 0.5)], id="its first try is under way"),
]


@pytest.mark.parametrize(("answers", "waited"), AGAIN)
def test_what_is_tried_again_and_when(answers: Answers, waited: list[tuple[float, float]], pauses: list[float]) -> None:
    server = Server(*answers, GOOD)
    assert list_invoices.sync(server.usufruct()) == []
    assert [least <= pause <= most for pause, (least, most) in zip(pauses, waited, strict=True)] == [True] * len(waited)
    assert server.keys == [None] * (len(answers) + 1), "what only reads needs no key"


@pytest.mark.parametrize(("answers", "waited"), AGAIN)
def test_what_is_awaited_is_tried_again_too(
    answers: Answers, waited: list[tuple[float, float]], pauses: list[float]
) -> None:
    async def ask() -> list[Any]:
        async with Server(*answers, GOOD).usufruct() as usufruct:
            return list(await list_invoices.asyncio(usufruct))

    assert (asyncio.run(ask()), len(pauses)) == ([], len(waited))


@pytest.mark.parametrize(
    "answer",
    [
        busy(404),
        busy(500),
        httpx.Response(409, json=ISSUED),
        httpx.Response(412, json=ISSUED),
        httpx.Response(422, json=ISSUED),
    ],
)
def test_what_says_no_is_not_asked_again(answer: httpx.Response, pauses: list[float]) -> None:
    with pytest.raises(Refusal) as refused:
        list_invoices.sync(Server(answer).usufruct())
    assert (refused.value.status, pauses) == (answer.status_code, [])


def test_an_address_that_is_none_is_not_asked_again(pauses: list[float]) -> None:
    with pytest.raises(httpx.UnsupportedProtocol):
        list_invoices.sync(Usufruct("ftp://house", "usu_key"))
    assert pauses == []


def test_a_write_keeps_its_key_and_its_body_through_all_tries(pauses: list[float]) -> None:
    server = Server(
        busy(503, "1"), httpx.ReadError("lost"), httpx.Response(422, json=ISSUED), httpx.Response(422, json=ISSUED)
    )
    usufruct = server.usufruct()
    for _ in range(2):
        with pytest.raises(Refusal):
            store_readings.sync(usufruct, body=File(io.BytesIO(b"time,value\n")), register="kwh")
    first, second = server.keys[:3], server.keys[3:]
    assert (len(set(first)), len(second)) == (1, 1)
    assert None not in server.keys
    assert first[0] != second[0], "another request has another key"
    assert set(server.bodies) == {b"time,value\n"}


def test_a_key_of_ones_own_is_kept(pauses: list[float]) -> None:
    server = Server(busy(503), httpx.Response(422, json=ISSUED))
    with pytest.raises(Refusal):
        store_readings.sync(server.usufruct(), body=File("time,value\n"), idempotency_key="march.csv")
    assert server.keys == ["march.csv", "march.csv"]


@pytest.mark.parametrize(
    ("patience", "answers", "tries"),
    [
        pytest.param({"tries": 3}, [busy(503)] * 3, 3, id="so many tries"),
        pytest.param({"within_s": 60}, [busy(503, "61")], 1, id="a server that says too late is not waited for"),
        pytest.param(
            {},
            [busy(429, format_datetime(datetime.now(UTC) + timedelta(hours=1), usegmt=True))],
            1,
            id="nor one that says it as a date",
        ),
    ],
)
def test_patience_ends(patience: dict[str, Any], answers: Answers, tries: int, pauses: list[float]) -> None:
    server = Server(*answers)
    with pytest.raises(Refusal) as refused:
        list_invoices.sync(server.usufruct(**patience))
    assert len(server.keys) == tries
    assert (refused.value.type, refused.value.detail) == ("about:blank", "later"), "a gateway has no problem to tell"


def test_patience_ends_without_an_answer_too(pauses: list[float]) -> None:
    with pytest.raises(httpx.ConnectError, match="refused"):
        list_invoices.sync(Server(*[httpx.ConnectError("refused")] * 2).usufruct(tries=2))


def test_each_pause_is_logged(pauses: list[float], caplog: pytest.LogCaptureFixture) -> None:
    list_invoices.sync(Server(busy(503, "2"), GOOD).usufruct())
    assert [record.getMessage() for record in caplog.records if record.name == "usufruct_client"] == [
        "GET /v1/invoices: 503 Service Unavailable; again in 2.0 s"
    ]


class Losing(Into):
    """Carries what is sent into the application, and loses the first answers."""

    def __init__(self, world: World, lost: int) -> None:
        super().__init__(world.client)
        self.lost, self.sent = lost, 0

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        answer = super().handle_request(request)
        self.sent += 1
        if self.sent <= self.lost:
            raise httpx.ReadError("the connection is lost")
        return answer


@pytest.fixture
def world(server: EmbeddedServer, request: pytest.FixtureRequest) -> Iterator[World]:
    with a_world_copied(server, TWO_CONTRACTS, leave, request.node.nodeid) as world:
        yield world


def test_a_delivery_whose_answers_are_lost_is_stored_once(world: World, pauses: list[float]) -> None:
    losing = Losing(world, lost=2)
    usufruct = Usufruct("http://testserver", world.keys["maker"], transport=losing)
    receipt = store_readings.sync(usufruct, body=File("time,value\n2026-01-05T10:00+01:00,60\n"), register="kwh")
    assert isinstance(receipt, ReceiptOut)
    assert (receipt.stored, receipt.repeated, losing.sent) == (1, True, 3)
    assert len(world.done("maker", "GET", "/v1/batches")) == 1
