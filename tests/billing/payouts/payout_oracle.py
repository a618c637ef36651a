"""What a payee is owed, kept day by day in a book of tranches: written from docs/payouts.md, shares no code with it.

Amounts are whole minor units. Money that a customer pays is a tranche with its day; what is taken back takes the newest
first. Of each document the part of the payee goes with what is paid of it.
"""

from dataclasses import dataclass, field
from fractions import Fraction


def half_up(value: Fraction) -> int:
    """Round to a whole unit; a half away from zero."""
    doubled = abs(value) * 2
    rounded = (doubled.numerator + doubled.denominator) // (2 * doubled.denominator)
    return rounded if value >= 0 else -rounded


@dataclass
class BookedDocument:
    """A customer's document, and the parts of the payee in it (below zero: commission)."""

    gross: int
    parts: list[int]
    day: int
    wait: int = 0
    reserve_percent: Fraction = Fraction(0)
    reserve_days: int = 0
    tranches: list[tuple[int, int]] = field(default_factory=list)  # the oldest first

    def pays(self, day: int, amount: int) -> None:
        if amount > 0:
            self.tranches.append((day, amount))
            return
        back = -amount
        while back:
            paid_on, newest = self.tranches.pop()
            if newest > back:
                self.tranches.append((paid_on, newest - back))
                back = 0
            else:
                back -= newest

    def paid(self, until: int | None = None) -> int:
        return sum(amount for day, amount in self.tranches if until is None or day <= until)

    @property
    def is_at_once(self) -> bool:
        return self.gross <= 0 or sum(self.parts) < 0

    def of_part(self, part: int, paid: int) -> int:
        return half_up(Fraction(part * paid, self.gross))

    def stands(self, part: int, today: int) -> tuple[int, int]:
        """What of a part is owed by now, and what of that may be paid now."""
        if today < self.day:
            return 0, 0
        if self.is_at_once:
            return part, part
        owed = self.of_part(part, self.paid())
        waits = owed - self.of_part(part, self.paid(today - self.wait))
        young = owed - self.of_part(part, self.paid(today - self.reserve_days))
        kept = half_up(young * self.reserve_percent / 100)
        return owed, owed - max(waits, kept, key=abs)
