"""Included quantity: a quantity that costs nothing, pooled over a window and over registers.

Clause: "The fee includes 176 hours for each of the three machines, pooled over two months; unused hours, at most 50,
are carried into the next two months."
"""

from decimal import Decimal
from typing import Annotated, Literal

from pydantic import Field

from contracts.carried_state import KnownState, StateReader, known
from contracts.proration import Proration, window_share
from contracts.rated_usage import CarriedState, Usage, exactly
from contracts.schedule import Per
from quantities.arithmetic import product
from quantities.document import YesOrNo
from quantities.exact import Exact, exact_number, exact_text, subtracted, total
from quantities.names import UnitSymbol
from quantities.number import plain
from quantities.quantity import Magnitude
from quantities.terms import Terms

#: How a state of it is told from those of rules.
_KIND = "included"
_ARITHMETICS = frozenset({1, 2})


class Included(Terms):
    """The quantity that is subtracted from a use before it is priced.

    Attributes:
        quantity: in ``unit``, for a whole window; for each register where ``each_register`` is set.
        unit: any unit in which the use can be expressed.
        per: the window; all of the quantity can be used from its first day on.
        each_register: whether the quantity is multiplied by the number of registers; all of them draw on the sum.
        carry_forward: the most that the next window may add from what this one leaves unused.
        proration: how much of it a part of a window has.
        arithmetic: its number, as of a rule; terms that were stored without one go on with 1.
    """

    quantity: Annotated[Magnitude, Field(ge=0)]
    unit: UnitSymbol
    per: Per = Per.PERIOD
    each_register: YesOrNo = False
    carry_forward: Annotated[Magnitude, Field(ge=0)] = Decimal(0)
    proration: Proration = Proration.CALENDAR_DAYS
    arithmetic: Literal[1, 2] = 2

    def open(self, state: CarriedState, usage: Usage) -> CarriedState:
        """Take over the window's use, and what an earlier window has left: in ``unit``, converted exactly.

        Raises:
            UnopenedState: it cannot be taken over; the reason is its class.
        """
        written = known(state) if state else None
        if written is None:
            return state
        reader = StateReader(
            kind=_KIND,
            kinds=frozenset({_KIND}),
            arithmetics=_ARITHMETICS,
            unit=self.unit,
            windows=(self.per,),
            quantities=frozenset({"used", "left", "next"}),
        )
        return reader.values(written, usage)

    def state(self, usage: Usage, registers: int = 1) -> CarriedState:
        """Write what is carried on, so that it knows what it is; empty for nothing."""
        return self.state_of(self.close(usage, registers))

    def state_of(self, values: CarriedState) -> CarriedState:
        """Write values of this included quantity as a state."""
        return KnownState(_KIND, self.arithmetic, self.unit, values, per=self.per.value).written()

    def specimen(self, usage: Usage) -> CarriedState:
        """Make values such as these days would carry on, with sums of zero, and as much left as there may be."""
        if not usage.closes(self.per):
            left = self._left(usage)
            return usage.window_key(self.per) | ({"left": exact_text(left)} if left else {})
        return {"next": plain(self.carry_forward)} if self.carry_forward else {}

    def allowance(self, usage: Usage, registers: int = 1) -> Exact:
        """Compute what the window includes, what the window before has left added."""
        own = product(self.quantity, Decimal(registers if self.each_register else 1))
        share = window_share(usage.window(self.per), self.proration, self.arithmetic)
        return total((product(own, share), self._left(usage)))

    def free_quantity(self, usage: Usage, registers: int = 1) -> Exact:
        """Compute how much of a stretch's use is included, in ``unit``, without rounding.

        Raises:
            IncompatibleUnit: the use measures something else.
            NegativeUse: the use is below zero.
        """
        rest = subtracted(self.allowance(usage, registers), self._used(usage))
        return min(exactly(usage, self.unit), max(Decimal(0), rest))

    def close(self, usage: Usage, registers: int = 1) -> CarriedState:
        """Carry the window's use and, where the window ends, the unused quantity that the next one may use."""
        if not self.carry_forward and usage.closes(self.per):
            return {}
        used, left = total((self._used(usage), exactly(usage, self.unit))), self._left(usage)
        if not usage.closes(self.per):
            return usage.window_key(self.per) | {"used": exact_text(used), "left": exact_text(left)}
        # What the window before has left is used first, and is not carried on.
        own = subtracted(self.allowance(usage, registers), left)
        unused = max(Decimal(0), subtracted(own, max(Decimal(0), subtracted(used, left))))
        rest = min(self.carry_forward, unused)
        return {"next": exact_text(rest)} if rest else {}

    def _used(self, usage: Usage) -> Exact:
        return exact_number(usage.carried(self.per).get("used", "0"))

    def _left(self, usage: Usage) -> Exact:
        return exact_number(usage.carried(self.per).get("left", usage.opening.get("next", "0")))
