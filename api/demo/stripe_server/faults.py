"""What goes wrong on command."""

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum


class GatewayFault(StrEnum):
    """What is wrong with the answer to one request.

    ``…_before``: nothing is done. ``…_after``: it is done, and whoever asked does not hear of it. ``error_…`` is a 500,
    kept for its key as every answer is. ``silent_…`` says nothing until whoever asked gives up; ``cut_…`` closes the
    connection at once. ``garbled_after`` is a success that is no JSON. ``held`` waits for ``StripeServer.release``.
    """

    SILENT_BEFORE = "silent_before"
    SILENT_AFTER = "silent_after"
    CUT_BEFORE = "cut_before"
    CUT_AFTER = "cut_after"
    RATE_LIMITED = "rate_limited"
    ERROR_BEFORE = "error_before"
    ERROR_AFTER = "error_after"
    UNAVAILABLE = "unavailable"
    GARBLED_AFTER = "garbled_after"
    HELD = "held"


#: With these nothing is done.
BEFORE = frozenset(
    {
        GatewayFault.SILENT_BEFORE,
        GatewayFault.CUT_BEFORE,
        GatewayFault.RATE_LIMITED,
        GatewayFault.ERROR_BEFORE,
        GatewayFault.UNAVAILABLE,
    }
)


@dataclass
class _Ordered:
    fault: GatewayFault
    operation: str


class Faults:
    """Which requests go wrong, in the order in which they come."""

    def __init__(self) -> None:
        self._ordered: list[_Ordered] = []

    def next(self, fault: GatewayFault, operation: str = "", times: int = 1) -> None:
        """Let the next requests go wrong.

        Args:
            fault: how.
            operation: how the operation begins, as ``POST /v1/refunds``; empty: whichever comes.
            times: how many of them.
        """
        self._ordered += [_Ordered(fault, operation) for _ in range(times)]

    def of(self, operation: str) -> GatewayFault | None:
        """Say what goes wrong with this request, which is then over; None where nothing does."""
        met = next(self._matching(operation), None)
        if met is not None:
            self._ordered.remove(met)
        return met.fault if met else None

    @property
    def left(self) -> int:
        """How many requests are still to go wrong."""
        return len(self._ordered)

    def _matching(self, operation: str) -> Iterator[_Ordered]:
        return (one for one in self._ordered if operation.startswith(one.operation))
