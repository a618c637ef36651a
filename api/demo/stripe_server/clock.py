"""The clock of the Stripe of our own: it stands until a test moves it, and what falls due by then happens."""

import itertools
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

STARTS = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)


class GatewayClock:
    """Seconds since 1970, and what is to happen at which of them."""

    def __init__(self, starts: datetime = STARTS) -> None:
        self.seconds = int(starts.timestamp())
        self._waiting: list[tuple[int, int, Callable[[], None]]] = []
        self._order = itertools.count()

    @property
    def now(self) -> datetime:
        """The instant at which the clock stands."""
        return datetime.fromtimestamp(self.seconds, UTC)

    def at(self, seconds: int, happens: Callable[[], None]) -> None:
        """Let something happen once the clock comes to an instant."""
        self._waiting.append((seconds, next(self._order), happens))

    def move(self, by: timedelta) -> None:
        """Go on; what falls due happens in its order, at its own time."""
        ends = self.seconds + int(by.total_seconds())
        while due := sorted(entry[:2] for entry in self._waiting if entry[0] <= ends):
            first = next(entry for entry in self._waiting if entry[:2] == due[0])
            self._waiting.remove(first)
            self.seconds = max(self.seconds, first[0])
            first[2]()
        self.seconds = ends
