"""One attempt to deliver: a request that is limited in time, follows nothing, and of whose answer little is read."""

import http.client
import socket
import ssl
import time
from collections.abc import Mapping
from contextlib import ExitStack, closing, suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from http import HTTPStatus

from api.server.outgoing import cut_off
from api.webhooks.address import NotAsked, WebhookAddress
from api.webhooks.backoff import retry_after

#: For all of it, once the name is resolved; Standard Webhooks has receivers answer within 15 to 30 seconds.
SEND_S = 15.0
_ANSWER_BYTES_READ = 1024


class SendFailure(StrEnum):
    """Why an attempt failed."""

    NOT_ASKED = "private address"  # the host leads into a private network
    UNREACHABLE = "unreachable"  # unknown, refused, no route
    UNTRUSTED = "untrusted certificate"
    TOO_SLOW = "too slow"
    BROKEN = "broken answer"  # closed before, or no HTTP
    REFUSED = "refused"  # answered, and not with 2xx; a redirect is not followed


@dataclass(frozen=True, slots=True)
class SendOutcome:
    """What came of an attempt.

    Attributes:
        status: of the answer; None where there was none.
        failure: why it failed; None where it is delivered.
        wait: for how long the receiver asked to wait.
    """

    status: int | None = None
    failure: SendFailure | None = None
    wait: timedelta | None = None

    @property
    def is_gone(self) -> bool:
        """Whether the receiver wants nothing any more."""
        return self.status == HTTPStatus.GONE


def send(
    address: WebhookAddress,
    headers: Mapping[str, str],
    body: bytes,
    *,
    now: datetime,
    loopback: bool = False,
    within_s: float = SEND_S,
) -> SendOutcome:
    """Post a body.

    Args:
        address: where to.
        headers: its signature.
        body: JSON.
        now: the instant, for receivers that ask to wait until another.
        loopback: whether this machine is asked.
        within_s: for how long at most.
    """
    until = time.monotonic() + within_s
    try:
        return _sent(address, headers, body, until, now=now, loopback=loopback)
    except NotAsked:
        return SendOutcome(failure=SendFailure.NOT_ASKED)
    except ssl.SSLCertVerificationError:
        failure = SendFailure.UNTRUSTED
    except (socket.gaierror, ConnectionRefusedError):
        failure = SendFailure.UNREACHABLE
    except (http.client.HTTPException, ConnectionError, ssl.SSLError):
        failure = SendFailure.BROKEN
    except TimeoutError:
        failure = SendFailure.TOO_SLOW
    except OSError:
        failure = SendFailure.UNREACHABLE
    return SendOutcome(failure=SendFailure.TOO_SLOW if time.monotonic() >= until else failure)


def _sent(
    address: WebhookAddress, headers: Mapping[str, str], body: bytes, until: float, *, now: datetime, loopback: bool
) -> SendOutcome:
    sent = {"Content-Type": "application/json", **headers}
    answer = exchange(address, HttpQuestion("POST", address.target, sent, body), until, loopback=loopback)
    if HTTPStatus.OK <= answer.status < HTTPStatus.MULTIPLE_CHOICES:
        return SendOutcome(answer.status)
    return SendOutcome(answer.status, SendFailure.REFUSED, retry_after(answer.retry_after, now))


@dataclass(frozen=True, slots=True)
class HttpQuestion:
    """A request to an address that is checked; ``target`` is the path with the query."""

    method: str
    target: str
    headers: Mapping[str, str]
    body: bytes = b""


@dataclass(frozen=True, slots=True)
class HttpAnswer:
    """What was answered.

    Attributes:
        status: of it.
        retry_after: the header of that name.
        body: the first bytes of it; None where it broke off.
    """

    status: int
    retry_after: str | None
    body: bytes | None


def exchange(
    address: WebhookAddress,
    question: HttpQuestion,
    until: float,
    *,
    loopback: bool,
    bytes_read: int = _ANSWER_BYTES_READ,
) -> HttpAnswer:
    """Ask once, at an address that may be asked, follow nothing, and be cut off at an instant.

    Args:
        address: where; its host is resolved here, and what is connected to is what was resolved.
        question: what is sent.
        until: of the monotonic clock.
        loopback: whether this machine is asked.
        bytes_read: of the answer's body at most.

    Raises:
        NotAsked: the host leads into a private network.
        OSError, http.client.HTTPException: there was no answer.
    """
    addresses = address.resolved(loopback=loopback)
    with ExitStack() as opened:
        connected = opened.enter_context(closing(_connected(addresses, address.port, until)))
        if address.is_secure:
            context = ssl.create_default_context()
            wrapped = context.wrap_socket(connected, server_hostname=address.host, do_handshake_on_connect=False)
            connected = opened.enter_context(closing(wrapped))
        opened.enter_context(cut_off(lambda: connected, until))
        if isinstance(connected, ssl.SSLSocket):
            connected.do_handshake()
        of_scheme = http.client.HTTPSConnection if address.is_secure else http.client.HTTPConnection  # names its port
        connection = of_scheme(address.host, address.port)
        connection.sock = connected
        sent = {"User-Agent": "usufruct", "Connection": "close", **question.headers}
        connection.request(question.method, question.target, question.body or None, sent)
        response = opened.enter_context(closing(connection.getresponse()))
        if time.monotonic() >= until:  # cut off within its head, which then looks as if it were whole
            raise TimeoutError
        body: bytes | None = None
        with suppress(OSError, http.client.HTTPException):  # so that the receiver is not cut off; it says nothing
            body = response.read(bytes_read)
        return HttpAnswer(response.status, response.getheader("Retry-After"), body)


def _connected(addresses: list[str], port: int, until: float) -> socket.socket:
    """Connect to the first address that answers."""
    failed: OSError = ConnectionRefusedError()
    for address in addresses:
        try:
            return socket.create_connection((address, port), timeout=max(0.1, until - time.monotonic()))
        except OSError as error:
            failed = error
    raise failed
