"""When work that failed is tried again, and when it no longer is: data, and one function over it."""

from dataclasses import dataclass
from datetime import timedelta

_MINUTE, _HOUR = timedelta(minutes=1), timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class RetryPolicy:
    """How often, and after which waits, work is tried again.

    Attributes:
        waits: after the first failure, the second, and so on; the last one holds for all further ones.
        dead_after: failures after which it is dead; None: it is tried for ever.
    """

    waits: tuple[timedelta, ...]
    dead_after: int | None

    def wait(self, failures: int) -> timedelta | None:
        """Say how long work waits that has failed so often, from 1 on; None: it is dead."""
        if self.dead_after is not None and failures >= self.dead_after:
            return None
        return self.waits[min(failures, len(self.waits)) - 1]


#: A named refusal waits for a fact or a person: readings that are missing, an index value, a statement. It never dies.
REFUSED = RetryPolicy(tuple(minutes * _MINUTE for minutes in (1, 2, 4, 8, 10)), dead_after=None)
#: What nobody foresaw fails as it did before, unless something around it was at fault: over two days.
UNFORESEEN = RetryPolicy((_MINUTE, 5 * _MINUTE, 15 * _MINUTE, _HOUR, 3 * _HOUR, 6 * _HOUR, 12 * _HOUR), dead_after=8)
