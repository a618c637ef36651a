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
            reset = self._counted.get_window_stats(self._allowed, address).reset_time
            seconds = max(1, math.ceil(reset - time.time()))
            detail = f"at most {self.PER_MINUTE} in {_WINDOW_S} s; try again in {seconds} s"
            raise TooManyRequests(detail, expected=self.PER_MINUTE, retry_after_s=seconds)


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
