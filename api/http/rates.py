"""How many requests somebody may send in a minute: counted by identity, whichever keys it holds.

Each process counts for itself, over a sliding minute. Every answer to whoever is known says what is left, in the two
fields of the IETF's draft (``draft-ietf-httpapi-ratelimit-headers``): ``RateLimit-Policy`` and ``RateLimit``.
"""

import math
import time

from limits import RateLimitItemPerMinute
from limits.storage import MemoryStorage
from limits.strategies import SlidingWindowCounterRateLimiter

from api.access.caller import Caller
from api.refusals import TooMany

Headers = list[tuple[bytes, bytes]]
_WINDOW_S = 60


class TooManyRequests(TooMany):
    """The caller has sent more requests in a minute than are let through."""


class LinkRates:
    """The documents that were opened by links in the last minute, by the address that opens them. On one thread."""

    PER_MINUTE = 60

    def __init__(self) -> None:
        self._counted = SlidingWindowCounterRateLimiter(MemoryStorage())
        self._allowed = RateLimitItemPerMinute(self.PER_MINUTE)

    def count(self, address: str) -> None:
        """Count that a document is opened.

        Raises:
            TooManyRequests: the address has opened too many; it says when to come again.
        """
        if not self._counted.hit(self._allowed, address):
            raise _too_many(self._counted, self._allowed, address)


class EventRates:
    """What gateways, or others in their name, have sent in the last minute. On one thread.

    What is not by a gateway is counted by the address that it comes from, and so many are read; what is by one is
    counted by its account. A gateway that is told to come again does.
    """

    WRONG_PER_MINUTE = 60
    PER_MINUTE = 1200

    def __init__(self) -> None:
        self._counted = SlidingWindowCounterRateLimiter(MemoryStorage())
        self._wrong = RateLimitItemPerMinute(self.WRONG_PER_MINUTE, namespace="WRONG")
        self._allowed = RateLimitItemPerMinute(self.PER_MINUTE)

    def admit(self, address: str) -> None:
        """Let something be read.

        Raises:
            TooManyRequests: too much that is by no gateway has come from its address.
        """
        if not self._counted.test(self._wrong, address):
            raise _too_many(self._counted, self._wrong, address)

    def count_wrong(self, address: str) -> None:
        """Count that something came that is by no gateway."""
        self._counted.hit(self._wrong, address)

    def count(self, account: str) -> None:
        """Count an event of an account.

        Raises:
            TooManyRequests: there were too many; it says when to come again.
        """
        if not self._counted.hit(self._allowed, account):
            raise _too_many(self._counted, self._allowed, account)


def _too_many(counted: SlidingWindowCounterRateLimiter, allowed: RateLimitItemPerMinute, who: str) -> TooManyRequests:
    seconds = max(1, math.ceil(counted.get_window_stats(allowed, who).reset_time - time.time()))
    detail = f"at most {allowed.amount} in {_WINDOW_S} s; try again in {seconds} s"
    return TooManyRequests(detail, expected=allowed.amount, retry_after_s=seconds)


class Rates:
    """The requests of the last minute, by identity. It is used on one thread.

    Attributes:
        per_minute: how many requests of one identity are let through; 0: all.
    """

    def __init__(self, per_minute: int) -> None:
        self.per_minute = per_minute
        self._allowed = RateLimitItemPerMinute(max(1, per_minute))
        self._counted = SlidingWindowCounterRateLimiter(MemoryStorage())

    def count(self, caller: Caller) -> Headers:
        """Count a request.

        Returns:
            The headers of its answer.

        Raises:
            TooManyRequests: the caller has sent too many; it says when to come again.
        """
        if not self.per_minute:
            return []
        own = (str(caller.tenant), str(caller.identity))
        is_let_through = self._counted.hit(self._allowed, *own)
        stats = self._counted.get_window_stats(self._allowed, *own)
        seconds = max(1, math.ceil(stats.reset_time - time.time()))
        if not is_let_through:
            detail = f"at most {self.per_minute} in {_WINDOW_S} s; try again in {seconds} s"
            raise TooManyRequests(detail, expected=self.per_minute, retry_after_s=seconds)
        return [
            (b"ratelimit-policy", f'"requests";q={self.per_minute};w={_WINDOW_S}'.encode()),
            (b"ratelimit", f'"requests";r={stats.remaining};t={seconds}'.encode()),
        ]
