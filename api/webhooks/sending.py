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
    addresses = address.resolved(loopback=loopback)
    with ExitStack() as opened:
        connected = opened.enter_context(closing(_connected(addresses, address.port, until)))
        if address.is_secure:
            context = ssl.create_default_context()
            wrapped = context.wrap_socket(connected, server_hostname=address.host, do_handshake_on_connect=False)
            connected = opened.enter_context(closing(wrapped))
        opened.enter_context(cut_off(connected, until))
        if isinstance(connected, ssl.SSLSocket):
            connected.do_handshake()
        of_scheme = http.client.HTTPSConnection if address.is_secure else http.client.HTTPConnection  # names its port
        connection = of_scheme(address.host, address.port)
        connection.sock = connected
        sent = {"Content-Type": "application/json", "User-Agent": "usufruct", "Connection": "close", **headers}
        connection.request("POST", address.target, body, sent)
        response = opened.enter_context(closing(connection.getresponse()))
        if time.monotonic() >= until:  # cut off within its head, which then looks as if it were whole
            raise TimeoutError
        with suppress(OSError, http.client.HTTPException):  # so that the receiver is not cut off; it says nothing
            response.read(_ANSWER_BYTES_READ)
        if HTTPStatus.OK <= response.status < HTTPStatus.MULTIPLE_CHOICES:
            return SendOutcome(response.status)
        asked = retry_after(response.getheader("Retry-After"), now)
        return SendOutcome(response.status, SendFailure.REFUSED, asked)


def _connected(addresses: list[str], port: int, until: float) -> socket.socket:
    """Connect to the first address that answers."""
    failed: OSError = ConnectionRefusedError()
    for address in addresses:
        try:
            return socket.create_connection((address, port), timeout=max(0.1, until - time.monotonic()))
        except OSError as error:
            failed = error
    raise failed
