"""Included quantity: a quantity that costs nothing, pooled over a window and over registers.

Clause: "The fee includes 176 hours for each of the three machines, pooled over two months; unused hours, at most 50,
are carried into the next two months."
Clause: "Unused hours, at most 40 of a month, may be used in the three months that follow, the oldest first; never more
than 60 are kept."
Clause: "The pool of a month is 100 hours for each machine in the contract; for one that comes or goes, by its days."
"""

from collections.abc import Sequence
from decimal import Decimal
from enum import StrEnum
from fractions import Fraction
from typing import Annotated, Any, Literal, Self

from pydantic import Field, model_validator

from contracts.carried_state import KnownState, StateReader
from contracts.proration import Proration, window_share
from contracts.rated_usage import CarriedState, MachineDays, Usage, exactly
from contracts.schedule import BillingPeriod, Per
from quantities.arithmetic import product
from quantities.document import WholeNumber, YesOrNo
from quantities.exact import Exact, exact_number, exact_text, scaled, subtracted, total
from quantities.names import UnitSymbol
from quantities.number import plain
from quantities.quantity import Magnitude
from quantities.terms import Terms

#: How a state of it is told from those of rules.
_KIND = "included"
_ARITHMETICS = frozenset({1, 2})
_ZERO = Decimal(0)


class EachMachine(StrEnum):
    """What a quantity is included for: each ``asset`` of the contract, or each ``register`` of the charge's use."""

    ASSET = "asset"
    REGISTER = "register"


