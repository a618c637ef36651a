"""The evidence of a site's registers: how many readings there were, and what they come to."""

from collections.abc import Sequence
from datetime import timedelta
from decimal import Decimal
from typing import Protocol

from metering.consumption.use import Use
from metering.fleet.meter import Register, RegisterKind
from quantities.arithmetic import added, quotient
from quantities.period import Period


class CountedCell(Protocol):
    """What a register counted in some time: its value, None where there is none, and the number of its readings."""

    @property
    def value(self) -> Decimal | None:
        """None if nothing was read."""

    @property
    def count(self) -> int:
        """Number of readings."""

    @property
    def estimated(self) -> int:
        """Number of estimates among them."""

    @property
    def questionable(self) -> int:
        """Number of those that may not be billed until a person has released them."""


def evidence_of_cells(register: Register, cells: Sequence[CountedCell], period: Period) -> Use:
    """The evidence of a register: the number of its readings and the sum of its rows, or of a level their mean.

    A value read at an instant holds until the next reading, so the evidence of such a register begins a day before.
    """
    ahead = timedelta(days=1) if register.at_instants else timedelta()
    known = [cell.value for cell in cells if cell.value is not None]
    total = added(known)
    if register.kind is RegisterKind.INSTANTANEOUS and known:
        total = quotient(total, Decimal(len(known)))
    return Use(
        quantity=total,
        count=sum(cell.count for cell in cells),
        total=total,
        estimated=sum(cell.estimated for cell in cells),
        first=period.start - ahead,
        last=period.end,
        batch=0,
        questionable=sum(cell.questionable for cell in cells),
    )
