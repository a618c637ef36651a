"""Included quantity: a quantity that costs nothing, pooled over a window and over registers.

Clause: "The fee includes 176 hours for each of the three machines, pooled over two months; unused hours, at most 50,
are carried into the next two months."
"""

from decimal import Decimal
from typing import Annotated

from pydantic import Field

from contracts.proration import Proration, share
from contracts.rated_usage import CarriedState, Usage, in_unit
from contracts.schedule import Per
from quantities.arithmetic import added, product
from quantities.document import YesOrNo
from quantities.names import UnitSymbol
from quantities.number import plain, trimmed
from quantities.quantity import Magnitude
from quantities.terms import Terms


class Included(Terms):
    """The quantity that is subtracted from a use before it is priced.

    Attributes:
        quantity: in ``unit``, for a whole window; for each register where ``each_register`` is set.
        unit: any unit in which the use can be expressed.
        per: the window; all of the quantity can be used from its first day on.
        each_register: whether the quantity is multiplied by the number of registers; all of them draw on the sum.
        carry_forward: the most that the next window may add from what this one leaves unused.
        proration: how much of it a part of a window has.
    """

    quantity: Annotated[Magnitude, Field(ge=0)]
    unit: UnitSymbol
    per: Per = Per.PERIOD
    each_register: YesOrNo = False
    carry_forward: Annotated[Magnitude, Field(ge=0)] = Decimal(0)
    proration: Proration = Proration.CALENDAR_DAYS

    def allowance(self, usage: Usage, registers: int = 1) -> Decimal:
        """Compute what the window includes, what the window before has left added."""
        own = product(self.quantity, Decimal(registers if self.each_register else 1))
        return added((product(own, share(usage.window(self.per), self.proration)), self._left(usage)))

    def free_quantity(self, usage: Usage, registers: int = 1) -> Decimal:
        """Compute how much of a stretch's use is included, in ``unit``.

        Raises:
            IncompatibleUnit: the use measures something else.
            NegativeUse: the use is below zero.
        """
        rest = added((self.allowance(usage, registers), -self._used(usage)))
        return min(in_unit(usage, self.unit), max(Decimal(0), rest))

    def close(self, usage: Usage, registers: int = 1) -> CarriedState:
        """Carry the window's use and, where the window ends, the unused quantity that the next one may use."""
        if not self.carry_forward and usage.closes(self.per):
            return {}
        used, left = added((self._used(usage), in_unit(usage, self.unit))), self._left(usage)
        if not usage.closes(self.per):
            return usage.window_key(self.per) | {"used": plain(trimmed(used)), "left": plain(trimmed(left))}
        # What the window before has left is used first, and is not carried on.
        own = added((self.allowance(usage, registers), -left))
        unused = max(Decimal(0), added((own, -max(Decimal(0), added((used, -left))))))
        rest = min(self.carry_forward, unused)
        return {"next": plain(trimmed(rest))} if rest else {}

    def _used(self, usage: Usage) -> Decimal:
        return Decimal(usage.carried(self.per).get("used", "0"))

    def _left(self, usage: Usage) -> Decimal:
        return Decimal(usage.carried(self.per).get("left", usage.opening.get("next", "0")))
