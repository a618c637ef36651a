"""What every pricing rule takes and gives: the use of one billing period, and rated lines."""

from abc import abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from decimal import Decimal
from enum import StrEnum
from typing import Any, ClassVar, TypeAlias

from contracts.schedule import BillingPeriod, Life, Per
from metering.usage.measure import SUM, Measure, Part
from quantities.arithmetic import added
from quantities.conversion import conversion
from quantities.errors import Invalid
from quantities.months import full_months
from quantities.names import UnitSymbol
from quantities.number import EXACT, plain, trimmed
from quantities.quantity import times
from quantities.terms import Terms


class NegativeUse(Invalid):
    """There is no less than none to rate; a correction is the difference of two ratings."""


class UnpricedUse(Invalid):
    """Each part of a use has a price; what no clause prices is for a person to decide, and not free."""


class Nature(StrEnum):
    """What an amount is, for tax and accounting.

    ``deposit``: money held, and nobody's revenue until it is kept or given back.
    """

    CONSIDERATION = "consideration"
    PRICE_REDUCTION = "price_reduction"
    DAMAGES = "damages"
    DEPOSIT = "deposit"


class Stage(StrEnum):
    """When a charge is computed; each stage sees the amounts of those before it, in the order they stand here.

    A minimum that came last would eat the malus, so it comes before it.
    """

    PRICE = "price"
    BOUND = "bound"
    ADJUST = "adjust"
    DISCOUNT = "discount"


#: What a clause carries from one billing period into the next: JSON, amounts and quantities as strings.
CarriedState: TypeAlias = Mapping[str, Any]


_MONTHS_A_YEAR = 12
_DAY = BillingPeriod(date(2001, 1, 1), date(2001, 1, 2), date(2001, 1, 1), date(2001, 1, 2))
_LIFE = Life(date(2001, 1, 1))


@dataclass(frozen=True, slots=True)
class Usage:
    """What a rule rates: what was used over one billing period, or a part of one, and what stood before.

    Attributes:
        quantity: in ``unit``; None for a rule that counts nothing.
        unit: a listed unit; empty with no quantity.
        period: the billed days, and the whole period that they are part of.
        life: of the contract, for windows longer than a period.
        parts: what is told apart, as the rule's ``measure`` asks.
        beside: further uses, by the names that the rule gives them.
        amounts: unrounded, of the charges that the rule is over, by charge.
        published: the values of the series that the rule follows, by series and month.
        opening: what the clause carried out of the stretch before; empty at the start.
    """

    quantity: Decimal | None = None
    unit: str = ""
    period: BillingPeriod = _DAY
    life: Life = _LIFE
    parts: tuple[Part, ...] = ()
    beside: "Mapping[str, Usage]" = field(default_factory=dict)
    amounts: Mapping[str, Decimal] = field(default_factory=dict)
    published: Mapping[tuple[str, str], Decimal] = field(default_factory=dict)
    opening: CarriedState = field(default_factory=dict)

    @property
    def amount(self) -> Decimal:
        """The sum of the amounts that the rule is over."""
        return added(self.amounts.values())

    def window(self, per: Per) -> BillingPeriod:
        """Find the window that the billed days are in."""
        return self.life.window(per, self.period)

    def closes(self, per: Per) -> bool:
        """Tell whether the billed days are the last of a window."""
        if per is Per.PERIOD and self.period.after_last == self.period.whole_after_last:
            return True
        return self.period.after_last >= self.window(per).after_last

    @property
    def contract_year(self) -> int:
        """Which year of the contract the billed days are in, from 1."""
        return full_months(self.life.starts, self.period.first) // _MONTHS_A_YEAR + 1

    def has(self, day: date) -> bool:
        """Tell whether a day is one of the billed ones."""
        return self.period.first <= day < self.period.after_last

    def carried(self, per: Per, of: CarriedState | None = None) -> CarriedState:
        """Find what was carried within the same window; nothing at its start.

        Args:
            per: the window.
            of: where a clause carries several; all that it carries, unless it is said.
        """
        found = self.opening if of is None else of
        if not found:
            return found
        return found if found.get("window") == str(self.window(per).whole_first) else {}

    def so_far(self, per: Per, **sums: Decimal) -> dict[str, Decimal]:
        """Add to sums of this stretch what the window has carried of them."""
        carried = self.carried(per)
        return {name: added((Decimal(carried.get(name, "0")), each)) for name, each in sums.items()}

    def carry(self, per: Per, sums: Mapping[str, Decimal]) -> CarriedState:
        """Carry a window's sums into its next stretch; nothing where it ends."""
        if self.closes(per):
            return {}
        return self.mark(per) | {name: plain(trimmed(each)) for name, each in sums.items()}

    def mark(self, per: Per) -> dict[str, str]:
        """Name the window, for what is carried in it."""
        return {"window": str(self.window(per).whole_first)}


@dataclass(frozen=True, slots=True)
class RatedLine:
    """One line of a charge, unrounded.

    Attributes:
        part: which part of the rule it is (the tier), from 0; with the charge's name it identifies the line.
        quantity: in ``unit``.
        unit: a listed unit, or ``each``.
        unit_price: per unit, unrounded.
        label: what distinguishes the part for a reader.
        calculation: how the unit price or the quantity came about, where that is more than their product.
        nature: what the amount is, where it is not what the charge says.
        of: the charge that the amount reduces, where it is one of several.
        is_lump: whether it is an amount that no quantity multiplies; its price on an invoice is the rounded amount.
        amount: quantity times unit price, unrounded.
    """

    part: int
    quantity: Decimal
    unit: str
    unit_price: Decimal
    label: str = ""
    calculation: str = ""
    nature: Nature | None = None
    of: str = ""
    is_lump: bool = False
    amount: Decimal = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "amount", EXACT.multiply(self.quantity, self.unit_price))

    @property
    def arithmetic(self) -> str:
        """The line's sum as a person would write it down."""
        product = f"{plain(self.quantity)} {self.unit} × {plain(self.unit_price)} = {plain(self.amount)}"
        return f"{self.calculation}; {product}" if self.calculation else product


