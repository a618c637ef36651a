"""Prepaid drawdown: use is first taken from what was bought before, the rest is charged.

Clause: "The customer buys 10,000 kWh for 2,400 EUR, to be used until the end of next year; further kWh cost 0.29 EUR."
"""

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from fractions import Fraction
from typing import Annotated, ClassVar, Literal, Self

from pydantic import Field, model_validator

from contracts.carried_state import StateLeftOver
from contracts.clause import Rule
from contracts.rated_line import Nature, RatedLine, lump
from contracts.rated_usage import CarriedState, Usage, exactly
from quantities.arithmetic import product
from quantities.document import WholeNumber
from quantities.exact import Exact, exact_number, exact_text, rounded, settled, subtracted
from quantities.money import Amount
from quantities.names import Name, UnitSymbol
from quantities.number import trimmed
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
        bought: the first day on which it can be used. One that is bought before the contract's start is there at the
            start, and paid for with the first period.
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
    carried_quantities: ClassVar = frozenset({"left"})

    kind: Literal["prepaid"] = "prepaid"
    arithmetic: Literal[1, 2, 3] = 3
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

    @property
    def carries_money(self) -> bool:
        """Whether one of its blocks is of money."""
        return any(block.amount is not None for block in self.blocks)

    def specimen(self, usage: Usage) -> CarriedState:
        """Whole blocks: those that are bought and have not expired."""
        usable = [block for block in self.blocks if self._usable(block, usage) and self._outlasts(block, usage)]
        return self._written({block.name: block.whole for block in usable})

    def open(self, state: CarriedState, usage: Usage) -> CarriedState:
        """Take over the rest of every block.

        Raises:
            StateLeftOver: a block that something is left of is gone, or was of units and is of money, or the reverse.
        """
        values = super().open(state, usage)
        for field, own in (("left", self._names(of_units=True)), ("money", self._names(of_units=False))):
            lost = [name for name, rest in values.get(field, {}).items() if name not in own and exact_number(rest)]
            if lost:
                what = "units" if field == "left" else "money"
                detail = f"{', '.join(lost)}: units or money are left of it; keep it, in {what}, until it expires"
                raise StateLeftOver(detail, found=", ".join(own), expected=lost[0])
        return values

    def from_bare(self, values: CarriedState, usage: Usage) -> CarriedState:
        """Read rests that earlier releases did not divide by units and money."""
        return self._written({name: exact_number(rest) for name, rest in values.get("left", {}).items()})

    def rate(self, usage: Usage) -> tuple[RatedLine, ...]:
        """Rate the use of one billing period.

        Args:
            usage: in any unit of the kind of ``unit``.

        Returns:
            A line for the use that no block covers; one for every block that is drawn on: units at a price of zero,
            money as a negative amount; and one for every block that is bought in the period; in the contract's
            first, for those bought before as well, unless they have expired by then.

        Raises:
            IncompatibleUnit: ``usage`` measures something else.
            NegativeUse: the quantity is below zero.
        """
        used, drawn, _ = self._drawn(usage)
        lines = []
        for at, block in enumerate(self.blocks):
            part = rounded(drawn.get(block.name, _ZERO))
            if part and block.units is not None:
                lines.append(RatedLine(DRAWN + at, trimmed(part), self.unit, _ZERO, f"of {block.name}"))
            elif part:
                label = f"set against {block.name}"
                lines.append(lump(DRAWN + at, part.copy_negate(), label, nature=Nature.DEPOSIT))
            if self._is_bought(block, usage):
                nature = Nature.CONSIDERATION if block.units is not None else Nature.DEPOSIT
                cost = block.whole if block.cost is None else block.cost
                lines.append(lump(BOUGHT + at, cost, block.name, nature=nature))
        return (RatedLine(0, trimmed(rounded(used)), self.unit, self.unit_price, "charged"), *lines)

    def close(self, usage: Usage) -> CarriedState:
        """Carry the rest of every block."""
        return self._written(self._drawn(usage)[2])

    def _names(self, *, of_units: bool) -> list[str]:
        return [block.name for block in self.blocks if (block.units is not None) is of_units]

    def _written(self, left: Mapping[str, Exact]) -> CarriedState:
        """Write rests down, those of units apart from those of money; of no block, if it is unknown, those of units."""
        money = self._names(of_units=False)
        rests = {name: exact_text(rest) for name, rest in left.items()}
        of_units = {name: rest for name, rest in rests.items() if name not in money}
        of_money = {name: rest for name, rest in rests.items() if name in money}
        return {field: names for field, names in (("left", of_units), ("money", of_money)) if names}

    def _drawn(self, usage: Usage) -> tuple[Exact, dict[str, Exact], dict[str, Exact]]:
        """Draw on the blocks: the units that no block of units covers, the draws by block, and the rests by block."""
        used, drawn = exactly(usage, self.unit), dict[str, Exact]()
        rests = {**usage.opening.get("left", {}), **usage.opening.get("money", {})}
        left = {name: exact_number(rest) for name, rest in rests.items()}
        usable = [block for block in self.blocks if self._usable(block, usage)]
        usable.sort(key=lambda block: (block.priority, block.expires or date.max, block.bought))
        if self.arithmetic == 1:  # it drew on all blocks of units before those of money, whatever their priority
            usable.sort(key=lambda block: block.units is None)
        charged: Exact = used
        uncovered: Exact = used
        for block in usable:
            rest: Exact = left.get(block.name, block.whole)
            if block.units is not None:
                draw = min(rest, uncovered)
                charged, uncovered = subtracted(charged, draw), subtracted(uncovered, draw)
            else:
                owed = product(rounded(uncovered), self.unit_price)
                draw = min(rest, owed)
                paid = settled(Fraction(draw) / Fraction(self.unit_price)) if draw < owed else uncovered
                uncovered = subtracted(uncovered, paid)
            drawn[block.name], left[block.name] = draw, subtracted(rest, draw)
        kept = {block.name for block in self.blocks if self._outlasts(block, usage)}
        return charged, drawn, {name: rest for name, rest in left.items() if name in kept}

    @staticmethod
    def _outlasts(block: PrepaidBlock, usage: Usage) -> bool:
        goes_on = usage.division is not None and not usage.ends_period  # what the period began with lasts as long as it
        return goes_on or block.expires is None or block.expires > usage.period.after_last

    def _is_bought(self, block: PrepaidBlock, usage: Usage) -> bool:
        """Whether it is paid for with these days. Arithmetic 1 and 2 gave away what was bought before the start."""
        if self.arithmetic <= 2:  # noqa: PLR2004 the number of an arithmetic
            return usage.has(block.bought)
        return usage.falls_due(block.bought) and (usage.has(block.bought) or self._usable(block, usage))

    @staticmethod
    def _usable(block: PrepaidBlock, usage: Usage) -> bool:
        return block.bought < usage.period.after_last and (
            block.expires is None or block.expires > usage.first_of_period
        )