class Included(Terms):
    """The quantity that is subtracted from a use before it is priced.

    Attributes:
        quantity: in ``unit``, for a whole window; for each register where ``each_register`` is set.
        unit: any unit in which the use can be expressed.
        per: the window; all of the quantity can be used from its first day on.
        each_register: whether the quantity is multiplied by the number of registers; all of them draw on the sum.
        by_machine: (``each``) what the quantity is meant for, by the days on which it is in the contract; all draw on
            the sum. Where one comes or goes within a window, the pool follows.
        carry_forward: the most that the windows after it may add from what one leaves unused.
        carry_forward_windows: in how many windows after it what a window leaves may be used; then it expires.
        carry_forward_most: the most that all windows together keep for those after them.
        proration: how much of it a part of a window has.
        arithmetic: its number, as of a rule; terms that were stored without one go on with 1.
    """

    quantity: Annotated[Magnitude, Field(ge=0)]
    unit: UnitSymbol
    per: Per = Per.PERIOD
    each_register: YesOrNo = False
    by_machine: Annotated[EachMachine | None, Field(alias="each", exclude_if=lambda machine: machine is None)] = None
    carry_forward: Annotated[Magnitude, Field(ge=0)] = Decimal(0)
    carry_forward_windows: Annotated[WholeNumber, Field(ge=1, le=120, exclude_if=lambda windows: windows == 1)] = 1
    carry_forward_most: Annotated[Magnitude | None, Field(ge=0, exclude_if=lambda most: most is None)] = None
    proration: Proration = Proration.CALENDAR_DAYS
    arithmetic: Literal[1, 2] = 2

    @model_validator(mode="after")
    def _carries_something(self) -> Self:
        if (self.carry_forward_windows > 1 or self.carry_forward_most is not None) and not self.carry_forward:
            raise ValueError("what is carried for some windows, or up to a most, is a part of carry_forward: name it")
        return self

    @model_validator(mode="after")
    def _follows_machines_by_days(self) -> Self:
        if self.by_machine is None:
            return self
        if self.each_register:
            raise ValueError(
                "a quantity for each machine by its days is no quantity for each register: name one of both"
            )
        if self.proration is not Proration.CALENDAR_DAYS or self.per is Per.CONTRACT:
            raise ValueError("machines come and go by days: a window has calendar days, and an end")
        return self

    def open(self, state: CarriedState, usage: Usage) -> CarriedState:
        """Take over the window's use, and what an earlier window has left: in ``unit``, converted exactly.

        Raises:
            UnopenedState: it cannot be taken over; the reason is its class.
        """
        reader = StateReader(
            kind=_KIND,
            kinds=frozenset({_KIND}),
            arithmetics=_ARITHMETICS,
            unit=self.unit,
            windows=(self.per,),
            quantities=frozenset({"used", "left", "next", "quantity", "free"}),
        )
        return reader.opened(state, usage)

    def state(self, usage: Usage, registers: int = 1, machines: int = 1) -> CarriedState:
        """Write what is carried on, so that it knows what it is; empty for nothing."""
        return self.state_of(self.close(usage, registers, machines))

    def state_of(self, values: CarriedState) -> CarriedState:
        """Write values of this included quantity as a state."""
        return KnownState(_KIND, self.arithmetic, self.unit, values, per=self.per.value).written()

    def specimen(self, usage: Usage) -> CarriedState:
        """Make values such as these days would carry on, with sums of zero, and as much left as there may be."""
        if not usage.closes(self.per):
            return usage.window_key(self.per) | self._kept(usage)
        if not self.carry_forward:
            return {}
        if not self._has_lots(usage):
            return {"next": plain(self.carry_forward)}
        return {"lots": [_written(self.carry_forward, self.carry_forward_windows)]}

    def allowance(self, usage: Usage, registers: int = 1, machines: int = 1) -> Exact:
        """Compute what the window includes, what the windows before have left added.

        Args:
            usage: the billed days.
            registers: that count the use.
            machines: of the days that ``each`` is meant for.
        """
        if self.by_machine is not None:
            return total((self._pool(usage, machines), self._left(usage)))
        own = product(self.quantity, Decimal(registers if self.each_register else 1))
        share = window_share(usage.window(self.per), self.proration, self.arithmetic)
        return total((product(own, share), self._left(usage)))

    def free_quantity(self, usage: Usage, registers: int = 1, machines: int = 1) -> Exact:
        """Compute how much of a stretch's use is included, in ``unit``, without rounding.

        It is below zero where a machine has gone, and more was included before than the pool now has.

        Raises:
            IncompatibleUnit: the use measures something else.
            NegativeUse: the use is below zero.
        """
        rest = subtracted(self.allowance(usage, registers, machines), self.drawn(usage))
        return min(exactly(usage, self.unit), rest if self.by_machine is not None else max(_ZERO, rest))

    def drawn(self, usage: Usage) -> Exact:
        """What the window has drawn on the allowance before these days: its use, or what of it was free."""
        if self.by_machine is None:
            return self._used(usage)
        carried = usage.carried(self.per)
        return exact_number(carried.get("free", carried.get("used", "0")))

    def close(self, usage: Usage, registers: int = 1, machines: int = 1) -> CarriedState:
        """Carry the window's use and, where the window ends, the unused quantity that those after it may use."""
        has_lots = self._has_lots(usage)
        if not self.carry_forward and not has_lots and usage.closes(self.per):
            return {}
        used, left = total((self._used(usage), exactly(usage, self.unit))), self._left(usage)
        if not usage.closes(self.per):
            kept: dict[str, Any] = self._kept(usage) if has_lots else {"left": exact_text(left)}
            pool = self._pool_so_far(usage, registers, machines) if self.by_machine is not None else {}
            return usage.window_key(self.per) | {"used": exact_text(used)} | pool | kept
        # What the windows before have left is used first, the oldest before the others.
        own = subtracted(self.allowance(usage, registers, machines), left)
        unused = max(_ZERO, subtracted(own, max(_ZERO, subtracted(used, left))))
        rest = min(self.carry_forward, unused)
        if not has_lots:
            return {"next": exact_text(rest)} if rest else {}
        lots = _kept_on(self._lots(usage), used)
        if self.carry_forward_most is not None:
            room = subtracted(self.carry_forward_most, total([quantity for quantity, _ in lots]))
            rest = min(rest, max(_ZERO, room))
        lots += [(rest, self.carry_forward_windows)] if rest else []
        return {"lots": [_written(*lot) for lot in lots]} if lots else {}

    def _used(self, usage: Usage) -> Exact:
        return exact_number(usage.carried(self.per).get("used", "0"))

    def _pool(self, usage: Usage, machines: int) -> Exact:
        """The quantity for each machine by its days; those that are there now are taken to stay for the window."""
        window, spans = usage.window(self.per), _spans(usage, machines)
        last, stay = spans[-1]
        ahead = window.meet(last.after_last, None)
        spans += [(ahead, stay)] if ahead is not None else []
        days = self._days_before(usage) + _machine_days(usage, window, spans)
        return scaled(self.quantity, Fraction(days, window.days_of_whole))

    def _pool_so_far(self, usage: Usage, registers: int, machines: int) -> dict[str, Any]:
        free, days = self.free_quantity(usage, registers, machines), self._days_before(usage)
        is_piece = usage.piece_of is not None and usage.period.after_last < usage.piece_of.after_last
        if usage.ends_period or (usage.division is None and not is_piece):
            days += _machine_days(usage, usage.window(self.per), _spans(usage, machines))
        return {"free": exact_text(total((self.drawn(usage), free))), "machine_days": str(days)}

    def _days_before(self, usage: Usage) -> int:
        """The days of machines in the billing periods of the window before this one."""
        return int(usage.carried(self.per).get("machine_days", "0"))

    def _left(self, usage: Usage) -> Exact:
        return total([quantity for quantity, _ in self._lots(usage)])

    def _has_lots(self, usage: Usage) -> bool:
        """Whether what is left is told apart by the window that left it: by these terms, or by those before."""
        return self.carry_forward_windows > 1 or self.carry_forward_most is not None or "lots" in usage.opening

    def _kept(self, usage: Usage) -> dict[str, Any]:
        """What earlier windows have left, as it is written within a window; nothing where nothing is left."""
        lots = self._lots(usage)
        if not lots:
            return {}
        if self._has_lots(usage):
            return {"lots": [_written(*lot) for lot in lots]}
        return {"left": exact_text(self._left(usage))}

    def _lots(self, usage: Usage) -> list[tuple[Exact, int]]:
        """What earlier windows have left, oldest first, each with how many windows may use it, this one too."""
        state = usage.carried(self.per) or ({} if "window" in usage.opening else usage.opening)
        if "lots" in state:
            return [(exact_number(lot["quantity"]), int(lot["windows"])) for lot in state["lots"]]
        left = exact_number(state.get("left", usage.opening.get("next", "0")))
        return [(left, 1)] if left else []