def lump(part: int, amount: Decimal, label: str, calculation: str = "", nature: Nature | None = None) -> RatedLine:
    """Make a line of an amount that no quantity multiplies."""
    return RatedLine(part, Decimal(1), "each", trimmed(amount), label, calculation, nature, is_lump=True)


class Rule(Terms):
    """A pricing rule. Its arithmetic has a number; a change of it is a new number, and old ones stay callable."""

    stage: ClassVar[Stage] = Stage.PRICE
    counts: ClassVar[bool] = True  # whether it rates a register's use
    nature: ClassVar[Nature] = Nature.CONSIDERATION
    needs: ClassVar[Mapping[str, Measure]] = {}  # further uses, without which it cannot be rated
    accepts: ClassVar[Mapping[str, Measure]] = {}  # and others that it takes into account

    kind: str

    @property
    def ahead(self) -> bool:
        """Whether it is billed before its period."""
        return False

    @property
    def takes(self) -> Mapping[str, Measure]:
        """The further uses that may stand beside its own."""
        return {**self.needs, **self.accepts}

    @property
    def follows(self) -> frozenset[str]:
        """The published series whose values of each billed month it prices by."""
        return frozenset()

    @property
    def measure(self) -> Measure:
        """How the use is told apart."""
        return SUM

    @property
    def is_stateful(self) -> bool:
        """Whether a billing period depends on those before it."""
        return getattr(self, "per", Per.PERIOD) is not Per.PERIOD

    @abstractmethod
    def rate(self, usage: Usage) -> tuple[RatedLine, ...]:
        """Rate one billing period, or a part of one: lines with a stable number each, amounts unrounded."""

    def close(self, usage: Usage) -> CarriedState:
        """Say what the clause carries out of the period; nothing, unless it remembers."""
        return {}


class OverAmounts(Rule):
    """A rule over the amounts of other charges.

    Attributes:
        of: the charges that it is over; all of the stages before it, unless some are named.
    """

    counts: ClassVar[bool] = False

    of: tuple[str, ...] = ()


class Priced(Rule):
    """A rule that prices a quantity by how much of it there is, over a billing period or a longer window.

    Over a longer window, and where a price changes within a period, it is priced cumulatively: what all of the window
    costs so far, less what it cost before.

    Attributes:
        per: the window whose use decides.
        unit: what is priced.
    """

    per: Per = Per.PERIOD
    unit: UnitSymbol

    @abstractmethod
    def price(self, quantity: Decimal) -> tuple[RatedLine, ...]:
        """Price so much of ``unit``, none negative: lines with a stable number each, amounts unrounded."""

    def rate(self, usage: Usage) -> tuple[RatedLine, ...]:
        """Rate the use of one billing period, or a part of one.

        Args:
            usage: in any unit of the kind of ``unit``.

        Returns:
            Lines in the order of their parts; where the window began earlier, the difference to what it cost before.

        Raises:
            IncompatibleUnit: ``usage`` is of another kind.
            NegativeUse: there is less than none to rate.
        """
        used, before = in_unit(usage, self.unit), usage.carried(self.per)
        if not before:
            return self.price(used)
        earlier = Decimal(str(before["used"]))
        return difference(self.price(added((earlier, used))), self.price(earlier))

    def close(self, usage: Usage) -> CarriedState:
        """Carry what the window has used so far, until it ends."""
        if usage.closes(self.per):
            return {}
        return usage.carry(self.per, usage.so_far(self.per, used=in_unit(usage, self.unit)))


def difference(after: Sequence[RatedLine], before: Sequence[RatedLine]) -> tuple[RatedLine, ...]:
    """Take what was rated before from what is rated now, part by part; what does not differ has no line.

    A part at the same unit price differs in quantity, and one at another is taken back and rated anew.
    """
    was = {line.part: line for line in before}
    lines: list[RatedLine] = []
    for line in after:
        earlier = was.pop(line.part, None)
        if earlier is None:
            lines.append(line)
        elif earlier.unit_price == line.unit_price:
            rest = added((line.quantity, earlier.quantity.copy_negate()))
            if rest:
                calculation = f"{plain(trimmed(line.quantity))} so far, {plain(trimmed(earlier.quantity))} before"
                lines.append(replace(line, quantity=rest, calculation=calculation))
        elif earlier.amount != line.amount:
            lines.append(lump(line.part, added((line.amount, earlier.amount.copy_negate())), line.label))
    back = [replace(line, quantity=line.quantity.copy_negate(), label=f"back: {line.label}") for line in was.values()]
    return tuple(sorted([*lines, *back], key=lambda line: line.part))


def in_unit(usage: Usage, to: str) -> Decimal:
    """Express a period's use in a rule's unit; the sum is converted, once, and never each reading.

    Raises:
        NegativeUse: there is less than none, or nothing was counted.
        IncompatibleUnit: the use has another kind.
    """
    if usage.quantity is None or usage.quantity < 0:
        raise NegativeUse(f"there is {usage.quantity} {usage.unit} to rate", found=str(usage.quantity))
    return times(usage.quantity, conversion(usage.unit, to))
