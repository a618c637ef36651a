"""What the product asks of others over the network: where it connects to, and for how long at most."""

import ipaddress
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress

#: Of IPv6, what may be anybody's; the rest is a machine's or a house's own, or leads to IPv4 by another way.
_GLOBAL_IPV6 = ipaddress.IPv6Network("2000::/3")
_LEADS_TO_IPV4 = (ipaddress.IPv6Network("2001::/32"), ipaddress.IPv6Network("2002::/16"))


def is_loopback(host: str) -> bool:
    """Whether a host is this machine itself."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def is_public(address: str) -> bool:
    """Whether an address is of the internet: no machine's own, no house's own, nobody's and not everybody's."""
    try:
        parsed = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return False
    if isinstance(parsed, ipaddress.IPv6Address):
        leads = any(parsed in network for network in _LEADS_TO_IPV4)
        return parsed in _GLOBAL_IPV6 and parsed.is_global and not leads
    return parsed.is_global and not parsed.is_multicast


@contextmanager
def cut_off(connected: Callable[[], socket.socket | None], until: float) -> Iterator[None]:
    """Cut a connection off at an instant: the limit of a socket is for one step alone, and there may be many.

    Args:
        connected: tells the connection as it is then, which may wrap another one, as TLS does; None: there is none.
        until: of the monotonic clock.
    """

    def cut() -> None:
        with suppress(OSError):
            if (now := connected()) is not None:
                socket.socket.shutdown(now, socket.SHUT_RDWR)

    timer = threading.Timer(max(0.0, until - time.monotonic()), cut)
    timer.daemon = True
    timer.start()
    try:
        yield
    finally:
        timer.cancel()
