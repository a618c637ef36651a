"""Keys of outside issuers: fetched from where the issuer publishes them, and kept.

Only from there: never from an address or a key that a token brings along. What an issuer sends is limited in size and
time, redirects are not followed, and it is asked at most once a minute, however many tokens name a key that it lacks.
"""

import logging
import socket
import ssl
import threading
import time
from collections.abc import Callable
from contextlib import ExitStack, closing
from dataclasses import dataclass, field
from http import HTTPStatus
from http.client import HTTPConnection, HTTPException
from typing import Any
from urllib.parse import SplitResult, urlsplit

from api.access.openid_tokens import IssuerKey, read_keys, strict_json
from api.server.outgoing import cut_off, is_loopback
from quantities.errors import Invalid, Unavailable

log = logging.getLogger(__name__)

ADDRESS_CHARACTERS_MAX = 500
DISCOVERY = "/.well-known/openid-configuration"
_DOCUMENT_BYTES_MAX = 256 << 10
_FETCH_S = 5.0  # for both documents of an issuer, after its name is resolved
_FRESH_S = 3600.0  # a key that the issuer withdraws verifies for so long at most, while the issuer answers
_STALE_S = 24 * 3600.0  # and for so long while it does not
_PAUSE_S = 60.0
_PAUSE_WITHOUT_KEYS_S = 10.0


class UnfitIssuer(Invalid):
    """The address is not one of an issuer."""


class IssuerUnreachable(Unavailable):
    """The issuer's keys cannot be fetched now."""


def as_issuer(address: str) -> str:
    """See that an address can be an issuer's: https, or http on this machine alone; it is compared to the letter.

    Raises:
        UnfitIssuer: it cannot.
    """
    if _parts_of(address) is None:
        expected = "https://host/path without user, query and fragment"
        shown = address[:ADDRESS_CHARACTERS_MAX]
        raise UnfitIssuer(f"{shown!r} is no issuer's address", found=shown, expected=expected)
    return address


def _parts_of(address: str) -> SplitResult | None:
    """The parts of an address that may be asked; None for any other."""
    if len(address) > ADDRESS_CHARACTERS_MAX or not address.isascii() or not address.isprintable() or " " in address:
        return None
    try:
        parts = urlsplit(address)
        port = parts.port
    except ValueError:
        return None
    beside = parts.username or parts.password or parts.query or parts.fragment or port == 0
    if beside or not parts.hostname or "?" in address or "#" in address:
        return None
    is_secure = parts.scheme == "https"
    return parts if is_secure or (parts.scheme == "http" and is_loopback(parts.hostname)) else None


@dataclass(slots=True)
class _Known:
    """What is known of an issuer's keys; times are of the monotonic clock."""

    keys: tuple[IssuerKey, ...] | None = None
    fetched_at: float = 0.0
    tried_at: float | None = None
    lock: threading.Lock = field(default_factory=threading.Lock)

    def has(self, key_id: str | None) -> bool:
        return self.keys is not None and (key_id is None or any(key.id == key_id for key in self.keys))


class IssuerKeys:
    """The keys of issuers, as this process knows them."""

    def __init__(self, *, loopback: bool = False, monotonic: Callable[[], float] = time.monotonic) -> None:
        """Know none.

        Args:
            loopback: whether issuers on this machine are asked, over http too; for tests.
            monotonic: the clock.
        """
        self._loopback, self._monotonic = loopback, monotonic
        self._known: dict[str, _Known] = {}
        self._lock = threading.Lock()

    def of(self, issuer: str, key_id: str | None) -> tuple[IssuerKey, ...]:
        """The keys of an issuer that a tenant has named.

        Args:
            issuer: its address.
            key_id: the key that is looked for: where it is not known, the issuer is asked again.

        Raises:
            IssuerUnreachable: there are none, and the issuer does not answer as it should.
        """
        with self._lock:
            known = self._known.setdefault(issuer, _Known())
        # who has the key already does not wait for an issuer that is slow to name further ones
        if known.lock.acquire(blocking=not known.has(key_id)):
            try:
                if self._is_due(known, key_id):
                    self._fetch(issuer, known)
            finally:
                known.lock.release()
        if known.keys is None or self._monotonic() - known.fetched_at > _STALE_S:
            raise IssuerUnreachable
        return known.keys

    def _is_due(self, known: _Known, key_id: str | None) -> bool:
        now = self._monotonic()
        pause = _PAUSE_WITHOUT_KEYS_S if known.keys is None else _PAUSE_S
        if known.tried_at is not None and now - known.tried_at < pause:
            return False
        return not known.has(key_id) or now - known.fetched_at > _FRESH_S

    def _fetch(self, issuer: str, known: _Known) -> None:
        known.tried_at = self._monotonic()
        try:
            known.keys = self._published(issuer)
            known.fetched_at = self._monotonic()
        except (OSError, HTTPException, ValueError, RecursionError) as error:
            log.warning("the keys of the issuer %s cannot be fetched: %s", issuer, type(error).__name__)

    def _published(self, issuer: str) -> tuple[IssuerKey, ...]:
        """Fetch the keys; any way in which the documents are not as they should be is a ``ValueError``."""
        until = time.monotonic() + _FETCH_S
        described = self._document(issuer.removesuffix("/") + DISCOVERY, until)
        if described.get("issuer") != issuer:
            raise ValueError("the document is of another issuer")
        address = described.get("jwks_uri")
        if not isinstance(address, str) or urlsplit(address).scheme != urlsplit(issuer).scheme:
            raise ValueError("the document names no keys")
        keys = self._document(address, until).get("keys")
        if not isinstance(keys, list):
            raise ValueError("there are no keys")  # noqa: TRY004 caught with what else is malformed
        return read_keys(keys)

    def _document(self, address: str, until: float) -> dict[str, Any]:
        parts = _parts_of(address)
        if parts is None or not parts.hostname or (is_loopback(parts.hostname) and not self._loopback):
            raise ValueError("the address is not asked")
        read = strict_json(_get(parts, parts.hostname, until))
        if not isinstance(read, dict):
            raise ValueError("no object")  # noqa: TRY004 caught with what else is malformed
        return read


def _get(parts: SplitResult, host: str, until: float) -> bytes:
    """Get a document in limited time and size.

    Raises:
        OSError, HTTPException, ValueError: it cannot be had so.
    """
    is_secure = parts.scheme == "https"
    port = parts.port or (443 if is_secure else 80)
    with ExitStack() as opened:
        connected = opened.enter_context(
            closing(socket.create_connection((host, port), timeout=max(0.1, until - time.monotonic())))
        )
        if is_secure:
            context = ssl.create_default_context()
            wrapped = context.wrap_socket(connected, server_hostname=host, do_handshake_on_connect=False)
            connected = opened.enter_context(closing(wrapped))
        opened.enter_context(cut_off(lambda: connected, until))
        if isinstance(connected, ssl.SSLSocket):
            connected.do_handshake()
        connection = HTTPConnection(host, port)
        connection.sock = connected
        connection.request("GET", parts.path or "/", headers={"Accept": "application/json", "Connection": "close"})
        response = connection.getresponse()
        if response.status != HTTPStatus.OK:
            raise ValueError(f"the answer is {response.status}")
        body = response.read(_DOCUMENT_BYTES_MAX + 1)
    if len(body) > _DOCUMENT_BYTES_MAX:
        raise ValueError("the document is too large")
    return body
