"""Prepaid drawdown: use is first taken from what was bought before, the rest is charged.

Clause: "The customer buys 10,000 kWh for 2,400 EUR, to be used until the end of next year; further kWh cost 0.29 EUR."
"""

from datetime import date
from decimal import Decimal
from typing import Annotated, ClassVar, Literal, Self

from pydantic import Field, model_validator

from contracts.clause import Rule
from contracts.rated_line import Nature, RatedLine, lump
from contracts.rated_usage import CarriedState, Usage, in_unit
from quantities.arithmetic import added, product
from quantities.document import WholeNumber
from quantities.money import Amount
from quantities.names import Name, UnitSymbol
from quantities.number import plain, trimmed
from quantities.quantity import Magnitude
from quantities.terms import Terms

#: Part numbers of the lines of bought blocks, and of the lines drawn from them, apart from those that are charged.
BOUGHT, DRAWN = 1000, 2000
_ZERO = Decimal(0)


class PrepaidBlock(Terms):
    """A prepaid block: units, or an amount of money from which use is paid.

    Attributes:
        name: unique in the rule.
        units: in the rule's unit.
        amount: of money.
        cost: what is paid for it, in the period in which it is bought; without it, ``amount``.
        bought: the first day on which it can be used.
        expires: the first day on which it cannot be used any more; without it, it does not expire.
        priority: a lower number is used first; of equal numbers the block that expires first.
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
        """Its units or its money when it is bought."""
        return self.units or self.amount or _ZERO


class Prepaid(Rule):
    """A price per unit of the use that no prepaid block covers.

    Attributes:
        unit: of the priced quantity.
        unit_price: of use that no block covers, and of use that is paid from a block of money.
        blocks: in any order. A block counts in every period that begins before it expires and ends after it is bought.
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
        """What is left of a block depends on the periods before."""
        return True

    def rate(self, usage: Usage) -> tuple[RatedLine, ...]:
        """Rate the use of one billing period.

        Args:
            usage: in any unit of the kind of ``unit``.

        Returns:
            A line for the use that no block covers; one for every block that is drawn on: units at a price of zero,
            money as a negative amount; and one for every block that is bought in the period.

        Raises:
            IncompatibleUnit: ``usage`` measures something else.
            NegativeUse: the quantity is below zero.
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
        """Carry the rest of every block."""
        left = self._drawn(usage)[2]
        return {"left": {name: plain(trimmed(rest)) for name, rest in left.items()}} if left else {}

    def _drawn(self, usage: Usage) -> tuple[Decimal, dict[str, Decimal], dict[str, Decimal]]:
        """Draw on the blocks: the units that no block of units covers, the draws by block, and the rests by block."""
        used, drawn = in_unit(usage, self.unit), {}
        left = {name: Decimal(rest) for name, rest in usage.opening.get("left", {}).items()}
        usable = [block for block in self.blocks if self._usable(block, usage)]
        usable.sort(key=lambda block: (block.priority, block.expires or date.max, block.bought))
        charged = used
        for block in (block for block in usable if block.units is not None):
            rest = left.get(block.name, block.whole)
            drawn[block.name] = min(rest, charged)
            left[block.name], charged = rest - drawn[block.name], charged - drawn[block.name]
        owed = product(charged, self.unit_price)
        for block in (block for block in usable if block.units is None):
            rest = left.get(block.name, block.whole)
            drawn[block.name] = min(rest, owed)
            left[block.name], owed = added((rest, -drawn[block.name])), added((owed, -drawn[block.name]))
        kept = {block.name for block in self.blocks if block.expires is None or block.expires > usage.period.after_last}
        return charged, drawn, {name: rest for name, rest in left.items() if name in kept}

    @staticmethod
    def _usable(block: PrepaidBlock, usage: Usage) -> bool:
        return block.bought < usage.period.after_last and (block.expires is None or block.expires > usage.period.first)
