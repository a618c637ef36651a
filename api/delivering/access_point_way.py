"""A Peppol access point: documents are posted to it under our own id, and it is asked by that id what became of them.

The contract is ours, JSON over HTTP, and small enough to stand before any provider's interface (docs/delivery.md):

    POST BASE/messages              id, sender, receiver, document_type, process, media_type, sha256, content (base64)
        2xx {"message_id": …}       taken; the same id once more is the same message
        4xx {"detail": …}           not taken (408, 425, 429 and 503: not now)
        all else                    nobody knows: it is asked
    GET  BASE/messages/ID           404: never heard of; else {"message_id", "state", "detail", "response"}
        state                       accepted, delivered or failed
        response                    null, or the receiver's {"code": AB | IP | UQ | CA | RE | AP | PD, "detail"}
"""

import http.client
import json
import socket
import ssl
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any
from urllib.parse import quote

from api.webhooks.address import NotAsked, WebhookAddress
from api.webhooks.sending import HttpAnswer, HttpQuestion, exchange
from billing.delivery.answer import DeliveryAnswer
from billing.delivery.outgoing import Outgoing
from billing.delivery.peppol import message_body, peppol_message
from billing.delivery.way import (
    AskedStatus,
    OutcomeUnknown,
    SendingAttempt,
    SendingFailed,
    SendingReceipt,
    SendingRefused,
)

ACCESS_POINT_S = 60.0
_ANSWER_BYTES = 64 << 10
_NOT_NOW = frozenset(
    {
        HTTPStatus.REQUEST_TIMEOUT,
        HTTPStatus.TOO_EARLY,
        HTTPStatus.TOO_MANY_REQUESTS,
        HTTPStatus.SERVICE_UNAVAILABLE,
    }
)
#: What fails before a byte of the document has left.
_NOT_CONNECTED = (NotAsked, socket.gaierror, ConnectionRefusedError, ssl.SSLCertVerificationError)


@dataclass(frozen=True, slots=True)
class AccessPoint:
    """Where an access point is asked.

    Attributes:
        url: what ``/messages`` is appended to; https on the internet.
        token: by which it knows us; empty: by nothing.
        loopback: whether this machine is asked, over http too.
    """

    url: str
    token: str = field(default="", repr=False)
    loopback: bool = False


class AccessPointWay:
    """Documents through an access point."""

    def __init__(self, access_point: AccessPoint, within_s: float = ACCESS_POINT_S) -> None:
        """Ask an access point, within so many seconds a question."""
        self._access_point, self._within_s = access_point, within_s

    def send(self, outgoing: Outgoing, to: tuple[str, ...], attempt: SendingAttempt) -> SendingReceipt:
        """Post a document.

        Raises:
            SendingFailed, SendingRefused, OutcomeUnknown: it was not taken, or nobody knows.
        """
        body = message_body(outgoing, peppol_message(outgoing, to[0]), attempt)
        try:
            answer = self._ask("POST", "/messages", body)
        except _NOT_CONNECTED as broken:
            raise SendingFailed(f"the access point is not reached: {broken}") from broken
        except (OSError, http.client.HTTPException) as broken:
            raise OutcomeUnknown(f"the access point did not say whether it took {attempt.key}: {broken}") from broken
        told = _told(answer)
        if HTTPStatus.OK <= answer.status < HTTPStatus.MULTIPLE_CHOICES and "message_id" in told:
            return SendingReceipt("access point", str(told["message_id"])[:200], str(told.get("detail") or ""))
        detail = f"the access point answered {answer.status} {told.get('detail') or ''}".strip()
        if answer.status in _NOT_NOW:
            raise SendingFailed(detail)
        if HTTPStatus.BAD_REQUEST <= answer.status < HTTPStatus.INTERNAL_SERVER_ERROR:
            raise SendingRefused(detail)
        raise OutcomeUnknown(f"{detail} to {attempt.key}")

    def ask(self, attempt: SendingAttempt) -> AskedStatus:
        """Ask what became of an attempt.

        Raises:
            SendingFailed: there is no answer that says it.
        """
        try:
            answer = self._ask("GET", f"/messages/{quote(attempt.key, safe='')}")
        except (OSError, http.client.HTTPException) as broken:
            raise SendingFailed(f"the access point does not answer: {broken}") from broken
        if answer.status == HTTPStatus.NOT_FOUND:
            return AskedStatus(None, detail="the access point never heard of it")
        told = _told(answer)
        if answer.status != HTTPStatus.OK or "message_id" not in told:
            raise SendingFailed(f"the access point answered {answer.status}")
        detail, response = str(told.get("detail") or ""), told.get("response")
        response = response if isinstance(response, dict) else {}
        return AskedStatus(
            receipt=SendingReceipt("access point", str(told["message_id"])[:200]),
            failure=(detail or "not handed over") if told.get("state") == "failed" else "",
            answer=_answer(response.get("code")),
            detail=str(response.get("detail") or detail),
        )

    def _ask(self, method: str, path: str, body: bytes = b"") -> HttpAnswer:
        point = self._access_point
        address = WebhookAddress.of(point.url.rstrip("/") + path, loopback=point.loopback)
        headers = {"Accept": "application/json"}
        if body:
            headers["Content-Type"] = "application/json"
        if point.token:
            headers["Authorization"] = f"Bearer {point.token}"
        until = time.monotonic() + self._within_s
        question = HttpQuestion(method, address.target, headers, body)
        return exchange(address, question, until, loopback=point.loopback, bytes_read=_ANSWER_BYTES)


def _told(answer: HttpAnswer) -> Mapping[str, Any]:
    """Read the members of an answer in JSON; none of any other answer."""
    try:
        told = json.loads(answer.body or b"")
    except ValueError:
        return {}
    return told if isinstance(told, dict) else {}


def _answer(code: object) -> DeliveryAnswer | None:
    known = {answer.value: answer for answer in DeliveryAnswer}
    return known.get(str(code))
