"""When a delivery that failed is tried again: the schedule of Standard Webhooks, spread a little. All pure."""

from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime

#: Between two attempts. The first is made at once; after the last, three days and a bit later, a delivery is dead.
WAITS = tuple(
    timedelta(seconds=seconds)
    for seconds in (5, 5 * 60, 30 * 60, 2 * 3600, 5 * 3600, 10 * 3600, 14 * 3600, 20 * 3600, 24 * 3600)
)
ATTEMPTS_MAX = len(WAITS) + 1
#: The longest that a receiver may ask for, so that none keeps its deliveries for ever.
ASKED_MAX = timedelta(hours=24)
_SPREAD = 0.2


def wait_after(attempts: int, jitter: float, asked: timedelta | None = None) -> timedelta | None:
    """How long to wait after an attempt that failed.

    Args:
        attempts: made so far, from 1 on.
        jitter: from 0 to 1: so much of a fifth is added, so that what failed together does not come back together.
        asked: what the receiver asked for (``Retry-After``); a longer wait of the schedule stays.

    Returns:
        None after the last attempt.
    """
    if attempts >= ATTEMPTS_MAX:
        return None
    return max(WAITS[attempts - 1] * (1 + _SPREAD * jitter), min(asked or timedelta(0), ASKED_MAX))


def retry_after(header: str | None, now: datetime) -> timedelta | None:
    """What a header ``Retry-After`` asks for: seconds, or the time from now to an instant (RFC 9110, 10.2.3).

    Returns:
        None where there is none, or none that can be read.
    """
    if header is None:
        return None
    if header.strip().isascii() and header.strip().isdigit():
        return timedelta(seconds=min(int(header), int(ASKED_MAX.total_seconds())))
    try:
        instant = parsedate_to_datetime(header)
    except ValueError:
        return None
    return max(timedelta(0), (instant if instant.tzinfo else instant.replace(tzinfo=UTC)) - now)
