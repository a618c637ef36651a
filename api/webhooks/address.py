"""Where a webhook may send to: https anywhere on the internet, and this machine only where a setting says so."""

import socket
from dataclasses import dataclass
from typing import Self
from urllib.parse import urlsplit

from api.server.outgoing import is_loopback, is_public
from quantities.errors import Invalid

ADDRESS_CHARACTERS_MAX = 500
_EXPECTED = "https://host/path on the internet, without user and fragment"


class UnfitWebhookAddress(Invalid):
    """The address is not one that a webhook sends to."""


class NotAsked(OSError):
    """The host is none that a webhook sends to: it leads into a private network."""


@dataclass(frozen=True, slots=True)
class WebhookAddress:
    """A web address in its parts; ``target`` is its path with the query."""

    host: str
    port: int
    target: str
    is_secure: bool

    @classmethod
    def of(cls, url: str, *, loopback: bool) -> Self:
        """Read an address.

        Args:
            url: as it was given.
            loopback: whether this machine may be asked, over http too.

        Raises:
            UnfitWebhookAddress: nothing is sent there.
        """
        address = cls._parsed(url)
        if address is None or not address.is_fit(loopback=loopback):
            raise UnfitWebhookAddress(
                f"{url[:ADDRESS_CHARACTERS_MAX]!r} is no address of a webhook",
                found=url[:ADDRESS_CHARACTERS_MAX],
                expected=_EXPECTED,
            )
        return address

    @classmethod
    def _parsed(cls, url: str) -> Self | None:
        if len(url) > ADDRESS_CHARACTERS_MAX or not url.isascii() or not url.isprintable() or " " in url:
            return None
        try:
            parts = urlsplit(url)
            port = parts.port
        except ValueError:
            return None
        beside = parts.username is not None or parts.password is not None or "#" in url or "\\" in url or port == 0
        if beside or not parts.hostname or parts.scheme not in {"https", "http"}:
            return None
        is_secure = parts.scheme == "https"
        target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
        return cls(parts.hostname, port or (443 if is_secure else 80), target, is_secure)

    def is_fit(self, *, loopback: bool) -> bool:
        """Whether it may be sent to, as far as its letters tell; ``resolved`` tells the rest."""
        if is_loopback(self.host):
            return loopback
        is_a_number = self.host.replace(".", "").isdigit() or ":" in self.host
        return self.is_secure and (not is_a_number or is_public(self.host))

    def resolved(self, *, loopback: bool) -> list[str]:
        """The addresses of its host, each of which may be asked; what is connected to is one of these, and no name.

        Raises:
            NotAsked: one of them lies in a private network, or on this machine without the setting.
            OSError: the name is not known.
        """
        told = socket.getaddrinfo(self.host, self.port, type=socket.SOCK_STREAM)
        addresses = list(dict.fromkeys(str(known[4][0]) for known in told))
        for address in addresses:
            if not (is_public(address) or (loopback and is_loopback(address) and is_loopback(self.host))):
                raise NotAsked
        return addresses
