"""Included quantity: so much of a use costs nothing, pooled over a window and over a fleet.

Clause: "The fee includes 176 hours for each of the three machines, pooled over two months; unused hours, at most 50,
are carried into the next two months."
"""

from decimal import Decimal
from typing import Annotated

from pydantic import Field

from contracts.clause import CarriedState, Usage, in_unit
from contracts.proration import Proration, share
from contracts.schedule import Per
from quantities.arithmetic import added, product
from quantities.document import YesOrNo
from quantities.names import UnitSymbol
from quantities.number import plain, trimmed
from quantities.quantity import Magnitude
from quantities.terms import Terms


class Included(Terms):
    """What is taken off a use before it is priced.

    Attributes:
        quantity: in ``unit``, for a whole window, and for each register where ``each_register`` says so.
        unit: of the kind of the use.
        per: the window; what is included is there from its first day on, for whoever uses it first.
        each_register: whether it is meant for each register of the charge; all of them use it together.
        carry_forward: how much of what a window leaves unused the next one has on top; none, unless it is said.
        proration: what a part of a window includes.
    """

    quantity: Annotated[Magnitude, Field(ge=0)]
    unit: UnitSymbol
    per: Per = Per.PERIOD
    each_register: YesOrNo = False
    carry_forward: Annotated[Magnitude, Field(ge=0)] = Decimal(0)
    proration: Proration = Proration.CALENDAR_DAYS

    def allowance(self, usage: Usage, registers: int = 1) -> Decimal:
        """Say what the window includes, with what the one before has left."""
        own = product(self.quantity, Decimal(registers if self.each_register else 1))
        return added((product(own, share(usage.window(self.per), self.proration)), self._left(usage)))

    def free(self, usage: Usage, registers: int = 1) -> Decimal:
        """Say how much of a stretch's use costs nothing, in ``unit``.

        Raises:
            IncompatibleUnit: the use is of another kind.
            NegativeUse: there is less than none.
        """
        rest = added((self.allowance(usage, registers), -self._used(usage)))
        return min(in_unit(usage, self.unit), max(Decimal(0), rest))

    def close(self, usage: Usage, registers: int = 1) -> CarriedState:
        """Carry what the window has used, or what it leaves to the next."""
        if not self.carry_forward and usage.closes(self.per):
            return {}
        used, left = added((self._used(usage), in_unit(usage, self.unit))), self._left(usage)
        if not usage.closes(self.per):
            return usage.mark(self.per) | {"used": plain(trimmed(used)), "left": plain(trimmed(left))}
        # What was carried in is used first, and is not carried on.
        own = added((self.allowance(usage, registers), -left))
        unused = max(Decimal(0), added((own, -max(Decimal(0), added((used, -left))))))
        rest = min(self.carry_forward, unused)
        return {"next": plain(trimmed(rest))} if rest else {}

    def _used(self, usage: Usage) -> Decimal:
        return Decimal(usage.carried(self.per).get("used", "0"))

    def _left(self, usage: Usage) -> Decimal:
        return Decimal(usage.carried(self.per).get("left", usage.opening.get("next", "0")))
