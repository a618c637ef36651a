"""One attempt: limited in time, nothing followed, and never into a private network, whatever a name leads to."""

import socket
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest

from api.webhooks.address import WebhookAddress
from api.webhooks.sending import SendFailure, SendOutcome, send
from tests.api.webhooks.receiver import (
    Answer,
    Receiver,
    closes,
    dribbles,
    is_silent,
    never_ends_its_head,
    receiving,
    status,
    talks_rubbish,
    well,
)  # fmt: skip

NOW = datetime(2026, 11, 30, 12, tzinfo=UTC)


@pytest.fixture(scope="module")
def receiver() -> Iterator[Receiver]:
    with receiving() as receiver:
        yield receiver


def sent(url: str, *, loopback: bool = True, within_s: float = 0.5) -> SendOutcome:
    address = WebhookAddress.of(url, loopback=True)
    return send(address, {"webhook-id": "1"}, b"{}", now=NOW, loopback=loopback, within_s=within_s)


@pytest.mark.parametrize(("answer", "outcome"), [
    pytest.param(well, SendOutcome(204), id="well"),
    pytest.param(status(200), SendOutcome(200), id="200"),
    pytest.param(status(500), SendOutcome(500, SendFailure.REFUSED), id="500"),
    pytest.param(status(410), SendOutcome(410, SendFailure.REFUSED), id="gone"),
    pytest.param(status(429, Retry_After="120"), SendOutcome(429, SendFailure.REFUSED, timedelta(seconds=120)), id="asks to wait"),
    pytest.param(closes, SendOutcome(None, SendFailure.BROKEN), id="closes"),
    pytest.param(talks_rubbish, SendOutcome(None, SendFailure.BROKEN), id="no HTTP"),
    pytest.param(is_silent, SendOutcome(None, SendFailure.TOO_SLOW), id="silent"),
    pytest.param(never_ends_its_head, SendOutcome(None, SendFailure.TOO_SLOW), id="a head without end"),
    pytest.param(dribbles, SendOutcome(200), id="a body without end: what counts is said"),
])  # fmt: skip
def test_what_comes_of_an_answer(receiver: Receiver, answer: Answer, outcome: SendOutcome) -> None:
    began = time.monotonic()
    assert sent(receiver.at("/fault", answer)) == outcome
    assert time.monotonic() - began < 1.5


def test_a_redirect_is_not_followed(receiver: Receiver) -> None:
    inside = receiver.at("/inside")
    for number in (301, 302, 307, 308):
        elsewhere = receiver.at("/elsewhere", status(number, Location=inside))
        assert sent(elsewhere) == SendOutcome(number, SendFailure.REFUSED)
    assert receiver.of("/inside") == []


def test_nobody_there(receiver: Receiver) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    assert sent(f"http://127.0.0.1:{port}/") == SendOutcome(None, SendFailure.UNREACHABLE)


def test_what_is_not_tls(receiver: Receiver) -> None:
    assert sent(f"https://127.0.0.1:{receiver.port}/").failure in {SendFailure.BROKEN, SendFailure.TOO_SLOW}


def test_this_machine_is_not_asked_without_the_setting(receiver: Receiver) -> None:
    before = len(receiver.received)
    assert sent(receiver.at("/here"), loopback=False) == SendOutcome(None, SendFailure.NOT_ASKED)
    assert len(receiver.received) == before


@pytest.mark.parametrize("addresses", [
    pytest.param(["127.0.0.1"], id="this machine"), pytest.param(["10.0.0.1"], id="a network"), pytest.param(["169.254.169.254"], id="metadata"),
    pytest.param(["93.184.215.14", "10.0.0.1"], id="one of two"), pytest.param(["::1"], id="IPv6"), pytest.param(["::ffff:127.0.0.1"], id="mapped"),
])  # fmt: skip
@pytest.mark.parametrize("loopback", [False, True])
def test_a_name_that_leads_inside_is_not_asked(
    addresses: list[str], monkeypatch: pytest.MonkeyPatch, *, loopback: bool
) -> None:
    connected: list[object] = []
    monkeypatch.setattr(
        socket, "getaddrinfo", lambda *_, **__: [(0, 0, 0, "", (address, 443)) for address in addresses]
    )
    monkeypatch.setattr(socket, "create_connection", lambda address, **_: connected.append(address))
    assert sent("https://rebound.example.com/", loopback=loopback) == SendOutcome(None, SendFailure.NOT_ASKED)
    assert connected == []


def test_a_name_is_resolved_once_and_what_it_led_to_is_connected_to(monkeypatch: pytest.MonkeyPatch) -> None:
    """A name that leads elsewhere at the second look is not looked at twice."""
    asked, connected = list[str](), list[object]()

    def resolved(host: str, *_: object, **__: object) -> list[tuple[int, int, int, str, tuple[str, int]]]:
        asked.append(host)
        return [(0, 0, 0, "", ("93.184.215.14" if len(asked) == 1 else "10.0.0.1", 443))]

    def refused(address: object, **_: object) -> None:
        connected.append(address)
        raise ConnectionRefusedError

    monkeypatch.setattr(socket, "getaddrinfo", resolved)
    monkeypatch.setattr(socket, "create_connection", refused)
    assert sent("https://rebound.example.com/").failure is SendFailure.UNREACHABLE
    assert (asked, connected) == (["rebound.example.com"], [("93.184.215.14", 443)])