def _spans(usage: Usage, machines: int) -> list[MachineDays]:
    """The days of the billing period, with how many machines there are: all of them, known from the first one on."""
    if usage.division is not None and usage.division.machines:
        return list(usage.division.machines)
    return [(usage.period if usage.piece_of is None else usage.piece_of, machines)]


def _machine_days(usage: Usage, window: BillingPeriod, spans: Sequence[MachineDays]) -> int:
    """Count the days of machines within a window, without those of suspensions."""
    met = ((days.meet(window.first, window.after_last), machines) for days, machines in spans)
    paused = usage.life.paused
    return sum(days.without_paused(paused).days * machines for days, machines in met if days is not None)


def _kept_on(lots: Sequence[tuple[Exact, int]], used: Exact) -> list[tuple[Exact, int]]:
    """Take a window's use out of what earlier ones have left, the oldest first; what may not be used again is gone."""
    kept: list[tuple[Exact, int]] = []
    for quantity, windows in lots:
        drawn = min(quantity, used)
        used = subtracted(used, drawn)
        if windows > 1 and quantity > drawn:
            kept.append((subtracted(quantity, drawn), windows - 1))
    return kept


def _written(quantity: Exact, windows: int) -> dict[str, Any]:
    return {"quantity": exact_text(quantity), "windows": str(windows)}
