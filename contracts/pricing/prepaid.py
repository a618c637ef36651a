"""Prepaid drawdown: what was bought before is used up first, the rest is charged.

Clause: "The customer buys 10,000 kWh for 2,400 EUR, to be used until the end of next year; further kWh cost 0.29 EUR."
"""

from datetime import date
from decimal import Decimal
from typing import Annotated, ClassVar, Literal, Self

from pydantic import Field, model_validator

from contracts.clause import CarriedState, Nature, RatedLine, Rule, Usage, in_unit, lump
from quantities.arithmetic import added, product
from quantities.document import WholeNumber
from quantities.money import Amount
from quantities.names import Name, UnitSymbol
from quantities.number import plain, trimmed
from quantities.quantity import Magnitude
from quantities.terms import Terms

#: What a block costs and what it gives are numbered apart from what is charged.
BOUGHT, DRAWN = 1000, 2000
_ZERO = Decimal(0)


class PrepaidBlock(Terms):
    """What was bought: units, or an amount of money that use is set against.

    Attributes:
        name: unique in the rule.
        units: in the rule's unit.
        amount: of money.
        cost: what is paid for it, in the period in which it is bought; ``amount``, unless it is said.
        bought: from which day on it can be used.
        expires: the first day on which it is gone; never, unless it is said.
        priority: the lower is used first; of equal ones that which expires first.
    """

    prices: ClassVar = ("cost",)

    name: Name
    units: Annotated[Magnitude, Field(gt=0)] | None = None
    amount: Annotated[Amount, Field(gt=0)] | None = None
    cost: Annotated[Amount, Field(ge=0)] | None = None
    bought: date
    expires: date | None = None
    priority: WholeNumber = 0

    @model_validator(mode="after")
    def _holds_together(self) -> Self:
        if (self.units is None) is (self.amount is None):
            raise ValueError("a block is of units or of money: name one")
        if self.units is not None and self.cost is None:
            raise ValueError("a block of units says what it costs")
        if self.expires is not None and self.expires <= self.bought:
            raise ValueError("a block expires after it is bought")
        return self

    @property
    def whole(self) -> Decimal:
        """What it holds when it is bought."""
        return self.units or self.amount or _ZERO


class Prepaid(Rule):
    """So much a unit, as far as nothing is left of what was bought.

    Attributes:
        unit: what is priced.
        unit_price: of what no block covers; with which use is set against money.
        blocks: in any order. One counts in every period that begins before it expires and ends after it is bought.
    """

    prices: ClassVar = ("unit_price",)

    kind: Literal["prepaid"] = "prepaid"
    arithmetic: Literal[1] = 1
    unit: UnitSymbol
    unit_price: Annotated[Amount, Field(ge=0)]
    blocks: Annotated[tuple[PrepaidBlock, ...], Field(min_length=1)]

    @model_validator(mode="after")
    def _names_are_unique(self) -> Self:
        if len({block.name for block in self.blocks}) < len(self.blocks):
            raise ValueError("each block has a name of its own: what is left of it is kept under it")
        return self

    @property
    def is_stateful(self) -> bool:
        """What is left is left of what was."""
        return True

    def rate(self, usage: Usage) -> tuple[RatedLine, ...]:
        """Rate the use of one billing period.

        Args:
            usage: in any unit of the kind of ``unit``.

        Returns:
            What no block covers; each block that is drawn on, units at no price and money taken off; and each that is
            bought in the period.

        Raises:
            IncompatibleUnit: ``usage`` is of another kind.
            NegativeUse: there is less than none to rate.
        """
        used, drawn, _ = self._drawn(usage)
        lines = []
        for at, block in enumerate(self.blocks):
            part = drawn.get(block.name, _ZERO)
            if part and block.units is not None:
                lines.append(RatedLine(DRAWN + at, trimmed(part), self.unit, _ZERO, f"of {block.name}"))
            elif part:
                label = f"set against {block.name}"
                lines.append(lump(DRAWN + at, part.copy_negate(), label, nature=Nature.DEPOSIT))
            if usage.has(block.bought):
                nature = Nature.CONSIDERATION if block.units is not None else Nature.DEPOSIT
                cost = block.whole if block.cost is None else block.cost
                lines.append(lump(BOUGHT + at, cost, block.name, nature=nature))
        return (RatedLine(0, trimmed(used), self.unit, self.unit_price, "charged"), *lines)

    def close(self, usage: Usage) -> CarriedState:
        """Carry what is left of each block."""
        left = self._drawn(usage)[2]
        return {"left": {name: plain(trimmed(rest)) for name, rest in left.items()}} if left else {}

    def _drawn(self, usage: Usage) -> tuple[Decimal, dict[str, Decimal], dict[str, Decimal]]:
        """Use the blocks up: what no units cover, what is drawn of each block, and what is left of each."""
        used, drawn = in_unit(usage, self.unit), {}
        left = {name: Decimal(rest) for name, rest in usage.opening.get("left", {}).items()}
        usable = [block for block in self.blocks if self._usable(block, usage)]
        usable.sort(key=lambda block: (block.priority, block.expires or date.max, block.bought))
        charged = used
        for block in (block for block in usable if block.units is not None):
            has = left.get(block.name, block.whole)
            drawn[block.name] = min(has, charged)
            left[block.name], charged = has - drawn[block.name], charged - drawn[block.name]
        owed = product(charged, self.unit_price)
        for block in (block for block in usable if block.units is None):
            has = left.get(block.name, block.whole)
            drawn[block.name] = min(has, owed)
            left[block.name], owed = added((has, -drawn[block.name])), added((owed, -drawn[block.name]))
        kept = {block.name for block in self.blocks if block.expires is None or block.expires > usage.period.after_last}
        return charged, drawn, {name: rest for name, rest in left.items() if name in kept}

    @staticmethod
    def _usable(block: PrepaidBlock, usage: Usage) -> bool:
        return block.bought < usage.period.after_last and (block.expires is None or block.expires > usage.period.first)
